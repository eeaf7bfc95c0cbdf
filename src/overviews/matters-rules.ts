import { type Day, dateText, type Precision } from '../kernel/dates.ts'

/** A date as vague as the source has it; null when it gives none. */
export type Vague = { on: Day; precision: Precision } | null

/** 'hösten 2025 – våren 2026', '12 december 2025', 'datum framgår inte' */
export function spanText(from: Vague, to: Vague = null): string {
  if (from === null) return 'datum framgår inte'
  const first = dateText(from.on, from.precision)
  const last = to === null ? first : dateText(to.on, to.precision)
  return first === last ? first : `${first} – ${last}`
}

// From the vaguest: 'hösten 2025' stands before 1 September 2025, since it may have begun any day from then on.
const vagueness: readonly Precision[] = ['year', 'half_year', 'season', 'quarter', 'month', 'day']

/** `after`: the date of the step before it, where the source gives the step none of its own but a place in an order. */
export type Placed = { at: Vague; after: Vague }

/** Events in the order of their dates; steps without one stand after the step before them, or last. */
export function inTimeOrder<Event extends Placed>(events: readonly Event[]): Event[] {
  const placed = events.map((event, order) => ({ event, at: event.at ?? event.after, order }))
  placed.sort((a, b) => {
    if (a.at === null || b.at === null) return Number(a.at === null) - Number(b.at === null) || a.order - b.order
    return (
      a.at.on.localeCompare(b.at.on) ||
      vagueness.indexOf(a.at.precision) - vagueness.indexOf(b.at.precision) ||
      a.order - b.order
    )
  })
  return placed.map(({ event }) => event)
}

/** How many of the ordered events have begun on the day; those after it are to come. */
export function begunBy(events: readonly Placed[], day: Day): number {
  const next = events.findIndex(({ at, after }) => ((at ?? after)?.on ?? day) > day)
  return next === -1 ? events.length : next
}
