import { z } from 'zod'
import type { Reader } from '../db/database.ts'
import { type Problem, readForm } from '../http/forms.ts'
import type { PageHead } from '../http/view.ts'
import { addMonths, type Day } from '../kernel/dates.ts'
import { readNumber, swedishNumber } from '../kernel/numbers.ts'
import { counted } from '../kernel/text.ts'
import { dischargeWhatIfPath } from '../kernel/urls.ts'
import { latestPeriod, openBooks } from './figures.ts'
import { basePeriods, judgementOn } from './parameters.ts'
import { firstMonth, type Period, parsePeriod, periodCode, periodText } from './periods.ts'
import { type Administration, histograms, measuredPlaces } from './queries.ts'
import { type Counts, countHistogram, isExceeded, type Judgement, type PaymentMode, payableDays } from './rules.ts'
import { roomCrumb, section } from './rules-page.ts'
import { marked, type TableModel } from './tables.ts'
import { choiceNames, exampleMark } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'discharge-days/what-if': WhatIfPage
  }
}

/** The rules that one may try others for. */
export type TriedRules = { indicator: string; firstPayableDay: number; paymentMode: PaymentMode }

export type WhatIfRow = {
  municipality: string
  /** Base periods with episodes. */
  periods: number
  exceeded: { today: number; tried: number }
  payable: { today: number | null; tried: number | null }
}

/**
 * What would have been, had other rules applied: per municipality, how many base periods would have been over and how
 * many days payable, beside the rules that did apply. Exact, since the histograms answer for every first payable day; a
 * period that came as a summary only tells its late days for day four.
 */
export async function tryRules(
  db: Reader,
  administration: Administration,
  span: { from: Day; to: Day },
  tried: TriedRules,
): Promise<WhatIfRow[]> {
  const books = await openBooks(db, span)
  const counted = await histograms(db, administration.id, span)
  const periods = basePeriods(books.values, administration.id, span.from, span.to)
  const publications = books.publications.filter(
    (publication) => publication.current && publication.administrationId === administration.id,
  )
  return books.municipalities.map((municipality) => {
    const row: WhatIfRow = {
      municipality: municipality.shortName,
      periods: 0,
      exceeded: { today: 0, tried: 0 },
      payable: { today: 0, tried: 0 },
    }
    for (const period of periods) {
      const publication = publications.find(({ from, to }) => from === period.from && to === period.to)
      const stored = publication?.figures.find(({ municipalityId }) => municipalityId === municipality.id)
      if (stored === undefined || stored.episodes === 0) continue
      const judgement = judgementOn(books.values, administration.id, period.to)
      const other: Judgement = { ...judgement, ...tried, comparison: judgement.comparison ?? 'over' }
      const own = counted.filter(
        ({ municipalityId, month }) => municipalityId === municipality.id && month >= period.from && month <= period.to,
      )
      const histogram = new Map<number, number>()
      for (const { days, episodes } of own) histogram.set(days, (histogram.get(days) ?? 0) + episodes)
      const exact = countHistogram(histogram, tried.firstPayableDay)
      // A summary has no histogram, so only what it says of its own first payable day is known.
      const counts: Counts =
        exact.episodes === stored.episodes
          ? exact
          : { ...stored, lateDays: tried.firstPayableDay === judgement.firstPayableDay ? stored.lateDays : null }
      row.periods += 1
      if (isExceeded(stored, judgement)) row.exceeded.today += 1
      if (isExceeded(counts, other)) row.exceeded.tried += 1
      row.payable.today = plus(row.payable.today, payableDays(stored, judgement.paymentMode, judgement))
      row.payable.tried = plus(row.payable.tried, payableDays(counts, tried.paymentMode, other))
    }
    return row
  })
}

const plus = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b)

const period = (text: string) => {
  const read = parsePeriod(text.trim())
  return read !== null && read.from >= firstMonth ? read : null
}

const form = z.object({
  forvaltning: z.string(),
  indikator: z.string().transform((text, context) => {
    const value = readNumber(text)
    if (value === null || value.startsWith('-') || Number(value) > 100 || (value.split('.')[1]?.length ?? 0) > 4) {
      context.addIssue({ code: 'custom', message: 'Skriv indikatorn som ett tal, till exempel 0,8.' })
      return z.NEVER
    }
    return value
  }),
  dag: z
    .string()
    .regex(/^\d{1,2}$/, 'Skriv första betalningsdagen som ett helt tal, till exempel 4.')
    .transform(Number)
    .refine((day) => day >= 1, 'Första betalningsdagen är minst 1.'),
  lasning: z.enum(['every_episode', 'only_when_exceeded'], 'Välj ett av alternativen.'),
  fran: z.string().refine((text) => period(text) !== null, 'Skriv en period, till exempel 2025-01 eller 2025.'),
  till: z.string().refine((text) => period(text) !== null, 'Skriv en period, till exempel 2025-12 eller 2025.'),
})

export type WhatIfPage = {
  head: PageHead
  path: string
  problems: readonly Problem[]
  typed: Readonly<Record<'forvaltning' | 'indikator' | 'dag' | 'lasning' | 'fran' | 'till', string>>
  administrations: readonly { code: string; name: string }[]
  modes: readonly { value: string; text: string }[]
  answer: string | null
  table: TableModel | null
  example: string | null
}

/** The page for the yearly revision of the indicator. The query holds the rules, so that a try can be shared. */
export async function whatIfPage(
  db: Reader,
  query: Readonly<Record<string, unknown>>,
  today: Day,
): Promise<WhatIfPage> {
  const { administrations: measured } = await measuredPlaces(db)
  const asked = Object.keys(query).length > 0
  const typed = Object.fromEntries(
    Object.entries(await defaults(db, measured, String(query.forvaltning ?? ''), today)).map(([name, value]) => [
      name,
      typeof query[name] === 'string' ? query[name] : value,
    ]),
  ) as WhatIfPage['typed']
  const read = readForm(form, typed)
  const administration = measured.find(({ code }) => code === typed.forvaltning)
  const from = period(typed.fran)
  const to = period(typed.till)
  const problems: Problem[] = !asked || read.ok ? [] : [...read.problems]
  if (asked && administration === undefined) problems.push({ field: 'forvaltning', text: 'Välj en förvaltning.' })
  if (asked && from !== null && to !== null && to.to < from.from)
    problems.push({ field: 'till', text: 'Den sista perioden är före den första.' })
  const page: WhatIfPage = {
    head: { title: 'Pröva andra regler', section, crumbs: [roomCrumb, { text: 'Pröva andra regler' }], hidden: true },
    path: dischargeWhatIfPath,
    problems,
    typed,
    administrations: measured.map(({ code, name }) => ({ code, name })),
    modes: (['every_episode', 'only_when_exceeded'] as const).map((value) => ({
      value,
      text: choiceNames[value] ?? value,
    })),
    answer: null,
    table: null,
    example: null,
  }
  if (!read.ok || problems.length > 0 || administration === undefined || from === null || to === null) return page
  const span = { from: from.from, to: to.to }
  const rows = await tryRules(db, administration, span, {
    indicator: read.values.indikator,
    firstPayableDay: read.values.dag,
    paymentMode: read.values.lasning,
  })
  const sum = (of: (row: WhatIfRow) => number | null) => rows.reduce<number | null>((all, row) => plus(all, of(row)), 0)
  const shown = (count: number | null) => ({ text: count === null ? '–' : swedishNumber(count) })
  const total: WhatIfRow = {
    municipality: 'Hela länet',
    periods: sum(({ periods }) => periods) ?? 0,
    exceeded: { today: sum(({ exceeded }) => exceeded.today) ?? 0, tried: sum(({ exceeded }) => exceeded.tried) ?? 0 },
    payable: { today: sum(({ payable }) => payable.today), tried: sum(({ payable }) => payable.tried) },
  }
  const books = await openBooks(db, span)
  const example = books.publications.some(
    (one) => one.current && one.example && one.administrationId === administration.id,
  )
  return {
    ...page,
    example: example ? exampleMark : null,
    answer: `Med de prövade reglerna hade ${counted(total.exceeded.tried, 'kommunperiod', 'kommunperioder')} av ${swedishNumber(total.periods)} varit över indikatorn (i dag ${swedishNumber(total.exceeded.today)}), och ${total.payable.tried === null ? 'antalet betalningsdagar går inte att räkna ut' : counted(total.payable.tried, 'dag hade', 'dagar hade')}${total.payable.tried === null ? '' : ` varit betalningsdagar (i dag ${total.payable.today === null ? 'inte känt' : swedishNumber(total.payable.today)})`}.`,
    table: {
      caption: marked(
        example,
        `${administration.shortName}, ${periodText(from)} till ${periodText(to)}: reglerna som gällde och de prövade`,
      ),
      columns: [
        { text: 'Kommun' },
        { text: 'Perioder', numeric: true },
        { text: 'Över, reglerna som gällde', numeric: true },
        { text: 'Över, prövade', numeric: true },
        { text: 'Betalningsdagar, reglerna som gällde', numeric: true },
        { text: 'Betalningsdagar, prövade', numeric: true },
      ],
      rows: [...rows, total].map((row) => [
        { text: row.municipality },
        shown(row.periods),
        shown(row.exceeded.today),
        shown(row.exceeded.tried),
        shown(row.payable.today),
        shown(row.payable.tried),
      ]),
    },
  }
}

async function defaults(
  db: Reader,
  measured: readonly Administration[],
  code: string,
  today: Day,
): Promise<WhatIfPage['typed']> {
  const administration = measured.find((one) => one.code === code) ?? measured[0]
  const books = await openBooks(db, { from: addMonths(today, -36), to: today })
  const latest: Period | null = administration ? latestPeriod({ ...books, county: [] }, administration, today) : null
  const judgement = administration ? judgementOn(books.values, administration.id, latest?.to ?? today) : null
  const year = latest?.from.slice(0, 4) ?? today.slice(0, 4)
  return {
    forvaltning: administration?.code ?? '',
    indikator: swedishNumber(judgement?.indicator ?? '0.8'),
    dag: String(judgement?.firstPayableDay ?? 4),
    lasning: judgement?.paymentMode ?? 'every_episode',
    fran: year,
    till: latest === null ? year : periodCode(latest),
  }
}
