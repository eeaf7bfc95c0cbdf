import { sql } from 'kysely'
import { fixed } from '../db/fixed.ts'
import { holds } from '../db/ranges.ts'
import type { Day } from '../kernel/dates.ts'

/** The organisations that there are on the day, with the names that they had then. */
export const organisationsOn = fixed((db, day: Day) =>
  db
    .selectFrom('organisation')
    .select([
      'organisation.id',
      'organisation.slug',
      'organisation.short_name',
      'organisation.kind',
      'organisation.parent_id',
      'organisation.is_party',
      'organisation.care_kind',
      'organisation.note',
      'organisation.provenance_id',
      sql<string>`coalesce((
        select former.name from organisation_name former
        where former.organisation_id = organisation.id and former.valid @> ${day}::date
      ), organisation.name)`.as('name'),
    ])
    .where(holds('organisation.valid', day))
    .orderBy('organisation.position')
    .orderBy('organisation.id'),
)

export type Organisation = Awaited<ReturnType<typeof organisationsOn>>[number]
