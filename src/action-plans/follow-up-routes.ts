import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { change } from '../audit/work.ts'
import type { Database, Reader } from '../db/database.ts'
import { isValidOn, parseRange } from '../db/ranges.ts'
import { draftOf, forgetDraft } from '../http/drafts.ts'
import { compared, type Notice } from '../http/edit-page.ts'
import { type FormState, untouched } from '../http/fields.ts'
import { readForm, typedIn } from '../http/forms.ts'
import { type BodyFinders, coordinatorOf } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { notFound } from '../kernel/errors.ts'
import { counted } from '../kernel/text.ts'
import { planFollowUpPath, withQuery, workPlansPath } from '../kernel/urls.ts'
import { askForFollowUp, changeNote, noteFollowUp, removeNote } from './follow-up-changes.ts'
import { askForm, followUpForm, noteForm } from './follow-up-forms.ts'
import { followUpRefusals, followUpRoundPage, notePage } from './follow-up-pages.ts'
import { leadsOf, newestNotes, newestRound, noteById, partsToFollowUp, unreportedIn } from './follow-up-queries.ts'
import { notesOf } from './follow-up-rules.ts'

const params = z.object({ slug: z.string().max(200) })
const noteParams = params.extend({
  note: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
})

/** The body that owns the plan in the address: for coordinatorOf('plan'). */
export const planBodies = (db: Kysely<Database>): BodyFinders => ({
  async plan({ params }) {
    const { slug = '' } = params as { slug?: string }
    const plan = await db
      .selectFrom('plan')
      .innerJoin('body', 'body.id', 'plan.body_id')
      .select('body.slug')
      .where('plan.slug', '=', slug as never)
      .executeTakeFirst()
    return plan?.slug ?? null
  },
})

export type FollowedPlan = Awaited<ReturnType<typeof followedPlan>>

/** A plan as the follow-up of it needs to know it. @throws PortalError not-found */
export async function followedPlan(
  db: Reader,
  which: { slug: string } | { id: number },
  today: Parameters<typeof isValidOn>[1],
) {
  const plan = await db
    .selectFrom('plan')
    .innerJoin('body', 'body.id', 'plan.body_id')
    .select(['plan.id', 'plan.slug', 'plan.code', 'plan.title', 'plan.valid', 'plan.body_id', 'body.name as body_name'])
    .$if('slug' in which, (query) => query.where('plan.slug', '=', (which as { slug: string }).slug as never))
    .$if('id' in which, (query) => query.where('plan.id', '=', (which as { id: number }).id))
    .executeTakeFirstOrThrow(() => notFound(`plan ${JSON.stringify(which)}`))
  return {
    ...plan,
    /** Nobody has decided it yet. */
    draft: plan.valid === null,
    adopted: plan.valid !== null && isValidOn(parseRange(plan.valid), today),
  }
}

/** The round of follow-up: all activities of a plan on one page, and notes to mend. */
export const followUpRoundRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    const mine = { may: coordinatorOf('plan'), cache: 'private' } as const
    const path = `${workPlansPath}/:slug/uppfoljning`
    const notePathPattern = `${workPlansPath}/:slug/anteckningar/:note`

    async function show(
      request: FastifyRequest,
      reply: FastifyReply,
      slug: string,
      {
        form = untouched,
        ask = untouched,
        notices = [],
      }: { form?: FormState; ask?: FormState; notices?: Notice[] } = {},
    ) {
      const day = today()
      const plan = await followedPlan(db, { slug }, day)
      const round = await newestRound(db, plan.id)
      const [parts, newest, leads, unreported] = [
        await partsToFollowUp(db, plan, day),
        await newestNotes(db, plan.id, day),
        await leadsOf(db, plan.body_id, day),
        round ? await unreportedIn(db, plan.id, round.id, day) : [],
      ]
      const by = request.identity?.name ?? ''
      const name = `uppfoljning/${slug}`
      const kept = form === untouched && request.identity ? await draftOf(db, request.identity, name) : null
      const draft = { form: name, back: planFollowUpPath(slug), savedAt: kept?.savedAt ?? null }
      return reply.page(
        'action-plans/follow-up-round',
        followUpRoundPage(
          { plan, parts, newest, today: day, by, form: kept ? { typed: kept.typed, problems: [] } : form },
          draft,
          { round, unreported: new Set(unreported.map(({ id }) => id)), leads, form: ask },
          plan.adopted ? notices : [{ tone: 'warning', text: followUpRefusals['not-adopted'].text }, ...notices],
        ),
      )
    }

    app.get(path, { schema: { params }, config: mine }, (request, reply) => {
      const { sparat, skickat } = request.query as { sparat?: string; skickat?: string }
      const notices: Notice[] = []
      if (sparat && /^\d{1,4}$/.test(sparat)) {
        notices.push({
          tone: 'good',
          text: `${counted(Number(sparat), 'uppföljning är sparad', 'uppföljningar är sparade')}. Den syns på planens sida.`,
        })
      }
      if (skickat && /^\d{1,4}$/.test(skickat)) {
        notices.push({
          tone: 'good',
          text: `${counted(Number(skickat), 'mejl med länk', 'mejl med länkar')} skickas nu.`,
        })
      }
      return show(request, reply, request.params.slug, { notices })
    })

    app.post(path, { schema: { params }, config: mine }, async (request, reply) => {
      const { slug } = request.params
      const plan = await followedPlan(db, { slug }, today())
      const parts = await partsToFollowUp(db, plan, today())
      const form = readForm(followUpForm(parts), request.body)
      if (!form.ok) return show(request, reply.code(422), slug, { form })
      const { on, by, told } = form.values
      const outcome = await change(db, request.actor, (work) =>
        noteFollowUp(work, plan, notesOf(parts, told), { on, by, today: today() }),
      )
      if ('refusal' in outcome) {
        const problems = [followUpRefusals[outcome.refusal]]
        return show(request, reply.code(422), slug, { form: { typed: typedIn(request.body), problems } })
      }
      if (request.identity) await forgetDraft(db, request.identity, `uppfoljning/${slug}`)
      return reply.seeOther(withQuery(planFollowUpPath(slug), { sparat: outcome.added }))
    })

    app.post(`${path}/fraga`, { schema: { params }, config: mine }, async (request, reply) => {
      const { slug } = request.params
      const plan = await followedPlan(db, { slug }, today())
      const leads = await leadsOf(db, plan.body_id, today())
      const refuse = (ask: FormState) => show(request, reply.code(422), slug, { ask })
      const form = readForm(askForm, request.body)
      if (!form.ok) return refuse(form)
      const { senast, mottagare, epost } = form.values
      const known = new Set(leads.map(({ id }) => id))
      const problems = [
        ...(senast < today() ? [{ field: 'senast', text: 'Välj en dag som inte har varit.' }] : []),
        ...(mottagare.every((id) => known.has(id)) ? [] : [{ field: 'mottagare', text: 'Välj i listan.' }]),
        ...(plan.adopted ? [] : [followUpRefusals['not-adopted']]),
      ]
      if (problems.length > 0) return refuse({ typed: typedIn(request.body), problems })
      const receivers = { accountIds: mottagare, address: epost }
      const letters = await change(db, request.actor, (work) =>
        askForFollowUp(work, plan, { dueOn: senast, receivers, today: today() }),
      )
      return reply.seeOther(withQuery(planFollowUpPath(slug), { skickat: letters }))
    })

    async function noteOf({ slug, note }: { slug: string; note: number }) {
      const plan = await followedPlan(db, { slug }, today())
      const found = await noteById(db, plan.id, note)
      if (!found) throw notFound(`follow-up ${note} of ${slug}`)
      return { plan, note: found }
    }

    app.get(notePathPattern, { schema: { params: noteParams }, config: mine }, async (request, reply) => {
      const { plan, note } = await noteOf(request.params)
      return reply.page('workspace/edit', notePage(plan, note))
    })

    app.post(notePathPattern, { schema: { params: noteParams }, config: mine }, async (request, reply) => {
      const { plan, note } = await noteOf(request.params)
      const form = readForm(noteForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', notePage(plan, note, form))
      const { version, dag, lage, text, rapporterat_av } = form.values
      const refusal = await change(db, request.actor, (work) =>
        changeNote(work, plan, note.id, version, { on: dag, state: lage, note: text, by: rapporterat_av }, today()),
      )
      if (refusal === null) return reply.seeOther(planFollowUpPath(plan.slug))
      const typed = typedIn(request.body)
      if (refusal === 'stale') {
        const now = await noteOf(request.params)
        return reply
          .code(409)
          .page('workspace/edit', compared(notePage(plan, now.note, { typed, problems: [] }), notePage(plan, now.note)))
      }
      return reply
        .code(422)
        .page('workspace/edit', notePage(plan, note, { typed, problems: [followUpRefusals[refusal]] }))
    })

    app.post(`${notePathPattern}/ta-bort`, { schema: { params: noteParams }, config: mine }, async (request, reply) => {
      const { plan, note } = await noteOf(request.params)
      await change(db, request.actor, (work) => removeNote(work, plan, note.id))
      return reply.seeOther(planFollowUpPath(plan.slug))
    })
  }
