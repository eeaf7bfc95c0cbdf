import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import type { DB } from '../../src/db/schema.ts'
import { type Day, day } from '../../src/kernel/dates.ts'
import { FactsError } from '../../src/seeding/facts.ts'
import { loadFacts } from '../../src/seeding/load.ts'
import { freshDatabase, kalmarDatabase } from '../support/database.ts'

const kalmarFolder = join(import.meta.dirname, '../../seeds/kalmar')
const tinyFolder = join(import.meta.dirname, 'fixtures/tiny-county')
const today = day('2026-03-01')
const meeting = '2025-12-12-lansgemensam-ledning'

async function count(db: Kysely<Database>, table: keyof DB): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) from ${sql.table(table)}`.execute(db)
  return rows[0]?.count ?? 0
}

describe("Kalmar's facts", async () => {
  const db = await kalmarDatabase()

  test('every register holds what the sources name', async () => {
    const counted: Partial<Record<keyof DB, number>> = {}
    const expected: Partial<Record<keyof DB, number>> = {
      organisation: 31,
      person: 35,
      body: 32,
      matter: 9,
      plan: 7,
      plan_area: 33,
      activity: 73,
      project: 5,
      assignment: 7,
      party_position: 26,
      meeting: 2,
      agenda_item: 15,
      attendance: 29,
      decision: 15,
      timeline_entry: 28,
      published_county_figure: 1,
      minutes_filing: 1,
    }
    for (const table of Object.keys(expected) as (keyof DB)[]) counted[table] = await count(db, table)
    expect(counted).toEqual(expected)
  })

  test('the plans have ten improvement areas and twenty-three areas that go on over time', async () => {
    const areas = await db
      .selectFrom('plan_area')
      .select((eb) => ['kind', eb.fn.countAll().as('areas')])
      .groupBy('kind')
      .orderBy('kind')
      .execute()
    expect(areas).toEqual([
      { kind: 'improvement', areas: 10 },
      { kind: 'ongoing', areas: 23 },
    ])
  })

  test('twelve municipalities and the region are parties, each municipality with its code', async () => {
    const parties = await db
      .selectFrom('organisation')
      .select(['slug', 'kind', 'municipal_code'])
      .where('is_party', '=', true)
      .execute()
    expect(parties.filter(({ kind }) => kind === 'region').map(({ slug }) => slug)).toEqual(['rkl'])
    const codes = parties.filter(({ kind }) => kind === 'municipality').map(({ municipal_code }) => municipal_code)
    expect(codes.sort()).toEqual('0821 0834 0840 0860 0861 0862 0880 0881 0882 0883 0884 0885'.split(' '))
  })

  test('groups that are only planned say so', async () => {
    const planned = await db.selectFrom('body').select('slug').where('planned', '=', true).orderBy('slug').execute()
    expect(planned.map(({ slug }) => slug)).toEqual([
      'arbetsgrupp-demens',
      'arbetsgrupp-komplexa-behov',
      'arbetsgrupp-nulage-primarvard',
      'arbetsgrupper-psykisk-halsa',
      'lokal-arbetsgrupp-komplexa-behov-1',
      'lokal-arbetsgrupp-komplexa-behov-2',
      'lokal-arbetsgrupp-komplexa-behov-3',
      'lokal-arbetsgrupp-komplexa-behov-4',
      'regional-arbetsgrupp-aldre',
    ])
  })

  test('the service user representatives and an uncertain reading get no page', async () => {
    const people = await db
      .selectFrom('person')
      .select(['slug', 'no_page_because'])
      .where('no_page_because', 'is not', null)
      .orderBy('slug')
      .execute()
    expect(people).toEqual([
      { slug: 'annelie-hawlitzky', no_page_because: 'service_user_representative' },
      { slug: 'emelie-ingvarsson', no_page_because: 'uncertain_reading' },
      { slug: 'rune-jansson', no_page_because: 'service_user_representative' },
    ])
  })

  test('the eighteen who attended as members are members, known from the minutes, since when is not known', async () => {
    const members = await db
      .selectFrom('membership')
      .innerJoin('body', 'body.id', 'membership.body_id')
      .innerJoin('meeting', 'meeting.id', 'membership.known_from_meeting_id')
      .select(['membership.role', 'membership.valid', 'membership.start_ground', 'meeting.slug as known_from'])
      .where('body.slug', '=', 'lansgemensam-ledning')
      .execute()
    expect(members.filter(({ role }) => role === 'member')).toHaveLength(16)
    expect(members.filter(({ role }) => role === 'service_user_representative')).toHaveLength(2)
    expect(members.filter(({ role }) => role === 'vice_chair')).toHaveLength(1)
    expect(members).toHaveLength(19)
    for (const membership of members) {
      expect(membership).toMatchObject({ valid: '(,)', start_ground: 'opening_state', known_from: meeting })
    }
    const chairs = await db.selectFrom('membership').select('id').where('role', '=', 'chair').execute()
    expect(chairs).toEqual([])
  })

  test('three municipalities and Gymnasieförbundet have no member noted', async () => {
    const noted = db
      .selectFrom('attendance')
      .select('organisation_id')
      .where('capacity', '=', 'member')
      .where('organisation_id', 'is not', null)
    const without = await db
      .selectFrom('organisation')
      .select('slug')
      .where((eb) => eb.or([eb('kind', '=', 'municipality'), eb('slug', '=', 'gyf')]))
      .where('id', 'not in', noted)
      .orderBy('slug')
      .execute()
    expect(without.map(({ slug }) => slug)).toEqual(['emmaboda', 'gyf', 'hultsfred', 'vastervik'])
  })

  test('those who left their seats on 2025-12-12 were there before, and their successors sit by decision', async () => {
    const seats = await db
      .selectFrom('membership')
      .innerJoin('body', 'body.id', 'membership.body_id')
      .innerJoin('person', 'person.id', 'membership.person_id')
      .leftJoin('organisation', 'organisation.id', 'membership.on_behalf_organisation_id')
      .leftJoin('body as behalf', 'behalf.id', 'membership.on_behalf_body_id')
      .leftJoin('effect', (join) =>
        join.on((eb) => eb('effect.id', '=', eb.fn.coalesce('membership.start_effect_id', 'membership.end_effect_id'))),
      )
      .leftJoin('decision', 'decision.id', 'effect.decision_id')
      .select((eb) => [
        'body.slug as body',
        'person.slug as person',
        'membership.valid',
        'membership.start_ground',
        'membership.on_behalf_certainty as certainty',
        eb.fn.coalesce('organisation.slug', 'behalf.slug').as('for'),
        'decision.slug as decision',
      ])
      .where('membership.role', '=', 'representative')
      .orderBy('membership.id')
      .execute()
    const left = { valid: '(,2025-12-12)', start_ground: 'opening_state' }
    const entered = { valid: '[2025-12-12,)', start_ground: 'decision' }
    const hsf = { for: 'rkl-hsf', certainty: 'derived' }
    const hab = { for: 'habilitering-och-rehabilitering', certainty: 'stated' }
    const notSaid = { for: null, certainty: null }
    const [b3, b4, b5] = ['7b', '7c', '7d'].map((item) => ({ decision: `${meeting}-${item}` }))
    expect(seats).toEqual([
      { body: 'barn-och-unga', person: 'charlotte-ohlsen', ...left, ...hsf, ...b3 },
      { body: 'psykisk-halsa', person: 'chris-landergren', ...left, ...notSaid, ...b4 },
      { body: 'barn-och-unga', person: 'chris-landergren', ...left, ...hab, ...b5 },
      { body: 'barn-och-unga', person: 'petra-hornstra', ...entered, ...hsf, ...b3 },
      { body: 'psykisk-halsa', person: 'simon-edberg', ...entered, ...notSaid, ...b4 },
      { body: 'barn-och-unga', person: 'rebecka-nilsson', ...entered, ...hab, ...b5 },
    ])
  })

  test('the meeting has eight items and seven sub-items, in the order of the minutes', async () => {
    const items = await db
      .selectFrom('agenda_item')
      .leftJoin('agenda_item as parent', 'parent.id', 'agenda_item.parent_id')
      .select(['agenda_item.number', 'parent.number as under', 'agenda_item.text_kind'])
      .orderBy('agenda_item.position')
      .execute()
    expect(items.map(({ number }) => number).join(' ')).toBe('1 2 3 4 5 5a 5b 5c 6 7 7a 7b 7c 7d 8')
    expect(items.filter(({ under }) => under !== null)).toHaveLength(7)
    expect(items.every(({ text_kind }) => text_kind === 'summary')).toBe(true)
    const presenters = await db
      .selectFrom('agenda_item_presenter')
      .innerJoin('agenda_item', 'agenda_item.id', 'agenda_item_presenter.agenda_item_id')
      .innerJoin('person', 'person.id', 'agenda_item_presenter.person_id')
      .select(['agenda_item.number', 'person.name'])
      .orderBy('agenda_item.position')
      .orderBy('agenda_item_presenter.position')
      .execute()
    expect(presenters.map(({ number, name }) => `${number} ${name}`)).toEqual([
      '1 Anna Hasselbom Trofast',
      '1 Mats Petersson',
      '4 Marie Ragnarsson',
      '4 Maria Svensson',
      '6 Lena Vilander Hamnert',
      '6 Kristin Irebring',
      '8 Lena Vilander Hamnert',
      '8 Maria Svensson',
    ])
    const links = await db
      .selectFrom('link')
      .innerJoin('agenda_item', 'agenda_item.id', 'link.agenda_item_id')
      .select('agenda_item.number')
      .orderBy('agenda_item.position')
      .execute()
    expect(links.map(({ number }) => number)).toEqual(['4', '4', '4', '6'])
    const after = await db.selectFrom('agenda_item').select('number').where('after_meeting', 'is not', null).execute()
    expect(after).toEqual([{ number: '4' }])
  })

  test('eighteen members and eleven others attended, in the order of the minutes', async () => {
    const attendance = await db
      .selectFrom('attendance')
      .innerJoin('person', 'person.id', 'attendance.person_id')
      .select(['person.name', 'attendance.capacity'])
      .orderBy('attendance.position')
      .execute()
    const names = (capacity: string) => attendance.filter((one) => one.capacity === capacity).map(({ name }) => name)
    expect(names('member')).toHaveLength(18)
    expect(names('member').slice(0, 3)).toEqual(['Rune Jansson', 'Annelie Hawlitzky', 'Susann Winsth'])
    expect(names('member').at(-1)).toBe('Malin Beddesand')
    expect(names('other')).toEqual([
      'Jessica Lekselius',
      'Malin Almqvist',
      'Margit Lindholm Johansson',
      'Maria Minich Karlsson',
      'Sofia Ludvigsson',
      'Lena Vilander Hamnert',
      'Kristin Irebring',
      'Filiph Elmdahl',
      'Marie Ragnarsson',
      'Maria Svensson',
      'Helene Wendell',
    ])
  })

  test('the meeting of 2025-10-03 is mentioned, the one of 2025-12-12 is published', async () => {
    const meetings = await db.selectFrom('meeting').select(['slug', 'state']).orderBy('held_on').execute()
    expect(meetings).toEqual([
      { slug: '2025-10-03-lansgemensam-ledning', state: 'mentioned' },
      { slug: meeting, state: 'published' },
    ])
  })

  test('every decision has taken effect; the plans were decided outside any known meeting', async () => {
    const decisions = await db
      .selectFrom('decision')
      .innerJoin('effect', 'effect.decision_id', 'decision.id')
      .select(['decision.slug', 'decision.kind', 'decision.state', 'decision.meeting_id', 'effect.kind as effect'])
      .execute()
    expect(decisions.every(({ state }) => state === 'carried_out')).toBe(true)
    const outside = decisions.filter(({ meeting_id }) => meeting_id === null)
    expect(outside.map(({ slug }) => slug).sort()).toEqual([
      '2025-05-30-lansgemensam-ledning-handlingsplan-aldre',
      '2025-11-26-lansgemensam-ledning-handlingsplan-barn-och-unga',
      '2025-11-26-lansgemensam-ledning-handlingsplan-habilitering-och-rehabilitering',
      '2025-11-26-lansgemensam-ledning-handlingsplan-informationsoverforing',
      '2025-11-26-lansgemensam-ledning-handlingsplan-invanarmedverkan',
      '2025-11-26-lansgemensam-ledning-handlingsplan-lansgemensam-ledning',
      '2025-11-26-lansgemensam-ledning-handlingsplan-psykisk-halsa',
    ])
    const inMeeting = decisions.filter(({ meeting_id }) => meeting_id !== null)
    expect(
      inMeeting.map(({ slug, kind, effect }) => `${slug.slice(meeting.length + 1)} ${kind} ${effect}`).sort(),
    ).toEqual([
      '2 decision minutes_filed',
      '5a-presidiet endorsement position',
      '5a-regionalt-ledningsforum endorsement position',
      '5c position position',
      '7a decision indicator_set',
      '7b decision member_replaced',
      '7c decision member_replaced',
      '7d decision member_replaced',
    ])
    const notInForce = await db.selectFrom('plan').select('slug').where('adopted_effect_id', 'is', null).execute()
    expect(notInForce).toEqual([])
  })

  test('no register row of a decision was typed: each carried-out effect tells which rows it changed', async () => {
    const changed = await db
      .selectFrom('register_change')
      .innerJoin('effect', 'effect.id', 'register_change.effect_id')
      .select((eb) => ['effect.kind', 'register_change.register', eb.fn.countAll().as('rows')])
      .where('register', '!=', 'activity')
      .groupBy(['effect.kind', 'register_change.register'])
      .orderBy('effect.kind')
      .execute()
    expect(changed).toEqual([
      { kind: 'member_replaced', register: 'membership', rows: 6 },
      { kind: 'indicator_set', register: 'parameter_value', rows: 2 },
      { kind: 'plan_adopted', register: 'plan', rows: 7 },
      { kind: 'minutes_filed', register: 'minutes_filing', rows: 1 },
    ])
  })

  test('the parties have decided on målbilden; what they have done with Gemensam plan is not known', async () => {
    const positions = await db
      .selectFrom('party_position')
      .innerJoin('document', 'document.id', 'party_position.document_id')
      .select((eb) => ['document.slug', 'party_position.state', 'as_of', 'decided_by', eb.fn.countAll().as('parties')])
      .groupBy(['document.slug', 'party_position.state', 'as_of', 'decided_by'])
      .orderBy('document.slug')
      .orderBy('decided_by')
      .execute()
    expect(positions).toEqual([
      { slug: 'gemensam-plan-for-samverkan', state: 'unknown', as_of: '2025-12-12', decided_by: null, parties: 13 },
      {
        slug: 'malbild-och-strategi-nara-vard',
        state: 'decided',
        as_of: '2023-09-01',
        decided_by: 'kommunfullmäktige',
        parties: 12,
      },
      {
        slug: 'malbild-och-strategi-nara-vard',
        state: 'decided',
        as_of: '2023-09-01',
        decided_by: 'regionfullmäktige',
        parties: 1,
      },
    ])
  })

  test('discharge days have their parameters with grounds, and the published figure 804 and 265', async () => {
    const values = await db
      .selectFrom('parameter_value')
      .leftJoin('organisation', 'organisation.id', 'parameter_value.administration_id')
      .select(['parameter_code', 'organisation.slug', 'parameter_value.valid', 'value', 'choice', 'ground'])
      .where('superseded_by_effect_id', 'is', null)
      .orderBy('parameter_code')
      .orderBy('parameter_value.valid')
      .orderBy('organisation.slug')
      .execute()
    expect(values.map((one) => [one.parameter_code, one.slug, one.valid, one.value ?? one.choice, one.ground])).toEqual(
      [
        ['base_period', 'rkl-hsf', '(,)', 'month', 'opening_state'],
        ['base_period', 'rkl-pf', '(,)', 'quarter', 'opening_state'],
        ['comparison', null, '(,)', 'over', 'assumption'],
        ['daily_amount', null, '[2019-01-01,2020-01-01)', '7800', 'regulation'],
        ['daily_amount', null, '[2023-01-01,2024-01-01)', '10500', 'regulation'],
        ['first_payable_day', null, '(,)', '4', 'opening_state'],
        ['indicator', 'rkl-hsf', '[2025-01-01,2026-01-01)', '0.8', 'opening_state'],
        ['indicator', 'rkl-pf', '[2025-01-01,2026-01-01)', '0.8', 'opening_state'],
        ['indicator', 'rkl-hsf', '[2026-01-01,2027-01-01)', '0.8', 'decision'],
        ['indicator', 'rkl-pf', '[2026-01-01,2027-01-01)', '0.8', 'decision'],
        ['payment_mode', null, '(,)', 'every_episode', 'assumption'],
        ['smallest_public_cell', null, '(,)', '5', 'assumption'],
      ],
    )
    const figures = await db.selectFrom('published_county_figure').select(['period', 'episodes', 'days']).execute()
    expect(figures).toEqual([{ period: '[2025-11-01,2025-12-01)', episodes: 804, days: 265 }])
  })

  test('the working group on beräknad utskrivning has nine steps, the unsure ones marked', async () => {
    const steps = await db
      .selectFrom('timeline_entry')
      .innerJoin('body', 'body.id', 'timeline_entry.body_id')
      .innerJoin('provenance', 'provenance.id', 'timeline_entry.provenance_id')
      .select('provenance.certainty')
      .where('body.slug', '=', 'arbetsgrupp-beraknad-utskrivning')
      .orderBy('timeline_entry.position')
      .execute()
    expect(steps.map(({ certainty }) => certainty)).toEqual([
      'derived',
      'uncertain',
      'uncertain',
      'uncertain',
      'stated',
      'stated',
      'stated',
      'stated',
      'stated',
    ])
  })

  test('the log is whole', async () => {
    expect(await db.selectFrom('audit_chain_break').selectAll().execute()).toEqual([])
  })

  test('loading again changes nothing', async () => {
    const before = await count(db, 'audit_event')
    expect(await loadFacts(db, kalmarFolder, today)).toEqual({ loaded: false })
    expect(await count(db, 'audit_event')).toBe(before)
  })
})

describe('the facts of any county', async () => {
  const folders: string[] = []
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true })
  })

  /** The tiny county with one file changed. */
  async function changed(file: string, change: (content: string) => string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'facts-'))
    folders.push(folder)
    await cp(tinyFolder, folder, { recursive: true })
    await writeFile(join(folder, file), change(await readFile(join(folder, file), 'utf8')))
    return folder
  }

  async function refusal(db: Kysely<Database>, folder: string, on: Day = today): Promise<string> {
    const error = await loadFacts(db, folder, on).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(FactsError)
    return (error as FactsError).message
  }

  test('a mistake in a file names the file and the place, and nothing is written', async () => {
    const db = await freshDatabase()
    const meetingFile = 'meetings/2026-02-03-ledningsgruppen.json'
    const mistakes: [file: string, from: string, to: string, message: RegExp][] = [
      ['bodies.json', '"leadership"', '"orkester"', /^bodies\.json: \[0\]\.kind: /],
      ['bodies.json', '"shortName"', '"kortnamn"', /^bodies\.json: \[0\].*kortnamn/s],
      ['persons.json', '"Testa Testsson"', '"Testa 12"', /^persons\.json: \[0\]\.name: /],
      ['persons.json', '"testa-testsson"', '"prova-provsson"', /^persons\.json: \[1\]: .*prova-provsson/],
      ['sources.json', '"P1"', '"P2"', /^organisations\.json: \[0\]: there is no source "P1"/],
      ['facts.json', '{', '', /^facts\.json: not JSON/],
      [
        meetingFile,
        '"person": "testa-testsson", "employer"',
        '"person": "ingen", "employer"',
        /^meetings\/2026-02-03-ledningsgruppen\.json: items\[0\]: decisions\[0\]: effects\[0\]: there is no person "ingen"/,
      ],
      [
        meetingFile,
        '"heldOn": "2026-02-03"',
        '"heldOn": "2026-02-31"',
        /^meetings\/2026-02-03-ledningsgruppen\.json: heldOn: /,
      ],
      [meetingFile, '"heldOn": "2026-02-03"', '"heldOn": "2026-04-01"', /later than today/],
    ]
    for (const [file, from, to, message] of mistakes) {
      expect(await refusal(db, await changed(file, (content) => content.replace(from, to)))).toMatch(message)
    }
    for (const table of ['source', 'body', 'person', 'audit_event', 'facts_loaded'] as const) {
      expect(await count(db, table)).toBe(0)
    }
  })

  test('a tiny county with few files loads, and its decision takes effect', async () => {
    const db = await freshDatabase()
    expect(await loadFacts(db, tinyFolder, today)).toEqual({ loaded: true })
    const chair = await db
      .selectFrom('membership')
      .innerJoin('person', 'person.id', 'membership.person_id')
      .innerJoin('effect', 'effect.id', 'membership.start_effect_id')
      .innerJoin('decision', 'decision.id', 'effect.decision_id')
      .select(['person.name', 'membership.valid', 'decision.slug', 'decision.clause'])
      .where('membership.role', '=', 'chair')
      .execute()
    expect(chair).toEqual([
      {
        name: 'Testa Testsson',
        valid: '[2026-02-03,)',
        slug: '2026-02-03-ledningsgruppen-1',
        clause: expect.stringMatching(/^Ledningsgruppen beslutar att utse Testa Testsson till ordförande/),
      },
    ])
    expect(await count(db, 'organisation')).toBe(2)

    // Facts are loaded once: what has been decided since then must not be overwritten by an edited file.
    expect(await loadFacts(db, tinyFolder, today)).toEqual({ loaded: false })
    const events = await count(db, 'audit_event')
    const edited = await changed('bodies.json', (content) => content.replace('"Ledningsgruppen"', '"Ledningen"'))
    expect(await refusal(db, edited)).toMatch(/"lillan" were loaded from other files/)
    expect(await count(db, 'audit_event')).toBe(events)
  })

  test('two starts at once load the facts once', async () => {
    const db = await freshDatabase()
    const results = await Promise.all([1, 2].map(() => loadFacts(db, tinyFolder, today)))
    expect(results.map(({ loaded }) => loaded).sort()).toEqual([false, true])
    expect(await count(db, 'organisation')).toBe(2)
  })

  test('a folder without facts says so', async () => {
    const db = await freshDatabase()
    expect(await refusal(db, join(tinyFolder, 'meetings'))).toMatch(/facts\.json is missing/)
    expect(await refusal(db, join(tinyFolder, 'finns-inte'))).toMatch(/cannot be read/)
  })
})
