import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { holds } from '../db/ranges.ts'
import type { MeetingState } from '../db/schema.ts'
import type { BodyFinders } from '../http/permissions.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import type { AgendaSnapshot } from './agenda-rules.ts'
import { agendaOf, presentersOf } from './queries.ts'
import { whenText } from './workbench-texts.ts'

// What coordinators and the invited see of meetings, in every state: never for pages that the public reads.

/** Whose coordinator may do things with a meeting, a proposal or a body's agenda, for coordinatorOf. */
export const meetingBodies = (db: Reader): BodyFinders => ({
  async meeting(request) {
    const { slug } = request.params as { slug: string }
    return (await bodyOfMeeting(db, slug)) ?? null
  },
  async proposal(request) {
    const id = Number((request.params as { id: string }).id)
    if (!Number.isSafeInteger(id)) return null
    const row = await db
      .selectFrom('item_proposal')
      .innerJoin('body', 'body.id', 'item_proposal.body_id')
      .select('body.slug')
      .where('item_proposal.id', '=', id)
      .executeTakeFirst()
    return row?.slug ?? null
  },
})

async function bodyOfMeeting(db: Reader, slug: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('meeting')
    .innerJoin('body', 'body.id', 'meeting.body_id')
    .select('body.slug')
    .where((eb) =>
      eb.or([
        eb('meeting.slug', '=', slug as never),
        eb(
          'meeting.id',
          'in',
          eb
            .selectFrom('meeting_former_slug')
            .select('meeting_id')
            .where('slug', '=', slug as never),
        ),
      ]),
    )
    .executeTakeFirst()
  return row?.slug
}

/** The address that a former one leads to; undefined when no meeting has had it. */
export async function movedTo(db: Reader, slug: string): Promise<{ slug: string; state: MeetingState } | undefined> {
  return await db
    .selectFrom('meeting_former_slug')
    .innerJoin('meeting', 'meeting.id', 'meeting_former_slug.meeting_id')
    .select(['meeting.slug', 'meeting.state'])
    .where('meeting_former_slug.slug', '=', slug as never)
    .executeTakeFirst()
}

/** A meeting in any state, also by an address that it had before. @throws PortalError not-found */
export async function workMeeting(db: Reader, slug: string) {
  const row = await db
    .selectFrom('meeting')
    .innerJoin('body', 'body.id', 'meeting.body_id')
    .selectAll('meeting')
    .select([
      'body.name as body_name',
      'body.slug as body_slug',
      'body.short_name as body_short_name',
      'body.kind as body_kind',
    ])
    .where('meeting.slug', '=', (await movedTo(db, slug))?.slug ?? (slug as never))
    .executeTakeFirstOrThrow(() => notFound(`meeting ${slug}`))
  return { ...row, held_on: row.held_on as Day }
}

export type WorkMeeting = Awaited<ReturnType<typeof workMeeting>>

/** Meetings of the kept bodies that are not finished, the nearest first; and the newest finished ones. */
export function workMeetings(db: Reader, kept: ReadonlySet<string> | null, finished: boolean, limit = 100) {
  return db
    .selectFrom('meeting')
    .innerJoin('body', 'body.id', 'meeting.body_id')
    .select((eb) => [
      'meeting.slug',
      'meeting.title',
      'meeting.held_on',
      'meeting.starts_at',
      'meeting.state',
      'body.name as body_name',
      eb
        .selectFrom('agenda_item')
        .select((count) => count.fn.countAll<number>().as('count'))
        .whereRef('agenda_item.meeting_id', '=', 'meeting.id')
        .where('agenda_item.parent_id', 'is', null)
        .$asScalar()
        .$notNull()
        .as('items'),
      eb
        .selectFrom('invitation')
        .select((count) => count.fn.count<number>('reply').as('count'))
        .whereRef('invitation.meeting_id', '=', 'meeting.id')
        .$asScalar()
        .$notNull()
        .as('replies'),
      eb
        .selectFrom('invitation')
        .select((count) => count.fn.countAll<number>().as('count'))
        .whereRef('invitation.meeting_id', '=', 'meeting.id')
        .$asScalar()
        .$notNull()
        .as('invited'),
      eb
        .selectFrom('minutes_approver')
        .select((count) => count.fn.countAll<number>().as('count'))
        .whereRef('minutes_approver.meeting_id', '=', 'meeting.id')
        .where('minutes_approver.state', '!=', 'approved')
        .$asScalar()
        .$notNull()
        .as('unapproved'),
    ])
    .where('meeting.state', finished ? 'in' : 'not in', ['mentioned', 'published', 'cancelled'])
    .$if(kept !== null, (query) => query.where('body.slug', 'in', [...(kept ?? [])] as never[]))
    .orderBy('meeting.held_on', finished ? 'desc' : 'asc')
    .orderBy('meeting.id')
    .limit(limit)
    .execute()
}

/** The bodies that a coordinator may make meetings for, those with meetings first. */
export function bodiesToMeet(db: Reader, kept: ReadonlySet<string> | null, today: Day) {
  return db
    .selectFrom('body')
    .select(['body.id', 'body.slug', 'body.name', 'body.short_name', 'body.kind'])
    .where((eb) => eb.or([holds('body.valid', today), sql<boolean>`upper(body.valid) is null`]))
    .$if(kept !== null, (query) => query.where('body.slug', 'in', [...(kept ?? [])] as never[]))
    .orderBy('body.kind')
    .orderBy('body.position')
    .execute()
}

export function bodyToMeet(db: Reader, slug: string) {
  return db
    .selectFrom('body')
    .select(['id', 'slug', 'name', 'short_name', 'kind'])
    .where('slug', '=', slug as never)
    .executeTakeFirst()
}

/** The body's own usual agenda; empty when none has been saved. */
export function usualAgendaOf(db: Reader, bodyId: number) {
  return db
    .selectFrom('usual_agenda_item')
    .select(['title', 'kinds'])
    .where('body_id', '=', bodyId)
    .orderBy('position')
    .execute()
}

/** The body's newest meeting before the day that has an agenda. */
export function meetingBefore(db: Reader, bodyId: number, day: Day) {
  return db
    .selectFrom('meeting')
    .select(['id', 'held_on', 'starts_at', 'ends_at', 'place'])
    .where('body_id', '=', bodyId)
    .where('held_on', '<', day)
    .where((eb) =>
      eb.exists(
        eb.selectFrom('agenda_item').select('agenda_item.id').whereRef('agenda_item.meeting_id', '=', 'meeting.id'),
      ),
    )
    .orderBy('held_on', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/**
 * Who is called: those who sit in the body on the day, and those whose account has been made a member of it. Each person
 * once, with whether the portal has an address to write to. Never the address itself.
 */
export async function membersToInvite(db: Reader, bodyId: number, day: Day) {
  const seated = db
    .selectFrom('membership')
    .select(['person_id', 'on_behalf_organisation_id as organisation_id'])
    .where('body_id', '=', bodyId)
    .where(holds('valid', day))
  const granted = db
    .selectFrom('account_role_grant')
    .innerJoin('account', 'account.id', 'account_role_grant.account_id')
    .select(['account.person_id', sql<number | null>`null::bigint`.as('organisation_id')])
    .where('account_role_grant.role', '=', 'member')
    .where('account_role_grant.body_id', '=', bodyId)
    .where(holds('account_role_grant.valid', day))
  const rows = await db
    .selectFrom(seated.unionAll(granted).as('called'))
    .innerJoin('person', 'person.id', 'called.person_id')
    .leftJoin('account', 'account.person_id', 'person.id')
    .leftJoin('organisation', 'organisation.id', 'called.organisation_id')
    .select([
      'called.person_id',
      'person.name',
      'organisation.short_name as organisation',
      sql<boolean>`coalesce(account.email is not null and account.closed_at is null, false)`.as('has_address'),
    ])
    .orderBy(sql`organisation.position nulls last`)
    .orderBy(sql`person.name collate "sv-x-icu"`)
    .execute()
  // The first row of a person tells for whom: those of the register come before those of the account alone.
  return [...new Map(rows.toReversed().map((row) => [row.person_id, row])).values()].reverse()
}

export function invitationsOf(db: Reader, meetingId: number) {
  return db
    .selectFrom('invitation')
    .innerJoin('person', 'person.id', 'invitation.person_id')
    .leftJoin('account', 'account.person_id', 'person.id')
    .select([
      'invitation.id',
      'invitation.person_id',
      'invitation.sent_at',
      'invitation.reply',
      'invitation.substitute_text',
      'invitation.replied_at',
      'invitation.replied_by',
      'person.name',
      sql<boolean>`coalesce(account.email is not null and account.closed_at is null, false)`.as('has_address'),
    ])
    .where('invitation.meeting_id', '=', meetingId)
    .orderBy(sql`person.name collate "sv-x-icu"`)
    .execute()
}

export function agendaVersionsOf(db: Reader, meetingId: number) {
  return db
    .selectFrom('agenda_version')
    .select(['number', sql<AgendaSnapshot>`agenda`.as('agenda'), 'why', 'made_by', 'made_at'])
    .where('meeting_id', '=', meetingId)
    .orderBy('number')
    .execute()
}

/** An invitation with its meeting, for the page where it is answered. */
function invitations(db: Reader) {
  return db
    .selectFrom('invitation')
    .innerJoin('meeting', 'meeting.id', 'invitation.meeting_id')
    .innerJoin('body', 'body.id', 'meeting.body_id')
    .innerJoin('person', 'person.id', 'invitation.person_id')
    .select([
      'invitation.id',
      'invitation.person_id',
      'invitation.reply',
      'invitation.substitute_text',
      'invitation.replied_at',
      'meeting.id as meeting_id',
      'meeting.slug',
      'meeting.title',
      'meeting.held_on',
      'meeting.starts_at',
      'meeting.ends_at',
      'meeting.place',
      'meeting.video_link',
      'meeting.state',
      'meeting.cancelled_because',
      'body.name as body_name',
      'person.name',
    ])
}

export function invitationByLink(db: Reader, tokenHash: Buffer) {
  return invitations(db)
    .innerJoin('invitation_link', 'invitation_link.invitation_id', 'invitation.id')
    .where('invitation_link.token_hash', '=', tokenHash)
    .executeTakeFirst()
}

export function invitationById(db: Reader, id: number) {
  return invitations(db).where('invitation.id', '=', id).executeTakeFirst()
}

export function invitationTo(db: Reader, slug: string, personId: number) {
  return invitations(db)
    .where('meeting.slug', '=', slug as never)
    .where('invitation.person_id', '=', personId)
    .executeTakeFirst()
}

export type AnsweredInvitation = NonNullable<Awaited<ReturnType<typeof invitationById>>>

/** The meetings to come that a person is invited to, the nearest first: for the person's own page. */
export function invitationsTo(db: Reader, personId: number, today: Day) {
  return invitations(db)
    .where('invitation.person_id', '=', personId)
    .where('meeting.state', '=', 'called')
    .where('meeting.held_on', '>=', today)
    .orderBy('meeting.held_on')
    .execute()
}

function proposals(db: Reader) {
  return db
    .selectFrom('item_proposal')
    .innerJoin('body', 'body.id', 'item_proposal.body_id')
    .leftJoin('agenda_item', 'agenda_item.id', 'item_proposal.agenda_item_id')
    .leftJoin('meeting', 'meeting.id', 'item_proposal.meeting_id')
    .select([
      'item_proposal.id',
      'item_proposal.title',
      'item_proposal.proposal',
      'item_proposal.proposed_by',
      'item_proposal.proposed_by_person_id',
      'item_proposal.state',
      'item_proposal.answer',
      'item_proposal.recorded_at',
      'item_proposal.answered_at',
      'item_proposal.body_id',
      'body.slug as body_slug',
      'body.name as body_name',
      'agenda_item.number as item_number',
      'meeting.slug as meeting_slug',
      'meeting.title as meeting_title',
      'meeting.held_on as meeting_held_on',
      'meeting.state as meeting_state',
    ])
}

export function openProposals(db: Reader, kept: ReadonlySet<string> | null) {
  return proposals(db)
    .where('item_proposal.state', '=', 'open')
    .$if(kept !== null, (query) => query.where('body.slug', 'in', [...(kept ?? [])] as never[]))
    .orderBy('item_proposal.id')
    .execute()
}

export function proposalsBy(db: Reader, personId: number) {
  return proposals(db)
    .where('item_proposal.proposed_by_person_id', '=', personId)
    .orderBy('item_proposal.id', 'desc')
    .execute()
}

export function proposalById(db: Reader, id: number) {
  return proposals(db)
    .where('item_proposal.id', '=', id)
    .executeTakeFirstOrThrow(() => notFound(`proposal ${id}`))
}

/** Meetings whose agenda can still take an item. */
export function meetingsToCome(db: Reader, bodyId: number) {
  return db
    .selectFrom('meeting')
    .select(['id', 'slug', 'title', 'held_on', 'state'])
    .where('body_id', '=', bodyId)
    .where('state', 'in', ['planned', 'called'])
    .orderBy('held_on')
    .execute()
}

/** What decisions, assignments and plans point at: such an item stays. */
export async function isPointedAt(db: Reader, itemIds: readonly number[]): Promise<boolean> {
  const row = await db
    .selectFrom('agenda_item')
    .select('agenda_item.id')
    .where('agenda_item.id', 'in', itemIds)
    .where((eb) =>
      eb.or([
        eb.exists(eb.selectFrom('decision').select('decision.id').whereRef('agenda_item_id', '=', 'agenda_item.id')),
        eb.exists(
          eb.selectFrom('assignment').select('assignment.id').whereRef('agenda_item_id', '=', 'agenda_item.id'),
        ),
        eb.exists(
          eb.selectFrom('plan_link').select('plan_link.id').whereRef('to_agenda_item_id', '=', 'agenda_item.id'),
        ),
      ]),
    )
    .executeTakeFirst()
  return row !== undefined
}

/** Words to choose from in the form of an item. */
export async function agendaChoices(db: Reader) {
  const [people, organisations, matters, documents] = await Promise.all([
    db
      .selectFrom('person')
      .select(['id', 'name'])
      .where('no_page_because', 'is', null)
      .orderBy(sql`name collate "sv-x-icu"`)
      .execute(),
    db.selectFrom('organisation').select(['id', 'name', 'short_name']).orderBy('position').orderBy('id').execute(),
    db.selectFrom('matter').select(['id', 'slug', 'title']).orderBy(sql`title collate "sv-x-icu"`).execute(),
    db.selectFrom('document').select(['id', 'slug', 'title']).orderBy(sql`title collate "sv-x-icu"`).execute(),
  ])
  return { people, organisations, matters, documents }
}

/** The agenda as it stands, in the words that readers see. The video link is for the invited and never part of it. */
export async function agendaSnapshot(db: Reader, meetingId: number): Promise<AgendaSnapshot> {
  const meeting = await db
    .selectFrom('meeting')
    .select(['held_on', 'starts_at', 'ends_at', 'place'])
    .where('id', '=', meetingId)
    .executeTakeFirstOrThrow()
  const [items, presenters] = await Promise.all([agendaOf(db, meetingId), presentersOf(db, meetingId)])
  return {
    when: whenText(meeting),
    place: meeting.place,
    items: items.map(({ id, number, title, kinds, background }) => ({
      id,
      number,
      title,
      kinds,
      background,
      presenters: presenters
        .filter(({ agenda_item_id }) => agenda_item_id === id)
        .map((one) => [one.name ?? one.presenter_text, one.title, one.organisation_name].filter(Boolean).join(', ')),
    })),
  }
}
