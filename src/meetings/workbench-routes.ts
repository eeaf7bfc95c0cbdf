import { z } from 'zod'
import { change } from '../audit/work.ts'
import type { FileText } from '../documents/file-text.ts'
import { attachFile, attachmentById, detachFile, storeFile } from '../documents/files.ts'
import { fileRefusals, readUpload, readWords, refusalText, takeFiles } from '../documents/uploads.ts'
import { type Problem, readForm, typedIn } from '../http/forms.ts'
import { allows, anyCoordinator, coordinatorOf } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { conflict, forbidden, notFound } from '../kernel/errors.ts'
import {
  agendaPath,
  agendaProposalPath,
  attachmentsPath,
  callPath,
  minutesPath,
  newMeetingPath,
  workMeetingPath,
  workMeetingsPath,
  workspacePath,
} from '../kernel/urls.ts'
import { addItems, bareItem, type ItemValues } from './agenda-changes.ts'
import { usualAgenda } from './next-meeting-rules.ts'
import { agendaOf } from './queries.ts'
import * as changes from './workbench-changes.ts'
import * as forms from './workbench-forms.ts'
import * as pages from './workbench-pages.ts'
import * as queries from './workbench-queries.ts'
import { refuseAgendaChange } from './workbench-rules.ts'
import * as texts from './workbench-texts.ts'

const params = z.object({ slug: z.string().max(200) })
const attachmentParams = params.extend({ attachment: z.coerce.number().int().positive() })
const askedFor = z.object({
  grupp: z.string().max(200).optional(),
  utgangspunkt: z.string().max(20).optional(),
})

const ofMeeting = { may: coordinatorOf('meeting'), cache: 'private' } as const

/** The coordinator's start page, and a meeting from its first plan until it is held. */
export const workbenchRoutes =
  ({ db, today, config }: Room) =>
  async (app: App) => {
    await takeFiles(app)
    const at = `${workMeetingsPath}/:slug`
    const exists = (path: string) => app.methodsAt(config.basePath + path).includes('GET')

    app.get(workspacePath, { config: { may: anyCoordinator, cache: 'private' } }, async (request, reply) => {
      if (!request.identity) throw forbidden('the workspace')
      return reply.page('meetings/workspace', await pages.workspacePage(db, request.identity, today()))
    })

    app.get(
      newMeetingPath,
      { schema: { querystring: askedFor }, config: { may: anyCoordinator, cache: 'private' } },
      async (request, reply) => {
        if (!request.identity) throw forbidden('a new meeting')
        return reply.page('meetings/form', await pages.newMeetingPage(db, request.identity, today(), request.query))
      },
    )

    app.post(newMeetingPath, { config: { may: anyCoordinator, cache: 'private' } }, async (request, reply) => {
      const { identity } = request
      if (!identity) throw forbidden('a new meeting')
      const form = readForm(forms.newMeetingForm, request.body)
      if (!form.ok) {
        return reply.code(422).page('meetings/form', await pages.newMeetingPage(db, identity, today(), {}, form))
      }
      const { grupp, utgangspunkt, ...typed } = form.values
      const body = await queries.bodyToMeet(db, grupp)
      if (!body) throw notFound(`body ${grupp}`)
      if (!allows(coordinatorOf('meeting'), identity, body.slug)) throw forbidden(`meetings of ${grupp}`)
      const before = utgangspunkt === 'forra' ? await queries.meetingBefore(db, body.id, typed.datum) : undefined
      const earlier = before ? await agendaOf(db, before.id) : []
      const saved = await queries.usualAgendaOf(db, body.id)
      const usual = saved.length > 0 ? saved : usualAgenda
      const bare = ({ title, kinds }: { title: string; kinds: readonly string[] }): ItemValues => ({
        ...bareItem,
        title,
        kinds,
      })
      const beginning: Record<forms.Beginning, readonly (ItemValues & { subItems?: readonly ItemValues[] })[]> = {
        tom: [],
        mall: usual.map(bare),
        // What the registers propose comes after the opening.
        forslag: usual.slice(0, 1).map(bare),
        forra: earlier
          .filter(({ parent_id }) => parent_id === null)
          .map((item) => ({
            ...bare(item),
            subItems: earlier.filter(({ parent_id }) => parent_id === item.id).map(bare),
          })),
      }
      const meeting = await change(db, request.actor, async (work) => {
        const created = await changes.createMeeting(work, body, detailsIn(typed), today())
        if (beginning[utgangspunkt].length > 0) {
          await addItems(work, created.id, beginning[utgangspunkt], { why: null })
        }
        return created
      })
      if (utgangspunkt === 'forslag') return reply.seeOther(agendaProposalPath(meeting.slug))
      // A meeting that has been is made for its minutes, as the form says.
      return reply.seeOther(typed.datum < today() ? minutesPath(meeting.slug) : agendaPath(meeting.slug))
    })

    app.get(at, { schema: { params }, config: ofMeeting }, async (request, reply) => {
      const meeting = await queries.workMeeting(db, request.params.slug)
      if (meeting.slug !== request.params.slug) return reply.moved(workMeetingPath(meeting.slug))
      return reply.page('meetings/workbench', await pages.workbenchPage(db, meeting, today(), exists))
    })

    app.get(`${at}/uppgifter`, { schema: { params }, config: ofMeeting }, async (request, reply) =>
      reply.page('meetings/form', pages.detailsPage(await queries.workMeeting(db, request.params.slug))),
    )

    app.post(`${at}/uppgifter`, { schema: { params }, config: ofMeeting }, async (request, reply) => {
      const { slug } = request.params
      const form = readForm(forms.detailsForm, request.body)
      if (!form.ok) {
        return reply.code(422).page('meetings/form', pages.detailsPage(await queries.workMeeting(db, slug), form))
      }
      const { version, varfor, meddela, ...typed } = form.values
      const done = await change(db, request.actor, (work) =>
        changes.changeDetails(work, slug, version, detailsIn(typed), { why: varfor, tell: meddela === 'ja' }, today()),
      )
      if ('slug' in done) return reply.seeOther(workMeetingPath(done.slug))
      const { refusal } = done
      const meeting = await queries.workMeeting(db, slug)
      const typedForm = typedIn(request.body)
      if (refusal === 'stale') {
        return reply
          .code(409)
          .page('meetings/form', pages.detailsPage(meeting, { typed: typedForm, problems: [] }, true))
      }
      const field = refusal === 'why-needed' ? 'varfor' : refusal === 'details-closed' ? '' : 'datum'
      const problems = [{ field, text: texts.detailsRefusals[refusal] }]
      return reply.code(422).page('meetings/form', pages.detailsPage(meeting, { typed: typedForm, problems }))
    })

    app.get(`${at}/kallelse`, { schema: { params }, config: ofMeeting }, async (request, reply) =>
      reply.page(
        'meetings/call',
        await pages.callPage(db, await queries.workMeeting(db, request.params.slug), today()),
      ),
    )

    app.post(`${at}/kallelse`, { schema: { params }, config: ofMeeting }, async (request, reply) => {
      const { slug } = request.params
      const form = readForm(forms.callForm, request.body)
      const refused = async (problems: { field: string; text: string }[]) =>
        reply.code(422).page(
          'meetings/call',
          await pages.callPage(db, await queries.workMeeting(db, slug), today(), {
            typed: typedIn(request.body),
            problems,
          }),
        )
      if (!form.ok) return refused(form.problems)
      const refusal = await change(db, request.actor, (work) =>
        changes.callMeeting(work, slug, form.values.kort_varsel, today()),
      )
      if (refusal === null) return reply.seeOther(callPath(slug))
      return refused([{ field: refusal === 'too-late' ? 'kort_varsel' : '', text: texts.callRefusals[refusal] }])
    })

    app.post(`${at}/kallelse/igen`, { schema: { params }, config: ofMeeting }, async (request, reply) => {
      const { slug } = request.params
      const refusal = await change(db, request.actor, (work) => changes.sendAgain(work, slug))
      if (refusal) throw conflict('Mötet är inte kallat.')
      return reply.seeOther(callPath(slug))
    })

    app.post(`${at}/kallelse/svar`, { schema: { params }, config: ofMeeting }, async (request, reply) => {
      const meeting = await queries.workMeeting(db, request.params.slug)
      const form = readForm(forms.notedReplyForm, request.body)
      if (!form.ok) return reply.code(422).page('meetings/call', await pages.callPage(db, meeting, today(), form))
      const { inbjudan, svar, ersattare } = form.values
      const invitation = await queries.invitationById(db, inbjudan)
      if (invitation?.meeting_id !== meeting.id) throw notFound(`invitation ${inbjudan}`)
      const refusal = await change(db, request.actor, (work) =>
        changes.replyTo(work, inbjudan, { reply: svar, substitute: ersattare }, work.actor.name, today()),
      )
      if (refusal) throw conflict(texts.replyRefusals[refusal])
      return reply.seeOther(`${callPath(meeting.slug)}#svaren`)
    })

    app.post(`${at}/hallet`, { schema: { params }, config: ofMeeting }, async (request, reply) => {
      const { slug } = request.params
      const refusal = await change(db, request.actor, (work) => changes.holdMeeting(work, slug, today()))
      if (refusal === null) return reply.seeOther(workMeetingPath((await queries.workMeeting(db, slug)).slug))
      return reply
        .code(422)
        .page(
          'meetings/workbench',
          await pages.workbenchPage(db, await queries.workMeeting(db, slug), today(), exists, [
            { field: '', text: texts.holdRefusals[refusal] },
          ]),
        )
    })

    app.post(`${at}/ta-bort`, { schema: { params }, config: ofMeeting }, async (request, reply) => {
      const { slug } = request.params
      const refusal = await change(db, request.actor, (work) => changes.removeMeeting(work, slug))
      if (refusal === null) return reply.seeOther(workspacePath)
      return reply
        .code(422)
        .page(
          'meetings/workbench',
          await pages.workbenchPage(db, await queries.workMeeting(db, slug), today(), exists, [
            { field: '', text: texts.removalRefusals[refusal] },
          ]),
        )
    })

    app.get(`${at}/stall-in`, { schema: { params }, config: ofMeeting }, async (request, reply) =>
      reply.page('meetings/form', pages.cancelPage(await queries.workMeeting(db, request.params.slug))),
    )

    app.post(`${at}/stall-in`, { schema: { params }, config: ofMeeting }, async (request, reply) => {
      const { slug } = request.params
      const form = readForm(forms.cancelForm, request.body)
      const meeting = await queries.workMeeting(db, slug)
      if (!form.ok) return reply.code(422).page('meetings/form', pages.cancelPage(meeting, form))
      const refusal = await change(db, request.actor, (work) => changes.cancelMeeting(work, slug, form.values.skal))
      if (refusal === null) return reply.seeOther(workMeetingPath(meeting.slug))
      const problems = [{ field: '', text: texts.cancelRefusals[refusal] }]
      return reply
        .code(422)
        .page('meetings/form', pages.cancelPage(meeting, { typed: typedIn(request.body), problems }))
    })

    app.get(`${at}/bilagor`, { schema: { params }, config: ofMeeting }, async (request, reply) =>
      reply.page(
        'meetings/attachments',
        await pages.attachmentsPage(db, await queries.workMeeting(db, request.params.slug)),
      ),
    )

    app.post(
      `${at}/bilagor`,
      // Twenty files of 25 MB; each is measured when it has been read.
      { schema: { params }, config: ofMeeting, bodyLimit: 520 * 1024 * 1024 },
      async (request, reply) => {
        const meeting = await queries.workMeeting(db, request.params.slug)
        const { typed, files, tooLarge } = await readUpload(request)
        const form = readForm(forms.uploadForm, typed)
        const show = async (problems: readonly Problem[]) =>
          reply.code(422).page('meetings/attachments', await pages.attachmentsPage(db, meeting, { typed, problems }))
        const refused = (text: string, field = 'fil') => show([{ field, text }])
        if (!form.ok) return show(form.problems)
        if (tooLarge.length > 0) return refused(`${tooLarge.join(', ')}: ${fileRefusals['too-large']}`)
        if (files.length === 0) return refused('Välj minst en fil.')
        const { titel, punkt } = form.values
        const item = punkt === null ? null : (await agendaOf(db, meeting.id)).find(({ number }) => number === punkt)
        if (item === undefined) return refused('Punkten finns inte längre.', 'punkt')
        const all: FileText[] = []
        for (const { name, bytes } of files) {
          const read = await readWords(bytes)
          if ('refusal' in read) return refused(`${name}: ${refusalText(read)}`)
          all.push(read.words)
        }
        await change(db, request.actor, async (work) => {
          for (const [place, { name, bytes }] of files.entries()) {
            const file = await storeFile(work, bytes, name, all[place])
            const title = (files.length === 1 && titel) || file.fileName.replace(/\.[^.]+$/, '')
            const to = item === null ? { meetingId: meeting.id } : { agendaItemId: item.id }
            const attachment = await attachFile(work, file, title, to)
            await work.record('attachment.added', `meeting/${meeting.slug}`, { attachment, title, item: punkt })
          }
        })
        return reply.seeOther(attachmentsPath(meeting.slug))
      },
    )

    app.post(
      `${at}/bilagor/:attachment/ta-bort`,
      { schema: { params: attachmentParams }, config: ofMeeting },
      async (request, reply) => {
        const meeting = await queries.workMeeting(db, request.params.slug)
        const file = await attachmentById(db, request.params.attachment)
        if (file?.meeting_id !== meeting.id) throw notFound(`attachment ${request.params.attachment}`)
        if (refuseAgendaChange(meeting) && meeting.state !== 'adjusting') {
          throw conflict('Protokollet är publicerat. Bilagorna står kvar.')
        }
        await change(db, request.actor, async (work) => {
          await detachFile(work, file.id)
          await work.record('attachment.removed', `meeting/${meeting.slug}`, { attachment: file.id, title: file.title })
        })
        return reply.seeOther(attachmentsPath(meeting.slug))
      },
    )
  }

function detailsIn(typed: {
  datum: changes.Details['heldOn']
  start: string | null
  slut: string | null
  plats: string | null
  videolank: string | null
}): changes.Details {
  return {
    heldOn: typed.datum,
    startsAt: typed.start,
    endsAt: typed.slut,
    place: typed.plats,
    videoLink: typed.videolank,
  }
}
