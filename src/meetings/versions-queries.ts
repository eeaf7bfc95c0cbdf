import type { Reader } from '../db/database.ts'
import type { Minutes } from './minutes.ts'

/** The frozen versions of a meeting's minutes, the first one first. Without their content. */
export function versionsOf(db: Reader, meetingId: number) {
  return db
    .selectFrom('minutes_version')
    .select(['number', 'sha256', 'previous_sha256', 'published_at', 'published_by', 'without_approval'])
    .where('meeting_id', '=', meetingId)
    .orderBy('number')
    .execute()
}

/** Versions with what they say, masked words and all: for pages that mask them. */
export async function frozenMinutes(db: Reader, meetingId: number) {
  const rows = await db
    .selectFrom('minutes_version')
    .select(['number', 'sha256', 'published_at', 'published_by', 'without_approval', 'content', 'content_text'])
    .where('meeting_id', '=', meetingId)
    .orderBy('number')
    .execute()
  return rows.map(({ content, ...row }) => ({ ...row, minutes: content as unknown as Minutes }))
}
