import { afterAll, describe, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { account, get, post, sessionCookie } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { idOf } from '../support/ledger.ts'
import { textOf } from '../support/text.ts'

const today = day('2026-11-22')
const db = await kalmarDatabase()
const app = await startApp({ db, today })
afterAll(() => app.close())

const as = async (roles: Parameters<typeof account>[1]) => sessionCookie(db, (await account(db, roles)).id)
const county = await as(['coordinator of lansgemensam-ledning'])
const keeper = await as(['coordinator of aldre'])
const member = await as(['member of aldre'])
const administrator = await as(['administrator'])
const register = '/arbetsyta/register'

/** A form as it is opened, with what differs, sent as a browser does. */
async function fill(url: string, changes: Record<string, string>, cookie = county) {
  const { body } = await get(app, url, cookie)
  const form = /<form class="form".*?<\/form>/s.exec(body)?.[0] ?? ''
  const plain = (text: string) =>
    text
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&quot;/g, '"')
      .replace(/&#39;/g, "'")
      .replace(/&amp;/g, '&')
  const fields = new URLSearchParams()
  for (const [input = ''] of form.matchAll(/<input[^>]*>/g)) {
    const part = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(input)?.[1]
    const ticks = ['checkbox', 'radio'].includes(part('type') ?? '')
    const name = part('name')
    if (name !== undefined && (!ticks || / checked/.test(input))) fields.append(name, plain(part('value') ?? ''))
  }
  for (const [, name = '', text = ''] of form.matchAll(/<textarea[^>]*name="(\w+)"[^>]*>\n?(.*?)<\/textarea>/gs))
    fields.append(name, plain(text))
  for (const [, name = '', options = ''] of form.matchAll(/<select[^>]*name="(\w+)"[^>]*>(.*?)<\/select>/gs)) {
    fields.append(name, /value="([^"]*)" selected/.exec(options)?.[1] ?? /value="([^"]*)"/.exec(options)?.[1] ?? '')
  }
  for (const [name, value] of Object.entries(changes)) fields.set(name, value)
  return fields
}
function send(url: string, fields: URLSearchParams, cookie = county) {
  return app.inject({
    method: 'POST',
    url,
    headers: {
      cookie,
      accept: 'text/html',
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    },
    payload: fields.toString(),
  })
}
const save = async (url: string, changes: Record<string, string>, cookie = county) =>
  send(url, await fill(url, changes, cookie), cookie)
const shown = async (url: string) => textOf((await get(app, url)).body)
const lastEvent = async (act: string) =>
  (
    await db
      .selectFrom('audit_event')
      .select('details')
      .where('act', '=', act)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
  ).details

describe('who keeps which register', () => {
  test.each([
    [register, { county: 200, keeper: 200, member: 403, administrator: 200, reader: 401 }],
    [`${register}/grupper`, { county: 200, keeper: 200, member: 403, administrator: 200, reader: 401 }],
    [`${register}/grupper/aldre`, { county: 200, keeper: 200, member: 403, administrator: 200, reader: 401 }],
    [`${register}/grupper/aldre/platser`, { county: 200, keeper: 200, member: 403, administrator: 200, reader: 401 }],
    [
      `${register}/grupper/aldre/ingangslage`,
      { county: 200, keeper: 200, member: 403, administrator: 200, reader: 401 },
    ],
    [`${register}/grupper/barn-och-unga`, { county: 200, keeper: 403, member: 403, administrator: 200, reader: 401 }],
    [`${register}/grupper/finns-inte`, { county: 404, keeper: 403, member: 403, administrator: 404, reader: 401 }],
    [`${register}/personer`, { county: 200, keeper: 403, member: 403, administrator: 200, reader: 401 }],
    [`${register}/organisationer`, { county: 200, keeper: 403, member: 403, administrator: 200, reader: 401 }],
    [`${register}/organisationer/ny`, { county: 200, keeper: 403, member: 403, administrator: 200, reader: 401 }],
    [`${register}/arenden`, { county: 200, keeper: 200, member: 403, administrator: 200, reader: 401 }],
    [
      `${register}/arenden/utskrivningsklara-dagar`,
      { county: 200, keeper: 403, member: 403, administrator: 200, reader: 401 },
    ],
  ])('%s', async (url, wanted) => {
    const cookies = { county, keeper, member, administrator, reader: '' }
    const got = Object.fromEntries(
      await Promise.all(
        Object.entries(cookies).map(async ([who, cookie]) => [who, (await get(app, url, cookie)).statusCode]),
      ),
    )
    expect(got).toEqual(wanted)
  })

  test('the start page leads to what is changed here and to what is decided', async () => {
    const { body } = await get(app, register, keeper)
    expect(body).toContain('href="/arbetsyta/beslut/nytt?slag=indicator_set"')
    expect(body).toContain('href="/utskrivningsklara-dagar/inlasningar"')
    expect(body).not.toContain('/arbetsyta/register/personer')
    expect((await get(app, register, county)).body).toContain('/arbetsyta/register/personer')
  })
})

describe('a group', () => {
  const page = `${register}/grupper/aldre`

  test('saved as it was opened changes nothing', async () => {
    expect((await save(page, {}, keeper)).statusCode).toBe(303)
    expect(await lastEvent('body.changed')).toEqual({ mailbox: 'unchanged' })
  })

  test('its former name stays on its own days', async () => {
    const answer = await save(
      page,
      {
        namn: 'Samordnande grupp Seniorer',
        namn_fran: '2026-11-01',
        brevlada: 'seniorer@test.example',
        krav_other: 'Någon som vet.',
      },
      keeper,
    )
    expect(answer.headers.location).toBe(`${page}?sparat=1`)
    expect(await shown('/grupper/aldre')).toContain('Samordnande grupp Seniorer')
    expect(await shown('/grupper/aldre')).toContain('Någon som vet.')
    expect(await shown('/grupper/aldre?datum=2026-10-31')).toContain('Samordnande grupp Äldre')
    const event = await lastEvent('body.changed')
    expect(event).toMatchObject({ mailbox: 'changed', after: { name: 'Samordnande grupp Seniorer' } })
    expect(JSON.stringify(event)).not.toContain('@')
  })

  test('reports to bodies that the register knows, and to others in words', async () => {
    await save(page, { rapporterar: 'Länsgemensam ledning | varje halvår\nNågon annan | vid behov' }, keeper)
    const rows = await db
      .selectFrom('body_reporting')
      .innerJoin('body', 'body.id', 'body_reporting.body_id')
      .select(['to_body_id', 'to_text', 'how'])
      .where('body.slug', '=', 'aldre' as never)
      .orderBy('body_reporting.id')
      .execute()
    expect(rows).toEqual([
      { to_body_id: await idOf(db, 'body', 'lansgemensam-ledning'), to_text: null, how: 'varje halvår' },
      { to_body_id: null, to_text: 'Någon annan', how: 'vid behov' },
    ])
    expect((await save(page, { rapporterar: 'Bara till' }, keeper)).statusCode).toBe(422)
    expect((await save(page, { brevlada: 'inte en adress' }, keeper)).statusCode).toBe(422)
  })

  test('of two who change it the second sees both texts', async () => {
    const [first, second] = [await fill(page, { syfte: 'Första' }), await fill(page, { syfte: 'Andra' })]
    expect((await send(page, first)).statusCode).toBe(303)
    const late = await send(page, second)
    expect(late.statusCode).toBe(409)
    expect(textOf(late.body)).toContain('Syfte Andra Första')
  })

  test('has places that are added, mended and, once somebody has sat there, ended and not removed', async () => {
    const seats = `${page}/platser`
    expect((await save(`${seats}/ny`, { titel: 'Testplats', antal: '2' }, keeper)).statusCode).toBe(303)
    expect((await save(`${seats}/ny`, { titel: 'Testplats' }, keeper)).statusCode).toBe(422)
    expect((await save(`${seats}/ny`, { titel: 'Annan', antal: 'två' }, keeper)).statusCode).toBe(422)
    const { id } = await db
      .selectFrom('seat')
      .select('id')
      .where('title', '=', 'Testplats' as never)
      .executeTakeFirstOrThrow()
    const [first, second] = [await fill(`${seats}/${id}`, { antal: '3' }), await fill(`${seats}/${id}`, { antal: '4' })]
    expect((await send(`${seats}/${id}`, first)).statusCode).toBe(303)
    expect((await send(`${seats}/${id}`, second)).statusCode).toBe(409)
    const opening = {
      person: 'Testa Testsson',
      ny_person: 'ja',
      plats: String(id),
      dokument: String(await idOf(db, 'document', 'gemensam-plan-for-samverkan')),
    }
    expect((await save(`${page}/ingangslage`, { ...opening, ny_person: '' }, keeper)).statusCode).toBe(422)
    expect((await save(`${page}/ingangslage`, { ...opening, dokument: '' }, keeper)).statusCode).toBe(422)
    expect((await save(`${page}/ingangslage`, opening, keeper)).statusCode).toBe(303)
    expect(await shown('/grupper/aldre')).toContain('Ingångsläge, känt från Gemensam plan för samverkan')
    expect(textOf((await save(`${page}/ingangslage`, opening, keeper)).body)).toContain(
      'redan registrerad i den rollen',
    )
    expect((await post(app, `${seats}/${id}/ta-bort`, {}, { cookie: keeper })).statusCode).toBe(422)
    expect((await save(`${seats}/${id}`, { galler_till: '2026-12-31' }, keeper)).statusCode).toBe(303)
  })
})

describe('a person', () => {
  test('is added once, unless somebody says that it is a namesake; the address stays when the name is mended', async () => {
    const made = await save(`${register}/personer/ny`, { namn: 'Prova Provsson' })
    expect(made.statusCode).toBe(303)
    const twice = await save(`${register}/personer/ny`, { namn: 'Prova Provsson' })
    expect(twice.statusCode).toBe(422)
    expect(textOf(twice.body)).toContain('Det är en annan person med samma namn')
    expect((await save(`${register}/personer/ny`, { namn: 'Prova Provsson', namne: 'ja' })).statusCode).toBe(303)
    expect((await save(`${register}/personer/ny`, { namn: 'Prova 19121212-1212' })).statusCode).toBe(422)
    const page = `${register}/personer/prova-provsson`
    expect((await save(page, { namn: 'Prova Provsdotter', ingen_sida: 'uncertain_reading' })).statusCode).toBe(303)
    expect((await get(app, '/personer/prova-provsson')).statusCode).toBe(404)
    expect(textOf((await get(app, `${register}/personer?q=provsd`, county)).body)).toContain('Prova Provsdotter')
    const [first, second] = [await fill(page, { namn: 'A A' }), await fill(page, { namn: 'B B' })]
    await send(page, first)
    expect((await send(page, second)).statusCode).toBe(409)
  })
})

describe('an organisation', () => {
  test('keeps its former name, and is no part of its own parts', async () => {
    const made = await save(`${register}/organisationer/ny`, {
      namn: 'Testförvaltningen',
      kortnamn: 'Test',
      slag: 'administration',
    })
    const page = `${register}/organisationer/testforvaltningen`
    expect(made.headers.location).toBe(`${page}?sparat=1`)
    expect((await save(page, { namn: 'Provförvaltningen', namn_fran: '2026-06-01' })).statusCode).toBe(303)
    const names = await db
      .selectFrom('organisation_name')
      .select(['name', 'valid'])
      .where('name', '=', 'Testförvaltningen' as never)
      .execute()
    expect(names).toEqual([{ name: 'Testförvaltningen', valid: '(,2026-06-01)' }])
    const own = await db
      .selectFrom('organisation')
      .select('id')
      .where('slug', '=', 'testforvaltningen' as never)
      .executeTakeFirstOrThrow()
    await save(`${register}/organisationer/ny`, {
      namn: 'Testenheten',
      kortnamn: 'TE',
      slag: 'unit',
      del_av: String(own.id),
    })
    const part = await db
      .selectFrom('organisation')
      .select('id')
      .where('slug', '=', 'testenheten' as never)
      .executeTakeFirstOrThrow()
    expect(textOf((await save(page, { del_av: String(part.id) })).body)).toContain('kan inte vara en del av sig själv')
    expect((await save(page, { kommunkod: '0880' })).statusCode).toBe(422)
    const [first, second] = [await fill(page, { vardslag: 'A' }), await fill(page, { vardslag: 'B' })]
    await send(page, first)
    expect((await send(page, second)).statusCode).toBe(409)
  })
})

describe('a matter', () => {
  test('is opened, linked and closed', async () => {
    const aldre = String(await idOf(db, 'body', 'aldre'))
    const document = String(await idOf(db, 'document', 'gemensam-plan-for-samverkan'))
    expect((await save(`${register}/arenden/nytt`, { titel: 'Testärendet', grupp: '' }, keeper)).statusCode).toBe(422)
    const made = await save(
      `${register}/arenden/nytt`,
      { titel: 'Testärendet', grupp: aldre, diarienummer: 'T 2026/1', dokument: document },
      keeper,
    )
    const page = `${register}/arenden/testarendet`
    expect(made.headers.location).toBe(`${page}?sparat=1`)
    expect(
      (await save(`${register}/arenden/nytt`, { titel: 'Ett till', grupp: aldre, diarienummer: 'T 2026/1' }, keeper))
        .statusCode,
    ).toBe(422)
    expect(await shown('/arenden/testarendet')).toContain('Gemensam plan för samverkan')
    expect((await save(page, { avslutat: '2026-11-20' }, keeper)).statusCode).toBe(303)
    expect(await lastEvent('matter.changed')).toEqual({
      before: { closed_on: null },
      after: { closed_on: '2026-11-20' },
    })
    expect(textOf((await get(app, `${register}/arenden`, keeper)).body)).toContain('avslutat 20 november 2026')
    const [first, second] = [await fill(page, { lage: 'A' }, keeper), await fill(page, { lage: 'B' }, keeper)]
    await send(page, first, keeper)
    expect((await send(page, second, keeper)).statusCode).toBe(409)
    expect((await save(page, { avslutat: 'i går' }, keeper)).statusCode).toBe(422)
  })
})
