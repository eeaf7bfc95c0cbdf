import type { Reader } from '../db/database.ts'
import { parseRange } from '../db/ranges.ts'
import {
  type Cell,
  type Choice,
  type Column,
  type Downloads,
  downloadsOf,
  type Filter,
  foldedUnder,
  type Pages,
  pagesOf,
} from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import type { Day } from '../kernel/dates.ts'
import { counted, slugify } from '../kernel/text.ts'
import { documentPath, documentsPath, withQuery } from '../kernel/urls.ts'
import { revisionText, vague } from './dates.ts'
import * as queries from './queries.ts'
import { forceText } from './rules.ts'
import { documentKindNames, documentStates, kindGroups, stateGroups } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'documents/list': DocumentListPage
  }
}

/** What the list is narrowed to; null is all. */
export type DocumentFilter = {
  /** A key of kindGroups. */
  kind: string | null
  /** A key of stateGroups. */
  state: string | null
  /** A party by its slug, or as its own page's address has it. */
  party: string | null
}

type Rows = readonly (readonly Cell[])[]

export type DocumentListPage = {
  downloads: readonly Downloads[]

  head: PageHead
  lead: string
  filters: readonly Filter[]
  /** What opens the filters where they are folded. */
  folded: string
  count: string
  narrowed: boolean
  all: string
  columns: readonly Column[]
  county: Rows
  national: Rows
  pages: Pages | null
}

export const documentsPerPage = 40

/**
 * The documents that the filter leaves, those of the county apart from national ones.
 * @param page null: all of them, for files
 */
export async function documentListPage(
  db: Reader,
  filter: DocumentFilter,
  day: Day,
  page: number | null,
): Promise<DocumentListPage> {
  const query = { slag: filter.kind, lage: filter.state, part: filter.party }
  const known = filter.party === null ? [] : await queries.parties(db)
  const party = known.find((one) => filter.party !== null && isNamed(one, filter.party))
  // Nobody has that name: a party that no document has.
  const ofParty = filter.party === null ? null : (party?.id ?? 0)
  const wanted = {
    ...(ofParty === null ? {} : { party: ofParty }),
    ...(filter.kind === null ? {} : { kinds: kindGroups[filter.kind]?.kinds ?? [] }),
    ...(filter.state === null
      ? {}
      : filter.state === 'ska-revideras'
        ? { toRevise: true }
        : { states: stateGroups[filter.state]?.states ?? [] }),
  }
  const stretch = page === null ? null : { limit: documentsPerPage, offset: (page - 1) * documentsPerPage }
  const [counts, shown] = await Promise.all([
    queries.countDocuments(db, ofParty),
    queries.listDocuments(db, wanted, stretch),
  ])
  const positions =
    shown.length === 0
      ? []
      : await queries.countPositionsOn(
          db,
          shown.map(({ id }) => id),
          day,
        )
  const positionsOf = new Map(positions.map((one) => [one.document_id, one]))
  const matches = (one: (typeof counts)[number], { kind, state }: DocumentFilter) =>
    (kind === null || kindGroups[kind]?.kinds.includes(one.kind) === true) &&
    (state === null ||
      stateGroups[state]?.states.includes(one.state) === true ||
      (state === 'ska-revideras' && one.to_revise))
  const countOf = (of: DocumentFilter) =>
    counts.filter((one) => matches(one, of)).reduce((sum, { count }) => sum + count, 0)
  const total = countOf(filter)

  const choices = (name: 'kind' | 'state', all: string, groups: Record<string, { text: string }>): Choice[] => {
    const key = name === 'kind' ? 'slag' : 'lage'
    const choice = (value: string | null, text: string) => ({
      text,
      path: withQuery(documentsPath, { ...query, [key]: value }),
      current: filter[name] === value,
      count: countOf({ ...filter, [name]: value }),
    })
    const found = Object.entries(groups).map(([value, { text }]) => choice(value, text))
    return [choice(null, all), ...found.filter(({ count, current }) => count > 0 || current)]
  }
  const partyName = party?.short_name ?? filter.party
  const filters = [
    { title: 'Slag', choices: choices('kind', 'Alla slag', kindGroups) },
    { title: 'Läge', choices: choices('state', 'Alla lägen', stateGroups) },
    ...(filter.party === null
      ? []
      : [
          {
            title: 'Part',
            choices: [
              { text: 'Alla parter', path: withQuery(documentsPath, { ...query, part: null }), current: false },
              { text: partyName ?? '', path: withQuery(documentsPath, query), current: true },
            ],
          },
        ]),
  ].filter((group) => group.choices.length > 1)

  const row = (document: (typeof shown)[number]): Cell[] => {
    const { known = 0, decided = 0 } = positionsOf.get(document.id) ?? {}
    return [
      { text: document.title, path: documentPath(document.slug), note: documentKindNames[document.kind] },
      { text: '', tag: documentStates[document.state] },
      {
        text:
          document.in_force === null
            ? (vague(document.dated_on, document.dated_precision) ?? '–')
            : forceText(parseRange(document.in_force), document.in_force_precision ?? 'day'),
        note: revisionText(document) || null,
      },
      {
        text: document.parties === 0 ? '–' : counted(document.parties, 'part', 'parter'),
        note: known === 0 ? null : decided === 0 ? 'inget känt beslut' : `${decided} av ${known} har beslutat`,
      },
    ]
  }
  const narrowed = Object.values(query).some((value) => value !== null)
  return {
    downloads: [downloadsOf('Hämta listan', documentsPath, query)],
    head: {
      title: 'Dokument',
      section: 'documents',
      crumbs: [{ text: 'Dokument' }],
      description: 'Överenskommelser, anvisningar, strategier och planer: vad som gäller och vad som ska revideras.',
    },
    lead: counts.length === 0 ? '' : `Överenskommelser, anvisningar, strategier och planer som styr samverkan i länet.`,
    filters,
    folded: foldedUnder(filters, 'Avgränsa listan'),
    count: counted(total, 'dokument', 'dokument'),
    narrowed,
    all: documentsPath,
    columns: [{ text: 'Dokument' }, { text: 'Läge' }, { text: 'Gäller eller daterat' }, { text: 'Parter' }],
    county: shown.filter(({ national }) => !national).map(row),
    national: shown.filter(({ national }) => national).map((document) => row(document).slice(0, 3)),
    pages: page === null ? null : pagesOf(documentsPath, query, page, total, documentsPerPage),
  }
}

const isNamed = ({ slug, short_name }: { slug: string; short_name: string }, party: string) =>
  slug === party || slugify(short_name) === party
