import type { Kysely } from 'kysely'
import { assignmentsPerPage, countAssignments } from '../assignments/queries.ts'
import type { Database } from '../db/database.ts'
import type { SearchKind } from '../db/schema.ts'
import { type Choice, type Filter, foldedUnder, type Pages, pagesOf } from '../http/parts.ts'
import type { Identity } from '../http/permissions.ts'
import type { PageHead } from '../http/view.ts'
import { withoutContacts } from '../kernel/contacts.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { numberTakenAway } from '../kernel/personal-number.ts'
import { compareSwedish, counted, listed, slugify } from '../kernel/text.ts'
import * as urls from '../kernel/urls.ts'
import {
  type Asked,
  type Count,
  expand,
  type Found,
  find,
  type Hit,
  isCut,
  mostHits,
  type Narrowed,
  nearest,
  partsOf,
  searching,
  type Term,
  visibleTo,
  yearsOf,
} from './queries.ts'
import { excerpt, fold, type Matches, marked, matchesBy, type Piece, type Question, readQuestion } from './rules.ts'
import { kindNames } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'search/show': SearchPage
  }
  interface Parts {
    'search/_hit': ShownHit
    'search/_pieces': { pieces: readonly Piece[] }
  }
}

const perGroup = 5
const perPage = 20

export type ShownHit = {
  /** 'Punkt 7b', 'Beslut' */
  kind: string
  title: readonly Piece[]
  path: string
  excerpt: readonly Piece[]
  facts: readonly string[]
}

export type SearchPage = {
  head: PageHead
  /** What stands in the field. */
  typed: string
  /** Choices that a new question keeps. */
  kept: readonly { name: string; value: string }[]
  /** What was read differently from how it was typed, each a sentence. */
  notes: readonly string[]
  count: string | null
  filters: readonly Filter[]
  /** What opens the filters where they are folded. */
  folded: string
  groups: readonly {
    title: string
    anchor: string
    hits: readonly ShownHit[]
    more: { text: string; path: string } | null
  }[]
  pages: Pages | null
  /** Set when nothing was found. */
  nothing: {
    suggestions: readonly { text: string; path: string }[]
    withoutFilters: string | null
    quoted: boolean
  } | null
}

export type SearchFilter = Narrowed & { page: number }

const head: PageHead = { title: 'Sök', crumbs: [{ text: 'Sök' }], hidden: true }

const examples = ['utskrivning', 'psykisk hälsa', 'HP4-A03', '7b 2025-12-12']

/** The page of a search: nothing typed, nothing found, some of each kind, or a page of one kind. */
export async function searchPage(
  db: Kysely<Database>,
  typed: string,
  filter: SearchFilter,
  identity: Identity | null,
): Promise<SearchPage> {
  // Addresses come without numbers of people, and the sign in place of one is not searched for either.
  const question = readQuestion(typed.replaceAll(numberTakenAway, ' '))
  const taken = typed.includes(numberTakenAway) ? [numberNote] : []
  const empty = {
    head,
    typed: question.text,
    notes: [],
    count: null,
    filters: [],
    folded: '',
    groups: [],
    pages: null,
    nothing: null,
  }
  if (question.folded === '') {
    const notes =
      taken.length > 0 || question.text === '' ? taken : ['Skriv minst ett ord eller en siffra att söka efter.']
    return { ...empty, kept: [], notes }
  }
  return await searching(db, async (trx) => {
    const visible = visibleTo(identity)
    const look = (asked: Asked, page: number, looked?: Narrowed) => {
      const { most, offset } =
        filter.kind === null ? { most: perGroup, offset: 0 } : { most: perPage, offset: (page - 1) * perPage }
      return find(trx, asked, visible, { filter, most, offset }, looked)
    }
    const publicOnly = identity?.signedIn !== true
    const { asked, found, notes } = await ask(trx, question, publicOnly, (asked) => look(asked, filter.page))
    const all = sum(found.counts)
    // Of what has more hits than are counted, those that meet the filter are looked for by themselves.
    const uncounted = isCut(found.counts)
    const looked = uncounted && isNarrow(filter) ? filter : undefined
    const meeting = looked ? await look(asked, filter.page, looked) : found
    const counts = meeting.counts.filter((count) => meets(count, filter))
    const total = sum(counts)
    const more = isCut(meeting.counts)
    const query = { q: question.text, slag: wordOf(filter.kind), grupp: filter.body, ar: filter.year }
    const kept = Object.entries(query)
      .filter(([name, value]) => name !== 'q' && value !== null)
      .map(([name, value]) => ({ name, value: String(value) }))
    const filters = filtersOf(found.counts, filter, query, uncounted ? await yearsOf(trx) : null)
    const shared = { ...empty, kept, filters, folded: foldedUnder(filters, 'Avgränsa träffarna') }
    if (total === 0) {
      return {
        ...shared,
        notes: [...taken, ...(question.cut ? [cutNote] : [])],
        nothing: {
          suggestions: all > 0 ? [] : examples.map((text) => ({ text, path: withQuestion(text) })),
          withoutFilters: all > 0 ? urls.withQuery(urls.searchPath, { q: question.text }) : null,
          quoted: question.phrases.length > 0,
        },
      }
    }
    const page = Math.min(filter.page, Math.max(1, Math.ceil(total / perPage)))
    const { hits } = page === filter.page || filter.kind === null ? meeting : await look(asked, page, looked)
    const matches = matchesOf(asked)
    const paged = hits.some(({ kind }) => kind === 'assignment') && (await assignmentsFillPages(trx))
    const groups = [...Map.groupBy(hits, ({ kind }) => kind)].map(([kind, found]) => {
      const count = sum(counts.filter((one) => one.kind === kind))
      const { many } = kindNames[kind]
      return {
        title: many,
        anchor: slugify(many),
        hits: found.map((hit) => shownHit(hit, matches, paged)),
        more:
          filter.kind === null && (count > found.length || more)
            ? {
                text: `Visa ${more ? 'fler' : `alla ${count}`} i ${many.toLowerCase()}`,
                path: urls.withQuery(urls.searchPath, { ...query, slag: wordOf(kind) }),
              }
            : null,
      }
    })
    return {
      ...shared,
      head: { ...head, title: `Sök: ${question.text}` },
      notes: [...taken, ...(question.cut ? [cutNote] : []), ...notes, ...(more ? [manyNote] : [])],
      count: more ? `Fler än ${counted(mostHits, 'träff', 'träffar')}` : counted(total, 'träff', 'träffar'),
      groups,
      pages: filter.kind === null ? null : pagesOf(urls.searchPath, query, page, total, perPage),
    }
  })
}

const numberNote = 'Personnummer går inte att söka efter. Numret är borttaget ur frågan.'
const manyNote =
  'Det finns mycket om detta. Här är det senaste, och det som har orden i rubriken. Smalna av, eller skriv fler ord.'
const cutNote = 'Frågan var lång: bara början av den används.'

const sum = (counts: readonly Count[]) => counts.reduce((total, { count }) => total + count, 0)
const wordOf = (kind: SearchKind | null) => (kind === null ? null : kindNames[kind].word)
const withQuestion = (q: string) => urls.withQuery(urls.searchPath, { q })

type Asking = Parameters<Parameters<typeof searching>[1]>[0]

/**
 * Asks for every word; then with words of the register in place of those that are not in it; then for any of the words.
 * What was done differently from how it was typed is told.
 */
async function ask(
  trx: Asking,
  question: Question,
  publicOnly: boolean,
  look: (asked: Asked) => Promise<Found>,
): Promise<{ asked: Asked; found: Found; notes: readonly string[] }> {
  const terms = await expand(trx, question.terms)
  const looking = async (answering: Omit<Asked, 'publicOnly'>) => {
    const asked = { ...answering, publicOnly }
    return { asked, found: await look(asked) }
  }
  const every = await looking({ question, terms, need: 'every' })
  if (every.found.counts.length > 0) return { ...every, notes: [] }

  const mended = await mend(trx, terms, question.phrases.length === 0)
  const changed = mended.filter(({ typed }) => typed !== null)
  const notes = notesOf(changed)
  if (changed.length > 0) {
    const again = await looking({ question: { ...question, phrases: [] }, terms: mended, need: 'every' })
    // What a compound is about stands in its first part; the last is often a word like any other (vård, omsorg, lag).
    const firsts = mended.filter(({ part }) => part !== 'last')
    if (firsts.length < mended.length && sum(again.found.counts) < fewHits) {
      const wider = await looking({ question: { ...question, phrases: [] }, terms: firsts, need: 'every' })
      if (wider.found.counts.length > 0)
        return { ...wider, notes: notesOf(firsts.filter(({ typed }) => typed !== null)) }
    }
    if (again.found.counts.length > 0) return { ...again, notes }
  }
  // When every word had to be guessed, what is found under one of the guesses is not what was meant.
  if (
    terms.length > 1 &&
    question.phrases.length === 0 &&
    new Set(changed.map(({ typed }) => typed)).size < terms.length
  ) {
    const some = await looking({ question, terms: mended, need: 'some' })
    if (some.found.counts.length > 0) {
      return { ...some, notes: [...notes, 'Inget har alla orden. Här är det som har något av dem.'] }
    }
  }
  return { ...every, notes: [] }
}

/** With fewer hits than this, a compound is looked for by its first part alone. */
const fewHits = 3

const quote = (text: string) => `”${text}”`

/** What was read differently from how it was typed. */
function notesOf(changed: readonly Term[]): string[] {
  const misspelt = changed.filter(({ part }) => part === null)
  const parts = Map.groupBy(
    changed.filter(({ part }) => part !== null),
    ({ typed }) => typed ?? '',
  )
  return [
    ...(misspelt.length === 0
      ? []
      : [
          `Menade du ${listed(misspelt.map(({ shown }) => quote(shown)))}? ${listed(misspelt.map(({ typed }) => quote(typed ?? '')))} finns inte i registret.`,
        ]),
    ...[...parts].map(
      ([typed, of]) =>
        `${quote(typed)} finns inte i registret. Här är det som har ${listed(of.map(({ shown }) => quote(shown)))}.`,
    ),
  ]
}

/**
 * Terms that stand for no word of the register become the word that they most probably mean, or the words that they are
 * made of.
 * @param apart whether compounds may be taken apart: what is quoted is looked for as it stands
 */
async function mend(trx: Asking, terms: readonly Term[], apart: boolean): Promise<Term[]> {
  const mended: Term[] = []
  for (const term of terms) {
    const near = term.words.length > 0 ? null : await nearest(trx, term.word)
    const parts = !apart || term.words.length > 0 || near !== null ? [] : await partsOf(trx, term.word)
    const instead = near === null ? parts : [near]
    const meant =
      instead.length === 0
        ? []
        : await expand(
            trx,
            instead.map(({ word }) => word),
          )
    if (meant.length === 0) mended.push(term)
    for (const [place, one] of meant.entries()) {
      const part = near !== null ? null : place === 0 ? 'first' : 'last'
      mended.push({ ...one, typed: term.word, part, shown: instead[place]?.shown ?? one.shown })
    }
  }
  return mended
}

/** Which words of a text are marked: those of the register that the terms stand for, and whatever begins as they do. */
function matchesOf({ terms }: Asked): Matches {
  const known = new Set(terms.flatMap(({ word, words }) => [word, ...words]))
  const beginnings = terms
    .flatMap(({ word, stem }) => [word, ...(stem !== null && stem.length >= 4 ? [stem] : [])])
    .filter((word) => word.length >= 3 && !/^\d+$/.test(word))
  return matchesBy((word) => known.has(word) || beginnings.some((beginning) => word.startsWith(beginning)))
}

const isNarrow = ({ kind, body, year }: Narrowed) => kind !== null || body !== null || year !== null

function meets({ kind, body, year }: Count, filter: Narrowed): boolean {
  return (
    (filter.kind === null || kind === filter.kind) &&
    (filter.body === null || body === filter.body) &&
    (filter.year === null || year === filter.year)
  )
}

/** The most choices of a filter; those with the fewest hits are left out. */
const mostChoices = 12

type Query = { q: string; slag: string | null; grupp: string | null; ar: number | null }

/**
 * Each choice with how many hits it gives together with the other filters in force. Where not all hits are counted, without
 * numbers: every kind, the groups that most of the latest are of, and every year.
 * @param allYears where not all are counted: the years that there are
 */
function filtersOf(
  counts: readonly Count[],
  filter: Narrowed,
  query: Query,
  allYears: readonly number[] | null,
): Filter[] {
  const isCounted = allYears === null
  const group = <Key extends keyof Narrowed>(
    title: string,
    key: Key,
    name: keyof Query,
    every: string,
    values: readonly { value: NonNullable<Narrowed[Key]>; text: string }[],
    word: (value: NonNullable<Narrowed[Key]>) => string | number,
  ) => {
    const hits = new Map<Narrowed[Key], number>()
    for (const count of counts) {
      if (isCounted && !meets(count, { ...filter, [key]: count[key] })) continue
      hits.set(count[key], (hits.get(count[key]) ?? 0) + count.count)
    }
    const choice = (value: Narrowed[Key], text: string, count: number): Choice => ({
      text,
      path: urls.withQuery(urls.searchPath, { ...query, [name]: value === null ? null : word(value as never) }),
      current: filter[key] === value,
      count: isCounted ? count : null,
    })
    const hitsOf = ({ value }: { value: Narrowed[Key] }) => hits.get(value) ?? 0
    const isCurrent = ({ value }: { value: Narrowed[Key] }) => filter[key] === value
    const some = () => {
      const found = values.filter((one) => hits.has(one.value) || isCurrent(one))
      const least = found.map(hitsOf).sort((a, b) => b - a)[mostChoices - 1] ?? 0
      return found
        .filter((one) => hitsOf(one) >= least || isCurrent(one))
        .filter((one, place) => place < mostChoices || isCurrent(one))
    }
    const shown = isCounted || key === 'body' ? some() : values
    const inAll = [...hits.values()].reduce((total, count) => total + count, 0)
    return {
      title,
      choices: [
        choice(null as Narrowed[Key], every, inAll),
        ...shown.map((one) => choice(one.value, one.text, hitsOf(one))),
      ],
    }
  }
  const kinds = Object.entries(kindNames).map(([kind, { many }]) => ({ value: kind as SearchKind, text: many }))
  const bodies = [
    ...new Map(counts.flatMap(({ body, body_name }) => (body === null ? [] : [[body, body_name ?? body] as const]))),
  ]
    .map(([value, text]) => ({ value, text }))
    .sort((a, b) => compareSwedish(a.text, b.text))
  const years = [...new Set(allYears ?? counts.flatMap(({ year }) => year ?? []))]
    .sort((a, b) => b - a)
    .map((value) => ({ value, text: String(value) }))
  return [
    group('Slag', 'kind', 'slag', 'Alla slag', kinds, (kind) => kindNames[kind].word),
    group('Grupp', 'body', 'grupp', 'Alla grupper', bodies, (body) => body),
    group('År', 'year', 'ar', 'Alla år', years, (year) => year),
  ].filter(({ choices }) => choices.length > 2 || choices.some(({ current }, place) => current && place > 0))
}

/** Whether the list of assignments has more than one page. */
async function assignmentsFillPages(trx: Asking): Promise<boolean> {
  const { open, closed } = await countAssignments(trx)
  return open + closed > assignmentsPerPage
}

function shownHit(hit: Hit, matches: Matches, paged: boolean): ShownHit {
  const { one } = kindNames[hit.kind]
  const named = hit.kind === 'item' || hit.kind === 'area' || hit.kind === 'activity'
  return {
    kind: named && hit.part !== null ? `${one} ${hit.part}` : one,
    title: marked(withoutContacts(hit.title), matches),
    path: addressOf(hit, paged),
    excerpt: excerpt(withoutContacts(hit.content), matches),
    facts: [
      ...(hit.body_name !== null && fold(hit.body_name) !== fold(hit.title) ? [hit.body_name] : []),
      ...(hit.dated_on !== null && dated.has(hit.kind) ? [dayText(hit.dated_on as Day)] : []),
      ...(hit.kind === 'file' && hit.part !== null ? [hit.part] : []),
    ],
  }
}

/** Kinds whose day is a day, and not the first of a period. */
const dated = new Set<SearchKind>(['meeting', 'item', 'decision'])

/** Where a hit is read. `paged`: whether the list of assignments has more than one page. */
export function addressOf(
  { kind, row_id, slug, part }: Pick<Hit, 'kind' | 'row_id' | 'slug' | 'part'>,
  paged: boolean,
): string {
  switch (kind) {
    case 'page':
      return slug
    case 'body':
      return urls.bodyPath(slug)
    case 'person':
      return urls.personPath(slug)
    case 'party':
      return urls.partyPath(slug)
    case 'theme':
      return urls.themePath(slug)
    case 'matter':
      return urls.matterPath(slug)
    case 'meeting':
      return urls.meetingPath(slug)
    case 'item':
      return urls.itemPath(slug, part ?? '')
    case 'decision':
      return urls.decisionPath(slug)
    case 'plan':
      return urls.planPath(slug)
    case 'area':
      return `${urls.planPath(slug)}#${(part ?? '').toLowerCase()}`
    case 'activity':
      return urls.activityPath(slug, part ?? '')
    case 'document':
      return urls.documentPath(slug)
    case 'project':
      return `${urls.projectsPath}#${slug}`
    case 'assignment':
      return urls.assignmentPath(slug, paged)
    case 'proposal':
      return urls.changeProposalPath(slug)
    case 'catalogue':
      return urls.cataloguePath(slug)
    case 'catalogue_entry':
      return `${urls.cataloguePath(slug)}#${part ?? ''}`
    case 'file':
      return urls.filePath(row_id, part ?? 'fil')
  }
}
