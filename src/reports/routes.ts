/** A mailed link lets somebody without an account report once: /rapportera/:token. */
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { noteFollowUp } from '../action-plans/follow-up-changes.ts'
import { followUpForm } from '../action-plans/follow-up-forms.ts'
import { followUpRefusals, mailedFollowUpPage } from '../action-plans/follow-up-pages.ts'
import { newestNotes, partsToFollowUp } from '../action-plans/follow-up-queries.ts'
import { followedPlan } from '../action-plans/follow-up-routes.ts'
import { notesOf } from '../action-plans/follow-up-rules.ts'
import { type Actor, change } from '../audit/work.ts'
import { reportPosition } from '../documents/board-changes.ts'
import { partyReportForm } from '../documents/register-forms.ts'
import { partyReportPage } from '../documents/register-pages.ts'
import { boardOf } from '../documents/register-queries.ts'
import { type FormState, untouched } from '../http/fields.ts'
import { readForm, typedIn } from '../http/forms.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import type { PageHead } from '../http/view.ts'
import { notFound } from '../kernel/errors.ts'
import { documentPath, planPath, reportPath } from '../kernel/urls.ts'
import { type LinkTrouble, type MailedLink, readMailedLink, useMailedLink } from '../mail/mailed-links.ts'

export type ReportedPage = { head: PageHead; lead: string; link: { text: string; path: string } | null }

declare module '../http/view.ts' {
  interface Views {
    'reports/done': ReportedPage
  }
}

const params = z.object({ token: z.string().regex(/^[\w-]{43}$/) })

/** The log tells a link from an account; whose it was it cannot know. */
const linkHolder: Actor = { kind: 'public', name: 'den som fick en länk' }

const troubleTexts: Record<LinkTrouble, { status: number; title: string; lead: string }> = {
  unknown: {
    status: 404,
    title: 'Länken finns inte',
    lead: 'Adressen kan ha blivit avklippt. Kopiera hela länken ur mejlet, eller be den som skickade den om en ny.',
  },
  used: {
    status: 410,
    title: 'Länken är redan använd',
    lead: 'Den fungerar en gång, och svaret är mottaget. Vill du lägga till något? Be den som skickade länken om en ny.',
  },
  expired: {
    status: 410,
    title: 'Länken gäller inte längre',
    lead: 'Tiden för att svara har gått ut. Be den som skickade länken om en ny.',
  },
}

/** Undoes what somebody else with the same link did first. */
class LinkGone extends Error {}

export const reportRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    const open = { may: anyone, cache: 'private' } as const
    const headOf = (title: string): PageHead => ({
      title,
      crumbs: [{ text: 'Rapportera' }],
      hidden: true,
      address: reportPath,
    })

    function refuse(reply: FastifyReply, trouble: LinkTrouble) {
      const { status, title, lead } = troubleTexts[trouble]
      return reply.code(status).page('reports/done', { head: headOf(title), lead, link: null })
    }

    const thank = (reply: FastifyReply, link: { text: string; path: string }) =>
      reply.page('reports/done', {
        head: headOf('Tack, det är sparat'),
        lead: 'Det du skrev syns nu för alla. Länken är förbrukad.',
        link,
      })

    type PlanLink = MailedLink & { purpose: 'plan_follow_up' }
    type PartyLink = MailedLink & { purpose: 'party_position' }

    async function showFollowUp(reply: FastifyReply, link: PlanLink, form: FormState) {
      const plan = await followedPlan(db, { id: link.planId }, today())
      const parts = await partsToFollowUp(db, plan, today())
      const newest = await newestNotes(db, plan.id, today())
      const shown = { plan, parts, newest, today: today(), by: '', form }
      return reply.page('action-plans/follow-up-round', mailedFollowUpPage(shown, link.validUntil))
    }

    async function takeFollowUp(reply: FastifyReply, token: string, link: PlanLink, body: unknown) {
      const plan = await followedPlan(db, { id: link.planId }, today())
      const parts = await partsToFollowUp(db, plan, today())
      const form = readForm(followUpForm(parts), body)
      if (!form.ok) return showFollowUp(reply.code(422), link, form)
      const { on, by, told } = form.values
      const outcome = await change(db, linkHolder, async (work) => {
        const noted = await noteFollowUp(work, plan, notesOf(parts, told), { on, by, today: today() })
        // A refused form leaves the link as it was.
        if (!('refusal' in noted) && !(await useMailedLink(work, token, today()))) throw new LinkGone()
        return noted
      })
      if ('refusal' in outcome) {
        return showFollowUp(reply.code(422), link, {
          typed: typedIn(body),
          problems: [followUpRefusals[outcome.refusal]],
        })
      }
      return thank(reply, { text: plan.title, path: planPath(plan.slug) })
    }

    async function partyOf({ documentId, organisationId }: PartyLink) {
      const document = await db
        .selectFrom('document')
        .select(['id', 'slug', 'title'])
        .where('id', '=', documentId)
        .executeTakeFirstOrThrow(() => notFound(`document ${documentId}`))
      const row = (await boardOf(db, documentId, today())).find((one) => one.organisation_id === organisationId)
      if (!row) throw notFound(`party ${organisationId} of document ${documentId}`)
      return { document, row }
    }

    async function showPosition(reply: FastifyReply, link: PartyLink, form: FormState) {
      const { document, row } = await partyOf(link)
      return reply.page('workspace/edit', partyReportPage(document, row, link.validUntil, form))
    }

    async function takePosition(reply: FastifyReply, token: string, link: PartyLink, body: unknown) {
      const { document } = await partyOf(link)
      const form = readForm(partyReportForm, body)
      if (!form.ok) return showPosition(reply.code(422), link, form)
      const { position, by } = form.values
      await change(db, linkHolder, async (work) => {
        if (!(await useMailedLink(work, token, today()))) throw new LinkGone()
        await reportPosition(work, document, link.organisationId, position, by, today())
      })
      return thank(reply, { text: document.title, path: `${documentPath(document.slug)}#beslutslage` })
    }

    app.get(`${reportPath}/:token`, { schema: { params }, config: open }, async (request, reply) => {
      const link = await readMailedLink(db, request.params.token, today())
      if (typeof link === 'string') return refuse(reply, link)
      return link.purpose === 'plan_follow_up'
        ? showFollowUp(reply, link, untouched)
        : showPosition(reply, link, untouched)
    })

    app.post(`${reportPath}/:token`, { schema: { params }, config: open }, async (request, reply) => {
      const { token } = request.params
      const link = await readMailedLink(db, token, today())
      if (typeof link === 'string') return refuse(reply, link)
      try {
        return link.purpose === 'plan_follow_up'
          ? await takeFollowUp(reply, token, link, request.body)
          : await takePosition(reply, token, link, request.body)
      } catch (error) {
        if (error instanceof LinkGone) return refuse(reply, 'used')
        throw error
      }
    })
  }
