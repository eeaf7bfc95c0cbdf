/** The thread in which an old protocol is read: read-source.ts ends it when it takes too much time or memory. */
import { parentPort, workerData } from 'node:worker_threads'
import { Unzip, UnzipInflate } from 'fflate'
import mammoth from 'mammoth'
import { getDocumentProxy } from 'unpdf'
import { headingMark, type KnownLink, type SourceText } from './lines.ts'

/** The most that a Word file may unpack to, in bytes, and the most pages of a PDF that are read. */
const largestUnpacked = 60_000_000
const mostPages = 200

const { bytes, kind } = workerData as { bytes: Uint8Array; kind: 'pdf' | 'docx' }

type Piece = { text: string; x: number; end: number; y: number; size: number }
type Row = { pieces: Piece[]; y: number; size: number }

async function readPdf(): Promise<SourceText> {
  const pdf = await getDocumentProxy(bytes)
  if (pdf.numPages > mostPages) throw new Error('the file has too many pages')
  const pages: string[] = []
  const links: KnownLink[] = []
  for (let number = 1; number <= pdf.numPages; number += 1) {
    const page = await pdf.getPage(number)
    const content = await page.getTextContent()
    const pieces: Piece[] = []
    for (const item of content.items as { str?: string; transform?: number[]; width?: number; height?: number }[]) {
      if (!item.transform || item.str === undefined || item.str.trim() === '') continue
      const [, , c = 0, d = 0, x = 0, y = 0] = item.transform
      pieces.push({ text: item.str, x, end: x + (item.width ?? 0), y, size: Math.hypot(c, d) || item.height || 10 })
    }
    pages.push(pageText(rowsOf(pieces)))
    for (const note of (await page.getAnnotations()) as {
      subtype?: string
      url?: string
      unsafeUrl?: string
      rect?: number[]
    }[]) {
      const url = note.url ?? note.unsafeUrl
      if (note.subtype === 'Link' && url && note.rect && /^(?:https?|mailto):/i.test(url)) {
        links.push({ page: number, url, anchor: wordsUnder(pieces, note.rect) })
      }
    }
  }
  return { text: pages.join('\n\f'), paragraphs: false, links: links.length > 0 ? joinedLinks(links) : null }
}

/** A link that goes on over a line end has one annotation for each line. */
function joinedLinks(links: readonly KnownLink[]): KnownLink[] {
  const all: KnownLink[] = []
  for (const link of links) {
    const before = all.at(-1)
    if (before && before.page === link.page && before.url === link.url && !/^Bildspel/i.test(link.anchor)) {
      if (before.anchor !== link.anchor) before.anchor = `${before.anchor} ${link.anchor}`.trim()
    } else all.push({ ...link })
  }
  return all
}

/** Pieces of one height make a row, from left to right. */
function rowsOf(pieces: readonly Piece[]): Row[] {
  const rows: Row[] = []
  for (const piece of [...pieces].sort((a, b) => b.y - a.y || a.x - b.x)) {
    const row = rows.at(-1)
    if (row && Math.abs(row.y - piece.y) < Math.min(row.size, piece.size) * 0.45) {
      row.pieces.push(piece)
      row.size = Math.max(row.size, piece.size)
    } else rows.push({ pieces: [piece], y: piece.y, size: piece.size })
  }
  for (const row of rows) row.pieces.sort((a, b) => a.x - b.x)
  return rows
}

function rowText(pieces: readonly Piece[]): string {
  let text = ''
  let end: number | null = null
  for (const piece of pieces) {
    const apart = end === null ? 0 : piece.x - end
    text +=
      apart > piece.size * 0.18 && !text.endsWith(' ') && !piece.text.startsWith(' ') ? ` ${piece.text}` : piece.text
    end = piece.end
  }
  return text.replace(/\s+/g, ' ').trim()
}

/** Where the second of two columns begins, when several rows are cut by a wide space at the same place. */
function secondColumn(rows: readonly Row[]): number | null {
  const starts: number[] = []
  for (const { pieces, size } of rows) {
    for (const [at, piece] of pieces.entries()) {
      const before = pieces[at - 1]
      if (before && piece.x - before.end > size * 2) starts.push(piece.x)
    }
  }
  const best = starts
    .map((start) => starts.filter((other) => Math.abs(other - start) < 6))
    .sort((a, b) => b.length - a.length)[0]
  return best && best.length >= 3 ? Math.min(...best) - 3 : null
}

/** Lines with an empty line where the space between them is larger than the usual. */
function pageText(rows: readonly Row[]): string {
  const column = secondColumn(rows)
  if (column === null) return stacked(rows)
  const cut = (row: Row, side: 'left' | 'right'): Row => ({
    ...row,
    pieces: row.pieces.filter(({ x }) => (side === 'left' ? x < column : x >= column)),
  })
  const crosses = (row: Row) => row.pieces.some(({ x, end }) => x < column && end > column + 2)
  // Rows that go over both columns stand between the stretches that are two columns.
  const parts: string[] = []
  let stretch: Row[] = []
  const flush = () => {
    if (stretch.length === 0) return
    const left = stretch.map((row) => cut(row, 'left')).filter(({ pieces }) => pieces.length > 0)
    const right = stretch.map((row) => cut(row, 'right')).filter(({ pieces }) => pieces.length > 0)
    parts.push(right.length === 0 ? stacked(left) : `${stacked(left)}\n\n${stacked(right)}`)
    stretch = []
  }
  let over: Row[] = []
  for (const row of rows) {
    if (crosses(row)) {
      flush()
      over.push(row)
    } else {
      if (over.length > 0) parts.push(stacked(over))
      over = []
      stretch.push(row)
    }
  }
  flush()
  if (over.length > 0) parts.push(stacked(over))
  return parts.join('\n\n')
}

function stacked(rows: readonly Row[]): string {
  const steps = rows.slice(1).map((row, at) => (rows[at]?.y ?? row.y) - row.y)
  const usual = [...steps].filter((step) => step > 0).sort((a, b) => a - b)
  // The usual step is that between lines of one paragraph, which is among the smaller ones.
  const step = usual[Math.floor(usual.length * 0.3)] ?? 0
  return rows
    .map((row, at) => {
      const before = rows[at - 1]
      const gap = before && before.y - row.y > Math.max(step, row.size) * 1.42
      return `${gap ? '\n' : ''}${rowText(row.pieces)}`
    })
    .join('\n')
}

/** The words that a rectangle covers, whole. */
function wordsUnder(pieces: readonly Piece[], rect: readonly number[]): string {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = rect
  const covered = pieces.filter(
    ({ x, end, y, size }) => y + size * 0.3 > y1 && y + size * 0.3 < y2 && end > x1 + 1 && x < x2 - 1,
  )
  const words = covered.map(({ text, x, end }) => {
    const sign = (end - x) / Math.max(1, text.length)
    const from = Math.max(0, Math.round((x1 - x) / sign))
    const to = Math.min(text.length, Math.round((x2 - x) / sign))
    const start = text.lastIndexOf(' ', Math.min(from + 1, to)) + 1
    const space = text.indexOf(' ', Math.max(start, to - 1))
    return text.slice(start, space === -1 ? text.length : space)
  })
  return words.join(' ').replace(/\s+/g, ' ').trim()
}

/** As long as the lines of a printed page may be, in characters. */
const longestPrintedLine = 130
/** How many lines have to go on in the next before paragraphs are taken for lines. */
const fewestBroken = 5

/**
 * Are the paragraphs the lines of a printed page, as when a protocol was pasted or converted line by line? Then no
 * paragraph is longer than a line, and many a sentence goes on in the next one.
 */
function isPrintedLines(text: string): boolean {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (lines.some((line) => line.length > longestPrintedLine)) return false
  const broken = lines.filter((line, place) => !/[.:;?!]$/.test(line) && /^\p{Ll}/u.test(lines[place + 1] ?? ''))
  return broken.length >= fewestBroken
}

async function readDocx(): Promise<SourceText> {
  measure(bytes)
  const { value } = await mammoth.convertToHtml(
    { buffer: Buffer.from(bytes) },
    { ignoreEmptyParagraphs: false, convertImage: mammoth.images.imgElement(async () => ({ src: '' })) },
  )
  const links: KnownLink[] = []
  const plain = (html: string) =>
    html
      .replace(/<[^>]+>/g, '')
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&quot;/g, '"')
      .replace(/&#39;/g, "'")
      .replace(/&nbsp;/g, ' ')
      .replace(/&amp;/g, '&')
  for (const [, href = '', words = ''] of value.matchAll(/<a href="([^"]*)"[^>]*>(.*?)<\/a>/gs)) {
    if (/^(?:https?|mailto):/i.test(href)) links.push({ page: 1, url: plain(href), anchor: plain(words).trim() })
  }
  // Two cells with one paragraph each are one line of a list.
  const rows = value.replace(/<tr>(.*?)<\/tr>/gs, (_all, cells: string) => {
    const each = [...cells.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)].map(([, cell = '']) => cell)
    const one = each.every((cell) => (cell.match(/<p>/g) ?? []).length <= 1 && !plain(cell).includes(','))
    return one
      ? `<p>${each
          .map((cell) => cell.replace(/<\/?p>/g, ''))
          .filter((cell) => plain(cell).trim() !== '')
          .join(', ')}</p>`
      : each.join('')
  })
  const text = rows
    .replace(/<br\s*\/?>/g, '\n')
    .replace(/<ol><li>(.*?)<\/li><\/ol>/gs, `<p>${headingMark}1$1</p>`)
    .replace(/<h([1-6])[^>]*>(.*?)<\/h\1>/gs, (_all, level: string, words: string) =>
      plain(words).trim() === '' ? '\n\n' : `\n${headingMark}${level}${words}\n`,
    )
    .replace(/<(?:p|li)[^>]*>(.*?)<\/(?:p|li)>/gs, (_all, words: string) =>
      plain(words).trim() === '' ? '\n\n' : `\n${words}`,
    )
  const read = plain(text)
    .replace(/\n\n\n+/g, '\n\n')
    .replace(/^\n+/, '')
  return {
    text: read,
    paragraphs: !isPrintedLines(read),
    links: links.length > 0 ? links : null,
  }
}

/** Unpacks without keeping anything, since what an archive says of its sizes need not be true. @throws Error when it is too much */
function measure(archive: Uint8Array): void {
  let unpacked = 0
  const unzip = new Unzip((file) => {
    file.ondata = (error, chunk) => {
      if (error) throw error
      unpacked += chunk.length
      if (unpacked > largestUnpacked) throw new Error('the file unpacks to too much')
    }
    file.start()
  })
  unzip.register(UnzipInflate)
  const step = 16_384
  for (let at = 0; at < archive.length; at += step)
    unzip.push(archive.subarray(at, at + step), at + step >= archive.length)
}

parentPort?.postMessage(kind === 'pdf' ? await readPdf() : await readDocx())
