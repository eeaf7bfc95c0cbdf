import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { change } from '../audit/work.ts'
import { compared, type Notice } from '../http/edit-page.ts'
import { type FormState, untouched } from '../http/fields.ts'
import { readForm, typedIn } from '../http/forms.ts'
import { anyCoordinator, type BodyFinders, coordinatorOf, coordinatorOfAll, keptBy } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { notFound } from '../kernel/errors.ts'
import {
  bodyRegisterPath,
  editBodyPath,
  editPersonPath,
  openingStatePath,
  personRegisterPath,
  seatsPath,
  withQuery,
} from '../kernel/urls.ts'
import { addPerson, personNamed, personSuggestions, severalPersonsText, unknownPersonText } from './named-persons.ts'
import * as changes from './register-changes.ts'
import * as pages from './register-pages.ts'
import * as queries from './register-queries.ts'
import { bodyKindNames } from './texts.ts'

const params = z.object({ slug: z.string().max(200) })
const seatParams = params.extend({ seat: z.string().regex(/^(ny|\d{1,15})$/) })

/** The body in the address itself; and nobody's, for what only the coordinator of all keeps. */
export const bodyBodies: BodyFinders = {
  async body({ params: given }) {
    return (given as { slug?: string }).slug ?? null
  },
  async county() {
    return null
  },
}

const saved: Notice = { tone: 'good', text: 'Sparat.' }
const wasSaved = (request: FastifyRequest) =>
  (request.query as { sparat?: string }).sparat === undefined ? [] : [saved]

/** The register of groups: what is told of them, their places, and who sat there when the register was opened. */
export const bodyRegisterRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    const mine = { may: coordinatorOf('body'), cache: 'private' } as const
    const at = `${bodyRegisterPath}/:slug`

    app.get(bodyRegisterPath, { config: { may: anyCoordinator, cache: 'private' } }, async (request, reply) => {
      const bodies = await queries.bodiesKept(db, keptBy(request.identity))
      return reply.page('workspace/register', pages.bodyRegisterPage(bodies, bodyKindNames))
    })

    const bodyPage = async (slug: string, form: FormState, notices: readonly Notice[] = []) => {
      const body = await queries.bodyToEdit(db, slug)
      return pages.bodyEditPage(body, await queries.bodyBelongings(db, body.id), form, notices)
    }

    app.get(at, { schema: { params }, config: mine }, async (request, reply) =>
      reply.page('workspace/edit', await bodyPage(request.params.slug, untouched, wasSaved(request))),
    )

    app.post(at, { schema: { params }, config: mine }, async (request, reply) => {
      const { slug } = request.params
      const form = readForm(pages.bodyForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await bodyPage(slug, form))
      const { version, values } = form.values
      const refusal = await change(db, request.actor, (work) =>
        changes.changeBody(work, slug, version, values, today()),
      )
      if (refusal === null) return reply.seeOther(withQuery(editBodyPath(slug), { sparat: 1 }))
      const typed = { typed: typedIn(request.body), problems: [] }
      return reply
        .code(409)
        .page('workspace/edit', compared(await bodyPage(slug, typed), await bodyPage(slug, untouched)))
    })

    app.get(`${at}/platser`, { schema: { params }, config: mine }, async (request, reply) => {
      const body = await queries.bodyToEdit(db, request.params.slug)
      const seats = await queries.seatRows(db, body.id)
      return reply.page('workspace/register', pages.seatsPage(body, seats, wasSaved(request)))
    })

    async function seatPage(slug: string, id: string, form: FormState = untouched) {
      const body = await queries.bodyToEdit(db, slug)
      const seat = id === 'ny' ? null : (await queries.seatRows(db, body.id)).find((row) => String(row.id) === id)
      if (seat === undefined) throw notFound(`seat ${id} of ${slug}`)
      return { body, seat, page: pages.seatEditPage(body, seat, await queries.seatChoices(db), form) }
    }

    app.get(`${at}/platser/:seat`, { schema: { params: seatParams }, config: mine }, async (request, reply) =>
      reply.page('workspace/edit', (await seatPage(request.params.slug, request.params.seat)).page),
    )

    app.post(`${at}/platser/:seat`, { schema: { params: seatParams }, config: mine }, async (request, reply) => {
      const { slug, seat: id } = request.params
      const form = readForm(pages.seatForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', (await seatPage(slug, id, form)).page)
      const { body, seat } = await seatPage(slug, id)
      const { version, values } = form.values
      const target = seat ? { id: seat.id, version } : null
      const refusal = await change(db, request.actor, (work) => changes.saveSeat(work, body, target, values, today()))
      if (refusal === null) return reply.seeOther(withQuery(seatsPath(slug), { sparat: 1 }))
      const typed = typedIn(request.body)
      if (refusal === 'stale') {
        const mineNow = await seatPage(slug, id, { typed, problems: [] })
        return reply.code(409).page('workspace/edit', compared(mineNow.page, (await seatPage(slug, id)).page))
      }
      const problems = [pages.seatRefusals[refusal]]
      return reply.code(422).page('workspace/edit', (await seatPage(slug, id, { typed, problems })).page)
    })

    app.post(
      `${at}/platser/:seat/ta-bort`,
      { schema: { params: seatParams }, config: mine },
      async (request, reply) => {
        const { slug, seat: id } = request.params
        const { body, seat } = await seatPage(slug, id)
        if (!seat) throw notFound(`seat ${id}`)
        const refusal = await change(db, request.actor, (work) => changes.removeSeat(work, body, seat.id))
        if (refusal === null) return reply.seeOther(seatsPath(slug))
        const problems = [pages.seatRefusals['in-use']]
        return reply.code(422).page('workspace/edit', (await seatPage(slug, id, { typed: {}, problems })).page)
      },
    )

    async function openingPage(slug: string, form: FormState = untouched, notices: readonly Notice[] = []) {
      const body = await queries.bodyToEdit(db, slug)
      const [seats, choices, people] = [
        await queries.seatRows(db, body.id),
        await queries.seatChoices(db),
        await personSuggestions(db),
      ]
      return { body, seats, page: pages.openingStatePage(body, seats, choices, people, form, notices) }
    }

    app.get(`${at}/ingangslage`, { schema: { params }, config: mine }, async (request, reply) =>
      reply.page('workspace/edit', (await openingPage(request.params.slug, untouched, wasSaved(request))).page),
    )

    app.post(`${at}/ingangslage`, { schema: { params }, config: mine }, async (request, reply) => {
      const { slug } = request.params
      const refuse = async (form: FormState) =>
        reply.code(422).page('workspace/edit', (await openingPage(slug, form)).page)
      const form = readForm(pages.openingForm, request.body)
      if (!form.ok) return refuse(form)
      const typed = typedIn(request.body)
      const { body, seats } = await openingPage(slug)
      const { person, ny_person, plats, organisation, grupp, roll } = form.values
      const named = await personNamed(db, person, body.id)
      const problems = [
        ...(named.found === 'several' ? [{ field: 'person', text: severalPersonsText(named) }] : []),
        ...(named.found === 'none' && !ny_person ? [{ field: 'person', text: unknownPersonText(named) }] : []),
        ...(named.found === 'none' && /\d/.test(person)
          ? [{ field: 'person', text: 'Ett namn har inga siffror.' }]
          : []),
        ...(plats === null || seats.some(({ id }) => id === plats) ? [] : [{ field: 'plats', text: 'Välj i listan.' }]),
        ...(organisation !== null && grupp !== null
          ? [{ field: 'grupp', text: 'Välj en organisation eller en grupp, inte båda.' }]
          : []),
      ]
      if (problems.length > 0) return refuse({ typed, problems })
      const refusal = await change(db, request.actor, async (work) =>
        changes.addOpeningState(
          work,
          body,
          {
            personId:
              named.found === 'one'
                ? named.id
                : await addPerson(work, person, roll === 'service_user_representative' ? roll : null),
            role: roll,
            seatId: plats,
            organisationId: organisation,
            bodyId: grupp,
            title: form.values.titel,
            unit: form.values.enhet,
            employerId: form.values.arbetsgivare,
            from: form.values.fran,
            meetingId: form.values.mote,
            documentId: form.values.dokument,
          },
          today(),
        ),
      )
      if (refusal) return refuse({ typed, problems: [pages.openingRefusals[refusal]] })
      return reply.seeOther(withQuery(openingStatePath(slug), { sparat: 1 }))
    })
  }

/** The register of persons: names, and who has no page. */
export const personRegisterRoutes =
  ({ db }: Room) =>
  async (app: App) => {
    const county = { may: coordinatorOfAll, cache: 'private' } as const
    const querystring = z.object({ q: z.string().max(200).default('') })

    app.get(personRegisterPath, { schema: { querystring }, config: county }, async (request, reply) => {
      const words = request.query.q.trim()
      return reply.page('workspace/register', pages.personRegisterPage(await queries.peopleNamed(db, words), words))
    })

    app.get(editPersonPath('ny'), { config: county }, async (_request, reply) =>
      reply.page('workspace/edit', pages.personEditPage(null)),
    )

    app.post(editPersonPath('ny'), { config: county }, async (request, reply) => {
      const form = readForm(pages.personForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', pages.personEditPage(null, form))
      const { namn, ingen_sida, namne } = form.values
      const known = await personNamed(db, namn)
      if (known.found !== 'none' && !namne) {
        const problems = [
          { field: 'namn', text: `${namn} finns redan i registret. Är det en annan person? Kryssa i det nedan.` },
        ]
        const page = pages.personEditPage(null, { typed: typedIn(request.body), problems }, [], true)
        return reply.code(422).page('workspace/edit', page)
      }
      await change(db, request.actor, (work) => addPerson(work, namn, ingen_sida))
      return reply.seeOther(withQuery(personRegisterPath, { q: namn }))
    })

    app.get(`${personRegisterPath}/:slug`, { schema: { params }, config: county }, async (request, reply) =>
      reply.page(
        'workspace/edit',
        pages.personEditPage(await queries.personToEdit(db, request.params.slug), untouched, wasSaved(request)),
      ),
    )

    app.post(`${personRegisterPath}/:slug`, { schema: { params }, config: county }, async (request, reply) => {
      const { slug } = request.params
      const person = await queries.personToEdit(db, slug)
      const form = readForm(pages.personForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', pages.personEditPage(person, form))
      const { version, namn, ingen_sida } = form.values
      const refusal = await change(db, request.actor, (work) =>
        changes.changePerson(work, slug, version ?? 0, { name: namn, noPageBecause: ingen_sida }),
      )
      if (refusal === null) return reply.seeOther(withQuery(editPersonPath(slug), { sparat: 1 }))
      const now = await queries.personToEdit(db, slug)
      const typed = { typed: typedIn(request.body), problems: [] }
      return reply
        .code(409)
        .page('workspace/edit', compared(pages.personEditPage(now, typed), pages.personEditPage(now)))
    })
  }
