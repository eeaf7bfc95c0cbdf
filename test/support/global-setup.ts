import type { TestProject } from 'vitest/node'
import { buildTemplates, openTestServer, type TestServer } from './test-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer
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
  return close
}
