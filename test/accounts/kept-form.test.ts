import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { account, cookiesOf, get, password, post, sessionCookie, signIn } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { textOf } from '../support/text.ts'

const today = day('2026-11-22')
const db = await kalmarDatabase()
let app = await startApp({ db, today })
afterAll(() => app.close())
const administrator = await account(db, ['administrator'])

const decoded = (text: string) =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')

/** The hidden fields of the page's form to an address. */
function hiddenIn(body: string, action: string): Record<string, string> {
  const form = body.slice(body.indexOf(`action="${action}"`)).split('</form>')[0] ?? ''
  return Object.fromEntries(
    [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(([, name = '', value = '']) => [
      name,
      decoded(value),
    ]),
  )
}

const written = { person: '', namn: 'Åsa "Ö" <Ek> & Co', epost: 'asa.ek@test.example', roll: '', grupp: '' }

test('a form left open while the session ends comes back after signing in, and is sent by its writer', async () => {
  const asked = await post(app, '/konton', written)
  expect(asked.statusCode).toBe(401)
  expect(textOf(asked.body)).toContain('Det du skrev är inte borta')
  const kept = hiddenIn(asked.body, '/logga-in')
  expect(await db.selectFrom('account').select('id').where('email', '=', written.epost).execute()).toEqual([])

  // Also when the password is mistyped first.
  const wrong = await post(app, '/logga-in', { ...kept, epost: administrator.email, losenord: 'fel' })
  expect(hiddenIn(wrong.body, '/logga-in')).toEqual(kept)

  const signed = await post(app, '/logga-in', { ...kept, epost: administrator.email, losenord: password })
  expect(signed.statusCode).toBe(200)
  expect(textOf(signed.body)).toContain('det du skrev finns kvar')
  expect(textOf(signed.body)).toContain('Åsa "Ö" <Ek> & Co')
  const again = hiddenIn(signed.body, '/konton')
  expect(again).toEqual(written)
  expect(await db.selectFrom('account').select('id').where('email', '=', written.epost).execute()).toEqual([])

  const sent = await post(app, '/konton', again, { cookie: cookiesOf(signed) })
  expect(sent.statusCode).toBe(303)
  expect(await db.selectFrom('account').select('id').where('email', '=', written.epost).execute()).toHaveLength(1)
})

test('passwords in it are not brought along', async () => {
  const asked = await post(app, '/konto/losenord', { nuvarande_losenord: 'hemligt gammalt', losenord: 'hemligt nytt' })
  expect(asked.statusCode).toBe(401)
  expect(asked.body).not.toContain('hemligt')
})

test('a page one may not see yet is where one comes after signing in', async () => {
  const asked = await get(app, '/konton?x=1')
  expect(asked.statusCode).toBe(401)
  const { headers } = await signIn(app, administrator.email, password, hiddenIn(asked.body, '/logga-in'))
  expect(headers.location).toBe('/konton?x=1')
})

test.each([
  ['to another site', { path: '//ont.example/x', fields: { a: 'b' } }],
  ['to a page that takes no forms', { path: '/beslut', fields: { a: 'b' } }],
  ['to signing out', { path: '/logga-ut', fields: { a: 'b' } }],
  ['that is no form', 'inte json'],
  ['with other things than text', { path: '/konton', fields: { a: { b: 1 } } }],
])('one made up %s is not sent on', async (_name, sparat) => {
  const typed = typeof sparat === 'string' ? sparat : JSON.stringify(sparat)
  const { statusCode, headers } = await signIn(app, administrator.email, password, { sparat: typed })
  expect([statusCode, headers.location]).toEqual([303, '/min-sida'])
})

test('programs get their answer as data, without a form', async () => {
  const { statusCode, headers, body } = await app.inject({
    method: 'POST',
    url: '/konton',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'namn=x',
  })
  expect(statusCode).toBe(401)
  expect(headers['content-type']).toContain('application/problem+json')
  expect(JSON.parse(body).title).toBe('Du behöver logga in')
})

test('a form from elsewhere is neither taken nor kept', async () => {
  const answer = await post(app, '/konton', written, { 'sec-fetch-site': 'cross-site' })
  expect(answer.statusCode).toBe(403)
  expect(answer.body).not.toContain('asa.ek')
})

test('who is signed in but may not is told so, and the form is not carried out', async () => {
  const cookie = await sessionCookie(db, (await account(db, ['member of aldre'])).id)
  expect((await post(app, '/konton', { ...written, epost: 'ny@test.example' }, { cookie })).statusCode).toBe(403)
})

describe('a long form of the workspace that is sent when the session has ended', () => {
  const today = day('2026-03-10')
  const work = '/arbetsyta/moten/2026-03-06-lansgemensam-ledning'
  let coordinator: Awaited<ReturnType<typeof account>>
  let cookie = ''
  let id = ''
  let mark = ''
  const longText = `Första stycket med "citat" & <vinklar>.\r\n\r\n${'Åäö och mycket mer text. '.repeat(2000)}`

  beforeAll(async () => {
    await app.close()
    app = await startApp({ db, today })
    coordinator = await account(db, ['coordinator of lansgemensam-ledning'])
    cookie = await sessionCookie(db, coordinator.id)
    const meeting = { grupp: 'lansgemensam-ledning', utgangspunkt: 'tom', datum: '2026-03-06', start: '10.00' }
    const made = await post(app, '/arbetsyta/moten/nytt', { ...meeting, slut: '12.00', plats: 'Provsalen' }, { cookie })
    expect(made.headers.location).toBe(`${work}/protokoll`)
    await post(app, `${work}/protokoll/punkter`, { punkter: 'Lägesrapport\nUppdrag (beslut)' }, { cookie })
    ;[, id = '', mark = ''] =
      /name="mark-(\d+)" value="([^"]+)"/.exec((await get(app, `${work}/protokoll`, cookie)).body) ?? []
  })

  /** Sends without a session, signs in again and sends what came back. */
  async function sentLater(url: string, fields: Record<string, string>) {
    const asked = await post(app, url, fields)
    expect(asked.statusCode).toBe(401)
    const kept = hiddenIn(asked.body, '/logga-in')
    const signed = await post(app, '/logga-in', { ...kept, epost: coordinator.email, losenord: password })
    expect(signed.statusCode).toBe(200)
    const again = hiddenIn(signed.body, url)
    expect(again).toEqual(fields)
    return { signed, send: () => post(app, url, again, { cookie: cookiesOf(signed) }) }
  }

  test('minutes: every word is there, and is saved', async () => {
    const fields = { [`mark-${id}`]: mark, [`text-${id}`]: longText, [`typ-${id}`]: 'information', spara: '1' }
    const { signed, send } = await sentLater(`${work}/protokoll`, fields)
    expect(textOf(signed.body)).toContain('Första stycket med "citat" & <vinklar>.')
    expect((await send()).headers.location).toBe(`${work}/protokoll?sparat=1#punkt-1`)
    const row = await db
      .selectFrom('agenda_item')
      .select('body_text')
      .where('id', '=', Number(id))
      .executeTakeFirstOrThrow()
    expect(row.body_text).toBe(longText.replaceAll('\r\n', '\n').trim())
  })

  test('minutes that a colleague has saved meanwhile: both texts are shown, and ours is still there', async () => {
    const { body } = await get(app, `${work}/protokoll`, cookie)
    const now = new RegExp(`name="mark-${id}" value="([^"]+)"`).exec(body)?.[1] ?? ''
    const form = { [`mark-${id}`]: now, [`typ-${id}`]: 'information', spara: '1' }
    const { send } = await sentLater(`${work}/protokoll`, { ...form, [`text-${id}`]: 'Min sena text.' })
    await post(app, `${work}/protokoll`, { ...form, [`text-${id}`]: 'Kollegans text.' }, { cookie })
    const late = await send()
    expect(late.statusCode).toBe(409)
    expect(textOf(late.body)).toContain('Text Min sena text. Kollegans text.')
  })

  test('a decision', async () => {
    const fields = {
      punkt: '2',
      slag: 'assignment_given',
      rubrik: 'Uppdrag',
      uppdrag: 'pröva "allt" & lite till',
      till: 'b:beredningen',
      gor: 'spara',
    }
    const { send } = await sentLater(`${work}/beslut/ny`, fields)
    const made = await send()
    expect(made.statusCode).toBe(303)
    expect(textOf((await get(app, String(made.headers.location), cookie)).body)).toContain('pröva "allt" & lite till')
  })

  test('who attended, a plan with its code, and an item of the agenda', async () => {
    const page = (await get(app, `${work}/narvaro`, cookie)).body
    const attendance = {
      mark: /name="mark" value="([^"]+)"/.exec(page)?.[1] ?? '',
      ledamoter: 'Prova Ettsson, direktör',
      nya: 'ja',
    }
    expect((await (await sentLater(`${work}/narvaro`, attendance)).send()).statusCode).toBe(303)
    const plan = { titel: 'Prov 2027–2028', kod: 'HP9', malbild: 'En lång målbild.' }
    expect((await (await sentLater('/arbetsyta/planer/nytt', plan)).send()).statusCode).toBe(422)
    const item = { rubrik: 'Ny punkt', typ: 'information', bakgrund: 'En lång bakgrund.' }
    expect((await (await sentLater(`${work}/dagordning/punkter/ny`, item)).send()).statusCode).toBe(303)
  })
})
