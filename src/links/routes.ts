import { z } from 'zod'
import { pageNumber } from '../http/addresses.ts'
import { anyCoordinator } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { notFound } from '../kernel/errors.ts'
import { linkChecksPath } from '../kernel/urls.ts'
import { linksPage } from './pages.ts'
import { outcomeOrder, outcomes } from './texts.ts'

const querystring = z.object({
  utfall: z.string().max(40).optional(),
  sida: pageNumber,
})

/** What check-links found, for those who keep the pages where the links stand. */
export const linkChecksRoutes =
  ({ db }: Room) =>
  async (app: App) => {
    const config = { may: anyCoordinator, cache: 'private' } as const
    app.get(linkChecksPath, { schema: { querystring }, config }, async (request, reply) => {
      const { utfall, sida } = request.query
      const outcome = outcomeOrder.find((one) => outcomes[one].word === utfall) ?? null
      if (utfall !== undefined && utfall !== '' && outcome === null) throw notFound(`outcome ${utfall}`)
      return reply.page('links/list', await linksPage(db, request.identity, outcome, sida))
    })
  }
