import { describe, expect, test } from 'vitest'
import {
  coverageOf,
  isFullyKnown,
  leftEmpty,
  type Mirrored,
  onDay,
  peopleIn,
  type Seating,
  seatStandings,
  successorsOf,
  togetherByPerson,
  turnsBetween,
} from '../../src/bodies/rules.ts'
import { parseRange } from '../../src/db/ranges.ts'
import { day } from '../../src/kernel/dates.ts'

const decisionDay = day('2025-12-12')
const before = day('2025-12-01')

let nextPerson = 100

function seating(valid: string, more: Partial<Seating> = {}): Seating & { start_ground: string } {
  nextPerson += 1
  return {
    body_id: 1,
    person_id: nextPerson,
    role: 'representative',
    seat_id: null,
    on_behalf_organisation_id: null,
    on_behalf_body_id: null,
    valid: parseRange(valid),
    start_effect_id: null,
    end_effect_id: null,
    start_ground: 'opening_state',
    ...more,
  }
}

const leaving = seating('[,2025-12-12)', { end_effect_id: 7 })
const coming = seating('[2025-12-12,)', { start_effect_id: 7 })

describe('who sits on a day', () => {
  test('the old one sits until the day before the decision, the new one from the decision day', () => {
    expect(onDay([leaving, coming], before)).toEqual({ current: [leaving], former: [], coming: [coming] })
    expect(onDay([leaving, coming], day('2025-12-11')).current).toEqual([leaving])
    expect(onDay([leaving, coming], decisionDay)).toEqual({ current: [coming], former: [leaving], coming: [] })
  })

  test('one who has two roles is one person', () => {
    const chair = seating('[,)', { role: 'vice_chair' })
    const member = { ...chair, role: 'member' }
    expect(peopleIn([chair, member])).toBe(1)
    expect(togetherByPerson([chair, member])).toEqual([[chair, member]])
  })

  test('roles that began differently are told apart', () => {
    const member = seating('[,)')
    const chair = { ...member, role: 'chair', valid: parseRange('[2026-03-06,)'), start_effect_id: 9 }
    expect(togetherByPerson([member, chair])).toHaveLength(2)
  })

  test('the one who came by the same effect is who took the place', () => {
    expect(successorsOf(leaving, [leaving, coming])).toEqual([coming])
    expect(successorsOf({ ...leaving, end_effect_id: null }, [coming])).toEqual([])
  })
})

describe('a place is vacant only when somebody is known to have left it', () => {
  test('a replaced one leaves nothing empty', () => {
    expect(leftEmpty([leaving, coming], decisionDay)).toEqual([])
  })

  test('a released one leaves the place empty from that day, not before', () => {
    expect(leftEmpty([leaving], before)).toEqual([])
    expect(leftEmpty([leaving], decisionDay)).toEqual([leaving])
  })

  test('somebody appointed later to the same place fills it from that day', () => {
    const later = seating('[2026-03-06,)', { start_effect_id: 12 })
    expect(leftEmpty([leaving, later], day('2026-03-05'))).toEqual([leaving])
    expect(leftEmpty([leaving, later], day('2026-03-06'))).toEqual([])
    const elsewhere = { ...later, on_behalf_organisation_id: 4 }
    expect(leftEmpty([leaving, elsewhere], day('2026-03-06'))).toEqual([leaving])
  })

  test('an unnamed place is unknown, and an unknown number of places stays unknown', () => {
    const seats = [
      { id: 1, seats: 2 },
      { id: 2, seats: 1 },
      { id: 3, seats: null },
    ]
    const known = seating('[,)', { seat_id: 1 })
    const left = seating('[,2025-12-12)', { seat_id: 2, end_effect_id: 3 })
    const standings = seatStandings(seats, [known], leftEmpty([known, left], decisionDay))
    expect(standings.map(({ holders, vacant, unknown }) => [holders.length, vacant, unknown])).toEqual([
      [1, 0, 1],
      [0, 1, 0],
      [0, 0, null],
    ])
    expect(isFullyKnown(standings)).toBe(false)
    expect(isFullyKnown(seatStandings([{ id: 1, seats: 1 }], [known], []))).toBe(true)
    expect(isFullyKnown([])).toBe(false)
  })
})

describe('what the known members mirror', () => {
  const municipalities = [{ id: 1 }, { id: 2 }]
  const member = (more: Partial<Mirrored>): Mirrored => ({
    behalf_authority: null,
    employer_authority: null,
    on_behalf_organisation_id: null,
    title: null,
    ...more,
  })
  const municipal = member({ behalf_authority: 'municipality', on_behalf_organisation_id: 1 })
  const regional = member({ behalf_authority: 'region', title: 'barnläkare' })

  test('both authorities are there, one, or nobody knows', () => {
    expect(coverageOf('authority', [municipal, regional], municipalities).covered).toBe('yes')
    expect(coverageOf('authority', [regional], municipalities).covered).toBe('partly')
    expect(coverageOf('authority', [], municipalities).covered).toBe('unknown')
  })

  test('an authority read out of where somebody works is said to be that', () => {
    const coverage = coverageOf('authority', [member({ employer_authority: 'region' })], municipalities)
    expect(coverage).toMatchObject({ covered: 'partly', authorities: ['region'], byEmployer: true })
  })

  test('geography and size are never guessed: only when every municipality is there are they covered', () => {
    expect(coverageOf('geography', [municipal], municipalities)).toMatchObject({
      covered: 'unknown',
      municipalities: 1,
      outOf: 2,
    })
    const other = { ...municipal, on_behalf_organisation_id: 2 }
    expect(coverageOf('size', [municipal, other], municipalities).covered).toBe('yes')
    expect(coverageOf('geography', [], []).covered).toBe('unknown')
  })
})

describe('what changed between two days', () => {
  test('who left and who came by one effect belong together', () => {
    expect(turnsBetween([leaving, coming], before, decisionDay)).toEqual([
      { on: decisionDay, effect: 7, left: [leaving], came: [coming] },
    ])
  })

  test('the first day itself is where one starts from: what happened on it is not told', () => {
    expect(turnsBetween([leaving, coming], decisionDay, day('2026-01-01'))).toEqual([])
  })

  test('an unknown start is no event', () => {
    expect(turnsBetween([seating('[,)')], day('1900-01-01'), decisionDay)).toEqual([])
  })

  test('somebody who came and left in between is told of', () => {
    const brief = seating('[2025-12-03,2025-12-05)', { start_effect_id: 1, end_effect_id: 2 })
    expect(turnsBetween([brief], before, decisionDay).map(({ on }) => on)).toEqual(['2025-12-03', '2025-12-05'])
  })
})
