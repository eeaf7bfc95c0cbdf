import type { Reader } from '../db/database.ts'
import type { Problem } from '../http/forms.ts'
import type { Cell, Fact } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { dateText, momentText } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { swedishNumber } from '../kernel/numbers.ts'
import { counted, listed } from '../kernel/text.ts'
import { dischargeImportPath, dischargeImportsPath } from '../kernel/urls.ts'
import type { Preview, PreviewRow } from './imports.ts'
import { periodText } from './periods.ts'
import { type Batch, batches, coverageOf, measuredPlaces } from './queries.ts'
import { type ColumnRole, episodeColumns, neededColumns, summaryColumns } from './reading/columns.ts'
import type { Reading } from './reading/read-file.ts'
import { average } from './rules.ts'
import { roomCrumb, section } from './rules-page.ts'
import type { TableModel } from './tables.ts'
import { columnRoleNames, rejectionReasons } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'discharge-days/imports': ImportsPage
    'discharge-days/layout': LayoutPage
    'discharge-days/preview': PreviewPage
    'discharge-days/import': ImportPage
  }
}

const crumb = { text: 'Inläsningar', path: dischargeImportsPath }
/** Rejected rows that the page shows; a file of all of them can be fetched. */
const shownRejections = 200

export type ImportsPage = {
  head: PageHead
  action: string
  problems: readonly Problem[]
  /** What was pasted, when it may be shown again. */
  typed: string
  imports: TableModel | null
}

const kindNames: Record<Batch['kind'], string> = { episodes: 'vårdtillfällen', summaries: 'sammanställning' }

/** The imports so far and the form for the next. */
export async function importsPage(db: Reader, problems: readonly Problem[] = [], typed = ''): Promise<ImportsPage> {
  const all = await batches(db)
  return {
    head: { title: 'Inläsningar', section, crumbs: [roomCrumb, { text: 'Inläsningar' }], hidden: true },
    action: dischargeImportsPath,
    problems,
    typed,
    imports:
      all.length === 0
        ? null
        : {
            caption: `Inläsningar, senaste först`,
            columns: [
              { text: 'Inläsning' },
              { text: 'Fil' },
              { text: 'Innehåll' },
              { text: 'Rader', numeric: true },
              { text: 'Avvisade', numeric: true },
              { text: 'Inläst' },
              { text: 'Läge' },
            ],
            rows: all.map((batch) => [
              { text: String(batch.id), path: dischargeImportPath(batch.id) },
              { text: batch.fileName },
              { text: kindNames[batch.kind] },
              { text: swedishNumber(batch.accepted) },
              { text: swedishNumber(batch.rejected) },
              { text: `${momentText(batch.recordedAt)}, ${batch.actor}` },
              stateCell(batch),
            ]),
          },
  }
}

function stateCell(batch: Batch): Cell {
  if (batch.undoneAt !== null) return { text: '', tag: { text: 'ångrad', tone: 'neutral' } }
  return { text: '', tag: batch.example ? { text: 'exempeldata', tone: 'warning' } : { text: 'inläst', tone: 'good' } }
}

export type LayoutPage = {
  head: PageHead
  action: string
  problems: readonly Problem[]
  fields: readonly { name: string; label: string; needed: boolean; chosen: string }[]
  headers: readonly { value: string; text: string }[]
  /** The pasted text; null when a file was sent, which is not kept and must be chosen again. */
  typed: string | null
}

/** Which column is which. */
export function layoutPage(
  headers: readonly string[],
  typed: string | null,
  problems: readonly Problem[] = [],
  chosen: Readonly<Record<string, string>> = {},
): LayoutPage {
  const roles = [...new Set<ColumnRole>([...episodeColumns, ...summaryColumns])]
  const always = neededColumns.episodes.filter((role) => neededColumns.summaries.includes(role))
  return {
    head: {
      title: 'Vilken kolumn är vilken?',
      section,
      crumbs: [roomCrumb, crumb, { text: 'Kolumner' }],
      hidden: true,
    },
    action: dischargeImportsPath,
    problems,
    fields: roles.map((role) => ({
      name: `kolumn-${role}`,
      label: columnRoleNames[role],
      needed: always.includes(role),
      chosen: chosen[`kolumn-${role}`] ?? '',
    })),
    headers: headers.map((header, column) => ({ value: String(column), text: header || `kolumn ${column + 1}` })),
    typed,
  }
}

export type PreviewPage = {
  head: PageHead
  action: string
  cancel: string
  problems: readonly Problem[]
  facts: readonly Fact[]
  same: string | null
  outdated: boolean
  rejections: TableModel | null
  rejectionsMore: string | null
  rejectionsPath: string | null
  periods: readonly { title: string; table: TableModel; missing: string | null; open: boolean }[]
  canConfirm: boolean
}

/** What would change, and what cannot be counted. */
export function previewPage(
  token: string,
  reading: Reading,
  preview: Preview,
  problems: readonly Problem[] = [],
  outdated = false,
): PreviewPage {
  const action = `${dischargeImportsPath}/forhandsgranskning/${token}`
  const rejected = reading.rejections.count
  const rows = [...take(reading.rejections.all(reading.headers), shownRejections)]
  return {
    head: {
      title: 'Granska innan du läser in',
      section,
      crumbs: [roomCrumb, crumb, { text: 'Förhandsgranskning' }],
      hidden: true,
    },
    action,
    cancel: `${action}/avbryt`,
    problems,
    facts: [
      fact('Fil', reading.fileName),
      fact('Innehåll', kindNames[reading.kind]),
      fact('Godkända rader', swedishNumber(reading.accepted)),
      fact('Avvisade rader', swedishNumber(rejected)),
      fact(
        'Perioder',
        listed(
          preview.periods.map(({ administration, period }) => `${administration.shortName} ${periodText(period)}`),
        ) || 'inga',
      ),
    ],
    same:
      preview.same === null
        ? null
        : `Samma fil är redan inläst ${momentText(preview.same.recordedAt)} (inläsning ${preview.same.id}). Inget skulle ändras.`,
    outdated,
    rejections:
      rejected === 0
        ? null
        : {
            caption: `Avvisade rader`,
            columns: [{ text: 'Rad', numeric: true }, { text: 'Kolumn' }, { text: 'Varför' }],
            rows: rows.map(({ line, column, header, reason }) => [
              { text: String(line) },
              { text: `${column} ${header}` },
              { text: rejectionReasons[reason] },
            ]),
          },
    rejectionsMore:
      rejected > shownRejections ? `Här visas de första ${shownRejections} av ${swedishNumber(rejected)}.` : null,
    rejectionsPath: rejected === 0 ? null : `${action}/avvisade.csv`,
    periods: preview.periods.map(({ administration, period, level, rows, missing }, place) => ({
      title: `${administration.shortName}, ${periodText(period)}`,
      open: place < 2,
      table: {
        caption: `${administration.shortName}, ${periodText(period)}: nu och efter inläsningen`,
        columns: [
          { text: level === 'county' ? 'Område' : 'Kommun' },
          { text: 'Genomsnitt nu', numeric: true },
          { text: 'Efter', numeric: true },
          { text: 'Vårdtillfällen nu', numeric: true },
          { text: 'Efter', numeric: true },
          { text: 'Dagar nu', numeric: true },
          { text: 'Efter', numeric: true },
          { text: 'Ändring' },
        ],
        rows: rows.map((row) => previewRow(row, level)),
      },
      missing:
        missing.length === 0
          ? null
          : `Filen nämner inte ${listed(missing.map(({ shortName }) => shortName))}. De räknas som 0 vårdtillfällen i det som filen täcker.`,
    })),
    canConfirm: reading.accepted > 0 && preview.same === null,
  }
}

function previewRow({ municipality, before, after }: PreviewRow, level: 'municipal' | 'county'): Cell[] {
  const shown = (counts: typeof before) => {
    const value = counts === null ? null : average(counts.days, counts.episodes, 2)
    return value === null ? '–' : swedishNumber(value)
  }
  const count = (value: number | undefined) => ({ text: value === undefined ? '–' : swedishNumber(value) })
  const changed = before === null || before.episodes !== after.episodes || before.days !== after.days
  return [
    { text: municipality?.shortName ?? (level === 'county' ? 'Hela länet' : 'Utomläns') },
    { text: shown(before) },
    { text: shown(after) },
    count(before?.episodes),
    count(after.episodes),
    count(before?.days),
    count(after.days),
    { text: before === null ? 'ny' : changed ? 'ändras' : 'oförändrad' },
  ]
}

const fact = (term: string, text: string): Fact => ({ term, values: [{ text }] })

function* take<Item>(items: Iterable<Item>, most: number): Generator<Item> {
  let taken = 0
  for (const item of items) {
    if (taken === most) return
    taken += 1
    yield item
  }
}

export type ImportPage = {
  head: PageHead
  title: string
  facts: readonly Fact[]
  undo: string | null
  done: string | null
}

/** One import. @throws PortalError not-found */
export async function importPage(db: Reader, id: number, isNew: boolean): Promise<ImportPage> {
  const [batch] = await batches(db, [id])
  if (batch === undefined) throw notFound(`discharge batch ${id}`)
  const [covered, { administrations }] = await Promise.all([coverageOf(db, id), measuredPlaces(db)])
  const spans = administrations.flatMap((administration) => {
    const months = covered
      .filter(({ administrationId }) => administrationId === administration.id)
      .map(({ month }) => month)
    const [first, last] = [months[0], months.at(-1)]
    if (first === undefined || last === undefined) return []
    const span = first === last ? dateText(first, 'month') : `${dateText(first, 'month')} – ${dateText(last, 'month')}`
    return [`${administration.shortName}: ${span} (${counted(new Set(months).size, 'månad', 'månader')})`]
  })
  return {
    head: { title: `Inläsning ${id}`, section, crumbs: [roomCrumb, crumb, { text: `Inläsning ${id}` }], hidden: true },
    title: `Inläsning ${id}`,
    facts: [
      fact('Fil', batch.fileName),
      fact('Innehåll', kindNames[batch.kind]),
      fact('Godkända rader', swedishNumber(batch.accepted)),
      fact('Avvisade rader', swedishNumber(batch.rejected)),
      fact('Täcker', spans.join('; ')),
      fact('Inläst', `${momentText(batch.recordedAt)} av ${batch.actor}`),
      ...(batch.undoneAt === null ? [] : [fact('Ångrad', `${momentText(batch.undoneAt)} av ${batch.undoneBy}`)]),
      fact('Filens kontrollsumma (SHA-256)', batch.sha256),
    ],
    undo: batch.undoneAt === null && !batch.example ? `${dischargeImportPath(id)}/angra` : null,
    done: isNew ? 'Filen är inläst.' : null,
  }
}
