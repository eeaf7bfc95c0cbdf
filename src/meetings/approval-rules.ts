/** Justering: who may be asked, what an answer holds for, and when minutes may be published. Pure. */
import type { ApprovalState, MeetingState } from '../db/schema.ts'
import type { Day } from '../kernel/dates.ts'

export type AskRefusal = 'not-written' | 'published' | 'nobody-chosen' | 'not-attending'

/** May the minutes be sent to these adjusters (justerare)? They are chosen among those who attended. */
export function refuseAsking(
  meeting: { state: MeetingState },
  chosen: readonly number[],
  attended: ReadonlySet<number>,
): AskRefusal | null {
  if (meeting.state === 'published') return 'published'
  if (!['held', 'drafted', 'adjusting'].includes(meeting.state)) return 'not-written'
  if (chosen.length === 0) return 'nobody-chosen'
  return chosen.every((id) => attended.has(id)) ? null : 'not-attending'
}

export type AnswerRefusal = 'not-adjusting' | 'text-changed' | 'already-approved'

/**
 * May an adjuster answer? Only while the minutes are being adjusted, and only for the text that was read.
 * @param seen the checksum of what the adjuster read
 * @param now the checksum of the minutes as they stand
 */
export function refuseAnswer(
  meeting: { state: MeetingState },
  approver: { state: ApprovalState },
  seen: string,
  now: string,
): AnswerRefusal | null {
  if (meeting.state !== 'adjusting') return 'not-adjusting'
  if (approver.state === 'approved') return 'already-approved'
  return seen === now ? null : 'text-changed'
}

export type Approval = { state: ApprovalState; approved_sha256: Buffer | null }

/** Have all adjusters approved exactly this text? Nobody asked means no. */
export function isApproved(approvals: readonly Approval[], hash: Buffer): boolean {
  return approvals.length > 0 && approvals.every((one) => one.state === 'approved' && one.approved_sha256?.equals(hash))
}

export type PublishRefusal = 'already-published' | 'not-held' | 'no-agenda' | 'not-approved'

/**
 * May the minutes be published? After all adjusters have approved, or with a reason why without.
 * A meeting that has not been written anything of is told to be held first.
 */
export function refusePublication(
  meeting: { state: MeetingState; held_on: Day; items: number },
  approved: boolean,
  withoutApproval: string | null,
  today: Day,
): PublishRefusal | null {
  if (meeting.state === 'published') return 'already-published'
  if (!['held', 'drafted', 'adjusting'].includes(meeting.state) || today < meeting.held_on) return 'not-held'
  if (meeting.items === 0) return 'no-agenda'
  return approved || withoutApproval !== null ? null : 'not-approved'
}
