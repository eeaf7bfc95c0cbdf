import { provenances } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import { xlsxType } from '../http/exports.ts'
import type { Fact, Source, Tag } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { addMonths, type Day, dayText, stockholmToday } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { fractionText, swedishNumber } from '../kernel/numbers.ts'
import { capitalised, counted, listed } from '../kernel/text.ts'
import {
  decisionPath,
  dischargeAdministrationPath,
  dischargeApiPath,
  dischargeImportsPath,
  dischargePartyPath,
  dischargePeriodPath,
  dischargeReportPath,
  dischargeReportPdfPath,
  dischargeRulesOn,
  dischargeRulesPath,
  dischargeWhatIfPath,
  withQuery,
} from '../kernel/urls.ts'
import { type BarChart, barChart, type ChartPoint, type LineChart, lineChart } from './charts.ts'
import { type ControlChart, controlChart } from './control-chart.ts'
import {
  type Audience,
  type Books,
  type CountyPeriod,
  countyPeriod,
  isKnown,
  latestPeriod,
  openBooks,
  openLatest,
  type PeriodFigures,
  type PlaceFigure,
  periodFigures,
} from './figures.ts'
import {
  baseBefore,
  basePeriodOf,
  basePeriodOn,
  basePeriods,
  type GroundedValue,
  groundedValues,
  valueOn,
} from './parameters.ts'
import {
  firstMonth,
  type Period,
  parsePeriod,
  periodCode,
  periodSlug,
  periodText,
  shifted,
  shortPeriodText,
  yearPeriodOf,
} from './periods.ts'
import { type Administration, batches, histograms, type Municipality, publishedPeriods } from './queries.ts'
import { bands, countBands } from './rules.ts'
import { groundCell, roomCrumb, section, valueText } from './rules-page.ts'
import {
  averageNote,
  averageShown,
  changedText,
  countings,
  countShown,
  type FigureCell,
  marked,
  placeTable,
  revisionText,
  statusCell,
  statusTag,
  type TableModel,
} from './tables.ts'
import { bandText, exampleMark, parameterNames, signalText, withheldExplanation } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'discharge-days/overview': OverviewPage
    'discharge-days/administration': AdministrationPage
    'discharge-days/period': PeriodPage
    'discharge-days/party': PartyPage
    'discharge-days/report': ReportPage
  }
  interface Parts {
    'discharge-days/_example': { example: string | null }
    'discharge-days/_summary': FiguresSummary
    'discharge-days/_control': ControlPart
  }
}

type Link = { text: string; path: string }

/** How far back lines over time go, in months. */
const monthsBack = 36

/** The last years, up to and including today's period. */
const recent = (today: Day) => ({ from: addMonths(yearPeriodOf(today).from, -monthsBack), to: today })

async function recentBooks(db: Reader, today: Day, code?: string): Promise<Books> {
  return await openBooks(db, recent(today), code)
}

/** The base periods that a line over time shows: from the first with figures to the last. */
function recentPeriods(books: Books, administration: Administration, today: Day): Period[] {
  const known = books.publications.filter(
    ({ current, administrationId }) => current && administrationId === administration.id,
  )
  const [first, last] = [known[0], known.at(-1)]
  if (first === undefined || last === undefined) return []
  const earliest = addMonths(last.from, 1 - monthsBack)
  const from =
    first.from > earliest ? first.from : (basePeriodOf(books.values, administration.id, earliest)?.from ?? earliest)
  return basePeriods(books.values, administration.id, from, last.to < today ? last.to : today)
}

export type FiguresSummary = {
  title: string
  value: string
  counts: string
  tag: Tag | null
  note: string | null
  example: string | null
  path: string
}

/** The county's latest figure of each administration, for other pages too. */
export async function countySummaries(db: Reader, today: Day): Promise<FiguresSummary[]> {
  const books = await openLatest(db, recent(today), today, true)
  return books.administrations.flatMap((administration) => {
    const period = latestPeriod(books, administration, today)
    return period === null ? [] : [summaryOf(periodFigures(books, administration, period, 'public'), null)]
  })
}

/** A municipality's latest figure of each administration, for its party page. Empty when nothing is known. */
export async function partySummaries(db: Reader, municipality: string, today: Day): Promise<FiguresSummary[]> {
  const books = await openLatest(db, recent(today), today, false)
  return books.administrations.flatMap((administration) => {
    const period = latestPeriod(books, administration, today)
    if (period === null) return []
    const figures = periodFigures(books, administration, period, 'public')
    const found = figures.municipalities.find((one) => one.municipality.slug === municipality)
    return found ? [summaryOf(figures, found)] : []
  })
}

function summaryOf(figures: PeriodFigures, place: PeriodFigures['municipalities'][number] | null): FiguresSummary {
  const { administration, period, judgement, exampleData } = figures
  const figure = place?.figure ?? figures.county
  return {
    title: `${administration.shortName}, ${periodText(period)}`,
    value: averageShown(figure),
    counts:
      figure.suppressed || figure.episodes === null
        ? ''
        : `${counted(figure.days ?? 0, 'dag', 'dagar')} på ${counted(figure.episodes, 'vårdtillfälle', 'vårdtillfällen')}`,
    tag: statusTag(figure, judgement),
    note: averageNote(figure, judgement),
    example: exampleData ? exampleMark : null,
    path:
      place === null
        ? dischargePeriodPath(administration.code, periodSlug(period))
        : dischargePartyPath(place.municipality.slug),
  }
}

export type OverviewPage = {
  head: PageHead
  lead: string
  example: string | null
  indicators: readonly { label: string; value: string; text: string; link: Link }[]
  sections: readonly {
    anchor: string
    title: string
    facts: readonly Fact[]
    verdict: Tag | null
    verdictNote: string | null
    table: TableModel
    chart: LineChart | null
    chartTable: TableModel | null
    notes: readonly string[]
    exports: readonly Link[]
    links: readonly Link[]
  }[]
  withheld: string | null
  published: readonly { title: string; figures: readonly Fact[]; verdict: Tag | null; sources: readonly Source[] }[]
  rules: TableModel
  links: readonly Link[]
}

/** Where the county stands: the indicator in force, the latest figures and the rules behind them. */
export async function overviewPage(
  db: Reader,
  today: Day,
  audience: Audience,
  mayImport: boolean,
): Promise<OverviewPage> {
  const [books, { values }] = await Promise.all([recentBooks(db, today), groundedValues(db, today, 0)])
  const sources = await provenances(
    db,
    books.county.flatMap(({ provenanceId }) => provenanceId ?? []),
  )
  const latest = books.administrations.flatMap((administration) => {
    const period = latestPeriod(books, administration, today)
    return period === null ? [] : [periodFigures(books, administration, period, audience)]
  })
  const example = latest.some(({ exampleData }) => exampleData)
  const changed = changedText(latest)
  const shown = latest.filter(({ known }) => known > 0)
  const lead =
    'En utskrivningsklar dag är en dag då en person är färdig att lämna sjukhuset men ligger kvar. Målet är 0 dagar.'
  const about = example ? `${exampleMark}. ${lead}` : lead
  const exportsOf = ({ administration, period }: PeriodFigures) =>
    exportLinks({ administration: administration.code, period: periodCode(period) })
  const files = shown.flatMap((figures) =>
    exportsOf(figures).map(({ text, path }) => ({ format: exportFormats[text] ?? '', path })),
  )
  return {
    head: {
      title: 'Utskrivningsklara dagar',
      section,
      crumbs: [{ text: 'Utskrivningsklara dagar' }],
      description:
        'Hur länge patienter som är utskrivningsklara ligger kvar på sjukhus i länet, per kommun, mot indikatorn.',
      ...(changed !== null && { changed }),
      ...(shown.length > 0 && { about: { kind: 'data', name: 'Utskrivningsklara dagar', text: about, files } }),
    },
    lead,
    example: example ? exampleMark : null,
    indicators: books.administrations.map((administration) => indicatorFigure(values, administration, today)),
    sections: shown.map((figures) => {
      const { administration, period, county, judgement, exampleData } = figures
      const periods = recentPeriods(books, administration, today)
      const series = periods.map((one) => countyPeriod(books, administration, one, audience))
      return {
        anchor: administration.code,
        title: `${administration.shortName} ${periodText(period)}, hela länet`,
        facts: countyFacts(county),
        verdict: statusTag(county, judgement),
        verdictNote: averageNote(county, judgement),
        table: placeTable(figures, { links: false }),
        chart:
          series.length > 1
            ? trendChart(
                `utveckling-${administration.code}`,
                series,
                ({ county }) => county,
                `Hela länet, ${administration.shortName}`,
              )
            : null,
        chartTable:
          series.length > 1
            ? seriesTable(series, ({ county }) => county, `Hela länet, ${administration.shortName}`)
            : null,
        notes: figures.revisions.map((revision) => revisionText(revision)),
        exports: exportsOf(figures),
        links: [
          {
            text: `Så har vi räknat: ${administration.shortName} ${periodText(period)}`,
            path: dischargePeriodPath(administration.code, periodSlug(period)),
          },

          {
            text: `Jämför kommuner och perioder, ${administration.shortName}`,
            path: dischargeAdministrationPath(administration.code),
          },
          {
            text: `Rapport att skriva ut${exampleData ? ' (exempeldata)' : ''}`,
            path: dischargeReportPath(administration.code, periodSlug(period)),
          },
        ],
      }
    }),
    withheld: anyWithheld(latest) ? withheldExplanation : null,
    published: books.county.map((figure) => {
      const administration = books.administrations.find(({ id }) => id === figure.administrationId)
      const base = basePeriodOf(books.values, figure.administrationId, figure.from)
      const one = administration && base ? publishedFigure(books, administration, base) : null
      return {
        title: `${administration?.shortName ?? ''} ${base ? periodText(base) : ''}, länets egna siffror`,
        figures: [
          fact('Utskrivna länkade slutenvårdstillfällen', swedishNumber(figure.episodes)),
          fact('Utskrivningsklara dagar', swedishNumber(figure.days)),
          fact('Genomsnitt', figure.episodes === 0 ? '–' : fractionText(figure.days, figure.episodes, 2)),
        ],
        verdict: one,
        sources: sources.get(figure.provenanceId ?? 0) ?? [],
      }
    }),
    rules: {
      caption: `Regler som gäller ${dayText(today)}`,
      columns: [{ text: 'Regel' }, { text: 'Gäller för' }, { text: 'Värde' }, { text: 'Grund' }],
      rows: values.map((value) => ruleRow(value, books.administrations, null)),
    },
    links: [
      { text: 'Alla regler och gränsvärden, också tidigare', path: dischargeRulesPath },
      ...(audience === 'member' ? [{ text: 'Pröva andra regler', path: dischargeWhatIfPath }] : []),
      ...(mayImport ? [{ text: 'Läs in utskrivningsklara dagar', path: dischargeImportsPath }] : []),
    ],
  }
}

/** @param on the day that the rules are told of; null: today */
function ruleRow(value: GroundedValue, measured: readonly Administration[], on: Day | null): FigureCell[] {
  return [
    { text: parameterNames[value.code], path: `${dischargeRulesOn(on)}#${value.code.replaceAll('_', '-')}` },
    { text: measured.find(({ id }) => id === value.administrationId)?.shortName ?? 'Båda förvaltningarna' },
    { text: valueText(value) },
    groundCell(value),
  ]
}

/** The verdict on a sum that the county has published, judged like any other figure. */
function publishedFigure(books: Books, administration: Administration, period: Period): Tag | null {
  const alone = periodFigures({ ...books, publications: [] }, administration, period, 'public')
  return statusTag(alone.county, alone.judgement)
}

const fact = (term: string, text: string): Fact => ({ term, values: [{ text }] })

function countyFacts(county: PlaceFigure): Fact[] {
  return [
    fact('Utskrivna länkade slutenvårdstillfällen', countShown(county.episodes, county)),
    fact('Utskrivningsklara dagar', countShown(county.days, county)),
    fact('Genomsnitt', averageShown(county)),
    ...(county.day4Days === null ? [] : [fact('Dagar från och med dag fyra', swedishNumber(county.day4Days))]),
  ]
}

function indicatorFigure(values: readonly GroundedValue[], administration: Administration, today: Day) {
  const { id, shortName, name } = administration
  const indicator = valueOn(values, 'indicator', id, today)
  const every = basePeriodOn(values, id, today) === 'quarter' ? 'per kvartal' : 'per månad'
  const year = today.slice(0, 4)
  return {
    label: `Indikator ${year}, ${shortName}`,
    value: indicator?.value ? swedishNumber(indicator.value) : '–',
    text: indicator
      ? `${name}, följs upp ${every}. Grund: ${groundCell(indicator).text}.`
      : `Ingen indikator är registrerad för ${shortName} ${year}.`,
    link: indicator?.decision
      ? { text: 'Läs beslutet', path: decisionPath(indicator.decision.slug) }
      : { text: 'Se grunden', path: dischargeRulesPath },
  }
}

const anyWithheld = (all: readonly PeriodFigures[]) =>
  all.some(({ municipalities, county, outOfCounty }) =>
    [...municipalities.map(({ figure }) => figure), county, outOfCounty].some(({ suppressed }) => suppressed),
  )

type Choose<F extends CountyPeriod> = (figures: F) => PlaceFigure

const averageValue = ({ days, episodes }: PlaceFigure) => (days === null || !episodes ? null : days / episodes)

function pointsOf<F extends CountyPeriod>(series: readonly F[], pick: Choose<F>): ChartPoint[] {
  return series.map((figures) => {
    const figure = pick(figures)
    return {
      label: periodText(figures.period),
      short: shortPeriodText(figures.period),
      value: averageValue(figure),
      text: averageShown(figure),
      over: figure.exceeded === true,
    }
  })
}

const goalsOf = (series: readonly CountyPeriod[]) =>
  series.map(({ judgement }) => (judgement.indicator === null ? null : Number(judgement.indicator)))

function trendChart<F extends CountyPeriod>(
  id: string,
  series: readonly F[],
  pick: Choose<F>,
  title: string,
  more: { small?: boolean; top?: number; control?: ControlChart | null; controlled?: readonly number[] } = {},
): LineChart {
  const points = pointsOf(series, pick)
  const shown = points.filter(({ value }) => value !== null)
  const over = shown.filter(({ over }) => over)
  const hidden = series.filter((figures) => pick(figures).suppressed).length
  const last = shown.at(-1)
  return lineChart({
    id,
    title: `${title}: genomsnitt per period`,
    description: [
      `${counted(shown.length, 'period', 'perioder')} från ${points[0]?.label} till ${points.at(-1)?.label}.`,
      last ? `Senast ${last.label}: ${last.text}.` : '',
      over.length > 0
        ? `Över indikatorn: ${listed(over.map(({ label }) => label))}.`
        : 'Ingen period är över indikatorn.',
      hidden > 0 ? `${counted(hidden, 'period', 'perioder')} visas inte.` : '',
    ]
      .filter(Boolean)
      .join(' '),
    points,
    goals: goalsOf(series),
    example: series.some(({ exampleData }) => exampleData) ? exampleMark : null,
    ...more,
  })
}

/** The same figures as a line over time, latest first. */
function seriesTable<F extends CountyPeriod>(series: readonly F[], pick: Choose<F>, title: string): TableModel {
  return {
    caption: marked(
      series.some(({ exampleData }) => exampleData),
      `${title}, period för period`,
    ),
    columns: [
      { text: 'Period' },
      { text: 'Vårdtillfällen', numeric: true },
      { text: 'Dagar', numeric: true },
      { text: 'Genomsnitt', numeric: true },
      { text: 'Mot indikatorn' },
      { text: 'Dagar från och med dag fyra', numeric: true },
    ],
    rows: series.toReversed().map((figures) => {
      const figure = pick(figures)
      return [
        {
          text: periodText(figures.period),
          path: dischargePeriodPath(figures.administration.code, periodSlug(figures.period)),
        },
        { text: countShown(figure.episodes, figure) },
        { text: countShown(figure.days, figure) },
        { text: averageShown(figure), note: averageNote(figure, figures.judgement) },
        statusCell(figure, figures.judgement),
        { text: countShown(figure.day4Days, figure) },
      ]
    }),
  }
}

export type ControlPart = {
  id: string
  title: string
  chart: LineChart | null
  /** What the chart says, or why there is none. */
  texts: readonly string[]
  note: string | null
}

/** A control chart, only where every figure behind it is shown. */
function controlPart(
  id: string,
  series: readonly PeriodFigures[],
  pick: Choose<PeriodFigures>,
  title: string,
): ControlPart {
  const heading = `Är förändringen mer än slump? ${title}`
  if (series.some((figures) => pick(figures).suppressed)) {
    return {
      id,
      title: heading,
      chart: null,
      texts: ['Styrdiagrammet visas inte, eftersom uppgifterna för någon period inte visas.'],
      note: null,
    }
  }
  const places = series.flatMap((figures, place) => (averageValue(pick(figures)) === null ? [] : [place]))
  const control = controlChart(places.map((place) => averageValue(pick(series[place] as PeriodFigures)) as number))
  if (control === null) {
    return { id, title: heading, chart: null, texts: ['För få perioder för ett styrdiagram.'], note: null }
  }
  const labels = places.map((place) => periodText((series[place] as PeriodFigures).period))
  const kind = series.at(-1)?.period.kind === 'quarter' ? 'quarter' : 'month'
  const signals = control.signals.map((signal) => signalText(signal, labels, kind))
  return {
    id,
    title: heading,
    chart: trendChart(id, series, pick, title, { control, controlled: places }),
    texts: signals.length > 0 ? signals : ['Inget mönster som tyder på annat än slump.'],
    note: `n = ${control.values.length} ${kind === 'quarter' ? 'kvartal' : 'månader'}.${control.provisional ? ' Gränserna är preliminära, eftersom perioderna är färre än tolv.' : ''} Gränserna är medel ± 2,66 gånger medelvärdet av förändringarna mellan perioderna (XmR).`,
  }
}

export type AdministrationPage = {
  head: PageHead
  title: string
  lead: string
  example: string | null
  control: ControlPart
  heat: TableModel
  heatNote: string
  multiples: readonly { name: string; path: string; chart: LineChart }[]
  years: readonly Link[]
  withheld: string | null
  exports: readonly Link[]
}

/** All municipalities beside each other over time. @throws PortalError not-found */
export async function administrationPage(
  db: Reader,
  code: string,
  today: Day,
  audience: Audience,
): Promise<AdministrationPage> {
  const books = await recentBooks(db, today, code)
  const administration = administrationOf(books, code)
  const periods = recentPeriods(books, administration, today)
  if (periods.length === 0) throw notFound(`discharge days of ${code}`)
  const series = periods.map((period) => periodFigures(books, administration, period, audience))
  const example = series.some(({ exampleData }) => exampleData)
  const figureOf =
    (municipality: Municipality): Choose<PeriodFigures> =>
    (figures) =>
      figures.municipalities.find((one) => one.municipality.id === municipality.id)?.figure ?? figures.county
  const top = Math.max(
    0.1,
    ...series.flatMap((figures) => figures.municipalities.map(({ figure }) => averageValue(figure) ?? 0)),
    ...goalsOf(series).map((goal) => goal ?? 0),
  )
  const shown = series.slice(-13)
  const changed = changedText(series)
  const span = { from: periodCode(periods[0] as Period), to: periodCode(periods.at(-1) as Period) }
  return {
    head: {
      title: `${administration.shortName}: kommuner och perioder`,
      section,
      crumbs: [roomCrumb, { text: administration.shortName }],
      ...(changed !== null && { changed }),
    },
    title: `${administration.name}: kommuner och perioder`,
    lead: `Utskrivningsklara dagar i genomsnitt, ${administration.shortName}, ${periodText(periods[0] as Period)} till ${periodText(periods.at(-1) as Period)}.`,
    example: example ? exampleMark : null,
    control: controlPart('styrdiagram', series, ({ county }) => county, 'Hela länet'),
    heat: {
      caption: marked(example, `Genomsnitt per kommun och period, ${administration.shortName}`),
      columns: [{ text: 'Kommun' }, ...shown.map(({ period }) => ({ text: shortPeriodText(period), numeric: true }))],
      rows: books.municipalities.map((municipality) => [
        { text: municipality.shortName, path: dischargePartyPath(municipality.slug) },
        ...shown.map((figures) => heatCell(figureOf(municipality)(figures), figures)),
      ]),
    },
    heatNote: 'Mörkare ruta: högre genomsnitt. Värden över indikatorn har tecknet ↑.',
    multiples: books.municipalities.map((municipality) => ({
      name: municipality.shortName,
      path: dischargePartyPath(municipality.slug),
      chart: trendChart(`liten-${municipality.slug}`, series, figureOf(municipality), municipality.shortName, {
        small: true,
        top,
      }),
    })),
    years: [...new Set(periods.map(({ from }) => from.slice(0, 4)))].map((year) => ({
      text: year,
      path: dischargePeriodPath(administration.code, year),
    })),
    withheld: anyWithheld(series) ? withheldExplanation : null,
    exports: exportLinks({ administration: administration.code, ...span }),
  }
}

/** How far from the goal: 0 none, 1 to 3 up to the indicator, 4 over it, 5 over it by half or more. */
function heatCell(figure: PlaceFigure, { judgement }: PeriodFigures): FigureCell {
  const value = averageValue(figure)
  if (value === null) return { text: averageShown(figure) }
  const indicator = judgement.indicator === null ? null : Number(judgement.indicator)
  const share = indicator ? value / indicator : value
  const heat = figure.exceeded ? (share >= 1.5 ? 5 : 4) : value === 0 ? 0 : Math.min(3, 1 + Math.floor(share * 3))
  return { text: `${averageShown(figure)}${figure.exceeded ? ' ↑' : ''}`, heat }
}

function administrationOf(books: Books, code: string): Administration {
  const found = books.administrations.find((administration) => administration.code === code)
  if (found === undefined) throw notFound(`administration ${code}`)
  return found
}

const exportLinks = (query: Record<string, string>): Link[] => [
  { text: 'CSV', path: withQuery(`${dischargeApiPath}.csv`, query) },
  { text: 'XLSX', path: withQuery(`${dischargeApiPath}.xlsx`, query) },
  { text: 'JSON', path: withQuery(dischargeApiPath, query) },
]

const exportFormats: Readonly<Record<string, string>> = { CSV: 'text/csv', XLSX: xlsxType, JSON: 'application/json' }

export type PeriodPage = {
  head: PageHead
  kicker: string
  title: string
  lead: string
  example: string | null
  facts: readonly Fact[]
  verdict: Tag | null
  verdictNote: string | null
  incomplete: string | null
  table: TableModel | null
  chart: BarChart | null
  bands: { chart: BarChart; table: TableModel } | null
  bandsMissing: string | null
  withheld: string | null
  notes: readonly string[]
  countings: readonly { anchor: string; place: string; text: string }[]
  rules: TableModel
  sources: readonly Source[]
  batches: readonly string[]
  exports: readonly Link[]
  links: readonly Link[]
}

/** One base period or year. @throws PortalError not-found when there is nothing to show */
export async function periodPage(
  db: Reader,
  code: string,
  slug: string,
  today: Day,
  audience: Audience,
): Promise<PeriodPage> {
  const { books, figures } = await figuresOfAddress(db, { code, slug }, { today, audience })
  const { administration, period, judgement, county, published } = figures
  const [{ values }, behind, sources, drawn, beside] = await Promise.all([
    groundedValues(db, period.to, 0),
    batches(db, figures.batchIds),
    provenances(db, published?.provenanceId ? [published.provenanceId] : []),
    bandsOf(db, figures, audience),
    periodsBeside(db, books, figures, today),
  ])
  const known = figures.known > 0
  const title = `${administration.shortName}, ${periodText(period)}`
  const example = figures.exampleData ? exampleMark : null
  const changed = changedText([figures])
  return {
    head: {
      title,
      section,
      crumbs: [
        roomCrumb,
        {
          text: administration.shortName,
          // Of a sum that the county itself has published there are no municipalities to compare.
          ...(known && { path: dischargeAdministrationPath(administration.code) }),
        },
        { text: periodText(period) },
      ],
      description: `Utskrivningsklara dagar per kommun, ${administration.name}, ${periodText(period)}.`,
      ...(changed !== null && { changed }),
    },
    kicker: 'Utskrivningsklara dagar',
    title,
    lead: known
      ? `Utskrivna från ${administration.name} i ${periodText(period)}, per kommun.`
      : `Länet har publicerat sin summa för ${periodText(period)}. Kommunernas uppgifter är inte inlästa.`,
    example,
    facts: countyFacts(county),
    verdict: statusTag(county, judgement),
    verdictNote: averageNote(county, judgement),
    incomplete:
      known && figures.known < figures.of
        ? `${figures.known} av ${figures.of} ${period.kind === 'year' && basePeriodOn(books.values, administration.id, period.to) === 'quarter' ? 'kvartal' : 'månader'} är inlästa.`
        : null,
    table: known ? placeTable(figures) : null,
    chart: known ? averagesChart(figures) : null,
    bands: drawn,
    bandsMissing:
      known && drawn === null
        ? 'Fördelningen visas inte: någon kommuns uppgifter visas inte, eller så är perioden inläst som en sammanställning utan enskilda vårdtillfällen.'
        : null,
    withheld: anyWithheld([figures]) ? withheldExplanation : null,
    notes: figures.revisions.map((revision) => revisionText(revision)),
    countings: countings(figures),
    rules: {
      caption: `Regler som perioden bedöms efter: de som gällde ${dayText(period.to)}`,
      columns: [{ text: 'Regel' }, { text: 'Gäller för' }, { text: 'Värde' }, { text: 'Grund' }],
      rows: values
        .filter(({ administrationId }) => administrationId === null || administrationId === administration.id)
        .map((value) => ruleRow(value, books.administrations, period.to < today ? period.to : null)),
    },
    sources: published?.provenanceId ? (sources.get(published.provenanceId) ?? []) : [],
    batches: behind.map(({ id, kind, fileName, accepted, rejected, actor, recordedAt, example: invented }) => {
      const when = dayText(stockholmToday(recordedAt))
      if (invented) return `${exampleMark}, inläst ${when}`
      const what = kind === 'episodes' ? 'en fil med vårdtillfällen' : 'en sammanställning'
      // How many rows a file had would tell what is withheld.
      if (audience === 'public') return `${capitalised(what)}, inläst ${when}`
      return `Inläsning ${id}: ${what}, ${fileName}, ${counted(accepted, 'rad', 'rader')} (${rejected} avvisade), inläst ${when} av ${actor}`
    }),
    exports: exportLinks({ administration: administration.code, period: periodCode(period) }),
    links: periodLinks(figures, beside),
  }
}

/**
 * The figures that an address asks for.
 * @param since the first day of the books that they are taken from, for who goes further back
 */
async function figuresOfAddress(
  db: Reader,
  { code, slug }: { code: string; slug: string },
  { today, audience }: { today: Day; audience: Audience },
  since = ({ from }: Period): Day => from,
) {
  const period = parsePeriod(slug)
  if (period === null || periodSlug(period) !== slug || period.from > today || period.from < firstMonth)
    throw notFound(`period ${slug}`)
  const books = await openBooks(db, { from: since(period), to: period.to }, code)
  const administration = administrationOf(books, code)
  const base = basePeriodOf(books.values, administration.id, period.from)
  if (period.kind !== 'year' && base?.kind !== period.kind) throw notFound(`period ${slug} of ${code}`)
  const figures = periodFigures(books, administration, period, audience)
  if (figures.known === 0 && figures.published === null) throw notFound(`discharge days of ${code} ${slug}`)
  return { books, figures }
}

function averagesChart(figures: PeriodFigures): BarChart {
  const { administration, period, judgement, exampleData, municipalities } = figures
  const over = municipalities.filter(({ figure }) => figure.exceeded === true)
  return barChart({
    id: 'genomsnitt',
    title: `Genomsnitt per kommun, ${administration.shortName}, ${periodText(period)}`,
    description:
      over.length === 0
        ? 'Ingen kommun som visas är över indikatorn.'
        : `Över indikatorn: ${listed(over.map(({ municipality, figure }) => `${municipality.shortName} ${averageShown(figure)}`))}.`,
    example: exampleData ? exampleMark : null,
    rows: municipalities.map(({ municipality, figure }) => ({
      label: municipality.shortName,
      value: averageValue(figure),
      text: `${averageShown(figure)}${figure.exceeded ? ' ↑ över' : ''}`,
      over: figure.exceeded === true,
    })),
    goal: judgement.indicator === null ? null : Number(judgement.indicator),
  })
}

/** How many episodes had how many days, for the county; only where every municipality is shown and all came as episodes. */
async function bandsOf(db: Reader, figures: PeriodFigures, audience: Audience): Promise<PeriodPage['bands']> {
  const { administration, period, municipalities, county, exampleData } = figures
  if (figures.known === 0 || county.episodes === null) return null
  if (audience === 'public' && municipalities.some(({ figure }) => figure.suppressed)) return null
  const rows = (await histograms(db, administration.id, period)).filter(({ municipalityId }) => municipalityId !== null)
  const histogram = new Map<number, number>()
  for (const { days, episodes } of rows) histogram.set(days, (histogram.get(days) ?? 0) + episodes)
  const counts = countBands(histogram)
  if (counts.reduce((sum, count) => sum + count, 0) !== county.episodes) return null
  const shares = counts.map((count) => (county.episodes ? `${fractionText(count * 100, county.episodes, 1)} %` : '–'))
  const title = `Vårdtillfällen efter antal utskrivningsklara dagar, hela länet, ${administration.shortName}, ${periodText(period)}`
  return {
    chart: barChart({
      id: 'fordelning',
      title,
      description: listed(
        counts.map((count, place) => `${bandText(bands[place] as (typeof bands)[number])}: ${swedishNumber(count)}`),
      ),
      example: exampleData ? exampleMark : null,
      rows: counts.map((count, place) => ({
        label: bandText(bands[place] as (typeof bands)[number]),
        value: count,
        text: `${swedishNumber(count)} (${shares[place]})`,
        over: false,
      })),
      goal: null,
    }),
    table: {
      caption: marked(exampleData, title),
      columns: [{ text: 'Dagar' }, { text: 'Vårdtillfällen', numeric: true }, { text: 'Andel', numeric: true }],
      rows: counts.map((count, place) => [
        { text: bandText(bands[place] as (typeof bands)[number]) },
        { text: swedishNumber(count) },
        { text: shares[place] ?? '' },
      ]),
    },
  }
}

/** The periods before and after of which there is anything to show. */
async function periodsBeside(db: Reader, books: Books, { administration, period }: PeriodFigures, today: Day) {
  const [before, next] =
    period.kind === 'year'
      ? [shifted(period, -1), shifted(period, 1)]
      : [
          baseBefore(books.values, administration.id, period),
          basePeriodOf(books.values, administration.id, shifted(period, 1).from),
        ]
  const periods = await publishedPeriods(db, { from: (before ?? period).from, to: (next ?? period).to })
  const shown = (one: Period | null) =>
    one !== null && one.from <= today && isKnown({ ...books, periods }, administration, one) ? one : null
  return { before: shown(before), next: shown(next) }
}

type PeriodsBeside = Awaited<ReturnType<typeof periodsBeside>>

function periodLinks({ administration, period, known }: PeriodFigures, { before, next }: PeriodsBeside): Link[] {
  const to = (one: Period) => dischargePeriodPath(administration.code, periodSlug(one))
  return [
    ...(before ? [{ text: `Föregående: ${periodText(before)}`, path: to(before) }] : []),
    ...(next ? [{ text: `Nästa: ${periodText(next)}`, path: to(next) }] : []),
    ...(period.kind !== 'year' && known > 0
      ? [{ text: `Hela ${period.from.slice(0, 4)}`, path: to(yearPeriodOf(period.from)) }]
      : []),
    ...(known > 0
      ? [{ text: 'Rapport att skriva ut', path: dischargeReportPath(administration.code, periodSlug(period)) }]
      : []),
    { text: 'Regler och gränsvärden', path: dischargeRulesPath },
  ]
}

export type PartyPage = {
  head: PageHead
  title: string
  lead: string
  example: string | null
  sections: readonly {
    anchor: string
    title: string
    summary: FiguresSummary
    control: ControlPart
    table: TableModel
    years: TableModel
    notes: readonly string[]
    exports: readonly Link[]
  }[]
  withheld: string | null
}

/** A municipality's figures over time. @throws PortalError not-found */
export async function partyPage(db: Reader, slug: string, today: Day, audience: Audience): Promise<PartyPage> {
  const books = await recentBooks(db, today)
  const municipality = books.municipalities.find((one) => one.slug === slug)
  if (municipality === undefined) throw notFound(`municipality ${slug}`)
  const pick: Choose<PeriodFigures> = (figures) =>
    figures.municipalities.find((one) => one.municipality.id === municipality.id)?.figure ?? figures.county
  const all: PeriodFigures[] = []
  const sections = books.administrations.flatMap((administration) => {
    const periods = recentPeriods(books, administration, today)
    if (periods.length === 0) return []
    const series = periods.map((period) => periodFigures(books, administration, period, audience))
    all.push(...series)
    const latest = series.findLast(({ period }) => period.to < today) ?? (series.at(-1) as PeriodFigures)
    const name = `${municipality.shortName}, ${administration.shortName}`
    const years = [...new Set(periods.map(({ from }) => from.slice(0, 4)))].map((year) =>
      periodFigures(books, administration, parsePeriod(year) as Period, audience),
    )
    return [
      {
        anchor: administration.code,
        title: `${administration.name} (${administration.shortName})`,
        summary: summaryOf(latest, { municipality, figure: pick(latest) }),
        control: controlPart(`styrdiagram-${administration.code}`, series, pick, name),
        table: seriesTable(series, pick, name),
        years: seriesTable(years, pick, `${name}, år`),
        notes: series.flatMap((figures) =>
          figures.revisions
            .filter((revision) => revision.municipality?.id === municipality.id)
            .map((revision) => revisionText(revision, `${administration.shortName} ${periodText(figures.period)}`)),
        ),
        exports: exportLinks({
          administration: administration.code,
          from: periodCode(periods[0] as Period),
          to: periodCode(periods.at(-1) as Period),
          municipality: slug,
        }),
      },
    ]
  })
  const changed = changedText(all)
  return {
    head: {
      title: `Utskrivningsklara dagar i ${municipality.shortName}`,
      section,
      crumbs: [roomCrumb, { text: municipality.shortName }],
      description: `Utskrivningsklara dagar i ${municipality.name} över tid, mot indikatorn.`,
      ...(changed !== null && { changed }),
    },
    title: `Utskrivningsklara dagar i ${municipality.shortName}`,
    lead: `Hur länge personer som bor i ${municipality.name} har legat kvar på sjukhus fast de varit utskrivningsklara.`,
    example: all.some(({ exampleData }) => exampleData) ? exampleMark : null,
    sections,
    withheld: all.some((figures) => pick(figures).suppressed) ? withheldExplanation : null,
  }
}

export type ReportPage = {
  head: PageHead
  title: string
  subtitle: string
  example: string | null
  facts: readonly Fact[]
  verdict: Tag | null
  table: TableModel
  chart: BarChart
  trend: LineChart | null
  notes: readonly string[]
  withheld: string | null
  rules: string
  made: string
  pdf: Link
  back: Link
}

/** From when a report draws the line to its period: twelve quarters, or thirteen months. Of a year it draws none. */
const trendSince = ({ kind, from }: Period): Day =>
  kind === 'year' ? from : addMonths(from, kind === 'quarter' ? -33 : -12)

/** The one page that is printed for a period instead of the slide. @throws PortalError not-found */
export async function reportPage(
  db: Reader,
  code: string,
  slug: string,
  today: Day,
  audience: Audience,
): Promise<ReportPage> {
  const { books, figures } = await figuresOfAddress(db, { code, slug }, { today, audience }, trendSince)
  const { administration, period, judgement } = figures
  if (figures.known === 0) throw notFound(`report of ${code} ${slug}`)
  const region = await db
    .selectFrom('organisation')
    .select('short_name')
    .where('kind', '=', 'region')
    .executeTakeFirst()
  const county = region?.short_name.replace(/^Region /, '') ?? 'länet'
  const title = `Uppföljning av lagen om samverkan vid utskrivning – ${county} ${periodCode(period)}`
  const series =
    period.kind === 'year'
      ? []
      : basePeriods(books.values, administration.id, trendSince(period), period.to).map((one) =>
          countyPeriod(books, administration, one, audience),
        )
  const indicator =
    judgement.indicator === null
      ? 'Ingen indikator är registrerad.'
      : `Indikatorn är ${swedishNumber(judgement.indicator)} dagar i genomsnitt.`
  return {
    head: {
      title: `Rapport: ${administration.shortName}, ${periodText(period)}`,
      section,
      crumbs: [
        roomCrumb,
        { text: `${administration.shortName}, ${periodText(period)}`, path: dischargePeriodPath(code, slug) },
        { text: 'Rapport' },
      ],
    },
    title,
    subtitle: `Sammanställning av utskrivna från ${administration.shortName}`,
    example: figures.exampleData ? exampleMark : null,
    facts: countyFacts(figures.county),
    verdict: statusTag(figures.county, judgement),
    table: placeTable(figures, { links: false }),
    chart: averagesChart(figures),
    trend: series.length > 1 ? trendChart('utveckling', series, ({ county }) => county, 'Hela länet') : null,
    notes: figures.revisions.map((revision) => revisionText(revision)),
    withheld: anyWithheld([figures]) ? withheldExplanation : null,
    rules: `${indicator} Genomsnittet är alla utskrivningsklara dagar delade med alla utskrivna länkade slutenvårdstillfällen. Avtalets villkor för betalning är inte bekräftat. Kronor är preliminära och inte faktureringsunderlag.`,
    made: `Uttagen ${dayText(today)}.`,
    pdf: { text: 'Rapporten som PDF, med de siffror som alla får se', path: dischargeReportPdfPath(code, slug) },
    back: { text: 'Till perioden med alla uppgifter', path: dischargePeriodPath(code, slug) },
  }
}
