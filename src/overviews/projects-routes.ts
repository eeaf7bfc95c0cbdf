import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { projectsPath } from '../kernel/urls.ts'
import { projectsPage } from './projects-pages.ts'

/** Projects, on one page: each at its own anchor. */
export function projectsRoutes({ db, today }: Room) {
  return async (app: App) => {
    app.get(projectsPath, { config: { may: anyone, cache: 'shared' } }, async (_request, reply) =>
      reply.page('overviews/projects', await projectsPage(db, today())),
    )
  }
}
