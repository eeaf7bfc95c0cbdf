import { createHash } from 'node:crypto'
import { holdsPersonalNumber } from '../../kernel/personal-number.ts'
import { type Columns, type FileKind, type Layout, layoutOf, plainHeader } from './columns.ts'
import {
  type Counter,
  type CountingRules,
  episodeCounter,
  personalNumberAt,
  type ReadCell,
  summaryCounter,
} from './counting.ts'
import { type Fields, mostColumns, RecordScanner, textOf } from './records.ts'
import type { Rejections } from './rejections.ts'
import { textBlocks } from './text-blocks.ts'
import { PersonalNumberFound, UnknownLayout, UnusableFile } from './unusable.ts'
import { isZip, largestWorkbook, readWorkbook } from './xlsx.ts'

/** What a file turned out to hold. Nothing of single episodes is left in it. */
export type Reading = {
  fileName: string
  sha256: Buffer
  kind: FileKind
  headers: readonly string[]
  accepted: number
  rejections: Rejections
  cells: readonly ReadCell[]
}

export type ReadingRules = CountingRules & {
  /** Layouts that somebody has explained before; the headers are plain ones. */
  remembered: (plainHeaders: readonly string[]) => Layout | null
  /** Told now and then how many rows have been read. */
  progress?: (rows: number) => void
}

const readEvery = 50_000

/**
 * Reads a file of episodes or summaries, CSV or XLSX, as a stream: memory does not grow with the rows.
 * @param layout which column is which, when the one who sends the file has said it
 * @throws UnusableFile with a Swedish message naming line and column; UnknownLayout when the columns must be explained
 */
export async function readFile(
  source: AsyncIterable<Buffer>,
  fileName: string,
  rules: ReadingRules,
  layout: Layout | null = null,
): Promise<Reading> {
  if (holdsPersonalNumber(fileName)) {
    throw new PersonalNumberFound(
      'Filens namn innehåller något som ser ut som ett personnummer. Byt namn på filen och försök igen.',
    )
  }
  const hash = createHash('sha256')
  const bytes = hashed(source, hash)
  const table = new TableReader(rules, layout)
  const first = await bytes.next()
  if (first.done) throw new UnusableFile('Filen är tom.')
  const rest = withFirst(first.value, bytes)
  if (isZip(first.value)) await readWorkbook(await whole(rest), (fields) => table.row(fields))
  else if (first.value.length >= 4 && first.value.readUInt32BE(0) === 0xd0cf11e0) {
    throw new UnusableFile('Filen är i ett äldre Excelformat. Spara den som XLSX eller CSV.')
  } else await readText(rest, table)
  const { counter, found } = table.finish()
  return {
    fileName: fileName.trim().slice(-200) || 'namnlös fil',
    sha256: hash.digest(),
    kind: found.kind,
    headers: table.headers,
    accepted: counter.accepted,
    rejections: counter.rejections,
    cells: counter.cells(),
  }
}

async function* hashed(source: AsyncIterable<Buffer>, hash: ReturnType<typeof createHash>): AsyncGenerator<Buffer> {
  for await (const block of source) {
    if (block.length === 0) continue
    hash.update(block)
    yield block
  }
}

async function* withFirst(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first
  yield* rest
}

async function whole(blocks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const block of blocks) {
    size += block.length
    if (size > largestWorkbook) throw new UnusableFile('XLSX-filen är större än 100 MB. Spara den som CSV i stället.')
    parts.push(block)
  }
  return Buffer.concat(parts)
}

async function readText(source: AsyncIterable<Buffer>, table: TableReader): Promise<void> {
  let scanner: RecordScanner | null = null
  for await (const block of textBlocks(source)) {
    if (scanner === null) {
      if (block.toString('latin1').trim() === '') continue
      const { delimiter, skip } = delimiterOf(block)
      scanner = new RecordScanner(delimiter, skip === 0 ? 1 : 2, (fields) => table.row(fields))
      scanner.push(block.subarray(skip))
    } else scanner.push(block)
  }
  scanner?.finish()
}

/** The separator that the header line has most of, outside quotes; or the one that a line 'sep=;' before it names. */
function delimiterOf(block: Buffer): { delimiter: string; skip: number } {
  const text = block.toString('utf8', 0, Math.min(block.length, 65_536))
  const named = /^sep=([;,\t])\r?\n/.exec(text)
  if (named) return { delimiter: named[1] ?? ';', skip: named[0].length }
  const header = (/^\s*([^\r\n]*)/.exec(text)?.[1] ?? '').replace(/"[^"]*"/g, '')
  const most = [';', '\t', ','].map((delimiter) => ({ delimiter, times: header.split(delimiter).length }))
  return { delimiter: most.reduce((best, one) => (one.times > best.times ? one : best)).delimiter, skip: 0 }
}

/** Takes the first row as headers and hands the others to the counter of their kind. */
class TableReader {
  readonly #rules: ReadingRules
  readonly #given: Layout | null
  #counter: Counter | null = null
  #found: Layout | null = null
  #rows = 0
  headers: readonly string[] = []

  constructor(rules: ReadingRules, given: Layout | null) {
    this.#rules = rules
    this.#given = given
  }

  row(fields: Fields): void {
    if (this.#counter !== null) {
      this.#counter.row(fields)
      this.#rows += 1
      if (this.#rows % readEvery === 0) this.#rules.progress?.(this.#rows)
      return
    }
    this.headers = Array.from({ length: Math.min(fields.count, mostColumns) }, (_, column) => textOf(fields, column))
    for (const [column, header] of this.headers.entries()) {
      if (holdsPersonalNumber(header)) throw personalNumberAt(fields.line, column)
    }
    const found = this.#given ?? layoutOf(this.headers) ?? this.#rules.remembered(this.headers.map(plainHeader))
    if (found === null || !fits(found.columns, this.headers.length)) throw new UnknownLayout(this.headers)
    this.#found = found
    this.#counter = (found.kind === 'episodes' ? episodeCounter : summaryCounter)(found.columns, this.#rules)
  }

  finish(): { counter: Counter; found: Layout } {
    if (this.#counter === null || this.#found === null) throw new UnusableFile('Filen är tom.')
    if (this.#rows === 0) throw new UnusableFile('Filen har bara en rubrikrad och inga uppgifter.')
    return { counter: this.#counter, found: this.#found }
  }
}

const fits = (columns: Columns, width: number) => Object.values(columns).every((column) => column < width)
