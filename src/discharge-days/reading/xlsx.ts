import { createInflateRaw } from 'node:zlib'
import { type Fields, longestRow, mostColumns, newFields, tooLongRow } from './records.ts'
import { UnusableFile } from './unusable.ts'

/**
 * Reads the first sheet of a workbook row by row, unpacking it as it goes. What a small file can unpack to is limited,
 * so that a file made to fill the memory is refused before it does.
 */

/** Largest packed workbook: a million rows of five columns are some 30 MB. */
export const largestWorkbook = 100 * 1024 * 1024
const largestPart = 16 * 1024 * 1024
const largestSharedText = 128 * 1024 * 1024
const largestSheet = 2 * 1024 * 1024 * 1024
/** A sheet packs to a tenth or a twentieth; what packs to less than a hundredth is no sheet. */
const greatestPacking = 100
const freelyPacked = 32 * 1024 * 1024

type Entry = { name: string; method: number; packed: number; offset: number }

const broken = () => new UnusableFile('Filen är ingen hel XLSX-fil. Spara om den i kalkylprogrammet och försök igen.')
const bomb = () => new UnusableFile('XLSX-filen packas upp till orimligt mycket och är avvisad.')

/** Is this the beginning of a zip archive, which an XLSX file is? */
export const isZip = (first: Buffer) => first.length >= 4 && first.readUInt32LE(0) === 0x04034b50

/** @throws UnusableFile */
export async function readWorkbook(file: Buffer, onRow: (fields: Fields) => void): Promise<void> {
  const entries = directory(file)
  const part = async (name: string, limit = largestPart) => {
    const entry = entries.get(name)
    if (entry === undefined) return ''
    const blocks: Buffer[] = []
    for await (const block of unpacked(file, entry, limit)) blocks.push(block)
    return Buffer.concat(blocks).toString('utf8')
  }
  const workbook = bare(await part('xl/workbook.xml'))
  const sheetId =
    /<sheet\b[^>]*?\br:id="([^"]*)"/.exec(workbook)?.[1] ?? /<sheet\b[^>]*?\bid="([^"]*)"/.exec(workbook)?.[1]
  const links = bare(await part('xl/_rels/workbook.xml.rels'))
  const link = [...links.matchAll(/<Relationship\b[^>]*>/g)].find(([tag]) => attribute(tag, 'Id') === sheetId)?.[0]
  const target = link === undefined ? 'worksheets/sheet1.xml' : (attribute(link, 'Target') ?? '')
  const sheet = entries.get(target.startsWith('/') ? target.slice(1) : `xl/${target}`)
  if (sheet === undefined) throw broken()
  const shared = sharedTexts(bare(await part('xl/sharedStrings.xml', largestSharedText)))
  const dateStyles = stylesOfDates(bare(await part('xl/styles.xml')))
  const epoch = /<workbookPr\b[^>]*\bdate1904="(1|true)"/.test(workbook) ? 1462 : 0
  const row = rowReader(shared, dateStyles, epoch, onRow)

  const decoder = new TextDecoder('utf-8')
  let rest = ''
  for await (const block of unpacked(file, sheet, largestSheet)) {
    rest += decoder.decode(block, { stream: true })
    let at = 0
    for (;;) {
      const end = rest.indexOf('</', at)
      if (end === -1) break
      const close = rest.indexOf('>', end)
      if (close === -1) break
      const name = rest.slice(end + 2, close)
      if (name === 'row' || name.endsWith(':row')) {
        row(bare(rest.slice(0, close + 1)))
        rest = rest.slice(close + 1)
        at = 0
      } else at = close + 1
    }
    if (rest.length > longestRow) throw tooLongRow(row.line + 1)
  }
}

/** Without the prefixes that some programs put before every tag. */
const bare = (xml: string) => (xml.includes(':') ? xml.replace(/<(\/?)[A-Za-z0-9]+:/g, '<$1') : xml)

const attribute = (tag: string, name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]

function directory(file: Buffer): Map<string, Entry> {
  const end = file.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  if (end === -1 || end + 22 > file.length) throw broken()
  const entries = new Map<string, Entry>()
  let at = file.readUInt32LE(end + 16)
  const count = file.readUInt16LE(end + 10)
  if (count > 5000) throw bomb()
  for (let number = 0; number < count; number += 1) {
    if (at + 46 > file.length || file.readUInt32LE(at) !== 0x02014b50) throw broken()
    const nameLength = file.readUInt16LE(at + 28)
    const name = file.toString('utf8', at + 46, at + 46 + nameLength)
    entries.set(name, {
      name,
      method: file.readUInt16LE(at + 10),
      packed: file.readUInt32LE(at + 20),
      offset: file.readUInt32LE(at + 42),
    })
    at += 46 + nameLength + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32)
  }
  return entries
}

async function* unpacked(file: Buffer, entry: Entry, limit: number): AsyncGenerator<Buffer> {
  const { offset, packed, method } = entry
  if (offset + 30 > file.length || file.readUInt32LE(offset) !== 0x04034b50) throw broken()
  const from = offset + 30 + file.readUInt16LE(offset + 26) + file.readUInt16LE(offset + 28)
  const bytes = file.subarray(from, from + packed)
  if (bytes.length < packed) throw broken()
  const most = Math.min(limit, Math.max(freelyPacked, packed * greatestPacking))
  if (method === 0) {
    if (packed > limit) throw bomb()
    yield bytes
    return
  }
  if (method !== 8) throw broken()
  const inflate = createInflateRaw({ chunkSize: 256 * 1024 })
  inflate.end(bytes)
  let size = 0
  try {
    for await (const block of inflate) {
      size += (block as Buffer).length
      if (size > most) throw bomb()
      yield block as Buffer
    }
  } catch (error) {
    if (error instanceof UnusableFile) throw error
    throw broken()
  } finally {
    inflate.destroy()
  }
}

function sharedTexts(xml: string): string[] {
  const texts: string[] = []
  for (const [item] of xml.matchAll(/<si\b[^>]*\/>|<si\b[^>]*>[\s\S]*?<\/si>/g)) texts.push(textIn(item))
  return texts
}

/** All <t> of a cell, without readings (rPh). */
function textIn(xml: string): string {
  const plain = xml.includes('<rPh') ? xml.replace(/<rPh\b[\s\S]*?<\/rPh>/g, '') : xml
  let text = ''
  for (const found of plain.matchAll(/<t\b[^>]*>([\s\S]*?)<\/t>/g)) text += found[1]
  return decoded(text)
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decoded(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(#x?[0-9a-f]{1,6}|\w{2,4});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return entities[name.toLowerCase()] ?? whole
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ''
  })
}

/** Which cell styles show their number as a date. */
function stylesOfDates(xml: string): Set<number> {
  const own = new Map<number, string>()
  for (const [tag] of xml.matchAll(/<numFmt\b[^>]*>/g)) {
    own.set(Number(attribute(tag, 'numFmtId')), decoded(attribute(tag, 'formatCode') ?? ''))
  }
  const styles = new Set<number>()
  const formats = /<cellXfs\b[^>]*>([\s\S]*?)<\/cellXfs>/.exec(xml)?.[1] ?? ''
  for (const [place, [tag]] of [...formats.matchAll(/<xf\b[^>]*>/g)].entries()) {
    const format = Number(attribute(tag, 'numFmtId'))
    const code = own.get(format)?.replace(/"[^"]*"|\[[^\]]*\]|\\./g, '')
    const isDate =
      code === undefined
        ? (format >= 14 && format <= 17) ||
          format === 22 ||
          (format >= 27 && format <= 36) ||
          (format >= 50 && format <= 58)
        : /[ymd]/i.test(code)
    if (isDate) styles.add(place)
  }
  return styles
}

/** A spreadsheet's day: 1 is 1900-01-01, with a 29 February 1900 that never was. */
function dateOfSerial(serial: number): string {
  return new Date((Math.floor(serial) - 25_569) * 86_400_000).toISOString().slice(0, 10)
}

function rowReader(
  shared: readonly string[],
  dateStyles: ReadonlySet<number>,
  epoch: number,
  onRow: (fields: Fields) => void,
) {
  const fields = newFields()
  fields.bytes = Buffer.alloc(64 * 1024)
  const read = (xml: string) => {
    const start = xml.lastIndexOf('<row')
    const opening = xml.slice(start, xml.indexOf('>', start) + 1)
    read.line = Number(attribute(opening, 'r') ?? read.line + 1)
    const texts: string[] = []
    for (const cell of xml.slice(start).matchAll(/<c\b([^>]*?)(?:\/>|>([\s\S]*?)<\/c>)/g)) {
      const attributes = cell[1] ?? ''
      const place = columnOf(/\br="([A-Z]+)/.exec(attributes)?.[1], texts.length)
      if (place >= mostColumns) throw new UnusableFile(`Rad ${read.line}: fler än ${mostColumns} kolumner.`)
      while (texts.length < place) texts.push('')
      texts[place] = textOfCell(attributes, cell[2] ?? '').trim()
    }
    if (texts.every((text) => text === '')) return
    let at = 0
    const size = texts.reduce((sum, text) => sum + text.length * 3, 0)
    if (size > fields.bytes.length) fields.bytes = Buffer.alloc(size)
    for (const [place, text] of texts.entries()) {
      fields.starts[place] = at
      at += fields.bytes.write(text, at)
      fields.ends[place] = at
    }
    fields.count = texts.length
    fields.line = read.line
    onRow(fields)
  }
  read.line = 0

  const textOfCell = (attributes: string, content: string) => {
    const type = /\bt="(\w+)"/.exec(attributes)?.[1]
    if (type === 'inlineStr') return textIn(content)
    const value = /<v\b[^>]*>([\s\S]*?)<\/v>/.exec(content)?.[1] ?? ''
    if (type === 's') return shared[Number(value)] ?? ''
    if (type !== undefined && type !== 'n') return decoded(value)
    const number = Number(value)
    if (value === '' || !Number.isFinite(number)) return decoded(value)
    const style = Number(/\bs="(\d+)"/.exec(attributes)?.[1] ?? 0)
    if (dateStyles.has(style) && number >= 0 && number < 2_958_466) return dateOfSerial(number + epoch)
    return Number.isSafeInteger(number) ? String(number) : value
  }
  return read
}

function columnOf(letters: string | undefined, otherwise: number): number {
  if (letters === undefined) return otherwise
  let number = 0
  for (const letter of letters.slice(0, 4)) number = number * 26 + letter.charCodeAt(0) - 64
  return number - 1
}
