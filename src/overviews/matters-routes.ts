import { z } from 'zod'
import { pageNumber } from '../http/addresses.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { mattersPath } from '../kernel/urls.ts'
import { matterListPage, matterPage } from './matters-pages.ts'

const params = z.object({ slug: z.string().max(200) })
const stretch = z.object({ sida: pageNumber })
const querystring = stretch.extend({
  grupp: z
    .string()
    .regex(/^[a-z0-9-]{0,200}$/)
    .optional(),
})
const open = { may: anyone, cache: 'shared' } as const

/** Matters: what goes on over several meetings, plans and documents. */
export function mattersRoutes({ db, today }: Room) {
  return async (app: App) => {
    app.get(mattersPath, { schema: { querystring }, config: open }, async (request, reply) =>
      reply.page(
        'overviews/matters',
        await matterListPage(db, request.query.grupp || null, today(), request.query.sida),
      ),
    )
    app.get(
      `${mattersPath}/:slug`,
      { schema: { params, querystring: stretch }, config: open },
      async (request, reply) =>
        reply.page('overviews/matter', await matterPage(db, request.params.slug, today(), request.query.sida)),
    )
  }
}
