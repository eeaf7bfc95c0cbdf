import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { holds } from '../db/ranges.ts'
import { markOf } from '../http/stale.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'

/** The plans that the person keeps; null: all of them. */
export function plansKept(db: Reader, kept: ReadonlySet<string> | null, day: Day) {
  return db
    .selectFrom('plan')
    .innerJoin('body', 'body.id', 'plan.body_id')
    .select((eb) => [
      'plan.id',
      'plan.slug',
      'plan.title',
      'plan.period',
      'plan.period_precision',
      'plan.valid',
      'body.name as body_name',
      eb
        .selectFrom('follow_up')
        .select((of) => of.fn.max('noted_on').as('last'))
        .whereRef('follow_up.plan_id', '=', 'plan.id')
        .where('follow_up.noted_on', '<=', day)
        .$asScalar()
        .as('followed_up_on'),
    ])
    .$if(kept !== null, (query) => query.where('body.slug', 'in', [...(kept ?? []), ''] as never[]))
    .orderBy(sql`plan.valid is null desc`)
    .orderBy(sql`upper(plan.period) desc`)
    .orderBy('plan.position')
    .execute()
}

/** A plan's own row as its form needs it. @throws PortalError not-found */
export async function planToEdit(db: Reader, slug: string) {
  const plan = await db
    .selectFrom('plan')
    .innerJoin('body', 'body.id', 'plan.body_id')
    .selectAll('plan')
    .select(['body.slug as body_slug', 'body.name as body_name'])
    .where('plan.slug', '=', slug as never)
    .executeTakeFirstOrThrow(() => notFound(`plan ${slug}`))
  const directions = await db
    .selectFrom('strategic_direction')
    .select('direction')
    .where('plan_id', '=', plan.id)
    .orderBy('number')
    .execute()
  return { ...plan, directions: directions.map(({ direction }) => direction as string) }
}

export type PlanToEdit = Awaited<ReturnType<typeof planToEdit>>

/** The areas of a plan with the texts of the activities that wait for a decision (`draft`) or are in force on the day. */
export async function areasToEdit(db: Reader, planId: number, day: Day | 'draft') {
  const [areas, activities] = [
    await db
      .selectFrom('plan_area')
      .select(['id', 'kind', 'number', 'title', 'purpose', 'timeframe', 'organisation'])
      .where('plan_id', '=', planId)
      .orderBy('kind')
      .orderBy('number')
      .execute(),
    await db
      .selectFrom('activity')
      .select(['id', 'area_id', 'number', 'activity_text', 'leaves'])
      .where('plan_id', '=', planId)
      .where(day === 'draft' ? sql<boolean>`valid is null` : holds('valid', day))
      .orderBy('number')
      .execute(),
  ]
  return areas.map((area) => {
    const mine = activities.filter(({ area_id }) => area_id === area.id)
    const { id: _, number: __, ...words } = area
    return { ...area, activities: mine, mark: markOf([words, mine.map(({ activity_text }) => activity_text)]) }
  })
}

export type AreaToEdit = Awaited<ReturnType<typeof areasToEdit>>[number]

export async function sectionsToEdit(db: Reader, planId: number) {
  const rows = await db
    .selectFrom('plan_section')
    .leftJoin('plan_area', 'plan_area.id', 'plan_section.area_id')
    .select([
      'plan_section.id',
      'plan_section.area_id',
      'plan_section.heading',
      'plan_section.section_text',
      'plan_section.items',
      'plan_area.title as area_title',
    ])
    .where('plan_section.plan_id', '=', planId)
    .orderBy('plan_section.position')
    .orderBy('plan_section.id')
    .execute()
  return rows.map((row) => {
    const { id: _, area_title: __, ...words } = row
    return { ...row, mark: markOf(words) }
  })
}

export type SectionToEdit = Awaited<ReturnType<typeof sectionsToEdit>>[number]

/** Decisions that are prepared but not made, and that will adopt or revise the plan. */
export function waitingDecisions(db: Reader, planId: number) {
  return db
    .selectFrom('effect')
    .innerJoin('decision', 'decision.id', 'effect.decision_id')
    .leftJoin('meeting', 'meeting.id', 'decision.meeting_id')
    .leftJoin('agenda_item', 'agenda_item.id', 'decision.agenda_item_id')
    .select([
      'effect.kind',
      'decision.slug',
      'decision.title',
      'meeting.slug as meeting_slug',
      'meeting.title as meeting_title',
      'agenda_item.number as item_number',
    ])
    .where('effect.plan_id', '=', planId)
    .where('effect.kind', 'in', ['plan_adopted', 'plan_revised'])
    .where('decision.state', '=', 'proposed')
    .execute()
}

/** What the next revision will do, beside what is in force. */
export async function revisionOf(db: Reader, planId: number, day: Day) {
  const inForce = await areasToEdit(db, planId, day)
  const proposed = await db
    .selectFrom('activity')
    .select(['id', 'area_id', 'number', 'activity_text'])
    .where('plan_id', '=', planId)
    .where('valid', 'is', null)
    .orderBy('number')
    .execute()
  const areas = inForce.map((area) => {
    const numbers = new Set(area.activities.map(({ number }) => number))
    return {
      ...area,
      activities: area.activities.map((activity) => ({
        ...activity,
        proposed: proposed.find(({ number }) => number === activity.number)?.activity_text ?? null,
      })),
      added: proposed.filter((row) => row.area_id === area.id && !numbers.has(row.number)),
    }
  })
  const mark = markOf(
    areas.map(({ activities, added }) => [
      activities.map(({ number, activity_text, proposed: text, leaves }) => [number, activity_text, text, leaves]),
      added.map(({ activity_text }) => activity_text),
    ]),
  )
  return { areas, mark }
}

export type Revision = Awaited<ReturnType<typeof revisionOf>>
