import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { change, type Work } from '../audit/work.ts'
import type { Database } from '../db/database.ts'
import { compared, type EditPage, type Notice } from '../http/edit-page.ts'
import { type FormState, untouched } from '../http/fields.ts'
import { readForm, typedIn } from '../http/forms.ts'
import { answerListFiles, fileTable, itemRows } from '../http/list-files.ts'
import { anyone, type BodyFinders, coordinatorOf, member } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { conflict, forbidden } from '../kernel/errors.ts'
import {
  changeProposalsPath,
  newChangeProposalPath,
  withQuery,
  workChangeProposalPath,
  workChangeProposalsPath,
} from '../kernel/urls.ts'
import { changeProposal, closeProposal, moveProposal, propose, shareProposal } from './changes.ts'
import {
  closeForm,
  closePage,
  mayChange,
  moveForm,
  movePage,
  proposalEditPage,
  proposalRegisterPage,
  readProposal,
} from './forms.ts'
import { proposalListPage, proposalPage } from './pages.ts'
import { proposalBySlug } from './queries.ts'
import type { Refusal } from './rules.ts'
import { refusals } from './texts.ts'

const params = z.object({ slug: z.string().max(200) })
const query = z.object({ sparat: z.string().max(10).optional() })

/** The body that keeps the proposal in the address: for coordinatorOf('change-proposal'). */
export const changeProposalBodies = (db: Kysely<Database>): BodyFinders => ({
  async 'change-proposal'({ params: given }) {
    const { slug = '' } = given as { slug?: string }
    const row = await db
      .selectFrom('change_proposal')
      .leftJoin('body', 'body.id', 'change_proposal.body_id')
      .select('body.slug')
      .where('change_proposal.slug', '=', slug as never)
      .executeTakeFirst()
    return row?.slug ?? null
  },
})

/** Ordnat införande: the public register of proposals, and the forms that keep it. */
export const changeProposalRoutes =
  ({ db, config, today }: Room) =>
  async (app: App) => {
    const open = { may: anyone, cache: 'shared' } as const
    const members = { may: member, cache: 'private' } as const
    const keeper = { may: coordinatorOf('change-proposal'), cache: 'private' } as const
    const at = `${workChangeProposalsPath}/:slug`

    app.get(changeProposalsPath, { config: open }, async (_request, reply) =>
      reply.page('change-proposals/list', await proposalListPage(db)),
    )
    const root = config.publicOrigin + config.basePath
    answerListFiles(app, changeProposalsPath, z.object({}), async () => {
      const { head, going, closed } = await proposalListPage(db)
      return fileTable('ordnat-inforande', head.title, [
        ...itemRows(root, going, 'Pågående förslag'),
        ...itemRows(root, closed, 'Avslutade förslag'),
      ])
    })
    app.get(`${changeProposalsPath}/:slug`, { schema: { params }, config: open }, async (request, reply) =>
      reply.page('change-proposals/show', await proposalPage(db, request.params.slug)),
    )

    app.get(workChangeProposalsPath, { config: members }, async (request, reply) =>
      reply.page('workspace/register', await proposalRegisterPage(db, request.identity)),
    )
    app.get(newChangeProposalPath, { config: members }, async (request, reply) =>
      reply.page('workspace/edit', await proposalEditPage(db, null, request.identity)),
    )
    app.post(newChangeProposalPath, { config: members }, async (request, reply) => {
      const form = await readProposal(db, request.body)
      if (!form.ok) {
        const state = { typed: typedIn(request.body), problems: form.problems }
        return reply.code(422).page('workspace/edit', await proposalEditPage(db, null, request.identity, state))
      }
      const slug = await change(db, request.actor, (work) => propose(work, form.values, today()))
      return reply.seeOther(withQuery(workChangeProposalPath(slug), { sparat: 1 }))
    })

    /** Members reach the address too; what they may not change is refused here. */
    async function refuseOthers({ identity }: FastifyRequest, slug: string) {
      if (!mayChange(identity, await proposalBySlug(db, slug))) throw forbidden(`change proposal ${slug}`)
    }

    /** What happened, and for a draft what is left to do: the button stands below a long form. */
    async function savedNotice(slug: string, how: string): Promise<Notice> {
      if (how === 'delat') return { tone: 'good', text: 'Förslaget är delat. Alla kan läsa det nu.' }
      const { shared_on } = await proposalBySlug(db, slug)
      const draft = 'Sparat som utkast. När det är klart delas det med knappen sist på sidan.'
      return { tone: 'good', text: shared_on === null ? draft : 'Sparat.' }
    }

    app.get(at, { schema: { params, querystring: query }, config: members }, async (request, reply) => {
      const { slug } = request.params
      await refuseOthers(request, slug)
      const notices = request.query.sparat === undefined ? [] : [await savedNotice(slug, request.query.sparat)]
      return reply.page('workspace/edit', await proposalEditPage(db, slug, request.identity, untouched, notices))
    })

    app.post(at, { schema: { params }, config: members }, async (request, reply) => {
      const { slug } = request.params
      await refuseOthers(request, slug)
      const page = (state?: FormState) => proposalEditPage(db, slug, request.identity, state)
      const form = await readProposal(db, request.body)
      const typed = typedIn(request.body)
      if (!form.ok) {
        return reply.code(422).page('workspace/edit', await page({ typed, problems: form.problems }))
      }
      const act = (work: Work) => changeProposal(work, slug, form.version, form.values)
      return await answer(reply, await change(db, request.actor, act), slug, typed, page)
    })

    /** To the proposal when it was done; the form with both texts when somebody else was first; else what was wrong. */
    async function answer(
      reply: FastifyReply,
      refusal: Refusal | null,
      slug: string,
      typed: FormState['typed'],
      page: (state?: FormState) => Promise<EditPage>,
    ) {
      if (refusal === null) return reply.seeOther(withQuery(workChangeProposalPath(slug), { sparat: 1 }))
      if (refusal === 'stale') {
        return reply.code(409).page('workspace/edit', compared(await page({ typed, problems: [] }), await page()))
      }
      return reply.code(422).page('workspace/edit', await page({ typed, problems: [refusals[refusal]] }))
    }

    app.post(`${at}/dela`, { schema: { params }, config: keeper }, async (request, reply) => {
      const { slug } = request.params
      const refusal = await change(db, request.actor, (work) => shareProposal(work, slug, today()))
      if (refusal !== null && refusal !== 'stale') throw conflict(refusals[refusal].text)
      return reply.seeOther(withQuery(workChangeProposalPath(slug), { sparat: 'delat' }))
    })

    app.get(`${at}/steg`, { schema: { params }, config: keeper }, async (request, reply) =>
      reply.page('workspace/edit', await movePage(db, request.params.slug)),
    )
    app.post(`${at}/steg`, { schema: { params }, config: keeper }, async (request, reply) => {
      const { slug } = request.params
      const page = (state?: FormState) => movePage(db, slug, state)
      const form = readForm(moveForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await page(form))
      const { version, steg, anteckning } = form.values
      const move = { version, stepId: steg, note: anteckning }
      const refusal = await change(db, request.actor, (work) => moveProposal(work, slug, move, today()))
      return await answer(reply, refusal, slug, typedIn(request.body), page)
    })

    app.get(`${at}/avslut`, { schema: { params }, config: keeper }, async (request, reply) =>
      reply.page('workspace/edit', await closePage(db, request.params.slug)),
    )
    app.post(`${at}/avslut`, { schema: { params }, config: keeper }, async (request, reply) => {
      const { slug } = request.params
      const page = (state?: FormState) => closePage(db, slug, state)
      const form = readForm(closeForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await page(form))
      const { values } = form
      const refusal = await change(db, request.actor, (work) => closeProposal(work, slug, values, today()))
      return await answer(reply, refusal, slug, typedIn(request.body), page)
    })
  }
