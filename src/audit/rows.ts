import { sql } from 'kysely'
import { slugify } from '../kernel/text.ts'
import type { Work } from './work.ts'

type Row = Readonly<Record<string, unknown>>

/** What differs between a row as it was and as it is to be, for the log; null when nothing does. */
export function rowDifference(before: Row, after: Row): { before: Row; after: Row } | null {
  const changed = Object.keys(after).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
  const of = (row: Row) => Object.fromEntries(changed.map((key) => [key, row[key] ?? null]))
  return changed.length === 0 ? null : { before: of(before), after: of(after) }
}

/** An address that no row of the register has: the name's own, with a number when taken. Two at once wait for each other. */
export async function freeSlug(
  work: Work,
  register: 'body' | 'change_proposal' | 'document' | 'matter' | 'organisation' | 'person' | 'plan' | 'project',
  name: string,
): Promise<string> {
  await sql`select pg_advisory_xact_lock(${register}::regclass::oid::int, 0)`.execute(work.trx)
  const wanted = slugify(name).slice(0, 180).replace(/-$/, '') || register
  const { rows } = await sql<{ slug: string }>`
    select slug from ${sql.table(register)} where slug = ${wanted} or slug like ${`${wanted}-%`}
  `.execute(work.trx)
  const taken = new Set(rows.map(({ slug }) => slug))
  let slug = wanted
  for (let number = 2; taken.has(slug); number += 1) slug = `${wanted}-${number}`
  return slug
}
