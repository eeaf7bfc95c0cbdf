import type { ExportCell, ExportTable } from '../http/exports.ts'
import type { PeriodFigures, PlaceFigure } from './figures.ts'
import { periodCode } from './periods.ts'
import { exampleMark } from './texts.ts'

const headers = [
  'period',
  'förvaltning',
  'kommun',
  'kommunkod',
  'vårdtillfällen',
  'utskrivningsklara dagar',
  'genomsnitt',
  'indikator',
  'över indikatorn',
  'dagar från och med dag fyra',
  'betalningsdagar',
  'betalningsdagar, andra läsningen',
  'belopp (preliminärt, inte faktureringsunderlag)',
  'anmärkning',
] as const

/** The figures as one table: a row for each municipality, the county and those from elsewhere. */
export function exportTable(figures: readonly PeriodFigures[]): ExportTable {
  const rows = figures.flatMap((one) => [
    ...one.municipalities.map(({ municipality, figure }) =>
      row(one, municipality.shortName, municipality.code, figure),
    ),
    row(one, 'Länet', '', one.county),
    row(one, 'Utomläns', '', one.outOfCounty),
  ])
  const first = figures[0]
  const last = figures.at(-1)
  const span = first && last ? [...new Set([periodCode(first.period), periodCode(last.period)])].join('--') : ''
  const example = figures.some(({ exampleData }) => exampleData) ? '-EXEMPELDATA' : ''
  return {
    name: `utskrivningsklara-dagar-${first?.administration.code ?? ''}-${span}${example}`,
    sheet: 'Utskrivningsklara dagar',
    notice: example === '' ? null : exampleMark,
    headers,
    rows,
  }
}

function row(
  { period, administration, judgement, exampleData }: PeriodFigures,
  name: string,
  code: string,
  figure: PlaceFigure,
): ExportCell[] {
  const verdict = figure.exceeded === null ? '' : figure.exceeded ? 'ja' : 'nej'
  const notes = [exampleData ? exampleMark : '', figure.suppressed ? 'visas inte: få vårdtillfällen' : '']
  return [
    periodCode(period),
    administration.shortName,
    name,
    code,
    figure.episodes,
    figure.days,
    decimal(figure.average),
    decimal(judgement.indicator),
    verdict,
    figure.day4Days,
    figure.payableDays,
    figure.otherPayableDays,
    decimal(figure.amount),
    notes.filter(Boolean).join('; '),
  ]
}

const decimal = (value: string | null): ExportCell => (value === null ? null : { decimal: value })
