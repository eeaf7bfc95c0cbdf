import { createServer } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { hearChanges } from '../src/db/change-channel.ts'
import { examine, type Finding } from '../src/doctor.ts'
import { currencyOf } from '../src/http/page-cache.ts'
import { startApp, testConfig } from './support/app.ts'
import { bareDatabase, kalmarDatabase, urlsOf } from './support/database.ts'

const db = await kalmarDatabase()

/** What the doctor finds for a portal with these settings on the county's database. */
async function findings(env: Record<string, string> = {}, urls: { appUrl: string; ownerUrl: string } = urlsOf(db)) {
  const config = testConfig({ DATABASE_URL: urls.appUrl, ...env })
  const found = await examine(config, async () => ({ ...urls, embedded: false, leave: async () => {} }))
  return new Map(found.map((finding): [string, Finding] => [finding.what, finding]))
}

test('a portal with everything in place has nothing to mend', async () => {
  const found = await findings({ PUBLIC_ORIGIN: 'https://samverkan.example.se', PORTAL_SECRET: 'x'.repeat(32) })
  const wrong = [...found.values()].filter(({ state, what }) => state !== 'ok' && what !== 'E-post')
  expect(wrong).toEqual([])
  expect(found.get('Ändringar hörs')?.says).toContain('LISTEN')
  expect(found.get('E-post')).toMatchObject({ state: 'warn', mend: expect.stringContaining('SMTP_URL') })
})

test('one role for everything, no secret and no https are said to be weaker', async () => {
  const { ownerUrl } = urlsOf(db)
  const found = await findings({}, { appUrl: ownerUrl, ownerUrl })
  expect(found.get('Roller')).toMatchObject({ state: 'warn', mend: expect.stringContaining('DATABASE_OWNER_URL') })
  expect(found.get('Hemligheter')?.state).toBe('warn')
  expect(found.get('Adress utåt')?.state).toBe('warn')
})

test('a database without tables is told to be migrated', async () => {
  const found = await findings({}, await bareDatabase())
  expect(found.get('PostgreSQL')?.state).toBe('fail')
  expect(found.get('Tabeller')).toMatchObject({ state: 'fail', mend: expect.stringContaining('migrate') })
})

test('a database, a mail server and an identity provider that do not answer are findings, not errors', async () => {
  const nobody = createServer()
  await new Promise<void>((done) => nobody.listen(0, '127.0.0.1', done))
  const { port } = nobody.address() as { port: number }
  await new Promise((done) => nobody.close(done))
  const away = `postgres://a:b@127.0.0.1:${port}/c`
  const env = {
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    MAIL_FROM: 'portalen@example.se',
    OIDC_ISSUER: `http://127.0.0.1:${port}`,
    OIDC_CLIENT_ID: 'portal',
  }
  const found = await findings(env, { appUrl: away, ownerUrl: away })
  for (const what of ['PostgreSQL', 'E-post', 'Arbetsgivarens inloggning']) {
    expect(found.get(what)).toMatchObject({ state: 'fail', mend: expect.any(String) })
  }
  expect(JSON.stringify([...found.values()])).not.toContain('a:b@')
})

const heard = hearChanges(urlsOf(db).appUrl, { warn() {}, info() {} })
const env = { METRICS_TOKEN: 'en-lang-nyckel-for-test' }
const app = await startApp({ db, env, currency: currencyOf(db, heard) })
afterAll(async () => {
  await app.close()
  await heard.close()
})

test('figures are for whoever knows the token, and name routes but nothing that was asked for', async () => {
  await app.inject('/beslut/hemligt-12?q=hemligt')
  const get = (authorization?: string) =>
    app.inject({ url: '/metrics', ...(authorization ? { headers: { authorization } } : {}) })
  expect((await get()).statusCode).toBe(401)
  expect((await get('Bearer fel')).statusCode).toBe(401)
  const answer = await get(`Bearer ${env.METRICS_TOKEN}`)
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toContain('version=0.0.4')
  expect(answer.body).toMatch(/portal_request_seconds_count\{method="GET",route="\/beslut\/:slug",status="404"\} 1/)
  expect(answer.body).toMatch(/portal_database_connections\{state="open"\} \d/)
  expect(answer.body).toMatch(/portal_letters\{state="waiting"\} 0/)
  expect(answer.body).toContain('portal_kept_pages_bytes')
  expect(answer.body).not.toContain('hemligt')
})

test('without a token there are no figures on the main port', async () => {
  const plain = await startApp({ db })
  expect((await plain.inject('/metrics')).statusCode).toBe(404)
  await plain.close()
})
