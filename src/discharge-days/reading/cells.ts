import { type Day, monthNames } from '../../kernel/dates.ts'
import { type Period, parsePeriod, periodOf } from '../periods.ts'

/** Why a row is rejected; the words are in texts.ts. */
export const reasons = [
  'missing',
  'not-a-date',
  'date-too-early',
  'date-in-future',
  'discharged-before-ready',
  'unknown-municipality',
  'unknown-administration',
  'duplicate-episode',
  'not-a-period',
  'period-too-long',
  'mixed-periods',
  'not-a-whole-number',
  'too-large',
  'days-without-episodes',
  'too-many-late-days',
  'duplicate-cell',
  'sum-differs',
] as const
export type Reason = (typeof reasons)[number]

/** A reason as the negative answer of {@link Remembered}. */
export const refused = (reason: Reason): number => -1 - reasons.indexOf(reason)
export const reasonOf = (answer: number): Reason => reasons[-1 - answer] ?? 'missing'

/**
 * The number of a calendar day: days since 1970-01-01, counted on the calendar alone (Howard Hinnant's
 * days_from_civil), so that no clock change can shift it.
 */
export function dayNumber(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

export const numberOfDay = (day: Day): number =>
  dayNumber(Number(day.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8, 10)))

/** Months since year 0 of a day number: what a discharge is counted under. */
export function monthNumber(number: number): number {
  const date = new Date(number * 86_400_000)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

export const monthOfNumber = (month: number): Day =>
  `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01` as Day

/** Reads '2025-11-03', '20251103' or '2025-11-03 14:20[:05]' as a day number; the time of day does not matter. */
export function readDay(text: string): number | null {
  const parts = /^(\d{4})(-?)(\d{2})\2(\d{2})(?:[ T]\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,6})?)?)?$/.exec(text)
  if (parts === null) return null
  const [year, month, day] = [Number(parts[1]), Number(parts[3]), Number(parts[4])]
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null
  return dayNumber(year, month, day)
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** Reads '2025-11', '202511', '2025-Q4', '2025Q4', 'kv 4 2025', 'november 2025' or a spreadsheet's 2025-11-01. */
export function readPeriod(text: string): Period | null {
  const plain = text.toLowerCase()
  const whole = /^(20\d{2})-?(0[1-9]|1[0-2])(?:-01)?$/.exec(plain)
  if (whole) return parsePeriod(`${whole[1]}-${whole[2]}`)
  const quarter =
    /^(20\d{2})[ -]?(?:q|kv)[ .]?([1-4])$/.exec(plain) ?? /^(?:q|kv|kvartal) ?([1-4])[ ,]*(20\d{2})$/.exec(plain)
  if (quarter) {
    const [year, number] = Number(quarter[1]) > 4 ? [quarter[1], quarter[2]] : [quarter[2], quarter[1]]
    return parsePeriod(`${year}-Q${number}`)
  }
  const named = /^(\p{L}{3,9})\.? (20\d{2})$/u.exec(plain)
  if (named) {
    const month = monthNames.findIndex((name) => name === named[1] || name.slice(0, 3) === named[1])
    return month === -1 ? null : periodOf('month', `${named[2]}-${String(month + 1).padStart(2, '0')}-01` as Day)
  }
  return null
}

/** Most episodes or days that a summary can state: far more than a country has, and sums of them stay exact. */
const mostCounted = 1_000_000_000

/** Reads a whole number with or without spaces between the thousands: '1 234'. */
export function readCount(text: string): number | Reason {
  const plain = text.replace(/(?<=\d)[\s\u00a0\u2009\u202f](?=\d{3}(?!\d))/g, '').replace(/[,.]0{1,2}$/, '')
  if (!/^\d+$/.test(plain)) return 'not-a-whole-number'
  return plain.length > 10 || Number(plain) > mostCounted ? 'too-large' : Number(plain)
}

/** The names by which files call the places of the county. Numbers are positions in the given lists. */
export type PlaceNames = {
  municipality: (text: string) => Place | null
  administration: (text: string) => number | null
}

/** Where an episode's person lives: a municipality (its id), elsewhere, or, in summaries, the county as a whole. */
export type Place = number | 'outside' | 'county'

const outsideNames = [
  'utomlans',
  'utomlan',
  'utomlanspatient',
  'utomlanspatienter',
  'utomlanet',
  'annatlan',
  'andralan',
  'ovriga',
  'outofcounty',
]
const countyNames = ['lanet', 'helalanet', 'totalt', 'total', 'summa', 'allakommuner', 'county']

/** Letters and digits only, å ä ö kept apart: 'Oskarshamns kommun' → 'oskarshamnskommun'. */
const plainName = (text: string) =>
  text
    .normalize('NFC')
    .toLocaleLowerCase('sv')
    .replace(/[^\p{L}\p{N}]/gu, '')

const folded = (name: string) => name.normalize('NFKD').replace(/\p{M}/gu, '')

export function placeNames(
  municipalities: readonly { id: number; slug: string; name: string; shortName: string; code: string }[],
  administrations: readonly { id: number; slug: string; name: string; shortName: string }[],
): PlaceNames {
  const places = new Map<string, Place>()
  for (const { id, slug, name, shortName, code } of municipalities) {
    const bare = plainName(shortName)
    const full = plainName(name)
    for (const word of [
      bare,
      `${bare}s`,
      `${bare}kommun`,
      `${bare}skommun`,
      full,
      full.replace(/kommun$/, ''),
      plainName(slug),
    ]) {
      places.set(word, id)
    }
    if (code) {
      places.set(code, id)
      // A spreadsheet drops the zero that a code begins with.
      places.set(code.replace(/^0/, ''), id)
    }
  }
  const owners = new Map<string, number>()
  for (const { id, slug, name, shortName } of administrations) {
    for (const word of [shortName, name, slug]) owners.set(plainName(word), id)
  }
  return {
    municipality(text) {
      const word = plainName(text)
      const found = places.get(word)
      if (found !== undefined) return found
      if (word === '' || countyNames.includes(folded(word))) return 'county'
      return outsideNames.includes(folded(word)) ? 'outside' : null
    },
    administration: (text) => owners.get(plainName(text)) ?? null,
  }
}
