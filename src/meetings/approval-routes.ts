import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type Actor, change } from '../audit/work.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { chosenIds } from '../http/field-values.ts'
import { untouched } from '../http/fields.ts'
import { readForm, type Typed } from '../http/forms.ts'
import { anyone, coordinatorOf, signedIn } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { conflict, notFound } from '../kernel/errors.ts'
import { adjustLink, adjustMeetingPath, adjustPath, approvalPath, workMeetingsPath } from '../kernel/urls.ts'
import { answerApproval, askAgain, askApprovers, LinkUsed, takeBack } from './approval-changes.ts'
import {
  adjustDonePage,
  adjustListPage,
  adjustPage,
  answerRefusals,
  approvalPageOf,
  askRefusals,
} from './approval-pages.ts'
import { type Asked, askedByLink, askedFor } from './approval-queries.ts'
import { linkHash } from './letters.ts'
import { workMeeting } from './workbench-queries.ts'

const params = z.object({ slug: z.string() })
const tokenParams = z.object({ token: z.string().max(200) })

const chooseForm = z.object({ person: chosenIds })

const answerForm = z
  .object({
    svar: z.enum(['godkann', 'andra'], { error: 'Välj om du godkänner eller vill att något ändras.' }),
    kommentar: z.string().trim().max(10_000, 'Skriv högst 10 000 tecken.').default(''),
    last: z.string().default(''),
  })
  .refine(({ svar, kommentar }) => svar === 'godkann' || kommentar !== '', {
    path: ['kommentar'],
    message: 'Skriv vad som ska ändras.',
  })

/** Whoever answers through a mailed link has no account here: the log keeps which adjuster it was. */
const throughLink: Actor = { kind: 'person', name: 'justerare' }

/** Justering: the coordinator asks, the adjusters answer, signed in or through a mailed link. */
export const approvalRoutes =
  ({ db }: Room, handlers: readonly EffectHandler[]) =>
  async (app: App) => {
    const config = { may: coordinatorOf('meeting'), cache: 'private' } as const
    const one = `${workMeetingsPath}/:slug/justering`

    app.get(one, { schema: { params }, config }, async (request, reply) => {
      const meeting = await workMeeting(db, request.params.slug)
      return reply.page('meetings/approval', await approvalPageOf(db, handlers, meeting, untouched))
    })

    app.post(one, { schema: { params }, config }, async (request, reply) => {
      const meeting = await workMeeting(db, request.params.slug)
      const form = readForm(chooseForm, request.body)
      const refusal = form.ok
        ? await change(db, request.actor, (work) => askApprovers(work, meeting.id, form.values.person))
        : 'nobody-chosen'
      if (refusal === null) return reply.seeOther(approvalPath(meeting.slug))
      const state = {
        typed: (request.body ?? {}) as Typed,
        problems: [{ field: 'person', text: askRefusals[refusal] }],
      }
      return reply.code(422).page('meetings/approval', await approvalPageOf(db, handlers, meeting, state))
    })

    app.post(`${one}/igen`, { schema: { params }, config }, async (request, reply) => {
      const meeting = await workMeeting(db, request.params.slug)
      const refusal = await change(db, request.actor, (work) => askAgain(work, meeting.id))
      if (refusal) throw conflict(askRefusals[refusal])
      return reply.seeOther(approvalPath(meeting.slug))
    })

    app.post(`${one}/tillbaka`, { schema: { params }, config }, async (request, reply) => {
      const meeting = await workMeeting(db, request.params.slug)
      const refusal = await change(db, request.actor, (work) => takeBack(work, meeting.id))
      if (refusal) throw conflict(askRefusals[refusal])
      return reply.seeOther(approvalPath(meeting.slug))
    })

    // ---- the adjusters' own

    app.get(adjustPath, { config: { may: signedIn, cache: 'private' } }, async (request, reply) =>
      reply.page('meetings/adjust-list', await adjustListPage(db, request.identity?.personId)),
    )

    async function ownAsked(request: FastifyRequest, slug: string): Promise<Asked> {
      const personId = request.identity?.personId
      const asked = personId === undefined ? undefined : await askedFor(db, slug, personId)
      // Whoever was not asked has no such page: the answer does not tell whether the minutes are being adjusted.
      if (!asked) throw notFound(`adjustment of ${slug}, asked of ${request.actor.name}`)
      return asked
    }

    const signed = `${adjustPath}/protokoll/:slug`

    app.get(signed, { schema: { params }, config: { may: signedIn, cache: 'private' } }, async (request, reply) => {
      const asked = await ownAsked(request, request.params.slug)
      return reply.page(
        'meetings/adjust',
        await adjustPage(db, handlers, asked, adjustMeetingPath(asked.slug), untouched),
      )
    })

    app.post(signed, { schema: { params }, config: { may: signedIn, cache: 'private' } }, async (request, reply) => {
      const asked = await ownAsked(request, request.params.slug)
      return answer(request, reply, asked, request.actor, adjustMeetingPath(asked.slug), null)
    })

    const byLink = `${adjustPath}/:token`

    // Looking uses nothing up: mail filters look too.
    app.get(
      byLink,
      { schema: { params: tokenParams }, config: { may: anyone, cache: 'private' } },
      async (request, reply) => {
        const { token } = request.params
        const asked = await askedByLink(db, linkHash(token))
        if (!asked || asked.token_used_at !== null) return deadLink(reply, asked)
        return reply.page('meetings/adjust', await adjustPage(db, handlers, asked, adjustLink(token), untouched))
      },
    )

    app.post(
      byLink,
      { schema: { params: tokenParams }, config: { may: anyone, cache: 'private' } },
      async (request, reply) => {
        const { token } = request.params
        const hash = linkHash(token)
        const asked = await askedByLink(db, hash)
        if (!asked || asked.token_used_at !== null) return deadLink(reply, asked)
        return answer(request, reply, asked, throughLink, adjustLink(token), hash)
      },
    )

    function deadLink(reply: FastifyReply, asked: Asked | undefined) {
      const page = asked
        ? adjustDonePage(
            'Länken är använd',
            'Du har redan svarat genom länken.',
            'Logga in om du vill se protokollet eller ändra ditt svar.',
          )
        : adjustDonePage(
            'Länken gäller inte',
            'Länken är felskriven, eller ersatt av en nyare.',
            'Öppna länken i det senaste brevet, eller logga in.',
          )
      return reply.code(asked ? 410 : 404).page('meetings/adjust-done', page)
    }

    async function answer(
      request: FastifyRequest,
      reply: FastifyReply,
      asked: Asked,
      actor: Actor,
      path: string,
      tokenHash: Buffer | null,
    ) {
      const form = readForm(answerForm, request.body)
      if (!form.ok) return reply.code(422).page('meetings/adjust', await adjustPage(db, handlers, asked, path, form))
      const { svar, kommentar, last } = form.values
      const given =
        svar === 'godkann' ? ({ approves: true } as const) : { approves: false as const, comment: kommentar }
      try {
        const refusal = await change(db, actor, (work) =>
          answerApproval(work, handlers, asked.id, given, last, tokenHash),
        )
        if (refusal !== null) {
          const state = { typed: request.body as Typed, problems: [{ field: '', text: answerRefusals[refusal] }] }
          return reply.code(409).page('meetings/adjust', await adjustPage(db, handlers, asked, path, state))
        }
      } catch (error) {
        if (error instanceof LinkUsed) return deadLink(reply, asked)
        throw error
      }
      // Shown at once: through a link there is no page of one's own to come back to.
      return reply.page(
        'meetings/adjust-done',
        given.approves
          ? adjustDonePage(
              'Tack, protokollet är godkänt',
              `Du har godkänt ${asked.title}.`,
              'Ändras texten blir du tillfrågad igen.',
            )
          : adjustDonePage(
              'Tack, din begäran är mottagen',
              `Samordnaren för ${asked.title} ser vad du vill ändra.`,
              'Du får läsa protokollet igen när det är ändrat.',
            ),
      )
    }
  }
