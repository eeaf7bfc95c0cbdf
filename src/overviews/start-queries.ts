import type { Reader } from '../db/database.ts'
import { fixed } from '../db/fixed.ts'
import type { Day } from '../kernel/dates.ts'

/** The next meeting that has been called or planned, of any body; the nearest first. */
export async function nextMeeting(db: Reader, today: Day) {
  return (await called(db, today))[0]
}

const called = fixed((db, today: Day) =>
  db
    .selectFrom('meeting')
    .innerJoin('body', 'body.id', 'meeting.body_id')
    .select([
      'meeting.slug',
      'meeting.title',
      'meeting.held_on',
      'meeting.starts_at',
      'meeting.place',
      'body.name as body_name',
    ])
    .where('meeting.state', '=', 'called')
    .where('meeting.held_on', '>=', today)
    .orderBy('meeting.held_on')
    .orderBy('meeting.starts_at')
    .limit(1),
)

/** The newest published minutes. */
export async function lastMinutes(db: Reader) {
  return (await published(db))[0]
}

const published = fixed((db) =>
  db
    .selectFrom('meeting')
    .innerJoin('body', 'body.id', 'meeting.body_id')
    .select((eb) => [
      'meeting.slug',
      'meeting.title',
      'meeting.held_on',
      'body.name as body_name',
      eb
        .selectFrom('decision')
        .select((count) => count.fn.countAll<number>().as('count'))
        .whereRef('decision.meeting_id', '=', 'meeting.id')
        .where('decision.kind', '=', 'decision')
        .as('decisions'),
    ])
    .where('meeting.state', '=', 'published')
    .orderBy('meeting.held_on', 'desc')
    .orderBy('meeting.id', 'desc')
    .limit(1),
)

export const themes = fixed((db) => db.selectFrom('theme').select(['slug', 'name']).orderBy('position').orderBy('id'))
