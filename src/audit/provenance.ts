import type { Reader } from '../db/database.ts'
import type { Certainty } from '../db/schema.ts'

/** Where a fact comes from and how sure it is, as views/parts/provenance shows it. */
export type Provenance = {
  certainty: Certainty
  /** Why the fact is derived or uncertain. */
  note: string | null
  sources: { code: string; title: string; place: string; url: string | null }[]
}

/** The provenance of each id, in two queries whatever the number. */
export async function provenances(db: Reader, ids: Iterable<number>): Promise<Map<number, Provenance>> {
  const wanted = [...new Set(ids)]
  const found = new Map<number, Provenance>()
  if (wanted.length === 0) return found
  const rows = await db.selectFrom('provenance').select(['id', 'certainty', 'note']).where('id', 'in', wanted).execute()
  for (const { id, certainty, note } of rows) found.set(id, { certainty, note, sources: [] })
  const places = await db
    .selectFrom('provenance_source')
    .innerJoin('source', 'source.id', 'provenance_source.source_id')
    .select(['provenance_source.provenance_id', 'provenance_source.place', 'source.code', 'source.title', 'source.url'])
    .where('provenance_source.provenance_id', 'in', wanted)
    .orderBy('provenance_source.provenance_id')
    .orderBy('provenance_source.position')
    .execute()
  for (const { provenance_id, ...place } of places) found.get(provenance_id)?.sources.push(place)
  return found
}
