import { z } from 'zod'
import type { EffectHandler } from '../effects/effect.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { meetingsPath, meetingPath as pathOfMeeting } from '../kernel/urls.ts'
import { meetingItemPage, meetingListPage, meetingPage } from './pages.ts'
import { publicStates } from './rules.ts'
import { movedTo } from './workbench-queries.ts'

const querystring = z.object({
  ar: z.coerce.number().int().min(1000).max(9998).optional().catch(undefined),
  grupp: z.string().max(200).optional(),
  sida: z.coerce.number().int().min(1).max(100_000).catch(1).default(1),
})
const params = z.object({ slug: z.string() })
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
        return reply.page('meetings/list', await meetingListPage(db, { year: ar ?? null, body: grupp ?? null }, sida))
      },
    )

    app.get(
      `${meetingsPath}/:slug`,
      { schema: { params }, config: { may: anyone, cache: 'shared' } },
      async (request, reply) => {
        const { slug } = request.params
        const moved = await movedTo(db, slug)
        if (moved && publicStates.includes(moved.state)) return reply.moved(pathOfMeeting(moved.slug))
        return reply.page(
          'meetings/show',
          await meetingPage(db, handlers, slug, today(), request.identity ?? undefined),
        )
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
  }
