import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import type { RequirementDimension } from '../db/schema.ts'
import { notFound } from '../kernel/errors.ts'

/** The bodies that the person keeps; null: all of them. */
export function bodiesKept(db: Reader, kept: ReadonlySet<string> | null) {
  return db
    .selectFrom('body')
    .select(['slug', 'name', 'kind', 'valid', 'planned'])
    .$if(kept !== null, (query) => query.where('slug', 'in', [...(kept ?? []), ''] as never[]))
    .orderBy('kind')
    .orderBy('position')
    .orderBy('id')
    .execute()
}

/** @throws PortalError not-found */
export function bodyToEdit(db: Reader, slug: string) {
  return db
    .selectFrom('body')
    .selectAll()
    .where('slug', '=', slug as never)
    .executeTakeFirstOrThrow(() => notFound(`body ${slug}`))
}

export type BodyToEdit = Awaited<ReturnType<typeof bodyToEdit>>

/** What hangs on a body's row, as its form has it. */
export async function bodyBelongings(db: Reader, bodyId: number) {
  const [names, requirements, reporting] = [
    await db
      .selectFrom('body_name')
      .select('name')
      .where('body_id', '=', bodyId)
      .where('valid', 'is', null)
      .orderBy('id')
      .execute(),
    await db
      .selectFrom('body_requirement')
      .select(['dimension', 'requirement'])
      .where('body_id', '=', bodyId)
      .execute(),
    await db
      .selectFrom('body_reporting')
      .leftJoin('body', 'body.id', 'body_reporting.to_body_id')
      .select(['body_reporting.id', 'body.name', 'body_reporting.to_text', 'body_reporting.how'])
      .where('body_reporting.body_id', '=', bodyId)
      .orderBy('body_reporting.id')
      .execute(),
  ]
  const reportingIds = reporting.map(({ id, name, to_text, how }) => ({
    id,
    to: name ?? to_text ?? '',
    how: how as string,
  }))
  return {
    otherNames: names.map(({ name }) => name as string),
    requirements: Object.fromEntries(
      requirements.map(({ dimension, requirement }) => [dimension, requirement]),
    ) as Partial<Record<RequirementDimension, string>>,
    reporting: reportingIds.map(({ to, how }) => ({ to, how })),
    reportingIds,
  }
}

export function seatRows(db: Reader, bodyId: number) {
  return db
    .selectFrom('seat')
    .leftJoin('organisation', 'organisation.id', 'seat.represents_organisation_id')
    .leftJoin('body', 'body.id', 'seat.represents_body_id')
    .selectAll('seat')
    .select(['organisation.name as organisation_name', 'body.name as represented_name'])
    .where('seat.body_id', '=', bodyId)
    .orderBy('seat.position')
    .orderBy('seat.id')
    .execute()
}

export type SeatRow = Awaited<ReturnType<typeof seatRows>>[number]

/** What the forms of seats and of opening state choose from. */
export async function seatChoices(db: Reader) {
  const [organisations, bodies, meetings, documents] = await Promise.all([
    db.selectFrom('organisation').select(['id', 'name']).orderBy('position').orderBy('id').execute(),
    db.selectFrom('body').select(['id', 'name']).orderBy(sql`name collate "sv-x-icu"`).execute(),
    db
      .selectFrom('meeting')
      .select(['id', 'title as name'])
      .where('state', 'in', ['mentioned', 'held', 'drafted', 'adjusting', 'published'])
      .orderBy('held_on', 'desc')
      .execute(),
    db.selectFrom('document').select(['id', 'title as name']).orderBy(sql`title collate "sv-x-icu"`).execute(),
  ])
  return { organisations, bodies, meetings, documents }
}

/** People whose name holds the words; all when there are none. Those who only have an account are left out. */
export function peopleNamed(db: Reader, words: string) {
  return db
    .selectFrom('person')
    .select(['slug', 'name', 'no_page_because'])
    .$if(words !== '', (query) =>
      query.where(
        sql<boolean>`unaccent(lower(name)) like '%' || unaccent(lower(${words.replace(/[%_\\]/g, '')})) || '%'`,
      ),
    )
    .orderBy(sql`name collate "sv-x-icu"`)
    .execute()
}

/** @throws PortalError not-found */
export function personToEdit(db: Reader, slug: string) {
  return db
    .selectFrom('person')
    .select(['id', 'slug', 'name', 'no_page_because', 'version'])
    .where('slug', '=', slug as never)
    .executeTakeFirstOrThrow(() => notFound(`person ${slug}`))
}
