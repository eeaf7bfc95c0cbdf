/**
 * Every route asked for everything, from its own schema and its own forms, as everybody who can ask: nothing breaks,
 * and nothing of the inside is shown. `FUZZ_REQUESTS=100000 FUZZ_SEED=7 npx vitest run test/attack/fuzz.test.ts` is
 * the long form; a failing request is printed with what it takes to make it again.
 */
import { channel } from 'node:diagnostics_channel'
import type { RouteOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { day } from '../../src/kernel/dates.ts'
import { account, sessionCookie } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { chanceOf } from '../support/chance.ts'
import { kalmarDatabase } from '../support/database.ts'
import { type Asked, type FuzzedRoute, faultsOf, fuzzer, type Who } from '../support/fuzzer.ts'
import { fillEverything, type Robot } from '../support/robot.ts'

const count = Number(process.env.FUZZ_REQUESTS ?? 1_500)
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
  const start = performance.now()
  if (process.env.FUZZ_TALK) {
    process.stderr.write(
      `${JSON.stringify([...robot.taken], null, 0)}\n${[...robot.refused].map((r) => r.join(' ')).join('\n')}\n${robot.pages.size} ${performance.now() - start}\n`,
    )
  }
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
      const statuses = new Map<number, number>()
      const took = new Map<string, number>()
      for (let round = 0; round < count && found.length < 100; round += atOnce) {
        if (round % (atOnce * 50) === 0) await comeIn()
        logged.length = 0
        const crowd = Array.from({ length: atOnce }, () => fuzz.next())
        const answers = await Promise.all(
          crowd.map(async (asked) => {
            const began = performance.now()
            const answer = await ask(asked)
            took.set(asked.route, (took.get(asked.route) ?? 0) + performance.now() - began)
            statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1)
            return { asked, answer }
          }),
        )
        for (const { asked, answer } of answers) {
          const mine = logged
            .map((line) => JSON.parse(line))
            .filter(({ requestId }) => requestId === answer.headers['x-request-id'])
          const faults = [...faultsOf(asked, answer), ...mine.map(({ err, msg }) => err?.message ?? msg)]
          if (faults.length > 0) found.push(`${round}: ${faults.join('; ')}\n  ${JSON.stringify(asked)}`)
        }
      }
      if (process.env.FUZZ_TALK)
        process.stderr.write(
          `${JSON.stringify([...statuses])}\n${[...took]
            .sort((a, b) => b[1] - a[1])
            .slice(0, 60)
            .map(([r, ms]) => `${r} ${Math.round(ms)}`)
            .join('\n')}\n`,
        )
      expect(found, `seed ${seed}`).toEqual([])
    },
    patience,
  )
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
