import { provenances, type SourcePlace } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import { correctionsOf, type ShownCorrection } from '../http/corrections.ts'
import {
  type Cell,
  type Column,
  type Fact,
  type ListItem,
  type Pages,
  pagesOf,
  type Rows,
  type Source,
  type Tag,
  type TimelineItem,
  type Value,
} from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { addDays, type Day, dateText, dayText, lastDayOf } from '../kernel/dates.ts'
import { capitalised, counted, listed } from '../kernel/text.ts'
import {
  bodiesPath,
  bodyCalendarPath,
  bodyComparisonPath,
  bodyFeedPath,
  bodyPath,
  decisionPath,
  decisionsPath,
  followPath,
  followUpPath,
  itemPath,
  matterPath,
  meetingPath,
  meetingsPath,
  planPath,
  themePath,
  withQuery,
} from '../kernel/urls.ts'
import { membershipCorrections } from './corrections.ts'
import { formerColumns, formerRows, latestLeft, memberColumns, memberRows, personValue } from './memberships.ts'
import * as queries from './queries.ts'
import { coverageText, seatColumns, seatRow, unseated } from './representation.ts'
import { coverageOf, onDay, peopleIn, seatStandings } from './rules.ts'
import { bodyKindNames, certaintyTags, coverageTags, plannedTag, requirementNames } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'bodies/show': BodyPage
  }
}

const shownMeetings = 10
const shownFormer = 10
const shownAssignments = 10
const shownDecisions = 10

export type BodyPage = {
  head: PageHead
  kicker: string
  title: string
  lead: string | null
  tags: readonly Tag[]
  /** Why the page looks other than one expects: the group is closed, or was not there on the day. */
  notices: readonly { title: string; text: string }[]
  day: Day
  path: string
  compare: string
  contents: readonly { text: string; anchor: string }[]
  membersTitle: string
  membersCount: string | null
  members: Rows
  /** Said instead of an empty table. */
  nobody: string
  membersNote: string | null
  coming: readonly Value[]
  withoutMember: readonly Value[]
  empty: readonly string[]
  former: Rows
  /** Where all who have come and left are told of, when they are more than the table has. */
  allFormer: { text: string; path: string } | null
  seats: Rows
  seatsNote: string | null
  requirements: Rows
  facts: readonly Fact[]
  plans: readonly ListItem[]
  matters: readonly ListItem[]
  assignments: Rows
  allAssignments: { text: string; path: string } | null
  decisions: readonly ListItem[]
  decisionPages: Pages | null
  decidedBy: { text: string; path: string } | null
  meetings: readonly ListItem[]
  allMeetings: { text: string; path: string } | null
  follow: { calendar: string; feed: string; how: string }
  timeline: readonly TimelineItem[]
  /** Memberships that were recorded wrongly and have been put right. */
  corrections: readonly ShownCorrection[]
  children: readonly ListItem[]
  sources: readonly Source[]
}

const columns = (...texts: string[]): Column[] => texts.map((text) => ({ text }))

type Body = Awaited<ReturnType<typeof queries.bodyBySlug>>

/**
 * One group: who sits there, who has left, whom the places represent, and what the group does.
 * @param number which page of the decisions about the group
 */
export async function bodyPage(
  db: Reader,
  slug: string,
  day: Day,
  asOf: Day | null,
  number: number,
): Promise<BodyPage> {
  const body = await queries.bodyBySlug(db, slug, day)
  const [memberships, gone, seats, requirements, municipalities, reporting, names, under] = await Promise.all([
    queries.membershipsOf(db, { body: body.id, on: day, last: shownFormer, grounds: false }),
    queries.goneFrom(db, body.id, day),
    queries.seatsOn(db, day, body.id),
    queries.requirementsOf(db, body.id),
    queries.municipalitiesOn(db, day),
    queries.reportingOf(db, body.id),
    queries.otherNamesOf(db, body.id),
    queries.listBodies(db, day, body.id),
  ])
  const { current: sitting, former, coming } = onDay(memberships, day)
  // Of all that is known of them, the grounds of those who are shown.
  const [current, left, ...rest] = await Promise.all([
    queries.withGrounds(db, sitting),
    queries.withGrounds(db, latestLeft(former).slice(0, shownFormer)),
    correctionsOf(db, membershipCorrections, { key: 'body', value: slug }),
    queries.plansOn(db, day, body.id),
    queries.mattersOf(db, body.id),
    queries.assignmentsTo(db, { body: body.id, limit: shownAssignments }),
    queries.effectsOn(db, body.id, day, { limit: shownDecisions, offset: (number - 1) * shownDecisions }),
    queries.countDecisionsBy(db, body.id, day),
    queries.meetingsOf(db, body.id, day, shownMeetings),
    queries.timelineOf(db, body.id),
    queries.linksOf(db, body.id),
  ])
  const [corrections, plans, matters, assignments, about, decided, meetings, timeline, links] = rest
  const sources = await provenances(
    db,
    [body, ...current, ...left, ...seats, ...requirements, ...reporting, ...names, ...timeline].map(
      ({ provenance_id }) => provenance_id,
    ),
  )
  const sourcesOf = ({ provenance_id }: { provenance_id: number }) => sources.get(provenance_id) ?? []

  const empty = former.filter(({ id }) => gone.empty.includes(id))
  const standings = seatStandings(seats, current, empty)
  const unplaced = peopleIn(current.filter(({ seat_id, role }) => seat_id === null && !leads.includes(role)))
  const children = onDay(under, day).current
  const decisions = decisionItems(about.effects)
  const allAssignments = assignments[0]?.total ?? 0
  const allMeetings = meetings[0]?.total ?? 0
  const name = body.name_on_day
  const members = peopleIn(current)

  const page: Omit<BodyPage, 'contents'> = {
    head: {
      title: name,
      section: 'bodies',
      crumbs: [{ text: 'Grupper', path: withQuery(bodiesPath, { datum: asOf }) }, { text: body.short_name }],
      description: `${name}: vilka som sitter, vem de företräder och på vilken grund, tidigare ledamöter, uppdrag och beslut.`,
      asOf,
      feeds: [{ title: `Nytt från ${name}`, path: bodyFeedPath(slug) }],
    },
    kicker: bodyKindNames[body.kind].one,
    title: name,
    follow: { calendar: bodyCalendarPath(slug), feed: bodyFeedPath(slug), how: followPath },
    lead: firstSentence(body.purpose),
    tags: [
      ...(body.planned ? [plannedTag] : []),
      ...(body.phase_text ? [{ tone: 'info' as const, text: body.phase_text }] : []),
    ],
    notices: noticesOf(body, day),
    day,
    path: bodyPath(slug),
    compare: bodyComparisonPath(slug),
    membersTitle: asOf === null ? 'Vilka som sitter' : `Vilka som satt ${dayText(day)}`,
    membersCount: members === 0 ? null : counted(members, 'känd ledamot', 'kända ledamöter'),
    members: { columns: memberColumns, rows: memberRows(current, sources, asOf === null) },
    nobody: body.planned
      ? 'Gruppen ska bildas. Vilka som ska sitta i den framgår inte av underlaget.'
      : 'Vilka som sitter i gruppen framgår inte av underlaget.',
    membersNote:
      asOf !== null && current.some(({ valid }) => valid.from === null)
        ? 'Uppdrag utan känt startdatum visas också på tidigare dagar. De kan ha börjat senare än den dag du har valt.'
        : null,
    withoutMember: unseated(seats, current, municipalities),
    // What was to come on an earlier day is known today and was not then.
    coming:
      asOf === null
        ? coming.map((one) => ({ ...personValue(one), note: `tillträder ${dayText(one.valid.from as Day)}` }))
        : [],
    empty: empty.map(
      ({ person_name, valid }) =>
        `${person_name} lämnade uppdraget ${dayText(valid.to as Day)}. Ingen efterträdare är registrerad.`,
    ),
    former: { columns: formerColumns, rows: formerRows(left, memberships, sources) },
    allFormer:
      gone.left > left.length
        ? {
            text: `Alla ${gone.left} som har lämnat, och när`,
            // From the day before anybody whose days are known came or left.
            path: withQuery(bodyComparisonPath(slug), {
              fran: gone.firstDay === null ? null : addDays(gone.firstDay, -1),
              till: day,
            }),
          }
        : null,
    seats: {
      columns: seatColumns,
      rows: standings.map((standing) => seatRow(standing, sourcesOf(standing.seat))),
    },
    seatsNote:
      unplaced > 0 && seats.length > 0
        ? `För ${counted(unplaced, 'känd ledamot', 'kända ledamöter')} framgår det inte vilken av platserna det gäller.`
        : null,
    requirements: {
      columns: columns('Ska spegla', 'Krav', 'Läge bland kända ledamöter'),
      rows: requirements.map((one) => {
        const coverage = coverageOf(one.dimension, current, municipalities)
        return [
          { text: requirementNames[one.dimension] },
          { text: one.requirement, sources: sourcesOf(one) },
          {
            text: coverageText(one.dimension, coverage, current.length),
            tag: coverageTags[coverage.covered],
          },
        ]
      }),
    },
    facts: factsOf(body, { reporting, names, links }, sourcesOf),
    plans: plans.map(({ slug: plan, title, decided_on }) => ({
      title,
      path: planPath(plan),
      facts: [`beslutad ${dayText(decided_on as Day)}`],
    })),
    matters: matters.map(({ slug: matter, title, state_text }) => ({
      title,
      path: matterPath(matter),
      text: state_text,
    })),
    assignments: {
      columns: columns('Uppdrag', 'När', 'Läge'),
      rows: assignments.map((assignment) => assignmentRow(assignment, day)),
    },
    allAssignments:
      allAssignments > assignments.length
        ? {
            text: `Alla ${counted(allAssignments, 'uppdrag', 'uppdrag')}`,
            path: withQuery(followUpPath, { grupp: slug, lage: 'uppdrag' }),
          }
        : null,
    decisions,
    decisionPages: pagesOf(bodyPath(slug), { datum: asOf }, number, about.total, shownDecisions),
    decidedBy:
      decided === 0
        ? null
        : {
            text: `${counted(decided, 'beslut', 'beslut')} som gruppen har fattat`,
            path: withQuery(decisionsPath, { grupp: slug }),
          },
    meetings: meetings.map((meeting) => ({
      title: meeting.title,
      path: meetingPath(meeting.slug),
      kicker: dayText(meeting.held_on as Day),
      text: meeting.state === 'mentioned' ? 'Nämns i andra protokoll. Protokollet finns inte här.' : null,
    })),
    allMeetings:
      allMeetings > meetings.length
        ? { text: `Alla ${counted(allMeetings, 'möte', 'möten')}`, path: withQuery(meetingsPath, { grupp: slug }) }
        : null,
    corrections,
    timeline: timeline.map((entry) => ({
      when: whenText(entry),
      title: entry.entry,
      path: entry.meeting_slug === null ? null : meetingPath(entry.meeting_slug),
      tag: certaintyTags[sourcesOf(entry)[0]?.certainty ?? 'stated'],
      sources: sourcesOf(entry),
    })),
    children: children.map((child) => ({
      title: child.name,
      path: bodyPath(child.slug, asOf),
      kicker: bodyKindNames[child.kind].one,
      tags: child.planned ? [plannedTag] : [],
    })),
    sources: sourcesOf(body),
  }
  return { ...page, contents: contentsOf(page) }
}

/** The first sentence says what the group is for; the whole purpose stands further down. */
function firstSentence(text: string | null): string | null {
  return text === null ? null : (/^.+?[.!?](?=\s+\p{Lu}|$)/su.exec(text)?.[0] ?? text)
}

/** Roles that lead or support and need no place of their own. */
const leads: readonly string[] = [
  'chair',
  'vice_chair',
  'coordinator',
  'development_lead',
  'process_lead',
  'project_lead',
  'convener',
]

function contentsOf(page: Omit<BodyPage, 'contents'>) {
  const sections: [boolean, string, string][] = [
    [true, page.membersTitle, 'ledamoter'],
    [true, 'Tidigare ledamöter', 'tidigare'],
    [page.seats.rows.length + page.requirements.rows.length > 0, 'Platser och representation', 'platser'],
    [true, 'Uppdrag och rapportering', 'uppdrag'],
    [page.plans.length > 0, 'Handlingsplan', 'handlingsplan'],
    [page.assignments.rows.length > 0, 'Att göra', 'att-gora'],
    [page.matters.length > 0, 'Ärenden', 'arenden'],
    [page.decisions.length > 0 || page.decidedBy !== null, 'Beslut', 'beslut'],
    [page.meetings.length > 0, 'Möten', 'moten'],
    [page.corrections.length > 0, 'Rättat i registret', 'rattelser'],
    [page.timeline.length > 0, 'Tidslinje', 'tidslinje'],
    [page.children.length > 0, 'Grupper under den här', 'undergrupper'],
  ]
  return sections.filter(([shown]) => shown).map(([, text, anchor]) => ({ text, anchor }))
}

function noticesOf(body: Body, day: Day): { title: string; text: string }[] {
  const { from, to } = body.valid
  if (from !== null && day < from) return [{ title: 'Gruppen fanns inte då', text: `Den inrättades ${dayText(from)}.` }]
  if (to !== null && to <= day)
    return [
      { title: 'Gruppen är avslutad', text: `Den avslutades ${dayText(to)}. Sidan visar vad som är känt om den.` },
    ]
  return []
}

type Parts = {
  reporting: Awaited<ReturnType<typeof queries.reportingOf>>
  names: Awaited<ReturnType<typeof queries.otherNamesOf>>
  links: Awaited<ReturnType<typeof queries.linksOf>>
}

function factsOf(
  body: Body,
  { reporting, names, links }: Parts,
  sourcesOf: (row: { provenance_id: number }) => readonly SourcePlace[],
): Fact[] {
  const text = (term: string, value: string | null): Fact[] =>
    value === null ? [] : [{ term, values: [{ text: value }] }]
  const ways = (term: string, rows: Parts['reporting'], value: (row: Parts['reporting'][number]) => Value): Fact[] =>
    rows.length === 0
      ? []
      : [{ term, values: rows.map((row) => ({ ...value(row), note: row.how })), sources: rows.flatMap(sourcesOf) }]
  const from = reporting.filter(({ body_id }) => body_id === body.id)
  const to = reporting.filter(({ to_body_id }) => to_body_id === body.id)
  return [
    ...text('Uppdrag', body.purpose === firstSentence(body.purpose) ? null : body.purpose),
    { term: 'Sammansättning', values: [{ text: body.composition ?? 'Framgår inte av underlaget' }] },
    ...text('Målgrupp', body.target_group),
    ...text('Prioriterat område', body.priority_area),
    ...text('Läge', body.state_text),
    ...ways('Rapporterar till', from, ({ receiver_name, receiver_slug, to_text }) => ({
      text: receiver_name ?? to_text ?? '',
      path: receiver_slug === null ? null : bodyPath(receiver_slug),
    })),
    ...ways('Får rapporter från', to, ({ sender_name, sender_slug }) => ({
      text: sender_name,
      path: bodyPath(sender_slug),
    })),
    ...(body.parent_slug === null || body.parent_name === null
      ? []
      : [{ term: 'Hör till', values: [{ text: body.parent_name, path: bodyPath(body.parent_slug) }] }]),
    ...(body.theme_slug === null || body.theme_name === null
      ? []
      : [{ term: 'Tema', values: [{ text: body.theme_name, path: themePath(body.theme_slug) }] }]),
    { term: 'Finns sedan', values: [startOf(body)] },
    ...(body.valid.to === null ? [] : [{ term: 'Avslutad', values: [endOf(body, body.valid.to)] }]),
    ...(names.length === 0
      ? []
      : [
          {
            term: 'Andra namn',
            values: names.map(({ name, note, valid }) => ({
              text: name,
              note: [note, valid?.to ? `till ${dayText(valid.to)}` : null].filter(Boolean).join(', ') || null,
            })),
            sources: names.flatMap(sourcesOf),
          },
        ]),
    ...(body.function_mailbox === null
      ? []
      : [{ term: 'Kontakt', values: [{ text: body.function_mailbox, url: `mailto:${body.function_mailbox}` }] }]),
    ...(links.length === 0 ? [] : [{ term: 'Länkar', values: links.map(({ label, url }) => ({ text: label, url })) }]),
  ]
}

function startOf(body: Body): Value {
  const on = body.valid.from === null ? null : dayText(body.valid.from)
  if (body.planned) return { text: 'Ska bildas' }
  if (body.start_decision_slug !== null)
    return { text: on ?? '', path: decisionPath(body.start_decision_slug), note: 'genom beslut' }
  return {
    text: on ?? 'Startdatum framgår inte',
    note: body.start_ground === 'decision_not_registered' ? 'beslut inte registrerat' : null,
  }
}

function endOf(body: Body, on: Day): Value {
  return body.end_decision_slug === null
    ? { text: dayText(on), note: 'beslut inte registrerat' }
    : { text: dayText(on), path: decisionPath(body.end_decision_slug), note: 'genom beslut' }
}

/** Decisions as a list, each with who came and who left by it. */
export function decisionItems(effects: Awaited<ReturnType<typeof queries.effectsNaming>>): ListItem[] {
  const items = new Map<number, ListItem & { changes: string[] }>()
  for (const effect of effects) {
    const item = items.get(effect.id) ?? {
      title: effect.title,
      path: decisionPath(effect.slug),
      kicker: [
        dateText(effect.decided_on as Day, effect.decided_precision),
        effect.decider_name,
        ...(effect.item_number === null ? [] : [`punkt ${effect.item_number}`]),
      ].join(' · '),
      changes: [],
    }
    if (effect.name_in !== null) item.changes.push(`${effect.name_in} tillträder`)
    if (effect.name_out !== null) item.changes.push(`${effect.name_out} lämnar uppdraget`)
    items.set(effect.id, item)
  }
  return [...items.values()].map(({ changes, ...item }) => ({ ...item, text: listed(changes) || null }))
}

/** What somebody has been asked to do: the task, by when, and how it stands on the day. */
export function assignmentRow(
  {
    task,
    state,
    due_on,
    due_precision,
    due_text,
    item_number,
    meeting_slug,
  }: Awaited<ReturnType<typeof queries.assignmentsTo>>[number],
  day: Day,
): Cell[] {
  const precision = due_precision ?? 'day'
  const passed = due_on !== null && lastDayOf(due_on as Day, precision) < day
  const states: Record<typeof state, Tag> = {
    open: passed ? { tone: 'warning', text: 'tiden har gått ut' } : { tone: 'info', text: 'pågår' },
    done: { tone: 'good', text: 'klart' },
    ended: { tone: 'neutral', text: 'avslutat' },
  }
  return [
    { text: task, path: meeting_slug === null || item_number === null ? null : itemPath(meeting_slug, item_number) },
    { text: due_on === null ? (due_text ?? 'Tid framgår inte') : `Senast ${dateText(due_on as Day, precision)}` },
    { text: '', tag: states[state] },
  ]
}

function whenText(entry: Awaited<ReturnType<typeof queries.timelineOf>>[number]): string {
  const { from_on, from_precision, to_on, to_precision } = entry
  if (from_on === null || from_precision === null) return 'Tid framgår inte'
  const from = dateText(from_on as Day, from_precision)
  return capitalised(
    to_on === null || to_precision === null ? from : `${from} – ${dateText(to_on as Day, to_precision)}`,
  )
}
