import { typedHere } from '../audit/provenance.ts'
import type { Work } from '../audit/work.ts'
import type { MilestoneKind } from '../db/schema.ts'
import type { Day, Precision } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'

/** What has become of a milestone. A moved one stands with its old date and its reason; the new date is a row of its own. */
export type Outcome =
  | { state: 'planned' }
  | { state: 'done'; on: Day }
  | { state: 'moved'; to: { on: Day; precision: Precision }; because: string }

type OfPlan = { id: number; slug: string }

async function locked(work: Work, plan: OfPlan, id: number) {
  return await work.trx
    .selectFrom('milestone')
    .selectAll()
    .where('id', '=', id)
    .where('plan_id', '=', plan.id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`milestone ${id}`))
}

/** Notes the outcome of a milestone of an adopted plan. @returns why not */
export async function noteOutcome(
  work: Work,
  plan: OfPlan,
  id: number,
  version: number,
  outcome: Outcome,
  note: string | null,
  today: Day,
): Promise<'stale' | 'later-than-today' | 'already-moved' | null> {
  const { state, done_on, moved_because, note: stood, ...row } = await locked(work, plan, id)
  const refusal =
    row.version !== version
      ? 'stale'
      : state === 'moved'
        ? 'already-moved'
        : outcome.state === 'done' && outcome.on > today
          ? 'later-than-today'
          : null
  if (refusal) {
    await work.record('milestone.outcome-refused', `plan/${plan.slug}`, { milestone: id, refusal })
    return refusal
  }
  const after = {
    state: outcome.state,
    done_on: outcome.state === 'done' ? outcome.on : null,
    moved_because: outcome.state === 'moved' ? outcome.because : null,
    note,
  }
  await work.trx.updateTable('milestone').set(after).where('id', '=', id).execute()
  let movedTo: number | null = null
  if (outcome.state === 'moved') {
    const { id: next } = await work.trx
      .insertInto('milestone')
      .values({
        plan_id: plan.id,
        area_id: row.area_id,
        activity_id: row.activity_id,
        kind: row.kind,
        title: row.title,
        due_on: outcome.to.on,
        due_precision: outcome.to.precision,
        provenance_id: await typedHere(work, today),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    movedTo = next
  }
  await work.record('milestone.outcome-noted', `plan/${plan.slug}`, {
    milestone: id,
    before: { state, done_on, moved_because, note: stood },
    after,
    ...(movedTo === null || outcome.state !== 'moved' ? {} : { moved_to: { milestone: movedTo, ...outcome.to } }),
  })
  return null
}

export type MilestoneValues = {
  kind: MilestoneKind
  title: string
  areaId: number | null
  activityId: number | null
  due: { on: Day; precision: Precision } | null
  recurrence: string | null
  note: string | null
}

const columns = ({ kind, title, areaId, activityId, due, recurrence, note }: MilestoneValues) => ({
  kind,
  title,
  area_id: areaId,
  activity_id: activityId,
  due_on: due?.on ?? null,
  due_precision: due?.precision ?? null,
  recurrence,
  note,
})

/** Adds a milestone to a plan that nobody has decided yet. */
export async function addMilestone(work: Work, plan: OfPlan, values: MilestoneValues, today: Day): Promise<void> {
  const { id } = await work.trx
    .insertInto('milestone')
    .values({ plan_id: plan.id, ...columns(values), provenance_id: await typedHere(work, today) })
    .returning('id')
    .executeTakeFirstOrThrow()
  await work.record('milestone.added', `plan/${plan.slug}`, { milestone: id, before: null, after: columns(values) })
}

/** Changes a milestone of a plan that nobody has decided yet. */
export async function changeMilestone(
  work: Work,
  plan: OfPlan,
  id: number,
  version: number,
  values: MilestoneValues,
): Promise<'stale' | null> {
  const before = await locked(work, plan, id)
  if (before.version !== version) {
    await work.record('milestone.change-refused', `plan/${plan.slug}`, { milestone: id, refusal: 'stale' })
    return 'stale'
  }
  const after = columns(values)
  await work.trx.updateTable('milestone').set(after).where('id', '=', id).execute()
  const { kind, title, area_id, activity_id, due_on, due_precision, recurrence, note } = before
  await work.record('milestone.changed', `plan/${plan.slug}`, {
    milestone: id,
    before: { kind, title, area_id, activity_id, due_on, due_precision, recurrence, note },
    after,
  })
  return null
}

export async function removeMilestone(work: Work, plan: OfPlan, id: number): Promise<void> {
  const { title, due_on } = await locked(work, plan, id)
  await work.trx.deleteFrom('milestone').where('id', '=', id).execute()
  await work.record('milestone.removed', `plan/${plan.slug}`, { milestone: id, before: { title, due_on }, after: null })
}
