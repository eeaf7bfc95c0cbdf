import { z } from 'zod'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { themesPath } from '../kernel/urls.ts'
import { themePage } from './themes-pages.ts'

const params = z.object({ slug: z.string().max(200) })

/** The themes, each with everything about it in one place. */
export function themesRoutes({ db, today }: Room) {
  return async (app: App) => {
    app.get(
      `${themesPath}/:slug`,
      { schema: { params }, config: { may: anyone, cache: 'shared' } },
      async (request, reply) => reply.page('overviews/theme', await themePage(db, request.params.slug, today())),
    )
  }
}
