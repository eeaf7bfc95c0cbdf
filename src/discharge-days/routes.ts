import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { readDatum } from '../http/as-of.ts'
import { csvOf, xlsxOf, xlsxType } from '../http/exports.ts'
import { allows, anyCoordinator, anyone, member } from '../http/permissions.ts'
import { badQuestion } from '../http/problems.ts'
import type { App, Room } from '../http/server.ts'
import { dischargeApiPath, dischargeDaysPath, dischargeRulesPath, dischargeWhatIfPath } from '../kernel/urls.ts'
import { answerOf, answerQuestion, BadQuestion, readQuestion } from './api.ts'
import { exportTable } from './exports.ts'
import { administrationPage, overviewPage, partyPage, periodPage, reportPage } from './figure-pages.ts'
import type { Audience } from './figures.ts'
import { dischargeImportRoutes } from './import-routes.ts'
import { rulesPage } from './rules-page.ts'
import { whatIfPage } from './what-if.ts'

const administrationParams = z.object({ administration: z.string() })
const periodParams = z.object({ administration: z.string(), period: z.string() })
/** `varden=alla`: the values of every time; otherwise those nearest to the day. */
const rulesQuery = z.looseObject({ varden: z.literal('alla').nullable().catch(null).default(null) })
const partyParams = z.object({ municipality: z.string() })

/** Members and coordinators see everything, everybody else what is published. */
function audienceOf(request: FastifyRequest): Audience {
  return request.identity !== null && allows(member, request.identity, null) ? 'member' : 'public'
}

const mayImport = ({ identity }: FastifyRequest) => identity !== null && allows(anyCoordinator, identity, null)

/** Discharge days: the figures, the rules they are judged by, and how figures come in. */
export const dischargeDaysRoutes = (room: Room) => async (app: App) => {
  const { db, today } = room
  const { basePath, publicOrigin } = room.config
  await app.register(dischargeImportRoutes(room))
  const shared = { config: { may: anyone, cache: 'shared' } } as const
  const origin = publicOrigin + basePath

  app.get(dischargeDaysPath, shared, async (request, reply) =>
    reply.page('discharge-days/overview', await overviewPage(db, today(), audienceOf(request), mayImport(request))),
  )
  app.get(
    `${dischargeDaysPath}/:administration`,
    { ...shared, schema: { params: administrationParams } },
    async (request, reply) =>
      reply.page(
        'discharge-days/administration',
        await administrationPage(db, request.params.administration, today(), audienceOf(request)),
      ),
  )
  const ofPeriod = { ...shared, schema: { params: periodParams } } as const
  app.get(`${dischargeDaysPath}/:administration/:period`, ofPeriod, async (request, reply) => {
    const { administration, period } = request.params
    return reply.page(
      'discharge-days/period',
      await periodPage(db, administration, period, today(), audienceOf(request)),
    )
  })
  app.get(`${dischargeDaysPath}/:administration/:period/rapport`, ofPeriod, async (request, reply) => {
    const { administration, period } = request.params
    return reply.page(
      'discharge-days/report',
      await reportPage(db, administration, period, today(), audienceOf(request)),
    )
  })
  app.get(
    `${dischargeDaysPath}/parter/:municipality`,
    { ...shared, schema: { params: partyParams } },
    async (request, reply) =>
      reply.page(
        'discharge-days/party',
        await partyPage(db, request.params.municipality, today(), audienceOf(request)),
      ),
  )

  app.get(dischargeRulesPath, { ...shared, schema: { querystring: rulesQuery } }, async (request, reply) => {
    const all = request.query.varden !== null
    return reply.page(
      'discharge-days/rules',
      await rulesPage(db, { asOf: readDatum(request.query), today: today(), all }),
    )
  })

  app.get(dischargeWhatIfPath, { config: { may: member, cache: 'private' } }, async (request, reply) => {
    const page = await whatIfPage(db, (request.query ?? {}) as Record<string, unknown>, today())
    return reply.code(page.problems.length > 0 ? 422 : 200).page('discharge-days/what-if', page)
  })

  /** Answers in one of the API's formats, or says which parameter is wrong. */
  const answering =
    (send: (reply: FastifyReply, of: Awaited<ReturnType<typeof ask>>) => Promise<unknown>) =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      // Anybody's page may read what anybody may read.
      reply.header('access-control-allow-origin', '*')
      try {
        return await send(reply, await ask(request))
      } catch (error) {
        if (!(error instanceof BadQuestion)) throw error
        return badQuestion(reply, error.parameter, error.message)
      }
    }
  const ask = async (request: FastifyRequest) => {
    const question = await readQuestion(db, request.query, today())
    return { question, figures: await answerQuestion(db, question, audienceOf(request)) }
  }
  const attached = (reply: FastifyReply, name: string) =>
    reply.header('content-disposition', `attachment; filename="${name}"`)

  app.get(
    dischargeApiPath,
    shared,
    answering(async (reply, { question, figures }) =>
      reply.type('application/json; charset=utf-8').send(JSON.stringify(answerOf(question, figures, origin))),
    ),
  )
  app.get(
    `${dischargeApiPath}.csv`,
    shared,
    answering(async (reply, { figures }) => {
      const table = exportTable(figures)
      return attached(reply, `${table.name}.csv`).type('text/csv; charset=utf-8').send(csvOf(table))
    }),
  )
  app.get(
    `${dischargeApiPath}.xlsx`,
    shared,
    answering(async (reply, { figures }) => {
      const table = exportTable(figures)
      return attached(reply, `${table.name}.xlsx`)
        .type(xlsxType)
        .send(await xlsxOf(table))
    }),
  )
}
