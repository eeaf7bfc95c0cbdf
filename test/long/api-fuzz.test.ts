import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '../../src/http/server.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { judgeOf, type OpenApi, type Probe, random, systematic } from '../support/fuzz-api.ts'

// The API asked from its own document, as somebody else's tool does it. By hand:
// npx vitest run --config vitest.long.config.ts test/long/api-fuzz.test.ts

let app: App
let document: OpenApi

beforeAll(async () => {
  app = await startApp({ db: await kalmarDatabase() })
  document = (await app.inject('/api/v1/openapi.json')).json()
})
afterAll(() => app?.close())

/** What was complained about, with the first few questions that each complaint is about. */
async function complaintsAbout(probes: readonly Probe[]): Promise<Record<string, string[]>> {
  const judge = judgeOf(document)
  const found: Record<string, string[]> = {}
  for (const probe of probes) {
    const answer = await app.inject({
      method: probe.method as 'GET',
      url: probe.url,
      ...(probe.headers ? { headers: probe.headers } : {}),
    })
    for (const wrong of judge(probe, answer)) {
      found[wrong] = [
        ...(found[wrong] ?? []),
        `${answer.statusCode} ${probe.method} ${probe.url.slice(0, 200)} (${probe.what})`,
      ]
    }
  }
  return Object.fromEntries(
    Object.entries(found).map(([wrong, where]) => [`${wrong} × ${where.length}`, where.slice(0, 3)]),
  )
}

test('every parameter at and beyond its borders is answered as the document says', async () => {
  const probes = systematic(document)
  expect(probes.length).toBeGreaterThan(3_000)
  // Files of whole registers take their time; of these at most every tenth is asked.
  const chosen = probes.filter(({ path }, place) => !/\.(csv|xlsx)$/.test(path) || place % 10 === 0)
  expect(await complaintsAbout(chosen)).toEqual({})
}, 60_000)

test('random questions are answered as the document says', async () => {
  const count = Number(process.env.FUZZ)
  expect(await complaintsAbout(random(document, { seed: 20_251_212, count }))).toEqual({})
}, 600_000)
