import type { SourcePlace } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import { isValidOn } from '../db/ranges.ts'
import { correctionsOf, type ShownCorrection } from '../http/corrections.ts'
import type { Cell, Column, Source, Tag } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import {
  decisionPath,
  dischargeDaysPath,
  dischargeRulesPath,
  documentPath,
  meetingPath,
  withQuery,
} from '../kernel/urls.ts'
import { parameterCorrections } from './corrections.ts'
import { parameterValueText, validityText } from './effects.ts'
import { type GroundedValue, groundedValues } from './parameters.ts'
import { type Administration, measuredPlaces } from './queries.ts'
import { type ParameterCode, parameterExplanations, parameterGroundNames, parameterNames } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'discharge-days/rules': RulesPage
  }
}

export const section = 'discharge-days' as const
export const roomCrumb = { text: 'Utskrivningsklara dagar', path: dischargeDaysPath }

type TableModel = { caption: string; columns: readonly Column[]; rows: readonly (readonly Cell[])[] }

export type RulesPage = {
  head: PageHead
  day: Day
  path: string
  /** What stays as it was asked for on another day. */
  kept: readonly { name: string; value: string }[]
  notConfirmed: string
  corrections: readonly ShownCorrection[]
  parameters: readonly {
    anchor: string
    name: string
    explanation: string
    today: TableModel | null
    missing: string | null
    others: TableModel | null
    /** Where the others are that the table has no room for. */
    more: { text: string; path: string } | null
    sources: readonly Source[]
  }[]
}

const ruleColumns: readonly Column[] = [{ text: 'Gäller för' }, { text: 'Värde' }, { text: 'Tid' }, { text: 'Grund' }]

/** How many of a rule's values at other times are shown before one asks for all of them. */
const shownOthers = 6
/** All of them. */
const every = 1_000_000

/**
 * Every rule that decides how the figures are judged, on the given day, with what it stands on.
 * @param all also every value of other times; otherwise those nearest to the day
 */
export async function rulesPage(
  db: Reader,
  { asOf, today, all }: { asOf: Day | null; today: Day; all: boolean },
): Promise<RulesPage> {
  const day = asOf ?? today
  const [{ values, total }, { administrations: measured }, corrections] = await Promise.all([
    groundedValues(db, day, all ? every : shownOthers),
    measuredPlaces(db),
    correctionsOf(db, parameterCorrections, null),
  ])
  const codes = Object.keys(parameterNames) as ParameterCode[]
  return {
    head: {
      title: 'Regler och gränsvärden',
      section,
      crumbs: [roomCrumb, { text: 'Regler och gränsvärden' }],
      description:
        'Indikatorn, betalningsdagen och de andra regler som utskrivningsklara dagar bedöms efter, med sina grunder.',
      asOf,
    },
    day,
    path: dischargeRulesPath,
    kept: all ? [{ name: 'varden', value: 'alla' }] : [],
    notConfirmed:
      'Länets underlag nämner indikatorn och betalningen från dag fyra tillsammans, men säger inte hur de hänger ihop. Portalen räknar därför ut båda läsningarna. Avtalets villkor är inte bekräftat.',
    corrections,
    parameters: codes.map((code) => {
      const own = values.filter((value) => value.code === code)
      const current = own.filter((value) => isValidOn(value.valid, day))
      const others = own.filter((value) => !isValidOn(value.valid, day))
      const name = parameterNames[code]
      const anchor = code.replaceAll('_', '-')
      return {
        anchor,
        name,
        explanation: parameterExplanations[code],
        today: current.length === 0 ? null : ruleTable(`${name} den ${dayText(day)}`, current, measured),
        missing: current.length === 0 ? missingText(code, day) : null,
        others: others.length === 0 ? null : ruleTable(`${name} vid andra tider`, others, measured),
        more:
          total(code) > others.length
            ? {
                text: `Visa alla ${total(code)} tidigare och kommande värden`,
                path: `${withQuery(dischargeRulesPath, { datum: asOf, varden: 'alla' })}#${anchor}`,
              }
            : null,
        sources: uniqueSources(own),
      }
    }),
  }
}

function missingText(code: ParameterCode, day: Day): string {
  if (code === 'daily_amount') return `Inget belopp är registrerat för ${day.slice(0, 4)}. Därför visas inga kronor.`
  if (code === 'indicator')
    return `Ingen indikator är registrerad för ${day.slice(0, 4)}. Därför bedöms inga perioder det året.`
  return `Inget värde är registrerat för den ${dayText(day)}.`
}

function ruleTable(caption: string, values: readonly GroundedValue[], measured: readonly Administration[]): TableModel {
  return {
    caption,
    columns: ruleColumns,
    rows: values.map((value) => [
      { text: measured.find(({ id }) => id === value.administrationId)?.shortName ?? 'Båda förvaltningarna' },
      { text: valueText(value) },
      { text: validityText(value.valid) },
      groundCell(value),
    ]),
  }
}

/** '0,8', 'månad', 'dag 4', '10 500 kr' */
export function valueText({ code, value, choice }: Pick<GroundedValue, 'code' | 'value' | 'choice'>): string {
  const text = parameterValueText(value, choice)
  if (code === 'first_payable_day') return `dag ${text}`
  if (code === 'daily_amount') return `${text} kr per dag`
  if (code === 'smallest_public_cell') return value === '0' ? 'inget döljs' : `${text} vårdtillfällen`
  return text
}

/** What a value stands on, with a link to it where the portal has it. */
export function groundCell(value: GroundedValue): Cell {
  const { ground, decision, knownFromMeeting, document, note } = value
  if (decision) return { text: `beslut ${dayText(decision.decidedOn)}`, path: decisionPath(decision.slug), note }
  if (document && ground !== 'opening_state') {
    return { text: `${parameterGroundNames[ground]}: ${document.title}`, path: documentPath(document.slug), note }
  }
  if (knownFromMeeting) {
    return {
      text: `${parameterGroundNames[ground]}, känt från ${knownFromMeeting.title}`,
      path: meetingPath(knownFromMeeting.slug),
      note,
    }
  }
  const tag: Tag | null = ground === 'assumption' ? { text: 'inte bekräftat', tone: 'warning' } : null
  return { text: parameterGroundNames[ground], note, tag }
}

function uniqueSources(values: readonly GroundedValue[]): Source[] {
  const found = new Map<string, SourcePlace>()
  for (const value of values) {
    for (const source of value.sources) found.set(`${source.text}/${source.place}`, source)
  }
  return [...found.values()]
}
