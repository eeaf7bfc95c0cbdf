import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { change } from '../audit/work.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { draftOf, forgetDraft } from '../http/drafts.ts'
import { compared, type Notice } from '../http/edit-page.ts'
import { type FormState, untouched } from '../http/fields.ts'
import { readForm, typedIn } from '../http/forms.ts'
import { administrator, coordinatorOf, reader } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { conflict } from '../kernel/errors.ts'
import { errataLink, errataPath, minutesVersionsPath, withQuery, workMeetingsPath } from '../kernel/urls.ts'
import { maskWords, noteInMinutes, notPublished, timesInMinutes } from './errata-changes.ts'
import { errataDraft, errataPage, maskForm, maskRefusals, masksPage, noteForm, noteRefusals } from './errata-pages.ts'
import { type WorkMeeting, workMeeting } from './workbench-queries.ts'

const params = z.object({ slug: z.string() })
const querystring = z.object({
  punkt: z.string().max(10).optional(),
  sparat: z.string().max(20).optional(),
  utkast: z.string().optional(),
})

/** Errata, notes of what happened after the meeting, and masks: how published minutes are mended in the open. */
export const errataRoutes =
  ({ db, today }: Room, handlers: readonly EffectHandler[]) =>
  async (app: App) => {
    const config = { may: coordinatorOf('meeting'), cache: 'private' } as const
    const at = `${workMeetingsPath}/:slug/rattelser`

    async function published(slug: string): Promise<WorkMeeting> {
      const meeting = await workMeeting(db, slug)
      if (meeting.state !== 'published') throw conflict(notPublished)
      return meeting
    }
    const pageFor = (
      request: FastifyRequest,
      meeting: WorkMeeting,
      number: string | null,
      state: { form?: FormState; savedAt?: string | null; notices?: readonly Notice[] },
    ) =>
      errataPage(db, handlers, meeting, number, { ...state, administrator: request.identity?.administrator ?? false })
    const whoIs = (request: FastifyRequest) => request.identity ?? reader

    app.get(at, { schema: { params, querystring }, config }, async (request, reply) => {
      const { punkt = null, sparat, utkast } = request.query
      const meeting = await published(request.params.slug)
      const draft = await draftOf(db, whoIs(request), errataDraft(meeting.slug, punkt))
      const form = draft ? { typed: draft.typed, problems: [] } : untouched
      const link = { text: 'Versioner och skillnader', path: minutesVersionsPath(meeting.slug) }
      const notices: Notice[] = [
        ...(sparat === undefined
          ? []
          : [
              {
                tone: 'good' as const,
                text:
                  sparat === 'ja' ? 'Sparat. Det visas nu för alla.' : `Sparat. Protokollet har nu version ${sparat}.`,
                link,
              },
            ]),
        ...(utkast === undefined ? [] : [{ tone: 'good' as const, text: 'Utkastet är sparat. Bara du ser det.' }]),
      ]
      const page = await pageFor(request, meeting, punkt, { form, savedAt: draft?.savedAt ?? null, notices })
      return reply.page('workspace/edit', page)
    })

    app.post(at, { schema: { params, querystring }, config }, async (request, reply) => {
      const { punkt = null } = request.query
      const meeting = await published(request.params.slug)
      const form = readForm(noteForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await pageFor(request, meeting, punkt, { form }))
      const { slag, anteckning, sett, text } = form.values
      const typed = typedIn(request.body)
      const clauses = new Map(
        Object.entries(typed).flatMap(([name, value]) => {
          const id = /^beslut-(\d{1,15})$/.exec(name)?.[1]
          return id === undefined ? [] : [[Number(id), String(value).replace(/\r\n?/g, '\n').trim()] as const]
        }),
      )
      const note = {
        kind: slag,
        note: anteckning,
        item: punkt === null ? null : { number: punkt, mark: sett, text, clauses },
      }
      const done = await change(db, request.actor, (work) => noteInMinutes(work, handlers, meeting.id, note, today()))
      if ('refusal' in done) {
        if (done.refusal === 'stale') {
          const mine = await pageFor(request, meeting, punkt, { form: { typed, problems: [] } })
          // Only the words can differ: what is noted now is nobody else's.
          const stands = { slag, anteckning }
          const theirs = await pageFor(request, meeting, punkt, { form: { typed: stands, problems: [] } })
          return reply.code(409).page('workspace/edit', compared(mine, theirs))
        }
        const problems = [noteRefusals[done.refusal]]
        return reply
          .code(422)
          .page('workspace/edit', await pageFor(request, meeting, punkt, { form: { typed, problems } }))
      }
      await forgetDraft(db, whoIs(request), errataDraft(meeting.slug, punkt))
      return reply.seeOther(withQuery(errataLink(meeting.slug, punkt), { sparat: done.version ?? 'ja' }))
    })

    const forAdministrator = { may: administrator, cache: 'private' } as const

    app.get(`${at}/mask`, { schema: { params }, config: forAdministrator }, async (request, reply) =>
      reply.page('workspace/edit', await masksPage(db, handlers, await published(request.params.slug))),
    )

    app.post(`${at}/mask`, { schema: { params }, config: forAdministrator }, async (request, reply) => {
      const meeting = await published(request.params.slug)
      const form = readForm(maskForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await masksPage(db, handlers, meeting, form))
      const { punkt, ord, skal, bekrafta } = form.values
      const mask = { number: punkt === '' ? null : punkt, words: ord, reason: skal }
      const typed = typedIn(request.body)
      if (bekrafta === undefined) {
        const times = await timesInMinutes(db, handlers, meeting.id, mask.number, mask.words)
        if (times > 0)
          return reply.page('workspace/edit', await masksPage(db, handlers, meeting, { typed, problems: [] }, times))
      }
      const refusal = await change(db, request.actor, (work) => maskWords(work, handlers, meeting.id, mask, today()))
      if (refusal === null) return reply.seeOther(withQuery(errataPath(meeting.slug), { sparat: 'ja' }))
      const problems = [maskRefusals[refusal]]
      return reply.code(422).page('workspace/edit', await masksPage(db, handlers, meeting, { typed, problems }))
    })
  }
