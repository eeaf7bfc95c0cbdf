import { sql } from 'kysely'
import { registered } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import { fixedBy } from '../db/fixed.ts'

/** What assignments may be narrowed to. Every part may be left out. */
export type AssignmentFilter = {
  matter?: number
  /** Only what is still to be done, or only what is done with. */
  state?: 'open' | 'closed'
  /** Slug of the body that they were given to. */
  body?: string
} & Partial<Stretch>

/** A part of a list: so many rows from so far down. */
export type Stretch = { limit: number; offset: number }

/**
 * Assignments with whom they were given to and where they come from: dated ones first, by date. What is done with grows
 * every year, so whoever asks for it takes a stretch, the newest first.
 */
export const listAssignments = fixedBy(
  (db, { matter, state, body, limit, offset }: AssignmentFilter) =>
    db
      .selectFrom('assignment')
      .leftJoin('person', 'person.id', 'assignment.assignee_person_id')
      .leftJoin('body', 'body.id', 'assignment.assignee_body_id')
      .leftJoin('organisation', 'organisation.id', 'assignment.assignee_organisation_id')
      .leftJoin('agenda_item', 'agenda_item.id', 'assignment.agenda_item_id')
      // The agenda of a meeting that is only planned is not public.
      .leftJoin('meeting', (join) =>
        join.onRef('meeting.id', '=', 'agenda_item.meeting_id').on('meeting.state', '!=', 'planned'),
      )
      .leftJoin('plan', 'plan.id', 'assignment.plan_id')
      .leftJoin('plan_area', 'plan_area.id', 'assignment.area_id')
      .leftJoin('activity', 'activity.id', 'assignment.activity_id')
      .leftJoin('matter', 'matter.id', 'assignment.matter_id')
      .leftJoin('effect', 'effect.id', 'assignment.effect_id')
      .leftJoin('decision', 'decision.id', 'effect.decision_id')
      .select([
        'assignment.id',
        'assignment.slug',
        'assignment.task',
        'assignment.assignee_text',
        'assignment.due_on',
        'assignment.due_precision',
        'assignment.due_text',
        'assignment.state',
        'assignment.reported_on',
        'assignment.progress',
        'assignment.area_id',
        'assignment.matter_id',
        'assignment.provenance_id',
        'person.name as person_name',
        'person.slug as person_slug',
        'person.no_page_because',
        'body.name as body_name',
        'body.short_name as body_short_name',
        'body.slug as body_slug',
        'body.id as body_id',
        'organisation.name as organisation_name',
        'organisation.slug as organisation_slug',
        'organisation.short_name as organisation_short_name',
        'organisation.is_party',
        'agenda_item.number as item_number',
        'agenda_item.title as item_title',
        'meeting.slug as meeting_slug',
        'meeting.held_on',
        'meeting.body_id as meeting_body_id',
        'plan.slug as plan_slug',
        'plan.code as plan_code',
        'plan_area.kind as area_kind',
        'plan_area.number as area_number',
        'activity.number as activity_number',
        'matter.slug as matter_slug',
        'matter.title as matter_title',
        'decision.slug as decision_slug',
        'decision.decided_on',
      ])
      .$if(matter !== undefined, (query) => query.where('assignment.matter_id', '=', matter as number))
      // By the body's number: found by its name, it would be looked for among all there are in their order.
      .$if(body !== undefined, (query) => query.where('assignment.assignee_body_id', '=', bodyCalled(body as string)))
      .$if(state === 'open', (query) => query.where('assignment.state', '=', sql.lit('open' as const)))
      .$if(state === 'closed', (query) => query.where('assignment.state', '!=', sql.lit('open' as const)))
      .$if(state === 'closed', (query) => query.orderBy('assignment.due_on', 'desc').orderBy('assignment.id', 'desc'))
      .$if(state !== 'closed', (query) =>
        query.orderBy(sql`assignment.due_on nulls last`).orderBy('assignment.position').orderBy('assignment.id'),
      )
      // As a number in the statement, so that the planner knows how few are asked for.
      .$if(limit !== undefined, (query) => query.limit(sql.lit(limit as number)))
      .$if(offset !== undefined, (query) => query.offset(offset as number)),
  'state',
  'limit',
)

export type ListedAssignment = Awaited<ReturnType<typeof listAssignments>>[number]

/**
 * How many assignments are still to be done, and how many are done with: of all, or of those of a body. Not for use inside a
 * change: what is kept of all is brought up to date when it commits.
 */
export async function countAssignments(db: Reader, body?: string): Promise<{ open: number; closed: number }> {
  if (body === undefined) {
    // What is done with is never counted one by one: there is more of it each year.
    const { open, all } = await db
      .selectFrom('assignment')
      .select((eb) => [eb.fn.countAll<number>().as('open'), registered('assignment').as('all')])
      .where('state', '=', sql.lit('open' as const))
      .executeTakeFirstOrThrow()
    return { open, closed: all - open }
  }
  return await db
    .selectFrom('assignment')
    .select((eb) => [
      eb.fn
        .countAll<number>()
        .filterWhere('state', '=', sql.lit('open' as const))
        .as('open'),
      eb.fn
        .countAll<number>()
        .filterWhere('state', '!=', sql.lit('open' as const))
        .as('closed'),
    ])
    .where('assignee_body_id', '=', bodyCalled(body))
    .executeTakeFirstOrThrow()
}

/** How many assignments the list of them shows at a time. */
export const assignmentsPerPage = 20

/**
 * How many assignments stand before it in the list of all of them: what is still to be done first, by date, then what is
 * done with, the newest first, as {@link listAssignments} has them. Null: there is no such assignment.
 */
export async function placeOfAssignment(db: Reader, slug: string): Promise<number | null> {
  const on = (table: string) => sql`coalesce(${sql.ref(`${table}.due_on`)}, 'infinity')`
  const row = await db
    .selectFrom('assignment as one')
    .select(
      sql<number>`(select count(*) from assignment other where other.state = 'open' and (one.state <> 'open'
          or (${on('other')}, other.position, other.id) < (${on('one')}, one.position, one.id)))
        + (select count(*) from assignment other where other.state <> 'open' and one.state <> 'open'
          and (${on('other')}, other.id) > (${on('one')}, one.id))`.as('before'),
    )
    .where('one.slug', '=', slug as never)
    .executeTakeFirst()
  return row?.before ?? null
}

/** SQL: the body's number. */
export const bodyCalled = (slug: string) => sql<number>`(select id from body where slug = ${slug})`
