import { z } from 'zod'
import { pageNumber } from '../http/addresses.ts'
import { readDatum } from '../http/as-of.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { plansPath } from '../kernel/urls.ts'
import { planListPage, planPage } from './pages.ts'

const params = z.object({ slug: z.string().max(200) })
const paged = z.object({
  datum: z.string().optional(),
  sida: pageNumber,
})
const open = { may: anyone, cache: 'shared' } as const

/** The action plans: the list and each plan, on any day. */
export function plansRoutes({ db, today }: Room) {
  return async (app: App) => {
    app.get(plansPath, { schema: { querystring: paged }, config: open }, async (request, reply) => {
      const asOf = readDatum(request.query)
      return reply.page('action-plans/list', await planListPage(db, asOf ?? today(), asOf, request.query.sida))
    })

    app.get(`${plansPath}/:slug`, { schema: { params }, config: open }, async (request, reply) => {
      const asOf = readDatum(request.query)
      return reply.page('action-plans/show', await planPage(db, request.params.slug, asOf ?? today(), asOf))
    })
  }
}
