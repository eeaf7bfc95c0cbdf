import { sql } from 'kysely'
import { provenances, type SourcePlace } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import { fixed } from '../db/fixed.ts'
import { holds, isValidOn, parseRange, type Validity } from '../db/ranges.ts'
import type { ParameterGround } from '../db/schema.ts'
import type { Day } from '../kernel/dates.ts'
import { type Period, type PeriodKind, periodOf, periodsBetween, shifted } from './periods.ts'
import type { Comparison, Judgement, PaymentMode } from './rules.ts'
import type { ParameterCode } from './texts.ts'

/** A value that no later decision has taken the place of. */
export type ParameterValue = {
  code: ParameterCode
  administrationId: number | null
  valid: Validity
  value: string | null
  choice: string | null
}

/** The same with the ground it stands on, for those who ask why. */
export type GroundedValue = ParameterValue & {
  ground: ParameterGround
  decision: { slug: string; decidedOn: Day } | null
  knownFromMeeting: { slug: string; title: string } | null
  document: { slug: string; title: string } | null
  note: string | null
  sources: readonly SourcePlace[]
}

const standing = fixed((db) =>
  db
    .selectFrom('parameter_value')
    .select(['parameter_code', 'administration_id', 'valid', 'value', 'choice'])
    .where('superseded_by_effect_id', 'is', null)
    .orderBy('valid'),
)

/** Every value in force at some time. Few rows: one query a page. */
export async function parameterValues(db: Reader): Promise<ParameterValue[]> {
  const rows = await standing(db)
  return rows.map(({ parameter_code, administration_id, valid, value, choice }) => ({
    code: parameter_code as ParameterCode,
    administrationId: administration_id,
    valid: parseRange(valid),
    value: value === null ? null : plain(value),
    choice,
  }))
}

/**
 * The values in force on the day, and of each rule those of other times that are nearest to it. There are more of those every
 * year.
 * @param others how many of other times are told of each rule
 * @returns the rules in their order, the latest value of each first; and how many of other times each rule has in all, of
 * those rules of which any value is told
 */
export async function groundedValues(
  db: Reader,
  day: Day,
  others: number,
): Promise<{ values: GroundedValue[]; total: (code: ParameterCode) => number }> {
  const rows = await groundedRows(db, day, others)
  const sources = await provenances(
    db,
    rows.map((row) => row.provenance_id),
  )
  const totals = new Map(rows.map((row) => [row.parameter_code, row.others]))
  return {
    values: rows.map((row) => ({
      code: row.parameter_code as ParameterCode,
      administrationId: row.administration_id,
      valid: parseRange(row.valid),
      value: row.value === null ? null : plain(row.value),
      choice: row.choice,
      ground: row.ground,
      decision:
        row.decision_slug && row.decided_on ? { slug: row.decision_slug, decidedOn: row.decided_on as Day } : null,
      knownFromMeeting:
        row.meeting_slug && row.meeting_title ? { slug: row.meeting_slug, title: row.meeting_title } : null,
      document: row.document_slug && row.document_title ? { slug: row.document_slug, title: row.document_title } : null,
      note: row.note,
      sources: sources.get(row.provenance_id) ?? [],
    })),
    total: (code) => totals.get(code) ?? 0,
  }
}

const groundedRows = fixed((db, day: Day, others: number) => {
  const current = holds('valid', day)
  const ranked = db
    .selectFrom('parameter_value')
    .select([
      'id',
      current.as('current'),
      sql<number>`row_number() over (partition by parameter_code, ${current}
        order by greatest(lower(valid) - ${day}::date, ${day}::date - upper(valid)), valid desc, id)`.as('place'),
      sql<number>`count(*) filter (where not ${current}) over (partition by parameter_code)::integer`.as('others'),
    ])
    .where('superseded_by_effect_id', 'is', null)
  return (
    db
      .selectFrom(ranked.as('ranked'))
      .innerJoin('parameter_value', 'parameter_value.id', 'ranked.id')
      .innerJoin('parameter', 'parameter.code', 'parameter_value.parameter_code')
      .leftJoin('effect', 'effect.id', 'parameter_value.effect_id')
      .leftJoin('decision', 'decision.id', 'effect.decision_id')
      .leftJoin('meeting', 'meeting.id', 'parameter_value.known_from_meeting_id')
      .leftJoin('document', 'document.id', 'parameter_value.document_id')
      .select([
        'ranked.others',
        'parameter_value.parameter_code',
        'parameter_value.administration_id',
        'parameter_value.valid',
        'parameter_value.value',
        'parameter_value.choice',
        'parameter_value.ground',
        'parameter_value.note',
        'parameter_value.provenance_id',
        'decision.slug as decision_slug',
        'decision.decided_on',
        'meeting.slug as meeting_slug',
        'meeting.title as meeting_title',
        'document.slug as document_slug',
        'document.title as document_title',
      ])
      .where((eb) => eb.or([eb.ref('ranked.current'), eb('ranked.place', '<=', others)]))
      .orderBy('parameter.position')
      .orderBy('parameter_value.valid', 'desc')
      // In the order of the administrations, whatever order the rows were written in.
      .orderBy('parameter_value.administration_id')
      .orderBy('parameter_value.id')
  )
})

/** The parameters valid on the day: a period is judged by those of its last day, so that a new value rewrites nothing. */
export function judgementOn(values: readonly ParameterValue[], administrationId: number, day: Day): Judgement {
  const on = (code: ParameterCode) => valueOn(values, code, administrationId, day)
  const whole = (code: ParameterCode) => {
    const value = on(code)?.value
    return value === undefined || value === null ? null : Number(value)
  }
  return {
    indicator: on('indicator')?.value ?? null,
    comparison: (on('comparison')?.choice as Comparison | undefined) ?? null,
    firstPayableDay: whole('first_payable_day'),
    paymentMode: (on('payment_mode')?.choice as PaymentMode | undefined) ?? null,
    dailyAmount: on('daily_amount')?.value ?? null,
    smallestPublicCell: whole('smallest_public_cell'),
  }
}

/** The value of one parameter on a day; `administrationId` is ignored where the parameter is common. */
export function valueOn<Value extends ParameterValue>(
  values: readonly Value[],
  code: ParameterCode,
  administrationId: number,
  day: Day,
): Value | undefined {
  return values.find(
    (value) =>
      value.code === code &&
      (value.administrationId === null || value.administrationId === administrationId) &&
      isValidOn(value.valid, day),
  )
}

/** Is the administration followed up by month or by quarter on the day? Null: not at all. */
export function basePeriodOn(
  values: readonly ParameterValue[],
  administrationId: number,
  day: Day,
): 'month' | 'quarter' | null {
  return (valueOn(values, 'base_period', administrationId, day)?.choice as 'month' | 'quarter' | undefined) ?? null
}

/**
 * The base period that a month belongs to. A quarter is judged by the rule of its last day, so that a change in the
 * middle of a quarter does not split it.
 */
export function basePeriodOf(values: readonly ParameterValue[], administrationId: number, month: Day): Period | null {
  const quarter = periodOf('quarter', month)
  const kind = basePeriodOn(values, administrationId, quarter.to)
  return kind === null ? null : kind === 'quarter' ? quarter : periodOf('month', month)
}

/** The base periods that begin in the span, in order. */
export function basePeriods(values: readonly ParameterValue[], administrationId: number, from: Day, to: Day): Period[] {
  const periods = new Map<Day, Period>()
  for (const month of periodsBetween('month', from, to)) {
    const base = basePeriodOf(values, administrationId, month.from)
    if (base !== null && base.from >= from) periods.set(base.from, base)
  }
  return [...periods.values()]
}

/** The base period before the given one. */
export function baseBefore(values: readonly ParameterValue[], administrationId: number, period: Period): Period | null {
  return basePeriodOf(values, administrationId, shifted(periodOf('month', period.from), -1).from)
}

/** What kinds of period the administration's figures are published for on the day. */
export function publishedKinds(values: readonly ParameterValue[], administrationId: number, day: Day): PeriodKind[] {
  const base = basePeriodOn(values, administrationId, day)
  return base === null ? [] : [base, 'year']
}

/** '0.80' and '4.0' as they are meant: '0.8', '4'. */
function plain(value: string): string {
  return value.includes('.') ? value.replace(/\.?0+$/, '') : value
}
