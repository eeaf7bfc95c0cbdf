import type { EffectHandler } from '../effects/effect.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { startPath } from '../kernel/urls.ts'
import { startPage } from './start-pages.ts'

/** The start page: what was decided, what comes next, how the county stands. */
export const startRoutes =
  ({ db, config, today }: Room, handlers: readonly EffectHandler[]) =>
  async (app: App) => {
    app.get(startPath, { config: { may: anyone, cache: 'shared' } }, async (_request, reply) =>
      reply.page('overviews/start', await startPage(db, handlers, config.site.name, today())),
    )
  }
