import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import type { Day } from '../kernel/dates.ts'
import { documentParties, partyPositions } from './queries.ts'
import { positionsOn } from './rules.ts'

export type BoardRow = {
  organisation_id: number
  slug: string
  name: string
  position: Awaited<ReturnType<typeof partyPositions>>[number] | null
}

/**
 * Each party with its position as known on the day: the document's parties and whoever else has a position; all parties
 * of the county when the document names none.
 */
export async function boardOf(db: Reader, documentId: number, day: Day): Promise<BoardRow[]> {
  const [parties, positions] = [await documentParties(db, [documentId]), await partyPositions(db, [documentId])]
  const named = [...parties, ...positions]
  const all =
    named.length > 0
      ? named.map(({ organisation_id, slug, name }) => ({ organisation_id, slug, name }))
      : await db
          .selectFrom('organisation')
          .select(['id as organisation_id', 'slug', 'name'])
          .where('is_party', '=', true)
          .orderBy('position')
          .orderBy('id')
          .execute()
  const known = positionsOn(positions, day)
  const rows = new Map(all.map((row) => [row.organisation_id, row]))
  return [...rows.values()].map((row) => ({ ...row, position: known.get(row.organisation_id) ?? null }))
}

/** What the form of a document chooses from. */
export async function documentChoices(db: Reader) {
  const [bodies, parties, matters] = await Promise.all([
    db.selectFrom('body').select(['id', 'slug', 'name']).orderBy(sql`name collate "sv-x-icu"`).execute(),
    db
      .selectFrom('organisation')
      .select(['id', 'name'])
      .where('is_party', '=', true)
      .orderBy('position')
      .orderBy('id')
      .execute(),
    db.selectFrom('matter').select(['id', 'title']).orderBy(sql`title collate "sv-x-icu"`).execute(),
  ])
  return { bodies, parties, matters }
}

/** The documents that the person keeps; null: all of them. */
export function documentsKept(db: Reader, kept: ReadonlySet<string> | null) {
  return db
    .selectFrom('document')
    .leftJoin('body', 'body.id', 'document.owner_body_id')
    .select([
      'document.slug',
      'document.title',
      'document.kind',
      'document.state',
      'document.revision_due_on',
      'document.revision_due_precision',
      'body.short_name as owner',
    ])
    .$if(kept !== null, (query) => query.where('body.slug', 'in', [...(kept ?? []), ''] as never[]))
    .orderBy(sql`document.title collate "sv-x-icu"`)
    .execute()
}

export async function belongingsOf(db: Reader, documentId: number) {
  const [parties, matters] = await Promise.all([
    db.selectFrom('document_party').select('organisation_id').where('document_id', '=', documentId).execute(),
    db.selectFrom('document_matter').select('matter_id').where('document_id', '=', documentId).execute(),
  ])
  return {
    partyIds: parties.map(({ organisation_id }) => String(organisation_id)),
    matterIds: matters.map(({ matter_id }) => String(matter_id)),
  }
}

/** The versions of a document with their numbers, the newest first. */
export function versionRows(db: Reader, documentId: number) {
  return db
    .selectFrom('document_version')
    .select(['id', 'label', 'valid', 'adopted_effect_id'])
    .where('document_id', '=', documentId)
    .orderBy('valid', 'desc')
    .execute()
}
