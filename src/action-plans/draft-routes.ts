import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { change } from '../audit/work.ts'
import { type DraftPart, draftOf, forgetDraft } from '../http/drafts.ts'
import { compared, type EditPage, type Notice } from '../http/edit-page.ts'
import { type FormState, untouched } from '../http/fields.ts'
import { readForm, typedIn } from '../http/forms.ts'
import { anyCoordinator, coordinatorOf, keeps, keptBy } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { conflict, notFound } from '../kernel/errors.ts'
import {
  newPlanPath,
  planAreasPath,
  planDetailsPath,
  planRevisionPath,
  withQuery,
  workPlanPath,
  workPlansPath,
} from '../kernel/urls.ts'
import * as changes from './draft-changes.ts'
import * as forms from './draft-forms.ts'
import * as pages from './draft-pages.ts'
import * as queries from './draft-queries.ts'
import { nextCode } from './draft-rules.ts'
import { areaKey } from './follow-up-rules.ts'

const params = z.object({ slug: z.string().max(200) })
const areaParams = params.extend({ area: z.string().regex(/^[fl]\d{1,4}$/) })
const sectionParams = params.extend({ section: z.string().regex(/^(nytt|\d{1,15})$/) })

/** Drafting a plan, and preparing its revision. */
export const planDraftRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    const any = { may: anyCoordinator, cache: 'private' } as const
    const mine = { may: coordinatorOf('plan'), cache: 'private' } as const
    const at = `${workPlansPath}/:slug`
    const saved: Notice = { tone: 'good', text: 'Sparat.' }

    const bodiesOf = async (request: FastifyRequest, own: number | null) => {
      const kept = keptBy(request.identity)
      const bodies = await db
        .selectFrom('body')
        .select(['id', 'slug', 'name'])
        .orderBy('position')
        .orderBy('id')
        .execute()
      return bodies.filter(({ id, slug }) => kept === null || kept.has(slug) || id === own)
    }

    /** What was typed before and not saved, when the form is opened again. */
    async function kept(
      request: FastifyRequest,
      form: string,
      back: string,
    ): Promise<{ state: FormState; draft: DraftPart }> {
      const found = request.identity ? await draftOf(db, request.identity, form) : null
      return {
        state: found ? { typed: found.typed, problems: [] } : untouched,
        draft: { form, back, savedAt: found?.savedAt ?? null },
      }
    }
    const blank = (form: string, back: string): DraftPart => ({ form, back, savedAt: null })
    const forget = async (request: FastifyRequest, form: string) => {
      if (request.identity) await forgetDraft(db, request.identity, form)
    }

    /** Answers a refused save: both texts when it came too late, else the problem. */
    function refused(
      reply: FastifyReply,
      refusal: changes.DraftRefusal,
      body: unknown,
      page: (form: FormState) => EditPage,
    ) {
      const typed = typedIn(body)
      if (refusal === 'stale') {
        return reply.code(409).page('workspace/edit', compared(page({ typed, problems: [] }), page(untouched)))
      }
      return reply.code(422).page('workspace/edit', page({ typed, problems: [pages.draftRefusals[refusal]] }))
    }

    async function draftPlan(slug: string) {
      const plan = await queries.planToEdit(db, slug)
      if (plan.valid !== null) throw conflict(pages.draftRefusals.decided.text)
      return plan
    }

    app.get(workPlansPath, { config: any }, async (request, reply) =>
      reply.page(
        'workspace/register',
        pages.planListPage(await queries.plansKept(db, keptBy(request.identity), today()), today()),
      ),
    )

    const codeOffered = async () =>
      nextCode((await db.selectFrom('plan').select('code').execute()).map(({ code }) => code))

    app.get(newPlanPath, { config: any }, async (request, reply) => {
      const { state, draft } = await kept(request, 'plan/ny', newPlanPath)
      return reply.page(
        'workspace/edit',
        pages.planDetailsPage(null, await bodiesOf(request, null), await codeOffered(), state, draft),
      )
    })

    app.post(newPlanPath, { config: any }, async (request, reply) => {
      const bodies = await bodiesOf(request, null)
      const page = async (form: FormState) =>
        pages.planDetailsPage(null, bodies, await codeOffered(), form, blank('plan/ny', newPlanPath))
      const form = readForm(forms.planForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await page(form))
      const { values } = form.values
      const own = bodies.find(({ id }) => id === values.bodyId)
      if (!own || !keeps(request.identity, own.slug)) {
        const problems = [{ field: 'grupp', text: 'Välj en grupp som du samordnar.' }]
        return reply.code(422).page('workspace/edit', await page({ typed: typedIn(request.body), problems }))
      }
      const made = await change(db, request.actor, (work) => changes.draftPlan(work, values, today()))
      if ('refusal' in made) {
        const problems = [pages.draftRefusals[made.refusal]]
        return reply.code(422).page('workspace/edit', await page({ typed: typedIn(request.body), problems }))
      }
      await forget(request, 'plan/ny')
      return reply.seeOther(workPlanPath(made.slug))
    })

    app.get(at, { schema: { params }, config: mine }, async (request, reply) => {
      const plan = await queries.planToEdit(db, request.params.slug)
      const notices = (request.query as { sparat?: string }).sparat === undefined ? [] : [saved]
      return reply.page('workspace/register', await pages.workPlanPage(db, plan, today(), notices))
    })

    app.post(`${at}/slang`, { schema: { params }, config: mine }, async (request, reply) => {
      const refusal = await change(db, request.actor, (work) => changes.removeDraft(work, request.params.slug))
      if (refusal !== null && refusal !== 'stale') throw conflict(pages.draftRefusals[refusal].text)
      return reply.seeOther(workPlansPath)
    })

    app.get(`${at}/uppgifter`, { schema: { params }, config: mine }, async (request, reply) => {
      const plan = await draftPlan(request.params.slug)
      const { state, draft } = await kept(request, `plan/${plan.slug}`, planDetailsPath(plan.slug))
      return reply.page(
        'workspace/edit',
        pages.planDetailsPage(plan, await bodiesOf(request, plan.body_id), plan.code, state, draft),
      )
    })

    app.post(`${at}/uppgifter`, { schema: { params }, config: mine }, async (request, reply) => {
      const plan = await draftPlan(request.params.slug)
      const bodies = await bodiesOf(request, plan.body_id)
      const pageOf = (of: queries.PlanToEdit) => (form: FormState) =>
        pages.planDetailsPage(of, bodies, of.code, form, blank(`plan/${of.slug}`, planDetailsPath(of.slug)))
      const form = readForm(forms.planForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', pageOf(plan)(form))
      const { version, values } = form.values
      const own = bodies.find(({ id }) => id === values.bodyId)
      if (!own) {
        const problems = [{ field: 'grupp', text: 'Välj en grupp som du samordnar.' }]
        return reply.code(422).page('workspace/edit', pageOf(plan)({ typed: typedIn(request.body), problems }))
      }
      const refusal = await change(db, request.actor, (work) =>
        changes.changeDraft(work, plan.slug, version, values, today()),
      )
      if (refusal) return refused(reply, refusal, request.body, pageOf(await queries.planToEdit(db, plan.slug)))
      await forget(request, `plan/${plan.slug}`)
      return reply.seeOther(withQuery(workPlanPath(plan.slug), { sparat: 1 }))
    })

    const areaOf = async (planId: number, key: string) => {
      const area = (await queries.areasToEdit(db, planId, 'draft')).find((one) => areaKey(one.kind, one.number) === key)
      if (!area) throw notFound(`area ${key} of plan ${planId}`)
      return area
    }
    const areaDraft = (slug: string, area: string) => ({
      form: `plan/${slug}/${area}`,
      back: `${planAreasPath(slug)}/${area}`,
    })

    app.get(`${at}/omraden/nytt`, { schema: { params }, config: mine }, async (request, reply) => {
      const plan = await draftPlan(request.params.slug)
      const { form, back } = areaDraft(plan.slug, 'nytt')
      const { state, draft } = await kept(request, form, back)
      return reply.page('workspace/edit', pages.areaPage(plan, null, state, draft))
    })

    app.get(`${at}/omraden/:area`, { schema: { params: areaParams }, config: mine }, async (request, reply) => {
      const plan = await draftPlan(request.params.slug)
      const area = await areaOf(plan.id, request.params.area)
      const { form, back } = areaDraft(plan.slug, request.params.area)
      const { state, draft } = await kept(request, form, back)
      return reply.page('workspace/edit', pages.areaPage(plan, area, state, draft))
    })

    async function saveArea(request: FastifyRequest, reply: FastifyReply, slug: string, key: string | null) {
      const plan = await draftPlan(slug)
      const area = key === null ? null : await areaOf(plan.id, key)
      const { form: name, back } = areaDraft(slug, key ?? 'nytt')
      const pageOf = (of: queries.AreaToEdit | null) => (form: FormState) =>
        pages.areaPage(plan, of, form, blank(name, back))
      const form = readForm(forms.areaForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', pageOf(area)(form))
      const { mark, values } = form.values
      const target = area ? { id: area.id, mark } : null
      const refusal = await change(db, request.actor, (work) => changes.saveArea(work, slug, target, values, today()))
      if (refusal)
        return refused(reply, refusal, request.body, pageOf(area === null ? null : await areaOf(plan.id, key ?? '')))
      await forget(request, name)
      return reply.seeOther(withQuery(workPlanPath(slug), { sparat: 1 }))
    }

    app.post(`${at}/omraden/nytt`, { schema: { params }, config: mine }, (request, reply) =>
      saveArea(request, reply, request.params.slug, null),
    )
    app.post(`${at}/omraden/:area`, { schema: { params: areaParams }, config: mine }, (request, reply) =>
      saveArea(request, reply, request.params.slug, request.params.area),
    )

    app.post(`${at}/omraden/:area/flytta`, { schema: { params: areaParams }, config: mine }, async (request, reply) => {
      const plan = await draftPlan(request.params.slug)
      const { id } = await areaOf(plan.id, request.params.area)
      const form = readForm(forms.moveForm, request.body)
      const direction = form.ok ? form.values.riktning : 'down'
      await change(db, request.actor, (work) => changes.moveArea(work, plan.slug, id, direction))
      return reply.seeOther(`${workPlanPath(plan.slug)}#omraden`)
    })

    app.post(
      `${at}/omraden/:area/ta-bort`,
      { schema: { params: areaParams }, config: mine },
      async (request, reply) => {
        const plan = await draftPlan(request.params.slug)
        const { id } = await areaOf(plan.id, request.params.area)
        await change(db, request.actor, (work) => changes.removeArea(work, plan.slug, id))
        return reply.seeOther(`${workPlanPath(plan.slug)}#omraden`)
      },
    )

    const sectionOf = async (planId: number, id: string) => {
      const section = (await queries.sectionsToEdit(db, planId)).find((one) => String(one.id) === id)
      if (!section) throw notFound(`section ${id} of plan ${planId}`)
      return section
    }

    app.get(`${at}/avsnitt/:section`, { schema: { params: sectionParams }, config: mine }, async (request, reply) => {
      const plan = await draftPlan(request.params.slug)
      const { section: id } = request.params
      const areas = await queries.areasToEdit(db, plan.id, 'draft')
      return reply.page(
        'workspace/edit',
        pages.sectionPage(plan, id === 'nytt' ? null : await sectionOf(plan.id, id), areas),
      )
    })

    app.post(`${at}/avsnitt/:section`, { schema: { params: sectionParams }, config: mine }, async (request, reply) => {
      const plan = await draftPlan(request.params.slug)
      const { section: id } = request.params
      const areas = await queries.areasToEdit(db, plan.id, 'draft')
      const section = id === 'nytt' ? null : await sectionOf(plan.id, id)
      const form = readForm(forms.sectionForm, request.body)
      const known = (areaId: number | null) => areaId === null || areas.some((area) => area.id === areaId)
      if (!form.ok) return reply.code(422).page('workspace/edit', pages.sectionPage(plan, section, areas, form))
      const { mark, values } = form.values
      if (!known(values.areaId)) {
        const problems = [{ field: 'hor_till', text: 'Välj i listan.' }]
        return reply
          .code(422)
          .page('workspace/edit', pages.sectionPage(plan, section, areas, { typed: typedIn(request.body), problems }))
      }
      const target = section ? { id: section.id, mark } : null
      const refusal = await change(db, request.actor, (work) =>
        changes.saveSection(work, plan.slug, target, values, today()),
      )
      if (refusal === null) return reply.seeOther(withQuery(workPlanPath(plan.slug), { sparat: 1 }))
      const now = section === null ? null : await sectionOf(plan.id, id)
      return refused(reply, refusal, request.body, (state) => pages.sectionPage(plan, now, areas, state))
    })

    app.post(
      `${at}/avsnitt/:section/ta-bort`,
      { schema: { params: sectionParams }, config: mine },
      async (request, reply) => {
        const plan = await draftPlan(request.params.slug)
        const { id } = await sectionOf(plan.id, request.params.section)
        await change(db, request.actor, (work) => changes.removeSection(work, plan.slug, id))
        return reply.seeOther(`${workPlanPath(plan.slug)}#avsnitt`)
      },
    )

    async function planInForce(slug: string) {
      const plan = await queries.planToEdit(db, slug)
      if (plan.valid === null) throw conflict('Planen är ett utkast. Den ändras fritt tills den är beslutad.')
      return plan
    }

    app.get(`${at}/revidering`, { schema: { params }, config: mine }, async (request, reply) => {
      const plan = await planInForce(request.params.slug)
      const { state, draft } = await kept(request, `revidering/${plan.slug}`, planRevisionPath(plan.slug))
      const revision = await queries.revisionOf(db, plan.id, today())
      const notices = (request.query as { sparat?: string }).sparat === undefined ? [] : [saved]
      const waiting = await queries.waitingDecisions(db, plan.id)
      return reply.page('workspace/edit', pages.revisionPage(plan, revision, waiting, state, draft, notices))
    })

    app.post(`${at}/revidering`, { schema: { params }, config: mine }, async (request, reply) => {
      const plan = await planInForce(request.params.slug)
      const waiting = await queries.waitingDecisions(db, plan.id)
      const name = `revidering/${plan.slug}`
      const pageOf = (revision: queries.Revision) => (form: FormState) =>
        pages.revisionPage(plan, revision, waiting, form, blank(name, planRevisionPath(plan.slug)))
      const revision = await queries.revisionOf(db, plan.id, today())
      const form = readForm(forms.revisionForm(revision), request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', pageOf(revision)(form))
      const refusal = await change(db, request.actor, (work) =>
        changes.prepareRevision(work, plan, form.values, today()),
      )
      if (refusal) {
        return refused(reply, refusal, request.body, pageOf(await queries.revisionOf(db, plan.id, today())))
      }
      await forget(request, name)
      return reply.seeOther(withQuery(planRevisionPath(plan.slug), { sparat: 1 }))
    })
  }
