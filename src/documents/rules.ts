import { isValidOn, type Validity } from '../db/ranges.ts'
import type { PartyPositionState } from '../db/schema.ts'
import { addDays, type Day, dateText, lastDayOf, type Precision } from '../kernel/dates.ts'
import { counted } from '../kernel/text.ts'

export type ForceStanding = 'in_force' | 'coming' | 'expired' | 'unknown'

/** Whether a document is in force on a day. Without registered dates it is not known. */
export function forceOn(inForce: Validity | null, day: Day): ForceStanding {
  if (inForce === null) return 'unknown'
  if (isValidOn(inForce, day)) return 'in_force'
  return inForce.from !== null && day < inForce.from ? 'coming' : 'expired'
}

/** 'sedan 2019', '2025–2034', '2025', 'till och med 31 januari 2026'. The validity ends the day before `to`. */
export function forceText({ from, to }: Validity, precision: Precision): string {
  const first = from === null ? null : dateText(from, precision)
  const last = to === null ? null : dateText(addDays(to, -1), precision)
  if (first === null) return last === null ? 'tills vidare' : `till och med ${last}`
  if (last === null) return `sedan ${first}`
  if (first === last) return first
  return precision === 'year' ? `${first}–${last}` : `${first} – ${last}`
}

export type KnownPosition = {
  organisation_id: number
  as_of: string
  as_of_precision: Precision
  state: PartyPositionState
}

/**
 * Each party's newest position known on the day, by organisation. What was known 'hösten 2023' is counted as known
 * only when the autumn is over, since nobody can say on which of its days.
 */
export function positionsOn<Position extends KnownPosition>(
  positions: readonly Position[],
  day: Day,
): Map<number, Position> {
  const newest = new Map<number, Position>()
  for (const position of positions) {
    if (lastDayOf(position.as_of as Day, position.as_of_precision) > day) continue
    const before = newest.get(position.organisation_id)
    if (!before || before.as_of <= position.as_of) newest.set(position.organisation_id, position)
  }
  return newest
}

/** 'Alla 13 parter har beslutat.', '2 av 13 parter har beslutat. För 11 är läget inte känt.' Null: no position at all. */
export function positionSummary(states: readonly (PartyPositionState | null)[]): string {
  const parties = counted(states.length, 'part', 'parter')
  const count = (...wanted: (PartyPositionState | null)[]) => states.filter((state) => wanted.includes(state)).length
  const decided = count('decided')
  if (decided === states.length) return `${states.length === 1 ? 'Parten' : `Alla ${parties}`} har beslutat.`
  if (count('unknown', null) === states.length) return `Läget är inte känt för någon av ${parties}.`
  const rest = [
    { many: count('endorsed'), words: (n: number) => `${n} står bakom utan beslut.` },
    { many: count('planned'), words: (n: number) => `${n} har planerat ett beslut.` },
    { many: count('unknown', null), words: (n: number) => `För ${n} är läget inte känt.` },
  ]
  const begin = decided === 0 ? `Ingen av ${parties} har ett känt beslut.` : `${decided} av ${parties} har beslutat.`
  return [begin, ...rest.filter(({ many }) => many > 0).map(({ many, words }) => words(many))].join(' ')
}
