import { provenances } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import { type NavSection, sections } from '../http/navigation.ts'
import { type Downloads, downloadsOf, type Fact, type Source, type Tag } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { bodyPath, cataloguePath, documentPath, matterPath } from '../kernel/urls.ts'
import { catalogueBySlug, entriesOf } from './catalogues-queries.ts'

declare module '../http/view.ts' {
  interface Views {
    'overviews/catalogue': CataloguePage
  }
}

export type CataloguePage = {
  downloads: readonly Downloads[]
  head: PageHead
  title: string
  lead: string | null
  facts: readonly Fact[]
  entries: readonly {
    anchor: string
    title: string
    summary: string
    tags: readonly Tag[]
    facts: readonly Fact[]
    sources: readonly Source[]
  }[]
  sources: readonly Source[]
}

const unknown = { text: 'framgår inte av underlaget' }

/** A catalogue: each entry with where it comes from, who has it, what it cannot be used for and its link. */
export async function cataloguePage(db: Reader, slug: string, section: NavSection): Promise<CataloguePage> {
  const catalogue = await catalogueBySlug(db, slug)
  if (catalogue === undefined) {
    const { text: title } = sections[section]
    return {
      downloads: [],
      head: { title, section, crumbs: [{ text: title }] },
      title,
      lead: null,
      facts: [],
      entries: [],
      sources: [],
    }
  }
  const entries = await entriesOf(db, catalogue.id)
  const sources = await provenances(
    db,
    [catalogue, ...entries].map(({ provenance_id }) => provenance_id),
  )
  const { title, matter_slug, body_slug, document_slug } = catalogue
  return {
    downloads: entries.length === 0 ? [] : [downloadsOf('Hämta listan', cataloguePath(slug))],
    head: { title, section, crumbs: [{ text: title }], description: catalogue.summary.slice(0, 200) },
    title,
    lead: catalogue.summary,
    facts: [
      {
        term: 'Grupp',
        values: body_slug === null ? [] : [{ text: catalogue.body_name ?? '', path: bodyPath(body_slug) }],
      },
      {
        term: 'Ärende',
        values: matter_slug === null ? [] : [{ text: catalogue.matter_title ?? '', path: matterPath(matter_slug) }],
      },
      {
        term: 'Styrs av',
        values:
          document_slug === null ? [] : [{ text: catalogue.document_title ?? '', path: documentPath(document_slug) }],
      },
    ].filter(({ values }) => values.length > 0),
    entries: entries.map((entry) => ({
      anchor: entry.slug,
      title: entry.title,
      summary: entry.summary,
      tags:
        entry.withdrawn_on === null ? [] : [{ text: `utgick ${dayText(entry.withdrawn_on as Day)}`, tone: 'neutral' }],
      facts: [
        ...(entry.withdrawn_because === null
          ? []
          : [{ term: 'Varför den utgick', values: [{ text: entry.withdrawn_because }] }]),
        { term: 'Bygger på', values: [entry.origin === null ? unknown : { text: entry.origin }] },
        { term: 'Ägare', values: [entry.owner === null ? unknown : { text: entry.owner }] },
        { term: 'Begränsningar', values: [entry.limits === null ? unknown : { text: entry.limits }] },
        { term: 'Länk', values: [entry.url === null ? unknown : { text: entry.title, url: entry.url }] },
      ],
      sources: sources.get(entry.provenance_id) ?? [],
    })),
    sources: sources.get(catalogue.provenance_id) ?? [],
  }
}
