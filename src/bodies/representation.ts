/** How places and requirements are shown: who is known to hold a place, and what is not known. */
import type { SourcePlace } from '../audit/provenance.ts'
import type { RequirementDimension } from '../db/schema.ts'
import type { Cell, Tag, Value } from '../http/parts.ts'
import { capitalised, counted, listed } from '../kernel/text.ts'
import { bodyPath, partyPath } from '../kernel/urls.ts'
import { personValue } from './memberships.ts'
import type { Membership, Seat } from './queries.ts'
import { type Coverage, isFullyKnown, type SeatStanding } from './rules.ts'
import { seatLevelNames, unknownText } from './texts.ts'

/**
 * How many are known to sit in a group, and whether there are more: '2 kända ledamöter, övriga framgår inte'.
 * @param standings of its seats, how many places nothing is known of
 */
export function seatingText(people: number, standings: Parameters<typeof isFullyKnown>[0]): string {
  if (people === 0) return 'Vilka som sitter framgår inte'
  const known = counted(people, 'känd ledamot', 'kända ledamöter')
  return isFullyKnown(standings) ? known : `${known}, övriga framgår inte`
}

/** Places that somebody has left and nobody has taken. */
export function vacancyTags(vacant: number): Tag[] {
  return vacant === 0 ? [] : [{ tone: 'warning', text: counted(vacant, 'vakant plats', 'vakanta platser') }]
}

export const seatColumns = ['Plats', 'Företräder', 'Antal', 'Vilka som sitter'].map((text) => ({ text }))

export function seatRow(standing: SeatStanding<Seat, Membership>, sources: readonly SourcePlace[]): Cell[] {
  const { seat, holders, vacant } = standing
  const open = openText(standing)
  const [only, ...others] = new Map(holders.map((holder) => [holder.person_id, holder])).values()
  const people: Value =
    only === undefined
      ? { text: capitalised(open ?? unknownText) }
      : others.length === 0
        ? { text: only.person_name, path: personValue(only).path }
        : { text: listed([only, ...others].map(({ person_name }) => person_name)) }
  return [
    { text: seat.title, note: seat.level === null ? null : seatLevelNames[seat.level] },
    seatRepresents(seat),
    { text: seat.seats === null ? unknownText : String(seat.seats) },
    {
      ...people,
      note: [only && open ? `${capitalised(open)}.` : null, seat.note].filter(Boolean).join(' ') || null,
      tag: vacant > 0 ? { tone: 'warning', text: 'vakant' } : null,
      sources,
    },
  ]
}

/** What is empty and what is not known of a seat; null when all its places are held by known people. */
function openText({ holders, vacant, unknown }: SeatStanding<Seat, Membership>): string | null {
  const nobody = holders.length === 0 && vacant === 0
  const missing =
    unknown === null
      ? nobody
        ? 'framgår inte'
        : 'fler kan finnas'
      : unknown === 0
        ? null
        : nobody
          ? 'framgår inte'
          : `${unknown} till framgår inte`
  const empty = vacant === 0 ? null : counted(vacant, 'vakant plats', 'vakanta platser')
  return [empty, missing].filter(Boolean).join(', ') || null
}

/** What the seat stands for: a group, an organisation, or what the source says of it. */
export function seatRepresents(seat: Seat): Value {
  if (seat.represented_name !== null && seat.represented_slug !== null)
    return { text: seat.represented_name, path: bodyPath(seat.represented_slug) }
  if (seat.organisation_name !== null && seat.organisation_short_name !== null)
    return { text: seat.organisation_name, path: seat.is_party ? partyPath(seat.organisation_short_name) : null }
  return { text: seat.represents_text ?? unknownText }
}

/**
 * The organisations that have a seat in the group and no known member: each municipality where a seat type says so, and
 * those named by a seat. A member for a part of the organisation counts.
 */
export function unseated(
  seats: readonly Seat[],
  current: readonly Pick<Membership, 'on_behalf_organisation_id' | 'behalf_parent_id' | 'behalf_top_id'>[],
  municipalities: readonly { id: number; name: string; short_name: string }[],
): Value[] {
  const seen = new Set(
    current.flatMap((one) => [one.on_behalf_organisation_id, one.behalf_parent_id, one.behalf_top_id]),
  )
  const named = seats.flatMap(
    ({ represents_organisation_id: id, organisation_name, organisation_short_name, is_party }) =>
      id === null || organisation_name === null
        ? []
        : [
            {
              id,
              text: organisation_name,
              path: is_party && organisation_short_name ? partyPath(organisation_short_name) : null,
            },
          ],
  )
  const every = seats.some(({ each_municipality }) => each_municipality)
    ? municipalities.map(({ id, name, short_name }) => ({ id, text: name, path: partyPath(short_name) }))
    : []
  const all = new Map([...every, ...named].map((organisation) => [organisation.id, organisation]))
  return [...all.values()].filter(({ id }) => !seen.has(id)).map(({ text, path }) => ({ text, path }))
}

/** How far the known members meet a requirement, in words; says plainly what the sources leave out. */
export function coverageText(dimension: RequirementDimension, coverage: Coverage, members: number): string {
  if (members === 0) return 'Ingen ledamot är känd.'
  if (coverage.covered === 'yes' && dimension !== 'authority') return 'Alla kommuner har en känd företrädare.'
  const seen = `${coverage.municipalities} av ${counted(coverage.outOf, 'kommun', 'kommuner')} har en känd företrädare.`
  switch (dimension) {
    case 'authority': {
      if (coverage.authorities.length === 0) return 'Huvudmännen framgår inte.'
      const known = `Kända ledamöter kommer från ${listed(coverage.authorities.map((authority) => authorityNames[authority]))}.`
      return coverage.byEmployer ? `${known} Det är delvis läst ur var de arbetar (härlett).` : known
    }
    case 'geography':
      return `${seen} Vilka delar av länet som ska speglas framgår inte av underlaget.`
    case 'size':
      return `${seen} Kommunernas storlek framgår inte av underlaget.`
    case 'function':
      return coverage.titles.length === 0
        ? 'Ledamöternas funktioner framgår inte.'
        : `Kända titlar: ${listed(coverage.titles)}. Vilka funktioner som krävs framgår inte.`
    case 'other':
      return 'Framgår inte av underlaget.'
  }
}

const authorityNames = { municipality: 'kommunerna', region: 'regionen' } as const
