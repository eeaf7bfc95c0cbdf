import { typedHere } from '../audit/provenance.ts'
import { rowDifference } from '../audit/rows.ts'
import type { Work } from '../audit/work.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { slugify } from '../kernel/text.ts'

export type ModelValues = { summary: string; state_text: string | null; is_draft: boolean }
export type StepValues = { title: string; description: string | null; position: number; retired: boolean }
export type QuestionValues = {
  heading: string
  question: string
  hint: string | null
  step_id: number | null
  position: number
  retired: boolean
}
export type LevelValues = { title: string; scale: string; decided_by: string; position: number; retired: boolean }

/** A row of the model as a form gives it, with the table that it stands in. */
export type ModelRow =
  | { table: 'change_step'; values: StepValues }
  | { table: 'change_question'; values: QuestionValues }
  | { table: 'change_level'; values: LevelValues }

const nameOf = (row: ModelRow) => (row.table === 'change_question' ? row.values.heading : row.values.title)

/** Says what the model is for. `version` 0 when there was none. */
export async function describeModel(
  work: Work,
  version: number,
  values: ModelValues,
  today: Day,
): Promise<'stale' | null> {
  const row = await work.trx.selectFrom('change_model').selectAll().forUpdate().executeTakeFirst()
  if ((row?.version ?? 0) !== version) {
    await work.record('change-model.refused', 'change-model/model', { refusal: 'stale' })
    return 'stale'
  }
  const provenance_id = await typedHere(work, today)
  if (row)
    await work.trx
      .updateTable('change_model')
      .set({ ...values, provenance_id })
      .execute()
  else
    await work.trx
      .insertInto('change_model')
      .values({ ...values, provenance_id })
      .execute()
  await work.record('change-model.changed', 'change-model/model', rowDifference(row ?? {}, values) ?? { nothing: true })
  return null
}

/** Adds a step, a question or a level. @returns its address within its part */
export async function addModelRow(work: Work, row: ModelRow, today: Day): Promise<string> {
  const { trx } = work
  const wanted = slugify(nameOf(row)).slice(0, 180) || 'rad'
  const taken = new Set([
    // 'ny' is the address of the empty form.
    'ny',
    ...(await trx.selectFrom(row.table).select('slug').execute()).map(({ slug }) => slug as string),
  ])
  let slug = wanted
  for (let number = 2; taken.has(slug); number += 1) slug = `${wanted}-${number}`
  const common = { slug, provenance_id: await typedHere(work, today) }
  if (row.table === 'change_step')
    await trx
      .insertInto(row.table)
      .values({ ...row.values, ...common })
      .execute()
  else if (row.table === 'change_level')
    await trx
      .insertInto(row.table)
      .values({ ...row.values, ...common })
      .execute()
  else
    await trx
      .insertInto(row.table)
      .values({ ...row.values, ...common })
      .execute()
  await work.record('change-model.row-added', `change-model/${row.table}/${slug}`, { before: null, after: row.values })
  return slug
}

/** Changes a step, a question or a level. What is changed here has its ground here. @throws PortalError not-found */
export async function changeModelRow(
  work: Work,
  slug: string,
  version: number,
  row: ModelRow,
  today: Day,
): Promise<'stale' | null> {
  const { trx } = work
  const before = await trx
    .selectFrom(row.table)
    .selectAll()
    .where('slug', '=', slug as never)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`${row.table} ${slug}`))
  const about = `change-model/${row.table}/${slug}`
  if (before.version !== version) {
    await work.record('change-model.refused', about, { refusal: 'stale' })
    return 'stale'
  }
  const difference = rowDifference(before, row.values)
  if (difference !== null) {
    const common = { provenance_id: await typedHere(work, today) }
    if (row.table === 'change_step')
      await trx
        .updateTable(row.table)
        .set({ ...row.values, ...common })
        .where('id', '=', before.id)
        .execute()
    else if (row.table === 'change_level')
      await trx
        .updateTable(row.table)
        .set({ ...row.values, ...common })
        .where('id', '=', before.id)
        .execute()
    else
      await trx
        .updateTable(row.table)
        .set({ ...row.values, ...common })
        .where('id', '=', before.id)
        .execute()
  }
  await work.record('change-model.row-changed', about, difference ?? { nothing: true })
  return null
}
