import { z } from 'zod'
import { change } from '../audit/work.ts'
import { compared } from '../http/edit-page.ts'
import { untouched } from '../http/fields.ts'
import { readForm, typedIn } from '../http/forms.ts'
import { coordinatorOfAll } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { editOrganisationPath, organisationRegisterPath, withQuery } from '../kernel/urls.ts'
import { addOrganisation, changeOrganisation } from './register-changes.ts'
import {
  organisationEditPage,
  organisationForm,
  organisationRefusals,
  organisationRegisterPage,
} from './register-pages.ts'

const params = z.object({ slug: z.string().max(200) })

/** The register of organisations, kept by the county's coordinator. */
export const organisationRegisterRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    const county = { may: coordinatorOfAll, cache: 'private' } as const

    app.get(organisationRegisterPath, { config: county }, async (_request, reply) =>
      reply.page('workspace/register', await organisationRegisterPage(db)),
    )

    app.get(editOrganisationPath('ny'), { config: county }, async (_request, reply) =>
      reply.page('workspace/edit', await organisationEditPage(db, null)),
    )

    app.post(editOrganisationPath('ny'), { config: county }, async (request, reply) => {
      const form = readForm(organisationForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await organisationEditPage(db, null, form))
      const { values } = form.values
      const added = await change(db, request.actor, (work) => addOrganisation(work, values, today()))
      if ('slug' in added) return reply.seeOther(withQuery(editOrganisationPath(added.slug), { sparat: 1 }))
      const problems = added.refusal === 'stale' ? [] : [organisationRefusals[added.refusal]]
      const state = { typed: typedIn(request.body), problems }
      return reply.code(422).page('workspace/edit', await organisationEditPage(db, null, state))
    })

    app.get(`${organisationRegisterPath}/:slug`, { schema: { params }, config: county }, async (request, reply) => {
      const saved = (request.query as { sparat?: string }).sparat !== undefined
      const notices = saved ? [{ tone: 'good' as const, text: 'Sparat.' }] : []
      return reply.page('workspace/edit', await organisationEditPage(db, request.params.slug, untouched, notices))
    })

    app.post(`${organisationRegisterPath}/:slug`, { schema: { params }, config: county }, async (request, reply) => {
      const { slug } = request.params
      const form = readForm(organisationForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await organisationEditPage(db, slug, form))
      const { version, values } = form.values
      const refusal = await change(db, request.actor, (work) =>
        changeOrganisation(work, slug, version, values, today()),
      )
      if (refusal === null) return reply.seeOther(withQuery(editOrganisationPath(slug), { sparat: 1 }))
      const problems = refusal === 'stale' ? [] : [organisationRefusals[refusal]]
      const typed = await organisationEditPage(db, slug, { typed: typedIn(request.body), problems })
      if (refusal !== 'stale') return reply.code(422).page('workspace/edit', typed)
      return reply.code(409).page('workspace/edit', compared(typed, await organisationEditPage(db, slug)))
    })
  }
