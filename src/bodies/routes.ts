import { z } from 'zod'
import { pageNumber } from '../http/addresses.ts'
import { readDatum, readDay } from '../http/as-of.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { bodiesPath, organisationComparisonPath, organisationPath } from '../kernel/urls.ts'
import { comparisonPage, daysToCompare } from './comparison-page.ts'
import { bodyListPage } from './list-page.ts'
import { bodyPage } from './pages.ts'
import { personPage } from './person-page.ts'
import { structurePage } from './structure-page.ts'

const params = z.object({ slug: z.string().max(200) })
const day = z.unknown().optional()
const listed = z.object({ sida: pageNumber, datum: day, fran: day, till: day })
const open = { may: anyone, cache: 'shared' } as const

/** The groups for readers: the list, each group on any day, and what changed in it between two days. */
export const bodiesRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    app.get(bodiesPath, { config: open }, async (request, reply) => {
      const asOf = readDatum(request.query)
      return reply.page('bodies/list', await bodyListPage(db, asOf ?? today(), asOf))
    })

    app.get(
      `${bodiesPath}/:slug`,
      { schema: { params, querystring: listed }, config: open },
      async (request, reply) => {
        const asOf = readDatum(request.query)
        return reply.page(
          'bodies/show',
          await bodyPage(db, request.params.slug, asOf ?? today(), asOf, request.query.sida),
        )
      },
    )

    app.get(
      `${bodiesPath}/:slug/jamfor`,
      { schema: { params, querystring: listed }, config: open },
      async (request, reply) => {
        const days = daysToCompare(readDay(request.query, 'fran'), readDay(request.query, 'till'), today())
        return reply.page('bodies/comparison', await comparisonPage(db, request.params.slug, days, request.query.sida))
      },
    )
  }

/** How the groups hang together on any day, and what changed in all of them between two days. */
export const organisationRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    app.get(organisationPath, { config: open }, async (request, reply) => {
      const asOf = readDatum(request.query)
      return reply.page('bodies/structure', await structurePage(db, asOf ?? today(), asOf))
    })

    app.get(organisationComparisonPath, { schema: { querystring: listed }, config: open }, async (request, reply) => {
      const days = daysToCompare(readDay(request.query, 'fran'), readDay(request.query, 'till'), today())
      return reply.page('bodies/comparison', await comparisonPage(db, null, days, request.query.sida))
    })
  }

/** What is public of a person's roles. Those who shall have no page are answered as if they were not there. */
export const personsRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    app.get('/personer/:slug', { schema: { params, querystring: listed }, config: open }, async (request, reply) =>
      reply.page('persons/show', await personPage(db, request.params.slug, today(), request.query.sida)),
    )
  }
