import { addMonths, type Day, dateText, day, lastDayOf, yearOf } from '../kernel/dates.ts'

export type PeriodKind = 'month' | 'quarter' | 'year'

/** A calendar period, both days included. */
export type Period = { kind: PeriodKind; from: Day; to: Day }

export const firstMonth = day('2018-01-01')

/** The period of the kind that the day falls in. */
export function periodOf(kind: PeriodKind, of: Day): Period {
  const month = Number(of.slice(5, 7))
  const first = kind === 'month' ? month : kind === 'quarter' ? month - ((month - 1) % 3) : 1
  const from = `${of.slice(0, 4)}-${String(first).padStart(2, '0')}-01` as Day
  return { kind, from, to: lastDayOf(from, kind) }
}

/** Reads '2025-11', '2025-Q4', '2025-kv4' or '2025' (years 2000–2099). Null for anything else. */
export function parsePeriod(text: string): Period | null {
  const parts = /^(20\d{2})(?:-(?:(0[1-9]|1[0-2])|(?:q|kv)([1-4])))?$/i.exec(text)
  if (!parts) return null
  const [, year, month, quarter] = parts
  if (month) return periodOf('month', `${year}-${month}-01` as Day)
  if (quarter) return periodOf('quarter', `${year}-${String(Number(quarter) * 3).padStart(2, '0')}-01` as Day)
  return periodOf('year', `${year}-01-01` as Day)
}

const quarterOf = (of: Day) => Math.ceil(Number(of.slice(5, 7)) / 3)

/** As data has it: '2025-11', '2025-Q4', '2025'. */
export function periodCode({ kind, from }: Period): string {
  if (kind === 'month') return from.slice(0, 7)
  return kind === 'quarter' ? `${from.slice(0, 4)}-Q${quarterOf(from)}` : from.slice(0, 4)
}

/** As addresses have it: '2025-11', '2025-kv4', '2025'. */
export const periodSlug = (period: Period) => periodCode(period).replace('-Q', '-kv')

/** 'november 2025', 'kvartal 4 2025', '2025' */
export const periodText = ({ kind, from }: Period) => dateText(from, kind)

/** For narrow places: 'nov 2025', 'kv 4 2025', '2025'. */
export function shortPeriodText(period: Period): string {
  if (period.kind === 'quarter') return `kv ${quarterOf(period.from)} ${period.from.slice(0, 4)}`
  if (period.kind === 'year') return period.from.slice(0, 4)
  const name = dateText(period.from, 'month').split(' ')[0] ?? ''
  return `${name.slice(0, 3)} ${period.from.slice(0, 4)}`
}

const monthsIn = { month: 1, quarter: 3, year: 12 }

/** The first days of the months in the period. */
export function monthsOf({ kind, from }: Period): Day[] {
  return Array.from({ length: monthsIn[kind] }, (_, place) => addMonths(from, place))
}

/** The period of the same kind so many steps later; negative: earlier. */
export function shifted(period: Period, steps: number): Period {
  return periodOf(period.kind, addMonths(period.from, monthsIn[period.kind] * steps))
}

export const yearPeriodOf = (of: Day) => periodOf('year', `${yearOf(of)}-01-01` as Day)

/** The periods of the kind from the one that holds the first day to the one that holds the last. */
export function periodsBetween(kind: PeriodKind, from: Day, to: Day): Period[] {
  const periods: Period[] = []
  for (let period = periodOf(kind, from); period.from <= to; period = shifted(period, 1)) periods.push(period)
  return periods
}
