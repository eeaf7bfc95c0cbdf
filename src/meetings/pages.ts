import type { Kysely } from 'kysely'
import { provenances } from '../audit/provenance.ts'
import { proposalsNaming } from '../change-proposals/queries.ts'
import { standingWords } from '../change-proposals/texts.ts'
import type { Database, Reader } from '../db/database.ts'
import { effectPhrases, stateTags } from '../decisions/pages.ts'
import { effectsOf, statesOf } from '../decisions/queries.ts'
import { decisionKindNames } from '../decisions/texts.ts'
import { attachmentsOfMeeting } from '../documents/files.ts'
import type { EffectHandler, StateToday } from '../effects/effect.ts'
import {
  type Choice,
  type Downloads,
  downloadsOf,
  type Fact,
  groupFilter,
  type ListItem,
  type Pages,
  pagesOf,
  type Source,
  type Tag,
  type Value,
} from '../http/parts.ts'
import { allows, coordinatorOf, type Identity, member, reader } from '../http/permissions.ts'
import { type Html, type PageHead, trusted } from '../http/view.ts'
import { type Day, dateText, dayText, momentText, timeText, weekdayText } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { markdownHtml } from '../kernel/markdown.ts'
import { masked } from '../kernel/masks.ts'
import { activityCode, areaCode } from '../kernel/plan-codes.ts'
import { capitalised, counted, listed } from '../kernel/text.ts'
import {
  activityPath,
  apiPath,
  bodyPath,
  changeProposalPath,
  decisionPath,
  documentPath,
  itemAnchor,
  itemPath,
  matterPath,
  meetingBundlePath,
  meetingPath,
  meetingReplyPath,
  meetingsPath,
  minutesPdfPath,
  minutesVersionsPath,
  partyPath,
  personPath,
  planPath,
  withQuery,
} from '../kernel/urls.ts'
import { type Mask, wordsMaskedIn } from './minutes.ts'
import { masksOf, notesOf } from './minutes-queries.ts'
import { paragraphsOf, shownNote } from './minutes-shown.ts'
import * as queries from './queries.ts'
import { byOrganisation, minutesArePublic, withoutNotedMember } from './rules.ts'
import { itemKindNames, meetingStateTags, textKindNotes } from './texts.ts'
import { versionsOf } from './versions-queries.ts'
import { changesSinceCall, fileValue } from './workbench-pages.ts'
import { agendaVersionsOf, invitationTo } from './workbench-queries.ts'
import { mayReadAttachments } from './workbench-rules.ts'
import { replyNames } from './workbench-texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'meetings/list': MeetingListPage
    'meetings/show': MeetingPage
    'meetings/item': MeetingItemPage
  }
  interface Parts {
    'parts/agenda-item': ItemModel
  }
}

export const meetingsPerPage = 20

export type MeetingListPage = {
  downloads: readonly Downloads[]
  head: PageHead
  count: string
  filters: readonly { title: string; choices: readonly Choice[] }[]
  items: readonly ListItem[]
  pages: Pages | null
  narrowed: boolean
  /** Days on which something was decided, at a meeting that the sources do not name. */
  otherDays: readonly { text: string; path: string }[]
}

export type ItemDecision = {
  label: string
  clause: string | null
  phrases: readonly string[]
  path: string
  by: string | null
  tags: readonly Tag[]
}

export type ItemModel = {
  anchor: string
  number: string
  title: string
  sub: boolean
  /** The heading's place in the page's outline. */
  kinds: string
  state: string | null
  /** Official wording, with its lists and emphasis. */
  html: Html | null
  paragraphs: readonly string[]
  afterMeeting: string | null
  /** Errata and what happened after the meeting, each with its day. */
  notes: readonly { title: string; text: string }[]
  presenters: string | null
  decisions: readonly ItemDecision[]
  ledTo: readonly Value[]
  matters: readonly Value[]
  links: readonly Value[]
  statements: readonly string[]
  permalink: string
  sources: readonly Source[]
}

export type MeetingPage = {
  head: PageHead
  kicker: string
  title: string
  lead: string | null
  tags: readonly Tag[]
  facts: readonly Fact[]
  note: string | null
  cancelled: string | null
  /** What the reader has answered to the call, with where to do it; null for everybody else. */
  reply: { text: string; link: { text: string; path: string } } | null
  /** Attachments of the meeting itself, and everything in one file, for those who may read them. */
  papers: readonly Value[]
  /** What has changed in the agenda since the call, the newest first. */
  changes: readonly string[]
  contents: readonly { text: string; anchor: string }[]
  /** The decisions first: what most readers came for. */
  summary: readonly ListItem[]
  items: readonly ItemModel[]
  textNote: string | null
  letterNote: boolean
  attendance: readonly { title: string; count: string; groups: readonly { name: string; people: readonly Value[] }[] }[]
  withoutMember: readonly Value[]
  /** Errata and notes about the minutes as a whole. */
  notes: readonly { title: string; text: string }[]
  /** The frozen minutes: which version this is, and its checksum. Null for a summary. */
  frozen: { text: string; checksum: string; without: string | null; path: string } | null
  /** Where words are masked and why, of frozen minutes and summaries alike. */
  masked: string | null
  previous: Value | null
  next: Value | null
  sources: readonly Source[]
}

export type MeetingItemPage = {
  head: PageHead
  kicker: string
  meeting: Value
  item: ItemModel
  children: readonly ItemModel[]
  textNote: string
  previous: Value | null
  next: Value | null
}

export async function meetingListPage(
  db: Reader,
  filter: queries.MeetingFilter,
  page: number,
): Promise<MeetingListPage> {
  const counting = queries.countMeetings(db, filter)
  const [facets, total, meetings, days] = await Promise.all([
    queries.meetingFacets(db),
    counting,
    queries.listMeetings(db, filter, meetingsPerPage, (page - 1) * meetingsPerPage, counting),
    queries.decisionDatesWithoutMeeting(db, filter),
  ])
  const query = { ar: filter.year ?? null, grupp: filter.body ?? null }
  const choice = (text: string, change: Partial<typeof query>): Choice => {
    const next = { ...query, ...change }
    return {
      text,
      path: withQuery(meetingsPath, next),
      current: next.ar === query.ar && next.grupp === query.grupp,
    }
  }
  return {
    downloads: [downloadsOf('Hämta listan', apiPath('meetings'), { year: query.ar, body: query.grupp })],
    head: {
      title: 'Möten och protokoll',
      section: 'meetings',
      crumbs: [{ text: 'Möten och protokoll' }],
      description: 'Möten i Länsgemensam ledning i samverkan, med dagordning, protokoll och beslut.',
    },
    count: counted(total, 'möte', 'möten'),
    filters: [
      ...(facets.years.length < 2
        ? []
        : [
            {
              title: 'År',
              choices: [
                choice('Alla år', { ar: null }),
                ...facets.years.map((year) => choice(String(year), { ar: year })),
              ],
            },
          ]),
      ...groupFilter('Grupp', 'Alla grupper', facets.bodies, meetingsPath, query),
    ],
    items: meetings.map(({ slug, title, held_on, state, body_name, items, decisions }) => ({
      kicker: `${weekdayText(held_on as Day)} · ${body_name}`,
      title,
      path: meetingPath(slug),
      text: state === 'mentioned' ? 'Mötet nämns i andra protokoll. Protokollet finns inte här.' : null,
      facts:
        state === 'mentioned'
          ? []
          : [counted(items ?? 0, 'punkt', 'punkter'), counted(decisions ?? 0, 'beslut', 'beslut')],
      tags: state === 'published' ? [] : [meetingStateTags[state]],
    })),
    pages: pagesOf(meetingsPath, query, page, total, meetingsPerPage),
    narrowed: query.ar !== null || query.grupp !== null,
    otherDays: days.map(({ decided_on, body_name, count }) => ({
      text: `${dayText(decided_on as Day)}: ${counted(count, 'beslut', 'beslut')} av ${body_name}`,
      path: withQuery('/beslut', { ar: decided_on.slice(0, 4) }),
    })),
  }
}

/** Each row under its agenda item. */
function byItem<Row extends { agenda_item_id: number | null }>(rows: readonly Row[]): (id: number) => readonly Row[] {
  const map = new Map<number, Row[]>()
  for (const row of rows) {
    if (row.agenda_item_id !== null) map.set(row.agenda_item_id, [...(map.get(row.agenda_item_id) ?? []), row])
  }
  return (id) => map.get(id) ?? []
}

function personValue(person: {
  name: string
  slug: string
  no_page_because: string | null
  title: string | null
}): Value {
  return {
    text: person.name,
    path: person.no_page_because === null ? personPath(person.slug) : null,
    note: person.title,
  }
}

function presenterText(presenter: Awaited<ReturnType<typeof queries.presentersOf>>[number]): string {
  return [presenter.name ?? presenter.presenter_text ?? '', presenter.title, presenter.organisation_name]
    .filter(Boolean)
    .join(', ')
}

/** A name that is masked leads nowhere either. */
function coverPerson(person: Value, cover: (text: string) => string): Value {
  const text = cover(person.text)
  const note = person.note ? cover(person.note) : (person.note ?? null)
  return text === person.text ? { ...person, note } : { text, note }
}

type Meeting = Awaited<ReturnType<typeof queries.meetingBySlug>>

/** Every agenda item with all that belongs to it, in the order of the agenda. */
async function itemModels(
  db: Kysely<Database>,
  handlers: readonly EffectHandler[],
  meeting: Meeting,
  today: Day,
  identity: Identity,
) {
  const open = minutesArePublic(meeting.state)
  const [agenda, presenters, links, matters, documents, said, decisions, assignments, planLinks, papers, notes, masks] =
    await Promise.all([
      queries.agendaOf(db, meeting.id),
      queries.presentersOf(db, meeting.id),
      queries.linksOf(db, meeting.id),
      queries.mattersOf(db, meeting.id),
      queries.documentsOf(db, meeting.id),
      queries.statementsOf(db, meeting.id),
      queries.decisionsOf(db, meeting.id),
      queries.assignmentsOf(db, meeting.id),
      queries.planLinksOf(db, meeting.id),
      papersFor(db, meeting, identity),
      notesOf(db, meeting.id),
      masksOf(db, meeting.id),
    ])
  // A file keeps its words, which whoever masks is told; what it is called here is the portal's own text.
  const files = papers.map((paper) => ({
    ...paper,
    title: masked(
      paper.title,
      masks.map(({ words }) => words),
    ),
  }))
  const ids = decisions.map(({ id }) => id)
  const [{ effects, stateOf }, proposals, sources] = await Promise.all([
    effectsOf(db, ids).then(async (found) => ({
      effects: found,
      stateOf: await statesOf(db, handlers, found, today),
    })),
    proposalsNaming(db, ids),
    provenances(
      db,
      [meeting, ...agenda].map(({ provenance_id }) => provenance_id),
    ),
  ])
  const phrases = effectPhrases(effects, handlers)
  const states = new Map<number, StateToday[]>()
  for (const { id, decision_id } of effects) {
    states.set(decision_id, [...(states.get(decision_id) ?? []), stateOf.get(id) ?? { state: 'none' }])
  }
  // Texts that stand as they were first written get their masks here; those of items are covered where they stand.
  const coverOf = (number: string | null) => {
    const words = wordsMaskedIn(masks, number)
    return (text: string) => masked(text, words)
  }
  const of = {
    presenters: byItem(presenters),
    links: byItem(links),
    matters: byItem(matters),
    documents: byItem(documents),
    statements: byItem(open ? said : []),
    decisions: byItem(decisions),
    assignments: byItem(assignments),
    planLinks: byItem(planLinks),
    files: byItem(files),
    notes: byItem(notes),
  }
  const shown = decisions.map((decision) => {
    const cover = coverOf(agenda.find(({ id }) => id === decision.agenda_item_id)?.number ?? null)
    return {
      itemId: decision.agenda_item_id,
      kind: decision.kind,
      title: decision.title,
      label: decisionKindNames[decision.kind].one,
      clause: decision.clause,
      phrases: (phrases.get(decision.id) ?? []).map(cover),
      path: decisionPath(decision.slug),
      by:
        decision.kind === 'endorsement'
          ? `${decision.body_name}, ${dateText(decision.decided_on as Day, decision.decided_precision)}`
          : null,
      tags: stateTags(states.get(decision.id) ?? []),
    }
  })
  const items = agenda.map((item): ItemModel & { id: number; parentId: number | null } => ({
    id: item.id,
    parentId: item.parent_id,
    anchor: itemAnchor(item.number),
    number: item.number,
    title: item.title,
    sub: item.parent_id !== null,
    kinds: capitalised(listed(item.kinds.map((kind) => itemKindNames[kind] ?? kind))),
    state: open ? item.state_text : null,
    html:
      open && item.text_kind === 'wording' && item.body_text !== null ? trusted(markdownHtml(item.body_text)) : null,
    paragraphs: open
      ? paragraphsOf(item.text_kind === 'summary' ? item.body_text : null)
      : paragraphsOf(item.background),
    notes: of.notes(item.id).map((note) => {
      const { title, text } = shownNote({ ...note, on: note.noted_on as Day, by: note.noted_by })
      return { title, text: coverOf(item.number)(text) }
    }),
    afterMeeting: open ? item.after_meeting : null,
    presenters: listedOrNull(of.presenters(item.id).map(presenterText).map(coverOf(item.number))),
    decisions: shown.filter(({ itemId }) => itemId === item.id),
    ledTo: [
      ...of.assignments(item.id).map((assignment) => ({
        text: coverOf(item.number)(`Uppdrag: ${assignment.task}`),
        note: [
          coverOf(item.number)(`till ${assignment.assignee ?? 'någon som inte framgår'}`),
          assignment.due_on === null
            ? assignment.due_text
            : `senast ${dateText(assignment.due_on as Day, assignment.due_precision ?? 'day')}`,
          assignment.state === 'open' ? null : 'avslutat',
        ]
          .filter(Boolean)
          .join(', '),
      })),
      ...of.planLinks(item.id).map((link) => planLinkValue(link)),
      // A proposal that names two decisions of the item is one thing that they led to.
      ...new Map(
        proposals
          .filter(({ decision_id }) => of.decisions(item.id).some(({ id }) => id === decision_id))
          .map((proposal): [string, Value] => [
            proposal.slug,
            {
              text: `Ordnat införande: ${proposal.title}`,
              path: changeProposalPath(proposal.slug),
              note: standingWords(proposal),
            },
          ]),
      ).values(),
    ],
    matters: of.matters(item.id).map(({ slug, title }) => ({ text: title, path: matterPath(slug) })),
    links: [
      ...of.documents(item.id).map(({ slug, title }) => ({ text: title, path: documentPath(slug) })),
      ...of.links(item.id).map(({ label, url }) => ({ text: coverOf(item.number)(label), url })),
      ...of.files(item.id).map(fileValue),
    ],
    statements: of
      .statements(item.id)
      .map(({ kind, name, statement }) =>
        [kind === 'disqualification' ? `${name} anmälde jäv` : `${name} reserverade sig`, statement]
          .filter(Boolean)
          .join(': '),
      )
      .map(coverOf(item.number)),
    permalink: itemPath(meeting.slug, item.number),
    sources: sources.get(item.provenance_id) ?? [],
  }))
  const common = files.filter(({ agenda_item_id }) => agenda_item_id === null)
  return {
    items,
    decisions: shown,
    masks,
    notes: notes
      .filter(({ agenda_item_id }) => agenda_item_id === null)
      .map((note) => {
        const { title, text } = shownNote({ ...note, on: note.noted_on as Day, by: note.noted_by })
        return { title, text: coverOf(null)(text) }
      }),
    papers: [
      ...common.map(fileValue),
      ...(files.length > 0
        ? [{ text: 'Dagordning och alla bilagor i en fil (ZIP)', path: meetingBundlePath(meeting.slug) }]
        : []),
    ],
    sources: sources.get(meeting.provenance_id) ?? [],
  }
}

/** The attachments that the reader may read: members from the call on, everybody once the minutes are published. */
async function papersFor(db: Reader, meeting: Meeting, identity: Identity) {
  return maySeePapers(meeting, identity) ? await attachmentsOfMeeting(db, meeting.id) : []
}

function maySeePapers({ state, body_slug }: Meeting, identity: Identity): boolean {
  return mayReadAttachments(state, {
    keeps: allows(coordinatorOf('meeting'), identity, body_slug),
    member: allows(member, identity, null),
  })
}

/** What the reader has answered to the call, for those who are called. */
async function replyOf(db: Reader, meeting: Meeting, { personId }: Identity): Promise<MeetingPage['reply']> {
  if (meeting.state !== 'called' || personId === undefined) return null
  const invitation = await invitationTo(db, meeting.slug, personId)
  if (!invitation) return null
  const path = meetingReplyPath(meeting.slug)
  return invitation.reply === null
    ? { text: 'Du är kallad och har inte svarat.', link: { text: 'Svara på kallelsen', path } }
    : { text: `Ditt svar: ${replyNames[invitation.reply]}.`, link: { text: 'Ändra svaret', path } }
}

function listedOrNull(texts: readonly string[]): string | null {
  return texts.length === 0 ? null : texts.join(' · ')
}

function planLinkValue(link: Awaited<ReturnType<typeof queries.planLinksOf>>[number]): Value {
  if (link.activity_number !== null) {
    const code = activityCode(link.plan_code, link.activity_number)
    return { text: `${code} ${link.activity_text}`, path: activityPath(link.plan_slug, code), note: link.plan_title }
  }
  if (link.area_number !== null) {
    const code = areaCode(link.plan_code, link.area_kind ?? 'improvement', link.area_number)
    return { text: `${code} ${link.area_title}`, path: activityPath(link.plan_slug, code), note: link.plan_title }
  }
  return { text: link.plan_title, path: planPath(link.plan_slug) }
}

function neighbour(meeting: { slug: string; title: string; held_on: string } | undefined): Value | null {
  return meeting ? { text: dayText(meeting.held_on as Day), path: meetingPath(meeting.slug) } : null
}

export async function meetingPage(
  db: Kysely<Database>,
  handlers: readonly EffectHandler[],
  slug: string,
  today: Day,
  identity: Identity = reader,
): Promise<MeetingPage> {
  const meeting = await queries.meetingBySlug(db, slug)
  const [shown, noted, withSeat, { previous, next }, agendas, versions, reply] = await Promise.all([
    itemModels(db, handlers, meeting, today, identity),
    queries.attendanceOf(db, meeting.id),
    queries.organisationsWithSeat(db, meeting.body_id, meeting.held_on),
    queries.neighbourMeetings(db, meeting),
    agendaVersionsOf(db, meeting.id),
    versionsOf(db, meeting.id),
    replyOf(db, meeting, identity),
  ])
  const { items, decisions, notes, masks, papers, sources } = shown
  // Who attended is a part of the minutes, and no more public than they are.
  const attendance = minutesArePublic(meeting.state) ? noted : []
  const day = meeting.held_on as Day
  const groupsOf = (capacity: 'member' | 'substitute' | 'other') =>
    attendance.filter((row) => row.capacity === capacity)
  const sections = [
    { title: 'Närvarande ledamöter', people: groupsOf('member') },
    { title: 'Ersättare', people: groupsOf('substitute') },
    { title: 'Övriga deltagare', people: groupsOf('other') },
  ].filter(({ people }) => people.length > 0)
  const time =
    meeting.starts_at === null
      ? null
      : timeText(meeting.starts_at) + (meeting.ends_at ? `–${timeText(meeting.ends_at)}` : '')
  const missing = ['planned', 'called'].includes(meeting.state) ? 'meddelas senare' : 'framgår inte av underlaget'
  const cover = (text: string) => masked(text, wordsMaskedIn(masks, null))
  // What changed in the agenda says no item's number that still holds: every mask covers it.
  const words = masks.map((mask) => mask.words)
  const coverAll = (text: string) => masked(text, words)
  const formal = decisions.filter(({ kind }) => kind === 'decision').length
  return {
    head: {
      title: meeting.title,
      section: 'meetings',
      crumbs: [
        { text: 'Möten och protokoll', path: meetingsPath },
        { text: `${meeting.body_short_name} ${meeting.held_on}` },
      ],
      description: `${meeting.body_name} ${dayText(day)}: ${counted(items.filter(({ sub }) => !sub).length, 'punkt', 'punkter')} och ${counted(formal, 'beslut', 'beslut')}.`,
      ...(meeting.published_at ? { changed: momentText(meeting.published_at) } : {}),
      about: {
        kind: 'meeting',
        name: meeting.title,
        on: day,
        from: meeting.starts_at,
        to: meeting.ends_at,
        place: meeting.place,
        cancelled: meeting.cancelled_because !== null,
        by: { name: meeting.body_name, path: bodyPath(meeting.body_slug) },
      },
    },
    kicker: `${capitalised(weekdayText(day))} · ${meeting.body_name}`,
    title: meeting.title,
    lead:
      meeting.state === 'mentioned'
        ? 'Mötet nämns i andra protokoll. Vad som behandlades i övrigt framgår inte av underlaget.'
        : null,
    tags: meeting.state === 'published' ? [] : [meetingStateTags[meeting.state]],
    facts: [
      { term: 'Organ', values: [{ text: meeting.body_name, path: bodyPath(meeting.body_slug) }] },
      { term: 'Datum', values: [{ text: dayText(day) }] },
      { term: 'Tid', values: [{ text: time ?? missing }] },
      { term: 'Plats', values: [{ text: meeting.place ?? missing }] },
      // The way into the meeting itself is for those who take part.
      ...(meeting.video_link !== null &&
      meeting.state !== 'published' &&
      identity.signedIn &&
      maySeePapers(meeting, identity)
        ? [{ term: 'Videolänk', values: [{ text: meeting.video_link, url: meeting.video_link }] }]
        : []),
    ],
    note: meeting.note,
    cancelled: meeting.cancelled_because === null ? null : `Mötet är inställt. Skäl: ${meeting.cancelled_because}`,
    reply,
    papers: [
      ...papers,
      ...(meeting.state === 'published'
        ? [
            {
              text: meeting.text_kind === 'wording' ? 'Protokollet som PDF' : 'Sammanfattningen som PDF',
              path: minutesPdfPath(meeting.slug),
            },
          ]
        : []),
    ],
    changes: changesSinceCall(agendas).map(coverAll),
    contents: [
      ...(decisions.length > 0 ? [{ text: 'Beslut i korthet', anchor: 'beslut' }] : []),
      ...items.filter(({ sub }) => !sub).map(({ number, title, anchor }) => ({ text: `${number} ${title}`, anchor })),
      ...(sections.length > 0 ? [{ text: 'Närvaro', anchor: 'narvaro' }] : []),
      ...(versions.length > 0 ? [{ text: 'Protokollets version', anchor: 'version' }] : []),
    ],
    summary: decisions.map(({ itemId, label, by, title, path, phrases, tags }) => ({
      kicker: [by ?? label, `punkt ${items.find(({ id }) => id === itemId)?.number}`].join(' · '),
      title,
      path,
      text: phrases.join('. ') || null,
      tags: by === null ? tags : [{ text: label, tone: 'info' as const }],
    })),
    items,
    textNote: items.length > 0 && minutesArePublic(meeting.state) ? textKindNotes[meeting.text_kind] : null,
    letterNote: items.some(({ sub }) => sub),
    attendance: sections.map(({ title, people }) => ({
      title,
      count: counted(people.length, 'person', 'personer'),
      groups: byOrganisation(people).map(({ name, people: group }) => ({
        name: cover(name),
        people: group.map((person) => coverPerson(personValue(person), cover)),
      })),
    })),
    withoutMember:
      attendance.length === 0
        ? []
        : withoutNotedMember(withSeat, attendance).map(({ name, short_name: party, is_party }) => ({
            text: name,
            path: is_party ? partyPath(party) : null,
          })),
    notes,
    frozen: frozenText(meeting.slug, versions),
    masked: maskedText(masks, versions.length > 0),
    previous: neighbour(previous),
    next: neighbour(next),
    sources,
  }
}

/** 'punkt 3 (sekretess)', for each item and reason once. */
export function maskedPlaces(masks: readonly (Mask & { reason: string })[]): string[] {
  return [
    ...new Set(
      masks.map(({ number, reason }) => `${number === null ? 'hela protokollet' : `punkt ${number}`} (${reason})`),
    ),
  ]
}

function maskedText(masks: readonly (Mask & { reason: string })[], frozen: boolean): string | null {
  if (masks.length === 0) return null
  const places = `Ord är maskerade i ${listed(maskedPlaces(masks))}.`
  return frozen ? `${places} Den senaste versionens kontrollsumma är räknad på texten med mask.` : places
}

function frozenText(slug: string, versions: Awaited<ReturnType<typeof versionsOf>>): MeetingPage['frozen'] {
  const last = versions.at(-1)
  if (!last) return null
  return {
    text: `Version ${last.number}, publicerad ${momentText(last.published_at)}`,
    checksum: last.sha256.toString('hex'),
    without: versions[0]?.without_approval ?? null,
    path: minutesVersionsPath(slug),
  }
}

/** One item of a meeting by itself, with its sub-items: short to read, to share and to print. */
export async function meetingItemPage(
  db: Kysely<Database>,
  handlers: readonly EffectHandler[],
  slug: string,
  number: string,
  today: Day,
  identity: Identity = reader,
): Promise<MeetingItemPage> {
  const meeting = await queries.meetingBySlug(db, slug)
  const { items } = await itemModels(db, handlers, meeting, today, identity)
  const place = items.findIndex((item) => item.number === number)
  const item = items[place]
  if (!item) throw notFound(`item ${number} of ${slug}`)
  const beside = (other: ItemModel | undefined): Value | null =>
    other ? { text: `Punkt ${other.number} ${other.title}`, path: itemPage(slug, other.number) } : null
  const text = `Punkt ${item.number}: ${item.title}`
  return {
    head: {
      title: `${text}, ${meeting.held_on}`,
      section: 'meetings',
      crumbs: [
        { text: 'Möten och protokoll', path: meetingsPath },
        { text: `${meeting.body_short_name} ${meeting.held_on}`, path: meetingPath(slug) },
        { text: `Punkt ${item.number}` },
      ],
    },
    kicker: `${meeting.body_name} ${dayText(meeting.held_on as Day)}`,
    meeting: { text: meeting.title, path: itemPath(slug, item.number) },
    item,
    children: items.filter(({ parentId }) => parentId === item.id),
    textNote: textKindNotes[meeting.text_kind],
    previous: beside(items[place - 1]),
    next: beside(items[place + 1]),
  }
}

/** The address of one item by itself. */
export const itemPage = (meeting: string, number: string) =>
  `${meetingPath(meeting)}/punkt/${encodeURIComponent(number)}`
