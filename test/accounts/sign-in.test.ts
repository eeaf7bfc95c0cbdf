import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { closeAccount } from '../../src/accounts/changes.ts'
import { change, systemActor } from '../../src/audit/work.ts'
import { day } from '../../src/kernel/dates.ts'
import { account, cookiesOf, get, password, post, sessionCookie, signIn } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { textOf } from '../support/text.ts'

const today = day('2026-11-22')
const db = await kalmarDatabase()
const app = await startApp({ db, today })
const other = await startApp({ db, today })
const testa = await account(db, ['coordinator of barn-och-unga'])
afterAll(async () => {
  await app.close()
  await other.close()
})
beforeEach(() => db.deleteFrom('attempt_count').execute())

/** Signing out is for anyone; this page is not. */
const protectedPath = '/konto'

describe('signing in', () => {
  test('with the right password opens the pages one may see, with a cookie that scripts and other sites do not get', async () => {
    const answer = await signIn(app, testa.email)
    expect(answer.statusCode).toBe(303)
    expect(answer.headers.location).toBe('/min-sida')
    expect(answer.headers['set-cookie']).toMatch(/^portal-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
    expect((await get(app, protectedPath, cookiesOf(answer))).statusCode).toBe(200)
  })

  test('does not mind capitals and blanks around the address, nor how å was typed', async () => {
    expect((await signIn(app, `  ${testa.email.toUpperCase()} `, password.normalize('NFD'))).statusCode).toBe(303)
  })

  test('over https the cookie is for this host and https alone', async () => {
    const secure = await startApp({ db, today, env: { PUBLIC_ORIGIN: 'https://samverkan.example.se' } })
    const { headers } = await signIn(secure, testa.email)
    expect(headers['set-cookie']).toMatch(/^__Host-portal-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    await secure.close()
  })

  test('under a base path the cookie and the way on stay there', async () => {
    const env = { BASE_PATH: '/lgl', PUBLIC_ORIGIN: 'https://samverkan.example.se' }
    const below = await startApp({ db, today, env })
    const { headers } = await post(below, '/lgl/logga-in', { epost: testa.email, losenord: password, till: '/beslut' })
    expect(headers['set-cookie']).toMatch(/^__Secure-portal-session=[\w-]{43}; Path=\/lgl;/)
    expect(headers.location).toBe('/lgl/beslut')
    await below.close()
  })

  test('what is missing is asked for, and the address stays while the password does not', async () => {
    const { statusCode, body } = await post(app, '/logga-in', { epost: testa.email, losenord: '' })
    expect(statusCode).toBe(422)
    expect(body).toContain('Skriv ditt lösenord.')
    expect(body).toContain(`value="${testa.email}"`)
    const wrong = await signIn(app, testa.email, 'hemligt och fel')
    expect(wrong.body).not.toContain('hemligt och fel')
  })

  test('a reader gets no cookie', async () => {
    for (const url of ['/', '/beslut', '/logga-in', '/glomt-losenord', '/konto']) {
      expect((await get(app, url)).headers['set-cookie'], url).toBeUndefined()
    }
  })
})

describe('who has an account is not told', () => {
  test('a wrong password, an unknown address, a closed account and one without a password get the same answer', async () => {
    const closed = await account(db)
    const empty = await account(db)
    await change(db, systemActor, (work) => closeAccount(work, closed.id, today))
    await db.updateTable('account').set({ password_hash: null }).where('id', '=', empty.id).execute()
    const answers = []
    for (const email of [testa.email, 'finns.inte@test.example', closed.email, empty.email]) {
      const { statusCode, body } = await signIn(app, email, 'helt fel lösenord')
      answers.push([statusCode, body.replaceAll(email, '')])
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]?.[0]).toBe(422)
  })

  // Turn about, and the quickest of each: other work on the machine makes an answer slower, never quicker.
  test('nor by how long the answer takes', async () => {
    const time = async (email: string) => {
      await db.deleteFrom('attempt_count').execute()
      const start = performance.now()
      await signIn(app, email, 'helt fel lösenord')
      return performance.now() - start
    }
    const known: number[] = []
    const unknown: number[] = []
    for (let round = 0; round < 20; round += 1) {
      known.push(await time(testa.email))
      unknown.push(await time('finns.inte@test.example'))
    }
    const [one, other] = [Math.min(...known), Math.min(...unknown)]
    expect(Math.abs(one - other)).toBeLessThan(Math.max(one, other) / 2)
  })

  test('nor by when the limit is reached', async () => {
    const tries = async (email: string, from: number) => {
      const statuses = []
      for (let round = 0; round < 12; round += 1) {
        const fields = { epost: email, losenord: 'helt fel lösenord' }
        statuses.push((await post(app, '/logga-in', fields, {}, `198.51.100.${from + round}`)).statusCode)
      }
      return statuses
    }
    expect(await tries('finns.inte@test.example', 1)).toEqual(await tries(testa.email, 101))
  })
})

describe('guessing', () => {
  const guess = (portal: typeof app, email: string, address: string, typed = 'helt fel lösenord') =>
    post(portal, '/logga-in', { epost: email, losenord: typed }, {}, address)

  test('of one account ends after ten tries, wherever they come from and whichever process they reach', async () => {
    const statuses = []
    for (let round = 0; round < 14; round += 1) {
      const answer = await guess(round % 2 ? app : other, testa.email, `198.51.100.${round}`)
      statuses.push(answer.statusCode)
    }
    expect(statuses).toEqual([...Array(10).fill(422), ...Array(4).fill(429)])
    const right = await guess(app, testa.email, '203.0.113.9', password)
    expect(right.statusCode).toBe(429)
    expect(right.headers['retry-after']).toBe('900')
    expect(textOf(right.body)).toContain('Vänta en kvart')
  })

  test('all at once gives no more tries than one by one', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, round) => guess(round % 2 ? app : other, testa.email, `198.51.100.${round}`)),
    )
    expect(answers.filter(({ statusCode }) => statusCode === 422)).toHaveLength(10)
  })

  test('of many accounts from one address ends too; a network of IPv6 counts as one', async () => {
    const statuses = []
    for (let round = 0; round < 62; round += 1) {
      const answer = await guess(app, `nr${round}@test.example`, `2001:db8:1:2::${round}`)
      statuses.push(answer.statusCode)
    }
    expect(statuses.filter((status) => status === 422)).toHaveLength(60)
    expect((await guess(app, testa.email, '203.0.113.9', password)).statusCode).toBe(303)
  }, 60_000)

  test('is not what a whole municipality does that signs in at eight from one address; guesses among them still end', async () => {
    const address = '203.0.113.77'
    for (let round = 0; round < 62; round += 1)
      expect((await guess(app, testa.email, address, password)).statusCode).toBe(303)
    const statuses = []
    for (let round = 0; round < 62; round += 1)
      statuses.push((await guess(app, `nr${round}@test.example`, address)).statusCode)
    expect(statuses).toEqual([...Array(60).fill(422), 429, 429])
  }, 60_000)

  // 10,000 in the long run: docs/TESTING.md.
  const tries = Number(process.env.GUESSES ?? 500)
  test(`${tries} tries from as many addresses leave the readers their pages, and no account opens`, async () => {
    let open = 0
    const statuses = new Map<number, number>()
    const attack = async () => {
      for (; open < tries; ) {
        open += 1
        const n = open
        const { statusCode } = await guess(app, testa.email, `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
        statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
      }
    }
    const attackers = Promise.all(Array.from({ length: 20 }, attack))
    const start = performance.now()
    const page = await get(app, '/beslut')
    const took = performance.now() - start
    await attackers
    expect(page.statusCode).toBe(200)
    expect(took).toBeLessThan(5_000)
    expect(Object.fromEntries(statuses)).toEqual({ 422: 10, 429: tries - 10 })
  }, 120_000)

  test('a network in front that is not trusted cannot make up where tries come from', async () => {
    const statuses = []
    for (let round = 0; round < 62; round += 1) {
      const headers = { 'x-forwarded-for': `198.51.100.${round}` }
      const answer = await post(
        app,
        '/logga-in',
        { epost: `x${round}@test.example`, losenord: 'fel' },
        headers,
        '203.0.113.1',
      )
      statuses.push(answer.statusCode)
    }
    expect(statuses.filter((status) => status === 429)).toHaveLength(2)
  }, 60_000)
})

describe('after signing in', () => {
  const goesTo = async (till: string) => (await signIn(app, testa.email, password, { till })).headers.location

  test('one comes back to where one was', async () => {
    expect(await goesTo('/beslut?ar=2025#alla')).toBe('/beslut?ar=2025#alla')
    expect(await goesTo('/grupper/barn-och-unga')).toBe('/grupper/barn-och-unga')
  })

  test.each([
    'https://ont.example/',
    '//ont.example',
    '///ont.example',
    '/\\ont.example',
    '\\\\ont.example',
    '/\t/ont.example',
    '/\n/ont.example',
    '/..//ont.example',
    '/.//ont.example',
    'javascript:alert(1)',
    'ont.example',
    '',
    '/logga-in?till=/logga-in',
    '/logga-ut',
    `/${'x'.repeat(2000)}`,
  ])('but never to another site: %s', async (till) => {
    expect(await goesTo(till)).toBe('/min-sida')
  })

  test('every page asks the public, and nothing of it may be kept by caches', async () => {
    const cookie = cookiesOf(await signIn(app, testa.email))
    const { headers, body } = await get(app, '/beslut', cookie)
    expect(headers['cache-control']).toBe('private, no-store')
    expect(headers.etag).toBeUndefined()
    expect(body).toContain(testa.name)
    const reader = await get(app, '/beslut')
    expect(reader.headers['cache-control']).toContain('public')
    expect(reader.body).not.toContain(testa.name)
  })
})

describe('a session', () => {
  test('gets a new value at every sign-in, and the one before stops working', async () => {
    const planted = `portal-session=${'A'.repeat(43)}`
    const first = cookiesOf(await signIn(app, testa.email, password, {}, planted))
    expect(first).not.toContain('A'.repeat(43))
    expect((await get(app, protectedPath, planted)).statusCode).toBe(401)
    const second = cookiesOf(await signIn(app, testa.email, password, {}, first))
    expect(second).not.toBe(first)
    expect((await get(app, protectedPath, first)).statusCode).toBe(401)
    expect((await get(app, protectedPath, second)).statusCode).toBe(200)
  })

  test('works in every process', async () => {
    const cookie = cookiesOf(await signIn(app, testa.email))
    expect((await get(other, protectedPath, cookie)).statusCode).toBe(200)
    expect((await post(other, '/logga-ut', {}, { cookie })).statusCode).toBe(303)
    expect((await get(app, protectedPath, cookie)).statusCode).toBe(401)
  })

  test('lies in the database as a hash alone', async () => {
    const cookie = cookiesOf(await signIn(app, testa.email))
    const value = cookie.split('=')[1] ?? ''
    const rows = await sql<{ row: string }>`select session::text as row from session`.execute(db)
    expect(rows.rows.filter(({ row }) => row.includes(value))).toEqual([])
    const [hash] = (await sql<{ hex: string }>`select encode(token_hash, 'hex') as hex from session`.execute(db)).rows
    expect((await get(app, protectedPath, `portal-session=${hash?.hex.slice(0, 43)}`)).statusCode).toBe(401)
  })

  test.each([
    ['unused for too long', sql`last_seen_at = now() - interval '241 minutes'`],
    ['older than a day', sql`created_at = now() - interval '25 hours', ends_at = now() - interval '1 hour'`],
  ])('%s has ended', async (_name, aged) => {
    const cookie = await sessionCookie(db, testa.id)
    await sql`update session set ${aged} where token_hash = sha256(${cookie.split('=')[1]}::bytea)`.execute(db)
    const { statusCode, body } = await get(app, protectedPath, cookie)
    expect(statusCode).toBe(401)
    expect(textOf(body)).toContain('Du behöver logga in')
    expect((await get(app, '/beslut', cookie)).statusCode).toBe(200)
  })

  test('that is used goes on', async () => {
    const cookie = await sessionCookie(db, testa.id)
    await sql`update session set last_seen_at = now() - interval '239 minutes'
      where token_hash = sha256(${cookie.split('=')[1]}::bytea)`.execute(db)
    expect((await get(app, protectedPath, cookie)).statusCode).toBe(200)
    const { rows } = await sql<{ fresh: boolean }>`select last_seen_at > now() - interval '1 minute' as fresh
      from session where token_hash = sha256(${cookie.split('=')[1]}::bytea)`.execute(db)
    expect(rows[0]?.fresh).toBe(true)
  })

  test.each([
    ['of nobody', 'portal-session=x'],
    ['tampered with', null],
    ['with SQL in it', "portal-session=' or 1=1 --"],
    ['of another database', `portal-session=${Buffer.alloc(32, 7).toString('base64url')}`],
    ['of 10,000 characters', `portal-session=${'a'.repeat(10_000)}`],
  ])('%s opens nothing, and public pages go on working', async (_name, cookie) => {
    const real = await sessionCookie(db, testa.id)
    const sent = cookie ?? real.slice(0, -1) + (real.endsWith('A') ? 'B' : 'A')
    expect((await get(app, protectedPath, sent)).statusCode).toBe(401)
    expect((await get(app, '/beslut', sent)).statusCode).toBe(200)
  })

  test('ends when the account is closed, also one that a request has just used', async () => {
    const closing = await account(db)
    const cookie = await sessionCookie(db, closing.id)
    expect((await get(app, protectedPath, cookie)).statusCode).toBe(200)
    await change(db, systemActor, (work) => closeAccount(work, closing.id, today))
    expect((await get(other, protectedPath, cookie)).statusCode).toBe(401)
  })

  test('and all others of the account end with “logga ut överallt”', async () => {
    const [here, there] = [await sessionCookie(db, testa.id), await sessionCookie(db, testa.id)]
    const stranger = await account(db)
    const theirs = await sessionCookie(db, stranger.id)
    expect((await post(app, '/logga-ut/overallt', {}, { cookie: here })).statusCode).toBe(303)
    expect((await get(app, protectedPath, here)).statusCode).toBe(401)
    expect((await get(app, protectedPath, there)).statusCode).toBe(401)
    expect((await get(app, protectedPath, theirs)).statusCode).toBe(200)
  })
})

describe('a form from elsewhere', () => {
  test.each([
    ['says so', { 'sec-fetch-site': 'cross-site' }],
    ['comes from a neighbour in the domain', { 'sec-fetch-site': 'same-site' }],
    ['names another origin', { 'sec-fetch-site': '', origin: 'https://ont.example' }],
    ['hides its origin', { 'sec-fetch-site': '', origin: 'null' }],
  ])('that %s neither signs in nor out', async (_name, headers) => {
    const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''))
    const cookie = await sessionCookie(db, testa.id)
    const answer = await app.inject({
      method: 'POST',
      url: '/logga-ut',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html', ...sent },
      payload: '',
    })
    expect(answer.statusCode).toBe(403)
    expect((await get(app, protectedPath, cookie)).statusCode).toBe(200)
  })
})
