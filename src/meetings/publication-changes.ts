import { sql } from 'kysely'
import type { Work } from '../audit/work.ts'
import { type Rehearsed, rehearseDecisions } from '../decisions/changes.ts'
import { settleDecisions } from '../decisions/draft-changes.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { markOf } from '../http/stale.ts'
import type { Day } from '../kernel/dates.ts'
import { conflict, notFound } from '../kernel/errors.ts'
import { approversOf } from './approval-queries.ts'
import { isApproved, type PublishRefusal, refusePublication } from './approval-rules.ts'
import { publishMeeting } from './changes.ts'
import { type Minutes, minutesText, textHash, withMasks } from './minutes.ts'
import { collectMinutes, masksOf } from './minutes-queries.ts'

/** What publication would do, as it was shown: the differences of every effect and the checksum of the text. */
export type Preview = { rehearsed: Rehearsed[]; minutes: Minutes; hash: Buffer; mark: string }

/** Looks at what publication would do. For a rehearsal, or behind a savepoint: registers are changed on the way. */
export async function previewPublication(
  work: Work,
  handlers: readonly EffectHandler[],
  meeting: { id: number; slug: string },
): Promise<Preview> {
  await settleDecisions(work, meeting)
  const minutes = await collectMinutes(work.trx, handlers, meeting.id)
  const hash = textHash(minutesText(minutes))
  const proposed = await work.trx
    .selectFrom('decision')
    .select('id')
    .where('meeting_id', '=', meeting.id)
    .where('state', '=', 'proposed')
    .execute()
  const rehearsed = await rehearseDecisions(
    work,
    handlers,
    proposed.map(({ id }) => id),
  )
  const shown = rehearsed.map(({ effect, differences, conflicts }) => [effect.id, differences, conflicts])
  return { rehearsed, minutes, hash, mark: markOf([hash.toString('hex'), shown]) }
}

/** Thrown when something has changed since the preview: publication does exactly what was shown, or nothing. */
export class PreviewOutdated extends Error {
  override name = 'PreviewOutdated'
}

export type Published = { version: number; sha256: string } | { version: null }

/**
 * Publishes minutes: carries out every effect of the meeting or nothing, and freezes the official wording with its
 * checksum. A summary is published as one and never frozen.
 * @param seen the mark of the preview that the coordinator saw
 * @throws DecisionConflict, PreviewOutdated, PortalError conflict when somebody else has published
 */
export async function publishMinutes(
  work: Work,
  handlers: readonly EffectHandler[],
  meetingId: number,
  { seen, withoutApproval }: { seen: string; withoutApproval: string | null },
  today: Day,
): Promise<Published | { refusal: PublishRefusal }> {
  const { trx } = work
  const meeting = await trx
    .selectFrom('meeting')
    .select(['id', 'slug', 'state', 'held_on', 'text_kind'])
    .where('id', '=', meetingId)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`meeting ${meetingId}`))
  if (meeting.state === 'published') throw conflict('Någon annan har redan publicerat mötet.')
  const { count } = await trx
    .selectFrom('agenda_item')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('meeting_id', '=', meetingId)
    .executeTakeFirstOrThrow()

  await sql`savepoint preview`.execute(trx)
  const preview = await previewPublication(work, handlers, meeting)
  await sql`rollback to savepoint preview`.execute(trx)

  const approved = isApproved(await approversOf(trx, meetingId), preview.hash)
  const step = { state: meeting.state, held_on: meeting.held_on as Day, items: count }
  const refusal = refusePublication(step, approved, withoutApproval, today)
  if (refusal) {
    await work.record('meeting.publication-refused', `meeting/${meeting.slug}`, { refusal })
    return { refusal }
  }
  if (preview.mark !== seen) throw new PreviewOutdated()

  await settleDecisions(work, meeting)
  await publishMeeting(work, handlers, meetingId)
  const reason = approved ? null : withoutApproval
  if (meeting.text_kind === 'summary') {
    await work.record('minutes.published-as-summary', `meeting/${meeting.slug}`, { without_approval: reason })
    return { version: null }
  }
  const frozen = await freezeVersion(work, handlers, meeting, reason)
  // Carrying out changes registers, never what the minutes say.
  if (frozen.sha256 !== preview.hash.toString('hex')) throw new Error('the minutes changed while they were published')
  return frozen
}

/** Freezes the minutes as they stand as the next version, chained to the one before. */
export async function freezeVersion(
  work: Work,
  handlers: readonly EffectHandler[],
  meeting: { id: number; slug: string },
  withoutApproval: string | null,
): Promise<{ version: number; sha256: string }> {
  // What is frozen after a mask is what readers may see: they can count its checksum for themselves.
  const minutes = withMasks(await collectMinutes(work.trx, handlers, meeting.id), await masksOf(work.trx, meeting.id))
  const text = minutesText(minutes)
  const hash = textHash(text)
  const last = await work.trx
    .selectFrom('minutes_version')
    .select(['number', 'sha256'])
    .where('meeting_id', '=', meeting.id)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  const number = (last?.number ?? 0) + 1
  await work.trx
    .insertInto('minutes_version')
    .values({
      meeting_id: meeting.id,
      number,
      content: JSON.stringify(minutes),
      content_text: text,
      sha256: hash,
      previous_sha256: last?.sha256 ?? null,
      published_at: new Date(),
      published_by: work.actor.name,
      without_approval: withoutApproval,
    })
    .execute()
  const sha256 = hash.toString('hex')
  await work.record('minutes.frozen', `meeting/${meeting.slug}`, {
    version: number,
    sha256,
    previous: last?.sha256.toString('hex') ?? null,
    ...(withoutApproval === null ? {} : { without_approval: withoutApproval }),
  })
  return { version: number, sha256 }
}
