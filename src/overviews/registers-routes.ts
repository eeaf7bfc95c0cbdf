import { anyCoordinator, keptBy } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { registersPath } from '../kernel/urls.ts'
import { registersPage } from './registers-pages.ts'

/** Where all registers are found by those who keep them. */
export const registersRoutes =
  ({ db }: Room) =>
  async (app: App) => {
    app.get(registersPath, { config: { may: anyCoordinator, cache: 'private' } }, async (request, reply) =>
      reply.page('workspace/register', await registersPage(db, keptBy(request.identity) === null)),
    )
  }
