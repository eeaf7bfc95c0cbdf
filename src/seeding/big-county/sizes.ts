import { mostPersons } from './words.ts'

/** How much of everything the county has. */
export type Sizes = {
  /** Calendar years, up to and including that of the last day. */
  years: number
  /** All that have been, also those that are established and closed on the way. */
  bodies: number
  meetings: number
  items: number
  decisions: number
  activities: number
  documents: number
  matters: number
  persons: number
}

/** A county after twenty years. */
export const bigSizes: Sizes = {
  years: 20,
  bodies: 60,
  meetings: 6_000,
  items: 60_000,
  decisions: 40_000,
  activities: 20_000,
  documents: 5_000,
  matters: 400,
  persons: 2_000,
}

/** The same county so many times smaller, with as many of each kind that nothing is missing. */
export function shrunk(by: number, sizes: Sizes = bigSizes): Sizes {
  const part = (count: number, least: number) => Math.max(least, Math.round(count / by))
  return {
    years: part(sizes.years, Math.min(sizes.years, 3)),
    bodies: part(sizes.bodies, 8),
    meetings: part(sizes.meetings, 60),
    items: part(sizes.items, 600),
    decisions: part(sizes.decisions, 400),
    activities: part(sizes.activities, 200),
    documents: part(sizes.documents, 50),
    matters: part(sizes.matters, 8),
    persons: Math.min(mostPersons, part(sizes.persons, 160)),
  }
}

/**
 * The whole divided as evenly as whole numbers can be: place `place` of `places`.
 * The parts of all places together are the whole.
 */
export function share(whole: number, place: number, places: number): number {
  return Math.floor(((place + 1) * whole) / places) - Math.floor((place * whole) / places)
}
