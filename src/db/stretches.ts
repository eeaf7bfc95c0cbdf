import { sql } from 'kysely'

/**
 * How many rows of a list are passed by, for `offset`. On the pages after the first it is a parameter: as numbers in the
 * statements these would be statements of their own, too many to be kept prepared, and planned anew each time.
 */
export const passing = (rows: number) => (rows === 0 ? sql.lit(0) : sql<number>`${rows}::bigint`)
