import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { holds } from '../db/ranges.ts'
import type { Cell, Rows } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import type { Day } from '../kernel/dates.ts'
import * as urls from '../kernel/urls.ts'
import { entriesInFeed, mostMeetings, partiesWithFeeds } from './feeds.ts'

declare module '../http/view.ts' {
  interface Views {
    'feeds/follow': FollowPage
  }
}

export type FollowPage = {
  head: PageHead
  lead: string
  common: readonly { title: string; text: string; path: string; address: string }[]
  bodies: Rows
  parties: Rows
  /** How many meetings a calendar has, and how much news a feed. */
  most: { been: number; coming: number; news: number }
}

/** Följ arbetet: every feed and calendar. @param root protocol, host and base path, for addresses to copy */
export async function followPage(db: Reader, root: string, today: Day): Promise<FollowPage> {
  const [bodies, parties] = await Promise.all([
    db
      .selectFrom('body')
      .select(['slug', 'name'])
      .where(holds('valid', today))
      .where('kind', '!=', 'external')
      .orderBy(sql`name collate "sv-x-icu"`)
      .execute(),
    partiesWithFeeds(db),
  ])
  const common = [
    {
      title: 'Kalender med alla möten',
      text: 'Alla kallade möten, med tid och plats. Flyttade och inställda möten ändras i din kalender.',
      path: urls.calendarPath,
    },
    {
      title: 'Allt nytt',
      text: 'Kallelser, protokoll, beslut, planer, dokument, utskrivningsklara dagar och nyhetsbrev.',
      path: urls.feedPath,
    },
    { title: 'Beslut', text: 'Varje beslut och vad det ändrade.', path: urls.decisionsFeedPath },
    { title: 'Nyhetsbrev', text: 'Nyhetsbreven i sin helhet.', path: urls.newsletterFeedPath },
  ]
  const columns = (...texts: string[]) => texts.map((text) => ({ text }))
  return {
    head: {
      title: 'Följ arbetet',
      crumbs: [{ text: 'Följ arbetet' }],
      description: 'Kalendrar och flöden: få mötena i din egen kalender och nyheterna i din läsare.',
      feeds: [{ title: 'Allt nytt', path: urls.feedPath }],
    },
    lead: 'Få mötena i din egen kalender och nyheterna i en nyhetsläsare. Du behöver inget konto och lämnar inga uppgifter.',
    common: common.map((one) => ({ ...one, address: root + one.path })),
    most: { ...mostMeetings, news: entriesInFeed },
    bodies: {
      columns: columns('Grupp', 'Kalender', 'Flöde'),
      rows: bodies.map(({ slug, name }): Cell[] => [
        { text: name, path: urls.bodyPath(slug) },
        { text: `Möten i ${name}`, path: urls.bodyCalendarPath(slug) },
        { text: `Nytt från ${name}`, path: urls.bodyFeedPath(slug) },
      ]),
    },
    parties: {
      columns: columns('Part', 'Flöde'),
      rows: parties.map(({ name, short_name }): Cell[] => [
        { text: name, path: urls.partyPath(short_name) },
        { text: `Nytt som rör ${name}`, path: urls.partyFeedPath(short_name) },
      ]),
    },
  }
}
