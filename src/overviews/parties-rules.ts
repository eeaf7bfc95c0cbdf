/** Parties: where they have a seat, and what waits for them. Pure. */
import type { SeatHolder } from './parties-queries.ts'

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

/** Does a document wait for the party to take its stand? Unknown counts: nobody has said that it has. */
export function awaitsDecision(position: { state: string }): boolean {
  return position.state === 'unknown' || position.state === 'planned'
}
