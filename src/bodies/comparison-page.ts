import type { Reader } from '../db/database.ts'
import type { Change, Value } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { addMonths, type Day, dayText } from '../kernel/dates.ts'
import { capitalised, counted } from '../kernel/text.ts'
import {
  bodiesPath,
  bodyComparisonPath,
  bodyPath,
  decisionPath,
  organisationComparisonPath,
  organisationPath,
  planPath,
} from '../kernel/urls.ts'
import { personValue } from './memberships.ts'
import * as queries from './queries.ts'
import { onDay, peopleIn, turnsBetween } from './rules.ts'
import { roleNames } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'bodies/comparison': ComparisonPage
  }
}

/** What happened on one day, what was decided together in one piece. */
export type ComparedDay = {
  title: string
  turns: readonly { ground: Value; changes: readonly Change[] }[]
}

export type ComparisonPage = {
  head: PageHead
  kicker: string
  title: string
  lead: string
  path: string
  from: Day
  to: Day
  happened: readonly ComparedDay[]
  days: readonly Value[]
}

/** The two days to compare, the earlier first. Left out: today, and a year before the later one. */
export function daysToCompare(fran: Day | null, till: Day | null, today: Day): { from: Day; to: Day } {
  const to = till ?? today
  const from = fran ?? addMonths(to, -12)
  return from <= to ? { from, to } : { from: to, to: from }
}

/** What changed between two days: in one group, or (`slug` null) in all of them. */
export async function comparisonPage(
  db: Reader,
  slug: string | null,
  { from, to }: { from: Day; to: Day },
): Promise<ComparisonPage> {
  const body = slug === null ? null : await queries.bodyBySlug(db, slug, to)
  const filter = body === null ? {} : { body: body.id }
  const [memberships, bodies, plans] = await Promise.all([
    queries.membershipsOf(db, filter),
    queries.bodyValidities(db, filter),
    queries.planValidities(db, filter),
  ])
  const happened = [
    ...turnsBetween(memberships, from, to).map(({ on, left, came }) => ({
      on,
      ground: came[0] ? startOf(came[0]) : left[0] ? endOf(left[0]) : null,
      changes: seatChanges(left, came, slug === null),
    })),
    ...turnsBetween(bodies, from, to).map(({ on, left, came }) => ({
      on,
      ground: came[0] ? startOf(came[0]) : left[0] ? endOf(left[0]) : null,
      changes: pairs(left, came).map(([before, after]) => ({
        what: 'Grupp',
        before: before && { text: before.name, path: bodyPath(before.slug) },
        after: after && { text: after.name, path: bodyPath(after.slug) },
      })),
    })),
    ...turnsBetween(plans, from, to).map(({ on, left, came }) => ({
      on,
      ground: came[0] ? startOf(came[0]) : null,
      changes: pairs(left, came).map(([before, after]) => ({
        what: slug === null ? `Handlingsplan för ${(after ?? before)?.body_name}` : 'Handlingsplan',
        before: before && { text: before.title, path: planPath(before.slug) },
        after: after && { text: after.title, path: planPath(after.slug) },
      })),
    })),
  ].sort((a, b) => a.on.localeCompare(b.on))
  const count = happened.reduce((sum, { changes }) => sum + changes.length, 0)
  const between = `mellan ${dayText(from)} och ${dayText(to)}`
  const sat = (day: Day) => counted(peopleIn(onDay(memberships, day).current), 'känd ledamot', 'kända ledamöter')
  const page = (day: Day) => (slug === null ? `${organisationPath}?datum=${day}` : bodyPath(slug, day))
  const name = body?.name_on_day ?? 'grupperna'
  return {
    head: {
      title: `Vad har ändrats i ${name}, ${from} till ${to}`,
      section: slug === null ? 'organisation' : 'bodies',
      crumbs: [
        ...(slug === null || body === null
          ? [{ text: 'Organisation', path: organisationPath }]
          : [
              { text: 'Grupper', path: bodiesPath },
              { text: body.short_name, path: bodyPath(slug) },
            ]),
        { text: 'Vad har ändrats' },
      ],
      hidden: true,
    },
    kicker: body?.name_on_day ?? 'Alla grupper',
    title: 'Vad har ändrats?',
    lead:
      count === 0
        ? `Inget har ändrats i registret ${between}.`
        : `${capitalised(counted(count, 'ändring', 'ändringar'))} ${between}.`,
    path: slug === null ? organisationComparisonPath : bodyComparisonPath(slug),
    from,
    to,
    happened: byDay(happened),
    days: [from, to].map((day) => ({ text: dayText(day), path: page(day), note: sat(day) })),
  }
}

type Ground = { slug: string; item: string | null } | null

function startOf(row: { start_decision_slug: string | null; start_item_number: string | null }): Ground {
  return row.start_decision_slug === null ? null : { slug: row.start_decision_slug, item: row.start_item_number }
}

function endOf(row: { end_decision_slug: string | null; end_item_number: string | null }): Ground {
  return row.end_decision_slug === null ? null : { slug: row.end_decision_slug, item: row.end_item_number }
}

type Turn = { on: Day; ground: Ground; changes: readonly Change[] }

function byDay(turns: readonly Turn[]): ComparedDay[] {
  return [...Map.groupBy(turns, ({ on }) => on)].map(([on, onTheDay]) => ({
    title: dayText(on),
    turns: [...Map.groupBy(onTheDay, ({ ground }) => ground?.slug)].map(([, together]) => ({
      ground: groundValue(together[0]?.ground ?? null),
      changes: together.flatMap(({ changes }) => changes),
    })),
  }))
}

function groundValue(ground: Ground): Value {
  if (ground === null) return { text: 'Beslut inte registrerat' }
  return { text: ground.item === null ? 'Beslut' : `Beslut, punkt ${ground.item}`, path: decisionPath(ground.slug) }
}

function seatChanges(
  left: readonly queries.Membership[],
  came: readonly queries.Membership[],
  nameBody: boolean,
): Change[] {
  return pairs(left, came, ({ body_id, role }) => `${body_id} ${role}`).map(([before, after]) => {
    const one = (after ?? before) as queries.Membership
    const behalf = one.behalf_name ?? one.behalf_body_name
    const role = capitalised(roleNames[one.role])
    return {
      what: [role, nameBody ? ` i ${one.body_name}` : '', behalf === null ? '' : ` för ${behalf}`].join(''),
      before: before && personValue(before),
      after: after && personValue(after),
    }
  })
}

/** Those who left beside those who came, of the same kind in turn; the rest alone. */
function pairs<M>(left: readonly M[], came: readonly M[], kind: (row: M) => string = () => ''): [M | null, M | null][] {
  const waiting = [...came]
  const paired = left.map((before): [M | null, M | null] => {
    const place = waiting.findIndex((after) => kind(after) === kind(before))
    const [after = null] = place < 0 ? [] : waiting.splice(place, 1)
    return [before, after]
  })
  return [...paired, ...waiting.map((after): [M | null, M | null] => [null, after])]
}
