import type { Reader } from '../db/database.ts'
import { parseRange } from '../db/ranges.ts'
import { type Cell, type Choice, type Column, type Downloads, downloadsOf } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import type { Day } from '../kernel/dates.ts'
import { counted, slugify } from '../kernel/text.ts'
import { documentPath, documentsPath, withQuery } from '../kernel/urls.ts'
import { revisionText, vague } from './dates.ts'
import { documentParties, listDocuments, partyPositions } from './queries.ts'
import { forceText, positionsOn } from './rules.ts'
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
  filters: readonly { title: string; choices: readonly Choice[] }[]
  count: string
  narrowed: boolean
  all: string
  columns: readonly Column[]
  county: Rows
  national: Rows
}

/** The documents that the filter leaves, those of the county apart from national ones. */
export async function documentListPage(db: Reader, filter: DocumentFilter, day: Day): Promise<DocumentListPage> {
  const documents = await listDocuments(db)
  const ids = documents.map(({ id }) => id)
  const [parties, positions] =
    ids.length === 0 ? [[], []] : await Promise.all([documentParties(db, ids), partyPositions(db, ids)])
  const query = { slag: filter.kind, lage: filter.state, part: filter.party }
  const matches = (document: (typeof documents)[number], { kind, state, party }: DocumentFilter) =>
    (kind === null || kindGroups[kind]?.kinds.includes(document.kind) === true) &&
    (state === null ||
      stateGroups[state]?.states.includes(document.state) === true ||
      (state === 'ska-revideras' && document.revision_due_on !== null)) &&
    (party === null || parties.some((one) => one.document_id === document.id && isNamed(one, party)))
  const shown = documents.filter((document) => matches(document, filter))

  const choices = (name: 'kind' | 'state', all: string, groups: Record<string, { text: string }>): Choice[] => {
    const key = name === 'kind' ? 'slag' : 'lage'
    const choice = (value: string | null, text: string) => ({
      text,
      path: withQuery(documentsPath, { ...query, [key]: value }),
      current: filter[name] === value,
      count: documents.filter((document) => matches(document, { ...filter, [name]: value })).length,
    })
    const found = Object.entries(groups).map(([value, { text }]) => choice(value, text))
    return [choice(null, all), ...found.filter(({ count, current }) => count > 0 || current)]
  }
  const partyName =
    parties.find((one) => filter.party !== null && isNamed(one, filter.party))?.short_name ?? filter.party
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

  const row = (document: (typeof documents)[number]): Cell[] => {
    const known = positions.filter(({ document_id }) => document_id === document.id)
    const states = [...positionsOn(known, day).values()].map(({ state }) => state)
    const decided = states.filter((state) => state === 'decided').length
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
        note:
          states.length === 0
            ? null
            : decided === 0
              ? 'inget känt beslut'
              : `${decided} av ${states.length} har beslutat`,
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
    lead:
      documents.length === 0 ? '' : `Överenskommelser, anvisningar, strategier och planer som styr samverkan i länet.`,
    filters,
    count: counted(shown.length, 'dokument', 'dokument'),
    narrowed,
    all: documentsPath,
    columns: [{ text: 'Dokument' }, { text: 'Läge' }, { text: 'Gäller eller daterat' }, { text: 'Parter' }],
    county: shown.filter(({ national }) => !national).map(row),
    national: shown.filter(({ national }) => national).map((document) => row(document).slice(0, 3)),
  }
}

const isNamed = ({ slug, short_name }: { slug: string; short_name: string }, party: string) =>
  slug === party || slugify(short_name) === party
