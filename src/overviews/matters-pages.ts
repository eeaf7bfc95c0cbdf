import { listAssignments } from '../assignments/queries.ts'
import { assignmentStanding } from '../assignments/rules.ts'
import { assigneeValue, assignmentDue } from '../assignments/shown.ts'
import { assignmentStandings } from '../assignments/texts.ts'
import { provenances } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import { parseRange } from '../db/ranges.ts'
import type { DatePrecision } from '../db/schema.ts'
import { decisionKindNames } from '../decisions/texts.ts'
import { documentKindNames } from '../documents/texts.ts'
import {
  type Downloads,
  downloadsOf,
  type Fact,
  type Filter,
  groupFilter,
  type ListItem,
  type Pages,
  pagesOf,
  type Source,
  type Tag,
  type Value,
} from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { activityCode, areaCode } from '../kernel/plan-codes.ts'
import { counted } from '../kernel/text.ts'
import {
  activityPath,
  apiPath,
  bodyPath,
  cataloguePath,
  changeProposalPath,
  changeProposalsPath,
  decisionPath,
  documentPath,
  followUpPath,
  itemPath,
  matterPath,
  mattersPath,
  meetingPath,
  planPath,
  projectsPath,
  withQuery,
} from '../kernel/urls.ts'
import {
  bodiesOf,
  cataloguesOf,
  changeProposalsOf,
  countMatters,
  decisionsOf,
  documentsOf,
  entriesOf,
  itemsOf,
  keepsChangeModel,
  linksOf,
  listMatters,
  matterBySlug,
  meetingsNamedIn,
  planPartsOf,
  projectsOf,
} from './matters-queries.ts'
import { begunBy, inTimeOrder, type Placed, spanText, type Vague } from './matters-rules.ts'

declare module '../http/view.ts' {
  interface Views {
    'overviews/matters': MatterListPage
    'overviews/matter': MatterPage
  }
  interface Parts {
    'overviews/_events': { events: readonly MatterEvent[] }
  }
}

export type MatterListPage = {
  downloads: readonly Downloads[]

  head: PageHead
  lead: string
  filters: readonly Filter[]
  count: string
  narrowed: boolean
  all: string
  items: readonly ListItem[]
  pages: Pages | null
}

/** Something in a matter's timeline. */
export type MatterEvent = {
  when: string
  kind: string
  title: Value
  texts: readonly string[]
  links: readonly Value[]
  tag: Tag | null
  sources: readonly Source[]
}

export type MatterPage = {
  head: PageHead
  kicker: string
  title: string
  lead: string | null
  tags: readonly Tag[]
  facts: readonly Fact[]
  /** What has begun on the day, a stretch of it when there is much; what is to come, and what has no date at all. */
  past: readonly MatterEvent[]
  pages: Pages | null
  coming: readonly MatterEvent[]
  undated: readonly MatterEvent[]
  today: string
  sources: readonly Source[]
}

const closedTag: Tag = { text: 'avslutat', tone: 'neutral' }

const mattersPerPage = 20

/** The matters, or those of one body. */
export async function matterListPage(db: Reader, body: string | null, day: Day, page: number): Promise<MatterListPage> {
  const [counts, shown] = await Promise.all([
    countMatters(db),
    listMatters(db, body, { limit: mattersPerPage, offset: (page - 1) * mattersPerPage }),
  ])
  const total = counts.filter(({ slug }) => body === null || slug === body).reduce((sum, { count }) => sum + count, 0)
  const named = counts.flatMap(({ slug, name }) => (slug === null ? [] : [{ slug, name: name ?? '' }]))
  return {
    downloads: [downloadsOf('Hämta listan', apiPath('matters'), { body })],
    head: {
      title: 'Ärenden',
      section: 'matters',
      crumbs: [{ text: 'Ärenden' }],
      description: 'Det som följs över flera möten, planer och dokument, med läget i dag.',
    },
    lead: 'Ett ärende följer en sak över möten, planer och dokument.',
    filters: groupFilter('Grupp', 'Alla grupper', named, mattersPath, { grupp: body }),
    count: counted(total, 'ärende', 'ärenden'),
    narrowed: body !== null,
    all: mattersPath,
    pages: pagesOf(mattersPath, { grupp: body }, page, total, mattersPerPage),
    items: shown.map((matter) => ({
      kicker: matter.body_name,
      title: matter.title,
      path: matterPath(matter.slug),
      text: matter.state_text,
      facts: [
        ...(matter.registry_number === null ? [] : [`diarienummer ${matter.registry_number}`]),
        ...(matter.meetings === 0 ? [] : [`uppe vid ${counted(matter.meetings, 'möte', 'möten')}`]),
        ...(matter.open_assignments === 0 ? [] : [counted(matter.open_assignments, 'öppet uppdrag', 'öppna uppdrag')]),
      ],
      tags: isClosed(matter.closed_on, day) ? [closedTag] : [],
    })),
  }
}

const isClosed = (closedOn: string | null, day: Day) => closedOn !== null && closedOn <= day

const vague = (on: string | null, precision: DatePrecision | null): Vague =>
  on === null ? null : { on: on as Day, precision: precision ?? 'day' }

/** The most that a timeline shows at a time of what has been. */
const eventsPerPage = 20

/** What rests on a source. */
type Sourced = { provenance_id: number }
/** An event before its sources are known. */
type Untold = Omit<MatterEvent, 'sources'> & Placed & { restsOn: readonly Sourced[] }

/** One matter as its timeline, the newest stretch of it first. @throws PortalError not-found */
export async function matterPage(db: Reader, slug: string, day: Day, page: number): Promise<MatterPage> {
  const matter = await matterBySlug(db, slug)
  const { id } = matter
  const [
    bodies,
    entries,
    items,
    meetings,
    decisions,
    documents,
    projects,
    parts,
    assignments,
    links,
    proposals,
    catalogues,
    model,
  ] = await Promise.all([
    bodiesOf(db, id),
    entriesOf(db, id),
    itemsOf(db, id),
    meetingsNamedIn(db, id),
    decisionsOf(db, id),
    documentsOf(db, id),
    projectsOf(db, id),
    planPartsOf(db, id, day),
    listAssignments(db, { matter: id }),
    linksOf(db, id),
    changeProposalsOf(db, id),
    cataloguesOf(db, id),
    keepsChangeModel(db, id),
  ])

  const events: Untold[] = []
  const event = (at: Vague, given: Partial<Untold> & Pick<Untold, 'kind' | 'title'>) =>
    events.push({ when: spanText(at), texts: [], links: [], tag: null, restsOn: [], at, after: null, ...given })

  // What was said and decided of the matter at one meeting is one event.
  const known = new Map([
    ...meetings.map(({ id: meeting, slug: path, ...rest }) => [meeting, { ...rest, slug: path }] as const),
    ...items.map((item) => [item.meeting_id, { ...item, slug: item.meeting_slug }] as const),
  ])
  const [toldAt, itemsAt, decidedAt] = [byMeeting(entries), byMeeting(items), byMeeting(decisions)]
  for (const [meeting_id, meeting] of known) {
    const told = toldAt(meeting_id)
    const about = itemsAt(meeting_id)
    const decided = decidedAt(meeting_id).filter(({ kind }) => kind !== 'endorsement')
    event(
      { on: meeting.held_on as Day, precision: 'day' },
      {
        kind: meeting.state === 'mentioned' ? 'Omnämnt möte' : 'Möte',
        title: { text: meeting.body_name, path: meetingPath(meeting.slug) },
        texts: told.map(({ entry }) => entry),
        links: [
          ...about.map((item) => ({
            text: `Punkt ${item.number} ${item.title}`,
            path: itemPath(item.meeting_slug, item.number),
          })),
          ...decided.map((decision) => ({
            text: `${decisionKindNames[decision.kind].one}: ${decision.title}`,
            path: decisionPath(decision.slug),
          })),
        ],
        restsOn: [...told, ...about],
      },
    )
  }
  let before: { list: number | null; at: Vague } = { list: null, at: null }
  for (const entry of entries) {
    const from = vague(entry.from_on, entry.from_precision)
    const after = before.list === entry.body_id ? before.at : null
    before = { list: entry.body_id, at: from ?? after }
    if (entry.meeting_id !== null && known.has(entry.meeting_id)) continue
    event(from, {
      when: spanText(from, vague(entry.to_on, entry.to_precision)),
      kind: 'Händelse',
      title: { text: entry.entry },
      restsOn: [entry],
      after,
    })
  }
  for (const decision of decisions) {
    if (decision.meeting_id !== null && known.has(decision.meeting_id) && decision.kind !== 'endorsement') continue
    event(vague(decision.decided_on, decision.decided_precision), {
      kind: decisionKindNames[decision.kind].one,
      title: { text: decision.title, path: decisionPath(decision.slug), note: decision.body_name },
      restsOn: [decision],
    })
  }
  for (const document of documents) {
    const begins = document.in_force === null ? null : parseRange(document.in_force).from
    const at = vague(document.dated_on, document.dated_precision) ?? vague(begins, document.in_force_precision)
    if (at === null) continue
    event(at, {
      kind: documentKindNames[document.kind],
      title: {
        text: document.title,
        path: documentPath(document.slug),
        note: document.dated_on === null ? 'börjar gälla' : null,
      },
      restsOn: [document],
    })
  }
  const plans = new Map<string, typeof parts>()
  for (const part of parts) plans.set(part.plan_slug, [...(plans.get(part.plan_slug) ?? []), part])
  for (const [plan, mine] of plans) {
    const [first] = mine
    if (first === undefined) continue
    event(
      { on: first.decided_on as Day, precision: 'day' },
      {
        kind: 'Handlingsplan beslutas',
        title: { text: first.plan_title, path: planPath(plan) },
        links: mine.map(partValue),
        restsOn: mine,
      },
    )
  }
  for (const proposal of proposals) {
    event(vague(proposal.shared_on, 'day'), {
      kind: 'Förslag till förändring',
      title: { text: proposal.title, path: changeProposalPath(proposal.slug), note: proposal.step_title },
    })
  }
  for (const project of projects) {
    const at = vague(project.funding_ends_on, project.funding_ends_precision)
    if (at === null) continue
    event(at, {
      kind: 'Finansieringen slutar',
      title: { text: project.name, path: `${projectsPath}#${project.slug}` },
      texts: project.afterwards === null ? [] : [project.afterwards],
      restsOn: [project],
    })
  }
  for (const assignment of assignments) {
    const standing = assignmentStanding(assignment, day)
    const over = standing === 'done' || standing === 'ended'
    const at = over ? vague(assignment.reported_on, 'day') : vague(assignment.due_on, assignment.due_precision)
    event(at, {
      when: at === null ? assignmentDue(assignment) : spanText(at),
      kind: over ? 'Uppdrag redovisat' : 'Uppdrag ska vara klart',
      title: { text: assignment.task, path: `${followUpPath}#uppdrag` },
      texts: [`Till ${assigneeValue(assignment).text}`, ...(assignment.progress === null ? [] : [assignment.progress])],
      tag: assignmentStandings[standing],
      restsOn: [assignment],
    })
  }

  const ordered = inTimeOrder(events)
  const isUndated = ({ at, after }: Placed) => at === null && after === null
  const undated = ordered.filter(isUndated)
  const dated = ordered.filter((one) => !isUndated(one))
  const begun = begunBy(dated, day)
  // The first page ends with what was last; the stretch before it is the second.
  const stretch = Math.min(page, Math.max(1, Math.ceil(begun / eventsPerPage)))
  const end = begun - (stretch - 1) * eventsPerPage
  const newest = stretch === 1
  const past = dated.slice(Math.max(0, end - eventsPerPage), end)
  const coming = newest ? dated.slice(begun) : []
  const withoutDate = newest ? undated : []
  // Sources are looked up for what the page shows alone.
  const sources = await provenances(
    db,
    [matter, ...[...past, ...coming, ...withoutDate].flatMap(({ restsOn }) => restsOn)].map(
      ({ provenance_id }) => provenance_id,
    ),
  )
  const sourcesOf = (rows: readonly Sourced[]): Source[] =>
    [...new Set(rows.map(({ provenance_id }) => provenance_id))].flatMap((ground) => sources.get(ground) ?? [])
  const told = ({ restsOn, ...rest }: Untold): MatterEvent => ({ ...rest, sources: sourcesOf(restsOn) })
  const [first] = bodies
  return {
    head: {
      title: matter.title,
      section: 'matters',
      crumbs: [{ text: 'Ärenden', path: mattersPath }, { text: matter.title }],
      // Beyond its first stretch there is nothing: the page is that one, whatever it was asked for as.
      canonical: withQuery(matterPath(slug), { sida: stretch > 1 ? String(stretch) : null }),
      description: `${matter.title}: ${matter.state_text ?? 'tidslinje över möten, beslut och dokument'}`,
    },
    kicker: ['Ärende', first?.name].filter(Boolean).join(' · '),
    title: matter.title,
    lead: matter.state_text === null ? null : `Senast kända läge: ${matter.state_text}`,
    tags: isClosed(matter.closed_on, day)
      ? [{ ...closedTag, text: `avslutat ${dayText(matter.closed_on as Day)}` }]
      : [],
    facts: [
      ...(matter.summary === null ? [] : [{ term: 'I korthet', values: [{ text: matter.summary }] }]),
      ...(matter.registry_number === null
        ? []
        : [{ term: 'Diarienummer', values: [{ text: matter.registry_number }] }]),
      { term: 'Grupper', values: bodies.map(({ slug: body, name }) => ({ text: name, path: bodyPath(body) })) },
      { term: 'I handlingsplaner', values: parts.map(partValue) },
      {
        term: 'Dokument',
        values: documents.map((document) => ({ text: document.title, path: documentPath(document.slug) })),
      },
      {
        term: 'Projekt',
        values: projects.map((project) => ({ text: project.name, path: `${projectsPath}#${project.slug}` })),
      },
      {
        term: 'I registren',
        values: [
          ...(model ? [{ text: 'Ordnat införande: modell och förslag', path: changeProposalsPath }] : []),
          ...catalogues.map((catalogue) => ({ text: catalogue.title, path: cataloguePath(catalogue.slug) })),
        ],
      },
      { term: 'Länkar', values: links.map(({ label, url }) => ({ text: label, url })) },
    ].filter(({ values }) => values.length > 0),
    past: past.map(told),
    pages: pagesOf(matterPath(slug), {}, stretch, begun, eventsPerPage),
    coming: coming.map(told),
    undated: withoutDate.map(told),
    today: dayText(day),
    sources: sourcesOf([matter]),
  }
}

function byMeeting<Row extends { meeting_id: number | null }>(rows: readonly Row[]): (id: number) => readonly Row[] {
  const groups = Map.groupBy(rows, ({ meeting_id }) => meeting_id)
  return (id) => groups.get(id) ?? []
}

function partValue(part: Awaited<ReturnType<typeof planPartsOf>>[number]): Value {
  if (part.activity_number !== null) {
    const code = activityCode(part.plan_code, part.activity_number)
    return { text: `${code} ${part.activity_text}`, path: activityPath(part.plan_slug, code), note: part.how }
  }
  if (part.area_kind !== null && part.area_number !== null) {
    const code = areaCode(part.plan_code, part.area_kind, part.area_number)
    return { text: `${code} ${part.area_title}`, path: activityPath(part.plan_slug, code), note: part.how }
  }
  return { text: part.plan_title, path: planPath(part.plan_slug), note: part.how }
}
