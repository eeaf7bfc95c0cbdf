import { readDatum } from '../http/as-of.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { dischargeDaysPath, dischargeRulesPath } from '../kernel/urls.ts'
import { overviewPage, rulesPage } from './pages.ts'

/** Discharge days: the figures, the rules they are judged by, and how figures come in. */
export const dischargeDaysRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    app.get(dischargeDaysPath, { config: { may: anyone, cache: 'shared' } }, async (_request, reply) =>
      reply.page('discharge-days/overview', await overviewPage(db, today())),
    )

    app.get(dischargeRulesPath, { config: { may: anyone, cache: 'shared' } }, async (request, reply) =>
      reply.page('discharge-days/rules', await rulesPage(db, readDatum(request.query), today())),
    )
  }
