import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { change, rehearse, type Work } from '../audit/work.ts'
import type { Database } from '../db/database.ts'
import type { EffectHandler, EffectKind } from '../effects/effect.ts'
import { dayField, requiredText, versionField } from '../http/field-values.ts'
import { type FormState, untouched } from '../http/fields.ts'
import { type Problem, readForm, type Typed } from '../http/forms.ts'
import { anyCoordinator, coordinatorOf, type Identity } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { type Comparison, type Difference, differencesBetween } from '../http/stale.ts'
import type { Day } from '../kernel/dates.ts'
import { badRequest, conflict, forbidden, notFound } from '../kernel/errors.ts'
import { counted } from '../kernel/text.ts'
import {
  decisionPath,
  minutesPath,
  newDecisionPath,
  workDecisionPath,
  workDecisionsPath,
  workMeetingsPath,
  workspacePath,
} from '../kernel/urls.ts'
import { DecisionConflict, rehearseDecisions } from './changes.ts'
import {
  addAsOpeningState,
  addDecision,
  carryOutLooseDecision,
  changeDecision,
  DraftRefused,
  type Occasion,
  removeDecision,
  removeEffect,
  saveEffect,
} from './draft-changes.ts'
import { backTo, draftPage, type EffectFor, effectPage, type RehearsedEffect, rehearsedEffect } from './draft-pages.ts'
import { choicesFor, typedEffect, type WorkDecision, workDecision } from './draft-queries.ts'
import { type EffectInput, effectFieldNames, effectForm, effectQuestions, kindFrom } from './effect-forms.ts'
import { effectsOf } from './queries.ts'

const decisionParams = z.object({ decision: z.coerce.number().int().positive() })
const effectParams = decisionParams.extend({ effect: z.coerce.number().int().positive() })
const meetingParams = z.object({ slug: z.string() })
const word = z.string().max(300).optional()
const prefill = z.object(Object.fromEntries(effectFieldNames.map((name) => [name, word])))
const itemQuery = prefill.extend({ punkt: word, slag: word })
const looseQuery = prefill.extend({ slag: word, organ: word, beslutsdag: word })

const title = requiredText('Skriv en rubrik.', 300)
const wordsForm = z.object({
  version: versionField,
  rubrik: title,
  lydelse: z
    .string()
    .max(20_000, 'Skriv högst 20 000 tecken.')
    .default('')
    .transform((text) => text.replace(/\r\n?/g, '\n').trim() || null),
})

/** Whether the person keeps a body's matters. */
const keepsOf =
  ({ administrator, coordinates }: Identity) =>
  (body: string) =>
    administrator || coordinates === 'all' || coordinates.has(body)

/** Thrown to undo what a form with problems has begun, such as a new person. */
class FormRefused extends Error {
  readonly problems: Problem[]
  constructor(problems: Problem[]) {
    super('the form is refused')
    this.problems = problems
  }
}

/** Decisions while they are written: in a meeting's item or outside meetings, with their effects. */
export const draftDecisionsRoutes =
  ({ db, today }: Room, handlers: readonly EffectHandler[]) =>
  async (app: App) => {
    const ofDecision = { may: coordinatorOf('decision'), cache: 'private' } as const
    const ofMeeting = { may: coordinatorOf('meeting'), cache: 'private' } as const
    const anybody = { may: anyCoordinator, cache: 'private' } as const

    // ---- a new decision in an item of a meeting

    const newInItem = `${workMeetingsPath}/:slug/beslut/ny`

    async function meetingAndItem(slug: string, number: string | undefined) {
      const meeting = await meetingForDecision(db, slug)
      const item = meeting.items.find((one) => one.number === number)
      if (!item) throw badRequest('Välj vilken punkt beslutet hör till, i protokollet.')
      const occasion: Occasion = {
        bodyId: meeting.body_id,
        decidedOn: meeting.held_on,
        meetingId: meeting.id,
        itemId: item.id,
      }
      return { about: { new: 'item', meeting, item, items: meeting.items } as const, occasion }
    }

    app.get(
      newInItem,
      { schema: { params: meetingParams, querystring: itemQuery }, config: ofMeeting },
      async (request, reply) => {
        const { punkt, slag, ...filled } = request.query
        const { about, occasion } = await meetingAndItem(request.params.slug, punkt)
        return showForm(reply, about, kindFrom(slag), occasion, filledIn(filled))
      },
    )

    app.post(newInItem, { schema: { params: meetingParams }, config: ofMeeting }, async (request, reply) => {
      const body = (request.body ?? {}) as Record<string, unknown>
      const { about, occasion } = await meetingAndItem(request.params.slug, String(body.punkt ?? ''))
      const kind = kindFrom(String(body.slag ?? ''))
      if (kind === null) return showForm(reply, about, null, occasion, untouched)
      return saveNew(request, reply, about, kind, occasion)
    })

    // ---- a new decision outside meetings

    async function bodiesKept(identity: Identity) {
      const rows = await db
        .selectFrom('body')
        .select(['id', 'slug', 'name'])
        .orderBy('kind')
        .orderBy('position')
        .execute()
      return rows.filter(({ slug }) => keepsOf(identity)(slug))
    }

    app.get(newDecisionPath, { schema: { querystring: looseQuery }, config: anybody }, async (request, reply) => {
      const { slag, ...filled } = request.query
      const bodies = await bodiesKept(identityOf(request))
      const occasion = { bodyId: bodies[0]?.id ?? 0, decidedOn: today(), meetingId: null, itemId: null }
      return showForm(reply, { new: 'loose', bodies }, kindFrom(slag), occasion, filledIn(filled))
    })

    app.post(newDecisionPath, { config: anybody }, async (request, reply) => {
      const bodies = await bodiesKept(identityOf(request))
      const about = { new: 'loose', bodies } as const
      const typed = (request.body ?? {}) as Record<string, unknown>
      const kind = kindFrom(String(typed.slag ?? ''))
      const standIn = { bodyId: bodies[0]?.id ?? 0, decidedOn: today(), meetingId: null, itemId: null }
      if (kind === null) return showForm(reply, about, null, standIn, untouched)
      const form = readForm(
        z.object({
          organ: z.string('Välj vem som har beslutat.').min(1, 'Välj vem som har beslutat.'),
          beslutsdag: dayField,
        }),
        request.body,
      )
      if (!form.ok) return showForm(reply.code(422), about, kind, standIn, form)
      const body = bodies.find(({ slug }) => slug === form.values.organ)
      if (!body) throw forbidden(`decisions of ${form.values.organ}`)
      if (form.values.beslutsdag > today()) {
        const problems = [{ field: 'beslutsdag', text: 'Beslutsdagen har inte kommit.' }]
        return showForm(reply.code(422), about, kind, standIn, { typed: request.body as Typed, problems })
      }
      const occasion = { bodyId: body.id, decidedOn: form.values.beslutsdag, meetingId: null, itemId: null }
      return saveNew(request, reply, about, kind, occasion)
    })

    // ---- a decision that is being written

    const one = `${workDecisionsPath}/:decision`

    app.get(one, { schema: { params: decisionParams }, config: ofDecision }, async (request, reply) =>
      showDraft(request, reply, request.params.decision, untouched),
    )

    // The address that a meeting's decisions are listed under.
    app.get(
      `${workMeetingsPath}/:slug/beslut/:decision`,
      { schema: { params: meetingParams.extend(decisionParams.shape) }, config: ofDecision },
      async (request, reply) => reply.seeOther(workDecisionPath(request.params.decision)),
    )

    app.post(one, { schema: { params: decisionParams }, config: ofDecision }, async (request, reply) => {
      const id = request.params.decision
      const form = readForm(wordsForm, request.body)
      if (!form.ok) return showDraft(request, reply.code(422), id, form)
      const { version, rubrik, lydelse } = form.values
      return saving(request, reply, id, request.body as Typed, (work) =>
        changeDecision(work, id, version, { title: rubrik, clause: lydelse }),
      )
    })

    app.post(`${one}/ta-bort`, { schema: { params: decisionParams }, config: ofDecision }, async (request, reply) => {
      const decision = await workDecision(db, request.params.decision)
      await changing(request, (work) => removeDecision(work, decision.id))
      return reply.seeOther(decision.meeting_slug === null ? workspacePath : minutesPath(decision.meeting_slug))
    })

    app.post(`${one}/verkstall`, { schema: { params: decisionParams }, config: ofDecision }, async (request, reply) => {
      const id = request.params.decision
      const version = versionOf(request)
      try {
        const slug = await changing(request, (work) => carryOutLooseDecision(work, handlers, id, version))
        return reply.seeOther(decisionPath(slug))
      } catch (error) {
        if (!(error instanceof DecisionConflict)) throw error
        const problems = error.conflicts.map(({ conflict: one }) => ({ field: '', text: one.text }))
        return showDraft(request, reply.code(409), id, { typed: {}, problems })
      }
    })

    // ---- its effects

    const newEffect = `${one}/verkan/ny`

    app.get(
      newEffect,
      { schema: { params: decisionParams, querystring: itemQuery }, config: ofDecision },
      async (request, reply) => {
        const { slag, punkt: _punkt, ...filled } = request.query
        const decision = await openDecision(request.params.decision)
        return showForm(reply, { new: 'effect', decision }, kindFrom(slag), occasionOf(decision), filledIn(filled))
      },
    )

    app.post(newEffect, { schema: { params: decisionParams }, config: ofDecision }, async (request, reply) => {
      const decision = await openDecision(request.params.decision)
      const kind = kindFrom(String((request.body as Record<string, unknown> | undefined)?.slag ?? ''))
      const about = { new: 'effect', decision } as const
      if (kind === null) return showForm(reply, about, null, occasionOf(decision), untouched)
      return saveOf(request, reply, about, kind, null)
    })

    const oneEffect = `${one}/verkan/:effect`

    async function effectIn(decisionId: number, effectId: number) {
      const decision = await openDecision(decisionId)
      const effect = (await effectsOf(db, [decisionId])).find(({ id }) => id === effectId)
      if (!effect) throw conflict('Någon har tagit bort den här delen av beslutet.')
      return { change: effect, decision }
    }

    app.get(oneEffect, { schema: { params: effectParams }, config: ofDecision }, async (request, reply) => {
      const about = await effectIn(request.params.decision, request.params.effect)
      const typed = await typedEffect(db, about.change, about.decision)
      return showForm(reply, about, about.change.kind, occasionOf(about.decision), { typed, problems: [] })
    })

    app.post(oneEffect, { schema: { params: effectParams }, config: ofDecision }, async (request, reply) => {
      const about = await effectIn(request.params.decision, request.params.effect)
      return saveOf(request, reply, about, about.change.kind, about.change.id)
    })

    app.post(
      `${oneEffect}/ta-bort`,
      { schema: { params: effectParams }, config: ofDecision },
      async (request, reply) => {
        const { decision, effect } = request.params
        const version = versionOf(request)
        await changing(request, (work) => removeEffect(work, decision, effect, version))
        return reply.seeOther(workDecisionPath(decision))
      },
    )

    app.post(
      `${oneEffect}/ingangslage`,
      { schema: { params: effectParams }, config: ofDecision },
      async (request, reply) => {
        const { decision, effect } = request.params
        await changing(request, (work) => addAsOpeningState(work, decision, effect))
        return reply.seeOther(workDecisionPath(decision))
      },
    )

    // ---- what the routes share

    async function showForm(
      reply: FastifyReply,
      about: EffectFor,
      kind: EffectKind | null,
      occasion: Occasion,
      state: FormState & { comparison?: Comparison; preview?: readonly RehearsedEffect[]; version?: number },
    ) {
      const group = typeof state.typed.grupp === 'string' && state.typed.grupp !== '' ? state.typed.grupp : null
      const choices = kind === null ? null : await choicesFor(db, occasion, group)
      return reply.page('decisions/effect', effectPage(about, kind, choices, state))
    }

    async function showDraft(
      request: FastifyRequest,
      reply: FastifyReply,
      id: number,
      state: FormState & { comparison?: Comparison },
    ) {
      const decision = await workDecision(db, id)
      if (decision.state === 'carried_out') return reply.seeOther(decisionPath(decision.slug))
      return reply.page('decisions/draft', await draftPage(db, handlers, request.actor, decision, state))
    }

    /** A decision that can still be changed; one that has taken effect is shown as it became. */
    async function openDecision(id: number): Promise<WorkDecision> {
      const decision = await workDecision(db, id)
      if (decision.state === 'carried_out')
        throw conflict('Beslutet har redan verkställts. Det ändras bara genom ett nytt beslut eller en rättelse.')
      return decision
    }

    /** Saves a decision with its first effect, or shows what it would do. */
    async function saveNew(
      request: FastifyRequest,
      reply: FastifyReply,
      about: EffectFor,
      kind: EffectKind,
      occasion: Occasion,
    ) {
      const typed = (request.body ?? {}) as Typed
      const form = readForm(effectForm(kind), typed)
      const titled = readForm(z.object({ rubrik: title }), typed)
      if (!form.ok || !titled.ok) {
        const problems = [...(form.ok ? [] : form.problems), ...(titled.ok ? [] : titled.problems)]
        return showForm(reply.code(422), about, kind, occasion, { typed, problems })
      }
      const keeps = keepsOf(identityOf(request))
      const save = async (work: Work): Promise<number> => {
        const added = await addDecision(
          work,
          occasion,
          { title: titled.values.rubrik, kind, input: form.values },
          keeps,
        )
        if (Array.isArray(added)) throw new FormRefused(added)
        return added
      }
      return attempt(request, reply, about, kind, occasion, typed, save)
    }

    async function saveOf(
      request: FastifyRequest,
      reply: FastifyReply,
      about: EffectFor & { decision: WorkDecision },
      kind: EffectKind,
      effectId: number | null,
    ) {
      const { decision } = about
      const occasion = occasionOf(decision)
      const typed = (request.body ?? {}) as Typed
      const form = readForm(effectForm(kind), typed)
      const versioned = readForm(z.object({ version: versionField }), typed)
      if (!form.ok || !versioned.ok) {
        const problems = [...(form.ok ? [] : form.problems), ...(versioned.ok ? [] : versioned.problems)]
        return showForm(reply.code(422), about, kind, occasion, { typed, problems })
      }
      const keeps = keepsOf(identityOf(request))
      const place = { decisionId: decision.id, effectId, version: versioned.values.version }
      const save = async (work: Work): Promise<number> => {
        const problems = await saveEffect(work, place, { kind, input: form.values as EffectInput }, keeps)
        if (problems) throw new FormRefused(problems)
        return decision.id
      }
      return attempt(request, reply, about, kind, occasion, typed, save)
    }

    async function attempt(
      request: FastifyRequest,
      reply: FastifyReply,
      about: EffectFor,
      kind: EffectKind,
      occasion: Occasion,
      typed: Typed,
      save: (work: Work) => Promise<number>,
    ) {
      try {
        if (typed.gor === 'forhandsgranska') {
          const preview = await rehearse(db, request.actor, async (work) => {
            const rehearsed = await rehearseDecisions(work, handlers, [await save(work)])
            return rehearsed.map((one) => rehearsedEffect(handlers, one, false))
          })
          return await showForm(reply, about, kind, occasion, { typed, problems: [], preview })
        }
        const id = await change(db, request.actor, save)
        return reply.seeOther(
          typed.gor === 'fortsatt' ? await whereToGoOn(request, id, occasion) : workDecisionPath(id),
        )
      } catch (error) {
        if (error instanceof FormRefused) {
          return showForm(reply.code(422), about, kind, occasion, { typed, problems: error.problems })
        }
        if (error instanceof DraftRefused && error.refusal === 'stale' && 'decision' in about) {
          const decision = await workDecision(db, about.decision.id)
          const comparison = { differences: await differencesNow(about, decision, kind, typed, occasion) }
          return showForm(reply.code(409), about, kind, occasion, {
            typed,
            problems: [],
            comparison,
            version: decision.version,
          })
        }
        throw asTrouble(error)
      }
    }

    /** The minutes, unless something stands in the way of the decision: that is shown while it is fresh in mind. */
    async function whereToGoOn(request: FastifyRequest, id: number, occasion: Occasion): Promise<string> {
      const rehearsed = await rehearse(db, request.actor, (work) => rehearseDecisions(work, handlers, [id]))
      const stopped = occasion.meetingId === null || rehearsed.some(({ conflicts }) => conflicts.length > 0)
      return stopped ? workDecisionPath(id) : backTo(await workDecision(db, id)).path
    }

    /** What was typed beside what somebody else has saved meanwhile. */
    async function differencesNow(
      about: EffectFor,
      decision: WorkDecision,
      kind: EffectKind,
      typed: Typed,
      occasion: Occasion,
    ): Promise<Difference[]> {
      const effects = await effectsOf(db, [decision.id])
      const now = 'change' in about ? effects.find(({ id }) => id === about.change.id) : undefined
      if (!now) return [{ label: 'Beslutet', typed: 'en del till', stands: counted(effects.length, 'del', 'delar') }]
      const labels = Object.fromEntries(
        effectQuestions(kind, await choicesFor(db, occasion, null), untouched).map((question) => [
          question.name,
          question.as === 'options' ? question.legend : question.label,
        ]),
      )
      const words = Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, String(value)]))
      const stands = (await typedEffect(db, now, decision)) as Record<string, string>
      const differences = differencesBetween(words, stands, labels)
      return differences.length > 0
        ? differences
        : [{ label: 'Beslutet', typed: 'samma som nu står', stands: 'en annan del av beslutet är ändrad' }]
    }

    async function changing<T>(request: FastifyRequest, doIt: (work: Work) => Promise<T>): Promise<T> {
      try {
        return await change(db, request.actor, doIt)
      } catch (error) {
        throw asTrouble(error)
      }
    }

    async function saving(
      request: FastifyRequest,
      reply: FastifyReply,
      id: number,
      typed: Typed,
      doIt: (work: Work) => Promise<void>,
    ) {
      try {
        await change(db, request.actor, doIt)
        return reply.seeOther(workDecisionPath(id))
      } catch (error) {
        if (!(error instanceof DraftRefused) || error.refusal !== 'stale') throw asTrouble(error)
        const decision = await workDecision(db, id)
        const differences = differencesBetween(
          { rubrik: String(typed.rubrik ?? ''), lydelse: String(typed.lydelse ?? '') },
          { rubrik: decision.title, lydelse: decision.clause },
          { rubrik: 'Rubrik', lydelse: 'Egen lydelse' },
        )
        return showDraft(request, reply.code(409), id, { typed, problems: [], comparison: { differences } })
      }
    }
  }

function versionOf(request: FastifyRequest): number {
  const form = readForm(z.object({ version: versionField }), request.body)
  if (!form.ok) throw badRequest('Öppna sidan igen: formuläret saknar sin version.')
  return form.values.version
}

function identityOf(request: FastifyRequest): Identity {
  if (request.identity === null) throw forbidden('nobody')
  return request.identity
}

const refusals: Record<DraftRefused['refusal'], string> = {
  'carried-out': 'Beslutet har redan verkställts. Det ändras bara genom ett nytt beslut eller en rättelse.',
  closed: 'Protokollet är publicerat eller mötet inställt. Besluten går inte längre att ändra här.',
  stale: 'Någon annan har ändrat beslutet. Öppna det igen.',
}

function asTrouble(error: unknown): unknown {
  return error instanceof DraftRefused ? conflict(refusals[error.refusal]) : error
}

function filledIn(query: Readonly<Record<string, string | undefined>>): FormState {
  const typed = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as Typed
  return { typed, problems: [] }
}

function occasionOf(decision: WorkDecision): Occasion {
  return {
    bodyId: decision.meeting_body_id ?? decision.body_id,
    decidedOn: (decision.meeting_held_on ?? decision.decided_on) as Day,
    meetingId: decision.meeting_id,
    itemId: decision.agenda_item_id,
  }
}

/** The meeting that a decision is written for, with its items. @throws PortalError not-found, conflict */
async function meetingForDecision(db: Kysely<Database>, slug: string) {
  const meeting = await db
    .selectFrom('meeting')
    .select(['id', 'slug', 'title', 'body_id', 'held_on', 'state'])
    .where('slug', '=', slug as never)
    .executeTakeFirstOrThrow(() => notFound(`meeting ${slug}`))
  if (['published', 'cancelled', 'mentioned'].includes(meeting.state)) throw conflict(refusals.closed)
  const items = await db
    .selectFrom('agenda_item')
    .select(['id', 'number', 'title'])
    .where('meeting_id', '=', meeting.id)
    .orderBy('position')
    .execute()
  return { ...meeting, held_on: meeting.held_on as Day, items }
}
