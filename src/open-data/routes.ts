import type { FastifyReply, FastifyRequest } from 'fastify'
import { BadQuestion, dischargeOpenApi } from '../discharge-days/api.ts'
import { measuredPlaces } from '../discharge-days/queries.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { csvOf, xlsxOf, xlsxType } from '../http/exports.ts'
import { anyone, unasked } from '../http/permissions.ts'
import { badQuestion } from '../http/problems.ts'
import type { App, Room } from '../http/server.ts'
import { notFound } from '../kernel/errors.ts'
import { apiPath, catalogPath, dischargeApiPath, dischargeDaysPath, openApiPath, openDataPath } from '../kernel/urls.ts'
import { catalogXml, licence } from './catalog.ts'
import { openApiDocument } from './openapi.ts'
import { openDataPage } from './pages.ts'
import { firstOfEach, listAnswer, oneAnswer, readListQuestion, type Sources, tableAnswer } from './questions.ts'
import { registersOf } from './registers.ts'

const shared = { config: { may: anyone, cache: 'shared' } } as const

/** Open data: every register as JSON and files, what describes them, and the page that a person reads. */
export const openDataRoutes =
  ({ db, config, today }: Room, handlers: readonly EffectHandler[]) =>
  async (app: App) => {
    const root = config.publicOrigin + config.basePath
    const registers = registersOf(root)
    const sources = (): Sources => ({ db, root, handlers, today: today() })
    const allowed = (reply: FastifyReply) => reply.header('access-control-allow-origin', '*')
    /** Anybody's page may read what anybody may read, and is told what was wrong with its question. */
    const answering =
      (answer: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>) =>
      async (request: FastifyRequest, reply: FastifyReply) => {
        allowed(reply)
        try {
          return await answer(request, reply)
        } catch (error) {
          if (!(error instanceof BadQuestion)) throw error
          return badQuestion(reply, error.parameter, error.message)
        }
      }
    const json = (reply: FastifyReply, answer: unknown) =>
      reply.type('application/json; charset=utf-8').send(JSON.stringify(answer))
    const examples = () => firstOfEach(sources(), registers)

    for (const register of registers) {
      const path = apiPath(register.name)
      app.get(
        path,
        shared,
        answering(async (request, reply) =>
          json(reply, await listAnswer(sources(), register, readListQuestion(register, request.query))),
        ),
      )
      const table = (request: FastifyRequest) => {
        const question = readListQuestion(register, request.query)
        const paging = (['limit', 'offset'] as const).find((name) => Object.hasOwn(request.query as object, name))
        if (paging) throw new BadQuestion(paging, 'En fil har alla rader på en gång.')
        return tableAnswer(sources(), register, question)
      }
      const attached = (reply: FastifyReply, name: string) =>
        reply.header('content-disposition', `attachment; filename="${name}"`)
      app.get(
        `${path}.csv`,
        shared,
        answering(async (request, reply) => {
          const file = csvOf(await table(request))
          return attached(reply, `${register.name}.csv`).type('text/csv; charset=utf-8').send(file)
        }),
      )
      app.get(
        `${path}.xlsx`,
        shared,
        answering(async (request, reply) => {
          const file = await xlsxOf(await table(request))
          return attached(reply, `${register.name}.xlsx`).type(xlsxType).send(file)
        }),
      )
      app.get(
        `${path}/:id`,
        shared,
        answering(async (request, reply) => {
          const [extra] = Object.keys((request.query ?? {}) as object)
          if (extra !== undefined) throw new BadQuestion(extra.slice(0, 100), 'Ett objekt har inga parametrar.')
          const { id } = request.params as { id: string }
          const item = await oneAnswer(sources(), register, id)
          if (item === null) throw notFound(`${register.name} ${id}`)
          return json(reply, item)
        }),
      )
    }

    app.get(openApiPath, shared, async (_request, reply) => {
      const discharge = await dischargeOpenApi(db, root, today())
      return json(allowed(reply), openApiDocument(root, config.site.name, registers, await examples(), discharge))
    })

    app.options('/api/v1/*', { config: { may: unasked, cache: 'none' } }, async (_request, reply) =>
      allowed(reply)
        .header('access-control-allow-methods', 'GET, HEAD, OPTIONS')
        .header('access-control-allow-headers', 'If-None-Match, Accept')
        .header('access-control-max-age', '86400')
        .code(204)
        .send(),
    )

    app.get(catalogPath, shared, async (_request, reply) =>
      allowed(reply)
        .type('application/rdf+xml; charset=utf-8')
        .send(
          catalogXml(config, root, [
            ...registers,
            {
              name: dischargeApiPath.slice(apiPath('').length),
              title: 'Utskrivningsklara dagar',
              about: 'Vårdtillfällen, utskrivningsklara dagar och genomsnitt per kommun och period.',
              theme: 'HEAL',
              listPage: dischargeDaysPath,
              asked: true,
            },
          ]),
        ),
    )

    app.get(openDataPath, shared, async (_request, reply) => {
      const { administrations } = await measuredPlaces(db)
      return reply.page('open-data/show', openDataPage(root, licence, registers, await examples(), administrations))
    })
  }
