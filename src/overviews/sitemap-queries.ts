import type { Reader } from '../db/database.ts'
import { parseRange } from '../db/ranges.ts'
import type { MeetingState } from '../db/schema.ts'
import { type PeriodKind, periodOf, periodSlug, yearPeriodOf } from '../discharge-days/periods.ts'
import { measuredPlaces } from '../discharge-days/queries.ts'
import { addDays, type Day } from '../kernel/dates.ts'
import * as urls from '../kernel/urls.ts'
import { publicStates } from '../meetings/rules.ts'

/**
 * A page that search engines may list, relative to the base path. `changed` is null where nothing tells. Pages of a `kind`
 * are answered by one route, or none.
 */
export type PublicAddress = { path: string; changed: Date | null; kind: string }

const fixed = [
  urls.startPath,
  urls.meetingsPath,
  urls.decisionsPath,
  urls.bodiesPath,
  urls.organisationPath,
  urls.plansPath,
  urls.followUpPath,
  urls.dischargeDaysPath,
  urls.dischargeRulesPath,
  urls.partiesPath,
  urls.mattersPath,
  urls.documentsPath,
  urls.projectsPath,
  urls.changeProposalsPath,
  urls.primaryCareDataPath,
  urls.interestBankPath,
  urls.newslettersPath,
  urls.followPath,
  urls.aboutPath,
  urls.sourcesPath,
  urls.openDataPath,
  urls.accessibilityPath,
  urls.cookiesPath,
  urls.privacyPath,
]

/** A stretch of a register's numbers: from the first, up to but not including the last. */
type Stretch = { from: number; to: number }

/** The registers that grow with the years, and the pages of their rows. */
const growing = {
  meeting: (db: Reader, { from, to }: Stretch) =>
    db
      .selectFrom('meeting')
      .select(['slug', 'published_at as changed'])
      .where('state', 'in', publicStates as MeetingState[])
      .where('id', '>=', from)
      .where('id', '<', to)
      .orderBy('held_on', 'desc')
      .orderBy('id')
      .execute()
      .then((rows) => pagesOf(rows, urls.meetingPath)),
  decision: (db: Reader, { from, to }: Stretch) =>
    db
      .selectFrom('decision')
      .select(['slug', 'carried_out_at as changed'])
      .where('state', '=', 'carried_out')
      .where('id', '>=', from)
      .where('id', '<', to)
      .orderBy('decided_on', 'desc')
      .orderBy('id')
      .execute()
      .then((rows) => pagesOf(rows, urls.decisionPath)),
  plan: (db: Reader, { from, to }: Stretch) =>
    db
      .selectFrom('plan')
      .select('slug')
      .where('id', '>=', from)
      .where('id', '<', to)
      .orderBy('id')
      .execute()
      .then((rows) => [...pagesOf(rows, urls.planPath), ...pagesOf(rows, urls.planChainPath)]),
  document: (db: Reader, { from, to }: Stretch) =>
    db
      .selectFrom('document')
      .select('slug')
      .where('id', '>=', from)
      .where('id', '<', to)
      .orderBy('id')
      .execute()
      .then((rows) => pagesOf(rows, urls.documentPath)),
  matter: (db: Reader, { from, to }: Stretch) =>
    db
      .selectFrom('matter')
      .select('slug')
      .where('id', '>=', from)
      .where('id', '<', to)
      .orderBy('id')
      .execute()
      .then((rows) => pagesOf(rows, urls.matterPath)),
  person: (db: Reader, { from, to }: Stretch) =>
    db
      .selectFrom('person')
      .select('slug')
      .where('no_page_because', 'is', null)
      .where('id', '>=', from)
      .where('id', '<', to)
      .orderBy('slug')
      .execute()
      .then((rows) => pagesOf(rows, urls.personPath)),
}

type Growing = keyof typeof growing
const registers = Object.keys(growing) as Growing[]

function pagesOf(
  rows: readonly { slug: string; changed?: Date | null }[],
  path: (slug: string) => string,
): PublicAddress[] {
  return rows.map(({ slug, changed = null }) => ({ path: path(slug), changed, kind: path('x') }))
}

/** The highest number of each growing register; 0 for one that is empty. */
async function lastNumbers(db: Reader): Promise<Record<Growing, number>> {
  const found = await Promise.all(
    registers.map(async (register) => {
      const { last } = await db
        // All of them have the one column that is asked for, so any of them can lend its type.
        .selectFrom(register as 'meeting')
        .select((eb) => eb.fn.max('id').as('last'))
        .executeTakeFirstOrThrow()
      return [register, last ?? 0] as const
    }),
  )
  return Object.fromEntries(found) as Record<Growing, number>
}

/** A part of the sitemap: stretches of registers, and perhaps the pages that do not grow in number with the years. */
export type SitemapPart = { rest: boolean; stretches: readonly ({ register: Growing } & Stretch)[] }

/**
 * What the sitemap is divided into. One part, unless the registers' numbers are more than a part is to hold: then each
 * register has its own, by number, so that a part stays the same and no part is counted to find the next.
 * @param perPart how many numbers a part holds
 */
export async function sitemapParts(db: Reader, perPart: number): Promise<SitemapPart[]> {
  const last = await lastNumbers(db)
  const whole = registers.map((register) => ({ register, from: 1, to: last[register] + 1 }))
  if (whole.reduce((sum, { to }) => sum + to - 1, 0) <= perPart) return [{ rest: true, stretches: whole }]
  return [
    { rest: true, stretches: [] },
    ...whole.flatMap(({ register, to }) =>
      Array.from({ length: Math.ceil((to - 1) / perPart) }, (_, place) => ({
        rest: false,
        stretches: [{ register, from: place * perPart + 1, to: (place + 1) * perPart + 1 }],
      })),
    ),
  ]
}

/** The pages of a part, in a fixed order. */
export async function addressesIn(db: Reader, { rest, stretches }: SitemapPart): Promise<PublicAddress[]> {
  const [others, ...grown] = await Promise.all([
    rest ? otherAddresses(db) : [],
    ...stretches.map(({ register, ...stretch }) => growing[register](db, stretch)),
  ])
  return [...others, ...grown.flat()]
}

/**
 * Every page that is an address of its own, in a fixed order. Not here: days in the past, filters, comparisons, single
 * items and reports to print, which show over again what stands on these.
 */
export async function publicAddresses(db: Reader): Promise<PublicAddress[]> {
  const parts = await sitemapParts(db, Number.POSITIVE_INFINITY)
  return (await Promise.all(parts.map((part) => addressesIn(db, part)))).flat()
}

/** The pages that there are not more of every year, or a handful. */
async function otherAddresses(db: Reader): Promise<PublicAddress[]> {
  const [bodies, themes, parties, figures, proposals, letters] = await Promise.all([
    db.selectFrom('body').select('slug').orderBy('position').orderBy('id').execute(),
    db.selectFrom('theme').select('slug').orderBy('position').orderBy('id').execute(),
    db.selectFrom('organisation').select('short_name as slug').where('is_party', '=', true).orderBy('id').execute(),
    dischargeAddresses(db),
    db.selectFrom('change_proposal').select('slug').where('shared_on', 'is not', null).orderBy('id').execute(),
    db
      .selectFrom('newsletter')
      .select(['slug', 'published_at as changed'])
      .where('state', '=', 'published')
      .where('slug', 'is not', null)
      .orderBy('published_at', 'desc')
      .$narrowType<{ slug: string }>()
      .execute(),
  ])
  return [
    ...fixed.map((path) => ({ path, changed: null, kind: path })),
    ...pagesOf(bodies, urls.bodyPath),
    ...pagesOf(themes, urls.themePath),
    ...pagesOf(proposals, urls.changeProposalPath),
    ...pagesOf(parties, urls.partyPath),
    ...pagesOf(letters, urls.newsletterPath),
    ...figures.map((path) => ({ path, changed: null, kind: path })),
  ]
}

/** Periods with figures, the administrations and municipalities that they are of, and whole years. */
async function dischargeAddresses(db: Reader): Promise<string[]> {
  const [{ administrations: offices, municipalities: places }, published, countyFigures] = await Promise.all([
    measuredPlaces(db),
    db
      .selectFrom('discharge_publication')
      .select(['administration_id', 'period'])
      .where('replaced_at', 'is', null)
      .orderBy('period')
      .execute(),
    db.selectFrom('published_county_figure').select(['administration_id', 'period']).orderBy('period').execute(),
  ])
  const paths = offices.flatMap(({ id, code }) => {
    const ofOffice = (rows: readonly { administration_id: number; period: string }[]) =>
      rows.filter(({ administration_id }) => administration_id === id).map(({ period }) => parseRange(period))
    const own = ofOffice(published)
    const periods = [...own, ...ofOffice(countyFigures)].map(({ from, to }) => periodSlug(calendarPeriod(from, to)))
    const years = own.map(({ from }) => periodSlug(yearPeriodOf(from as Day)))
    return [
      ...(own.length > 0 ? [urls.dischargeAdministrationPath(code)] : []),
      ...[...periods, ...years].map((period) => urls.dischargePeriodPath(code, period)),
    ]
  })
  const parts = published.length > 0 ? places.map(({ slug }) => urls.dischargePartyPath(slug)) : []
  return [...new Set([...paths, ...parts])]
}

/** The month, quarter or year that a stored period is. */
function calendarPeriod(from: Day | null, to: Day | null) {
  const kinds: PeriodKind[] = ['month', 'quarter', 'year']
  const period = kinds.map((kind) => periodOf(kind, from as Day)).find((candidate) => addDays(candidate.to, 1) === to)
  if (!period) throw new Error(`not a calendar period: ${from} to ${to}`)
  return period
}
