import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { applyRetention } from '../../src/accounts/retention.ts'
import { day } from '../../src/kernel/dates.ts'
import { account, cookiesOf, get, post, sessionCookie, signIn } from '../support/accounts.ts'
import { startApp, testConfig } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { idOf } from '../support/ledger.ts'
import { textOf } from '../support/text.ts'

const today = day('2026-11-22')
const db = await kalmarDatabase()
const app = await startApp({ db, today })
const administrator = await account(db, ['administrator'])
const cookie = await sessionCookie(db, administrator.id)
afterAll(() => app.close())
beforeEach(() => db.deleteFrom('attempt_count').execute())

const form = { person: '', namn: '', epost: '', roll: '', grupp: '' }
const page = async (url: string, as = cookie) => textOf((await get(app, url, as)).body)

describe('making an account', () => {
  test('for somebody in the register: the seats there come along', async () => {
    const person = await idOf(db, 'person', 'rebecka-nilsson')
    const made = await post(app, '/konton', { ...form, person: String(person), epost: 'rn@test.example' }, { cookie })
    expect(made.statusCode).toBe(303)
    const text = await page(made.headers.location ?? '')
    expect(text).toContain('Rebecka Nilsson')
    expect(text).toContain('Samordnande grupp Barn och unga')
    const again = await post(app, '/konton', { ...form, person: String(person), epost: 'r2@test.example' }, { cookie })
    expect(again.statusCode).toBe(422)
    expect(textOf(again.body)).toContain('Personen har redan ett konto.')
  })

  test('for somebody else: the person gets no page, no place in search and no place among the persons', async () => {
    const made = await post(app, '/konton', { ...form, namn: 'Konto Kontosson', epost: 'kk@test.example' }, { cookie })
    expect(made.statusCode).toBe(303)
    expect((await get(app, '/personer/konto-kontosson')).statusCode).toBe(404)
    for (const url of ['/organisation', '/om/kallor-och-metod', '/sitemap.xml', '/']) {
      expect((await get(app, url)).body, url).not.toContain('Konto Kontosson')
    }
  })

  test.each([
    [{ epost: 'ny@test.example' }, 'Välj en person i registret, eller skriv namnet.'],
    [{ namn: 'Ny Nysson', epost: 'inte en adress' }, 'Skriv en e-postadress'],
    [{ namn: 'Ny Nysson 2', epost: 'ny@test.example' }, 'Ett namn har inga siffror.'],
    [{ namn: '19121212-1212', epost: 'ny@test.example' }, 'Fältet innehöll något som ser ut som ett personnummer'],
    [{ namn: 'Ny Nysson', epost: 'ny@test.example', roll: 'coordinator' }, 'Välj vilken grupp det gäller.'],
    [{ namn: 'Ny Nysson', epost: 'ny@test.example', roll: 'kung' }, 'Välj vad kontot får göra.'],
    [{ namn: 'Ny Nysson', epost: `${'x'.repeat(250)}@test.example` }, 'Skriv högst 254 tecken.'],
  ])('%j is asked to be mended: %s', async (typed, why) => {
    const { statusCode, body } = await post(app, '/konton', { ...form, ...typed }, { cookie })
    expect(statusCode).toBe(422)
    expect(textOf(body)).toContain(why)
    if ('namn' in typed && !typed.namn.startsWith('1912')) expect(body).toContain(`value="${typed.namn}"`)
    expect(await db.selectFrom('account').select('id').where('email', '=', 'ny@test.example').execute()).toEqual([])
  })
})

describe('roles', () => {
  test('are given for a time and for a group, to a substitute too, and taken back', async () => {
    const who = await account(db)
    const group = String(await idOf(db, 'body', 'aldre'))
    const grant = {
      roll: 'coordinator',
      grupp: group,
      fran: '2026-11-01',
      till_och_med: '2026-12-31',
      ersatter: String(administrator.id),
    }
    expect((await post(app, `/konton/${who.id}/roller`, grant, { cookie })).statusCode).toBe(303)
    const text = await page(`/konton/${who.id}`)
    expect(text).toContain(`samordnare i Samordnande grupp Äldre (ersätter ${administrator.name})`)
    expect(text).toContain('från 1 november 2026 till och med 31 december 2026')
    expect((await post(app, `/konton/${who.id}/roller`, grant, { cookie })).statusCode).toBe(422)

    const theirs = await sessionCookie(db, who.id)
    expect((await get(app, '/historik/body/aldre', theirs)).statusCode).toBe(200)
    expect((await get(app, '/historik/body/barn-och-unga', theirs)).statusCode).toBe(403)
    const { id } = await db
      .selectFrom('account_role_grant')
      .select('id')
      .where('account_id', '=', who.id)
      .executeTakeFirstOrThrow()
    expect((await post(app, `/konton/${who.id}/roller/${id}/avslut`, {}, { cookie })).statusCode).toBe(303)
    expect((await get(app, '/historik/body/aldre', theirs)).statusCode).toBe(403)
    expect(await page(`/konton/${who.id}`)).toContain('Tidigare roller')
  })

  test.each([
    [{ roll: '', grupp: '', fran: '2026-11-22' }, 'Välj vad kontot får göra.'],
    [{ roll: 'member', grupp: '', fran: '2026-11-22' }, 'Välj vilken grupp det gäller.'],
    [{ roll: 'administrator', grupp: '', fran: '22 november' }, 'Skriv dagen som år-månad-dag'],
    [{ roll: 'administrator', grupp: '', fran: '2026-11-22', till_och_med: '2026-11-01' }, 'Sista dagen'],
  ])('%j are asked to be mended: %s', async (typed, why) => {
    const who = await account(db)
    const { statusCode, body } = await post(app, `/konton/${who.id}/roller`, typed as Record<string, string>, {
      cookie,
    })
    expect(statusCode).toBe(422)
    expect(textOf(body)).toContain(why)
  })

  test('the last administrator can neither be shut out nor lose the role, not even by two at once', async () => {
    const roleOf = async (id: number) =>
      (await db.selectFrom('account_role_grant').select('id').where('account_id', '=', id).executeTakeFirstOrThrow()).id
    const only = await post(app, `/konton/${administrator.id}/stangning`, {}, { cookie })
    expect(only.statusCode).toBe(422)
    expect(textOf(only.body)).toContain('Det här är den sista administratören.')

    const second = await account(db, ['administrator'])
    const theirs = await sessionCookie(db, second.id)
    const answers = await Promise.all([
      post(app, `/konton/${administrator.id}/roller/${await roleOf(administrator.id)}/avslut`, {}, { cookie: theirs }),
      post(app, `/konton/${second.id}/roller/${await roleOf(second.id)}/avslut`, {}, { cookie }),
    ])
    const statuses = answers.map(({ statusCode }) => statusCode)
    await sql`update account_role_grant set valid = daterange(lower(valid), null) where role = 'administrator'`.execute(
      db,
    )
    // The one who came second is refused as the last, or had just lost the right to ask.
    expect(statuses.filter((status) => status === 303)).toHaveLength(1)
    expect(statuses.filter((status) => [403, 422].includes(status))).toHaveLength(1)
    await post(app, `/konton/${second.id}/stangning`, {}, { cookie })
  })
})

test('an e-mail address is seen by its owner and administrators alone, and is not in the log', async () => {
  const who = await account(db, ['coordinator of lansgemensam-ledning'], {
    email: 'hemlig@test.example',
    name: 'Hemlig Hemligsson',
  })
  const own = await sessionCookie(db, who.id)
  expect((await get(app, '/konto', own)).body).toContain('hemlig@test.example')
  expect((await get(app, `/konton/${who.id}`, cookie)).body).toContain('hemlig@test.example')
  const someone = await sessionCookie(db, (await account(db, ['coordinator of lansgemensam-ledning'])).id)
  for (const url of ['/', '/min-sida', '/konto', '/organisation', '/historik/body/aldre', '/grupper/aldre']) {
    expect((await get(app, url, someone)).body, url).not.toContain('hemlig@test.example')
  }
  await post(app, `/konton/${who.id}/epost`, { epost: 'ny.hemlig@test.example' }, { cookie })
  const { rows } = await sql<{ row: string }>`select audit_event::text as row from audit_event`.execute(db)
  expect(rows.filter(({ row }) => /@|Hemlig/.test(row))).toEqual([])
})

describe('what is held on a person', () => {
  test('is handed out whole, also from tables that nobody thought of, and without what locks', async () => {
    const person = await idOf(db, 'person', 'chris-landergren')
    const file = await get(app, `/konton/personer/${person}/uppgifter.json`, cookie)
    const { held } = file.json() as { held: { table: string; rows: unknown[] }[] }
    const tables = held.map(({ table }) => table)
    for (const table of ['person', 'membership', 'effect']) expect(tables).toContain(table)

    const who = await account(db, ['member of aldre'])
    const own = await sessionCookie(db, who.id)
    const mine = await get(app, '/konto/uppgifter.json', own)
    expect(mine.headers['content-disposition']).toContain('mina-uppgifter.json')
    expect(mine.body).toContain(who.email)
    expect(mine.body).not.toMatch(/password_hash|token_hash|argon2|totp_secret/)
    expect((mine.json() as { held: { table: string }[] }).held.map(({ table }) => table)).toEqual(
      expect.arrayContaining(['person', 'account', 'account_role_grant', 'session', 'audit_event']),
    )
  })

  test('is erased for one who was never in a decision: account, sessions, seats, name', async () => {
    const who = await account(db, ['member of aldre'], { name: 'Raderas Raderasson' })
    const own = await sessionCookie(db, who.id)
    const { person_id } = await db
      .selectFrom('account')
      .select('person_id')
      .where('id', '=', who.id)
      .executeTakeFirstOrThrow()
    await post(app, `/konton/${who.id}/inbjudan`, {}, { cookie })
    expect(await page(`/konton/personer/${person_id}`)).toContain('Då kan allt raderas')
    const unticked = await post(app, `/konton/personer/${person_id}/radering`, {}, { cookie })
    expect(unticked.headers.location).toBe(`/konton/personer/${person_id}`)
    const done = await post(app, `/konton/personer/${person_id}/radering`, { bekraftat: 'ja' }, { cookie })
    expect(done.headers.location).toBe('/konton')
    expect((await get(app, '/konto', own)).statusCode).toBe(401)
    const { rows } = await sql<{ found: string }>`
      select person::text as found from person where name like 'Raderas%'
      union all select account::text from account where email = ${who.email}
      union all select letter::text from letter where details ->> 'accountId' = ${String(who.id)}
      union all select audit_event::text from audit_event where audit_event::text like '%Raderas%'`.execute(db)
    expect(rows).toEqual([])
    expect(await page('/logg')).toContain('Raderade personen')
    expect((await db.selectFrom('audit_chain_break').selectAll().execute()).length).toBe(0)
  })

  test('stays for one who is in decisions or minutes, and the page says where', async () => {
    const person = await idOf(db, 'person', 'chris-landergren')
    expect(await page(`/konton/personer/${person}`)).toContain('Personen kan inte raderas')
    const refused = await post(app, `/konton/personer/${person}/radering`, { bekraftat: 'ja' }, { cookie })
    expect(refused.statusCode).toBe(409)
    expect((await get(app, '/personer/chris-landergren')).statusCode).toBe(200)
  })
})

describe('what is kept no longer than it should', () => {
  test('sessions that have ended, an unused account, and the address of one closed long ago', async () => {
    const [unused, closed, fresh] = [await account(db), await account(db), await account(db)]
    await sql`update account set last_visit_at = now() - interval '25 months' where id = ${unused.id}`.execute(db)
    await sql`update account set password_hash = null, closed_at = now() - interval '13 months' where id = ${closed.id}`.execute(
      db,
    )
    const old = await sessionCookie(db, fresh.id)
    await sql`update session set last_seen_at = now() - interval '5 hours' where account_id = ${fresh.id}`.execute(db)
    const removed = await applyRetention(db, testConfig(), today)
    expect(removed).toMatchObject({ closed: 1, addresses: 1 })
    expect(removed.sessions).toBeGreaterThanOrEqual(1)
    expect((await get(app, '/konto', old)).statusCode).toBe(401)
    expect((await signIn(app, unused.email)).statusCode).toBe(422)
    expect(await page(`/konton/${closed.id}`)).toContain('borttagen')
    expect(cookiesOf(await signIn(app, fresh.email))).toContain('portal-session')
    const again = await applyRetention(db, testConfig(), today)
    expect(again).toMatchObject({ closed: 0, addresses: 0 })
  })

  test('the last administrator stays, however long unused, and nothing is noted each time it is looked at', async () => {
    await sql`update account set last_visit_at = now() - interval '25 months' where id = ${administrator.id}`.execute(
      db,
    )
    const last = async () =>
      (await db.selectFrom('audit_event').select('id').orderBy('id', 'desc').limit(1).execute())[0]
    const before = await last()
    expect(await applyRetention(db, testConfig(), today)).toMatchObject({ closed: 0 })
    expect(await last()).toEqual(before)
    expect((await get(app, '/konton', cookie)).statusCode).toBe(200)
  })
})
