import { type MarkdownPart, markdownParts } from '../kernel/markdown.ts'
import type { Block, Run } from './document.ts'

/** The wording of minutes as blocks: the same paragraphs, lists, emphasis, quotes, tables and links as on the page. */
export function markdownBlocks(text: string): Block[] {
  return blocksOf(markdownParts(text), { place: 0 }, null)
}

/** Reads until the part that closes what was opened. */
function blocksOf(parts: readonly MarkdownPart[], at: { place: number }, closing: string | null): Block[] {
  const blocks: Block[] = []
  while (at.place < parts.length) {
    const part = parts[at.place] as MarkdownPart
    at.place += 1
    if (part.type === closing) break
    if (part.type === 'inline') blocks.push({ kind: 'text', runs: runsOf(part.children ?? []) })
    // A heading in the text is a line that stands out: the document has its own headings.
    if (part.type === 'heading_open') {
      const runs = runsOf(parts[at.place]?.children ?? [])
      blocks.push({ kind: 'text', runs: runs.map((run) => ({ ...run, bold: true })) })
      at.place += 1
    }
    if (part.type === 'blockquote_open') blocks.push({ kind: 'quote', blocks: blocksOf(parts, at, 'blockquote_close') })
    if (part.type === 'bullet_list_open' || part.type === 'ordered_list_open') {
      const end = part.type.replace('open', 'close')
      const items: Block[][] = []
      while (at.place < parts.length && parts[at.place]?.type !== end) {
        at.place += 1
        items.push(blocksOf(parts, at, 'list_item_close'))
      }
      at.place += 1
      blocks.push({
        kind: 'list',
        ordered: part.type === 'ordered_list_open',
        start: Number(part.attrGet('start') ?? 1),
        items,
      })
    }
    if (part.type === 'table_open') blocks.push(tableOf(parts, at))
  }
  return blocks
}

function tableOf(parts: readonly MarkdownPart[], at: { place: number }): Block {
  const rows: string[][] = []
  for (; at.place < parts.length && parts[at.place]?.type !== 'table_close'; at.place += 1) {
    const part = parts[at.place]
    if (part?.type === 'tr_open') rows.push([])
    if (part?.type === 'inline')
      rows.at(-1)?.push(
        runsOf(part.children ?? [])
          .map(({ text }) => text)
          .join(''),
      )
  }
  at.place += 1
  const [header = [], ...rest] = rows
  return { kind: 'table', caption: null, columns: header.map((text) => ({ text, numeric: false })), rows: rest }
}

function runsOf(parts: readonly MarkdownPart[]): Run[] {
  const runs: Run[] = []
  const now = { bold: 0, italic: 0 }
  let href: string | null = null
  let linked = ''
  const add = (text: string) =>
    runs.push({
      text,
      ...(now.bold > 0 ? { bold: true } : {}),
      ...(now.italic > 0 ? { italic: true } : {}),
      ...(href === null ? {} : { href }),
    })
  for (const part of parts) {
    if (part.type === 'strong_open') now.bold += 1
    if (part.type === 'strong_close') now.bold -= 1
    if (part.type === 'em_open') now.italic += 1
    if (part.type === 'em_close') now.italic -= 1
    if (part.type === 'softbreak') add(' ')
    if (part.type === 'hardbreak') add('\n')
    if (part.type === 'link_open') {
      href = String(part.attrGet('href') ?? '')
      linked = ''
    }
    if (part.type === 'text' || part.type === 'code_inline') {
      add(part.content)
      linked += part.content
    }
    if (part.type === 'link_close') {
      // On paper nobody can follow a link whose address is not there.
      const address = href?.replace(/^mailto:/, '') ?? ''
      href = null
      if (address !== linked) add(` (${address})`)
    }
  }
  return runs
}
