/** The action plans of a year: written as drafts, adopted and revised by the decisions of their groups. */
import type { Work } from '../../audit/work.ts'
import { addDays, type Day } from '../../kernel/dates.ts'
import { insertNamed, insertRows, known } from './bulk.ts'
import { share } from './sizes.ts'
import type { CountyState, LivingBody, Revision, Waiting } from './state.ts'
import { deeds, paragraph, subjects } from './words.ts'

/** One plan in four is revised in the autumn of its year. */
const revisedOneIn = 4
const areasOfPlan = 5

type Part = { id: number; plan_id: number; number: number; area_id: number }

/**
 * Writes one plan for each of the groups and lets its adoption wait for the group's first meeting.
 * Some will be revised; their new activities are written when the revision is decided.
 * @returns the ids of the plans
 */
export async function draftPlans(
  work: Work,
  state: CountyState,
  year: number,
  bodies: readonly LivingBody[],
  daysOf: (body: LivingBody) => readonly Day[],
  ground: number,
): Promise<number[]> {
  const { random, sizes, firstYear } = state
  const ofYear = share(sizes.activities, year - firstYear, sizes.years)
  const plans = bodies.map((body, place) => ({
    body,
    slug: `${body.slug}-${year}`,
    title: `Handlingsplan för ${body.subject} ${year}, ${body.shortName}`,
    activities: share(ofYear, place, bodies.length),
    // Adopted in the spring, revised in the autumn: there has to be a meeting in each.
    revised:
      place % revisedOneIn === year % revisedOneIn &&
      daysOf(body).some((day) => day < `${year}-07-01`) &&
      daysOf(body).some((day) => day >= `${year}-07-01`),
  }))
  const ids = await insertNamed(
    work,
    'plan',
    plans.map(({ body, slug, title }, place) => ({
      slug,
      code: `${body.planPrefix}${year - firstYear + 1}`,
      title,
      body_id: body.id,
      period: `[${year}-01-01,${year + 1}-01-01)`,
      vision: paragraph(random, body.subject),
      target_group: 'Länets invånare.',
      coordinated_by: body.name,
      position: state.counted.plans + place + 1,
      provenance_id: ground,
    })),
  )
  state.counted.plans += plans.length
  await insertRows(
    work,
    'strategic_direction',
    plans.flatMap(({ slug, body }) =>
      [1, 2, 3].map((number) => ({
        plan_id: known(ids, slug),
        number,
        direction: paragraph(random, body.subject, 2),
        provenance_id: ground,
      })),
    ),
  )
  const areas = await insertRows<{ id: number; plan_id: number; kind: string; number: number }>(
    work,
    'plan_area',
    plans.flatMap(({ slug, body }) =>
      Array.from({ length: areasOfPlan }, (_, place) => ({
        plan_id: known(ids, slug),
        kind: place < 2 ? 'improvement' : 'ongoing',
        number: place < 2 ? place + 1 : place - 1,
        title: `${random.one(deeds)} ${random.one(subjects)}`,
        purpose: paragraph(random, body.subject, 2),
        provenance_id: ground,
      })),
    ),
    ['id', 'plan_id', 'kind', 'number'],
  )
  const areasOf = Map.groupBy(areas, ({ plan_id }) => plan_id)
  await insertRows(
    work,
    'plan_section',
    areas.map(({ id, plan_id }) => ({
      plan_id,
      area_id: id,
      position: 1,
      heading: 'Nuläge',
      section_text: paragraph(random, random.one(subjects)),
      items: [random.one(deeds), random.one(deeds)],
      provenance_id: ground,
    })),
  )
  const rows: Record<string, unknown>[] = []
  for (const { slug, body, activities, revised } of plans) {
    const plan_id = known(ids, slug)
    // What a revision adds is counted too: two texts in the place of two others.
    const fromTheStart = revised && activities > 4 ? activities - 2 : activities
    for (let number = 1; number <= fromTheStart; number += 1) {
      rows.push(activityRow(state, body, plan_id, areasOf.get(plan_id)?.[number % areasOfPlan]?.id, number, ground))
    }
    if (fromTheStart < activities) state.revisions.set(slug, { planId: plan_id, body, numbers: [1, 2] })
  }
  await insertRows(work, 'activity', rows)
  for (const { slug, title, body } of plans) {
    const plan_id = known(ids, slug)
    let adopted: Day | null = null
    const adoption: Waiting = {
      ready: () => true,
      decide: ({ day }) => {
        adopted = day
        return {
          kind: 'decision',
          title: `${title} fastställs`,
          clause: null,
          effects: [{ kind: 'plan_adopted', plan_id }],
        }
      },
    }
    const revision: Waiting = {
      ready: (day) => day >= `${year}-07-01` && adopted !== null && adopted < day,
      decide: () => ({
        kind: 'decision',
        title: `${title} revideras`,
        clause: null,
        effects: [{ kind: 'plan_revised', plan_id }],
        revises: slug,
      }),
    }
    body.waiting.unshift(adoption, ...(state.revisions.has(slug) ? [revision] : []))
  }
  return [...ids.values()]
}

function activityRow(
  { random }: CountyState,
  body: LivingBody,
  plan_id: number,
  area_id: number | undefined,
  number: number,
  provenance_id: number,
) {
  return {
    plan_id,
    area_id,
    number,
    activity_text: `${random.one(deeds)} ${body.subject} och ${random.one(subjects)}`,
    text_kind: 'wording',
    provenance_id,
  }
}

/** Writes the activities that the revision puts in the place of others with the same numbers. */
export async function draftRevision(
  work: Work,
  state: CountyState,
  { planId, body, numbers }: Revision,
  ground: number,
) {
  const before = await work.trx
    .selectFrom('activity')
    .select(['number', 'area_id'])
    .where('plan_id', '=', planId)
    .where('number', 'in', numbers)
    .orderBy('number')
    .execute()
  await insertRows(
    work,
    'activity',
    before.map(({ number, area_id }) => activityRow(state, body, planId, area_id, number, ground)),
  )
}

const states = ['not_started', 'preparing', 'active', 'paused', 'done'] as const

/** What is noted of the plans in the course of the year, and their milestones. */
export async function followUpPlans(
  work: Work,
  state: CountyState,
  year: number,
  lastDay: Day,
  planIds: readonly number[],
  ground: number,
) {
  if (planIds.length === 0) return
  const { random } = state
  const activities: Part[] = await work.trx
    .selectFrom('activity')
    .select(['id', 'plan_id', 'number', 'area_id'])
    .where('plan_id', 'in', planIds)
    .where('valid', 'is not', null)
    .orderBy('id')
    .execute()
  const within = (from: number, days: number) => {
    const on = addDays(`${year}-01-01` as Day, from + random.below(days))
    return on < lastDay ? on : lastDay
  }
  await insertRows(
    work,
    'follow_up',
    activities
      .filter(() => random.chance(0.6))
      .map(({ id, plan_id }) => ({
        plan_id,
        activity_id: id,
        noted_on: within(180, 170),
        state: random.one(states),
        note: paragraph(random, random.one(subjects), 2),
        noted_by: 'samordnaren',
        provenance_id: ground,
      })),
  )
  await insertRows(
    work,
    'milestone',
    activities
      .filter(() => random.chance(0.2))
      .map(({ id, plan_id }) => {
        const due_on = addDays(`${year}-02-01` as Day, random.below(330))
        const done = due_on < lastDay && random.chance(0.98)
        return {
          plan_id,
          activity_id: id,
          kind: random.one(['interim_report', 'final_report', 'start']),
          title: `Avstämning av ${random.one(subjects)}`,
          due_on,
          due_precision: 'day',
          state: done ? 'done' : 'planned',
          done_on: done ? due_on : null,
          provenance_id: ground,
        }
      }),
  )
}
