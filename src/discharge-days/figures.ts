import type { Reader } from '../db/database.ts'
import { type Day, stockholmToday } from '../kernel/dates.ts'
import { basePeriods, judgementOn, type ParameterValue, parameterValues } from './parameters.ts'
import { type Period, periodOf } from './periods.ts'
import {
  type Administration,
  type CountyFigure,
  currentCells,
  isFor,
  type Municipality,
  measuredPlaces,
  type Places,
  type PublishedPeriod,
  publications,
  publishedCountyFigures,
  publishedPeriods,
  type StoredPublication,
} from './queries.ts'
import { amount, average, type Counts, isExceeded, type Judgement, payableDays, pool, sumAmounts } from './rules.ts'

/** Who looks: the public sees what is published, members and coordinators see everything. */
export type Audience = 'public' | 'member'

/** One place in one period, as the audience may see it. Null: withheld, or not known. */
export type PlaceFigure = {
  suppressed: boolean
  episodes: number | null
  days: number | null
  /** Four decimals, decimal point. */
  average: string | null
  exceeded: boolean | null
  day4Days: number | null
  payableDays: number | null
  /** Payable days if the agreement is read the other way. */
  otherPayableDays: number | null
  /** SEK, two decimals, decimal point. */
  amount: string | null
}

export type Revision = {
  on: Day
  /** Null: the county. */
  municipality: Municipality | null
  before: Pick<Counts, 'episodes' | 'days'>
  after: Pick<Counts, 'episodes' | 'days'>
}

export type PeriodFigures = {
  administration: Administration
  period: Period
  judgement: Judgement
  municipalities: readonly { municipality: Municipality; figure: PlaceFigure }[]
  /** The twelve municipalities together; people from elsewhere are not among them. */
  county: PlaceFigure
  outOfCounty: PlaceFigure
  exampleData: boolean
  revisions: readonly Revision[]
  /** The sum that the county itself has published, if it has. */
  published: CountyFigure | null
  /** Base periods with figures, and how many the period has. */
  known: number
  of: number
  batchIds: readonly number[]
  /** When the figures were last decided. */
  changed: Date | null
}

/** All that the figures of one or many periods are made from, read at once. */
export type Books = {
  values: readonly ParameterValue[]
  administrations: readonly Administration[]
  municipalities: readonly Municipality[]
  county: readonly CountyFigure[]
  publications: readonly StoredPublication[]
}

type Span = { from: Day; to: Day }

/**
 * @param span the first days of the base periods that are wanted
 * @param code of the administration whose figures are wanted, and then no other has any; those of all when left out
 */
export async function openBooks(db: Reader, span: Span, code?: string): Promise<Books> {
  const [values, { countyMonths, ...where }, county] = await Promise.all([
    parameterValues(db),
    measuredPlaces(db),
    publishedCountyFigures(db),
  ])
  const [totals, decided] = await Promise.all([
    countyTotals(db, countyMonths),
    publications(
      db,
      where.administrations.filter((one) => code === undefined || one.code === code).map(({ id }) => id),
      span,
      'all',
    ),
  ])
  return { values, ...where, county: [...county, ...totals], publications: decided }
}

/**
 * The books of each administration's latest period alone, as {@link latestPeriod} tells it, for who asks no further back.
 * @param span the first days of the base periods that it is looked for in
 * @param own whether sums of the county's own count
 */
export async function openLatest(db: Reader, span: Span, today: Day, own: boolean): Promise<Books> {
  const [values, { countyMonths, ...where }, published, periods] = await Promise.all([
    parameterValues(db),
    measuredPlaces(db),
    own ? publishedCountyFigures(db) : [],
    publishedPeriods(db, span),
  ])
  const county = own ? [...published, ...(await countyTotals(db, countyMonths))] : []
  const first = where.administrations
    .flatMap((administration) => latestOf({ values, county, periods }, administration, today)?.from ?? [])
    .toSorted()
  const [from, to] = [first[0], first.at(-1)]
  const measured = where.administrations.map(({ id }) => id)
  return {
    values,
    ...where,
    county,
    publications: from === undefined || to === undefined ? [] : await publications(db, measured, { from, to }, 'all'),
  }
}

/** Sums for the whole county that came as a file. */
async function countyTotals(db: Reader, countyMonths: Places['countyMonths']): Promise<CountyFigure[]> {
  const found: CountyFigure[] = []
  for (const [id, months] of countyMonths) {
    const cells = await currentCells(
      db,
      id,
      'county',
      months.map((month) => ({ month, firstPayableDay: null })),
    )
    for (const { kind, from, episodes, days } of cells) {
      found.push({ administrationId: id, from, to: periodOf(kind, from).to, episodes, days, provenanceId: null })
    }
  }
  return found
}

/** What a line over time for the county needs of each period. */
export type CountyPeriod = Pick<PeriodFigures, 'administration' | 'period' | 'judgement' | 'county' | 'exampleData'>

/** The county in a base period or a year, as the audience may see it. */
export function countyPeriod(
  books: Books,
  administration: Administration,
  period: Period,
  audience: Audience,
): CountyPeriod {
  return countyOfParts(books, { administration, period, audience, ...partsOf(books, administration, period) })
}

/** The figures of a base period or a year, as the audience may see them. */
export function periodFigures(
  books: Books,
  administration: Administration,
  period: Period,
  audience: Audience,
): PeriodFigures {
  const found = partsOf(books, administration, period)
  const { bases, parts, published } = found
  const county = countyOfParts(books, { administration, period, audience, ...found })
  const placeParts = (municipalityId: number | null) =>
    parts.map(({ publication, judgement }) => ({
      judgement,
      counts: publication.figures.find((figure) => figure.municipalityId === municipalityId) ?? none,
    }))
  return {
    ...county,
    municipalities: books.municipalities.map((municipality) => ({
      municipality,
      figure: placeFigure(placeParts(municipality.id), county.judgement, audience),
    })),
    outOfCounty: placeFigure(placeParts(null), county.judgement, audience),
    revisions: bases.flatMap((base) => revisionsOf(books, administration, base, audience)),
    published,
    known: parts.length,
    of: bases.length,
    batchIds: [...new Set(parts.flatMap(({ publication }) => publication.batchIds))],
    changed: parts.reduce<Date | null>(
      (last, { publication }) => (last === null || publication.recordedAt > last ? publication.recordedAt : last),
      null,
    ),
  }
}

/** The base periods of the period, and those that there are figures of, each with the rules that it is judged by. */
function partsOf({ values, publications, county }: Books, administration: Administration, period: Period) {
  const bases = basePeriods(values, administration.id, period.from, period.to)
  const own = publications.filter(
    ({ administrationId, current, from }) =>
      current && administrationId === administration.id && from >= period.from && from <= period.to,
  )
  const parts = bases.flatMap((base) => {
    const publication = own.find(({ from, to }) => from === base.from && to === base.to)
    return publication === undefined
      ? []
      : [{ publication, judgement: judgementOn(values, administration.id, base.to) }]
  })
  return { bases, parts, published: county.find((figure) => isFor(figure, administration.id, period)) ?? null }
}

function countyOfParts(
  { values, municipalities }: Books,
  {
    administration,
    period,
    audience,
    parts,
    published,
  }: Pick<CountyPeriod, 'administration' | 'period'> & { audience: Audience } & ReturnType<typeof partsOf>,
): CountyPeriod {
  const judgement = judgementOn(values, administration.id, period.to)
  const inCounty = new Set(municipalities.map(({ id }) => id))
  const countyParts = parts.map(({ publication, judgement }) => {
    const figures = publication.figures.filter(
      ({ municipalityId }) => municipalityId !== null && inCounty.has(municipalityId),
    )
    return { judgement, counts: { ...pool(figures), withheld: publication.countyWithheld }, figures }
  })
  return {
    administration,
    period,
    judgement,
    county:
      parts.length === 0 && published !== null
        ? fromPublished(published, judgement)
        : countyFigure(countyParts, judgement, audience),
    exampleData: parts.some(({ publication }) => publication.example),
  }
}

const none = { episodes: 0, days: 0, lateDays: 0, withheld: false }

const unknown: PlaceFigure = {
  suppressed: false,
  episodes: null,
  days: null,
  average: null,
  exceeded: null,
  day4Days: null,
  payableDays: null,
  otherPayableDays: null,
  amount: null,
}

type Part = { judgement: Judgement; counts: Counts & { withheld: boolean } }

const otherMode = (mode: Judgement['paymentMode']) =>
  mode === null ? null : mode === 'every_episode' ? 'only_when_exceeded' : 'every_episode'

/** Payable days and amounts are counted per base period and then added; n, D and late days are pooled. */
function placeFigure(parts: readonly Part[], judgement: Judgement, audience: Audience): PlaceFigure {
  if (parts.length === 0) return unknown
  // A sum is shown only when everything behind it is.
  if (audience === 'public' && parts.some(({ counts }) => counts.withheld)) return { ...unknown, suppressed: true }
  const payable = parts.map((part) => payableDays(part.counts, part.judgement.paymentMode, part.judgement))
  const other = parts.map((part) => payableDays(part.counts, otherMode(part.judgement.paymentMode), part.judgement))
  return {
    ...judged(pool(parts.map(({ counts }) => counts)), judgement),
    payableDays: sum(payable),
    otherPayableDays: sum(other),
    amount: sumAmounts(parts.map((part, place) => amount(payable[place] ?? null, part.judgement.dailyAmount))),
  }
}

/**
 * The county. What it would pay if only municipalities over the indicator pay depends on each municipality's verdict, so
 * the public sees that sum only where it sees every municipality.
 */
function countyFigure(
  parts: readonly (Part & { figures: StoredPublication['figures'] })[],
  judgement: Judgement,
  audience: Audience,
): PlaceFigure {
  if (parts.length === 0) return unknown
  if (audience === 'public' && parts.some(({ counts }) => counts.withheld)) return { ...unknown, suppressed: true }
  const allShown = audience === 'member' || parts.every(({ figures }) => figures.every(({ withheld }) => !withheld))
  const payableOf = (part: (typeof parts)[number], mode: Judgement['paymentMode']) => {
    if (mode === 'every_episode') return part.counts.lateDays
    return allShown ? sum(part.figures.map((figure) => payableDays(figure, mode, part.judgement))) : null
  }
  const payable = parts.map((part) => payableOf(part, part.judgement.paymentMode))
  return {
    ...judged(pool(parts.map(({ counts }) => counts)), judgement),
    payableDays: sum(payable),
    otherPayableDays: sum(parts.map((part) => payableOf(part, otherMode(part.judgement.paymentMode)))),
    amount: sumAmounts(parts.map((part, place) => amount(payable[place] ?? null, part.judgement.dailyAmount))),
  }
}

function fromPublished({ episodes, days }: CountyFigure, judgement: Judgement): PlaceFigure {
  return { ...unknown, ...judged({ episodes, days, lateDays: null }, judgement) }
}

function judged(counts: Counts, judgement: Judgement) {
  return {
    suppressed: false,
    episodes: counts.episodes,
    days: counts.days,
    average: average(counts.days, counts.episodes, 4),
    exceeded: isExceeded(counts, judgement),
    day4Days: counts.lateDays,
  }
}

function sum(parts: readonly (number | null)[]): number | null {
  return parts.reduce<number | null>((all, part) => (all === null || part === null ? null : all + part), 0)
}

/** Where a shown figure has been changed. Never when it was withheld before or is now: that would tell it. */
function revisionsOf(books: Books, administration: Administration, base: Period, audience: Audience): Revision[] {
  const versions = books.publications.filter(
    ({ administrationId, from, to, example }) =>
      !example && administrationId === administration.id && from === base.from && to === base.to,
  )
  if (versions.at(-1)?.current !== true) return []
  const found: Revision[] = []
  for (const [place, after] of versions.entries()) {
    const before = versions[place - 1]
    if (before === undefined) continue
    const on = stockholmToday(after.recordedAt)
    const shown = (hidden: boolean) => audience === 'member' || !hidden
    const note = (municipality: Municipality | null, old: Shown, now: Shown) => {
      if (!shown(old.withheld) || !shown(now.withheld)) return
      if (old.episodes === now.episodes && old.days === now.days) return
      found.push({ on, municipality, before: old, after: now })
    }
    note(null, countyOf(before), countyOf(after))
    for (const municipality of books.municipalities) {
      note(municipality, shownOf(before, municipality.id), shownOf(after, municipality.id))
    }
  }
  return found
}

type Shown = { episodes: number; days: number; withheld: boolean }

function countyOf({ figures, countyWithheld }: StoredPublication): Shown {
  const { episodes, days } = pool(figures.filter(({ municipalityId }) => municipalityId !== null))
  return { episodes, days, withheld: countyWithheld }
}

function shownOf({ figures }: StoredPublication, municipalityId: number): Shown {
  const { episodes, days, withheld } = figures.find((figure) => figure.municipalityId === municipalityId) ?? none
  return { episodes, days, withheld }
}

/**
 * The last base period of the administration that is over and has figures; a sum of the county's own counts too. One
 * that is not over yet is shown only when there is no other.
 */
export function latestPeriod(books: Books, administration: Administration, today: Day): Period | null {
  return latestOf({ ...books, periods: books.publications.filter(({ current }) => current) }, administration, today)
}

/** Is there anything to show of the base period or year? */
export function isKnown(
  { values, county, periods }: KnownPeriods,
  administration: Administration,
  period: Period,
): boolean {
  const own = periods.filter(({ administrationId }) => administrationId === administration.id)
  return (
    county.some((figure) => isFor(figure, administration.id, period)) ||
    basePeriods(values, administration.id, period.from, period.to).some((base) =>
      own.some(({ from, to }) => from === base.from && to === base.to),
    )
  )
}

type KnownPeriods = Pick<Books, 'values' | 'county'> & { periods: readonly PublishedPeriod[] }

function latestOf({ values, county, periods }: KnownPeriods, administration: Administration, today: Day) {
  const known = [...periods, ...county]
    .filter(({ administrationId }) => administrationId === administration.id)
    .map(({ from, to }) => ({ from, to }))
    .toSorted((a, b) => Number(b.to < today) - Number(a.to < today) || (a.from < b.from ? 1 : -1))
  for (const { from, to } of known) {
    const base = basePeriods(values, administration.id, from, to)[0]
    if (base !== undefined && base.from === from && base.to === to) return base
  }
  return null
}
