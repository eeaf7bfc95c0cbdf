import { z } from 'zod'
import type { EffectHandler } from '../effects/effect.ts'
import { readDatum } from '../http/as-of.ts'
import { answerListFiles, fileTable, tableRows } from '../http/list-files.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { partiesPath } from '../kernel/urls.ts'
import { partyListPage, partyPage } from './parties-pages.ts'

const params = z.object({ slug: z.string().max(200) })
/** `foretradare=alla`: everyone who sits for the party, and more of those who have; otherwise the first of them. */
const query = z.looseObject({ foretradare: z.literal('alla').nullable().catch(null).default(null) })
const open = { may: anyone, cache: 'shared' } as const

/** The municipalities and the region: what each is to do, and how it stands. */
export const partiesRoutes =
  ({ db, config, today }: Room, handlers: readonly EffectHandler[]) =>
  async (app: App) => {
    app.get(partiesPath, { config: open }, async (_request, reply) =>
      reply.page('overviews/parties', await partyListPage(db, today())),
    )

    const root = config.publicOrigin + config.basePath
    answerListFiles(app, partiesPath, z.object({}), async () => {
      const { head, parties } = await partyListPage(db, today())
      return fileTable('parter', head.title, tableRows(root, parties))
    })

    app.get(
      `${partiesPath}/:slug`,
      { schema: { params, querystring: query }, config: open },
      async (request, reply) => {
        const asOf = readDatum(request.query)
        const everyone = request.query.foretradare !== null
        const page = await partyPage(db, handlers, request.params.slug, { day: asOf ?? today(), asOf, everyone })
        return 'movedTo' in page ? reply.moved(page.movedTo) : reply.page('overviews/party', page)
      },
    )
  }
