import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { compareSwedish } from '../kernel/text.ts'
import { withQuery } from '../kernel/urls.ts'
import type { Problem } from './forms.ts'

// What the shared parts in views/parts/ are given. How they look and when to use them: views/parts/README.md.

type Maybe<T> = T | null | undefined

/** A page of the portal (`path`, from kernel/urls.ts) or one elsewhere (`url`, https). Neither: plain text. */
export type Value = { text: string; path?: Maybe<string>; url?: Maybe<string>; note?: Maybe<string> }

/** good ✓, warning !, bad ✕, info i, neutral –: the shape says it too, never the colour alone. */
export type Tone = 'good' | 'warning' | 'bad' | 'info' | 'neutral'
export type Tag = { text: string; tone: Tone }

/** stated: it says so there. derived: concluded from it. uncertain: the reading or the meaning is not sure. */
export type Certainty = 'stated' | 'derived' | 'uncertain'
/** `text` names the document, `place` where in it ('punkt 7 b', 'sidan 4'). */
export type Source = Value & { place?: Maybe<string>; certainty: Certainty }

/** One value in a register. `before` null: it was not there. `after` null: it is no more. */
export type Change = { what: string; before: Value | null; after: Value | null }

export type Fact = { term: string; values: readonly Value[]; sources?: Maybe<readonly Source[]> }
export type Choice = { text: string; path: string; current: boolean; count?: Maybe<number> }
/**
 * What a list may be narrowed to in one respect; all of it comes first. `list`: shown instead of the choices, which then hold
 * only all of it and the one that is made.
 */
export type Filter = { title: string; choices: readonly Choice[]; list?: Maybe<ChoiceList> }

/** What is chosen from a list and sent as a form, with what has been chosen otherwise. */
export type ChoiceList = {
  name: string
  path: string
  kept: readonly { name: string; value: string }[]
  options: readonly { value: string; text: string; chosen: boolean }[]
}
export type ListItem = {
  title: string
  path: string
  kicker?: Maybe<string>
  text?: Maybe<string>
  facts?: readonly string[]
  tags?: readonly Tag[]
}
export type TimelineItem = {
  when: string
  title: string
  path?: Maybe<string>
  text?: Maybe<string>
  tag?: Maybe<Tag>
  sources?: Maybe<readonly Source[]>
}
export type Column = { text: string; numeric?: boolean }
/**
 * `sources`: shown on demand below the value, for a row whose source differs from the page's. `rowAnchor`: what an
 * address names the row by, on its first cell.
 */
export type Cell = Value & { tag?: Maybe<Tag>; sources?: Maybe<readonly Source[]>; rowAnchor?: Maybe<string> }
/** What a table holds. */
export type Rows = { columns: readonly Column[]; rows: readonly (readonly Cell[])[] }
/** A list as files, of the same choice as the page shows. */
export type Downloads = { label: string; csv: string; xlsx: string }
export type Pages = { previous: string | null; next: string | null; pages: readonly (Choice | null)[] }

/** The parts that all rooms share, and what each is given. */
export interface SharedParts {
  'parts/as-of': { text: string; todayUrl: string }
  'parts/change': { changes: readonly Change[] }
  'parts/contents': { links: readonly { text: string; anchor: string }[] }
  /** `kept`: what else the address asks for, which goes along to the other day. */
  'parts/day-choice': { path: string; day: Day; label: string; kept?: readonly { name: string; value: string }[] }
  'parts/downloads': Downloads
  'parts/empty': { text: string; hint?: Maybe<string>; link?: Maybe<{ text: string; path: string }> }
  'parts/error-summary': { problems: readonly Problem[] }
  'parts/facts': { facts: readonly Fact[] }
  /** `folded`: where choices are many, what opens them on a phone; see foldedUnder. */
  'parts/filters': { groups: readonly Filter[]; folded?: Maybe<string> }
  'parts/key-figure': {
    label: string
    value: string
    text?: Maybe<string>
    tag?: Maybe<Tag>
    link?: Maybe<{ text: string; path: string }>
  }
  /** `columns`: side by side where there is room, for long lists of short items. */
  'parts/link-list': { items: readonly ListItem[]; columns?: boolean }
  /** Several `texts` are listed; a `text` may have a link after it. */
  'parts/notice': {
    tone: Tone
    title?: Maybe<string>
    text?: Maybe<string>
    texts?: Maybe<readonly string[]>
    link?: Maybe<{ text: string; path: string }>
  }
  'parts/page-head': {
    title: string
    kicker?: Maybe<string>
    lead?: Maybe<string>
    tags?: readonly Tag[]
  }
  'parts/pagination': Pages
  'parts/period-choice': { path: string; from: Day; to: Day }
  'parts/person': {
    name: string
    path?: Maybe<string>
    role?: Maybe<string>
    title?: Maybe<string>
    organisation?: Maybe<string>
  }
  'parts/provenance': { sources: readonly Source[]; about?: Maybe<string> }
  'parts/table': {
    caption: string
    /** The heading above says it already: the caption is for those who cannot see. */
    captionHidden?: boolean
    columns: readonly Column[]
    /** As many cells as columns; the first is the row's heading. */
    rows: readonly (readonly Cell[])[]
    /** On phones every row becomes a card instead of the table scrolling in its box. */
    stack?: boolean
  }
  'parts/tag': Tag
  'parts/timeline': { items: readonly TimelineItem[] }
  'parts/value': Value
}

declare module './view.ts' {
  interface Parts extends SharedParts {}
}

/** @param path what .csv and .xlsx are put after: a register of the API, or the page's own address */
export const downloadsOf = (
  label: string,
  path: string,
  query: Readonly<Record<string, string | number | null>> = {},
): Downloads => ({ label, csv: withQuery(`${path}.csv`, query), xlsx: withQuery(`${path}.xlsx`, query) })

/** More links than this to choose a group by fill a screen: then they are a list. */
const mostGroupLinks = 24

/**
 * To narrow a page by group, in alphabetical order; nothing when there is nothing to choose between.
 * @param all words for not narrowing
 * @param query the filters in force; `grupp` is the group's slug
 */
export function groupFilter(
  title: string,
  all: string,
  groups: readonly { slug: string; name: string }[],
  path: string,
  query: Readonly<Record<string, string | number | null>> & { grupp: string | null },
): Filter[] {
  if (groups.length < 2 && query.grupp === null) return []
  const named = groups.toSorted((a, b) => compareSwedish(a.name, b.name))
  const isChosen = ({ slug }: { slug: string }) => slug === query.grupp
  const choice = (grupp: string | null, text: string): Choice => ({
    text,
    path: withQuery(path, { ...query, grupp }),
    current: grupp === query.grupp,
  })
  const many = named.length > mostGroupLinks
  const linked = many ? named.filter(isChosen) : named
  return [
    {
      title,
      choices: [choice(null, all), ...linked.map(({ slug, name }) => choice(slug, name))],
      list: many
        ? {
            name: 'grupp',
            path,
            kept: Object.entries(query).flatMap(([name, value]) =>
              name === 'grupp' || value === null ? [] : [{ name, value: String(value) }],
            ),
            options: [
              { value: '', text: all, chosen: query.grupp === null },
              ...named.map((one) => ({ value: one.slug, text: one.name, chosen: isChosen(one) })),
              // One that has nothing here any more, as an old link may ask for, or that never was. Not by name: what
              // stands in an address may be anybody's words.
              ...(query.grupp === null || named.some(isChosen)
                ? []
                : [{ value: query.grupp, text: 'Vald grupp, inget här', chosen: true }]),
            ],
          }
        : null,
    },
  ]
}

/** What folded filters are opened by: what has been chosen, since it cannot be seen, or else what they are for. */
export function foldedUnder(filters: readonly Filter[], purpose: string): string {
  const chosen = filters.flatMap(({ choices }) => choices.slice(1).filter(({ current }) => current))
  return chosen.length === 0 ? purpose : `Urval: ${chosen.map(({ text }) => text).join(', ')}`
}

/**
 * The links under a long list; null when all fits on one page. `?sida=` counts from 1.
 * @param query the filters in force, kept in every link
 * @throws PortalError not-found for a page beyond the last: an empty list would say that nothing is registered
 */
export function pagesOf(
  path: string,
  query: Readonly<Record<string, string | number | null>>,
  page: number,
  total: number,
  perPage: number,
): Pages | null {
  const last = Math.ceil(total / perPage)
  if (page > 1 && page > last) throw notFound(`page ${page} of ${last}: ${path}`)
  if (last < 2) return null
  const at = (number: number) => withQuery(path, { ...query, sida: number === 1 ? null : number })
  const shown = [1, page - 1, page, page + 1, last].filter((number) => number >= 1 && number <= last)
  const numbers = [...new Set(shown)].sort((a, b) => a - b)
  return {
    previous: page > 1 ? at(page - 1) : null,
    next: page < last ? at(page + 1) : null,
    pages: numbers.flatMap((number, place) => {
      const choice = { text: String(number), path: at(number), current: number === page }
      return number - (numbers[place - 1] ?? 0) > 1 ? [null, choice] : [choice]
    }),
  }
}
