import { activitiesOf, areasOf, directionsOf, followUpsOf, planBySlug } from '../action-plans/queries.ts'
import { followedUp, planStanding } from '../action-plans/rules.ts'
import { followedText, followUpStateNames } from '../action-plans/texts.ts'
import type { Reader } from '../db/database.ts'
import { isValidOn, parseRange } from '../db/ranges.ts'
import { validityText } from '../discharge-days/effects.ts'
import { publishedCountyFigures } from '../discharge-days/queries.ts'
import type { Cell, Choice, Column } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { fractionText, swedishNumber } from '../kernel/numbers.ts'
import { activityCode, areaCode } from '../kernel/plan-codes.ts'
import { unbroken } from '../kernel/text.ts'
import {
  activityAnchor,
  activityPath,
  decisionPath,
  dischargeDaysPath,
  itemPath,
  planChainPath,
  planPath,
  plansPath,
  withQuery,
} from '../kernel/urls.ts'
import { indicatorsFor } from './follow-up-chain-queries.ts'

declare module '../http/view.ts' {
  interface Views {
    'overviews/follow-up-chain': FollowUpChainPage
  }
}

type Rows = readonly (readonly Cell[])[]

export type FollowUpChainPage = {
  head: PageHead
  plan: { text: string; path: string }
  lead: string
  /** Which way the chain is read. */
  ways: readonly { title: string; choices: readonly Choice[] }[]
  backwards: boolean
  notAdopted: string | null
  vision: string
  directions: readonly string[]
  areas: readonly {
    anchor: string
    code: string
    title: string
    path: string
    columns: readonly Column[]
    rows: Rows
    note: string | null
  }[]
  /** From what is known of how it goes, back to the vision. */
  back: Rows
}

const unknown = 'saknas som egen rubrik i planen'
const noMeasure: Cell = { text: 'inget mått registrerat' }

/** The plan as a chain: vision, directions, areas, activities, decisions, follow-up, measures; or the way back. */
export async function followUpChainPage(
  db: Reader,
  slug: string,
  day: Day,
  asOf: Day | null,
  backwards: boolean,
): Promise<FollowUpChainPage> {
  const plan = await planBySlug(db, slug)
  const [directions, areas, activities, notes, indicators, figures] = await Promise.all([
    directionsOf(db, plan.id),
    areasOf(db, plan.id),
    activitiesOf(db, plan.id),
    followUpsOf(db, plan.id, day),
    indicatorsFor(db, plan.id, day),
    publishedCountyFigures(db),
  ])
  const valid = plan.valid === null ? null : parseRange(plan.valid)
  const adopted = planStanding({ valid, period: parseRange(plan.period) }, day) !== 'not_adopted'
  const current = activities.filter((row) => row.valid !== null && isValidOn(parseRange(row.valid), day))
  const figure = figures.filter(({ to }) => to <= day).at(-1)
  const measured = figure
    ? `senast uppmätt ${fractionText(figure.days, figure.episodes, 2)} (till och med ${dayText(figure.to)})`
    : 'inget utfall registrerat'

  const noteCell = (mine: typeof notes, decidedOn: Day): Cell => {
    const { last, since } = followedUp(mine, decidedOn, day)
    const newest = mine[0]
    if (last === null || newest === undefined) return { text: `ingen uppföljning sedan ${dayText(since)}` }
    return {
      text: dayText(last),
      path: newest.meeting_slug && newest.item_number ? itemPath(newest.meeting_slug, newest.item_number) : null,
      note: newest.note,
      tag: newest.state === null ? null : followUpStateNames[newest.state],
    }
  }
  const measureOf = (mine: typeof indicators): Cell => {
    const [newest] = mine
    if (newest === undefined || newest.value === null) return noMeasure
    return {
      text: `Indikatorn ${swedishNumber(newest.value)} för ${validityText(parseRange(newest.valid ?? '[,)'))}`,
      path: decisionPath(newest.decision_slug),
      note: `${measured}. ${newest.how}`,
    }
  }

  const planDecided = plan.decided_on as Day | null
  const shownAreas = areas.map((area) => {
    const code = areaCode(plan.code, area.kind, area.number)
    const mine = current.filter(({ area_id }) => area_id === area.id)
    const lines = [
      {
        first: { text: 'Området som helhet', path: activityPath(plan.slug, code) } satisfies Cell,
        decided:
          planDecided === null || plan.decision_slug === null ? null : { on: planDecided, slug: plan.decision_slug },
        notes: notes.filter((row) => row.area_id === area.id && row.activity_number === null),
        measures: [] as typeof indicators,
      },
      ...mine.map((activity) => ({
        first: {
          text: `${activityCode(plan.code, activity.number)} ${activity.activity_text}`,
          path: activityPath(plan.slug, activityCode(plan.code, activity.number)),
        } satisfies Cell,
        decided: { on: activity.decided_on as Day, slug: activity.decision_slug },
        notes: notes.filter((row) => row.activity_number === activity.number),
        measures: indicators.filter((row) => row.activity_number === activity.number),
      })),
    ]
    const measures = lines.some((line) => line.measures.length > 0)
    return {
      anchor: activityAnchor(code),
      code,
      title: area.title,
      path: activityPath(plan.slug, code),
      columns: ['Aktivitet', 'Beslutad', 'Uppföljning', ...(measures ? ['Mått'] : [])].map((text) => ({ text })),
      rows: lines.map(({ first, decided, notes: mine, measures: indicators }): Cell[] => [
        first,
        decided === null ? { text: '–' } : { text: unbroken(dayText(decided.on)), path: decisionPath(decided.slug) },
        noteCell(mine, decided?.on ?? day),
        ...(measures ? [measureOf(indicators)] : []),
      ]),
      note: measures ? null : 'Inget mått är registrerat för området.',
    }
  })

  const upwards = (row: { area_id?: number | null; activity_number: number | null }): Cell[] => {
    const activity = current.find(({ number }) => number === row.activity_number)
    const area = areas.find(({ id }) => id === (activity?.area_id ?? row.area_id))
    const code = area ? areaCode(plan.code, area.kind, area.number) : null
    const decision = activity ?? { decision_slug: plan.decision_slug, decided_on: plan.decided_on }
    return [
      activity
        ? {
            text: `${activityCode(plan.code, activity.number)} ${activity.activity_text}`,
            path: activityPath(plan.slug, activityCode(plan.code, activity.number)),
          }
        : { text: area ? 'Området som helhet' : 'Hela planen' },
      area && code ? { text: `${code} ${area.title}`, path: activityPath(plan.slug, code) } : { text: '–' },
      decision.decision_slug === null
        ? { text: '–' }
        : { text: unbroken(dayText(decision.decided_on as Day)), path: decisionPath(decision.decision_slug) },
      { text: plan.vision ?? unknown },
    ]
  }
  const back: Cell[][] = [
    ...indicators.map((row): Cell[] => [{ ...measureOf([row]), path: dischargeDaysPath }, ...upwards(row)]),
    ...notes.map((row): Cell[] => [noteCell([row], row.noted_on as Day), ...upwards(row)]),
  ]
  const path = withQuery(planChainPath(plan.slug), { datum: asOf })
  const followed = current.filter(({ number }) => notes.some((row) => row.activity_number === number)).length
  return {
    head: {
      title: `Från målbild till uppföljning, ${plan.title}`,
      section: 'plans',
      crumbs: [
        { text: 'Handlingsplaner', path: plansPath },
        { text: plan.title, path: withQuery(planPath(plan.slug), { datum: asOf }) },
        { text: 'Från målbild till uppföljning' },
      ],
      description: `${plan.title}: från målbild över områden, aktiviteter och beslut till uppföljning och mått.`,
      asOf,
    },
    plan: { text: plan.title, path: planPath(plan.slug) },
    lead: adopted
      ? `${followedText(followed, current.length)} ${indicators.length === 0 ? 'Inget mått är registrerat.' : 'Det finns ett registrerat mått.'}`
      : 'Planen var inte beslutad den dag som visas.',
    ways: [
      {
        title: 'Läs',
        choices: [
          { text: 'Från målbild till uppföljning', path, current: !backwards },
          { text: 'Från uppföljning till målbild', path: withQuery(path, { las: 'bakat' }), current: backwards },
        ],
      },
    ],
    backwards,
    notAdopted: adopted ? null : 'Planen var inte beslutad den dag som visas. Kedjan börjar med beslutet.',
    vision: plan.vision ?? unknown,
    directions: directions.map(({ direction }) => direction),
    areas: shownAreas,
    back,
  }
}
