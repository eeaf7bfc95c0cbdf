import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { account, cookiesOf, get, password, post, sessionCookie, signIn } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { textOf } from '../support/text.ts'

const today = day('2026-11-22')
const db = await kalmarDatabase()
const secret = { PORTAL_SECRET: 'en hemlighet som bara finns i testet' }
const app = await startApp({ db, today, env: secret })
const other = await startApp({ db, today, env: secret })
afterAll(async () => {
  await app.close()
  await other.close()
})
beforeEach(() => db.deleteFrom('attempt_count').execute())

/** The app on the phone: a code for now, or so many half minutes from now. */
const phone =
  (key: string) =>
  (steps = 0) =>
    new TOTP({ secret: Secret.fromBase32(key) }).generate({ timestamp: Date.now() + steps * 30_000 })

async function turnOn() {
  const who = await account(db)
  const cookie = await sessionCookie(db, who.id)
  expect((await post(app, '/konto/tvasteg', {}, { cookie })).headers.location).toBe('/konto/tvasteg')
  const { body } = await get(app, '/konto/tvasteg', cookie)
  const key = (/<code class="long-code">([A-Z2-7 ]+)<\/code>/.exec(body)?.[1] ?? '').replaceAll(' ', '')
  expect(key).toHaveLength(32)
  const code = phone(key)
  const wrong = await post(app, '/konto/tvasteg/bekraftelse', { kod: '000000' }, { cookie })
  expect(wrong.statusCode).toBe(422)
  expect((await signIn(app, who.email)).headers.location).toBe('/min-sida')
  // The code before this one, so that the one of now is left for the test.
  const done = await post(app, '/konto/tvasteg/bekraftelse', { kod: code(-1) }, { cookie })
  expect(done.headers.location).toBe('/konto?klart=tvasteg-pa')
  return { ...who, cookie, code }
}

test('with one-time codes the password alone opens nothing; the code lets one on to where one was going', async () => {
  const { email, code } = await turnOn()
  const first = await signIn(app, email, password, { till: '/beslut' })
  expect(first.headers.location).toBe('/logga-in/kod')
  expect(cookiesOf(first)).not.toContain('portal-session')
  const step = cookiesOf(first)
  expect((await get(app, '/konto', step)).statusCode).toBe(401)
  const wrong = await post(app, '/logga-in/kod', { kod: '12345' }, { cookie: step })
  expect(textOf(wrong.body)).toContain('Koden har sex siffror.')
  const spaced = `${code().slice(0, 3)} ${code().slice(3)}`
  const second = await post(other, '/logga-in/kod', { kod: spaced }, { cookie: step })
  expect(second.headers.location).toBe('/beslut')
  expect((await get(app, '/konto', cookiesOf(second))).statusCode).toBe(200)
  expect((await post(app, '/logga-in/kod', { kod: code(1) }, { cookie: step })).headers.location).toBe('/logga-in')
})

test('a code works once, also for whoever has read it over the shoulder', async () => {
  const { email, code } = await turnOn()
  const now = code()
  const use = async () => {
    const step = cookiesOf(await signIn(app, email))
    return post(app, '/logga-in/kod', { kod: now }, { cookie: step })
  }
  expect((await use()).statusCode).toBe(303)
  expect((await use()).statusCode).toBe(422)
})

test('guessing codes ends after five, in whatever process and however often one starts over', async () => {
  const { email, code } = await turnOn()
  const statuses = []
  for (let round = 0; round < 7; round += 1) {
    const step = cookiesOf(await signIn(app, email))
    statuses.push(
      (await post(round % 2 ? app : other, '/logga-in/kod', { kod: '123456' }, { cookie: step })).statusCode,
    )
  }
  expect(statuses).toEqual([422, 422, 422, 422, 422, 429, 429])
  const step = cookiesOf(await signIn(app, email))
  expect((await post(app, '/logga-in/kod', { kod: code() }, { cookie: step })).statusCode).toBe(429)
})

test('the secret lies encrypted: with another PORTAL_SECRET nobody is let in without the code', async () => {
  const { id, email, code } = await turnOn()
  const { totp_secret } = await db
    .selectFrom('account')
    .select('totp_secret')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  expect(totp_secret).toHaveLength(12 + 20 + 16)
  for (const env of [{ PORTAL_SECRET: 'en helt annan hemlighet, lika lång' }, {}]) {
    const changed = await startApp({ db, today, env })
    const step = cookiesOf(await signIn(changed, email))
    expect(step).not.toContain('portal-session')
    const answer = await post(changed, '/logga-in/kod', { kod: code() }, { cookie: step })
    expect(answer.statusCode).toBe(500)
    expect(cookiesOf(answer)).not.toContain('portal-session')
    await changed.close()
  }
})

test('without PORTAL_SECRET codes cannot be turned on, and the page says so', async () => {
  const plain = await startApp({ db, today })
  const cookie = await sessionCookie(db, (await account(db)).id)
  expect(textOf((await get(plain, '/konto', cookie)).body)).toContain('Engångskoder går inte att slå på')
  expect((await post(plain, '/konto/tvasteg', {}, { cookie })).headers.location).toBe('/konto')
  await plain.close()
})

test('they are turned off with the password, or by an administrator for one who has lost the phone', async () => {
  const mine = await turnOn()
  const off = (typed: string) => post(app, '/konto/tvasteg/av', { losenord_for_kod: typed }, { cookie: mine.cookie })
  expect((await off('fel lösenord')).statusCode).toBe(422)
  expect((await off(password)).headers.location).toBe('/konto?klart=tvasteg-av')
  expect((await signIn(app, mine.email)).headers.location).toBe('/min-sida')

  const lost = await turnOn()
  const administrator = await account(db, ['administrator'])
  const cookie = await sessionCookie(db, administrator.id)
  await post(app, `/konton/${lost.id}/engangskoder`, {}, { cookie })
  expect((await signIn(app, lost.email)).headers.location).toBe('/min-sida')
})
