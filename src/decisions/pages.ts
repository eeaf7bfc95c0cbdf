import type { Kysely } from 'kysely'
import { provenances } from '../audit/provenance.ts'
import { proposalsNaming } from '../change-proposals/queries.ts'
import { standingWords } from '../change-proposals/texts.ts'
import type { Database, Reader } from '../db/database.ts'
import type { DecisionKind } from '../db/schema.ts'
import type { Difference, Effect, EffectHandler, StateToday } from '../effects/effect.ts'
import { correctionsOf, type ShownCorrection } from '../http/corrections.ts'
import {
  type Change,
  type Choice,
  type Downloads,
  downloadsOf,
  type Filter,
  foldedUnder,
  groupFilter,
  type ListItem,
  type Pages,
  pagesOf,
  type Source,
  type Tag,
} from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dateText, dayText, momentText } from '../kernel/dates.ts'
import { capitalised, counted } from '../kernel/text.ts'
import {
  apiPath,
  bodyPath,
  changeProposalPath,
  decisionPath,
  decisionPdfPath,
  decisionsFeedPath,
  decisionsPath,
  itemPath,
  meetingPath,
  withQuery,
} from '../kernel/urls.ts'
import { decisionCorrections } from './corrections.ts'
import {
  type DecisionFilter,
  decisionBySlug,
  decisionFacets,
  decisionsAndTotal,
  effectsOf,
  handlerOf,
  type listDecisions,
  replacedDecisions,
  statesOf,
  touchedByDecisions,
} from './queries.ts'
import { clauseOriginNames, decisionKindNames, stateTag } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'decisions/list': DecisionListPage
    'decisions/show': DecisionPage
  }
}

export const decisionsPerPage = 20
/** More persons than this are not listed as filters; their own pages link here. */
const mostPersons = 12

export type DecisionListPage = {
  downloads: readonly Downloads[]
  head: PageHead
  count: string
  filters: readonly Filter[]
  /** What opens the filters where they are folded. */
  folded: string
  items: readonly ListItem[]
  pages: Pages | null
  feed: string
  /** Whether anything was filtered away. */
  narrowed: boolean
}

export type DecisionEffect = {
  changes: readonly Change[]
  text: string | null
  state: Tag | null
  replacedBy: { text: string; path: string } | null
}

export type DecisionPage = {
  head: PageHead
  kicker: string
  title: string
  tags: readonly Tag[]
  clause: string | null
  clauseNote: string | null
  effects: readonly DecisionEffect[]
  facts: readonly { term: string; values: readonly { text: string; path?: string | null; note?: string | null }[] }[]
  replaces: readonly { text: string; path: string }[]
  /** What was recorded wrongly and has been put right. */
  corrections: readonly ShownCorrection[]
  sources: readonly Source[]
  pdfPath: string
}

/** Worded as they are; everything else is worded to follow "beslutar att". */
const standpoints: readonly string[] = ['position', 'note']

/** What each effect of decisions does, in one phrase each: 'Att Petra Hornstra ersätter Charlotte Ohlsén …'. */
export function effectPhrases(effects: readonly Effect[], handlers: readonly EffectHandler[]): Map<number, string[]> {
  const phrases = new Map<number, string[]>()
  for (const effect of effects) {
    const clause = handlerOf(handlers, effect.kind).clause(effect)
    const phrase = standpoints.includes(effect.kind) ? capitalised(clause) : `Att ${clause}`
    phrases.set(effect.decision_id, [...(phrases.get(effect.decision_id) ?? []), phrase])
  }
  return phrases
}

/** The date of a decision; another body's standpoint may have a vaguer one. */
export function decidedText(decision: { decided_on: string; decided_precision: string }): string {
  return dateText(decision.decided_on as Day, decision.decided_precision as 'day')
}

/** A decision as a row in a list: when, who, what it did. */
export function decisionItem(
  decision: Awaited<ReturnType<typeof listDecisions>>[number],
  phrases: readonly string[],
): ListItem {
  const where = decision.item_number === null ? [] : [`punkt ${decision.item_number}`]
  const what = decision.kind === 'decision' ? [] : [decisionKindNames[decision.kind].one]
  return {
    kicker: [decidedText(decision), decision.body_name, ...where].join(' · '),
    title: decision.title,
    path: decisionPath(decision.slug),
    text: phrases.join('. ') || null,
    tags: what.map((text) => ({ text, tone: 'info' as const })),
  }
}

const kindWords: Record<DecisionKind, string> = {
  decision: 'beslut',
  position: 'stallningstagande',
  endorsement: 'annat-organ',
}

/** Reads ?slag=; null for what is no kind. */
export function kindFromWord(word: string | undefined): DecisionKind | null {
  return (Object.keys(kindWords) as DecisionKind[]).find((kind) => kindWords[kind] === word) ?? null
}

export async function decisionListPage(
  db: Reader,
  handlers: readonly EffectHandler[],
  filter: DecisionFilter,
  page: number,
): Promise<DecisionListPage> {
  const [facets, touched, { decisions, total }] = await Promise.all([
    decisionFacets(db),
    touchedByDecisions(db, mostPersons, filter.person ?? null),
    decisionsAndTotal(db, filter, { limit: decisionsPerPage, offset: (page - 1) * decisionsPerPage }),
  ])
  const effects = await effectsOf(
    db,
    decisions.map(({ id }) => id),
  )
  const phrases = effectPhrases(effects, handlers)
  const query = {
    ar: filter.year ?? null,
    grupp: filter.body ?? null,
    slag: filter.kind ? kindWords[filter.kind] : null,
    part: filter.party ?? null,
    person: filter.person ?? null,
  }
  const choice = (text: string, change: Partial<Record<keyof typeof query, string | number | null>>): Choice => {
    const next = { ...query, ...change }
    return {
      text,
      path: withQuery(decisionsPath, next),
      current: Object.entries(next).every(([key, value]) => query[key as keyof typeof query] === value),
    }
  }
  const filters: Filter[] = [
    {
      title: 'År',
      choices: [choice('Alla år', { ar: null }), ...facets.years.map((year) => choice(String(year), { ar: year }))],
    },
    ...groupFilter('Beslutat av', 'Alla organ', facets.bodies, decisionsPath, query),
    {
      title: 'Slag',
      choices: [
        choice('Alla slag', { slag: null }),
        ...facets.kinds.map((kind) => choice(decisionKindNames[kind].many, { slag: kindWords[kind] })),
      ],
    },
    {
      title: 'Berör part',
      choices: [
        choice('Alla parter', { part: null }),
        ...touched.parties.map(({ slug, name }) => choice(name, { part: slug })),
      ],
    },
    // Twenty years of names make no row of links: then only the person that was asked for is shown.
    {
      title: 'Berör person',
      choices: [
        choice('Alla personer', { person: null }),
        ...touched.persons.map(({ slug, name }) => choice(name, { person: slug })),
      ],
    },
  ].filter(({ choices, list }) => list || choices.length > 1)
  return {
    downloads: [
      downloadsOf('Hämta listan', apiPath('decisions'), {
        year: query.ar,
        body: query.grupp,
        kind: filter.kind ?? null,
        party: query.part,
        person: query.person,
      }),
    ],
    head: {
      title: 'Beslut',
      section: 'decisions',
      crumbs: [{ text: 'Beslut' }],
      description: 'Alla beslut i Länsgemensam ledning i samverkan, med vad varje beslut ändrade.',
      hidden: Boolean(filter.person || filter.party),
      feeds: [{ title: 'Beslut', path: decisionsFeedPath }],
    },
    count: counted(total, 'beslut', 'beslut'),
    feed: decisionsFeedPath,
    filters,
    folded: foldedUnder(filters, 'Avgränsa listan'),
    items: decisions.map((decision) => decisionItem(decision, phrases.get(decision.id) ?? [])),
    pages: pagesOf(decisionsPath, query, page, total, decisionsPerPage),
    narrowed: Object.values(query).some((value) => value !== null),
  }
}

function change({ subject, path, before, after }: Difference): Change {
  return {
    what: subject,
    before: before === null ? null : { text: before },
    after: after === null ? null : { text: after, path },
  }
}

/** Tags for the states of a decision's effects, without repeats. */
export function stateTags(states: readonly StateToday[]): Tag[] {
  const tags = states.map(stateTag).filter((tag) => tag !== null)
  return [...new Map(tags.map((tag) => [tag.text, tag])).values()]
}

/** What each effect of a decision changed, and what is left of it today. */
async function effectsShown(db: Kysely<Database>, handlers: readonly EffectHandler[], decisionId: number, today: Day) {
  const effects = await effectsOf(db, [decisionId])
  const [stateOf, previews] = await Promise.all([
    statesOf(db, handlers, effects, today),
    Promise.all(effects.map((effect) => handlerOf(handlers, effect.kind).preview(db, effect))),
  ])
  const states: StateToday[] = []
  const shown: DecisionEffect[] = []
  for (const [place, effect] of effects.entries()) {
    const state: StateToday = stateOf.get(effect.id) ?? { state: 'none' }
    const differences = previews[place] ?? []
    states.push(state)
    shown.push({
      changes: differences.map(change),
      text: differences.length === 0 ? capitalised(handlerOf(handlers, effect.kind).clause(effect)) : null,
      state: stateTag(state),
      replacedBy: state.replacedBy
        ? { text: `Beslut ${dayText(state.replacedBy.decidedOn)}`, path: decisionPath(state.replacedBy.slug) }
        : null,
    })
  }
  return { states, shown }
}

export async function decisionPage(
  db: Kysely<Database>,
  handlers: readonly EffectHandler[],
  slug: string,
  today: Day,
): Promise<DecisionPage> {
  const decision = await decisionBySlug(db, slug)
  const [{ states, shown }, proposals, replaced, corrections, sources] = await Promise.all([
    effectsShown(db, handlers, decision.id, today),
    proposalsNaming(db, [decision.id]),
    replacedDecisions(db, decision.id),
    correctionsOf(db, decisionCorrections, { key: 'decision', value: slug }),
    provenances(db, [decision.provenance_id]),
  ])
  const kind = decisionKindNames[decision.kind].one
  const item =
    decision.meeting_slug === null || decision.item_number === null
      ? null
      : {
          text: `punkt ${decision.item_number} ${decision.item_title}`,
          path: itemPath(decision.meeting_slug, decision.item_number),
        }
  return {
    head: {
      title: `${decision.title}, ${decidedText(decision)}${decision.item_number === null ? '' : `, punkt ${decision.item_number}`}`,
      section: 'decisions',
      crumbs: [{ text: 'Beslut', path: decisionsPath }, { text: decision.title }],
      description: `${kind} av ${decision.body_name}, ${decidedText(decision)}: ${decision.title}`,
      ...(decision.carried_out_at ? { changed: momentText(decision.carried_out_at) } : {}),
      about: {
        kind: 'decision',
        name: decision.title,
        what: kind,
        text: decision.clause,
        on: decision.decided_precision === 'day' ? (decision.decided_on as Day) : null,
        by: { name: decision.body_name, path: bodyPath(decision.body_slug) },
      },
    },
    kicker: `${kind} · ${decidedText(decision)}`,
    title: decision.title,
    tags: stateTags(states),
    clause: decision.clause,
    clauseNote: decision.clause_origin === null ? null : clauseOriginNames[decision.clause_origin],
    effects: shown,
    facts: [
      { term: 'Beslutat av', values: [{ text: decision.body_name, path: bodyPath(decision.body_slug) }] },
      { term: 'Datum', values: [{ text: decidedText(decision) }] },
      decision.meeting_slug === null
        ? { term: 'Möte', values: [{ text: 'Framgår inte av underlaget', note: 'bara datum för beslutet är känt' }] }
        : {
            term: decision.kind === 'endorsement' ? 'Återgivet vid' : 'Möte',
            values: [{ text: decision.meeting_title ?? '', path: meetingPath(decision.meeting_slug) }],
          },
      ...(item === null ? [] : [{ term: 'Punkt', values: [item] }]),
      ...(proposals.length === 0
        ? []
        : [
            {
              term: 'Ordnat införande',
              values: proposals.map((proposal) => ({
                text: proposal.title,
                path: changeProposalPath(proposal.slug),
                note: standingWords(proposal),
              })),
            },
          ]),
    ],
    replaces: replaced.map(({ slug: path, title, decided_on }) => ({
      text: `${title}, ${dayText(decided_on as Day)}`,
      path: decisionPath(path),
    })),
    corrections,
    sources: sources.get(decision.provenance_id) ?? [],
    pdfPath: decisionPdfPath(slug),
  }
}
