import type { Kysely } from 'kysely'
import type { Database } from '../db/database.ts'
import type { LinkOutcome } from '../db/schema.ts'
import { type Choice, type Fact, type Pages, pagesOf, type Tag, type Value } from '../http/parts.ts'
import { type Identity, keeps } from '../http/permissions.ts'
import type { PageHead } from '../http/view.ts'
import { dayText, momentText, stockholmToday } from '../kernel/dates.ts'
import { counted } from '../kernel/text.ts'
import {
  bodiesPath,
  catalogueEntryPath,
  changeProposalsPath,
  documentsPath,
  editBodyPath,
  editDocumentPath,
  editMatterPath,
  editProjectPath,
  interestBankPath,
  linkChecksPath,
  mattersPath,
  meetingsPath,
  plansPath,
  primaryCareDataPath,
  projectsPath,
  registersPath,
  withQuery,
  workChangeProposalPath,
  workMeetingPath,
  workPlanPath,
  workspacePath,
} from '../kernel/urls.ts'
import { keepersOf, lastLinkCheck, linkCounts, linksThat, placesOf } from './queries.ts'
import { outcomeOrder, outcomes, reasonText } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'links/list': LinksPage
  }
}

type PlaceShown = { text: string; path: string; label: string; edit: { text: string; path: string } | null }

type LinkShown = {
  url: string
  tag: Tag
  why: string
  facts: readonly Fact[]
  places: readonly PlaceShown[]
  more: { text: string; path: string } | null
}

export type LinksPage = {
  head: PageHead
  lead: string
  /** Null: links have never been checked. */
  filters: readonly { title: string; choices: readonly Choice[] }[]
  sections: readonly { anchor: string; title: string; links: readonly LinkShown[]; more: Value | null }[]
  /** Said when there is nothing to show. */
  none: { text: string; hint: string | null } | null
  pages: readonly Pages[]
}

const perPage = 50
/** Of each outcome, as long as no one of them is chosen. */
const perSection = 20
const placesShown = 5
/** Where one outcome is chosen: a source may stand on every page. */
const mostPlaces = 100

/** The outcomes that somebody should do something about: what one sees first. */
const wrong: readonly LinkOutcome[] = ['broken', 'moved', 'unreachable', 'not_checked']

/** What the portal's pages under an address are about, and where it is changed. */
const changedAt: readonly { under: string; register: string; edit: (slug: string) => string; what: string }[] = [
  { under: `${meetingsPath}/`, register: 'meeting', edit: workMeetingPath, what: 'Öppna mötet' },
  { under: `${documentsPath}/`, register: 'document', edit: editDocumentPath, what: 'Ändra dokumentet' },
  { under: `${mattersPath}/`, register: 'matter', edit: editMatterPath, what: 'Ändra ärendet' },
  { under: `${bodiesPath}/`, register: 'body', edit: editBodyPath, what: 'Ändra gruppen' },
  { under: `${plansPath}/`, register: 'plan', edit: workPlanPath, what: 'Öppna planen' },
  {
    under: `${changeProposalsPath}/`,
    register: 'change-proposal',
    edit: workChangeProposalPath,
    what: 'Ändra förslaget',
  },
  // On one page all of them, each at its own anchor.
  { under: `${projectsPath}#`, register: 'project', edit: editProjectPath, what: 'Ändra projektet' },
  ...[primaryCareDataPath, interestBankPath].map((path) => ({
    under: `${path}#`,
    register: `catalogue/${path.slice(1)}`,
    edit: (slug: string) => catalogueEntryPath(path.slice(1), slug),
    what: 'Ändra posten',
  })),
]

/** The thing that a place's page is about, as 'register/slug', and the way to its form. */
function thingAt(path: string) {
  for (const { under, register, edit, what } of changedAt) {
    if (!path.startsWith(under)) continue
    const [part = ''] = path.slice(under.length).split(/[/#]/)
    const slug = decodeURIComponent(part).replace(/-rubrik$/, '')
    if (slug !== '') return { thing: `${register}/${slug}`, edit: { text: what, path: edit(slug) } }
  }
  return null
}

/** What became of the links to other sites when they were last followed. `outcome` null: all that should be looked at. */
export async function linksPage(
  db: Kysely<Database>,
  identity: Identity | null,
  outcome: LinkOutcome | null,
  page: number,
): Promise<LinksPage> {
  const [counts, checkedAt] = await Promise.all([linkCounts(db), lastLinkCheck(db)])
  const title = 'Länkar till andra webbplatser'
  const chosen = outcome === null ? null : outcomes[outcome]
  const head: PageHead = {
    title: chosen === null ? title : `${title}: ${chosen.many}`,
    crumbs: [{ text: 'Arbetsyta', path: workspacePath }, { text: 'Register', path: registersPath }, { text: title }],
    hidden: true,
  }
  if (checkedAt === null) {
    return {
      head,
      lead: 'Länkarna har inte prövats ännu.',
      filters: [],
      sections: [],
      none: {
        text: 'Här visas vilka länkar på de öppna sidorna som inte längre leder rätt, och var de står.',
        hint: 'Den som sköter servern slår på kontrollen med LINK_CHECKS=on och kör npm run -s portal -- check-links, gärna en gång i veckan.',
      },
      pages: [],
    }
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const toLookAt = wrong.reduce((sum, one) => sum + (counts.get(one) ?? 0), 0)
  const path = (one: LinkOutcome | null) =>
    withQuery(linkChecksPath, { utfall: one === null ? null : outcomes[one].word })
  const shown = outcome === null ? wrong : [outcome]
  const found = await Promise.all(
    shown.map(async (one) => ({
      one,
      rows: await linksThat(
        db,
        one,
        outcome === null ? perSection : perPage,
        outcome === null ? 0 : (page - 1) * perPage,
      ),
    })),
  )
  const places = Map.groupBy(
    await placesOf(
      db,
      found.flatMap(({ rows }) => rows.map(({ url }) => url)),
    ),
    ({ url }) => url,
  )
  // First the places where somebody can do something about it.
  const placesAtOnce = outcome === null ? placesShown : mostPlaces
  const shownPlaces = (url: string) => {
    const [changeable, others] = [true, false].map((can) =>
      (places.get(url) ?? []).filter(({ path }) => (thingAt(path) !== null) === can),
    )
    return [...(changeable ?? []), ...(others ?? [])].slice(0, placesAtOnce)
  }
  const keepers = await keepersOf(
    db,
    [...places.keys()].flatMap((url) => shownPlaces(url).flatMap((place) => thingAt(place.path)?.thing ?? [])),
  )
  const placeShown = (place: { path: string; page: string; label: string }): PlaceShown => {
    const at = thingAt(place.path)
    const edit = at !== null && keeps(identity, keepers.get(at.thing) ?? null) ? at.edit : null
    return { text: place.page, path: place.path, label: place.label, edit }
  }
  return {
    head,
    lead: `${counted(total, 'länk', 'länkar')} prövades ${momentText(checkedAt)}. ${
      toLookAt === 0 ? 'Alla fungerar.' : `${counted(toLookAt, 'länk', 'länkar')} behöver ses över.`
    }`,
    filters: [
      {
        title: 'Visa',
        choices: [
          { text: 'Att se över', path: path(null), current: outcome === null, count: toLookAt },
          ...outcomeOrder.map((one) => ({
            text: outcomes[one].many,
            path: path(one),
            current: outcome === one,
            count: counts.get(one) ?? 0,
          })),
        ],
      },
    ],
    sections: found
      .filter(({ rows }) => rows.length > 0)
      .map(({ one, rows }) => {
        const left = (counts.get(one) ?? 0) - rows.length
        return {
          anchor: outcomes[one].word,
          title: sectionTitles[one],
          links: rows.map((row): LinkShown => {
            const rest = (places.get(row.url) ?? []).length - placesAtOnce
            return {
              url: row.url,
              tag: { text: outcomes[one].one, tone: outcomes[one].tone },
              why: reasonText(one, row.reason, row.status),
              facts: [
                {
                  term: 'Leder nu till',
                  values: row.leads_to === null ? [] : [{ text: row.leads_to, url: row.leads_to }],
                },
                { term: 'Så sedan', values: one === 'works' ? [] : [{ text: dayText(stockholmToday(row.since)) }] },
              ].filter(({ values }) => values.length > 0),
              places: shownPlaces(row.url).map(placeShown),
              more: rest > 0 ? { text: `och på ${counted(rest, 'sida', 'sidor')} till`, path: path(one) } : null,
            }
          }),
          more: outcome === null && left > 0 ? { text: `Visa alla ${counts.get(one) ?? 0}`, path: path(one) } : null,
        }
      }),
    none: found.every(({ rows }) => rows.length === 0)
      ? { text: outcome === null ? 'Alla länkar leder rätt.' : 'Ingen länk stämmer med urvalet.', hint: null }
      : null,
    pages:
      outcome === null
        ? []
        : [pagesOf(linkChecksPath, { utfall: outcomes[outcome].word }, page, counts.get(outcome) ?? 0, perPage)].filter(
            (one) => one !== null,
          ),
  }
}

const sectionTitles: Record<LinkOutcome, string> = {
  broken: 'Trasiga',
  moved: 'Flyttade',
  unreachable: 'Svarar inte',
  not_checked: 'Ej prövade',
  works: 'Fungerar',
}
