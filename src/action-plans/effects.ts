import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { parseRange, rangeText } from '../db/ranges.ts'
import {
  type Effect,
  type EffectHandler,
  effectiveDay,
  firstBy,
  type RegisterChange,
  statesBy,
} from '../effects/effect.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { counted } from '../kernel/text.ts'
import { planPath } from '../kernel/urls.ts'

async function planOf(db: Reader, effect: Effect) {
  return db
    .selectFrom('plan')
    .select(['id', 'slug', 'code', 'title', 'valid', 'adopted_effect_id'])
    .where('id', '=', effect.plan_id)
    .executeTakeFirstOrThrow()
}

/** Activities that wait for the decision, or those that it started. */
async function activitiesOf(db: Reader, effect: Effect) {
  return db
    .selectFrom('activity')
    .select(['id', 'number'])
    .where('plan_id', '=', effect.plan_id)
    .where((eb) => eb.or([eb('valid', 'is', null), eb('start_effect_id', '=', effect.id)]))
    .orderBy('number')
    .execute()
}

/** Activities in force that a revision takes away: those marked or named, and those whose number gets a new text. */
async function endedActivities(db: Reader, effect: Effect) {
  const named = (effect.details as { ends?: number[] }).ends ?? []
  const replaced = (await activitiesOf(db, effect)).map(({ number }) => number)
  const numbers = [...new Set([...named, ...replaced])]
  return db
    .selectFrom('activity')
    .select(['id', 'number', 'valid'])
    .where('plan_id', '=', effect.plan_id)
    .where('valid', 'is not', null)
    .where('start_effect_id', 'is distinct from', effect.id)
    .where(
      sql<boolean>`(end_effect_id = ${effect.id} or end_effect_id is null and (leaves or number = any(${numbers}::int[])))`,
    )
    .orderBy('number')
    .execute()
}

/** Which plan is in force, and which activities it holds. */
export const planEffects: EffectHandler = {
  kinds: ['plan_adopted', 'plan_revised'],

  async check(db, effect) {
    const plan = await planOf(db, effect)
    if (effect.kind === 'plan_adopted') {
      return plan.valid === null ? [] : [{ code: 'already-adopted', text: `${plan.title} är redan beslutad.` }]
    }
    if (plan.valid === null)
      return [{ code: 'not-adopted', text: `${plan.title} är inte beslutad och kan inte revideras.` }]
    const changes = (await activitiesOf(db, effect)).length + (await endedActivities(db, effect)).length
    return changes > 0 ? [] : [{ code: 'nothing-to-revise', text: `Revideringen ändrar ingenting i ${plan.title}.` }]
  },

  async preview(db, effect) {
    const plan = await planOf(db, effect)
    const activities = counted((await activitiesOf(db, effect)).length, 'aktivitet', 'aktiviteter')
    const from = dayText(effectiveDay(effect))
    if (effect.kind === 'plan_adopted') {
      return [
        {
          register: 'plan',
          subject: plan.title,
          path: planPath(plan.slug),
          before: 'ingen beslutad plan',
          after: `gäller från ${from}, ${activities}`,
        },
      ]
    }
    const ended = counted((await endedActivities(db, effect)).length, 'aktivitet', 'aktiviteter')
    return [
      {
        register: 'plan',
        subject: plan.title,
        path: planPath(plan.slug),
        before: `${ended} upphör`,
        after: `${activities} gäller från ${from}`,
      },
    ]
  },

  async carryOut(work, effect) {
    const { trx } = work
    const plan = await planOf(trx, effect)
    const day = effectiveDay(effect)
    const valid = rangeText({ from: day, to: null })
    const changes: RegisterChange[] = []
    if (effect.kind === 'plan_adopted') {
      await trx.updateTable('plan').set({ valid, adopted_effect_id: effect.id }).where('id', '=', plan.id).execute()
      changes.push({ register: 'plan', rowId: plan.id, before: { valid: null }, after: { valid } })
    } else {
      for (const activity of await endedActivities(trx, effect)) {
        const until = rangeText({ from: parseRange(activity.valid ?? '[,)').from, to: day })
        await trx
          .updateTable('activity')
          .set({ valid: until, end_effect_id: effect.id, leaves: false })
          .where('id', '=', activity.id)
          .execute()
        changes.push({
          register: 'activity',
          rowId: activity.id,
          before: { valid: activity.valid },
          after: { valid: until },
        })
      }
    }
    for (const activity of await activitiesOf(trx, effect)) {
      await trx
        .updateTable('activity')
        .set({ valid, start_effect_id: effect.id })
        .where('id', '=', activity.id)
        .execute()
      changes.push({ register: 'activity', rowId: activity.id, before: { valid: null }, after: { valid } })
    }
    return changes
  },

  clause: ({ kind, plan_title }) => `${kind === 'plan_adopted' ? 'fastställa' : 'revidera'} ${plan_title}`,

  async statesOn(db, effects, day) {
    const ids = [...new Set(effects.flatMap(({ plan_id }) => plan_id ?? []))]
    if (ids.length === 0) return new Map()
    const [plans, revisions] = await Promise.all([
      db.selectFrom('plan').select(['id', 'period']).where('id', 'in', ids).execute(),
      db
        .selectFrom('effect')
        .innerJoin('decision', 'decision.id', 'effect.decision_id')
        .select(['effect.id', 'effect.plan_id', 'decision.slug', 'decision.decided_on'])
        .where('effect.kind', '=', 'plan_revised')
        .where('effect.plan_id', 'in', ids)
        .where('decision.state', '=', 'carried_out')
        .where('decision.decided_on', '<=', day)
        .orderBy('decision.decided_on', 'desc')
        .orderBy('effect.id', 'desc')
        .execute(),
    ])
    const planOf = firstBy(plans, ({ id }) => id)
    return statesBy(effects, (effect) => {
      if (day < effectiveDay(effect)) return { state: 'coming', on: effectiveDay(effect) }
      const later = revisions.find(
        ({ id, plan_id, decided_on }) =>
          plan_id === effect.plan_id && id !== effect.id && decided_on > effect.decided_on,
      )
      if (later) return { state: 'replaced', replacedBy: { slug: later.slug, decidedOn: later.decided_on as Day } }
      const { to } = parseRange(planOf.get(effect.plan_id ?? 0)?.period ?? '[,)')
      return to !== null && to <= day ? { state: 'ended', on: to } : { state: 'in_force' }
    })
  },
}
