import { type ExpressionBuilder, sql } from 'kysely'
import { bodyCalled, type ListedAssignment, type Stretch } from '../assignments/queries.ts'
import type { Database, Reader } from '../db/database.ts'
import { fixed } from '../db/fixed.ts'
import { holds } from '../db/ranges.ts'
import type { Day } from '../kernel/dates.ts'

/**
 * SQL: the plan is in force on the day and followed up: its period has not been over for a year. Of those few it is asked
 * whether they are in force: the index of that would first tell of every plan that ever was and has not been repealed.
 */
const followedUpOn = (day: Day) =>
  sql<boolean>`(plan.period && daterange((${day}::date - interval '1 year')::date, null)
    and coalesce(${holds('plan.valid', day)}, false))`

type MilestoneFilter = {
  /** Slug of the body whose plans; all when left out. */
  body?: string | null
  /** Only those whose date is before the day; all when left out. */
  before?: Day | null
}

/** What of a milestone says where it stands, and what it is told together with. */
export type MilestoneMarkRow = Pick<
  MilestoneRow,
  'id' | 'area_id' | 'kind' | 'due_on' | 'due_precision' | 'state' | 'done_on' | 'body_slug'
>

/** Every milestone without an outcome of the plans in force on the day that are followed up, the earliest first. */
export const openMilestonesOn = fixed((db, day: Day) =>
  withWords(ofPlansOn(db, day, {}).where('milestone.state', '!=', sql.lit('done' as const))),
)

/**
 * The milestones of those plans that have no outcome on the day, and those that others may be told together with, without
 * their words.
 */
export function milestoneMarksOn(db: Reader, day: Day, filter: MilestoneFilter): Promise<MilestoneMarkRow[]> {
  return milestoneMarks(db, day, filter).where(isUnsettledOn(day)).execute()
}

/** The same of all bodies, whatever their date. */
export const unsettledMilestoneMarksOn = fixed((db, day: Day) => milestoneMarks(db, day, {}).where(isUnsettledOn(day)))

/**
 * The other milestones of those plans: those that were done by the day and are told alone, so many of the last, in order,
 * and how many there are in all.
 */
export async function settledMilestoneMarksOn(db: Reader, day: Day, body: string | null, most: number) {
  const last = await milestoneMarks(db, day, { body }, 'desc')
    .select(sql<number>`count(*) over ()::integer`.as('total'))
    .where((eb) => eb.not(isUnsettledOn(day)(eb)))
    // To count them all are read anyhow, so that the planner need not know how many are asked for.
    .limit(most)
    .execute()
  return { last: last.reverse(), total: last[0]?.total ?? 0 }
}

const isUnsettledOn = (day: Day) => (eb: ExpressionBuilder<Database, 'milestone'>) =>
  eb.or([
    eb('milestone.state', '!=', sql.lit('done' as const)),
    eb('milestone.done_on', 'is', null),
    eb('milestone.done_on', '>', day),
    eb('milestone.area_id', 'is not', null),
    eb('milestone.kind', 'in', [sql.lit('period_end' as const), sql.lit('funding_ends' as const)]),
  ])

function milestoneMarks(db: Reader, day: Day, filter: MilestoneFilter, order?: 'desc') {
  return ofPlansOn(db, day, filter, order).select([
    'milestone.id',
    'milestone.area_id',
    'milestone.kind',
    'milestone.due_on',
    'milestone.due_precision',
    'milestone.state',
    'milestone.done_on',
    'body.slug as body_slug',
  ])
}

/** The milestones, in any order. */
export async function milestonesWith(db: Reader, ids: readonly number[]): Promise<MilestoneRow[]> {
  return ids.length === 0 ? [] : await milestonesNumbered(db, ids)
}

const milestonesNumbered = fixed((db, ids: readonly number[]) =>
  withWords(milestonesOfBodies(db)).where(sql<boolean>`milestone.id = any(${ids}::bigint[])`),
)

type MilestoneRow = Awaited<ReturnType<typeof openMilestonesOn>>[number]

function milestonesOfBodies(db: Reader) {
  return db
    .selectFrom('milestone')
    .innerJoin('plan', 'plan.id', 'milestone.plan_id')
    .innerJoin('body', 'body.id', 'plan.body_id')
}

function ofPlansOn(db: Reader, day: Day, { body = null, before = null }: MilestoneFilter, order?: 'desc') {
  return milestonesOfBodies(db)
    .where(followedUpOn(day))
    .$if(body !== null, (query) => query.where('plan.body_id', '=', bodyCalled(body as string)))
    .$if(before !== null, (query) => query.where('milestone.due_on', '<', before as Day))
    .orderBy('milestone.due_on', order)
    .orderBy('plan.position', order)
    .orderBy('milestone.id', order)
}

function withWords(milestones: ReturnType<typeof milestonesOfBodies>) {
  return milestones
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
}

/**
 * Every area of the first plans in force on the day that are followed up, and the newest follow-up of the area or of any
 * activity in it. The plans are asked for first: the planner cannot know how few of all plans those are.
 * @param most so many plans of those that have areas
 */
export async function areasOn(db: Reader, day: Day, most: number) {
  const plans = await decidedPlans(db)
    .where('plan.id', 'in', (of) =>
      of
        .selectFrom('plan')
        .select('plan.id')
        .where(followedUpOn(day))
        .where((eb) =>
          eb.exists(eb.selectFrom('plan_area').select('plan_area.id').whereRef('plan_area.plan_id', '=', 'plan.id')),
        )
        .orderBy('plan.position')
        .orderBy('plan.id')
        .limit(sql.lit(most)),
    )
    .execute()
  const ids = plans.map(({ plan_id }) => plan_id)
  const [areas, followed] = await Promise.all([
    db
      .selectFrom('plan_area')
      .select(['id', 'plan_id', 'kind', 'number', 'title'])
      .where(sql<boolean>`plan_id = any(${ids}::bigint[])`)
      .orderBy('kind')
      .orderBy('number')
      .execute(),
    db
      .selectFrom('follow_up')
      .leftJoin('activity', 'activity.id', 'follow_up.activity_id')
      .select((eb) => [
        eb.fn.coalesce('activity.area_id', 'follow_up.area_id').as('area_id'),
        eb.fn.max('follow_up.noted_on').as('on'),
      ])
      .where(sql<boolean>`follow_up.plan_id = any(${ids}::bigint[])`)
      .where('follow_up.noted_on', '<=', day)
      .groupBy((eb) => eb.fn.coalesce('activity.area_id', 'follow_up.area_id'))
      .execute(),
  ])
  const areasOf = Map.groupBy(areas, ({ plan_id }) => plan_id)
  const newest = new Map(followed.map(({ area_id, on }) => [area_id, on]))
  return plans.flatMap((plan) =>
    (areasOf.get(plan.plan_id) ?? []).map((area) => ({
      ...plan,
      ...area,
      followed_up_on: newest.get(area.id) ?? null,
    })),
  )
}

/**
 * The areas of the plans in force on the day that are followed up, where nothing has been: so many, from so far down.
 * @param body slug of the body whose plans; null: of all
 */
export async function unfollowedAreasOn(db: Reader, day: Day, body: string | null, { limit, offset }: Stretch) {
  // Where their plans were decided is looked up of those that are told, not of all.
  const shown = db
    .selectFrom('plan')
    .innerJoin('plan_area', 'plan_area.plan_id', 'plan.id')
    .leftJoin('followed_area as followed', (join) =>
      join.onRef('followed.area_id', '=', 'plan_area.id').on('followed.since', '<=', day),
    )
    .select('plan_area.id')
    .where(followedUpOn(day))
    .$if(body !== null, (query) => query.where('plan.body_id', '=', bodyCalled(body as string)))
    .where('followed.area_id', 'is', null)
    .orderBy('plan.position')
    .orderBy('plan.id')
    .orderBy('plan_area.kind')
    .orderBy('plan_area.number')
    .limit(sql.lit(limit))
    .offset(offset)
  return await decidedPlans(db)
    .innerJoin('plan_area', 'plan_area.plan_id', 'plan.id')
    .select(['plan_area.id', 'plan_area.kind', 'plan_area.number', 'plan_area.title'])
    .where('plan_area.id', 'in', shown)
    .orderBy('plan_area.kind')
    .orderBy('plan_area.number')
    .execute()
}

/** How many areas the plans in force on the day that are followed up have, how many plans those are, and how many areas have no follow-up. */
export async function countAreasOn(db: Reader, day: Day, body: string | null) {
  const { followed, ...counts } = await db
    .selectFrom('plan_area')
    .select((eb) => [
      eb.fn.countAll<number>().as('areas'),
      eb.fn.count<number>('plan_area.plan_id').distinct().as('plans'),
      eb
        .selectFrom('followed_area')
        .select((of) => of.fn.countAll<number>().as('areas'))
        .where(isOfPlansOn(db, 'followed_area.plan_id', day, body))
        .where('followed_area.since', '<=', day)
        .as('followed'),
    ])
    .where(isOfPlansOn(db, 'plan_area.plan_id', day, body))
    .executeTakeFirstOrThrow()
  return { ...counts, unfollowed: counts.areas - (followed ?? 0) }
}

/** Plans, with whose they are and when they were decided, in their order. */
const decidedPlans = (db: Reader) =>
  db
    .selectFrom('plan')
    .innerJoin('body', 'body.id', 'plan.body_id')
    .innerJoin('effect', 'effect.id', 'plan.adopted_effect_id')
    .innerJoin('decision', 'decision.id', 'effect.decision_id')
    .select([
      'plan.id as plan_id',
      'plan.slug as plan_slug',
      'plan.code as plan_code',
      'plan.title as plan_title',
      'decision.decided_on',
      'body.slug as body_slug',
      'body.short_name as body_name',
    ])
    .orderBy('plan.position')
    .orderBy('plan.id')

/** SQL: the plan is one of those. As a list, found once, so that what is asked for is looked up plan by plan. */
function isOfPlansOn(db: Reader, column: string, day: Day, body: string | null) {
  const plans = db
    .selectFrom('plan')
    .select('plan.id')
    .where(followedUpOn(day))
    .$if(body !== null, (query) => query.where('plan.body_id', '=', bodyCalled(body as string)))
  return sql<boolean>`${sql.ref(column)} = any(array(${plans}))`
}

/** How many activities the areas have on the day, and how many of those have been followed up. */
export async function activityCounts(db: Reader, day: Day, areas: readonly number[]) {
  const rows =
    areas.length === 0
      ? []
      : await db
          .selectFrom('activity')
          .select((eb) => [
            'activity.area_id',
            eb.fn.countAll<number>().as('activities'),
            eb.fn
              .countAll<number>()
              .filterWhere((of) =>
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
              .as('followed'),
          ])
          .where(sql<boolean>`activity.area_id = any(${areas}::bigint[])`)
          // Asked of the areas' own few: the index of days would first tell of every activity in the county that holds.
          .where(sql<boolean>`coalesce(${holds('activity.valid', day)}, false)`)
          .groupBy('activity.area_id')
          .execute()
  return new Map(rows.map(({ area_id, ...counts }) => [area_id, counts]))
}

/** Projects whose funding has an end. */
export const endingFunding = fixed((db) =>
  db
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
    .orderBy('project.position'),
)

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
  | 'organisation_slug'
  | 'organisation_short_name'
  | 'is_party'
> & { activity_id: number | null }

/** What of an assignment says where it stands, and what it is told together with. */
export type AssignmentMarkRow = Pick<
  DatedAssignmentRow,
  'id' | 'state' | 'due_on' | 'due_precision' | 'reported_on' | 'area_id' | 'activity_id'
>

type OpenFilter = {
  /** Slug of the body that they were given to; all when left out. */
  body?: string | null
  /** Those without a date as well, last. */
  undated?: boolean
  /** Only those whose date is before the day; all when left out. */
  before?: Day | null
  /** Beside those before the day those of areas of plans, whatever their date. */
  orOfAreas?: boolean
}

/** Every assignment with a date that is still to be done, the earliest first, without its words. */
export const datedAssignmentMarks = fixed((db) => openOnes(db, {}).select(assignmentMark))

/**
 * The assignments of bodies, and those of the organisations, that are still to be done: the earliest first, those without
 * a date last, whose each is, without its words.
 */
export const openAssignmentsOf = fixed((db, organisations: readonly number[]) =>
  openOnes(db, { undated: true })
    .leftJoin('body', 'body.id', 'assignment.assignee_body_id')
    .select([...assignmentMark, 'body.slug as body_slug'])
    .where((eb) =>
      eb.or([
        eb('assignment.assignee_body_id', 'is not', null),
        sql<boolean>`assignment.assignee_organisation_id = any(${organisations}::bigint[])`,
      ]),
    ),
)

/** Those with a date that are still to be done, without their words. */
export function openAssignmentMarks(db: Reader, filter: OpenFilter): Promise<AssignmentMarkRow[]> {
  return openOnes(db, filter).select(assignmentMark).execute()
}

/**
 * Of the newest assignments that are done with, without their words: of those that were done by the day and are told alone so
 * many of the last, and all the others. In order, and how many the newest are in all.
 * @param newest how many are looked through
 */
export async function closedAssignmentMarks(db: Reader, day: Day, body: string | null, newest: number, most: number) {
  const closed = givenTo(db, body)
    .select(assignmentMark)
    .where('assignment.state', '!=', sql.lit('open' as const))
    .orderBy('assignment.due_on', 'desc')
    .orderBy('assignment.id', 'desc')
    // As a number in the statement: without knowing it the planner would plan it anew each time.
    .limit(sql.lit(newest))
  const isAlone = sql<boolean>`(area_id is null and coalesce(reported_on <= ${day}::date, true))`
  const placed = db
    .selectFrom(closed.as('closed'))
    .selectAll()
    .select([
      isAlone.as('alone'),
      sql<number>`row_number() over (partition by ${isAlone} order by due_on desc, id desc)::integer`.as('place'),
      sql<number>`count(*) over ()::integer`.as('total'),
    ])
  const last = await db
    .selectFrom(placed.as('placed'))
    .selectAll()
    .where((eb) => eb.or([eb('place', '<=', most), eb.not(eb.ref('alone'))]))
    .orderBy('due_on')
    .orderBy('id')
    .execute()
  return { last, total: last[0]?.total ?? 0 }
}

/** The assignments, in any order. */
export async function assignmentsWith(db: Reader, ids: readonly number[]): Promise<DatedAssignmentRow[]> {
  return ids.length === 0 ? [] : await assignmentsNumbered(db, ids)
}

const assignmentsNumbered = fixed((db, ids: readonly number[]) =>
  withAssignees(givenTo(db, null)).where(sql<boolean>`assignment.id = any(${ids}::bigint[])`),
)

/** The bodies that have been given anything to do, or have plans in force on the day that are followed up. */
export function bodiesToFollowUp(db: Reader, day: Day) {
  return db
    .selectFrom('body')
    .select(['slug', 'short_name'])
    .where((eb) =>
      eb.or([
        eb.exists(
          eb.selectFrom('assignment').select('assignment.id').whereRef('assignment.assignee_body_id', '=', 'body.id'),
        ),
        eb.exists(
          eb
            .selectFrom('plan')
            .innerJoin('plan_area', 'plan_area.plan_id', 'plan.id')
            .select('plan.id')
            .whereRef('plan.body_id', '=', 'body.id')
            .where(followedUpOn(day)),
        ),
      ]),
    )
    .execute()
}

const assignmentMark = [
  'assignment.id',
  'assignment.state',
  'assignment.due_on',
  'assignment.due_precision',
  'assignment.reported_on',
  'assignment.area_id',
  'assignment.activity_id',
] as const

/** Assignments, of all or of the body that they were given to. */
function givenTo(db: Reader, body: string | null) {
  return db
    .selectFrom('assignment')
    .$if(body !== null, (query) => query.where('assignment.assignee_body_id', '=', bodyCalled(body as string)))
}

function openOnes(db: Reader, { body = null, undated = false, before = null, orOfAreas = false }: OpenFilter) {
  return givenTo(db, body)
    .where('assignment.state', '=', sql.lit('open' as const))
    .$if(!undated, (query) => query.where('assignment.due_on', 'is not', null))
    .$if(before !== null, (query) =>
      query.where((eb) => {
        const isBefore = eb('assignment.due_on', '<', before as Day)
        return orOfAreas ? eb.or([isBefore, eb('assignment.area_id', 'is not', null)]) : isBefore
      }),
    )
    .orderBy('assignment.due_on')
    .orderBy('assignment.position')
    .orderBy('assignment.id')
}

function withAssignees(assignments: ReturnType<typeof givenTo>) {
  return assignments
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('person')
          .select(['person.name', 'person.slug', 'person.no_page_because'])
          .whereRef('person.id', '=', 'assignment.assignee_person_id')
          // Looked up one by one: few assignments have a person, and to join them would read all there are.
          .offset(0)
          .as('person'),
      (join) => join.onTrue(),
    )
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
      'assignment.activity_id',
      'activity.number as activity_number',
      'assignment.assignee_text',
      'person.name as person_name',
      'person.slug as person_slug',
      'person.no_page_because',
      'body.name as body_name',
      'body.short_name as body_short_name',
      'body.slug as body_slug',
      'organisation.name as organisation_name',
      'organisation.slug as organisation_slug',
      'organisation.short_name as organisation_short_name',
      'organisation.is_party',
    ])
}
