import type { FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { change } from '../audit/work.ts'
import type { Database } from '../db/database.ts'
import { compared } from '../http/edit-page.ts'
import { type FormState, untouched } from '../http/fields.ts'
import { type Problem, readForm, typedIn } from '../http/forms.ts'
import { anyCoordinator, type BodyFinders, coordinatorOf, keeps, keptBy } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import {
  catalogueEntryPath,
  catalogueRegisterPath,
  editCataloguePath,
  editProjectPath,
  projectRegisterPath,
  withQuery,
} from '../kernel/urls.ts'
import { addEntry, addProject, changeEntry, changeProject, describeCatalogue } from './changes.ts'
import {
  catalogueEditPage,
  catalogueForm,
  catalogueRegisterPage,
  catalogueSlugs,
  entryEditPage,
  entryForm,
  projectEditPage,
  projectForm,
  projectRegisterPage,
} from './pages.ts'

const catalogueParams = z.object({ catalogue: z.enum(catalogueSlugs) })
const entryParams = catalogueParams.extend({ entry: z.string().max(200) })
const projectParams = z.object({ slug: z.string().max(200) })
const querystring = z.object({ sparat: z.string().max(10).optional() })
const noticesOf = ({ sparat }: z.output<typeof querystring>) =>
  sparat === undefined ? [] : [{ tone: 'good' as const, text: 'Sparat.' }]

/** The body that keeps the catalogue or the project in the address. One that no body has is kept by those who keep all. */
export const catalogueBodies = (db: Kysely<Database>): BodyFinders => {
  const bodyOf = async (table: 'catalogue' | 'project', slug: string) => {
    const row = await db
      .selectFrom(table)
      .leftJoin('body', 'body.id', `${table}.body_id`)
      .select('body.slug')
      .where(`${table}.slug`, '=', slug as never)
      .executeTakeFirst()
    return row?.slug ?? null
  }
  return {
    catalogue: ({ params }) => bodyOf('catalogue', (params as { catalogue?: string }).catalogue ?? ''),
    project: ({ params }) => bodyOf('project', (params as { slug?: string }).slug ?? ''),
  }
}

/** What the form chooses in other registers must be there, and the body one's own. */
async function choiceProblems(
  db: Kysely<Database>,
  { identity }: FastifyRequest,
  chosen: { body_id: number | null; matter_id: number | null; document_id?: number | null },
): Promise<Problem[]> {
  const problems: Problem[] = []
  const row = async (table: 'matter' | 'document', id: number | null | undefined, field: string) => {
    if (id === null || id === undefined) return
    const found = await db.selectFrom(table).select('id').where('id', '=', id).executeTakeFirst()
    if (!found) problems.push({ field, text: 'Välj i listan.' })
  }
  const body =
    chosen.body_id === null
      ? null
      : await db.selectFrom('body').select('slug').where('id', '=', chosen.body_id).executeTakeFirst()
  if (body === undefined) problems.push({ field: 'grupp', text: 'Välj i listan.' })
  else if (!keeps(identity, body?.slug ?? null))
    problems.push({ field: 'grupp', text: 'Välj en grupp som du samordnar.' })
  await row('matter', chosen.matter_id, 'arende')
  await row('document', chosen.document_id, 'dokument')
  return problems
}

/** Where the catalogues are kept. */
export const catalogueRegisterRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    const any = { may: anyCoordinator, cache: 'private' } as const
    const mine = { may: coordinatorOf('catalogue'), cache: 'private' } as const
    const at = `${catalogueRegisterPath}/:catalogue`

    app.get(catalogueRegisterPath, { config: any }, async (request, reply) =>
      reply.page('workspace/register', await catalogueRegisterPage(db, request.identity)),
    )

    app.get(at, { schema: { params: catalogueParams, querystring }, config: mine }, async (request, reply) => {
      const { params, query, identity } = request
      const page = await catalogueEditPage(db, params.catalogue, identity, untouched, noticesOf(query))
      return reply.page('workspace/edit', page)
    })
    app.post(at, { schema: { params: catalogueParams }, config: mine }, async (request, reply) => {
      const { catalogue } = request.params
      const page = (state?: FormState) => catalogueEditPage(db, catalogue, request.identity, state)
      const form = readForm(catalogueForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await page(form))
      const { version, values } = form.values
      const typed = typedIn(request.body)
      const problems = await choiceProblems(db, request, values)
      if (problems.length > 0) return reply.code(422).page('workspace/edit', await page({ typed, problems }))
      const act = await change(db, request.actor, (work) =>
        describeCatalogue(work, catalogue, version, values, today()),
      )
      if (act === null) return reply.seeOther(withQuery(editCataloguePath(catalogue), { sparat: 1 }))
      return reply.code(409).page('workspace/edit', compared(await page({ typed, problems: [] }), await page()))
    })

    app.get(
      `${at}/poster/:entry`,
      { schema: { params: entryParams, querystring }, config: mine },
      async (request, reply) => {
        const { catalogue, entry } = request.params
        const slug = entry === 'ny' ? null : entry
        const page = await entryEditPage(db, catalogue, slug, untouched, noticesOf(request.query))
        return reply.page('workspace/edit', page)
      },
    )
    app.post(`${at}/poster/:entry`, { schema: { params: entryParams }, config: mine }, async (request, reply) => {
      const { catalogue, entry } = request.params
      const slug = entry === 'ny' ? null : entry
      const page = (state?: FormState) => entryEditPage(db, catalogue, slug, state)
      const form = readForm(entryForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await page(form))
      const { version, values } = form.values
      if (slug === null) {
        const added = await change(db, request.actor, (work) => addEntry(work, catalogue, values, today()))
        return reply.seeOther(withQuery(catalogueEntryPath(catalogue, added), { sparat: 1 }))
      }
      const act = await change(db, request.actor, (work) =>
        changeEntry(work, catalogue, slug, version, values, today()),
      )
      if (act === null) return reply.seeOther(withQuery(catalogueEntryPath(catalogue, slug), { sparat: 1 }))
      const typed = typedIn(request.body)
      return reply.code(409).page('workspace/edit', compared(await page({ typed, problems: [] }), await page()))
    })
  }

/** Where the projects are kept. */
export const projectRegisterRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    const any = { may: anyCoordinator, cache: 'private' } as const
    const mine = { may: coordinatorOf('project'), cache: 'private' } as const

    app.get(projectRegisterPath, { config: any }, async (request, reply) =>
      reply.page('workspace/register', await projectRegisterPage(db, keptBy(request.identity))),
    )

    app.get(editProjectPath('nytt'), { config: any }, async (request, reply) =>
      reply.page('workspace/edit', await projectEditPage(db, null, request.identity)),
    )
    app.post(editProjectPath('nytt'), { config: any }, async (request, reply) => {
      const page = (state: FormState) => projectEditPage(db, null, request.identity, state)
      const form = readForm(projectForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await page(form))
      const { values, links } = form.values
      const problems = await choiceProblems(db, request, values)
      if (problems.length > 0) {
        return reply.code(422).page('workspace/edit', await page({ typed: typedIn(request.body), problems }))
      }
      const slug = await change(db, request.actor, (work) => addProject(work, values, links, today()))
      return reply.seeOther(withQuery(editProjectPath(slug), { sparat: 1 }))
    })

    const at = `${projectRegisterPath}/:slug`
    app.get(at, { schema: { params: projectParams, querystring }, config: mine }, async (request, reply) => {
      const { params, query, identity } = request
      const page = await projectEditPage(db, params.slug, identity, untouched, noticesOf(query))
      return reply.page('workspace/edit', page)
    })
    app.post(at, { schema: { params: projectParams }, config: mine }, async (request, reply) => {
      const { slug } = request.params
      const page = (state?: FormState) => projectEditPage(db, slug, request.identity, state)
      const form = readForm(projectForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await page(form))
      const { version, values, links } = form.values
      const typed = typedIn(request.body)
      const problems = await choiceProblems(db, request, values)
      if (problems.length > 0) return reply.code(422).page('workspace/edit', await page({ typed, problems }))
      const act = await change(db, request.actor, (work) => changeProject(work, slug, version, values, links, today()))
      if (act === null) return reply.seeOther(withQuery(editProjectPath(slug), { sparat: 1 }))
      return reply.code(409).page('workspace/edit', compared(await page({ typed, problems: [] }), await page()))
    })
  }
