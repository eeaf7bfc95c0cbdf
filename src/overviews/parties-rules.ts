/** Parties: where they have a seat, and what waits for them. Pure. */
import type { PartyPositionState } from '../db/schema.ts'

/** A seat: every municipality's, or a named organisation's. */
export type SeatHolder = {
  body_id: number
  body_slug: string
  body_name: string
  each_municipality: boolean
  represents_organisation_id: number | null
}

/** The bodies where an organisation, or a part of it, has a seat of its own. */
export function bodiesWithSeatFor(
  party: { kind: string },
  parts: ReadonlySet<number>,
  seats: readonly SeatHolder[],
): Map<number, { slug: string; name: string }> {
  const theirs = seats.filter(
    ({ each_municipality, represents_organisation_id: id }) =>
      (each_municipality && party.kind === 'municipality') || (id !== null && parts.has(id)),
  )
  return new Map(theirs.map(({ body_id, body_slug, body_name }) => [body_id, { slug: body_slug, name: body_name }]))
}

/** How a document stands with a party that is yet to take its stand. Unknown counts: nobody has said that it has. */
export const waitingStates: readonly PartyPositionState[] = ['unknown', 'planned']

export const awaitsDecision = ({ state }: { state: PartyPositionState }): boolean => waitingStates.includes(state)
