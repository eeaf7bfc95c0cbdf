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
  // A day that does not exist is counted on into the next month.
  return toDay(at(text)) === text ? (text as Day) : null
}

/** The same as parseDay for text that must be a day; throws RangeError otherwise. */
export function day(text: string): Day {
  const parsed = parseDay(text)
  if (parsed === null) throw new RangeError(`not a day: ${text}`)
  return parsed
}

/** The day it is in Stockholm at the given instant. */
export function stockholmToday(now: Date = new Date()): Day {
  const { year, month, day: ofMonth } = wallClock(now)
  return toDay(utc(Number(year), Number(month), Number(ofMonth)))
}

export function addDays(from: Day, days: number): Day {
  return toDay(at(from) + days * millisecondsADay)
}

/** Adds calendar months; the 31st becomes the last day of a shorter month. */
export function addMonths(from: Day, months: number): Day {
  const [year, month, ofMonth] = partsOf(from)
  const last = new Date(utc(year, month + months + 1, 0)).getUTCDate()
  return toDay(utc(year, month + months, Math.min(ofMonth, last)))
}

/** Whole days from the first day to the second; negative when the second comes first. */
export function daysBetween(from: Day, to: Day): number {
  return (at(to) - at(from)) / millisecondsADay
}

export function yearOf(of: Day): number {
  return partsOf(of)[0]
}

/** '12 december 2025' */
export function dayText(of: Day): string {
  const [year, month, ofMonth] = partsOf(of)
  return `${ofMonth} ${monthNames[month - 1]} ${year}`
}

/** 'fredag 12 december 2025' */
export function weekdayText(of: Day): string {
  return `${weekdayNames[new Date(at(of)).getUTCDay()]} ${dayText(of)}`
}

/** '12 december 2025', 'januari 2026', 'hösten 2023', 'vintern 2025/2026', 'kvartal 4 2025', 'första halvåret 2026', '2025' */
export function dateText(of: Day, precision: Precision): string {
  const [year, month] = partsOf(firstDayOf(of, precision))
  switch (precision) {
    case 'day':
      return dayText(of)
    case 'month':
      return `${monthNames[month - 1]} ${year}`
    case 'season':
      return month === 12
        ? `vintern ${year}/${year + 1}`
        : `${{ 3: 'våren', 6: 'sommaren', 9: 'hösten' }[month]} ${year}`
    case 'quarter':
      return `kvartal ${(month + 2) / 3} ${year}`
    case 'half_year':
      return `${month === 1 ? 'första' : 'andra'} halvåret ${year}`
    case 'year':
      return String(year)
  }
}

/** The first day of the period that the day falls in. January and February belong to the winter that began in December. */
export function firstDayOf(of: Day, precision: Precision): Day {
  const [year, month] = partsOf(of)
  switch (precision) {
    case 'day':
      return of
    case 'month':
      return toDay(utc(year, month, 1))
    case 'season':
      return toDay(utc(year, month - (month % 3), 1))
    case 'quarter':
      return toDay(utc(year, month - ((month - 1) % 3), 1))
    case 'half_year':
      return toDay(utc(year, month <= 6 ? 1 : 7, 1))
    case 'year':
      return toDay(utc(year, 1, 1))
  }
}

/** How many months a period has. */
export const monthsIn = { month: 1, season: 3, quarter: 3, half_year: 6, year: 12 }

/** The last day of the period: what 'hösten 2023' must be past before it is late. */
export function lastDayOf(of: Day, precision: Precision): Day {
  if (precision === 'day') return of
  const [year, month] = partsOf(firstDayOf(of, precision))
  return toDay(utc(year, month + monthsIn[precision], 0))
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
  const { year, month, day: ofMonth, hour, minute } = wallClock(moment)
  return `${Number(ofMonth)} ${monthNames[Number(month) - 1]} ${Number(year)} kl. ${hour}.${minute}`
}

// A page says hundreds of dates: they are counted by hand, which is many times quicker than with a library's objects.

/** From January on. */
export const monthNames = [
  'januari',
  'februari',
  'mars',
  'april',
  'maj',
  'juni',
  'juli',
  'augusti',
  'september',
  'oktober',
  'november',
  'december',
]
const weekdayNames = ['söndag', 'måndag', 'tisdag', 'onsdag', 'torsdag', 'fredag', 'lördag']
const millisecondsADay = 24 * 60 * 60 * 1000

const clocks = new Intl.DateTimeFormat('sv-SE', {
  timeZone: zone,
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
})

function wallClock(moment: Date): Partial<Record<Intl.DateTimeFormatPartTypes, string>> {
  return Object.fromEntries(clocks.formatToParts(moment).map(({ type, value }) => [type, value]))
}

/** Year, month (1–12) and day of the month. */
function partsOf(of: string): [number, number, number] {
  return [Number(of.slice(0, 4)), Number(of.slice(5, 7)), Number(of.slice(8, 10))]
}

// Days are counted in UTC, where every day is 24 hours; the Stockholm zone only decides which day an instant falls on.
function at(of: string): number {
  return utc(...partsOf(of))
}

const utc = (year: number, month: number, ofMonth: number) => Date.UTC(year, month - 1, ofMonth)

function toDay(milliseconds: number): Day {
  const date = new Date(milliseconds)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${String(date.getUTCFullYear()).padStart(4, '0')}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}` as Day
}
