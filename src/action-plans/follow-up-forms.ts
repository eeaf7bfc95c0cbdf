import { z } from 'zod'
import type { FollowUpState } from '../db/schema.ts'
import { chosenIds, dayField, optionalText, requiredText, versionField } from '../http/field-values.ts'
import type { FollowUpPart, TypedNote } from './follow-up-rules.ts'
import { followUpStateNames } from './texts.ts'

const states = Object.keys(followUpStateNames) as [FollowUpState, ...FollowUpState[]]
const state = z.union([z.literal('').transform(() => null), z.enum(states, 'Välj ett av lägena.')]).default(null)
const note = optionalText(5000)

export const stateField = (key: string) => `lage_${key}`
export const noteField = (key: string) => `text_${key}`

/** One state and one text for each part of the plan; all may be left as they are. */
export function followUpForm(parts: readonly FollowUpPart[]) {
  const fields = Object.fromEntries(
    parts.flatMap(({ key }) => [
      [stateField(key), state],
      [noteField(key), note],
    ]),
  )
  return z
    .object({
      dag: dayField,
      rapporterat_av: requiredText('Skriv vem som berättar, till exempel namn och roll.', 200),
      ...(fields as Record<never, z.ZodType>),
    })
    .transform((typed) => {
      const values = typed as unknown as Record<string, unknown>
      const told: Record<string, TypedNote> = Object.fromEntries(
        parts.map(({ key }) => [
          key,
          { state: values[stateField(key)] as FollowUpState | null, note: values[noteField(key)] as string | null },
        ]),
      )
      return { on: typed.dag, by: typed.rapporterat_av, told }
    })
}

export const noteForm = z.object({
  version: versionField,
  dag: dayField,
  lage: state,
  text: note,
  rapporterat_av: requiredText('Skriv vem som berättar, till exempel namn och roll.', 200),
})

/** An e-mail address that is used once and kept nowhere. */
export const onceAddress = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, 'Skriv högst 254 tecken.')
  .default('')
  .transform((text, context) => {
    if (text === '') return null
    if (/^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$/.test(text)) return text
    context.addIssue({ code: 'custom', message: 'Skriv en e-postadress, till exempel namn@kommun.se.' })
    return z.NEVER
  })

export const askForm = z
  .object({ senast: dayField, mottagare: chosenIds, epost: onceAddress })
  .refine(({ mottagare, epost }) => mottagare.length > 0 || epost !== null, {
    path: ['mottagare'],
    message: 'Välj vem som ska få länken, eller skriv en e-postadress.',
  })
