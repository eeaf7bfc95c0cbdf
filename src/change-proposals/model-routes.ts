import { z } from 'zod'
import { change } from '../audit/work.ts'
import { compared } from '../http/edit-page.ts'
import { type FormState, untouched } from '../http/fields.ts'
import { readForm, typedIn } from '../http/forms.ts'
import { coordinatorOfAll } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { changeModelPath, changeModelRowPath, withQuery } from '../kernel/urls.ts'
import { addModelRow, changeModelRow, describeModel } from './model-changes.ts'
import { modelEditPage, modelForm, modelRegisterPage, modelRowPage, parts, rowForms } from './model-forms.ts'
import { listSteps } from './queries.ts'

const params = z.object({ part: z.enum(parts), row: z.string().max(200) })
const query = z.object({ sparat: z.string().max(10).optional() })
const saved = [{ tone: 'good' as const, text: 'Sparat.' }]

/** The model of ordnat införande, kept by the coordinator of Länsgemensam ledning. */
export const changeModelRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    const config = { may: coordinatorOfAll, cache: 'private' } as const
    const modelPath = changeModelRowPath('modell', 'modell')
    const at = `${changeModelPath}/:part/:row`

    app.get(changeModelPath, { config }, async (_request, reply) =>
      reply.page('workspace/register', await modelRegisterPage(db)),
    )

    app.get(modelPath, { schema: { querystring: query }, config }, async (request, reply) =>
      reply.page('workspace/edit', await modelEditPage(db, untouched, request.query.sparat === undefined ? [] : saved)),
    )
    app.post(modelPath, { config }, async (request, reply) => {
      const form = readForm(modelForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await modelEditPage(db, form))
      const { version, values } = form.values
      const refusal = await change(db, request.actor, (work) => describeModel(work, version, values, today()))
      if (refusal === null) return reply.seeOther(withQuery(modelPath, { sparat: 1 }))
      const mine = await modelEditPage(db, { typed: typedIn(request.body), problems: [] })
      return reply.code(409).page('workspace/edit', compared(mine, await modelEditPage(db)))
    })

    app.get(at, { schema: { params, querystring: query }, config }, async (request, reply) => {
      const { part, row } = request.params
      const notices = request.query.sparat === undefined ? [] : saved
      return reply.page('workspace/edit', await modelRowPage(db, part, row === 'ny' ? null : row, untouched, notices))
    })
    app.post(at, { schema: { params }, config }, async (request, reply) => {
      const { part, row: name } = request.params
      const slug = name === 'ny' ? null : name
      const page = (state?: FormState) => modelRowPage(db, part, slug, state)
      const form = readForm(rowForms[part], request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await page(form))
      const { version, row } = form.values
      const typed = typedIn(request.body)
      const step = row.table === 'change_question' ? row.values.step_id : null
      if (step !== null && !(await listSteps(db)).some(({ id }) => id === step)) {
        const problems = [{ field: 'steg', text: 'Välj i listan.' }]
        return reply.code(422).page('workspace/edit', await page({ typed, problems }))
      }
      if (slug === null) {
        const added = await change(db, request.actor, (work) => addModelRow(work, row, today()))
        return reply.seeOther(withQuery(changeModelRowPath(part, added), { sparat: 1 }))
      }
      const refusal = await change(db, request.actor, (work) => changeModelRow(work, slug, version, row, today()))
      if (refusal === null) return reply.seeOther(withQuery(changeModelRowPath(part, slug), { sparat: 1 }))
      return reply.code(409).page('workspace/edit', compared(await page({ typed, problems: [] }), await page()))
    })
  }
