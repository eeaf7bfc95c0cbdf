import { type RawBuilder, sql } from 'kysely'
import { type Day, monthsIn } from '../kernel/dates.ts'

/** A validity as the ledger stores it: from the first day, up to but not including `to`. Null: unbounded. */
export type Validity = { from: Day | null; to: Day | null }

/** Reads a Postgres daterange in its canonical form, '[2025-12-12,)'. @throws Error for anything else */
export function parseRange(range: string): Validity {
  const parts = /^[[(]([\d-]*),([\d-]*)\)$/.exec(range)
  if (!parts) throw new Error(`not a canonical daterange: ${range}`)
  return { from: (parts[1] || null) as Day | null, to: (parts[2] || null) as Day | null }
}

/** Writes a validity as a Postgres daterange. */
export function rangeText({ from, to }: Validity): string {
  return `[${from ?? ''},${to ?? ''})`
}

/** SQL: the range column holds the day. */
export function holds(column: string, day: Day): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(column)} @> ${day}::date`
}

/**
 * SQL: the last day of a date's period, as lastDayOf in src/kernel/dates.ts finds it. Dates are stored as the first day of
 * theirs.
 */
export function lastDay(date: string, precision: string): RawBuilder<string> {
  const ends = Object.entries(monthsIn).map(
    ([name, months]) => sql`when ${sql.lit(name)} then interval '${sql.raw(String(months))} months - 1 day'`,
  )
  return sql`(${sql.ref(date)} + case ${sql.ref(precision)} ${sql.join(ends, sql` `)} else interval '0' end)::date`
}

/** Is the validity true on the day? */
export function isValidOn({ from, to }: Validity, day: Day): boolean {
  return (from === null || from <= day) && (to === null || day < to)
}

/** What is left of `whole` when `part` is taken out: none, one or two pieces. */
export function without(whole: Validity, part: Validity): Validity[] {
  const pieces: Validity[] = []
  if (part.from !== null && (whole.from === null || whole.from < part.from)) {
    pieces.push({ from: whole.from, to: whole.to !== null && whole.to < part.from ? whole.to : part.from })
  }
  if (part.to !== null && (whole.to === null || part.to < whole.to)) {
    pieces.push({ from: whole.from !== null && whole.from > part.to ? whole.from : part.to, to: whole.to })
  }
  return pieces
}
