import { sql } from 'kysely'
import { typedHere } from '../audit/provenance.ts'
import { freeSlug, rowDifference } from '../audit/rows.ts'
import type { Work } from '../audit/work.ts'
import { parseRange, rangeText } from '../db/ranges.ts'
import type { OrganisationKind } from '../db/schema.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'

export type OrganisationValues = {
  name: string
  /** From which day the name applies, when it is another than before. */
  nameFrom: Day | null
  shortName: string
  kind: OrganisationKind
  parentId: number | null
  municipalCode: string | null
  isParty: boolean
  careKind: string | null
  note: string | null
  valid: string
}

const columns = (values: OrganisationValues) => ({
  name: values.name,
  short_name: values.shortName,
  kind: values.kind,
  parent_id: values.parentId,
  municipal_code: values.municipalCode,
  is_party: values.isParty,
  care_kind: values.careKind,
  note: values.note,
  valid: values.valid,
})

export type OrganisationRefusal = 'stale' | 'code-taken' | 'within-itself'

async function refusalOf(
  work: Work,
  id: number | null,
  values: OrganisationValues,
): Promise<OrganisationRefusal | null> {
  if (values.municipalCode !== null) {
    const other = await work.trx
      .selectFrom('organisation')
      .select('id')
      .where('municipal_code', '=', values.municipalCode)
      .executeTakeFirst()
    if (other && other.id !== id) return 'code-taken'
  }
  if (id === null || values.parentId === null) return null
  const { rows } = await sql<{ id: number }>`
    with recursive part as (
      select id from organisation where id = ${id}
      union select organisation.id from organisation join part on organisation.parent_id = part.id
    ) select id from part where id = ${values.parentId}`.execute(work.trx)
  return rows.length > 0 ? 'within-itself' : null
}

/** @returns the new organisation's address, or why not */
export async function addOrganisation(
  work: Work,
  values: OrganisationValues,
  today: Day,
): Promise<{ slug: string } | { refusal: OrganisationRefusal }> {
  const slug = await freeSlug(work, 'organisation', values.name)
  const refusal = await refusalOf(work, null, values)
  if (refusal) {
    await work.record('organisation.refused', `organisation/${slug}`, { refusal })
    return { refusal }
  }
  await work.trx
    .insertInto('organisation')
    .values({
      slug,
      ...columns(values),
      position: sql<number>`(select coalesce(max(position), 0) + 1 from organisation)`,
      provenance_id: await typedHere(work, today),
    })
    .execute()
  await work.record('organisation.added', `organisation/${slug}`, { before: null, after: columns(values) })
  return { slug }
}

/** Changes an organisation. A former name stays readable on its own days. */
export async function changeOrganisation(
  work: Work,
  slug: string,
  version: number,
  values: OrganisationValues,
  today: Day,
): Promise<OrganisationRefusal | null> {
  const row = await work.trx
    .selectFrom('organisation')
    .selectAll()
    .where('slug', '=', slug as never)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`organisation ${slug}`))
  const refusal = row.version === version ? await refusalOf(work, row.id, values) : 'stale'
  if (refusal) {
    await work.record('organisation.refused', `organisation/${slug}`, { refusal })
    return refusal
  }
  if (values.name !== row.name) {
    const former = await work.trx
      .selectFrom('organisation_name')
      .select('valid')
      .where('organisation_id', '=', row.id)
      .orderBy(sql`upper(valid) desc`)
      .executeTakeFirst()
    const since = former ? parseRange(former.valid).to : null
    const until = values.nameFrom ?? today
    if (since === null || since < until) {
      await work.trx
        .insertInto('organisation_name')
        .values({ organisation_id: row.id, name: row.name, valid: rangeText({ from: since, to: until }) })
        .execute()
    }
  }
  await work.trx.updateTable('organisation').set(columns(values)).where('id', '=', row.id).execute()
  await work.record(
    'organisation.changed',
    `organisation/${slug}`,
    rowDifference(row, columns(values)) ?? { nothing: true },
  )
  return null
}
