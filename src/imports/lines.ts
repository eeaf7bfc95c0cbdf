/** The text of an old protocol as lines: what is a page, a gap, a link target. Pure. */

/** A target with the words that carry it, when the file itself says so (PDF annotations, Word links). */
export type KnownLink = { page: number; anchor: string; url: string }

/** What a file says: text, pages apart by form feeds or by the marks of the form itself. */
export type SourceText = {
  text: string
  /** True when every line is a whole paragraph (Word), false when it is a printed line. */
  paragraphs: boolean
  /** Null when the file says nothing of which words carry its links. */
  links: readonly KnownLink[] | null
}

export type Line = {
  /** 'gap' ends a block; 'url' is a link target at the end of a page. */
  kind: 'text' | 'gap' | 'url'
  text: string
  /** As it stood, with its inner spaces: two printed columns may share a line. */
  raw: string
  page: number
  /** Where it stands in the source, from 1. */
  number: number
  /** The first text of its page. */
  opensPage: boolean
  /** A line that is marked as a heading by its style. 0: not marked. */
  level: number
}

export type Dropped = { page: number; line: number; text: string; reason: 'page_marker' | 'repeated_title' }

/** Marks a line as a heading by style; readers of Word files put it first on the line. */
export const headingMark = '\u0001'

export const urlLine = /^(?:https?:\/\/|mailto:)\S+$/i
const pageMarker = /^(?:Sida\s*)?\d{1,2}\s*(?:\(|av|\/)\s*\d{1,2}\)?$|^Sida\s*:?\s*\d{1,2}$/i

/** Signs that mean the same in one form: NFC, plain spaces, no soft hyphens; a line end is a line feed. */
export function evenOut(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .normalize('NFC')
    .replace(/\r\n?|\u2028|\u2029|\u0085/g, '\n')
    .replace(/\u00AD[ \t]*\n\s*/g, '')
    .replace(/[\u00AD\u200B-\u200D\u2060]/g, '')
    .replace(/[\u00A0\u2000-\u200A\u202F\u205F\u3000]/g, ' ')
    .replace(/\uFB01/g, 'fi')
    .replace(/\uFB02/g, 'fl')
    .replace(/\uFB00/g, 'ff')
    .replace(/\uFFFD/g, '')
}

/**
 * Splits a text into lines of the form. Three ways of writing gaps are told apart: a line of one space between empty
 * lines (double spaced), several empty lines (double spaced, trimmed), one empty line (single spaced).
 */
export function linesOf(source: SourceText): { lines: Line[]; pages: number; dropped: Dropped[] } {
  const rows = evenOut(source.text).split('\n')
  const feeds = source.text.includes('\f')
  const filled = rows.filter((row) => row.trim() !== '')
  const loneSpaces = rows.filter((row) => /^ +$/.test(row)).length
  const apart = rows.filter((row, at) => row.trim() !== '' && rows[at + 1]?.trim() === '').length
  const doubled = !source.paragraphs && filled.length > 3 && apart / filled.length > 0.75
  const way = loneSpaces > 0 && doubled ? 'spaces' : doubled ? 'several' : 'single'
  // A text of which each paragraph is one line is double spaced too: then one empty line is a gap.
  const longest = Math.max(0, ...filled.map((row) => row.trim().length))
  const single = way === 'single' || (way === 'several' && longest > 160)
  const marked = !feeds && way === 'spaces'

  const lines: Line[] = []
  const dropped: Dropped[] = []
  let page = 1
  let opensPage = true
  let empties = 0
  let hasText = false
  const gap = (number: number) => {
    if (lines.at(-1)?.kind !== 'gap') {
      lines.push({ kind: 'gap', text: '', raw: '', page, number, opensPage: false, level: 0 })
    }
  }
  const title = { text: null as string | null }
  let afterUrl = false
  for (const [at, whole] of rows.entries()) {
    const parts = whole.split('\f')
    for (const [place, row] of parts.entries()) {
      if (place > 0 && hasText) {
        page += 1
        opensPage = true
        empties = 0
        afterUrl = false
      }
      const number = at + 1
      if (row.trim() === '') {
        if (parts.length > 1) continue
        empties += 1
        if (way === 'spaces' && !single ? /^ +$/.test(row) : single ? true : empties >= 2) gap(number)
        continue
      }
      empties = 0
      const level = row.startsWith(headingMark) ? Number(row[1]) || 1 : 0
      const raw = (level > 0 ? row.slice(2) : row).replaceAll(headingMark, '').replace(/\s+$/, '')
      const text = raw.replace(/\s+/g, ' ').trim()
      if (urlLine.test(text)) {
        lines.push({ kind: 'url', text, raw, page, number, opensPage: false, level: 0 })
        afterUrl = true
        hasText = true
        continue
      }
      if (marked ? /^ \S/.test(row) && hasText : !feeds && !source.paragraphs && afterUrl) {
        page += 1
        opensPage = true
      }
      afterUrl = false
      if (pageMarker.test(text) || (opensPage && hasText && feeds && text === String(page))) {
        dropped.push({ page, line: number, text, reason: 'page_marker' })
        hasText = true
        continue
      }
      if (title.text !== null && text === title.text) {
        dropped.push({ page, line: number, text, reason: 'repeated_title' })
        continue
      }
      if (title.text === null && /^Protokoll\b/i.test(text)) title.text = text
      lines.push({ kind: 'text', text, raw, page, number, opensPage, level })
      opensPage = false
      hasText = true
    }
  }
  if (feeds) dropPageNumbers(lines, dropped)
  const gaps = lines.some(({ kind }) => kind === 'gap')
  return { lines: gaps || source.paragraphs ? lines : withGuessedGaps(lines), pages: page, dropped }
}

/** A lone number last on its page, equal to the page's, is its number. */
function dropPageNumbers(lines: Line[], dropped: Dropped[]): void {
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = lines[at]
    if (line?.kind !== 'text' || line.text !== String(line.page)) continue
    const next = lines.slice(at + 1).find(({ kind }) => kind !== 'gap')
    if (next !== undefined && next.page === line.page && next.kind === 'text') continue
    lines.splice(at, 1)
    dropped.push({ page: line.page, line: line.number, text: line.text, reason: 'page_marker' })
  }
}

/** Without any gaps in the text: a paragraph ends where a sentence ends on a line that is not full. */
function withGuessedGaps(lines: readonly Line[]): Line[] {
  const width = Math.max(0, ...lines.filter(({ kind }) => kind === 'text').map(({ text }) => text.length))
  return lines.flatMap((line, at) => {
    const before = lines[at - 1]
    if (line.kind !== 'text' || before?.kind !== 'text' || line.opensPage) return [line]
    const ends = /[.!?]["”)]?$/.test(before.text)
    const short = before.text.length < width * 0.8
    const titled = ends && line.text.length < 75 && !/[.,]$/.test(line.text) && /^\p{Lu}/u.test(line.text)
    const starts = /^\d{1,2}\. \S/.test(line.text) || (ends && short) || titled
    return starts ? [{ ...line, kind: 'gap' as const, text: '', raw: '', opensPage: false }, line] : [line]
  })
}

/** Joins printed lines to running text. A compound that hangs on its hyphen keeps it; a name cut at its hyphen is whole. */
export function joined(texts: readonly string[]): string {
  return texts.reduce((all, text) => {
    if (all === '') return text
    const cutName = /(?:^|[\s/])\p{Lu}\p{Ll}+-$/u.test(all) && /^\p{Lu}\p{Ll}/u.test(text)
    return cutName ? `${all}${text}` : `${all} ${text}`
  }, '')
}
