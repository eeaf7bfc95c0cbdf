import type { Reader } from '../db/database.ts'
import { type Change, type Pages, pagesOf, type Value } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { addDays, addMonths, type Day, dayText } from '../kernel/dates.ts'
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
import { turnsBetween } from './rules.ts'
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
  pages: Pages | null
  days: readonly Value[]
}

/** The two days to compare, the earlier first. Left out: today, and a year before the later one. */
export function daysToCompare(fran: Day | null, till: Day | null, today: Day): { from: Day; to: Day } {
  const to = till ?? today
  const from = fran ?? addMonths(to, -12)
  return from <= to ? { from, to } : { from: to, to: from }
}

/** How many decisions' changes one page tells of. */
const perPage = 10

/** What changed between two days: in one group, or (`slug` null) in all of them. */
export async function comparisonPage(
  db: Reader,
  slug: string | null,
  { from, to }: { from: Day; to: Day },
  number: number,
): Promise<ComparisonPage> {
  const body = slug === null ? null : await queries.bodyBySlug(db, slug, to)
  const turning = { from, to, body: body?.id }
  const [seatings, bodies, plans, sitting] = await Promise.all([
    queries.membershipTurnsCounted(db, turning, number * perPage),
    queries.bodyTurns(db, turning),
    queries.planTurns(db, turning),
    queries.countMembersOn(db, [from, to], body?.id),
  ])
  // What happened is many times what one page tells of: no more of it is read than until that page's end, and who came and
  // left is looked up for the page alone.
  const happened: Turn[] = [
    ...seatings.turns.map(({ changes, ...turn }) => ({ ...turn, changes, others: [] })),
    ...turnsBetween(bodies, from, to).map(({ on, effect, left, came }) => ({
      on,
      effect,
      changes: 0,
      others: pairs(left, came).map(([before, after]) => ({
        what: 'Grupp',
        before: before && { text: before.name, path: bodyPath(before.slug) },
        after: after && { text: after.name, path: bodyPath(after.slug) },
      })),
    })),
    ...turnsBetween(plans, from, to).map(({ on, effect, left, came }) => ({
      on,
      effect,
      changes: 0,
      others: pairs(left, came).map(([before, after]) => ({
        what: slug === null ? `Handlingsplan för ${(after ?? before)?.body_name}` : 'Handlingsplan',
        before: before && { text: before.title, path: planPath(before.slug) },
        after: after && { text: after.title, path: planPath(after.slug) },
      })),
    })),
  ].sort((a, b) => a.on.localeCompare(b.on))
  const shown = happened.slice((number - 1) * perPage, number * perPage)
  const seated = shown.filter(({ changes }) => changes > 0)
  const [people, grounds] = await Promise.all([
    peopleOf(db, seated, body?.id),
    queries.groundsOf(
      db,
      shown.map(({ effect }) => effect),
    ),
  ])
  const others = happened.filter(({ changes }) => changes === 0)
  const count = others.reduce((sum, one) => sum + one.others.length, seatings.changes)
  const between = `mellan ${dayText(from)} och ${dayText(to)}`
  const path = slug === null ? organisationComparisonPath : bodyComparisonPath(slug)
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
    path,
    from,
    to,
    happened: byDay(
      shown.map(({ on, effect, changes, others }) => ({
        on,
        ground: (effect === null ? undefined : grounds.get(effect)) ?? null,
        changes: [...(changes === 0 ? [] : seatChanges(people(on, effect), slug === null)), ...others],
      })),
    ),
    pages: pagesOf(path, { fran: from, till: to }, number, seatings.total + others.length, perPage),
    days: [from, to].map((day, place) => ({
      text: dayText(day),
      path: page(day),
      note: counted(sitting[place] ?? 0, 'känd ledamot', 'kända ledamöter'),
    })),
  }
}

type Ground = { slug: string; number: string | null } | null

type Turn = {
  on: Day
  effect: number | null
  /** How many changes of memberships it is. */
  changes: number
  others: readonly Change[]
}

type Person = queries.Membership | null

/** Tells who left and who came in each of the turns, which follow upon each other in time. */
async function peopleOf(db: Reader, turns: readonly Turn[], body: number | undefined) {
  const [first, last] = [turns[0], turns.at(-1)]
  if (first === undefined || last === undefined) return () => []
  const before = addDays(first.on, -1)
  const moved = await queries.membershipTurns(db, { from: first.on, to: last.on, body })
  const shown = new Map(
    turns.map(({ on, effect }) => [`${on} ${effect}`, [] as [{ id: number } | null, { id: number } | null][]]),
  )
  for (const { on, effect, left, came } of turnsBetween(moved, before, last.on)) {
    shown.get(`${on} ${effect}`)?.push(...pairs(left, came, ({ body_id, role }) => `${body_id} ${role}`))
  }
  const memberships = await queries.membershipsOf(db, {
    ids: [...shown.values()].flat(2).flatMap((one) => one?.id ?? []),
    grounds: false,
  })
  const byId = new Map(memberships.map((one) => [one.id, one]))
  const found = (one: { id: number } | null): Person => (one && byId.get(one.id)) ?? null
  return (on: Day, effect: number | null) =>
    (shown.get(`${on} ${effect}`) ?? []).map(([left, came]): [Person, Person] => [found(left), found(came)])
}

function byDay(turns: readonly { on: Day; ground: Ground; changes: readonly Change[] }[]): ComparedDay[] {
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
  return { text: ground.number === null ? 'Beslut' : `Beslut, punkt ${ground.number}`, path: decisionPath(ground.slug) }
}

function seatChanges(seats: readonly [Person, Person][], nameBody: boolean): Change[] {
  return seats.map(([before, after]) => {
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
