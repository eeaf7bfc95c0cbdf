/** How a membership is shown, wherever it is: the person, for whom, since when, on what ground. */
import type { SourcePlace } from '../audit/provenance.ts'
import type { Cell, Tag, Value } from '../http/parts.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { capitalised, compareSwedish, listed } from '../kernel/text.ts'
import { bodyPath, decisionPath, documentPath, meetingPath, partyPath, personPath } from '../kernel/urls.ts'
import type { Membership } from './queries.ts'
import { successorsOf, togetherByPerson } from './rules.ts'
import { certaintyTags, roleNames, roleOrder, unknownStart, unknownText } from './texts.ts'

/** The person, linked where there is a page to link to, with title and unit as they were stated then. */
export function personValue(membership: Membership): Value {
  const { person_name, person_slug, no_page_because, title, unit, employer_name, behalf_name } = membership
  const within = employer_name === behalf_name ? null : employer_name
  return {
    text: person_name,
    path: no_page_because === null ? personPath(person_slug) : null,
    note: [title, unit, within].filter(Boolean).join(', ') || null,
  }
}

/** The organisation or group that the place represents; says so when it is concluded and not stated. */
export function behalfCell(membership: Membership): Cell {
  const { behalf_name, behalf_party, behalf_within, behalf_body_name, behalf_body_slug } = membership
  const tag = membership.on_behalf_certainty === null ? null : certaintyTags[membership.on_behalf_certainty]
  if (behalf_body_name !== null && behalf_body_slug !== null)
    return { text: behalf_body_name, path: bodyPath(behalf_body_slug), tag }
  if (behalf_name !== null)
    return { text: behalf_name, path: behalf_party === null ? null : partyPath(behalf_party), note: behalf_within, tag }
  return { text: membership.seat_represents ?? unknownText }
}

export function sinceText({ valid: { from } }: Membership): string {
  return from === null ? capitalised(unknownStart) : dayText(from)
}

function decisionText(decidedOn: string | null, item: string | null): string {
  return `Beslut ${dayText(decidedOn as Day)}${item === null ? '' : `, punkt ${item}`}`
}

const notRegistered: Value = { text: 'Beslut inte registrerat' }

/** On what ground the membership began: a decision, or what it was known from when the register was opened. */
export function startGround(membership: Membership): Value {
  const { start_decision_slug, known_meeting_slug, known_document_slug } = membership
  if (start_decision_slug !== null)
    return {
      text: decisionText(membership.start_decided_on, membership.start_item_number),
      path: decisionPath(start_decision_slug),
    }
  if (membership.start_ground === 'decision_not_registered') return notRegistered
  if (known_meeting_slug !== null)
    return {
      text: `Ingångsläge, känt från protokollet ${dayText(membership.known_meeting_held_on as Day)}`,
      path: meetingPath(known_meeting_slug),
    }
  if (known_document_slug !== null)
    return {
      text: `Ingångsläge, känt från ${membership.known_document_title}`,
      path: documentPath(known_document_slug),
    }
  return { text: 'Ingångsläge' }
}

export function endGround({ end_decision_slug, end_decided_on, end_item_number }: Membership): Value {
  return end_decision_slug === null
    ? notRegistered
    : { text: decisionText(end_decided_on, end_item_number), path: decisionPath(end_decision_slug) }
}

/** By role (the chair first), then by whom they represent, then by name. */
export function inOrder<M extends Membership>(memberships: readonly M[]): M[] {
  const rank = ({ role }: M) => roleOrder.indexOf(role)
  const behalf = ({ behalf_name, behalf_body_name, seat_represents }: M) =>
    behalf_name ?? behalf_body_name ?? seat_represents ?? ''
  return [...memberships].sort(
    (a, b) => rank(a) - rank(b) || compareSwedish(behalf(a), behalf(b)) || compareSwedish(a.person_name, b.person_name),
  )
}

export type Sources = ReadonlyMap<number, readonly SourcePlace[]>

/** Where the memberships are known from, each place once. */
export function sourcesOf(memberships: readonly Membership[], sources: Sources): SourcePlace[] {
  const places = memberships.flatMap(({ provenance_id }) => sources.get(provenance_id) ?? [])
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()]
}

export const memberColumns = ['Person', 'Roll', 'Företräder', 'Sedan', 'Grund'].map((text) => ({ text }))

/**
 * Those who sit: one row for each person and ground.
 * @param leaving says of those who are known to leave when that will be
 */
export function memberRows(current: readonly Membership[], sources: Sources, leaving: boolean): Cell[][] {
  return togetherByPerson(inOrder(current)).map((roles) => {
    const [first] = roles
    const forWhom = roles.find(({ behalf_name, behalf_body_name }) => behalf_name ?? behalf_body_name) ?? first
    const { to } = first.valid
    const tag: Tag | null = leaving && to !== null ? { tone: 'info', text: `Lämnar ${dayText(to)}` } : null
    return [
      { ...personValue({ ...first, behalf_name: forWhom.behalf_name }), tag },
      { text: capitalised(listed(roles.map(({ role }) => roleNames[role]))) },
      behalfCell(forWhom),
      { text: sinceText(first) },
      { ...startGround(first), sources: sourcesOf(roles, sources) },
    ]
  })
}

export const formerColumns = ['Person', 'Roll', 'Företrädde', 'Lämnade uppdraget', 'Grund', 'Ersattes av'].map(
  (text) => ({
    text,
  }),
)

/** Those who have left, the latest first. */
export const latestLeft = (former: readonly Membership[]): Membership[] =>
  [...former].sort(
    (a, b) => (b.valid.to ?? '').localeCompare(a.valid.to ?? '') || compareSwedish(a.person_name, b.person_name),
  )

/** Those who have left: when, by which decision, and who took the place. */
export function formerRows(former: readonly Membership[], all: readonly Membership[], sources: Sources): Cell[][] {
  return former.map((left) => {
    const [successor, ...others] = successorsOf(left, all)
    return [
      personValue(left),
      { text: capitalised(roleNames[left.role]), note: since(left) },
      behalfCell(left),
      { text: dayText(left.valid.to as Day) },
      { ...endGround(left), sources: sourcesOf([left], sources) },
      successor
        ? {
            ...personValue(successor),
            note: others.length > 0 ? `och ${listed(others.map((one) => one.person_name))}` : null,
          }
        : { text: 'Ingen registrerad' },
    ]
  })
}

function since({ valid: { from } }: Membership): string {
  return from === null ? unknownStart : `sedan ${dayText(from)}`
}
