import { UnusableFile } from './unusable.ts'

/**
 * One row of a table as places in a block of UTF-8 bytes. The same object is used for every row: what is needed later
 * must be copied.
 */
export type Fields = {
  bytes: Buffer
  /** The row's number in the file, from 1. */
  line: number
  count: number
  starts: Int32Array
  ends: Int32Array
}

export const mostColumns = 500
export const longestRow = 1024 * 1024

const quote = 34
const lineFeed = 10
const carriageReturn = 13
const space = 32

export function newFields(): Fields {
  return {
    bytes: Buffer.alloc(0),
    line: 0,
    count: 0,
    starts: new Int32Array(mostColumns),
    ends: new Int32Array(mostColumns),
  }
}

/** The text of a field. */
export function textOf(fields: Fields, column: number): string {
  if (column >= fields.count) return ''
  return fields.bytes.toString('utf8', fields.starts[column], fields.ends[column]).trim()
}

/**
 * Cuts separated text into rows, block by block, without making a string of anything. Quotes as in RFC 4180: only at
 * the start of a field, doubled inside.
 */
export class RecordScanner {
  readonly #delimiter: number
  readonly #onRow: (fields: Fields) => void
  readonly #fields = newFields()
  readonly #escaped: number[] = []
  #rest: Buffer = Buffer.alloc(0)
  #line = 1

  constructor(delimiter: string, firstLine: number, onRow: (fields: Fields) => void) {
    this.#delimiter = delimiter.charCodeAt(0)
    this.#line = firstLine
    this.#onRow = onRow
  }

  /** @throws UnusableFile for rows and numbers of columns that no table has */
  push(block: Buffer): void {
    this.#scan(this.#rest.length === 0 ? block : Buffer.concat([this.#rest, block]), false)
  }

  /** The file is over: what is left is its last row. */
  finish(): void {
    if (this.#rest.length > 0) this.#scan(this.#rest, true)
  }

  #scan(bytes: Buffer, last: boolean): void {
    const delimiter = this.#delimiter
    const size = bytes.length
    let at = 0
    let rowStart = 0
    let count = 0
    let fieldStart = 0
    let lines = 0
    while (at < size) {
      const byte = bytes[at] as number
      if (byte === quote && at === fieldStart) {
        const close = this.#closingQuote(bytes, at + 1, count)
        if (close === -1 || (close === size - 1 && !last)) {
          if (last) throw new UnusableFile(`Rad ${this.#line}: ett citattecken öppnas men stängs aldrig.`)
          break
        }
        for (let inside = at; inside < close; inside += 1) if (bytes[inside] === lineFeed) lines += 1
        // Until the next separator the quoted text is the field; what stands after the quote is not.
        at = close + 1
        while (at < size && bytes[at] !== delimiter && bytes[at] !== lineFeed && bytes[at] !== carriageReturn) at += 1
        if (at === size && !last) break
        this.#endField(count, fieldStart + 1, close)
        count += 1
        if (at < size && bytes[at] === delimiter) {
          at += 1
          fieldStart = at
          if (at < size || !last) continue
          this.#endField(count, at, at)
          count += 1
        }
      } else if (byte === delimiter) {
        this.#endField(count, fieldStart, at)
        count += 1
        at += 1
        fieldStart = at
        if (at < size || !last) continue
        this.#endField(count, at, at)
        count += 1
      } else if (byte === lineFeed || byte === carriageReturn) {
        this.#endField(count, fieldStart, at)
        count += 1
      } else {
        at += 1
        if (at < size || !last) continue
        this.#endField(count, fieldStart, at)
        count += 1
      }
      // Here a row is whole, and `at` is on its line end or past the file's last byte.
      if (at < size && bytes[at] === carriageReturn) {
        if (at + 1 === size && !last) break
        if (bytes[at + 1] === lineFeed) at += 1
      }
      at += 1
      for (const column of this.#escaped) this.#unescape(bytes, column)
      this.#escaped.length = 0
      this.#fields.bytes = bytes
      this.#fields.line = this.#line
      this.#fields.count = count
      if (trim(this.#fields)) this.#onRow(this.#fields)
      this.#line += lines + 1
      lines = 0
      count = 0
      rowStart = at
      fieldStart = at
    }
    this.#escaped.length = 0
    this.#rest = rowStart < size ? Buffer.from(bytes.subarray(rowStart)) : Buffer.alloc(0)
    if (this.#rest.length > longestRow) throw tooLongRow(this.#line)
  }

  #closingQuote(bytes: Buffer, from: number, column: number): number {
    for (let at = bytes.indexOf(quote, from); at !== -1; at = bytes.indexOf(quote, at + 2)) {
      if (bytes[at + 1] !== quote) return at
      if (this.#escaped.at(-1) !== column) this.#escaped.push(column)
    }
    return -1
  }

  #endField(column: number, start: number, end: number): void {
    if (column >= mostColumns) throw new UnusableFile(`Rad ${this.#line}: fler än ${mostColumns} kolumner.`)
    this.#fields.starts[column] = start
    this.#fields.ends[column] = end
  }

  #unescape(bytes: Buffer, column: number): void {
    const start = this.#fields.starts[column] ?? 0
    const text = bytes.toString('latin1', start, this.#fields.ends[column]).replaceAll('""', '"')
    this.#fields.ends[column] = start + bytes.write(text, start, 'latin1')
  }
}

export const tooLongRow = (line: number) =>
  new UnusableFile(`Rad ${line} är längre än en miljon tecken. Filen är ingen tabell.`)

/** Moves the fields' ends inwards past spaces. False when nothing is left of any: an empty row. */
function trim(fields: Fields): boolean {
  const { bytes, starts, ends, count } = fields
  let filled = false
  for (let column = 0; column < count; column += 1) {
    let start = starts[column] as number
    let end = ends[column] as number
    while (start < end && (bytes[start] as number) <= space) start += 1
    while (end > start && (bytes[end - 1] as number) <= space) end -= 1
    starts[column] = start
    ends[column] = end
    if (end > start) filled = true
  }
  return filled
}
