import { z } from 'zod'
import { pageNumber } from '../http/addresses.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { searchPath } from '../kernel/urls.ts'
import { searchPage } from './pages.ts'
import { kindOfWord } from './texts.ts'

// Whatever is typed is a question: what cannot be a filter is none, and a long question is cut.
const querystring = z.object({
  q: z.string().catch('').default(''),
  slag: z.string().max(40).optional().catch(undefined),
  grupp: z
    .string()
    .regex(/^[a-z0-9-]{1,200}$/)
    .optional()
    .catch(undefined),
  ar: z.coerce.number().int().min(1000).max(9998).optional().catch(undefined),
  sida: pageNumber,
})

/** Search over everything that the reader may see. */
export const searchRoutes =
  ({ db }: Room) =>
  async (app: App) => {
    app.get(
      searchPath,
      { schema: { querystring }, config: { may: anyone, cache: 'shared' } },
      async (request, reply) => {
        const { q, slag, grupp, ar, sida } = request.query
        const filter = { kind: kindOfWord(slag), body: grupp ?? null, year: ar ?? null, page: sida }
        return reply.page('search/show', await searchPage(db, q, filter, request.identity))
      },
    )
  }
