import { assignmentStanding } from '../assignments/rules.ts'
import { provenances } from '../audit/provenance.ts'
import { endGround, inOrder, personValue, sinceText, sourcesOf, startGround } from '../bodies/memberships.ts'
import { type Membership, membershipsOf, withGrounds } from '../bodies/queries.ts'
import { peopleIn } from '../bodies/rules.ts'
import { roleNames } from '../bodies/texts.ts'
import type { Reader } from '../db/database.ts'
import { decisionItem, effectPhrases } from '../decisions/pages.ts'
import { effectsOf, newestTouchingParty } from '../decisions/queries.ts'
import { type FiguresSummary, partySummaries } from '../discharge-days/figure-pages.ts'
import { type KnownPosition, positionsOn } from '../documents/rules.ts'
import { documentStates, positionStates } from '../documents/texts.ts'
import type { EffectHandler } from '../effects/effect.ts'
import {
  type Cell,
  type Downloads,
  downloadsOf,
  type ListItem,
  type Rows,
  type Source,
  type Value,
} from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dateText, dayText, type Precision } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { capitalised, counted, listed } from '../kernel/text.ts'
import {
  bodyPath,
  decisionsPath,
  documentPath,
  documentsPath,
  followPath,
  followUpPath,
  meetingPath,
  partiesPath,
  partyFeedPath,
  partyPath,
  personPath,
  plansPath,
  withQuery,
} from '../kernel/urls.ts'
import { organisationsOn } from '../organisations/queries.ts'
import { partyAt, withParts } from '../organisations/rules.ts'
import { organisationKindNames } from '../organisations/texts.ts'
import { fundingDue, milestoneDue, type WordlessDue, wordlessDue, wordsOf } from './follow-up-dues.ts'
import { endingFunding, openAssignmentsOf, openMilestonesOn } from './follow-up-queries.ts'
import { type Due, type FollowUpSection, inDateOrder, toldOnce } from './follow-up-rules.ts'
import * as queries from './parties-queries.ts'
import { awaitsDecision, bodiesWithSeatFor } from './parties-rules.ts'

declare module '../http/view.ts' {
  interface Views {
    'overviews/parties': PartyListPage
    'overviews/party': PartyPage
  }
}

const shownMeetings = 8
const shownDecisions = 5
const shownCommon = 5
/** Of those who sit for the party, and of those who have; the same page shows more on request. */
const shownRepresentatives = 10
const shownFormer = 5
/** How many of those who have sat are shown on request: the groups and the people have pages of their own. */
const mostFormer = 100
const shownPositions = 8
const shownDocuments = 15
/** Rows of each table of what is to be done; the follow-up has all of it. */
const shownDues = 12
/** The county's other dates fill up to so many rows, beside the party's own and its groups', and have always a few. */
const fullOfDues = 20
const leastCommonDues = 5
/** How many documents that wait are named in a sentence. */
const namedDocuments = 3

const documentsShown = queries.documentsOfParty(shownDocuments + 1)
const touchingShown = newestTouchingParty(shownDecisions + 1)
const attendanceShown = queries.attendanceOf(shownMeetings)
const commonShown = queries.commonDecisions(shownCommon)
const standingsShown = queries.standingsOf(Math.max(shownPositions, shownDues))

export type PartyListPage = {
  downloads: readonly Downloads[]
  head: PageHead
  lead: string
  parties: Rows
  others: readonly Value[]
}

export type PartyPage = {
  head: PageHead
  kicker: string
  name: string
  lead: string
  /** What the party itself is to do, what it is to do with others in its groups, and what the county has in common. */
  follow: { feed: string; how: string }
  toDo: {
    own: Rows
    ownNote: string | null
    shared: Rows
    sharedNote: string | null
    common: Rows
    commonNote: string | null
    allPath: string
  }
  path: string
  day: Day
  kept: readonly { name: string; value: string }[]
  /** Discharge days of the latest periods; none for a party that is no municipality. */
  figures: readonly FiguresSummary[]
  positions: Rows
  positionsNote: string | null
  representatives: Rows
  representativesNote: string | null
  /** Where more of them are shown; nothing when all are here. */
  more: { text: string; path: string } | null
  withoutMember: readonly Value[]
  former: Rows
  formerNote: string | null
  attendance: Rows
  decisions: readonly ListItem[]
  allDecisions: { text: string; path: string } | null
  common: readonly ListItem[]
  documents: readonly ListItem[]
  allDocuments: { text: string; path: string } | null
  parts: readonly Value[]
  sources: readonly Source[]
}

const columns = (...texts: string[]) => texts.map((text) => ({ text }))
const idsOf = (rows: readonly { id: number }[]) => rows.map(({ id }) => id)

/** The parties of the agreements: how many sit where for each, and what waits for its decision. */
export async function partyListPage(db: Reader, day: Day): Promise<PartyListPage> {
  const organisations = await organisationsOn(db, day)
  const parties = organisations.filter(({ is_party }) => is_party)
  const [sitting, positions, latest, seats] = await Promise.all([
    queries.sittingFor(db, idsOf(organisations), day),
    queries.positionsThatWaited(db),
    queries.lastWithAttendance(db, day),
    queries.seatHoldersOn(db, day),
  ])
  const present = latest ? await queries.attendanceAt(db, latest.id) : []
  const rows = parties.map((party): Cell[] => {
    const parts = new Set(idsOf(withParts(organisations, party.id)))
    const mine = sitting.filter(({ organisation_id: id }) => id !== null && parts.has(id))
    const waiting = newestPositions(
      positions.filter(({ organisation_id }) => organisation_id === party.id),
      day,
    ).filter(awaitsDecision)
    return [
      { text: party.name, path: partyPath(party.short_name) },
      { text: waiting.length === 0 ? 'Inget känt' : documentsText(waiting.map(({ title }) => title)) },
      { text: String(peopleIn(mine)) },
      ...(latest
        ? [{ text: countText(membersFrom(parts, present), bodiesWithSeatFor(party, parts, seats).has(latest.body_id)) }]
        : []),
    ]
  })
  return {
    downloads: [downloadsOf('Hämta listan', partiesPath)],
    head: {
      title: 'Parter',
      section: 'parties',
      crumbs: [{ text: 'Parter' }],
      description:
        'Kommunerna och regionen: vad var och en ska göra, vilka som företräder dem och hur de står till gemensamma dokument.',
    },
    lead:
      parties.length === 0
        ? ''
        : `${capitalised(counted(parties.length, 'part', 'parter'))} har överenskommelser med varandra. Öppna en part och se vad den ska göra, och när.`,
    parties: {
      columns: [
        ...columns('Part', 'Väntar på ställningstagande'),
        { text: 'Kända företrädare', numeric: true },
        ...(latest ? columns(`Ledamöter ${dayText(latest.held_on as Day)}`) : []),
      ],
      rows,
    },
    others: organisations
      .filter(({ is_party, parent_id, kind }) => !is_party && parent_id === null && kind !== 'external')
      .map(({ name, note }) => ({ text: name, note })),
  }
}

/**
 * One party: what it is to do and when, how it stands, who represents it.
 * @param everyone whether all who represent it are shown, and of those who have so many as `mostFormer` says
 * @returns the page, or the address where the party is found when it was asked for by another name
 * @throws PortalError not-found
 */
export async function partyPage(
  db: Reader,
  handlers: readonly EffectHandler[],
  address: string,
  { day, asOf, everyone }: { day: Day; asOf: Day | null; everyone: boolean },
): Promise<PartyPage | { movedTo: string }> {
  const organisations = await organisationsOn(db, day)
  const party = partyAt(organisations, address)
  if (party === undefined) throw notFound(`party ${address}`)
  const path = partyPath(party.short_name)
  if (path !== partyPath(address))
    return { movedTo: withQuery(path, { datum: asOf, foretradare: everyone ? 'alla' : null }) }
  const most = everyone
    ? { current: Number.POSITIVE_INFINITY, former: mostFormer }
    : { current: shownRepresentatives, former: shownFormer }

  const tree = withParts(organisations, party.id)
  const parts = new Set(idsOf(tree))
  const [memberships, seats, standings, documents, meetings, touching, common, figures, dated] = await Promise.all([
    membershipsOf(db, { onBehalfOf: [...parts], on: day, over: most.former + 1, grounds: false }),
    queries.seatHoldersOn(db, day),
    standingsShown(db, party.id, day),
    documentsShown(db, party.id),
    attendanceShown(db, [...parts], day),
    touchingShown(db, party.id),
    commonShown(db, day),
    partySummaries(db, party.slug, day),
    datedOn(db, idsOf(tree), day),
  ])
  const decisions = touching.slice(0, shownDecisions)
  const { total: known = 0, waiting: waitingCount = 0 } = standings[0] ?? {}
  const isLeft = ({ valid: { to } }: Membership) => to !== null && to <= day
  const left = newestFirst(memberships.filter(isLeft), ({ valid }) => valid.to ?? '')
  const current = inOrder(memberships.filter((one) => !isLeft(one)))
  const shown = [...current.slice(0, most.current), ...inOrder(left.slice(0, most.former))]
  const seated = bodiesWithSeatFor(party, parts, seats)
  const groups = new Map([
    ...[...seated.values()].map(({ slug, name }) => [slug, name] as const),
    ...current.map(({ body_slug, body_name }) => [body_slug, body_name] as const),
  ])
  const dues = duesOf(dated, groups, day)
  const waiting = standings.filter(awaitsDecision).slice(0, shownDues)
  const [ownDues, sharedDues] = [dues.own.slice(0, shownDues), dues.shared.slice(0, shownDues)]
  const room = fullOfDues - waiting.length - ownDues.length - sharedDues.length
  const commonDues = dues.common.slice(0, Math.min(shownDues, Math.max(leastCommonDues, room)))
  const [next] = inDateOrder(
    [...dues.own, ...dues.shared, ...dues.common].filter(({ section, on }) => section === 'coming' && on !== null),
  )
  const [effects, sources, words, people] = await Promise.all([
    effectsOf(db, idsOf([...decisions, ...common])),
    provenances(
      db,
      [party, ...shown, ...standings].map(({ provenance_id }) => provenance_id),
    ),
    wordsOf(db, [...ownDues, ...sharedDues, ...commonDues, next ?? []].flat(), day),
    withGrounds(db, shown),
  ])
  const rowsOf = (list: PartyDues['own'], withGroup: boolean) =>
    list.flatMap(words).map((due) => dueRow(due, withGroup))
  const phrases = effectPhrases(effects, handlers)
  const asItem = (decision: (typeof decisions)[number]) => decisionItem(decision, phrases.get(decision.id) ?? [])
  const own = [...waiting.map((position) => waitingRow(position)), ...rowsOf(ownDues, false)]
  const represented = new Set(current.map(({ body_id }) => body_id))

  return {
    head: {
      title: everyone ? `${party.name}, fler företrädare` : party.name,
      section: 'parties',
      crumbs: [{ text: 'Parter', path: partiesPath }, { text: party.short_name }],
      description: `Vad ${party.name} ska göra i länets samverkan och när, vilka som företräder ${party.name} och hur läget är för gemensamma dokument.`,
      asOf,
      feeds: [{ title: `Nytt som rör ${party.name}`, path: partyFeedPath(party.short_name) }],
    },
    kicker: organisationKindNames[party.kind],
    follow: { feed: partyFeedPath(party.short_name), how: followPath },
    name: party.name,
    lead: leadText(
      documentsText(
        waiting.map(({ title }) => title),
        waitingCount,
      ),
      next && words(next)[0],
    ),
    toDo: {
      own: { columns: columns('Vad', 'När', 'Läge'), rows: own },
      ownNote: firstOf(own.length, waitingCount + dues.own.length),
      shared: {
        columns: columns('Vad', 'När', 'Grupp', 'Läge'),
        rows: rowsOf(sharedDues, true),
      },
      sharedNote: firstOf(sharedDues.length, dues.shared.length),
      common: {
        columns: columns('Vad', 'När', 'Grupp', 'Läge'),
        rows: rowsOf(commonDues, true),
      },
      commonNote: firstOf(commonDues.length, dues.common.length),
      allPath: followUpPath,
    },
    path,
    day,
    kept: everyone ? [{ name: 'foretradare', value: 'alla' }] : [],
    figures,
    positions: {
      columns: columns('Dokument', 'Läge', 'Beslutat', 'Läget per'),
      rows: standings
        .slice(0, shownPositions)
        .map((position) => positionRow(position, sources.get(position.provenance_id) ?? [])),
    },
    positionsNote:
      standings.length === 0
        ? 'Inget beslutsläge är registrerat.'
        : known > shownPositions
          ? `De ${shownPositions} senaste av ${known}.`
          : null,
    representatives: {
      columns: columns('Person', 'Grupp', 'Roll', 'Sedan', 'Grund'),
      rows: people
        .filter((one) => !isLeft(one))
        .map((one) => [
          personValue(one),
          { text: one.body_name, path: bodyPath(one.body_slug, asOf) },
          { text: capitalised(roleNames[one.role]) },
          { text: sinceText(one) },
          { ...startGround(one), sources: sourcesOf([one], sources) },
        ]),
    },
    representativesNote: firstOf(most.current, current.length),
    more:
      !everyone && (current.length > most.current || left.length > most.former)
        ? {
            text: 'Fler företrädare, nu och tidigare',
            path: `${withQuery(path, { datum: asOf, foretradare: 'alla' })}#foretradare`,
          }
        : null,
    withoutMember: [...seated]
      .filter(([id]) => !represented.has(id))
      .map(([, { slug, name }]) => ({ text: name, path: bodyPath(slug, asOf) })),
    former: {
      columns: columns('Person', 'Grupp', 'Roll', 'Lämnade uppdraget', 'Grund'),
      rows: people
        .filter(isLeft)
        .map((one) => [
          personValue(one),
          { text: one.body_name, path: bodyPath(one.body_slug, asOf) },
          { text: capitalised(roleNames[one.role]) },
          { text: dayText(one.valid.to as Day) },
          { ...endGround(one), sources: sourcesOf([one], sources) },
        ]),
    },
    attendance: {
      columns: columns('Möte', 'Ledamöter', 'Övriga'),
      rows: meetings
        .filter(({ body_id }) => seated.has(body_id) || represented.has(body_id))
        .map(({ slug, title, present }) => [
          { text: title, path: meetingPath(slug) },
          noted(membersFrom(parts, present), notNoted),
          noted(
            present.filter(({ capacity }) => capacity === 'other'),
            '–',
          ),
        ]),
    },
    decisions: decisions.map(asItem),
    allDecisions:
      touching.length > shownDecisions
        ? { text: `Alla beslut som rör ${party.name}`, path: withQuery(decisionsPath, { part: party.slug }) }
        : null,
    common: common.map(asItem),
    allDocuments:
      documents.length > shownDocuments
        ? { text: 'Alla dokument som parten står bakom', path: withQuery(documentsPath, { part: party.slug }) }
        : null,
    formerNote:
      left.length > most.former
        ? `De ${most.former} senaste.${everyone ? ' Tidigare ledamöter finns också hos varje grupp.' : ''}`
        : null,
    documents: documents.slice(0, shownDocuments).map(({ slug, title, state }) => ({
      title,
      path: documentPath(slug),
      tags: [documentStates[state]],
    })),
    parts: tree
      .filter(({ id }) => id !== party.id)
      .map(({ name, kind, care_kind }) => ({
        text: name,
        note: [organisationKindNames[kind].toLowerCase(), care_kind].filter(Boolean).join(', '),
      })),
    sources: sources.get(party.provenance_id) ?? [],
  }
}

/** The newest position known on the day on each document. */
function newestPositions<Known extends KnownPosition & { document_id: number }>(
  positions: readonly Known[],
  day: Day,
): Known[] {
  const byDocument = Map.groupBy(positions, ({ document_id }) => document_id)
  return [...byDocument.values()].flatMap((known) => [...positionsOn(known, day).values()])
}

/** What has the last day stands first; of the same day, in the order of the register. */
const newestFirst = <Known>(all: readonly Known[], dayOf: (one: Known) => string) =>
  all.toSorted((a, b) => (dayOf(a) === dayOf(b) ? 0 : dayOf(a) < dayOf(b) ? 1 : -1))

/** The first documents by name, and how many there are beside them. */
function documentsText(titles: readonly string[], total = titles.length): string {
  const named = titles.slice(0, namedDocuments)
  return listed([
    ...named,
    ...(total > named.length ? [`${counted(total - named.length, 'dokument', 'dokument')} till`] : []),
  ])
}

/** Said of a table that does not hold all. */
const firstOf = (shown: number, total: number) => (total > shown ? `De ${shown} första av ${total}.` : null)

type Position = Awaited<ReturnType<typeof standingsShown>>[number]

const membersFrom = (parts: ReadonlySet<number>, present: readonly queries.Present[]) =>
  present.filter(({ capacity, organisation_id: id }) => id !== null && parts.has(id) && capacity !== 'other')

// The minutes have no list of absentees: somebody who is not in them need not have been away.
const notNoted = 'ingen ledamot antecknad'

function countText(members: readonly queries.Present[], hasSeat: boolean): string {
  if (members.length > 0) return counted(members.length, 'ledamot', 'ledamöter')
  return hasSeat ? notNoted : '–'
}

function noted(people: readonly queries.Present[], none: string): Value {
  const [only, ...more] = people
  if (only === undefined) return { text: none }
  if (more.length === 0) return { text: only.name, path: only.no_page_because === null ? personPath(only.slug) : null }
  return { text: listed(people.map(({ name }) => name)) }
}

type PartyDues = Record<'own' | 'shared' | 'common', (Due | WordlessDue)[]>

/** All that groups in the county are to do, and what the organisations are to do. */
async function datedOn(db: Reader, organisations: readonly number[], day: Day) {
  const [milestones, assignments, funding] = await Promise.all([
    openMilestonesOn(db, day),
    openAssignmentsOf(db, organisations),
    endingFunding(db),
  ])
  return { milestones, assignments, funding }
}

/**
 * What waits, or has passed without an outcome: what the party itself has been asked to do, what the groups where it
 * sits are to do, and what the rest of the county's groups are to do.
 */
function duesOf(
  { milestones, assignments, funding }: Awaited<ReturnType<typeof datedOn>>,
  groups: ReadonlyMap<string, string>,
  day: Day,
): PartyDues {
  const open = assignments.filter((row) => !['done', 'ended'].includes(assignmentStanding(row, day)))
  const own = open.filter(({ body_slug }) => body_slug === null).map((row) => wordlessDue(row, day))
  const others = toldOnce<Due | WordlessDue>([
    ...milestones.map((row) => milestoneDue(row, day)).filter(({ section }) => !isOver.includes(section)),
    ...open.filter(({ body_slug }) => body_slug !== null).map((row) => wordlessDue(row, day)),
    ...funding.map((row) => fundingDue(row, day)).filter(({ section }) => !isOver.includes(section)),
  ])
  const isShared = (due: Due | WordlessDue) => due.body !== null && !ofSeveral(due) && groups.has(due.body.slug)
  return {
    own: nextFirst(own),
    shared: nextFirst(others.filter(isShared)),
    common: nextFirst(others.filter((due) => !isShared(due))),
  }
}

const isOver: readonly FollowUpSection[] = ['done', 'ended']

/** What comes next is what one asks for; what has passed its day without an outcome stands last. */
function nextFirst<Told extends Pick<Due, 'section' | 'on'>>(dues: readonly Told[]): Told[] {
  const passed = dues.filter(({ section }) => section === 'passed')
  return [...inDateOrder(dues.filter(({ section }) => section !== 'passed')), ...inDateOrder(passed)]
}

function dueRow(due: Due, withGroup = false): Cell[] {
  const [first] = due.belongsTo
  return [
    { text: due.title, path: ofSeveral(due) ? null : (first?.path ?? null), note: due.note },
    { text: capitalised(due.when) || 'Tid framgår inte' },
    ...(withGroup ? [groupCell(due)] : []),
    { text: '', tag: due.tag },
  ]
}

/** A period that ends for several plans at once is nobody's in particular. */
const ofSeveral = ({ belongsTo }: Pick<Due, 'belongsTo'>) => belongsTo.length > 2

function groupCell(due: Due): Cell {
  if (ofSeveral(due)) return { text: counted(due.belongsTo.length, 'plan', 'planer'), path: plansPath }
  return due.body === null ? { text: '–' } : { text: due.body.name, path: bodyPath(due.body.slug) }
}

function waitingRow({ title, slug, state }: Position): Cell[] {
  return [
    { text: `Ta ställning till ${title}`, path: documentPath(slug) },
    { text: 'Tid framgår inte' },
    { text: '', tag: positionStates[state] },
  ]
}

function positionRow(position: Position, sources: readonly Source[]): Cell[] {
  const { title, slug, state, decided_by, decided_on, decided_precision, paragraph, url, as_of, as_of_precision } =
    position
  const decided = [
    decided_by,
    decided_on === null ? null : dateText(decided_on as Day, decided_precision ?? 'day'),
    paragraph,
  ].filter((part) => part !== null)
  return [
    { text: title, path: documentPath(slug) },
    { text: '', tag: positionStates[state] },
    { text: capitalised(decided.join(', ')) || 'Framgår inte', url },
    { text: dateText(as_of as Day, as_of_precision as Precision), sources },
  ]
}

/** The one thing first: what waits for the party, and what comes next. */
function leadText(waiting: string, next: Due | undefined): string {
  const first = waiting === '' ? null : `Ska ta ställning till ${waiting}; tid framgår inte.`
  const then = next === undefined ? null : `Härnäst i länet: ${next.title}, ${next.when}.`
  return [first, then].filter((text) => text !== null).join(' ') || 'Inget som väntar är registrerat.'
}
