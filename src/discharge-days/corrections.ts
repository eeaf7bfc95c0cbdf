import { z } from 'zod'
import type { Reader } from '../db/database.ts'
import { parseRange, rangeText } from '../db/ranges.ts'
import type { Corrector, Told } from '../http/corrections.ts'
import { asking } from '../http/edit-page.ts'
import { optionalDay, optionalDecimal } from '../http/field-values.ts'
import { type Problem, readForm } from '../http/forms.ts'
import { addDays, dayText } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { swedishNumber } from '../kernel/numbers.ts'
import { capitalised } from '../kernel/text.ts'
import { dischargeRulesOn } from '../kernel/urls.ts'
import { parameterValueText } from './effects.ts'
import { choiceNames, type ParameterCode, parameterNames } from './texts.ts'

const form = z
  .object({
    varde: optionalDecimal,
    val: z.string().max(50).default(''),
    fran: optionalDay,
    till_och_med: optionalDay,
  })
  .superRefine(({ fran, till_och_med }, context) => {
    if (fran !== null && till_och_med !== null && till_och_med < fran)
      context.addIssue({ code: 'custom', path: ['till_och_med'], message: 'Värdet slutar gälla innan det börjar.' })
  })

type Values = z.output<typeof form>

/** Values that no later decision has taken the place of, with what they are of. */
function values(db: Reader) {
  return db
    .selectFrom('parameter_value')
    .innerJoin('parameter', 'parameter.code', 'parameter_value.parameter_code')
    .leftJoin('organisation', 'organisation.id', 'parameter_value.administration_id')
    .selectAll('parameter_value')
    .select(['parameter.choices', 'parameter.position', 'organisation.short_name as administration'])
    .where('parameter_value.superseded_by_effect_id', 'is', null)
}

async function valueRow(db: Reader, id: number) {
  return await values(db)
    .where('parameter_value.id', '=', id)
    .executeTakeFirstOrThrow(() => notFound(`parameter value ${id}`))
}

type Row = Awaited<ReturnType<typeof valueRow>>

const nameOf = ({ parameter_code, administration }: Row) =>
  [capitalised(parameterNames[parameter_code as ParameterCode]), administration].filter(Boolean).join(', ')

function toldOf(row: Row): Told {
  const { from, to } = parseRange(row.valid)
  return {
    parameter: row.parameter_code,
    name: nameOf(row),
    value: parameterValueText(row.value === null ? null : plain(row.value), row.choice),
    from: from === null ? null : dayText(from),
    until: to === null ? null : dayText(addDays(to, -1)),
  }
}

/** '0.80' as it is meant: '0.8'. */
const plain = (value: string) => (value.includes('.') ? value.replace(/\.?0+$/, '') : value)

/** Values of parameters: the number or the choice, and its days. What it stands on stays. */
export const parameterCorrections: Corrector<Values> = {
  register: 'parameter_value',
  word: 'gransvarde',
  labels: { value: 'Värde', from: 'Gäller från', until: 'Gäller till och med' },
  names: (told) => told.name ?? '',

  async bodyOf(db, id) {
    const row = await values(db).where('parameter_value.id', '=', id).executeTakeFirst()
    return row === undefined ? undefined : null
  },

  async open(db, id) {
    const row = await valueRow(db, id)
    const { from, to } = parseRange(row.valid)
    return {
      title: nameOf(row),
      path: dischargeRulesOn(from),
      lead: 'Rätta det som är fel infört. Ett nytt värde beslutas, det rättas inte. Perioder som redan är bedömda bedöms om.',
      told: toldOf(row),
      ask(state) {
        const ask = asking(state)
        return [
          {
            legend: 'Värdet',
            questions: [
              row.choices === null
                ? ask.field('varde', 'Värde', swedishNumber(plain(row.value ?? '')), { size: 10 })
                : ask.select(
                    'val',
                    'Val',
                    row.choice,
                    row.choices.map((value) => ({ value, text: capitalised(choiceNames[value] ?? value) })),
                  ),
              ask.field('fran', 'Gäller från', from, { type: 'date', hint: 'Lämnas tomt när det inte framgår.' }),
              ask.field('till_och_med', 'Gäller till och med', to === null ? null : addDays(to, -1), {
                type: 'date',
                hint: 'Lämnas tomt när det gäller tills vidare.',
              }),
            ],
          },
        ]
      },
    }
  },

  read: (body) => readForm(form, body),

  async correct({ trx }, id, { varde, val, fran, till_och_med }) {
    await trx.selectFrom('parameter_value').select('id').where('id', '=', id).forUpdate().execute()
    const row = await valueRow(trx, id)
    const problems: Problem[] = []
    if (row.choices === null && varde === null) problems.push({ field: 'varde', text: 'Skriv ett tal.' })
    if (row.choices !== null && !row.choices.includes(val)) problems.push({ field: 'val', text: 'Välj i listan.' })
    if (problems.length > 0) return problems
    await trx
      .updateTable('parameter_value')
      .set({
        ...(row.choices === null ? { value: varde } : { choice: val }),
        valid: rangeText({ from: fran, to: till_och_med === null ? null : addDays(till_och_med, 1) }),
      })
      .where('id', '=', id)
      .execute()
    return { about: `parameter/${row.parameter_code}`, told: toldOf(await valueRow(trx, id)) }
  },
}

/** Values to choose among, as the pages of corrections list them. */
export async function valuesToCorrect(db: Reader) {
  const rows = await values(db).orderBy('parameter.position').orderBy('parameter_value.valid', 'desc').execute()
  return rows.map((row) => ({ id: row.id, told: toldOf(row) }))
}
