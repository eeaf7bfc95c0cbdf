import { z } from 'zod'
import { type Day, parseDay } from '../kernel/dates.ts'
import { itemKindNames } from './texts.ts'

// What forms before the meeting must be. Names of fields are Swedish: they stand in the addresses of error summaries.

/** A line of text; empty becomes null. */
const line = (most = 300) =>
  z
    .string()
    .trim()
    .max(most, `Skriv högst ${most} tecken.`)
    .default('')
    .transform((text) => text || null)

const needed = (what: string, most = 300) =>
  z.string({ error: what }).trim().min(1, what).max(most, `Skriv högst ${most} tecken.`)

const date = z.string({ error: 'Välj en dag.' }).transform((text, context): Day => {
  const day = parseDay(text.trim())
  if (day !== null) return day
  context.addIssue({ code: 'custom', message: 'Skriv en dag som finns, som 2026-03-06.' })
  return z.NEVER
})

/** '10:00', '10.00' or '9' become '10:00', '09:00'. */
const time = line().transform((text, context): string | null => {
  if (text === null) return null
  const parts = /^(\d{1,2})(?:[:.](\d{2}))?(?::00)?$/.exec(text)
  const [hours, minutes] = [Number(parts?.[1]), Number(parts?.[2] ?? '0')]
  if (parts && hours < 24 && minutes < 60) {
    return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
  }
  context.addIssue({ code: 'custom', message: 'Skriv klockslaget som 10.00.' })
  return z.NEVER
})

const web = (what: string) =>
  line(2000).refine((url) => url === null || (URL.parse(url) !== null && /^https?:\/\//.test(url)), what)

/** Why something that people have been told of is changed. */
export const why = line(1000)

const details = z.object({
  datum: date,
  start: time,
  slut: time,
  plats: line(),
  videolank: web('Skriv hela länken, med https:// först.'),
})

const endsAfterStart = {
  check: ({ start, slut }: { start: string | null; slut: string | null }) =>
    start === null || slut === null || slut > start,
  params: { path: ['slut'], message: 'Mötet ska sluta efter att det har börjat.' },
}

/** What a new meeting begins from. */
export const beginnings = ['tom', 'mall', 'forra', 'forslag'] as const
export type Beginning = (typeof beginnings)[number]

export const newMeetingForm = details
  .extend({
    grupp: needed('Välj vilken grupp som ska ha mötet.'),
    utgangspunkt: z.enum(beginnings, { error: 'Välj hur dagordningen ska börja.' }),
  })
  .refine(endsAfterStart.check, endsAfterStart.params)

export const detailsForm = details
  .extend({
    version: z.coerce.number().int(),
    varfor: why,
    meddela: z.literal('ja').optional(),
  })
  .refine(endsAfterStart.check, endsAfterStart.params)

const kinds = z.preprocess(
  (value) => (value === undefined ? [] : [value].flat()),
  z
    .array(z.enum(Object.keys(itemKindNames) as [string, ...string[]], { error: 'Välj bland typerna.' }))
    .min(1, 'Välj minst en typ.'),
)

/** The rows of a form, whose fields are numbered: forslag-1, forslag-2. Empty rows are left out. */
export function rowsIn<Names extends string>(
  form: Readonly<Record<string, unknown>>,
  names: readonly Names[],
): { row: number; values: Record<Names, string> }[] {
  const rows = new Map<number, Record<Names, string>>()
  for (const [key, value] of Object.entries(form)) {
    const parts = /^(.+)-(\d{1,3})$/.exec(key)
    const name = names.find((one) => one === parts?.[1])
    if (!parts || name === undefined || typeof value !== 'string') continue
    const row = Number(parts[2])
    const values = rows.get(row) ?? (Object.fromEntries(names.map((one) => [one, ''])) as Record<Names, string>)
    values[name] = value.trim()
    rows.set(row, values)
  }
  return [...rows]
    .sort(([a], [b]) => a - b)
    .map(([row, values]) => ({ row, values }))
    .filter(({ values }) => Object.values(values).some((text) => text !== ''))
}

export const presenterFields = ['foredragare', 'titel', 'organisation'] as const
export const linkFields = ['lanktext', 'lankadress'] as const

export const itemForm = z
  .looseObject({
    rubrik: needed('Skriv punktens rubrik.'),
    typ: kinds,
    under: line(10),
    bakgrund: line(10_000),
    registrera: z.literal('ja').optional(),
    version: z.coerce.number().int().default(0),
    /** The item's own number in the register: its number on the agenda may have gone to another item meanwhile. */
    punkt: z.coerce.number().int().positive().optional(),
    varfor: why,
  })
  .transform((form, context) => {
    const presenters = rowsIn(form, presenterFields).map(({ row, values }) => {
      if (values.foredragare === '') {
        context.addIssue({ code: 'custom', path: [`foredragare-${row}`], message: 'Skriv föredragarens namn.' })
      }
      return { name: values.foredragare, title: values.titel || null, organisation: values.organisation || null }
    })
    const links = rowsIn(form, linkFields).map(({ row, values }) => {
      if (!/^https?:\/\/\S+$/.test(values.lankadress) || URL.parse(values.lankadress) === null) {
        context.addIssue({
          code: 'custom',
          path: [`lankadress-${row}`],
          message: 'Skriv hela länken, med https:// först.',
        })
      }
      return { label: values.lanktext || values.lankadress, url: values.lankadress }
    })
    const chosen = (name: string) => rowsIn(form, [name]).map(({ values }) => values[name] ?? '')
    return { ...form, presenters, links, matters: chosen('arende'), documents: chosen('dokument') }
  })

export type ItemForm = z.output<typeof itemForm>

/** A button beside an item of the agenda, with the item's number: upp=7b. */
export const agendaButtonForm = z
  .object({ upp: line(10), ned: line(10), bort: line(10), flytta: line(10), till: line(10), varfor: why })
  .refine(
    ({ upp, ned, bort, flytta, till }) =>
      [upp, ned, bort, flytta].filter((number) => number !== null).length === 1 &&
      (flytta === null) === (till === null),
    'Välj en punkt.',
  )

export const quickItemForm = z.object({
  rubrik: needed('Skriv punktens rubrik.'),
  typ: kinds,
  varfor: why,
})

export const chosenDraftsForm = z.object({
  punkt: z.preprocess((value) => (value === undefined ? [] : [value].flat()), z.array(z.string().max(200))),
  varfor: why,
})

export const callForm = z.object({ kort_varsel: line(1000) })
export const cancelForm = z.object({ skal: needed('Skriv varför mötet ställs in.', 1000) })

export const replyForm = z.object({
  svar: z.enum(['yes', 'no', 'substitute'], { error: 'Välj ett svar.' }),
  ersattare: line(200),
})

/** What the coordinator writes down for somebody who answered in another way. */
export const notedReplyForm = replyForm.extend({ inbjudan: z.coerce.number().int().positive() })

export const proposalForm = z.object({
  grupp: needed('Välj vilken grupp förslaget är till.'),
  rubrik: needed('Skriv vad punkten ska heta.'),
  forslag: needed('Skriv vad du vill att mötet ska göra och varför.', 5000),
  for_grupp: line(),
})

export const acceptForm = z.object({ mote: needed('Välj ett möte.'), svar: line(2000), varfor: why })
export const declineForm = z.object({ avbojt: needed('Skriv ett svar till den som har föreslagit.', 2000) })

export const uploadForm = z.object({ titel: line(), punkt: line(10) })
