/**
 * Portals, backups and restores that are killed (SIGKILL) at a moment that chance chooses, again and again on the same
 * database. By hand: KILL_SEED=7 npx vitest run --config vitest.long.config.ts test/long/killed.test.ts; a run's seed stands
 * in the name of the test. What a kill broke off is sent again to the next portal, until it stands.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, expect, inject, test } from 'vitest'
import { verifyChain } from '../../src/audit/verify.ts'
import { openBackup, verifyBackup } from '../../src/backup/read.ts'
import { addDays, day, stockholmToday } from '../../src/kernel/dates.ts'
import { attachmentsPath, dischargeImportsPath, newProtocolImportPath } from '../../src/kernel/urls.ts'
import { account, sessionCookie } from '../support/accounts.ts'
import { chanceOf } from '../support/chance.ts'
import { dischargeFile, letters, oldProtocol, picture } from '../support/contents.ts'
import { bareDatabase, kalmarDatabase, urlsOf } from '../support/database.ts'
import { type Ended, newFolder, startCommand, startPortal } from '../support/process.ts'
import { everything, nothing, readyToPublish, written } from '../support/publication.ts'
import { asSuperuser } from '../support/test-server.ts'
import { type Visitor, visitor } from '../support/visitor.ts'
import { as, fieldIn, startWorkspace, textOf } from '../support/workspace.ts'
import { writeMeeting } from '../support/written-meeting.ts'

const kills = Number(process.env.KILLS)
const seed = Number(process.env.KILL_SEED ?? Date.now() % 1_000_000)
const chance = chanceOf(seed)
/** Which process each kill is for, over and over; the first three are one of each. */
const turns = ['portal', 'backup', 'restore', 'portal', 'portal'] as const

const db = await kalmarDatabase()
const urls = urlsOf(db)
const app = await startWorkspace(db, stockholmToday())
const desk = as(app, 'samordnare')
const emptyUrls = await bareDatabase()
const cookie = await sessionCookie(db, (await account(db, ['coordinator of lansgemensam-ledning'])).id)
const folder = newFolder()
const onto = ({ appUrl, ownerUrl }: { appUrl: string; ownerUrl: string }) => ({
  dataDir: folder,
  env: { DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, INIT_CWD: folder },
})
const watcher = new pg.Client({ connectionString: urls.superuserUrl, application_name: 'test: watcher' })
await watcher.connect()
afterAll(async () => {
  await app.close()
  await watcher.end()
})

const count = async (question: string, values: unknown[] = []) =>
  Number((await watcher.query<{ count: string }>(`select count(*) from ${question}`, values)).rows[0]?.count)
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

type Standing = 'nothing' | 'all'

/** Something that a coordinator does, whole in one sending. */
type Deed = {
  name: string
  /** What is done beforehand, and then the sending that a kill may break off. */
  begin: (by: Visitor) => Promise<() => Promise<{ status: number }>>
  /** What stands of it, by the database alone. Throws when it is half of it. */
  standing: () => Promise<Standing>
  /** What readers or coordinators see of it. */
  page: string
  shown: (page: string) => boolean
}

/** All of the figures as they are without it, or all as they are with it. */
async function one(of: Record<string, [found: number, whole: number]>): Promise<Standing> {
  const found = Object.fromEntries(Object.entries(of).map(([name, [is]]) => [name, is]))
  const whole = Object.fromEntries(Object.entries(of).map(([name, [, all]]) => [name, all]))
  const none = Object.fromEntries(Object.keys(of).map((name) => [name, 0]))
  expect([none, whole]).toContainEqual(found)
  return Object.values(found).every((is) => is === 0) ? 'nothing' : 'all'
}

async function publication(number: number): Promise<Deed> {
  const on = addDays(day('2026-01-08'), number)
  const name = `Prova ${letters(number)}sson`
  const meeting = await readyToPublish(desk, on, String(2030 + number), name)
  return {
    name: 'publication',
    async begin(by) {
      const address = `${meeting.work}/publicering`
      const preview = await by.get(address)
      expect(preview.status, textOf(preview.body)).toBe(200)
      const sett = fieldIn(preview.body, 'sett')
      return () => by.post(address, { sett, utan_justering: 'Prov utan justerare' })
    },
    async standing() {
      const stands = await written(db, meeting)
      expect([nothing, everything]).toContainEqual(stands)
      return stands.published ? 'all' : 'nothing'
    },
    page: meeting.publicPath,
    shown: (page) => page.includes('Version 1') && page.includes(name),
  }
}

async function upload(number: number): Promise<Deed> {
  const files = ['a', 'b'].map((part) => ({
    field: 'fil',
    name: `bild-${number}-${part}.png`,
    bytes: picture(chance, 150_000),
  }))
  const titles = files.map(({ name }) => name.replace('.png', ''))
  const sums = files.map(({ bytes }) => sha256(bytes))
  return {
    name: 'upload',
    begin: async (by) => () => by.upload(attachmentsPath(draft), { punkt: '', titel: '' }, files),
    standing: async () =>
      one({
        files: [await count('file where sha256 = any($1) and sha256(bytes) = sha256', [sums]), 2],
        attachments: [await count('attachment where title = any($1)', [titles]), 2],
        texts: [await count('file_text t join file f on f.id = t.file_id where f.sha256 = any($1)', [sums]), 2],
        events: [
          await count("audit_event where act = 'attachment.added' and details->>'title' = any($1)", [titles]),
          2,
        ],
      }),
    page: attachmentsPath(draft),
    shown: (page) => titles.every((title) => page.includes(title)),
  }
}

async function dischargeDays(number: number): Promise<Deed> {
  const rows = 400
  const bytes = dischargeFile(number, rows)
  const name = `dagar-${number}.csv`
  const sum = sha256(bytes)
  const ofBatch = '(select id from discharge_batch where sha256 = $1)'
  return {
    name: 'discharge days',
    async begin(by) {
      const sent = await by.upload(dischargeImportsPath, {}, [{ field: 'fil', name, bytes }])
      expect(sent.status, textOf(sent.body)).toBe(303)
      return () => by.post(sent.location)
    },
    standing: async () =>
      one({
        batches: [await count('discharge_batch where sha256 = $1', [sum]), 1],
        // As many as there are stays, each counted once in its cell and once in the histogram.
        stays: [
          await count(`discharge_cell c, generate_series(1, c.episodes) where batch_id = ${ofBatch}`, [sum]),
          rows,
        ],
        counted: [
          await count(
            `discharge_histogram h join discharge_cell c on c.id = h.cell_id, generate_series(1, h.episodes)
             where c.batch_id = ${ofBatch}`,
            [sum],
          ),
          rows,
        ],
        events: [
          await count("audit_event where act = 'discharge-days.imported' and details->>'sha256' = encode($1, 'hex')", [
            sum,
          ]),
          1,
        ],
      }),
    page: dischargeImportsPath,
    shown: (page) => page.includes(name),
  }
}

async function protocol(number: number): Promise<Deed> {
  const bytes = oldProtocol(number)
  const name = `protokoll-${number}.txt`
  const sum = sha256(bytes)
  return {
    name: 'protocol',
    begin: async (by) => () => by.upload(newProtocolImportPath, { text: '' }, [{ field: 'fil', name, bytes }]),
    standing: async () =>
      one({
        rows: [await count('protocol_import where sha256 = $1 and sha256(bytes) = sha256', [sum]), 1],
        events: [
          await count("audit_event where act = 'protocol-import.read' and details->>'sha256' = encode($1, 'hex')", [
            sum,
          ]),
          1,
        ],
      }),
    page: newProtocolImportPath,
    shown: (page) => page.includes(name),
  }
}

const makers = { publication, upload, 'discharge days': dischargeDays, protocol }
const { slug: draft } = await writeMeeting(desk, '2026-01-05', '1. Välkomna')
let made = 0
const deeds: Deed[] = []
/** Within how many milliseconds each is killed: first what it takes, then more when kills come too early, less when too late. */
const within = new Map<string, number>()
const tally = new Map<string, { nothing: number; all: number }>()

function note(name: string, stands: Standing, aimedAt: boolean): void {
  const counted = tally.get(name) ?? { nothing: 0, all: 0 }
  counted[stands] += 1
  tally.set(name, counted)
  if (aimedAt) within.set(name, (within.get(name) ?? 0) * (stands === 'nothing' ? 1.25 : 0.8))
}

const moment = (name: string) => chance.next() * 1.1 * (within.get(name) ?? 0)

/** What is left of a killed process has gone from the database: no connection, no lock, no half work. */
async function untilGone(url: string): Promise<void> {
  const database = new URL(url).pathname.slice(1)
  const left = () =>
    count("pg_stat_activity where datname = $1 and application_name like 'portal%' and pid <> pg_backend_pid()", [
      database,
    ])
  const patience = Date.now() + 30_000
  while ((await left()) > 0) {
    if (Date.now() > patience) throw new Error('connections of a killed process are left')
    await sleep(10)
  }
  // The server's own cleaning of tables locks them for a moment, whoever was killed.
  expect(
    await count(
      "pg_locks l join pg_database d on d.oid = l.database left join pg_stat_activity a on a.pid = l.pid where d.datname = $1 and (l.locktype = 'advisory' or l.mode like '%Exclusive%') and l.pid <> pg_backend_pid() and a.backend_type is distinct from 'autovacuum worker'",
      [database],
    ),
  ).toBe(0)
}

async function expectWhole(): Promise<void> {
  expect((await verifyChain(db)).breaks).toEqual([])
  expect(await count('search_due')).toBe(0)
  expect(await count('file f where not exists (select from attachment a where a.file_id = f.id)')).toBe(0)
}

/** What the last kill broke off is done again; the rest is new. */
async function makeDeeds(): Promise<void> {
  for (const [name, make] of Object.entries(makers)) {
    if (deeds.some((deed) => deed.name === name)) continue
    deeds.push(await make(made))
    made += 1
  }
}

/** Sends all of it at once, as from several coordinators. @returns what each was answered, when all is answered or lost */
async function send(by: Visitor, longest: (name: string, ms: number) => void = () => {}) {
  const ready = await Promise.all(deeds.map(async (deed) => ({ deed, send: await deed.begin(by) })))
  const answers = new Map<Deed, number>()
  const began = performance.now()
  const sent = ready.map(async ({ deed, send }) => {
    const answer = await send().catch(() => null)
    if (answer === null) return
    answers.set(deed, answer.status)
    longest(deed.name, performance.now() - began)
  })
  return { answers, all: Promise.all(sent) }
}

async function killPortal(): Promise<void> {
  const portal = await startPortal(onto(urls))
  const by = visitor(portal.url, cookie)
  if (!within.has('publication')) {
    // How long it takes is not known before it has been done.
    await makeDeeds()
    const { answers, all } = await send(by, (name, ms) => within.set(name, ms))
    await all
    expect([...new Set(answers.values())]).toEqual([303])
    deeds.length = 0
  }
  await makeDeeds()
  const before = new Map<string, string>()
  for (const { page } of deeds) before.set(page, (await desk.get(page)).body)
  const target = chance.one(deeds).name
  const { answers, all } = await send(by)
  await sleep(moment(target))
  portal.process.kill('SIGKILL')
  await Promise.all([portal.ended, all])
  await untilGone(urls.appUrl)
  await expectWhole()
  for (const deed of [...deeds]) {
    const stands = await deed.standing()
    note(deed.name, stands, deed.name === target)
    const status = answers.get(deed)
    // What has been answered stands.
    if (status !== undefined) expect([deed.name, status, stands]).toEqual([deed.name, 303, 'all'])
    const { body } = await desk.get(deed.page)
    if (stands === 'all') {
      expect(deed.shown(body), `${deed.name} is shown`).toBe(true)
      deeds.splice(deeds.indexOf(deed), 1)
    } else expect(body, `${deed.name} is as before`).toBe(before.get(deed.page))
  }
}

const whole = join(folder, 'hel.tar')
let lastHash = ''

/** A command that is killed. @returns how it ended */
async function killedCommand(args: string[], on: typeof urls | typeof emptyUrls): Promise<Ended> {
  const command = startCommand(args, onto(on))
  const timer = setTimeout(() => command.process.kill('SIGKILL'), moment(args[0] ?? ''))
  const end = await command.ended
  clearTimeout(timer)
  await untilGone(on.appUrl)
  return end
}

async function command(args: string[], on: typeof urls | typeof emptyUrls): Promise<Ended> {
  const began = performance.now()
  const end = await startCommand(args, onto(on)).ended
  if (!within.has(args[0] ?? '')) within.set(args[0] ?? '', performance.now() - began)
  expect([end.code, end.stderr]).toEqual([0, ''])
  return end
}

async function killBackup(): Promise<void> {
  const file = join(folder, `kopia-${made}.tar`)
  await killedCommand(['backup', file], urls)
  note('backup', existsSync(file) ? 'all' : 'nothing', true)
  if (existsSync(file)) {
    const opened = await openBackup(file)
    await verifyBackup(opened).finally(() => opened.close())
  }
  await expectWhole()
  for (const left of readdirSync(folder)) if (left.startsWith('kopia')) rmSync(join(folder, left))
}

async function killRestore(): Promise<void> {
  await killedCommand(['restore', whole], emptyUrls)
  const name = new URL(emptyUrls.appUrl).pathname.slice(1)
  const client = new pg.Client({ connectionString: emptyUrls.superuserUrl })
  await client.connect()
  const tables = await client.query(
    "select from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
  )
  const last =
    tables.rowCount === 0
      ? null
      : await client.query("select encode(hash, 'hex') as hash from audit_event order by id desc limit 1")
  await client.end()
  note('restore', last === null ? 'nothing' : 'all', true)
  if (last === null) return
  expect(last.rows[0]?.hash).toBe(lastHash)
  // Done before it was killed: the next one needs an empty database again.
  const server = inject('testServer')
  await asSuperuser(server, async (superuser) => {
    await superuser.query(`drop database ${name}`)
    await superuser.query(`create database ${name} owner ${server.ownerRole} template template0 encoding 'UTF8'`)
  })
}

test(
  `${kills} kills at moments by chance ${seed}: nothing is half, and the next start goes on`,
  async () => {
    const made = JSON.parse((await command(['backup', whole, '--json'], urls)).stdout)
    lastHash = made.audit.lastHash
    for (let kill = 0; kill < kills; kill += 1) {
      const turn = turns[kill % turns.length]
      if (turn === 'portal') await killPortal()
      else if (turn === 'backup') await killBackup()
      else {
        // Nobody knows yet how long it takes to read back; writing takes less.
        if (!within.has('restore')) within.set('restore', 2 * (within.get('backup') ?? 0))
        await killRestore()
      }
    }
    await goesOn()
  },
  120_000 + kills * 30_000,
)

/** After all of it: a portal that does what was broken off, and a backup that is read back. */
async function goesOn(): Promise<void> {
  const portal = await startPortal(onto(urls))
  const by = visitor(portal.url, cookie)
  for (const deed of deeds) {
    const send = await deed.begin(by)
    expect((await send()).status).toBe(303)
    expect(await deed.standing()).toBe('all')
    expect(deed.shown((await by.get(deed.page)).body)).toBe(true)
  }
  expect((await portal.stop()).code).toBe(0)
  await command(['restore', whole], emptyUrls)
  await expectWhole()
  const counted = [...tally].map(([name, { nothing, all }]) => `${name} ${nothing} + ${all}`).join(', ')
  process.stderr.write(`killed, seed ${seed}: nothing + all of it stood after: ${counted}\n`)
  // Of many kills some come in time and some too late: else they prove nothing.
  if (kills < 20) return
  const all = [...tally.values()]
  expect(all.some(({ nothing }) => nothing > 0)).toBe(true)
  expect(all.some(({ all }) => all > 0)).toBe(true)
}
