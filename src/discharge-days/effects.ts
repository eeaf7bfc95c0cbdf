import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { parseRange, rangeText, type Validity, without } from '../db/ranges.ts'
import {
  type Difference,
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
async function targets(db: Reader, effect: Effect): Promise<{ id: number | null; name: string | null }[]> {
  const parameter = await db
    .selectFrom('parameter')
    .select('per_administration')
    .where('code', '=', effect.parameter_code)
    .executeTakeFirstOrThrow()
  if (!parameter.per_administration) return [{ id: null, name: null }]
  // No administration named: the decision holds for every one that is measured, as the indicator for 2026 does.
  return db
    .selectFrom('organisation')
    .select(['id', 'short_name as name'])
    .where('kind', '=', 'administration')
    .$if(effect.administration_id !== null, (query) => query.where('id', '=', effect.administration_id))
    .orderBy('position')
    .orderBy('id')
    .execute()
}

/** Values in force that the effect's validity touches; after it was carried out, those that it took the place of. */
async function replacedValues(db: Reader, effect: Effect, administrationId: number | null) {
  const values = db
    .selectFrom('parameter_value')
    .selectAll()
    .where('parameter_code', '=', effect.parameter_code)
    .where('administration_id', 'is not distinct from', administrationId)
    .orderBy('valid')
  const superseded = await values.where('superseded_by_effect_id', '=', effect.id).execute()
  if (superseded.length > 0) return superseded
  return values
    .where('superseded_by_effect_id', 'is', null)
    .where('effect_id', 'is distinct from', effect.id)
    .where(sql<boolean>`valid && ${effect.valid}::daterange`)
    .execute()
}

/** The value just before: what a reader compares a new year's indicator with. */
async function valueBefore(db: Reader, effect: Effect, administrationId: number | null) {
  const { from } = parseRange(effect.valid ?? '[,)')
  if (from === null) return undefined
  return db
    .selectFrom('parameter_value')
    .select(['value', 'choice', 'valid'])
    .where('parameter_code', '=', effect.parameter_code)
    .where('administration_id', 'is not distinct from', administrationId)
    .where('superseded_by_effect_id', 'is', null)
    .where(sql<boolean>`valid @> ${addDays(from, -1)}::date`)
    .executeTakeFirst()
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
    if ((await targets(db, effect)).length === 0) {
      return [{ code: 'no-administration', text: 'Det finns ingen förvaltning som värdet kan gälla.' }]
    }
    return []
  },

  async preview(db, effect) {
    const name = parameterNames[effect.parameter_code as ParameterCode]
    const after = `${parameterValueText(effect.value, effect.choice)}, ${validityText(parseRange(effect.valid ?? '[,)'))}`
    const differences: Difference[] = []
    for (const target of await targets(db, effect)) {
      const [replaced] = await replacedValues(db, effect, target.id)
      const before = replaced ?? (await valueBefore(db, effect, target.id))
      differences.push({
        register: 'parameter_value',
        subject: target.name === null ? name : `${name} (${target.name})`,
        path: dischargeRulesOn(parseRange(validityOf(effect)).from),
        before: before
          ? `${parameterValueText(before.value, before.choice)}, ${validityText(parseRange(before.valid))}`
          : null,
        after,
      })
    }
    return differences
  },

  async carryOut(work, effect) {
    const { trx } = work
    const valid = validityOf(effect)
    const changes: RegisterChange[] = []
    for (const target of await targets(trx, effect)) {
      for (const { id, recorded_at: _recorded, ...old } of await replacedValues(trx, effect, target.id)) {
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
    const found = await db
      .selectFrom('parameter_value')
      .leftJoin('effect as later', 'later.id', 'parameter_value.superseded_by_effect_id')
      .leftJoin('decision', 'decision.id', 'later.decision_id')
      .select(['parameter_value.effect_id', 'parameter_value.valid', 'decision.slug', 'decision.decided_on'])
      .where(
        'parameter_value.effect_id',
        'in',
        effects.map(({ id }) => id),
      )
      .orderBy('parameter_value.id')
      .execute()
    const rowsOf = Map.groupBy(found, ({ effect_id }) => effect_id)
    return statesBy(effects, ({ id }) => stateOfValues(rowsOf.get(id) ?? [], day))
  },
}

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
