import { DateTime } from 'luxon'

const zone = 'Europe/Stockholm'

/** A calendar day, 'YYYY-MM-DD'. Sorts and compares as text. */
export type Day = string & { readonly __day: never }

/**
 * How exactly a date is known. The stored day is the first day of the period: a season starts
 * 03-01 (spring), 06-01 (summer), 09-01 (autumn) or 12-01 (winter).
 */
export type Precision = 'day' | 'month' | 'season' | 'quarter' | 'half_year' | 'year'

/** Reads 'YYYY-MM-DD' (years 1000–9999). Null when it is not a day that exists. */
export function parseDay(text: string): Day | null {
  if (!/^[1-9]\d{3}-\d{2}-\d{2}$/.test(text)) return null
  return at(text).isValid ? (text as Day) : null
}

/** The same as parseDay for text that must be a day; throws RangeError otherwise. */
export function day(text: string): Day {
  const parsed = parseDay(text)
  if (parsed === null) throw new RangeError(`not a day: ${text}`)
  return parsed
}

/** The day it is in Stockholm at the given instant. */
export function stockholmToday(now: Date = new Date()): Day {
  return toDay(DateTime.fromJSDate(now, { zone }))
}

export function addDays(from: Day, days: number): Day {
  return toDay(at(from).plus({ days }))
}

/** Adds calendar months; the 31st becomes the last day of a shorter month. */
export function addMonths(from: Day, months: number): Day {
  return toDay(at(from).plus({ months }))
}

/** Whole days from the first day to the second; negative when the second comes first. */
export function daysBetween(from: Day, to: Day): number {
  return at(to).diff(at(from), 'days').days
}

export function yearOf(of: Day): number {
  return at(of).year
}

/** '12 december 2025' */
export function dayText(of: Day): string {
  return at(of).toFormat('d MMMM yyyy')
}

/** 'fredag 12 december 2025' */
export function weekdayText(of: Day): string {
  return at(of).toFormat('cccc d MMMM yyyy')
}

/** '12 december 2025', 'januari 2026', 'hösten 2023', 'vintern 2025/2026', 'kvartal 4 2025', 'första halvåret 2026', '2025' */
export function dateText(of: Day, precision: Precision): string {
  const start = at(firstDayOf(of, precision))
  switch (precision) {
    case 'day':
      return dayText(of)
    case 'month':
      return start.toFormat('MMMM yyyy')
    case 'season':
      return start.month === 12
        ? `vintern ${start.year}/${start.year + 1}`
        : `${{ 3: 'våren', 6: 'sommaren', 9: 'hösten' }[start.month]} ${start.year}`
    case 'quarter':
      return `kvartal ${start.quarter} ${start.year}`
    case 'half_year':
      return `${start.month === 1 ? 'första' : 'andra'} halvåret ${start.year}`
    case 'year':
      return String(start.year)
  }
}

/** The first day of the period that the day falls in. January and February belong to the winter that began in December. */
export function firstDayOf(of: Day, precision: Precision): Day {
  const date = at(of)
  switch (precision) {
    case 'day':
      return of
    case 'month':
      return toDay(date.startOf('month'))
    case 'season':
      return toDay(date.startOf('month').minus({ months: date.month % 3 }))
    case 'quarter':
      return toDay(date.startOf('quarter'))
    case 'half_year':
      return toDay(date.startOf('year').plus({ months: date.month <= 6 ? 0 : 6 }))
    case 'year':
      return toDay(date.startOf('year'))
  }
}

const monthsIn = { month: 1, season: 3, quarter: 3, half_year: 6, year: 12 }

/** The last day of the period: what 'hösten 2023' must be past before it is late. */
export function lastDayOf(of: Day, precision: Precision): Day {
  if (precision === 'day') return of
  return toDay(at(firstDayOf(of, precision)).plus({ months: monthsIn[precision] }).minus({ days: 1 }))
}

/** A time of day as stored ('10:00' or '10:00:00') the way minutes write it: '10.00'. */
export function timeText(time: string): string {
  return time.slice(0, 5).replace(':', '.')
}

/** When the clocks in Stockholm show the time ('10:00' or '10:00:00') on the day: for calendar files, which want luxon's own. */
export function atClock(of: Day, time: string): DateTime {
  return DateTime.fromISO(`${of}T${time.slice(0, 5)}`, { zone })
}

/** An instant on the wall clock in Stockholm: '12 december 2025 kl. 10.00'. */
export function momentText(moment: Date): string {
  return DateTime.fromJSDate(moment, { zone }).setLocale('sv').toFormat("d MMMM yyyy 'kl.' HH.mm")
}

// Days are counted in UTC, where every day is 24 hours; the Stockholm zone only decides which day an instant falls on.
function at(of: string): DateTime {
  return DateTime.fromISO(of, { zone: 'utc', locale: 'sv' })
}

function toDay(date: DateTime): Day {
  return date.toFormat('yyyy-MM-dd') as Day
}
