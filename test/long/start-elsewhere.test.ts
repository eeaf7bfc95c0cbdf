/**
 * Starts in places that are seldom met. How the portal starts otherwise is in test/start.test.ts.
 * By hand: npx vitest run --config vitest.long.config.ts test/long/start-elsewhere.test.ts
 */
import { spawn } from 'node:child_process'
import { chmodSync, cpSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, test, vi } from 'vitest'
import { openEmbedded } from '../../src/db/embedded.ts'
import {
  copyOfCheckout,
  fewFacts,
  freePort,
  isRoot,
  newFolder,
  postmasterOf,
  runServer,
  startPortal,
  usedFolder,
} from '../support/process.ts'

vi.setConfig({ testTimeout: 120_000 })

/** How the application's connections reach the database in the folder. */
async function waysIn(dataDir: string): Promise<string[]> {
  const embedded = await openEmbedded(dataDir, { create: false })
  const client = new pg.Client({ connectionString: embedded.superuserUrl })
  await client.connect()
  const asked = await client.query<{ way: string }>(
    `select distinct case when client_addr is null then 'socket' else 'TCP' end as way
       from pg_stat_activity where usename = 'portal_app'`,
  )
  await client.end()
  await embedded.leave()
  return asked.rows.map(({ way }) => way)
}

const status = async (url: string) => (await fetch(url)).status

describe('the data folder', () => {
  test('holds the socket that the portal speaks with its database by, also when a portal before it knew of none', async () => {
    const dataDir = await usedFolder()
    const rules = join(dataDir, 'database', 'cluster', 'pg_hba.conf')
    writeFileSync(rules, readFileSync(rules, 'utf8').replace(/^local.*\n/m, ''))
    const portal = await startPortal({ dataDir })
    expect(await waysIn(dataDir)).toEqual(['socket'])
    await portal.stop()
  })

  test('can be copied while the portal runs: the copy is a database of its own. It may be so deep down that a socket in it has no address: the portal then uses TCP', async () => {
    const dataDir = await usedFolder()
    const portal = await startPortal({ dataDir, npm: true })
    const copy = join(newFolder(), 'djupt-nere-'.repeat(9))
    // Node's own copying stops at a socket, which cp and tar pass by or make anew.
    cpSync(dataDir, copy, { recursive: true, filter: (path) => !path.includes('.s.PGSQL.') })
    chmodSync(join(copy, 'database', 'cluster'), 0o700)
    const other = await startPortal({ dataDir: copy })
    expect(postmasterOf(copy)).not.toBe(postmasterOf(dataDir))
    expect(await waysIn(copy)).toEqual(['TCP'])
    expect(await status(`${other.url}readyz`)).toBe(200)
    expect(await other.stop()).toMatchObject({ code: 0 })
    expect(postmasterOf(copy)).toBeUndefined()
    expect(await status(`${portal.url}readyz`)).toBe(200)

    // Whoever kills npm does not leave the server behind.
    portal.process.kill('SIGKILL')
    await expect.poll(() => status(portal.url).catch(() => 'gone'), { timeout: 10_000 }).toBe('gone')
  })

  test('that may not be written gives one clear line', async () => {
    const dataDir = newFolder()
    chmodSync(dataDir, 0o555)
    const end = await runServer({ dataDir, asOrdinaryUser: true, env: { PORT: String(await freePort()) } })
    expect(end.code).toBe(3)
    expect(end.stderr.trimEnd().split('\n').at(-1)).toContain('får inte läsas eller skrivas')
    expect(end.stderr).not.toContain('    at ')
  })

  test('with a lock file whose process number has gone to another program is taken into use', async () => {
    const dataDir = await usedFolder()
    const cluster = join(dataDir, 'database', 'cluster')
    const { uid, gid } = statSync(cluster)
    const stranger = spawn('sleep', ['60'], isRoot ? { uid, gid } : {})
    const lines = [stranger.pid, cluster, 1_700_000_000, 5999, '', '127.0.0.1', '1 1', 'ready', '']
    writeFileSync(join(cluster, 'postmaster.pid'), lines.join('\n'), { mode: 0o600 })
    const portal = await startPortal({ dataDir })
    expect(await status(`${portal.url}readyz`)).toBe(200)
    await portal.stop()
    expect(stranger.exitCode).toBeNull()
    stranger.kill()
  })
})

test('an ordinary user, in a checkout that belongs to another; twice at once on an empty folder, which makes one database that lasts until both have stopped', async () => {
  const dataDir = newFolder({ forOrdinaryUser: true })
  const env = { PORTAL_FACTS: fewFacts() }
  const start = () => startPortal({ dataDir, asOrdinaryUser: true, env })
  const both = await Promise.all([start(), start()])
  const [one, other] = both
  expect(both.filter((portal) => portal.said().includes('Läste in fakta'))).toHaveLength(1)
  expect(statSync(join(dataDir, 'database', 'cluster')).uid).toBe(statSync(dataDir).uid)
  expect(await one.stop()).toMatchObject({ code: 0 })
  expect(await status(`${other.url}readyz`)).toBe(200)
  expect(await other.stop()).toMatchObject({ code: 0 })
  expect(postmasterOf(dataDir)).toBeUndefined()
})

test.runIf(isRoot)('root, in a folder of its own that nobody else may enter, with data in ./data there', async () => {
  const home = newFolder({ parent: homedir() })
  chmodSync(home, 0o700)
  const checkout = copyOfCheckout(home)
  const dataDir = join(checkout, 'data')
  const env = { PORTAL_FACTS: fewFacts() }
  const start = () => startPortal({ dataDir: 'data', checkout, npm: true, env })
  const first = await start()
  expect(await status(`${first.url}readyz`)).toBe(200)
  expect(readFileSync(join(dataDir, 'database', 'cluster', 'PG_VERSION'), 'utf8')).toBe('18\n')
  expect(statSync(join(dataDir, 'database', 'cluster')).uid).not.toBe(0)
  await first.stop('SIGKILL')
  const second = await start()
  expect(second.said()).not.toContain('Skapar')
  expect(await second.stop()).toMatchObject({ code: 0 })
  expect(postmasterOf(dataDir)).toBeUndefined()
  expect(statSync(home).mode & 0o777).toBe(0o700)
})
