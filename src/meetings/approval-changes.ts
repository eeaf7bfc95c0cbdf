import { sql } from 'kysely'
import type { Work } from '../audit/work.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { notFound } from '../kernel/errors.ts'
import { queueLetter } from '../mail/letters.ts'
import { approversOf, possibleApprovers } from './approval-queries.ts'
import { type AnswerRefusal, type AskRefusal, refuseAnswer, refuseAsking } from './approval-rules.ts'
import { minutesHash } from './minutes-queries.ts'

export const approvalLetter = 'minutes.approval'

async function lockedMeeting(work: Work, meetingId: number) {
  return await work.trx
    .selectFrom('meeting')
    .select(['id', 'slug', 'state'])
    .where('id', '=', meetingId)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`meeting ${meetingId}`))
}

/** Sends the minutes to adjusters: exactly those chosen are asked. Who has approved already stays so. */
export async function askApprovers(
  work: Work,
  meetingId: number,
  chosen: readonly number[],
): Promise<AskRefusal | null> {
  const meeting = await lockedMeeting(work, meetingId)
  const attended = new Set((await possibleApprovers(work.trx, meetingId)).map(({ person_id }) => person_id))
  const refusal = refuseAsking(meeting, chosen, attended)
  if (refusal) {
    await work.record('minutes.approval-refused', `meeting/${meeting.slug}`, { refusal })
    return refusal
  }
  const before = await approversOf(work.trx, meetingId)
  await work.trx
    .deleteFrom('minutes_approver')
    .where('meeting_id', '=', meetingId)
    .where('person_id', 'not in', [...chosen])
    .execute()
  await work.trx
    .insertInto('minutes_approver')
    .values(chosen.map((person_id) => ({ meeting_id: meetingId, person_id })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await work.trx.updateTable('meeting').set({ state: 'adjusting' }).where('id', '=', meetingId).execute()
  const known = new Set(before.map(({ person_id }) => person_id))
  const sendTo = meeting.state === 'adjusting' ? chosen.filter((id) => !known.has(id)) : chosen
  await writeTo(work, meetingId, sendTo)
  await work.record('minutes.approval-asked', `meeting/${meeting.slug}`, {
    before: before.map(({ person_id }) => person_id),
    after: chosen,
  })
  return null
}

/** Asks everybody who has not approved the text as it now stands, once more. */
export async function askAgain(work: Work, meetingId: number): Promise<AskRefusal | null> {
  const meeting = await lockedMeeting(work, meetingId)
  const refusal = meeting.state === 'adjusting' ? null : meeting.state === 'published' ? 'published' : 'not-written'
  const waiting = (await approversOf(work.trx, meetingId)).filter(({ state }) => state !== 'approved')
  if (refusal || waiting.length === 0) {
    await work.record('minutes.approval-refused', `meeting/${meeting.slug}`, { refusal: refusal ?? 'nobody-waits' })
    return refusal
  }
  await work.trx
    .updateTable('minutes_approver')
    .set({ state: 'asked', answered_at: null, asked_at: sql<Date>`now()` })
    .where('meeting_id', '=', meetingId)
    .where('state', '!=', 'approved')
    .execute()
  const people = waiting.map(({ person_id }) => person_id)
  await writeTo(work, meetingId, people)
  await work.record('minutes.approval-asked-again', `meeting/${meeting.slug}`, { asked: people })
  return null
}

async function writeTo(work: Work, meetingId: number, people: readonly number[]): Promise<void> {
  const reachable = (await approversOf(work.trx, meetingId)).filter(
    ({ person_id, has_address }) => has_address && people.includes(person_id),
  )
  for (const { id } of reachable) await queueLetter(work.trx, approvalLetter, { approverId: id })
}

/** Takes the minutes back from the adjusters. Nothing that they answered is held against the next text. */
export async function takeBack(work: Work, meetingId: number): Promise<AskRefusal | null> {
  const meeting = await lockedMeeting(work, meetingId)
  if (meeting.state !== 'adjusting') {
    const refusal = meeting.state === 'published' ? 'published' : 'not-written'
    await work.record('minutes.approval-refused', `meeting/${meeting.slug}`, { refusal })
    return refusal
  }
  await work.trx.updateTable('meeting').set({ state: 'drafted' }).where('id', '=', meetingId).execute()
  await work.record('minutes.taken-back', `meeting/${meeting.slug}`, { before: 'adjusting', after: 'drafted' })
  return null
}

export type Answer = { approves: true } | { approves: false; comment: string }

/** Thrown when a link has been used meanwhile: of two answers through one link, one counts. */
export class LinkUsed extends Error {
  override name = 'LinkUsed'
}

/**
 * An adjuster's answer, for exactly the text that was read.
 * @param seen the checksum of that text, in hex
 * @param tokenHash set when the answer came through a mailed link, which is used up by it
 */
export async function answerApproval(
  work: Work,
  handlers: readonly EffectHandler[],
  approverId: number,
  answer: Answer,
  seen: string,
  tokenHash: Buffer | null,
): Promise<AnswerRefusal | null> {
  const { meeting_id } = await work.trx
    .selectFrom('minutes_approver')
    .select('meeting_id')
    .where('id', '=', approverId)
    .executeTakeFirstOrThrow(() => notFound(`approver ${approverId}`))
  const meeting = await lockedMeeting(work, meeting_id)
  const approver = await work.trx
    .selectFrom('minutes_approver')
    .select(['id', 'state', 'token_hash', 'token_used_at'])
    .where('id', '=', approverId)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`approver ${approverId}`))
  if (tokenHash !== null && (approver.token_used_at !== null || !approver.token_hash?.equals(tokenHash)))
    throw new LinkUsed()
  const hash = await minutesHash(work.trx, handlers, meeting_id)
  const refusal = refuseAnswer(meeting, approver, seen, hash.toString('hex'))
  if (refusal) {
    await work.record('minutes.answer-refused', `meeting/${meeting.slug}`, { refusal, approver: approverId })
    return refusal
  }
  await work.trx
    .updateTable('minutes_approver')
    .set({
      state: answer.approves ? 'approved' : 'change_requested',
      approved_sha256: answer.approves ? hash : null,
      comment: answer.approves ? null : answer.comment,
      answered_at: new Date(),
      ...(tokenHash === null ? {} : { token_used_at: new Date() }),
    })
    .where('id', '=', approverId)
    .execute()
  await work.record(answer.approves ? 'minutes.approved' : 'minutes.change-requested', `meeting/${meeting.slug}`, {
    approver: approverId,
    sha256: hash.toString('hex'),
  })
  return null
}
