import type { Day } from '../../kernel/dates.ts'
import { holdsPersonalNumber, mayHoldPersonalNumber } from '../../kernel/personal-number.ts'
import { firstMonth, monthsOf, type Period, type PeriodKind, periodOf } from '../periods.ts'
import { dischargeDays } from '../rules.ts'
import {
  monthNumber,
  monthOfNumber,
  numberOfDay,
  type Place,
  type PlaceNames,
  type Reason,
  readCount,
  readDay,
  readPeriod,
  reasonOf,
  refused,
} from './cells.ts'
import type { Columns } from './columns.ts'
import { type Fields, textOf } from './records.ts'
import { Rejections } from './rejections.ts'
import { Remembered, SeenIds } from './remembered.ts'
import { PersonalNumberFound } from './unusable.ts'

/** What a file says of one place in one month (or quarter, in summaries). */
export type ReadCell = {
  administrationId: number
  level: 'municipal' | 'county'
  /** Null: people from elsewhere, or the whole county. */
  municipalityId: number | null
  period: Period
  episodes: number
  days: number
  lateDays: number | null
  /** d → episodes; null in summaries. */
  histogram: ReadonlyMap<number, number> | null
}

/** What rows are counted with. */
export type CountingRules = {
  names: PlaceNames
  administrations: readonly { id: number }[]
  municipalities: readonly { id: number }[]
  today: Day
  /** How the administration is followed up in the month. */
  baseKind: (administrationId: number, month: Day) => PeriodKind | null
}

export type Counter = {
  row: (fields: Fields) => void
  accepted: number
  rejections: Rejections
  cells: () => ReadCell[]
}

/** The PIN check of one cell. */
function refusePersonalNumber(fields: Fields, column: number): void {
  if (!mayHoldPersonalNumber(fields.bytes, fields.starts[column] as number, fields.ends[column] as number)) return
  if (holdsPersonalNumber(textOf(fields, column))) throw personalNumberAt(fields.line, column)
}

/** The message names the place and never the value. */
export const personalNumberAt = (line: number, column: number) =>
  new PersonalNumberFound(
    `Rad ${line}, kolumn ${column + 1}: något ser ut som ett personnummer. Hela filen är avvisad och inget ur den har sparats. Ta bort personnumren och försök igen.`,
  )

/** Histogram places kept in the table; the few episodes with more days are in a map. */
const commonDays = 64

/** Counts episodes into histograms. Nothing of a row is kept but one more in a count. */
export function episodeCounter(columns: Columns, rules: CountingRules): Counter {
  const { municipality = -1, administration = -1, ready = -1, discharged = -1, episode = -1 } = columns
  const first = numberOfDay(firstMonth)
  const last = numberOfDay(rules.today)
  const firstMonthNumber = monthNumber(first)
  const months = monthNumber(last) - firstMonthNumber + 1
  const places: Place[] = [...rules.municipalities.map(({ id }) => id), 'outside']
  const owners = rules.administrations.map(({ id }) => id)

  const counts = new Uint32Array(owners.length * places.length * months * commonDays)
  const longer = new Map<number, Map<number, number>>()
  const seen = new SeenIds()
  const rejections = new Rejections()
  let accepted = 0
  // Where a value is resolved for the first time, for the message if it must be refused.
  let current: Fields | null = null
  let column = 0

  const checked = (text: string, answer: number) => {
    if (answer < 0 && current !== null && holdsPersonalNumber(text)) throw personalNumberAt(current.line, column)
    return answer
  }
  const municipalityOf = new Remembered((text) => {
    const place = text === '' ? null : rules.names.municipality(text)
    if (place === null || place === 'county')
      return checked(text, refused(text === '' ? 'missing' : 'unknown-municipality'))
    return places.indexOf(place)
  })
  const administrationOf = new Remembered((text) => {
    const id = rules.names.administration(text)
    return id === null ? checked(text, refused(text === '' ? 'missing' : 'unknown-administration')) : owners.indexOf(id)
  })
  const dayOf = new Remembered((text) => {
    if (text === '') return refused('missing')
    const number = readDay(text)
    if (number === null) return checked(text, refused('not-a-date'))
    return number < first ? refused('date-too-early') : number > last ? refused('date-in-future') : number
  })
  const months1970 = new Int16Array(last + 1)
  for (let number = first; number <= last; number += 1) months1970[number] = monthNumber(number) - firstMonthNumber

  const others = (count: number) => {
    const own = [municipality, administration, ready, discharged]
    return Array.from({ length: count }, (_, place) => place).filter((place) => !own.includes(place))
  }
  let width = 0
  let unread: number[] = []

  const ask = (memory: Remembered, fields: Fields, place: number): number => {
    if (place >= fields.count) return refused('missing')
    column = place
    return memory.of(fields.bytes, fields.starts[place] as number, fields.ends[place] as number)
  }

  const row = (fields: Fields) => {
    current = fields
    if (fields.count !== width) {
      width = fields.count
      unread = others(width)
    }
    for (const place of unread) refusePersonalNumber(fields, place)
    const place = ask(municipalityOf, fields, municipality)
    const owner = ask(administrationOf, fields, administration)
    const from = ask(dayOf, fields, ready)
    const to = ask(dayOf, fields, discharged)
    if (place < 0) return rejections.add(fields.line, municipality, reasonOf(place))
    if (owner < 0) return rejections.add(fields.line, administration, reasonOf(owner))
    if (from < 0) return rejections.add(fields.line, ready, reasonOf(from))
    if (to < 0) return rejections.add(fields.line, discharged, reasonOf(to))
    const days = dischargeDays(from, to)
    if (days === null) return rejections.add(fields.line, discharged, 'discharged-before-ready')
    if (episode !== -1 && episode < fields.count) {
      const start = fields.starts[episode] as number
      const end = fields.ends[episode] as number
      if (end > start && !seen.isNew(fields.bytes, start, end)) {
        return rejections.add(fields.line, episode, 'duplicate-episode')
      }
    }
    const cell = (owner * places.length + place) * months + (months1970[to] as number)
    if (days < commonDays) counts[cell * commonDays + days] = (counts[cell * commonDays + days] as number) + 1
    else {
      const histogram = longer.get(cell) ?? new Map<number, number>()
      longer.set(cell, histogram.set(days, (histogram.get(days) ?? 0) + 1))
    }
    accepted += 1
  }

  const cells = () => {
    const found: ReadCell[] = []
    for (let cell = 0; cell * commonDays < counts.length; cell += 1) {
      const histogram = new Map<number, number>()
      let episodes = 0
      let days = 0
      const add = (d: number, count: number) => {
        histogram.set(d, count)
        episodes += count
        days += d * count
      }
      for (let d = 0; d < commonDays; d += 1) {
        const count = counts[cell * commonDays + d] as number
        if (count > 0) add(d, count)
      }
      for (const [d, count] of [...(longer.get(cell) ?? [])].toSorted(([a], [b]) => a - b)) add(d, count)
      if (episodes === 0) continue
      const month = cell % months
      const place = places[Math.floor(cell / months) % places.length]
      found.push({
        administrationId: owners[Math.floor(cell / months / places.length)] ?? 0,
        level: 'municipal',
        municipalityId: typeof place === 'number' ? place : null,
        period: periodOf('month', monthOfNumber(firstMonthNumber + month)),
        episodes,
        days,
        lateDays: null,
        histogram,
      })
    }
    return found
  }

  return {
    row,
    get accepted() {
      return accepted
    },
    rejections,
    cells,
  }
}

type SummaryRow = Omit<ReadCell, 'histogram'> & { line: number }

/** Takes summaries as they are, each checked against itself and against the rest of the file. */
export function summaryCounter(columns: Columns, rules: CountingRules): Counter {
  const { municipality = -1, administration = -1, period = -1, episodes = -1, days = -1, lateDays = -1 } = columns
  const rejections = new Rejections()
  const taken = new Map<string, SummaryRow>()
  const quarters = new Set<string>()
  const months = new Set<string>()
  let accepted = 0

  const row = (fields: Fields) => {
    for (let column = 0; column < fields.count; column += 1) refusePersonalNumber(fields, column)
    const refuse = (column: number, reason: Reason) => rejections.add(fields.line, column, reason)
    const count = (column: number) => {
      const text = textOf(fields, column)
      return text === '' ? 'missing' : readCount(text)
    }
    const place = rules.names.municipality(textOf(fields, municipality))
    if (place === null) return refuse(municipality, 'unknown-municipality')
    const owner = rules.names.administration(textOf(fields, administration))
    if (owner === null)
      return refuse(administration, textOf(fields, administration) === '' ? 'missing' : 'unknown-administration')
    const span = readPeriod(textOf(fields, period))
    if (span === null) return refuse(period, textOf(fields, period) === '' ? 'missing' : 'not-a-period')
    if (span.from < firstMonth) return refuse(period, 'date-too-early')
    if (span.from > rules.today) return refuse(period, 'date-in-future')
    const base = rules.baseKind(owner, span.from)
    if (span.kind === 'quarter' && base !== 'quarter') return refuse(period, 'period-too-long')
    const other = span.kind === 'quarter' ? months : quarters
    if (monthsOf(span).some((month) => other.has(`${owner}/${month}`))) return refuse(period, 'mixed-periods')
    const n = count(episodes)
    if (typeof n !== 'number') return refuse(episodes, n)
    const d = count(days)
    if (typeof d !== 'number') return refuse(days, d)
    if (n === 0 && d > 0) return refuse(days, 'days-without-episodes')
    const late = lateDays === -1 || textOf(fields, lateDays) === '' ? null : count(lateDays)
    if (late !== null && typeof late !== 'number') return refuse(lateDays, late)
    // Every episode with late days has three days before them.
    if (late !== null && late > 0 && d < late + 3) return refuse(lateDays, 'too-many-late-days')
    const key = `${owner}/${place}/${span.from}`
    if (taken.has(key)) return refuse(municipality, 'duplicate-cell')
    for (const month of monthsOf(span)) (span.kind === 'quarter' ? quarters : months).add(`${owner}/${month}`)
    taken.set(key, {
      administrationId: owner,
      level: place === 'county' ? 'county' : 'municipal',
      municipalityId: typeof place === 'number' ? place : null,
      period: span,
      episodes: n,
      days: d,
      lateDays: late,
      line: fields.line,
    })
    accepted += 1
  }

  /** A total below its municipalities is a check of them, and no figure of its own. */
  const withoutTotals = () => {
    const rows = [...taken.values()]
    const kept: SummaryRow[] = []
    for (const total of rows) {
      const parts = rows.filter(
        (part) =>
          part.level === 'municipal' &&
          part.administrationId === total.administrationId &&
          part.period.from === total.period.from,
      )
      if (total.level === 'municipal' || parts.length === 0) {
        kept.push(total)
        continue
      }
      const sum = (of: readonly SummaryRow[], what: 'episodes' | 'days') =>
        of.reduce((all, part) => all + part[what], 0)
      const inside = parts.filter((part) => part.municipalityId !== null)
      const agrees = [inside, parts].some(
        (of) => sum(of, 'episodes') === total.episodes && sum(of, 'days') === total.days,
      )
      if (agrees) continue
      accepted -= 1
      rejections.add(total.line, episodes, 'sum-differs')
    }
    return kept
  }
  let final: SummaryRow[] | null = null

  return {
    row,
    get accepted() {
      final ??= withoutTotals()
      return accepted
    },
    get rejections() {
      final ??= withoutTotals()
      return rejections
    },
    cells() {
      final ??= withoutTotals()
      return final.map(({ line: _line, ...cell }) => ({ ...cell, histogram: null }))
    },
  }
}
