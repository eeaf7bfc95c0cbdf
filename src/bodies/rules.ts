/** Bodies: who sits where on a day, what is empty, and what the membership mirrors. Pure. */
import { isValidOn, type Validity } from '../db/ranges.ts'
import type { RequirementDimension } from '../db/schema.ts'
import type { Day } from '../kernel/dates.ts'

/** The memberships (or bodies) that hold on the day, those that are over and those that are to come. */
export function onDay<M extends { valid: Validity }>(
  rows: readonly M[],
  day: Day,
): { current: M[]; former: M[]; coming: M[] } {
  return {
    current: rows.filter(({ valid }) => isValidOn(valid, day)),
    former: rows.filter(({ valid: { to } }) => to !== null && to <= day),
    coming: rows.filter(({ valid: { from } }) => from !== null && day < from),
  }
}

export type Seating = {
  body_id: number
  person_id: number
  role: string
  seat_id: number | null
  on_behalf_organisation_id: number | null
  on_behalf_body_id: number | null
  valid: Validity
  start_effect_id: number | null
  end_effect_id: number | null
}

/** Those who came by the same effect as the membership ended with: who took the place. */
export function successorsOf<M extends Seating>(left: Seating, all: readonly M[]): M[] {
  return left.end_effect_id === null ? [] : all.filter(({ start_effect_id }) => start_effect_id === left.end_effect_id)
}

/**
 * The memberships that are over on the day without anyone having come in their place: nobody by the same effect, and
 * nobody since in the same role, on the same seat and for the same one.
 */
export function leftEmpty<M extends Seating>(all: readonly M[], day: Day): M[] {
  const { former } = onDay(all, day)
  if (former.length === 0) return []
  const began = all.filter(({ valid: { from } }) => from !== null && from <= day)
  return former.filter((left) => {
    const since = began.filter(({ valid }) => (valid.from as Day) >= (left.valid.to as Day))
    return successorsOf(left, since).length === 0 && !since.some((other) => samePlace(other, left))
  })
}

function samePlace(one: Seating, other: Seating): boolean {
  return (
    one.body_id === other.body_id &&
    one.role === other.role &&
    one.seat_id === other.seat_id &&
    one.on_behalf_organisation_id === other.on_behalf_organisation_id &&
    one.on_behalf_body_id === other.on_behalf_body_id
  )
}

export type SeatStanding<S, M> = {
  seat: S
  holders: M[]
  /** Places that somebody has left and nobody has taken. */
  vacant: number
  /** Places of which nothing is known; null when not even the number of places is. */
  unknown: number | null
}

/**
 * Each seat with those who are known to hold it. An unnamed place is not a vacant one: it is vacant only when somebody is
 * known to have left it.
 * @param current the memberships that hold on the day
 * @param empty those that {@link leftEmpty} has on the day
 */
export function seatStandings<
  S extends { id: number; seats: number | null },
  M extends Pick<Seating, 'person_id' | 'seat_id'>,
>(seats: readonly S[], current: readonly M[], empty: readonly Pick<Seating, 'seat_id'>[]): SeatStanding<S, M>[] {
  return seats.map((seat) => {
    const holders = current.filter(({ seat_id }) => seat_id === seat.id)
    const left = empty.filter(({ seat_id }) => seat_id === seat.id).length
    return { seat, holders, ...openPlaces(seat.seats, peopleIn(holders), left) }
  })
}

/**
 * Of a seat's places, how many are vacant and of how many nothing is known, as {@link SeatStanding} has them.
 * @param places how many there are; null when that is not known
 * @param people how many are known to hold one
 * @param left how many have left one that nobody has taken
 */
export function openPlaces(
  places: number | null,
  people: number,
  left: number,
): Pick<SeatStanding<unknown, unknown>, 'vacant' | 'unknown'> {
  if (places === null) return { vacant: left, unknown: null }
  const open = Math.max(0, places - people)
  const vacant = Math.min(open, left)
  return { vacant, unknown: open - vacant }
}

/** Is the whole membership known: every seat with its number of places, and somebody known (or known to be missing) on each? */
export function isFullyKnown(standings: readonly Pick<SeatStanding<unknown, unknown>, 'unknown'>[]): boolean {
  return standings.length > 0 && standings.every(({ unknown }) => unknown === 0)
}

/** How many people there are: one who has two roles is one. */
export function peopleIn(memberships: readonly { person_id: number }[]): number {
  return new Set(memberships.map(({ person_id }) => person_id)).size
}

/** The roles that one person holds from the same day on the same ground, as one. */
export function togetherByPerson<
  M extends { person_id: number; valid: Validity; start_effect_id: number | null; start_ground: string },
>(memberships: readonly M[]): [M, ...M[]][] {
  const groups = new Map<string, [M, ...M[]]>()
  for (const membership of memberships) {
    const { person_id, valid, start_effect_id, start_ground } = membership
    const key = [person_id, valid.from, valid.to, start_effect_id, start_ground].join(' ')
    const group = groups.get(key)
    if (group) group.push(membership)
    else groups.set(key, [membership])
  }
  return [...groups.values()]
}

/** Whom a member stands for as seen by the requirements: the authority at the top of the organisation. */
export type Mirrored = {
  behalf_authority: string | null
  employer_authority: string | null
  on_behalf_organisation_id: number | null
  /** Left out where it is not asked which titles there are. */
  title?: string | null
}

export type Authority = 'municipality' | 'region'

export type Coverage = {
  /** yes: the known members do it. partly: some of it. unknown: cannot be told from what the sources say. */
  covered: 'yes' | 'partly' | 'unknown'
  authorities: Authority[]
  /** An authority is known only through where a member works. */
  byEmployer: boolean
  /** Municipalities with a known member, out of all. */
  municipalities: number
  outOf: number
  titles: string[]
}

/**
 * How far the known members of a body mirror what they shall. Where municipalities lie and how large they are is not
 * in the register, so geography and size are covered for certain only when every municipality is there.
 */
export function coverageOf(
  dimension: RequirementDimension,
  members: readonly Mirrored[],
  municipalities: readonly { id: number }[],
): Coverage {
  const stated = (kind: Authority) => members.some(({ behalf_authority }) => behalf_authority === kind)
  const working = (kind: Authority) => members.some(({ employer_authority }) => employer_authority === kind)
  const authorities = (['municipality', 'region'] as const).filter((kind) => stated(kind) || working(kind))
  const represented = municipalities.filter(({ id }) => members.some((one) => one.on_behalf_organisation_id === id))
  const everyOne = municipalities.length > 0 && represented.length === municipalities.length ? 'yes' : 'unknown'
  const covered = {
    authority: authorities.length === 2 ? 'yes' : authorities.length === 1 ? 'partly' : 'unknown',
    geography: everyOne,
    size: everyOne,
    function: 'unknown',
    other: 'unknown',
  } as const
  return {
    covered: covered[dimension],
    authorities,
    byEmployer: authorities.some((kind) => !stated(kind)),
    municipalities: represented.length,
    outOf: municipalities.length,
    titles: [...new Set(members.flatMap(({ title }) => title ?? []))],
  }
}

/** Something that was one way on the first day and another on the second. */
export type Turn<M> = { on: Day; effect: number | null; left: M[]; came: M[] }

/**
 * What happened after the first day, until and including the second: who left and who came, the same effect together,
 * in the order of days. An unknown start is no event: nobody knows when it was.
 */
export function turnsBetween<
  M extends { valid: Validity; start_effect_id: number | null; end_effect_id: number | null },
>(rows: readonly M[], from: Day, to: Day): Turn<M>[] {
  const turns = new Map<string, Turn<M>>()
  const turn = (on: Day, effect: number | null) => {
    const key = `${on} ${effect}`
    const known = turns.get(key) ?? { on, effect, left: [], came: [] }
    turns.set(key, known)
    return known
  }
  const within = (on: Day | null): on is Day => on !== null && from < on && on <= to
  for (const row of rows) {
    if (within(row.valid.to)) turn(row.valid.to, row.end_effect_id).left.push(row)
    if (within(row.valid.from)) turn(row.valid.from, row.start_effect_id).came.push(row)
  }
  return [...turns.values()].sort((a, b) => a.on.localeCompare(b.on) || (a.effect ?? 0) - (b.effect ?? 0))
}
