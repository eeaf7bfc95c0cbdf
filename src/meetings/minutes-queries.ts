import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { holds } from '../db/ranges.ts'
import { clausesOf, decisionsOfMeeting } from '../decisions/draft-queries.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { type Day, dateText, timeText } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { type Minutes, minutesText, textHash } from './minutes.ts'
import { agendaOf, presentersOf, statementsOf } from './queries.ts'

/** Errata and notes of what happened after the meeting, in the order in which they were made. */
export function notesOf(db: Reader, meetingId: number) {
  return db
    .selectFrom('minutes_note')
    .leftJoin('agenda_item', 'agenda_item.id', 'minutes_note.agenda_item_id')
    .select([
      'minutes_note.id',
      'minutes_note.kind',
      'minutes_note.note',
      'minutes_note.noted_on',
      'minutes_note.noted_by',
      'minutes_note.agenda_item_id',
      'minutes_note.text_before',
      'minutes_note.text_after',
      'agenda_item.number as item_number',
    ])
    .where('minutes_note.meeting_id', '=', meetingId)
    .orderBy('minutes_note.id')
    .execute()
}

/** What is masked in a meeting's minutes. The words themselves are for the change that masks and for tests of it. */
export function masksOf(db: Reader, meetingId: number) {
  return db
    .selectFrom('minutes_mask')
    .leftJoin('agenda_item', 'agenda_item.id', 'minutes_mask.agenda_item_id')
    .select([
      'minutes_mask.id',
      'minutes_mask.masked as words',
      'minutes_mask.reason',
      'minutes_mask.masked_by',
      'minutes_mask.masked_on',
      'agenda_item.number',
    ])
    .where('minutes_mask.meeting_id', '=', meetingId)
    .orderBy('minutes_mask.id')
    .execute()
}

/** Attendance with all that its form holds. */
export function attendanceRows(db: Reader, meetingId: number) {
  return db
    .selectFrom('attendance')
    .innerJoin('person', 'person.id', 'attendance.person_id')
    .leftJoin('organisation', 'organisation.id', 'attendance.organisation_id')
    .select([
      'attendance.person_id',
      'attendance.capacity',
      'attendance.title',
      'attendance.on_behalf_text',
      'person.name',
      'organisation.name as organisation_name',
      'organisation.short_name as organisation_short',
    ])
    .where('attendance.meeting_id', '=', meetingId)
    .orderBy('attendance.capacity')
    .orderBy('attendance.position')
    .orderBy('attendance.id')
    .execute()
}

/** The minutes as they stand, in the form that is approved and frozen. Words that are masked are still there. */
export async function collectMinutes(
  db: Reader,
  handlers: readonly EffectHandler[],
  meetingId: number,
): Promise<Minutes> {
  const meeting = await db
    .selectFrom('meeting')
    .innerJoin('body', 'body.id', 'meeting.body_id')
    .select([
      'meeting.title',
      'meeting.held_on',
      'meeting.starts_at',
      'meeting.ends_at',
      'meeting.place',
      'meeting.text_kind',
      'body.name as body_name',
    ])
    .where('meeting.id', '=', meetingId)
    .executeTakeFirstOrThrow(() => notFound(`meeting ${meetingId}`))
  const items = await agendaOf(db, meetingId)
  const presenters = await presentersOf(db, meetingId)
  const statements = await statementsOf(db, meetingId)
  const decisions = await decisionsOfMeeting(db, meetingId)
  const clauses = await clausesOf(db, handlers, decisions)
  const attendance = await attendanceRows(db, meetingId)
  const notes = await notesOf(db, meetingId)
  const noteOf = ({ kind, noted_on, noted_by, note }: (typeof notes)[number]) => ({
    kind,
    on: noted_on as Day,
    by: noted_by,
    note,
  })
  const { starts_at, ends_at } = meeting
  return {
    title: meeting.title,
    body: meeting.body_name,
    heldOn: meeting.held_on as Day,
    time: starts_at === null ? null : timeText(starts_at) + (ends_at === null ? '' : `–${timeText(ends_at)}`),
    place: meeting.place,
    textKind: meeting.text_kind,
    items: items.map((item) => ({
      number: item.number,
      title: item.title,
      kinds: item.kinds,
      presenters: presenters
        .filter(({ agenda_item_id }) => agenda_item_id === item.id)
        .map((one) => [one.name ?? one.presenter_text, one.title, one.organisation_name].filter(Boolean).join(', ')),
      state: item.state_text,
      text: item.body_text,
      statements: statements
        .filter(({ agenda_item_id }) => agenda_item_id === item.id)
        .map(({ kind, name, statement }) => ({ kind, name, statement })),
      decisions: decisions
        .filter(({ agenda_item_id }) => agenda_item_id === item.id)
        .map((decision) => ({
          kind: decision.kind,
          title: decision.title,
          by:
            decision.kind === 'endorsement'
              ? `${decision.body_name}, ${dateText(decision.decided_on as Day, decision.decided_precision)}`
              : null,
          clause: clauses.get(decision.id) ?? decision.title,
        })),
      afterMeeting: item.after_meeting,
      notes: notes.filter(({ agenda_item_id }) => agenda_item_id === item.id).map(noteOf),
    })),
    attendance: attendance.map(({ capacity, name, title, organisation_name, on_behalf_text }) => ({
      capacity,
      name,
      title,
      organisation: organisation_name ?? on_behalf_text,
    })),
    notes: notes.filter(({ agenda_item_id }) => agenda_item_id === null).map(noteOf),
  }
}

/** The checksum of the minutes as they stand. */
export async function minutesHash(db: Reader, handlers: readonly EffectHandler[], meetingId: number): Promise<Buffer> {
  return textHash(minutesText(await collectMinutes(db, handlers, meetingId)))
}

/** Who sits in the body on the day, each person once, with the role and organisation that the register has. */
export async function rosterOf(db: Reader, meeting: { id: number; body_id: number; held_on: Day }) {
  const rows = await db
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .leftJoin('organisation as behalf', 'behalf.id', 'membership.on_behalf_organisation_id')
    .leftJoin('organisation as employer', 'employer.id', 'membership.employer_id')
    .leftJoin('seat', 'seat.id', 'membership.seat_id')
    .leftJoin('invitation', (join) =>
      join.onRef('invitation.person_id', '=', 'membership.person_id').on('invitation.meeting_id', '=', meeting.id),
    )
    .select([
      'membership.person_id',
      'membership.role',
      'membership.title',
      'person.name',
      'invitation.reply',
      'seat.represents_text',
      sql<string | null>`coalesce(behalf.short_name, employer.short_name)`.as('organisation'),
    ])
    .where('membership.body_id', '=', meeting.body_id)
    .where(holds('membership.valid', meeting.held_on))
    .orderBy('behalf.position')
    .orderBy(sql`person.name collate "sv-x-icu"`)
    .orderBy('membership.role')
    .execute()
  return [...new Map(rows.map((row) => [row.person_id, row])).values()]
}

export type RosterRow = Awaited<ReturnType<typeof rosterOf>>[number]

/** Organisations by every name they go by, in lower case. */
export async function organisationsByName(db: Reader): Promise<Map<string, number>> {
  const rows = await db.selectFrom('organisation').select(['id', 'name', 'short_name']).orderBy('id', 'desc').execute()
  const former = await db.selectFrom('organisation_name').select(['organisation_id', 'name']).execute()
  return new Map([
    ...former.map(({ organisation_id, name }) => [name.toLowerCase(), organisation_id] as const),
    ...rows.map(({ id, name }) => [name.toLowerCase(), id] as const),
    ...rows.map(({ id, short_name }) => [short_name.toLowerCase(), id] as const),
  ])
}

export function organisationNames(db: Reader) {
  return db
    .selectFrom('organisation')
    .select(['name', 'short_name'])
    .orderBy('is_party', 'desc')
    .orderBy('position')
    .orderBy('id')
    .execute()
}

/** Each item with everything that its minutes' form holds. */
export async function itemsToWrite(db: Reader, meetingId: number) {
  const items = await agendaOf(db, meetingId)
  const presenters = await presentersOf(db, meetingId)
  const statements = await statementsOf(db, meetingId)
  return items.map((item) => {
    const of = <Row extends { agenda_item_id: number }>(rows: readonly Row[]) =>
      rows.filter(({ agenda_item_id }) => agenda_item_id === item.id)
    const said = (kind: 'disqualification' | 'reservation') =>
      of(statements)
        .filter((one) => one.kind === kind)
        .map(({ name, statement }) => (statement === null ? name : `${name}: ${statement.replace(/\s*\n\s*/g, ' ')}`))
        .join('\n')
    return {
      id: item.id,
      number: item.number,
      title: item.title,
      sub: item.parent_id !== null,
      background: item.background,
      words: {
        text: item.body_text ?? '',
        typ: [...item.kinds],
        foredragning: of(presenters)
          .map((one) => [one.name ?? one.presenter_text, one.title, one.organisation_name].filter(Boolean).join(', '))
          .join('\n'),
        status: item.state_text ?? '',
        jav: said('disqualification'),
        reservationer: said('reservation'),
        efter: item.after_meeting ?? '',
      } satisfies ItemWords,
    }
  })
}

/** What is written of an item, as its form has it. */
export type ItemWords = {
  text: string
  typ: readonly string[]
  foredragning: string
  status: string
  jav: string
  reservationer: string
  efter: string
}

export type ItemToWrite = Awaited<ReturnType<typeof itemsToWrite>>[number]

/** What an erratum of an item may change: its text and the words of its decisions. @throws PortalError not-found */
export async function wordsOfItem(db: Reader, handlers: readonly EffectHandler[], meetingId: number, number: string) {
  const item = await db
    .selectFrom('agenda_item')
    .select(['id', 'number', 'title', 'body_text'])
    .where('meeting_id', '=', meetingId)
    .where('number', '=', number)
    .executeTakeFirstOrThrow(() => notFound(`item ${number} of meeting ${meetingId}`))
  const decisions = (await decisionsOfMeeting(db, meetingId)).filter(({ agenda_item_id }) => agenda_item_id === item.id)
  const clauses = await clausesOf(db, handlers, decisions)
  return {
    id: item.id,
    number: item.number,
    title: item.title,
    text: item.body_text ?? '',
    clauses: decisions.map(({ id, title }) => ({ id, title, clause: clauses.get(id) ?? title })),
  }
}
