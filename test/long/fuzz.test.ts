/**
 * Every route asked for everything, from its own schema and its own forms, as everybody who can ask: nothing breaks,
 * and nothing of the inside is shown. A failing request is printed with what it takes to make it again.
 * By hand: FUZZ_SEED=7 npx vitest run --config vitest.long.config.ts test/long/fuzz.test.ts
 */
import { channel } from 'node:diagnostics_channel'
import type { RouteOptions } from 'fastify'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { day } from '../../src/kernel/dates.ts'
import { account, sessionCookie } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { chanceOf } from '../support/chance.ts'
import { kalmarDatabase } from '../support/database.ts'
import { type Asked, type FuzzedRoute, faultsOf, fuzzer, type Who } from '../support/fuzzer.ts'
import { fillEverything, type Robot } from '../support/robot.ts'

const count = Number(process.env.FUZZ_REQUESTS)
const seed = Number(process.env.FUZZ_SEED ?? 20_261_125)
/** Several at a time, as from several people. */
const atOnce = 6
const patience = 60_000 + count * 20

const db = await kalmarDatabase()
const logged: string[] = []
const routes: FuzzedRoute[] = []

/** The routes with their schemas, as they are declared. */
const beginning = channel('fastify.initialization')
const listen = (message: unknown) => {
  const { fastify } = message as {
    fastify: { addHook: (name: 'onRoute', hook: (route: RouteOptions) => void) => void }
  }
  fastify.addHook('onRoute', ({ method, url, schema }) => {
    const { params, querystring } = (schema ?? {}) as { params?: z.ZodObject; querystring?: z.ZodObject }
    for (const one of [method].flat()) {
      if (one === 'HEAD') continue
      routes.push({ method: one, url, params: keysOf(params), query: keysOf(querystring) })
    }
  })
}
const keysOf = (schema: z.ZodObject | undefined) => Object.keys(schema?.shape ?? {})

beginning.subscribe(listen)
const app = await startApp({
  db,
  today: day('2026-03-10'),
  env: {
    LOG_LEVEL: 'error',
    OIDC_ISSUER: 'http://localhost:1',
    OIDC_CLIENT_ID: 'portal',
    METRICS_TOKEN: 'ett ord för mätare',
  },
  log: { write: (line) => void logged.push(line) },
})
beginning.unsubscribe(listen)
afterAll(() => app.close())

const roles = {
  nobody: null,
  member: ['member of aldre'],
  coordinator: ['coordinator of barn-och-unga'],
  administrator: ['administrator', 'coordinator of lansgemensam-ledning'],
} as const

let robot: Robot
const cookies = new Map<Who, string>()

/** Whoever has been shut out meanwhile comes back as somebody new. */
async function comeIn(): Promise<void> {
  for (const [who, given] of Object.entries(roles)) {
    if (given === null) continue
    const cookie = cookies.get(who as Who)
    const answer = cookie && (await app.inject({ url: '/konto', headers: { cookie } }))
    if (answer && answer.statusCode === 200) continue
    const { id } = await account(db, given)
    cookies.set(who as Who, await sessionCookie(db, id))
  }
}

beforeAll(async () => {
  await comeIn()
  robot = await fillEverything({
    app,
    cookie: cookies.get('administrator') ?? '',
    chance: chanceOf(seed),
    words: ({ name }) => `Prov av ${name}`,
    leave: /logga-ut|stangning|radering|utloggning|konto\/|ta-bort|slang|avbryt|angra/,
    file: { name: 'prov.pdf', bytes: Buffer.from('%PDF-1.4 prov') },
    pagesEach: 1,
    formsEach: 1,
  })
}, patience)

test('filling in every form breaks nothing', () => {
  expect(robot.broken.filter(({ route }) => route !== 'POST /logga-in/arbetsgivare')).toEqual([])
  expect(logged).toEqual([])
})

describe('whatever is asked, by whomever', () => {
  test(
    `${count} requests made by chance ${seed} find nothing that breaks, and nothing of the inside`,
    async () => {
      const fuzz = fuzzer({ routes, robot, chance: chanceOf(seed) })
      const found: string[] = []
      for (let round = 0; round < count && found.length < 100; round += atOnce) {
        if (round % (atOnce * 50) === 0) await comeIn()
        logged.length = 0
        const crowd = Array.from({ length: atOnce }, () => fuzz.next())
        const answers = await Promise.all(crowd.map(async (asked) => ({ asked, answer: await ask(asked) })))
        for (const { asked, answer } of answers) {
          const mine = logged
            .map((line) => JSON.parse(line))
            .filter(({ requestId }) => requestId === answer.headers['x-request-id'])
          const faults = [...faultsOf(asked, answer), ...mine.map(({ err, msg }) => err?.message ?? msg)]
          if (faults.length > 0) found.push(`${round}: ${faults.join('; ')}\n  ${JSON.stringify(asked)}`)
        }
      }
      expect(found, `seed ${seed}`).toEqual([])
    },
    patience,
  )
})

describe('words of SQL', () => {
  /** Each breaks out of another kind of place; those that sleep would be noticed by how long the answer takes. */
  const corpus = [
    "'",
    "''",
    '"',
    "\\'",
    "' or '1'='1",
    "' or 1=1 --",
    "1'; select pg_sleep(9); --",
    '1;select pg_sleep(9)--',
    '1) or pg_sleep(9) is not null--',
    "' || (select pg_sleep(9)) || '",
    '(select 1 from pg_sleep(9))',
    "') union select null, version()--",
    "'; drop table letter; --",
    "%' escape '",
    '$$; select 1; $$',
    "x' and 1=cast((select version()) as int)--",
    "{1,'a'}",
    "E'\\\\x27'",
    '$1',
    ':tsquery & | ! <-> ((',
  ]

  /** How many rows each table has; what asking itself writes is left out. */
  async function rowCounts(): Promise<Record<string, number>> {
    const { rows } = await sql<{ name: string; rows: string }>`
      select table_name as name, (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from %I', table_name), false, true, '')))[1]::text as rows
      from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(db)
    const own = ['attempt_count', 'session', 'sign_in_step']
    return Object.fromEntries(
      rows.filter(({ name }) => !own.includes(name)).map(({ name, rows }) => [name, Number(rows)]),
    )
  }

  test(
    'in every parameter of every address are words: nothing breaks, nothing waits, and no row is touched',
    async () => {
      await comeIn()
      const cookie = cookies.get('administrator') ?? ''
      const openApi = JSON.parse((await app.inject('/api/v1/openapi.json')).body)
      const ofApi = (url: string): string[] =>
        (openApi.paths[url.replace(/:(\w+)/g, '{$1}')]?.get?.parameters ?? [])
          .filter((parameter: { in?: string }) => parameter.in === 'query')
          .map(({ name }: { name: string }) => name)
      const links = [...robot.pages.values()].join('\n')
      const seen = [...new Set([...links.matchAll(/[?;&]([a-z-]{1,30})=/g)].map(([, name = '']) => name))]
      const asked = routes
        .filter(({ method, url }) => method === 'GET' && !/\.(pdf|xlsx|zip)$|openapi|oppna-data|static/.test(url))
        .flatMap(({ url, params, query }) => {
          const names = [
            ...new Set([
              ...query,
              ...ofApi(url),
              ...(query.length === 0 && !url.startsWith('/api') ? seen.slice(0, 3) : []),
            ]),
          ]
          const inPath = (url.match(/[:*]/g) ?? []).length > 0 ? [...params, 'all'] : []
          return [
            ...inPath.map(() => (word: string) => url.replace(/:\w+|\*/g, encodeURIComponent(word))),
            ...names.map(
              (name) => (word: string) => `${url.replace(/:\w+|\*/g, '1')}?${name}=${encodeURIComponent(word)}`,
            ),
          ]
        })
      expect(asked.length).toBeGreaterThan(250)
      const before = await rowCounts()
      expect(before.meeting).toBeGreaterThan(0)
      logged.length = 0
      const faults: string[] = []
      // Each word in a share of the places, so that every place gets some and every word comes everywhere in the long form.
      const each = count >= 20_000 ? corpus.length : 2
      let turn = 0
      const waiting = asked.flatMap((address) =>
        Array.from({ length: each }, () => address(corpus[turn++ % corpus.length] ?? '')),
      )
      const work = async () => {
        for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
          const began = performance.now()
          const answer = await app.inject({ url, headers: { cookie, accept: 'text/html' } })
          const ms = performance.now() - began
          const way: Asked = {
            method: 'GET',
            url,
            who: 'administrator',
            route: '',
            headers: { accept: 'text/html' },
            from: '',
          }
          if (ms > 8_000) faults.push(`${url}: ${Math.round(ms)} ms`)
          for (const fault of faultsOf(way, answer))
            if (!fault.startsWith('an error in plain')) faults.push(`${url}: ${fault}`)
          if (/PostgreSQL \d/.test(answer.body)) faults.push(`${url}: tells the version`)
        }
      }
      await Promise.all(Array.from({ length: atOnce }, work))
      expect(faults).toEqual([])
      expect(logged).toEqual([])
      const { audit_event: events = 0, ...rest } = await rowCounts()
      const { audit_event: eventsBefore = 0, ...restBefore } = before
      expect(rest).toEqual(restBefore)
      // That the log or somebody's own data was handed out is written down; nothing else may have been.
      const added = await db
        .selectFrom('audit_event')
        .select('act')
        .orderBy('id', 'desc')
        .limit(events - eventsBefore)
        .execute()
      expect(added.filter(({ act }) => !/^(log|person)\..*exported$/.test(act))).toEqual([])
    },
    patience,
  )

  test('in the fields of forms are kept as they were typed', async () => {
    await comeIn()
    const cookie = cookies.get('administrator') ?? ''
    for (const word of corpus) {
      const answer = await app.inject({
        method: 'POST',
        url: '/forslag/nytt',
        headers: {
          cookie,
          accept: 'text/html',
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/x-www-form-urlencoded',
        },
        payload: new URLSearchParams({ grupp: 'aldre', rubrik: `SQL ${word}`, forslag: word }).toString(),
      })
      expect([word, answer.statusCode]).toEqual([word, 303])
    }
    const kept = await db.selectFrom('item_proposal').select('title').where('title', 'like', 'SQL %').execute()
    expect(kept.map(({ title }) => title).sort()).toEqual(corpus.map((word) => `SQL ${word}`.trim()).sort())
  })
})

function ask({ method, url, who, headers, payload, from }: Asked) {
  const cookie = cookies.get(who)
  return app.inject({
    method: method as 'GET',
    url,
    remoteAddress: from,
    headers: { ...headers, ...(cookie ? { cookie } : {}) },
    ...(payload === undefined ? {} : { payload }),
  })
}
