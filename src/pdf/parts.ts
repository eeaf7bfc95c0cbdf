/** Parts of pages as blocks. Links are left out: on paper their words are enough. */
import type { Cell, Column, Fact, Value } from '../http/parts.ts'
import { type Block, paragraph } from './document.ts'

/** A value with its note, as it is read aloud. */
export const valueText = ({ text, note }: Value) => (note ? `${text} (${note})` : text)

const cellText = ({ tag, ...value }: Cell) => [valueText(value), tag?.text].filter(Boolean).join(' ')

export const factsBlock = (facts: readonly Fact[]): Block => ({
  kind: 'facts',
  facts: facts.map(({ term, values }) => ({ term, values: values.map(valueText) })),
})

export const listBlock = (items: readonly string[]): Block => ({
  kind: 'list',
  ordered: false,
  start: 1,
  items: items.map((item) => [paragraph(item)]),
})

export const tableBlock = (
  caption: string | null,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): Block => ({
  kind: 'table',
  caption,
  columns: columns.map(({ text, numeric = false }) => ({ text, numeric })),
  rows: rows.map((row) => row.map(cellText)),
})
