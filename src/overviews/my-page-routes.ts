import { reader, signedIn } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { myPagePath } from '../kernel/urls.ts'
import { myPage } from './my-page-pages.ts'

/** The page where whoever signs in lands: one's groups, meetings, assignments, and what is new. */
export const myPageRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    app.get(myPagePath, { config: { may: signedIn, cache: 'private' } }, async (request, reply) =>
      reply.page('overviews/my-page', await myPage(db, request.identity ?? reader, today())),
    )
  }
