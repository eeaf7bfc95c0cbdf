import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { fixed, fixedBy } from '../db/fixed.ts'
import { holds, parseRange } from '../db/ranges.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { openPlaces } from './rules.ts'

/** SQL: the name that the body (a table or its alias) had on the day; a former name where one was valid then. */
function nameOn(body: string, day: Day) {
  return sql<string>`coalesce((
    select former.name from body_name former
    where former.body_id = ${sql.ref(`${body}.id`)} and former.valid @> ${day}::date
  ), ${sql.ref(`${body}.name`)})`
}

/** Every body that there is, has been or is to be, or those under one, with the names of the day. */
export async function listBodies(db: Reader, day: Day, parent?: number) {
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
    .$if(parent !== undefined, (query) => query.where('body.parent_id', '=', parent as number))
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

/** The memberships of a body, of a person, held on behalf of organisations, or all of them; `on`: those that hold on the day. */
export type MembershipFilter = {
  body?: number
  bodies?: readonly number[]
  person?: number
  onBehalfOf?: readonly number[]
  on?: Day
  ids?: readonly number[]
  /** False where it is not shown on what ground they begin and end: then that is not looked up. */
  grounds?: false
  /** With `onBehalfOf` and `on`: also those that were over on the day, so many of the last. */
  over?: number
  /**
   * With `body` and `on`: all that are not over on the day, so many of the last that are, with those who took their
   * places, and those whose places are still empty.
   */
  last?: number
}

const membershipRows = fixedBy(
  (db, { body, bodies, person, onBehalfOf, on, over, last, ids }: Omit<MembershipFilter, 'grounds'>) =>
    db
      .selectFrom('membership')
      .innerJoin('person', 'person.id', 'membership.person_id')
      .innerJoin('body', 'body.id', 'membership.body_id')
      .leftJoin('seat', 'seat.id', 'membership.seat_id')
      .leftJoin('body as behalf_body', 'behalf_body.id', 'membership.on_behalf_body_id')
      .select([
        'membership.id',
        'membership.body_id',
        'membership.person_id',
        'membership.role',
        'membership.seat_id',
        'membership.on_behalf_organisation_id',
        'membership.on_behalf_body_id',
        'membership.on_behalf_certainty',
        'membership.employer_id',
        'membership.title',
        'membership.unit',
        'membership.valid',
        'membership.start_ground',
        'membership.start_effect_id',
        'membership.end_ground',
        'membership.end_effect_id',
        'membership.known_from_meeting_id',
        'membership.known_from_document_id',
        'membership.provenance_id',
        'person.name as person_name',
        'person.slug as person_slug',
        'person.no_page_because',
        'body.name as body_name',
        'body.slug as body_slug',
        'body.kind as body_kind',
        'seat.represents_text as seat_represents',
        'behalf_body.name as behalf_body_name',
        'behalf_body.slug as behalf_body_slug',
      ])
      .$if(body !== undefined, (query) => query.where('membership.body_id', '=', body as number))
      .$if(bodies !== undefined, (query) => query.where(sql<boolean>`membership.body_id = any(${bodies}::bigint[])`))
      .$if(person !== undefined, (query) => query.where('membership.person_id', '=', person as number))
      .$if(onBehalfOf !== undefined, (query) =>
        query.where(sql<boolean>`membership.on_behalf_organisation_id = any(${onBehalfOf}::bigint[])`),
      )
      .$if(on !== undefined && over === undefined && last === undefined, (query) =>
        query.where(holds('membership.valid', on as Day)),
      )
      .$if(ids !== undefined, (query) => query.where(sql<boolean>`membership.id = any(${ids}::bigint[])`))
      .$if(on !== undefined && over !== undefined, (query) =>
        query.where('membership.id', 'in', (eb) => {
          // Found before anything is joined to them, so that what belongs to each is looked up.
          const ofTheirs = eb
            .selectFrom('membership as held')
            .select('held.id')
            .where(sql<boolean>`held.on_behalf_organisation_id = any(${onBehalfOf}::bigint[])`)
          const left = ofTheirs
            .where(sql<boolean>`upper(held.valid) <= ${on}::date`)
            .orderBy(sql`upper(held.valid)`, 'desc')
            .orderBy('held.id')
            .limit(over as number)
          return ofTheirs.where(holds('held.valid', on as Day)).unionAll((of) => of.parens(left))
        }),
      )
      .$if(last !== undefined, (query) =>
        query.where(sql<boolean>`membership.id in (
          with gone as (
            select id, end_effect_id from membership where body_id = ${body} and upper(valid) <= ${on}::date
            order by upper(valid) desc fetch first ${last} rows with ties
          )
          select id from membership where body_id = ${body} and not coalesce(upper(valid) <= ${on}::date, false)
          union all select id from gone
          union all select came.id from gone join membership came on came.start_effect_id = gone.end_effect_id
          union all select membership_id from vacancy join membership held on held.id = membership_id
            where held.body_id = ${body} and empty @> ${on}::date
        )`),
      )
      .orderBy('body.kind')
      .orderBy('body.position')
      .orderBy('membership.id'),
)

/**
 * Who sits, has sat and is to sit where, for whom and on what ground. Whatever the number, the same few queries: what the
 * memberships point at is asked for once they are known, since among so many joins the planner reads whole registers.
 */
export async function membershipsOf(db: Reader, { grounds: shown, ...filter }: MembershipFilter) {
  const rows = await membershipRows(db, filter)
  const [groundOf, organisations] = await Promise.all([
    groundsFor(db, shown === false ? [] : rows),
    rows.length === 0 ? () => [] : allOrganisations(db),
  ])
  return rows.map(({ employer_id, ...row }) => {
    const [behalf, parent, top] = organisations(row.on_behalf_organisation_id)
    return {
      ...row,
      valid: parseRange(row.valid),
      ...belonging(organisations, { ...row, employer_id }),
      ...groundOf(row),
      behalf_name: behalf?.name ?? null,
      employer_name: organisations(employer_id)[0]?.name ?? null,
      behalf_within: (top ?? parent)?.name ?? null,
      /** The party that it is, or is a part of. */
      behalf_party: [behalf, parent, top].find((one) => one?.is_party)?.short_name ?? null,
    }
  })
}

/** The memberships that were asked for without their grounds, with them. */
export async function withGrounds(db: Reader, memberships: readonly Membership[]): Promise<Membership[]> {
  const groundOf = await groundsFor(db, memberships)
  return memberships.map((one) => ({ ...one, ...groundOf(one) }))
}

type Grounded = {
  start_effect_id: number | null
  end_effect_id: number | null
  known_from_meeting_id: number | null
  known_from_document_id: number | null
}

/** Tells on what ground each of the memberships begins and ends; nothing of any other. */
async function groundsFor(db: Reader, memberships: readonly Grounded[]) {
  const [grounds, meetings, documents] = await Promise.all([
    groundsOf(
      db,
      memberships.flatMap((one) => [one.start_effect_id, one.end_effect_id]),
    ),
    knownFromMeetings(
      db,
      memberships.map((one) => one.known_from_meeting_id),
    ),
    knownFromDocuments(
      db,
      memberships.map((one) => one.known_from_document_id),
    ),
  ])
  return (one: Grounded) => {
    const start = one.start_effect_id === null ? undefined : grounds.get(one.start_effect_id)
    const end = one.end_effect_id === null ? undefined : grounds.get(one.end_effect_id)
    const meeting = one.known_from_meeting_id === null ? undefined : meetings.get(one.known_from_meeting_id)
    const document = one.known_from_document_id === null ? undefined : documents.get(one.known_from_document_id)
    return {
      start_decision_slug: start?.slug ?? null,
      start_decided_on: start?.decided_on ?? null,
      start_item_number: start?.number ?? null,
      end_decision_slug: end?.slug ?? null,
      end_decided_on: end?.decided_on ?? null,
      end_item_number: end?.number ?? null,
      known_meeting_slug: meeting?.slug ?? null,
      known_meeting_held_on: meeting?.held_on ?? null,
      known_document_slug: document?.slug ?? null,
      known_document_title: document?.title ?? null,
    }
  }
}

const known = (ids: readonly (number | null)[]) => [...new Set(ids.filter((id) => id !== null))]
const byId = <Row extends { id: number }>(rows: readonly Row[]) => new Map(rows.map((row) => [row.id, row]))

/** The decisions of effects, and the items that they were made at, by effect. */
export async function groundsOf(db: Reader, effects: readonly (number | null)[]) {
  const ids = known(effects)
  if (ids.length === 0) return new Map<number, never>()
  return byId(
    await db
      .selectFrom('effect')
      .innerJoin('decision', 'decision.id', 'effect.decision_id')
      .leftJoin('agenda_item', 'agenda_item.id', 'decision.agenda_item_id')
      .select(['effect.id', 'decision.slug', 'decision.decided_on', 'agenda_item.number'])
      .where(sql<boolean>`effect.id = any(${ids}::bigint[])`)
      .execute(),
  )
}

async function knownFromMeetings(db: Reader, meetings: readonly (number | null)[]) {
  const ids = known(meetings)
  if (ids.length === 0) return new Map<number, never>()
  return byId(
    await db
      .selectFrom('meeting')
      .select(['id', 'slug', 'held_on'])
      .where(sql<boolean>`id = any(${ids}::bigint[])`)
      .execute(),
  )
}

async function knownFromDocuments(db: Reader, documents: readonly (number | null)[]) {
  const ids = known(documents)
  if (ids.length === 0) return new Map<number, never>()
  return byId(
    await db
      .selectFrom('document')
      .select(['id', 'slug', 'title'])
      .where(sql<boolean>`id = any(${ids}::bigint[])`)
      .execute(),
  )
}

// All of them: an organisation's parts are few, and there are no more with the years.
const organisations = fixed((db) =>
  db.selectFrom('organisation').select(['id', 'name', 'short_name', 'kind', 'parent_id', 'is_party']),
)

/** Tells of an organisation: itself, what it is a part of, and what that is a part of, as far as there is any. */
async function allOrganisations(db: Reader) {
  const rows = await organisations(db)
  const all = byId(rows)
  const above = (id: number | null, levels: number): typeof rows => {
    const one = id === null || levels === 0 ? undefined : all.get(id)
    return one === undefined ? [] : [one, ...above(one.parent_id, levels - 1)]
  }
  const found = new Map(rows.map(({ id }) => [id, above(id, 3)]))
  return (id: number | null) => (id === null ? undefined : found.get(id)) ?? []
}

/** What the organisations of a membership belong to. */
function belonging(
  above: Awaited<ReturnType<typeof allOrganisations>>,
  { on_behalf_organisation_id, employer_id }: { on_behalf_organisation_id: number | null; employer_id: number | null },
) {
  const [behalf, parent, top] = above(on_behalf_organisation_id)
  return {
    behalf_parent_id: behalf?.parent_id ?? null,
    behalf_top_id: parent?.parent_id ?? null,
    behalf_authority: (top ?? parent ?? behalf)?.kind ?? null,
    employer_authority: above(employer_id).at(-1)?.kind ?? null,
  }
}

/** Who sits in the groups on the day, and for whom. As little of them as tells that, since there are as many as seats in the county. */
export async function sittingOn(db: Reader, day: Day) {
  const [rows, above] = await Promise.all([sittingRows(db, day), allOrganisations(db)])
  return rows.map(({ employer_id, ...row }) => ({ ...row, ...belonging(above, { ...row, employer_id }) }))
}

const sittingRows = fixed((db, day: Day) =>
  db
    .selectFrom('membership')
    .select(['body_id', 'person_id', 'seat_id', 'on_behalf_organisation_id', 'employer_id'])
    .where(holds('valid', day))
    .orderBy('id'),
)

/** Who has left a place that is empty on the day, as leftEmpty in rules.ts tells, and whom they sat for. As little as sittingOn. */
export const leftEmptyOn = fixed((db, day: Day) =>
  db
    .selectFrom('vacancy')
    .innerJoin('membership', 'membership.id', 'vacancy.membership_id')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .leftJoin('organisation', 'organisation.id', 'membership.on_behalf_organisation_id')
    .leftJoin('body as behalf_body', 'behalf_body.id', 'membership.on_behalf_body_id')
    .select([
      'membership.id',
      'membership.body_id',
      'membership.seat_id',
      'person.name as person_name',
      'organisation.name as behalf_name',
      'behalf_body.name as behalf_body_name',
    ])
    .where(holds('vacancy.empty', day))
    .orderBy('membership.id'),
)

/**
 * Of those who have ever had a place in the body: how many had left on the day, the first day that is known of any of them,
 * and whose places are empty on the day, as leftEmpty in rules.ts tells.
 */
export async function goneFrom(
  db: Reader,
  body: number,
  day: Day,
): Promise<{ left: number; firstDay: Day | null; empty: readonly number[] }> {
  const [row] = await gone(db, body, day)
  return { left: row?.left ?? 0, firstDay: (row?.first_day ?? null) as Day | null, empty: row?.empty ?? [] }
}

const gone = fixed((db, body: number, day: Day) =>
  db
    .selectFrom('membership')
    .leftJoin('vacancy', (join) =>
      join.onRef('vacancy.membership_id', '=', 'membership.id').on(holds('vacancy.empty', day)),
    )
    .select([
      sql<number>`count(*) filter (where upper(valid) <= ${day}::date)`.as('left'),
      sql<string | null>`min(coalesce(lower(valid), upper(valid)))`.as('first_day'),
      sql<number[]>`coalesce(jsonb_agg(membership_id) filter (where membership_id is not null), '[]')`.as('empty'),
    ])
    .where('body_id', '=', body),
)

export type Membership = Awaited<ReturnType<typeof membershipsOf>>[number]

/**
 * How many people are known to sit in each group on the day, how many places they have left empty, and how much of each of
 * its seats is not known. Counted by the database, which has the vacancies that leftEmpty in rules.ts tells.
 */
export async function countSeatingsOn(db: Reader, day: Day) {
  const counted = sql<{ body_id: number; seat_id: number | null; whole: boolean; people: number; left: number }>`(
    select body_id, seat_id, grouping(seat_id) = 1 as whole, count(distinct person_id)::int as people,
      count(*) filter (where person_id is null)::int as "left"
    from (
      select body_id, seat_id, person_id from membership where ${holds('valid', day)}
      union all
      select body_id, seat_id, null from vacancy join membership on membership.id = vacancy.membership_id
      where ${holds('vacancy.empty', day)}
    ) as seating group by grouping sets ((body_id), (body_id, seat_id)))`.as<'counted'>('counted')
  const [counts, seats] = await Promise.all([
    db.selectFrom(counted).selectAll().execute(),
    db.selectFrom('seat').select(['id', 'body_id', 'seats']).where(holds('valid', day)).execute(),
  ])
  const none = { people: 0, left: 0 }
  const ofBody = new Map(
    counts.flatMap(({ whole, body_id, people, left }) => (whole ? [[body_id, { people, left }]] : [])),
  )
  const ofSeat = new Map(counts.flatMap(({ whole, seat_id, ...one }) => (whole ? [] : [[seat_id, one]])))
  const seatsOf = Map.groupBy(seats, ({ body_id }) => body_id)
  return (body: number) => ({
    ...(ofBody.get(body) ?? none),
    standings: (seatsOf.get(body) ?? []).map((seat) => {
      const { people, left } = ofSeat.get(seat.id) ?? none
      return openPlaces(seat.seats, people, left)
    }),
  })
}

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

/** The titles of the plans that were in force on the day and whose period was not long over, by body. */
export function planTitlesOn(db: Reader, day: Day) {
  return db
    .selectFrom('plan')
    .select(['body_id', 'title'])
    .where(holds('valid', day))
    .where(sql<boolean>`period && daterange((${day}::date - interval '1 year')::date, null)`)
    .orderBy('position')
    .orderBy('id')
    .execute()
}

/** The plans of a body that were in force on the day. */
export function plansOn(db: Reader, day: Day, body: number) {
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
    .where('plan.body_id', '=', body)
    .orderBy('plan.position')
    .orderBy('plan.id')
    .execute()
}

type Turning = { from: Day; to: Day; body: number | undefined }

/** SQL: the validity begins or ends on one of the days. */
const turns = (column: string, { from, to }: Turning) =>
  sql<boolean>`(lower(${sql.ref(column)}) between ${from}::date and ${to}::date
    or upper(${sql.ref(column)}) between ${from}::date and ${to}::date)`

/** The memberships that begin or end on one of the days: as much of them as tells which those are. */
export async function membershipTurns(db: Reader, turning: Turning) {
  const rows = await db
    .selectFrom('membership')
    .innerJoin('body', 'body.id', 'membership.body_id')
    .select([
      'membership.id',
      'membership.body_id',
      'membership.role',
      'membership.valid',
      'membership.start_effect_id',
      'membership.end_effect_id',
    ])
    .where(turns('membership.valid', turning))
    .$if(turning.body !== undefined, (query) => query.where('membership.body_id', '=', turning.body as number))
    .orderBy('body.kind')
    .orderBy('body.position')
    .orderBy('membership.id')
    .execute()
  return rows.map((row) => ({ ...row, valid: parseRange(row.valid) }))
}

/**
 * What happened to memberships after the first day, until and including the second, as {@link turnsBetween} in rules.ts has
 * it: when, by which effect, and how many changes it is when one who left stands beside one who came into the same role.
 * @returns the first so many, how many there are, and how many changes they are together
 */
export async function membershipTurnsCounted(db: Reader, { from, to, body }: Turning, most: number) {
  const within = sql`between ${from}::date + 1 and ${to}::date`
  const ofBody = body === undefined ? sql`true` : sql`body_id = ${body}`
  const turn = sql<{ on: Day; effect: number | null; changes: number }>`(
    select turn.on, turn.effect, sum(turn.changes)::int as changes from (
      select moved.on, moved.effect, greatest(count(*) filter (where came), count(*) filter (where not came)) as changes
      from (
        select lower(valid) as on, start_effect_id as effect, body_id, role, true as came from membership
        where lower(valid) ${within} and ${ofBody}
        union all
        select upper(valid), end_effect_id, body_id, role, false from membership where upper(valid) ${within} and ${ofBody}
      ) as moved group by moved.on, moved.effect, moved.body_id, moved.role
    ) as turn group by turn.on, turn.effect)`.as<'turn'>('turn')
  const rows = await db
    .selectFrom(turn)
    .selectAll()
    .select((eb) => [
      eb.fn.countAll<number>().over().as('total'),
      sql<number>`(sum(turn.changes) over ())::int`.as('all_changes'),
    ])
    .orderBy('turn.on')
    .orderBy((eb) => eb.fn.coalesce('turn.effect', sql.lit(0)))
    .limit(most)
    .execute()
  const { total = 0, all_changes = 0 } = rows[0] ?? {}
  return { turns: rows.map(({ on, effect, changes }) => ({ on, effect, changes })), total, changes: all_changes }
}

/** The bodies that were established or closed on one of the days. */
export async function bodyTurns(db: Reader, turning: Turning) {
  const rows = await db
    .selectFrom('body')
    .select(['name', 'slug', 'valid', 'start_effect_id', 'end_effect_id'])
    .where(turns('valid', turning))
    .$if(turning.body !== undefined, (query) => query.where('id', '=', turning.body as number))
    .orderBy('id')
    .execute()
  return rows.map((row) => ({ ...row, valid: parseRange(row.valid) }))
}

/** The plans that came into force or ceased on one of the days. */
export async function planTurns(db: Reader, turning: Turning) {
  const rows = await db
    .selectFrom('plan')
    .innerJoin('body', 'body.id', 'plan.body_id')
    .select(['plan.title', 'plan.slug', 'plan.valid', 'body.name as body_name', 'plan.adopted_effect_id'])
    .where('plan.valid', 'is not', null)
    .where(turns('plan.valid', turning))
    .$if(turning.body !== undefined, (query) => query.where('plan.body_id', '=', turning.body as number))
    .orderBy('plan.position')
    .orderBy('plan.id')
    .execute()
  return rows.map(({ adopted_effect_id, ...row }) => ({
    ...row,
    valid: parseRange(row.valid ?? ''),
    start_effect_id: adopted_effect_id,
    end_effect_id: null,
  }))
}

/** How many people the body, or all of them together, had on each of the two days, the earlier first. */
export async function countMembersOn(db: Reader, [from, to]: readonly [Day, Day], body?: number): Promise<number[]> {
  const sat = db
    .selectFrom('membership')
    .select(['person_id', 'valid'])
    .$if(body !== undefined, (query) => query.where('body_id', '=', body as number))
  const on = (day: Day) => sql<number>`count(distinct person_id) filter (where ${holds('valid', day)})`
  // Two indexes: of those who sit without an end, and of when the others left.
  const { before, after } = await db
    .selectFrom(
      sat
        .where(sql<boolean>`upper_inf(valid)`)
        .unionAll(sat.where(sql<boolean>`upper(valid) > ${from}::date`))
        .as('sat'),
    )
    .select([on(from).as('before'), on(to).as('after')])
    .executeTakeFirstOrThrow()
  return [before, after]
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

/** What the body or the person has been asked to do: what is still to be done first, so many, and how many there are. */
export function assignmentsTo(db: Reader, { body, person, limit }: { body?: number; person?: number; limit: number }) {
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
      (eb) => eb.fn.countAll<number>().over().as('total'),
    ])
    .$if(body !== undefined, (query) => query.where('assignment.assignee_body_id', '=', body as number))
    .$if(person !== undefined, (query) => query.where('assignment.assignee_person_id', '=', person as number))
    .orderBy(sql`assignment.state <> 'open'`)
    .orderBy(sql`case when assignment.state = 'open' then assignment.due_on end`)
    .orderBy(sql`assignment.due_on desc nulls last`)
    .orderBy('assignment.position')
    .orderBy('assignment.id')
    .limit(limit)
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

/**
 * The decisions until the day that changed the body, its members or its plan, the newest first: a stretch of them with
 * those effects, and how many there are.
 */
export async function effectsOn(
  db: Reader,
  body: number,
  day: Day,
  { limit, offset }: { limit: number; offset: number },
) {
  const decisions = await db
    .selectFrom('decision')
    .select(['id', (eb) => eb.fn.countAll<number>().over().as('total')])
    .where('state', '=', 'carried_out')
    .where('decided_on', '<=', day)
    // Two questions, since no index answers one that is about either of two tables; as lists, since the planner would
    // rather look through every decision and every effect than look up a few hundred.
    .where(
      sql<boolean>`id = any(array(
        select decision_id from effect where body_id = ${body}
        union select decision_id from effect
          where plan_id = any(array(select plan.id from plan where plan.body_id = ${body}))))`,
    )
    .orderBy('decided_on', 'desc')
    .orderBy('position')
    .orderBy('id')
    .limit(limit)
    .offset(offset)
    .execute()
  const ids = decisions.map(({ id }) => id)
  const effects =
    ids.length === 0
      ? []
      : await effectsOfDecisions(db)
          .where(sql<boolean>`decision.id = any(${ids}::bigint[])`)
          .where((eb) => eb.or([eb('effect.body_id', '=', body), eb('plan.body_id', '=', body)]))
          .execute()
  return { effects, total: decisions[0]?.total ?? 0 }
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

/** Published attendance, newest first, so much of it and how much there is: minutes that are not published are not public. */
export function attendanceOf(db: Reader, person: number, limit: number) {
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
      (eb) => eb.fn.countAll<number>().over().as('total'),
    ])
    .where('attendance.person_id', '=', person)
    .where('meeting.state', '=', 'published')
    .orderBy('meeting.held_on', 'desc')
    .orderBy('meeting.id', 'desc')
    .orderBy('attendance.id')
    .limit(limit)
    .execute()
}

/**
 * The items that the person has presented, newest first, so many of them and how many there are; the agenda of a called
 * meeting is public.
 */
export function presentationsBy(db: Reader, person: number, limit: number) {
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
      (eb) => eb.fn.countAll<number>().over().as('total'),
    ])
    .where('presenter.person_id', '=', person)
    .where('meeting.state', '!=', 'planned')
    .orderBy('meeting.held_on', 'desc')
    .orderBy('agenda_item.position')
    .orderBy('agenda_item.id')
    .limit(limit)
    .execute()
}
