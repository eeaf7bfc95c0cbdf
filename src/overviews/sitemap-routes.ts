import { z } from 'zod'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { notFound } from '../kernel/errors.ts'
import { catalogPath, robotsPath, sitemapPath, startPath } from '../kernel/urls.ts'
import { sitemapIndexXml, sitemapXml } from './sitemap-pages.ts'
import { addressesIn, sitemapParts } from './sitemap-queries.ts'

const querystring = z.object({ del: z.coerce.number().int().min(1).max(100_000).optional() })
/** Numbers of a register in one part: far below the 50,000 addresses that one may hold (sitemaps.org). */
const perPart = 5_000
const open = { may: anyone, cache: 'shared' } as const

/**
 * What search engines ask for. Under a base path robots.txt is only found by those who look there: the host's own,
 * at its root, has to name the sitemap.
 */
export const sitemapRoutes =
  ({ db, config }: Room) =>
  async (app: App) => {
    const root = config.publicOrigin + config.basePath

    app.get(sitemapPath, { schema: { querystring }, config: open }, async (request, reply) => {
      const exists = (path: string) => path === startPath || app.methodsAt(config.basePath + path).includes('GET')
      const { del = null } = request.query
      const parts = await sitemapParts(db, perPart)
      reply.type('application/xml; charset=utf-8')
      if (del === null && parts.length > 1) return reply.send(sitemapIndexXml(root, parts.length))
      const part = parts[(del ?? 1) - 1]
      if (part === undefined) throw notFound(`sitemap part ${del}`)
      const all = await addressesIn(db, part)
      // Asked once for each kind: looking through every route for every address of an old county takes seconds.
      const answered = new Set([...new Set(all.map(({ kind }) => kind))].filter(exists))
      const addresses = all.filter(({ kind }) => answered.has(kind))
      return reply.send(sitemapXml(root, addresses))
    })

    app.get(robotsPath, { config: open }, async (_request, reply) =>
      reply
        .type('text/plain; charset=utf-8')
        .send(
          `User-agent: *\nAllow: ${config.basePath}/\n\n# Datakatalog (DCAT-AP-SE): ${root}${catalogPath}\nSitemap: ${root}${sitemapPath}\n`,
        ),
    )
  }
