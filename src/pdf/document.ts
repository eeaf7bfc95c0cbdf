/** What a printed document holds, whatever it is about. It is handed to the layout as data, never as source text. */
import { createHash } from 'node:crypto'

/** A stretch of words in one form. */
export type Run = { text: string; bold?: boolean; italic?: boolean; href?: string }

export type Block =
  /** A level below the one before at most, as the outline of a document must be. */
  | { kind: 'heading'; level: 1 | 2 | 3; text: string }
  | { kind: 'text'; runs: readonly Run[] }
  | { kind: 'note'; text: string }
  | { kind: 'quote'; blocks: readonly Block[] }
  | { kind: 'list'; ordered: boolean; start: number; items: readonly (readonly Block[])[] }
  | { kind: 'facts'; facts: readonly { term: string; values: readonly string[] }[] }
  /** What was decided: set apart from the words around it. */
  | { kind: 'clause'; label: string; text: string }
  | { kind: 'notice'; title: string; text: string }
  /** On a line of its own and in one piece, so that it can be copied and compared. */
  | { kind: 'code'; label: string; text: string }
  | {
      kind: 'table'
      caption: string | null
      columns: readonly { text: string; numeric: boolean }[]
      rows: readonly (readonly string[])[]
    }

export type PdfDocument = {
  title: string
  kicker: string
  /** What the words are: 'SAMMANFATTNING', 'EXEMPELDATA – påhittade siffror'. Printed on every page; null: nothing to say. */
  mark: string | null
  /** Who publishes: the site's name. */
  site: string
  /** The page's own address, printed at the foot. */
  address: string
  /** UTC. Of the frozen version or the day of the content, never of the printing: equal content gives equal bytes. */
  created: readonly [year: number, month: number, day: number, hour: number, minute: number, second: number]
  blocks: readonly Block[]
}

/** One paragraph of plain words. */
export const paragraph = (text: string): Block => ({ kind: 'text', runs: [{ text }] })

/** The moment as the document's date. */
export function createdAt(moment: Date): PdfDocument['created'] {
  return [
    moment.getUTCFullYear(),
    moment.getUTCMonth() + 1,
    moment.getUTCDate(),
    moment.getUTCHours(),
    moment.getUTCMinutes(),
    moment.getUTCSeconds(),
  ]
}

/** Longer than any checksum, and than any word that fits in a line. */
const unbreakable = /\S{66,}/g

/** A word that no line can hold may be broken after every twentieth sign; nothing of it is lost at the margin. */
const breakable = (text: string) => text.replace(unbreakable, (word) => word.replace(/(.{20})(?=.)/gu, '$1\u200b'))

/** The document as the layout reads it. */
export function dataOf(document: PdfDocument): string {
  return JSON.stringify(document, (key, value) =>
    typeof value === 'string' && key !== 'href' && key !== 'address' ? breakable(value) : value,
  )
}

/** SHA-256 in hexadecimal: equal texts have equal keys. */
export function keyOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}
