import type { Kysely } from 'kysely'
import { z } from 'zod'
import { change } from '../audit/work.ts'
import type { Database } from '../db/database.ts'
import type { MeetingReading } from '../documents/file-routes.ts'
import { attachmentsOfMeeting } from '../documents/files.ts'
import { readForm, typedIn } from '../http/forms.ts'
import { allows, anyCoordinator, anyone, coordinatorOf, type Identity, member, signedIn } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { forbidden, notFound } from '../kernel/errors.ts'
import {
  meetingPath,
  meetingReplyPath,
  meetingsPath,
  newProposalPath,
  proposalsPath,
  replyLink,
  replyLinkPath,
  withQuery,
} from '../kernel/urls.ts'
import { bundle } from './bundle.ts'
import { linkHash } from './letters.ts'
import { bodiesToPropose, groupsOf, proposalPageOf, proposalsPage, proposePage, replyPage } from './reply-pages.ts'
import { acceptProposal, declineProposal, proposeItem, replyTo } from './workbench-changes.ts'
import { acceptForm, declineForm, proposalForm, replyForm } from './workbench-forms.ts'
import { agendaSnapshot, invitationByLink, invitationTo, proposalById, workMeeting } from './workbench-queries.ts'
import { mayReadAttachments } from './workbench-rules.ts'
import { agendaRefusals, replyRefusals } from './workbench-texts.ts'

const params = z.object({ slug: z.string().max(200) })
const linkParams = z.object({ token: z.string().max(200) })
const proposalParams = z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) })

/** Whether somebody may read a meeting's attachments, by what the meeting is and what the person is to it. */
export function readingOf(
  meeting: { state: Parameters<typeof mayReadAttachments>[0]; body_slug: string },
  identity: Identity | null,
): { readable: boolean; isPublic: boolean } {
  const nobody = { keeps: false, member: false }
  const reader = identity?.signedIn
    ? {
        keeps: allows(coordinatorOf('meeting'), identity, meeting.body_slug),
        member: allows(member, identity, null),
      }
    : nobody
  return {
    readable: mayReadAttachments(meeting.state, reader),
    isPublic: mayReadAttachments(meeting.state, nobody),
  }
}

/** The same for the room of files, which does not know meetings. */
export const meetingReading =
  (db: Kysely<Database>): MeetingReading =>
  async (meetingId, identity) => {
    const meeting = await db
      .selectFrom('meeting')
      .innerJoin('body', 'body.id', 'meeting.body_id')
      .select(['meeting.state', 'body.slug as body_slug'])
      .where('meeting.id', '=', meetingId)
      .executeTakeFirst()
    return meeting ? readingOf(meeting, identity) : { readable: false, isPublic: false }
  }

/** What those who are called do: reply, propose items, read the agenda with its attachments; and what is answered to proposals. */
export const replyRoutes =
  ({ db, today, config }: Room) =>
  async (app: App) => {
    const origin = config.publicOrigin + config.basePath

    app.get(
      `${replyLinkPath}/:token`,
      { schema: { params: linkParams }, config: { may: anyone, cache: 'private' } },
      async (request, reply) => {
        const { token } = request.params
        const invitation = await invitationByLink(db, linkHash(token))
        if (!invitation) throw notFound('an invitation link')
        return reply.page('meetings/reply', replyPage(invitation, today(), token))
      },
    )

    app.post(
      `${replyLinkPath}/:token`,
      { schema: { params: linkParams }, config: { may: anyone, cache: 'private' } },
      async (request, reply) => {
        const { token } = request.params
        const invitation = await invitationByLink(db, linkHash(token))
        if (!invitation) throw notFound('an invitation link')
        const form = readForm(replyForm, request.body)
        if (!form.ok) return reply.code(422).page('meetings/reply', replyPage(invitation, today(), token, form))
        const { svar, ersattare } = form.values
        // Whoever has the link is not signed in: the log says that it was the link.
        const actor = request.identity?.signedIn ? request.actor : { kind: 'public' as const, name: 'kallad, via länk' }
        const refusal = await change(db, actor, (work) =>
          replyTo(work, invitation.id, { reply: svar, substitute: ersattare }, null, today()),
        )
        if (refusal === null) return reply.seeOther(replyLink(token))
        const problems = [{ field: '', text: replyRefusals[refusal] }]
        return reply
          .code(422)
          .page('meetings/reply', replyPage(invitation, today(), token, { typed: typedIn(request.body), problems }))
      },
    )

    app.get(
      `${meetingsPath}/:slug/svar`,
      { schema: { params }, config: { may: signedIn, cache: 'private' } },
      async (request, reply) => {
        const invitation = await invitationOf(request.params.slug, request.identity)
        return reply.page('meetings/reply', replyPage(invitation, today(), null))
      },
    )

    app.post(
      `${meetingsPath}/:slug/svar`,
      { schema: { params }, config: { may: signedIn, cache: 'private' } },
      async (request, reply) => {
        const invitation = await invitationOf(request.params.slug, request.identity)
        const form = readForm(replyForm, request.body)
        if (!form.ok) return reply.code(422).page('meetings/reply', replyPage(invitation, today(), null, form))
        const { svar, ersattare } = form.values
        const refusal = await change(db, request.actor, (work) =>
          replyTo(work, invitation.id, { reply: svar, substitute: ersattare }, null, today()),
        )
        if (refusal === null) return reply.seeOther(meetingReplyPath(invitation.slug))
        const problems = [{ field: '', text: replyRefusals[refusal] }]
        return reply
          .code(422)
          .page('meetings/reply', replyPage(invitation, today(), null, { typed: typedIn(request.body), problems }))
      },
    )

    /** One's own invitation to the meeting. @throws PortalError not-found for whoever is not called */
    async function invitationOf(slug: string, identity: Identity | null) {
      const invitation = identity?.personId === undefined ? undefined : await invitationTo(db, slug, identity.personId)
      if (!invitation) throw notFound(`an invitation to ${slug}`)
      return invitation
    }

    app.get(
      `${meetingsPath}/:slug/handlingar.zip`,
      { schema: { params }, config: { may: anyone, cache: 'private' } },
      async (request, reply) => {
        const meeting = await workMeeting(db, request.params.slug)
        if (!readingOf(meeting, request.identity).readable) throw notFound(`the papers of ${meeting.slug}`)
        const [agenda, attachments] = await Promise.all([
          agendaSnapshot(db, meeting.id),
          attachmentsOfMeeting(db, meeting.id),
        ])
        return reply
          .type('application/zip')
          .header('content-disposition', `attachment; filename="${meeting.slug}.zip"`)
          .send(
            bundle(
              db,
              { title: meeting.title, body: meeting.body_name, agenda, url: origin + meetingPath(meeting.slug) },
              attachments,
            ),
          )
      },
    )

    const sentQuery = z.object({ skickat: z.string().max(10).optional() })

    app.get(
      newProposalPath,
      { schema: { querystring: sentQuery }, config: { may: member, cache: 'private' } },
      async (request, reply) => {
        if (!request.identity) throw forbidden('proposals')
        const sent = request.query.skickat === 'ja'
        return reply.page('meetings/propose', await proposePage(db, request.identity, today(), sent))
      },
    )

    app.post(newProposalPath, { config: { may: member, cache: 'private' } }, async (request, reply) => {
      const { identity } = request
      if (!identity) throw forbidden('proposals')
      const form = readForm(proposalForm, request.body)
      if (!form.ok) {
        return reply.code(422).page('meetings/propose', await proposePage(db, identity, today(), false, form))
      }
      const { grupp, rubrik, forslag, for_grupp } = form.values
      const body = (await bodiesToPropose(db, identity, today())).find(({ slug }) => slug === grupp)
      if (!body) throw forbidden(`proposals to ${grupp}`)
      const group =
        for_grupp === null ? null : (await groupsOf(db, identity, today())).find(({ slug }) => slug === for_grupp)
      if (group === undefined) throw forbidden(`proposals on behalf of ${for_grupp}`)
      const name = identity.name ?? identity.actor.name
      await change(db, request.actor, (work) =>
        proposeItem(
          work,
          body,
          { title: rubrik, proposal: forslag },
          { by: group === null ? name : `${group.name} (${name})`, personId: identity.personId ?? null },
        ),
      )
      return reply.seeOther(withQuery(newProposalPath, { skickat: 'ja' }))
    })

    app.get(proposalsPath, { config: { may: anyCoordinator, cache: 'private' } }, async (request, reply) => {
      if (!request.identity) throw forbidden('proposals')
      return reply.page('meetings/proposals', await proposalsPage(db, request.identity))
    })

    const ofProposal = { may: coordinatorOf('proposal'), cache: 'private' } as const

    app.get(
      `${proposalsPath}/:id`,
      { schema: { params: proposalParams }, config: ofProposal },
      async (request, reply) => reply.page('meetings/proposal', await proposalPageOf(db, request.params.id)),
    )

    app.post(
      `${proposalsPath}/:id/ta-upp`,
      { schema: { params: proposalParams }, config: ofProposal },
      async (request, reply) => {
        const { id } = request.params
        const form = readForm(acceptForm, request.body)
        if (!form.ok) return reply.code(422).page('meetings/proposal', await proposalPageOf(db, id, form))
        const { mote, svar, varfor } = form.values
        const done = await change(db, request.actor, (work) =>
          acceptProposal(work, id, mote, { answer: svar, why: varfor }),
        )
        if (typeof done !== 'string') return reply.seeOther(`${proposalsPath}/${id}`)
        const text = done === 'answered' || done === 'stale' ? 'Förslaget är redan besvarat.' : agendaRefusals[done]
        const problems = [{ field: done === 'why-needed' ? 'varfor' : '', text }]
        return reply
          .code(422)
          .page('meetings/proposal', await proposalPageOf(db, id, { typed: typedIn(request.body), problems }))
      },
    )

    app.post(
      `${proposalsPath}/:id/avboj`,
      { schema: { params: proposalParams }, config: ofProposal },
      async (request, reply) => {
        const { id } = request.params
        const form = readForm(declineForm, request.body)
        if (!form.ok) return reply.code(422).page('meetings/proposal', await proposalPageOf(db, id, form))
        const { body_slug } = await proposalById(db, id)
        const refusal = await change(db, request.actor, (work) =>
          declineProposal(work, id, body_slug, form.values.avbojt),
        )
        if (refusal === null) return reply.seeOther(proposalsPath)
        const problems = [{ field: '', text: 'Förslaget är redan besvarat.' }]
        return reply.code(422).page('meetings/proposal', await proposalPageOf(db, id, { typed: {}, problems }))
      },
    )
  }
