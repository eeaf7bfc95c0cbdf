import type { Work } from '../audit/work.ts'
import { carryOutDecisions } from '../decisions/changes.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { conflict } from '../kernel/errors.ts'

/**
 * Publishes a meeting's minutes: every effect of its decisions is carried out in this transaction, or nothing happens.
 * A position or endorsement of the meeting is carried out with it.
 * @throws DecisionConflict when an effect cannot be carried out
 */
export async function publishMeeting(work: Work, handlers: readonly EffectHandler[], meetingId: number): Promise<void> {
  const { trx } = work
  // The lock keeps two coordinators from publishing the same meeting at once.
  const meeting = await trx
    .selectFrom('meeting')
    .select(['id', 'slug', 'state'])
    .where('id', '=', meetingId)
    .forUpdate()
    .executeTakeFirstOrThrow()
  if (meeting.state === 'published') throw conflict('Mötet är redan publicerat.')
  const decisions = await trx
    .selectFrom('decision')
    .select('id')
    .where('meeting_id', '=', meetingId)
    .where('state', '=', 'proposed')
    .orderBy('position')
    .execute()
  await carryOutDecisions(
    work,
    handlers,
    decisions.map(({ id }) => id),
  )
  await trx
    .updateTable('meeting')
    .set({ state: 'published', published_at: new Date() })
    .where('id', '=', meetingId)
    .execute()
  await work.record('meeting.published', `meeting/${meeting.slug}`, { decisions: decisions.length })
}
