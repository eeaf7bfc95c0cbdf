import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'

/** A catalogue with what it hangs together with; undefined when the county has none. */
export function catalogueBySlug(db: Reader, slug: string) {
  return db
    .selectFrom('catalogue')
    .leftJoin('matter', 'matter.id', 'catalogue.matter_id')
    .leftJoin('body', 'body.id', 'catalogue.body_id')
    .leftJoin('document', 'document.id', 'catalogue.document_id')
    .selectAll('catalogue')
    .select([
      'matter.slug as matter_slug',
      'matter.title as matter_title',
      'body.slug as body_slug',
      'body.name as body_name',
      'document.slug as document_slug',
      'document.title as document_title',
    ])
    .where('catalogue.slug', '=', slug as never)
    .executeTakeFirst()
}

export function entriesOf(db: Reader, catalogueId: number) {
  return db
    .selectFrom('catalogue_entry')
    .selectAll()
    .where('catalogue_id', '=', catalogueId)
    .orderBy(sql`withdrawn_on is not null`)
    .orderBy('position')
    .orderBy('id')
    .execute()
}
