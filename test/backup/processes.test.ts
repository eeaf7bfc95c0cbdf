import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { openBackup, verifyBackup } from '../../src/backup/read.ts'
import { checkout, newFolder, runCommand, startPortal, usedFolder } from '../support/process.ts'

vi.setConfig({ testTimeout: 180_000 })

const env = { INIT_CWD: checkout }

test('backup beside a running portal, restore in a new data folder: the same pages, and the status is ready', async () => {
  const dataDir = await usedFolder()
  const file = join(newFolder(), 'kopia.tar')
  const portal = await startPortal({ dataDir })
  const pages = ['', 'beslut', 'ordnat-inforande', 'handlingsplaner', 'sitemap.xml']
  // The portal's own address, with its port, stands in some pages.
  const read = async (url: string) =>
    Promise.all(
      pages.map(async (page) => (await (await fetch(url + page)).text()).replaceAll(new URL(url).port, 'PORT')),
    )
  const before = await read(portal.url)
  const made = await runCommand(['backup', file, '--json'], { dataDir, env })
  expect([made.code, made.stderr]).toEqual([0, ''])
  expect(JSON.parse(made.stdout)).toMatchObject({ file, audit: { lastHash: expect.stringMatching(/^[0-9a-f]{64}$/) } })
  expect((await fetch(`${portal.url}readyz`)).status).toBe(200)
  await portal.stop()

  const other = newFolder()
  const restored = await runCommand(['restore', file], { dataDir: other, env })
  expect([restored.code, restored.stderr]).toEqual([0, expect.stringMatching(/^Skapar databasen i [^\n]+\n$/)])
  expect(restored.stdout).toContain('Kedjan är hel.')
  expect(await runCommand(['status'], { dataDir: other })).toMatchObject({ code: 0 })
  const again = await runCommand(['restore', file], { dataDir: other, env })
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('Databasen är inte tom.')])
  const there = await startPortal({ dataDir: other })
  expect(await read(there.url)).toEqual(before)
  await there.stop()
})

describe('wrong usage', () => {
  test.each([
    [['backup'], 'Ange filen'],
    [['restore'], 'Ange säkerhetskopian'],
    [['restore', '/finns/inte.tar'], 'kan inte läsas'],
    [['restore', 'package.json'], 'skadad'],
  ])('%j ends with 2 and one line', async (args, words) => {
    const end = await runCommand(args, { dataDir: newFolder(), env })
    expect([end.code, end.stdout]).toEqual([2, ''])
    expect(end.stderr.trimEnd().split('\n').at(-1)).toContain(words)
  })
})

test('a backup that is killed leaves no file of its name, and does not hinder the next', async () => {
  const dataDir = await usedFolder()
  const folder = newFolder()
  const file = join(folder, 'kopia.tar')
  const portal = await startPortal({ dataDir })
  for (const wait of [400, 900]) {
    const { signal } = await portalBackup(file, dataDir, wait)
    // Either it was done in time and whole, or there is no such file.
    if (signal !== null) expect(existsSync(file)).toBe(false)
    else break
  }
  if (!existsSync(file)) expect(await runCommand(['backup', file], { dataDir, env })).toMatchObject({ code: 0 })
  expect(readdirSync(folder).filter((name) => !name.includes('ofullstandig'))).toEqual(['kopia.tar'])
  await portal.stop()
  const whole = await openBackup(file)
  await verifyBackup(whole).finally(() => whole.close())
})

/** A backup that gets SIGKILL after some milliseconds. */
async function portalBackup(file: string, dataDir: string, wait: number) {
  const child = spawn(join(checkout, 'node_modules/.bin/node'), ['src/cli.ts', 'backup', file], {
    cwd: checkout,
    env: { PATH: process.env.PATH, PORTAL_DATA_DIR: dataDir },
    stdio: 'ignore',
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), wait)
  return await new Promise<{ signal: NodeJS.Signals | null }>((done) =>
    child.once('exit', (_code, signal) => {
      clearTimeout(timer)
      done({ signal })
    }),
  )
}
