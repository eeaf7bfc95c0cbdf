import { provenances } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import { isValidOn, parseRange } from '../db/ranges.ts'
import type { PlanAreaKind } from '../db/schema.ts'
import type { Cell, Column, Fact, Source, Tag, Value } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dateText, dayText } from '../kernel/dates.ts'
import { counted, listed, slugify, unbroken } from '../kernel/text.ts'
import {
  activityAnchor,
  activityPath,
  bodyPath,
  decisionPath,
  documentPath,
  itemPath,
  matterPath,
  planChainPath,
  planPath,
  plansPath,
  projectsPath,
  withQuery,
} from '../kernel/urls.ts'
import { type Mark, type Picture, pictureOf } from './picture.ts'
import {
  activitiesOf,
  addressesOf,
  areasOf,
  directionsOf,
  documentsOf,
  followUpsOf,
  linksOf,
  listPlans,
  milestonesOf,
  type PlanLink,
  planBySlug,
  projectsOf,
  revisionsOf,
  sectionsOf,
} from './queries.ts'
import { activityCode, areaCode, type DatedMilestone, milestoneStanding, periodText, planStanding } from './rules.ts'
import {
  areaKindNames,
  followedText,
  followUpStateNames,
  milestoneKindNames,
  milestoneStandings,
  planStandings,
} from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'action-plans/list': PlanListPage
    'action-plans/show': PlanPage
  }
  interface Parts {
    'action-plans/_area': AreaShown
    'action-plans/_follow-up': Omit<FollowUpShown, 'when'> & { when: string | null }
    'action-plans/_picture': Picture
    'action-plans/_section': SectionShown
    'action-plans/_ties': { ties: readonly Tie[] }
  }
}

export type PlanListPage = {
  head: PageHead
  lead: string
  day: Day
  columns: readonly Column[]
  /** One table for each plan period, the newest first. */
  periods: readonly { text: string; anchor: string; rows: readonly (readonly Cell[])[] }[]
}

export type FollowUpShown = {
  when: string
  text: string | null
  by: string | null
  state: Tag | null
  item: Value | null
  sources: readonly Source[]
}

export type SectionShown = { heading: string; text: string | null; items: readonly string[] }

/** What hangs together with a part of a plan, and how; things that do so in the same way stand together. */
export type Tie = { values: readonly Value[]; how: string | null; tag: Tag | null }

export type ActivityShown = {
  anchor: string
  code: string
  text: string
  /** Only where the reading is uncertain. */
  tag: Tag | null
  followUps: readonly FollowUpShown[]
  milestones: readonly Cell[]
  ties: readonly Tie[]
  /** Empty when the area's own source covers it, or when `activitySources` covers all of them. */
  sources: readonly Source[]
}

export type AreaShown = {
  anchor: string
  code: string
  title: string
  tags: readonly Tag[]
  purpose: string | null
  facts: readonly Fact[]
  sections: readonly SectionShown[]
  activities: readonly ActivityShown[]
  activitiesTitle: string
  followUps: readonly FollowUpShown[]
  ties: readonly Tie[]
  /** The one source of all the area's activities, when they share another than the area's. */
  activitySources: readonly Source[]
  sources: readonly Source[]
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
  notAdopted: string
  sources: readonly Source[]
}

export type PlanContent = {
  contents: readonly { text: string; anchor: string }[]
  promise: readonly Fact[]
  directions: readonly string[]
  improvement: readonly AreaShown[]
  ongoing: readonly AreaShown[]
  milestones: readonly (readonly Cell[])[]
  picture: Picture | null
  followUps: readonly (readonly Cell[])[]
  followedUp: string
  chainPath: string
  links: readonly (readonly Cell[])[]
  sections: readonly SectionShown[]
  past: readonly { anchor: string; code: string; text: string; until: string; decision: Value }[]
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

/** '2 förbättringsområden och 4 områden som fortgår över tid' */
function areasText(improvement: number, ongoing: number): string {
  const kinds = [
    { count: improvement, ...areaKindNames.improvement },
    { count: ongoing, ...areaKindNames.ongoing },
  ].filter(({ count }) => count > 0)
  return listed(kinds.map(({ count, one, many }) => counted(count, one, many))) || 'inga områden'
}

/** All plans as they stood on the day. `asOf`: the day was asked for, it is not today. */
export async function planListPage(db: Reader, day: Day, asOf: Day | null): Promise<PlanListPage> {
  const plans = await listPlans(db, day)
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
    head: {
      title: 'Handlingsplaner',
      section: 'plans',
      crumbs: [{ text: 'Handlingsplaner' }],
      description: 'Gruppernas handlingsplaner: vad de ska göra, när planen beslutades och hur det går.',
      asOf,
    },
    lead:
      plans.length === 0
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
  }
}

const missingHeading = 'saknas som egen rubrik i planen'
const sameConcern: Tag = { text: 'samma sak', tone: 'info' }
const uncertain: Tag = { text: 'osäker läsning', tone: 'warning' }

/** One plan as it stood on the day. @throws PortalError not-found */
export async function planPage(db: Reader, slug: string, day: Day, asOf: Day | null): Promise<PlanPage> {
  const plan = await planBySlug(db, slug)
  const { valid, period } = rangesOf(plan)
  const standing = planStanding({ valid, period }, day)
  const revisions = await revisionsOf(db, plan.id, day)
  const decided = standing === 'not_adopted' ? null : decidedValue(plan)
  const periodWords = periodText(period, plan.period_precision)
  const read = standing === 'not_adopted' ? null : await planContent(db, plan, day)
  const sources = read?.sources ?? (await provenances(db, [plan.provenance_id]))
  const common = {
    head: {
      title: plan.title,
      section: 'plans',
      crumbs: [{ text: 'Handlingsplaner', path: plansPath }, { text: plan.title }],
      description: `${plan.title}: vad ${plan.body_name} ska göra ${periodWords}, och hur det går.`,
      asOf,
    } satisfies PageHead,
    kicker: `Handlingsplan · ${periodWords}`,
    title: plan.title,
    tags: [
      planStandings[standing],
      ...(plan.text_kind === 'summary' && read ? [{ text: 'sammanfattning', tone: 'neutral' as const }] : []),
    ],
    path: planPath(plan.slug),
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
  if (!read) {
    const on = asOf === null ? 'är' : 'var'
    const later = plan.decided_on === null ? null : ` Den beslutades ${dayText(plan.decided_on as Day)}.`
    return {
      ...common,
      lead: `Planen ${on} inte beslutad${asOf === null ? '' : ` ${dayText(day)}`}.`,
      content: null,
      notAdopted: `Innehållet gäller först när planen är beslutad.${later ?? ''}`,
    }
  }
  return { ...common, lead: read.lead, content: read.content, notAdopted: '' }
}

function optional(term: string, text: string | null): Fact[] {
  return text === null ? [] : [{ term, values: [{ text }] }]
}

async function planContent(db: Reader, plan: Awaited<ReturnType<typeof planBySlug>>, day: Day) {
  const [directions, areas, sections, activities, milestones, followUps, links, documents, projects, addresses] =
    await Promise.all([
      directionsOf(db, plan.id),
      areasOf(db, plan.id),
      sectionsOf(db, plan.id),
      activitiesOf(db, plan.id),
      milestonesOf(db, plan.id),
      followUpsOf(db, plan.id, day),
      linksOf(db, plan.id),
      documentsOf(db, plan.id),
      projectsOf(db, plan.id),
      addressesOf(db, plan.id),
    ])
  const sources = await provenances(db, [
    plan.provenance_id,
    ...[areas, activities, milestones, followUps, links].flatMap((rows) =>
      rows.map(({ provenance_id }) => provenance_id),
    ),
  ])
  const current = activities.filter(({ valid }) => valid !== null && isValidOn(parseRange(valid), day))
  const past = activities.filter(({ ended_on, valid }) => {
    const to = valid === null ? null : parseRange(valid).to
    return ended_on !== null && to !== null && to <= day
  })
  const partOf = (row: { area_id: number | null; activity_number: number | null }): Value => {
    if (row.activity_number !== null) {
      const code = activityCode(plan.code, row.activity_number)
      return { text: code, path: activityPath(plan.slug, code) }
    }
    const area = areas.find(({ id }) => id === row.area_id)
    if (!area) return { text: 'Hela planen' }
    const code = areaCode(plan.code, area.kind, area.number)
    return { text: code, path: activityPath(plan.slug, code), note: area.title }
  }

  const note = (row: (typeof followUps)[number]): FollowUpShown => ({
    when: dayText(row.noted_on as Day),
    text: row.note,
    by: row.noted_by,
    state: row.state === null ? null : followUpStateNames[row.state],
    item:
      row.meeting_slug === null || row.item_number === null
        ? null
        : {
            text: `punkt ${row.item_number} i mötet ${dayText(row.noted_on as Day)}`,
            path: itemPath(row.meeting_slug, row.item_number),
          },
    sources: sources.get(row.provenance_id) ?? [],
  })
  const milestoneCell = (row: (typeof milestones)[number]): Cell => ({
    text: `${row.title}: ${dueText(row)}`,
    tag: milestoneStandings[milestoneStanding(row, day)],
  })

  const tiesOf = (part: { area?: (typeof areas)[number]; activity?: number }): Tie[] => {
    const isPart = (row: { area_id?: number | null; activity_number: number | null }) =>
      part.activity === undefined
        ? row.activity_number === null && row.area_id === part.area?.id
        : row.activity_number === part.activity
    const isEnd = (link: PlanLink, end: 'from' | 'to') =>
      link[`${end}_plan_id`] === plan.id &&
      (part.activity === undefined
        ? link[`${end}_area_kind`] === part.area?.kind && link[`${end}_area_number`] === part.area?.number
        : link[`${end}_activity_number`] === part.activity)
    const single = (value: Value, how: string | null): Tie => ({ values: [value], how, tag: null })
    const ties = [
      ...links.flatMap((link): Tie[] => {
        const tag = link.same_concern ? sameConcern : null
        const ends = [
          ...(isEnd(link, 'from') ? [target(link)] : []),
          ...(isEnd(link, 'to') ? [planEnd(link, 'from')] : []),
        ]
        return ends.map((value) => ({ values: [value], how: link.how, tag }))
      }),
      ...documents.filter(isPart).map(({ slug, title, how }) => single({ text: title, path: documentPath(slug) }, how)),
      ...projects
        .filter(isPart)
        .map(({ slug, name }) => single({ text: name, path: `${projectsPath}#${slug}` }, 'projekt')),
      ...addresses.filter(isPart).map(({ label, url }) => single({ text: label, url }, null)),
    ]
    const together = new Map<string, Tie>()
    for (const [place, tie] of ties.entries()) {
      const key = tie.how ?? `${place}`
      const before = together.get(key)
      together.set(key, before ? { ...before, values: [...before.values, ...tie.values] } : tie)
    }
    return [...together.values()]
  }

  const shownAreas = (kind: PlanAreaKind) =>
    areas
      .filter((area) => area.kind === kind)
      .map((area): AreaShown => {
        const code = areaCode(plan.code, area.kind, area.number)
        const mine = current.filter(({ area_id }) => area_id === area.id)
        const own = followUps.filter((row) => row.activity_number === null && row.area_id === area.id)
        const newest = own.find(({ state }) => state !== null)?.state
        const areaSources = sources.get(area.provenance_id) ?? []
        const grounds = new Set(mine.map(({ provenance_id }) => provenance_id))
        const shared =
          grounds.size === 1 && mine.length > 1 ? [...grounds].find((id) => id !== area.provenance_id) : undefined
        const dates = milestones.filter((row) => row.activity_number === null && row.area_id === area.id)
        return {
          anchor: activityAnchor(code),
          code,
          title: area.title,
          tags: newest ? [followUpStateNames[newest]] : [],
          purpose: area.purpose,
          facts: [
            ...optional('Tidsram', area.timeframe ?? (area.kind === 'improvement' ? 'anges inte i planen' : null)),
            ...optional('Organisation', area.organisation),
            ...(dates.length > 0
              ? [
                  {
                    term: 'Milstolpar',
                    values: dates.map((row) => ({
                      text: `${milestoneKindNames[row.kind]}: ${dueText(row)}`,
                      note: milestoneStandings[milestoneStanding(row, day)].text,
                    })),
                  },
                ]
              : []),
          ],
          sections: sections.filter(({ area_id }) => area_id === area.id).map(sectionShown),
          activitiesTitle:
            mine.length === 0
              ? 'Planen har inga egna aktiviteter för området'
              : counted(mine.length, 'aktivitet', 'aktiviteter'),
          activities: mine.map((activity): ActivityShown => {
            const code = activityCode(plan.code, activity.number)
            const own = sources.get(activity.provenance_id) ?? []
            return {
              anchor: activityAnchor(code),
              code,
              text: activity.activity_text,
              tag: own.some(({ certainty }) => certainty === 'uncertain') ? uncertain : null,
              followUps: followUps.filter(({ activity_number }) => activity_number === activity.number).map(note),
              milestones: milestones
                .filter(({ activity_number }) => activity_number === activity.number)
                .map(milestoneCell),
              ties: tiesOf({ activity: activity.number }),
              sources: activity.provenance_id === (shared ?? area.provenance_id) ? [] : own,
            }
          }),
          followUps: own.map(note),
          ties: tiesOf({ area }),
          activitySources: shared === undefined ? [] : (sources.get(shared) ?? []),
          sources: areaSources,
        }
      })
  const improvement = shownAreas('improvement')
  const ongoing = shownAreas('ongoing')
  const planSections = sections.filter(({ area_id }) => area_id === null)
  const lastNote = followUps[0]
  const decidedOn = plan.decided_on as Day
  const followed = new Set(followUps.flatMap(({ activity_number }) => activity_number ?? [])).size
  const followedUp =
    lastNote === undefined
      ? `Ingen uppföljning är registrerad sedan planen beslutades ${dayText(decidedOn)}.`
      : `Senaste uppföljningen är från ${dayText(lastNote.noted_on as Day)}. ${followedText(followed, current.length)}`
  const linkRows = links.flatMap((link) => {
    const whole = (end: 'from' | 'to') =>
      link[`${end}_plan_id`] === plan.id && link[`${end}_area_kind`] === null && link[`${end}_activity_number`] === null
    const ends = [...(whole('from') ? [target(link)] : []), ...(whole('to') ? [planEnd(link, 'from')] : [])]
    return ends.map((other): Cell[] => [other, { text: link.how, tag: link.same_concern ? sameConcern : null }])
  })
  const content: PlanContent = {
    contents: [
      { text: 'Vad planen vill', anchor: 'vad-planen-vill' },
      ...(improvement.length > 0 ? [{ text: 'Förbättringsområden', anchor: 'forbattringsomraden' }] : []),
      ...(ongoing.length > 0 ? [{ text: 'Fortgår över tid', anchor: 'fortgar-over-tid' }] : []),
      { text: 'Milstolpar', anchor: 'milstolpar' },
      { text: 'Uppföljning', anchor: 'uppfoljning' },
      ...(linkRows.length > 0 ? [{ text: 'Kopplingar', anchor: 'kopplingar' }] : []),
      ...(past.length > 0 ? [{ text: 'Tidigare aktiviteter', anchor: 'tidigare' }] : []),
      { text: 'Om planen', anchor: 'om-planen' },
    ],
    promise: [
      { term: 'Målbild', values: [{ text: plan.vision ?? missingHeading }] },
      { term: 'Målgrupp', values: [{ text: plan.target_group ?? missingHeading }] },
      { term: 'Ambition', values: [{ text: plan.ambition ?? missingHeading }] },
      ...(directions.length === 0 ? [{ term: 'Strategiska inriktningar', values: [{ text: missingHeading }] }] : []),
    ],
    directions: directions.map(({ direction }) => direction),
    improvement,
    ongoing,
    milestones: milestones.map((row) => [
      { text: row.due_on === null ? dueText(row) : unbroken(dueText(row)) },
      { text: row.title, note: row.note },
      partOf(row),
      { text: '', tag: milestoneStandings[milestoneStanding(row, day)] },
    ]),
    picture: pictureOf({
      title: `${plan.title}: tidslinje`,
      period: parseRange(plan.period),
      periodText: `Planperiod ${periodText(parseRange(plan.period), plan.period_precision)}`,
      day,
      dayText: dayText(day),
      marks: [
        { on: decidedOn, precision: 'day', standing: 'decision', label: `Planen beslutas, ${dayText(decidedOn)}` },
        ...milestones.flatMap((row): Mark[] => {
          if (row.due_on === null || row.due_precision === null || row.kind === 'period_end') return []
          const standing = milestoneStanding(row, day)
          const part = partOf(row).text
          return [
            {
              on: row.due_on as Day,
              precision: row.due_precision,
              standing,
              label: `${milestoneKindNames[row.kind]} ${part}, ${dueText(row)}: ${milestoneStandings[standing].text}`,
            },
          ]
        }),
        ...[...new Set(followUps.map(({ noted_on }) => noted_on as Day))].map(
          (on): Mark => ({
            on,
            precision: 'day',
            standing: 'follow_up',
            label: `Uppföljning, ${dayText(on)}`,
          }),
        ),
      ],
    }),
    followUps: followUps.map((row) => [
      { text: unbroken(dayText(row.noted_on as Day)) },
      partOf(row),
      {
        text: row.state === null ? 'inget läge angivet' : '',
        tag: row.state === null ? null : followUpStateNames[row.state],
      },
    ]),
    followedUp,
    chainPath: planChainPath(plan.slug),
    links: linkRows,
    sections: [
      ...planSections.map(sectionShown),
      ...(plan.follow_up === null ? [] : [{ heading: 'Uppföljning av planen', text: plan.follow_up, items: [] }]),
    ],
    past: past.map((row) => {
      const code = activityCode(plan.code, row.number)
      const taken = current.some(({ number }) => number === row.number)
      return {
        anchor: taken ? `${activityAnchor(code)}-${row.id}` : activityAnchor(code),
        code,
        text: row.activity_text,
        until: `gällde till ${dayText(row.ended_on as Day)}`,
        decision: { text: `Beslut ${dayText(row.ended_on as Day)}`, path: decisionPath(row.end_decision_slug ?? '') },
      }
    }),
  }
  const lead = `${counted(current.length, 'aktivitet', 'aktiviteter')} i ${areasText(improvement.length, ongoing.length)}. ${followedUp}`
  return { content, lead, sources }
}

function sectionShown(row: { heading: string; section_text: string | null; items: string[] }): SectionShown {
  return { heading: row.heading, text: row.section_text, items: row.items }
}

/** When a milestone falls, in words: 'januari 2026', or how often it comes back. */
export function dueText(row: {
  due_on: string | null
  due_precision: DatedMilestone['due_precision']
  recurrence: string | null
}): string {
  if (row.due_on === null) return row.recurrence ?? ''
  return dateText(row.due_on as Day, row.due_precision ?? 'day')
}

/** A plan, or the area or activity of it that a link begins or ends in. */
function planEnd(link: PlanLink, end: 'from' | 'to'): Value {
  const plan = { slug: link[`${end}_slug`] ?? '', code: link[`${end}_code`] ?? '', title: link[`${end}_title`] ?? '' }
  const activity = link[`${end}_activity_number`]
  if (activity !== null) {
    const code = activityCode(plan.code, activity)
    return { text: `${code} ${link[`${end}_activity_text`] ?? ''}`, path: activityPath(plan.slug, code) }
  }
  const [kind, number] = [link[`${end}_area_kind`], link[`${end}_area_number`]]
  if (kind !== null && number !== null) {
    const code = areaCode(plan.code, kind, number)
    return { text: `${code} ${link[`${end}_area_title`] ?? ''}`, path: activityPath(plan.slug, code) }
  }
  return { text: plan.title, path: planPath(plan.slug) }
}

function target(link: PlanLink): Value {
  if (link.to_slug !== null) return planEnd(link, 'to')
  if (link.body_slug !== null) return { text: link.body_name ?? '', path: bodyPath(link.body_slug) }
  if (link.matter_slug !== null) return { text: link.matter_title ?? '', path: matterPath(link.matter_slug) }
  return {
    text: `${dayText(link.meeting_held_on as Day)}, punkt ${link.item_number}: ${link.item_title}`,
    path: itemPath(link.meeting_slug ?? '', link.item_number ?? ''),
  }
}
