/** The feeds and calendars that there are, and what is in each. */
import { type Kysely, sql } from 'kysely'
import { installation, permanentId } from '../audit/installation.ts'
import type { Config } from '../config.ts'
import type { Database, Reader } from '../db/database.ts'
import type { MeetingState } from '../db/schema.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { withoutContacts } from '../kernel/contacts.ts'
import { addMonths, type Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { slugify } from '../kernel/text.ts'
import * as urls from '../kernel/urls.ts'
import { publicCalendar } from '../meetings/calendar.ts'
import { publicStates } from '../meetings/rules.ts'
import { type AtomEntry, atomXml } from './atom.ts'
import { latestEntries, namesKeptOut, type Scope } from './entries.ts'
import { newsletterHtml } from './newsletter-html.ts'
import { publishedNewsletters } from './newsletter-queries.ts'
import { namesRemover } from './rules.ts'

/** How many entries a feed holds: the latest changed. */
export const entriesInFeed = 30
/** How long a meeting stays in the calendars after its day, in months; a cancelled one as well. */
const monthsKept = 12
/** How many meetings a calendar holds, those nearest to today: what one keeps it for is those that come. */
export const mostMeetings = { been: 20, coming: 50 }

/** A feed: what it is called for ever (`key`), its title, its own path and the page it belongs to. */
type FeedParts = { key: string; title: string; path: string; page: string; scope: Scope; newsletters?: boolean }

/** An entry and what its identity is made of. */
type FeedEntry = Omit<AtomEntry, 'id'> & { key: string }

type Parts = { db: Kysely<Database>; config: Config; handlers: readonly EffectHandler[] }

/** The feed as Atom. Its moment is that of its latest entry, so that it is the same until something changes. */
async function feedXml({ db, config, handlers }: Parts, feed: FeedParts): Promise<string> {
  const root = config.publicOrigin + config.basePath
  const [here, news, letters] = await Promise.all([
    installation(db),
    feed.scope.kinds?.length === 0 ? [] : latestEntries(db, handlers, feed.scope, entriesInFeed),
    feed.newsletters ? newsletterEntries(db, root) : [],
  ])
  const entries = [
    ...news.map(
      (entry): FeedEntry => ({
        key: entry.key,
        title: entry.title,
        url: root + entry.path,
        published: entry.published,
        updated: entry.updated,
        summary: entry.text,
        category: entry.kind,
      }),
    ),
    ...letters,
  ]
    .sort((a, b) => b.updated.getTime() - a.updated.getTime())
    .slice(0, entriesInFeed)
  return atomXml({
    id: permanentId(here.id, `flode/${feed.key}`),
    title: `${feed.title} – ${config.site.name}`,
    author: config.site.name,
    pageUrl: root + feed.page,
    url: root + feed.path,
    updated: entries[0]?.updated ?? here.madeAt,
    entries: entries.map(({ key, ...entry }) => ({ ...entry, id: permanentId(here.id, key) })),
  })
}

async function newsletterEntries(db: Reader, root: string): Promise<FeedEntry[]> {
  const [names, letters] = await Promise.all([namesKeptOut(db), publishedNewsletters(db, entriesInFeed)])
  // Who has no place in feeds may have been decided after the newsletter was published.
  const clean = namesRemover(names)
  return letters.map((letter) => ({
    key: `nyhetsbrev/${letter.id}`,
    title: clean(letter.title),
    url: root + urls.newsletterPath(letter.slug),
    published: letter.published_at,
    updated: letter.corrected_at ?? letter.published_at,
    summary: letter.lead === null ? null : clean(letter.lead),
    html: newsletterHtml(
      {
        content: clean(letter.content),
        corrections: letter.corrections.map((one) => ({ ...one, correction: clean(one.correction) })),
      },
      root,
    ),
    category: 'newsletter',
  }))
}

export const allFeed = (parts: Parts) =>
  feedXml(parts, {
    key: 'allt',
    title: 'Allt nytt',
    path: urls.feedPath,
    page: urls.startPath,
    scope: {},
    newsletters: true,
  })

export const decisionsFeed = (parts: Parts) =>
  feedXml(parts, {
    key: 'beslut',
    title: 'Beslut',
    path: urls.decisionsFeedPath,
    page: urls.decisionsPath,
    scope: { kinds: ['decision'] },
  })

export const newslettersFeed = (parts: Parts) =>
  feedXml(parts, {
    key: 'nyhetsbrev',
    title: 'Nyhetsbrev',
    path: urls.newsletterFeedPath,
    page: urls.newslettersPath,
    scope: { kinds: [] },
    newsletters: true,
  })

async function bodyAt(db: Reader, slug: string) {
  return await db
    .selectFrom('body')
    .select(['id', 'slug', 'name'])
    .where('slug', '=', slug as never)
    .executeTakeFirstOrThrow(() => notFound(`body ${slug}`))
}

/** @throws PortalError not-found */
export async function bodyFeed(parts: Parts, slug: string): Promise<string> {
  const body = await bodyAt(parts.db, slug)
  return await feedXml(parts, {
    key: `grupp/${body.id}`,
    title: body.name,
    path: urls.bodyFeedPath(body.slug),
    page: urls.bodyPath(body.slug),
    scope: { bodyId: body.id },
  })
}

/** The parties, with what addresses call them. */
export async function partiesWithFeeds(db: Reader) {
  return await db
    .selectFrom('organisation')
    .select(['id', 'slug', 'name', 'short_name'])
    .where('is_party', '=', true)
    .orderBy('position')
    .orderBy('id')
    .execute()
}

/**
 * @returns the feed, or where it is found when the party was asked for by its other name
 * @throws PortalError not-found
 */
export async function partyFeed(parts: Parts, address: string): Promise<{ xml: string } | { movedTo: string }> {
  const parties = await partiesWithFeeds(parts.db)
  const party =
    parties.find(({ short_name }) => slugify(short_name) === address) ?? parties.find(({ slug }) => slug === address)
  if (!party) throw notFound(`party ${address}`)
  const path = urls.partyFeedPath(party.short_name)
  if (path !== urls.partyFeedPath(address)) return { movedTo: path }
  return {
    xml: await feedXml(parts, {
      key: `part/${party.id}`,
      title: party.name,
      path,
      page: urls.partyPath(party.short_name),
      scope: { party },
    }),
  }
}

/**
 * Meetings that have been called and that were not long ago, of one body or of all: those nearest to today. Dates that nobody has been called
 * to are not public; a meeting that was called and then cancelled stays, marked as such, so that calendars mark it too.
 * @throws PortalError not-found
 */
export async function calendarOf(
  { db, config }: Omit<Parts, 'handlers'>,
  slug: string | null,
  today: Day,
): Promise<string> {
  const body = slug === null ? null : await bodyAt(db, slug)
  const listed = db
    .selectFrom('meeting')
    .select([
      'id',
      'slug',
      'version',
      'changed_at',
      'title',
      'held_on',
      'starts_at',
      'ends_at',
      'place',
      'video_link',
      'state',
    ])
    .where('state', 'in', publicStates as MeetingState[])
    .where((eb) => eb.or([eb('called_on', 'is not', null), eb('state', 'not in', ['cancelled', 'planned'])]))
    .$if(body !== null, (query) => query.where('body_id', '=', body?.id as number))
  const [been, coming, names, here] = await Promise.all([
    listed
      .where('held_on', '<', today)
      .where('held_on', '>=', addMonths(today, -monthsKept))
      .orderBy('held_on', 'desc')
      .orderBy('id', 'desc')
      .limit(sql.lit(mostMeetings.been))
      .execute(),
    listed.where('held_on', '>=', today).orderBy('held_on').orderBy('id').limit(sql.lit(mostMeetings.coming)).execute(),
    namesKeptOut(db),
    installation(db),
  ])
  const rows = [...been.reverse(), ...coming]
  const without = namesRemover(names)
  const clean = (text: string) => withoutContacts(without(text))
  const root = config.publicOrigin + config.basePath
  const slugs = new Map(rows.map((row) => [row.id, row.slug as string]))
  return publicCalendar(
    rows.map((row) => ({ ...row, title: clean(row.title), place: row.place === null ? null : clean(row.place) })),
    {
      site: config.site,
      installationId: here.id,
      urlOf: ({ id }) => root + urls.meetingPath(slugs.get(id) ?? ''),
      name: body === null ? `Möten – ${config.site.name}` : `Möten i ${body.name}`,
      url: root + (body === null ? urls.calendarPath : urls.bodyCalendarPath(body.slug)),
    },
  )
}
