import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { EffectHandler } from '../effects/effect.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { slugify } from '../kernel/text.ts'
import {
  decisionPath,
  decisionsPath,
  dischargeDaysPath,
  dischargeReportPath,
  meetingPath,
  meetingsPath,
  minutesPdfPath,
  planPath,
  plansPath,
} from '../kernel/urls.ts'
import { publicStates } from '../meetings/rules.ts'
import { movedTo } from '../meetings/workbench-queries.ts'
import { decisionDocument } from './decision.ts'
import type { PdfDocument } from './document.ts'
import { minutesDocument, publishedMinutes } from './minutes.ts'
import { planDocument } from './plan.ts'
import { openPrinter } from './print.ts'
import { reportDocument } from './report.ts'

const params = z.object({ slug: z.string().max(200) })
const reportParams = z.object({ administration: z.string().max(200), period: z.string().max(20) })

/** Pages as documents to print and to file: PDF, made when asked for, of what every reader may read. */
export const pdfRoutes =
  ({ db, config, today }: Room, handlers: readonly EffectHandler[], printer = openPrinter()) =>
  async (app: App) => {
    app.addHook('onClose', () => printer.close())

    const open = { may: anyone, cache: 'shared' } as const
    const where = (path: string) => ({
      site: config.site.name,
      address: `${config.publicOrigin}${config.basePath}${path}`,
    })

    async function send(reply: FastifyReply, document: PdfDocument, name: string) {
      const bytes = await printer.print(document)
      return reply
        .type('application/pdf')
        .header('content-disposition', `inline; filename="${slugify(name)}.pdf"`)
        .send(bytes)
    }

    app.get(`${meetingsPath}/:slug/protokoll.pdf`, { schema: { params }, config: open }, async (request, reply) => {
      const { slug } = request.params
      const moved = await movedTo(db, slug)
      if (moved && publicStates.includes(moved.state)) return reply.moved(minutesPdfPath(moved.slug))
      const published = await publishedMinutes(db, handlers, slug)
      return send(reply, minutesDocument(published, where(meetingPath(slug))), `protokoll-${slug}`)
    })

    app.get(
      `${decisionsPath}/:slug/protokollsutdrag.pdf`,
      { schema: { params }, config: open },
      async (request, reply) => {
        const { slug } = request.params
        const document = await decisionDocument(db, handlers, slug, today(), where(decisionPath(slug)))
        return send(reply, document, `protokollsutdrag-${slug}`)
      },
    )

    app.get(`${plansPath}/:slug/handlingsplan.pdf`, { schema: { params }, config: open }, async (request, reply) => {
      const { slug } = request.params
      return send(reply, await planDocument(db, slug, today(), where(planPath(slug))), `handlingsplan-${slug}`)
    })

    app.get(
      `${dischargeDaysPath}/:administration/:period/rapport.pdf`,
      { schema: { params: reportParams }, config: open },
      async (request, reply) => {
        const { administration, period } = request.params
        const address = where(dischargeReportPath(administration, period))
        const document = await reportDocument(db, administration, period, today(), address)
        return send(reply, document, `utskrivningsklara-dagar-${administration}-${period}`)
      },
    )
  }
