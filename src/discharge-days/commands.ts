import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import type { Kysely } from 'kysely'
import { change, systemActor } from '../audit/work.ts'
import type { Database } from '../db/database.ts'
import type { Day } from '../kernel/dates.ts'
import { PortalError } from '../kernel/errors.ts'
import { counted } from '../kernel/text.ts'
import { rememberLayout } from './changes.ts'
import { loadExampleData, removeExampleData } from './example-data.ts'
import { confirmReading, previewOf, readUpload } from './imports.ts'
import { periodCode, periodText } from './periods.ts'
import { type ColumnRole, type FileKind, type Layout, neededColumns, plainHeader } from './reading/columns.ts'
import type { Reading } from './reading/read-file.ts'
import { UnknownLayout, UnusableFile } from './reading/unusable.ts'
import { average, type Counts } from './rules.ts'
import { rejectionReasons } from './texts.ts'

/** Exit codes of the command: 0 imported, or nothing to do; 1 rows were rejected and nothing written; 2 unusable file. */
export type CommandOutcome = { code: 0 | 1 | 2; lines: string[]; data: Record<string, unknown> }

export type ImportOptions = {
  dryRun: boolean
  acceptRejected: boolean
  /** 'kommun=Hemort;utskriven=Ut datum': which column is which, by header. Remembered. */
  columns: string | null
}

const shownRejections = 50

/**
 * `import-discharge-days FILE [--dry-run] [--accept-rejected] [--columns …]`: reads the file, and without --dry-run also
 * imports it. Rejected rows stop it unless they are accepted.
 */
export async function importCommand(
  db: Kysely<Database>,
  path: string,
  options: ImportOptions,
  today: Day,
  log: (line: string) => void,
): Promise<CommandOutcome> {
  let reading: Reading
  let layout: Layout | null = null
  let headers: readonly string[] = []
  const read = () =>
    readUpload(db, blocksOf(path), basename(path), today, {
      layout,
      progress: (rows) => rows % 250_000 === 0 && log(`${counted(rows, 'rad läst', 'rader lästa')}`),
    })
  try {
    try {
      reading = await read()
    } catch (error) {
      if (!(error instanceof UnknownLayout) || options.columns === null) throw error
      headers = error.headers
      layout = layoutFrom(options.columns, headers)
      reading = await read()
    }
  } catch (error) {
    const line = unusableText(error)
    if (line === null) throw error
    return { code: 2, lines: [line], data: { error: line, imported: false } }
  }

  const preview = await previewOf(db, reading)
  const rejected = [...reading.rejections.all(reading.headers)].map(({ line, column, header, reason }) => ({
    line,
    column,
    header,
    reason: rejectionReasons[reason],
  }))
  const data = {
    file: reading.fileName,
    kind: reading.kind,
    accepted: reading.accepted,
    rejected: rejected.length,
    rejections: rejected,
    periods: preview.periods.map(({ administration, period, level, rows }) => ({
      administration: administration.code,
      period: periodCode(period),
      level,
      places: rows.map(({ municipality, before, after }) => ({
        place: municipality?.slug ?? (level === 'county' ? 'county' : 'out-of-county'),
        before: before && shown(before),
        after: shown(after),
      })),
    })),
  }
  const lines = [
    `${reading.fileName}: ${counted(reading.accepted, 'rad godkänd', 'rader godkända')}, ${counted(rejected.length, 'avvisad', 'avvisade')}.`,
    `Perioder: ${preview.periods.map(({ administration, period }) => `${administration.shortName} ${periodText(period)}`).join(', ') || 'inga'}.`,
    ...rejected
      .slice(0, shownRejections)
      .map(({ line, column, header, reason }) => `Rad ${line}, kolumn ${column} (${header}): ${reason}.`),
    ...(rejected.length > shownRejections
      ? [`… och ${rejected.length - shownRejections} till. Med --json visas alla.`]
      : []),
  ]
  const outcome = (
    code: 0 | 1,
    last: string,
    imported: boolean,
    more: Record<string, unknown> = {},
  ): CommandOutcome => ({
    code,
    lines: [...lines, last],
    data: { imported, ...more, ...data },
  })
  if (reading.accepted === 0) return { ...outcome(1, 'Ingen rad kan läsas in. Inget är ändrat.', false), code: 1 }
  if (rejected.length > 0 && !options.acceptRejected) {
    return outcome(
      1,
      'Rader är avvisade, så inget är inläst. Rätta filen, eller läs in resten med --accept-rejected.',
      false,
    )
  }
  if (preview.same) {
    return outcome(0, `Filen är redan inläst (inläsning ${preview.same.id}). Inget är ändrat.`, false, {
      alreadyImported: true,
      batch: preview.same.id,
    })
  }
  if (options.dryRun) return outcome(0, 'Provkörning: inget är inläst.', false)
  try {
    if (layout !== null) {
      const explained = layout
      await change(db, systemActor, (work) => rememberLayout(work, headers, explained))
    }
    const { batchId, already } = await confirmReading(db, systemActor, reading)
    return already
      ? outcome(0, `Filen är redan inläst (inläsning ${batchId}). Inget är ändrat.`, false, {
          alreadyImported: true,
          batch: batchId,
        })
      : outcome(0, `Inläst som inläsning ${batchId}.`, true, { batch: batchId })
  } catch (error) {
    if (!(error instanceof PortalError)) throw error
    return { code: 2, lines: [...lines, error.details], data: { imported: false, error: error.details, ...data } }
  }
}

/** Opens the file when its first block is asked for, so that a missing file is told where it is read. */
async function* blocksOf(path: string): AsyncGenerator<Buffer> {
  yield* createReadStream(path, { highWaterMark: 1024 * 1024 })
}

const shown = ({ episodes, days }: Counts) => ({ episodes, days, average: average(days, episodes, 4) })

/** The line for a file that cannot be used, or null when something else is wrong. */
function unusableText(error: unknown): string | null {
  if (error instanceof UnknownLayout) {
    return `${error.message} Rubrikerna är: ${error.headers.join(' | ')}. Ange vilka de är med --columns, till exempel "kommun=${error.headers[0] ?? 'A'};förvaltning=B;utskrivningsklar=C;utskriven=D".`
  }
  if (error instanceof UnusableFile) return error.message
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'Filen finns inte.'
  if (code === 'EISDIR') return 'Det är en mapp och ingen fil.'
  return code === 'EACCES' ? 'Filen får inte läsas.' : null
}

const roleNames: Readonly<Record<string, ColumnRole>> = {
  kommun: 'municipality',
  forvaltning: 'administration',
  utskrivningsklar: 'ready',
  utskriven: 'discharged',
  vardtillfalle: 'episode',
  period: 'period',
  antal: 'episodes',
  dagar: 'days',
  dagarfrandagfyra: 'lateDays',
}

/** @throws UnusableFile when it does not name the columns that are needed */
function layoutFrom(text: string, headers: readonly string[]): Layout {
  const columns: Partial<Record<ColumnRole, number>> = {}
  for (const pair of text.split(';')) {
    const [name = '', header = ''] = pair.split('=')
    const role = roleNames[plainHeader(name)]
    const column = headers.findIndex((one) => plainHeader(one) === plainHeader(header))
    if (role === undefined || column === -1) throw new UnusableFile(`--columns: "${pair.trim()}" går inte att läsa.`)
    columns[role] = column
  }
  const kind = (['episodes', 'summaries'] as FileKind[]).find((kind) =>
    neededColumns[kind].every((role) => role in columns),
  )
  if (kind === undefined)
    throw new UnusableFile(
      '--columns: ange kommun, förvaltning, utskrivningsklar och utskriven, eller kommun, förvaltning, period, antal och dagar.',
    )
  return { kind, columns }
}

/** `load-example-data` */
export async function loadExamplesCommand(db: Kysely<Database>, factsFolder: string): Promise<CommandOutcome> {
  const loaded = await loadExampleData(db, factsFolder)
  return {
    code: 0,
    lines: [
      loaded
        ? 'Exempeldata är inläst och märkt som påhittad.'
        : 'Exempeldata finns redan, eller så har fakta inget recept för den.',
    ],
    data: { loaded },
  }
}

/** `remove-example-data` */
export async function removeExamplesCommand(db: Kysely<Database>): Promise<CommandOutcome> {
  const removed = await removeExampleData(db)
  return {
    code: 0,
    lines: [removed > 0 ? 'Exempeldata är borttagen.' : 'Det fanns ingen exempeldata.'],
    data: { removed },
  }
}
