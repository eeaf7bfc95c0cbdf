import type { Config } from '../config.ts'
import type { Reader } from '../db/database.ts'
import type { Certainty } from '../db/schema.ts'
import { type Cell, type Column, type Fact, type Pages, pagesOf } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { dayText } from '../kernel/dates.ts'
import { swedishNumber } from '../kernel/numbers.ts'
import { compareSwedish, counted, listed } from '../kernel/text.ts'
import * as urls from '../kernel/urls.ts'
import * as queries from './about-queries.ts'
import {
  accessibilityActUrl,
  certaintyMeanings,
  dataProtectionSupervisor,
  factTables,
  sourceKindNames,
  statementDates,
  supervisor,
} from './about-texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'overviews/about/portal': { head: PageHead; links: readonly AboutLink[] }
    'overviews/about/sources': SourcesPage
    'overviews/about/accessibility': AccessibilityPage
    'overviews/about/cookies': CookiesPage
    'overviews/about/privacy': PrivacyPage
  }
}

type AboutLink = { text: string; path: string; about: string }

const aboutCrumb = { text: 'Om portalen', path: urls.aboutPath }

const links: readonly AboutLink[] = [
  {
    text: 'Källor och metod',
    path: urls.sourcesPath,
    about: 'var uppgifterna kommer ifrån, hur säkra de är och hur de rättas',
  },
  {
    text: 'Tillgänglighetsredogörelse',
    path: urls.accessibilityPath,
    about: 'brister vi känner till och hur du anmäler',
  },
  { text: 'Kakor', path: urls.cookiesPath, about: 'portalen sätter inga' },
  {
    text: 'Personuppgifter',
    path: urls.privacyPath,
    about: 'vilka som nämns här, varför och vilka rättigheter de har',
  },
]

export function aboutPage({ name }: Config['site']) {
  return {
    head: {
      title: 'Om portalen',
      section: 'about',
      crumbs: [{ text: 'Om portalen' }],
      description: `Vem som ansvarar för portalen för ${name}, och hur uppgifterna hänger ihop.`,
    } satisfies PageHead,
    links,
  }
}

export type SourcesPage = {
  head: PageHead
  certainties: { columns: readonly Column[]; rows: readonly (readonly Cell[])[] }
  sources: readonly { anchor: string; title: string; url: string | null; facts: readonly Fact[] }[]
  doubts: readonly { note: string; where: string }[]
  /** Of the sources and of what is uncertain, both. */
  pages: Pages | null
  corrections: string
  /** Some minutes are there as summaries only. */
  summaries: boolean
}

const certainties: readonly Certainty[] = ['stated', 'derived', 'uncertain']

/** Sources, and reasons for doubt, on one page. */
const perPage = 20

export async function sourcesPage(db: Reader, page: number): Promise<SourcesPage> {
  const first = (page - 1) * perPage
  const listed = queries.sources(db, perPage, first)
  const [sources, grounded, total, all, doubts, corrections, summaries] = await Promise.all([
    listed,
    listed.then((rows) =>
      queries.groundedFacts(
        db,
        rows.map(({ id }) => id),
      ),
    ),
    queries.countSources(db),
    queries.factsByCertainty(db),
    queries.doubts(db, perPage, first),
    queries.countCorrections(db),
    queries.hasSummaries(db),
  ])
  return {
    head: {
      title: 'Källor och metod',
      section: 'about',
      crumbs: [aboutCrumb, { text: 'Källor och metod' }],
      description:
        'Vilka källor uppgifterna är hämtade ur, hur säkra de är, hur sammanfattningar är gjorda och hur fel rättas.',
    },
    certainties: {
      columns: [{ text: 'Märkning' }, { text: 'Betyder' }, { text: 'Antal uppgifter', numeric: true }],
      rows: certainties.map((certainty) => [
        { text: certaintyMeanings[certainty].name },
        { text: certaintyMeanings[certainty].meaning },
        { text: swedishNumber(all[certainty]) },
      ]),
    },
    sources: sources
      .map((source) => ({ source, itsFacts: grounded.filter(({ source_id }) => source_id === source.id) }))
      .map(({ source, itsFacts }) => ({
        anchor: `kalla-${source.id}`,
        title: source.title,
        url: source.url,
        facts: sourceFacts(source, itsFacts),
      })),
    doubts: doubts.map(({ note, source, place }) => ({
      note: note ?? '',
      where: place ? `${source}, ${place}` : source,
    })),
    pages: pagesOf(urls.sourcesPath, {}, page, Math.max(total, doubts[0]?.total ?? 0), perPage),
    corrections:
      corrections === 0
        ? 'Ingen uppgift har rättats än.'
        : `Hittills: ${counted(corrections, 'rättelse', 'rättelser')}.`,
    summaries,
  }
}

function sourceFacts({ kind, quality }: queries.KnownSource, grounded: readonly queries.Grounded[]): Fact[] {
  const total = (chosen: readonly queries.Grounded[]) => chosen.reduce((sum, { facts }) => sum + facts, 0)
  const tables = Object.entries(factTables)
    .map(([table, [one, many]]) => ({ count: total(grounded.filter((row) => row.table === table)), one, many }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || compareSwedish(a.many, b.many))
  const sure = certainties
    .map((certainty) => ({ certainty, count: total(grounded.filter((row) => row.certainty === certainty)) }))
    .filter(({ count }) => count > 0)
  return [
    { term: 'Slag', values: [{ text: sourceKindNames[kind] }] },
    ...(quality === null ? [] : [{ term: 'Kvalitet', values: [{ text: quality }] }]),
    {
      term: 'Ligger till grund för',
      values: [
        { text: listed(tables.map(({ count, one, many }) => counted(count, one, many))) || 'inga uppgifter ännu' },
      ],
    },
    ...(sure.some(({ certainty }) => certainty !== 'stated')
      ? [
          {
            term: 'Så säkra är de',
            values: [
              {
                text: listed(
                  sure.map(({ certainty, count }) => `${swedishNumber(count)} ${certaintyMeanings[certainty].name}`),
                ),
              },
            ],
          },
        ]
      : []),
  ]
}

export type AccessibilityPage = {
  head: PageHead
  short: readonly Fact[]
  /** Opens a form elsewhere, or a mail that is begun. */
  report: { url: string; byMail: boolean }
  supervisor: typeof supervisor
  actUrl: string
  assessed: string
}

/** The statement that the Act on accessibility of digital public services asks for; docs/adr tells which eleven parts. */
export function accessibilityPage({ site, publicOrigin, basePath }: Config): AccessibilityPage {
  const address = `${publicOrigin}${basePath}/`
  const assessed = dayText(statementDates.assessed)
  return {
    head: {
      title: 'Tillgänglighetsredogörelse',
      section: 'about',
      crumbs: [aboutCrumb, { text: 'Tillgänglighetsredogörelse' }],
      description: `Hur tillgänglig portalen för ${site.name} är, vilka brister vi känner till och hur du anmäler fler.`,
      changed: dayText(statementDates.updated),
    },
    short: [
      { term: 'Offentlig aktör', values: [{ text: site.authority }] },
      { term: 'Webbplats', values: [{ text: `${site.name}, ${address}` }] },
      { term: 'Hur väl lagen uppfylls', values: [{ text: 'Webbplatsen är delvis förenlig med lagen.' }] },
      { term: 'Bedömningen gjordes', values: [{ text: assessed }] },
      { term: 'Redogörelsen uppdaterades', values: [{ text: dayText(statementDates.updated) }] },
    ],
    report:
      site.accessibilityForm === null
        ? { url: reportMail(site, address), byMail: true }
        : { url: site.accessibilityForm, byMail: false },
    supervisor,
    actUrl: accessibilityActUrl,
    assessed,
  }
}

function reportMail({ name, contactEmail }: Config['site'], address: string): string {
  const body = [
    `Webbplats: ${address}`,
    'Vilken sida gäller det?',
    'Vad går inte att använda, läsa eller förstå?',
    'Vilket hjälpmedel och vilken webbläsare använder du? (frivilligt)',
    'Vill du ha innehållet i ett annat format? Vilket?',
  ]
  const words = { subject: `Tillgänglighet: ${name}`, body: body.join('\r\n\r\n') }
  return `mailto:${contactEmail}?${Object.entries(words)
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
    .join('&')}`
}

export type CookiesPage = {
  head: PageHead
  columns: readonly Column[]
  /** The cookies of those who sign in; http/cookies.ts gives them. */
  rows: readonly (readonly Cell[])[]
}

export function cookiesPage({ session }: Config): CookiesPage {
  const { idleMinutes: idle } = session
  const unused = idle % 60 === 0 ? counted(idle / 60, 'timme', 'timmar') : counted(idle, 'minut', 'minuter')
  const atMost = `Tills du loggar ut eller stänger webbläsaren, högst ${counted(session.hours, 'timme', 'timmar')}`
  return {
    head: {
      title: 'Kakor',
      section: 'about',
      crumbs: [aboutCrumb, { text: 'Kakor' }],
      description: 'Portalen sätter inga kakor för den som läser och mäter inga besök.',
    },
    columns: [{ text: 'Kaka' }, { text: 'Vad den gör' }, { text: 'Hur länge' }],
    rows: [
      [
        { text: 'portal-sign-in' },
        { text: 'Håller ihop stegen medan du loggar in.' },
        { text: 'Tills du är inloggad eller stänger webbläsaren' },
      ],
      [
        { text: 'portal-session' },
        { text: 'Visar att det är du, så att du inte behöver logga in på varje sida.' },
        { text: `${atMost}, eller ${unused} utan att något händer` },
      ],
    ],
  }
}

export type PrivacyPage = {
  head: PageHead
  named: string
  withoutPage: number
  supervisor: typeof dataProtectionSupervisor
}

export async function privacyPage(db: Reader): Promise<PrivacyPage> {
  const { named, with_page } = await queries.countPersons(db)
  return {
    head: {
      title: 'Personuppgifter',
      section: 'about',
      crumbs: [aboutCrumb, { text: 'Personuppgifter' }],
      description: 'Vilka personuppgifter portalen har, varför, hur länge och vem du vänder dig till.',
    },
    named: named === 0 ? 'inga personer ännu' : counted(named, 'person', 'personer'),
    withoutPage: named - with_page,
    supervisor: dataProtectionSupervisor,
  }
}
