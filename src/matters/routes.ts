import type { FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { change } from '../audit/work.ts'
import type { Database } from '../db/database.ts'
import { compared } from '../http/edit-page.ts'
import { untouched } from '../http/fields.ts'
import { readForm, typedIn } from '../http/forms.ts'
import { anyCoordinator, type BodyFinders, coordinatorOf, keeps, keptBy } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { editMatterPath, matterRegisterPath, withQuery } from '../kernel/urls.ts'
import { addMatter, changeMatter } from './changes.ts'
import { matterEditPage, matterForm, matterRefusals, matterRegisterPage } from './pages.ts'

const params = z.object({ slug: z.string().max(200) })

/** The body that keeps the matter in the address: for coordinatorOf('matter'). */
export const matterBodies = (db: Kysely<Database>): BodyFinders => ({
  async matter({ params: given }) {
    const { slug = '' } = given as { slug?: string }
    const matter = await db
      .selectFrom('matter')
      .leftJoin('body', 'body.id', 'matter.body_id')
      .select('body.slug')
      .where('matter.slug', '=', slug as never)
      .executeTakeFirst()
    return matter?.slug ?? null
  },
})

/** The register of matters. */
export const matterRegisterRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    const any = { may: anyCoordinator, cache: 'private' } as const
    const mine = { may: coordinatorOf('matter'), cache: 'private' } as const

    app.get(matterRegisterPath, { config: any }, async (request, reply) =>
      reply.page('workspace/register', await matterRegisterPage(db, keptBy(request.identity))),
    )

    app.get(editMatterPath('nytt'), { config: any }, async (request, reply) =>
      reply.page('workspace/edit', await matterEditPage(db, null, keptBy(request.identity))),
    )

    /** The matter must be kept by a body of one's own. */
    async function ownerProblem({ identity }: FastifyRequest, bodyId: number | null) {
      const body =
        bodyId === null
          ? undefined
          : await db.selectFrom('body').select('slug').where('id', '=', bodyId).executeTakeFirst()
      if (bodyId !== null && !body) return [{ field: 'grupp', text: 'Välj i listan.' }]
      return keeps(identity, body?.slug ?? null) ? [] : [{ field: 'grupp', text: 'Välj en grupp som du samordnar.' }]
    }

    app.post(editMatterPath('nytt'), { config: any }, async (request, reply) => {
      const kept = keptBy(request.identity)
      const form = readForm(matterForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await matterEditPage(db, null, kept, form))
      const { values } = form.values
      const typed = typedIn(request.body)
      const problems = await ownerProblem(request, values.bodyId)
      if (problems.length > 0) {
        return reply.code(422).page('workspace/edit', await matterEditPage(db, null, kept, { typed, problems }))
      }
      const added = await change(db, request.actor, (work) => addMatter(work, values, today()))
      if ('slug' in added) return reply.seeOther(withQuery(editMatterPath(added.slug), { sparat: 1 }))
      const state = { typed, problems: [matterRefusals['number-taken']] }
      return reply.code(422).page('workspace/edit', await matterEditPage(db, null, kept, state))
    })

    app.get(`${matterRegisterPath}/:slug`, { schema: { params }, config: mine }, async (request, reply) => {
      const saved = (request.query as { sparat?: string }).sparat !== undefined
      const notices = saved ? [{ tone: 'good' as const, text: 'Sparat.' }] : []
      const page = await matterEditPage(db, request.params.slug, keptBy(request.identity), untouched, notices)
      return reply.page('workspace/edit', page)
    })

    app.post(`${matterRegisterPath}/:slug`, { schema: { params }, config: mine }, async (request, reply) => {
      const { slug } = request.params
      const kept = keptBy(request.identity)
      const form = readForm(matterForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await matterEditPage(db, slug, kept, form))
      const { version, values } = form.values
      const typed = typedIn(request.body)
      const problems = await ownerProblem(request, values.bodyId)
      if (problems.length > 0) {
        return reply.code(422).page('workspace/edit', await matterEditPage(db, slug, kept, { typed, problems }))
      }
      const refusal = await change(db, request.actor, (work) => changeMatter(work, slug, version, values, today()))
      if (refusal === null) return reply.seeOther(withQuery(editMatterPath(slug), { sparat: 1 }))
      if (refusal === 'stale') {
        const mineNow = await matterEditPage(db, slug, kept, { typed, problems: [] })
        return reply.code(409).page('workspace/edit', compared(mineNow, await matterEditPage(db, slug, kept)))
      }
      const state = { typed, problems: [matterRefusals[refusal]] }
      return reply.code(422).page('workspace/edit', await matterEditPage(db, slug, kept, state))
    })
  }
