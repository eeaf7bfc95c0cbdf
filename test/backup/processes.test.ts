import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
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
    [['restore', 'package.json'], 'skadad'],
  ])('%j ends with 2 and one line', async (args, words) => {
    const end = await runCommand(args, { dataDir: newFolder(), env })
    expect([end.code, end.stdout]).toEqual([2, ''])
    expect(end.stderr.trimEnd().split('\n').at(-1)).toContain(words)
  })
})
