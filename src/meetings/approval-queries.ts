import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'

/** The adjusters of a meeting with what they have answered, and whether the portal can write to them. */
export function approversOf(db: Reader, meetingId: number) {
  return db
    .selectFrom('minutes_approver')
    .innerJoin('person', 'person.id', 'minutes_approver.person_id')
    .leftJoin('account', 'account.person_id', 'person.id')
    .select([
      'minutes_approver.id',
      'minutes_approver.person_id',
      'minutes_approver.state',
      'minutes_approver.comment',
      'minutes_approver.asked_at',
      'minutes_approver.answered_at',
      'minutes_approver.approved_sha256',
      'person.name',
      sql<boolean>`coalesce(account.email is not null and account.closed_at is null, false)`.as('has_address'),
    ])
    .where('minutes_approver.meeting_id', '=', meetingId)
    .orderBy(sql`person.name collate "sv-x-icu"`)
    .execute()
}

/** Those who attended with a seat and can adjust: each with whether the portal can write to them. */
export function possibleApprovers(db: Reader, meetingId: number) {
  return db
    .selectFrom('attendance')
    .innerJoin('person', 'person.id', 'attendance.person_id')
    .leftJoin('account', 'account.person_id', 'person.id')
    .select([
      'attendance.person_id',
      'attendance.capacity',
      'person.name',
      sql<boolean>`coalesce(account.email is not null and account.closed_at is null, false)`.as('has_address'),
    ])
    .where('attendance.meeting_id', '=', meetingId)
    .where('attendance.capacity', 'in', ['member', 'substitute'])
    .orderBy('attendance.capacity')
    .orderBy('attendance.position')
    .execute()
}

function asked(db: Reader) {
  return db
    .selectFrom('minutes_approver')
    .innerJoin('meeting', 'meeting.id', 'minutes_approver.meeting_id')
    .innerJoin('person', 'person.id', 'minutes_approver.person_id')
    .select([
      'minutes_approver.id',
      'minutes_approver.person_id',
      'minutes_approver.state',
      'minutes_approver.comment',
      'minutes_approver.answered_at',
      'minutes_approver.token_used_at',
      'person.name',
      'meeting.id as meeting_id',
      'meeting.slug',
      'meeting.title',
      'meeting.held_on',
      'meeting.state as meeting_state',
    ])
}

/** What somebody is asked to adjust now, for the person's own page. */
export function askedOf(db: Reader, personId: number) {
  return asked(db)
    .where('minutes_approver.person_id', '=', personId)
    .where('meeting.state', '=', 'adjusting')
    .orderBy('meeting.held_on')
    .execute()
}

export function askedById(db: Reader, id: number) {
  return asked(db).where('minutes_approver.id', '=', id).executeTakeFirst()
}

export function askedByLink(db: Reader, tokenHash: Buffer) {
  return asked(db).where('minutes_approver.token_hash', '=', tokenHash).executeTakeFirst()
}

export function askedFor(db: Reader, slug: string, personId: number) {
  return asked(db)
    .where('meeting.slug', '=', slug as never)
    .where('minutes_approver.person_id', '=', personId)
    .executeTakeFirst()
}

export type Asked = NonNullable<Awaited<ReturnType<typeof askedById>>>
