import type { Day } from '../kernel/dates.ts'

const months = 'januari februari mars april maj juni juli augusti september oktober november december'.split(' ')

/** The day that '2025-03-14' or '14 mars 2025' names; null when there is no such day. */
export function dayOf(text: string): Day | null {
  const words = /^(\d{1,2})\s+(\p{L}+)\s+(\d{4})$/u.exec(text)
  const month = months.indexOf(words?.[2]?.toLowerCase() ?? '') + 1
  const iso = words ? `${words[3]}-${String(month).padStart(2, '0')}-${words[1]?.padStart(2, '0')}` : text
  const date = new Date(`${iso}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso) ? (iso as Day) : null
}
