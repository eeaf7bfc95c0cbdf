import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { hearChanges } from '../src/db/change-channel.ts'
import { examine, type Finding } from '../src/doctor.ts'
import { currencyOf } from '../src/http/page-cache.ts'
import { startApp, testConfig } from './support/app.ts'
import { bareDatabase, kalmarDatabase, urlsOf } from './support/database.ts'
import { isRoot, newFolder, runCommand } from './support/process.ts'

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

/** A port on which nobody listens. */
async function deadPort(): Promise<number> {
  const nobody = createServer()
  await new Promise<void>((done) => nobody.listen(0, '127.0.0.1', done))
  const { port } = nobody.address() as { port: number }
  await new Promise((done) => nobody.close(done))
  return port
}

const english = /connect E|getaddrinfo|fetch failed|password|terminated|timeout/i

test('a mail server and an identity provider that do not answer are findings in Swedish that say where', async () => {
  const port = await deadPort()
  const portal = { MAIL_FROM: 'portalen@example.se', OIDC_CLIENT_ID: 'portal' }
  const away = await findings({
    ...portal,
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    OIDC_ISSUER: `http://127.0.0.1:${port}`,
  })
  expect(away.get('E-post')).toMatchObject({
    state: 'fail',
    says: `ingen svarar på 127.0.0.1:${port} (ECONNREFUSED)`,
    mend: expect.stringContaining('SMTP_URL'),
  })
  expect(away.get('Arbetsgivarens inloggning')).toMatchObject({
    state: 'fail',
    says: `ingen svarar på 127.0.0.1:${port} (ECONNREFUSED)`,
    mend: expect.stringContaining('OIDC_ISSUER'),
  })
  const unknown = await findings({
    ...portal,
    SMTP_URL: 'smtp://anna:hemligt@finns-inte.invalid:25',
    OIDC_ISSUER: 'https://finns-inte.invalid',
  })
  for (const what of ['E-post', 'Arbetsgivarens inloggning'])
    expect(unknown.get(what)?.says).toMatch(/^(värden|värdnamnet) finns-inte\.invalid /)
  expect(JSON.stringify([...away.values(), ...unknown.values()])).not.toMatch(english)
})

describe('a DATABASE_URL that leads nowhere is said once, with what is wrong in it', async () => {
  const right = new URL(urlsOf(db).appUrl)
  const changed = (change: (url: URL) => void) => {
    const url = new URL('postgres://portal_app:hemligt@127.0.0.1/portal')
    for (const part of ['username', 'password', 'port', 'pathname'] as const) url[part] = right[part]
    change(url)
    return url.href
  }
  const port = await deadPort()

  test.each([
    [
      'nobody there',
      changed((url) => Object.assign(url, { port })),
      `ingen svarar på 127.0.0.1:${port} (ECONNREFUSED)`,
      'värd och port',
    ],
    [
      'an unknown host',
      changed((url) => Object.assign(url, { hostname: 'finns-inte.invalid' })),
      'finns-inte.invalid ',
      'värdens namn',
    ],
    [
      'a wrong password',
      changed((url) => Object.assign(url, { password: 'hemligt' })),
      'fel användare eller lösenord',
      'lösenordet',
    ],
    [
      'no password',
      changed((url) => Object.assign(url, { password: '' })),
      'fel användare eller lösenord',
      'lösenordet',
    ],
    [
      'a wrong user',
      changed((url) => Object.assign(url, { username: 'ingen' })),
      'fel användare eller lösenord',
      'lösenordet',
    ],
    [
      'another database',
      changed((url) => Object.assign(url, { pathname: '/annan' })),
      'databasen finns inte',
      'databasens namn',
    ],
  ])('%s', async (_case, url, says, mend) => {
    const found = await findings({}, { appUrl: url, ownerUrl: url })
    expect(found.get('Databasen')).toEqual({
      what: 'Databasen',
      state: 'fail',
      says: expect.stringContaining(says),
      mend: expect.stringMatching(`^Rätta DATABASE_URL: .*${mend}`),
    })
    const text = JSON.stringify([...found.values()])
    expect(text).not.toContain('hemligt')
    if (right.password !== '') expect(text).not.toContain(right.password)
    expect(text).not.toMatch(english)
    expect([...found.values()].filter(({ state }) => state === 'fail')).toHaveLength(1)
    expect(found.get('Resten av databasen')).toMatchObject({ says: 'har inte kunnat undersökas' })
    expect(found.has('PostgreSQL') || found.has('Tabeller')).toBe(false)
  })

  test('the owner’s own address too, by its name', async () => {
    const { appUrl } = urlsOf(db)
    const found = await findings({}, { appUrl, ownerUrl: changed((url) => Object.assign(url, { port })) })
    expect(found.get('Databasen')).toMatchObject({
      state: 'fail',
      mend: expect.stringMatching(/^Rätta DATABASE_OWNER_URL: /),
    })
  })
})

describe('the data folder', () => {
  const doctor = async (dataDir: string) => {
    const { stdout } = await runCommand(['doctor', '--json'], { dataDir, asOrdinaryUser: true })
    const { findings: found } = JSON.parse(stdout) as { findings: Finding[] }
    return new Map(found.map((finding): [string, Finding] => [finding.what, finding]))
  }

  test('that is not there yet is made by npm start, and the disk is that of the nearest folder', async () => {
    const dataDir = join(newFolder({ forOrdinaryUser: true }), 'djupt', 'ner')
    const found = await doctor(dataDir)
    expect(found.get('Datamappen')).toMatchObject({ state: 'ok', says: expect.stringContaining('skapas av npm start') })
    expect(found.get('Databasen')).toMatchObject({ state: 'fail', mend: expect.stringContaining('npm start') })
    expect(found.get('Diskutrymme')?.says).toMatch(/GB ledigt$/)
  })

  const closedOff = async (dataDir: string, mend: RegExp) => {
    const found = await doctor(dataDir)
    expect(found.get('Datamappen')).toMatchObject({
      state: 'fail',
      says: expect.stringMatching(`^${dataDir}.* får inte (läsas och skrivas|skapa den)`),
      mend: expect.stringMatching(mend),
    })
    expect([...found.values()].filter(({ state }) => state === 'fail')).toHaveLength(1)
    expect(found.has('Diskutrymme')).toBe(false)
    expect(found.get('Resten av databasen')?.mend).toContain('Datamappen')
    const { stderr } = await runCommand(['status'], { dataDir, asOrdinaryUser: true })
    expect(stderr).toContain('får inte läsas eller skrivas av den här användaren')
  }

  test('that the user may not write, or make, is said to be so, and nothing else about it', async () => {
    const empty = newFolder({ forOrdinaryUser: true })
    chmodSync(empty, 0o555)
    await closedOff(empty, /chmod u\+rwX .*PORTAL_DATA_DIR/)
    await closedOff(join(empty, 'data'), /mkdir -p .*; chown (?!-R).*PORTAL_DATA_DIR/)
  })

  test.runIf(isRoot)('whose database is another’s is not taken for one without any', async () => {
    const whole = newFolder()
    chmodSync(whole, 0o755)
    const inside = newFolder({ forOrdinaryUser: true })
    for (const dataDir of [whole, inside]) {
      const cluster = join(dataDir, 'database', 'cluster')
      mkdirSync(cluster, { recursive: true })
      writeFileSync(join(cluster, 'PG_VERSION'), '18')
      chmodSync(cluster, 0o700)
      await closedOff(dataDir, /ge den till den här användaren \(chown -R .*PORTAL_DATA_DIR/)
    }
  })
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
