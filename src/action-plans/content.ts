/** What an adopted plan held on a day, as its page shows it. */
import { provenances, type SourcePlace } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import { isValidOn, parseRange } from '../db/ranges.ts'
import type { PlanAreaKind } from '../db/schema.ts'
import type { Cell, Fact, Source, Tag, Value } from '../http/parts.ts'
import { addDays, type Day, dateText, dayText } from '../kernel/dates.ts'
import { activityCode, areaCode } from '../kernel/plan-codes.ts'
import { counted, unbroken } from '../kernel/text.ts'
import { activityAnchor, activityPath, decisionPath, itemPath, planChainPath, withQuery } from '../kernel/urls.ts'
import { type Mark, type Picture, pictureOf } from './picture.ts'
import * as queries from './queries.ts'
import { type DatedMilestone, milestoneStanding, periodText } from './rules.ts'
import { areasText, followedText, followUpStateNames, milestoneKindNames, milestoneStandings } from './texts.ts'
import { once, type PlanPart, type Tie, type Tied, tiesOf } from './ties.ts'

export type FollowUpShown = {
  /** Null where the date stands beside it. */
  when: string | null
  text: string | null
  by: string | null
  state: Tag | null
  item: Value | null
  sources: readonly Source[]
}

export type SectionShown = { heading: string; text: string | null; items: readonly string[] }

export type ActivityShown = {
  anchor: string
  code: string
  text: string
  /** Only where the reading is uncertain. */
  tag: Tag | null
  followUps: readonly FollowUpShown[]
  milestones: readonly Cell[]
  ties: readonly Tie[]
  /** Of the activity, unless the area's sources cover it, and of its milestones and ties. */
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

export type PlanContent = {
  lead: string
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
  /** What the plan as a whole hangs together with. */
  ties: readonly Tie[]
  tieSources: readonly Source[]
  sections: readonly SectionShown[]
  past: readonly { anchor: string; code: string; text: string; until: string; decision: Value }[]
}

type Plan = Awaited<ReturnType<typeof queries.planBySlug>>

type Read = Tied & {
  plan: Plan
  day: Day
  areas: Awaited<ReturnType<typeof queries.areasOf>>
  sections: Awaited<ReturnType<typeof queries.sectionsOf>>
  /** The activities in force on the day. */
  current: Awaited<ReturnType<typeof queries.activitiesOf>>
  milestones: Awaited<ReturnType<typeof queries.milestonesOf>>
  followUps: Awaited<ReturnType<typeof queries.followUpsOf>>
  sources: Map<number, SourcePlace[]>
}
type Area = Read['areas'][number]

const missingHeading = 'saknas som egen rubrik i planen'
const uncertain: Tag = { text: 'osäker läsning', tone: 'warning' }

/** Reads it all in as many queries whatever the size of the plan. `asOf`: the day was asked for, it is not today. */
export async function planContent(db: Reader, plan: Plan, day: Day, asOf: Day | null): Promise<PlanContent> {
  const { id } = plan
  const [directions, areas, sections, activities, milestones, followUps, links, documents, projects, addresses] =
    await Promise.all([
      queries.directionsOf(db, id),
      queries.areasOf(db, id),
      queries.sectionsOf(db, id),
      queries.activitiesOf(db, id),
      queries.milestonesOf(db, id),
      queries.followUpsOf(db, id, day),
      queries.linksOf(db, id),
      queries.documentsOf(db, id),
      queries.projectsOf(db, id),
      queries.addressesOf(db, id),
    ])
  const grounds = [areas, activities, milestones, followUps, links].map((rows) =>
    (rows as readonly { provenance_id: number }[]).map(({ provenance_id }) => provenance_id),
  )
  const sources = await provenances(db, grounds.flat())
  const current = activities.filter(({ valid }) => valid !== null && isValidOn(parseRange(valid), day))
  const read: Read = {
    plan,
    day,
    areas,
    sections,
    current,
    milestones,
    followUps,
    links,
    documents,
    projects,
    addresses,
    sources,
  }
  const shown = (kind: PlanAreaKind) => areas.filter((area) => area.kind === kind).map((area) => areaShown(read, area))
  const [improvement, ongoing] = [shown('improvement'), shown('ongoing')]
  const whole = tiesOf(read, { of: 'plan', plan: id }, sources)
  const past = pastShown(read, activities)
  const followedUp = followedUpText(read)
  return {
    lead: `${counted(current.length, 'aktivitet', 'aktiviteter')} i ${areasText(improvement.length, ongoing.length)}. ${followedUp}`,
    contents: [
      { text: 'Vad planen vill', anchor: 'vad-planen-vill' },
      ...(improvement.length > 0 ? [{ text: 'Förbättringsområden', anchor: 'forbattringsomraden' }] : []),
      ...(ongoing.length > 0 ? [{ text: 'Fortgår över tid', anchor: 'fortgar-over-tid' }] : []),
      { text: 'Milstolpar', anchor: 'milstolpar' },
      { text: 'Uppföljning', anchor: 'uppfoljning' },
      ...(whole.ties.length > 0 ? [{ text: 'Kopplingar', anchor: 'kopplingar' }] : []),
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
    milestones: milestones.map((row): Cell[] => [
      { text: row.due_on === null ? dueText(row) : unbroken(dueText(row)) },
      { text: row.title, note: milestoneNote(row), sources: sources.get(row.provenance_id) ?? [] },
      partOf(read, row),
      { text: '', tag: milestoneStandings[milestoneStanding(row, day)] },
    ]),
    picture: picture(read),
    followUps: followUps.map((row) => [
      { text: unbroken(dayText(row.noted_on as Day)) },
      partOf(read, row),
      row.state === null ? { text: 'inget läge angivet' } : { text: '', tag: followUpStateNames[row.state] },
    ]),
    followedUp,
    chainPath: withQuery(planChainPath(plan.slug), { datum: asOf }),
    ties: whole.ties,
    tieSources: whole.sources,
    sections: [
      ...sections.filter(({ area_id }) => area_id === null).map(sectionShown),
      ...(plan.follow_up === null ? [] : [{ heading: 'Uppföljning av planen', text: plan.follow_up, items: [] }]),
    ],
    past,
  }
}

/** When the plan was last followed up, and how many of its activities have been. */
function followedUpText({ plan, followUps, current }: Read): string {
  const [newest] = followUps
  if (newest === undefined)
    return `Ingen uppföljning är registrerad sedan planen beslutades ${dayText(plan.decided_on as Day)}.`
  const numbers = new Set(followUps.map(({ activity_number }) => activity_number))
  const followed = current.filter(({ number }) => numbers.has(number)).length
  return `Senaste uppföljningen är från ${dayText(newest.noted_on as Day)}. ${followedText(followed, current.length)}`
}

function areaShown(read: Read, area: Area): AreaShown {
  const { plan, day, sources } = read
  const code = areaCode(plan.code, area.kind, area.number)
  const activities = read.current.filter(({ area_id }) => area_id === area.id)
  const ofArea = (row: { area_id: number | null; activity_number: number | null }) =>
    row.activity_number === null && row.area_id === area.id
  const followUps = read.followUps.filter(ofArea)
  const milestones = read.milestones.filter(ofArea)
  const newest = followUps.find(({ state }) => state !== null)?.state
  const grounds = new Set(activities.map(({ provenance_id }) => provenance_id))
  const [ground] = grounds
  const shared = grounds.size === 1 && activities.length > 1 && ground !== area.provenance_id ? ground : undefined
  const tied = tiesOf(read, { of: 'area', plan: plan.id, ...area }, sources)
  return {
    anchor: activityAnchor(code),
    code,
    title: area.title,
    tags: newest ? [followUpStateNames[newest]] : [],
    purpose: area.purpose,
    facts: [
      ...optional('Tidsram', area.timeframe ?? (area.kind === 'improvement' ? 'anges inte i planen' : null)),
      ...optional('Organisation', area.organisation),
      {
        term: 'Milstolpar',
        values: milestones.map((row) => ({
          text: `${milestoneKindNames[row.kind]}: ${dueText(row)}`,
          note: milestoneStandings[milestoneStanding(row, day)].text,
        })),
      },
    ].filter(({ values }) => values.length > 0),
    sections: read.sections.filter(({ area_id }) => area_id === area.id).map(sectionShown),
    activitiesTitle:
      activities.length === 0
        ? 'Planen har inga egna aktiviteter för området'
        : counted(activities.length, 'aktivitet', 'aktiviteter'),
    activities: activities.map((activity) => activityShown(read, activity, shared ?? area.provenance_id)),
    followUps: followUps.map((row) => noteShown(read, row)),
    ties: tied.ties,
    activitySources: shared === undefined ? [] : (sources.get(shared) ?? []),
    sources: once([...(sources.get(area.provenance_id) ?? []), ...tied.sources]),
  }
}

/** @param covered the provenance that is shown for all the area's activities */
function activityShown(read: Read, activity: Read['current'][number], covered: number): ActivityShown {
  const { plan, day, sources } = read
  const code = activityCode(plan.code, activity.number)
  const own = sources.get(activity.provenance_id) ?? []
  const part: PlanPart = { of: 'activity', plan: plan.id, number: activity.number }
  const tied = tiesOf(read, part, sources)
  const mine = (row: { activity_number: number | null }) => row.activity_number === activity.number
  return {
    anchor: activityAnchor(code),
    code,
    text: activity.activity_text,
    tag: own.some(({ certainty }) => certainty === 'uncertain') ? uncertain : null,
    followUps: read.followUps.filter(mine).map((row) => noteShown(read, row)),
    milestones: read.milestones.filter(mine).map((row) => ({
      text: `${row.title}: ${dueText(row)}`,
      tag: milestoneStandings[milestoneStanding(row, day)],
    })),
    ties: tied.ties,
    sources: once([...(activity.provenance_id === covered ? [] : own), ...tied.sources]),
  }
}

function noteShown({ sources }: Read, row: Read['followUps'][number]): FollowUpShown {
  const { meeting_slug, item_number } = row
  const item =
    meeting_slug === null || item_number === null
      ? null
      : {
          text: `punkt ${item_number} i mötet ${dayText(row.meeting_held_on as Day)}`,
          path: itemPath(meeting_slug, item_number),
        }
  return {
    when: dayText(row.noted_on as Day),
    text: row.note,
    by: row.noted_by,
    state: row.state === null ? null : followUpStateNames[row.state],
    item,
    sources: sources.get(row.provenance_id) ?? [],
  }
}

/** The part of the plan that a milestone or a follow-up is about. */
function partOf({ plan, areas }: Read, row: { area_id: number | null; activity_number: number | null }): Value {
  if (row.activity_number !== null) {
    const code = activityCode(plan.code, row.activity_number)
    return { text: code, path: activityPath(plan.slug, code) }
  }
  const area = areas.find(({ id }) => id === row.area_id)
  if (!area) return { text: 'Hela planen' }
  const code = areaCode(plan.code, area.kind, area.number)
  return { text: code, path: activityPath(plan.slug, code), note: area.title }
}

/** The period of the plan with its decision, its milestones and the days when it was followed up. */
function picture(read: Read): Picture | null {
  const { plan, day, milestones, followUps } = read
  const decided = plan.decided_on as Day
  const marks: Mark[] = [
    { on: decided, precision: 'day', standing: 'decision', label: `Planen beslutas, ${dayText(decided)}` },
  ]
  for (const row of milestones) {
    // The end of the period is where the period's own bar ends.
    if (row.due_on === null || row.due_precision === null || row.kind === 'period_end') continue
    const standing = milestoneStanding(row, day)
    const what = `${milestoneKindNames[row.kind]} ${partOf(read, row).text}, ${dueText(row)}`
    marks.push({
      on: row.due_on as Day,
      precision: row.due_precision,
      standing,
      label: `${what}: ${milestoneStandings[standing].text}`,
    })
  }
  for (const on of new Set(followUps.map(({ noted_on }) => noted_on as Day))) {
    marks.push({ on, precision: 'day', standing: 'follow_up', label: `Uppföljning, ${dayText(on)}` })
  }
  const period = parseRange(plan.period)
  return pictureOf({
    title: `${plan.title}: tidslinje`,
    period,
    periodText: `Planperiod ${periodText(period, plan.period_precision)}`,
    day,
    dayText: dayText(day),
    marks,
  })
}

/** Activities that a revision has ended by the day. The number's own anchor belongs to the one in force, else to the newest. */
function pastShown(
  { plan, day, current }: Read,
  activities: Awaited<ReturnType<typeof queries.activitiesOf>>,
): PlanContent['past'] {
  const ended = activities.flatMap((activity) => {
    const to = activity.valid === null ? null : parseRange(activity.valid).to
    return to !== null && to <= day ? [{ ...activity, to }] : []
  })
  const taken = new Set(current.map(({ number }) => number))
  return ended
    .sort((a, b) => a.number - b.number || (a.to < b.to ? 1 : -1))
    .map((activity) => {
      const code = activityCode(plan.code, activity.number)
      const own = !taken.has(activity.number)
      taken.add(activity.number)
      return {
        anchor: own ? activityAnchor(code) : `${activityAnchor(code)}-${activity.id}`,
        code,
        text: activity.activity_text,
        until: `gällde till och med ${dayText(addDays(activity.to, -1))}`,
        decision: {
          text: `Beslut ${dayText(activity.ended_on as Day)}`,
          path: decisionPath(activity.end_decision_slug ?? ''),
        },
      }
    })
}

/** The note of a milestone, and why it was moved. */
function milestoneNote({ note, moved_because }: Read['milestones'][number]): string | null {
  return [note, moved_because && `Flyttad: ${moved_because}`].filter(Boolean).join(' ') || null
}

function sectionShown(row: { heading: string; section_text: string | null; items: string[] }): SectionShown {
  return { heading: row.heading, text: row.section_text, items: row.items }
}

export function optional(term: string, text: string | null): Fact[] {
  return text === null ? [] : [{ term, values: [{ text }] }]
}

/** When a milestone falls, in words: 'januari 2026', or how often it comes back. */
function dueText(row: Pick<DatedMilestone, 'due_on' | 'due_precision'> & { recurrence: string | null }): string {
  if (row.due_on === null) return row.recurrence ?? ''
  return dateText(row.due_on as Day, row.due_precision ?? 'day')
}
