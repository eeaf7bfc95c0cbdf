/** Files of discharge days, and how much of what was imported stands. */
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../../src/db/database.ts'
import { episodeHeader } from './reading.ts'

/** A file of so many stays in Kalmar, one a row. */
export const episodes = (count: number) =>
  [
    episodeHeader,
    ...Array.from(
      { length: count },
      (_, id) => `Kalmar;HSF;2025-11-03;2025-11-${String(3 + (id % 20)).padStart(2, '0')};V${id}`,
    ),
  ].join('\n')

/** By the database alone, all batches together. */
export async function imported(db: Kysely<Database>) {
  const { rows } = await sql<{
    batches: number
    episodes: number | null
    counted: number | null
    publications: number
  }>`
    select (select count(*) from discharge_batch)::int as batches, (select sum(episodes) from discharge_cell)::int as episodes,
      (select sum(episodes) from discharge_histogram)::int as counted,
      (select count(*) from discharge_publication where replaced_at is null)::int as publications`.execute(db)
  return rows[0]
}
