import { z } from 'zod'
import type { AttendanceCapacity } from '../db/schema.ts'
import type { Typed } from '../http/forms.ts'
import type { Attendant, WrittenItem } from './minutes-changes.ts'
import { personLines } from './minutes-rules.ts'
import { itemKindNames } from './texts.ts'

// Forms of many rows: fields are named after what they are and the row's id, 'text-12'.

const itemFields = ['text', 'foredragning', 'status', 'jav', 'reservationer', 'efter'] as const

/** The longest text of an item: as long as the database takes. */
export const longestText = 100_000

const one = (typed: Typed, name: string): string => {
  const value = typed[name]
  return value === undefined ? '' : typeof value === 'string' ? value : (value.at(-1) ?? '')
}

const many = (typed: Typed, name: string): readonly string[] => {
  const value = typed[name]
  return value === undefined ? [] : typeof value === 'string' ? [value] : value
}

/** The items that a form of minutes sent. */
export function writtenItems(typed: Typed): WrittenItem[] {
  return Object.keys(typed).flatMap((field) => {
    const id = /^mark-(\d{1,15})$/.exec(field)?.[1]
    if (id === undefined) return []
    const text = Object.fromEntries(itemFields.map((name) => [name, one(typed, `${name}-${id}`)])) as Record<
      (typeof itemFields)[number],
      string
    >
    const typ = many(typed, `typ-${id}`).filter((kind) => kind in itemKindNames)
    return [{ id: Number(id), mark: one(typed, field), words: { ...text, typ } }]
  })
}

/** What is too long to be kept. */
export function tooLong(items: readonly WrittenItem[]): { field: string; text: string }[] {
  return items.flatMap(({ id, words }) =>
    itemFields
      .filter((name) => words[name].length > longestText)
      .map((name) => ({ field: `${name}-${id}`, text: 'Skriv högst 100 000 tecken.' })),
  )
}

const capacities: readonly AttendanceCapacity[] = ['member', 'substitute', 'other']

/** The text areas for those who are not in the roster, and the capacity that each is for. */
export const attendanceAreas = [
  { field: 'ledamoter', capacity: 'member' },
  { field: 'ersattare', capacity: 'substitute' },
  { field: 'ovriga', capacity: 'other' },
] as const

/** Who attended, as the form sent it: the ticked rows in their order, then the typed lines. */
export function attendantsIn(typed: Typed, names: ReadonlyMap<number, string>): Attendant[] {
  const ticked = many(typed, 'person').flatMap((value): Attendant[] => {
    const personId = Number(value)
    const name = names.get(personId)
    if (name === undefined) return []
    const capacity = capacities.find((kind) => kind === one(typed, `som-${personId}`)) ?? 'member'
    return [
      {
        personId,
        name,
        capacity,
        title: one(typed, `titel-${personId}`).trim() || null,
        organisation: one(typed, `organisation-${personId}`).trim() || null,
        field: `person-${personId}`,
      },
    ]
  })
  const lines = attendanceAreas.flatMap(({ field, capacity }) =>
    personLines(one(typed, field)).map((line): Attendant => ({ personId: null, capacity, field, ...line })),
  )
  const all = [...ticked, ...lines]
  return capacities.flatMap((capacity) => all.filter((attendant) => attendant.capacity === capacity))
}

export const textKindForm = z.object({
  text_ar: z.enum(['wording', 'summary'], { error: 'Välj om texten är ordalydelse eller sammanfattning.' }),
})

export const newItemsForm = z.object({
  punkter: z
    .string('Skriv minst en rubrik.')
    .max(20_000, 'Skriv högst 20 000 tecken.')
    .refine((text) => text.trim() !== '', 'Skriv minst en rubrik.'),
})
