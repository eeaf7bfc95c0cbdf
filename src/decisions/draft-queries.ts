import { sql } from 'kysely'
import { personSuggestions } from '../bodies/named-persons.ts'
import type { Reader } from '../db/database.ts'
import { holds, parseRange } from '../db/ranges.ts'
import type { Effect, EffectHandler } from '../effects/effect.ts'
import type { Typed } from '../http/forms.ts'
import type { BodyFinders } from '../http/permissions.ts'
import { addDays, type Day, dateText, dayText, yearOf } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { swedishNumber } from '../kernel/numbers.ts'
import type { Choices, EffectField } from './effect-forms.ts'
import { effectsOf, handlerOf } from './queries.ts'
import { clauseFromParts } from './rules.ts'

// Decisions while they are written: only for those who keep the body's matters.

/** Who keeps a decision: the body whose meeting it belongs to, else the body that decides. For coordinatorOf('decision'). */
export const decisionBodies = (db: Reader): BodyFinders => ({
  async decision(request) {
    const id = Number((request.params as { decision?: string }).decision)
    if (!Number.isSafeInteger(id)) return null
    const row = await db
      .selectFrom('decision')
      .leftJoin('meeting', 'meeting.id', 'decision.meeting_id')
      .innerJoin('body', (join) => join.on(sql<boolean>`body.id = coalesce(meeting.body_id, decision.body_id)`))
      .select('body.slug')
      .where('decision.id', '=', id)
      .executeTakeFirst()
    return row?.slug ?? null
  },
})

/** A decision in any state with the meeting and item that it belongs to. @throws PortalError not-found */
export async function workDecision(db: Reader, id: number) {
  const row = await db
    .selectFrom('decision')
    .innerJoin('body', 'body.id', 'decision.body_id')
    .leftJoin('meeting', 'meeting.id', 'decision.meeting_id')
    .leftJoin('body as meeting_body', 'meeting_body.id', 'meeting.body_id')
    .leftJoin('agenda_item', 'agenda_item.id', 'decision.agenda_item_id')
    .selectAll('decision')
    .select([
      'body.name as body_name',
      'body.slug as body_slug',
      'meeting.slug as meeting_slug',
      'meeting.title as meeting_title',
      'meeting.held_on as meeting_held_on',
      'meeting.state as meeting_state',
      'meeting.text_kind as meeting_text_kind',
      'meeting.body_id as meeting_body_id',
      'meeting_body.name as meeting_body_name',
      'agenda_item.number as item_number',
      'agenda_item.title as item_title',
    ])
    .where('decision.id', '=', id)
    .executeTakeFirstOrThrow(() => notFound(`decision ${id}`))
  return { ...row, decided_on: row.decided_on as Day }
}

export type WorkDecision = Awaited<ReturnType<typeof workDecision>>

/** Decisions of a meeting in any state, in the order of the agenda. */
export function decisionsOfMeeting(db: Reader, meetingId: number) {
  return db
    .selectFrom('decision')
    .innerJoin('body', 'body.id', 'decision.body_id')
    .leftJoin('agenda_item', 'agenda_item.id', 'decision.agenda_item_id')
    .select([
      'decision.id',
      'decision.slug',
      'decision.title',
      'decision.kind',
      'decision.clause',
      'decision.clause_origin',
      'decision.state',
      'decision.agenda_item_id',
      'decision.decided_on',
      'decision.decided_precision',
      'decision.position',
      'body.name as body_name',
      'agenda_item.number as item_number',
    ])
    .where('decision.meeting_id', '=', meetingId)
    .orderBy('agenda_item.position')
    .orderBy('decision.position')
    .orderBy('decision.id')
    .execute()
}

/** Proposed decisions outside meetings, the newest first. */
export function looseProposals(db: Reader, kept: ReadonlySet<string> | null) {
  return db
    .selectFrom('decision')
    .innerJoin('body', 'body.id', 'decision.body_id')
    .select(['decision.id', 'decision.title', 'decision.decided_on', 'body.name as body_name'])
    .where('decision.meeting_id', 'is', null)
    .where('decision.state', '=', 'proposed')
    .$if(kept !== null, (query) => query.where('body.slug', 'in', [...(kept ?? [])] as never[]))
    .orderBy('decision.id', 'desc')
    .execute()
}

/** The clauses of decisions as they stand: worded by somebody, else written by the portal; none for standpoints. */
export async function clausesOf(
  db: Reader,
  handlers: readonly EffectHandler[],
  decisions: readonly { id: number; kind: string; clause: string | null; body_name: string }[],
): Promise<Map<number, string>> {
  const effects = await effectsOf(
    db,
    decisions.map(({ id }) => id),
  )
  const clauses = new Map<number, string>()
  for (const { id, kind, clause, body_name } of decisions) {
    const parts = effects
      .filter((effect) => effect.decision_id === id)
      .map((effect) => handlerOf(handlers, effect.kind).clause(effect))
    if (clause !== null) clauses.set(id, clause)
    else if (kind === 'decision' && parts.length > 0) clauses.set(id, clauseFromParts(body_name, parts))
    else if (parts.length > 0) clauses.set(id, parts.join(' '))
  }
  return clauses
}

/** The bodies that there are on the day, with the county's own order. */
function bodiesOn(db: Reader, day: Day) {
  return db
    .selectFrom('body')
    .select(['slug', 'name'])
    .where(holds('valid', day))
    .orderBy('kind')
    .orderBy('position')
    .orderBy('id')
    .execute()
}

/** What can be chosen in the form of an effect. `group`: the slug of the chosen group, to narrow who can leave it. */
export async function choicesFor(
  db: Reader,
  decision: { bodyId: number; decidedOn: Day; meetingId: number | null },
  group: string | null,
): Promise<Choices> {
  const before = addDays(decision.decidedOn, -1)
  const [bodies, persons, seated, organisations, plans, documents, meetings, matters] = await Promise.all([
    bodiesOn(db, decision.decidedOn),
    personSuggestions(db),
    db
      .selectFrom('membership')
      .innerJoin('person', 'person.id', 'membership.person_id')
      .innerJoin('body', 'body.id', 'membership.body_id')
      .select('person.name')
      .distinct()
      .where(holds('membership.valid', before))
      .$if(group !== null, (query) => query.where('body.slug', '=', group as never))
      .orderBy('person.name')
      .execute(),
    db
      .selectFrom('organisation')
      .select(['slug', 'name', 'kind'])
      .where(holds('valid', decision.decidedOn))
      .orderBy('is_party', 'desc')
      .orderBy('position')
      .orderBy('id')
      .execute(),
    db.selectFrom('plan').select(['slug', 'title', 'valid']).orderBy('position').orderBy('id').execute(),
    db.selectFrom('document').select(['slug', 'title']).orderBy(sql`title collate "sv-x-icu"`).execute(),
    db
      .selectFrom('meeting')
      .select(['slug', 'title', 'held_on'])
      .where('body_id', '=', decision.bodyId)
      .where('held_on', '<', decision.decidedOn)
      .where('state', '!=', 'cancelled')
      .where((eb) =>
        eb.not(
          eb.exists(
            eb.selectFrom('minutes_filing').select('id').whereRef('minutes_filing.meeting_id', '=', 'meeting.id'),
          ),
        ),
      )
      .orderBy('held_on', 'desc')
      .limit(30)
      .execute(),
    db.selectFrom('matter').select(['slug', 'title']).orderBy(sql`title collate "sv-x-icu"`).execute(),
  ])
  const named = ({ slug, name }: { slug: string; name: string }) => ({ value: slug, text: name })
  const titled = ({ slug, title }: { slug: string; title: string }) => ({ value: slug, text: title })
  return {
    bodies: bodies.map(named),
    persons,
    seated: seated.map(({ name }) => name),
    organisations: organisations.map(named),
    administrations: organisations.filter(({ kind }) => kind === 'administration').map(named),
    plansToAdopt: plans.filter(({ valid }) => valid === null).map(titled),
    plansInForce: plans.filter(({ valid }) => valid !== null).map(titled),
    documents: documents.map(titled),
    earlierMeetings: meetings.map(({ slug, title, held_on }) => ({
      value: slug,
      text: title.includes(held_on) ? title : `${title}, ${dayText(held_on as Day)}`,
    })),
    matters: matters.map(titled),
    decidedOn: dayText(decision.decidedOn),
    nextYear: yearOf(decision.decidedOn) + 1,
  }
}

/** A stored effect as its form was filled in, so that it can be changed. */
export async function typedEffect(db: Reader, effect: Effect, decision: WorkDecision): Promise<Typed> {
  const slugOf = async (table: 'body' | 'organisation' | 'matter', id: number | null) => {
    if (id === null) return ''
    const { slug } = await db.selectFrom(table).select('slug').where('id', '=', id).executeTakeFirstOrThrow()
    return slug as string
  }
  const bodyOrOrganisation = async (body: number | null, organisation: number | null) =>
    body !== null
      ? `b:${await slugOf('body', body)}`
      : organisation !== null
        ? `o:${await slugOf('organisation', organisation)}`
        : ''
  // Namesakes are written with their address, so that saving again means the same person.
  const person = async (id: number | null) => {
    if (id === null) return ''
    const { name, slug } = await db
      .selectFrom('person')
      .select(['name', 'slug'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    const same = await db.selectFrom('person').select('id').where('name', '=', name).execute()
    return same.length > 1 ? `${name} (${slug})` : name
  }
  const valid = parseRange(effect.valid ?? '[,)')
  const details = effect.details as Record<string, string | boolean | undefined>
  const text = (key: string) => (typeof details[key] === 'string' ? String(details[key]) : '')
  const values: Record<EffectField, string> = {
    grupp: effect.body_slug ?? '',
    roll: effect.role ?? '',
    in_namn: await person(effect.person_in_id),
    in_titel: effect.person_in_title ?? '',
    in_enhet: effect.person_in_unit ?? '',
    in_organisation: await slugOf('organisation', effect.person_in_employer_id),
    ny_person: '',
    ut_namn: await person(effect.person_out_id),
    ingangslage: details.openingState === true ? 'ja' : '',
    foretrader: await bodyOrOrganisation(effect.on_behalf_body_id, effect.on_behalf_organisation_id),
    fran: effect.kind === 'parameter_set' ? (valid.from ?? '') : (effect.effective_on ?? ''),
    till_och_med: effect.kind === 'parameter_set' && valid.to !== null ? addDays(valid.to, -1) : '',
    namn: text('name'),
    kortnamn: text('shortName'),
    slags_grupp: text('kind'),
    syfte: text('purpose'),
    varde: effect.value === null ? '' : swedishNumber(effect.value),
    ar: valid.from === null ? '' : valid.from.slice(0, 4),
    forvaltning: await slugOf('organisation', effect.administration_id),
    parameter: effect.parameter_code ?? '',
    val: effect.choice ?? '',
    plan: effect.plan_slug ?? '',
    dokument: effect.document_slug ?? '',
    version_namn: text('version'),
    mote: effect.filed_meeting_slug ?? '',
    tillagg: effect.kind === 'minutes_filed' ? (effect.effect_text ?? '') : '',
    uppdrag: effect.kind === 'assignment_given' ? (effect.effect_text ?? '') : '',
    till: await bodyOrOrganisation(effect.assignee_body_id, effect.assignee_organisation_id),
    till_person: await person(effect.assignee_person_id),
    senast: effect.due_on === null ? '' : dateText(effect.due_on as Day, effect.due_precision ?? 'day'),
    arende: await slugOf('matter', effect.matter_id),
    text: effect.kind === 'position' || effect.kind === 'note' ? (effect.effect_text ?? '') : '',
    av: decision.kind === 'endorsement' ? decision.body_slug : '',
    nar: decision.kind === 'endorsement' ? dateText(decision.decided_on, decision.decided_precision) : '',
  }
  return values
}
