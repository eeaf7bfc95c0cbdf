import type { Kysely } from 'kysely'
import type { Database } from '../db/database.ts'
import { decisionItem, effectPhrases } from '../decisions/pages.ts'
import { effectsOf, newestDecisions } from '../decisions/queries.ts'
import { countySummaries, type FiguresSummary } from '../discharge-days/figure-pages.ts'
import type { EffectHandler } from '../effects/effect.ts'
import type { ListItem, TimelineItem } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, timeText, weekdayText } from '../kernel/dates.ts'
import { capitalised, counted } from '../kernel/text.ts'
import {
  decisionsPath,
  dischargeDaysPath,
  feedPath,
  followPath,
  followUpPath,
  meetingPath,
  meetingsPath,
  newslettersPath,
  themePath,
  withQuery,
} from '../kernel/urls.ts'
import { openMarks } from './follow-up-dues.ts'
import { lastMinutes, nextMeeting, themes } from './start-queries.ts'

declare module '../http/view.ts' {
  interface Views {
    'overviews/start': StartPage
  }
}

/** How many decisions the start page shows. */
const decisionsShown = newestDecisions(5)
/** How many coming dates the start page shows. */
const comingShown = 5

export type StartPage = {
  head: PageHead
  lead: string
  meetings: readonly ListItem[]
  decisions: readonly ListItem[]
  /** What comes, the nearest first. */
  coming: readonly TimelineItem[]
  /** Words about what has passed its date; null when nothing has. */
  passed: { text: string; path: string } | null
  /** How the county stands against the indicator, one figure an administration. */
  figures: readonly FiguresSummary[]
  themes: readonly { text: string; path: string }[]
  paths: { follow: string; newsletters: string; decisions: string; followUp: string; dischargeDays: string }
}

export async function startPage(
  db: Kysely<Database>,
  handlers: readonly EffectHandler[],
  siteName: string,
  today: Day,
): Promise<StartPage> {
  const [next, last, decisions, named, open, figures] = await Promise.all([
    nextMeeting(db, today),
    lastMinutes(db),
    decisionsShown(db),
    themes(db),
    openMarks(db, today),
    countySummaries(db, today),
  ])
  const [effects, nearest] = await Promise.all([
    effectsOf(
      db,
      decisions.map(({ id }) => id),
    ),
    open.told(open.coming.slice(0, comingShown)),
  ])
  const phrases = effectPhrases(effects, handlers)
  const coming: ListItem = next
    ? {
        kicker: 'Nästa möte',
        title: capitalised(weekdayText(next.held_on as Day)),
        path: meetingPath(next.slug),
        text: [next.body_name, next.starts_at === null ? null : `kl. ${timeText(next.starts_at)}`, next.place]
          .filter(Boolean)
          .join(', '),
      }
    : {
        kicker: 'Nästa möte',
        title: 'Inget kommande möte är utlyst',
        path: meetingsPath,
        text: 'Här står datum och dagordning när kallelsen är skickad.',
      }
  return {
    head: {
      title: siteName,
      crumbs: [],
      description: `Protokoll, beslut, handlingsplaner och uppföljning för ${siteName}.`,
      feeds: [{ title: 'Allt nytt', path: feedPath }],
      about: { kind: 'portal' },
    },
    lead: 'Här står vad kommunerna och regionen har beslutat tillsammans, vad varje beslut ändrade och hur det går.',
    meetings: [
      ...(last
        ? [
            {
              kicker: 'Senaste protokollet',
              title: last.title,
              path: meetingPath(last.slug),
              text: `${capitalised(weekdayText(last.held_on as Day))}, ${counted(last.decisions ?? 0, 'beslut', 'beslut')}`,
            },
          ]
        : []),
      coming,
    ],
    decisions: decisions.map((decision) => decisionItem(decision, phrases.get(decision.id) ?? [])),
    coming: nearest.map(({ when, title, body, belongsTo, tag }) => ({
      when,
      title,
      path: belongsTo[0]?.path ?? null,
      text: body?.name ?? null,
      tag,
    })),
    passed:
      open.passed.length === 0
        ? null
        : {
            text: `${counted(open.passed.length, 'datum har passerat', 'datum har passerat')} utan att något utfall är registrerat`,
            path: withQuery(followUpPath, { lage: 'passerat' }),
          },
    figures,
    themes: named.map(({ slug, name }) => ({ text: name, path: themePath(slug) })),
    paths: {
      follow: followPath,
      newsletters: newslettersPath,
      decisions: decisionsPath,
      followUp: followUpPath,
      dischargeDays: dischargeDaysPath,
    },
  }
}
