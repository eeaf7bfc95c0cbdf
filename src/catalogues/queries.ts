import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'

/** A catalogue with the body that keeps it; undefined when nobody has described it. */
export function keptCatalogue(db: Reader, slug: string) {
  return db
    .selectFrom('catalogue')
    .leftJoin('body', 'body.id', 'catalogue.body_id')
    .selectAll('catalogue')
    .select('body.slug as body_slug')
    .where('catalogue.slug', '=', slug as never)
    .executeTakeFirst()
}

/** The entries of a catalogue, those that are withdrawn last. */
export function keptEntries(db: Reader, catalogueId: number) {
  return db
    .selectFrom('catalogue_entry')
    .selectAll()
    .where('catalogue_id', '=', catalogueId)
    .orderBy(sql`withdrawn_on is not null`)
    .orderBy('position')
    .orderBy('id')
    .execute()
}

/** The projects that the person keeps, those that go on first; `kept` null: all of them. */
export function keptProjects(db: Reader, kept: ReadonlySet<string> | null) {
  return db
    .selectFrom('project')
    .leftJoin('body', 'body.id', 'project.body_id')
    .selectAll('project')
    .select('body.short_name as body_name')
    .$if(kept !== null, (query) => query.where('body.slug', 'in', [...(kept ?? []), ''] as never[]))
    .orderBy(sql`project.ended_on is not null`)
    .orderBy(sql`project.name collate "sv-x-icu"`)
    .execute()
}

/** The links of a project besides its own address. */
export async function linksOfProject(db: Reader, projectId: number) {
  const rows = await db
    .selectFrom('link')
    .select(['label', 'url'])
    .where('project_id', '=', projectId)
    .orderBy('position')
    .orderBy('id')
    .execute()
  return rows.map(({ label, url }) => ({ label: label as string, url }))
}

/** What a form lets one choose from. */
export async function choices(db: Reader) {
  const [bodies, matters, documents] = await Promise.all([
    db.selectFrom('body').select(['id', 'slug', 'name']).orderBy(sql`name collate "sv-x-icu"`).execute(),
    db.selectFrom('matter').select(['id', 'title as name']).orderBy(sql`title collate "sv-x-icu"`).execute(),
    db.selectFrom('document').select(['id', 'title as name']).orderBy(sql`title collate "sv-x-icu"`).execute(),
  ])
  return { bodies, matters, documents }
}
