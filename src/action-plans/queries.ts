import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { holds } from '../db/ranges.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'

function plansWithDecision(db: Reader) {
  return db
    .selectFrom('plan')
    .innerJoin('body', 'body.id', 'plan.body_id')
    .leftJoin('effect', 'effect.id', 'plan.adopted_effect_id')
    .leftJoin('decision', 'decision.id', 'effect.decision_id')
    .leftJoin('body as decider', 'decider.id', 'decision.body_id')
    .select([
      'plan.id',
      'plan.slug',
      'plan.code',
      'plan.title',
      'plan.period',
      'plan.period_precision',
      'plan.valid',
      'body.slug as body_slug',
      'body.name as body_name',
      'decision.slug as decision_slug',
      'decision.decided_on',
      'decider.name as decider_name',
      'decider.slug as decider_slug',
    ])
}

/** Every plan with what it held on the day, the newest period first. */
export function listPlans(db: Reader, day: Day, stretch: { limit: number; offset: number }) {
  return (
    plansWithDecision(db)
      .select((eb) => [
        eb
          .selectFrom('plan_area')
          .select((of) => of.fn.countAll<number>().as('count'))
          .whereRef('plan_area.plan_id', '=', 'plan.id')
          .where('plan_area.kind', '=', 'improvement')
          .$asScalar()
          .$notNull()
          .as('improvement_areas'),
        eb
          .selectFrom('plan_area')
          .select((of) => of.fn.countAll<number>().as('count'))
          .whereRef('plan_area.plan_id', '=', 'plan.id')
          .where('plan_area.kind', '=', 'ongoing')
          .$asScalar()
          .$notNull()
          .as('ongoing_areas'),
        eb
          .selectFrom('activity')
          .select((of) => of.fn.countAll<number>().as('count'))
          .whereRef('activity.plan_id', '=', 'plan.id')
          .where(holds('activity.valid', day))
          .$asScalar()
          .$notNull()
          .as('activities'),
        eb
          .selectFrom('follow_up')
          .select((of) => of.fn.max('noted_on').as('last'))
          .whereRef('follow_up.plan_id', '=', 'plan.id')
          .where('follow_up.noted_on', '<=', day)
          .$asScalar()
          .as('followed_up_on'),
      ])
      // Rows that are passed by on the way to a far page are not looked up.
      .where('plan.id', 'in', (eb) =>
        eb
          .selectFrom('plan')
          .select('plan.id')
          .orderBy(sql`upper(plan.period) desc`)
          .orderBy('plan.position')
          .orderBy('plan.code')
          .limit(stretch.limit)
          .offset(stretch.offset),
      )
      .orderBy(sql`upper(plan.period) desc`)
      .orderBy('plan.position')
      .orderBy('plan.code')
      .execute()
  )
}

/** How many plans there are, adopted or not. */
export async function countPlans(db: Reader): Promise<number> {
  const { count } = await db
    .selectFrom('plan')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** One plan, adopted or not. @throws PortalError not-found */
export function planBySlug(db: Reader, slug: string) {
  return plansWithDecision(db)
    .leftJoin('theme', 'theme.id', 'body.theme_id')
    .select([
      'plan.vision',
      'plan.target_group',
      'plan.ambition',
      'plan.coordinated_by',
      'plan.responsible',
      'plan.follow_up',
      'plan.text_kind',
      'plan.provenance_id',
      'plan.recorded_at',
      'decision.title as decision_title',
      'theme.slug as theme_slug',
      'theme.name as theme_name',
    ])
    .where('plan.slug', '=', slug)
    .executeTakeFirstOrThrow(() => notFound(`plan ${slug}`))
}

/** When anything that the plan's page shows was last recorded: the plan, its activities, milestones, follow-up, decisions. */
export async function changedAt(db: Reader, planId: number): Promise<Date | null> {
  const newest = (table: 'activity' | 'milestone' | 'follow_up') =>
    db
      .selectFrom(table)
      .select((eb) => eb.fn.max('recorded_at').as('at'))
      .where('plan_id', '=', planId)
  const { at } = await db
    .selectFrom('plan')
    .select((eb) =>
      eb
        .fn<Date | null>('greatest', [
          'plan.recorded_at',
          newest('activity'),
          newest('milestone'),
          newest('follow_up'),
          eb
            .selectFrom('effect')
            .innerJoin('decision', 'decision.id', 'effect.decision_id')
            .select((of) => of.fn.max('decision.carried_out_at').as('at'))
            .where('effect.plan_id', '=', planId),
        ])
        .as('at'),
    )
    .where('plan.id', '=', planId)
    .executeTakeFirstOrThrow()
  return at
}

/** Decisions that revised the plan until the day, the newest first. */
export function revisionsOf(db: Reader, planId: number, day: Day) {
  return db
    .selectFrom('effect')
    .innerJoin('decision', 'decision.id', 'effect.decision_id')
    .select(['decision.slug', 'decision.title', 'decision.decided_on'])
    .where('effect.kind', '=', 'plan_revised')
    .where('effect.plan_id', '=', planId)
    .where('decision.state', '=', 'carried_out')
    .where('decision.decided_on', '<=', day)
    .orderBy('decision.decided_on', 'desc')
    .execute()
}

export function directionsOf(db: Reader, planId: number) {
  return db
    .selectFrom('strategic_direction')
    .select(['number', 'direction', 'provenance_id'])
    .where('plan_id', '=', planId)
    .orderBy('number')
    .execute()
}

/** The areas of a plan: improvement areas before ongoing ones. */
export function areasOf(db: Reader, planId: number) {
  return db
    .selectFrom('plan_area')
    .select(['id', 'kind', 'number', 'title', 'purpose', 'timeframe', 'organisation', 'provenance_id'])
    .where('plan_id', '=', planId)
    .orderBy('kind')
    .orderBy('number')
    .execute()
}

export function sectionsOf(db: Reader, planId: number) {
  return db
    .selectFrom('plan_section')
    .select(['area_id', 'heading', 'section_text', 'items', 'provenance_id'])
    .where('plan_id', '=', planId)
    .orderBy('position')
    .orderBy('id')
    .execute()
}

/** The activities that have been decided, those in force on the day and those that a revision has ended. */
export function activitiesOf(db: Reader, planId: number) {
  return db
    .selectFrom('activity')
    .innerJoin('effect', 'effect.id', 'activity.start_effect_id')
    .innerJoin('decision', 'decision.id', 'effect.decision_id')
    .leftJoin('effect as ending', 'ending.id', 'activity.end_effect_id')
    .leftJoin('decision as end_decision', 'end_decision.id', 'ending.decision_id')
    .select([
      'activity.id',
      'activity.area_id',
      'activity.number',
      'activity.activity_text',
      'activity.valid',
      'activity.provenance_id',
      'decision.slug as decision_slug',
      'decision.decided_on',
      'end_decision.slug as end_decision_slug',
      'end_decision.decided_on as ended_on',
    ])
    .where('activity.plan_id', '=', planId)
    .orderBy('activity.number')
    .orderBy('activity.valid')
    .execute()
}

/** Milestones with the number of the activity, which a revised activity keeps. */
export function milestonesOf(db: Reader, planId: number) {
  return db
    .selectFrom('milestone')
    .leftJoin('activity', 'activity.id', 'milestone.activity_id')
    .select([
      'milestone.id',
      'milestone.area_id',
      'activity.number as activity_number',
      'milestone.kind',
      'milestone.title',
      'milestone.due_on',
      'milestone.due_precision',
      'milestone.recurrence',
      'milestone.state',
      'milestone.done_on',
      'milestone.note',
      'milestone.moved_because',
      'milestone.version',
      'milestone.provenance_id',
    ])
    .where('milestone.plan_id', '=', planId)
    .orderBy(sql`milestone.due_on nulls last`)
    .orderBy('milestone.id')
    .execute()
}

/** Follow-up notes until the day, the newest first, with the agenda item where it was told. */
export function followUpsOf(db: Reader, planId: number, day: Day) {
  return (
    db
      .selectFrom('follow_up')
      .leftJoin('activity', 'activity.id', 'follow_up.activity_id')
      .leftJoin('agenda_item', 'agenda_item.id', 'follow_up.agenda_item_id')
      // The agenda of a meeting that is only planned is not public.
      .leftJoin('meeting', (join) =>
        join.onRef('meeting.id', '=', 'agenda_item.meeting_id').on('meeting.state', '!=', 'planned'),
      )
      .select([
        'follow_up.id',
        'follow_up.area_id',
        'activity.number as activity_number',
        'follow_up.noted_on',
        'follow_up.state',
        'follow_up.note',
        'follow_up.noted_by',
        'follow_up.provenance_id',
        'agenda_item.number as item_number',
        'meeting.slug as meeting_slug',
        'meeting.held_on as meeting_held_on',
      ])
      .where('follow_up.plan_id', '=', planId)
      .where('follow_up.noted_on', '<=', day)
      .orderBy('follow_up.noted_on', 'desc')
      .orderBy('follow_up.id', 'desc')
      .execute()
  )
}

/** What the plan and its parts depend on, and what depends on them, in other plans and elsewhere. */
export function linksOf(db: Reader, planId: number) {
  return (
    db
      .selectFrom('plan_link')
      .innerJoin('plan as from_plan', 'from_plan.id', 'plan_link.from_plan_id')
      .leftJoin('plan_area as from_area', 'from_area.id', 'plan_link.from_area_id')
      .leftJoin('activity as from_activity', 'from_activity.id', 'plan_link.from_activity_id')
      .leftJoin('plan as to_plan', 'to_plan.id', 'plan_link.to_plan_id')
      .leftJoin('plan_area as to_area', 'to_area.id', 'plan_link.to_area_id')
      .leftJoin('activity as to_activity', 'to_activity.id', 'plan_link.to_activity_id')
      .leftJoin('body', 'body.id', 'plan_link.to_body_id')
      .leftJoin('matter', 'matter.id', 'plan_link.to_matter_id')
      .leftJoin('agenda_item', 'agenda_item.id', 'plan_link.to_agenda_item_id')
      // The agenda of a meeting that is only planned is not public.
      .leftJoin('meeting', (join) =>
        join.onRef('meeting.id', '=', 'agenda_item.meeting_id').on('meeting.state', '!=', 'planned'),
      )
      .select([
        'plan_link.id',
        'plan_link.same_concern',
        'plan_link.how',
        'plan_link.provenance_id',
        'from_plan.id as from_plan_id',
        'from_plan.slug as from_slug',
        'from_plan.code as from_code',
        'from_plan.title as from_title',
        'from_area.kind as from_area_kind',
        'from_area.number as from_area_number',
        'from_area.title as from_area_title',
        'from_activity.number as from_activity_number',
        'from_activity.activity_text as from_activity_text',
        'to_plan.id as to_plan_id',
        'to_plan.slug as to_slug',
        'to_plan.code as to_code',
        'to_plan.title as to_title',
        'to_area.kind as to_area_kind',
        'to_area.number as to_area_number',
        'to_area.title as to_area_title',
        'to_activity.number as to_activity_number',
        'to_activity.activity_text as to_activity_text',
        'body.slug as body_slug',
        'body.name as body_name',
        'matter.slug as matter_slug',
        'matter.title as matter_title',
        'agenda_item.number as item_number',
        'agenda_item.title as item_title',
        'meeting.slug as meeting_slug',
        'meeting.held_on as meeting_held_on',
      ])
      .where((eb) => eb.or([eb('plan_link.from_plan_id', '=', planId), eb('plan_link.to_plan_id', '=', planId)]))
      .where((eb) => eb.or([eb('plan_link.to_agenda_item_id', 'is', null), eb('meeting.id', 'is not', null)]))
      .orderBy('plan_link.id')
      .execute()
  )
}

export type PlanLink = Awaited<ReturnType<typeof linksOf>>[number]

/** The documents that activities of the plan concern. */
export function documentsOf(db: Reader, planId: number) {
  return db
    .selectFrom('activity_document')
    .innerJoin('activity', 'activity.id', 'activity_document.activity_id')
    .innerJoin('document', 'document.id', 'activity_document.document_id')
    .select(['activity.number as activity_number', 'document.slug', 'document.title', 'activity_document.how'])
    .where('activity.plan_id', '=', planId)
    .orderBy('document.position')
    .execute()
}

/** The projects that activities of the plan concern. */
export function projectsOf(db: Reader, planId: number) {
  return db
    .selectFrom('project_activity')
    .innerJoin('activity', 'activity.id', 'project_activity.activity_id')
    .innerJoin('project', 'project.id', 'project_activity.project_id')
    .select(['activity.number as activity_number', 'project.slug', 'project.name'])
    .where('activity.plan_id', '=', planId)
    .orderBy('project.position')
    .execute()
}

/** The web addresses that areas and activities of the plan give. */
export function addressesOf(db: Reader, planId: number) {
  return db
    .selectFrom('link')
    .leftJoin('plan_area', 'plan_area.id', 'link.plan_area_id')
    .leftJoin('activity', 'activity.id', 'link.activity_id')
    .select(['link.label', 'link.url', 'link.plan_area_id as area_id', 'activity.number as activity_number'])
    .where((eb) => eb.or([eb('plan_area.plan_id', '=', planId), eb('activity.plan_id', '=', planId)]))
    .orderBy('link.position')
    .orderBy('link.id')
    .execute()
}
