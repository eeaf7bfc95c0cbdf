import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import type { Certainty, PageExclusion, SourceKind } from '../db/schema.ts'
import type { FactTable } from './about-texts.ts'

/** How many facts of one kind rest on a source, and how sure they are. */
export type Grounded = { source_id: number; certainty: Certainty; table: FactTable; facts: number }

export type KnownSource = {
  id: number
  title: string
  kind: SourceKind
  quality: string | null
  url: string | null
}

/** SQL: the portal itself, while nothing is entered in it yet: then there is nothing to tell of it. */
const unusedPortal = sql<boolean>`(source.kind = 'portal' and not exists (
  select from fact_count where fact_count.source_id = source.id and fact_count.facts > 0))`

/** The documents that facts come from, in the order in which they were registered: a page of them. */
export function sources(db: Reader, limit: number, offset: number): Promise<KnownSource[]> {
  return db
    .selectFrom('source')
    .select(['id', 'title', 'kind', 'quality', 'url'])
    .where((eb) => eb.not(unusedPortal))
    .orderBy('id')
    .limit(limit)
    .offset(offset)
    .execute()
}

export async function countSources(db: Reader): Promise<number> {
  const counted = db.selectFrom('source').select((eb) => eb.fn.countAll<number>().as('count'))
  const [all, unused] = await Promise.all([
    counted.executeTakeFirstOrThrow(),
    counted.where(unusedPortal).executeTakeFirstOrThrow(),
  ])
  return all.count - unused.count
}

/** Whoever only has an account here is named nowhere; these two are named where the source names them. */
const namedWithoutPage: PageExclusion[] = ['service_user_representative', 'uncertain_reading']

function namedPersons(db: Reader) {
  return db
    .selectFrom('person')
    .where((eb) => eb.or([eb('no_page_because', 'is', null), eb('no_page_because', 'in', namedWithoutPage)]))
}

/**
 * Facts of the sources counted by source, certainty and kind. A fact read in two documents counts in both, a fact read in
 * two places of the same document once.
 */
export function groundedFacts(db: Reader, sourceIds: readonly number[]): Promise<Grounded[]> {
  return db
    .selectFrom('fact_count')
    .select(['source_id', 'certainty', 'register as table', 'facts'])
    .where(sql<boolean>`source_id = any(${sourceIds}::bigint[])`)
    .where('facts', '>', 0)
    .execute() as Promise<Grounded[]>
}

/** All facts by certainty, each counted once however many documents it stands in. */
export async function factsByCertainty(db: Reader): Promise<Record<Certainty, number>> {
  const rows = await db
    .selectFrom('fact_count')
    .select((eb) => ['certainty', eb.cast<number>(eb.fn.sum('facts'), 'bigint').as('facts')])
    .where('source_id', 'is', null)
    .groupBy('certainty')
    .execute()
  return { stated: 0, derived: 0, uncertain: 0, ...Object.fromEntries(rows.map((row) => [row.certainty, row.facts])) }
}

/**
 * Why facts are uncertain, each reason once, with the first place where it applies: a page of them, and how many there are.
 */
export function doubts(db: Reader, limit: number, offset: number) {
  const reasons = db
    .selectFrom('provenance')
    .select((eb) => ['note', eb.fn.min('id').as('id')])
    .where('certainty', '=', sql.lit('uncertain' as const))
    .where('note', 'is not', null)
    .groupBy('note')
    .as('reason')
  return db
    .selectFrom(reasons)
    .innerJoin('provenance_source as place', (join) =>
      join.onRef('place.provenance_id', '=', 'reason.id').on('place.position', '=', 1),
    )
    .innerJoin('source', 'source.id', 'place.source_id')
    .select((eb) => [
      'source.title as source',
      'place.place',
      'reason.note',
      eb.fn.countAll<number>().over().as('total'),
    ])
    .orderBy('source.id')
    .orderBy('reason.id')
    .limit(limit)
    .offset(offset)
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

/** Some minutes are there as summaries only. */
export async function hasSummaries(db: Reader): Promise<boolean> {
  const row = await db
    .selectFrom('agenda_item')
    .select('id')
    .where('text_kind', '=', sql.lit('summary' as const))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
