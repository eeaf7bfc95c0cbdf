/** Dates that are known to a month, a season or a year, as people write them. The way back from dateText(). */
import { type Day, firstDayOf, monthNames, type Precision, parseDay } from './dates.ts'

export type VagueDate = { on: Day; precision: Precision }

const seasons: Readonly<Record<string, string>> = { vår: '03', sommar: '06', höst: '09', vinter: '12' }
const halves: Readonly<Record<string, string>> = { första: '01', andra: '07' }

/**
 * Reads '2025-12-12', '12 december 2025', '2025-12', 'december 2025', 'hösten 2025', 'vintern 2025/2026',
 * 'kvartal 4 2025', 'första halvåret 2026' and '2025'. Null for anything else.
 */
export function readVagueDate(text: string): VagueDate | null {
  const plain = text.trim().toLowerCase().replace(/\s+/g, ' ')
  for (const { pattern, precision, day } of ways) {
    const found = pattern.exec(plain)
    if (!found) continue
    const on = parseDay(day(found as unknown as readonly string[]))
    return on === null ? null : { on: firstDayOf(on, precision), precision }
  }
  return null
}

type Way = { pattern: RegExp; precision: Precision; day: (found: readonly string[]) => string }

const two = (number: number | string) => String(number).padStart(2, '0')
const monthNumber = (name = '') => two(monthNames.indexOf(name) + 1)

const ways: readonly Way[] = [
  { pattern: /^\d{4}-\d{2}-\d{2}$/, precision: 'day', day: ([whole = '']) => whole },
  {
    pattern: /^(\d{1,2}) ([a-zåäö]+) (\d{4})$/,
    precision: 'day',
    day: ([, day = '', month, year]) => `${year}-${monthNumber(month)}-${two(day)}`,
  },
  { pattern: /^(\d{4})-(\d{2})$/, precision: 'month', day: ([whole]) => `${whole}-01` },
  {
    pattern: new RegExp(`^(${monthNames.join('|')}) (\\d{4})$`),
    precision: 'month',
    day: ([, month, year]) => `${year}-${monthNumber(month)}-01`,
  },
  {
    pattern: /^(vår|sommar|höst|vinter)(?:en|n)? (\d{4})(?:\/\d{4})?$/,
    precision: 'season',
    day: ([, season = '', year]) => `${year}-${seasons[season]}-01`,
  },
  {
    pattern: /^(?:kvartal|kv\.?) ?([1-4]) (\d{4})$/,
    precision: 'quarter',
    day: ([, quarter, year]) => `${year}-${two(Number(quarter) * 3 - 2)}-01`,
  },
  {
    pattern: /^(första|andra) halvåret (\d{4})$/,
    precision: 'half_year',
    day: ([, half = '', year]) => `${year}-${halves[half]}-01`,
  },
  { pattern: /^\d{4}$/, precision: 'year', day: ([year]) => `${year}-01-01` },
]
