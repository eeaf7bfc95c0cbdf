import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { verifyChain } from '../../src/audit/verify.ts'
import { hearChanges } from '../../src/db/change-channel.ts'
import { openDatabase } from '../../src/db/database.ts'
import { readiness } from '../../src/db/migrate.ts'
import { currencyOf } from '../../src/http/page-cache.ts'
import type { App } from '../../src/http/server.ts'
import { day } from '../../src/kernel/dates.ts'
import { account, sessionCookie } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase, urlsOf } from '../support/database.ts'
import { type Line, openLine } from '../support/proxy.ts'
import { textOf } from '../support/workspace.ts'

// The portal with its database at the far end of a line that breaks. `db` goes past the line.

const db = await kalmarDatabase()
const keptPage = '/moten-och-protokoll/2025-12-12-lansgemensam-ledning'
/** Pages that nobody has asked for yet: a group as it was on one day after the other. */
const unseen = Array.from({ length: 28 }, (_, n) => `/grupper/aldre?datum=2025-10-${String(n + 1).padStart(2, '0')}`)
/** Milliseconds after which a statement is broken off, short for the tests' sake. */
const statementTimeout = 700
const form = '/arbetsyta/moten/nytt'
const typed = {
  grupp: 'lansgemensam-ledning',
  utgangspunkt: 'tom',
  datum: '2026-05-11',
  start: '10.00',
  slut: '12.00',
  plats: 'Salen där registret försvann',
  videolank: '',
}

let line: Line
let app: App
let url = ''
let coordinator = ''
let close: () => Promise<void>

beforeAll(async () => {
  line = await openLine(urlsOf(db).appUrl)
  const own = openDatabase(line.url, { name: 'test: behind the line', max: 3, statementTimeout })
  const heard = hearChanges(line.url, { warn: () => {}, info: () => {} })
  app = await startApp({
    db: own,
    today: day('2026-03-10'),
    currency: currencyOf(own, heard),
    readiness: () => readiness(own),
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  coordinator = await sessionCookie(db, (await account(db, ['coordinator of lansgemensam-ledning'])).id)
  close = async () => {
    app.server.closeAllConnections()
    await app.close()
    await heard.close()
    await own.destroy()
    await line.close()
  }
  await keep()
})
afterAll(() => close())
afterEach(() => keep())

type Got = { path: string; status: number; retryAfter: string | null; type: string; body: string; took: number }

async function get(path: string, headers: Record<string, string> = {}): Promise<Got> {
  const asked = performance.now()
  const answer = await fetch(url + path, { headers: { accept: 'text/html', ...headers }, redirect: 'manual' })
  const body = await answer.text()
  return {
    path,
    status: answer.status,
    retryAfter: answer.headers.get('retry-after'),
    type: answer.headers.get('content-type') ?? '',
    body,
    took: performance.now() - asked,
  }
}

const post = (path: string, fields: Record<string, string>) =>
  fetch(url + path, {
    method: 'POST',
    redirect: 'manual',
    headers: { accept: 'text/html', cookie: coordinator, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams(fields),
  })

/** Asks again until it holds. Throws what was not so after that many milliseconds. */
async function until(what: string, holds: () => Promise<boolean> | boolean, patience = 10_000): Promise<void> {
  const began = performance.now()
  while (!(await holds())) {
    if (performance.now() - began > patience) throw new Error(`it was never so: ${what}`)
    await sleep(20)
  }
}

/** Until the portal answers from the database again, and the page that is read all the time is kept. */
async function keep(): Promise<void> {
  await until('the portal is ready', async () => (await get('/readyz')).status === 200)
  await until('the page is kept', keptAnswers)
}

/** Whether the page comes out of what is kept: it then comes without a question to the database. */
async function keptAnswers(): Promise<boolean> {
  const before = await metric('portal_kept_pages_answered_total{how="hit"}')
  await get(keptPage)
  return (await metric('portal_kept_pages_answered_total{how="hit"}')) > before
}

async function metric(name: string): Promise<number> {
  const text = await app.metrics.metrics()
  const found = text.split('\n').find((one) => one.startsWith(`${name} `))
  return Number(found?.slice(name.length + 1) ?? 0)
}

function expectUnavailable({ status, retryAfter, type, body }: Got): void {
  expect(status, body.slice(0, 300)).toBe(503)
  expect(Number(retryAfter)).toBeGreaterThan(0)
  expect(type).toContain('text/html')
  expect(textOf(body)).toContain('Portalen är tillfälligt otillgänglig')
  expect(body).toContain('lang="sv"')
  expect(body).not.toMatch(/ECONN|Connection|timeout|statement|\bat .*\.ts/)
}

/** A connection past the line that holds what others want. */
async function holding(statement: string, work: (release: () => Promise<void>) => Promise<void>): Promise<void> {
  const holder = new pg.Client({ connectionString: urlsOf(db).superuserUrl })
  await holder.connect()
  try {
    await holder.query(`begin; ${statement}`)
    await work(async () => void (await holder.query('rollback')))
  } finally {
    await holder.end()
  }
}

describe('the database stops, and starts again', () => {
  test('kept pages are served all along, others say so in Swedish and when to come back; all works again within two seconds', async () => {
    const whole = await get(keptPage)
    let going = true
    const seen: Got[] = []
    // Readers of the page that everybody reads, and of others.
    const readers = Array.from({ length: 12 }, async (_, reader) => {
      for (let turn = 0; going; turn += 1) {
        const path = reader < 6 ? keptPage : (unseen[(reader * 31 + turn) % 10] as string)
        seen.push(await get(path))
        await sleep(5)
      }
    })
    onTestFinished(() => {
      going = false
    })
    await line.stop()
    const stopped = seen.length
    const since = (holds: (got: Got) => boolean) => seen.slice(stopped).filter(holds).length
    await until('others are told', () => since(({ status }) => status === 503) > 20)
    await until('the kept page is read', () => since(({ path }) => path === keptPage) > 20)
    expectUnavailable(await get(unseen[22] as string))
    const api = await get('/api/v1/meetings?year=2024', { accept: 'application/json' })
    expect([api.status, api.type]).toEqual([503, 'application/problem+json; charset=utf-8'])
    expect((await get('/healthz')).status).toBe(200)
    expect((await get('/readyz')).status).toBe(503)
    await line.start()
    const back = performance.now()
    await until('it works again', async () => (await get(unseen[0] as string)).status === 200)
    expect(performance.now() - back).toBeLessThan(2_000)
    going = false
    await Promise.all(readers)
    expect([...new Set(seen.map(({ status }) => status))].sort()).toEqual([200, 503])
    for (const got of seen.filter(({ status }) => status === 503)) expectUnavailable(got)
    const kept = seen.filter(({ path }) => path === keptPage)
    expect(kept.filter(({ status, body }) => status !== 200 || body !== whole.body)).toEqual([])
  })

  test('only for this process, while another goes on writing: then no page is served that it may have changed', async () => {
    const elsewhere = hearChanges(urlsOf(db).appUrl, { warn: () => {}, info: () => {} })
    onTestFinished(() => elsewhere.close())
    await until('the other hears', () => elsewhere.hearing() === 'listening')
    // Until each knows of the other.
    await sleep(1_500)
    await keep()
    await line.stop()
    onTestFinished(() => line.start().catch(() => {}))
    await sleep(1_000)
    const told: number[] = []
    for (const until = performance.now() + 2_000; performance.now() < until; await sleep(20))
      told.push((await get(keptPage)).status)
    expect([...new Set(told)]).toEqual([503])
    await line.start()
    await keep()
  })

  test('what somebody sends meanwhile is given back, and nothing of it is written', async () => {
    await line.stop()
    const answer = await post(form, typed)
    const body = await answer.text()
    expect(answer.status).toBe(503)
    expect(body).toContain(typed.plats)
    await line.start()
    await keep()
    expect(await meetings()).toBe(0)
  })
})

const meetings = async () =>
  (await db.selectFrom('meeting').select('id').where('place', '=', typed.plats).execute()).length

/** While somebody holds the log, a change gets as far as there. */
const theLog = 'lock table audit_event in share row exclusive mode'

async function untilStuck(): Promise<void> {
  const stuck = async () =>
    (
      await sql`select pid from pg_stat_activity
        where application_name = 'test: behind the line' and wait_event_type = 'Lock'`.execute(db)
    ).rows.length
  await until('it waits for the log', async () => (await stuck()) > 0)
}

describe('a change that is broken off in the middle', () => {
  test('by a connection that is cut: nothing of it stands, what was typed comes back, and it can be sent again', async () => {
    await holding(theLog, async (release) => {
      const sent = post(form, typed)
      await untilStuck()
      line.cut()
      const answer = await sent
      expect(answer.status).toBe(503)
      expect(await answer.text()).toContain(typed.plats)
      await release()
    })
    expect(await meetings()).toBe(0)
    expect((await verifyChain(db)).breaks).toEqual([])
    await keep()
    expect((await post(form, typed)).status).toBe(303)
    expect(await meetings()).toBe(1)
  })

  test('by the server, since it takes too long: the same, as a page that says to try again', async () => {
    const other = { ...typed, plats: 'Salen där allt tog tid', datum: '2026-05-12' }
    await holding(theLog, async () => {
      const answer = await post(form, other)
      expect(answer.status).toBe(503)
      const body = await answer.text()
      expect(body).toContain(other.plats)
      expect(textOf(body)).toContain('Försök igen')
    })
    expect((await verifyChain(db)).breaks).toEqual([])
    expect((await post(form, other)).status).toBe(303)
  })
})

describe('what is slow or silent', () => {
  test('all connections are taken: kept pages are served, others wait and are told, and then all is as before', async () => {
    await holding('lock table body in access exclusive mode', async (release) => {
      const waiting = unseen.slice(10, 18).map((path) => get(path))
      const kept = await get(keptPage)
      expect([kept.status, kept.took < 500]).toEqual([200, true])
      for (const got of await Promise.all(waiting)) expectUnavailable(got)
      await release()
    })
    await until('it works again', async () => (await get(unseen[19] as string)).status === 200)
  })

  test('a line that is dead without saying so is given up, and the next one is used', async () => {
    line.silence()
    const waited = await get(unseen[20] as string)
    expectUnavailable(waited)
    line.cut()
    await until('it works again', async () => (await get(unseen[21] as string)).status === 200)
  }, 30_000)
})
