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
