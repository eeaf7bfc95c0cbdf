import { randomBytes } from 'node:crypto'
import { typedHere } from '../audit/provenance.ts'
import type { Work } from '../audit/work.ts'
import { addPerson, personNamed, severalPersonsText, unknownPersonText } from '../bodies/named-persons.ts'
import { rangeText } from '../db/ranges.ts'
import type { BodyKind, DecisionKind, MembershipRole } from '../db/schema.ts'
import type { EffectHandler, EffectKind, ProposedEffect } from '../effects/effect.ts'
import type { Problem } from '../http/forms.ts'
import { addDays, type Day, day, type Precision } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { slugify } from '../kernel/text.ts'
import { carryOutDecisions, registerDecision } from './changes.ts'
import { decisionKindOf, type EffectInput } from './effect-forms.ts'

/** What a decision that is being written belongs to: an item of a meeting, or a body and a day alone. */
export type Occasion = {
  bodyId: number
  decidedOn: Day
  meetingId: number | null
  itemId: number | null
}

/** Whether whoever writes keeps the matters of a body: a decision changes no register of others'. */
export type Keeps = (bodySlug: string) => boolean

/** Why a decision is not changed: it has taken effect, its minutes are published, or somebody else saved first. */
export type DraftRefusal = 'carried-out' | 'closed' | 'stale'

/** Slugs of decisions that have none of their own yet; they get one when they are made public. */
const draftSlug = () => `utkast-${randomBytes(6).toString('hex')}`
export const isDraftSlug = (slug: string) => slug.startsWith('utkast-')

type Resolved = {
  effect: Omit<ProposedEffect, 'provenance_id'>
  /** Set for another body's standpoint, as the meeting reports it. */
  endorsement: { bodyId: number; decidedOn: Day; precision: Precision } | null
}

/** Finds what a form names, and puts new persons in the register. @returns what to propose, or what is wrong */
async function resolveEffect(
  work: Work,
  kind: EffectKind,
  input: EffectInput,
  occasion: Occasion,
  keeps: Keeps,
): Promise<Resolved | Problem[]> {
  const { trx } = work
  const problems: Problem[] = []
  const wrong = (field: keyof EffectInput, text: string) => {
    problems.push({ field, text })
    return null
  }
  const idBySlug = async (
    field: keyof EffectInput,
    table: 'organisation' | 'document' | 'meeting' | 'matter',
    slug: string | null,
  ) => {
    if (slug === null) return null
    const row = await trx
      .selectFrom(table)
      .select('id')
      .where('slug', '=', slug as never)
      .executeTakeFirst()
    return row?.id ?? wrong(field, 'Välj i listan.')
  }
  const bodyBySlug = async (field: keyof EffectInput, slug: string | null, kept: boolean) => {
    if (slug === null) return null
    const row = await trx
      .selectFrom('body')
      .select(['id', 'slug', 'name'])
      .where('slug', '=', slug as never)
      .executeTakeFirst()
    if (!row) return wrong(field, 'Välj i listan.')
    if (kept && !keeps(row.slug)) return wrong(field, `Du samordnar inte ${row.name}.`)
    return row.id
  }
  const planBySlug = async (slug: string | null) => {
    if (slug === null) return null
    const row = await trx
      .selectFrom('plan')
      .innerJoin('body', 'body.id', 'plan.body_id')
      .select(['plan.id', 'body.slug as body_slug', 'body.name as body_name'])
      .where('plan.slug', '=', slug as never)
      .executeTakeFirst()
    if (!row) return wrong('plan', 'Välj i listan.')
    if (!keeps(row.body_slug)) return wrong('plan', `Du samordnar inte ${row.body_name}.`)
    return row.id
  }
  const bodyOrOrganisation = async (field: keyof EffectInput, value: string | null) => {
    const [sort, slug = null] = value === null ? [] : [value.slice(0, 2), value.slice(2)]
    return {
      bodyId: sort === 'b:' ? await bodyBySlug(field, slug, false) : null,
      organisationId: sort === 'o:' ? await idBySlug(field, 'organisation', slug) : null,
    }
  }
  const person = async (field: keyof EffectInput, name: string | null, bodyId: number | null, mayBeNew: boolean) => {
    if (name === null) return null
    const found = await personNamed(trx, name, bodyId)
    if (found.found === 'one') return found.id
    if (found.found === 'several') return wrong(field, severalPersonsText(found))
    if (/\d/.test(name)) return wrong(field, 'Ett namn har inga siffror.')
    if (mayBeNew) return problems.length === 0 ? await addPerson(work, name) : null
    return wrong(field, unknownPersonText(found))
  }

  const effective_on = input.fran
  let endorsement: Resolved['endorsement'] = null
  let effect: Omit<ProposedEffect, 'provenance_id'> = { kind }
  switch (kind) {
    case 'member_replaced':
    case 'member_appointed':
    case 'member_released':
    case 'chair_appointed': {
      const body_id = await bodyBySlug('grupp', input.grupp, true)
      const behalf = await bodyOrOrganisation('foretrader', input.foretrader)
      const employer = await idBySlug('in_organisation', 'organisation', input.in_organisation)
      const leaves = kind === 'member_replaced' || kind === 'member_released'
      const enters = kind !== 'member_released'
      // Whoever is put there as opening state need not be in the register of persons either.
      const out = leaves ? await person('ut_namn', input.ut_namn, body_id, input.ingangslage) : null
      const incoming = enters ? await person('in_namn', input.in_namn, body_id, input.ny_person) : null
      if (out !== null && out === incoming) wrong('in_namn', 'Samma person kan inte både lämna och tillträda.')
      effect = {
        kind,
        body_id,
        role: (input.roll ?? (kind === 'chair_appointed' ? 'chair' : 'representative')) as MembershipRole,
        person_out_id: out,
        person_in_id: incoming,
        ...(enters
          ? {
              person_in_title: input.in_titel,
              person_in_unit: input.in_enhet,
              person_in_employer_id: employer,
              on_behalf_organisation_id: behalf.organisationId,
              on_behalf_body_id: behalf.bodyId,
            }
          : {}),
        effective_on,
        details: JSON.stringify(leaves && input.ingangslage ? { openingState: true } : {}),
      }
      break
    }
    case 'body_established': {
      const name = input.namn ?? ''
      effect = {
        kind,
        effective_on,
        details: JSON.stringify({
          slug: slugify(name),
          name,
          kind: input.slags_grupp as BodyKind,
          ...(input.kortnamn === null ? {} : { shortName: input.kortnamn }),
          ...(input.syfte === null ? {} : { purpose: input.syfte }),
        }),
      }
      if (slugify(name) === '') wrong('namn', 'Skriv ett namn med bokstäver.')
      break
    }
    case 'body_closed':
      effect = { kind, body_id: await bodyBySlug('grupp', input.grupp, true), effective_on }
      break
    case 'indicator_set':
    case 'parameter_set': {
      const code = kind === 'indicator_set' ? 'indicator' : (input.parameter ?? '')
      const parameter = await trx.selectFrom('parameter').selectAll().where('code', '=', code).executeTakeFirst()
      if (!parameter) return [{ field: 'parameter', text: 'Välj i listan.' }]
      const leading = await trx.selectFrom('body').select('slug').where('kind', '=', 'leadership').execute()
      if (!leading.some(({ slug }) => keeps(slug)))
        wrong(
          kind === 'indicator_set' ? 'varde' : 'parameter',
          'Bara den länsgemensamma ledningens samordnare kan registrera det här.',
        )
      const valid =
        kind === 'indicator_set'
          ? { from: day(`${input.ar}-01-01`), to: day(`${(input.ar ?? 0) + 1}-01-01`) }
          : { from: input.fran, to: input.till_och_med === null ? null : addDays(input.till_och_med, 1) }
      effect = {
        kind,
        parameter_code: code,
        administration_id: parameter.per_administration
          ? await idBySlug('forvaltning', 'organisation', input.forvaltning)
          : null,
        value: parameter.choices === null ? input.varde : null,
        choice: parameter.choices === null ? null : input.val,
        valid: rangeText(valid),
      }
      break
    }
    case 'plan_adopted':
    case 'plan_revised':
      effect = { kind, plan_id: await planBySlug(input.plan), effective_on }
      break
    case 'document_adopted':
      effect = {
        kind,
        document_id: await idBySlug('dokument', 'document', input.dokument),
        effective_on,
        details: JSON.stringify(input.version_namn === null ? {} : { version: input.version_namn }),
      }
      break
    case 'minutes_filed':
      effect = {
        kind,
        filed_meeting_id: await idBySlug('mote', 'meeting', input.mote),
        effect_text: input.tillagg,
      }
      break
    case 'assignment_given': {
      const assignee = await bodyOrOrganisation('till', input.till)
      effect = {
        kind,
        effect_text: input.uppdrag,
        assignee_body_id: assignee.bodyId,
        assignee_organisation_id: assignee.organisationId,
        assignee_person_id: await person('till_person', input.till_person, null, false),
        due_on: input.senast?.on ?? null,
        due_precision: input.senast?.precision ?? null,
        matter_id: await idBySlug('arende', 'matter', input.arende),
      }
      break
    }
    case 'position':
    case 'note': {
      const other = await bodyBySlug('av', input.av, false)
      if (kind === 'position' && other !== null && other !== occasion.bodyId) {
        endorsement = {
          bodyId: other,
          decidedOn: input.nar?.on ?? occasion.decidedOn,
          precision: input.nar?.precision ?? 'day',
        }
      }
      effect = { kind, effect_text: input.text, matter_id: await idBySlug('arende', 'matter', input.arende) }
      break
    }
  }
  return problems.length > 0 ? problems : { effect, endorsement }
}

/** Writes down a decision with its first effect, as a proposal. @returns its id, or what is wrong with the form */
export async function addDecision(
  work: Work,
  occasion: Occasion,
  { title, kind, input }: { title: string; kind: EffectKind; input: EffectInput },
  keeps: Keeps,
): Promise<number | Problem[]> {
  const { trx } = work
  await refuseClosedMeeting(work, occasion.meetingId)
  const resolved = await resolveEffect(work, kind, input, occasion, keeps)
  if (Array.isArray(resolved)) return resolved
  const { effect, endorsement } = resolved
  const provenance_id = await typedHere(work)
  const last = await trx
    .selectFrom('decision')
    .select((eb) => eb.fn.max('position').as('position'))
    .where((eb) =>
      occasion.meetingId === null ? eb('meeting_id', 'is', null) : eb('meeting_id', '=', occasion.meetingId),
    )
    .executeTakeFirst()
  return registerDecision(
    work,
    {
      slug: draftSlug(),
      body_id: endorsement?.bodyId ?? occasion.bodyId,
      meeting_id: occasion.meetingId,
      agenda_item_id: occasion.itemId,
      decided_on: endorsement?.decidedOn ?? occasion.decidedOn,
      decided_precision: endorsement?.precision ?? 'day',
      kind: endorsement ? 'endorsement' : decisionKindOf(kind),
      title,
      position: (last?.position ?? 0) + 1,
      provenance_id,
    },
    [{ ...effect, provenance_id }],
  )
}

/** A meeting whose minutes are out, or that was never held, takes no more decisions. */
async function refuseClosedMeeting(work: Work, meetingId: number | null): Promise<void> {
  if (meetingId === null) return
  const { state } = await work.trx
    .selectFrom('meeting')
    .select('state')
    .where('id', '=', meetingId)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`meeting ${meetingId}`))
  if (closedStates.includes(state)) throw new DraftRefused('closed')
}

const closedStates: readonly string[] = ['published', 'cancelled', 'mentioned']

/** Thrown when a decision cannot be changed any more, or was changed by somebody else. */
export class DraftRefused extends Error {
  override name = 'DraftRefused'
  readonly refusal: DraftRefusal
  constructor(refusal: DraftRefusal) {
    super(`the decision is not changed: ${refusal}`)
    this.refusal = refusal
  }
}

/** The decision, held by us until the transaction is over. @throws DraftRefused */
async function locked(work: Work, id: number, version: number | null) {
  const { meeting_id } = await work.trx
    .selectFrom('decision')
    .select('meeting_id')
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound(`decision ${id}`))
  // The meeting first, as publication does: two that wait for each other would never end.
  await refuseClosedMeeting(work, meeting_id)
  const decision = await work.trx
    .selectFrom('decision')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`decision ${id}`))
  if (decision.state === 'carried_out') throw new DraftRefused('carried-out')
  if (version !== null && decision.version !== version) throw new DraftRefused('stale')
  return decision
}

async function occasionOf(work: Work, decision: Awaited<ReturnType<typeof locked>>): Promise<Occasion> {
  if (decision.meeting_id === null) {
    return { bodyId: decision.body_id, decidedOn: decision.decided_on as Day, meetingId: null, itemId: null }
  }
  const { body_id, held_on } = await work.trx
    .selectFrom('meeting')
    .select(['body_id', 'held_on'])
    .where('id', '=', decision.meeting_id)
    .executeTakeFirstOrThrow()
  return {
    bodyId: body_id,
    decidedOn: held_on as Day,
    meetingId: decision.meeting_id,
    itemId: decision.agenda_item_id,
  }
}

/** Adds an effect last, or changes one in place. @returns what is wrong with the form, or null */
export async function saveEffect(
  work: Work,
  { decisionId, effectId, version }: { decisionId: number; effectId: number | null; version: number },
  { kind, input }: { kind: EffectKind; input: EffectInput },
  keeps: Keeps,
): Promise<Problem[] | null> {
  const { trx } = work
  const decision = await locked(work, decisionId, version)
  const occasion = await occasionOf(work, decision)
  const resolved = await resolveEffect(work, kind, input, occasion, keeps)
  if (Array.isArray(resolved)) return resolved
  const provenance_id = await typedHere(work)
  const standing = await trx
    .selectFrom('effect')
    .select(['id', 'position', 'kind'])
    .where('decision_id', '=', decisionId)
    .orderBy('position')
    .execute()
  const old = standing.find(({ id }) => id === effectId)
  if (effectId !== null && !old) throw notFound(`effect ${effectId} of decision ${decisionId}`)
  if (old) {
    // The row keeps its number: whoever has it open elsewhere is told of the change and not of a missing page.
    await trx
      .updateTable('effect')
      .set({ ...nothing, ...resolved.effect, provenance_id })
      .where('id', '=', old.id)
      .execute()
  } else {
    await trx
      .insertInto('effect')
      .values({
        ...resolved.effect,
        decision_id: decisionId,
        position: (standing.at(-1)?.position ?? 0) + 1,
        provenance_id,
      })
      .execute()
  }
  const others = standing.filter(({ id }) => id !== old?.id)
  await settleKind(work, decision.id, occasion, others.length === 0 ? resolved.endorsement : null)
  await work.record(old ? 'decision.effect-changed' : 'decision.effect-added', `decision/${decision.slug}`, {
    before: old?.kind ?? null,
    after: kind,
  })
  return null
}

/** What an effect holds before anything is said of it. */
const nothing = {
  effective_on: null,
  body_id: null,
  role: null,
  seat_id: null,
  person_in_id: null,
  person_in_title: null,
  person_in_unit: null,
  person_in_employer_id: null,
  person_out_id: null,
  person_out_title: null,
  person_out_unit: null,
  person_out_employer_id: null,
  on_behalf_organisation_id: null,
  on_behalf_body_id: null,
  parameter_code: null,
  administration_id: null,
  value: null,
  choice: null,
  valid: null,
  plan_id: null,
  document_id: null,
  filed_meeting_id: null,
  matter_id: null,
  assignee_person_id: null,
  assignee_body_id: null,
  assignee_organisation_id: null,
  due_on: null,
  due_precision: null,
  effect_text: null,
  details: '{}',
} as const

/** A decision is formal as soon as it does anything but take a stand. */
async function settleKind(work: Work, decisionId: number, occasion: Occasion, endorsement: Resolved['endorsement']) {
  const effects = await work.trx.selectFrom('effect').select('kind').where('decision_id', '=', decisionId).execute()
  const standpoint = effects.length > 0 && effects.every(({ kind }) => kind === 'position')
  const kind: DecisionKind = endorsement ? 'endorsement' : standpoint ? 'position' : 'decision'
  await work.trx
    .updateTable('decision')
    .set({
      kind,
      body_id: endorsement?.bodyId ?? occasion.bodyId,
      decided_on: endorsement?.decidedOn ?? occasion.decidedOn,
      decided_precision: endorsement?.precision ?? 'day',
    })
    .where('id', '=', decisionId)
    .execute()
}

export async function removeEffect(work: Work, decisionId: number, effectId: number, version: number): Promise<void> {
  const decision = await locked(work, decisionId, version)
  const removed = await work.trx
    .deleteFrom('effect')
    .where('id', '=', effectId)
    .where('decision_id', '=', decisionId)
    .returning('kind')
    .executeTakeFirst()
  if (!removed) throw notFound(`effect ${effectId} of decision ${decisionId}`)
  await settleKind(work, decisionId, await occasionOf(work, decision), null)
  await work.record('decision.effect-removed', `decision/${decision.slug}`, { before: removed.kind })
}

/** The way out of "not in the register": whoever leaves is put there as it was before (ingångsläge). */
export async function addAsOpeningState(work: Work, decisionId: number, effectId: number): Promise<void> {
  const decision = await locked(work, decisionId, null)
  const { numUpdatedRows } = await work.trx
    .updateTable('effect')
    .set({ details: JSON.stringify({ openingState: true }) })
    .where('id', '=', effectId)
    .where('decision_id', '=', decisionId)
    .where('person_out_id', 'is not', null)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) throw notFound(`effect ${effectId} of decision ${decisionId}`)
  await touch(work, decisionId)
  await work.record('decision.effect-changed', `decision/${decision.slug}`, { opening_state: true })
}

async function touch(work: Work, decisionId: number): Promise<void> {
  await work.trx
    .updateTable('decision')
    .set((eb) => ({ position: eb.ref('position') }))
    .where('id', '=', decisionId)
    .execute()
}

/** Changes the words of a decision. Without a clause the portal writes it from the effects. */
export async function changeDecision(
  work: Work,
  id: number,
  version: number,
  { title, clause }: { title: string; clause: string | null },
): Promise<void> {
  const decision = await locked(work, id, version)
  const textKind =
    decision.meeting_id === null
      ? 'wording'
      : (
          await work.trx
            .selectFrom('meeting')
            .select('text_kind')
            .where('id', '=', decision.meeting_id)
            .executeTakeFirstOrThrow()
        ).text_kind
  await work.trx
    .updateTable('decision')
    .set({ title, clause, clause_origin: clause === null ? null : textKind })
    .where('id', '=', id)
    .execute()
  await work.record('decision.changed', `decision/${decision.slug}`, {
    before: { title: decision.title, own_clause: decision.clause !== null },
    after: { title, own_clause: clause !== null },
  })
}

/** Removes a proposal: nothing has happened yet. */
export async function removeDecision(work: Work, id: number): Promise<void> {
  const decision = await locked(work, id, null)
  await work.trx.deleteFrom('effect').where('decision_id', '=', id).execute()
  await work.trx.deleteFrom('decision').where('id', '=', id).execute()
  await work.record('decision.removed', `decision/${decision.slug}`, { title: decision.title })
}

/** An address that no decision has: '2026-03-06-lansgemensam-ledning-7b', with a number when taken. */
async function freeSlug(work: Work, wanted: string): Promise<string> {
  const rows = await work.trx
    .selectFrom('decision')
    .select('slug')
    .where('slug', 'like', `${wanted}%` as never)
    .execute()
  const taken = new Set(rows.map(({ slug }) => slug as string))
  let slug = wanted
  for (let number = 2; taken.has(slug); number += 1) slug = `${wanted}-${number}`
  return slug
}

/** Decisions get the order of the agenda, and addresses after the items that they belong to. Before they are carried out. */
export async function settleDecisions(work: Work, meeting: { id: number; slug: string }): Promise<void> {
  const decisions = await work.trx
    .selectFrom('decision')
    .innerJoin('agenda_item', 'agenda_item.id', 'decision.agenda_item_id')
    .select(['decision.id', 'decision.slug', 'decision.position', 'agenda_item.number'])
    .where('decision.meeting_id', '=', meeting.id)
    .where('decision.state', '=', 'proposed')
    .orderBy('agenda_item.position')
    .orderBy('decision.position')
    .orderBy('decision.id')
    .forUpdate('decision')
    .execute()
  for (const [place, { id, slug, position, number }] of decisions.entries()) {
    const settled = isDraftSlug(slug) ? await freeSlug(work, `${meeting.slug}-${slugify(number)}`) : slug
    if (settled === slug && position === place + 1) continue
    await work.trx
      .updateTable('decision')
      .set({ position: place + 1, slug: settled })
      .where('id', '=', id)
      .execute()
    // The history of the draft's address goes on at the public one.
    if (settled !== slug) await work.record('decision.addressed', `decision/${settled}`, { draft: slug })
  }
}

/**
 * Carries out a decision that belongs to no meeting in the portal: all of its effects, or none.
 * @throws DecisionConflict when an effect cannot be carried out
 * @returns its public address
 */
export async function carryOutLooseDecision(
  work: Work,
  handlers: readonly EffectHandler[],
  id: number,
  version: number,
): Promise<string> {
  const decision = await locked(work, id, version)
  if (decision.meeting_id !== null) throw new DraftRefused('closed')
  const { slug: body } = await work.trx
    .selectFrom('body')
    .select('slug')
    .where('id', '=', decision.body_id)
    .executeTakeFirstOrThrow()
  const slug = isDraftSlug(decision.slug)
    ? await freeSlug(work, slugify(`${decision.decided_on} ${body} beslut`))
    : decision.slug
  await work.trx.updateTable('decision').set({ slug }).where('id', '=', id).execute()
  await carryOutDecisions(work, handlers, [id])
  await work.record('decision.carried-out', `decision/${slug}`, { decided_on: decision.decided_on })
  return slug
}
