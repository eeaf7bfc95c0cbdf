import { z } from 'zod'
import { change } from '../audit/work.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { pageNumber } from '../http/addresses.ts'
import { draftOf, forgetDraft } from '../http/drafts.ts'
import { compared } from '../http/edit-page.ts'
import { untouched } from '../http/fields.ts'
import { readForm, typedIn } from '../http/forms.ts'
import { anyone, coordinatorOfAll } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import * as urls from '../kernel/urls.ts'
import * as changes from './newsletter-changes.ts'
import * as pages from './newsletter-pages.ts'

const params = z.object({
  id: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31),
})
const slugParams = z.object({ slug: z.string().max(200) })
const querystring = z.object({ sida: pageNumber })
const notices = {
  sparat: { tone: 'good', text: 'Sparat.' },
  nytt: { tone: 'good', text: 'Utkastet är skrivet av det som har publicerats sedan förra nyhetsbrevet.' },
  fanns: { tone: 'info', text: 'Ett utkast var redan påbörjat. Det är det här.' },
  inget: { tone: 'info', text: 'Inget har publicerats sedan utkastet skrevs.' },
  pafyllt: { tone: 'good', text: 'Det som har publicerats sedan utkastet skrevs står sist i texten.' },
} as const
type Noticed = keyof typeof notices

/** The newsletter: the archive for readers, and where the next one is written. */
export const newsletterRoutes =
  ({ db, config, today }: Room, handlers: readonly EffectHandler[]) =>
  async (app: App) => {
    const open = { may: anyone, cache: 'shared' } as const
    const all = { may: coordinatorOfAll, cache: 'private' } as const
    const base = config.basePath

    app.get(urls.newslettersPath, { schema: { querystring }, config: open }, async (request, reply) =>
      reply.page('feeds/newsletters', await pages.newsletterListPage(db, request.query.sida)),
    )
    app.get(`${urls.newslettersPath}/:slug`, { schema: { params: slugParams }, config: open }, async (request, reply) =>
      reply.page('feeds/newsletter', await pages.newsletterPage(db, request.params.slug, base)),
    )

    app.get(urls.workNewslettersPath, { config: all }, async (_request, reply) =>
      reply.page('workspace/register', await pages.newsletterRegisterPage(db)),
    )

    app.post(urls.newNewsletterPath, { config: all }, async (request, reply) => {
      const { id, isNew } = await change(db, request.actor, (work) => changes.beginNewsletter(work, handlers, today()))
      return reply.seeOther(urls.withQuery(urls.workNewsletterPath(id), { besked: isNew ? 'nytt' : 'fanns' }))
    })

    const one = `${urls.workNewslettersPath}/:id`

    app.get(one, { schema: { params }, config: all }, async (request, reply) => {
      const { id } = request.params
      const moved = await publishedAt(id)
      if (moved !== null) return reply.seeOther(moved)
      const noticed = (request.query as { besked?: string }).besked
      const shown = noticed !== undefined && Object.hasOwn(notices, noticed) ? [notices[noticed as Noticed]] : []
      const kept = request.identity ? await draftOf(db, request.identity, pages.draftName(id)) : null
      return reply.page('workspace/edit', await pages.newsletterEditPage(db, id, untouched, shown, kept))
    })

    app.post(one, { schema: { params }, config: all }, async (request, reply) => {
      const { id } = request.params
      const form = readForm(pages.newsletterForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await pages.newsletterEditPage(db, id, form))
      const { version, values } = form.values
      const typed = typedIn(request.body)
      const refusal = await change(db, request.actor, (work) => changes.saveNewsletter(work, id, version, values))
      if (refusal === null) {
        if (request.identity) await forgetDraft(db, request.identity, pages.draftName(id))
        return reply.seeOther(urls.withQuery(urls.workNewsletterPath(id), { besked: 'sparat' }))
      }
      const problems =
        refusal === 'published'
          ? [{ field: '', text: 'Nyhetsbrevet publicerades medan du skrev. Det du skrev är inte sparat.' }]
          : []
      const { version: _opened, ...texts } = typed
      const mine = await pages.newsletterEditPage(db, id, { typed: texts, problems })
      return reply.code(409).page('workspace/edit', compared(mine, await pages.newsletterEditPage(db, id)))
    })

    app.post(`${one}/pafyllning`, { schema: { params }, config: all }, async (request, reply) => {
      const { id } = request.params
      const filled = await change(db, request.actor, (work) => changes.refillNewsletter(work, handlers, id))
      const besked = 'added' in filled && filled.added > 0 ? 'pafyllt' : 'inget'
      return reply.seeOther(urls.withQuery(urls.workNewsletterPath(id), { besked }))
    })

    app.post(`${one}/ta-bort`, { schema: { params }, config: all }, async (request, reply) => {
      const { id } = request.params
      const refusal = await change(db, request.actor, (work) => changes.removeNewsletter(work, id))
      if (refusal === null && request.identity) await forgetDraft(db, request.identity, pages.draftName(id))
      return reply.seeOther(urls.workNewslettersPath)
    })

    app.get(`${one}/granska`, { schema: { params }, config: all }, async (request, reply) =>
      reply.page('feeds/newsletter-preview', await pages.previewPage(db, request.params.id, base)),
    )

    app.post(`${one}/publicering`, { schema: { params }, config: all }, async (request, reply) => {
      const { id } = request.params
      const form = readForm(pages.publicationForm, request.body)
      if (!form.ok) {
        const page = await pages.previewPage(db, id, base, form.problems)
        return reply.code(422).page('feeds/newsletter-preview', page)
      }
      const published = await change(db, request.actor, (work) =>
        changes.publishNewsletter(work, id, form.values.version, today(), config.site.contactEmail),
      )
      if ('slug' in published) return reply.seeOther(urls.newsletterPath(published.slug))
      const page = await pages.previewPage(db, id, base, [pages.publicationProblem(published.refusal)])
      return reply.code(published.refusal === 'stale' ? 409 : 422).page('feeds/newsletter-preview', page)
    })

    app.get(`${one}/rattelse`, { schema: { params }, config: all }, async (request, reply) => {
      const page = await pages.correctionPage(db, request.params.id)
      if (!page.published) return reply.seeOther(urls.workNewsletterPath(request.params.id))
      return reply.page('workspace/edit', page)
    })

    app.post(`${one}/rattelse`, { schema: { params }, config: all }, async (request, reply) => {
      const { id } = request.params
      const form = readForm(pages.correctionForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await pages.correctionPage(db, id, form))
      const { rattelse } = form.values
      const refusal = await change(db, request.actor, (work) =>
        changes.correctNewsletter(work, id, rattelse, today(), config.site.contactEmail),
      )
      if (refusal === null) return reply.seeOther((await publishedAt(id)) ?? urls.workNewslettersPath)
      // A draft is changed, not corrected.
      if (refusal === 'draft') return reply.seeOther(urls.workNewsletterPath(id))
      const state = { typed: typedIn(request.body), problems: [pages.correctionProblem(refusal)] }
      return reply.code(422).page('workspace/edit', await pages.correctionPage(db, id, state))
    })

    /** Where the newsletter is read once it has been published. */
    async function publishedAt(id: number): Promise<string | null> {
      const row = await db.selectFrom('newsletter').select('slug').where('id', '=', id).executeTakeFirst()
      return row?.slug ? urls.newsletterPath(row.slug) : null
    }
  }
