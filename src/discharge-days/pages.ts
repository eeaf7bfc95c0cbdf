import { provenances, type SourcePlace } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import { isValidOn } from '../db/ranges.ts'
import type { Cell, Column, Fact, Source, Tag } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { fractionText, swedishNumber } from '../kernel/numbers.ts'
import { decisionPath, dischargeDaysPath, dischargeRulesPath, documentPath, meetingPath } from '../kernel/urls.ts'
import { parameterValueText, validityText } from './effects.ts'
import { basePeriodOn, type GroundedValue, groundedValues, judgementOn, valueOn } from './parameters.ts'
import { periodText, yearPeriodOf } from './periods.ts'
import { type Administration, administrations, publishedCountyFigures } from './queries.ts'
import { isExceeded } from './rules.ts'
import { type ParameterCode, parameterExplanations, parameterGroundNames, parameterNames } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'discharge-days/rules': RulesPage
    'discharge-days/overview': OverviewPage
  }
}

export const section = 'discharge-days' as const
export const roomCrumb = { text: 'Utskrivningsklara dagar', path: dischargeDaysPath }

type TableModel = { caption: string; columns: readonly Column[]; rows: readonly (readonly Cell[])[] }

export type RulesPage = {
  head: PageHead
  day: Day
  path: string
  notConfirmed: string
  parameters: readonly {
    anchor: string
    name: string
    explanation: string
    today: TableModel | null
    missing: string | null
    others: TableModel | null
    sources: readonly Source[]
  }[]
}

const ruleColumns: readonly Column[] = [{ text: 'Gäller för' }, { text: 'Värde' }, { text: 'Tid' }, { text: 'Grund' }]

/** Every rule that decides how the figures are judged, on the given day, with what it stands on. */
export async function rulesPage(db: Reader, asOf: Day | null, today: Day): Promise<RulesPage> {
  const day = asOf ?? today
  const [values, measured] = await Promise.all([groundedValues(db), administrations(db)])
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
    notConfirmed:
      'Länets underlag nämner indikatorn och betalningen från dag fyra tillsammans, men säger inte hur de hänger ihop. Portalen räknar därför ut båda läsningarna. Avtalets villkor är inte bekräftat.',
    parameters: codes.map((code) => {
      const own = values.filter((value) => value.code === code)
      const current = own.filter((value) => isValidOn(value.valid, day))
      const others = own.filter((value) => !isValidOn(value.valid, day))
      const name = parameterNames[code]
      return {
        anchor: code.replaceAll('_', '-'),
        name,
        explanation: parameterExplanations[code],
        today: current.length === 0 ? null : ruleTable(`${name} den ${dayText(day)}`, current, measured),
        missing: current.length === 0 ? missingText(code, day) : null,
        others: others.length === 0 ? null : ruleTable(`${name} vid andra tider`, others, measured),
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

export type OverviewPage = {
  head: PageHead
  lead: string
  indicators: readonly { label: string; value: string; text: string; link: { text: string; path: string } }[]
  published: readonly {
    title: string
    figures: readonly Fact[]
    verdict: Tag | null
    sources: readonly Source[]
  }[]
  rules: TableModel
}

/** Where the county stands: the indicator in force, the latest figures and the rules behind them. */
export async function overviewPage(db: Reader, today: Day): Promise<OverviewPage> {
  const [values, measured, published] = await Promise.all([
    groundedValues(db),
    administrations(db),
    publishedCountyFigures(db),
  ])
  const sources = await provenances(
    db,
    published.flatMap(({ provenanceId }) => provenanceId ?? []),
  )
  return {
    head: {
      title: 'Utskrivningsklara dagar',
      section,
      crumbs: [{ text: 'Utskrivningsklara dagar' }],
      description:
        'Hur länge patienter som är utskrivningsklara ligger kvar på sjukhus i länet, per kommun, mot indikatorn.',
    },
    lead: 'En utskrivningsklar dag är en dag då en person är färdig att lämna sjukhuset men ligger kvar. Målet är 0 dagar.',
    indicators: measured.map((administration) => indicatorFigure(values, administration, today)),
    published: published.map((figure) => {
      const administration = measured.find(({ id }) => id === figure.administrationId)
      const period = periodText({
        kind: basePeriodOn(values, figure.administrationId, figure.to) ?? 'month',
        from: figure.from,
        to: figure.to,
      })
      const judgement = judgementOn(values, figure.administrationId, figure.to)
      return {
        title: `${administration?.shortName ?? ''} ${period}, hela länet`,
        figures: [
          fact('Utskrivna länkade slutenvårdstillfällen', swedishNumber(figure.episodes)),
          fact('Utskrivningsklara dagar', swedishNumber(figure.days)),
          fact('Genomsnitt', figure.episodes === 0 ? '–' : fractionText(figure.days, figure.episodes, 2)),
        ],
        verdict: verdictTag(isExceeded(figure, judgement), judgement.indicator),
        sources: sources.get(figure.provenanceId ?? 0) ?? [],
      }
    }),
    rules: {
      caption: `Regler som gäller ${dayText(today)}`,
      columns: [{ text: 'Regel' }, { text: 'Gäller för' }, { text: 'Värde' }, { text: 'Grund' }],
      rows: values
        .filter((value) => isValidOn(value.valid, today))
        .map((value) => [
          { text: parameterNames[value.code], path: `${dischargeRulesPath}#${value.code.replaceAll('_', '-')}` },
          { text: measured.find(({ id }) => id === value.administrationId)?.shortName ?? 'Båda förvaltningarna' },
          { text: valueText(value) },
          groundCell(value),
        ]),
    },
  }
}

const fact = (term: string, text: string): Fact => ({ term, values: [{ text }] })

/** 'under indikatorn 0,8' with its mark. Null without a verdict. */
export function verdictTag(exceeded: boolean | null, indicator: string | null): Tag | null {
  if (exceeded === null || indicator === null) return null
  const value = swedishNumber(indicator)
  return exceeded
    ? { text: `över indikatorn ${value}`, tone: 'bad' }
    : { text: `inte över indikatorn ${value}`, tone: 'good' }
}

function indicatorFigure(values: readonly GroundedValue[], administration: Administration, today: Day) {
  const { id, shortName, name } = administration
  const indicator = valueOn(values, 'indicator', id, today)
  const period = basePeriodOn(values, id, today) === 'quarter' ? 'per kvartal' : 'per månad'
  const year = periodText(yearPeriodOf(today))
  return {
    label: `Indikator ${year}, ${shortName}`,
    value: indicator?.value ? swedishNumber(indicator.value) : '–',
    text: indicator
      ? `${name}, följs upp ${period}. Grund: ${groundCell(indicator).text}.`
      : `Ingen indikator är registrerad för ${shortName} ${year}.`,
    link: indicator?.decision
      ? { text: 'Läs beslutet', path: decisionPath(indicator.decision.slug) }
      : { text: 'Se grunden', path: dischargeRulesPath },
  }
}
