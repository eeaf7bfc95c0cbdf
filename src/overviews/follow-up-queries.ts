import { sql } from 'kysely'
import type { ListedAssignment } from '../assignments/queries.ts'
import type { Reader } from '../db/database.ts'
import { holds } from '../db/ranges.ts'
import type { Day } from '../kernel/dates.ts'

/** SQL: the plan is followed up on the day: its period has not been over for a year. */
const followedUpOn = (day: Day) =>
  sql<boolean>`plan.period && daterange((${day}::date - interval '1 year')::date, null)`

/**
 * Every milestone of the plans in force on the day that are followed up, the earliest first.
 * @param state only those that have no outcome, or only those that are done; all when left out
 */
export function milestonesOn(db: Reader, day: Day, state?: 'open' | 'done') {
  return db
    .selectFrom('milestone')
    .innerJoin('plan', 'plan.id', 'milestone.plan_id')
    .innerJoin('body', 'body.id', 'plan.body_id')
    .leftJoin('plan_area', 'plan_area.id', 'milestone.area_id')
    .leftJoin('activity', 'activity.id', 'milestone.activity_id')
    .select([
      'milestone.id',
      'milestone.area_id',
      'milestone.kind',
      'milestone.title',
      'milestone.due_on',
      'milestone.due_precision',
      'milestone.recurrence',
      'milestone.state',
      'milestone.done_on',
      'milestone.note',
      'milestone.provenance_id',
      'plan.id as plan_id',
      'plan.slug as plan_slug',
      'plan.code as plan_code',
      'plan.title as plan_title',
      'body.slug as body_slug',
      'body.short_name as body_name',
      'plan_area.kind as area_kind',
      'plan_area.number as area_number',
      'plan_area.title as area_title',
      'activity.number as activity_number',
    ])
    .where(holds('plan.valid', day))
    .where(followedUpOn(day))
    .$if(state === 'open', (query) => query.where('milestone.state', '!=', sql.lit('done' as const)))
    .$if(state === 'done', (query) => query.where('milestone.state', '=', sql.lit('done' as const)))
    .orderBy('milestone.due_on')
    .orderBy('plan.position')
    .orderBy('milestone.id')
    .execute()
}

/**
 * Every area of the plans in force on the day that are followed up, with its activities that day, how many of those have been followed up,
 * and the newest follow-up of the area or of any activity in it.
 */
export function areasOn(db: Reader, day: Day) {
  return db
    .selectFrom('plan_area')
    .innerJoin('plan', 'plan.id', 'plan_area.plan_id')
    .innerJoin('body', 'body.id', 'plan.body_id')
    .innerJoin('effect', 'effect.id', 'plan.adopted_effect_id')
    .innerJoin('decision', 'decision.id', 'effect.decision_id')
    .select((eb) => [
      'plan_area.id',
      'plan_area.kind',
      'plan_area.number',
      'plan_area.title',
      'plan.id as plan_id',
      'plan.slug as plan_slug',
      'plan.code as plan_code',
      'plan.title as plan_title',
      'decision.decided_on',
      'body.slug as body_slug',
      'body.short_name as body_name',
      eb
        .selectFrom('activity')
        .select((of) => of.fn.countAll<number>().as('count'))
        .whereRef('activity.area_id', '=', 'plan_area.id')
        .where(holds('activity.valid', day))
        .$asScalar()
        .$notNull()
        .as('activities'),
      eb
        .selectFrom('activity')
        .select((of) => of.fn.countAll<number>().as('count'))
        .whereRef('activity.area_id', '=', 'plan_area.id')
        .where(holds('activity.valid', day))
        .where((of) =>
          of.exists(
            of
              .selectFrom('follow_up')
              .innerJoin('activity as noted', 'noted.id', 'follow_up.activity_id')
              .select('follow_up.id')
              .whereRef('noted.plan_id', '=', 'activity.plan_id')
              .whereRef('noted.number', '=', 'activity.number')
              .where('follow_up.noted_on', '<=', day),
          ),
        )
        .$asScalar()
        .$notNull()
        .as('followed_activities'),
      // Two questions, since no index answers one that is about either of two tables.
      eb
        .fn<string | null>('greatest', [
          eb
            .selectFrom('follow_up')
            .select((of) => of.fn.max('follow_up.noted_on').as('last'))
            .whereRef('follow_up.area_id', '=', 'plan_area.id')
            .where('follow_up.noted_on', '<=', day),
          eb
            .selectFrom('activity as noted')
            .innerJoin('follow_up', 'follow_up.activity_id', 'noted.id')
            .select((of) => of.fn.max('follow_up.noted_on').as('last'))
            .whereRef('noted.area_id', '=', 'plan_area.id')
            .where('follow_up.noted_on', '<=', day),
        ])
        .as('followed_up_on'),
    ])
    .where(holds('plan.valid', day))
    .where(followedUpOn(day))
    .orderBy('plan.position')
    .orderBy('plan.id')
    .orderBy('plan_area.kind')
    .orderBy('plan_area.number')
    .execute()
}

/** Projects whose funding has an end. */
export function endingFunding(db: Reader) {
  return db
    .selectFrom('project')
    .leftJoin('body', 'body.id', 'project.body_id')
    .select([
      'project.slug',
      'project.name',
      'project.funding_ends_on',
      'project.funding_ends_precision',
      'project.afterwards',
      'body.slug as body_slug',
      'body.short_name as body_name',
    ])
    .where('project.funding_ends_on', 'is not', null)
    .orderBy('project.funding_ends_on')
    .orderBy('project.position')
    .execute()
}

/** What is told of an assignment among dates: not where it comes from. */
export type DatedAssignmentRow = Pick<
  ListedAssignment,
  | 'id'
  | 'task'
  | 'state'
  | 'due_on'
  | 'due_precision'
  | 'due_text'
  | 'reported_on'
  | 'area_id'
  | 'activity_number'
  | 'assignee_text'
  | 'person_name'
  | 'person_slug'
  | 'no_page_because'
  | 'body_name'
  | 'body_short_name'
  | 'body_slug'
  | 'organisation_name'
  | 'organisation_short_name'
  | 'is_party'
>

/** Every assignment with a date that is still to be done, the earliest first. */
export function openAssignments(db: Reader): Promise<DatedAssignmentRow[]> {
  return db
    .selectFrom('assignment')
    .leftJoin('person', 'person.id', 'assignment.assignee_person_id')
    .leftJoin('body', 'body.id', 'assignment.assignee_body_id')
    .leftJoin('organisation', 'organisation.id', 'assignment.assignee_organisation_id')
    .leftJoin('activity', 'activity.id', 'assignment.activity_id')
    .select([
      'assignment.id',
      'assignment.task',
      'assignment.state',
      'assignment.due_on',
      'assignment.due_precision',
      'assignment.due_text',
      'assignment.reported_on',
      'assignment.area_id',
      'activity.number as activity_number',
      'assignment.assignee_text',
      'person.name as person_name',
      'person.slug as person_slug',
      'person.no_page_because',
      'body.name as body_name',
      'body.short_name as body_short_name',
      'body.slug as body_slug',
      'organisation.name as organisation_name',
      'organisation.short_name as organisation_short_name',
      'organisation.is_party',
    ])
    .where('assignment.state', '=', sql.lit('open' as const))
    .where('assignment.due_on', 'is not', null)
    .orderBy('assignment.due_on')
    .orderBy('assignment.position')
    .orderBy('assignment.id')
    .execute()
}
