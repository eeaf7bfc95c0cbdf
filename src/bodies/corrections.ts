import { z } from 'zod'
import type { Reader } from '../db/database.ts'
import { parseRange, rangeText } from '../db/ranges.ts'
import type { MembershipRole } from '../db/schema.ts'
import type { Corrector, Told } from '../http/corrections.ts'
import { asking } from '../http/edit-page.ts'
import { optionalDay, optionalText, tickedBox } from '../http/field-values.ts'
import { problemOf, typedText } from '../http/fields.ts'
import { type Problem, readForm } from '../http/forms.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { capitalised } from '../kernel/text.ts'
import { bodyPath, newDecisionLink } from '../kernel/urls.ts'
import { seatChoices } from './register-queries.ts'
import { roleNames } from './texts.ts'

const form = z
  .object({
    roll: z.enum(Object.keys(roleNames) as [MembershipRole, ...MembershipRole[]], 'Välj en roll.'),
    foretrader: z
      .string()
      .regex(/^([ob]:\d{1,15})?$/, 'Välj i listan.')
      .default(''),
    titel: optionalText(300),
    enhet: optionalText(300),
    fran: optionalDay,
    till: optionalDay,
    ta_bort: tickedBox,
  })
  .superRefine(({ fran, till }, context) => {
    if (fran !== null && till !== null && till <= fran)
      context.addIssue({ code: 'custom', path: ['till'], message: 'Uppdraget slutar innan det börjar.' })
  })

type Values = z.output<typeof form>

function membership(db: Reader, id: number) {
  return db
    .selectFrom('membership')
    .innerJoin('body', 'body.id', 'membership.body_id')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .leftJoin('organisation', 'organisation.id', 'membership.on_behalf_organisation_id')
    .leftJoin('body as behalf', 'behalf.id', 'membership.on_behalf_body_id')
    .selectAll('membership')
    .select([
      'body.slug as body_slug',
      'body.name as body_name',
      'person.slug as person_slug',
      'person.name as person_name',
      'organisation.name as organisation_name',
      'behalf.name as behalf_name',
    ])
    .where('membership.id', '=', id)
    .executeTakeFirstOrThrow(() => notFound(`membership ${id}`))
}

type Row = Awaited<ReturnType<typeof membership>>

const dayOrNull = (on: Day | null) => (on === null ? null : dayText(on))

function toldOf(row: Row): Told {
  const { from, to } = parseRange(row.valid)
  return {
    body: row.body_slug,
    person: row.person_name,
    person_slug: row.person_slug,
    person_id: String(row.person_id),
    role: roleNames[row.role],
    on_behalf: row.organisation_name ?? row.behalf_name,
    title: row.title,
    unit: row.unit,
    from: dayOrNull(from),
    to: dayOrNull(to),
  }
}

/** Memberships: role, whom for, title and days. Who it is stands: somebody else is another membership. */
export const membershipCorrections: Corrector<Values> = {
  register: 'membership',
  word: 'uppdrag',
  labels: {
    role: 'Roll',
    on_behalf: 'Företräder',
    title: 'Titel',
    unit: 'Enhet',
    from: 'Tillträdde',
    to: 'Lämnade uppdraget',
  },
  names: (told) => [told.person, told.role].filter(Boolean).join(', '),

  async bodyOf(db, id) {
    const row = await db
      .selectFrom('membership')
      .innerJoin('body', 'body.id', 'membership.body_id')
      .select('body.slug')
      .where('membership.id', '=', id)
      .executeTakeFirst()
    return row?.slug
  },

  async open(db, id) {
    const [row, { organisations, bodies }] = await Promise.all([membership(db, id), seatChoices(db)])
    const { from, to } = parseRange(row.valid)
    const behalf =
      row.on_behalf_organisation_id !== null
        ? `o:${row.on_behalf_organisation_id}`
        : row.on_behalf_body_id !== null
          ? `b:${row.on_behalf_body_id}`
          : ''
    return {
      title: `${row.person_name} i ${row.body_name}`,
      path: bodyPath(row.body_slug),
      lead: 'Rätta det som är fel infört. Har något ändrats på riktigt är det ett beslut, inte en rättelse.',
      told: toldOf(row),
      ask(state) {
        const ask = asking(state)
        return [
          {
            legend: 'Uppdraget',
            questions: [
              ask.select(
                'roll',
                'Roll',
                row.role,
                Object.entries(roleNames).map(([value, text]) => ({ value, text: capitalised(text) })),
              ),
              ask.select(
                'foretrader',
                'Företräder',
                behalf,
                [
                  ...organisations.map((one) => ({ value: `o:${one.id}`, text: one.name, group: 'Organisationer' })),
                  ...bodies.map((one) => ({ value: `b:${one.id}`, text: one.name, group: 'Grupper' })),
                ],
                { empty: 'Framgår inte' },
              ),
              ask.field('titel', 'Titel', row.title),
              ask.field('enhet', 'Enhet', row.unit),
              ask.field('fran', 'Tillträdde', from, {
                type: 'date',
                hint: 'Lämnas tomt när startdatum inte framgår.',
              }),
              ask.field('till', 'Lämnade uppdraget', to, {
                type: 'date',
                hint: 'Den första dagen utan uppdraget. Lämnas tomt för den som sitter kvar.',
              }),
              {
                as: 'options',
                name: 'ta_bort',
                legend: 'Eller är hela uppgiften fel?',
                error: problemOf(state, 'ta_bort'),
                many: true,
                options: [
                  {
                    value: 'ja',
                    text: 'Ta bort uppdraget ur registret',
                    hint: 'Personen har aldrig haft det. Det som stod sparas med rättelsen.',
                    chosen: typedText(state, 'ta_bort') !== '',
                  },
                ],
              },
            ],
          },
        ]
      },
    }
  },

  read: (body) => readForm(form, body),

  async correct({ trx }, id, values) {
    await trx.selectFrom('membership').select('id').where('id', '=', id).forUpdate().execute()
    const row = await membership(trx, id)
    const about = `body/${row.body_slug}`
    const problems: Problem[] = []
    const byDecision = row.start_ground === 'decision' || row.end_ground === 'decision'
    if (values.ta_bort) {
      if (byDecision)
        return [{ field: 'ta_bort', text: 'Uppdraget står på ett beslut. Det upphävs genom ett nytt beslut.' }]
      await trx.deleteFrom('membership').where('id', '=', id).execute()
      return { about, told: null }
    }
    if (row.start_ground === 'decision' && values.fran === null)
      problems.push({ field: 'fran', text: 'Personen tillträdde genom ett beslut. Skriv dagen.' })
    if (row.end_ground === 'decision' && values.till === null)
      problems.push({
        field: 'till',
        text: 'Att uppdraget är slut står på ett beslut. Ska personen sitta kvar krävs ett nytt beslut.',
      })
    if (problems.length > 0) return problems
    const chosen = values.foretrader === '' ? null : Number(values.foretrader.slice(2))
    await trx
      .updateTable('membership')
      .set({
        role: values.roll,
        title: values.titel,
        unit: values.enhet,
        on_behalf_organisation_id: values.foretrader.startsWith('o:') ? chosen : null,
        on_behalf_body_id: values.foretrader.startsWith('b:') ? chosen : null,
        valid: rangeText({ from: values.fran, to: values.till }),
        end_ground: values.till === null ? null : (row.end_ground ?? 'decision_not_registered'),
      })
      .where('id', '=', id)
      .execute()
    return { about, told: toldOf(await membership(trx, id)) }
  },
}

/** Memberships to correct, of one body: those that hold, and those that are over. */
export function membershipsToCorrect(db: Reader, bodyId: number) {
  return db
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .select(['membership.id', 'membership.role', 'membership.valid', 'person.name'])
    .where('membership.body_id', '=', bodyId)
    .orderBy('person.name')
    .orderBy('membership.valid')
    .execute()
}

/** The way to change who sits in a body when it has changed, and was not recorded wrongly. */
export const replaceLink = (body: string) => newDecisionLink('member_replaced', { organ: body })
