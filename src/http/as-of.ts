import { type Day, parseDay } from '../kernel/dates.ts'
import { PortalError } from '../kernel/errors.ts'

/**
 * The day of `?datum=2025-12-01`, or null when none was asked for (also an empty one: the date field left blank).
 * Give it to the page as `head.asOf`, and the layout says which day is shown.
 * @throws PortalError bad-date when it is not a day
 */
export function readDatum(query: unknown): Day | null {
  return readDay(query, 'datum')
}

/** The day of another field of the query; otherwise as readDatum. */
export function readDay(query: unknown, name: string): Day | null {
  const given = (query as Record<string, unknown> | null)?.[name]
  if (given === undefined || given === '') return null
  const day = typeof given === 'string' ? parseDay(given) : null
  if (day === null) throw new PortalError('bad-date', `bad ?${name}=`)
  return day
}
