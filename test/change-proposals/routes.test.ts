import { afterAll, describe, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { account, get, post, sessionCookie } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { freshDatabase, kalmarDatabase } from '../support/database.ts'
import { textOf } from '../support/text.ts'

const db = await kalmarDatabase()
const app = await startApp({ db, today: day('2026-11-22') })
afterAll(() => app.close())

const as = async (roles: Parameters<typeof account>[1]) => sessionCookie(db, (await account(db, roles)).id)
const county = await as(['coordinator of lansgemensam-ledning'])
const keeper = await as(['coordinator of aldre'])
const other = await as(['coordinator of barn-och-unga'])
const member = await as(['member of aldre'])
const someone = await as(['member of aldre'])

const work = '/arbetsyta/ordnat-inforande'
const model = '/arbetsyta/register/ordnat-inforande'
const aldre = String(
  (await db.selectFrom('body').select('id').where('slug', '=', 'aldre').executeTakeFirstOrThrow()).id,
)
const question = async (slug: string) =>
  (await db.selectFrom('change_question').select('id').where('slug', '=', slug).executeTakeFirstOrThrow()).id
const stepId = async (slug: string) =>
  String((await db.selectFrom('change_step').select('id').where('slug', '=', slug).executeTakeFirstOrThrow()).id)
const send = (url: string, fields: Record<string, string>, cookie: string) => post(app, url, fields, { cookie })
const version = async (url: string, cookie = county) =>
  /name="version" value="(\d+)"/.exec((await get(app, url, cookie)).body)?.[1] ?? ''
const read = async (url: string, cookie = '') => {
  const { statusCode, body } = await get(app, url, cookie)
  return { statusCode, body, text: textOf(body) }
}
const proposalOf = async (title: string, cookie = member) => {
  const sent = await send(`${work}/nytt`, { titel: title, sammanfattning: 'Prova något nytt.', grupp: aldre }, cookie)
  expect(sent.statusCode).toBe(303)
  return String(sent.headers.location).replace(/\?.*$/, '')
}
const publicOf = (path: string) => path.replace(work, '/ordnat-inforande')

describe('the public list', () => {
  test('shows the model as a draft with its uncertain steps, questions and levels', async () => {
    const { statusCode, text } = await read('/ordnat-inforande')
    expect(statusCode).toBe(200)
    for (const words of [
      'Utkast och sammanfattning',
      'Färdig modell saknas',
      'Bedömning och riskanalys',
      'Patientnytta',
    ])
      expect(text).toContain(words)
    expect(text).toContain('osäker')
    expect(text).toContain('Inga pågående förslag är delade.')
  })

  test('a county without a model, and without catalogues, says so', async () => {
    const empty = await startApp({ db: await freshDatabase() })
    expect(textOf((await get(empty, '/ordnat-inforande')).body)).toContain('Modellens steg är inte registrerade ännu.')
    expect(textOf((await get(empty, '/primarvardsdata')).body)).toContain('Inget är registrerat ännu.')
    await empty.close()
  })

  test('the matter leads to it', async () => {
    expect((await read('/arenden/ordnat-inforande')).body).toContain('href="/ordnat-inforande"')
  })
})

test('a member proposes, the coordinator shares, moves and closes, and all of it is told to everybody', async () => {
  const decision = await db
    .selectFrom('decision')
    .innerJoin('meeting', 'meeting.id', 'decision.meeting_id')
    .select(['decision.slug', 'decision.title', 'meeting.slug as meeting'])
    .where('decision.agenda_item_id', 'is not', null)
    .where('decision.state', '=', 'carried_out')
    .limit(1)
    .executeTakeFirstOrThrow()
  const path = await proposalOf('Gemensam vårdplanering')
  // A draft is for its author and the group's coordinator alone.
  expect((await read(publicOf(path))).statusCode).toBe(404)
  expect((await read(publicOf(path), county)).statusCode).toBe(404)
  expect((await read('/ordnat-inforande')).text).not.toContain('Gemensam vårdplanering')
  for (const [cookie, status] of [
    [someone, 403],
    [other, 403],
    [member, 200],
    [keeper, 200],
    ['', 401],
  ] as const)
    expect((await read(path, cookie)).statusCode).toBe(status)

  const benefit = await question('patientnytta')
  const leadsBack = async (at: string) => (await read(at)).body.includes(`href="${publicOf(path)}"`)
  const typed = {
    titel: 'Gemensam vårdplanering',
    sammanfattning: 'Planera tillsammans.',
    grupp: aldre,
    beslut: `https://portal.example/beslut/${decision.slug}`,
    dokument: 'hemsjukvårdsavtalet',
    [`svar_${benefit}`]: 'Färre resor.\nKortare väntan.',
  }
  expect((await send(path, { ...typed, version: await version(path) }, member)).statusCode).toBe(303)
  // A draft is on nobody else's page.
  for (const at of [
    `/beslut/${decision.slug}`,
    '/dokument/hemsjukvardsavtalet',
    `/moten-och-protokoll/${decision.meeting}`,
  ])
    expect([at, await leadsBack(at)]).toEqual([at, false])
  expect((await send(`${path}/dela`, {}, member)).statusCode).toBe(403)
  expect((await send(`${path}/dela`, {}, keeper)).statusCode).toBe(303)
  expect((await send(`${path}/dela`, {}, keeper)).statusCode).toBe(409)
  // From now on it is the coordinator's.
  expect((await send(path, { ...typed, version: await version(path) }, member)).statusCode).toBe(403)

  const move = { version: await version(`${path}/steg`), steg: await stepId('bedomning'), anteckning: 'Nu räknar vi.' }
  expect((await send(`${path}/steg`, move, keeper)).statusCode).toBe(303)
  const shown = await read(publicOf(path))
  expect(shown.statusCode).toBe(200)
  for (const words of [
    'Bedömning och riskanalys (här nu)',
    'Behov och förslag (har varit här)',
    'Nu räknar vi.',
    decision.title,
  ])
    expect(shown.text).toContain(words)
  expect(shown.body).toContain('Färre resor.\nKortare väntan.')
  expect(shown.body).toContain('/dokument/hemsjukvardsavtalet')
  expect(shown.text).toContain('1 av 7 frågor besvarade')
  expect((await read('/ordnat-inforande')).text).toContain('Gemensam vårdplanering')
  // What the proposal names leads back to it.
  expect(await leadsBack(`/beslut/${decision.slug}`)).toBe(true)
  expect(await leadsBack('/dokument/hemsjukvardsavtalet')).toBe(true)
  expect((await read(`/moten-och-protokoll/${decision.meeting}`)).text).toContain(
    'Ordnat införande: Gemensam vårdplanering Bedömning och riskanalys',
  )
  expect((await get(app, '/sitemap.xml')).body).toContain(publicOf(path))

  const close = { version: await version(`${path}/avslut`), utfall: 'introduced', motivering: 'Gick bra.' }
  expect((await send(`${path}/avslut`, close, keeper)).statusCode).toBe(303)
  expect((await read(publicOf(path))).text).toContain('22 november 2026, infört')
  const late = { version: await version(`${path}/avslut`), steg: await stepId('beslut') }
  const refused = await send(`${path}/steg`, late, keeper)
  expect([refused.statusCode, textOf(refused.body).includes('Förslaget är avslutat.')]).toEqual([422, true])
  const reopen = { version: await version(`${path}/avslut`), utfall: '', motivering: '' }
  expect((await send(`${path}/avslut`, reopen, keeper)).statusCode).toBe(303)
  expect((await read(publicOf(path))).text).not.toContain('Gick bra.')

  const slug = path.slice(work.length + 1)
  const events = await db
    .selectFrom('audit_event')
    .select('act')
    .where('about', '=', `change-proposal/${slug}`)
    .orderBy('id')
    .execute()
  expect(events.map(({ act }) => act.replace('change-proposal.', ''))).toEqual([
    'proposed',
    'changed',
    'shared',
    'refused',
    'moved',
    'closed',
    'refused',
    'reopened',
  ])
})

test('programs read a proposal once it is shared, with its answers, and never a draft', async () => {
  const api = async (url: string) => (await app.inject(`/api/v1/${url}`)).json()
  const named = async (title: string) =>
    (await api('change-proposals?limit=200')).items.find(({ name }: { name: string }) => name === title)
  const path = await proposalOf('Gemensamt prov för program')
  expect(await named('Gemensamt prov för program')).toBeUndefined()
  expect((await send(`${path}/dela`, {}, keeper)).statusCode).toBe(303)
  const found = await named('Gemensamt prov för program')
  expect(found).toMatchObject({
    summary: 'Prova något nytt.',
    organization: { id: 'aldre' },
    shared: '2026-11-22',
    outcome: null,
    answers: [],
    decisions: [],
  })
  expect(found.url).toMatch(new RegExp(`${publicOf(path)}$`))
  expect((await api(`change-proposals/${found.id}`)).id).toBe(found.id)
  const { items } = await api('catalogue-entries?catalogue=intressebanken')
  expect(items.length).toBeGreaterThan(0)
  for (const { id, url } of items) {
    expect(id).toMatch(/^intressebanken\./)
    const [page = '', anchor = ''] = new URL(url).href.replace(/^https?:\/\/[^/]+/, '').split('#')
    expect((await get(app, page)).body).toContain(`id="${anchor}"`)
    expect((await api(`catalogue-entries/${id}`)).id).toBe(id)
  }
})

test('a save that comes too late is refused with both texts, and moves and closes too', async () => {
  const path = await proposalOf('Två skriver')
  const opened = await version(path)
  const typed = (summary: string) => ({ titel: 'Två skriver', sammanfattning: summary, grupp: aldre, version: opened })
  expect((await send(path, typed('Den första.'), keeper)).statusCode).toBe(303)
  const late = await send(path, typed('Den andra.'), member)
  expect(late.statusCode).toBe(409)
  expect(textOf(late.body)).toContain('Den första.')
  expect(textOf(late.body)).toContain('Den andra.')
  await send(`${path}/dela`, {}, keeper)
  const move = await send(`${path}/steg`, { version: opened, steg: await stepId('beslut') }, keeper)
  expect(move.statusCode).toBe(409)
  const close = await send(`${path}/avslut`, { version: opened, utfall: 'declined' }, keeper)
  expect(close.statusCode).toBe(409)
})

test.each([
  [{ titel: '' }, 'Skriv vad förslaget gäller.'],
  [{ sammanfattning: ' ' }, 'Beskriv förändringen i korthet.'],
  [{ beslut: '/beslut/finns-inte' }, 'Det finns inget fattat beslut på /beslut/finns-inte.'],
  [{ dokument: 'http://[' }, 'Det finns inget dokument med adressen eller namnet http://[.'],
  [{ arende: '999999' }, 'Välj i listan.'],
  [{ niva: '999999' }, 'Välj i listan.'],
])('a form with %j comes back with what was typed, and nothing is written', async (wrong, words) => {
  const before = await db.selectFrom('change_proposal').select(db.fn.countAll().as('n')).executeTakeFirstOrThrow()
  const typed = { titel: 'Ett <b>förslag</b>', sammanfattning: 'Kvar i rutan.', ...wrong }
  const { statusCode, body } = await send(`${work}/nytt`, typed, member)
  expect([statusCode, textOf(body).includes(words)]).toEqual([422, true])
  if (!('sammanfattning' in wrong)) expect(body).toContain('Kvar i rutan.')
  expect(body).not.toContain('<b>förslag')
  expect(await db.selectFrom('change_proposal').select(db.fn.countAll().as('n')).executeTakeFirstOrThrow()).toEqual(
    before,
  )
})

describe('the model is data', () => {
  test('a new step and question show at once, and a step no longer used takes nobody more', async () => {
    expect((await read(model, keeper)).statusCode).toBe(403)
    const step = { titel: 'Pröva i liten skala', beskrivning: '', ordning: '3' }
    expect((await send(`${model}/steg/ny`, step, county)).statusCode).toBe(303)
    const asked = { omrade: 'Arbetsmiljö', fraga: 'Hur märks det i arbetet?', ordning: '9', steg: '' }
    expect((await send(`${model}/fragor/ny`, asked, county)).statusCode).toBe(303)
    const shown = (await read('/ordnat-inforande')).text
    expect(shown).toContain('Pröva i liten skala')
    expect(shown).toContain('Hur märks det i arbetet?')

    const path = await proposalOf('Nytt steg')
    expect((await read(path, member)).text).toContain('Arbetsmiljö')
    await send(`${path}/dela`, {}, keeper)
    const old = `${model}/steg/provning`
    const off = { titel: 'Prövning', ordning: '2', anvands_inte: 'ja', version: await version(old) }
    expect((await send(old, off, county)).statusCode).toBe(303)
    expect((await send(old, off, county)).statusCode).toBe(409)
    const move = { version: await version(`${path}/steg`), steg: await stepId('provning') }
    const refused = await send(`${path}/steg`, move, keeper)
    expect([refused.statusCode, textOf(refused.body).includes('Steget används inte längre.')]).toEqual([422, true])
  })

  test('what the coordinator says of it is shown, and a wrong form changes nothing', async () => {
    const at = `${model}/modell/modell`
    const values = { sammanfattning: 'Så inför vi det nya.', lage: '', version: await version(at) }
    expect((await send(at, values, county)).statusCode).toBe(303)
    const { text } = await read('/ordnat-inforande')
    expect(text).toContain('Så inför vi det nya.')
    expect(text).not.toContain('Utkast och sammanfattning')
    expect((await send(at, { ...values, sammanfattning: '' }, county)).statusCode).toBe(422)
    expect((await send(`${model}/nivaer/ny`, { titel: 'X', ordning: '-1' }, county)).statusCode).toBe(422)
    expect((await get(app, `${model}/annat/ny`, county)).statusCode).toBe(404)
  })
})

test.each([
  ['/primarvardsdata', ['Regionens journalsystem', 'svåra att få fram', 'framgår inte av underlaget']],
  ['/intressebanken', ['Samverkansområdesgrupp Invånarmedverkan', 'härledd', 'framgår inte av underlaget']],
])('%s says source, owner, limits and link', async (url, words) => {
  const { statusCode, text } = await read(url)
  expect(statusCode).toBe(200)
  for (const word of [...words, 'Ägare', 'Begränsningar', 'Bygger på', 'Länk']) expect(text).toContain(word)
})
