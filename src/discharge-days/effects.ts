import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { fixed } from '../db/fixed.ts'
import { parseRange, rangeText, type Validity, without } from '../db/ranges.ts'
import {
  type Effect,
  type EffectHandler,
  effectiveDay,
  type RegisterChange,
  type StateToday,
  statesBy,
} from '../effects/effect.ts'
import { addDays, type Day, dayText } from '../kernel/dates.ts'
import { swedishNumber } from '../kernel/numbers.ts'
import { uncapitalised } from '../kernel/text.ts'
import { dischargeRulesOn } from '../kernel/urls.ts'
import { publishAll } from './changes.ts'
import { choiceNames, type ParameterCode, parameterNames } from './texts.ts'

/** '0,8', 'månad' */
export function parameterValueText(value: string | null, choice: string | null): string {
  return value === null ? (choiceNames[choice ?? ''] ?? choice ?? '') : swedishNumber(value)
}

/** 'år 2026' for a calendar year, else 'från 1 juli 2026 till och med 31 december 2026'. */
export function validityText({ from, to }: Validity): string {
  if (from?.endsWith('-01-01') && to?.endsWith('-01-01') && Number(to.slice(0, 4)) === Number(from.slice(0, 4)) + 1) {
    return `år ${from.slice(0, 4)}`
  }
  const since = from === null ? 'startdatum framgår inte' : `från ${dayText(from)}`
  return to === null ? since : `${since} till och med ${dayText(addDays(to, -1))}`
}

/** When the value that the effect sets holds: from the decision on, where it says nothing else. */
const validityOf = (effect: Effect): string => effect.valid ?? rangeText({ from: effectiveDay(effect), to: null })

/** The rows that the effect sets: one per administration when the parameter is set per administration. */
const targets = fixed((db, code: string | null, administration: number | null) =>
  db
    .selectFrom('parameter')
    // No administration named: the decision holds for every one that is measured, as the indicator for 2026 does.
    .leftJoin('organisation', (join) =>
      join
        .on('parameter.per_administration', 'is', sql.lit(true))
        .on('organisation.kind', '=', 'administration')
        .on(sql<boolean>`organisation.id = coalesce(${administration}::bigint, organisation.id)`),
    )
    .select(['organisation.id', 'organisation.short_name as name'])
    .where('parameter.code', '=', code)
    .where((eb) => eb.or([eb.not('parameter.per_administration'), eb('organisation.id', 'is not', null)]))
    .orderBy('organisation.position')
    .orderBy('organisation.id'),
)

/** Values of the parameter that the effect took the place of, that its validity touches, or that held the day before it. */
const valuesBeside = fixed((db, effect: number, code: string | null, valid: string | null) => {
  const touched = sql<boolean>`(effect_id is distinct from ${effect} and valid && ${valid}::daterange)`
  const before = sql<boolean>`coalesce(valid @> lower(${valid}::daterange) - 1, false)`
  return db
    .selectFrom('parameter_value')
    .selectAll()
    .select([
      sql<'superseded' | 'touched' | 'before'>`case when superseded_by_effect_id is not null then 'superseded'
        when ${touched} then 'touched' else 'before' end`.as('beside'),
    ])
    .where('parameter_code', '=', code)
    .where(
      sql<boolean>`(superseded_by_effect_id = ${effect} or superseded_by_effect_id is null and (${touched} or ${before}))`,
    )
    .orderBy('valid')
})

/** Each row that the effect sets, with what it replaces there and what a reader compares it with. */
async function rowsSet(db: Reader, { id, parameter_code: code, administration_id, valid }: Effect) {
  const [rows, values] = await Promise.all([targets(db, code, administration_id), valuesBeside(db, id, code, valid)])
  return rows.map((target) => {
    const own = values.filter(({ administration_id: administration }) => administration === target.id)
    const of = (beside: (typeof values)[number]['beside']) => own.filter((value) => value.beside === beside)
    const superseded = of('superseded')
    // Values in force that its validity touches; after it was carried out, those that it took the place of.
    const replaced = superseded.length > 0 ? superseded : of('touched')
    // The value just before is what a reader compares a new year's indicator with.
    return { target, replaced, before: replaced[0] ?? of('before')[0] }
  })
}

/** Which value applies: the indicator of a year, and the other parameters of discharge days. */
export const parameterEffects: EffectHandler = {
  kinds: ['indicator_set', 'parameter_set'],

  async check(db, effect) {
    const parameter = await db
      .selectFrom('parameter')
      .selectAll()
      .where('code', '=', effect.parameter_code)
      .executeTakeFirstOrThrow()
    if (parameter.choices !== null && !parameter.choices.includes(effect.choice ?? '')) {
      return [
        {
          code: 'bad-choice',
          text: `"${effect.choice ?? effect.value}" går inte att välja för ${parameterNames[parameter.code as ParameterCode]}.`,
        },
      ]
    }
    if (parameter.choices === null && effect.value === null) {
      return [{ code: 'no-value', text: `${parameterNames[parameter.code as ParameterCode]} behöver ett tal.` }]
    }
    if ((await targets(db, effect.parameter_code, effect.administration_id)).length === 0) {
      return [{ code: 'no-administration', text: 'Det finns ingen förvaltning som värdet kan gälla.' }]
    }
    return []
  },

  async preview(db, effect) {
    const name = parameterNames[effect.parameter_code as ParameterCode]
    const after = `${parameterValueText(effect.value, effect.choice)}, ${validityText(parseRange(effect.valid ?? '[,)'))}`
    const path = dischargeRulesOn(parseRange(validityOf(effect)).from)
    return (await rowsSet(db, effect)).map(({ target, before }) => ({
      register: 'parameter_value',
      subject: target.name === null ? name : `${name} (${target.name})`,
      path,
      before: before
        ? `${parameterValueText(before.value, before.choice)}, ${validityText(parseRange(before.valid))}`
        : null,
      after,
    }))
  },

  async carryOut(work, effect) {
    const { trx } = work
    const valid = validityOf(effect)
    const changes: RegisterChange[] = []
    for (const { target, replaced } of await rowsSet(trx, effect)) {
      for (const { id, recorded_at: _recorded, beside: _beside, ...old } of replaced) {
        await trx
          .updateTable('parameter_value')
          .set({ superseded_by_effect_id: effect.id })
          .where('id', '=', id)
          .execute()
        const left = without(parseRange(old.valid), parseRange(valid)).map(rangeText)
        // The rest of the old validity keeps its own ground.
        for (const piece of left)
          await trx
            .insertInto('parameter_value')
            .values({ ...old, valid: piece })
            .execute()
        changes.push({
          register: 'parameter_value',
          rowId: id,
          before: { valid: old.valid, value: old.value, choice: old.choice },
          after: { valid: left },
        })
      }
      const row = {
        parameter_code: effect.parameter_code as string,
        administration_id: target.id,
        valid,
        value: effect.value,
        choice: effect.choice,
      }
      const { id } = await trx
        .insertInto('parameter_value')
        .values({ ...row, ground: 'decision', effect_id: effect.id, provenance_id: effect.provenance_id })
        .returning('id')
        .executeTakeFirstOrThrow()
      changes.push({ register: 'parameter_value', rowId: id, before: null, after: row })
    }
    // These decide what is counted and shown; the others only how it is judged.
    if (['base_period', 'first_payable_day', 'smallest_public_cell'].includes(effect.parameter_code ?? '')) {
      await publishAll(work)
    }
    return changes
  },

  clause(effect) {
    const value = parameterValueText(effect.value, effect.choice)
    const when = validityText(parseRange(effect.valid ?? '[,)'))
    const which = effect.administration_name === null ? '' : ` inom ${effect.administration_name}`
    if (effect.kind === 'indicator_set') {
      return `indikatorn för utskrivningsklara dagar i genomsnitt${which} är ${value} ${when}`
    }
    return `${uncapitalised(parameterNames[effect.parameter_code as ParameterCode])}${which} är ${value} ${when}`
  },

  async statesOn(db, effects, day) {
    if (effects.length === 0) return new Map()
    const found = await valuesSetBy(
      db,
      effects.map(({ id }) => id),
    )
    const rowsOf = Map.groupBy(found, ({ effect_id }) => effect_id)
    return statesBy(effects, ({ id }) => stateOfValues(rowsOf.get(id) ?? [], day))
  },
}

const valuesSetBy = fixed((db, effects: readonly number[]) =>
  db
    .selectFrom('parameter_value')
    .leftJoin('effect as later', 'later.id', 'parameter_value.superseded_by_effect_id')
    .leftJoin('decision', 'decision.id', 'later.decision_id')
    .select(['parameter_value.effect_id', 'parameter_value.valid', 'decision.slug', 'decision.decided_on'])
    .where(sql<boolean>`parameter_value.effect_id = any(${effects}::bigint[])`)
    .orderBy('parameter_value.id'),
)

/** Values of an effect, each with the decision that took its place, if one did. */
type ValueToday = { valid: string; slug: string | null; decided_on: string | null }

function stateOfValues(rows: readonly ValueToday[], day: Day): StateToday {
  const live = rows.filter(({ slug }) => slug === null).map(({ valid }) => parseRange(valid))
  const replaced = rows.find(({ slug }) => slug !== null)
  if (live.some(({ from, to }) => (from === null || from <= day) && (to === null || day < to)))
    return { state: 'in_force' }
  const coming = live.find(({ from }) => from !== null && day < from)
  if (coming?.from) return { state: 'coming', on: coming.from }
  if (replaced?.slug)
    return { state: 'replaced', replacedBy: { slug: replaced.slug, decidedOn: replaced.decided_on as Day } }
  const ended = live.find(({ to }) => to !== null)
  return ended?.to ? { state: 'ended', on: ended.to } : { state: 'ended' }
}
