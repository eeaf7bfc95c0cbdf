/** What may be done with a meeting before and until it is held. Pure. */
import type { MeetingState } from '../db/schema.ts'
import { type Day, daysBetween } from '../kernel/dates.ts'
import { slugify } from '../kernel/text.ts'

/**
 * Days between the call and the meeting. An assumption (antagande): what the county has agreed on is not in the
 * sources. Whoever calls later than this says why.
 */
export const defaultNoticeDays = 14

export type MeetingStep = {
  state: MeetingState
  held_on: Day
}

export type CallRefusal = 'already-called' | 'meeting-passed' | 'not-planned' | 'too-late' | 'no-agenda'

/** May the meeting be called (kallas) today? Null means yes. With a reason it may be called on short notice. */
export function refuseCall(
  meeting: MeetingStep & { items: number },
  noticeDays: number,
  today: Day,
  shortNoticeBecause: string | null = null,
): CallRefusal | null {
  if (meeting.state === 'called') return 'already-called'
  if (meeting.state !== 'planned') return 'not-planned'
  const notice = daysBetween(today, meeting.held_on)
  if (notice < 0) return 'meeting-passed'
  if (meeting.items === 0) return 'no-agenda'
  return notice < noticeDays && shortNoticeBecause === null ? 'too-late' : null
}

export type HoldRefusal = 'not-yet' | 'not-before-meeting'

/** May the meeting be marked as held? A meeting that was never called in the portal may have been held all the same. */
export function refuseHold(meeting: MeetingStep, today: Day): HoldRefusal | null {
  if (meeting.state !== 'planned' && meeting.state !== 'called') return 'not-before-meeting'
  return today < meeting.held_on ? 'not-yet' : null
}

export type CancelRefusal = 'not-called' | 'already-held'

/** May the meeting be cancelled (ställas in)? Only what somebody has been told of; a planned meeting is removed. */
export function refuseCancel(meeting: Pick<MeetingStep, 'state'>): CancelRefusal | null {
  if (meeting.state === 'planned') return 'not-called'
  return meeting.state === 'called' ? null : 'already-held'
}

/** May the meeting be removed? Only while nobody has been told of it. */
export function refuseRemoval(meeting: Pick<MeetingStep, 'state'>): 'not-planned' | null {
  return meeting.state === 'planned' ? null : 'not-planned'
}

/** Once the minutes are with the adjusters the agenda is theirs, and published minutes are frozen. */
export function refuseAgendaChange(meeting: Pick<MeetingStep, 'state'>): 'agenda-closed' | null {
  return ['planned', 'called', 'held', 'drafted'].includes(meeting.state) ? null : 'agenda-closed'
}

/** Time and place may change until the meeting is held; afterwards its minutes say when and where it was. */
export function refuseDetailsChange(meeting: Pick<MeetingStep, 'state'>): 'details-closed' | null {
  return ['planned', 'called', 'held', 'drafted'].includes(meeting.state) ? null : 'details-closed'
}

export type DateRefusal = 'called-into-past' | 'held-in-future'

/** Why time and place are not changed: somebody else saved first, the meeting is over, a reason is missing, or the day. */
export type DetailsRefusal = 'stale' | 'details-closed' | 'why-needed' | DateRefusal

/** May a meeting in this state be moved to the day? What has been held was held, what has been called is to come. */
export function refuseDate(state: MeetingState, day: Day, today: Day): DateRefusal | null {
  if (state === 'called' && day < today) return 'called-into-past'
  if ((state === 'held' || state === 'drafted') && today < day) return 'held-in-future'
  return null
}

/** Does a change of the agenda make a new version that readers are told of? From the call until the meeting. */
export function makesVersion(meeting: Pick<MeetingStep, 'state'>): boolean {
  return meeting.state === 'called'
}

/** An old meeting is entered after the fact: its minutes are written at once. */
export function firstState(heldOn: Day, today: Day): MeetingState {
  return heldOn < today ? 'drafted' : 'planned'
}

/** May an invited person still say whether to come? Until the day of the meeting is over, as long as it is to be held. */
export function refuseReply(meeting: MeetingStep, today: Day): 'meeting-passed' | 'cancelled' | null {
  if (meeting.state === 'cancelled') return 'cancelled'
  return meeting.state === 'called' && today <= meeting.held_on ? null : 'meeting-passed'
}

/**
 * Who may read the attachments of a meeting: whoever keeps it, members from the call on, everybody once the minutes are
 * published.
 */
export function mayReadAttachments(state: MeetingState, reader: { keeps: boolean; member: boolean }): boolean {
  if (state === 'published' || reader.keeps) return true
  return reader.member && state !== 'planned'
}

/** The address of a meeting follows its date and body: '2026-03-06-lansgemensam-ledning', with a number when taken. */
export function meetingSlug(heldOn: Day, body: string, taken: ReadonlySet<string>): string {
  const wanted = slugify(`${heldOn} ${body}`)
  let slug = wanted
  for (let number = 2; taken.has(slug); number += 1) slug = `${wanted}-${number}`
  return slug
}
