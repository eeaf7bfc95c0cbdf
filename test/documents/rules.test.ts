import { expect, test } from 'vitest'
import { forceOn, forceText, positionSummary, positionsOn } from '../../src/documents/rules.ts'
import { day } from '../../src/kernel/dates.ts'

test('a document is in force within its dates, and nobody knows without dates', () => {
  const range = { from: day('2025-01-01'), to: day('2035-01-01') }
  expect(forceOn(null, day('2025-06-01'))).toBe('unknown')
  expect(forceOn(range, day('2024-12-31'))).toBe('coming')
  expect(forceOn(range, day('2025-01-01'))).toBe('in_force')
  expect(forceOn(range, day('2034-12-31'))).toBe('in_force')
  expect(forceOn(range, day('2035-01-01'))).toBe('expired')
})

test('the dates of a document read as people write them', () => {
  expect(forceText({ from: day('2019-01-01'), to: null }, 'year')).toBe('sedan 2019')
  expect(forceText({ from: day('2025-01-01'), to: day('2035-01-01') }, 'year')).toBe('2025–2034')
  expect(forceText({ from: day('2025-01-01'), to: day('2026-01-01') }, 'year')).toBe('2025')
  expect(forceText({ from: null, to: day('2026-02-01') }, 'day')).toBe('till och med 31 januari 2026')
  expect(forceText({ from: day('2021-07-01'), to: null }, 'day')).toBe('sedan 1 juli 2021')
})

const known = (
  organisation_id: number,
  as_of: string,
  state: 'unknown' | 'decided',
  precision: 'day' | 'season' = 'day',
) => ({
  organisation_id,
  as_of,
  as_of_precision: precision,
  state,
})

test('a party stands where it was last known to stand on the day', () => {
  const positions = [
    known(1, '2025-12-12', 'unknown'),
    known(1, '2026-03-02', 'decided'),
    known(2, '2025-12-12', 'unknown'),
  ]
  const states = (on: string) => [...positionsOn(positions, day(on)).values()].map(({ state }) => state)
  expect(states('2025-12-11')).toEqual([])
  expect(states('2026-03-01')).toEqual(['unknown', 'unknown'])
  expect(states('2026-03-02')).toEqual(['decided', 'unknown'])
})

test('what was known in an autumn is not claimed of a day within it', () => {
  const positions = [known(1, '2023-09-01', 'decided', 'season')]
  expect(positionsOn(positions, day('2023-10-15')).size).toBe(0)
  expect(positionsOn(positions, day('2023-11-30')).size).toBe(1)
})

test('the board says first how many have decided, and never takes unknown for no', () => {
  expect(positionSummary(Array(13).fill('decided'))).toBe('Alla 13 parter har beslutat.')
  expect(positionSummary(Array(13).fill('unknown'))).toBe('Läget är inte känt för någon av 13 parter.')
  expect(positionSummary([...Array(2).fill('decided'), 'planned', ...Array(10).fill(null)])).toBe(
    '2 av 13 parter har beslutat. 1 har planerat ett beslut. För 10 är läget inte känt.',
  )
  expect(positionSummary(['endorsed', 'unknown'])).toBe(
    'Ingen av 2 parter har ett känt beslut. 1 står bakom utan beslut. För 1 är läget inte känt.',
  )
})
