import { type SqlBool, sql } from 'kysely'
import { typedHere } from '../audit/provenance.ts'
import { freeSlug, rowDifference } from '../audit/rows.ts'
import type { Work } from '../audit/work.ts'
import type { PlanAreaKind, TextKind } from '../db/schema.ts'
import type { Day, Precision } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { areasToEdit, planToEdit, revisionOf, sectionsToEdit, waitingDecisions } from './draft-queries.ts'
import { reconciled } from './draft-rules.ts'

export type PlanValues = {
  bodyId: number
  code: string
  title: string
  period: string
  precision: Precision
  vision: string | null
  targetGroup: string | null
  ambition: string | null
  coordinatedBy: string | null
  responsible: string | null
  followUp: string | null
  textKind: TextKind
  directions: readonly string[]
}

const columns = (values: PlanValues) => ({
  code: values.code,
  title: values.title,
  body_id: values.bodyId,
  period: values.period,
  period_precision: values.precision,
  vision: values.vision,
  target_group: values.targetGroup,
  ambition: values.ambition,
  coordinated_by: values.coordinatedBy,
  responsible: values.responsible,
  follow_up: values.followUp,
  text_kind: values.textKind,
})

export type DraftRefusal = 'stale' | 'decided' | 'code-taken' | 'wanted-by-decision'

/** The plan, held until we are done; only a draft may be changed here. */
async function draftOf(work: Work, slug: string) {
  await work.trx
    .selectFrom('plan')
    .select('id')
    .where('slug', '=', slug as never)
    .forUpdate()
    .execute()
  const plan = await planToEdit(work.trx, slug)
  return { plan, about: `plan/${slug}`, refusal: plan.valid === null ? null : ('decided' as const) }
}

async function refuse<Refusal extends string>(work: Work, about: string, refusal: Refusal): Promise<Refusal> {
  await work.record('plan.draft-refused', about, { refusal })
  return refusal
}

async function isTaken(work: Work, code: string, planId: number | null): Promise<boolean> {
  const row = await work.trx
    .selectFrom('plan')
    .select('id')
    .where('code', '=', code)
    .where((eb) => (planId === null ? eb.val(true) : eb('id', '!=', planId)) as never)
    .executeTakeFirst()
  return row !== undefined
}

async function setDirections(work: Work, planId: number, directions: readonly string[], today: Day): Promise<void> {
  await work.trx.deleteFrom('strategic_direction').where('plan_id', '=', planId).execute()
  if (directions.length === 0) return
  const provenance_id = await typedHere(work, today)
  await work.trx
    .insertInto('strategic_direction')
    .values(directions.map((direction, place) => ({ plan_id: planId, number: place + 1, direction, provenance_id })))
    .execute()
}

/** Begins a plan. Nothing of it is in force before a decision. @returns its address */
export async function draftPlan(
  work: Work,
  values: PlanValues,
  today: Day,
): Promise<{ slug: string } | { refusal: 'code-taken' }> {
  const slug = await freeSlug(work, 'plan', values.title)
  if (await isTaken(work, values.code, null)) return { refusal: await refuse(work, `plan/${slug}`, 'code-taken') }
  const { id } = await work.trx
    .insertInto('plan')
    .values({
      slug,
      ...columns(values),
      position: sql<number>`(select coalesce(max(position), 0) + 1 from plan)`,
      provenance_id: await typedHere(work, today),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await setDirections(work, id, values.directions, today)
  await work.record('plan.drafted', `plan/${slug}`, {
    before: null,
    after: { ...columns(values), directions: values.directions },
  })
  return { slug }
}

export async function changeDraft(
  work: Work,
  slug: string,
  version: number,
  values: PlanValues,
  today: Day,
): Promise<DraftRefusal | null> {
  const { plan, about, refusal } = await draftOf(work, slug)
  if (refusal) return refuse(work, about, refusal)
  if (plan.version !== version) return refuse(work, about, 'stale')
  if (await isTaken(work, values.code, plan.id)) return refuse(work, about, 'code-taken')
  await work.trx.updateTable('plan').set(columns(values)).where('id', '=', plan.id).execute()
  await setDirections(work, plan.id, values.directions, today)
  const after = { ...columns(values), directions: values.directions }
  await work.record('plan.draft-changed', about, rowDifference(plan, after) ?? { nothing: true })
  return null
}

/** Throws a draft away. One that a prepared decision is about stays. */
export async function removeDraft(work: Work, slug: string): Promise<DraftRefusal | null> {
  const { plan, about, refusal } = await draftOf(work, slug)
  if (refusal) return refuse(work, about, refusal)
  if ((await waitingDecisions(work.trx, plan.id)).length > 0) return refuse(work, about, 'wanted-by-decision')
  await work.trx.deleteFrom('milestone').where('plan_id', '=', plan.id).execute()
  await work.trx.deleteFrom('activity').where('plan_id', '=', plan.id).execute()
  await work.trx.deleteFrom('plan').where('id', '=', plan.id).execute()
  await work.record('plan.draft-removed', about, { before: { title: plan.title, code: plan.code }, after: null })
  return null
}

export type AreaValues = {
  kind: PlanAreaKind
  title: string
  purpose: string | null
  timeframe: string | null
  organisation: string | null
  activities: readonly string[]
}

/** Adds or changes an area of a draft, with its activities. Numbers follow the order. */
export async function saveArea(
  work: Work,
  slug: string,
  area: { id: number; mark: string } | null,
  values: AreaValues,
  today: Day,
): Promise<DraftRefusal | null> {
  const { plan, about, refusal } = await draftOf(work, slug)
  if (refusal) return refuse(work, about, refusal)
  const before = (await areasToEdit(work.trx, plan.id, 'draft')).find(({ id }) => id === area?.id)
  if (area !== null && before === undefined) throw notFound(`area ${area.id} of ${slug}`)
  if (area !== null && before?.mark !== area.mark) return refuse(work, about, 'stale')
  const { activities, ...words } = values
  const provenance_id = await typedHere(work, today)
  let areaId = before?.id
  if (areaId === undefined) {
    const added = await work.trx
      .insertInto('plan_area')
      .values({ plan_id: plan.id, ...words, number: lastOf(plan.id, values.kind), provenance_id })
      .returning('id')
      .executeTakeFirstOrThrow()
    areaId = added.id
  } else {
    const moves = before?.kind !== values.kind ? { number: lastOf(plan.id, values.kind) } : {}
    await work.trx
      .updateTable('plan_area')
      .set({ ...words, ...moves })
      .where('id', '=', areaId)
      .execute()
  }
  await setActivities(work, plan.id, areaId, before?.activities ?? [], activities, provenance_id)
  await renumber(work, plan.id)
  const { kind, title, purpose, timeframe, organisation } = before ?? {}
  await work.record(before ? 'plan.area-changed' : 'plan.area-added', about, {
    area: values.title,
    ...(before
      ? (rowDifference(
          {
            kind,
            title,
            purpose,
            timeframe,
            organisation,
            activities: before.activities.map((one) => one.activity_text),
          },
          values,
        ) ?? { nothing: true })
      : { before: null, after: values }),
  })
  return null
}

const lastOf = (planId: number, kind: PlanAreaKind) =>
  sql<number>`(select coalesce(max(number), 0) + 1 from plan_area where plan_id = ${planId} and kind = ${kind})`

/** Far beyond any number of an activity, so that they can change places. */
const aside = 100_000

async function setActivities(
  work: Work,
  planId: number,
  areaId: number,
  before: readonly { id: number; activity_text: string }[],
  texts: readonly string[],
  provenance_id: number,
): Promise<void> {
  const { kept, removed } = reconciled(before, texts)
  for (const id of removed) {
    await work.trx
      .updateTable('milestone')
      .set({ activity_id: null, area_id: areaId })
      .where('activity_id', '=', id)
      .execute()
    await work.trx.deleteFrom('activity').where('id', '=', id).execute()
  }
  await work.trx
    .updateTable('activity')
    .set({ number: sql`number + ${aside}` })
    .where('plan_id', '=', planId)
    .where('area_id', '=', areaId)
    .where('valid', 'is', null)
    .execute()
  for (const [place, { id, text }] of kept.entries()) {
    const number = 2 * aside + place
    if (id === null) {
      await work.trx
        .insertInto('activity')
        .values({ plan_id: planId, area_id: areaId, number, activity_text: text, provenance_id })
        .execute()
    } else {
      await work.trx.updateTable('activity').set({ number, activity_text: text }).where('id', '=', id).execute()
    }
  }
}

/** Areas count from 1 within their kind, activities from 1 through the whole draft. */
async function renumber(work: Work, planId: number): Promise<void> {
  const { trx } = work
  const areas = await trx
    .selectFrom('plan_area')
    .select(['id', 'kind'])
    .where('plan_id', '=', planId)
    .orderBy('kind')
    .orderBy('number')
    .execute()
  await trx
    .updateTable('plan_area')
    .set({ number: sql`number + ${aside}` })
    .where('plan_id', '=', planId)
    .execute()
  const counts = new Map<string, number>()
  for (const { id, kind } of areas) {
    const number = (counts.get(kind) ?? 0) + 1
    counts.set(kind, number)
    await trx.updateTable('plan_area').set({ number }).where('id', '=', id).execute()
  }
  const activities = await trx
    .selectFrom('activity')
    .innerJoin('plan_area', 'plan_area.id', 'activity.area_id')
    .select('activity.id')
    .where('activity.plan_id', '=', planId)
    .where('activity.valid', 'is', null)
    .orderBy('plan_area.kind')
    .orderBy('plan_area.number')
    .orderBy('activity.number')
    .execute()
  await trx
    .updateTable('activity')
    .set({ number: sql`number + ${3 * aside}` })
    .where('plan_id', '=', planId)
    .where('valid', 'is', null)
    .execute()
  for (const [place, { id }] of activities.entries()) {
    await trx
      .updateTable('activity')
      .set({ number: place + 1 })
      .where('id', '=', id)
      .execute()
  }
}

export async function removeArea(work: Work, slug: string, areaId: number): Promise<DraftRefusal | null> {
  const { plan, about, refusal } = await draftOf(work, slug)
  if (refusal) return refuse(work, about, refusal)
  const area = (await areasToEdit(work.trx, plan.id, 'draft')).find(({ id }) => id === areaId)
  if (!area) throw notFound(`area ${areaId} of ${slug}`)
  const ids = area.activities.map(({ id }) => id)
  await work.trx
    .updateTable('milestone')
    .set({ area_id: null, activity_id: null })
    .where((eb) =>
      eb.or([eb('area_id', '=', areaId), ids.length > 0 ? eb('activity_id', 'in', ids) : eb.val<SqlBool>(false)]),
    )
    .execute()
  await work.trx.deleteFrom('activity').where('area_id', '=', areaId).execute()
  await work.trx.deleteFrom('plan_area').where('id', '=', areaId).execute()
  await renumber(work, plan.id)
  await work.record('plan.area-removed', about, {
    before: { title: area.title, activities: area.activities.map(({ activity_text }) => activity_text) },
    after: null,
  })
  return null
}

/** An area changes places with the one before or after it of its kind; the first and the last stay. */
export async function moveArea(
  work: Work,
  slug: string,
  areaId: number,
  direction: 'up' | 'down',
): Promise<DraftRefusal | null> {
  const { plan, about, refusal } = await draftOf(work, slug)
  if (refusal) return refuse(work, about, refusal)
  const areas = await areasToEdit(work.trx, plan.id, 'draft')
  const area = areas.find(({ id }) => id === areaId)
  if (!area) throw notFound(`area ${areaId} of ${slug}`)
  const wanted = area.number + (direction === 'up' ? -1 : 1)
  const other = areas.find(({ kind, number }) => kind === area.kind && number === wanted)
  if (other) {
    const set = (id: number, number: number) =>
      work.trx.updateTable('plan_area').set({ number }).where('id', '=', id).execute()
    await set(area.id, aside)
    await set(other.id, area.number)
    await set(area.id, wanted)
    await renumber(work, plan.id)
  }
  await work.record('plan.area-moved', about, { area: area.title, direction })
  return null
}

export type SectionValues = {
  areaId: number | null
  heading: string
  text: string | null
  items: readonly string[]
}

export async function saveSection(
  work: Work,
  slug: string,
  section: { id: number; mark: string } | null,
  { areaId, heading, text, items }: SectionValues,
  today: Day,
): Promise<DraftRefusal | null> {
  const { plan, about, refusal } = await draftOf(work, slug)
  if (refusal) return refuse(work, about, refusal)
  const before = (await sectionsToEdit(work.trx, plan.id)).find(({ id }) => id === section?.id)
  if (section !== null && before === undefined) throw notFound(`section ${section.id} of ${slug}`)
  if (section !== null && before?.mark !== section.mark) return refuse(work, about, 'stale')
  const after = { area_id: areaId, heading, section_text: text, items: [...items] }
  if (before) await work.trx.updateTable('plan_section').set(after).where('id', '=', before.id).execute()
  else {
    await work.trx
      .insertInto('plan_section')
      .values({
        plan_id: plan.id,
        ...after,
        position: sql<number>`(select coalesce(max(position), 0) + 1 from plan_section where plan_id = ${plan.id})`,
        provenance_id: await typedHere(work, today),
      })
      .execute()
  }
  await work.record(before ? 'plan.section-changed' : 'plan.section-added', about, {
    section: heading,
    ...(before ? (rowDifference(before, after) ?? { nothing: true }) : { before: null, after }),
  })
  return null
}

export async function removeSection(work: Work, slug: string, id: number): Promise<DraftRefusal | null> {
  const { plan, about, refusal } = await draftOf(work, slug)
  if (refusal) return refuse(work, about, refusal)
  const before = await work.trx
    .deleteFrom('plan_section')
    .where('id', '=', id)
    .where('plan_id', '=', plan.id)
    .returning(['heading', 'section_text', 'items'])
    .executeTakeFirstOrThrow(() => notFound(`section ${id} of ${slug}`))
  await work.record('plan.section-removed', about, { before, after: null })
  return null
}

export type RevisionValues = {
  mark: string
  /** By number: the text that is to apply, or null when the activity is taken away. */
  activities: ReadonlyMap<number, string | null>
  /** By area: texts of activities that come. */
  added: ReadonlyMap<number, readonly string[]>
}

/**
 * Prepares a revision of a plan in force: new texts and new activities wait for the decision, and those that are taken
 * away are marked. What is in force stays as it is until then.
 */
export async function prepareRevision(
  work: Work,
  plan: { id: number; slug: string },
  { mark, activities, added }: RevisionValues,
  today: Day,
): Promise<'stale' | null> {
  const { trx } = work
  const about = `plan/${plan.slug}`
  await trx.selectFrom('plan').select('id').where('id', '=', plan.id).forUpdate().execute()
  const before = await revisionOf(trx, plan.id, today)
  if (before.mark !== mark) return refuse(work, about, 'stale')
  const provenance_id = await typedHere(work, today)
  await trx.deleteFrom('activity').where('plan_id', '=', plan.id).where('valid', 'is', null).execute()
  const { last } = await trx
    .selectFrom('activity')
    .select((eb) => eb.fn.max('number').as('last'))
    .where('plan_id', '=', plan.id)
    .executeTakeFirstOrThrow()
  let next = (last ?? 0) + 1
  const did: { activity: number; before: string | null; after: string | null }[] = []
  for (const area of before.areas) {
    for (const { id, number, activity_text } of area.activities) {
      const text = activities.get(number)
      await trx
        .updateTable('activity')
        .set({ leaves: text === null })
        .where('id', '=', id)
        .execute()
      if (text === null || (text !== undefined && text !== activity_text)) {
        did.push({ activity: number, before: activity_text, after: text })
      }
      if (text === null || text === undefined || text === activity_text) continue
      await trx
        .insertInto('activity')
        .values({ plan_id: plan.id, area_id: area.id, number, activity_text: text, provenance_id })
        .execute()
    }
    for (const text of added.get(area.id) ?? []) {
      await trx
        .insertInto('activity')
        .values({ plan_id: plan.id, area_id: area.id, number: next, activity_text: text, provenance_id })
        .execute()
      did.push({ activity: next, before: null, after: text })
      next += 1
    }
  }
  await work.record('plan.revision-prepared', about, { changes: did })
  return null
}
