import { sql } from 'kysely'
import type { Work } from '../audit/work.ts'
import { rangeText } from '../db/ranges.ts'
import { addDays, type Day } from '../kernel/dates.ts'
import { conflict, notFound } from '../kernel/errors.ts'
import { basePeriodOf, judgementOn, type ParameterValue, parameterValues } from './parameters.ts'
import { monthsOf, type Period, periodCode, periodText } from './periods.ts'
import {
  type Administration,
  batchOfFile,
  type CurrentCell,
  coverageOf,
  currentCells,
  type Municipality,
  measuredPlaces,
  publications,
  publishedCountyFigures,
  type StoredPublication,
} from './queries.ts'
import { type Layout, plainHeader } from './reading/columns.ts'
import type { ReadCell } from './reading/counting.ts'
import type { Reading } from './reading/read-file.ts'
import { type Counts, pool } from './rules.ts'
import { type Cell, decidePublication, type Publication } from './suppression.ts'

/** The very same file already stands; nothing was changed. */
export class AlreadyImported extends Error {
  override name = 'AlreadyImported'
  readonly batchId: number

  constructor(batchId: number) {
    super(`the file is batch ${batchId}`)
    this.batchId = batchId
  }
}

/** Any number: who changes discharge days holds this lock until commit, so that imports come one after the other. */
const importLock = 20_180_101

/**
 * Imports what a file was read to hold: its cells take the place of those of the same administration and month, and what
 * may be shown of every period they belong to is decided anew. One transaction: all of it or nothing.
 * @throws AlreadyImported when the same file stands already; PortalError conflict when it would split a quarter
 */
export async function importReading(work: Work, reading: Reading, { example = false } = {}): Promise<number> {
  const { trx } = work
  await lock(work)
  const same = await batchOfFile(trx, reading.sha256)
  if (same) throw new AlreadyImported(same.id)
  const { id: batchId } = await trx
    .insertInto('discharge_batch')
    .values({
      kind: reading.kind,
      example,
      file_name: reading.fileName,
      sha256: reading.sha256,
      rows_accepted: reading.accepted,
      rows_rejected: reading.rejections.count,
      actor_name: work.actor.name,
      account_id: work.actor.accountId ?? null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const covered = coverage(reading.cells)
  await trx
    .insertInto('discharge_coverage')
    .values(
      covered.map(({ administrationId, level, month }) => ({
        batch_id: batchId,
        administration_id: administrationId,
        level,
        month,
      })),
    )
    .execute()
  await insertCells(work, batchId, reading.cells)
  await publish(work, covered)
  await work.record(
    example ? 'discharge-days.example-loaded' : 'discharge-days.imported',
    `discharge-batch/${batchId}`,
    {
      fileName: reading.fileName,
      sha256: reading.sha256.toString('hex'),
      accepted: reading.accepted,
      rejected: reading.rejections.count,
    },
  )
  return batchId
}

/** Undoes an import: what it replaced counts again. @throws PortalError not-found, or conflict when it is undone already */
export async function undoImport(work: Work, batchId: number): Promise<void> {
  const { trx } = work
  await lock(work)
  const batch = await trx
    .selectFrom('discharge_batch')
    .select(['undone_at', 'example'])
    .where('id', '=', batchId)
    .executeTakeFirstOrThrow(() => notFound(`discharge batch ${batchId}`))
  if (batch.undone_at !== null) throw conflict('Inläsningen är redan ångrad.')
  await trx
    .updateTable('discharge_batch')
    .set({ undone_at: sql<Date>`now()`, undone_by: work.actor.name })
    .where('id', '=', batchId)
    .execute()
  await publish(work, await coverageOf(trx, batchId))
  await work.record('discharge-days.undone', `discharge-batch/${batchId}`)
}

/** Removes all invented figures and every trace of their publication. Returns how many imports there were. */
export async function removeExamples(work: Work): Promise<number> {
  const { trx } = work
  await lock(work)
  const ids = (await trx.selectFrom('discharge_batch').select('id').where('example', '=', true).execute()).map(
    ({ id }) => id,
  )
  const covered = (await Promise.all(ids.map((id) => coverageOf(trx, id)))).flat()
  await trx.deleteFrom('discharge_publication').where('example', '=', true).execute()
  if (ids.length > 0) await trx.deleteFrom('discharge_batch').where('id', 'in', ids).execute()
  await publish(work, covered)
  await work.record('discharge-days.examples-removed', 'discharge-days', { batches: ids.length })
  return ids.length
}

/** Remembers which column is what in files with these headers. */
export async function rememberLayout(work: Work, headers: readonly string[], layout: Layout): Promise<void> {
  const row = {
    headers: headers.map(plainHeader),
    kind: layout.kind,
    columns: JSON.stringify(layout.columns),
    actor_name: work.actor.name,
  }
  await work.trx
    .insertInto('discharge_header_mapping')
    .values(row)
    .onConflict((on) =>
      on.column('headers').doUpdateSet({ kind: row.kind, columns: row.columns, actor_name: row.actor_name }),
    )
    .execute()
  await work.record('discharge-days.layout-explained', 'discharge-header-mapping', { kind: layout.kind })
}

/** Decides anew what is shown of every period that figures are known for: after a parameter has changed. */
export async function publishAll(work: Work): Promise<void> {
  await lock(work)
  const rows = await work.trx
    .selectFrom('discharge_coverage')
    .select(['administration_id', 'level', 'month'])
    .distinct()
    .execute()
  await publish(
    work,
    rows.map(({ administration_id, level, month }) => ({
      administrationId: administration_id,
      level,
      month: month as Day,
    })),
  )
}

async function lock({ trx }: Work): Promise<void> {
  await sql`select pg_advisory_xact_lock(${importLock})`.execute(trx)
}

type Covered = { administrationId: number; level: 'municipal' | 'county'; month: Day }

/** The (administration, level, month) that the cells say all of. */
export function coverage(cells: readonly Pick<ReadCell, 'administrationId' | 'level' | 'period'>[]): Covered[] {
  const found = new Map<string, Covered>()
  for (const { administrationId, level, period } of cells) {
    for (const month of monthsOf(period))
      found.set(`${administrationId}/${level}/${month}`, { administrationId, level, month })
  }
  return [...found.values()]
}

async function insertCells({ trx }: Work, batchId: number, cells: readonly ReadCell[]): Promise<void> {
  const range = ({ from, to }: Period) => rangeText({ from, to: addDays(to, 1) })
  // Numbered in the order in which they are given.
  const { rows } = await sql<{ id: number }>`
    insert into discharge_cell (batch_id, administration_id, level, municipality_id, period, episodes, days, late_days)
    select ${batchId}, administration_id, level::discharge_level, municipality_id, period::daterange, episodes, days, late_days
    from unnest(
      ${cells.map((cell) => cell.administrationId)}::bigint[], ${cells.map((cell) => cell.level)}::text[],
      ${cells.map((cell) => cell.municipalityId)}::bigint[], ${cells.map((cell) => range(cell.period))}::text[],
      ${cells.map((cell) => cell.episodes)}::bigint[], ${cells.map((cell) => cell.days)}::bigint[],
      ${cells.map((cell) => cell.lateDays)}::bigint[]
    ) with ordinality as given (administration_id, level, municipality_id, period, episodes, days, late_days, place)
    order by place
    returning id`.execute(trx)
  const ids = rows.map(({ id }) => id).sort((one, other) => one - other)
  const counts: { cell: number[]; days: number[]; episodes: number[] } = { cell: [], days: [], episodes: [] }
  for (const [place, id] of ids.entries()) {
    for (const [days, episodes] of cells[place]?.histogram ?? []) {
      counts.cell.push(id)
      counts.days.push(days)
      counts.episodes.push(episodes)
    }
  }
  if (counts.cell.length === 0) return
  await sql`insert into discharge_histogram (cell_id, days, episodes)
    select * from unnest(${counts.cell}::bigint[], ${counts.days}::int[], ${counts.episodes}::bigint[])`.execute(trx)
}

/** Decides and stores what is known and shown of every base period that the given months belong to. */
async function publish(work: Work, covered: readonly Covered[]): Promise<void> {
  const { trx } = work
  const [values, { administrations: measured, municipalities: towns }, county] = [
    await parameterValues(trx),
    await measuredPlaces(trx),
    await publishedCountyFigures(trx),
  ]
  for (const administration of measured) {
    const months = covered.filter(({ administrationId }) => administrationId === administration.id)
    const periods = basePeriodsOf(
      values,
      administration.id,
      months.map(({ month }) => month),
    )
    if (periods.length === 0) continue
    const asked = periods.flatMap((period) => {
      const { firstPayableDay } = judgementOn(values, administration.id, period.to)
      return monthsOf(period).map((month) => ({ month, firstPayableDay }))
    })
    const cells = await currentCells(trx, administration.id, 'municipal', asked)
    await refuseSplitQuarters(work, administration, periods)
    const totals = [
      ...county.filter((figure) => figure.administrationId === administration.id),
      ...(await currentCells(trx, administration.id, 'county', asked)),
    ]
    const first = periods[0] as Period
    const last = periods.at(-1) as Period
    const stored = await publications(trx, [administration.id], { from: first.from, to: last.from }, 'all')
    const isPeriod = ({ from, to }: StoredPublication) =>
      periods.some((period) => period.from === from && period.to === to)
    // Published by another base period than the one that the rules now name.
    for (const { id } of stored.filter((publication) => publication.current && !isPeriod(publication)))
      await replace(work, id)
    for (const period of periods) {
      const own = cells.filter(({ from }) => from >= period.from && from <= period.to)
      const counts = figuresOf(own, towns)
      const sum = pool(counts.filter(({ municipalityId }) => municipalityId !== null))
      const isKnown = totals.some(
        (total) => total.from === period.from && total.episodes === sum.episodes && total.days === sum.days,
      )
      await publishPeriod(work, administration, period, values, own, counts, isKnown, stored)
    }
  }
}

/** In order, each once. */
export function basePeriodsOf(
  values: readonly ParameterValue[],
  administrationId: number,
  months: readonly Day[],
): Period[] {
  const periods = new Map<string, Period>()
  for (const month of months) {
    const period = basePeriodOf(values, administrationId, month)
    if (period !== null) periods.set(periodCode(period), period)
  }
  return [...periods.values()].toSorted((a, b) => (a.from < b.from ? -1 : 1))
}

export type PlaceCounts = Counts & { municipalityId: number | null }

/** Every municipality, also without episodes, and last those from elsewhere. Empty when nothing is known. */
export function figuresOf(
  cells: readonly (Counts & { municipalityId: number | null })[],
  towns: readonly Municipality[],
): PlaceCounts[] {
  if (cells.length === 0) return []
  return [...towns.map(({ id }) => id), null].map((municipalityId) => ({
    municipalityId,
    ...pool(cells.filter((cell) => cell.municipalityId === municipalityId)),
  }))
}

async function replace({ trx }: Work, publicationId: number): Promise<void> {
  await sql`update discharge_publication set replaced_at = greatest(clock_timestamp(), recorded_at)
    where id = ${publicationId}`.execute(trx)
}

async function publishPeriod(
  work: Work,
  administration: Administration,
  period: Period,
  values: readonly ParameterValue[],
  cells: readonly CurrentCell[],
  counts: readonly PlaceCounts[],
  isKnown: boolean,
  stored: readonly StoredPublication[],
): Promise<void> {
  const { trx } = work
  const of = stored.filter((publication) => publication.from === period.from && publication.to === period.to)
  const current = of.find((publication) => publication.current)
  if (cells.length === 0) {
    if (current !== undefined) await replace(work, current.id)
    return
  }

  const example = cells.some((cell) => cell.example)
  const { firstPayableDay, smallestPublicCell } = judgementOn(values, administration.id, period.to)
  // Invented figures hide nothing of the real ones, and the other way round.
  const earlier = of.filter((publication) => publication.example === example).map(asPublication)
  const municipal = counts.filter(({ municipalityId }) => municipalityId !== null)
  const decision = decidePublication(municipal.map(asCell), smallestPublicCell, earlier, isKnown)
  const withheld = new Set(decision.cells.filter((cell) => cell.withheld).map(({ place }) => place))
  const least = smallestPublicCell ?? Number.POSITIVE_INFINITY
  const figures = counts.map((count) => ({
    ...count,
    withheld:
      count.municipalityId === null
        ? count.episodes > 0 && count.episodes < least
        : withheld.has(String(count.municipalityId)),
  }))
  const batchIds = [...new Set(cells.map(({ batchId }) => batchId))].toSorted((a, b) => a - b)
  if (current !== undefined && current.example === example && saysTheSame(current, figures, decision.countyWithheld)) {
    await trx.updateTable('discharge_publication').set({ batch_ids: batchIds }).where('id', '=', current.id).execute()
    return
  }
  if (current !== undefined) await replace(work, current.id)
  const { id } = await trx
    .insertInto('discharge_publication')
    .values({
      administration_id: administration.id,
      period: rangeText({ from: period.from, to: addDays(period.to, 1) }),
      example,
      batch_ids: batchIds,
      first_payable_day: firstPayableDay,
      smallest_public_cell: smallestPublicCell,
      county_withheld: decision.countyWithheld,
      recorded_at: sql<Date>`clock_timestamp()`,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await trx
    .insertInto('discharge_figure')
    .values(
      figures.map(({ municipalityId, lateDays, ...figure }) => ({
        publication_id: id,
        municipality_id: municipalityId,
        late_days: lateDays,
        ...figure,
      })),
    )
    .execute()
}

const asCell = ({ municipalityId, ...counts }: PlaceCounts): Cell => ({ place: String(municipalityId), ...counts })

function asPublication({ figures, countyWithheld }: StoredPublication): Publication {
  return {
    countyWithheld,
    cells: figures
      .filter(({ municipalityId }) => municipalityId !== null)
      .map(({ withheld, ...counts }) => ({ ...asCell(counts), withheld })),
  }
}

function saysTheSame(
  current: StoredPublication,
  figures: StoredPublication['figures'],
  countyWithheld: boolean,
): boolean {
  const key = ({ municipalityId, episodes, days, lateDays, withheld }: StoredPublication['figures'][number]) =>
    [municipalityId, episodes, days, lateDays, withheld].join('/')
  const before = new Set(current.figures.map(key))
  return (
    current.countyWithheld === countyWithheld &&
    before.size === figures.length &&
    figures.every((figure) => before.has(key(figure)))
  )
}

/** A quarter that a summary states as a whole cannot count for some of its months only. */
async function refuseSplitQuarters(
  { trx }: Work,
  administration: Administration,
  periods: readonly Period[],
): Promise<void> {
  for (const period of periods) {
    if (period.kind !== 'quarter') continue
    const { rows } = await sql<{ split: boolean }>`
      with current as (
        select distinct on (coverage.month) coverage.month, coverage.batch_id
        from discharge_coverage coverage join discharge_batch batch on batch.id = coverage.batch_id
        where coverage.administration_id = ${administration.id} and coverage.level = 'municipal' and batch.undone_at is null
          and coverage.month = any (${monthsOf(period)}::date[])
        order by coverage.month, batch.example, coverage.batch_id desc
      )
      select count(distinct batch_id) > 1 as split from current
      where exists (
        select from current other join discharge_cell cell on cell.batch_id = other.batch_id
        where cell.administration_id = ${administration.id} and cell.level = 'municipal'
          and cell.period = ${rangeText({ from: period.from, to: addDays(period.to, 1) })}::daterange)`.execute(trx)
    if (rows[0]?.split) {
      throw conflict(
        `${administration.shortName} ${periodText(period)} är inläst som en summa för hela kvartalet, och en del av kvartalet kan inte bytas ut för sig. Läs in hela kvartalet, eller ångra summan först.`,
      )
    }
  }
}
