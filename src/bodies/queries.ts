import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { holds, parseRange } from '../db/ranges.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'

/** SQL: the name that the body (a table or its alias) had on the day; a former name where one was valid then. */
function nameOn(body: string, day: Day) {
  return sql<string>`coalesce((
    select former.name from body_name former
    where former.body_id = ${sql.ref(`${body}.id`)} and former.valid @> ${day}::date
  ), ${sql.ref(`${body}.name`)})`
}

/** Every body that there is, has been or is to be, with the names of the day. */
export async function listBodies(db: Reader, day: Day) {
  const rows = await db
    .selectFrom('body')
    .leftJoin('theme', 'theme.id', 'body.theme_id')
    .select([
      'body.id',
      'body.slug',
      nameOn('body', day).as('name'),
      'body.short_name',
      'body.kind',
      'body.parent_id',
      'body.planned',
      'body.valid',
      'body.position',
      'theme.name as theme_name',
    ])
    .orderBy('body.kind')
    .orderBy('body.position')
    .orderBy('body.id')
    .execute()
  return rows.map((row) => ({ ...row, valid: parseRange(row.valid) }))
}

export type ListedBody = Awaited<ReturnType<typeof listBodies>>[number]

/** One body with its parent and the decisions that established and closed it. @throws PortalError not-found */
export async function bodyBySlug(db: Reader, slug: string, day: Day) {
  const row = await db
    .selectFrom('body')
    .leftJoin('body as parent', 'parent.id', 'body.parent_id')
    .leftJoin('theme', 'theme.id', 'body.theme_id')
    .leftJoin('effect as starting', 'starting.id', 'body.start_effect_id')
    .leftJoin('decision as start_decision', 'start_decision.id', 'starting.decision_id')
    .leftJoin('effect as ending', 'ending.id', 'body.end_effect_id')
    .leftJoin('decision as end_decision', 'end_decision.id', 'ending.decision_id')
    .selectAll('body')
    .select([
      nameOn('body', day).as('name_on_day'),
      'parent.slug as parent_slug',
      'parent.name as parent_name',
      'theme.slug as theme_slug',
      'theme.name as theme_name',
      'start_decision.slug as start_decision_slug',
      'start_decision.decided_on as start_decided_on',
      'end_decision.slug as end_decision_slug',
      'end_decision.decided_on as end_decided_on',
    ])
    .where('body.slug', '=', slug)
    .executeTakeFirstOrThrow(() => notFound(`body ${slug}`))
  return { ...row, valid: parseRange(row.valid) }
}

/**
 * The memberships of a body, of a person, held on behalf of organisations, or all of them.
 * `on`: only those that hold on the day. `standing`: those, those to come, and those that were left empty, as leftEmpty in
 * rules.ts tells: what the groups look like on the day, without all who have sat there before.
 */
export type MembershipFilter = {
  body?: number
  person?: number
  onBehalfOf?: readonly number[]
  on?: Day
  standing?: Day
  /** Only those that were over on the day, the last of them first, so many. */
  over?: { day: Day; limit: number }
}

/** Who sits, has sat and is to sit where, for whom and on what ground. Whatever the number, one query. */
export async function membershipsOf(db: Reader, { body, person, onBehalfOf, on, standing, over }: MembershipFilter) {
  // Asked first: among so many joins the planner would look up everything about all memberships before it left them out.
  const ids = standing === undefined ? undefined : (await standingOn(db, standing).execute()).map(({ id }) => id)
  const rows = await db
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .innerJoin('body', 'body.id', 'membership.body_id')
    .leftJoin('seat', 'seat.id', 'membership.seat_id')
    .leftJoin('organisation as behalf', 'behalf.id', 'membership.on_behalf_organisation_id')
    .leftJoin('organisation as behalf_parent', 'behalf_parent.id', 'behalf.parent_id')
    .leftJoin('organisation as behalf_top', 'behalf_top.id', 'behalf_parent.parent_id')
    .leftJoin('body as behalf_body', 'behalf_body.id', 'membership.on_behalf_body_id')
    .leftJoin('organisation as employer', 'employer.id', 'membership.employer_id')
    .leftJoin('organisation as employer_parent', 'employer_parent.id', 'employer.parent_id')
    .leftJoin('organisation as employer_top', 'employer_top.id', 'employer_parent.parent_id')
    .leftJoin('effect as starting', 'starting.id', 'membership.start_effect_id')
    .leftJoin('decision as start_decision', 'start_decision.id', 'starting.decision_id')
    .leftJoin('agenda_item as start_item', 'start_item.id', 'start_decision.agenda_item_id')
    .leftJoin('effect as ending', 'ending.id', 'membership.end_effect_id')
    .leftJoin('decision as end_decision', 'end_decision.id', 'ending.decision_id')
    .leftJoin('agenda_item as end_item', 'end_item.id', 'end_decision.agenda_item_id')
    .leftJoin('meeting as known_meeting', 'known_meeting.id', 'membership.known_from_meeting_id')
    .leftJoin('document as known_document', 'known_document.id', 'membership.known_from_document_id')
    .select([
      'membership.id',
      'membership.body_id',
      'membership.person_id',
      'membership.role',
      'membership.seat_id',
      'membership.on_behalf_organisation_id',
      'membership.on_behalf_body_id',
      'membership.on_behalf_certainty',
      'membership.title',
      'membership.unit',
      'membership.valid',
      'membership.start_ground',
      'membership.start_effect_id',
      'membership.end_ground',
      'membership.end_effect_id',
      'membership.provenance_id',
      'person.name as person_name',
      'person.slug as person_slug',
      'person.no_page_because',
      'body.name as body_name',
      'body.slug as body_slug',
      'body.kind as body_kind',
      'seat.represents_text as seat_represents',
      'behalf.name as behalf_name',
      'behalf.parent_id as behalf_parent_id',
      'behalf_parent.parent_id as behalf_top_id',
      'behalf_body.name as behalf_body_name',
      'behalf_body.slug as behalf_body_slug',
      'employer.name as employer_name',
      'start_decision.slug as start_decision_slug',
      'start_decision.decided_on as start_decided_on',
      'start_item.number as start_item_number',
      'end_decision.slug as end_decision_slug',
      'end_decision.decided_on as end_decided_on',
      'end_item.number as end_item_number',
      'known_meeting.slug as known_meeting_slug',
      'known_meeting.held_on as known_meeting_held_on',
      'known_document.slug as known_document_slug',
      'known_document.title as known_document_title',
      sql<string | null>`coalesce(behalf_top.name, behalf_parent.name)`.as('behalf_within'),
      // The party that it is, or is a part of.
      sql<string | null>`case
        when behalf.is_party then behalf.short_name
        when behalf_parent.is_party then behalf_parent.short_name
        when behalf_top.is_party then behalf_top.short_name
      end`.as('behalf_party'),
      sql<string | null>`coalesce(behalf_top.kind, behalf_parent.kind, behalf.kind)`.as('behalf_authority'),
      sql<string | null>`coalesce(employer_top.kind, employer_parent.kind, employer.kind)`.as('employer_authority'),
    ])
    .$if(body !== undefined, (query) => query.where('membership.body_id', '=', body as number))
    .$if(person !== undefined, (query) => query.where('membership.person_id', '=', person as number))
    .$if(onBehalfOf !== undefined, (query) =>
      query.where(sql<boolean>`membership.on_behalf_organisation_id = any(${onBehalfOf}::bigint[])`),
    )
    .$if(on !== undefined, (query) => query.where(holds('membership.valid', on as Day)))
    .$if(ids !== undefined, (query) => query.where(sql<boolean>`membership.id = any(${ids}::bigint[])`))
    .$if(over !== undefined, (query) =>
      query
        .where(sql<boolean>`upper(membership.valid) <= ${over?.day}::date`)
        .orderBy(sql`upper(membership.valid)`, 'desc')
        .limit(over?.limit ?? 0),
    )
    .orderBy('body.kind')
    .orderBy('body.position')
    .orderBy('membership.id')
    .execute()
  return rows.map((row) => ({ ...row, valid: parseRange(row.valid) }))
}

/** Ids of memberships that tell what the groups look like on the day; see {@link MembershipFilter}. */
function standingOn(db: Reader, day: Day) {
  const notOver = db
    .selectFrom('membership')
    .select('membership.id')
    .where(sql<boolean>`membership.valid && daterange(${day}::date, null)`)
  const since = sql`later.valid && daterange(null, ${day}::date, '[]') and lower(later.valid) >= upper(former.valid)`
  const leftEmpty = db
    .selectFrom('membership as former')
    .select('former.id')
    .where(sql<boolean>`upper(former.valid) <= ${day}::date`)
    .where(
      sql<boolean>`not exists (select from membership later
        where later.start_effect_id = former.end_effect_id and ${since})`,
    )
    .where(
      sql<boolean>`not exists (select from membership later
        where later.body_id = former.body_id and later.role = former.role and ${since}
          and (later.seat_id, later.on_behalf_organisation_id, later.on_behalf_body_id)
            is not distinct from (former.seat_id, former.on_behalf_organisation_id, former.on_behalf_body_id))`,
    )
  return notOver.unionAll(leftEmpty)
}

export type Membership = Awaited<ReturnType<typeof membershipsOf>>[number]

/** The seats (platser) of one body, or of all, on the day. */
export function seatsOn(db: Reader, day: Day, body?: number) {
  return db
    .selectFrom('seat')
    .leftJoin('organisation', 'organisation.id', 'seat.represents_organisation_id')
    .leftJoin('body as represented', 'represented.id', 'seat.represents_body_id')
    .select([
      'seat.id',
      'seat.body_id',
      'seat.title',
      'seat.level',
      'seat.seats',
      'seat.note',
      'seat.each_municipality',
      'seat.represents_text',
      'seat.provenance_id',
      'seat.represents_organisation_id',
      'organisation.name as organisation_name',
      'organisation.short_name as organisation_short_name',
      'organisation.is_party',
      'represented.name as represented_name',
      'represented.slug as represented_slug',
    ])
    .where(holds('seat.valid', day))
    .$if(body !== undefined, (query) => query.where('seat.body_id', '=', body as number))
    .orderBy('seat.body_id')
    .orderBy('seat.position')
    .orderBy('seat.id')
    .execute()
}

export type Seat = Awaited<ReturnType<typeof seatsOn>>[number]

/** What the membership of one body, or of all, shall mirror. */
export function requirementsOf(db: Reader, body?: number) {
  return db
    .selectFrom('body_requirement')
    .select(['body_id', 'dimension', 'requirement', 'provenance_id'])
    .$if(body !== undefined, (query) => query.where('body_id', '=', body as number))
    .orderBy('body_id')
    .orderBy('dimension')
    .execute()
}

/** The municipalities that there are on the day. */
export function municipalitiesOn(db: Reader, day: Day) {
  return db
    .selectFrom('organisation')
    .select(['id', 'name', 'short_name'])
    .where('kind', '=', 'municipality')
    .where(holds('valid', day))
    .orderBy('position')
    .orderBy('id')
    .execute()
}

/** Who reports to whom: the ways from and to one body, or all. */
export function reportingOf(db: Reader, body?: number) {
  return db
    .selectFrom('body_reporting')
    .innerJoin('body as sender', 'sender.id', 'body_reporting.body_id')
    .leftJoin('body as receiver', 'receiver.id', 'body_reporting.to_body_id')
    .select([
      'body_reporting.body_id',
      'body_reporting.to_body_id',
      'body_reporting.to_text',
      'body_reporting.how',
      'body_reporting.provenance_id',
      'sender.slug as sender_slug',
      'sender.name as sender_name',
      'receiver.slug as receiver_slug',
      'receiver.name as receiver_name',
    ])
    .$if(body !== undefined, (query) =>
      query.where((eb) =>
        eb.or([
          eb('body_reporting.body_id', '=', body as number),
          eb('body_reporting.to_body_id', '=', body as number),
        ]),
      ),
    )
    .orderBy('sender.position')
    .orderBy('body_reporting.id')
    .execute()
}

export async function otherNamesOf(db: Reader, body: number) {
  const rows = await db
    .selectFrom('body_name')
    .select(['name', 'note', 'valid', 'provenance_id'])
    .where('body_id', '=', body)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({ ...row, valid: row.valid === null ? null : parseRange(row.valid) }))
}

/** The plans of one body that were in force on the day, or of all bodies those whose period was not long over. */
export function plansOn(db: Reader, day: Day, body?: number) {
  return db
    .selectFrom('plan')
    .innerJoin('effect', 'effect.id', 'plan.adopted_effect_id')
    .innerJoin('decision', 'decision.id', 'effect.decision_id')
    .select([
      'plan.body_id',
      'plan.slug',
      'plan.title',
      'plan.period',
      'decision.slug as decision_slug',
      'decision.decided_on',
    ])
    .where(holds('plan.valid', day))
    .$if(body === undefined, (query) =>
      query.where(sql<boolean>`plan.period && daterange((${day}::date - interval '1 year')::date, null)`),
    )
    .$if(body !== undefined, (query) => query.where('plan.body_id', '=', body as number))
    .orderBy('plan.position')
    .orderBy('plan.id')
    .execute()
}

/** When bodies were established and closed, and by which decisions. */
export async function bodyValidities(db: Reader, { body }: { body?: number }) {
  const rows = await db
    .selectFrom('body')
    .leftJoin('effect as starting', 'starting.id', 'body.start_effect_id')
    .leftJoin('decision as start_decision', 'start_decision.id', 'starting.decision_id')
    .leftJoin('agenda_item as start_item', 'start_item.id', 'start_decision.agenda_item_id')
    .leftJoin('effect as ending', 'ending.id', 'body.end_effect_id')
    .leftJoin('decision as end_decision', 'end_decision.id', 'ending.decision_id')
    .leftJoin('agenda_item as end_item', 'end_item.id', 'end_decision.agenda_item_id')
    .select([
      'body.name',
      'body.slug',
      'body.valid',
      'body.start_effect_id',
      'body.end_effect_id',
      'start_decision.slug as start_decision_slug',
      'start_item.number as start_item_number',
      'end_decision.slug as end_decision_slug',
      'end_item.number as end_item_number',
    ])
    .$if(body !== undefined, (query) => query.where('body.id', '=', body as number))
    .orderBy('body.id')
    .execute()
  return rows.map((row) => ({ ...row, valid: parseRange(row.valid) }))
}

/** When plans came into force and ceased, and by which decision they were adopted. */
export async function planValidities(db: Reader, { body }: { body?: number }) {
  const rows = await db
    .selectFrom('plan')
    .innerJoin('body', 'body.id', 'plan.body_id')
    .innerJoin('effect as starting', 'starting.id', 'plan.adopted_effect_id')
    .innerJoin('decision as start_decision', 'start_decision.id', 'starting.decision_id')
    .leftJoin('agenda_item as start_item', 'start_item.id', 'start_decision.agenda_item_id')
    .select([
      'plan.title',
      'plan.slug',
      'plan.valid',
      'body.name as body_name',
      'plan.adopted_effect_id as start_effect_id',
      'start_decision.slug as start_decision_slug',
      'start_item.number as start_item_number',
    ])
    .where('plan.valid', 'is not', null)
    .$if(body !== undefined, (query) => query.where('plan.body_id', '=', body as number))
    .orderBy('plan.position')
    .orderBy('plan.id')
    .execute()
  return rows.map((row) => ({ ...row, valid: parseRange(row.valid ?? ''), end_effect_id: null }))
}

/** The newest meetings until the day that readers may know of; a planned meeting has not been called yet. */
export function meetingsOf(db: Reader, body: number, day: Day, limit: number) {
  return db
    .selectFrom('meeting')
    .select(['slug', 'title', 'held_on', 'state', (eb) => eb.fn.countAll<number>().over().as('total')])
    .where('body_id', '=', body)
    .where('state', '!=', 'planned')
    .where('held_on', '<=', day)
    .orderBy('held_on', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

export function mattersOf(db: Reader, body: number) {
  return db
    .selectFrom('matter')
    .select(['slug', 'title', 'state_text'])
    .where((eb) =>
      eb.or([
        eb('matter.body_id', '=', body),
        eb.exists(
          eb
            .selectFrom('body_matter')
            .select('body_matter.matter_id')
            .whereRef('body_matter.matter_id', '=', 'matter.id')
            .where('body_matter.body_id', '=', body),
        ),
      ]),
    )
    .orderBy('position')
    .orderBy('id')
    .execute()
}

/** What the body has been asked to do. */
export function assignmentsTo(db: Reader, { body, person }: { body?: number; person?: number }) {
  return db
    .selectFrom('assignment')
    .leftJoin('agenda_item', 'agenda_item.id', 'assignment.agenda_item_id')
    .leftJoin('meeting', 'meeting.id', 'agenda_item.meeting_id')
    .select([
      'assignment.task',
      'assignment.state',
      'assignment.due_on',
      'assignment.due_precision',
      'assignment.due_text',
      'agenda_item.number as item_number',
      'meeting.slug as meeting_slug',
    ])
    .$if(body !== undefined, (query) => query.where('assignment.assignee_body_id', '=', body as number))
    .$if(person !== undefined, (query) => query.where('assignment.assignee_person_id', '=', person as number))
    .orderBy(sql`assignment.due_on nulls last`)
    .orderBy('assignment.position')
    .orderBy('assignment.id')
    .execute()
}

export function linksOf(db: Reader, body: number) {
  return db.selectFrom('link').select(['label', 'url']).where('body_id', '=', body).orderBy('position').execute()
}

/** A timeline in its own order, which is not always that of dates: some steps have none. */
export function timelineOf(db: Reader, body: number) {
  return db
    .selectFrom('timeline_entry')
    .leftJoin('meeting', 'meeting.id', 'timeline_entry.meeting_id')
    .select([
      'timeline_entry.from_on',
      'timeline_entry.from_precision',
      'timeline_entry.to_on',
      'timeline_entry.to_precision',
      'timeline_entry.entry',
      'timeline_entry.provenance_id',
      'meeting.slug as meeting_slug',
    ])
    .where('timeline_entry.body_id', '=', body)
    .orderBy('timeline_entry.position')
    .execute()
}

function effectsOfDecisions(db: Reader) {
  return db
    .selectFrom('decision')
    .innerJoin('effect', 'effect.decision_id', 'decision.id')
    .innerJoin('body as decider', 'decider.id', 'decision.body_id')
    .leftJoin('agenda_item', 'agenda_item.id', 'decision.agenda_item_id')
    .leftJoin('plan', 'plan.id', 'effect.plan_id')
    .leftJoin('body', 'body.id', 'effect.body_id')
    .leftJoin('person as incoming', 'incoming.id', 'effect.person_in_id')
    .leftJoin('person as outgoing', 'outgoing.id', 'effect.person_out_id')
    .select([
      'decision.id',
      'decision.slug',
      'decision.title',
      'decision.kind',
      'decision.decided_on',
      'decision.decided_precision',
      'decider.name as decider_name',
      'agenda_item.number as item_number',
      'incoming.name as name_in',
      'outgoing.name as name_out',
      'body.name as body_name',
    ])
    .where('decision.state', '=', 'carried_out')
    .orderBy('decision.decided_on', 'desc')
    .orderBy('decision.position')
    .orderBy('decision.id')
    .orderBy('effect.position')
}

/** The effects until the day that changed the body, its members or its plan; the newest decision first. */
export function effectsOn(db: Reader, body: number, day: Day) {
  return effectsOfDecisions(db)
    .where('decision.decided_on', '<=', day)
    .where((eb) => eb.or([eb('effect.body_id', '=', body), eb('plan.body_id', '=', body)]))
    .execute()
}

/** How many decisions the body itself has made until the day. */
export async function countDecisionsBy(db: Reader, body: number, day: Day): Promise<number> {
  const { count } = await db
    .selectFrom('decision')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('body_id', '=', body)
    .where('state', '=', 'carried_out')
    .where('decided_on', '<=', day)
    .executeTakeFirstOrThrow()
  return count
}

/** Someone who has a page of their own. @throws PortalError not-found, also for people who shall have none */
export function personBySlug(db: Reader, slug: string) {
  return db
    .selectFrom('person')
    .select(['id', 'slug', 'name', 'provenance_id'])
    .where('slug', '=', slug)
    .where('no_page_because', 'is', null)
    .executeTakeFirstOrThrow(() => notFound(`person ${slug}`))
}

/** The effects that name the person, the newest decision first. */
export function effectsNaming(db: Reader, person: number) {
  return effectsOfDecisions(db)
    .where((eb) =>
      eb.or([
        eb('effect.person_in_id', '=', person),
        eb('effect.person_out_id', '=', person),
        eb('effect.assignee_person_id', '=', person),
      ]),
    )
    .execute()
}

/** Published attendance, newest first: minutes that are not published are not public. */
export function attendanceOf(db: Reader, person: number) {
  return db
    .selectFrom('attendance')
    .innerJoin('meeting', 'meeting.id', 'attendance.meeting_id')
    .leftJoin('organisation', 'organisation.id', 'attendance.organisation_id')
    .select([
      'meeting.slug',
      'meeting.title',
      'meeting.held_on',
      'attendance.capacity',
      'attendance.title as person_title',
      'attendance.on_behalf_text',
      'attendance.provenance_id',
      'organisation.name as organisation_name',
    ])
    .where('attendance.person_id', '=', person)
    .where('meeting.state', '=', 'published')
    .orderBy('meeting.held_on', 'desc')
    .orderBy('meeting.id', 'desc')
    .execute()
}

/** The items that the person has presented, newest first; the agenda of a called meeting is public. */
export function presentationsBy(db: Reader, person: number) {
  return db
    .selectFrom('agenda_item_presenter as presenter')
    .innerJoin('agenda_item', 'agenda_item.id', 'presenter.agenda_item_id')
    .innerJoin('meeting', 'meeting.id', 'agenda_item.meeting_id')
    .leftJoin('organisation', 'organisation.id', 'presenter.organisation_id')
    .select([
      'agenda_item.number',
      'agenda_item.title as item_title',
      'meeting.slug',
      'meeting.title as meeting_title',
      'meeting.held_on',
      'presenter.title',
      'organisation.name as organisation_name',
    ])
    .where('presenter.person_id', '=', person)
    .where('meeting.state', '!=', 'planned')
    .orderBy('meeting.held_on', 'desc')
    .orderBy('agenda_item.position')
    .execute()
}
