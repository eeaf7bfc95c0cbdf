// Two processes of the portal behind a load balancer, on one database that was empty when they started.
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createAccount } from '../../src/accounts/changes.ts'
import { change, systemActor } from '../../src/audit/work.ts'
import { openDatabase } from '../../src/db/database.ts'
import { account, password } from '../support/accounts.ts'
import { type Balancer, openBalancer } from '../support/balancer.ts'
import { bareDatabase } from '../support/database.ts'
import { mailServer } from '../support/mail.ts'
import { fewFacts, freePort, newFolder, type RunningPortal, startPortal } from '../support/process.ts'
import { visitor } from '../support/visitor.ts'
import { fieldIn } from '../support/workspace.ts'

vi.setConfig({ testTimeout: 60_000 })

const { appUrl, ownerUrl } = await bareDatabase()
const db = openDatabase(appUrl, { name: 'test', max: 2 })
const mailPort = await freePort()
const surroundings = {
  dataDir: newFolder(),
  env: {
    DATABASE_URL: appUrl,
    DATABASE_OWNER_URL: ownerUrl,
    PORTAL_FACTS: fewFacts(),
    SMTP_URL: `smtp://127.0.0.1:${mailPort}`,
    MAIL_FROM: 'portalen@samverkan.example.se',
  },
}

let one: RunningPortal
let two: RunningPortal
let balancer: Balancer
beforeAll(async () => {
  const both = await Promise.all([startPortal(surroundings), startPortal(surroundings)])
  ;[one, two] = both
  balancer = await openBalancer(both.map(({ url }) => url))
})
afterAll(async () => {
  await balancer?.close()
  await Promise.all([one?.stop(), two?.stop()])
  await db.destroy()
})

/** Signs in and gives the cookie. */
async function signIn(server: string, epost: string, losenord = password) {
  const { status, headers } = await visitor(server).post('/logga-in', { epost, losenord })
  return { status, cookie: String(headers['set-cookie'] ?? '').split(';', 1)[0] ?? '' }
}

/** Readers who go on until they are told to stop. */
function readers(many: number) {
  const paths = ['/', '/grupper', '/moten-och-protokoll', '/personer/testa-testsson', '/sok?q=samverkan']
  const failed: (number | string)[] = []
  let answered = 0
  let stopped = false
  const read = async (reader: number) => {
    for (let turn = reader; !stopped; turn += 1) {
      const path = paths[turn % paths.length] as string
      const status = await visitor(balancer.url)
        .get(path)
        .then(
          (answer) => answer.status,
          (error) => String(error.cause ?? error),
        )
      if (status === 200) answered += 1
      else failed.push(`${path}: ${status}`)
      await sleep(20)
    }
  }
  const all = Promise.all(Array.from({ length: many }, (_, reader) => read(reader)))
  return {
    /** Waits until so many more have been answered. */
    async more(least: number) {
      const before = answered
      while (answered < before + least && failed.length === 0) await sleep(10)
    },
    async stop() {
      stopped = true
      await all
      return failed
    },
  }
}

test('of two that start at once on an empty database one makes it ready, the other waits, and both serve', async () => {
  const said = [one.said(), two.said()]
  expect(said.filter((text) => text.includes('Migrerade'))).toHaveLength(1)
  expect(said.filter((text) => text.includes('Läste in fakta'))).toHaveLength(1)
  expect(said.filter((text) => text.includes('Väntar på att en annan process'))).toHaveLength(1)
  for (let round = 0; round < 4; round += 1) {
    expect((await visitor(balancer.url).get('/readyz')).status).toBe(200)
    expect((await visitor(balancer.url).get('/personer/testa-testsson')).body).toContain('Testa Testsson')
  }
  expect([...balancer.answers.values()]).toEqual([4, 4])
})

test('who signs in on one is signed in on both, and who signs out on one is out on both', async () => {
  const { email } = await account(db, ['administrator'])
  const { cookie } = await signIn(one.url, email)
  for (const portal of [one, two]) expect((await visitor(portal.url, cookie).get('/konton')).status).toBe(200)
  expect((await visitor(two.url, cookie).post('/logga-ut')).status).toBe(303)
  for (const portal of [one, two]) expect((await visitor(portal.url, cookie).get('/konton')).status).toBe(401)
})

test('wrong passwords are counted together, whichever gets them', async () => {
  const { email } = await account(db)
  const guesses = []
  for (let round = 0; round < 12; round += 1)
    guesses.push((await signIn(balancer.url, email, 'fel lösenord här')).status)
  expect(guesses).toEqual([...Array(10).fill(422), 429, 429])
})

test('what one changes it shows at once, and the other within a second', async () => {
  const { email } = await account(db, ['coordinator of ledningsgruppen'])
  const { cookie } = await signIn(two.url, email)
  const page = '/personer/testa-testsson'
  const form = '/arbetsyta/register/personer/testa-testsson'
  for (const [here, there, namn] of [
    [one, two, 'Testa Förstsson'],
    [two, one, 'Testa Andersson-Prov'],
  ] as const) {
    // Kept pages are what could be old.
    for (const portal of [here, there, here, there]) await visitor(portal.url).get(page)
    const version = fieldIn((await visitor(there.url, cookie).get(form)).body, 'version')
    expect((await visitor(here.url, cookie).post(form, { version, namn })).status).toBe(303)
    const changedAt = performance.now()
    expect((await visitor(here.url).get(page)).body).toContain(namn)
    while (!(await visitor(there.url).get(page)).body.includes(namn)) {
      expect(performance.now() - changedAt).toBeLessThan(1_000)
      await sleep(20)
    }
  }
})

test('every letter is sent once, though both send at the same time', async () => {
  const mail = await mailServer(mailPort)
  const invited = Array.from({ length: 20 }, (_, number) => `inbjuden${number}@test.example`)
  await change(db, systemActor, async (work) => {
    for (const [number, email] of invited.entries()) {
      const holder = { name: `Inbjuden ${'ABCDEFGHIJKLMNOPQRST'[number]}` }
      expect(await createAccount(work, { email, holder, invite: true })).toMatchObject({ id: expect.any(Number) })
    }
    // Until both stand before the letters, so that they begin together.
    await sql`lock table letter in access exclusive mode`.execute(work.trx)
    await expect
      .poll(
        async () =>
          (
            await sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
              and query like '%"letter"%'`.execute(db)
          ).rows.length,
        { timeout: 10_000, interval: 50 },
      )
      .toBe(2)
  })
  const waiting = () => db.selectFrom('letter').select('id').execute()
  await expect.poll(waiting, { timeout: 10_000 }).toEqual([])
  expect(mail.received.map(({ to }) => to.join()).sort()).toEqual(invited.toSorted())
})

test('one after the other is stopped and started anew, and no reader is without an answer', async () => {
  const reading = readers(6)
  await reading.more(50)
  for (const old of [one, two]) {
    const end = old.stop()
    await reading.more(50)
    expect(await end).toMatchObject({ code: 0 })
    const upgraded = await startPortal(surroundings)
    if (old === one) one = upgraded
    else two = upgraded
    balancer.portals = [one.url, two.url]
    await reading.more(50)
  }
  expect(await reading.stop()).toEqual([])
  // The one that was away was really asked, and the other answered in its place.
  expect(balancer.passedOn).toContain('ECONNREFUSED')
})

test('when one is killed readers go on through the other, and who was signed in still is', async () => {
  const { email } = await account(db, ['administrator'])
  const { cookie } = await signIn(one.url, email)
  const reading = readers(6)
  await reading.more(50)
  expect(await one.stop('SIGKILL')).toMatchObject({ signal: 'SIGKILL' })
  await reading.more(100)
  expect(await reading.stop()).toEqual([])
  expect((await visitor(balancer.url, cookie).get('/konton')).status).toBe(200)
  expect((await visitor(balancer.url, cookie).post('/logga-ut')).status).toBe(303)
})
