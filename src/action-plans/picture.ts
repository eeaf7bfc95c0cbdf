import { scaleLinear } from 'd3-scale'
import type { Validity } from '../db/ranges.ts'
import { addDays, type Day, daysBetween, lastDayOf, type Precision, yearOf } from '../kernel/dates.ts'
import type { MilestoneStanding } from './rules.ts'

/** Something on a day, or somewhere in a vaguer period, in its own row of the picture. */
export type Mark = {
  on: Day
  precision: Precision
  label: string
  standing: MilestoneStanding | 'decision' | 'follow_up'
}

type Row = {
  label: string
  labelX: number
  labelY: number
  anchor: 'start' | 'end'
  y: number
  /** The whole of a vaguer period; null for a day. */
  span: { x: number; width: number } | null
  x: number
  standing: Mark['standing']
}

/** A timeline as geometry: views/action-plans/_picture.eta draws it. Lengths are in the drawing's own units. */
export type Picture = {
  title: string
  description: string
  width: number
  height: number
  period: { x: number; width: number; label: string; labelX: number }
  years: readonly { x: number; text: string }[]
  quarters: readonly number[]
  rows: readonly Row[]
  /** The day that the page shows, when the picture reaches it. */
  day: { x: number; text: string; anchor: 'start' | 'end' } | null
}

const width = 720
const edge = 12
const top = 64
const rowHeight = 46

/** Draws marks along the period of a plan, in the order of their days. Null when there is nothing to draw. */
export function pictureOf(given: {
  title: string
  period: Validity
  periodText: string
  marks: readonly Mark[]
  day: Day
  dayText: string
}): Picture | null {
  const { period, day } = given
  if (period.from === null || period.to === null || given.marks.length === 0) return null
  const marks = [...given.marks].sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0))
  const ends = marks.map(({ on, precision }) => addDays(lastDayOf(on, precision), 1))
  const first = marks.reduce((least, { on }) => (on < least ? on : least), period.from)
  const last = ends.reduce((most, end) => (end > most ? end : most), period.to)
  const scale = scaleLinear([0, daysBetween(first, last)], [edge, width - edge])
  const at = (of: Day) => Math.round(scale(daysBetween(first, of)) * 10) / 10
  const height = top + marks.length * rowHeight + 8
  const years: Picture['years'][number][] = []
  const quarters: number[] = []
  for (let year = yearOf(first); year <= yearOf(last); year += 1) {
    for (const month of ['01', '04', '07', '10']) {
      const start = `${year}-${month}-01` as Day
      if (start < first || start >= last) continue
      if (month === '01') years.push({ x: at(start), text: String(year) })
      else quarters.push(at(start))
    }
  }
  return {
    title: given.title,
    description: `${given.periodText}. ${marks.map(({ label }) => label).join('. ')}.`,
    width,
    height,
    period: {
      x: at(period.from),
      width: Math.round((at(period.to) - at(period.from)) * 10) / 10,
      label: given.periodText,
      labelX: at(period.from) + 8,
    },
    years,
    quarters,
    rows: marks.map(({ on, precision, label, standing }, place) => {
      const vague = precision !== 'day'
      const x = at(on)
      const end = at(addDays(lastDayOf(on, precision), 1))
      const y = top + place * rowHeight + 30
      // The words stand above the mark, towards the side where there is room for them.
      const right = x > width * 0.55
      return {
        label,
        labelX: right ? Math.min(end, width - edge) : x,
        labelY: y - 14,
        anchor: right ? 'end' : 'start',
        y,
        span: vague ? { x, width: Math.max(end - x, 4) } : null,
        x: vague ? (x + end) / 2 : x,
        standing,
      } satisfies Row
    }),
    day:
      day >= first && day < last
        ? { x: at(day), text: given.dayText, anchor: at(day) > width * 0.7 ? 'end' : 'start' }
        : null,
  }
}
