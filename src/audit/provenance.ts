import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { fixed } from '../db/fixed.ts'
import type { Certainty } from '../db/schema.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import type { Work } from './work.ts'

/** One place that a fact comes from, the way views/parts/provenance shows it. */
export type SourcePlace = {
  /** The document's title. */
  text: string
  url: string | null
  /** Where in the document. */
  place: string | null
  certainty: Certainty
  /** Why the fact is derived or uncertain. */
  note: string | null
}

const placesOf = fixed((db, wanted: readonly number[]) =>
  db
    .selectFrom('provenance')
    .innerJoin('provenance_source', 'provenance_source.provenance_id', 'provenance.id')
    .innerJoin('source', 'source.id', 'provenance_source.source_id')
    .select([
      'provenance.id',
      'provenance.certainty',
      'provenance.note',
      'provenance_source.place',
      'source.title as text',
      'source.url',
    ])
    .where(sql<boolean>`provenance.id = any(${wanted}::bigint[])`)
    .orderBy('provenance.id')
    .orderBy('provenance_source.position'),
)

/** Where the facts with these provenances come from, in one query whatever the number. Unknown ids are left out. */
export async function provenances(db: Reader, ids: Iterable<number>): Promise<Map<number, SourcePlace[]>> {
  const wanted = [...new Set(ids)]
  const found = new Map<number, SourcePlace[]>()
  if (wanted.length === 0) return found
  const rows = await placesOf(db, wanted)
  for (const { id, place, ...source } of rows) {
    const places = found.get(id) ?? []
    // The reason is said once, beside the first place.
    places.push({ ...source, place: place || null, note: places.length === 0 ? source.note : null })
    found.set(id, places)
  }
  return found
}

/**
 * SQL: how many rows a register has whose every row has a ground. They are counted as they come and go, so that nobody has
 * to read through them (docs/adr/0085).
 */
export const registered = (register: string) =>
  sql<number>`(select coalesce(sum(facts), 0)::bigint from fact_count where source_id is null and register = ${sql.lit(register)})`

/**
 * The ground of a fact that somebody types into the portal itself; the log says which account it was.
 * @param today when given, the ground says when and in what role
 * @returns its provenance
 */
export async function typedHere({ trx, actor }: Pick<Work, 'trx' | 'actor'>, today?: Day): Promise<number> {
  const key = today === undefined ? 'portal' : `portal ${today} ${actor.name}`
  const place = today === undefined ? '' : `av ${actor.name} ${dayText(today)}`
  const known = await trx.selectFrom('provenance').select('id').where('key', '=', key).executeTakeFirst()
  if (known) return known.id
  const source = await trx
    .insertInto('source')
    .values({ code: 'PORTAL', title: 'Infört i portalen', kind: 'portal' })
    .onConflict((conflict) => conflict.column('code').doUpdateSet((eb) => ({ code: eb.ref('excluded.code') })))
    .returning('id')
    .executeTakeFirstOrThrow()
  const provenance = await trx
    .insertInto('provenance')
    .values({ key })
    .onConflict((conflict) => conflict.column('key').doUpdateSet((eb) => ({ key: eb.ref('excluded.key') })))
    .returning('id')
    .executeTakeFirstOrThrow()
  await trx
    .insertInto('provenance_source')
    .values({ provenance_id: provenance.id, position: 1, source_id: source.id, place })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return provenance.id
}
