/** What a list page shows, as a file: for lists whose rows no register of the open data has as they stand on the page. */
import type { FastifyReply } from 'fastify'
import type { z } from 'zod'
import { csvOf, type ExportTable, xlsxOf, xlsxType } from './exports.ts'
import type { Fact, ListItem, Rows, Value } from './parts.ts'
import { anyone } from './permissions.ts'
import type { App } from './server.ts'

/** A row: what stands under each heading. */
export type FileRow = Readonly<Record<string, string>>

const wordsOf = ({ text, note, tag }: Value & { tag?: { text: string } | null | undefined }) =>
  [text, tag?.text, note].filter(Boolean).join(', ')

const addressOf = (root: string, value: Value | undefined): FileRow => {
  if (value?.path) return { adress: root + value.path }
  return value?.url ? { adress: value.url } : {}
}

/** The rows of a table on a page, with the address that each row's heading leads to. `section` names the table. */
export const tableRows = (root: string, { columns, rows }: Rows, section?: string): FileRow[] =>
  rows.map((cells) => ({
    ...(section !== undefined && { avsnitt: section }),
    ...Object.fromEntries(columns.map(({ text }, place) => [text, cells[place] ? wordsOf(cells[place]) : ''])),
    ...addressOf(root, cells[0]),
  }))

export const itemRows = (root: string, items: readonly ListItem[], section: string): FileRow[] =>
  items.map(({ title, path, kicker, text, facts = [], tags = [] }) => ({
    avsnitt: section,
    rubrik: title,
    om: [kicker, text, ...facts].filter(Boolean).join('. '),
    läge: tags.map((tag) => tag.text).join(', '),
    adress: root + path,
  }))

export const factCells = (facts: readonly Fact[]): FileRow =>
  Object.fromEntries(
    facts.map(({ term, values }) => [term, values.map((value) => value.url ?? wordsOf(value)).join('; ')]),
  )

/** One table of rows that need not have the same headings; each heading stands where it was first seen. */
export function fileTable(name: string, sheet: string, rows: readonly FileRow[]): ExportTable {
  const headers = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  return {
    name,
    sheet,
    notice: null,
    headers: headers.length === 0 ? ['rubrik'] : headers,
    rows: rows.map((row) => headers.map((header) => row[header] ?? null)),
  }
}

/**
 * Answers `path`.csv and `path`.xlsx with the table that the page at `path` shows for the same query.
 * @param querystring what the page's own query must be
 */
export function answerListFiles<Query>(
  app: App,
  path: string,
  querystring: z.ZodType<Query>,
  tableOf: (query: Query) => Promise<ExportTable>,
): void {
  const options = { schema: { querystring }, config: { may: anyone, cache: 'shared' } } as const
  const attached = (reply: FastifyReply, file: string) =>
    reply.header('content-disposition', `attachment; filename="${file}"`)
  app.get(`${path}.csv`, options, async ({ query }, reply) => {
    const table = await tableOf(query as Query)
    return attached(reply, `${table.name}.csv`).type('text/csv; charset=utf-8').send(csvOf(table))
  })
  app.get(`${path}.xlsx`, options, async ({ query }, reply) => {
    const table = await tableOf(query as Query)
    return attached(reply, `${table.name}.xlsx`)
      .type(xlsxType)
      .send(await xlsxOf(table))
  })
}
