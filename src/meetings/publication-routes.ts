import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { change } from '../audit/work.ts'
import { DecisionConflict } from '../decisions/changes.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { type FormState, untouched } from '../http/fields.ts'
import { readForm, type Typed } from '../http/forms.ts'
import { coordinatorOf } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { meetingPath, workMeetingsPath } from '../kernel/urls.ts'
import { PreviewOutdated, publishMinutes } from './publication-changes.ts'
import { publicationPage, publishRefusals } from './publication-pages.ts'
import { type WorkMeeting, workMeeting } from './workbench-queries.ts'

const params = z.object({ slug: z.string() })

const publishForm = z.object({
  sett: z.string('Öppna sidan igen: formuläret saknar vad du har granskat.').max(100),
  utan_justering: z
    .string()
    .max(5000, 'Skriv högst 5 000 tecken.')
    .default('')
    .transform((text) => text.trim() || null),
})

/** The preview of everything that publication will do, and publication itself. */
export const publicationRoutes =
  ({ db, today }: Room, handlers: readonly EffectHandler[]) =>
  async (app: App) => {
    const config = { may: coordinatorOf('meeting'), cache: 'private' } as const
    const one = `${workMeetingsPath}/:slug/publicering`

    async function show(
      request: FastifyRequest,
      reply: FastifyReply,
      meeting: WorkMeeting,
      state: FormState & { outdated?: boolean },
    ) {
      return reply.page(
        'meetings/publication',
        await publicationPage(db, handlers, request.actor, meeting, state, today()),
      )
    }

    app.get(one, { schema: { params }, config }, async (request, reply) => {
      const meeting = await workMeeting(db, request.params.slug)
      if (meeting.state === 'published') return reply.seeOther(meetingPath(meeting.slug))
      return show(request, reply, meeting, untouched)
    })

    app.post(one, { schema: { params }, config }, async (request, reply) => {
      const meeting = await workMeeting(db, request.params.slug)
      const form = readForm(publishForm, request.body)
      if (!form.ok) return show(request, reply.code(422), meeting, form)
      const { sett, utan_justering } = form.values
      try {
        const result = await change(db, request.actor, (work) =>
          publishMinutes(work, handlers, meeting.id, { seen: sett, withoutApproval: utan_justering }, today()),
        )
        if (!('refusal' in result)) return reply.seeOther(meetingPath(meeting.slug))
        const field = result.refusal === 'not-approved' ? 'utan_justering' : ''
        const problems = [{ field, text: publishRefusals[result.refusal] }]
        return show(request, reply.code(422), meeting, { typed: request.body as Typed, problems })
      } catch (error) {
        // Nothing of it stands: the page shows how it is now.
        if (error instanceof PreviewOutdated) {
          return show(request, reply.code(409), await workMeeting(db, meeting.slug), {
            typed: request.body as Typed,
            problems: [],
            outdated: true,
          })
        }
        if (error instanceof DecisionConflict) {
          const problems = error.conflicts.map(({ conflict }) => ({ field: '', text: conflict.text }))
          return show(request, reply.code(409), meeting, { typed: request.body as Typed, problems })
        }
        throw error
      }
    })
  }
