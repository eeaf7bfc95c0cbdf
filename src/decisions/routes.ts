import { z } from 'zod'
import type { EffectHandler } from '../effects/effect.ts'
import { pageNumber } from '../http/addresses.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { decisionsPath } from '../kernel/urls.ts'
import { decisionListPage, decisionPage, kindFromWord } from './pages.ts'

const params = z.object({ slug: z.string() })

// A filter that no decision can meet gives an empty list, not an error: a shared link outlives what it once found.
const querystring = z.object({
  ar: z.coerce.number().int().min(1000).max(9998).optional().catch(undefined),
  grupp: z.string().max(200).optional(),
  slag: z.string().max(40).optional(),
  part: z.string().max(200).optional(),
  person: z.string().max(200).optional(),
  sida: pageNumber,
})

/** The register of decisions: /beslut and one page a decision. */
export const decisionsRoutes =
  ({ db, today }: Room, handlers: readonly EffectHandler[]) =>
  async (app: App) => {
    app.get(
      decisionsPath,
      { schema: { querystring }, config: { may: anyone, cache: 'shared' } },
      async (request, reply) => {
        const { ar, grupp, slag, part, person, sida } = request.query
        const filter = {
          year: ar ?? null,
          body: grupp || null,
          kind: kindFromWord(slag),
          party: part ?? null,
          person: person ?? null,
        }
        return reply.page('decisions/list', await decisionListPage(db, handlers, filter, sida))
      },
    )

    app.get(
      `${decisionsPath}/:slug`,
      { schema: { params }, config: { may: anyone, cache: 'shared' } },
      async (request, reply) =>
        reply.page('decisions/show', await decisionPage(db, handlers, request.params.slug, today())),
    )
  }
