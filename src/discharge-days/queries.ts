import { type Kysely, sql } from 'kysely'
import type { Database, Reader } from '../db/database.ts'
import { fixed } from '../db/fixed.ts'
import { parseRange } from '../db/ranges.ts'
import { addDays, type Day } from '../kernel/dates.ts'
import { compareSwedish, slugify } from '../kernel/text.ts'
import type { Period } from './periods.ts'
import type { Columns, Layout } from './reading/columns.ts'
import type { Counts } from './rules.ts'

/** A measured administration; `code` is what addresses and files call it: 'hsf'. */
export type Administration = { id: number; code: string; slug: string; name: string; shortName: string }

export type Municipality = { id: number; slug: string; name: string; shortName: string; code: string }

/** Who is measured, and where. */
export type Places = {
  /** The administrations whose discharge days are followed up: those with a base period. */
  administrations: Administration[]
  /** The county's municipalities in Swedish order. */
  municipalities: Municipality[]
  /** The months of which an administration's sums for the whole county came as a file. */
  countyMonths: ReadonlyMap<number, readonly Day[]>
}

const organisationsMeasured = fixed((db) =>
  db
    .selectFrom('organisation')
    .select(['id', 'slug', 'name', 'short_name as shortName', 'kind', 'municipal_code'])
    .select(
      sql<string[]>`array(
        select distinct month from discharge_coverage where administration_id = organisation.id and level = 'county'
      )`.as('county_months'),
    )
    .where((on) =>
      on.or([
        on('kind', '=', 'municipality'),
        on('kind', '=', 'administration').and(
          on.exists(
            on
              .selectFrom('parameter_value')
              .select('parameter_value.id')
              .whereRef('administration_id', '=', 'organisation.id')
              .where('parameter_code', '=', 'base_period'),
          ),
        ),
      ]),
    )
    .orderBy('position')
    .orderBy('id'),
)

/** The administrations and the municipalities, in one question: whoever asks for some of it mostly needs the rest. */
export async function measuredPlaces(db: Reader): Promise<Places> {
  const rows = await organisationsMeasured(db)
  const measured = rows.filter(({ kind }) => kind === 'administration')
  return {
    administrations: measured.map(({ id, slug, name, shortName }) => ({
      id,
      slug,
      name,
      shortName,
      code: slugify(shortName),
    })),
    municipalities: rows
      .filter(({ kind }) => kind === 'municipality')
      .map(({ id, slug, name, shortName, municipal_code }) => ({
        id,
        slug,
        name,
        shortName,
        code: municipal_code ?? '',
      }))
      .toSorted((a, b) => compareSwedish(a.shortName, b.shortName)),
    countyMonths: new Map(measured.map(({ id, county_months }) => [id, county_months as Day[]])),
  }
}

/** A sum that the county itself has published, without its municipalities. */
export type CountyFigure = {
  administrationId: number
  from: Day
  to: Day
  episodes: number
  days: number
  /** Null: it came as a file. */
  provenanceId: number | null
}

const countyFigures = fixed((db) => db.selectFrom('published_county_figure').selectAll().orderBy('period'))

export async function publishedCountyFigures(db: Reader): Promise<CountyFigure[]> {
  const rows = await countyFigures(db)
  return rows.map(({ administration_id, period, episodes, days, provenance_id }) => {
    const { from, to } = parseRange(period)
    if (from === null || to === null) throw new Error(`a published figure without bounds: ${period}`)
    return {
      administrationId: administration_id,
      from,
      to: addDays(to, -1),
      episodes,
      days,
      provenanceId: provenance_id,
    }
  })
}

export const isFor = (figure: CountyFigure, administrationId: number, period: Period) =>
  figure.administrationId === administrationId && figure.from === period.from && figure.to === period.to

/** A base period of an administration that there are figures of. */
export type PublishedPeriod = { administrationId: number; from: Day; to: Day }

/** What is known of a base period: the decided publication and every place's figures. */
export type StoredPublication = PublishedPeriod & {
  id: number
  example: boolean
  batchIds: readonly number[]
  countyWithheld: boolean
  recordedAt: Date
  current: boolean
  /** `municipalityId` null: people from elsewhere. Members see all, the public what is not withheld. */
  figures: readonly (Counts & { municipalityId: number | null; withheld: boolean })[]
}

// One row a publication: a row a figure would repeat what is the same for them all.
const withFigures = (db: Reader, administrationIds: readonly number[], from: Day, to: Day) =>
  publicationsIn(db, from, to)
    .where(sql<boolean>`administration_id = any(${administrationIds}::bigint[])`)
    .selectAll('publication')
    .select(
      sql<[number | null, number, number, number | null, boolean][]>`(
        select coalesce(json_agg(json_build_array(municipality_id, episodes, days, late_days, withheld)), '[]')
        from discharge_figure figure where figure.publication_id = publication.id
      )`.as('figures'),
    )
const allIn = fixed(withFigures)
const currentIn = fixed((db, administrationIds: readonly number[], from: Day, to: Day) =>
  withFigures(db, administrationIds, from, to).where('replaced_at', 'is', null),
)

/**
 * The publications of base periods that begin in the span, oldest first.
 * @param which 'current': what counts now; 'all': also what has been replaced
 */
export async function publications(
  db: Reader,
  administrationIds: readonly number[],
  span: { from: Day; to: Day },
  which: 'current' | 'all' = 'current',
): Promise<StoredPublication[]> {
  if (administrationIds.length === 0) return []
  const rows = await (which === 'current' ? currentIn : allIn)(db, administrationIds, span.from, span.to)
  return rows.map(({ figures, ...row }) => ({
    id: row.id,
    administrationId: row.administration_id,
    ...daysOf(row.period),
    example: row.example,
    batchIds: row.batch_ids,
    countyWithheld: row.county_withheld,
    recordedAt: row.recorded_at,
    current: row.replaced_at === null,
    figures: figures.map(([municipalityId, episodes, days, lateDays, withheld]) => ({
      municipalityId,
      episodes,
      days,
      lateDays,
      withheld,
    })),
  }))
}

const periodsIn = fixed((db, from: Day, to: Day) =>
  publicationsIn(db, from, to)
    .where('administration_id', 'in', (on) =>
      on
        .selectFrom('parameter_value')
        .select((of) => of.ref('administration_id').$notNull().as('administration_id'))
        .where('parameter_code', '=', 'base_period')
        .where('administration_id', 'is not', null),
    )
    .select(['administration_id', 'period'])
    .where('replaced_at', 'is', null),
)

/** Of which base periods that begin in the span there are figures that count now, of any administration, oldest first. */
export async function publishedPeriods(db: Reader, span: { from: Day; to: Day }): Promise<PublishedPeriod[]> {
  const rows = await periodsIn(db, span.from, span.to)
  return rows.map(({ administration_id, period }) => ({ administrationId: administration_id, ...daysOf(period) }))
}

function publicationsIn(db: Reader, from: Day, to: Day) {
  return db
    .selectFrom('discharge_publication as publication')
    .where(sql<boolean>`lower(publication.period) between ${from}::date and ${to}::date`)
    .orderBy('publication.period')
    .orderBy('publication.id')
}

/** First and last day of a range of dates that has both. */
function daysOf(range: string): { from: Day; to: Day } {
  const { from, to } = parseRange(range)
  return { from: from as Day, to: addDays(to as Day, -1) }
}

/** A stored cell that counts now: the latest batch that covers its month and is not undone, real before invented. */
export type CurrentCell = Counts & {
  administrationId: number
  municipalityId: number | null
  kind: 'month' | 'quarter'
  from: Day
  batchId: number
  example: boolean
}

/**
 * The cells that count now in the given months.
 * @param months with the first payable day that late days are counted by; null: they are not counted
 */
export async function currentCells(
  db: Reader,
  administrationId: number,
  level: 'municipal' | 'county',
  months: readonly { month: Day; firstPayableDay: number | null }[],
): Promise<CurrentCell[]> {
  if (months.length === 0) return []
  const { rows } = await sql<{
    municipality_id: number | null
    from: Day
    quarter: boolean
    episodes: number
    days: number
    late_days: number | null
    batch_id: number
    example: boolean
  }>`
    with asked as (
      select * from unnest(${months.map(({ month }) => month)}::date[], ${months.map(({ firstPayableDay }) => firstPayableDay)}::int[])
        as asked (month, first_payable_day)
    ), current as (
      select distinct on (coverage.month) coverage.month, coverage.batch_id, batch.example, asked.first_payable_day
      from discharge_coverage coverage
        join asked on asked.month = coverage.month
        join discharge_batch batch on batch.id = coverage.batch_id
      where coverage.administration_id = ${administrationId} and coverage.level = ${level} and batch.undone_at is null
      order by coverage.month, batch.example, coverage.batch_id desc
    )
    select cell.municipality_id, lower(cell.period) as from, cell.episodes, cell.days, current.batch_id, current.example,
      upper(cell.period) > (lower(cell.period) + interval '1 month')::date as quarter,
      case
        when current.first_payable_day is null then null
        when counted.late_days is not null then counted.late_days
        when cell.episodes = 0 then 0
        when current.first_payable_day = 4 then cell.late_days
      end as late_days
    from current
      join discharge_cell cell on cell.batch_id = current.batch_id and cell.administration_id = ${administrationId}
        and cell.level = ${level} and lower(cell.period) = current.month
      left join lateral (
        select sum(greatest(0, histogram.days - (current.first_payable_day - 1))::bigint * histogram.episodes)::bigint as late_days
        from discharge_histogram histogram where histogram.cell_id = cell.id
      ) counted on true
    order by current.month, cell.municipality_id nulls last`.execute(db as Kysely<Database>)
  return rows.map((row) => ({
    administrationId,
    municipalityId: row.municipality_id,
    kind: row.quarter ? 'quarter' : 'month',
    from: row.from,
    episodes: row.episodes,
    days: row.days,
    lateDays: row.late_days,
    batchId: row.batch_id,
    example: row.example,
  }))
}

/** The histogram of each place in the base periods that begin in the span; summaries have none and are left out. */
export async function histograms(
  db: Reader,
  administrationId: number,
  span: { from: Day; to: Day },
): Promise<{ municipalityId: number | null; month: Day; days: number; episodes: number }[]> {
  const { rows } = await sql<{ municipality_id: number | null; month: Day; days: number; episodes: number }>`
    with current as (
      select distinct on (coverage.month) coverage.month, coverage.batch_id
      from discharge_coverage coverage join discharge_batch batch on batch.id = coverage.batch_id
      where coverage.administration_id = ${administrationId} and coverage.level = 'municipal' and batch.undone_at is null
        and coverage.month between ${span.from}::date and ${span.to}::date
      order by coverage.month, batch.example, coverage.batch_id desc
    )
    select cell.municipality_id, current.month, histogram.days, histogram.episodes
    from current
      join discharge_cell cell on cell.batch_id = current.batch_id and cell.administration_id = ${administrationId}
        and cell.level = 'municipal' and lower(cell.period) = current.month
      join discharge_histogram histogram on histogram.cell_id = cell.id
    order by current.month, cell.municipality_id, histogram.days`.execute(db as Kysely<Database>)
  return rows.map(({ municipality_id, ...row }) => ({ municipalityId: municipality_id, ...row }))
}

export type Batch = {
  id: number
  kind: 'episodes' | 'summaries'
  example: boolean
  fileName: string
  sha256: string
  accepted: number
  rejected: number
  actor: string
  recordedAt: Date
  undoneAt: Date | null
  undoneBy: string | null
}

/** Imports, the latest first. */
export async function batches(db: Reader, ids: readonly number[] | null = null, most = 200): Promise<Batch[]> {
  const rows = await db
    .selectFrom('discharge_batch')
    .selectAll()
    .$if(ids !== null, (query) => query.where('id', 'in', [0, ...(ids ?? [])]))
    .orderBy('id', 'desc')
    .limit(most)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    example: row.example,
    fileName: row.file_name,
    sha256: row.sha256.toString('hex'),
    accepted: row.rows_accepted,
    rejected: row.rows_rejected,
    actor: row.actor_name,
    recordedAt: row.recorded_at,
    undoneAt: row.undone_at,
    undoneBy: row.undone_by,
  }))
}

/** The import of the very same file that still stands, if there is one. */
export async function batchOfFile(db: Reader, sha256: Buffer): Promise<{ id: number; recordedAt: Date } | null> {
  const row = await db
    .selectFrom('discharge_batch')
    .select(['id', 'recorded_at'])
    .where('sha256', '=', sha256)
    .where('undone_at', 'is', null)
    .executeTakeFirst()
  return row ? { id: row.id, recordedAt: row.recorded_at } : null
}

/** What a batch covers, in order. */
export async function coverageOf(
  db: Reader,
  batchId: number,
): Promise<{ administrationId: number; level: 'municipal' | 'county'; month: Day }[]> {
  const rows = await db
    .selectFrom('discharge_coverage')
    .select(['administration_id', 'level', 'month'])
    .where('batch_id', '=', batchId)
    .orderBy('administration_id')
    .orderBy('level')
    .orderBy('month')
    .execute()
  return rows.map(({ administration_id, level, month }) => ({
    administrationId: administration_id,
    level,
    month: month as Day,
  }))
}

/** Changes when anything is imported or undone: a preview made before that is out of date. */
export async function importMark(db: Reader): Promise<string> {
  const row = await db
    .selectFrom('discharge_batch')
    .select(({ fn }) => [fn.max('id').as('last'), fn.count('undone_at').as('undone'), fn.countAll().as('all')])
    .executeTakeFirstOrThrow()
  return `${row.last ?? 0}/${row.undone}/${row.all}`
}

/** The layout that somebody has explained for these headers. */
export async function rememberedLayouts(db: Reader): Promise<(headers: readonly string[]) => Layout | null> {
  const rows = await db.selectFrom('discharge_header_mapping').select(['headers', 'kind', 'columns']).execute()
  const layouts = new Map(
    rows.map((row) => [row.headers.join('\n'), { kind: row.kind, columns: row.columns as Columns }]),
  )
  return (headers) => layouts.get(headers.join('\n')) ?? null
}
