import { z } from 'zod'
import { pageNumber } from '../http/addresses.ts'
import { readDatum } from '../http/as-of.ts'
import { answerListFiles, fileTable, tableRows } from '../http/list-files.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { documentsPath } from '../kernel/urls.ts'
import { documentListPage } from './list-page.ts'
import { documentPage } from './pages.ts'
import { kindGroups, stateGroups } from './texts.ts'

const params = z.object({ slug: z.string().max(200) })
const querystring = z.object({
  slag: z.enum(Object.keys(kindGroups)).optional(),
  lage: z.enum(Object.keys(stateGroups)).optional(),
  part: z
    .string()
    .regex(/^[a-z0-9-]{1,200}$/)
    .optional(),
  sida: pageNumber,
})
const open = { may: anyone, cache: 'shared' } as const

/** The documents: the list and each document, on any day. */
export function documentsRoutes({ db, config, today }: Room) {
  return async (app: App) => {
    const root = config.publicOrigin + config.basePath
    const listed = ({ slag, lage, part }: z.output<typeof querystring>, page: number | null) =>
      documentListPage(db, { kind: slag ?? null, state: lage ?? null, party: part ?? null }, today(), page)
    app.get(documentsPath, { schema: { querystring }, config: open }, async (request, reply) =>
      reply.page('documents/list', await listed(request.query, request.query.sida)),
    )
    answerListFiles(app, documentsPath, querystring, async (query) => {
      const { head, columns, county, national } = await listed(query, null)
      return fileTable('dokument', head.title, [
        ...tableRows(root, { columns, rows: county }, 'Länets dokument'),
        ...tableRows(root, { columns: columns.slice(0, 3), rows: national }, 'Nationella dokument och lagar'),
      ])
    })

    app.get(`${documentsPath}/:slug`, { schema: { params }, config: open }, async (request, reply) => {
      const asOf = readDatum(request.query)
      return reply.page('documents/show', await documentPage(db, request.params.slug, asOf ?? today(), asOf))
    })
  }
}
