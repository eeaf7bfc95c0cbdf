import { sql } from 'kysely'
import { typedHere } from '../audit/provenance.ts'
import { freeSlug, rowDifference } from '../audit/rows.ts'
import type { Work } from '../audit/work.ts'
import type { Reader } from '../db/database.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'

export type MatterValues = {
  title: string
  summary: string | null
  registryNumber: string | null
  stateText: string | null
  /** The body that keeps the matter. */
  bodyId: number | null
  bodyIds: readonly number[]
  documentIds: readonly number[]
  closedOn: Day | null
  links: readonly { label: string; url: string }[]
}

const columns = (values: MatterValues) => ({
  title: values.title,
  summary: values.summary,
  registry_number: values.registryNumber,
  state_text: values.stateText,
  body_id: values.bodyId,
  closed_on: values.closedOn,
})

/** What hangs on a matter's row. */
export async function matterBelongings(db: Reader, matterId: number) {
  const [bodies, documents, links] = [
    await db.selectFrom('body_matter').select('body_id').where('matter_id', '=', matterId).orderBy('body_id').execute(),
    await db
      .selectFrom('document_matter')
      .select('document_id')
      .where('matter_id', '=', matterId)
      .orderBy('document_id')
      .execute(),
    await db
      .selectFrom('link')
      .select(['label', 'url'])
      .where('matter_id', '=', matterId)
      .orderBy('position')
      .orderBy('id')
      .execute(),
  ]
  return {
    bodies: bodies.map(({ body_id }) => body_id),
    documents: documents.map(({ document_id }) => document_id),
    links: links.map(({ label, url }) => ({ label: label as string, url })),
  }
}

const wanted = ({ bodyIds, documentIds, links }: MatterValues) => ({
  bodies: [...bodyIds].sort((a, b) => a - b),
  documents: [...documentIds].sort((a, b) => a - b),
  links: links.map(({ label, url }) => ({ label, url })),
})

async function setBelongings(work: Work, matterId: number, values: MatterValues, today: Day): Promise<void> {
  const { trx } = work
  const { bodies, documents, links } = wanted(values)
  const before = await matterBelongings(trx, matterId)
  await trx.deleteFrom('body_matter').where('matter_id', '=', matterId).execute()
  if (bodies.length > 0) {
    await trx
      .insertInto('body_matter')
      .values(bodies.map((body_id) => ({ body_id, matter_id: matterId })))
      .execute()
  }
  await trx.deleteFrom('document_matter').where('matter_id', '=', matterId).execute()
  if (documents.length > 0) {
    await trx
      .insertInto('document_matter')
      .values(documents.map((document_id) => ({ document_id, matter_id: matterId })))
      .execute()
  }
  if (JSON.stringify(before.links) === JSON.stringify(links)) return
  const provenance_id = await typedHere(work, today)
  await trx.deleteFrom('link').where('matter_id', '=', matterId).execute()
  if (links.length > 0) {
    await trx
      .insertInto('link')
      .values(links.map((link, place) => ({ ...link, matter_id: matterId, position: place + 1, provenance_id })))
      .execute()
  }
}

export type MatterRefusal = 'stale' | 'number-taken'

async function isTaken(work: Work, values: MatterValues, id: number | null): Promise<boolean> {
  if (values.registryNumber === null) return false
  const other = await work.trx
    .selectFrom('matter')
    .select('id')
    .where('registry_number', '=', values.registryNumber)
    .executeTakeFirst()
  return other !== undefined && other.id !== id
}

/** @returns the new matter's address, or why not */
export async function addMatter(
  work: Work,
  values: MatterValues,
  today: Day,
): Promise<{ slug: string } | { refusal: MatterRefusal }> {
  const slug = await freeSlug(work, 'matter', values.title)
  if (await isTaken(work, values, null)) {
    await work.record('matter.refused', `matter/${slug}`, { refusal: 'number-taken' })
    return { refusal: 'number-taken' }
  }
  const { id } = await work.trx
    .insertInto('matter')
    .values({
      slug,
      ...columns(values),
      position: sql<number>`(select coalesce(max(position), 0) + 1 from matter)`,
      provenance_id: await typedHere(work, today),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await setBelongings(work, id, values, today)
  await work.record('matter.added', `matter/${slug}`, {
    before: null,
    after: { ...columns(values), ...wanted(values) },
  })
  return { slug }
}

/** Changes a matter; with a closing day it is closed, without one it is open again. */
export async function changeMatter(
  work: Work,
  slug: string,
  version: number,
  values: MatterValues,
  today: Day,
): Promise<MatterRefusal | null> {
  const row = await work.trx
    .selectFrom('matter')
    .selectAll()
    .where('slug', '=', slug as never)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`matter ${slug}`))
  const refusal = row.version !== version ? 'stale' : (await isTaken(work, values, row.id)) ? 'number-taken' : null
  if (refusal) {
    await work.record('matter.refused', `matter/${slug}`, { refusal })
    return refusal
  }
  const before = { ...row, ...(await matterBelongings(work.trx, row.id)) }
  await work.trx.updateTable('matter').set(columns(values)).where('id', '=', row.id).execute()
  await setBelongings(work, row.id, values, today)
  const after = { ...columns(values), ...wanted(values) }
  await work.record('matter.changed', `matter/${slug}`, rowDifference(before, after) ?? { nothing: true })
  return null
}
