/** How the portal starts where it mostly does; test/long/start-elsewhere.test.ts has the rest. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { describe, expect, test, vi } from 'vitest'
import { openEmbedded } from '../src/db/embedded.ts'
import { bareDatabase } from './support/database.ts'
import {
  fewFacts,
  freePort,
  migratedFolder,
  newFolder,
  offerAsUsed,
  postmasterOf,
  runServer,
  startPortal,
  usedFolder,
} from './support/process.ts'

vi.setConfig({ testTimeout: 120_000 })

const status = async (url: string) => (await fetch(url)).status
const oneLine = /^[^\n]+\n$/

describe('npm start', () => {
  test('makes a database, loads the facts once, says the address, and keeps the data between starts', async () => {
    // The folder may have blanks and Swedish letters in its name, and what a first start left that was broken off.
    const dataDir = join(newFolder(), 'våra data')
    const gone = spawnSync('true').pid
    mkdirSync(join(dataDir, `database.new-${gone}`, 'cluster'), { recursive: true })
    const first = await startPortal({ dataDir, npm: true })
    expect(existsSync(join(dataDir, `database.new-${gone}`))).toBe(false)
    expect(first.said()).toContain('Läste in fakta')
    expect(await status(`${first.url}healthz`)).toBe(200)
    expect(await status(`${first.url}readyz`)).toBe(200)
    expect(await first.stop()).toMatchObject({ code: 0 })
    expect(postmasterOf(dataDir)).toBeUndefined()
    offerAsUsed(dataDir)

    const second = await startPortal({ dataDir })
    expect(second.said()).not.toMatch(/Skapar|Läste in|Migrerade/)
    expect(await status(`${second.url}readyz`)).toBe(200)
    expect(await second.stop('SIGINT')).toMatchObject({ code: 0 })
    expect(statSync(join(dataDir, 'database', 'passwords.json')).mode & 0o777).toBe(0o600)
  })

  test('a second time on the same port says so in one line and leaves the first alone, which lets a request that is under way finish before it stops', async () => {
    const dataDir = await usedFolder()
    const first = await startPortal({ dataDir })
    const second = await runServer({ dataDir, env: { PORT: new URL(first.url).port } })
    expect(second.code).toBe(1)
    expect(second.stderr).toMatch(oneLine)
    expect(second.stderr).toContain('upptagen')
    expect(await status(`${first.url}readyz`)).toBe(200)

    const embedded = await openEmbedded(dataDir, { create: false })
    const blocker = new pg.Client({ connectionString: embedded.ownerUrl })
    await blocker.connect()
    await blocker.query('begin; lock table facts_loaded in access exclusive mode')
    const answer = status(`${first.url}readyz`)
    await sleep(300)
    const end = first.stop()
    await sleep(300)
    await blocker.query('rollback')
    await blocker.end()
    await embedded.leave()
    expect(await answer).toBe(200)
    expect(await end).toMatchObject({ code: 0 })
  })

  // The first comes before anything is listened to, the second while the database is made.
  test.each([100, /Skapar/])(
    'and is asked to stop after %s (ms, or once it says so) leaves nothing running',
    async (wait) => {
      const dataDir = newFolder()
      const ended = runServer({ dataDir, env: { PORT: String(await freePort()), PORTAL_FACTS: fewFacts() } }, wait)
      const { code, signal, stderr } = await ended
      if (wait instanceof RegExp) expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(wait) })
      else expect(code === 0 || signal === 'SIGTERM').toBe(true)
      expect(postmasterOf(dataDir)).toBeUndefined()
    },
  )
})

describe('what was killed is survived', () => {
  test('the portal: the next start takes over the running database; both, so that a lock file is left behind', async () => {
    const dataDir = await usedFolder()
    const first = await startPortal({ dataDir })
    await first.stop('SIGKILL')
    const database = postmasterOf(dataDir) ?? Number.NaN
    expect(database).not.toBeNaN()
    const second = await startPortal({ dataDir })
    expect(postmasterOf(dataDir)).toBe(database)
    expect(await status(`${second.url}readyz`)).toBe(200)

    await second.stop('SIGKILL')
    process.kill(database, 'SIGKILL')
    expect(existsSync(join(dataDir, 'database', 'cluster', 'postmaster.pid'))).toBe(true)
    const third = await startPortal({ dataDir })
    expect(await status(`${third.url}readyz`)).toBe(200)
    await third.stop()
    expect(postmasterOf(dataDir)).toBeUndefined()
  })

  test('the database: the portal starts it again, and while it cannot be started says why, and tries until it can', async () => {
    const dataDir = await usedFolder()
    const portal = await startPortal({ dataDir })
    process.kill(postmasterOf(dataDir) ?? Number.NaN, 'SIGKILL')
    await expect.poll(() => portal.said(), { timeout: 20_000 }).toContain('Databasen är igång igen')
    await expect.poll(() => status(`${portal.url}readyz`), { timeout: 20_000 }).toBe(200)

    // As good as a full disk: something that the server needs is not there, and then it is.
    const needed = join(dataDir, 'database', 'cluster', 'global', 'pg_control')
    renameSync(needed, `${needed}.away`)
    process.kill(postmasterOf(dataDir) ?? Number.NaN, 'SIGKILL')
    await expect.poll(() => portal.said(), { timeout: 20_000 }).toMatch(/kan inte startas: .+ Försöker igen\./)
    renameSync(`${needed}.away`, needed)
    await expect.poll(() => status(`${portal.url}readyz`), { timeout: 20_000 }).toBe(200)
    expect(await portal.stop()).toMatchObject({ code: 0 })
  })
})

describe('what is wrong is told in one line, and nothing is done', () => {
  test('an environment variable', async () => {
    const dataDir = join(newFolder(), 'data')
    const end = await runServer({ dataDir, env: { PORT: 'trettio' } })
    expect(end).toMatchObject({ code: 2, stderr: 'Fel i miljövariablerna: PORT ska vara ett heltal 0–65535\n' })
    expect(existsSync(dataDir)).toBe(false)
  })

  test('a database that does not answer', async () => {
    const end = await runServer({
      dataDir: newFolder(),
      env: { DATABASE_URL: 'postgres://portal_app:hemligt@127.0.0.1:1/portal', PORT: String(await freePort()) },
    })
    expect(end.code).toBe(3)
    expect(end.stderr).toMatch(oneLine)
    expect(end.stderr).toContain('kan inte nås')
    expect(end.stderr).not.toContain('hemligt')
  })

  test('facts that are not there', async () => {
    const end = await runServer({
      dataDir: await migratedFolder(),
      env: { PORTAL_FACTS: '/finns/inte', PORT: String(await freePort()) },
    })
    expect(end.code).toBe(2)
    expect(end.stderr).toContain('/finns/inte')
    expect(end.stderr).not.toContain('    at ')
  })

  test('an address that is not ours', async () => {
    const end = await runServer({ dataDir: newFolder(), env: { HOST: '192.0.2.1', PORT: String(await freePort()) } })
    expect(end.code).toBe(2)
    expect(end.stderr).toMatch(oneLine)
    expect(end.stderr).toContain('HOST')
  })
})

test('a database of one’s own is used as it is: DATABASE_URL for the application, DATABASE_OWNER_URL for its tables', async () => {
  const { appUrl, ownerUrl } = await bareDatabase()
  const dataDir = join(newFolder(), 'data')
  const portal = await startPortal({
    dataDir,
    env: { DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, PORTAL_FACTS: fewFacts() },
  })
  expect(await status(`${portal.url}readyz`)).toBe(200)
  expect(await portal.stop()).toMatchObject({ code: 0 })
  const again = await startPortal({ dataDir, env: { DATABASE_URL: appUrl } })
  expect(await again.stop()).toMatchObject({ code: 0 })
  expect(existsSync(dataDir)).toBe(false)
})
