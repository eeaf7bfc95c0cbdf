import type { Reader } from '../db/database.ts'
import { parseRange } from '../db/ranges.ts'
import type { MeetingState } from '../db/schema.ts'
import { type PeriodKind, periodOf, periodSlug, yearPeriodOf } from '../discharge-days/periods.ts'
import { administrations, municipalities } from '../discharge-days/queries.ts'
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

/**
 * Every page that is an address of its own, in a fixed order. Not here: days in the past, filters, comparisons, single
 * items and reports to print, which show over again what stands on these.
 */
export async function publicAddresses(db: Reader): Promise<PublicAddress[]> {
  const [
    meetings,
    decisions,
    bodies,
    plans,
    documents,
    matters,
    themes,
    parties,
    persons,
    figures,
    proposals,
    letters,
  ] = await Promise.all([
    db
      .selectFrom('meeting')
      .select(['slug', 'published_at as changed'])
      .where('state', 'in', publicStates as MeetingState[])
      .orderBy('held_on', 'desc')
      .orderBy('id')
      .execute(),
    db
      .selectFrom('decision')
      .select(['slug', 'carried_out_at as changed'])
      .where('state', '=', 'carried_out')
      .orderBy('decided_on', 'desc')
      .orderBy('id')
      .execute(),
    db.selectFrom('body').select('slug').orderBy('position').orderBy('id').execute(),
    db.selectFrom('plan').select('slug').orderBy('id').execute(),
    db.selectFrom('document').select('slug').orderBy('id').execute(),
    db.selectFrom('matter').select('slug').orderBy('id').execute(),
    db.selectFrom('theme').select('slug').orderBy('position').orderBy('id').execute(),
    db.selectFrom('organisation').select('short_name as slug').where('is_party', '=', true).orderBy('id').execute(),
    db.selectFrom('person').select('slug').where('no_page_because', 'is', null).orderBy('slug').execute(),
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
  const pages = (rows: readonly { slug: string; changed?: Date | null }[], path: (slug: string) => string) =>
    rows.map(({ slug, changed = null }) => ({ path: path(slug), changed, kind: path('x') }))
  return [
    ...fixed.map((path) => ({ path, changed: null, kind: path })),
    ...pages(meetings, urls.meetingPath),
    ...pages(decisions, urls.decisionPath),
    ...pages(bodies, urls.bodyPath),
    ...pages(plans, urls.planPath),
    ...pages(plans, urls.planChainPath),
    ...pages(documents, urls.documentPath),
    ...pages(matters, urls.matterPath),
    ...pages(themes, urls.themePath),
    ...pages(proposals, urls.changeProposalPath),
    ...pages(parties, urls.partyPath),
    ...pages(persons, urls.personPath),
    ...pages(letters, urls.newsletterPath),
    ...figures.map((path) => ({ path, changed: null, kind: path })),
  ]
}

/** Periods with figures, the administrations and municipalities that they are of, and whole years. */
async function dischargeAddresses(db: Reader): Promise<string[]> {
  const [offices, places, published, countyFigures] = await Promise.all([
    administrations(db),
    municipalities(db),
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
