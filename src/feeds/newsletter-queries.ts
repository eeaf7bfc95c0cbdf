import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'

export type Correction = { correction: string; corrected_on: Day; corrected_by: string; recorded_at: Date }

export type PublishedNewsletter = {
  id: number
  slug: string
  title: string
  lead: string | null
  content: string
  published_at: Date
  published_by: string
  corrections: readonly Correction[]
  /** When the latest correction was made; null: there is none. */
  corrected_at: Date | null
}

async function correctionsOf(db: Reader, ids: readonly number[]): Promise<Map<number, Correction[]>> {
  const found = new Map<number, Correction[]>()
  if (ids.length === 0) return found
  const rows = await db
    .selectFrom('newsletter_correction')
    .select(['newsletter_id', 'correction', 'corrected_on', 'corrected_by', 'recorded_at'])
    .where('newsletter_id', 'in', ids)
    .orderBy('id')
    .execute()
  for (const { newsletter_id, ...row } of rows) {
    found.set(newsletter_id, [...(found.get(newsletter_id) ?? []), { ...row, corrected_on: row.corrected_on as Day }])
  }
  return found
}

/** What has been published, the newest first. */
export async function publishedNewsletters(
  db: Reader,
  limit: number,
  offset = 0,
  slug: string | null = null,
): Promise<PublishedNewsletter[]> {
  const rows = await db
    .selectFrom('newsletter')
    .select(['id', 'slug', 'title', 'lead', 'content', 'published_at', 'published_by'])
    .where('state', '=', 'published')
    .$if(slug !== null, (query) => query.where('slug', '=', slug as never))
    .orderBy('published_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(offset)
    .execute()
  const corrections = await correctionsOf(
    db,
    rows.map(({ id }) => id),
  )
  return rows.map(({ slug: address, content, published_at, published_by, ...row }) => {
    const own = corrections.get(row.id) ?? []
    return {
      ...row,
      slug: address ?? '',
      content: content ?? '',
      published_at: published_at ?? new Date(0),
      published_by: published_by ?? '',
      corrections: own,
      corrected_at: own.at(-1)?.recorded_at ?? null,
    }
  })
}

/** @throws PortalError not-found; a draft is not there for readers */
export async function publishedNewsletter(db: Reader, slug: string): Promise<PublishedNewsletter> {
  const [letter] = await publishedNewsletters(db, 1, 0, slug)
  if (!letter) throw notFound(`newsletter ${slug}`)
  return letter
}

export async function countNewsletters(db: Reader): Promise<number> {
  const { count } = await db
    .selectFrom('newsletter')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '=', 'published')
    .executeTakeFirstOrThrow()
  return count
}

/** A newsletter for those who write it. @throws PortalError not-found */
export function newsletterById(db: Reader, id: number) {
  return db
    .selectFrom('newsletter')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound(`newsletter ${id}`))
}

/** Drafts and published ones, for those who write them. */
export function allNewsletters(db: Reader) {
  return db
    .selectFrom('newsletter')
    .select(['id', 'slug', 'title', 'state', 'covers_until', 'published_at', 'recorded_at'])
    .orderBy(sql`state = 'draft'`, 'desc')
    .orderBy('published_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
}

/** Mail addresses that belong to a group, and may be read anywhere. */
export async function functionMailboxes(db: Reader): Promise<string[]> {
  const rows = await db
    .selectFrom('body')
    .select('function_mailbox')
    .where('function_mailbox', 'is not', null)
    .execute()
  return rows.map(({ function_mailbox }) => function_mailbox ?? '')
}
