import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import type { Certainty, PageExclusion, SourceKind } from '../db/schema.ts'
import { type FactTable, factTables } from './about-texts.ts'

/** How many facts of one kind rest on a source, and how sure they are. */
export type Grounded = { source_id: number; certainty: Certainty; table: FactTable; facts: number }

export type KnownSource = {
  id: number
  title: string
  kind: SourceKind
  quality: string | null
  url: string | null
}

/** Every document that facts come from, in the order in which they were registered. */
export function sources(db: Reader): Promise<KnownSource[]> {
  return db.selectFrom('source').select(['id', 'title', 'kind', 'quality', 'url']).orderBy('id').execute()
}

/** Whoever only has an account here is named nowhere; these two are named where the source names them. */
const namedWithoutPage: PageExclusion[] = ['service_user_representative', 'uncertain_reading']

function namedPersons(db: Reader) {
  return db
    .selectFrom('person')
    .where((eb) => eb.or([eb('no_page_because', 'is', null), eb('no_page_because', 'in', namedWithoutPage)]))
}

/** For every table of facts: how many rows that readers see have each provenance. */
function facts(db: Reader) {
  const tables = (Object.keys(factTables) as FactTable[]).filter((table) => table !== 'person')
  // All of them have the one column that is asked for, so any of them can lend its type.
  const rows = (table: FactTable) =>
    db
      .selectFrom(table as 'meeting')
      .select((eb) => [sql.lit<string>(table).as('table'), 'provenance_id', eb.fn.countAll<number>().as('facts')])
      .groupBy('provenance_id')
  const persons = namedPersons(db)
    .select((eb) => [sql.lit<string>('person').as('table'), 'provenance_id', eb.fn.countAll<number>().as('facts')])
    .groupBy('provenance_id')
  return db.with('fact', () => tables.map(rows).reduce((all, more) => all.unionAll(more), persons))
}

/**
 * Facts counted by source, certainty and kind. A fact read in two documents counts in both, a fact read in two places
 * of the same document once.
 */
export function groundedFacts(db: Reader): Promise<Grounded[]> {
  const places = db.selectFrom('provenance_source').select(['provenance_id', 'source_id']).distinct().as('place')
  return facts(db)
    .selectFrom('fact')
    .innerJoin('provenance', 'provenance.id', 'fact.provenance_id')
    .innerJoin(places, 'place.provenance_id', 'fact.provenance_id')
    .select((eb) => [
      'place.source_id',
      'provenance.certainty',
      'fact.table',
      eb.cast<number>(eb.fn.sum('fact.facts'), 'bigint').as('facts'),
    ])
    .groupBy(['place.source_id', 'provenance.certainty', 'fact.table'])
    .execute() as Promise<Grounded[]>
}

/** All facts by certainty, each counted once however many documents it stands in. */
export async function factsByCertainty(db: Reader): Promise<Record<Certainty, number>> {
  const rows = await facts(db)
    .selectFrom('fact')
    .innerJoin('provenance', 'provenance.id', 'fact.provenance_id')
    .select((eb) => ['provenance.certainty', eb.cast<number>(eb.fn.sum('fact.facts'), 'bigint').as('facts')])
    .groupBy('provenance.certainty')
    .execute()
  return { stated: 0, derived: 0, uncertain: 0, ...Object.fromEntries(rows.map((row) => [row.certainty, row.facts])) }
}

/** Why facts are uncertain, each reason once, with the first place where it applies. */
export function doubts(db: Reader) {
  return db
    .selectFrom('provenance')
    .innerJoin('provenance_source as place', (join) =>
      join.onRef('place.provenance_id', '=', 'provenance.id').on('place.position', '=', 1),
    )
    .innerJoin('source', 'source.id', 'place.source_id')
    .select(['source.id as source_id', 'source.title as source', 'provenance.id', 'place.place', 'provenance.note'])
    .where('provenance.certainty', '=', 'uncertain')
    .where('provenance.note', 'is not', null)
    .orderBy('source.id')
    .orderBy('provenance.id')
    .execute()
}

/** How many register facts have been put right since they were entered. */
export async function countCorrections(db: Reader): Promise<number> {
  const { count } = await db
    .selectFrom('correction')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** How many people the public registers name, and how many of them have a page of their own. */
export function countPersons(db: Reader) {
  return namedPersons(db)
    .select((eb) => [
      eb.fn.countAll<number>().as('named'),
      eb.fn.countAll<number>().filterWhere('no_page_because', 'is', null).as('with_page'),
    ])
    .executeTakeFirstOrThrow()
}

/** Of minutes: 'summary', 'wording' or both. */
export async function textKindsOfMinutes(db: Reader): Promise<readonly string[]> {
  const rows = await db.selectFrom('agenda_item').select('text_kind').distinct().execute()
  return rows.map((row) => row.text_kind)
}
