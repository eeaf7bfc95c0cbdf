import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { lettersOf } from '../../src/app.ts'
import { day } from '../../src/kernel/dates.ts'
import { sendWaiting } from '../../src/mail/letters.ts'
import { openPost } from '../../src/mail/post.ts'
import { account, cookiesOf, get, password, post, sessionCookie, signIn } from '../support/accounts.ts'
import { startApp, testConfig } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { type MailServer, mailServer } from '../support/mail.ts'
import { textOf } from '../support/text.ts'

const today = day('2026-11-22')
const db = await kalmarDatabase()
const app = await startApp({ db, today })
const administrator = await account(db, ['administrator'])
const cookie = await sessionCookie(db, administrator.id)
afterAll(() => app.close())
beforeEach(async () => {
  await db.deleteFrom('letter').execute()
  await db.deleteFrom('attempt_count').execute()
})

const quiet = { info: () => {}, warn: () => {} } as never

/** Sends what waits, as a server process does, and tells what could not be sent. */
async function deliver({ url }: Pick<MailServer, 'url'>) {
  const config = testConfig({ SMTP_URL: url, MAIL_FROM: 'portalen@test.example' })
  const sendIt = openPost(config, quiet)
  if (!sendIt) throw new Error('no mail server')
  const failures: unknown[] = []
  return { ...(await sendWaiting(db, lettersOf(config), sendIt, (_kind, error) => failures.push(error))), failures }
}

const pathIn = (letter: { links: string[] } | undefined) => new URL(letter?.links[0] ?? 'http://none').pathname
const next = 'cykel under regnig himmel'

describe('an invitation', () => {
  test('comes by mail, lets the invited choose a password once, and opens the account', async () => {
    const mail = await mailServer()
    const made = await post(
      app,
      '/konton',
      { person: '', namn: 'Nya Nyström', epost: 'Nya.Nystrom@Test.Example', roll: 'administrator', grupp: '' },
      { cookie },
    )
    expect(made.statusCode).toBe(303)
    expect(await deliver(mail)).toMatchObject({ sent: 1, failed: 0 })
    const [letter] = mail.received
    expect(letter?.to).toEqual(['nya.nystrom@test.example'])
    expect(letter?.subject).toBe('Du har fått ett konto – Länsgemensam ledning i samverkan')
    expect(letter?.text).toContain('Hej Nya Nyström!')

    const link = pathIn(letter)
    const page = await get(app, link)
    expect(page.statusCode).toBe(200)
    expect(page.headers['cache-control']).toContain('no-store')
    expect(page.headers['referrer-policy']).toBe('no-referrer')
    // The link's secret stands in the form and nowhere else: not in the address that is printed or mailed on.
    expect(page.body.split(link)).toHaveLength(2)

    // Looking, as mail filters do, uses nothing up.
    await get(app, link)
    const chosen = await post(app, link, { losenord: next })
    expect(chosen.headers.location).toBe('/logga-in?klart=losenord-valt')
    expect(chosen.headers['set-cookie']).toBeUndefined()
    const signed = await signIn(app, 'nya.nystrom@test.example', next)
    expect((await get(app, '/konton', cookiesOf(signed))).statusCode).toBe(200)

    for (const again of [await get(app, link), await post(app, link, { losenord: 'någonting helt annat' })]) {
      expect(again.statusCode).toBe(410)
      expect(textOf(again.body)).toContain('Länken är redan använd')
    }
    expect((await signIn(app, 'nya.nystrom@test.example', 'någonting helt annat')).statusCode).toBe(422)
  })

  test('stops working when a newer one is sent, or the account is closed', async () => {
    const mail = await mailServer()
    const { id } = await account(db)
    const send = async () => {
      await post(app, `/konton/${id}/inbjudan`, {}, { cookie })
      await deliver(mail)
      return pathIn(mail.received.at(-1))
    }
    const [first, second] = [await send(), await send()]
    expect((await get(app, first)).statusCode).toBe(410)
    expect((await get(app, second)).statusCode).toBe(200)
    await post(app, `/konton/${id}/stangning`, {}, { cookie })
    expect((await get(app, second)).statusCode).toBe(404)
  })
})

describe('a forgotten password', () => {
  test('is chosen anew through a link that works for an hour; every session ends', async () => {
    const mail = await mailServer()
    const { id, email } = await account(db)
    const open = await sessionCookie(db, id)
    const asked = await post(app, '/glomt-losenord', { epost: ` ${email.toUpperCase()} ` })
    expect(textOf(asked.body)).toContain('Om det finns ett konto')
    await deliver(mail)
    const link = pathIn(mail.received[0])
    expect((await signIn(app, email)).statusCode).toBe(303)
    expect((await post(app, link, { losenord: next })).statusCode).toBe(303)
    expect((await get(app, '/konto', open)).statusCode).toBe(401)
    expect((await signIn(app, email)).statusCode).toBe(422)
    expect((await signIn(app, email, next)).statusCode).toBe(303)
  })

  test('the link lies nowhere in the database, neither waiting nor sent', async () => {
    const mail = await mailServer()
    const { email } = await account(db)
    await post(app, '/glomt-losenord', { epost: email })
    expect(await sql`select from access_link`.execute(db).then(({ rows }) => rows.length)).toBeGreaterThan(0)
    await deliver(mail)
    const token = pathIn(mail.received[0]).split('/').at(-1) ?? ''
    expect(token).toHaveLength(43)
    const { rows } = await sql<{ row: string }>`select access_link::text as row from access_link
      union all select letter::text from letter union all select audit_event::text from audit_event`.execute(db)
    expect(rows.filter(({ row }) => row.includes(token))).toEqual([])
  })

  test('whoever asks is answered alike whether there is an account or not, and as quickly', async () => {
    const mail = await mailServer()
    const { email } = await account(db)
    const ask = (epost: string) => post(app, '/glomt-losenord', { epost })
    const [known, unknown] = [await ask(email), await ask('finns.inte@test.example')]
    expect(unknown.statusCode).toBe(known.statusCode)
    expect(unknown.body.replaceAll('finns.inte@test.example', '')).toBe(known.body.replaceAll(email, ''))
    expect(await deliver(mail)).toMatchObject({ sent: 2 })
    expect(mail.received.map(({ to }) => to)).toEqual([[email]])
  })

  test('the same account gets at most three letters an hour, and nobody can tell', async () => {
    const mail = await mailServer()
    const { email } = await account(db)
    for (let round = 0; round < 5; round += 1) {
      expect((await post(app, '/glomt-losenord', { epost: email })).statusCode).toBe(200)
    }
    await deliver(mail)
    expect(mail.received).toHaveLength(3)
  })

  test('an old link has gone out, an unknown one does not work, and both say so', async () => {
    const mail = await mailServer()
    const { email } = await account(db)
    await post(app, '/glomt-losenord', { epost: email })
    await deliver(mail)
    const link = pathIn(mail.received[0])
    await sql`update access_link set created_at = now() - interval '2 hours', ends_at = now() - interval '1 second'
      where used_at is null`.execute(db)
    const old = await post(app, link, { losenord: next })
    expect(old.statusCode).toBe(410)
    expect(textOf(old.body)).toContain('Länken har gått ut')
    for (const path of [
      '/valj-losenord/x',
      `${link.slice(0, -1)}_`,
      `/valj-losenord/${'a'.repeat(200)}`,
      '/valj-losenord/%00',
    ]) {
      expect([400, 404], path).toContain((await get(app, path)).statusCode)
    }
  })

  test('of two answers to a link at the same time one counts', async () => {
    const mail = await mailServer()
    const { email } = await account(db)
    await post(app, '/glomt-losenord', { epost: email })
    await deliver(mail)
    const link = pathIn(mail.received[0])
    const answers = await Promise.all([
      post(app, link, { losenord: next }),
      post(app, link, { losenord: `${next} två` }),
    ])
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([303, 410])
  })

  test('opens an account that others have locked by guessing', async () => {
    const mail = await mailServer()
    const { email } = await account(db)
    for (let round = 0; round < 11; round += 1) {
      await post(app, '/logga-in', { epost: email, losenord: 'fel' }, {}, `198.51.100.${round}`)
    }
    expect((await signIn(app, email)).statusCode).toBe(429)
    await post(app, '/glomt-losenord', { epost: email })
    await deliver(mail)
    await post(app, pathIn(mail.received[0]), { losenord: next })
    expect((await signIn(app, email, next)).statusCode).toBe(303)
  })

  test.each([
    ['kort', 'minst 12 tecken'],
    ['aaaaaaaaaaaaaaaa', 'samma tecken'],
    ['password1234', 'vanligt lösenord'],
    ['123456789012345', 'bara siffror'],
    ['x'.repeat(201), 'högst 200'],
  ])('%s is refused, and the link still works', async (typed, why) => {
    const mail = await mailServer()
    const { email } = await account(db)
    await post(app, '/glomt-losenord', { epost: email })
    await deliver(mail)
    const link = pathIn(mail.received[0])
    const { statusCode, body } = await post(app, link, { losenord: typed })
    expect(statusCode).toBe(422)
    expect(textOf(body)).toContain(why)
    expect(body).not.toContain(typed === 'kort' ? 'value="kort"' : typed)
    expect((await post(app, link, { losenord: next })).statusCode).toBe(303)
  })
})

describe('when the mail server is down', () => {
  test('the act succeeds, the letter waits and is sent when it is up again, once', async () => {
    const { id, email } = await account(db)
    expect((await post(app, `/konton/${id}/inbjudan`, {}, { cookie })).statusCode).toBe(303)
    const down = await deliver({ url: 'smtp://127.0.0.1:1' })
    expect(down).toMatchObject({ sent: 0, failed: 1 })
    const page = textOf((await get(app, `/konton/${id}`, cookie)).body)
    expect(page).toContain('har inte kunnat skickas än (ESOCKET)')

    const mail = await mailServer()
    expect(await deliver(mail)).toMatchObject({ sent: 0, failed: 0 })
    await sql`update letter set next_try_at = now()`.execute(db)
    expect(await deliver(mail)).toMatchObject({ sent: 1, failed: 0 })
    expect(mail.received.map(({ to }) => to)).toEqual([[email]])
    expect((await get(app, pathIn(mail.received[0]))).statusCode).toBe(200)
    expect(await deliver(mail)).toMatchObject({ sent: 0 })
  })

  test('or turns letters away, tries grow further apart and end after a day', async () => {
    const mail = await mailServer()
    mail.refusing = true
    const { id } = await account(db)
    await post(app, `/konton/${id}/inbjudan`, {}, { cookie })
    const waits: number[] = []
    for (let round = 0; round < 24; round += 1) {
      await deliver(mail)
      const { rows } = await sql<{ minutes: number }>`select round(extract(epoch from next_try_at - now()) / 60)::int
        as minutes from letter`.execute(db)
      waits.push(rows[0]?.minutes ?? 0)
      await sql`update letter set next_try_at = now()`.execute(db)
    }
    expect(waits.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
    expect(await db.selectFrom('letter').select(['failure', 'tries']).execute()).toEqual([
      { failure: 'EMESSAGE 452', tries: 24 },
    ])
    mail.refusing = false
    expect(await deliver(mail)).toMatchObject({ sent: 0 })
    expect(textOf((await get(app, `/konton/${id}`, cookie)).body)).toContain('kunde inte skickas')
  })

  test('several processes share the letters: each is sent once', async () => {
    const mail = await mailServer()
    for (let round = 0; round < 12; round += 1) {
      await post(app, `/konton/${(await account(db)).id}/inbjudan`, {}, { cookie })
    }
    await Promise.all([deliver(mail), deliver(mail), deliver(mail)])
    expect(new Set(mail.received.map(({ to }) => to[0])).size).toBe(12)
    expect(mail.received).toHaveLength(12)
  })
})

test('changing one’s password ends all other sessions, gives this browser a new one and tells by mail', async () => {
  const mail = await mailServer()
  const { id, email } = await account(db)
  const [here, there] = [await sessionCookie(db, id), await sessionCookie(db, id)]
  const wrong = await post(app, '/konto/losenord', { nuvarande_losenord: 'fel', losenord: next }, { cookie: here })
  expect(wrong.statusCode).toBe(422)
  expect(textOf(wrong.body)).toContain('Lösenordet stämmer inte.')
  const done = await post(app, '/konto/losenord', { nuvarande_losenord: password, losenord: next }, { cookie: here })
  expect(done.statusCode).toBe(303)
  for (const old of [here, there]) expect((await get(app, '/konto', old)).statusCode).toBe(401)
  expect((await get(app, '/konto', cookiesOf(done))).statusCode).toBe(200)
  await deliver(mail)
  expect(mail.received[0]).toMatchObject({ to: [email] })
  expect(mail.received[0]?.subject).toContain('Ditt lösenord är ändrat')
})

test('without a mail server the own database’s portal writes the letter in its log; a server’s waits', async () => {
  const lines: unknown[] = []
  const log = { info: (line: unknown) => lines.push(line), warn: () => {} } as never
  const sendIt = openPost(testConfig(), log)
  await sendIt?.({ to: 'testa@test.example', subject: 'Ämne', text: 'https://x/valj-losenord/abc' })
  expect(JSON.stringify(lines)).toContain('valj-losenord/abc')
  expect(JSON.stringify(lines)).not.toContain('testa@test.example')
  expect(openPost(testConfig({ DATABASE_URL: 'postgres://x@y/z' }), log)).toBeNull()
})
