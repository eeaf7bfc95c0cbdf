import { z } from 'zod'
import { readDatum } from '../http/as-of.ts'
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
})
const open = { may: anyone, cache: 'shared' } as const

/** The documents: the list and each document, on any day. */
export function documentsRoutes({ db, today }: Room) {
  return async (app: App) => {
    app.get(documentsPath, { schema: { querystring }, config: open }, async (request, reply) => {
      const { slag, lage, part } = request.query
      const filter = { kind: slag ?? null, state: lage ?? null, party: part ?? null }
      return reply.page('documents/list', await documentListPage(db, filter, today()))
    })

    app.get(`${documentsPath}/:slug`, { schema: { params }, config: open }, async (request, reply) => {
      const asOf = readDatum(request.query)
      return reply.page('documents/show', await documentPage(db, request.params.slug, asOf ?? today(), asOf))
    })
  }
}
