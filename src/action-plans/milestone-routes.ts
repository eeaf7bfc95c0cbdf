import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { change } from '../audit/work.ts'
import { compared } from '../http/edit-page.ts'
import { readForm, typedIn } from '../http/forms.ts'
import { coordinatorOf } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { badRequest, notFound } from '../kernel/errors.ts'
import { planMilestonesPath, withQuery, workPlansPath } from '../kernel/urls.ts'
import { partsToFollowUp } from './follow-up-queries.ts'
import { followedPlan } from './follow-up-routes.ts'
import { addMilestone, changeMilestone, noteOutcome, removeMilestone } from './milestone-changes.ts'
import {
  milestoneForm,
  milestonePage,
  milestonesPage,
  outcomeForm,
  outcomePage,
  outcomeRefusals,
} from './milestone-pages.ts'
import { milestonesOf } from './queries.ts'

const params = z.object({ slug: z.string().max(200) })
const milestoneParams = params.extend({ milestone: z.string().regex(/^(ny|\d{1,15})$/) })

/** Milestones of a plan: their outcome once it is decided, themselves while it is a draft. */
export const milestoneRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    const mine = { may: coordinatorOf('plan'), cache: 'private' } as const
    const path = `${workPlansPath}/:slug/milstolpar`

    async function planOf(slug: string) {
      const plan = await followedPlan(db, { slug }, today())
      const parts = await partsToFollowUp(db, plan, plan.draft ? null : today())
      return { plan, parts }
    }

    async function milestoneOf(planId: number, id: string) {
      const found = (await milestonesOf(db, planId)).find((row) => String(row.id) === id)
      if (!found) throw notFound(`milestone ${id}`)
      return found
    }

    app.get(path, { schema: { params }, config: mine }, async (request, reply) => {
      const { plan, parts } = await planOf(request.params.slug)
      const saved = (request.query as { sparat?: string }).sparat !== undefined
      const notices = saved ? [{ tone: 'good' as const, text: 'Sparat.' }] : []
      return reply.page('workspace/register', await milestonesPage(db, plan, parts, today(), notices))
    })

    app.get(`${path}/:milestone`, { schema: { params: milestoneParams }, config: mine }, async (request, reply) => {
      const { slug, milestone: id } = request.params
      const { plan, parts } = await planOf(slug)
      if (!plan.draft) return reply.page('workspace/edit', outcomePage(plan, await milestoneOf(plan.id, id)))
      const milestone = id === 'ny' ? null : await milestoneOf(plan.id, id)
      return reply.page('workspace/edit', milestonePage(plan, milestone, parts))
    })

    app.post(`${path}/:milestone`, { schema: { params: milestoneParams }, config: mine }, async (request, reply) => {
      const { slug, milestone: id } = request.params
      const { plan, parts } = await planOf(slug)
      const done = () => reply.seeOther(withQuery(planMilestonesPath(slug), { sparat: 1 }))
      if (plan.draft) return saveDraft(reply, plan, parts, id, request, done)

      const milestone = await milestoneOf(plan.id, id)
      const form = readForm(outcomeForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', outcomePage(plan, milestone, form))
      const { version, outcome, note } = form.values
      const refusal = await change(db, request.actor, (work) =>
        noteOutcome(work, plan, milestone.id, version, outcome, note, today()),
      )
      if (refusal === null) return done()
      const typed = typedIn(request.body)
      if (refusal === 'stale') {
        const now = await milestoneOf(plan.id, id)
        return reply
          .code(409)
          .page('workspace/edit', compared(outcomePage(plan, now, { typed, problems: [] }), outcomePage(plan, now)))
      }
      const problems = [outcomeRefusals[refusal]]
      return reply.code(422).page('workspace/edit', outcomePage(plan, milestone, { typed, problems }))
    })

    async function saveDraft(
      reply: FastifyReply,
      plan: Awaited<ReturnType<typeof planOf>>['plan'],
      parts: Awaited<ReturnType<typeof planOf>>['parts'],
      id: string,
      { body, actor }: FastifyRequest,
      done: () => FastifyReply,
    ) {
      const milestone = id === 'ny' ? null : await milestoneOf(plan.id, id)
      const form = readForm(milestoneForm(parts), body)
      if (!form.ok) return reply.code(422).page('workspace/edit', milestonePage(plan, milestone, parts, form))
      const { version, values } = form.values
      const refusal = await change(db, actor, async (work) => {
        if (milestone) return await changeMilestone(work, plan, milestone.id, version, values)
        await addMilestone(work, plan, values, today())
        return null
      })
      if (refusal === null) return done()
      const now = await milestoneOf(plan.id, id)
      const typed = typedIn(body)
      return reply
        .code(409)
        .page(
          'workspace/edit',
          compared(milestonePage(plan, now, parts, { typed, problems: [] }), milestonePage(plan, now, parts)),
        )
    }

    app.post(
      `${path}/:milestone/ta-bort`,
      { schema: { params: milestoneParams }, config: mine },
      async (request, reply) => {
        const { plan } = await planOf(request.params.slug)
        if (!plan.draft) throw badRequest('Planen är beslutad. Milstolpen kan flyttas, men inte tas bort.')
        const { id } = await milestoneOf(plan.id, request.params.milestone)
        await change(db, request.actor, (work) => removeMilestone(work, plan, id))
        return reply.seeOther(planMilestonesPath(plan.slug))
      },
    )
  }
