import {
  assignmentsPerPage,
  countAssignments,
  type ListedAssignment,
  listAssignments,
  placeOfAssignment,
  type Stretch,
} from '../assignments/queries.ts'
import { assignmentStanding } from '../assignments/rules.ts'
import { assigneeValue, assignmentDue } from '../assignments/shown.ts'
import { assignmentStandings } from '../assignments/texts.ts'
import { provenances } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import {
  type Cell,
  type Column,
  type Downloads,
  downloadsOf,
  type Filter,
  foldedUnder,
  groupFilter,
  type Pages,
  pagesOf,
} from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { activityCode, areaCode } from '../kernel/plan-codes.ts'
import { counted, unbroken } from '../kernel/text.ts'
import {
  activityPath,
  bodyPath,
  decisionPath,
  followUpPath,
  itemPath,
  matterPath,
  planChainPath,
  plansPath,
  withQuery,
} from '../kernel/urls.ts'
import { duesAt, marksOf } from './follow-up-dues.ts'
import {
  activityCounts,
  areasOn,
  bodiesToFollowUp,
  closedAssignmentMarks,
  countAreasOn,
  endingFunding,
  milestoneMarksOn,
  openAssignmentMarks,
  settledMilestoneMarksOn,
  unfollowedAreasOn,
} from './follow-up-queries.ts'
import type { Due, FollowUpSection } from './follow-up-rules.ts'

declare module '../http/view.ts' {
  interface Views {
    'overviews/follow-up': FollowUpPage
  }
}

/** What ?lage= may be: which parts of the page are shown. */
export const followUpChoices = ['passerat', 'kommande', 'utan-uppfoljning', 'upphort', 'klart', 'uppdrag'] as const
export type FollowUpChoice = (typeof followUpChoices)[number]

export type FollowUpFilter = { body: string | null; choice: FollowUpChoice | null }

type Shown = {
  anchor: string
  title: string
  text: string
  caption: string
  columns: readonly Column[]
  rows: readonly (readonly Cell[])[]
  /** Said instead of an empty table. */
  none: string
  /** Where the rest of a long list is: its own page, and there its further pages. */
  more: { text: string; path: string } | null
  pages: Pages | null
}

export type FollowUpPage = {
  downloads: readonly Downloads[]

  head: PageHead
  lead: string
  filters: readonly Filter[]
  /** What opens the filters where they are folded. */
  folded: string
  sections: readonly Shown[]
}

/** Rows of a section on a page of its own, and on the page of all sections. */
const perPage = assignmentsPerPage
const inOverview = 10
/**
 * How many assignments that are done with are told of in the section of what is done: the section of assignments has all of
 * them.
 */
const newestDone = 200
/** In files: all of it. */
const everything = 1_000_000

/** The page of all assignments that one of them stands on; the first when there is none of that name. */
export async function pageOfAssignment(db: Reader, slug: string): Promise<number> {
  return Math.floor(((await placeOfAssignment(db, slug)) ?? 0) / perPage) + 1
}

/**
 * Everything that is due, has passed or lacks follow-up on the day, across plans and assignments.
 * @param page the page of the section that is chosen; null: the whole of each section, for files
 */
export async function followUpPage(
  db: Reader,
  filter: FollowUpFilter,
  day: Day,
  page: number | null,
): Promise<FollowUpPage> {
  const tells = (...choices: FollowUpChoice[]) =>
    page === null || filter.choice === null || choices.includes(filter.choice)
  /** What of a list the page shows: all of it in files, the first rows among the other sections, or its page. */
  const stretch: Stretch =
    page === null
      ? { limit: everything, offset: 0 }
      : filter.choice === null
        ? { limit: inOverview, offset: 0 }
        : { limit: perPage, offset: (page - 1) * perPage }
  // What is yet to come is told among the coming, and what is done may have a date to come; the other parts need neither.
  const before = tells('kommande', 'klart') ? null : day
  const tellsAreas = tells('utan-uppfoljning')
  const byArea = filter.choice === 'utan-uppfoljning' || filter.body !== null
  const isOverview = page !== null && filter.choice === null
  const [unsettled, settled, opened, closed, given, funding, areaCount, shownAreas, planAreas, followed] =
    await Promise.all([
      milestoneMarksOn(db, day, { body: filter.body, before }),
      tells('klart')
        ? settledMilestoneMarksOn(db, day, filter.body, stretch.offset + stretch.limit)
        : { last: [], total: 0 },
      // What is done may be told together with an assignment of the same area that is yet to come, and with no other.
      openAssignmentMarks(db, { body: filter.body, before: tells('kommande') ? null : day, orOfAreas: tells('klart') }),
      tells('klart')
        ? closedAssignmentMarks(
            db,
            day,
            filter.body,
            page === null ? everything : newestDone,
            stretch.offset + stretch.limit,
          )
        : { last: [], total: 0 },
      tells('uppdrag') ? countAssignments(db, filter.body ?? undefined) : { open: 0, closed: 0 },
      endingFunding(db),
      countAreasOn(db, day, filter.body),
      tellsAreas && byArea ? unfollowedAreasOn(db, day, filter.body, stretch) : [],
      tellsAreas && !byArea ? areasOn(db, day, stretch.limit) : [],
      bodiesToFollowUp(db, day),
    ])
  const bodies = new Map<string, string>()
  for (const { body_slug, body_name } of funding) if (body_slug) bodies.set(body_slug, body_name ?? '')
  for (const { slug, short_name } of followed) bodies.set(slug, short_name)

  const ofBodies = funding.filter(({ body_slug }) => filter.body === null || body_slug === filter.body)
  const marks = marksOf(
    {
      milestones: [...unsettled, ...settled.last],
      assignments: [...opened, ...closed.last],
      funding: ofBodies,
    },
    day,
  )
  const inSections = (...sections: FollowUpSection[]) =>
    sections.flatMap((section) => marks.filter((mark) => mark.section === section))
  const dated = {
    passerat: inSections('passed'),
    kommande: inSections('coming', 'recurring'),
    upphort: inSections('ended'),
    klart: inSections('done').reverse(),
  }
  const shownOf = (choice: keyof typeof dated) =>
    tells(choice) ? dated[choice].slice(stretch.offset, stretch.offset + stretch.limit) : []
  const shownPlans = [...Map.groupBy(planAreas, ({ plan_id }) => plan_id).values()]
  const [dueOf, counts, shownAssignments] = await Promise.all([
    duesAt(db, (Object.keys(dated) as (keyof typeof dated)[]).flatMap(shownOf), ofBodies, day),
    activityCounts(
      db,
      day,
      [...shownAreas, ...planAreas].map(({ id }) => id),
    ),
    givenOf(db, filter, page, given.open),
  ])
  const sources = await provenances(
    db,
    shownAssignments.map(({ provenance_id }) => provenance_id),
  )
  /** What was done before that which the page shows has only been counted. */
  const onlyCounted = settled.total - settled.last.length + closed.total - closed.last.length
  const unread = { passerat: 0, kommande: 0, upphort: 0, klart: onlyCounted }
  const dueSection = (choice: keyof typeof dated, caption: string) => ({
    total: dated[choice].length + unread[choice],
    ...dueTable(caption, shownOf(choice).map(dueOf)),
  })

  const sections: (Omit<Shown, 'more' | 'pages'> & { choice: FollowUpChoice; total: number })[] = [
    {
      choice: 'passerat',
      anchor: 'passerat',
      title: 'Datumet har passerat',
      text: 'Här är inget utfall registrerat. Det kan vara gjort utan att det framgår av underlaget.',
      none: 'Inget har passerat sitt datum utan registrerat utfall.',
      ...dueSection('passerat', 'Det som har passerat sitt datum, tidigast först'),
    },
    {
      choice: 'kommande',
      anchor: 'kommande',
      title: 'Kommande',
      text: '',
      none: 'Inget kommande datum är registrerat.',
      ...dueSection('kommande', 'Det som kommer, närmast först'),
    },
    {
      choice: 'utan-uppfoljning',
      anchor: 'utan-uppfoljning',
      title: 'Områden utan uppföljning',
      text: 'Områden i planerna där varken området eller någon av dess aktiviteter har följts upp i registret.',
      none: 'Alla områden har någon uppföljning registrerad.',
      total: byArea ? areaCount.unfollowed : areaCount.plans,
      ...(byArea ? areaTable(shownAreas, counts) : planTable(shownPlans, counts, filter)),
    },
    {
      choice: 'upphort',
      anchor: 'upphort',
      title: 'Har upphört',
      text: 'Finansiering, uppdrag och perioder vars slutdatum har passerat.',
      none: 'Inget sådant slutdatum har passerat.',
      ...dueSection('upphort', 'Det som har upphört, tidigast först'),
    },
    {
      choice: 'klart',
      anchor: 'klart',
      title: 'Klart',
      text: '',
      none: 'Inget är registrerat som klart.',
      ...dueSection('klart', 'Det som är klart, senast först'),
    },
    {
      choice: 'uppdrag',
      total: given.open + given.closed,
      anchor: 'uppdrag',
      title: 'Uppföljning av uppdrag',
      text: 'Vad någon har fått i uppdrag, och hur det står till med det.',
      none: 'Inga uppdrag är registrerade.',
      caption: 'Uppdrag, mottagare, tid och läge',
      columns: [{ text: 'Uppdrag' }, { text: 'Till' }, { text: 'Tid' }, { text: 'Läge' }, { text: 'Ur' }],
      rows: shownAssignments.map((row) => [
        {
          text: row.task,
          note: row.progress,
          sources: sources.get(row.provenance_id) ?? [],
          rowAnchor: row.slug,
        },
        assigneeValue(row),
        { text: row.due_on === null ? assignmentDue(row) : unbroken(assignmentDue(row)) },
        { text: '', tag: assignmentStandings[assignmentStanding(row, day)] },
        originOf(row),
      ]),
    },
  ]

  const query = { grupp: filter.body, lage: filter.choice }
  const at = (change: Partial<typeof query>) => withQuery(followUpPath, { ...query, ...change })
  const choiceTexts: Record<FollowUpChoice, string> = {
    passerat: 'Datumet har passerat',
    kommande: 'Kommande',
    'utan-uppfoljning': 'Utan uppföljning',
    upphort: 'Har upphört',
    klart: 'Klart',
    uppdrag: 'Uppdrag',
  }
  const filters: Filter[] = [
    {
      title: 'Visa',
      choices: [
        { text: 'Allt', path: at({ lage: null }), current: filter.choice === null },
        ...followUpChoices.map((choice) => ({
          text: choiceTexts[choice],
          path: at({ lage: choice }),
          current: filter.choice === choice,
        })),
      ],
    },
    ...groupFilter(
      'Grupp',
      'Alla grupper',
      [...bodies].map(([slug, name]) => ({ slug, name })),
      followUpPath,
      query,
    ),
  ]
  return {
    downloads: [downloadsOf('Hämta listan', followUpPath, { grupp: filter.body, lage: filter.choice })],
    head: {
      title: 'Uppföljning',
      section: 'follow-up',
      // A part has more than the page of all parts shows of it; one group's is some of everybody's.
      canonical: withQuery(followUpPath, {
        lage: filter.choice,
        sida: page !== null && page > 1 && filter.body === null && filter.choice !== null ? String(page) : null,
      }),
      crumbs: [{ text: 'Uppföljning' }],
      description: 'Vad som ska vara klart, vad som har passerat sitt datum och vad som saknar uppföljning.',
    },
    lead: leadText(dated.passerat.length, areaCount.unfollowed, areaCount.areas),
    filters,
    folded: foldedUnder(filters, 'Avgränsa listan'),
    sections: sections
      .filter(({ choice }) => filter.choice === null || choice === filter.choice)
      .map(({ choice, total, ...section }) => ({
        ...section,
        more:
          isOverview && total > section.rows.length
            ? {
                // Of assignments that are done the newest alone have been counted.
                text: choice === 'klart' ? 'Visa mer som är klart' : `Visa alla ${counted(total, 'rad', 'rader')}`,
                path: at({ lage: choice }),
              }
            : null,
        pages: page === null || filter.choice === null ? null : pagesOf(followUpPath, query, page, total, perPage),
      })),
  }
}

function leadText(passed: number, unfollowed: number, areas: number): string {
  const first =
    passed === 0
      ? 'Inget har passerat sitt datum utan registrerat utfall.'
      : `${counted(passed, 'sak', 'saker')} har passerat sitt datum utan att något utfall är registrerat.`
  if (areas === 0) return first
  return `${first} ${unfollowed} av ${counted(areas, 'område', 'områden')} i planerna saknar uppföljning.`
}

function dueTable(caption: string, dues: readonly Due[]) {
  return {
    caption,
    columns: [{ text: 'När' }, { text: 'Vad' }, { text: 'Grupp' }, { text: 'Hör till' }, { text: 'Läge' }],
    rows: dues.map((due): Cell[] => [
      { text: due.when },
      { text: due.title, note: due.note },
      due.body === null || isShared(due) ? { text: '–' } : { text: due.body.name, path: bodyPath(due.body.slug) },
      belongsToCell(due),
      { text: '', tag: due.tag },
    ]),
  }
}

/** Several plans' periods end on the same day: nobody's alone. */
const isShared = ({ key, belongsTo }: Due) => key.startsWith('period ') && belongsTo.length > 1

function belongsToCell(due: Due): Cell {
  if (isShared(due)) return { text: counted(due.belongsTo.length, 'plan', 'planer'), path: plansPath }
  const [first, ...more] = due.belongsTo
  if (first === undefined) return { text: '–' }
  return { ...first, note: [first.note, ...more.map(({ text }) => text)].filter(Boolean).join('; ') || null }
}

type Area = Awaited<ReturnType<typeof areasOn>>[number]
type UnfollowedArea = Awaited<ReturnType<typeof unfollowedAreasOn>>[number]

/** The assignments that the page shows in their own section: what is to be done first, then what is done with, the newest first. */
async function givenOf(
  db: Reader,
  { body, choice }: FollowUpFilter,
  page: number | null,
  openCount: number,
): Promise<ListedAssignment[]> {
  const list = (state: 'open' | 'closed', stretch?: Stretch) =>
    listAssignments(db, { ...(body === null ? {} : { body }), state, ...stretch })
  if (page === null) return (await Promise.all([list('open'), list('closed')])).flat()
  if (choice !== null && choice !== 'uppdrag') return []
  const [first, limit] = choice === null ? [0, inOverview] : [(page - 1) * perPage, perPage]
  const [open, closed] = await Promise.all([
    first < openCount ? list('open', { limit, offset: first }) : [],
    first + limit > openCount ? list('closed', { limit, offset: Math.max(0, first - openCount) }) : [],
  ])
  return [...open, ...closed].slice(0, limit)
}

type Counts = Awaited<ReturnType<typeof activityCounts>>

function areaTable(areas: readonly UnfollowedArea[], counts: Counts) {
  return {
    caption: 'Områden utan uppföljning',
    columns: [{ text: 'Område' }, { text: 'Grupp' }, { text: 'Aktiviteter', numeric: true }, { text: 'Uppföljning' }],
    rows: areas.map((area): Cell[] => {
      const code = areaCode(area.plan_code, area.kind, area.number)
      return [
        { text: `${code} ${area.title}`, path: activityPath(area.plan_slug, code) },
        { text: area.body_name, path: bodyPath(area.body_slug) },
        { text: String(counts.get(area.id)?.activities ?? 0) },
        { text: `ingen uppföljning sedan ${dayText(area.decided_on as Day)}` },
      ]
    }),
  }
}

/** Plan by plan: how many areas lack follow-up, and where to read of them. */
function planTable(plans: readonly (readonly Area[])[], counts: Counts, filter: FollowUpFilter) {
  return {
    caption: 'Planerna och deras områden utan uppföljning',
    columns: [
      { text: 'Plan' },
      { text: 'Grupp' },
      { text: 'Områden utan uppföljning' },
      { text: 'Aktiviteter med egen uppföljning' },
      { text: 'Senast uppföljd' },
    ],
    rows: plans.flatMap((mine): Cell[][] => {
      const [plan] = mine
      if (plan === undefined) return []
      const without = mine.filter(({ followed_up_on }) => followed_up_on === null).length
      const sum = (of: 'activities' | 'followed') =>
        mine.reduce((total, { id }) => total + (counts.get(id)?.[of] ?? 0), 0)
      const last = mine
        .map(({ followed_up_on }) => followed_up_on)
        .filter((on) => on !== null)
        .sort()
        .at(-1)
      return [
        [
          { text: plan.plan_title, path: planChainPath(plan.plan_slug) },
          { text: plan.body_name, path: bodyPath(plan.body_slug) },
          {
            text: `${without} av ${mine.length}`,
            path: withQuery(followUpPath, { grupp: plan.body_slug, lage: filter.choice ?? 'utan-uppfoljning' }),
          },
          {
            text: `${sum('followed')} av ${sum('activities')}`,
          },
          {
            text: last ? dayText(last as Day) : `ingen uppföljning sedan ${dayText(plan.decided_on as Day)}`,
          },
        ],
      ]
    }),
  }
}

/** Where an assignment comes from: the decision, the item, the plan, or the matter. */
function originOf(row: ListedAssignment): Cell {
  if (row.decision_slug !== null) {
    return { text: `Beslut ${dayText(row.decided_on as Day)}`, path: decisionPath(row.decision_slug) }
  }
  if (row.meeting_slug !== null && row.item_number !== null) {
    return {
      text: `${dayText(row.held_on as Day)}, punkt ${row.item_number}`,
      path: itemPath(row.meeting_slug, row.item_number),
      note: row.matter_title,
    }
  }
  if (row.plan_slug !== null && row.plan_code !== null) {
    const code =
      row.activity_number !== null
        ? activityCode(row.plan_code, row.activity_number)
        : areaCode(row.plan_code, row.area_kind ?? 'improvement', row.area_number ?? 1)
    return { text: code, path: activityPath(row.plan_slug, code) }
  }
  if (row.matter_slug !== null) return { text: row.matter_title ?? '', path: matterPath(row.matter_slug) }
  return { text: 'framgår inte av underlaget' }
}
