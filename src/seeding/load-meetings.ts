import type { Insertable } from 'kysely'
import type { Work } from '../audit/work.ts'
import { rangeText } from '../db/ranges.ts'
import type { Effect as EffectTable } from '../db/schema.ts'
import { registerDecision } from '../decisions/changes.ts'
import type { ProposedEffect } from '../effects/effect.ts'
import { addDays, type Day } from '../kernel/dates.ts'
import { at, groundOf } from './fact-file.ts'
import { FactsError, type References, type VagueDate } from './facts.ts'
import type { DecisionFact, EffectFact, ItemFact, MeetingFact } from './format.ts'
import { type County, each } from './format-read.ts'
import { dated, loadLinks } from './load-documents.ts'
import { seatId } from './load-registers.ts'

/** The meetings with agenda and attendance. Decisions come later, when the plans that they adopt are there. */
export async function loadMeetings(work: Work, refs: References, county: County) {
  for (const { file, meeting } of county.meetings) {
    await at(file, () => loadMeeting(work, refs, meeting))
  }
}

async function loadMeeting(work: Work, refs: References, meeting: MeetingFact) {
  const { trx } = work
  const { id: meeting_id } = await trx
    .insertInto('meeting')
    .values({
      slug: meeting.slug,
      body_id: await refs.id('body', meeting.body),
      title: meeting.title,
      held_on: meeting.heldOn,
      starts_at: meeting.startsAt ?? null,
      ends_at: meeting.endsAt ?? null,
      place: meeting.place ?? null,
      video_link: meeting.videoLink ?? null,
      // Minutes are published when their decisions have been carried out.
      state: meeting.state === 'published' ? 'drafted' : meeting.state,
      text_kind: meeting.textKind,
      note: meeting.remark ?? null,
      provenance_id: await refs.provenance(groundOf(meeting, meeting)),
    })
    .returning('id')
    .executeTakeFirstOrThrow()

  let position = 0
  await each('items', meeting.items, async (item) => {
    position += 1
    const parent_id = await loadItem(work, refs, meeting, item, { meeting_id, parent_id: null, position })
    await each('items', item.items, async (subItem) => {
      position += 1
      await loadItem(work, refs, meeting, { source: item.source, ...subItem }, { meeting_id, parent_id, position })
    })
  })

  await each('attendance', meeting.attendance, async (attendant, index) => {
    await trx
      .insertInto('attendance')
      .values({
        meeting_id,
        person_id: await refs.id('person', attendant.person),
        capacity: attendant.capacity,
        organisation_id: await refs.idOrNull('organisation', attendant.organisation),
        on_behalf_text: attendant.onBehalf ?? null,
        title: attendant.title ?? null,
        position: index + 1,
        provenance_id: await refs.provenance(groundOf(attendant, meeting)),
      })
      .execute()
  })
  await work.record('meeting.registered', `meeting/${meeting.slug}`, { state: meeting.state })
}

type ItemPlace = { meeting_id: number; parent_id: number | null; position: number }

async function loadItem(work: Work, refs: References, meeting: MeetingFact, item: ItemFact, place: ItemPlace) {
  const { trx } = work
  const { id: agenda_item_id } = await trx
    .insertInto('agenda_item')
    .values({
      ...place,
      number: item.number,
      title: item.title,
      kinds: item.kinds,
      body_text: item.text ?? null,
      text_kind: item.textKind ?? meeting.textKind,
      state_text: item.state ?? null,
      after_meeting: item.afterMeeting ?? null,
      provenance_id: await refs.provenance(groundOf(item, meeting)),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await each('presenters', item.presenters, async (presenter, index) => {
    await trx
      .insertInto('agenda_item_presenter')
      .values({
        agenda_item_id,
        position: index + 1,
        person_id: await refs.idOrNull('person', presenter.person),
        presenter_text: presenter.text ?? null,
        title: presenter.title ?? null,
        organisation_id: await refs.idOrNull('organisation', presenter.organisation),
      })
      .execute()
  })
  await each('matters', item.matters, async (matter) => {
    const matter_id = await refs.id('matter', matter)
    await trx
      .insertInto('agenda_item_matter')
      .values({ agenda_item_id, meeting_id: place.meeting_id, matter_id })
      .execute()
  })
  await each('documents', item.documents, async (document) => {
    const document_id = await refs.id('document', document)
    await trx.insertInto('agenda_item_document').values({ agenda_item_id, document_id }).execute()
  })
  await loadLinks(work, refs, item.links, { source: item.source ?? meeting.source }, { agenda_item_id })
  await each('statements', item.statements, async ({ person, kind, statement }) => {
    await trx
      .insertInto('agenda_item_statement')
      .values({ agenda_item_id, person_id: await refs.id('person', person), kind, statement: statement ?? null })
      .execute()
  })
  return agenda_item_id
}

/** Something that takes effect on a day: the decisions outside a known meeting, or a meeting's minutes. */
export type Coming = { place: string; day: Day } & ({ decisionId: number } | { meetingId: number })

/**
 * Registers every decision as a proposal.
 * @returns what is to be carried out, in the order of the days: decisions outside meetings and meetings to publish
 */
export async function loadDecisions(work: Work, refs: References, county: County): Promise<Coming[]> {
  const coming: Coming[] = []
  const numbers = new Map<string, number>()
  await each('decisions.json: ', county.decisions, async (decision, index) => {
    const dayOf = `${decision.body} ${decision.decidedOn.on}`
    const position = (numbers.get(dayOf) ?? 0) + 1
    numbers.set(dayOf, position)
    const decisionId = await loadDecision(work, refs, decision, {
      slug: decision.slug,
      body: decision.body,
      decidedOn: decision.decidedOn,
      source: decision.source,
      position,
    })
    coming.push({ place: `decisions.json: [${index}]`, day: decision.decidedOn.on, decisionId })
  })
  for (const { file, meeting } of county.meetings) {
    const meetingId = await refs.id('meeting', meeting.slug)
    let position = 0
    const loadItemDecisions = (item: ItemFact, source: string) =>
      each('decisions', item.decisions, async (decision) => {
        position += 1
        await loadDecision(work, refs, decision, {
          slug: decision.slug ?? `${meeting.slug}-${item.number}`,
          body: decision.body ?? meeting.body,
          decidedOn: decision.decidedOn ?? { on: meeting.heldOn, precision: 'day' },
          source: decision.source ?? source,
          position,
          meeting_id: meetingId,
          agenda_item_id: await refs.agendaItem(`${meeting.slug}#${item.number}`),
        })
      })
    await each(`${file}: items`, meeting.items, async (item) => {
      const source = item.source ?? meeting.source
      await loadItemDecisions(item, source)
      await each('items', item.items, (subItem) => loadItemDecisions(subItem, subItem.source ?? source))
    })
    if (meeting.state === 'published') coming.push({ place: file, day: meeting.heldOn, meetingId })
  }
  // Sorting is stable: decisions outside meetings stand before the meetings of the same day.
  return coming.sort((one, other) => (one.day < other.day ? -1 : one.day > other.day ? 1 : 0))
}

type DecisionPlace = {
  slug: string
  body: string
  decidedOn: VagueDate
  source: string
  position: number
  meeting_id?: number
  agenda_item_id?: number
}

async function loadDecision(work: Work, refs: References, decision: DecisionFact, place: DecisionPlace) {
  const { slug, body, decidedOn, source, ...rest } = place
  const effects: ProposedEffect[] = []
  await each('effects', decision.effects, async (effect) => {
    effects.push(await proposedEffect(work, refs, effect, source))
  })
  return registerDecision(
    work,
    {
      ...rest,
      slug,
      body_id: await refs.id('body', body),
      decided_on: decidedOn.on,
      decided_precision: decidedOn.precision,
      kind: decision.kind,
      title: decision.title,
      clause: decision.clause ?? null,
      clause_origin: decision.clause === undefined ? null : decision.clauseOrigin,
      provenance_id: await refs.provenance(groundOf(decision, { source })),
    },
    effects,
  )
}

type Columns = Partial<Omit<Insertable<EffectTable>, 'decision_id' | 'position' | 'kind' | 'provenance_id'>>

async function proposedEffect(
  work: Work,
  refs: References,
  effect: EffectFact,
  source: string,
): Promise<ProposedEffect> {
  return {
    kind: effect.kind,
    effective_on: effect.effectiveOn ?? null,
    ...(await columnsOf(work, refs, effect)),
    provenance_id: await refs.provenance(groundOf(effect, { source })),
  }
}

/** The columns that the kind of effect uses. @throws FactsError for a name that is not there */
async function columnsOf(work: Work, refs: References, effect: EffectFact): Promise<Columns> {
  switch (effect.kind) {
    case 'member_replaced':
    case 'chair_appointed':
      return {
        ...(await seatOf(work, refs, effect)),
        ...(await incoming(refs, effect.in)),
        ...(effect.out && (await outgoing(refs, effect.out))),
        ...(await onBehalfOf(refs, effect.onBehalf)),
      }
    case 'member_appointed':
      return {
        ...(await seatOf(work, refs, effect)),
        ...(await incoming(refs, effect.in)),
        ...(await onBehalfOf(refs, effect.onBehalf)),
      }
    case 'member_released':
      return { ...(await seatOf(work, refs, effect)), ...(await outgoing(refs, effect.out)) }
    case 'body_established':
      return { details: JSON.stringify(effect.details) }
    case 'body_closed':
      return { body_id: await refs.id('body', effect.body) }
    case 'indicator_set':
      return {
        parameter_code: 'indicator',
        administration_id: await refs.idOrNull('organisation', effect.administration),
        value: effect.value,
        valid: validity(effect),
      }
    case 'parameter_set':
      return {
        parameter_code: effect.parameter,
        administration_id: await refs.idOrNull('organisation', effect.administration),
        value: effect.value ?? null,
        choice: effect.choice ?? null,
        valid: validity(effect),
      }
    case 'plan_adopted':
      return { plan_id: await refs.id('plan', effect.plan) }
    case 'document_adopted':
      return { document_id: await refs.id('document', effect.document) }
    case 'minutes_filed':
      return { filed_meeting_id: await refs.idOrNull('meeting', effect.meeting), effect_text: effect.text ?? null }
    case 'assignment_given':
      return {
        effect_text: effect.text,
        assignee_person_id: await refs.idOrNull('person', effect.assignee?.person),
        assignee_body_id: await refs.idOrNull('body', effect.assignee?.body),
        assignee_organisation_id: await refs.idOrNull('organisation', effect.assignee?.organisation),
        ...dated('due', effect.due),
        matter_id: await refs.idOrNull('matter', effect.matter),
      }
    case 'position':
    case 'note':
      return {
        effect_text: effect.text,
        matter_id: await refs.idOrNull('matter', effect.matter),
        document_id: await refs.idOrNull('document', effect.document),
      }
  }
}

type Seating = Extract<EffectFact, { role: unknown }>
type Somebody = { person: string; title?: string | undefined; unit?: string | undefined; employer?: string | undefined }

async function seatOf(work: Work, refs: References, { body, role, seat }: Seating): Promise<Columns> {
  const body_id = await refs.id('body', body)
  return { body_id, role, seat_id: await seatId(work, body_id, seat) }
}

async function incoming(refs: References, { person, title, unit, employer }: Somebody): Promise<Columns> {
  return {
    person_in_id: await refs.id('person', person),
    person_in_title: title ?? null,
    person_in_unit: unit ?? null,
    person_in_employer_id: await refs.idOrNull('organisation', employer),
  }
}

async function outgoing(refs: References, { person, title, unit, employer }: Somebody): Promise<Columns> {
  return {
    person_out_id: await refs.id('person', person),
    person_out_title: title ?? null,
    person_out_unit: unit ?? null,
    person_out_employer_id: await refs.idOrNull('organisation', employer),
  }
}

async function onBehalfOf(
  refs: References,
  onBehalf: Extract<EffectFact, { in: unknown }>['onBehalf'],
): Promise<Columns> {
  if (!onBehalf) return {}
  return {
    on_behalf_organisation_id: await refs.idOrNull('organisation', onBehalf.organisation),
    on_behalf_body_id: await refs.idOrNull('body', onBehalf.body),
    details: JSON.stringify({ onBehalfCertainty: onBehalf.certainty }),
  }
}

function validity({ from, to }: { from?: Day | undefined; to?: Day | undefined }): string {
  if (from === undefined) throw new FactsError('a value that is decided needs a first day (from)')
  return rangeText({ from, to: to === undefined ? null : addDays(to, 1) })
}
