import { z } from 'zod'
import type { EffectHandler } from '../effects/effect.ts'
import { pageNumber } from '../http/addresses.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { slugify } from '../kernel/text.ts'
import { meetingsPath, meetingPath as pathOfMeeting } from '../kernel/urls.ts'
import { meetingItemPage, meetingListPage, meetingPage } from './pages.ts'
import { publicStates } from './rules.ts'
import { versionPage, versionsPage, versionText } from './versions-pages.ts'
import { movedTo } from './workbench-queries.ts'

const querystring = z.object({
  ar: z.coerce.number().int().min(1000).max(9998).optional().catch(undefined),
  grupp: z.string().max(200).optional(),
  sida: pageNumber,
})
const params = z.object({ slug: z.string() })
const versionParams = params.extend({ version: z.coerce.number().int().min(1).max(100_000) })
const itemParams = z.object({ slug: z.string(), number: z.string() })

/** Meetings and minutes for readers: the list, a meeting, and one item by itself. */
export const meetingsRoutes =
  ({ db, today }: Room, handlers: readonly EffectHandler[]) =>
  async (app: App) => {
    app.get(
      meetingsPath,
      { schema: { querystring }, config: { may: anyone, cache: 'shared' } },
      async (request, reply) => {
        const { ar, grupp, sida } = request.query
        return reply.page('meetings/list', await meetingListPage(db, { year: ar ?? null, body: grupp || null }, sida))
      },
    )

    app.get(
      `${meetingsPath}/:slug`,
      { schema: { params }, config: { may: anyone, cache: 'shared' } },
      async (request, reply) => {
        const { slug } = request.params
        // Few meetings have moved: their pages are made meanwhile, and what is wrong with them is told afterwards.
        const page = meetingPage(db, handlers, slug, today(), request.identity ?? undefined)
        page.catch(() => {})
        const moved = await movedTo(db, slug)
        if (moved && publicStates.includes(moved.state)) return reply.moved(pathOfMeeting(moved.slug))
        return reply.page('meetings/show', await page)
      },
    )

    app.get(
      `${meetingsPath}/:slug/punkt/:number`,
      { schema: { params: itemParams }, config: { may: anyone, cache: 'shared' } },
      async (request, reply) => {
        const { slug, number } = request.params
        return reply.page(
          'meetings/item',
          await meetingItemPage(db, handlers, slug, number, today(), request.identity ?? undefined),
        )
      },
    )

    const versions = `${meetingsPath}/:slug/versioner`
    const shared = { may: anyone, cache: 'shared' } as const

    app.get(versions, { schema: { params }, config: shared }, async (request, reply) =>
      reply.page('meetings/versions', await versionsPage(db, request.params.slug)),
    )

    app.get(`${versions}/:version`, { schema: { params: versionParams }, config: shared }, async (request, reply) => {
      const { slug, version } = request.params
      return reply.page('meetings/version', await versionPage(db, slug, version))
    })

    app.get(
      `${versions}/:version/text`,
      { schema: { params: versionParams }, config: shared },
      async (request, reply) => {
        const { slug, version } = request.params
        const text = await versionText(db, slug, version)
        return reply
          .type('text/plain; charset=utf-8')
          .header('content-disposition', `attachment; filename="${slugify(slug)}-version-${version}.txt"`)
          .send(text)
      },
    )
  }
