import { type RawBuilder, sql } from 'kysely'
import type { Day } from '../kernel/dates.ts'

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
