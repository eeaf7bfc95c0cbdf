import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { change, systemActor, type Work } from '../../src/audit/work.ts'
import type { Database } from '../../src/db/database.ts'
import { References } from '../../src/seeding/facts.ts'
import { loadDocuments } from '../../src/seeding/load-documents.ts'
import { loadPlanLinks, loadPlans, loadProjects } from '../../src/seeding/load-plans.ts'
import { freshDatabase, kalmarDatabase } from '../support/database.ts'

describe("Kalmar's action plans", () => {
  let db: Kysely<Database>
  beforeAll(async () => {
    db = await kalmarDatabase()
  })

  /** The code of an area or an activity, as the plans write it. */
  const areaCode = sql<string>`plan.code || '-' || case plan_area.kind when 'improvement' then 'F' else 'L' end || plan_area.number`
  const activityCode = sql<string>`plan.code || '-A' || lpad(activity.number::text, 2, '0')`

  test('all seven plans have the improvement areas, ongoing areas and activities of the source', async () => {
    const plans = await db
      .selectFrom('plan')
      .select((eb) => [
        'plan.code',
        'plan.slug',
        eb
          .selectFrom('plan_area')
          .whereRef('plan_area.plan_id', '=', 'plan.id')
          .where('kind', '=', 'improvement')
          .select((e) => e.fn.countAll<number>().as('n'))
          .as('improvement'),
        eb
          .selectFrom('plan_area')
          .whereRef('plan_area.plan_id', '=', 'plan.id')
          .where('kind', '=', 'ongoing')
          .select((e) => e.fn.countAll<number>().as('n'))
          .as('ongoing'),
        eb
          .selectFrom('activity')
          .whereRef('activity.plan_id', '=', 'plan.id')
          .select((e) => e.fn.countAll<number>().as('n'))
          .as('activities'),
      ])
      .orderBy('position')
      .execute()
    expect(plans).toEqual([
      { code: 'HP1', slug: 'lansgemensam-ledning-2025-2026', improvement: 3, ongoing: 0, activities: 7 },
      { code: 'HP2', slug: 'barn-och-unga-2025-2026', improvement: 1, ongoing: 5, activities: 12 },
      { code: 'HP3', slug: 'psykisk-halsa-2025-2026', improvement: 1, ongoing: 6, activities: 17 },
      { code: 'HP4', slug: 'aldre-2025-2026', improvement: 2, ongoing: 4, activities: 16 },
      { code: 'HP5', slug: 'invanarmedverkan-2025-2026', improvement: 2, ongoing: 2, activities: 7 },
      { code: 'HP6', slug: 'habilitering-och-rehabilitering-2025-2026', improvement: 1, ongoing: 5, activities: 9 },
      { code: 'HP7', slug: 'informationsoverforing-2025-2026', improvement: 0, ongoing: 1, activities: 5 },
    ])
    const total = (of: 'improvement' | 'ongoing' | 'activities') =>
      plans.reduce((sum, plan) => sum + Number(plan[of]), 0)
    expect([total('improvement'), total('ongoing'), total('activities')]).toEqual([10, 23, 73])
  })

  test('27 activities are in improvement areas and 46 in areas that go on over time', async () => {
    const rows = await db
      .selectFrom('activity')
      .innerJoin('plan_area', 'plan_area.id', 'activity.area_id')
      .select((eb) => ['kind', eb.fn.countAll<number>().as('n')])
      .groupBy('kind')
      .orderBy('kind')
      .execute()
    expect(rows).toEqual([
      { kind: 'improvement', n: 27 },
      { kind: 'ongoing', n: 46 },
    ])
  })

  test('plans are loaded as summaries and share the vision and the period', async () => {
    const plans = await db.selectFrom('plan').select(['vision', 'period', 'text_kind']).distinct().execute()
    expect(plans).toEqual([
      {
        vision: 'Tillsammans skapar vi hälsa och trygghet för hela livet',
        period: '[2025-01-01,2027-01-01)',
        text_kind: 'summary',
      },
    ])
    const wording = await db.selectFrom('activity').select('id').where('text_kind', '=', 'wording').execute()
    expect(wording).toEqual([])
  })

  test('a shared text stands only in the plans that it concerns', async () => {
    const rows = await db
      .selectFrom('plan_section')
      .innerJoin('plan', 'plan.id', 'plan_section.plan_id')
      .select(['heading', sql<string>`string_agg(plan.code, ' ' order by plan.code)`.as('plans')])
      .where('heading', 'in', [
        'Bakgrund',
        'SKR:s Ramverk för lärande uppföljning av nära vård',
        'Planen revideras hela tiden',
      ])
      .where('area_id', 'is', null)
      .groupBy('heading')
      .orderBy('heading')
      .execute()
    expect(Object.fromEntries(rows.map(({ heading, plans }) => [heading, plans]))).toEqual({
      Bakgrund: 'HP1 HP2 HP3 HP4 HP5 HP6 HP7',
      'Planen revideras hela tiden': 'HP2 HP3 HP4 HP5 HP6 HP7',
      'SKR:s Ramverk för lärande uppföljning av nära vård': 'HP1 HP2 HP3 HP4 HP6',
    })
  })

  test('three plans lack strategic directions as the source does', async () => {
    const rows = await db
      .selectFrom('plan')
      .leftJoin('strategic_direction', 'strategic_direction.plan_id', 'plan.id')
      .select((eb) => ['code', eb.fn.count<number>('strategic_direction.id').as('n')])
      .groupBy('code')
      .orderBy('code')
      .execute()
    expect(rows.map(({ n }) => n)).toEqual([3, 2, 2, 3, 0, 0, 0])
  })

  test('the dated milestones stand where the source has them, and the end of the period is marked derived', async () => {
    const rows = await db
      .selectFrom('milestone')
      .innerJoin('plan', 'plan.id', 'milestone.plan_id')
      .innerJoin('provenance', 'provenance.id', 'milestone.provenance_id')
      .leftJoin('plan_area', 'plan_area.id', 'milestone.area_id')
      .leftJoin('activity', 'activity.id', 'milestone.activity_id')
      .select([
        sql<string>`coalesce(${areaCode}, ${activityCode}, plan.code)`.as('of'),
        'milestone.kind',
        'due_on',
        'due_precision',
        'certainty',
      ])
      .orderBy('due_on')
      .orderBy('of')
      .execute()
    expect(rows.map((row) => Object.values(row).join(' '))).toEqual([
      'HP3-F1 start 2025-01-01 year stated',
      'HP5-F2 start 2025-01-01 year stated',
      'HP4-F1 interim_report 2025-12-01 day stated',
      'HP4-F1 start 2026-01-01 month stated',
      'HP2-A09 funding_ends 2026-01-31 day stated',
      'HP4-A11 assignment_ends 2026-06-30 day stated',
      'HP4-F1 final_report 2026-06-30 day stated',
      ...[1, 2, 3, 4, 5, 6, 7].map((number) => `HP${number} period_end 2026-12-31 day derived`),
      'HP4-A16 recurring   stated',
    ])
  })

  test('the phase that the groups reported on 12 December 2025 is a follow-up from item 3', async () => {
    const rows = await db
      .selectFrom('follow_up')
      .innerJoin('plan', 'plan.id', 'follow_up.plan_id')
      .innerJoin('plan_area', 'plan_area.id', 'follow_up.area_id')
      .innerJoin('agenda_item', 'agenda_item.id', 'follow_up.agenda_item_id')
      .select([areaCode.as('of'), 'follow_up.state', 'noted_on', 'agenda_item.number'])
      .orderBy('of')
      .execute()
    expect(rows).toEqual(
      ['HP2-F1', 'HP3-F1', 'HP4-F1'].map((of) => ({ of, state: 'preparing', noted_on: '2025-12-12', number: '3' })),
    )
  })

  test('an activity whose place in the plan is not sure says so, and why', async () => {
    const rows = await db
      .selectFrom('activity')
      .innerJoin('plan', 'plan.id', 'activity.plan_id')
      .innerJoin('provenance', 'provenance.id', 'activity.provenance_id')
      .select([activityCode.as('of'), 'certainty', 'note'])
      .where('certainty', '<>', 'stated')
      .orderBy('of')
      .execute()
    const of = (certainty: string) => rows.filter((row) => row.certainty === certainty).map((row) => row.of)
    expect(of('uncertain')).toEqual(['HP3-A14', 'HP3-A15', 'HP6-A05'])
    expect(of('derived')).toEqual(
      [
        ...[1, 2, 3, 4, 5, 6, 7].map((number) => `HP1-A0${number}`),
        ...['HP2-A10', 'HP2-A11'],
        ...['HP3-A08', 'HP3-A09', 'HP3-A10', 'HP3-A11', 'HP3-A12', 'HP3-A13'],
        ...[1, 2, 3, 4, 5].map((number) => `HP4-A0${number}`),
        ...['HP5-A05', 'HP5-A06', 'HP5-A07'],
      ].sort(),
    )
    expect(rows.filter(({ note }) => note === null)).toEqual([])
  })

  test('every dependency between the plans is there, and fall prevention is one concern in two plans', async () => {
    const rows = await db
      .selectFrom('plan_link')
      .innerJoin('plan as source', 'source.id', 'plan_link.from_plan_id')
      .leftJoin('plan_area as from_area', 'from_area.id', 'plan_link.from_area_id')
      .leftJoin('activity as from_activity', 'from_activity.id', 'plan_link.from_activity_id')
      .leftJoin('plan as target', 'target.id', 'plan_link.to_plan_id')
      .leftJoin('plan_area as to_area', 'to_area.id', 'plan_link.to_area_id')
      .leftJoin('activity as to_activity', 'to_activity.id', 'plan_link.to_activity_id')
      .leftJoin('agenda_item', 'agenda_item.id', 'plan_link.to_agenda_item_id')
      .leftJoin('body', 'body.id', 'plan_link.to_body_id')
      .leftJoin('matter', 'matter.id', 'plan_link.to_matter_id')
      .select([
        sql<string>`source.code || coalesce('-F' || from_area.number, '-A' || lpad(from_activity.number::text, 2, '0'), '')`.as(
          'from',
        ),
        sql<string>`coalesce(target.code || coalesce('-F' || to_area.number, '-A' || lpad(to_activity.number::text, 2, '0'), ''),
          '#' || agenda_item.number, body.slug, matter.slug)`.as('to'),
        'same_concern',
      ])
      .execute()
    const links = rows.map(({ from, to }) => `${from} ${to}`)
    const expected = [
      ...['HP5-F1', 'HP6-F1'].flatMap((from) => ['HP2-F1', 'HP3-F1', 'HP4-F1'].map((to) => `${from} ${to}`)),
      'HP4-A08 HP6-A07',
      'HP3-A16 invanarmedverkan',
      ...['HP3-A15 HP7-A01', 'HP3-A15 HP7-A02'],
      ...['HP2', 'HP3', 'HP4', 'HP5', 'HP6', 'HP7'].map((to) => `HP1-A03 ${to}`),
      ...['HP1-A04 #8', 'HP1-A05 #8'],
      ...['HP2', 'HP4', 'HP5', 'HP6', 'HP7'].map((to) => `HP3-A17 ${to}`),
      ...['HP2-F1 #3', 'HP3-F1 #3', 'HP4-F1 #3', 'HP2-A09 #5b', 'HP2-A12 #5c'],
      ...['HP2-A09 digital-ungdomsmottagning', 'HP2-A12 ikb', 'HP1-F2 ordnat-inforande'],
      ...['HP3-A15', 'HP4-F1', 'HP7-A01', 'HP7-A02'].map((from) => `${from} utskrivningsklara-dagar`),
    ]
    expect(expected.filter((link) => !links.includes(link))).toEqual([])
    expect(rows.filter(({ same_concern }) => same_concern).map(({ from, to }) => `${from} ${to}`)).toEqual([
      'HP4-A08 HP6-A07',
    ])
    expect(links).toHaveLength(49)
  })

  test('the 25 documents of the county and the 15 national ones are there, with the parties of the agreements', async () => {
    const counts = await db
      .selectFrom('document')
      .select((eb) => ['national', eb.fn.countAll<number>().as('n')])
      .groupBy('national')
      .orderBy('national')
      .execute()
    expect(counts).toEqual([
      { national: false, n: 25 },
      { national: true, n: 15 },
    ])
    const parties = await db
      .selectFrom('document_party')
      .innerJoin('document', 'document.id', 'document_party.document_id')
      .innerJoin('provenance', 'provenance.id', 'document_party.provenance_id')
      .select((eb) => ['slug', 'certainty', eb.fn.countAll<number>().as('n')])
      .groupBy(['slug', 'certainty'])
      .execute()
    expect(parties).toHaveLength(14)
    expect(parties.filter(({ n }) => n !== 13)).toEqual([])
    expect(
      parties
        .filter(({ certainty }) => certainty === 'stated')
        .map(({ slug }) => slug)
        .sort(),
    ).toEqual([
      'gemensam-arbetsprocess-nara-vard',
      'gemensam-plan-for-samverkan',
      'malbild-och-strategi-nara-vard',
      'overenskommelse-samverkan-vid-utskrivning',
      'praktiska-anvisningar-utskrivning',
    ])
  })

  test('the agreement on discharge has been in force since 2019, a year without a day', async () => {
    const agreement = await db
      .selectFrom('document')
      .select(['state', 'in_force', 'in_force_precision'])
      .where('slug', '=', 'overenskommelse-samverkan-vid-utskrivning')
      .executeTakeFirstOrThrow()
    expect(agreement).toEqual({ state: 'in_force', in_force: '[2019-01-01,)', in_force_precision: 'year' })
  })

  test('the projects of the county are tied to their activities', async () => {
    const rows = await db
      .selectFrom('project')
      .leftJoin('project_activity', 'project_activity.project_id', 'project.id')
      .leftJoin('activity', 'activity.id', 'project_activity.activity_id')
      .leftJoin('plan', 'plan.id', 'activity.plan_id')
      .select(['project.slug', sql<string>`string_agg(${activityCode}, ' ' order by activity.number)`.as('activities')])
      .groupBy(['project.slug', 'project.position'])
      .orderBy('project.position')
      .execute()
    expect(rows).toEqual([
      { slug: 'ikb', activities: 'HP2-A12' },
      { slug: 'digital-ungdomsmottagning', activities: 'HP2-A09' },
      { slug: 'narsjukvard-oskarshamn', activities: 'HP4-A04 HP4-A05' },
      { slug: 'vardforlopp-palliativ-vard', activities: 'HP4-A11' },
      { slug: 'fact-liknande-team', activities: null },
    ])
  })
})

describe("another county's files", () => {
  let db: Kysely<Database>
  let folder: string
  beforeAll(async () => {
    db = await freshDatabase()
    folder = await mkdtemp(join(tmpdir(), 'facts-'))
    await mkdir(join(folder, 'plans'))
    await change(db, systemActor, async (work) => {
      const { trx } = work
      await trx.insertInto('source').values({ code: 'prov', title: 'Påhittat underlag', kind: 'plan' }).execute()
      const provenance_id = await new References(work).provenance({ source: 'prov' })
      const body = { slug: 'ledning', name: 'Påhittad ledning', short_name: 'Ledningen', kind: 'leadership' } as const
      await trx
        .insertInto('body')
        .values({ ...body, provenance_id })
        .execute()
      await work.record('test.prepared', 'test')
    })
  })
  afterAll(() => rm(folder, { recursive: true }))

  const activity = { code: 'PL1-A01', text: 'Prova något.' }
  const area = { code: 'PL1-F1', title: 'Påhittat område', activities: [activity] }
  const plan = {
    slug: 'plan-2030',
    code: 'PL1',
    title: 'Påhittad plan',
    body: 'ledning',
    from: '2030',
    to: '2030',
    textKind: 'wording',
    improvementAreas: [area],
    source: 'prov: sida 1',
  }

  class Undone extends Error {}

  /** Loads the files, looks at what is there and undoes it all, so that the tests do not depend on each other. */
  async function load(files: Record<string, unknown>, look: (work: Work) => Promise<void> = async () => {}) {
    for (const name of ['plans/plan.json', 'plan-links.json', 'projects.json', 'documents.json']) {
      await rm(join(folder, name), { force: true })
    }
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
    }
    try {
      await change(db, systemActor, async (work) => {
        const refs = new References(work)
        await loadDocuments(work, refs, folder)
        await loadPlans(work, refs, folder)
        await loadProjects(work, refs, folder)
        await loadPlanLinks(work, refs, folder)
        await look(work)
        throw new Undone()
      })
    } catch (error) {
      if (!(error instanceof Undone)) throw error
    }
  }

  test('a county without plans, documents and projects loads nothing', async () => {
    await load({}, async ({ trx }) => {
      for (const table of ['plan', 'document', 'project', 'plan_link'] as const) {
        expect(await trx.selectFrom(table).selectAll().execute()).toEqual([])
      }
    })
    await rm(join(folder, 'plans'), { recursive: true })
    await load({})
    await mkdir(join(folder, 'plans'))
  })

  test('a plan of any county is loaded, and is not adopted until something is decided', async () => {
    await load({ 'plans/plan.json': plan }, async ({ trx }) => {
      const loaded = await trx
        .selectFrom('activity')
        .innerJoin('plan', 'plan.id', 'activity.plan_id')
        .select(['plan.valid as plan', 'activity.valid as activity', 'period', 'activity_text', 'activity.text_kind'])
        .execute()
      const unadopted = { plan: null, activity: null, period: '[2030-01-01,2031-01-01)' }
      expect(loaded).toEqual([{ ...unadopted, activity_text: 'Prova något.', text_kind: 'wording' }])
    })
  })

  test.each([
    ['a misspelt key', { ...plan, titel: 'Fel' }, /plans\/plan\.json: .*titel/],
    ['no source', { ...plan, source: undefined }, /plans\/plan\.json: source: /],
    ['a date that does not exist', { ...plan, from: '2030-13' }, /plans\/plan\.json: from: "2030-13" is not a date/],
    ['an end before the start', { ...plan, to: '2029' }, /plans\/plan\.json: to: is before from/],
    [
      'a number that is skipped',
      { ...plan, improvementAreas: [{ ...area, activities: [{ ...activity, code: 'PL1-A02' }] }] },
      /plans\/plan\.json: improvementAreas\[0\]\.activities\[0\]\.code: .*PL1-A01/,
    ],
    ['a body that does not exist', { ...plan, body: 'ingen' }, /plans\/plan\.json \(PL1\): there is no body "ingen"/],
    [
      'a source that does not exist',
      { ...plan, source: 'okänd' },
      /plans\/plan\.json \(PL1\): there is no source "okänd"/,
    ],
    ['broken JSON', '{ "slug": ', /plans\/plan\.json: not JSON/],
  ])('a plan with %s is refused with file and place', async (_, content, message) => {
    await expect(load({ 'plans/plan.json': content })).rejects.toThrow(message)
  })

  test('a link to an activity that does not exist is refused with file and place', async () => {
    const link = { from: ['PL1-F1'], to: ['PL1-A09'], how: 'Påhittat.', source: 'prov' }
    const files = { 'plans/plan.json': plan, 'plan-links.json': { links: [link] } }
    await expect(load(files)).rejects.toThrow(/plan-links\.json: links\[0\]: there is no "PL1-A09"/)
  })

  test('parties that the county does not have are refused with file and place', async () => {
    const document = { slug: 'avtal', title: 'Påhittat avtal', kind: 'agreement', state: 'in_force', source: 'prov' }
    const files = { 'documents.json': [{ ...document, parties: { who: 'all' } }] }
    await expect(load(files)).rejects.toThrow(/documents\.json: \[0\] \(avtal\): "all" names no party/)
  })
})
