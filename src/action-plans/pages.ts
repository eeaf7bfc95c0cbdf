import { provenances } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import { parseRange } from '../db/ranges.ts'
import {
  type Cell,
  type Column,
  type Downloads,
  downloadsOf,
  type Fact,
  type Pages,
  pagesOf,
  type Source,
  type Tag,
  type Value,
} from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dayText, momentText } from '../kernel/dates.ts'
import { counted, slugify, unbroken } from '../kernel/text.ts'
import { apiPath, bodyPath, decisionPath, planPath, planPdfPath, plansPath, withQuery } from '../kernel/urls.ts'
import {
  type AreaShown,
  type FollowUpShown,
  optional,
  type PlanContent,
  planContent,
  type SectionShown,
} from './content.ts'
import type { Picture } from './picture.ts'
import { changedAt, countPlans, listPlans, planBySlug, revisionsOf } from './queries.ts'
import { periodText, planStanding } from './rules.ts'
import { areasText, planStandings } from './texts.ts'
import type { Tie } from './ties.ts'

declare module '../http/view.ts' {
  interface Views {
    'action-plans/list': PlanListPage
    'action-plans/show': PlanPage
  }
  interface Parts {
    'action-plans/_area': AreaShown
    'action-plans/_follow-up': FollowUpShown
    'action-plans/_picture': Picture
    'action-plans/_section': SectionShown
    'action-plans/_ties': { ties: readonly Tie[] }
  }
}

export type PlanListPage = {
  downloads: readonly Downloads[]

  head: PageHead
  lead: string
  day: Day
  columns: readonly Column[]
  /** One table for each plan period, the newest first. */
  periods: readonly { text: string; anchor: string; rows: readonly (readonly Cell[])[] }[]
  pages: Pages | null
}

export type PlanPage = {
  head: PageHead
  kicker: string
  title: string
  lead: string
  tags: readonly Tag[]
  path: string
  day: Day
  facts: readonly Fact[]
  /** Null when the plan was not adopted on the day: then nothing of it was in force. */
  content: PlanContent | null
  pdfPath: string
  notAdopted: string
  sources: readonly Source[]
}

type Listed = Awaited<ReturnType<typeof listPlans>>[number]

function rangesOf(plan: { valid: string | null; period: string }) {
  return { valid: plan.valid === null ? null : parseRange(plan.valid), period: parseRange(plan.period) }
}

/** '26 november 2025 av Länsgemensam ledning', with the way to the decision. */
function decidedValue(plan: Pick<Listed, 'decision_slug' | 'decided_on' | 'decider_name'>): Value | null {
  if (plan.decision_slug === null || plan.decided_on === null) return null
  return {
    text: unbroken(dayText(plan.decided_on as Day)),
    path: decisionPath(plan.decision_slug),
    note: `av ${plan.decider_name}`,
  }
}

const plansPerPage = 20

/** The plans as they stood on the day, the newest periods first. `asOf`: the day was asked for, it is not today. */
export async function planListPage(db: Reader, day: Day, asOf: Day | null, page: number): Promise<PlanListPage> {
  const [plans, total] = await Promise.all([
    listPlans(db, day, { limit: plansPerPage, offset: (page - 1) * plansPerPage }),
    countPlans(db),
  ])
  const periods = new Map<string, Cell[][]>()
  for (const plan of plans) {
    const { valid, period } = rangesOf(plan)
    const standing = planStanding({ valid, period }, day)
    const adopted = standing !== 'not_adopted'
    const text = periodText(period, plan.period_precision)
    const row: Cell[] = [
      {
        text: plan.title,
        path: withQuery(planPath(plan.slug), { datum: asOf }),
        tag: standing === 'in_force' ? null : planStandings[standing],
      },
      { text: plan.body_name, path: bodyPath(plan.body_slug, asOf) },
      (adopted && decidedValue(plan)) || { text: 'inte beslutad' },
      { text: adopted ? areasText(plan.improvement_areas, plan.ongoing_areas) : '–' },
      { text: adopted ? String(plan.activities) : '–' },
      { text: plan.followed_up_on === null ? 'ingen uppföljning' : unbroken(dayText(plan.followed_up_on as Day)) },
    ]
    periods.set(text, [...(periods.get(text) ?? []), row])
  }
  const activities = plans.reduce((sum, plan) => sum + plan.activities, 0)
  return {
    downloads: [
      downloadsOf('Hämta planerna', apiPath('action-plans'), { on: day }),
      downloadsOf('Hämta alla aktiviteter i planerna', apiPath('activities'), { on: day }),
    ],
    head: {
      title: 'Handlingsplaner',
      section: 'plans',
      crumbs: [{ text: 'Handlingsplaner' }],
      description: 'Gruppernas handlingsplaner: vad de ska göra, när planen beslutades och hur det går.',
      asOf,
    },
    lead:
      total > plans.length
        ? `${counted(total, 'plan', 'planer')}, de senaste perioderna först.`
        : plans.length === 0
          ? ''
          : `${counted(plans.length, 'plan', 'planer')} med sammanlagt ${counted(activities, 'beslutad aktivitet', 'beslutade aktiviteter')}.`,
    day,
    columns: [
      { text: 'Plan' },
      { text: 'Grupp' },
      { text: 'Beslutad' },
      { text: 'Områden' },
      { text: 'Aktiviteter', numeric: true },
      { text: 'Senast uppföljd' },
    ],
    periods: [...periods].map(([text, rows]) => ({ text, anchor: `period-${slugify(text)}`, rows })),
    pages: pagesOf(plansPath, { datum: asOf }, page, total, plansPerPage),
  }
}

/** One plan as it stood on the day. @throws PortalError not-found */
export async function planPage(db: Reader, slug: string, day: Day, asOf: Day | null): Promise<PlanPage> {
  const plan = await planBySlug(db, slug)
  const { valid, period } = rangesOf(plan)
  const standing = planStanding({ valid, period }, day)
  const [revisions, changed] = await Promise.all([revisionsOf(db, plan.id, day), changedAt(db, plan.id)])
  const decided = standing === 'not_adopted' ? null : decidedValue(plan)
  const periodWords = periodText(period, plan.period_precision)
  const content = standing === 'not_adopted' ? null : await planContent(db, plan, day, asOf)
  const sources = await provenances(db, [plan.provenance_id])
  const common = {
    head: {
      title: plan.title,
      section: 'plans',
      crumbs: [{ text: 'Handlingsplaner', path: plansPath }, { text: plan.title }],
      description: `${plan.title}: vad ${plan.body_name} ska göra ${periodWords}, och hur det går.`,
      asOf,
      ...(changed ? { changed: momentText(changed) } : {}),
    } satisfies PageHead,
    kicker: `Handlingsplan · ${periodWords}`,
    title: plan.title,
    tags: [
      planStandings[standing],
      ...(plan.text_kind === 'summary' && content ? [{ text: 'sammanfattning', tone: 'neutral' as const }] : []),
    ],
    path: planPath(plan.slug),
    pdfPath: planPdfPath(plan.slug),
    day,
    facts: [
      { term: 'Grupp', values: [{ text: plan.body_name, path: bodyPath(plan.body_slug, asOf) }] },
      { term: 'Beslutad', values: [decided ?? { text: 'inte beslutad' }] },
      ...(revisions.length > 0
        ? [
            {
              term: 'Reviderad',
              values: revisions.map(({ slug: decision, decided_on }) => ({
                text: dayText(decided_on as Day),
                path: decisionPath(decision),
              })),
            },
          ]
        : []),
      { term: 'Period', values: [{ text: periodWords }] },
      ...optional('Ansvarig', plan.responsible),
      ...optional('Samordnas av', plan.coordinated_by),
    ],
    sources: sources.get(plan.provenance_id) ?? [],
  }
  if (!content) {
    const on = asOf === null ? 'är' : 'var'
    const later = plan.decided_on === null ? null : ` Den beslutades ${dayText(plan.decided_on as Day)}.`
    return {
      ...common,
      lead: `Planen ${on} inte beslutad${asOf === null ? '' : ` ${dayText(day)}`}.`,
      content: null,
      notAdopted: `Innehållet gäller först när planen är beslutad.${later ?? ''}`,
    }
  }
  return { ...common, lead: content.lead, content, notAdopted: '' }
}
