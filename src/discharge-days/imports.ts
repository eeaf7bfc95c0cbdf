import type { Kysely } from 'kysely'
import { type Actor, change } from '../audit/work.ts'
import type { Database, Reader } from '../db/database.ts'
import type { Day } from '../kernel/dates.ts'
import { AlreadyImported, basePeriodsOf, coverage, figuresOf, importReading, type PlaceCounts } from './changes.ts'
import { basePeriodOf, type ParameterValue, parameterValues } from './parameters.ts'
import { monthsOf, type Period } from './periods.ts'
import {
  type Administration,
  batchOfFile,
  currentCells,
  importMark,
  type Municipality,
  measuredPlaces,
  rememberedLayouts,
} from './queries.ts'
import { placeNames } from './reading/cells.ts'
import type { Layout } from './reading/columns.ts'
import { type Reading, type ReadingRules, readFile } from './reading/read-file.ts'
import { type Counts, countHistogram } from './rules.ts'

/** Reads a file against the registers as they are today. Writes nothing. @throws UnusableFile */
export async function readUpload(
  db: Reader,
  source: AsyncIterable<Buffer>,
  fileName: string,
  today: Day,
  { layout = null, progress }: { layout?: Layout | null; progress?: (rows: number) => void } = {},
): Promise<Reading> {
  const [{ administrations: measured, municipalities: towns }, values, remembered] = await Promise.all([
    measuredPlaces(db),
    parameterValues(db),
    rememberedLayouts(db),
  ])
  const rules: ReadingRules = {
    names: placeNames(towns, measured),
    municipalities: towns,
    administrations: measured,
    today,
    baseKind: (administrationId, month) => basePeriodOf(values, administrationId, month)?.kind ?? null,
    remembered,
    ...(progress && { progress }),
  }
  return await readFile(source, fileName, rules, layout)
}

/** What a place's figures are and would become. `before` null: nothing is known of the period today. */
export type PreviewRow = {
  /** Null: people from elsewhere. */
  municipality: Municipality | null
  before: Counts | null
  after: Counts
}

export type PreviewPeriod = {
  administration: Administration
  period: Period
  level: 'municipal' | 'county'
  /** For the county as a whole there is one row, with municipality null. */
  rows: readonly PreviewRow[]
  /** Municipalities that the file says nothing of: they count as having no episodes. */
  missing: readonly Municipality[]
}

export type Preview = {
  /** The import of the very same file that stands already. */
  same: { id: number; recordedAt: Date } | null
  periods: readonly PreviewPeriod[]
  /** {@link importMark} when the preview was made. */
  mark: string
}

/** What would change if the file were imported now. */
export async function previewOf(db: Reader, reading: Reading): Promise<Preview> {
  const [mark, same, { administrations: measured, municipalities: towns }, values] = await Promise.all([
    importMark(db),
    batchOfFile(db, reading.sha256),
    measuredPlaces(db),
    parameterValues(db),
  ])
  const periods: PreviewPeriod[] = []
  for (const administration of measured) {
    for (const level of ['municipal', 'county'] as const) {
      periods.push(...(await previewPeriods(db, reading, administration, level, values, towns)))
    }
  }
  return { same, periods, mark }
}

async function previewPeriods(
  db: Reader,
  reading: Reading,
  administration: Administration,
  level: 'municipal' | 'county',
  values: readonly ParameterValue[],
  towns: readonly Municipality[],
): Promise<PreviewPeriod[]> {
  const cells = reading.cells.filter((cell) => cell.administrationId === administration.id && cell.level === level)
  const covered = new Set(coverage(cells).map(({ month }) => month))
  const bases = basePeriodsOf(values, administration.id, [...covered])
  const asked = bases.flatMap((base) => monthsOf(base)).map((month) => ({ month, firstPayableDay: null }))
  const current = await currentCells(db, administration.id, level, asked)
  const read = cells.map(({ municipalityId, period, histogram, ...cell }) => ({
    municipalityId,
    from: period.from,
    ...(histogram ? countHistogram(histogram, null) : { episodes: cell.episodes, days: cell.days, lateDays: null }),
  }))
  return bases.map((base) => {
    const within = <Dated extends { from: Day }>(all: readonly Dated[]) =>
      all.filter(({ from }) => from >= base.from && from <= base.to)
    const before = level === 'municipal' ? figuresOf(within(current), towns) : within(current)
    const left = within(current).filter(({ from }) => !covered.has(from))
    const after = level === 'municipal' ? figuresOf([...left, ...within(read)], towns) : within(read)
    const of = (counts: readonly PlaceCounts[], id: number | null) =>
      counts.find(({ municipalityId }) => municipalityId === id)
    const named = new Set(within(read).map(({ municipalityId }) => municipalityId))
    return {
      administration,
      period: base,
      level,
      rows: after.map((counts) => ({
        municipality: towns.find(({ id }) => id === counts.municipalityId) ?? null,
        before: of(before, counts.municipalityId) ?? null,
        after: counts,
      })),
      missing: level === 'municipal' ? towns.filter(({ id }) => !named.has(id)) : [],
    }
  })
}

/** Imports what was read. `already`: the very same file stands, and nothing was changed. */
export async function confirmReading(
  db: Kysely<Database>,
  actor: Actor,
  reading: Reading,
): Promise<{ batchId: number; already: boolean }> {
  try {
    return { batchId: await change(db, actor, (work) => importReading(work, reading)), already: false }
  } catch (error) {
    if (error instanceof AlreadyImported) return { batchId: error.batchId, already: true }
    throw error
  }
}
