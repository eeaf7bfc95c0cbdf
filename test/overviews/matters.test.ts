import { afterAll, expect, test } from 'vitest'
import { change } from '../../src/audit/work.ts'
import { addDays, day } from '../../src/kernel/dates.ts'
import { begunBy, inTimeOrder, spanText, type Vague } from '../../src/overviews/matters-rules.ts'
import { startApp } from '../support/app.ts'
import { freshDatabase, kalmarDatabase } from '../support/database.ts'
import { idOf, testCoordinator, testProvenance } from '../support/ledger.ts'
import { textOf } from '../support/text.ts'

const db = await kalmarDatabase()
const app = await startApp({ db, today: day('2026-11-22') })
afterAll(() => app.close())

async function page(url: string, of = app) {
  const { statusCode, body } = await of.inject({ url, headers: { accept: 'text/html' } })
  return { statusCode, body, text: textOf(body) }
}

const at = (on: string, precision: NonNullable<Vague>['precision'] = 'day'): Vague => ({ on: day(on), precision })
const step = (name: string, own: Vague, after: Vague = null) => ({ name, at: own, after })

test('vague dates stand where their period begins, before the days in it', () => {
  const order = inTimeOrder([
    step('dag', at('2025-09-01')),
    step('höst', at('2025-09-01', 'season')),
    step('år', at('2025-01-01', 'year')),
  ])
  expect(order.map(({ name }) => name)).toEqual(['år', 'höst', 'dag'])
})

test('a step without a date keeps its place after the step before it, and stands last when it follows nothing', () => {
  const order = inTimeOrder([
    step('ensam', null),
    step('efter mötet', null, at('2025-12-12')),
    step('mötet', at('2025-12-12')),
    step('januari', at('2026-01-01', 'month')),
  ])
  expect(order.map(({ name }) => name)).toEqual(['efter mötet', 'mötet', 'januari', 'ensam'])
})

test('what begins after the day is to come', () => {
  const events = [step('a', at('2025-12-12')), step('b', null, at('2025-12-12')), step('c', at('2026-01-31'))]
  expect(begunBy(events, day('2026-01-30'))).toBe(2)
  expect(begunBy(events, day('2026-01-31'))).toBe(3)
})

test('a span reads as people write it', () => {
  expect(spanText(at('2025-09-01', 'season'), at('2026-03-01', 'season'))).toBe('hösten 2025 – våren 2026')
  expect(spanText(null)).toBe('datum framgår inte')
})

test('the list holds the nine matters with their last known state', async () => {
  const { statusCode, text } = await page('/arenden')
  expect(statusCode).toBe(200)
  expect(text).toContain('9 ärenden')
  expect(text).toContain('Ordnat införande för omställning till nära vård')
  expect(text).toContain('2 öppna uppdrag')
  expect((await page('/arenden?grupp=barn-och-unga')).text).toContain('2 ärenden med det urvalet')
  expect((await page('/arenden?grupp=aldre')).text).toContain('Inget ärende stämmer med urvalet.')
})

test('a matter is its timeline: plan, meeting with items and decisions, funding, assignments, in the order of dates', async () => {
  const { statusCode, body, text } = await page('/arenden/ikb')
  expect(statusCode).toBe(200)
  const line = text.slice(text.indexOf('Tidslinje'))
  let from = 0
  for (const words of [
    '3 oktober 2025 · Omnämnt möte Länsgemensam ledning',
    '26 november 2025 · Handlingsplan beslutas Handlingsplan Barn och unga 2025–2026 HP2-A12',
    '12 december 2025 · Möte Länsgemensam ledning Ställningstagandet redovisas',
    'Punkt 5c Intensiv kontextuell behandling (IKB)',
    'Ställningstagande: Länsgemensam finansiering av IKB',
    '12 december 2025 · Uppdrag redovisat Fortsätta dialogen om IKB',
  ]) {
    expect(line.indexOf(words, from), words).toBeGreaterThan(from)
    from = line.indexOf(words, from)
  }
  expect(body).toContain('href="/beslut/2025-12-12-lansgemensam-ledning-5c"')
  expect(body).toContain('href="/projekt#ikb"')
})

test('funding that ended and who took over stand in the matter', async () => {
  const { text } = await page('/arenden/digital-ungdomsmottagning')
  expect(text).toContain('31 januari 2026 · Finansieringen slutar Digital ungdomsmottagning')
  expect(text).not.toContain('Kommande')
})

test('on the day of the meeting the end of the funding was still to come', async () => {
  const then = await startApp({ db, today: day('2025-12-12') })
  const { text } = await page('/arenden/digital-ungdomsmottagning', then)
  const coming = text.slice(text.indexOf('Kommande, efter 12 december 2025'))
  expect(coming).toContain('31 januari 2026 · Finansieringen slutar')
  await then.close()
})

test('what happened after the meeting without a known day stands after the meeting', async () => {
  const { text } = await page('/arenden/gemensam-primarvardsdata')
  expect(text.indexOf('datum framgår inte · Händelse Efter mötet')).toBeGreaterThan(text.indexOf('· Möte'))
})

test('the working group’s steps keep the order of the picture, with the uncertain ones said to be so', async () => {
  const { text } = await page('/arenden/beraknad-tidpunkt-for-utskrivning')
  const steps = [
    'våren 2024',
    'september 2024',
    'Medarbetarperspektiv',
    'Prioritera utmaningar',
    'hösten 2025 – våren 2026',
  ]
  const places = steps.map((words) => text.indexOf(words, text.indexOf('Tidslinje')))
  expect(places).toEqual([...places].sort((a, b) => a - b))
  expect(text).toContain('osäker')
})

test('another body’s standpoint has its own place in time, not that of the meeting where it was told', async () => {
  const { text } = await page('/arenden/gemensam-plan-for-samverkan')
  expect(text).toContain('hösten 2025 · Annat organs ställningstagande')
})

test('what is only planned for a coming meeting does not show', async () => {
  const before = (await page('/arenden')).text
  await change(db, testCoordinator, async (work) => {
    const provenance_id = await testProvenance(work)
    const meeting = await work.trx
      .insertInto('meeting')
      .values({
        slug: '2027-03-06-hemligt-testmote',
        body_id: await idOf(work.trx, 'body', 'lansgemensam-ledning'),
        title: 'Testmöte',
        held_on: '2027-03-06',
        state: 'planned',
        provenance_id,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const item = await work.trx
      .insertInto('agenda_item')
      .values({
        meeting_id: meeting.id,
        number: '1',
        position: 1,
        title: 'Hemlig testpunkt',
        kinds: ['information'],
        provenance_id,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const matter = await work.trx.selectFrom('matter').select('id').where('slug', '=', 'ikb').executeTakeFirstOrThrow()
    await work.trx
      .insertInto('agenda_item_matter')
      .values({ agenda_item_id: item.id, meeting_id: meeting.id, matter_id: matter.id })
      .execute()
    await work.record('meeting.planned', 'meeting/2027-03-06-hemligt-testmote')
  })
  expect((await page('/arenden/ikb')).text).not.toContain('Hemlig testpunkt')
  expect(before).toMatch(/uppe vid \d+ möte/)
  expect((await page('/arenden')).text).toBe(before)
})

test('a long timeline is shown in stretches, the newest first, and none of it is lost or told twice', async () => {
  const steps = Array.from({ length: 85 }, (_, number) => `Teststeg nummer ${number} togs`)
  await change(db, testCoordinator, async (work) => {
    const provenance_id = await testProvenance(work)
    const { id } = await work.trx
      .selectFrom('matter')
      .select('id')
      .where('slug', '=', 'digital-ungdomsmottagning')
      .executeTakeFirstOrThrow()
    const values = steps.map((entry, number) => ({
      matter_id: id,
      position: 1000 + number,
      from_on: addDays(day('2010-01-01'), number),
      from_precision: 'day' as const,
      entry,
      provenance_id,
    }))
    await work.trx.insertInto('timeline_entry').values(values).execute()
    await work.record('matter.changed', 'matter/digital-ungdomsmottagning')
  })
  const path = '/arenden/digital-ungdomsmottagning'
  const stretches = await Promise.all(
    [1, 2, 3, 4, 5].map((number) => page(number === 1 ? path : `${path}?sida=${number}`)),
  )
  const told = stretches.toReversed().flatMap(({ text }) => text.match(/Teststeg nummer \d+ togs/g) ?? [])
  // Each has its title, and the words that fold out where it comes from.
  expect(Map.groupBy(told, (step) => step).size).toBe(85)
  expect([...new Set(told)]).toEqual(steps)
  expect(stretches[0]?.text).toContain('Finansieringen slutar')
  expect(stretches[0]?.text).not.toContain('Teststeg nummer 0 togs')
  expect(stretches[1]?.text).not.toContain('Finansieringen slutar')
  expect(stretches[0]?.body).toContain(`href="${path}?sida=2"`)
  const beyond = await page(`${path}?sida=99`)
  expect(beyond.text).toContain('Teststeg nummer 0 togs')
  expect(beyond.body).toMatch(/rel="canonical" href="[^"]*\?sida=5"/)
})

test('unknown matters get a clear answer, and a county without matters says so', async () => {
  expect((await page('/arenden/finns-inte')).statusCode).toBe(404)
  const other = await startApp({ db: await freshDatabase() })
  expect((await page('/arenden', other)).text).toContain('Inga ärenden är registrerade ännu.')
  await other.close()
})
