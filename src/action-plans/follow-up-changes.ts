import { typedHere } from '../audit/provenance.ts'
import type { Work } from '../audit/work.ts'
import type { FollowUpState } from '../db/schema.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { queueLetter } from '../mail/letters.ts'
import { newestNotes, type PartToFollowUp } from './follow-up-queries.ts'
import { type FollowUpRefusal, refuseFollowUp, type TypedNote } from './follow-up-rules.ts'
import { followUpLinkLetter } from './letters.ts'

/**
 * Notes how it goes with parts of a plan. Notes are added, never written over: what two people tell at once both
 * stands. The same note sent twice by the same person is one.
 * @returns how many notes were added, or why none
 */
export async function noteFollowUp(
  work: Work,
  plan: { id: number; slug: string; adopted: boolean },
  notes: readonly (PartToFollowUp & TypedNote)[],
  { on, by, today }: { on: Day; by: string; today: Day },
): Promise<{ added: number } | { refusal: FollowUpRefusal }> {
  const refusal = refuseFollowUp(plan, notes, on, today)
  if (refusal) {
    await work.record('plan.follow-up-refused', `plan/${plan.slug}`, { refusal })
    return { refusal }
  }
  // Held until we are done, so that of the same form sent twice the second sees what the first wrote.
  await work.trx.selectFrom('plan').select('id').where('id', '=', plan.id).forUpdate().execute()
  const before = await newestNotes(work.trx, plan.id, on)
  const fresh = notes.filter(({ key, state, note }) => {
    const newest = before.get(key)
    return !(
      newest &&
      newest.noted_on === on &&
      newest.noted_by === by &&
      newest.state === state &&
      newest.note === note
    )
  })
  if (fresh.length > 0) {
    const provenance_id = await typedHere(work, today)
    await work.trx
      .insertInto('follow_up')
      .values(
        fresh.map(({ areaId, activityId, state, note }) => ({
          plan_id: plan.id,
          area_id: areaId,
          activity_id: activityId,
          noted_on: on,
          state,
          note,
          noted_by: by,
          provenance_id,
        })),
      )
      .execute()
  }
  await work.record('plan.followed-up', `plan/${plan.slug}`, {
    on,
    notes: fresh.map(({ code, key, state, note }) => ({
      part: code,
      before: { state: before.get(key)?.state ?? null, note: before.get(key)?.note ?? null },
      after: { state, note },
    })),
  })
  return { added: fresh.length }
}

export type NoteValues = { on: Day; state: FollowUpState | null; note: string | null; by: string }

/** Mends a note, such as a slip of the pen. @returns 'stale' when somebody else has changed it meanwhile */
export async function changeNote(
  work: Work,
  plan: { id: number; slug: string },
  id: number,
  version: number,
  { on, state, note, by }: NoteValues,
  today: Day,
): Promise<'stale' | FollowUpRefusal | null> {
  const before = await work.trx
    .selectFrom('follow_up')
    .select(['version', 'noted_on', 'state', 'note', 'noted_by'])
    .where('id', '=', id)
    .where('plan_id', '=', plan.id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`follow-up ${id}`))
  const refusal =
    (before.version === version ? null : 'stale') ??
    refuseFollowUp({ adopted: true }, state === null && note === null ? [] : [note], on, today)
  if (refusal) {
    await work.record('plan.note-refused', `plan/${plan.slug}`, { note: id, refusal })
    return refusal
  }
  const after = { noted_on: on, state, note, noted_by: by }
  await work.trx.updateTable('follow_up').set(after).where('id', '=', id).execute()
  const { version: _, ...stood } = before
  await work.record('plan.note-changed', `plan/${plan.slug}`, { note: id, before: stood, after })
  return null
}

/** Removes a note that should not have been made; the log keeps what it said. */
export async function removeNote(work: Work, plan: { id: number; slug: string }, id: number): Promise<void> {
  const before = await work.trx
    .deleteFrom('follow_up')
    .where('id', '=', id)
    .where('plan_id', '=', plan.id)
    .returning(['noted_on', 'state', 'note', 'noted_by'])
    .executeTakeFirstOrThrow(() => notFound(`follow-up ${id}`))
  await work.record('plan.note-removed', `plan/${plan.slug}`, { note: id, before, after: null })
}

/** Who gets a link: accounts, whose addresses are found when the letter is sent, and an address typed for this once. */
export type Receivers = { accountIds: readonly number[]; address: string | null }

/** Asks for a follow-up of the whole plan by a day: letters with a single-use link each wait to be sent. */
export async function askForFollowUp(
  work: Work,
  plan: { id: number; slug: string },
  { dueOn, receivers, today }: { dueOn: Day; receivers: Receivers; today: Day },
): Promise<number> {
  await work.trx
    .insertInto('follow_up_round')
    .values({ plan_id: plan.id, asked_on: today, due_on: dueOn, asked_by: work.actor.name })
    .execute()
  const { accountIds, address } = receivers
  const letters = [...accountIds.map((accountId) => ({ accountId })), ...(address === null ? [] : [{ address }])]
  for (const to of letters) {
    await queueLetter(work.trx, followUpLinkLetter, { planId: plan.id, dueOn, by: work.actor.name, ...to })
  }
  await work.record('plan.follow-up-asked', `plan/${plan.slug}`, { due_on: dueOn, letters: letters.length })
  return letters.length
}
