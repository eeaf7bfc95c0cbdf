import { z } from 'zod'
import { pageNumber } from '../http/addresses.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { aboutPath, accessibilityPath, cookiesPath, privacyPath, sourcesPath } from '../kernel/urls.ts'
import { aboutPage, accessibilityPage, cookiesPage, privacyPage, sourcesPage } from './about-pages.ts'

const querystring = z.object({ sida: pageNumber })

/** What the portal is, where its facts come from, and what the law wants said about it. */
export const aboutRoutes =
  ({ db, config }: Room) =>
  async (app: App) => {
    const options = { config: { may: anyone, cache: 'shared' } } as const
    app.get(aboutPath, options, async (_request, reply) => reply.page('overviews/about/portal', aboutPage(config.site)))
    app.get(sourcesPath, { schema: { querystring }, ...options }, async (request, reply) =>
      reply.page('overviews/about/sources', await sourcesPage(db, request.query.sida)),
    )
    app.get(accessibilityPath, options, async (_request, reply) =>
      reply.page('overviews/about/accessibility', accessibilityPage(config)),
    )
    app.get(cookiesPath, options, async (_request, reply) => reply.page('overviews/about/cookies', cookiesPage(config)))
    app.get(privacyPath, options, async (_request, reply) =>
      reply.page('overviews/about/privacy', await privacyPage(db)),
    )
  }
