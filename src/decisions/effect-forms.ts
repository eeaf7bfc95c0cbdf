/** The form of each kind of effect: what is asked, and what must be answered. Names of fields stand in shared links. */
import { z } from 'zod'
import { bodyKindNames, roleNames, roleOrder } from '../bodies/texts.ts'
import type { DecisionKind } from '../db/schema.ts'
import { choiceNames, type ParameterCode, parameterNames } from '../discharge-days/texts.ts'
import type { EffectKind } from '../effects/effect.ts'
import type { Question } from '../http/edit-page.ts'
import {
  optionalDay,
  optionalDecimal,
  optionalText,
  optionalVagueDate,
  tickedBox,
  vagueDateHint,
} from '../http/field-values.ts'
import { type FormState, type Option, problemOf, typedText } from '../http/fields.ts'
import { capitalised } from '../kernel/text.ts'

export type KindChoice = { kind: EffectKind; name: string; hint: string }

/** What can be decided, the most usual first. */
export const kindChoices: readonly KindChoice[] = [
  { kind: 'member_replaced', name: 'Byta ledamot', hint: 'En person ersätter en annan i en grupp' },
  { kind: 'indicator_set', name: 'Fastställa indikatorn', hint: 'Utskrivningsklara dagar i genomsnitt, för ett år' },
  { kind: 'minutes_filed', name: 'Lägga protokoll till handlingarna', hint: 'Föregående mötes protokoll' },
  { kind: 'assignment_given', name: 'Ge ett uppdrag', hint: 'Vem ska göra vad, och när ska det vara klart' },
  {
    kind: 'position',
    name: 'Ställningstagande',
    hint: 'Mötet står bakom något, eller återger vad ett annat organ har sagt',
  },
  { kind: 'note', name: 'Annat beslut', hint: 'Ändrar inget register' },
  { kind: 'member_appointed', name: 'Utse ledamot', hint: 'Ingen lämnar uppdraget' },
  { kind: 'member_released', name: 'Entlediga ledamot', hint: 'Ingen tillträder' },
  { kind: 'chair_appointed', name: 'Utse ordförande', hint: 'Ordförande eller vice ordförande i en grupp' },
  { kind: 'plan_adopted', name: 'Fastställa handlingsplan', hint: 'Ett utkast blir gällande plan' },
  { kind: 'plan_revised', name: 'Revidera handlingsplan', hint: 'Ändringar i en gällande plan' },
  { kind: 'document_adopted', name: 'Anta dokument', hint: 'Överenskommelse, riktlinje, strategi …' },
  { kind: 'body_established', name: 'Inrätta grupp', hint: 'En ny grupp eller ett nytt organ' },
  { kind: 'body_closed', name: 'Avsluta grupp', hint: 'Gruppen och uppdragen i den upphör' },
  { kind: 'parameter_set', name: 'Ändra regel för utskrivningsklara dagar', hint: 'Betalningsdag, belopp, period …' },
]

export const kindNames = Object.fromEntries(kindChoices.map(({ kind, name }) => [kind, name])) as Record<
  EffectKind,
  string
>

export function kindFrom(word: string | undefined | null): EffectKind | null {
  return kindChoices.find(({ kind }) => kind === word)?.kind ?? null
}

/** A standpoint is no formal decision: it is affirmed without the clause. */
export const decisionKindOf = (kind: EffectKind): DecisionKind => (kind === 'position' ? 'position' : 'decision')

const choice = optionalText(300)

const year = optionalText(10).transform((text, context) => {
  if (text === null) return null
  if (/^[12]\d{3}$/.test(text)) return Number(text)
  context.addIssue({ code: 'custom', message: 'Skriv året med fyra siffror.' })
  return z.NEVER
})

const fields = {
  grupp: choice,
  roll: choice,
  in_namn: optionalText(200),
  in_titel: optionalText(300),
  in_enhet: optionalText(300),
  in_organisation: choice,
  ny_person: tickedBox,
  ut_namn: optionalText(200),
  ingangslage: tickedBox,
  foretrader: choice,
  fran: optionalDay,
  till_och_med: optionalDay,
  namn: optionalText(200),
  kortnamn: optionalText(100),
  slags_grupp: choice,
  syfte: optionalText(5000),
  varde: optionalDecimal,
  ar: year,
  forvaltning: choice,
  parameter: choice,
  val: choice,
  plan: choice,
  dokument: choice,
  version_namn: optionalText(200),
  mote: choice,
  tillagg: optionalText(2000),
  uppdrag: optionalText(2000),
  till: choice,
  till_person: optionalText(200),
  senast: optionalVagueDate,
  arende: choice,
  text: optionalText(5000),
  av: choice,
  nar: optionalVagueDate,
} as const

const effectFields = z.object(fields)
export type EffectInput = z.output<typeof effectFields>
export type EffectField = keyof typeof fields
export const effectFieldNames = Object.keys(fields) as EffectField[]

type Needed = readonly (readonly [field: EffectField, missing: string])[]

const group: Needed = [['grupp', 'Välj grupp.']]
const incoming: Needed = [['in_namn', 'Skriv namnet på den som tillträder.']]
const outgoing: Needed = [['ut_namn', 'Skriv namnet på den som lämnar uppdraget.']]

const needed: Record<EffectKind, Needed> = {
  member_replaced: [...group, ...outgoing, ...incoming],
  member_appointed: [...group, ...incoming],
  member_released: [...group, ...outgoing],
  chair_appointed: [...group, ...incoming],
  body_established: [
    ['namn', 'Skriv gruppens namn.'],
    ['slags_grupp', 'Välj vilket slags grupp det är.'],
  ],
  body_closed: group,
  indicator_set: [
    ['varde', 'Skriv värdet, till exempel 0,8.'],
    ['ar', 'Skriv året som värdet gäller.'],
  ],
  parameter_set: [
    ['parameter', 'Välj vilken regel som ändras.'],
    ['fran', 'Skriv från vilken dag regeln gäller.'],
  ],
  plan_adopted: [['plan', 'Välj handlingsplan.']],
  plan_revised: [['plan', 'Välj handlingsplan.']],
  document_adopted: [['dokument', 'Välj dokument.']],
  minutes_filed: [],
  assignment_given: [['uppdrag', 'Skriv vad som ska göras.']],
  position: [['text', 'Skriv ställningstagandet.']],
  note: [['text', 'Skriv beslutet.']],
}

/** What the form of an effect must be. */
export function effectForm(kind: EffectKind) {
  return effectFields.superRefine((values, context) => {
    for (const [field, message] of needed[kind]) {
      if (values[field] === null) context.addIssue({ code: 'custom', path: [field], message })
    }
    if (kind === 'parameter_set' && values.parameter !== null) {
      const chosen = isChoice(values.parameter)
      if (chosen && values.val === null)
        context.addIssue({ code: 'custom', path: ['val'], message: 'Välj ett av alternativen.' })
      if (!chosen && values.varde === null)
        context.addIssue({ code: 'custom', path: ['varde'], message: 'Skriv ett tal.' })
    }
    if (values.fran !== null && values.till_och_med !== null && values.till_och_med < values.fran) {
      context.addIssue({
        code: 'custom',
        path: ['till_och_med'],
        message: 'Den sista dagen ska inte vara före den första.',
      })
    }
    if (kind === 'assignment_given' && values.till !== null && values.till_person !== null) {
      context.addIssue({
        code: 'custom',
        path: ['till_person'],
        message: 'Välj en grupp eller part, eller skriv en person. Inte båda.',
      })
    }
  })
}

/** The parameters whose value is one of a few words. */
const choiceParameters: readonly ParameterCode[] = ['base_period', 'comparison', 'payment_mode']
const isChoice = (code: string) => choiceParameters.includes(code as ParameterCode)

/** What can be chosen in the forms, from the registers. */
export type Choices = {
  bodies: readonly Option[]
  persons: readonly string[]
  /** Those who sit in the chosen group, or anywhere. */
  seated: readonly string[]
  organisations: readonly Option[]
  administrations: readonly Option[]
  plansToAdopt: readonly Option[]
  plansInForce: readonly Option[]
  documents: readonly Option[]
  earlierMeetings: readonly Option[]
  matters: readonly Option[]
  /** The day of the decision, in words: what an effect applies from when no other day is given. */
  decidedOn: string
  nextYear: number
}

/** The questions of a kind of effect, with what has been answered. */
export function effectQuestions(kind: EffectKind, choices: Choices, state: FormState): Question[] {
  const text = (
    name: EffectField,
    label: string,
    more: Partial<Extract<Question, { as: 'field' }>> = {},
  ): Question => ({
    as: 'field',
    name,
    label,
    value: typedText(state, name),
    error: problemOf(state, name),
    ...more,
  })
  const area = (name: EffectField, label: string, hint: string | null = null, rows = 4): Question => ({
    as: 'area',
    name,
    label,
    value: typedText(state, name),
    error: problemOf(state, name),
    hint,
    rows,
  })
  const select = (
    name: EffectField,
    label: string,
    options: readonly Option[],
    { empty = 'Välj', hint = null, stands = '' }: { empty?: string | null; hint?: string | null; stands?: string } = {},
  ): Question => ({
    as: 'select',
    name,
    label,
    value: typedText(state, name, stands),
    error: problemOf(state, name),
    hint,
    options,
    empty,
  })
  const box = (name: EffectField, legend: string, label: string, hint: string | null = null): Question => ({
    as: 'options',
    name,
    legend,
    hint,
    error: problemOf(state, name),
    many: true,
    options: [{ value: 'ja', text: label, chosen: typedText(state, name) !== '' }],
  })

  const bodies = select('grupp', 'Grupp', choices.bodies)
  const role = (stands: string, only?: readonly string[]) =>
    select(
      'roll',
      'Uppdrag',
      roleOrder
        .filter((one) => only === undefined || only.includes(one))
        .map((one) => ({ value: one, text: capitalised(roleNames[one]) })),
      { empty: null, stands },
    )
  const leaves = [
    text('ut_namn', 'Vem lämnar uppdraget?', {
      suggestions: choices.seated,
      hint: 'Välj bland förslagen eller skriv hela namnet.',
      autocomplete: 'off',
    }),
    box(
      'ingangslage',
      'Om personen inte är registrerad i gruppen',
      'Lägg till uppdraget som ingångsläge',
      'Personen satt i gruppen före beslutet, men det är inte registrerat. Startdatum framgår då inte.',
    ),
  ]
  const enters = [
    text('in_namn', 'Vem tillträder?', { suggestions: choices.persons, autocomplete: 'off' }),
    box('ny_person', 'Om personen inte finns i registret', 'Personen är ny och ska läggas till'),
    text('in_titel', 'Titel', { hint: 'Som den står i protokollet. Kan lämnas tom.' }),
    text('in_enhet', 'Enhet', { hint: 'Till exempel Habiliteringen Söder. Kan lämnas tom.' }),
    select('in_organisation', 'Arbetsgivare', choices.organisations, { empty: 'Framgår inte' }),
    select(
      'foretrader',
      'Platsen företräder',
      [
        ...choices.organisations.map((one) => ({ ...one, value: `o:${one.value}`, group: 'Organisationer' })),
        ...choices.bodies.map((one) => ({ ...one, value: `b:${one.value}`, group: 'Grupper' })),
      ],
      { empty: 'Framgår inte' },
    ),
  ]
  const from = (label = 'Gäller från och med') =>
    text('fran', label, {
      type: 'date',
      hint: `Lämna tomt om det gäller från beslutsdagen, ${choices.decidedOn}.`,
      size: 12,
    })

  switch (kind) {
    case 'member_replaced':
      return [bodies, ...leaves, ...enters, role('representative'), from()]
    case 'member_appointed':
      return [bodies, ...enters, role('representative'), from()]
    case 'member_released':
      return [bodies, ...leaves, role('representative'), from()]
    case 'chair_appointed':
      return [bodies, role('chair', ['chair', 'vice_chair']), ...enters, from()]
    case 'body_established':
      return [
        text('namn', 'Gruppens namn'),
        text('kortnamn', 'Kortnamn', { hint: 'Kan lämnas tomt.' }),
        select(
          'slags_grupp',
          'Slags grupp',
          Object.entries(bodyKindNames).map(([value, { one }]) => ({ value, text: one })),
        ),
        area('syfte', 'Syfte', 'Kan lämnas tomt.'),
        from('Inrättas'),
      ]
    case 'body_closed':
      return [bodies, from('Avslutas')]
    case 'indicator_set':
      return [
        text('varde', 'Värde', { hint: 'Till exempel 0,8', size: 8 }),
        text('ar', 'År', { size: 6, value: typedText(state, 'ar', choices.nextYear) }),
        select('forvaltning', 'Gäller', choices.administrations, { empty: 'Alla förvaltningar som följs upp' }),
      ]
    case 'parameter_set':
      return [
        select(
          'parameter',
          'Regel',
          Object.entries(parameterNames)
            .filter(([code]) => code !== 'indicator')
            .map(([value, name]) => ({ value, text: name })),
        ),
        text('varde', 'Tal', { hint: 'För betalningsdag, belopp och minsta antal.', size: 10 }),
        select(
          'val',
          'Alternativ',
          Object.entries(choiceNames).map(([value, name]) => ({ value, text: capitalised(name) })),
          {
            empty: 'Regeln är ett tal',
            hint: 'För uppföljningsperiod, när indikatorn är överskriden och vilka dagar som betalas.',
          },
        ),
        select('forvaltning', 'Gäller', choices.administrations, {
          empty: 'Alla förvaltningar som följs upp',
          hint: 'Bara uppföljningsperioden kan skilja mellan förvaltningar.',
        }),
        text('fran', 'Från och med', { type: 'date', size: 12 }),
        text('till_och_med', 'Till och med', {
          type: 'date',
          size: 12,
          hint: 'Lämna tomt om regeln gäller tills vidare.',
        }),
      ]
    case 'plan_adopted':
      return [
        select('plan', 'Handlingsplan', choices.plansToAdopt, {
          hint:
            choices.plansToAdopt.length === 0 ? 'Det finns inget utkast till handlingsplan. Skriv planen först.' : null,
        }),
        from(),
      ]
    case 'plan_revised':
      return [select('plan', 'Handlingsplan', choices.plansInForce), from()]
    case 'document_adopted':
      return [
        select('dokument', 'Dokument', choices.documents),
        text('version_namn', 'Version', { hint: 'Till exempel Version 2. Kan lämnas tom.' }),
        from(),
      ]
    case 'minutes_filed':
      return [
        select('mote', 'Protokoll från', choices.earlierMeetings, { empty: 'Vilket möte framgår inte' }),
        text('tillagg', 'Tillägg', {
          hint: 'Lämna tomt om protokollet läggs till handlingarna utan tillägg. Annars till exempel: med tillägg om …',
        }),
      ]
    case 'assignment_given':
      return [
        area(
          'uppdrag',
          'Vad ska göras?',
          'Skriv så att det går att läsa efter ”i uppdrag att”, till exempel: följa upp planen.',
        ),
        select(
          'till',
          'Grupp eller part',
          [
            ...choices.bodies.map((one) => ({ ...one, value: `b:${one.value}`, group: 'Grupper' })),
            ...choices.organisations.map((one) => ({
              ...one,
              value: `o:${one.value}`,
              group: 'Parter och organisationer',
            })),
          ],
          { empty: 'Ingen vald' },
        ),
        text('till_person', 'Eller person', { suggestions: choices.persons, autocomplete: 'off' }),
        text('senast', 'Klart senast', { hint: `${vagueDateHint} Kan lämnas tomt.` }),
        select('arende', 'Ärende', choices.matters, { empty: 'Inget ärende' }),
      ]
    case 'position':
      return [
        area('text', 'Ställningstagande', 'Som en hel mening.'),
        select('av', 'Vems ställningstagande?', choices.bodies, {
          empty: 'Mötets eget',
          hint: 'Välj ett annat organ om mötet bara återger vad det har sagt.',
        }),
        text('nar', 'När sa det andra organet det?', { hint: vagueDateHint }),
        select('arende', 'Ärende', choices.matters, { empty: 'Inget ärende' }),
      ]
    case 'note':
      return [
        area('text', 'Vad beslutades?', 'Skriv så att det går att läsa efter ”beslutar att”.'),
        select('arende', 'Ärende', choices.matters, { empty: 'Inget ärende' }),
      ]
  }
}
