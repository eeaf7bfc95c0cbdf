/** The source as a page shows it: its words in order, with a place to go to for each proposed fact. Pure. */
import { evenOut, headingMark, linesOf, type SourceText } from './lines.ts'
import type { Proposal, Source } from './protocol.ts'

/** The anchor of a fact's words: 'items.3.subItems.0.title' is at 'k-items-3-subItems-0-title'. */
export const sourceAnchor = (path: string) => `k-${path.replaceAll('.', '-')}`

export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'page'; page: number }
  | { kind: 'open'; anchor: string; low: boolean }
  | { kind: 'close' }

type Range = { start: number; end: number; anchor: string; low: boolean }

/**
 * The words of the source with marks around those that a fact was read from. Marks stand within each other and never
 * across. Every row of the source is there; runs of empty rows become one.
 */
export function markedSource(source: SourceText, proposal: Proposal): { pieces: Piece[]; found: ReadonlySet<string> } {
  const pageOfRow = new Map(linesOf(source).lines.map(({ number, page }) => [number, page]))
  for (const { line, page } of proposal.leftovers) if (line > 0) pageOfRow.set(line, page)
  let text = ''
  const rowStart = new Map<number, number>()
  const pageStarts: { at: number; page: number }[] = []
  let page = 0
  for (const [place, whole] of evenOut(source.text).split('\n').entries()) {
    const row = whole
      .replaceAll('\f', '')
      .replace(new RegExp(`${headingMark}\\d?`, 'g'), '')
      .trimEnd()
      .replace(/^ +/, '')
    if (row === '') {
      if (text !== '' && !text.endsWith('\n\n')) text += '\n'
      continue
    }
    const on = pageOfRow.get(place + 1)
    if (on !== undefined && on > page) {
      page = on
      pageStarts.push({ at: text.length, page })
    }
    rowStart.set(place + 1, text.length)
    text += `${row}\n`
  }
  const ranges: Range[] = []
  for (const [path, from] of Object.entries(proposal.sources)) {
    const range = rangeOf(text, rowStart.get(from.line), from)
    if (range) ranges.push({ ...range, anchor: sourceAnchor(path), low: from.confidence === 'low' })
  }
  return { pieces: piecesOf(text, ranges, pageStarts), found: new Set(ranges.map(({ anchor }) => anchor)) }
}

/** Where a fact's words stand: after its row's start, however they are spaced there; else its whole row. */
function rangeOf(text: string, start: number | undefined, from: Source): { start: number; end: number } | null {
  if (start === undefined) return null
  const words = from.text.split(/\s+/).filter((word) => word !== '')
  const rowEnd = text.indexOf('\n', start)
  if (words.length === 0 || words.length > 2000) return { start, end: rowEnd }
  let at = text.indexOf(words[0] ?? '', start)
  // A name that was cut at its hyphen is whole in the fact and in two rows in the source.
  for (let tries = 0; at !== -1 && at < start + 4000 && tries < 40; tries += 1) {
    const end = endOf(text, at, words)
    if (end !== null) return { start: at, end }
    at = text.indexOf(words[0] ?? '', at + 1)
  }
  return { start, end: rowEnd }
}

function endOf(text: string, at: number, words: readonly string[]): number | null {
  let place = at
  for (const [number, word] of words.entries()) {
    if (number > 0) while (/\s/.test(text[place] ?? '')) place += 1
    for (const sign of word) {
      // A page marker or a line end may stand inside what was joined.
      if (text[place] !== sign[0]) while (/\s/.test(text[place] ?? '')) place += 1
      if (!text.startsWith(sign, place)) return null
      place += sign.length
    }
  }
  return place
}

function piecesOf(
  text: string,
  ranges: readonly Range[],
  pageStarts: readonly { at: number; page: number }[],
): Piece[] {
  const sorted = [...ranges].sort((a, b) => a.start - b.start || b.end - a.end)
  const pieces: Piece[] = []
  const open: number[] = []
  let place = 0
  let nextPage = 0
  const textTo = (end: number) => {
    for (let next = pageStarts[nextPage]; next && next.at < end; next = pageStarts[nextPage]) {
      if (next.at > place) pieces.push({ kind: 'text', text: text.slice(place, next.at) })
      place = Math.max(place, next.at)
      pieces.push({ kind: 'page', page: next.page })
      nextPage += 1
    }
    if (end > place) pieces.push({ kind: 'text', text: text.slice(place, end) })
    place = Math.max(place, end)
  }
  const closeTo = (at: number) => {
    for (let end = open.at(-1); end !== undefined && end <= at; end = open.at(-1)) {
      textTo(end)
      pieces.push({ kind: 'close' })
      open.pop()
    }
  }
  for (const { start, end, anchor, low } of sorted) {
    closeTo(start)
    textTo(start)
    pieces.push({ kind: 'open', anchor, low })
    open.push(Math.min(end, open.at(-1) ?? end))
  }
  closeTo(text.length)
  textTo(text.length)
  return pieces
}
