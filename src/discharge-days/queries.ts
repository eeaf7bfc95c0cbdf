import type { Reader } from '../db/database.ts'
import { parseRange } from '../db/ranges.ts'
import { addDays, type Day } from '../kernel/dates.ts'
import { compareSwedish, slugify } from '../kernel/text.ts'
import type { Period } from './periods.ts'

/** A measured administration; `code` is what addresses and files call it: 'hsf'. */
export type Administration = { id: number; code: string; slug: string; name: string; shortName: string }

export type Municipality = { id: number; slug: string; name: string; shortName: string; code: string }

/** The administrations whose discharge days are followed up: those with a base period. */
export async function administrations(db: Reader): Promise<Administration[]> {
  const rows = await db
    .selectFrom('organisation')
    .select(['id', 'slug', 'name', 'short_name as shortName'])
    .where('kind', '=', 'administration')
    .where((on) =>
      on.exists(
        on
          .selectFrom('parameter_value')
          .select('parameter_value.id')
          .whereRef('administration_id', '=', 'organisation.id')
          .where('parameter_code', '=', 'base_period'),
      ),
    )
    .orderBy('position')
    .orderBy('id')
    .execute()
  return rows.map((row) => ({ ...row, code: slugify(row.shortName) }))
}

/** The county's municipalities in Swedish order. */
export async function municipalities(db: Reader): Promise<Municipality[]> {
  const rows = await db
    .selectFrom('organisation')
    .select(['id', 'slug', 'name', 'short_name as shortName', 'municipal_code'])
    .where('kind', '=', 'municipality')
    .execute()
  return rows
    .map(({ municipal_code, ...row }) => ({ ...row, code: municipal_code ?? '' }))
    .toSorted((a, b) => compareSwedish(a.shortName, b.shortName))
}

/** A sum that the county itself has published, without its municipalities. */
export type CountyFigure = {
  administrationId: number
  from: Day
  to: Day
  episodes: number
  days: number
  provenanceId: number
}

export async function publishedCountyFigures(db: Reader): Promise<CountyFigure[]> {
  const rows = await db.selectFrom('published_county_figure').selectAll().orderBy('period').execute()
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
