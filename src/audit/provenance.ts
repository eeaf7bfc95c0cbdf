import type { Reader } from '../db/database.ts'
import type { Certainty } from '../db/schema.ts'

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

/** Where the facts with these provenances come from, in one query whatever the number. Unknown ids are left out. */
export async function provenances(db: Reader, ids: Iterable<number>): Promise<Map<number, SourcePlace[]>> {
  const wanted = [...new Set(ids)]
  const found = new Map<number, SourcePlace[]>()
  if (wanted.length === 0) return found
  const rows = await db
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
    .where('provenance.id', 'in', wanted)
    .orderBy('provenance.id')
    .orderBy('provenance_source.position')
    .execute()
  for (const { id, place, ...source } of rows) {
    const places = found.get(id) ?? []
    // The reason is said once, beside the first place.
    places.push({ ...source, place: place || null, note: places.length === 0 ? source.note : null })
    found.set(id, places)
  }
  return found
}
