import { z } from 'zod'
import { readDatum } from '../http/as-of.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { bodiesPath } from '../kernel/urls.ts'
import { bodyListPage, bodyPage } from './pages.ts'

const params = z.object({ slug: z.string().max(200) })
const open = { may: anyone, cache: 'shared' } as const

/** The groups for readers: the list and each group, on any day. */
export const bodiesRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    app.get(bodiesPath, { config: open }, async (request, reply) => {
      const asOf = readDatum(request.query)
      return reply.page('bodies/list', await bodyListPage(db, asOf ?? today(), asOf))
    })

    app.get(`${bodiesPath}/:slug`, { schema: { params }, config: open }, async (request, reply) => {
      const asOf = readDatum(request.query)
      return reply.page('bodies/show', await bodyPage(db, request.params.slug, asOf ?? today(), asOf))
    })
  }
