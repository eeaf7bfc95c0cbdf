/** Nästa möte: what the registers say should be on the agenda, and why. Pure. */
import { milestoneStanding } from '../action-plans/rules.ts'
import { type AssignmentStanding, assignmentStanding } from '../assignments/rules.ts'
import type { MilestoneKind, MilestoneState } from '../db/schema.ts'
import { addDays, type Day, dateText, dayText, lastDayOf, type Precision, yearOf } from '../kernel/dates.ts'
import { listed } from '../kernel/text.ts'

/**
 * How far ahead of the meeting things are collected, in days: until about the meeting after it. An assumption
 * (antagande): the known meetings are ten weeks apart, and how often they are held is not in the sources.
 */
export const horizonDays = 120

export type DraftGroup = 'minutes' | 'proposals' | 'indicator' | 'vacancies' | 'due' | 'funding' | 'assignments'

/** The order in which the groups come on the agenda, and what several of one group are put under. */
export const draftGroups: Record<DraftGroup, { title: string; together: string | null }> = {
  minutes: { title: 'Protokoll att lägga till handlingarna', together: null },
  proposals: { title: 'Förslag från ledamöter och grupper', together: null },
  indicator: { title: 'Indikator för utskrivningsklara dagar', together: null },
  vacancies: { title: 'Vakanta platser', together: 'Vakanta platser i grupperna' },
  due: { title: 'Milstolpar i handlingsplanerna', together: 'Läget i handlingsplanerna' },
  funding: { title: 'Finansiering som slutar', together: null },
  assignments: { title: 'Öppna uppdrag', together: 'Uppföljning av uppdrag' },
}

/** One thing to take up. `key` tells it from the others in a form. */
export type Draft = {
  key: string
  group: DraftGroup
  title: string
  kinds: readonly string[]
  /** Why it should be taken up, in whole sentences that the public may read. */
  reason: string
  /** False for what can wait for a later meeting. */
  soon: boolean
  proposalId: number | null
  matterId: number | null
}

/** What the registers hold. Everything is about the meeting's body, or about all bodies for the leading one. */
export type Collected = {
  heldOn: Day
  /** The body's meeting before; what has ended since then is told of. */
  previousOn: Day | null
  unfiled: readonly { id: number; held_on: string }[]
  proposals: readonly { id: number; title: string; proposal: string; proposed_by: string }[]
  milestones: readonly {
    id: number
    kind: MilestoneKind
    title: string
    state: MilestoneState
    due_on: string | null
    due_precision: Precision | null
    done_on: string | null
    plan_title: string
    area_id: number | null
    body_slug: string
  }[]
  funding: readonly {
    name: string
    funding_ends_on: string | null
    funding_ends_precision: Precision | null
    afterwards: string | null
    body_slug: string | null
    matter_id: number | null
  }[]
  /** For each administration that is measured: the last day that a value has been decided for. */
  indicators: readonly { administration: string; until: Day | null }[]
  vacancies: readonly { id: number; person: string; role: string; body: string; left_on: Day }[]
  assignments: readonly {
    id: number
    task: string
    assignee: string
    state: 'open' | 'done' | 'ended'
    due_on: string | null
    due_precision: Precision | null
    due_text: string | null
    reported_on: string | null
    area_id: number | null
    matter_id: number | null
  }[]
}

/** Everything that should or could be on the agenda, in the order of the agenda, each thing once. */
export function draftsFor(collected: Collected): Draft[] {
  const { heldOn } = collected
  const horizon = addDays(heldOn, horizonDays)
  const draft = (of: Pick<Draft, 'key' | 'group' | 'title' | 'kinds' | 'reason'> & Partial<Draft>): Draft => ({
    soon: true,
    proposalId: null,
    matterId: null,
    ...of,
  })
  const drafts: Draft[] = []

  for (const { id, held_on } of collected.unfiled) {
    drafts.push(
      draft({
        key: `minutes-${id}`,
        group: 'minutes',
        title: `Protokoll från ${dayText(held_on as Day)}`,
        kinds: ['decision'],
        reason: `Protokollet från ${dayText(held_on as Day)} är publicerat men inte lagt till handlingarna.`,
      }),
    )
  }

  for (const { id, title, proposal, proposed_by } of collected.proposals) {
    drafts.push(
      draft({
        key: `proposal-${id}`,
        group: 'proposals',
        title,
        kinds: ['discussion'],
        reason: `Föreslagen av ${proposed_by}. ${proposal}`,
        proposalId: id,
      }),
    )
  }

  const measured = collected.indicators.filter(({ until }) => until === null || yearOf(until) <= yearOf(heldOn))
  if (measured.length > 0) {
    const until = measured.reduce<Day | null>((first, one) => lesser(first, one.until), measured[0]?.until ?? null)
    const year = until === null || until < heldOn ? yearOf(heldOn) : yearOf(heldOn) + 1
    drafts.push(
      draft({
        key: 'indicator',
        group: 'indicator',
        title: `Indikator för utskrivningsklara dagar ${year}`,
        kinds: ['decision'],
        reason:
          until === null
            ? `Ingen indikator är beslutad för ${listed(measured.map(({ administration }) => administration))}.`
            : `Indikatorn är beslutad till och med ${dayText(until)}.`,
        soon: until === null || until <= horizon,
      }),
    )
  }

  for (const { id, person, role, body, left_on } of collected.vacancies) {
    drafts.push(
      draft({
        key: `vacancy-${id}`,
        group: 'vacancies',
        title: `Plats efter ${person} i ${body}`,
        kinds: ['decision'],
        reason: `${person} (${role}) lämnade uppdraget ${dayText(left_on)} och ingen har tillträtt.`,
      }),
    )
  }

  // A thing that two registers tell of is taken up once: the plans' period ends on one day for all of them, funding may
  // be both a milestone and a project's, and a report both a milestone and an assignment.
  const told = new Set<string>()
  const once = (key: string) => !told.has(key) && Boolean(told.add(key))

  for (const project of collected.funding) {
    const ends = project.funding_ends_on as Day | null
    if (ends === null || !withinReach(ends, project.funding_ends_precision ?? 'day', collected, horizon)) continue
    if (!once(`funding ${project.body_slug} ${ends}`)) continue
    drafts.push(
      draft({
        key: `funding-${project.body_slug}-${ends}`,
        group: 'funding',
        title: `Finansieringen av ${project.name}`,
        kinds: ['discussion'],
        reason: `${endingText(ends, project.funding_ends_precision ?? 'day', heldOn)}${project.afterwards === null ? '' : ` ${sentence(project.afterwards)}`}`,
        matterId: project.matter_id,
      }),
    )
  }

  for (const milestone of collected.milestones) {
    const { id, kind, title, plan_title, area_id, body_slug } = milestone
    const due = milestone.due_on as Day | null
    if (due === null) continue
    const precision = milestone.due_precision ?? 'day'
    const standing = milestoneStanding(milestone, heldOn)
    if (standing === 'done' || standing === 'moved' || standing === 'recurring') continue
    if (standing !== 'passed' && !withinReach(due, precision, collected, horizon)) continue
    const key =
      kind === 'period_end'
        ? `period ${due}`
        : kind === 'funding_ends'
          ? `funding ${body_slug} ${due}`
          : area_id !== null && precision === 'day'
            ? `area ${area_id} ${due}`
            : `milestone ${id}`
    if (!once(key)) continue
    const ends = kind === 'funding_ends' || kind === 'period_end' || kind === 'assignment_ends'
    drafts.push(
      draft({
        key: `milestone-${id}`,
        group: kind === 'funding_ends' ? 'funding' : 'due',
        title: kind === 'period_end' ? `${title} (${plan_title})` : title,
        kinds: ends ? ['discussion'] : ['status_report'],
        reason: ends
          ? `${endingText(due, precision, heldOn)} Står i ${plan_title}.`
          : standing === 'passed'
            ? `Skulle vara klart ${dateText(due, precision)} enligt ${plan_title}. Inget utfall är registrerat.`
            : `Ska vara klart ${dateText(due, precision)} enligt ${plan_title}.`,
      }),
    )
  }

  for (const assignment of collected.assignments) {
    const { id, task, assignee, area_id, matter_id } = assignment
    const due = assignment.due_on as Day | null
    const precision = assignment.due_precision ?? 'day'
    const standing = assignmentStanding(assignment, heldOn)
    if (standing === 'done' || standing === 'ended') continue
    if (area_id !== null && due !== null && precision === 'day' && !once(`area ${area_id} ${due}`)) continue
    drafts.push(
      draft({
        key: `assignment-${id}`,
        group: 'assignments',
        title: task,
        kinds: ['status_report'],
        reason: `${/framgår inte/i.test(assignee) ? 'Öppet uppdrag; till vem framgår inte.' : `Öppet uppdrag till ${assignee}.`} ${assignmentReasons[standing](due === null ? assignment.due_text : dateText(due, precision))}`,
        soon: standing === 'passed' || standing === 'now' || (due !== null && due <= horizon),
        matterId: matter_id,
      }),
    )
  }

  const order = Object.keys(draftGroups)
  return drafts.sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group))
}

const assignmentReasons: Record<Exclude<AssignmentStanding, 'done' | 'ended'>, (when: string | null) => string> = {
  passed: (when) => `Skulle vara klart ${when}. Inget utfall är registrerat.`,
  now: (when) => `Ska vara klart ${when}.`,
  coming: (when) => `Ska vara klart ${when}.`,
  undated: (when) => (when === null ? 'Slutdatum framgår inte.' : `Tid enligt källan: ${when.toLowerCase()}.`),
}

/** Falls due before about the meeting after this one, or did so since the meeting before. */
function withinReach(due: Day, precision: Precision, { heldOn, previousOn }: Collected, horizon: Day): boolean {
  const last = lastDayOf(due, precision)
  return last < heldOn ? previousOn !== null && last >= previousOn : due <= horizon
}

function endingText(on: Day, precision: Precision, heldOn: Day): string {
  return `${lastDayOf(on, precision) < heldOn ? 'Slutade' : 'Slutar'} ${dateText(on, precision)}.`
}

function lesser(a: Day | null, b: Day | null): Day | null {
  return a === null || b === null ? null : a < b ? a : b
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** What is new, and what is already on the agenda: those whose words stand there. */
export function newDrafts(drafts: readonly Draft[], titles: readonly string[]): { fresh: Draft[]; standing: Draft[] } {
  const there = new Set(titles.map((title) => title.toLowerCase()))
  return {
    fresh: drafts.filter(({ title }) => !there.has(title.toLowerCase())),
    standing: drafts.filter(({ title }) => there.has(title.toLowerCase())),
  }
}

export type ArrangedItem = Omit<Draft, 'reason' | 'key' | 'soon' | 'group'> & {
  background: string | null
  subItems: readonly Omit<ArrangedItem, 'subItems'>[]
}

/** Drafts as agenda items: several of a kind that belong together become sub-items of one. */
export function arranged(drafts: readonly Draft[]): ArrangedItem[] {
  const item = ({ title, kinds, reason, proposalId, matterId }: Draft) => ({
    title,
    kinds,
    background: reason,
    proposalId,
    matterId,
  })
  return [...Map.groupBy(drafts, ({ group }) => group)].flatMap(([group, ofGroup]): ArrangedItem[] => {
    const { together } = draftGroups[group]
    if (together === null || ofGroup.length < 2) return ofGroup.map((draft) => ({ ...item(draft), subItems: [] }))
    const kinds = [...new Set(ofGroup.flatMap((draft) => draft.kinds))]
    return [{ title: together, kinds, background: null, proposalId: null, matterId: null, subItems: ofGroup.map(item) }]
  })
}

/**
 * What a body's agenda begins from until it has saved one of its own. An assumption (antagande), after the headings of
 * the county's minutes that come back whatever the meeting is about.
 */
export const usualAgenda: readonly { title: string; kinds: readonly string[] }[] = [
  { title: 'Välkomna', kinds: ['information'] },
  { title: 'Föregående mötesprotokoll', kinds: ['decision'] },
  { title: 'Informationspunkter', kinds: ['information'] },
  { title: 'Beslutspunkter', kinds: ['decision'] },
]
