import { sql } from 'kysely'
import type { Work } from '../audit/work.ts'
import type { LinkOutcome } from '../db/schema.ts'
import type { Place } from './collect.ts'
import type { Found } from './rules.ts'

export type CheckedLink = Found & { url: string; places: readonly Place[] }

const chunk = 500

/**
 * Keeps what was found, instead of what was found the last time. What is as it was keeps the moment since when it has
 * been so; links that stand on no page any more go. One event in the log, however many links there are.
 * @returns since when each link has been as it is
 */
export async function keepLinkChecks(
  work: Work,
  links: readonly CheckedLink[],
  at: Date,
  pages: number,
): Promise<ReadonlyMap<string, Date>> {
  const { trx } = work
  await sql`lock table link_check in share row exclusive mode`.execute(trx)
  const before = await trx.selectFrom('link_check').select(['url', 'outcome', 'status', 'reason', 'since']).execute()
  const known = new Map(before.map((row) => [row.url, row]))
  const since = ({ url, outcome, status, reason }: CheckedLink) => {
    const row = known.get(url)
    const same = row !== undefined && row.outcome === outcome && row.status === status && row.reason === reason
    return same && row.since <= at ? row.since : at
  }
  await trx.deleteFrom('link_check').execute()
  const rows = links.map((link) => ({
    url: link.url,
    outcome: link.outcome,
    status: link.status,
    leads_to: link.leadsTo,
    reason: link.reason,
    checked_at: at,
    since: since(link),
  }))
  for (let from = 0; from < rows.length; from += chunk) {
    await trx
      .insertInto('link_check')
      .values(rows.slice(from, from + chunk))
      .execute()
  }
  const places = links.flatMap(({ url, places }) => places.map((place) => ({ url, ...place })))
  for (let from = 0; from < places.length; from += chunk) {
    await trx
      .insertInto('link_place')
      .values(places.slice(from, from + chunk))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  await work.record('links.checked', 'links/all', { pages, links: links.length, ...countOutcomes(links) })
  return new Map(rows.map(({ url, since }) => [url, since]))
}

/** How many links there are of each outcome. */
export function countOutcomes(links: readonly { outcome: LinkOutcome }[]): Record<LinkOutcome, number> {
  const counts = { works: 0, moved: 0, broken: 0, unreachable: 0, not_checked: 0 }
  for (const { outcome } of links) counts[outcome] += 1
  return counts
}
