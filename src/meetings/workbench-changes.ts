import { sql } from 'kysely'
import { typedHere } from '../audit/provenance.ts'
import type { Work } from '../audit/work.ts'
import type { InvitationReply } from '../db/schema.ts'
import { addDays, type Day } from '../kernel/dates.ts'
import { conflict, notFound } from '../kernel/errors.ts'
import { slugify } from '../kernel/text.ts'
import { queueLetter } from '../mail/letters.ts'
import { addItem, addVersion, bareItem } from './agenda-changes.ts'
import { agendaDifferences } from './agenda-rules.ts'
import { callLetter, cancelLetter, proposalLetter } from './letters.ts'
import { agendaSnapshot, membersToInvite, workMeeting } from './workbench-queries.ts'
import {
  type CallRefusal,
  type CancelRefusal,
  type DetailsRefusal,
  defaultNoticeDays,
  firstState,
  type HoldRefusal,
  makesVersion,
  meetingSlug,
  refuseCall,
  refuseCancel,
  refuseDate,
  refuseDetailsChange,
  refuseHold,
  refuseRemoval,
  refuseReply,
} from './workbench-rules.ts'

export type Details = {
  heldOn: Day
  /** '10:00' */
  startsAt: string | null
  endsAt: string | null
  place: string | null
  videoLink: string | null
}

const columns = ({ heldOn, startsAt, endsAt, place, videoLink }: Details) => ({
  held_on: heldOn,
  starts_at: startsAt,
  ends_at: endsAt,
  place,
  video_link: videoLink,
})

const titleOf = (body: { name: string }, heldOn: Day) => `${body.name} ${heldOn}`

/** Makes a meeting of a body: planned, or with minutes to write when the day has passed. */
export async function createMeeting(
  work: Work,
  body: { id: number; slug: string; name: string },
  details: Details,
  today: Day,
): Promise<{ id: number; slug: string }> {
  const slug = await freeSlug(work, details.heldOn, body.slug, null)
  const state = firstState(details.heldOn, today)
  const { id } = await work.trx
    .insertInto('meeting')
    .values({
      slug,
      body_id: body.id,
      title: titleOf(body, details.heldOn),
      state,
      ...columns(details),
      provenance_id: await typedHere(work),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await work.record('meeting.created', `meeting/${slug}`, { state, held_on: details.heldOn, body: body.slug })
  return { id, slug }
}

/** A meeting that other sources only mention gets its minutes: they are written as those of any meeting that has been. */
export async function enterMentionedMeeting(work: Work, slug: string): Promise<{ id: number; slug: string }> {
  const meeting = await locked(work, slug)
  if (meeting.state !== 'mentioned') throw conflict('Mötet finns redan med sina egna uppgifter.')
  await work.trx.updateTable('meeting').set({ state: 'drafted' }).where('id', '=', meeting.id).execute()
  await work.record('meeting.entered', `meeting/${meeting.slug}`, { before: meeting.state, after: 'drafted' })
  return { id: meeting.id, slug: meeting.slug }
}

/** An address that no meeting has or has had, but for the meeting's own. Two at once wait for each other. */
async function freeSlug(work: Work, heldOn: Day, body: string, meetingId: number | null): Promise<string> {
  await sql`select pg_advisory_xact_lock('meeting'::regclass::oid::int, 0)`.execute(work.trx)
  const like = `${slugify(`${heldOn} ${body}`)}%`
  const { rows } = await sql<{ slug: string }>`
    select slug from meeting where slug like ${like} and id is distinct from ${meetingId}
    union select slug from meeting_former_slug where slug like ${like} and meeting_id is distinct from ${meetingId}
  `.execute(work.trx)
  return meetingSlug(heldOn, body, new Set(rows.map(({ slug }) => slug)))
}

/** The meeting as it stands, held by us until the transaction is over. */
async function locked(work: Work, slug: string) {
  const meeting = await workMeeting(work.trx, slug)
  const { version, state, held_on } = await work.trx
    .selectFrom('meeting')
    .select(['version', 'state', 'held_on'])
    .where('id', '=', meeting.id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`meeting ${slug}`))
  return { ...meeting, version, state, held_on: held_on as Day }
}

/**
 * Changes time and place. The address follows the date, and the one it had leads on to it.
 * @param tell whether those who are called get a new call
 * @returns the meeting's address, or why not
 */
export async function changeDetails(
  work: Work,
  slug: string,
  version: number,
  details: Details,
  { why, tell }: { why: string | null; tell: boolean },
  today: Day,
): Promise<{ slug: string } | { refusal: DetailsRefusal }> {
  const meeting = await locked(work, slug)
  const refusal =
    refuseDetailsChange(meeting) ??
    (meeting.version === version ? null : 'stale') ??
    (details.heldOn === meeting.held_on ? null : refuseDate(meeting.state, details.heldOn, today)) ??
    (makesVersion(meeting) && why === null ? 'why-needed' : null)
  if (refusal) {
    await work.record('meeting.change-refused', `meeting/${meeting.slug}`, { refusal })
    return { refusal }
  }
  const before = await agendaSnapshot(work.trx, meeting.id)
  const body = { name: meeting.body_name }
  const moves = details.heldOn !== meeting.held_on
  const next = moves ? await freeSlug(work, details.heldOn, meeting.body_slug, meeting.id) : meeting.slug
  if (next !== meeting.slug) {
    await work.trx.deleteFrom('meeting_former_slug').where('slug', '=', next).execute()
    await work.trx.insertInto('meeting_former_slug').values({ slug: meeting.slug, meeting_id: meeting.id }).execute()
    // The history of the address that was says where it went.
    await work.record('meeting.moved', `meeting/${meeting.slug}`, { to: next })
  }
  await work.trx
    .updateTable('meeting')
    .set({
      ...columns(details),
      slug: next,
      // A title that somebody has chosen stays.
      ...(moves && meeting.title === titleOf(body, meeting.held_on) ? { title: titleOf(body, details.heldOn) } : {}),
    })
    .where('id', '=', meeting.id)
    .execute()
  const after = await agendaSnapshot(work.trx, meeting.id)
  const differences = agendaDifferences(before, after)
  await work.record('meeting.changed', `meeting/${next}`, {
    differences,
    video_link: details.videoLink === meeting.video_link ? 'unchanged' : 'changed',
    ...(why === null ? {} : { why }),
  })
  if (makesVersion(meeting)) {
    if (differences.length > 0) await addVersion(work, meeting.id, after, why)
    if (tell) await invite(work, meeting.id, meeting.body_id, details.heldOn, true)
  }
  return { slug: next }
}

/** Calls the meeting (kallar): the agenda becomes public, and letters to those who sit in the body that day wait to be sent. */
export async function callMeeting(
  work: Work,
  slug: string,
  shortNoticeBecause: string | null,
  today: Day,
): Promise<CallRefusal | null> {
  const meeting = await locked(work, slug)
  const items = await countItems(work, meeting.id)
  const refusal = refuseCall({ ...meeting, items }, defaultNoticeDays, today, shortNoticeBecause)
  if (refusal) {
    await work.record('meeting.call-refused', `meeting/${meeting.slug}`, { refusal })
    return refusal
  }
  // A reason that was typed although there was time is no reason.
  const short = today > addDays(meeting.held_on, -defaultNoticeDays) ? shortNoticeBecause : null
  await work.trx
    .updateTable('meeting')
    .set({ state: 'called', called_on: today, short_notice_because: short })
    .where('id', '=', meeting.id)
    .execute()
  await addVersion(work, meeting.id, await agendaSnapshot(work.trx, meeting.id), null)
  const invited = await invite(work, meeting.id, meeting.body_id, meeting.held_on, false)
  await work.record('meeting.called', `meeting/${meeting.slug}`, {
    ...invited,
    ...(short === null ? {} : { short_notice_because: short }),
  })
  return null
}

/** Sends the call again, as the meeting and its agenda now stand; also to those who have come to sit in the body since. */
export async function sendAgain(work: Work, slug: string): Promise<'not-called' | null> {
  const meeting = await locked(work, slug)
  if (meeting.state !== 'called') {
    await work.record('meeting.call-refused', `meeting/${meeting.slug}`, { refusal: 'not-called' })
    return 'not-called'
  }
  const invited = await invite(work, meeting.id, meeting.body_id, meeting.held_on, true)
  await work.record('meeting.called-again', `meeting/${meeting.slug}`, invited)
  return null
}

async function countItems(work: Work, meetingId: number): Promise<number> {
  const { count } = await work.trx
    .selectFrom('agenda_item')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('meeting_id', '=', meetingId)
    .executeTakeFirstOrThrow()
  return count
}

/** Everybody who sits in the body on the day is invited; those with an account get a letter in the same transaction. */
async function invite(work: Work, meetingId: number, bodyId: number, heldOn: Day, again: boolean) {
  const members = await membersToInvite(work.trx, bodyId, heldOn)
  if (members.length === 0) return { invited: 0, letters: 0 }
  const invitations = await work.trx
    .insertInto('invitation')
    .values(members.map(({ person_id }) => ({ meeting_id: meetingId, person_id })))
    .onConflict((conflict) =>
      conflict.columns(['meeting_id', 'person_id']).doUpdateSet((eb) => ({ person_id: eb.ref('excluded.person_id') })),
    )
    .returning(['id', 'person_id'])
    .execute()
  const reachable = new Set(members.filter(({ has_address }) => has_address).map(({ person_id }) => person_id))
  const letters = invitations.filter(({ person_id }) => reachable.has(person_id))
  for (const { id } of letters) await queueLetter(work.trx, callLetter, { invitationId: id, again })
  return { invited: invitations.length, letters: letters.length }
}

export async function holdMeeting(work: Work, slug: string, today: Day): Promise<HoldRefusal | null> {
  const meeting = await locked(work, slug)
  const refusal = refuseHold(meeting, today)
  if (refusal) {
    await work.record('meeting.hold-refused', `meeting/${meeting.slug}`, { refusal })
    return refusal
  }
  await work.trx.updateTable('meeting').set({ state: 'held' }).where('id', '=', meeting.id).execute()
  await work.record('meeting.held', `meeting/${meeting.slug}`)
  return null
}

/** Cancels a called meeting (ställer in), says why to everybody, and writes to those who were called. */
export async function cancelMeeting(work: Work, slug: string, why: string): Promise<CancelRefusal | null> {
  const meeting = await locked(work, slug)
  const refusal = refuseCancel(meeting)
  if (refusal) {
    await work.record('meeting.cancel-refused', `meeting/${meeting.slug}`, { refusal })
    return refusal
  }
  await work.trx
    .updateTable('meeting')
    .set({ state: 'cancelled', cancelled_because: why })
    .where('id', '=', meeting.id)
    .execute()
  const invitations = await work.trx
    .selectFrom('invitation')
    .select('id')
    .where('meeting_id', '=', meeting.id)
    .execute()
  for (const { id } of invitations) await queueLetter(work.trx, cancelLetter, { invitationId: id })
  // What was accepted for this meeting is to be taken up at another.
  await work.trx
    .updateTable('item_proposal')
    .set({ state: 'open', answered_at: null, answer: null, meeting_id: null, agenda_item_id: null })
    .where('meeting_id', '=', meeting.id)
    .where('state', '=', 'accepted')
    .execute()
  await work.record('meeting.cancelled', `meeting/${meeting.slug}`, { why, letters: invitations.length })
  return null
}

/** Removes a planned meeting, of which nobody has been told. */
export async function removeMeeting(work: Work, slug: string): Promise<'not-planned' | null> {
  const meeting = await locked(work, slug)
  const refusal = refuseRemoval(meeting)
  if (refusal) {
    await work.record('meeting.removal-refused', `meeting/${meeting.slug}`, { refusal })
    return refusal
  }
  await work.trx
    .updateTable('item_proposal')
    .set({ state: 'open', answered_at: null, answer: null, meeting_id: null, agenda_item_id: null })
    .where('meeting_id', '=', meeting.id)
    .execute()
  await work.trx.deleteFrom('meeting').where('id', '=', meeting.id).execute()
  await work.record('meeting.removed', `meeting/${meeting.slug}`)
  return null
}

export type Reply = { reply: InvitationReply; substitute: string | null }

/** @param by who wrote it down, when it was not the invited person */
export async function replyTo(
  work: Work,
  invitationId: number,
  { reply, substitute }: Reply,
  by: string | null,
  today: Day,
): Promise<'meeting-passed' | 'cancelled' | null> {
  const row = await work.trx
    .selectFrom('invitation')
    .innerJoin('meeting', 'meeting.id', 'invitation.meeting_id')
    .select(['invitation.reply', 'meeting.slug', 'meeting.state', 'meeting.held_on'])
    .where('invitation.id', '=', invitationId)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`invitation ${invitationId}`))
  const refusal = refuseReply({ state: row.state, held_on: row.held_on as Day }, today)
  const about = `meeting/${row.slug}`
  if (refusal) {
    await work.record('invitation.reply-refused', about, { refusal, invitation: invitationId })
    return refusal
  }
  await work.trx
    .updateTable('invitation')
    .set({
      reply,
      substitute_text: reply === 'substitute' ? substitute : null,
      replied_at: new Date(),
      replied_by: by,
    })
    .where('id', '=', invitationId)
    .execute()
  await work.record('invitation.replied', about, { invitation: invitationId, before: row.reply, after: reply })
  return null
}

/** Proposes an item for a body's next meeting. `by` is how the proposer is named on the agenda. */
export async function proposeItem(
  work: Work,
  body: { id: number; slug: string },
  { title, proposal }: { title: string; proposal: string },
  { by, personId }: { by: string; personId: number | null },
): Promise<number> {
  const { id } = await work.trx
    .insertInto('item_proposal')
    .values({ body_id: body.id, title, proposal, proposed_by: by, proposed_by_person_id: personId })
    .returning('id')
    .executeTakeFirstOrThrow()
  await work.record('proposal.made', `body/${body.slug}`, { proposal: id, title })
  return id
}

async function lockedProposal(work: Work, id: number) {
  return await work.trx
    .selectFrom('item_proposal')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`proposal ${id}`))
}

/** Puts a proposal on a meeting's agenda; the proposer is told. @returns the item's number, or why not */
export async function acceptProposal(
  work: Work,
  id: number,
  meetingSlugOf: string,
  { answer, why }: { answer: string | null; why: string | null },
): Promise<{ number: string } | 'answered' | Exclude<Awaited<ReturnType<typeof addItem>>, object>> {
  const proposal = await lockedProposal(work, id)
  const meeting = await locked(work, meetingSlugOf)
  if (proposal.state !== 'open' || meeting.body_id !== proposal.body_id) {
    await work.record('proposal.refused', `meeting/${meeting.slug}`, { proposal: id, refusal: 'answered' })
    return 'answered'
  }
  const added = await addItem(
    work,
    meeting.id,
    {
      ...bareItem,
      title: proposal.title,
      kinds: ['discussion'],
      background: `Föreslagen av ${proposal.proposed_by}. ${proposal.proposal}`,
    },
    { why },
  )
  if (typeof added === 'string') return added
  await markAccepted(work, [{ proposalId: id, itemId: added.id }], meeting, answer)
  return { number: added.number }
}

/** Notes which item each proposal became, and tells the proposers. What somebody else has answered meanwhile stays. */
export async function markAccepted(
  work: Work,
  accepted: readonly { proposalId: number; itemId: number }[],
  meeting: { id: number; slug: string },
  answer: string | null,
): Promise<void> {
  for (const { proposalId, itemId } of accepted) {
    const { numUpdatedRows } = await work.trx
      .updateTable('item_proposal')
      .set({
        state: 'accepted',
        answer,
        answered_at: new Date(),
        meeting_id: meeting.id,
        agenda_item_id: itemId,
      })
      .where('id', '=', proposalId)
      .where('state', '=', 'open')
      .executeTakeFirst()
    if (numUpdatedRows === 0n) continue
    await queueLetter(work.trx, proposalLetter, { proposalId })
    await work.record('proposal.accepted', `meeting/${meeting.slug}`, { proposal: proposalId })
  }
}

export async function declineProposal(
  work: Work,
  id: number,
  body: string,
  answer: string,
): Promise<'answered' | null> {
  const proposal = await lockedProposal(work, id)
  if (proposal.state !== 'open') {
    await work.record('proposal.refused', `body/${body}`, { proposal: id, refusal: 'answered' })
    return 'answered'
  }
  await work.trx
    .updateTable('item_proposal')
    .set({ state: 'declined', answer, answered_at: new Date() })
    .where('id', '=', id)
    .execute()
  await queueLetter(work.trx, proposalLetter, { proposalId: id })
  await work.record('proposal.declined', `body/${body}`, { proposal: id })
  return null
}
