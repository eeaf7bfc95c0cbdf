import { type Selectable, sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { fixed } from '../db/fixed.ts'
import { holds, lastDay } from '../db/ranges.ts'
import type { DB } from '../db/schema.ts'
import type { Day } from '../kernel/dates.ts'
import { waitingStates } from './parties-rules.ts'

/** On whose seats in which bodies a day sees: every municipality's, or a named organisation's. */
export const seatHoldersOn = fixed((db, day: Day) =>
  db
    .selectFrom('seat')
    .innerJoin('body', 'body.id', 'seat.body_id')
    .select([
      'seat.body_id',
      'seat.each_municipality',
      'seat.represents_organisation_id',
      'body.slug as body_slug',
      'body.name as body_name',
    ])
    .where(holds('seat.valid', day))
    .where(holds('body.valid', day))
    .where((eb) =>
      eb.or([eb('seat.each_municipality', '=', true), eb('seat.represents_organisation_id', 'is not', null)]),
    )
    .orderBy('body.kind')
    .orderBy('body.position'),
)

/** Who sits on the day, and for which of the organisations. */
export function sittingFor(db: Reader, organisations: readonly number[], day: Day) {
  return db
    .selectFrom('membership')
    .select(['person_id', 'on_behalf_organisation_id as organisation_id'])
    .distinct()
    .where(sql<boolean>`on_behalf_organisation_id = any(${organisations}::bigint[])`)
    .where(holds('valid', day))
    .execute()
}

/**
 * Every position of those parties on those documents where one waits, or has waited, for its decision, so that the newest
 * of each can be found.
 */
export function positionsThatWaited(db: Reader) {
  return db
    .selectFrom((eb) =>
      eb
        .selectFrom('party_position')
        .select(['document_id', 'organisation_id'])
        .distinct()
        .where('state', 'in', [...waitingStates])
        .as('waited'),
    )
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('party_position')
          .selectAll()
          .whereRef('party_position.document_id', '=', 'waited.document_id')
          .whereRef('party_position.organisation_id', '=', 'waited.organisation_id')
          // Looked up party by party: joined, each document's positions of all parties would be read for each of them.
          .offset(0)
          .as('party_position'),
      (join) => join.onTrue(),
    )
    .innerJoin('document', 'document.id', 'party_position.document_id')
    .select([
      'party_position.id',
      'party_position.document_id',
      'party_position.organisation_id',
      'party_position.as_of',
      'party_position.as_of_precision',
      'party_position.state',
      'document.title',
    ])
    .orderBy('document.position')
    .orderBy('document.id')
    .execute()
}

/**
 * The first of the organisation's positions, the newest on each document that was known on the day, with how many there are
 * and how many of them wait for its decision. Those come first, in the order of the documents, then the newest.
 */
export const standingsOf = (limit: number) =>
  fixed((db, organisation: number, day: Day) =>
    db
      .with('known', (on) =>
        on
          .selectFrom('party_position')
          .distinctOn('document_id')
          .select((eb) => ['id', 'document_id', 'as_of', eb('state', 'in', [...waitingStates]).as('waits')])
          .where('organisation_id', '=', organisation)
          .where(lastDay('as_of', 'as_of_precision'), '<=', day)
          .orderBy('document_id')
          .orderBy('as_of', 'desc'),
      )
      // Only of those that may be among the first is it looked up where their documents stand.
      .with('candidate', (on) =>
        on
          .selectFrom('known')
          .selectAll()
          .where('waits', '=', true)
          .unionAll((eb) =>
            eb.parens(
              on
                .selectFrom('known')
                .selectAll()
                .where('waits', '=', false)
                .orderBy('as_of', 'desc')
                .fetch(limit, 'with ties'),
            ),
          ),
      )
      .selectFrom('candidate')
      .innerJoin('document', 'document.id', 'candidate.document_id')
      .innerJoin('party_position', 'party_position.id', 'candidate.id')
      .select([
        'party_position.as_of',
        'party_position.as_of_precision',
        'party_position.state',
        'party_position.decided_by',
        'party_position.decided_on',
        'party_position.decided_precision',
        'party_position.paragraph',
        'party_position.url',
        'party_position.provenance_id',
        'document.slug',
        'document.title',
        sql<number>`(select count(*) from known)`.as('total'),
        sql<number>`(select count(*) from known where waits)`.as('waiting'),
      ])
      .orderBy('candidate.waits', 'desc')
      .orderBy(sql`case when not candidate.waits then candidate.as_of end`, 'desc')
      .orderBy('document.position')
      .orderBy('document.id')
      .limit(limit),
  )

/** The documents that the organisation is a party to. */
export const documentsOfParty = (limit: number) =>
  fixed((db, organisation: number) =>
    db
      .selectFrom('document_party')
      .innerJoin('document', 'document.id', 'document_party.document_id')
      .select(['document.id', 'document.slug', 'document.title', 'document.kind', 'document.state'])
      .where('document_party.organisation_id', '=', organisation)
      .orderBy('document.position')
      .orderBy('document.id')
      .limit(limit),
  )

/** The newest published meeting until the day that has a list of who was there. */
export function lastWithAttendance(db: Reader, day: Day) {
  return withAttendance(db, day)
    .select(['meeting.id', 'meeting.held_on', 'meeting.body_id'])
    .limit(1)
    .executeTakeFirst()
}

/**
 * Published meetings until the day that have a list of who was there, the newest first, and who of the organisations was
 * noted at each.
 */
export const attendanceOf = (limit: number) => {
  const asked = fixed((db, organisations: readonly number[], day: Day) =>
    db
      .selectFrom(
        withAttendance(db, day)
          .select(['meeting.id', 'meeting.slug', 'meeting.title', 'meeting.held_on', 'meeting.body_id'])
          .limit(limit)
          .as('meeting'),
      )
      .leftJoin('attendance', (join) =>
        join
          .onRef('attendance.meeting_id', '=', 'meeting.id')
          .on(sql<boolean>`attendance.organisation_id = any(${organisations}::bigint[])`),
      )
      .leftJoin('person', 'person.id', 'attendance.person_id')
      .select([
        'meeting.id',
        'meeting.slug',
        'meeting.title',
        'meeting.body_id',
        'attendance.capacity',
        'attendance.organisation_id',
        'person.name as person_name',
        'person.slug as person_slug',
        'person.no_page_because',
      ])
      .orderBy('meeting.held_on', 'desc')
      .orderBy('meeting.id', 'desc')
      .orderBy('attendance.position')
      .orderBy('attendance.id'),
  )
  return async (db: Reader, organisations: readonly number[], day: Day) => {
    const rows = await asked(db, organisations, day)
    return [...Map.groupBy(rows, ({ id }) => id).values()].flatMap((ofOne) => {
      const [meeting] = ofOne
      if (meeting === undefined) return []
      const { slug, title, body_id } = meeting
      const present = ofOne.flatMap(
        ({ capacity, organisation_id, person_name, person_slug, no_page_because }): Present[] =>
          capacity === null || person_name === null || person_slug === null
            ? []
            : [{ capacity, organisation_id, name: person_name, slug: person_slug, no_page_because }],
      )
      return [{ slug, title, body_id, present }]
    })
  }
}

/** Who was noted at the meeting, with the organisation that they were noted for. */
export function attendanceAt(db: Reader, meeting: number): Promise<Present[]> {
  return db
    .selectFrom('attendance')
    .innerJoin('person', 'person.id', 'attendance.person_id')
    .select([
      'attendance.capacity',
      'attendance.organisation_id',
      'person.name',
      'person.slug',
      'person.no_page_because',
    ])
    .where('attendance.meeting_id', '=', meeting)
    .orderBy('attendance.position')
    .orderBy('attendance.id')
    .execute()
}

export type Present = Pick<Selectable<DB['attendance']>, 'capacity' | 'organisation_id'> &
  Pick<Selectable<DB['person']>, 'name' | 'slug' | 'no_page_because'>

function withAttendance(db: Reader, day: Day) {
  return db
    .selectFrom('meeting')
    .where('meeting.state', '=', 'published')
    .where('meeting.held_on', '<=', day)
    .where((eb) =>
      eb.exists(
        eb.selectFrom('attendance').select('attendance.id').whereRef('attendance.meeting_id', '=', 'meeting.id'),
      ),
    )
    .orderBy('meeting.held_on', 'desc')
    .orderBy('meeting.id', 'desc')
}

/** The newest decisions until the day that set what applies to every party: values and documents. */
export const commonDecisions = (limit: number) =>
  fixed((db, day: Day) =>
    db
      .selectFrom('decision')
      .innerJoin('body', 'body.id', 'decision.body_id')
      .leftJoin('meeting', 'meeting.id', 'decision.meeting_id')
      .leftJoin('agenda_item', 'agenda_item.id', 'decision.agenda_item_id')
      .select([
        'decision.id',
        'decision.slug',
        'decision.title',
        'decision.kind',
        'decision.decided_on',
        'decision.decided_precision',
        'body.name as body_name',
        'body.slug as body_slug',
        'meeting.slug as meeting_slug',
        'meeting.title as meeting_title',
        'agenda_item.number as item_number',
      ])
      .where('decision.for_all', '=', sql.lit(true))
      .where('decision.decided_on', '<=', day)
      .orderBy('decision.decided_on', 'desc')
      .orderBy('decision.id', 'desc')
      .limit(limit),
  )
