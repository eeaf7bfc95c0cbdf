import writeXlsxFile from 'write-excel-file/node'
import type { PeriodFigures, PlaceFigure } from './figures.ts'
import { periodCode } from './periods.ts'
import { exampleMark } from './texts.ts'

/** A cell of an exported table: a text, a whole number, a decimal ('0.3296') or nothing. */
export type ExportCell = string | number | { decimal: string } | null
export type ExportTable = { name: string; headers: readonly string[]; rows: readonly (readonly ExportCell[])[] }

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
  return { name: `utskrivningsklara-dagar-${first?.administration.code ?? ''}-${span}${example}`, headers, rows }
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

/** Text that a spreadsheet would take for a formula is told to be text. */
export const harmless = (text: string) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text)

/** CSV as Swedish spreadsheets read it: semicolons, decimal comma, UTF-8 with its mark. */
export function csvOf({ headers, rows }: ExportTable): string {
  const text = (cell: ExportCell) => {
    if (cell === null) return ''
    if (typeof cell === 'number') return String(cell)
    if (typeof cell === 'object') return cell.decimal.replace('.', ',')
    const safe = harmless(cell)
    return /[";\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  return `\ufeff${[headers, ...rows].map((cells) => cells.map(text).join(';')).join('\r\n')}\r\n`
}

export async function xlsxOf({ headers, rows }: ExportTable): Promise<Buffer> {
  const example = rows.some((cells) => cells.some((cell) => typeof cell === 'string' && cell.includes(exampleMark)))
  return await writeXlsxFile(
    [
      ...(example ? [[{ value: exampleMark, fontWeight: 'bold' as const }]] : []),
      headers.map((value) => ({ value, fontWeight: 'bold' as const })),
      ...rows.map((cells) =>
        cells.map((cell) => {
          if (cell === null || cell === '') return null
          if (typeof cell === 'object') return { value: Number(cell.decimal), type: Number, format: '0.0000' }
          return typeof cell === 'number'
            ? { value: cell, type: Number, format: '0' }
            : { value: harmless(cell), type: String }
        }),
      ),
    ],
    { sheet: 'Utskrivningsklara dagar', columns: headers.map((header) => ({ width: Math.max(12, header.length) })) },
  ).toBuffer()
}
