import { z } from 'zod'
import { change } from '../audit/work.ts'
import type { Reader } from '../db/database.ts'
import { type FormRead, readForm, typedIn } from '../http/forms.ts'
import { coordinatorOf } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { notFound } from '../kernel/errors.ts'
import { agendaPath, withQuery, workMeetingsPath } from '../kernel/urls.ts'
import {
  addItem,
  addItems,
  bareItem,
  changeItem,
  type ItemValues,
  moveItem,
  removeItem,
  saveUsualAgenda,
} from './agenda-changes.ts'
import { agendaPage, agendaProposalPage, itemPage } from './agenda-pages.ts'
import type { AgendaRefusal } from './agenda-rules.ts'
import { draftsOf } from './next-meeting-queries.ts'
import { type ArrangedItem, arranged } from './next-meeting-rules.ts'
import { agendaOf } from './queries.ts'
import { markAccepted } from './workbench-changes.ts'
import { agendaButtonForm, chosenDraftsForm, type ItemForm, itemForm, quickItemForm } from './workbench-forms.ts'
import { agendaChoices, type WorkMeeting, workMeeting } from './workbench-queries.ts'
import { agendaRefusals } from './workbench-texts.ts'

const params = z.object({ slug: z.string().max(200) })
const itemParams = params.extend({ number: z.string().max(10) })
/** Said again after each button, so that a series of moves needs one reason. */
const querystring = z.object({ varfor: z.string().max(1000).default(''), under: z.string().max(10).default('') })

const ofMeeting = { may: coordinatorOf('meeting'), cache: 'private' } as const

const itemGone =
  'Punkten har tagits bort medan du skrev. Det du skrev står kvar här: spara, så läggs det till som en ny punkt.'

/** The refusal as a problem of the form, at the field that mends it. */
const problemsOf = (refusal: Exclude<AgendaRefusal, 'stale'>, field = '') => [
  { field: refusal === 'why-needed' ? 'varfor' : field, text: agendaRefusals[refusal] },
]

/** The agenda: items, their order, and what the registers propose. */
export const agendaRoutes =
  ({ db }: Pick<Room, 'db'>) =>
  async (app: App) => {
    const at = `${workMeetingsPath}/:slug/dagordning`

    app.get(at, { schema: { params, querystring }, config: ofMeeting }, async (request, reply) =>
      reply.page(
        'meetings/agenda',
        await agendaPage(db, await workMeeting(db, request.params.slug), request.query.varfor),
      ),
    )

    app.post(at, { schema: { params }, config: ofMeeting }, async (request, reply) => {
      const meeting = await workMeeting(db, request.params.slug)
      const form = readForm(agendaButtonForm, request.body)
      if (!form.ok) return reply.code(422).page('meetings/agenda', await agendaPage(db, meeting, '', form))
      const { upp, ned, bort, flytta, till, varfor } = form.values
      const to = till !== null ? { placeOf: till } : upp === null ? 'down' : 'up'
      const refusal = await change(db, request.actor, (work) =>
        bort !== null
          ? removeItem(work, meeting.id, bort, { why: varfor })
          : moveItem(work, meeting.id, flytta ?? upp ?? ned ?? '', to, { why: varfor }),
      )
      if (refusal === null) return reply.seeOther(withQuery(agendaPath(meeting.slug), { varfor }))
      const problems = refusal === 'stale' ? [] : problemsOf(refusal)
      return reply
        .code(422)
        .page('meetings/agenda', await agendaPage(db, meeting, '', { typed: typedIn(request.body), problems }))
    })

    app.post(`${at}/punkter`, { schema: { params }, config: ofMeeting }, async (request, reply) => {
      const meeting = await workMeeting(db, request.params.slug)
      const form = readForm(quickItemForm, request.body)
      if (!form.ok) return reply.code(422).page('meetings/agenda', await agendaPage(db, meeting, '', form))
      const { rubrik, typ, varfor } = form.values
      const added = await change(db, request.actor, (work) =>
        addItem(work, meeting.id, { ...bareItem, title: rubrik, kinds: typ }, { why: varfor }),
      )
      if (typeof added !== 'string') {
        return reply.seeOther(`${withQuery(agendaPath(meeting.slug), { varfor })}#ny-punkt`)
      }
      const problems = added === 'stale' ? [] : problemsOf(added)
      return reply
        .code(422)
        .page('meetings/agenda', await agendaPage(db, meeting, '', { typed: typedIn(request.body), problems }))
    })

    app.post(`${at}/vanlig`, { schema: { params }, config: ofMeeting }, async (request, reply) => {
      const meeting = await workMeeting(db, request.params.slug)
      await change(db, request.actor, (work) => saveUsualAgenda(work, meeting))
      return reply.seeOther(agendaPath(meeting.slug))
    })

    app.get(`${at}/punkter/ny`, { schema: { params, querystring }, config: ofMeeting }, async (request, reply) => {
      const { under } = request.query
      const meeting = await workMeeting(db, request.params.slug)
      return reply.page('meetings/form', found(await itemPage(db, meeting, null, undefined, { under })))
    })

    app.post(`${at}/punkter/ny`, { schema: { params }, config: ofMeeting }, async (request, reply) => {
      const meeting = await workMeeting(db, request.params.slug)
      const form = await readItem(db, meeting, request.body)
      if (!form.ok) return reply.code(422).page('meetings/form', found(await itemPage(db, meeting, null, form)))
      const { values, varfor } = form.values
      const added = await change(db, request.actor, (work) => addItem(work, meeting.id, values, { why: varfor }))
      if (typeof added !== 'string') return reply.seeOther(`${agendaPath(meeting.slug)}#punkt-${added.number}`)
      const problems = added === 'stale' ? [] : problemsOf(added, 'under')
      const state = { typed: typedIn(request.body), problems }
      return reply.code(422).page('meetings/form', found(await itemPage(db, meeting, null, state)))
    })

    app.get(`${at}/punkter/:number`, { schema: { params: itemParams }, config: ofMeeting }, async (request, reply) => {
      const meeting = await workMeeting(db, request.params.slug)
      return reply.page('meetings/form', found(await itemPage(db, meeting, request.params.number)))
    })

    app.post(`${at}/punkter/:number`, { schema: { params: itemParams }, config: ofMeeting }, async (request, reply) => {
      const { slug } = request.params
      const meeting = await workMeeting(db, slug)
      const typed = typedIn(request.body)
      // The item that the form was opened on, wherever somebody has moved it since.
      const item = (await agendaOf(db, meeting.id)).find((one) =>
        typed.punkt === undefined ? one.number === request.params.number : String(one.id) === typed.punkt,
      )
      if (!item) {
        const problems = [{ field: '', text: itemGone }]
        const page = await itemPage(db, meeting, null, { typed, problems })
        return reply.code(409).page('meetings/form', found(page))
      }
      const { number } = item
      const form = await readItem(db, meeting, request.body)
      if (!form.ok) return reply.code(422).page('meetings/form', found(await itemPage(db, meeting, number, form)))
      const { values, version, varfor } = form.values
      const refusal = await change(db, request.actor, (work) =>
        changeItem(work, meeting.id, item.id, version, values, { why: varfor }),
      )
      if (refusal === null) return reply.seeOther(`${agendaPath(meeting.slug)}#punkt-${number}`)
      if (refusal === 'stale') {
        const page = await itemPage(db, meeting, number, { typed, problems: [] }, { stale: true })
        return reply.code(409).page('meetings/form', found(page))
      }
      const page = await itemPage(db, meeting, number, { typed, problems: problemsOf(refusal, 'under') })
      return reply.code(422).page('meetings/form', found(page))
    })

    app.get(`${at}/forslag`, { schema: { params }, config: ofMeeting }, async (request, reply) =>
      reply.page('meetings/agenda-proposal', await agendaProposalPage(db, await workMeeting(db, request.params.slug))),
    )

    app.post(`${at}/forslag`, { schema: { params }, config: ofMeeting }, async (request, reply) => {
      const meeting = await workMeeting(db, request.params.slug)
      const form = readForm(chosenDraftsForm, request.body)
      if (!form.ok) {
        return reply.code(422).page('meetings/agenda-proposal', await agendaProposalPage(db, meeting, form))
      }
      const { punkt, varfor } = form.values
      const { fresh } = await draftsOf(db, meeting)
      const chosen = arranged(fresh.filter(({ key }) => punkt.includes(key)))
      if (chosen.length === 0) return reply.seeOther(agendaPath(meeting.slug))
      const refusal = await change(db, request.actor, async (work) => {
        const added = await addItems(work, meeting.id, chosen.map(itemOf), { why: varfor })
        if (typeof added === 'string') return added
        // The ids come in the order of the items with their sub-items after them.
        const proposals = chosen
          .flatMap((item) => [item.proposalId, ...item.subItems.map(({ proposalId }) => proposalId)])
          .map((proposalId, place) => ({ proposalId, itemId: added.ids[place] }))
          .flatMap(({ proposalId, itemId }) =>
            proposalId === null || itemId === undefined ? [] : [{ proposalId, itemId }],
          )
        await markAccepted(work, proposals, meeting, null)
        return null
      })
      if (refusal === null) return reply.seeOther(agendaPath(meeting.slug))
      const problems = refusal === 'stale' ? [] : problemsOf(refusal)
      const state = { typed: typedIn(request.body), problems }
      return reply.code(422).page('meetings/agenda-proposal', await agendaProposalPage(db, meeting, state))
    })
  }

function found<Page>(page: Page | null): Page {
  if (page === null) throw notFound('agenda item')
  return page
}

function itemOf(item: ArrangedItem): ItemValues & { subItems: readonly ItemValues[] } {
  const values = (one: Omit<ArrangedItem, 'subItems'>): ItemValues => ({
    ...bareItem,
    title: one.title,
    kinds: one.kinds,
    background: one.background,
    matterIds: one.matterId === null ? [] : [one.matterId],
  })
  return { ...values(item), subItems: item.subItems.map(values) }
}

type ReadItem = { values: ItemValues; version: number; varfor: string | null }

/** An item's form with the things that it names looked up. */
async function readItem(db: Reader, meeting: WorkMeeting, body: unknown): Promise<FormRead<ReadItem>> {
  const form = readForm(itemForm, body)
  if (!form.ok) return form
  const { values } = form
  const [agenda, choices] = await Promise.all([agendaOf(db, meeting.id), agendaChoices(db)])
  const parent = values.under === null ? null : agenda.find(({ number }) => number === values.under)
  if (parent === undefined) {
    return {
      ok: false,
      typed: typedIn(body),
      problems: [{ field: 'under', text: 'Punkten finns inte längre. Välj en annan.' }],
    }
  }
  return {
    ok: true,
    values: {
      version: values.version,
      varfor: values.varfor,
      values: itemValues(values, parent?.id ?? null, choices),
    },
  }
}

function itemValues(
  form: ItemForm,
  parentId: number | null,
  { matters, documents }: Awaited<ReturnType<typeof agendaChoices>>,
): ItemValues {
  const idsOf = (slugs: readonly string[], rows: readonly { id: number; slug: string }[]) =>
    rows.filter(({ slug }) => slugs.includes(slug)).map(({ id }) => id)
  return {
    title: form.rubrik,
    kinds: form.typ,
    background: form.bakgrund,
    parentId,
    presenters: form.presenters,
    registerPresenters: form.registrera === 'ja',
    matterIds: idsOf(form.matters, matters),
    documentIds: idsOf(form.documents, documents),
    links: form.links,
  }
}
