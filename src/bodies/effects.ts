import { sql } from 'kysely'
import type { Work } from '../audit/work.ts'
import type { Reader } from '../db/database.ts'
import { holds, isValidOn, parseRange, rangeText } from '../db/ranges.ts'
import type { BodyKind, Certainty } from '../db/schema.ts'
import {
  type Conflict,
  type Difference,
  type Effect,
  type EffectHandler,
  effectiveDay,
  firstBy,
  type RegisterChange,
  statesBy,
} from '../effects/effect.ts'
import { addDays, type Day, dayText } from '../kernel/dates.ts'
import { slugify } from '../kernel/text.ts'
import { bodyPath } from '../kernel/urls.ts'
import { bodyKindNames, roleNames } from './texts.ts'

/**
 * The membership that the effect ends: before, the one that is valid the day before the effect applies; afterwards,
 * the one that it ended. The outgoing person sits until the day before the incoming one's first day.
 */
async function outgoingMembership(db: Reader, effect: Effect) {
  const memberships = db
    .selectFrom('membership')
    .select(['id', 'valid', 'role', 'seat_id', 'end_ground', 'end_effect_id'])
  const ended = await memberships
    .where('end_effect_id', '=', effect.id)
    .where('person_id', '=', effect.person_out_id)
    .executeTakeFirst()
  if (ended) return ended
  return memberships
    .where('body_id', '=', effect.body_id)
    .where('person_id', '=', effect.person_out_id)
    .where('role', '=', effect.role)
    .where(holds('valid', addDays(effectiveDay(effect), -1)))
    .executeTakeFirst()
}

/** The outgoing person was never registered, and is put there as it was before the decision (ingångsläge). */
const fromOpeningState = (effect: Effect) => (effect.details as { openingState?: boolean }).openingState === true

/** The chair who leaves when a new one is appointed without naming the old one. */
async function presentChair(db: Reader, effect: Effect) {
  const chairs = db
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .select(['membership.id', 'membership.valid', 'membership.end_effect_id', 'person.name'])
    .where('membership.body_id', '=', effect.body_id)
    .where('membership.role', '=', 'chair')
  const ended = await chairs.where('membership.end_effect_id', '=', effect.id).executeTakeFirst()
  return (
    ended ??
    chairs
      .where(holds('membership.valid', effectiveDay(effect)))
      .where('membership.start_effect_id', 'is distinct from', effect.id)
      .executeTakeFirst()
  )
}

/** How sure it is on whose behalf the seat is held; the decision's own words may leave it open. */
function behalfCertainty(effect: Effect): Certainty {
  return (effect.details as { onBehalfCertainty?: Certainty }).onBehalfCertainty ?? 'stated'
}

const certaintyNotes: Record<Certainty, string> = { stated: '', derived: ' (härlett)', uncertain: ' (osäkert)' }

async function checkSeating(db: Reader, effect: Effect): Promise<Conflict[]> {
  const { body_name: bodyName, person_in_name: nameIn, person_out_name: nameOut } = effect
  const body = await db.selectFrom('body').select('valid').where('id', '=', effect.body_id).executeTakeFirstOrThrow()
  const day = effectiveDay(effect)
  const role = roleNames[effect.role ?? 'member']
  const conflicts: Conflict[] = []
  if (!isValidOn(parseRange(body.valid), day)) {
    conflicts.push({ code: 'body-not-valid', text: `${bodyName} finns inte den ${dayText(day)}.` })
  }
  if (effect.person_out_id !== null) {
    const outgoing = await outgoingMembership(db, effect)
    if (!outgoing && fromOpeningState(effect)) {
      const other = await db
        .selectFrom('membership')
        .select('valid')
        .where('body_id', '=', effect.body_id)
        .where('person_id', '=', effect.person_out_id)
        .where('role', '=', effect.role)
        .where(sql<boolean>`valid && daterange(null, ${day}::date)`)
        .executeTakeFirst()
      if (other) {
        const to = parseRange(other.valid).to
        conflicts.push({
          code: 'opening-state-taken',
          text: `${nameOut} är registrerad som ${role} i ${bodyName}${to === null ? '' : ` till den ${dayText(to)}`} och kan inte läggas till som ingångsläge.`,
        })
      }
    } else if (!outgoing) {
      conflicts.push({
        code: 'outgoing-not-in-register',
        text: `${nameOut} är inte registrerad som ${role} i ${bodyName} före den ${dayText(day)}. Lägg till uppdraget som ingångsläge eller välj en annan dag.`,
      })
    } else if (outgoing.end_ground !== null) {
      const to = parseRange(outgoing.valid).to
      conflicts.push({
        code: 'outgoing-already-leaves',
        text: `${nameOut} lämnar redan uppdraget i ${bodyName}${to === null ? '' : ` den ${dayText(to)}`}.`,
      })
    }
  }
  if (effect.person_in_id !== null) {
    const seated = await db
      .selectFrom('membership')
      .select('id')
      .where('body_id', '=', effect.body_id)
      .where('person_id', '=', effect.person_in_id)
      .where('role', '=', effect.role)
      .where(sql<boolean>`valid && daterange(${day}::date, null)`)
      .executeTakeFirst()
    if (seated) {
      conflicts.push({
        code: 'incoming-already-seated',
        text: `${nameIn} är redan ${role} i ${bodyName} den ${dayText(day)} eller senare.`,
      })
    }
  }
  if (effect.role === 'chair' && effect.kind !== 'chair_appointed' && effect.kind !== 'member_released') {
    const chair = await presentChair(db, effect)
    const leaving = effect.person_out_id === null ? undefined : await outgoingMembership(db, effect)
    if (chair && chair.id !== leaving?.id) {
      conflicts.push({ code: 'chair-taken', text: `${chair.name} är redan ordförande i ${bodyName}.` })
    }
  }
  if (effect.role === 'chair' && effect.person_in_id !== null) {
    // Nobody is ended from before they began: a chair who begins the same day or later stands in the way.
    const later = await db
      .selectFrom('membership')
      .innerJoin('person', 'person.id', 'membership.person_id')
      .select(['person.name', 'membership.valid'])
      .where('membership.body_id', '=', effect.body_id)
      .where('membership.role', '=', 'chair')
      .where('membership.person_id', '!=', effect.person_in_id)
      .where(sql<boolean>`lower(membership.valid) >= ${day}::date`)
      .orderBy('membership.valid')
      .executeTakeFirst()
    const from = later && parseRange(later.valid).from
    if (later && from) {
      conflicts.push({
        code: 'chair-later',
        text: `${later.name} är ordförande i ${bodyName} från den ${dayText(from)}.`,
      })
    }
  }
  return conflicts
}

async function previewSeating(db: Reader, effect: Effect): Promise<Difference[]> {
  const { body_name: bodyName, person_in_name: nameIn, person_out_name: nameOut, on_behalf_name: onBehalf } = effect
  const day = effectiveDay(effect)
  const role = roleNames[effect.role ?? 'member']
  const path = bodyPath(effect.body_slug ?? '')
  const seat = `${role} i ${bodyName}`
  const differences: Difference[] = []
  if (nameOut !== null) {
    const outgoing = await outgoingMembership(db, effect)
    const since = outgoing && parseRange(outgoing.valid).from
    const added = fromOpeningState(effect)
    differences.push({
      register: 'membership',
      subject: nameOut,
      path,
      before: added ? null : since ? `${seat} från ${dayText(since)}` : `${seat} (startdatum framgår inte)`,
      after: `${added ? `läggs till som ingångsläge, ${seat} (startdatum framgår inte), och ` : ''}lämnar uppdraget ${dayText(day)}`,
    })
  }
  if (effect.kind === 'chair_appointed' && effect.role === 'chair') {
    const chair = await presentChair(db, effect)
    if (chair) {
      differences.push({
        register: 'membership',
        subject: chair.name,
        path,
        before: seat,
        after: `lämnar uppdraget ${dayText(day)}`,
      })
    }
  }
  if (nameIn !== null) {
    differences.push({
      register: 'membership',
      subject: nameIn,
      path,
      before: null,
      after: `${seat} från ${dayText(day)}${onBehalf === null ? '' : `, för ${onBehalf}${certaintyNotes[behalfCertainty(effect)]}`}`,
    })
  }
  return differences
}

async function endMembership(
  work: Work,
  effect: Effect,
  membership: { id: number; valid: string },
): Promise<RegisterChange> {
  const { from } = parseRange(membership.valid)
  const valid = rangeText({ from, to: effectiveDay(effect) })
  await work.trx
    .updateTable('membership')
    .set({ valid, end_ground: 'decision', end_effect_id: effect.id })
    .where('id', '=', membership.id)
    .execute()
  return { register: 'membership', rowId: membership.id, before: { valid: membership.valid }, after: { valid } }
}

/** Registers that the outgoing person sat there until the decision, known from its meeting when it has one. */
async function addOpeningState(work: Work, effect: Effect): Promise<RegisterChange> {
  const { meeting_id } = await work.trx
    .selectFrom('decision')
    .select('meeting_id')
    .where('id', '=', effect.decision_id)
    .executeTakeFirstOrThrow()
  if (effect.body_id === null || effect.person_out_id === null || effect.role === null)
    throw new Error(`effect ${effect.id} names nobody who leaves`)
  const row = {
    body_id: effect.body_id,
    person_id: effect.person_out_id,
    role: effect.role,
    title: effect.person_out_title,
    unit: effect.person_out_unit,
    employer_id: effect.person_out_employer_id,
    valid: rangeText({ from: null, to: effectiveDay(effect) }),
  }
  const { id } = await work.trx
    .insertInto('membership')
    .values({
      ...row,
      start_ground: meeting_id === null ? 'decision_not_registered' : 'opening_state',
      known_from_meeting_id: meeting_id,
      end_ground: 'decision',
      end_effect_id: effect.id,
      provenance_id: effect.provenance_id,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { register: 'membership', rowId: id, before: null, after: row }
}

async function carryOutSeating(work: Work, effect: Effect): Promise<RegisterChange[]> {
  const { trx } = work
  const changes: RegisterChange[] = []
  let seat_id = effect.seat_id
  if (effect.person_out_id !== null) {
    const outgoing = await outgoingMembership(trx, effect)
    if (outgoing) {
      changes.push(await endMembership(work, effect, outgoing))
      seat_id ??= outgoing.seat_id
    } else if (fromOpeningState(effect)) {
      changes.push(await addOpeningState(work, effect))
    } else {
      throw new Error(`effect ${effect.id}: the outgoing person is not in the register`)
    }
  }
  if (effect.kind === 'chair_appointed' && effect.role === 'chair') {
    const chair = await presentChair(trx, effect)
    if (chair) changes.push(await endMembership(work, effect, chair))
  }
  if (effect.person_in_id !== null && effect.body_id !== null && effect.role !== null) {
    const row = {
      body_id: effect.body_id,
      person_id: effect.person_in_id,
      role: effect.role,
      seat_id,
      on_behalf_organisation_id: effect.on_behalf_organisation_id,
      on_behalf_body_id: effect.on_behalf_body_id,
      on_behalf_certainty: effect.on_behalf_name === null ? null : behalfCertainty(effect),
      title: effect.person_in_title,
      unit: effect.person_in_unit,
      employer_id: effect.person_in_employer_id,
      valid: rangeText({ from: effectiveDay(effect), to: null }),
    }
    const { id } = await trx
      .insertInto('membership')
      .values({ ...row, start_ground: 'decision', start_effect_id: effect.id, provenance_id: effect.provenance_id })
      .returning('id')
      .executeTakeFirstOrThrow()
    changes.push({ register: 'membership', rowId: id, before: null, after: row })
  }
  return changes
}

/** Who sits where: replaced, appointed and released representatives, and chairs. */
export const membershipEffects: EffectHandler = {
  kinds: ['member_replaced', 'member_appointed', 'member_released', 'chair_appointed'],
  check: checkSeating,
  preview: previewSeating,
  carryOut: carryOutSeating,

  clause(effect) {
    const { body_name: bodyName, person_in_name: nameIn, person_out_name: nameOut, on_behalf_name: onBehalf } = effect
    const role = roleNames[effect.role ?? 'member']
    // A clause says only what was decided, not what has been concluded from it.
    const behalf = onBehalf === null || behalfCertainty(effect) !== 'stated' ? '' : ` för ${onBehalf}`
    const from = effect.effective_on === null ? '' : ` från och med ${dayText(effect.effective_on as Day)}`
    if (nameIn !== null && nameOut !== null)
      return `${nameIn} ersätter ${nameOut} som ${role} i ${bodyName}${behalf}${from}`
    if (nameIn !== null) return `utse ${nameIn} till ${role} i ${bodyName}${behalf}${from}`
    return `${nameOut} lämnar uppdraget som ${role} i ${bodyName}${from}`
  },

  async statesOn(db, effects, day) {
    if (effects.length === 0) return new Map()
    const rows = await db
      .selectFrom('membership')
      .leftJoin('effect as ending', 'ending.id', 'membership.end_effect_id')
      .leftJoin('decision', 'decision.id', 'ending.decision_id')
      .select(['membership.start_effect_id', 'membership.valid', 'decision.slug', 'decision.decided_on'])
      .where(
        'membership.start_effect_id',
        'in',
        effects.map(({ id }) => id),
      )
      .orderBy('membership.id')
      .execute()
    const begun = firstBy(rows, ({ start_effect_id }) => start_effect_id)
    return statesBy(effects, (effect) => {
      const started = begun.get(effect.id)
      // A release stands: there is nothing that a later decision takes the place of.
      if (!started) return { state: effectiveDay(effect) <= day ? 'in_force' : 'coming' }
      const { from, to } = parseRange(started.valid)
      if (from !== null && day < from) return { state: 'coming', on: from }
      if (to === null || day < to) return { state: 'in_force' }
      if (started.slug === null) return { state: 'ended', on: to }
      return { state: 'replaced', on: to, replacedBy: { slug: started.slug, decidedOn: started.decided_on as Day } }
    })
  },
}

type NewBody = { slug: string; name: string; kind: BodyKind; shortName?: string; purpose?: string }

function newBody(effect: Effect): NewBody {
  return effect.details as unknown as NewBody
}

/** The bodies themselves: established and closed by decision. */
export const bodyEffects: EffectHandler = {
  kinds: ['body_established', 'body_closed'],

  async check(db, effect) {
    if (effect.kind === 'body_established') {
      const { slug, name, kind } = newBody(effect)
      const conflicts: Conflict[] = []
      if (slugify(slug) !== slug)
        conflicts.push({ code: 'bad-slug', text: `"${slug}" går inte att använda som adress.` })
      if (!(kind in bodyKindNames)) conflicts.push({ code: 'bad-kind', text: `"${kind}" är inget slags organ.` })
      const taken = await db.selectFrom('body').select('name').where('slug', '=', slug).executeTakeFirst()
      if (taken) conflicts.push({ code: 'slug-taken', text: `Adressen för ${name} används redan av ${taken.name}.` })
      return conflicts
    }
    const { name, valid } = await db
      .selectFrom('body')
      .select(['name', 'valid'])
      .where('id', '=', effect.body_id)
      .executeTakeFirstOrThrow()
    const { from, to } = parseRange(valid)
    if (to !== null) return [{ code: 'already-closed', text: `${name} är redan avslutad.` }]
    const day = effectiveDay(effect)
    if (from !== null && day <= from)
      return [
        {
          code: 'not-begun',
          text: `${name} finns från den ${dayText(from)} och kan inte avslutas den ${dayText(day)}.`,
        },
      ]
    return []
  },

  async preview(db, effect) {
    const day = effectiveDay(effect)
    if (effect.kind === 'body_established') {
      const { slug, name, kind } = newBody(effect)
      return [
        {
          register: 'body',
          subject: name,
          path: bodyPath(slug),
          before: null,
          after: `${bodyKindNames[kind].one} från ${dayText(day)}`,
        },
      ]
    }
    const path = bodyPath(effect.body_slug ?? '')
    const leaving = await membersLeaving(db, effect)
    return [
      { register: 'body', subject: effect.body_name ?? '', path, before: 'pågår', after: `avslutas ${dayText(day)}` },
      ...leaving.map(
        ({ name, role }): Difference => ({
          register: 'membership',
          subject: name,
          path,
          before: `${roleNames[role]} i ${effect.body_name}`,
          after: `lämnar uppdraget ${dayText(day)}`,
        }),
      ),
    ]
  },

  async carryOut(work, effect) {
    const { trx } = work
    const day = effectiveDay(effect)
    if (effect.kind === 'body_established') {
      const { slug, name, kind, shortName, purpose } = newBody(effect)
      const row = {
        slug,
        name,
        short_name: shortName ?? name,
        kind,
        purpose: purpose ?? null,
        valid: rangeText({ from: day, to: null }),
      }
      const { id } = await trx
        .insertInto('body')
        .values({
          ...row,
          parent_id: effect.decision_body_id,
          start_ground: 'decision',
          start_effect_id: effect.id,
          provenance_id: effect.provenance_id,
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      return [{ register: 'body', rowId: id, before: null, after: row }]
    }
    const body = await trx
      .selectFrom('body')
      .select(['id', 'valid'])
      .where('id', '=', effect.body_id)
      .forUpdate()
      .executeTakeFirstOrThrow()
    const changes: RegisterChange[] = []
    for (const membership of await membersLeaving(trx, effect))
      changes.push(await endMembership(work, effect, membership))
    const valid = rangeText({ from: parseRange(body.valid).from, to: day })
    await trx.updateTable('body').set({ valid, end_effect_id: effect.id }).where('id', '=', body.id).execute()
    changes.push({ register: 'body', rowId: body.id, before: { valid: body.valid }, after: { valid } })
    return changes
  },

  clause(effect) {
    return effect.kind === 'body_established' ? `inrätta ${newBody(effect).name}` : `avsluta ${effect.body_name}`
  },

  async statesOn(db, effects, day) {
    if (effects.length === 0) return new Map()
    const rows = await db
      .selectFrom('body')
      .leftJoin('effect as ending', 'ending.id', 'body.end_effect_id')
      .leftJoin('decision', 'decision.id', 'ending.decision_id')
      .select(['body.start_effect_id', 'body.valid', 'decision.slug', 'decision.decided_on'])
      .where(
        'body.start_effect_id',
        'in',
        effects.map(({ id }) => id),
      )
      .orderBy('body.id')
      .execute()
    const established = firstBy(rows, ({ start_effect_id }) => start_effect_id)
    return statesBy(effects, (effect) => {
      const body = established.get(effect.id)
      if (!body) return { state: effectiveDay(effect) <= day ? 'in_force' : 'coming' }
      const { to } = parseRange(body.valid)
      if (to === null || day < to) return { state: effectiveDay(effect) <= day ? 'in_force' : 'coming' }
      if (body.slug === null) return { state: 'ended', on: to }
      return { state: 'replaced', on: to, replacedBy: { slug: body.slug, decidedOn: body.decided_on as Day } }
    })
  },
}

/** The memberships that end with the body: those valid the day before, or those that this effect ended. */
async function membersLeaving(db: Reader, effect: Effect) {
  const day = effectiveDay(effect)
  return db
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .select(['membership.id', 'membership.valid', 'membership.role', 'person.name'])
    .where('membership.body_id', '=', effect.body_id)
    .where((eb) =>
      eb.or([
        eb('membership.end_effect_id', '=', effect.id),
        eb.and([eb('membership.end_ground', 'is', null), eb(holds('membership.valid', addDays(day, -1)), '=', true)]),
      ]),
    )
    .orderBy('person.name')
    .execute()
}
