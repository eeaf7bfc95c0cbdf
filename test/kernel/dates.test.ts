import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addDays,
  addMonths,
  type Day,
  dateText,
  day,
  daysBetween,
  dayText,
  firstDayOf,
  lastDayOf,
  momentText,
  type Precision,
  parseDay,
  stockholmToday,
  timeText,
  weekdayText,
} from '../../src/kernel/dates.ts'

const precisions: readonly Precision[] = ['day', 'month', 'season', 'quarter', 'half_year', 'year']
const anyDay = fc.integer({ min: 0, max: 150_000 }).map((number) => addDays(day('1900-01-01'), number))

describe('a day is read', () => {
  test.each(['2025-12-12', '2024-02-29', '2000-02-29', '1000-01-01', '9999-12-31'])('%s exists', (text) => {
    expect(parseDay(text)).toBe(text)
  })

  test.each([
    '2025-02-29',
    '1900-02-29',
    '2025-13-01',
    '2025-00-10',
    '2025-04-31',
    '0999-12-31',
    '2025-1-1',
    '20251212',
    '2025-12-12T00:00',
    ' 2025-12-12',
    '2025-12-12\n',
    '12 december 2025',
    '',
  ])('%j is no day', (text) => {
    expect(parseDay(text)).toBeNull()
  })

  test('what must be a day and is not, stops the work', () => {
    expect(() => day('igår')).toThrow(RangeError)
  })
})

describe('the day it is in Stockholm', () => {
  test.each([
    ['an hour before midnight in winter is still the same day', '2025-12-12T22:59:59Z', '2025-12-12'],
    ['midnight in winter is 23.00 in UTC', '2025-12-12T23:00:00Z', '2025-12-13'],
    ['midnight in summer is 22.00 in UTC', '2025-06-30T22:00:00Z', '2025-07-01'],
    ['the short night, before the clocks go forward', '2026-03-28T23:00:00Z', '2026-03-29'],
    ['the short night, an hour before midnight', '2026-03-29T21:59:59Z', '2026-03-29'],
    ['the long night, before the clocks go back', '2025-10-25T22:00:00Z', '2025-10-26'],
    ['the long night, an hour before midnight', '2025-10-26T22:59:59Z', '2025-10-26'],
    ['the turn of the year', '2025-12-31T23:00:00Z', '2026-01-01'],
  ])('%s', (_case, instant, expected) => {
    expect(stockholmToday(new Date(instant))).toBe(expected)
  })
})

describe('days are counted as calendar days', () => {
  test.each([
    ['over the night with 23 hours', '2026-03-28', '2026-03-30', 2],
    ['over the night with 25 hours', '2025-10-25', '2025-10-27', 2],
    ['over a leap day', '2024-02-28', '2024-03-01', 2],
    ['over the same dates in a common year', '2025-02-28', '2025-03-01', 1],
    ['the same day is none', '2025-12-12', '2025-12-12', 0],
    ['backwards is negative', '2025-12-12', '2025-12-01', -11],
  ])('%s', (_case, from, to, days) => {
    expect(daysBetween(day(from), day(to))).toBe(days)
    expect(addDays(day(from), days)).toBe(to)
  })

  test('adding days and counting them agree, for any day', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: -5000, max: 5000 }), (from, days) => {
        expect(daysBetween(from, addDays(from, days))).toBe(days)
      }),
    )
  })

  test('a month after the 31st of January is the last of February', () => {
    expect(addMonths(day('2025-01-31'), 1)).toBe('2025-02-28')
    expect(addMonths(day('2024-01-31'), 1)).toBe('2024-02-29')
  })
})

describe('dates are written as exactly as they are known', () => {
  test.each<[string, Precision, string]>([
    ['2025-12-12', 'day', '12 december 2025'],
    ['2026-01-01', 'month', 'januari 2026'],
    ['2023-03-01', 'season', 'våren 2023'],
    ['2023-06-01', 'season', 'sommaren 2023'],
    ['2023-09-01', 'season', 'hösten 2023'],
    ['2025-12-01', 'season', 'vintern 2025/2026'],
    ['2026-02-14', 'season', 'vintern 2025/2026'],
    ['2025-10-01', 'quarter', 'kvartal 4 2025'],
    ['2026-01-01', 'half_year', 'första halvåret 2026'],
    ['2026-07-01', 'half_year', 'andra halvåret 2026'],
    ['2025-01-01', 'year', '2025'],
  ])('%s as %s is "%s"', (text, precision, expected) => {
    expect(dateText(day(text), precision)).toBe(expected)
  })

  test('days, weekdays, times and moments read as in Swedish minutes', () => {
    expect(dayText(day('2025-02-01'))).toBe('1 februari 2025')
    expect(weekdayText(day('2025-12-12'))).toBe('fredag 12 december 2025')
    expect(timeText('09:00:00')).toBe('09.00')
    expect(momentText(new Date('2025-12-12T09:05:00Z'))).toBe('12 december 2025 kl. 10.05')
    expect(momentText(new Date('2025-06-12T09:05:00Z'))).toBe('12 juni 2025 kl. 11.05')
  })
})

describe('a period is over after its last day', () => {
  test.each<[string, Precision, string]>([
    ['2025-12-12', 'day', '2025-12-12'],
    ['2024-02-01', 'month', '2024-02-29'],
    ['2023-09-01', 'season', '2023-11-30'],
    ['2023-12-01', 'season', '2024-02-29'],
    ['2025-10-01', 'quarter', '2025-12-31'],
    ['2026-01-01', 'half_year', '2026-06-30'],
    ['2026-01-01', 'year', '2026-12-31'],
  ])('%s as %s ends %s', (text, precision, expected) => {
    expect(lastDayOf(day(text), precision)).toBe(expected)
  })

  test('every day lies in its own period, and the day after the last begins the next', () => {
    fc.assert(
      fc.property(anyDay, fc.constantFrom(...precisions), (of: Day, precision) => {
        const first = firstDayOf(of, precision)
        const last = lastDayOf(of, precision)
        expect(first <= of && of <= last).toBe(true)
        expect(firstDayOf(last, precision)).toBe(first)
        expect(firstDayOf(addDays(last, 1), precision)).toBe(addDays(last, 1))
      }),
    )
  })
})
