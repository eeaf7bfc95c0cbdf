import { sql } from 'kysely'
import { registered } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import { notFound } from '../kernel/errors.ts'

export type MeetingFilter = { year?: number | null; body?: string | null }

/** SQL: the public may know of the meeting. Every other state is public, and an index holds these meetings in their order. */
const isPublic = sql<boolean>`meeting.state <> 'planned'`

function publicMeetings(db: Reader) {
  return db.selectFrom('meeting').innerJoin('body', 'body.id', 'meeting.body_id').where(isPublic)
}

function filtered(db: Reader, { year, body }: MeetingFilter) {
  // Without the body, whose name nobody filters by: an index alone answers how many there are.
  return db
    .selectFrom('meeting')
    .where(isPublic)
    .$if(Boolean(year), (query) =>
      query.where('meeting.held_on', '>=', `${year}-01-01`).where('meeting.held_on', '<', `${Number(year) + 1}-01-01`),
    )
    .$if(Boolean(body), (query) =>
      query.where('meeting.body_id', '=', (eb) =>
        eb
          .selectFrom('body')
          .select('id')
          .where('slug', '=', body as never),
      ),
    )
}

/** From which row a page of the list is far from its beginning. */
const farDown = 100

/**
 * Meetings that the public may know of, newest first.
 * @param total how many the filter leaves; awaited only for a far page
 */
export async function listMeetings(
  db: Reader,
  filter: MeetingFilter,
  limit: number,
  offset: number,
  total: Promise<number>,
) {
  // Every row before the page is passed by on the way to it, so a far page is sought from the nearer end.
  const after = offset < farDown ? Number.POSITIVE_INFINITY : (await total) - offset - limit
  const [order, passed, most] =
    after < offset
      ? (['asc', Math.max(0, after), Math.max(0, limit + Math.min(0, after))] as const)
      : (['desc', offset, limit] as const)
  // Rows that are passed by are not looked up.
  const page = filtered(db, filter)
    .select('meeting.id')
    .orderBy('meeting.held_on', order)
    .orderBy('meeting.id', order)
    .limit(most)
    .offset(passed)
  return await publicMeetings(db)
    .where('meeting.id', 'in', page)
    .select((eb) => [
      'meeting.id',
      'meeting.slug',
      'meeting.title',
      'meeting.held_on',
      'meeting.state',
      'body.name as body_name',
      'body.slug as body_slug',
      eb
        .selectFrom('agenda_item')
        .whereRef('agenda_item.meeting_id', '=', 'meeting.id')
        .where('agenda_item.parent_id', 'is', null)
        .select((count) => count.fn.countAll<number>().as('count'))
        .as('items'),
      eb
        .selectFrom('decision')
        .whereRef('decision.meeting_id', '=', 'meeting.id')
        .where('decision.kind', '=', 'decision')
        .where('decision.state', '=', 'carried_out')
        .select((count) => count.fn.countAll<number>().as('count'))
        .as('decisions'),
    ])
    .orderBy('meeting.held_on', 'desc')
    .orderBy('meeting.id', 'desc')
    .execute()
}

/** How many meetings the filter leaves: of all of them there is a count already, and few are planned alone. */
export async function countMeetings(db: Reader, filter: MeetingFilter): Promise<number> {
  if (!filter.year && !filter.body) {
    const { planned, all } = await db
      .selectFrom('meeting')
      .where('state', '=', 'planned')
      .select((eb) => [eb.fn.countAll<number>().as('planned'), registered('meeting').as('all')])
      .executeTakeFirstOrThrow()
    return all - planned
  }
  const { count } = await filtered(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/**
 * The years and bodies that there are public meetings for. Each is looked for by itself, so that it takes as long however
 * many meetings there are.
 */
export async function meetingFacets(db: Reader) {
  const first = sql`(select extract(year from min(held_on))::int from meeting)`
  const last = sql`(select extract(year from max(held_on))::int from meeting)`
  const [years, bodies] = await Promise.all([
    db
      .selectFrom(sql<{ year: number }>`generate_series(${first}, ${last})`.as<'span'>(sql`span(year)`))
      .select('span.year')
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom('meeting')
            .select('meeting.id')
            .where(isPublic)
            .where('meeting.held_on', '>=', sql<string>`make_date(span.year, 1, 1)`)
            .where('meeting.held_on', '<', sql<string>`make_date(span.year + 1, 1, 1)`),
        ),
      )
      .orderBy('span.year', 'desc')
      .execute(),
    db
      .selectFrom('body')
      .select(['body.slug', 'body.name'])
      .where((eb) =>
        eb.exists(
          eb.selectFrom('meeting').select('meeting.id').whereRef('meeting.body_id', '=', 'body.id').where(isPublic),
        ),
      )
      .execute(),
  ])
  return { years: years.map(({ year }) => year), bodies }
}

/** Dates of decisions of known bodies whose meeting is not known, as entries beside the meetings. */
export function decisionDatesWithoutMeeting(db: Reader, { year, body }: MeetingFilter) {
  return db
    .selectFrom('decision')
    .innerJoin('body', 'body.id', 'decision.body_id')
    .select((eb) => ['decision.decided_on', 'body.name as body_name', eb.fn.countAll<number>().as('count')])
    .where('decision.meeting_id', 'is', null)
    .where('decision.state', '=', 'carried_out')
    .where('decision.kind', '=', 'decision')
    .$if(Boolean(year), (query) =>
      query
        .where('decision.decided_on', '>=', `${year}-01-01`)
        .where('decision.decided_on', '<', `${Number(year) + 1}-01-01`),
    )
    .$if(Boolean(body), (query) => query.where('body.slug', '=', body as never))
    .groupBy(['decision.decided_on', 'body.name'])
    .orderBy('decision.decided_on', 'desc')
    .execute()
}

/** One meeting that the public may know of. @throws PortalError not-found */
export function meetingBySlug(db: Reader, slug: string) {
  return publicMeetings(db)
    .selectAll('meeting')
    .select(['body.name as body_name', 'body.slug as body_slug', 'body.short_name as body_short_name'])
    .where('meeting.slug', '=', slug)
    .executeTakeFirstOrThrow(() => notFound(`meeting ${slug}`))
}

/** The public meetings of the same body before and after. */
export async function neighbourMeetings(db: Reader, meeting: { id: number; body_id: number; held_on: string }) {
  const same = publicMeetings(db)
    .select(['meeting.slug', 'meeting.title', 'meeting.held_on'])
    .where('meeting.body_id', '=', meeting.body_id)
    .where('meeting.id', '!=', meeting.id)
  const [previous, next] = await Promise.all([
    same.where('meeting.held_on', '<=', meeting.held_on).orderBy('meeting.held_on', 'desc').limit(1).executeTakeFirst(),
    same.where('meeting.held_on', '>', meeting.held_on).orderBy('meeting.held_on').limit(1).executeTakeFirst(),
  ])
  return { previous, next }
}

/** The agenda, sub-items after their item. */
export function agendaOf(db: Reader, meetingId: number) {
  return db
    .selectFrom('agenda_item')
    .leftJoin('agenda_item as parent', 'parent.id', 'agenda_item.parent_id')
    .selectAll('agenda_item')
    .select('parent.title as parent_title')
    .where('agenda_item.meeting_id', '=', meetingId)
    .orderBy('agenda_item.position')
    .execute()
}

export function presentersOf(db: Reader, meetingId: number) {
  return db
    .selectFrom('agenda_item_presenter as presenter')
    .innerJoin('agenda_item', 'agenda_item.id', 'presenter.agenda_item_id')
    .leftJoin('person', 'person.id', 'presenter.person_id')
    .leftJoin('organisation', 'organisation.id', 'presenter.organisation_id')
    .select([
      'presenter.agenda_item_id',
      'presenter.presenter_text',
      'presenter.title',
      'person.name',
      'person.slug',
      'person.no_page_because',
      'organisation.name as organisation_name',
    ])
    .where('agenda_item.meeting_id', '=', meetingId)
    .orderBy('agenda_item.position')
    .orderBy('presenter.position')
    .execute()
}

export function linksOf(db: Reader, meetingId: number) {
  return db
    .selectFrom('link')
    .innerJoin('agenda_item', 'agenda_item.id', 'link.agenda_item_id')
    .select(['link.agenda_item_id', 'link.label', 'link.url'])
    .where('agenda_item.meeting_id', '=', meetingId)
    .orderBy('link.position')
    .execute()
}

export function mattersOf(db: Reader, meetingId: number) {
  return db
    .selectFrom('agenda_item_matter')
    .innerJoin('agenda_item', 'agenda_item.id', 'agenda_item_matter.agenda_item_id')
    .innerJoin('matter', 'matter.id', 'agenda_item_matter.matter_id')
    .select(['agenda_item_matter.agenda_item_id', 'matter.slug', 'matter.title'])
    .where('agenda_item.meeting_id', '=', meetingId)
    .orderBy('matter.position')
    .execute()
}

export function documentsOf(db: Reader, meetingId: number) {
  return db
    .selectFrom('agenda_item_document')
    .innerJoin('agenda_item', 'agenda_item.id', 'agenda_item_document.agenda_item_id')
    .innerJoin('document', 'document.id', 'agenda_item_document.document_id')
    .select(['agenda_item_document.agenda_item_id', 'document.slug', 'document.title'])
    .where('agenda_item.meeting_id', '=', meetingId)
    .orderBy('document.position')
    .execute()
}

export function statementsOf(db: Reader, meetingId: number) {
  return db
    .selectFrom('agenda_item_statement as said')
    .innerJoin('agenda_item', 'agenda_item.id', 'said.agenda_item_id')
    .innerJoin('person', 'person.id', 'said.person_id')
    .select(['said.agenda_item_id', 'said.kind', 'said.statement', 'person.name'])
    .where('agenda_item.meeting_id', '=', meetingId)
    .orderBy('said.id')
    .execute()
}

/** Decisions, positions and reported endorsements of the meeting that have taken effect. */
export function decisionsOf(db: Reader, meetingId: number) {
  return db
    .selectFrom('decision')
    .innerJoin('body', 'body.id', 'decision.body_id')
    .select([
      'decision.id',
      'decision.slug',
      'decision.title',
      'decision.kind',
      'decision.clause',
      'decision.clause_origin',
      'decision.agenda_item_id',
      'decision.decided_on',
      'decision.decided_precision',
      'body.name as body_name',
    ])
    .where('decision.meeting_id', '=', meetingId)
    .where('decision.state', '=', 'carried_out')
    .orderBy('decision.position')
    .orderBy('decision.id')
    .execute()
}

/** Assignments that came out of the meeting's items. */
export function assignmentsOf(db: Reader, meetingId: number) {
  return db
    .selectFrom('assignment')
    .innerJoin('agenda_item', 'agenda_item.id', 'assignment.agenda_item_id')
    .leftJoin('body', 'body.id', 'assignment.assignee_body_id')
    .leftJoin('organisation', 'organisation.id', 'assignment.assignee_organisation_id')
    .leftJoin('person', 'person.id', 'assignment.assignee_person_id')
    .select([
      'assignment.agenda_item_id',
      'assignment.slug',
      'assignment.task',
      'assignment.state',
      'assignment.due_on',
      'assignment.due_precision',
      'assignment.due_text',
      sql<string | null>`coalesce(person.name, body.name, organisation.name, assignment.assignee_text)`.as('assignee'),
    ])
    .where('agenda_item.meeting_id', '=', meetingId)
    .orderBy('assignment.position')
    .orderBy('assignment.id')
    .execute()
}

/** Activities and areas of action plans that point at the meeting's items. */
export function planLinksOf(db: Reader, meetingId: number) {
  return db
    .selectFrom('plan_link')
    .innerJoin('agenda_item', 'agenda_item.id', 'plan_link.to_agenda_item_id')
    .innerJoin('plan', 'plan.id', 'plan_link.from_plan_id')
    .leftJoin('activity', 'activity.id', 'plan_link.from_activity_id')
    .leftJoin('plan_area', 'plan_area.id', 'plan_link.from_area_id')
    .select([
      'plan_link.to_agenda_item_id as agenda_item_id',
      'plan.slug as plan_slug',
      'plan.code as plan_code',
      'plan.title as plan_title',
      'activity.number as activity_number',
      'activity.activity_text',
      'plan_area.kind as area_kind',
      'plan_area.number as area_number',
      'plan_area.title as area_title',
    ])
    .where('agenda_item.meeting_id', '=', meetingId)
    .orderBy('plan.position')
    .orderBy('activity.number')
    .execute()
}

export function attendanceOf(db: Reader, meetingId: number) {
  return db
    .selectFrom('attendance')
    .innerJoin('person', 'person.id', 'attendance.person_id')
    .leftJoin('organisation', 'organisation.id', 'attendance.organisation_id')
    .select([
      'attendance.capacity',
      'attendance.organisation_id',
      'attendance.on_behalf_text',
      'attendance.title',
      'person.name',
      'person.slug',
      'person.no_page_because',
      'organisation.name as organisation_name',
    ])
    .where('attendance.meeting_id', '=', meetingId)
    .orderBy('attendance.capacity')
    .orderBy('attendance.position')
    .orderBy('attendance.id')
    .execute()
}

/** Organisations with a seat in the body on the day: every municipality where a seat type says so, and those named. */
export function organisationsWithSeat(db: Reader, bodyId: number, day: string) {
  return db
    .selectFrom('organisation')
    .select(['organisation.id', 'organisation.name', 'organisation.short_name', 'organisation.is_party'])
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('seat')
          .select('seat.id')
          .where('seat.body_id', '=', bodyId)
          .where(sql<boolean>`seat.valid @> ${day}::date`)
          .where((or) =>
            or.or([
              or('seat.represents_organisation_id', '=', or.ref('organisation.id')),
              or.and([or('seat.each_municipality', '=', true), or('organisation.kind', '=', 'municipality')]),
            ]),
          ),
      ),
    )
    .where(sql<boolean>`organisation.valid @> ${day}::date`)
    .orderBy('organisation.position')
    .orderBy('organisation.id')
    .execute()
}
