import { z } from 'zod'
import { pageNumber } from '../http/addresses.ts'
import { readDatum } from '../http/as-of.ts'
import { answerListFiles, fileTable, tableRows } from '../http/list-files.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { followUpPath, planChainPart, plansPath } from '../kernel/urls.ts'
import { followUpChainPage } from './follow-up-chain-pages.ts'
import { followUpChoices, followUpPage, pageOfAssignment } from './follow-up-pages.ts'

const querystring = z.object({
  // Empty where the list to choose from says all of them.
  grupp: z
    .string()
    .regex(/^[a-z0-9-]{0,200}$/)
    .optional(),
  lage: z.enum(followUpChoices).optional(),
  // A link that has been cut leads to the list's first page, as one with a page that is none does.
  uppdrag: z
    .string()
    .regex(/^[a-z0-9-]{1,200}$/)
    .optional()
    .catch(undefined),
  sida: pageNumber,
})
const params = z.object({ slug: z.string().max(200) })
const reading = z.object({ las: z.enum(['bakat']).optional(), datum: z.string().optional() })
const open = { may: anyone, cache: 'shared' } as const

/** What is due, late or not followed up, across plans and assignments. */
export function followUpRoutes({ db, config, today }: Room) {
  return async (app: App) => {
    const root = config.publicOrigin + config.basePath
    const listed = ({ grupp, lage }: z.output<typeof querystring>, page: number | null) =>
      followUpPage(db, { body: grupp || null, choice: lage ?? null }, today(), page)
    /** Only one section has further pages: the one that is chosen. Of assignments, that of one that is asked for. */
    const pageIn = async ({ grupp, lage, uppdrag, sida }: z.output<typeof querystring>) => {
      if (lage === undefined) return 1
      return lage === 'uppdrag' && !grupp && uppdrag ? await pageOfAssignment(db, uppdrag) : sida
    }
    app.get(followUpPath, { schema: { querystring }, config: open }, async ({ query }, reply) =>
      reply.page('overviews/follow-up', await listed(query, await pageIn(query))),
    )
    answerListFiles(app, followUpPath, querystring, async (query) => {
      const { head, sections } = await listed(query, null)
      const rows = sections.flatMap((section) => tableRows(root, section, section.title))
      return fileTable('uppfoljning', head.title, rows)
    })

    app.get(
      `${plansPath}/:slug/${planChainPart}`,
      { schema: { params, querystring: reading }, config: open },
      async (request, reply) => {
        const asOf = readDatum(request.query)
        const { slug } = request.params
        const backwards = request.query.las === 'bakat'
        return reply.page(
          'overviews/follow-up-chain',
          await followUpChainPage(db, slug, asOf ?? today(), asOf, backwards),
        )
      },
    )
  }
}
