import { sql } from 'kysely'
import { typedHere } from '../audit/provenance.ts'
import { rowDifference } from '../audit/rows.ts'
import type { Work } from '../audit/work.ts'
import { parseRange, rangeText } from '../db/ranges.ts'
import type { MembershipRole, PageExclusion, RequirementDimension, SeatLevel } from '../db/schema.ts'
import { addDays, type Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { bodyBelongings } from './register-queries.ts'

export type BodyValues = {
  name: string
  /** From which day the name applies, when it is another than before. */
  nameFrom: Day | null
  shortName: string
  purpose: string | null
  composition: string | null
  targetGroup: string | null
  priorityArea: string | null
  phaseText: string | null
  stateText: string | null
  mailbox: string | null
  otherNames: readonly string[]
  requirements: Readonly<Partial<Record<RequirementDimension, string>>>
  reporting: readonly { to: string; how: string }[]
}

async function lockedBody(work: Work, slug: string) {
  return await work.trx
    .selectFrom('body')
    .selectAll()
    .where('slug', '=', slug as never)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`body ${slug}`))
}

/**
 * Changes what is told of a body. That it is established or closed, and who sits in it, is for decisions.
 * A former name stays readable on its own days.
 */
export async function changeBody(
  work: Work,
  slug: string,
  version: number,
  values: BodyValues,
  today: Day,
): Promise<'stale' | null> {
  const { trx } = work
  const row = await lockedBody(work, slug)
  if (row.version !== version) {
    await work.record('body.change-refused', `body/${slug}`, { refusal: 'stale' })
    return 'stale'
  }
  const belongings = await bodyBelongings(trx, row.id)
  const provenance_id = await typedHere(work, today)
  if (values.name !== row.name) {
    const former = await trx
      .selectFrom('body_name')
      .select('valid')
      .where('body_id', '=', row.id)
      .where('valid', 'is not', null)
      .orderBy(sql`upper(valid) desc`)
      .executeTakeFirst()
    const until = values.nameFrom ?? today
    const since = former?.valid ? parseRange(former.valid).to : null
    if (since === null || since < until) {
      const valid = rangeText({ from: since, to: until })
      await trx
        .insertInto('body_name')
        .values({ body_id: row.id, name: row.name, valid, note: 'tidigare namn', provenance_id })
        .onConflict((conflict) => conflict.columns(['body_id', 'name']).doUpdateSet({ valid }))
        .execute()
    }
    // The new name is no other name any more.
    await trx
      .deleteFrom('body_name')
      .where('body_id', '=', row.id)
      .where('name', '=', values.name as never)
      .where('valid', 'is', null)
      .execute()
  }
  const columns = {
    name: values.name,
    short_name: values.shortName,
    purpose: values.purpose,
    composition: values.composition,
    target_group: values.targetGroup,
    priority_area: values.priorityArea,
    phase_text: values.phaseText,
    state_text: values.stateText,
  }
  await trx
    .updateTable('body')
    .set({ ...columns, function_mailbox: values.mailbox })
    .where('id', '=', row.id)
    .execute()

  for (const name of belongings.otherNames.filter((one) => !values.otherNames.includes(one))) {
    await trx
      .deleteFrom('body_name')
      .where('body_id', '=', row.id)
      .where('name', '=', name as never)
      .where('valid', 'is', null)
      .execute()
  }
  for (const name of values.otherNames.filter((one) => !belongings.otherNames.includes(one) && one !== values.name)) {
    await trx
      .insertInto('body_name')
      .values({ body_id: row.id, name, provenance_id })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  for (const dimension of ['authority', 'geography', 'size', 'function', 'other'] as const) {
    const requirement = values.requirements[dimension] ?? null
    if (requirement === (belongings.requirements[dimension] ?? null)) continue
    await trx.deleteFrom('body_requirement').where('body_id', '=', row.id).where('dimension', '=', dimension).execute()
    if (requirement === null) continue
    await trx
      .insertInto('body_requirement')
      .values({ body_id: row.id, dimension, requirement, provenance_id })
      .execute()
  }
  if (JSON.stringify(values.reporting) !== JSON.stringify(belongings.reporting)) {
    const bodies = await trx.selectFrom('body').select(['id', 'name', 'short_name']).where('id', '!=', row.id).execute()
    const stands = (one: { to: string; how: string }) =>
      belongings.reporting.some(({ to, how }) => to === one.to && how === one.how)
    const kept = values.reporting.filter(stands)
    const gone = belongings.reportingIds.filter(({ to, how }) => !kept.some((one) => one.to === to && one.how === how))
    for (const { id } of gone) await trx.deleteFrom('body_reporting').where('id', '=', id).execute()
    for (const { to, how } of values.reporting.filter((one) => !stands(one))) {
      const plain = to.toLowerCase()
      const body = bodies.find(
        ({ name, short_name }) => name.toLowerCase() === plain || short_name.toLowerCase() === plain,
      )
      await trx
        .insertInto('body_reporting')
        .values({ body_id: row.id, to_body_id: body?.id ?? null, to_text: body ? null : to, how, provenance_id })
        .execute()
    }
  }
  const { otherNames, requirements, reporting } = values
  const before = { ...row, ...belongings }
  await work.record('body.changed', `body/${slug}`, {
    ...(rowDifference(before, { ...columns, otherNames, requirements, reporting }) ?? {}),
    // The log never holds an address.
    mailbox: values.mailbox === row.function_mailbox ? 'unchanged' : 'changed',
  })
  return null
}

export type SeatValues = {
  title: string
  level: SeatLevel | null
  seats: number | null
  organisationId: number | null
  bodyId: number | null
  text: string | null
  eachMunicipality: boolean
  note: string | null
  valid: string
}

const seatColumns = (values: SeatValues) => ({
  title: values.title,
  level: values.level,
  seats: values.seats,
  represents_organisation_id: values.organisationId,
  represents_body_id: values.bodyId,
  represents_text: values.text,
  each_municipality: values.eachMunicipality,
  note: values.note,
  valid: values.valid,
})

export type SeatRefusal = 'stale' | 'title-taken' | 'in-use'

export async function saveSeat(
  work: Work,
  body: { id: number; slug: string },
  seat: { id: number; version: number } | null,
  values: SeatValues,
  today: Day,
): Promise<SeatRefusal | null> {
  const { trx } = work
  const about = `body/${body.slug}`
  const refuse = async (refusal: SeatRefusal) => {
    await work.record('seat.refused', about, { refusal })
    return refusal
  }
  const namesake = await trx
    .selectFrom('seat')
    .select('id')
    .where('body_id', '=', body.id)
    .where('title', '=', values.title as never)
    .executeTakeFirst()
  if (namesake && namesake.id !== seat?.id) return refuse('title-taken')
  if (seat === null) {
    await trx
      .insertInto('seat')
      .values({
        body_id: body.id,
        ...seatColumns(values),
        position: sql<number>`(select coalesce(max(position), 0) + 1 from seat where body_id = ${body.id})`,
        provenance_id: await typedHere(work, today),
      })
      .execute()
    await work.record('seat.added', about, { before: null, after: seatColumns(values) })
    return null
  }
  const row = await trx
    .selectFrom('seat')
    .selectAll()
    .where('id', '=', seat.id)
    .where('body_id', '=', body.id)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`seat ${seat.id}`))
  if (row.version !== seat.version) return refuse('stale')
  await trx.updateTable('seat').set(seatColumns(values)).where('id', '=', seat.id).execute()
  await work.record('seat.changed', about, {
    seat: row.title,
    ...(rowDifference(row, seatColumns(values)) ?? { nothing: true }),
  })
  return null
}

/** Removes a seat that nobody has held and no decision is about; others end on a day instead. */
export async function removeSeat(
  work: Work,
  body: { id: number; slug: string },
  id: number,
): Promise<SeatRefusal | null> {
  const used = await work.trx
    .selectFrom('seat')
    .select('seat.id')
    .where('seat.id', '=', id)
    .where((eb) =>
      eb.or([
        eb.exists(eb.selectFrom('membership').select('membership.id').whereRef('membership.seat_id', '=', 'seat.id')),
        eb.exists(eb.selectFrom('effect').select('effect.id').whereRef('effect.seat_id', '=', 'seat.id')),
      ]),
    )
    .executeTakeFirst()
  if (used) {
    await work.record('seat.refused', `body/${body.slug}`, { refusal: 'in-use', seat: id })
    return 'in-use'
  }
  const row = await work.trx
    .deleteFrom('seat')
    .where('id', '=', id)
    .where('body_id', '=', body.id)
    .returning('title')
    .executeTakeFirstOrThrow(() => notFound(`seat ${id}`))
  await work.record('seat.removed', `body/${body.slug}`, { before: { title: row.title }, after: null })
  return null
}

export type OpeningState = {
  personId: number
  role: MembershipRole
  seatId: number | null
  organisationId: number | null
  bodyId: number | null
  title: string | null
  unit: string | null
  employerId: number | null
  /** Null: the start is not known. */
  from: Day | null
  meetingId: number | null
  documentId: number | null
}

export type OpeningRefusal = 'already-seated' | 'chair-taken' | 'no-ground'

/**
 * Registers somebody who sat in the body before the register was opened (ingångsläge), known from a meeting or a
 * document. Whoever comes later comes by a decision.
 */
export async function addOpeningState(
  work: Work,
  body: { id: number; slug: string },
  values: OpeningState,
  today: Day,
): Promise<OpeningRefusal | null> {
  const { trx } = work
  await trx.selectFrom('body').select('id').where('id', '=', body.id).forUpdate().execute()
  const valid = rangeText({ from: values.from, to: null })
  const overlapping = await trx
    .selectFrom('membership')
    .select(['person_id', 'role'])
    .where('body_id', '=', body.id)
    .where(sql<boolean>`valid && ${valid}::daterange`)
    .execute()
  const refusal: OpeningRefusal | null =
    values.meetingId === null && values.documentId === null
      ? 'no-ground'
      : overlapping.some(({ person_id, role }) => person_id === values.personId && role === values.role)
        ? 'already-seated'
        : values.role === 'chair' && overlapping.some(({ role }) => role === 'chair')
          ? 'chair-taken'
          : null
  if (refusal) {
    await work.record('membership.opening-refused', `body/${body.slug}`, { refusal })
    return refusal
  }
  const row = {
    body_id: body.id,
    person_id: values.personId,
    role: values.role,
    seat_id: values.seatId,
    on_behalf_organisation_id: values.organisationId,
    on_behalf_body_id: values.bodyId,
    on_behalf_certainty: values.organisationId !== null || values.bodyId !== null ? ('stated' as const) : null,
    title: values.title,
    unit: values.unit,
    employer_id: values.employerId,
    valid,
    known_from_meeting_id: values.meetingId,
    known_from_document_id: values.documentId,
  }
  const { id } = await trx
    .insertInto('membership')
    .values({ ...row, start_ground: 'opening_state', provenance_id: await typedHere(work, today) })
    .returning('id')
    .executeTakeFirstOrThrow()
  await work.record('membership.opening-state', `body/${body.slug}`, { membership: id, before: null, after: row })
  return null
}

/** Mends a person's name, or says whether the person has a page. The address stays: others link to it. */
export async function changePerson(
  work: Work,
  slug: string,
  version: number,
  values: { name: string; noPageBecause: PageExclusion | null },
): Promise<'stale' | null> {
  const row = await work.trx
    .selectFrom('person')
    .selectAll()
    .where('slug', '=', slug as never)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`person ${slug}`))
  if (row.version !== version) {
    await work.record('person.change-refused', `person/${slug}`, { refusal: 'stale' })
    return 'stale'
  }
  const after = { name: values.name, no_page_because: values.noPageBecause }
  await work.trx.updateTable('person').set(after).where('id', '=', row.id).execute()
  await work.record('person.changed', `person/${slug}`, rowDifference(row, after) ?? { nothing: true })
  return null
}

/** 'till och med' as a range wants it. */
export const validBetween = (from: Day | null, until: Day | null) =>
  rangeText({ from, to: until === null ? null : addDays(until, 1) })
