import { afterAll, expect, test } from 'vitest'
import { change } from '../../src/audit/work.ts'
import { carryOutDecisions, registerDecision } from '../../src/decisions/changes.ts'
import { effectHandlers } from '../../src/effect-handlers.ts'
import { addDays, day } from '../../src/kernel/dates.ts'
import { startApp } from '../support/app.ts'
import { freshDatabase, kalmarDatabase } from '../support/database.ts'
import { testCoordinator, testProvenance } from '../support/ledger.ts'
import { manyMeetings } from '../support/many-meetings.ts'
import { textOf } from '../support/text.ts'

const db = await kalmarDatabase()
const app = await startApp({ db, today: day('2026-11-22') })
afterAll(() => app.close())

const meeting = '/moten-och-protokoll/2025-12-12-lansgemensam-ledning'
async function page(url: string) {
  const { statusCode, body } = await app.inject({ url, headers: { accept: 'text/html' } })
  return { statusCode, body, text: textOf(body) }
}

test('the list names the meeting of 2025-12-12, the mentioned one and the days whose meeting is unknown', async () => {
  const { statusCode, text } = await page('/moten-och-protokoll')
  expect(statusCode).toBe(200)
  expect(text).toContain('Protokoll Länsgemensam ledning 2025-12-12')
  expect(text).toContain('Omnämnt möte')
  expect(text).toContain('26 november 2025: 6 beslut av Länsgemensam ledning')
  expect(text).toContain('30 maj 2025: 1 beslut av Länsgemensam ledning')
  expect((await page('/moten-och-protokoll?ar=2019')).text).toContain('Inget möte stämmer med urvalet')
})

test('a reader finds every item of the minutes at its own anchor', async () => {
  const { body } = await page(meeting)
  for (const number of ['1', '2', '3', '4', '5', '5a', '5b', '5c', '6', '7', '7a', '7b', '7c', '7d', '8']) {
    expect(body, number).toContain(`id="punkt-${number}"`)
  }
})

test('the minutes say that they are a summary, and that the letters are the portal’s own', async () => {
  const { text } = await page(meeting)
  expect(text).toContain('Texten är en sammanfattning, inte protokollets ordalydelse.')
  expect(text).toContain('Bokstäverna i delpunkternas nummer är portalens numrering.')
})

test('each decision stands with what it did and what has become of it', async () => {
  const { text } = await page(meeting)
  expect(text).toContain(
    'Att Petra Hornstra ersätter Charlotte Ohlsén som representant i Samordnande grupp Barn och unga',
  )
  expect(text).toContain('Att indikatorn för utskrivningsklara dagar i genomsnitt är 0,8 år 2026 Gäller')
  expect(text).toContain('Annat organs ställningstagande')
})

test('attendance stands by organisation, and a municipality without a noted member is not called absent', async () => {
  const { text, body } = await page(meeting)
  expect(text).toContain('Närvarande ledamöter 18 personer')
  expect(text).toContain('Övriga deltagare 11 personer')
  expect(text).toContain('Kalmar kommun Anna Hasselbom Trofast')
  const missing = text.slice(text.indexOf('Ingen ledamot antecknad'))
  for (const name of ['Emmaboda kommun', 'Hultsfreds kommun', 'Västerviks kommun', 'Gymnasieförbundet'])
    expect(missing).toContain(name)
  expect(missing).not.toContain('Kalmar kommun')
  expect(body).not.toMatch(/frånvarande ledamöter/i)
})

test('people who get no page of their own are named but not linked', async () => {
  const { body } = await page(meeting)
  expect(body).toContain('Rune Jansson')
  expect(body).not.toContain('/personer/rune-jansson')
  expect(body).toContain('/personer/susann-winsth')
})

test('one item can be read by itself, with its sub-items and the way back', async () => {
  const { statusCode, text } = await page(`${meeting}/punkt/7`)
  expect(statusCode).toBe(200)
  expect(text).toContain('7d Byte av deltagare i samordnande grupp Barn och unga')
  expect(text).toContain('Hela protokollet')
  expect((await page(`${meeting}/punkt/99`)).statusCode).toBe(404)
})

test('a mentioned meeting says that its minutes are not here', async () => {
  const { statusCode, text } = await page('/moten-och-protokoll/2025-10-03-lansgemensam-ledning')
  expect(statusCode).toBe(200)
  expect(text).toContain('Mötet nämns i andra protokoll.')
})

test('a meeting that does not exist is not found, in Swedish', async () => {
  const { statusCode, text } = await page('/moten-och-protokoll/2025-12-13-lansgemensam-ledning')
  expect(statusCode).toBe(404)
  expect(text).toMatch(/finns inte|hittades inte|inte hitta/i)
})

test('minutes that are being written are nobody else’s business', async () => {
  const drafts = await kalmarDatabase()
  await drafts
    .updateTable('meeting')
    .set({ state: 'drafted', published_at: null })
    .where('state', '=', 'published')
    .execute()
  const site = await startApp({ db: drafts })
  const { body } = await site.inject({ url: meeting })
  expect(body).toContain('Protokoll skrivs')
  expect(textOf(body)).not.toContain('38 hälsovalsenheter')
  await site.close()
})

test('a county without meetings has a list that says so', async () => {
  const empty = await startApp({ db: await freshDatabase() })
  const { statusCode, body } = await empty.inject({ url: '/moten-och-protokoll' })
  expect(statusCode).toBe(200)
  expect(textOf(body)).toContain('Inga möten är registrerade ännu.')
  await empty.close()
})

test('a reader who goes through every page of a long list meets each meeting once, the newest first', async () => {
  const many = await kalmarDatabase()
  // Two on each day, so that the order must hold within a day too.
  await manyMeetings(many, 251, (number) => ({
    held_on: addDays(day('2000-01-01'), Math.floor(number / 2)),
    state: 'mentioned',
  }))
  const other = await startApp({ db: many, today: day('2026-11-22') })
  const pages = []
  for (let number = 1; number <= 14; number += 1) {
    const { statusCode, body } = await other.inject({ url: `/moten-och-protokoll?sida=${number}` })
    expect([number, statusCode]).toEqual([number, number === 14 ? 404 : 200])
    pages.push([...textOf(body).matchAll(/Många möten nummer (\d+)\./g)].map(([, place]) => Number(place)))
  }
  await other.close()
  expect(pages.flat()).toEqual(Array.from({ length: 251 }, (_, place) => 250 - place))
})

test('of thirty groups a reader chooses one in a list, and all of them again', async () => {
  const many = await kalmarDatabase()
  await change(many, testCoordinator, async (work) => {
    await work.record('bodies.registered', 'body/many')
    const provenance_id = await testProvenance(work)
    const bodies = await work.trx
      .insertInto('body')
      .values(
        Array.from({ length: 30 }, (_, place) => ({
          slug: `provgrupp-${place}`,
          name: `Provgrupp ${place}`,
          short_name: `Provgrupp ${place}`,
          kind: 'leadership' as const,
          provenance_id,
        })),
      )
      .returning(['id', 'slug'])
      .execute()
    const meetings = bodies.map(({ id, slug }) => ({
      slug: `mote-${slug}`,
      title: `Möte i ${slug}`,
      body_id: id,
      held_on: '2026-01-15',
      state: 'mentioned' as const,
      provenance_id,
    }))
    await work.trx.insertInto('meeting').values(meetings).execute()
    const matters = bodies.map(({ id, slug }) => ({
      slug: `arende-${slug}`,
      title: `Ärende i ${slug}`,
      body_id: id,
      provenance_id,
    }))
    await work.trx.insertInto('matter').values(matters).execute()
    await work.trx
      .insertInto('assignment')
      .values(
        bodies.map(({ id, slug }) => ({
          slug: `uppdrag-${slug}`,
          task: `Pröva ${slug}`,
          assignee_body_id: id,
          due_text: 'Så snart det går',
          provenance_id,
        })),
      )
      .execute()
    const decided = []
    for (const { id, slug } of bodies) {
      const decision = {
        slug: `beslut-${slug}`,
        title: `Beslut av ${slug}`,
        body_id: id,
        kind: 'decision' as const,
        provenance_id,
      }
      decided.push(
        await registerDecision(work, { ...decision, decided_on: day('2026-01-15') }, [
          { kind: 'note', effect_text: 'En anteckning', provenance_id },
        ]),
      )
    }
    await carryOutDecisions(work, effectHandlers, decided)
  })
  const other = await startApp({ db: many, today: day('2026-11-22') })
  const list = (query: string) =>
    other.inject({ url: `/moten-och-protokoll${query}`, headers: { accept: 'text/html' } })
  const all = (await list('')).body
  const options = [...all.matchAll(/<option value="([^"]*)"/g)].map(([, value]) => value)
  expect(options).toEqual(['', expect.anything(), ...Array.from({ length: 30 }, (_, place) => `provgrupp-${place}`)])
  expect(all).not.toContain('grupp=provgrupp-7')
  const chosen = (await list('?grupp=provgrupp-7&ar=2026')).body
  expect(textOf(chosen)).toContain('Möte i provgrupp-7')
  expect(textOf(chosen)).not.toContain('Möte i provgrupp-8')
  expect(chosen).toContain('<option value="provgrupp-7" selected>')
  expect(chosen).toContain('<input type="hidden" name="ar" value="2026">')
  expect((await list('?grupp=finns-inte')).body).toContain(
    '<option value="finns-inte" selected>Vald grupp, inget här</option>',
  )
  // Sent with all of them chosen, the form says that nothing narrows the list by group.
  expect(textOf((await list('?ar=2026&grupp=')).body)).toBe(textOf((await list('?ar=2026')).body))
  for (const path of ['/beslut', '/arenden', '/uppfoljning']) {
    const [asSent, plain] = await Promise.all([`${path}?grupp=`, path].map((url) => other.inject({ url })))
    expect([path, asSent?.statusCode, textOf(asSent?.body ?? '')]).toEqual([path, 200, textOf(plain?.body ?? '')])
    const inList = [...(plain?.body ?? '').matchAll(/<option value="(provgrupp-\d+)"/g)].map(([, value]) => value)
    expect([path, inList]).toEqual([path, Array.from({ length: 30 }, (_, place) => `provgrupp-${place}`)])
  }
  await other.close()
})
