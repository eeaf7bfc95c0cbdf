import type { Work } from '../audit/work.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { sameText } from '../http/stale.ts'
import { type Day, dateText } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { namesKeptOut, newsBetween } from './entries.ts'
import { functionMailboxes } from './newsletter-queries.ts'
import { draftContent, mostOfAKind, newsletterSlug, refuseWords, type WordsRefused } from './rules.ts'

export type NewsletterValues = { title: string; lead: string | null; content: string | null }

const about = (id: number) => `newsletter/${id}`

/** What has been published in between as the text of a newsletter, and how much it is. */
async function newsText(work: Work, handlers: readonly EffectHandler[], after: Date, until: Date) {
  const { entries, totals } = await newsBetween(work.trx, handlers, { after, until }, mostOfAKind)
  return {
    content: draftContent(entries, totals),
    count: [...totals.values()].reduce((sum, number) => sum + number, 0),
  }
}

/** Until when the last newsletter told; before the first one, the beginning of what the portal holds. */
async function toldUntil(work: Work): Promise<Date> {
  const last = await work.trx
    .selectFrom('newsletter')
    .select((eb) => eb.fn.max('covers_until').as('until'))
    .where('state', '=', 'published')
    .executeTakeFirst()
  return last?.until ?? new Date(0)
}

/**
 * Begins a newsletter with what was published since the last one. There is one draft at a time.
 * @returns the draft, the one that was there already if any
 */
export async function beginNewsletter(
  work: Work,
  handlers: readonly EffectHandler[],
  today: Day,
): Promise<{ id: number; isNew: boolean }> {
  // Two who begin at once wait for each other, and the second gets the first one's draft.
  await work.trx.selectFrom('installation').select('id').forUpdate().execute()
  const draft = await work.trx.selectFrom('newsletter').select('id').where('state', '=', 'draft').executeTakeFirst()
  if (draft) {
    await work.record('newsletter.begin-refused', about(draft.id), { refusal: 'draft-exists' })
    return { id: draft.id, isNew: false }
  }
  const [after, until] = [await toldUntil(work), new Date()]
  const { content, count } = await newsText(work, handlers, after, until)
  const { id } = await work.trx
    .insertInto('newsletter')
    .values({
      title: `Nyhetsbrev ${dateText(today, 'month')}`,
      content: content || null,
      covers_from: after,
      covers_until: until,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await work.record('newsletter.begun', about(id), { news: count })
  return { id, isNew: true }
}

export type NewsletterRefusal = 'stale' | 'published'

async function locked(work: Work, id: number) {
  return await work.trx
    .selectFrom('newsletter')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`newsletter ${id}`))
}

const refusalOf = (row: { state: string; version: number }, version: number): NewsletterRefusal | null =>
  row.state === 'published' ? 'published' : row.version === version ? null : 'stale'

async function refuse<R extends string>(work: Work, act: string, id: number, refusal: R): Promise<R> {
  await work.record(act, about(id), { refusal })
  return refusal
}

/** Saves the draft's texts. */
export async function saveNewsletter(
  work: Work,
  id: number,
  version: number,
  values: NewsletterValues,
): Promise<NewsletterRefusal | null> {
  const row = await locked(work, id)
  const refusal = refusalOf(row, version)
  if (refusal) return await refuse(work, 'newsletter.change-refused', id, refusal)
  const changed = (['title', 'lead', 'content'] as const).filter((field) => !sameText(values[field], row[field]))
  if (changed.length > 0) await work.trx.updateTable('newsletter').set(values).where('id', '=', id).execute()
  await work.record('newsletter.changed', about(id), { changed })
  return null
}

/** Adds at the end of the draft what has been published since it was written. @returns how many pieces of news */
export async function refillNewsletter(
  work: Work,
  handlers: readonly EffectHandler[],
  id: number,
): Promise<{ added: number } | { refusal: NewsletterRefusal }> {
  const row = await locked(work, id)
  if (row.state === 'published') {
    return { refusal: await refuse(work, 'newsletter.change-refused', id, 'published') }
  }
  const until = new Date()
  const { content: added, count } = await newsText(work, handlers, row.covers_until, until)
  await work.trx
    .updateTable('newsletter')
    .set({ covers_until: until, ...(added === '' ? {} : { content: [row.content ?? '', added].join('\n\n').trim() }) })
    .where('id', '=', id)
    .execute()
  await work.record('newsletter.refilled', about(id), { news: count })
  return { added: count }
}

export type PublicationRefusal = NewsletterRefusal | 'empty' | WordsRefused

/**
 * Publishes the newsletter for ever, under the address of the day. Only the text that was looked at is published.
 * @param contactEmail the portal's own mailbox, which may be named
 */
export async function publishNewsletter(
  work: Work,
  id: number,
  version: number,
  today: Day,
  contactEmail: string,
): Promise<{ slug: string } | { refusal: PublicationRefusal }> {
  const row = await locked(work, id)
  const refusal =
    refusalOf(row, version) ??
    (row.content === null ? ('empty' as const) : null) ??
    (await wordsRefused(work, [row.title, row.lead, row.content].join('\n'), contactEmail))
  if (refusal) {
    // The words themselves are what must not be spread: the log has the reason alone.
    await refuse(work, 'newsletter.publication-refused', id, typeof refusal === 'string' ? refusal : refusal.why)
    return { refusal }
  }
  const rows = await work.trx
    .selectFrom('newsletter')
    .select('slug')
    .where('slug', 'like', `${today}%` as never)
    .execute()
  const slug = newsletterSlug(today, new Set(rows.map((taken) => taken.slug ?? '')))
  await work.trx
    .updateTable('newsletter')
    .set({ state: 'published', slug, published_at: new Date(), published_by: work.actor.name })
    .where('id', '=', id)
    .execute()
  await work.record('newsletter.published', about(id), { slug })
  return { slug }
}

async function wordsRefused(work: Work, text: string, contactEmail: string): Promise<WordsRefused | null> {
  const [mailboxes, names] = [await functionMailboxes(work.trx), await namesKeptOut(work.trx)]
  return refuseWords(text, { mailboxes: [...mailboxes, contactEmail], names })
}

/** Throws a draft away; what it told of comes back in the next one. */
export async function removeNewsletter(work: Work, id: number): Promise<'published' | null> {
  const row = await locked(work, id)
  if (row.state === 'published') return await refuse(work, 'newsletter.removal-refused', id, 'published')
  await work.trx.deleteFrom('newsletter').where('id', '=', id).execute()
  await work.record('newsletter.removed', about(id), { title: row.title })
  return null
}

/** Says what was wrong in a published newsletter, which itself stands. */
export async function correctNewsletter(
  work: Work,
  id: number,
  correction: string,
  today: Day,
  contactEmail: string,
): Promise<'draft' | WordsRefused | null> {
  const row = await locked(work, id)
  const refusal = row.state === 'draft' ? 'draft' : await wordsRefused(work, correction, contactEmail)
  if (refusal) {
    await refuse(work, 'newsletter.correction-refused', id, typeof refusal === 'string' ? refusal : refusal.why)
    return refusal
  }
  await work.trx
    .insertInto('newsletter_correction')
    .values({ newsletter_id: id, correction, corrected_on: today, corrected_by: work.actor.name })
    .execute()
  await work.record('newsletter.corrected', about(id))
  return null
}
