import { z } from 'zod'
import { rangeText } from '../db/ranges.ts'
import type { PlanAreaKind } from '../db/schema.ts'
import {
  chosenId,
  linesOf,
  optionalText,
  optionalVagueDate,
  requiredText,
  tickedBox,
  versionField,
} from '../http/field-values.ts'
import { addDays, lastDayOf } from '../kernel/dates.ts'
import type { PlanValues, RevisionValues } from './draft-changes.ts'
import type { Revision } from './draft-queries.ts'
import { areaKey } from './follow-up-rules.ts'

export const planForm = z
  .object({
    version: versionField.optional(),
    titel: requiredText('Skriv vad planen heter.'),
    grupp: chosenId('Välj vilken grupp planen är för.'),
    kod: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[A-Z]{1,6}\d{1,3}$/, 'Skriv bokstäver och en siffra, till exempel HP8.'),
    period_fran: optionalVagueDate,
    period_till: optionalVagueDate,
    malbild: optionalText(),
    malgrupp: optionalText(),
    ambition: optionalText(),
    inriktningar: linesOf(30),
    samordnas_av: optionalText(1000),
    ansvarig: optionalText(1000),
    uppfoljning: optionalText(),
    text_slag: z.enum(['wording', 'summary'], 'Välj vad texten är.').default('wording'),
  })
  .transform((typed, context) => {
    const { period_fran: from, period_till: until } = typed
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (from === null) refuse('period_fran', 'Skriv när planperioden börjar.')
    if (until === null) refuse('period_till', 'Skriv när planperioden slutar.')
    if (from === null || until === null) return z.NEVER
    if (from.precision !== until.precision) refuse('period_till', 'Skriv båda lika exakt, till exempel två årtal.')
    if (from.on > until.on) refuse('period_till', 'Perioden ska inte sluta innan den börjar.')
    const values: PlanValues = {
      bodyId: typed.grupp,
      code: typed.kod,
      title: typed.titel,
      period: rangeText({ from: from.on, to: addDays(lastDayOf(until.on, until.precision), 1) }),
      precision: from.precision,
      vision: typed.malbild,
      targetGroup: typed.malgrupp,
      ambition: typed.ambition,
      directions: typed.inriktningar,
      coordinatedBy: typed.samordnas_av,
      responsible: typed.ansvarig,
      followUp: typed.uppfoljning,
      textKind: typed.text_slag,
    }
    return { version: typed.version ?? 0, values }
  })

const areaKinds = ['improvement', 'ongoing'] as const satisfies readonly PlanAreaKind[]

export const areaForm = z
  .object({
    marke: z.string().max(40).default(''),
    slag: z.enum(areaKinds, 'Välj vad det är för slags område.'),
    titel: requiredText('Skriv vad området heter.'),
    syfte: optionalText(),
    tidsram: optionalText(2000),
    organisation: optionalText(),
    aktiviteter: linesOf(200, 5000),
  })
  .transform(({ marke, slag, titel, syfte, tidsram, organisation, aktiviteter }) => ({
    mark: marke,
    values: { kind: slag, title: titel, purpose: syfte, timeframe: tidsram, organisation, activities: aktiviteter },
  }))

export const sectionForm = z
  .object({
    marke: z.string().max(40).default(''),
    hor_till: z.union([z.literal('').transform(() => null), chosenId('Välj i listan.')]).default(null),
    rubrik: requiredText('Skriv en rubrik.'),
    text: optionalText(),
    punkter: linesOf(100),
  })
  .refine(({ text, punkter }) => text !== null || punkter.length > 0, {
    path: ['text'],
    message: 'Skriv en text eller minst en punkt.',
  })
  .transform(({ marke, hor_till, rubrik, text, punkter }) => ({
    mark: marke,
    values: { areaId: hor_till, heading: rubrik, text, items: punkter },
  }))

export const moveForm = z.object({ riktning: z.enum(['up', 'down']) })

export const revisionFields = {
  text: (number: number) => `text_a${number}`,
  leaves: (number: number) => `bort_a${number}`,
  added: (area: Revision['areas'][number]) => `nya_${areaKey(area.kind, area.number)}`,
}

/** Every activity in force: a text that may be changed, or taken away; and new ones for each area. */
export function revisionForm({ areas }: Revision) {
  const activities = areas.flatMap((area) => area.activities)
  const fields = Object.fromEntries([
    ...activities.flatMap(({ number }) => [
      [revisionFields.text(number), optionalText(5000)],
      [revisionFields.leaves(number), tickedBox],
    ]),
    ...areas.map((area) => [revisionFields.added(area), linesOf(100, 5000)]),
  ])
  return z
    .object({ marke: z.string().max(40), ...(fields as Record<never, z.ZodType>) })
    .transform((typed, context): RevisionValues => {
      const values = typed as unknown as Record<string, unknown>
      const texts = new Map<number, string | null>()
      for (const { number } of activities) {
        const text = values[revisionFields.text(number)] as string | null
        const leaves = values[revisionFields.leaves(number)] === true
        if (!leaves && text === null) {
          context.addIssue({
            code: 'custom',
            path: [revisionFields.text(number)],
            message: 'Skriv en text, eller kryssa för att aktiviteten tas bort.',
          })
        }
        texts.set(number, leaves ? null : text)
      }
      const added = new Map(areas.map((area) => [area.id, values[revisionFields.added(area)] as readonly string[]]))
      return { mark: typed.marke, activities: texts, added }
    })
}
