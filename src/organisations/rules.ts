/** Organisations: what belongs to what, and where a party is found. Pure. */
import { slugify } from '../kernel/text.ts'

/** An organisation with all that belongs to it, however deep: the region with its administrations and their units. */
export function withParts<O extends { id: number; parent_id: number | null }>(
  organisations: readonly O[],
  id: number,
): O[] {
  const itself = organisations.filter((organisation) => organisation.id === id)
  const parts = organisations.filter(({ parent_id }) => parent_id === id)
  return [...itself, ...parts.flatMap((part) => withParts(organisations, part.id))]
}

/** The party at an address: its short name as an address ('region-kalmar-lan'), or its slug in the register. */
export function partyAt<O extends { slug: string; short_name: string; is_party: boolean }>(
  organisations: readonly O[],
  address: string,
): O | undefined {
  const parties = organisations.filter(({ is_party }) => is_party)
  return (
    parties.find(({ short_name }) => slugify(short_name) === address) ?? parties.find(({ slug }) => slug === address)
  )
}
