import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, test, vi } from 'vitest'
import { openEmbedded } from '../src/db/embedded.ts'
import {
  fewFacts,
  migratedFolder,
  newFolder,
  postmasterOf,
  runCommand,
  startPortal,
  usedFolder,
} from './support/process.ts'

vi.setConfig({ testTimeout: 120_000 })

describe('the help', () => {
  test('names every command and the exit codes, in Swedish', async () => {
    const end = await runCommand(['help'], { dataDir: newFolder(), npm: true })
    expect(end).toMatchObject({ code: 0, stderr: '' })
    for (const word of ['help', 'migrate', 'seed [MAPP | --big]', 'status', 'Slutkoder:', '--json'])
      expect(end.stdout).toContain(word)
  })

  test('is what one gets without a command, and with --help', async () => {
    const dataDir = newFolder()
    const [bare, flag] = [await runCommand([], { dataDir }), await runCommand(['seed', '--help'], { dataDir })]
    expect(bare.stdout).toContain('Slutkoder:')
    expect(flag.stdout).toBe(bare.stdout)
  })
})

describe('wrong usage ends with 2 and one line', () => {
  test.each([
    [['toString'], 'toString'],
    [['status', '--finns-inte'], '--finns-inte'],
    [['seed', 'package.json'], 'package.json'],
    [['seed', 'seeds/kalmar', '--big'], '--big'],
  ])('%j', async (args, named) => {
    const dataDir = join(newFolder(), 'data')
    const end = await runCommand(args, { dataDir })
    expect(end).toMatchObject({ code: 2, stdout: '' })
    expect(end.stderr).toMatch(/^[^\n]+\n$/)
    expect(end.stderr).toContain(named)
    expect(existsSync(dataDir)).toBe(false)
  })

  test('a wrong variable is named, and with --json the answer is still JSON', async () => {
    const end = await runCommand(['status', '--json'], { dataDir: newFolder(), env: { PORT: 'x' } })
    expect(end.code).toBe(2)
    expect(JSON.parse(end.stdout)).toEqual({ error: expect.stringContaining('PORT') })
  })
})

test('links are not checked where nobody has asked for it', async () => {
  const dataDir = join(newFolder(), 'data')
  const end = await runCommand(['check-links', '--json'], { dataDir })
  expect(end.code).toBe(1)
  expect(JSON.parse(end.stdout)).toEqual({ error: expect.stringContaining('LINK_CHECKS=on') })
  expect(existsSync(dataDir)).toBe(false)
  expect((await runCommand(['check-links'], { dataDir, env: { LINK_CHECKS: 'ja' } })).stderr).toBe(
    'Fel i miljövariablerna: LINK_CHECKS ska vara on eller off\n',
  )
})

describe('where there is no database yet', () => {
  test('status says so and makes none', async () => {
    const dataDir = join(newFolder(), 'data')
    const end = await runCommand(['status'], { dataDir })
    expect(end).toMatchObject({ code: 3, stderr: `Det finns ingen databas i ${dataDir} ännu.\n` })
    expect(existsSync(dataDir)).toBe(false)
  })

  test('migrate makes it, status is not ready before the facts, seed loads them once, and nothing is left running', async () => {
    const there = { dataDir: newFolder(), env: { PORTAL_FACTS: fewFacts() } }
    const { dataDir } = there
    const migrated = await runCommand(['migrate', '--json'], there)
    expect(migrated.code).toBe(0)
    expect(JSON.parse(migrated.stdout).migrated[0]).toMatch(/^0001_/)
    expect(JSON.parse((await runCommand(['migrate', '--json'], { dataDir })).stdout)).toEqual({ migrated: [] })

    const before = await runCommand(['status', '--json'], { dataDir })
    expect(before.code).toBe(1)
    expect(JSON.parse(before.stdout)).toMatchObject({ ready: false, facts: [], migrations: { pending: [] } })

    expect(JSON.parse((await runCommand(['seed', '--json'], there)).stdout)).toMatchObject({ loaded: true })
    expect(JSON.parse((await runCommand(['seed', '--json'], there)).stdout)).toMatchObject({ loaded: false })

    const after = await runCommand(['status'], { dataDir })
    expect(after.code).toBe(0)
    expect(after.stdout).toContain('Redo.')
    expect(postmasterOf(dataDir)).toBeUndefined()
  })

  test('a made-up county is refused beside facts, and nothing changes', async () => {
    const dataDir = await usedFolder()
    const before = await runCommand(['verify-audit'], { dataDir })
    const end = await runCommand(['seed', '--big'], { dataDir })
    expect(end).toMatchObject({ code: 1, stdout: '' })
    expect(end.stderr).toContain('Databasen är inte tom.')
    expect(await runCommand(['verify-audit'], { dataDir })).toEqual(before)
  })

  test('a folder without facts is unusable input', async () => {
    const empty = join(newFolder(), 'tomt')
    mkdirSync(empty)
    const end = await runCommand(['seed', empty], { dataDir: await usedFolder() })
    expect(end.code).toBe(2)
    expect(end.stderr).toMatch(/^Fel i faktafilerna: [^\n]+\n$/)
  })
})

test('beside a running portal the same database is used, whatever PORT says, and it goes on running', async () => {
  const dataDir = await usedFolder()
  const portal = await startPortal({ dataDir })
  const server = postmasterOf(dataDir)
  const end = await runCommand(['status', '--json'], { dataDir, env: { PORT: '1' } })
  expect(JSON.parse(end.stdout)).toMatchObject({ ready: true, embedded: true })
  expect(postmasterOf(dataDir)).toBe(server)
  expect((await fetch(`${portal.url}readyz`)).status).toBe(200)
  await portal.stop()
})

test('a command that is interrupted leaves nothing half done and nothing running', async () => {
  const dataDir = await migratedFolder()
  await runCommand(['seed'], { dataDir }, 1_000)
  expect(postmasterOf(dataDir)).toBeUndefined()
  expect(await runCommand(['seed'], { dataDir })).toMatchObject({ code: 0 })
  expect(await runCommand(['status'], { dataDir })).toMatchObject({ code: 0 })
})

test('what a command does is in the audit log as done by the system', async () => {
  const dataDir = await usedFolder()
  const embedded = await openEmbedded(dataDir, { create: false })
  const client = new pg.Client({ connectionString: embedded.appUrl })
  await client.connect()
  const { rows } = await client.query(
    "select distinct actor_kind, actor_name from audit_event where act = 'facts.loaded'",
  )
  await client.end()
  await embedded.leave()
  expect(rows).toEqual([{ actor_kind: 'system', actor_name: 'system' }])
})

test('a broken audit chain is told, with the number of the event', async () => {
  const dataDir = await usedFolder()
  const embedded = await openEmbedded(dataDir, { create: false })
  const client = new pg.Client({ connectionString: embedded.superuserUrl })
  await client.connect()
  await client.query("set session_replication_role = replica; update audit_event set about = 'x' where id = 1")
  await client.end()
  await embedded.leave()
  const end = await runCommand(['status', '--json'], { dataDir })
  expect(end.code).toBe(1)
  expect(JSON.parse(end.stdout)).toMatchObject({ ready: false, auditChainBreaks: [1] })
})

test('a database that does not answer ends with 3; the trace is shown only when asked for', async () => {
  const env = { DATABASE_URL: 'postgres://portal_app:hemligt@127.0.0.1:1/portal' }
  const quiet = await runCommand(['status'], { dataDir: newFolder(), env })
  expect(quiet.code).toBe(3)
  expect(quiet.stderr).toMatch(/^Databasen portal_app@127\.0\.0\.1:1\/portal kan inte nås: [^\n]+\n$/)
  const loud = await runCommand(['status'], { dataDir: newFolder(), env: { ...env, LOG_LEVEL: 'debug' } })
  expect(loud.stderr).toContain('    at ')
  expect(loud.stderr).not.toContain('hemligt')
})
