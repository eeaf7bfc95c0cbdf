import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { change } from '../audit/work.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { draftOf, forgetDraft } from '../http/drafts.ts'
import { type Problem, readForm, type Typed, withoutNumbers } from '../http/forms.ts'
import { coordinatorOf, type Identity, reader } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { conflict, notFound } from '../kernel/errors.ts'
import { listed } from '../kernel/text.ts'
import { itemAnchor, minutesPath, withQuery, workMeetingsPath } from '../kernel/urls.ts'
import { addItems, bareItem } from './agenda-changes.ts'
import { beginMinutes, ItemsGone, MinutesRefused, saveAttendance, saveItems, setTextKind } from './minutes-changes.ts'
import { attendantsIn, newItemsForm, textKindForm, tooLong, writtenItems } from './minutes-forms.ts'
import { attendanceDraft, attendancePage, type MinutesState, minutesDraft, minutesPage } from './minutes-pages.ts'
import { attendanceRows, itemsToWrite, rosterOf } from './minutes-queries.ts'
import { itemLines, refuseMinutes } from './minutes-rules.ts'
import { itemKindNames } from './texts.ts'
import { type WorkMeeting, workMeeting } from './workbench-queries.ts'
import { agendaRefusals } from './workbench-texts.ts'

const params = z.object({ slug: z.string() })
const itemParams = params.extend({ number: z.string().max(10) })
const query = z.object({
  sparat: z.string().max(300).optional(),
  alla: z.string().optional(),
  utkast: z.string().optional(),
})

const refusals = {
  published: 'Protokollet är publicerat. Det ändras bara genom en rättelse.',
  'not-held': 'Mötet är inställt eller bara omnämnt. Det har inget protokoll att skriva.',
}

/** What minutes refuse, as a page that says why. */
export function minutesTrouble(error: unknown): unknown {
  return error instanceof MinutesRefused ? conflict(refusals[error.refusal]) : error
}

/** Writing minutes: attendance, and the whole protocol on one page. */
export const minutesRoutes =
  ({ db, today }: Room, handlers: readonly EffectHandler[]) =>
  async (app: App) => {
    const config = { may: coordinatorOf('meeting'), cache: 'private' } as const
    const whole = `${workMeetingsPath}/:slug/protokoll`
    const one = `${whole}/:number`
    const attendance = `${workMeetingsPath}/:slug/narvaro`

    async function openMeeting(slug: string): Promise<WorkMeeting> {
      const meeting = await workMeeting(db, slug)
      const refusal = refuseMinutes(meeting)
      if (refusal) throw conflict(refusals[refusal])
      return meeting
    }

    async function show(reply: FastifyReply, meeting: WorkMeeting, number: string | null, state: MinutesState) {
      const page = await minutesPage(db, handlers, meeting, number, state)
      if (number !== null && page.items.length === 0) throw notFound(`item ${number} of ${meeting.slug}`)
      return reply.page('meetings/minutes', page)
    }

    async function open(request: FastifyRequest, reply: FastifyReply, slug: string, number: string | null) {
      const meeting = await openMeeting(slug)
      const { sparat, utkast } = request.query as z.output<typeof query>
      const saved =
        sparat !== undefined ? savedText(sparat) : utkast !== undefined ? 'Utkastet är sparat. Bara du ser det.' : null
      const draft = await draftOf(db, whoIs(request), minutesDraft(meeting.slug, number))
      return show(reply, meeting, number, { typed: {}, problems: [], draft, saved })
    }

    async function save(request: FastifyRequest, reply: FastifyReply, slug: string, number: string | null) {
      const meeting = await openMeeting(slug)
      const typed = (request.body ?? {}) as Typed
      const written = writtenItems(typed)
      const { problems: numbers } = withoutNumbers(typed)
      if (numbers.length > 0) return show(reply.code(422), meeting, number, { typed, problems: numbers })
      if (typed.gor === 'forhandsgranska') return show(reply, meeting, number, { typed, problems: [], preview: true })
      const long = tooLong(written)
      if (long.length > 0) return show(reply.code(422), meeting, number, { typed, problems: long })
      // The form may be of an item that somebody has given another number, or removed.
      const own = number === null ? null : (await itemsToWrite(db, meeting.id)).find(({ id }) => id === written[0]?.id)
      const shownAs = written.length === 0 ? number : (own?.number ?? null)
      const result = await changing(request, async (work) => {
        const saved = await saveItems(work, meeting.id, written, today())
        // Nothing of a form with problems is saved, so that what is refused and what is not is never in doubt.
        if (Array.isArray(saved)) throw new ProblemsFound(saved)
        return saved
      }).catch((error) => {
        if (error instanceof ProblemsFound) return error.problems
        if (error instanceof ItemsGone) return error
        throw error
      })
      if (result instanceof ItemsGone) {
        return show(reply.code(409), meeting, null, { typed, problems: [], gone: result.ids })
      }
      if (Array.isArray(result)) return show(reply.code(422), meeting, shownAs, { typed, problems: result })
      const { saved, stale } = result as Exclude<typeof result, readonly unknown[]>
      if (stale.length > 0) {
        return show(reply.code(409), await workMeeting(db, slug), shownAs, { typed, problems: [], stale })
      }
      await forgetDraft(db, whoIs(request), minutesDraft(meeting.slug, number))
      const at = typeof typed.spara === 'string' && typed.spara !== '' ? `#${itemAnchor(typed.spara)}` : ''
      const path = number === null ? minutesPath(meeting.slug) : `${minutesPath(meeting.slug)}`
      return reply.seeOther(
        withQuery(`${path}${number === null ? at : `#${itemAnchor(number)}`}`, { sparat: saved.join(',') || 'inget' }),
      )
    }

    app.get(whole, { schema: { params, querystring: query }, config }, (request, reply) =>
      open(request, reply, request.params.slug, null),
    )
    app.post(whole, { schema: { params }, config }, (request, reply) => save(request, reply, request.params.slug, null))
    app.get(one, { schema: { params: itemParams, querystring: query }, config }, (request, reply) =>
      open(request, reply, request.params.slug, request.params.number),
    )
    app.post(one, { schema: { params: itemParams }, config }, (request, reply) =>
      save(request, reply, request.params.slug, request.params.number),
    )

    app.post(`${whole}/text`, { schema: { params }, config }, async (request, reply) => {
      const meeting = await openMeeting(request.params.slug)
      const form = readForm(textKindForm, request.body)
      if (!form.ok) return show(reply.code(422), meeting, null, form)
      await changing(request, (work) => setTextKind(work, meeting.id, form.values.text_ar))
      return reply.seeOther(minutesPath(meeting.slug))
    })

    app.post(`${whole}/punkter`, { schema: { params }, config }, async (request, reply) => {
      const meeting = await openMeeting(request.params.slug)
      const form = readForm(newItemsForm, request.body)
      if (!form.ok) return show(reply.code(422), meeting, null, form)
      const lines = itemLines(form.values.punkter, itemKindNames)
      const refusal = await changing(request, async (work) => {
        await beginMinutes(work, meeting.id, today())
        const items = lines.map((line) => ({
          ...bareItem,
          title: line.title,
          kinds: line.kinds.length > 0 ? line.kinds : ['information'],
          sub: line.sub,
        }))
        const grouped = items.reduce<((typeof items)[number] & { subItems: (typeof items)[number][] })[]>(
          (all, item) => {
            const last = all.at(-1)
            if (item.sub && last) last.subItems.push(item)
            else all.push({ ...item, subItems: [] })
            return all
          },
          [],
        )
        const added = await addItems(work, meeting.id, grouped, { why: 'Punkterna skrevs i protokollet.' })
        return typeof added === 'string' ? added : null
      })
      if (refusal) {
        const text = refusal === 'stale' ? 'Någon annan har ändrat dagordningen.' : agendaRefusals[refusal]
        return show(reply.code(422), meeting, null, {
          typed: request.body as Typed,
          problems: [{ field: 'punkter', text }],
        })
      }
      const items = await itemsToWrite(db, meeting.id)
      const first = items.at(-lines.length)
      return reply.seeOther(`${minutesPath(meeting.slug)}${first ? `#${itemAnchor(first.number)}` : ''}`)
    })

    app.get(attendance, { schema: { params, querystring: query }, config }, async (request, reply) => {
      const meeting = await openMeeting(request.params.slug)
      const draft = await draftOf(db, whoIs(request), attendanceDraft(meeting.slug))
      const all = request.query.alla !== undefined
      return reply.page(
        'meetings/attendance',
        await attendancePage(db, meeting, { typed: {}, problems: [], draft, all }),
      )
    })

    app.post(attendance, { schema: { params }, config }, async (request, reply) => {
      const meeting = await openMeeting(request.params.slug)
      const typed = (request.body ?? {}) as Typed
      const refused = async (problems: Problem[]) =>
        reply.code(422).page('meetings/attendance', await attendancePage(db, meeting, { typed, problems }))
      const { problems: numbers } = withoutNumbers(typed)
      if (numbers.length > 0) return refused(numbers)
      const names = new Map(
        [...(await rosterOf(db, meeting)), ...(await attendanceRows(db, meeting.id))].map(({ person_id, name }) => [
          person_id,
          name,
        ]),
      )
      const result = await changing(request, async (work) => {
        const saved = await saveAttendance(
          work,
          meeting.id,
          typeof typed.mark === 'string' ? typed.mark : '',
          attendantsIn(typed, names),
          typed.nya !== undefined,
          today(),
        )
        if (Array.isArray(saved)) throw new ProblemsFound(saved)
        return saved
      }).catch((error) => {
        if (error instanceof ProblemsFound) return error.problems
        throw error
      })
      if (Array.isArray(result)) return refused(result)
      if (result === 'stale') {
        return reply
          .code(409)
          .page('meetings/attendance', await attendancePage(db, meeting, { typed, problems: [], stale: true }))
      }
      await forgetDraft(db, whoIs(request), attendanceDraft(meeting.slug))
      return reply.seeOther(withQuery(minutesPath(meeting.slug), { sparat: 'narvaro' }))
    })

    async function changing<T>(request: FastifyRequest, doIt: Parameters<typeof change<T>>[2]): Promise<T> {
      try {
        return await change(db, request.actor, doIt)
      } catch (error) {
        throw minutesTrouble(error)
      }
    }
  }

/** Thrown inside a change so that nothing of it stands, with what is wrong with the form. */
class ProblemsFound extends Error {
  readonly problems: { field: string; text: string }[]
  constructor(problems: { field: string; text: string }[]) {
    super('the form has problems')
    this.problems = problems
  }
}

const whoIs = (request: FastifyRequest): Identity => request.identity ?? reader

function savedText(what: string): string {
  if (what === 'narvaro') return 'Närvaron är sparad.'
  if (what === 'inget') return 'Inget hade ändrats sedan du öppnade sidan.'
  const numbers = what.split(',').filter((number) => /^\d{1,3}[a-zåäö]?$/.test(number))
  return numbers.length === 0 ? 'Protokollet är sparat.' : `Sparat: punkt ${listed(numbers)}.`
}
