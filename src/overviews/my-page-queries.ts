import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { holds } from '../db/ranges.ts'
import type { Day } from '../kernel/dates.ts'

/** Where the person sits on the day, with the role there. */
export function seatsOn(db: Reader, personId: number, today: Day) {
  return db
    .selectFrom('membership')
    .innerJoin('body', 'body.id', 'membership.body_id')
    .select(['body.id', 'body.slug', 'body.name', 'membership.role'])
    .where('membership.person_id', '=', personId)
    .where(holds('membership.valid', today))
    .orderBy('body.position')
    .execute()
}

/** The roles that the account has been given, with their bodies. */
export function grantsOn(db: Reader, accountId: number, today: Day) {
  return db
    .selectFrom('account_role_grant')
    .leftJoin('body', 'body.id', 'account_role_grant.body_id')
    .select(['body.id', 'body.slug', 'body.name', 'body.kind', 'account_role_grant.role'])
    .where('account_role_grant.account_id', '=', accountId)
    .where(holds('account_role_grant.valid', today))
    .orderBy('body.position')
    .execute()
}

/** When the visit before this one began; null at the first. */
export async function previousVisit(db: Reader, accountId: number): Promise<Date | null> {
  const account = await db
    .selectFrom('account')
    .select('previous_visit_at')
    .where('id', '=', accountId)
    .executeTakeFirst()
  return account?.previous_visit_at ?? null
}

/** Called meetings of the bodies from today on, and what the person has answered, the nearest first. `bodyIds` null: all bodies. */
export function comingMeetings(
  db: Reader,
  personId: number,
  bodyIds: readonly number[] | null,
  today: Day,
  most: number,
) {
  return db
    .selectFrom('meeting')
    .innerJoin('body', 'body.id', 'meeting.body_id')
    .leftJoin('invitation', (join) =>
      join.onRef('invitation.meeting_id', '=', 'meeting.id').on('invitation.person_id', '=', personId),
    )
    .select([
      'invitation.id as invitation_id',
      'invitation.reply',
      'meeting.slug',
      'meeting.title',
      'meeting.held_on',
      'meeting.starts_at',
      'meeting.place',
      'body.name as body_name',
    ])
    .where('meeting.state', '=', 'called')
    .where('meeting.held_on', '>=', today)
    .$if(bodyIds !== null, (query) =>
      query.where((eb) => eb.or([eb('meeting.body_id', 'in', bodyIds ?? []), eb('invitation.id', 'is not', null)])),
    )
    .orderBy('meeting.held_on')
    .orderBy('meeting.starts_at')
    .limit(most)
    .execute()
}

/** Minutes under adjustment that wait for the person's answer. */
export function minutesToApprove(db: Reader, personId: number) {
  return db
    .selectFrom('minutes_approver')
    .innerJoin('meeting', 'meeting.id', 'minutes_approver.meeting_id')
    .select(['meeting.slug', 'meeting.title', 'meeting.held_on'])
    .where('minutes_approver.person_id', '=', personId)
    .where('minutes_approver.answered_at', 'is', null)
    .where('meeting.state', '=', 'adjusting')
    .orderBy('meeting.held_on')
    .execute()
}

/** Decisions carried out since a moment, the newest first, in the bodies (null: all). */
export function decisionsSince(db: Reader, bodyIds: readonly number[] | null, since: Date, most: number) {
  return db
    .selectFrom('decision')
    .innerJoin('body', 'body.id', 'decision.body_id')
    .select(['decision.slug', 'decision.title', 'decision.carried_out_at', 'body.name as body_name'])
    .where('decision.carried_out_at', '>', since)
    .$if(bodyIds !== null, (query) =>
      query.where((eb) =>
        eb.or([
          eb('decision.body_id', 'in', bodyIds ?? []),
          // Whatever it changed, also when another body decided it.
          eb.exists(
            eb
              .selectFrom('effect')
              .select('effect.id')
              .whereRef('effect.decision_id', '=', 'decision.id')
              .where('effect.body_id', 'in', bodyIds ?? []),
          ),
        ]),
      ),
    )
    .orderBy('decision.carried_out_at', 'desc')
    .orderBy('decision.id', 'desc')
    .limit(most)
    .execute()
}

/** Minutes published since a moment, in the bodies (null: all). */
export function minutesSince(db: Reader, bodyIds: readonly number[] | null, since: Date, most: number) {
  return db
    .selectFrom('meeting')
    .innerJoin('body', 'body.id', 'meeting.body_id')
    .select(['meeting.slug', 'meeting.title', 'meeting.published_at', 'body.name as body_name'])
    .where('meeting.state', '=', 'published')
    .where('meeting.published_at', '>', since)
    .$if(bodyIds !== null, (query) => query.where('meeting.body_id', 'in', bodyIds ?? []))
    .orderBy(sql`meeting.published_at desc`)
    .limit(most)
    .execute()
}
