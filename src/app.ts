import type { Kysely } from 'kysely'
import { plansRoutes } from './action-plans/routes.ts'
import { bodiesRoutes, organisationRoutes, personsRoutes } from './bodies/routes.ts'
import type { Config } from './config.ts'
import type { Database } from './db/database.ts'
import { decisionsRoutes } from './decisions/routes.ts'
import { dischargeDaysRoutes } from './discharge-days/routes.ts'
import { documentsRoutes } from './documents/routes.ts'
import { effectHandlers } from './effect-handlers.ts'
import { type App, openServer, type Room, type ServerParts } from './http/server.ts'
import { stockholmToday } from './kernel/dates.ts'
import { meetingsRoutes } from './meetings/routes.ts'
import { aboutRoutes } from './overviews/about-routes.ts'
import { partiesRoutes } from './overviews/parties-routes.ts'
import { mattersRoutes } from './overviews/matters-routes.ts'
import { projectsRoutes } from './overviews/projects-routes.ts'
import { sitemapRoutes } from './overviews/sitemap-routes.ts'
import { followUpRoutes } from './overviews/follow-up-routes.ts'
import { startRoutes } from './overviews/start-routes.ts'
import { themesRoutes } from './overviews/themes-routes.ts'

export type AppParts = Partial<ServerParts> & { config: Config; db: Kysely<Database> }

const rooms: readonly ((room: Room) => (app: App) => Promise<void>)[] = [
  (room) => startRoutes(room, effectHandlers),
  (room) => meetingsRoutes(room, effectHandlers),
  (room) => decisionsRoutes(room, effectHandlers),
  bodiesRoutes,
  personsRoutes,
  organisationRoutes,
  (room) => partiesRoutes(room, effectHandlers),
  plansRoutes,
  documentsRoutes,
  followUpRoutes,
  mattersRoutes,
  themesRoutes,
  projectsRoutes,
  dischargeDaysRoutes,
  aboutRoutes,
  sitemapRoutes,
]

/**
 * The portal, ready to listen or to be asked with inject. The one place that names all rooms.
 * Left out: today is the day it is in Stockholm, and the portal counts as ready at once.
 */
export async function buildApp({
  db,
  today = stockholmToday,
  readiness = async () => ({ ready: true }),
  ...parts
}: AppParts): Promise<App> {
  const app = await openServer({ ...parts, today, readiness })
  for (const room of rooms) {
    await app.register(room({ db, config: parts.config, today }), { prefix: parts.config.basePath })
  }
  return app
}
