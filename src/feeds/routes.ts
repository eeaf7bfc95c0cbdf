import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { EffectHandler } from '../effects/effect.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import {
  bodiesPath,
  calendarPath,
  decisionsFeedPath,
  feedPath,
  followPath,
  newsletterFeedPath,
  partiesPath,
} from '../kernel/urls.ts'
import * as feeds from './feeds.ts'
import { followPage } from './follow-page.ts'

const params = z.object({ slug: z.string().max(200) })
const open = { may: anyone, cache: 'shared' } as const

/** Feeds (Atom) and calendars (iCalendar) of what is public, and the page that tells of them. */
export const feedRoutes =
  ({ db, config, today }: Room, handlers: readonly EffectHandler[]) =>
  async (app: App) => {
    const parts = { db, config, handlers }
    // Readers and calendars that run in a browser read these from their own sites.
    const forAll = (reply: FastifyReply) => reply.header('access-control-allow-origin', '*')
    const atom = (reply: FastifyReply, xml: string) =>
      forAll(reply).type('application/atom+xml; charset=utf-8').send(xml)
    const calendar = (reply: FastifyReply, text: string) =>
      forAll(reply).type('text/calendar; charset=utf-8').send(text)

    app.get(followPath, { config: open }, async (_request, reply) =>
      reply.page('feeds/follow', await followPage(db, config.publicOrigin + config.basePath, today())),
    )

    app.get(feedPath, { config: open }, async (_request, reply) => atom(reply, await feeds.allFeed(parts)))
    app.get(decisionsFeedPath, { config: open }, async (_request, reply) =>
      atom(reply, await feeds.decisionsFeed(parts)),
    )
    app.get(newsletterFeedPath, { config: open }, async (_request, reply) =>
      atom(reply, await feeds.newslettersFeed(parts)),
    )
    app.get(`${bodiesPath}/:slug/flode.atom`, { schema: { params }, config: open }, async (request, reply) =>
      atom(reply, await feeds.bodyFeed(parts, request.params.slug)),
    )
    app.get(`${partiesPath}/:slug/flode.atom`, { schema: { params }, config: open }, async (request, reply) => {
      const found = await feeds.partyFeed(parts, request.params.slug)
      return 'movedTo' in found ? reply.moved(found.movedTo) : atom(reply, found.xml)
    })

    app.get(calendarPath, { config: open }, async (_request, reply) =>
      calendar(reply, await feeds.calendarOf(parts, null, today())),
    )
    app.get(`${bodiesPath}/:slug/kalender.ics`, { schema: { params }, config: open }, async (request, reply) =>
      calendar(reply, await feeds.calendarOf(parts, request.params.slug, today())),
    )
  }
