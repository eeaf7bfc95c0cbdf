import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { EffectHandler } from '../effects/effect.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { slugify } from '../kernel/text.ts'
import { meetingPath, meetingsPath, minutesPdfPath } from '../kernel/urls.ts'
import { publicStates } from '../meetings/rules.ts'
import { movedTo } from '../meetings/workbench-queries.ts'
import type { PdfDocument } from './document.ts'
import { minutesDocument, publishedMinutes } from './minutes.ts'
import { openPrinter } from './print.ts'

const params = z.object({ slug: z.string().max(200) })

/** Pages as documents to print and to file: PDF, made when asked for, of what every reader may read. */
export const pdfRoutes =
  ({ db, config }: Room, handlers: readonly EffectHandler[], printer = openPrinter()) =>
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
  }
