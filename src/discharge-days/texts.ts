import { capitalised } from '../kernel/text.ts'
import type { Signal } from './control-chart.ts'
import type { Reason } from './reading/cells.ts'
import type { ColumnRole } from './reading/columns.ts'

/** Words for the parameters by which discharge days are judged. */
export type ParameterCode =
  | 'indicator'
  | 'base_period'
  | 'first_payable_day'
  | 'comparison'
  | 'payment_mode'
  | 'daily_amount'
  | 'smallest_public_cell'

export const parameterNames: Record<ParameterCode, string> = {
  indicator: 'Indikator: utskrivningsklara dagar i genomsnitt',
  base_period: 'Uppföljningsperiod',
  first_payable_day: 'Första betalningsdag',
  comparison: 'När indikatorn är överskriden',
  payment_mode: 'Vilka dagar som är betalningsdagar',
  daily_amount: 'Belopp per dag',
  smallest_public_cell: 'Minsta antal vårdtillfällen som visas offentligt',
}

export const parameterExplanations: Record<ParameterCode, string> = {
  indicator:
    'Genomsnittet av utskrivningsklara dagar per vårdtillfälle ska inte vara högre än så här. Länsgemensam ledning beslutar värdet för ett år i taget.',
  base_period: 'Hur ofta genomsnittet följs upp. Perioden bedöms efter de regler som gäller dess sista dag.',
  first_payable_day:
    'Kommunen betalar från och med den här dagen. Natten efter underrättelsen är dag 1, så dag 4 börjar tre dagar efter den.',
  comparison: 'Om ett genomsnitt som är exakt lika med indikatorn räknas som överskridet.',
  payment_mode:
    'Om dagar från och med dag fyra betalas alltid, eller bara när kommunens genomsnitt är över indikatorn.',
  daily_amount: 'Vad en betalningsdag kostar kommunen under ett kalenderår.',
  smallest_public_cell:
    'Uppgifter om en kommun med färre vårdtillfällen än så i en period visas inte för allmänheten. Fler kommuner döljs då det behövs för att ingen ska kunna räkna ut dem.',
}

export const choiceNames: Record<string, string> = {
  month: 'månad',
  quarter: 'kvartal',
  over: 'när genomsnittet är över indikatorn',
  at_or_over: 'när genomsnittet är lika med eller över indikatorn',
  every_episode: 'alla dagar från och med dag fyra',
  only_when_exceeded: 'dagar från och med dag fyra, bara i perioder då kommunens genomsnitt är över indikatorn',
}

export const parameterGroundNames: Record<
  'decision' | 'opening_state' | 'agreement' | 'regulation' | 'assumption',
  string
> = {
  decision: 'beslut',
  opening_state: 'ingångsläge',
  agreement: 'överenskommelse',
  regulation: 'föreskrift',
  assumption: 'antagande, inte bekräftat',
}

/** Why a row was rejected. Never says what stood there. */
export const rejectionReasons: Record<Reason, string> = {
  missing: 'uppgiften saknas',
  'not-a-date': 'är inget datum som finns. Skriv till exempel 2025-11-03',
  'date-too-early': 'är före 1 januari 2018, då lagen började gälla',
  'date-in-future': 'ligger i framtiden',
  'discharged-before-ready': 'utskrivningen är före dagen då patienten var utskrivningsklar',
  'unknown-municipality':
    'är ingen av länets kommuner. Skriv kommunens namn eller kod, eller Utomläns för den som bor någon annanstans',
  'unknown-administration': 'är ingen förvaltning som följs upp',
  'duplicate-episode': 'vårdtillfället finns redan på en tidigare rad',
  'not-a-period': 'är ingen period. Skriv till exempel 2025-11 eller 2025-Q4',
  'period-too-long': 'förvaltningen följs upp per månad. Ange en rad för varje månad',
  'mixed-periods': 'kvartalet finns redan i filen med en annan indelning. Ange antingen hela kvartalet eller månaderna',
  'not-a-whole-number': 'är inget helt tal',
  'too-large': 'är orimligt stort',
  'days-without-episodes': 'det finns dagar men inga vårdtillfällen',
  'too-many-late-days': 'dagarna från dag fyra är fler än dagarna räcker till',
  'duplicate-cell': 'samma kommun och period finns redan på en tidigare rad',
  'sum-differs': 'summan stämmer inte med kommunerna i filen',
}

/** Stands on every table, picture, file and answer that is built on invented figures. */
export const exampleMark = 'EXEMPELDATA – påhittade siffror'
export const exampleFileName = exampleMark

/** Stands instead of a figure that the public does not see. */
export const withheldText = 'visas inte'
export const withheldExplanation =
  'Uppgifter om färre än fem vårdtillfällen visas inte, för att ingen enskild person ska kunna anas bakom dem. Ibland döljs fler kommuner, så att ingen ska kunna räkna ut de dolda genom att dra de andra från länets summa.'

const numberWords = ['noll', 'en', 'två', 'tre', 'fyra', 'fem', 'sex', 'sju', 'åtta', 'nio', 'tio', 'elva', 'tolv']
const numberWord = (number: number) => numberWords[number] ?? String(number)

/** What a pattern in a control chart means, in words. `labels` are the periods of the points. */
export function signalText({ kind, from, to }: Signal, labels: readonly string[], period: 'month' | 'quarter'): string {
  const units = period === 'month' ? 'månader' : 'kvartal'
  const first = labels[from] ?? ''
  const span = `${first} – ${labels[to] ?? ''}`
  const row = `${capitalised(numberWord(to - from + 1))} ${units} i rad`
  switch (kind) {
    case 'above-limit':
      return `${capitalised(first)} ligger över den övre gränsen: då hände troligen något särskilt.`
    case 'below-limit':
      return `${capitalised(first)} ligger under den undre gränsen: då hände troligen något särskilt, till det bättre.`
    case 'rising':
      return `${row} med stigande genomsnitt (${span}): försämringen är troligen verklig.`
    case 'falling':
      return `${row} med sjunkande genomsnitt (${span}): förbättringen är troligen verklig.`
    case 'near-upper':
      return `Minst två av tre ${units} nära den övre gränsen (${span}): försämringen är troligen verklig.`
    case 'near-lower':
      return `Minst två av tre ${units} nära den undre gränsen (${span}): förbättringen är troligen verklig.`
    case 'above-mean':
      return `${row} över medel (${span}): försämringen är troligen verklig.`
    case 'below-mean':
      return `${row} under medel (${span}): förbättringen är troligen verklig.`
  }
}

/** '2–3 dagar' */
export function bandText({ from, to }: { from: number; to: number | null }): string {
  if (to === null) return `${from} dagar eller fler`
  if (from === to) return from === 1 ? '1 dag' : `${from} dagar`
  return `${from}–${to} dagar`
}

/** What a column can hold, as the form asks. */
export const columnRoleNames: Record<ColumnRole, string> = {
  municipality: 'Kommun',
  administration: 'Förvaltning',
  ready: 'Dag då patienten var utskrivningsklar',
  discharged: 'Dag för utskrivning',
  episode: 'Vårdtillfällets nummer',
  period: 'Period',
  episodes: 'Antal vårdtillfällen',
  days: 'Summa utskrivningsklara dagar',
  lateDays: 'Dagar från dag fyra',
}
