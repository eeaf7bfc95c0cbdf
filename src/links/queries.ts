import type { Kysely } from 'kysely'
import type { Database, Reader } from '../db/database.ts'
import type { LinkOutcome } from '../db/schema.ts'
import { subjectOf } from '../history/queries.ts'

/** How many links there are of each outcome, and when they were checked; null when they never were. */
export async function linkCounts(db: Reader) {
  const rows = await db
    .selectFrom('link_check')
    .select((eb) => ['outcome', eb.fn.countAll<number>().as('count'), eb.fn.max('checked_at').as('checked_at')])
    .groupBy('outcome')
    .execute()
  return new Map(rows.map((row) => [row.outcome, row.count]))
}

/** When links were last checked, whether there were any or not; null: never. */
export async function lastLinkCheck(db: Reader): Promise<Date | null> {
  const row = await db
    .selectFrom('audit_event')
    .select('at')
    .where('about', '=', 'links/all')
    .where('act', '=', 'links.checked')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.at ?? null
}

/** Links with one outcome, those that have been so the longest first. */
export function linksThat(db: Reader, outcome: LinkOutcome, most: number, offset: number) {
  return db
    .selectFrom('link_check')
    .selectAll()
    .where('outcome', '=', outcome)
    .orderBy('since')
    .orderBy('url')
    .limit(most)
    .offset(offset)
    .execute()
}

/** Where links stand, in the order of the pages' names. */
export function placesOf(db: Reader, urls: readonly string[]) {
  return db
    .selectFrom('link_place')
    .selectAll()
    .where('url', 'in', ['', ...urls])
    .orderBy('url')
    .orderBy('page')
    .orderBy('path')
    .execute()
}

/** The bodies that keep what these pages are about, by 'register/slug'; null: no body does. */
export async function keepersOf(
  db: Kysely<Database>,
  things: Iterable<string>,
): Promise<ReadonlyMap<string, string | null>> {
  const keepers = new Map<string, string | null>()
  for (const thing of new Set(things)) {
    const [register = '', ...key] = thing.split('/')
    keepers.set(thing, (await subjectOf(db, { register, key: key.join('/') }))?.bodySlug ?? null)
  }
  return keepers
}
