import { parseAtomFeed } from 'feedsmith'
import ICAL from 'ical.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { permanentId } from '../../src/audit/installation.ts'
import { change } from '../../src/audit/work.ts'
import { addDays, day } from '../../src/kernel/dates.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { readPage } from '../support/html.ts'
import { decideAndCarryOut, idOf, newPerson, testCoordinator, testProvenance } from '../support/ledger.ts'
import { manyMeetings } from '../support/many-meetings.ts'

const db = await kalmarDatabase()
const today = day('2026-03-10')
const env = { PUBLIC_ORIGIN: 'https://portal.example', BASE_PATH: '/lgl' }
const app = await startApp({ db, today, env })
const moved = await startApp({ db, today, env: { PUBLIC_ORIGIN: 'https://annan.example' } })
afterAll(() => Promise.all([app.close(), moved.close()]))

const secret = 'Hemliga Testpersonen'
const privateWords = [
  secret,
  'privat@test.example',
  '070-123 45 67',
  'utkast som ingen',
  'video.example',
  'planerat möte',
]

/** A meeting of the leading body in any state. */
async function meeting(slug: string, values: Record<string, unknown>): Promise<number> {
  return change(db, testCoordinator, async (work) => {
    await work.record('meeting.registered', `meeting/${slug}`)
    const { id } = await work.trx
      .insertInto('meeting')
      .values({
        slug,
        title: `Testmöte ${slug}`,
        body_id: await idOf(work.trx, 'body', 'lansgemensam-ledning'),
        held_on: day('2026-04-17'),
        state: 'called',
        called_on: today,
        provenance_id: await testProvenance(work),
        ...values,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    return id
  })
}

const ids: Record<string, number> = {}

beforeAll(async () => {
  ids.timed = await meeting('2026-04-17-test', {
    title: 'Möte; med "tecken", komma \\ och en mycket lång rubrik på åttio tecken eller fler som måste vikas – ÅÄÖ 🌲',
    starts_at: '09:00',
    ends_at: '11:30',
    place: 'Kalmar, rum 3; ring 070-123 45 67',
    video_link: 'https://video.example/hemligt',
  })
  ids.open = await meeting('2026-11-20-test', { held_on: day('2026-11-20'), starts_at: '13:00' })
  ids.whole = await meeting('2026-05-08-test', { held_on: day('2026-05-08') })
  ids.cancelled = await meeting('2026-03-20-test', {
    held_on: day('2026-03-20'),
    state: 'cancelled',
    cancelled_because: 'Sjukdom; skriv till privat@test.example',
  })
  ids.planned = await meeting('2026-06-12-test', { title: 'planerat möte', state: 'planned', called_on: null })
  ids.never = await meeting('2026-06-13-test', { title: 'planerat möte', state: 'cancelled', called_on: null })
  const hidden = await change(db, testCoordinator, async (work) => {
    await work.record('person.added', 'person/hemliga')
    const id = await newPerson(work, 'hemliga-testpersonen', secret)
    await work.trx
      .updateTable('person')
      .set({ no_page_because: 'service_user_representative' })
      .where('id', '=', id)
      .execute()
    return id
  })
  const body = await idOf(db, 'body', 'aldre')
  await decideAndCarryOut(db, 'test-hemlig', '2026-03-01', [
    {
      kind: 'member_appointed',
      body_id: body,
      role: 'service_user_representative',
      person_in_id: hidden,
      effective_on: day('2026-03-01'),
    },
  ])
  await change(db, testCoordinator, async (work) => {
    await work.record('decision.registered', 'decision/utkast')
    await work.trx
      .insertInto('decision')
      .values({
        slug: 'utkast-som-ingen-ser',
        title: 'Ett utkast som ingen ser',
        body_id: body,
        decided_on: today,
        kind: 'decision',
        provenance_id: await testProvenance(work),
      })
      .execute()
  })
})

const ask = (url: string, headers: Record<string, string> = {}) => app.inject({ url: `/lgl${url}`, headers })
const read = (xml: string) => parseAtomFeed(xml)
const atom = async (url: string) => read((await ask(url)).body)

/** A text of a feed, whichever way the reader gives it. */
const wordsOf = (text: unknown) =>
  typeof text === 'object' && text !== null ? String((text as { value?: string }).value) : String(text)

const feeds = [
  '/flode.atom',
  '/beslut/flode.atom',
  '/grupper/aldre/flode.atom',
  '/parter/kalmar/flode.atom',
  '/nyhetsbrev/flode.atom',
]
const calendars = ['/kalender.ics', '/grupper/lansgemensam-ledning/kalender.ics']

describe('feeds', () => {
  test.each(feeds)('%s is Atom as another program reads it', async (url) => {
    const answer = await ask(url)
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('application/atom+xml; charset=utf-8')
    expect(answer.headers['access-control-allow-origin']).toBe('*')
    const feed = read(answer.body)
    expect(feed.id).toMatch(/^urn:uuid:[0-9a-f-]{36}$/)
    expect(feed.links?.find(({ rel }) => rel === 'self')?.href).toBe(`https://portal.example/lgl${url}`)
    expect(feed.authors?.[0]?.name).toBe('Länsgemensam ledning i samverkan')
    const entries = feed.entries ?? []
    expect(entries.length > 0).toBe(!url.startsWith('/nyhetsbrev'))
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length)
    for (const entry of entries) {
      expect(entry.links?.[0]?.href).toMatch(/^https:\/\/portal\.example\/lgl\/[a-z]/)
      expect(wordsOf(entry.title)).not.toBe('')
      expect(Date.parse(String(entry.updated))).toBeGreaterThanOrEqual(Date.parse(String(entry.published)))
    }
    const updated = entries.map((entry) => String(entry.updated))
    expect(updated).toEqual([...updated].sort().reverse())
    if (updated.length > 0) expect(String(feed.updated)).toBe(updated[0])
  })

  test('every entry leads to a page that is there', async () => {
    const { entries = [] } = await atom('/flode.atom')
    for (const { links } of entries) {
      const { pathname } = new URL(links?.[0]?.href ?? '')
      expect([pathname, (await app.inject({ url: pathname })).statusCode]).toEqual([pathname, 200])
    }
  })

  test('an unchanged feed is not sent again, and is the same in the next request', async () => {
    const first = await ask('/flode.atom')
    expect((await ask('/flode.atom')).body).toBe(first.body)
    const again = await ask('/flode.atom', { 'if-none-match': String(first.headers.etag) })
    expect([again.statusCode, again.body]).toEqual([304, ''])
    const head = await app.inject({ method: 'HEAD', url: '/lgl/flode.atom' })
    expect(head.statusCode).toBe(200)
  })

  test('ids outlive the address of the portal', async () => {
    const here = read((await ask('/flode.atom')).body)
    const there = read((await moved.inject({ url: '/flode.atom' })).body)
    expect(there.entries?.[0]?.links?.[0]?.href).toMatch(/^https:\/\/annan\.example\/[a-z]/)
    expect(there.id).toBe(here.id)
    expect(there.entries?.map(({ id }) => id)).toEqual(here.entries?.map(({ id }) => id))
  })

  test('what is changed is told again under the same id, later', async () => {
    const of = async (title: string) =>
      (await atom('/flode.atom')).entries?.find((entry) => wordsOf(entry.title).includes(title))
    const before = await of('2026-05-08-test')
    await change(db, testCoordinator, async (work) => {
      await work.record('meeting.changed', 'meeting/2026-05-08-test')
      await work.trx
        .updateTable('meeting')
        .set({ place: 'Nybro' })
        .where('id', '=', ids.whole as number)
        .execute()
    })
    const after = await of('2026-05-08-test')
    expect(after?.id).toBe(before?.id)
    expect(after?.published).toBe(before?.published)
    expect(Date.parse(String(after?.updated))).toBeGreaterThan(Date.parse(String(before?.updated)))
    expect(wordsOf(after?.summary)).toContain('Nybro')
  })

  test('a group’s feed tells of decisions about it, without the name of a service-user representative', async () => {
    const entry = (await atom('/grupper/aldre/flode.atom')).entries?.find(({ title }) =>
      wordsOf(title).includes('test-hemlig'),
    )
    expect(wordsOf(entry?.summary)).toContain('en person som inte namnges här')
  })

  test('a party’s feed has its own decisions and those that are everybody’s; its other address leads on', async () => {
    const titles = (await atom('/parter/kalmar/flode.atom')).entries?.map(({ title }) => wordsOf(title)) ?? []
    expect(titles.some((title) => title.toLowerCase().includes('indikator'))).toBe(true)
    const region = await db
      .selectFrom('organisation')
      .select(['slug', 'short_name'])
      .where('kind', '=', 'region')
      .executeTakeFirstOrThrow()
    expect([200, 301]).toContain((await ask(`/parter/${region.slug}/flode.atom`)).statusCode)
    expect((await ask('/parter/finns-inte/flode.atom')).statusCode).toBe(404)
    expect((await ask('/grupper/finns-inte/flode.atom')).statusCode).toBe(404)
  })

  test.each([
    ['/', '/flode.atom'],
    ['/beslut', '/beslut/flode.atom'],
    ['/grupper/aldre', '/grupper/aldre/flode.atom'],
    ['/parter/kalmar', '/parter/kalmar/flode.atom'],
    ['/nyhetsbrev', '/nyhetsbrev/flode.atom'],
    ['/prenumerera', '/flode.atom'],
  ])('%s says where its feed is', async (page, feed) => {
    const answer = await ask(page)
    expect(readPage(answer.body).invalid).toEqual([])
    const link = /<link rel="alternate" type="application\/atom\+xml" title="[^"]+" href="([^"]+)">/.exec(answer.body)
    expect(link?.[1]).toBe(`/lgl${feed}`)
  })
})

describe('calendars', () => {
  const eventsOf = (text: string) => {
    const component = new ICAL.Component(ICAL.parse(text))
    ICAL.TimezoneService.reset()
    for (const zone of component.getAllSubcomponents('vtimezone'))
      ICAL.TimezoneService.register(new ICAL.Timezone(zone))
    return new Map(
      component.getAllSubcomponents('vevent').map((event) => [String(event.getFirstPropertyValue('uid')), event]),
    )
  }
  const uidOf = async (id: number | undefined) => {
    const { id: installation } = await db.selectFrom('installation').select('id').executeTakeFirstOrThrow()
    return permanentId(installation, `mote/${id}`)
  }
  const event = async (name: string, url = '/kalender.ics') =>
    eventsOf((await ask(url)).body).get(await uidOf(ids[name]))

  test.each(calendars)('%s is a calendar as another program reads it', async (url) => {
    const answer = await ask(url)
    expect(answer.headers['content-type']).toBe('text/calendar; charset=utf-8')
    expect(answer.headers['access-control-allow-origin']).toBe('*')
    // Properties of the calendar come before its components.
    const lines = answer.body.split('\r\n')
    const inside = lines.slice(lines.indexOf('BEGIN:VTIMEZONE'))
    expect(inside.filter((line) => /^(REFRESH|TIMEZONE-ID|X-WR|X-PUB|METHOD|NAME)/.test(line))).toEqual([])
    expect(inside.filter((line) => line === 'BEGIN:VTIMEZONE')).toHaveLength(1)
    expect(eventsOf(answer.body).size).toBeGreaterThanOrEqual(4)
    for (const line of answer.body.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
    expect(answer.body.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    const again = await ask(url, { 'if-none-match': String(answer.headers.etag) })
    expect(again.statusCode).toBe(304)
  })

  test('a meeting is at its time in Stockholm, summer and winter, by the rules in the file itself', async () => {
    const timed = new ICAL.Event(await event('timed'))
    expect(timed.startDate.zone.tzid).toBe('Europe/Stockholm')
    expect(timed.startDate.toJSDate().toISOString()).toBe('2026-04-17T07:00:00.000Z')
    expect(timed.endDate.toJSDate().toISOString()).toBe('2026-04-17T09:30:00.000Z')
    const winter = new ICAL.Event(await event('open'))
    expect(winter.startDate.toJSDate().toISOString()).toBe('2026-11-20T12:00:00.000Z')
    expect(winter.description).toContain('Sluttiden är inte bestämd')
  })

  test('words come through as they are, and without contact details', async () => {
    const timed = new ICAL.Event(await event('timed'))
    expect(timed.summary).toBe(
      'Möte; med "tecken", komma \\ och en mycket lång rubrik på åttio tecken eller fler som måste vikas – ÅÄÖ 🌲',
    )
    expect(timed.location).toBe('Kalmar, rum 3; ring [telefonnummer]')
    expect(timed.description).toBe('https://portal.example/lgl/moten-och-protokoll/2026-04-17-test')
  })

  test('a meeting without a time takes the whole day', async () => {
    const whole = new ICAL.Event(await event('whole'))
    expect([whole.startDate.isDate, String(whole.startDate), String(whole.endDate)]).toEqual([
      true,
      '2026-05-08',
      '2026-05-09',
    ])
  })

  test('a meeting that was called and cancelled stays as such; one that nobody knew of is not told', async () => {
    const cancelled = await event('cancelled')
    expect(cancelled?.getFirstPropertyValue('status')).toBe('CANCELLED')
    expect(await event('planned')).toBeUndefined()
    expect(await event('never')).toBeUndefined()
  })

  test('a change counts up, with its moment, under the same identity in every calendar and whatever the address', async () => {
    const before = await event('timed')
    await change(db, testCoordinator, async (work) => {
      await work.record('meeting.changed', 'meeting/2026-04-17-test')
      await work.trx
        .updateTable('meeting')
        .set({ starts_at: '10:00' })
        .where('id', '=', ids.timed as number)
        .execute()
    })
    const after = await event('timed', '/grupper/lansgemensam-ledning/kalender.ics')
    const number = (one: typeof after) => Number(one?.getFirstPropertyValue('sequence'))
    expect(number(after)).toBeGreaterThan(number(before))
    expect(
      String(after?.getFirstPropertyValue('last-modified')) > String(before?.getFirstPropertyValue('last-modified')),
    ).toBe(true)
    const elsewhere = eventsOf((await moved.inject({ url: '/kalender.ics' })).body)
    expect(elsewhere.has(await uidOf(ids.timed))).toBe(true)
    expect(eventsOf((await ask('/grupper/aldre/kalender.ics')).body).has(await uidOf(ids.timed))).toBe(false)
  })

  test('old meetings leave', async () => {
    const later = await startApp({ db, today: day('2027-06-01'), env })
    const left = eventsOf((await later.inject({ url: '/lgl/kalender.ics' })).body)
    await later.close()
    expect(left.has(await uidOf(ids.timed))).toBe(false)
    expect(left.has(await uidOf(ids.open))).toBe(true)
  })
})

test('a calendar has the twenty latest meetings and the fifty next, and a feed the thirty latest news', async () => {
  const start = day('2026-04-01')
  await manyMeetings(db, 120, (number) => ({ held_on: addDays(start, number - 60), state: 'called', called_on: start }))
  const later = await startApp({ db, today: start, env })
  const of = async (url: string) => (await later.inject({ url: `/lgl${url}` })).body.replace(/\r\n /g, '')
  const calendar = await of('/grupper/barn-och-unga/kalender.ics')
  const feed = read(await of('/grupper/barn-och-unga/flode.atom'))
  await later.close()
  const numbers = [...calendar.matchAll(/SUMMARY:Många möten nummer (\d+)\./g)].map(([, number]) => Number(number))
  expect(numbers).toEqual(Array.from({ length: 70 }, (_, place) => place + 40))
  expect(feed.entries).toHaveLength(30)
})

test('nothing private is in any feed or calendar', async () => {
  const bodies = await db.selectFrom('body').select('slug').execute()
  const urls = [
    ...feeds,
    ...calendars,
    ...bodies.flatMap(({ slug }) => [`/grupper/${slug}/flode.atom`, `/grupper/${slug}/kalender.ics`]),
  ]
  const people = await db.selectFrom('person').select('name').where('no_page_because', 'is not', null).execute()
  expect(people.length).toBeGreaterThan(1)
  for (const url of urls) {
    const { statusCode, body } = await ask(url)
    // Calendars fold long lines.
    const whole = body.replace(/\r\n /g, '')
    const found = [...privateWords, ...people.map(({ name }) => name as string)].filter((word) => whole.includes(word))
    expect([url, statusCode, found]).toEqual([url, 200, []])
  }
})
