import { z } from 'zod'
import { rangeText } from '../db/ranges.ts'
import type { DocumentKind, DocumentState, PartyPositionState } from '../db/schema.ts'
import {
  chosenIds,
  dayField,
  linkLines,
  optionalId,
  optionalText,
  optionalUrl,
  optionalVagueDate,
  requiredText,
  tickedBox,
  versionField,
} from '../http/field-values.ts'
import { addDays, type Day, lastDayOf } from '../kernel/dates.ts'
import type { TypedPosition } from './board-changes.ts'
import type { DocumentValues } from './register-changes.ts'
import { documentKindNames, documentStates, positionStates } from './texts.ts'

const keysOf = <Key extends string>(record: Readonly<Record<Key, unknown>>) => Object.keys(record) as [Key, ...Key[]]

export const documentForm = z
  .object({
    version: versionField.optional(),
    titel: requiredText('Skriv dokumentets titel.'),
    slag: z.enum(keysOf<DocumentKind>(documentKindNames), 'Välj slag.'),
    lage: z.enum(keysOf<DocumentState>(documentStates), 'Välj läge.'),
    lage_text: optionalText(1000),
    sammanfattning: optionalText(),
    agare: optionalId,
    agare_text: optionalText(300),
    nationellt: tickedBox,
    daterat: optionalVagueDate,
    galler_fran: optionalVagueDate,
    galler_till: optionalVagueDate,
    reviderat: optionalVagueDate,
    revideras_senast: optionalVagueDate,
    revidering: optionalText(1000),
    parter: chosenIds,
    arenden: chosenIds,
    lankar: linkLines,
  })
  .transform((typed, context) => {
    const { galler_fran: from, galler_till: until } = typed
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (from && until && from.precision !== until.precision) {
      refuse('galler_till', 'Skriv båda lika exakt, till exempel två årtal eller två dagar.')
    }
    if (from && until && from.on > until.on) refuse('galler_till', 'Den sista dagen ska inte komma före den första.')
    const values: DocumentValues = {
      title: typed.titel,
      kind: typed.slag,
      state: typed.lage,
      stateText: typed.lage_text,
      summary: typed.sammanfattning,
      ownerBodyId: typed.agare,
      ownerText: typed.agare_text,
      national: typed.nationellt,
      dated: typed.daterat,
      inForce:
        from === null && until === null
          ? null
          : {
              valid: rangeText({
                from: from?.on ?? null,
                to: until ? addDays(lastDayOf(until.on, until.precision), 1) : null,
              }),
              precision: (from ?? until)?.precision ?? 'day',
            },
      lastRevised: typed.reviderat,
      revisionDue: typed.revideras_senast,
      revisionText: typed.revidering,
      partyIds: typed.parter,
      matterIds: typed.arenden,
      links: typed.lankar,
    }
    return { version: typed.version ?? 0, values }
  })

/** A file for a version that there is, or for a new one that applies from a day. */
export const uploadForm = z
  .object({
    version: z.string().regex(/^(ny|\d{1,15})$/, 'Välj version.'),
    beteckning: optionalText(200),
    galler_fran: z.union([z.literal('').transform(() => null), dayField]).default(null),
    titel: optionalText(300),
  })
  .refine(({ version, beteckning }) => version !== 'ny' || beteckning !== null, {
    path: ['beteckning'],
    message: 'Skriv vad den nya versionen kallas, till exempel Version 2026.',
  })
  .refine(({ version, galler_fran }) => version !== 'ny' || galler_fran !== null, {
    path: ['galler_fran'],
    message: 'Skriv från vilken dag den nya versionen gäller.',
  })

const positionState = z
  .union([z.literal('').transform(() => null), z.enum(keysOf<PartyPositionState>(positionStates), 'Välj läge.')])
  .default(null)

const position = {
  lage: positionState,
  av: optionalText(200),
  datum: optionalVagueDate,
  paragraf: optionalText(100),
  lank: optionalUrl,
}
type Position = {
  lage: PartyPositionState | null
  av: string | null
  datum: TypedPosition['decided']
  paragraf: string | null
  lank: string | null
}

export const boardField = (name: keyof Position, organisation: number) => `${name}_${organisation}`

/** What is wrong with a position: a date belongs to what has been said, not to what is planned or unknown. */
function problemWith({ lage, av, datum, paragraf, lank }: Position): { field: keyof Position; text: string } | null {
  if (lage === null && (av ?? datum ?? paragraf ?? lank) !== null) return { field: 'lage', text: 'Välj läge.' }
  if (datum !== null && lage !== 'decided' && lage !== 'endorsed') {
    return {
      field: 'datum',
      text: 'Ett datum hör till ett beslut. Välj läget beslutat eller står bakom, eller ta bort datumet.',
    }
  }
  return null
}

const typedPosition = ({ lage, av, datum, paragraf, lank }: Position): TypedPosition | null =>
  lage === null ? null : { state: lage, decidedBy: av, decided: datum, paragraph: paragraf, url: lank }

/** All parties on one page. */
export function boardForm(organisations: readonly number[]) {
  const fields = Object.fromEntries(
    organisations.flatMap((id) => Object.entries(position).map(([name, field]) => [`${name}_${id}`, field])),
  )
  return z
    .object({
      marke: z.string().max(40),
      per: dayField,
      ...(fields as Record<never, z.ZodType>),
    })
    .transform((typed, context) => {
      const values = typed as unknown as Record<string, unknown>
      const positions = new Map<number, TypedPosition | null>()
      for (const id of organisations) {
        const row = Object.fromEntries(Object.keys(position).map((name) => [name, values[`${name}_${id}`]])) as Position
        const problem = problemWith(row)
        if (problem) context.addIssue({ code: 'custom', path: [boardField(problem.field, id)], message: problem.text })
        positions.set(id, typedPosition(row))
      }
      return { mark: typed.marke, asOf: typed.per as Day, positions }
    })
}

/** What a party's own coordinator reports through a mailed link. */
export const partyReportForm = z
  .object({ ...position, rapporterat_av: requiredText('Skriv vem du är, till exempel namn och roll.', 200) })
  .transform((typed, context) => {
    const problem = problemWith(typed)
    if (problem) context.addIssue({ code: 'custom', path: [problem.field], message: problem.text })
    const reported = typedPosition(typed)
    if (reported === null) {
      context.addIssue({ code: 'custom', path: ['lage'], message: 'Välj läge.' })
      return z.NEVER
    }
    return { position: reported, by: typed.rapporterat_av }
  })
