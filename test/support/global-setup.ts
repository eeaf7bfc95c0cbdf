import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { rootFolder } from './root-folder.ts'
import { buildTemplates, folderPrefix, openTestServer, type TestServer } from './test-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer
    /** Where test/support/process.ts keeps data folders that every file of this run may copy. */
    dataFolders: string
  }
}

/** Once a test run, before the first file: the server and its templates. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { server, close } = await openTestServer()
  try {
    await buildTemplates(server)
  } catch (error) {
    await close()
    throw error
  }
  project.provide('testServer', server)
  const dataFolders = mkdtempSync(join(rootFolder(), `${folderPrefix}${process.pid}-folders-`))
  project.provide('dataFolders', dataFolders)
  return async () => {
    rmSync(dataFolders, { recursive: true, force: true })
    await close()
  }
}
