/** What a field of a form may hold, with the sentence that says so when it does not. */
import { z } from 'zod'
import { type Day, parseDay } from '../kernel/dates.ts'
import { readVagueDate } from '../kernel/vague-dates.ts'

const mostWords = 20_000

/** A text that must be there, trimmed. */
export const requiredText = (missing: string, most = 500) =>
  z.string(missing).trim().min(1, missing).max(most, `Skriv högst ${most} tecken.`)

/** A text, trimmed; null when there is none. Line ends become \n. */
export const optionalText = (most = mostWords) =>
  z
    .string()
    .max(most, `Skriv högst ${most} tecken.`)
    .transform((text) => text.replace(/\r\n?/g, '\n').trim() || null)
    .default(null)

/** '0,8' and '0.8' are the same number. */
export const optionalDecimal = optionalText(20).transform((text, context) => {
  if (text === null) return null
  const number = text.replace(/\s/g, '').replace(',', '.')
  if (/^\d{1,9}(\.\d{1,6})?$/.test(number)) return number
  context.addIssue({ code: 'custom', message: 'Skriv ett tal, till exempel 0,8.' })
  return z.NEVER
})

/** One thing on each line; empty lines are nothing. */
export const linesOf = (most: number, longest = 2000) =>
  z
    .string()
    .default('')
    .transform((text, context) => {
      const lines = text
        .split(/\r\n?|\n/)
        .map((line) => line.trim())
        .filter((line) => line !== '')
      const refuse = (message: string) => {
        context.addIssue({ code: 'custom', message })
        return z.NEVER
      }
      if (lines.length > most) return refuse(`Skriv högst ${most} rader.`)
      if (lines.some((line) => line.length > longest)) return refuse(`Skriv högst ${longest} tecken på en rad.`)
      return lines
    })

export const dayField = z
  .string('Skriv dagen som år-månad-dag, till exempel 2026-01-31.')
  .transform((text, context) => {
    const day = parseDay(text.trim())
    if (day !== null) return day
    context.addIssue({ code: 'custom', message: 'Skriv dagen som år-månad-dag, till exempel 2026-01-31.' })
    return z.NEVER
  })

const nothing = z.literal('').transform(() => null)

export const optionalDay = z.union([nothing, dayField]).default(null)

/** A date as exactly as it is known: '2026-01-31', 'januari 2026', 'hösten 2025', '2025'. */
export const optionalVagueDate = z
  .string()
  .default('')
  .transform((text, context) => {
    if (text.trim() === '') return null
    const date = readVagueDate(text)
    if (date !== null) return date
    context.addIssue({
      code: 'custom',
      message: 'Skriv till exempel 2026-01-31, januari 2026, hösten 2025 eller 2025.',
    })
    return z.NEVER
  })

export const vagueDateHint = 'Så exakt som det är känt: 2026-01-31, januari 2026, hösten 2025 eller 2025.'

/** A row of the register that was chosen from a list, by its number. */
export const chosenId = (missing: string) =>
  z
    .string(missing)
    .regex(/^\d{1,15}$/, missing)
    .transform(Number)
export const optionalId = z.union([nothing, chosenId('Välj i listan.')]).default(null)

/** The ticked boxes of a list: none, one or many. */
export const chosenIds = z
  .union([z.string(), z.array(z.string())])
  .default([])
  .transform((value, context) => {
    const all = typeof value === 'string' ? [value] : value
    if (all.every((one) => /^\d{1,15}$/.test(one))) return [...new Set(all.map(Number))]
    context.addIssue({ code: 'custom', message: 'Välj i listan.' })
    return z.NEVER
  })

export const tickedBox = z
  .string()
  .optional()
  .transform((value) => value !== undefined && value !== '')

/** A web address with its protocol. */
export const optionalUrl = z
  .string()
  .trim()
  .max(2000, 'Skriv högst 2000 tecken.')
  .default('')
  .transform((text, context) => {
    if (text === '') return null
    if (/^https?:\/\/\S+$/.test(text) && URL.canParse(text)) return text
    context.addIssue({ code: 'custom', message: 'Skriv en hel webbadress som börjar med https://.' })
    return z.NEVER
  })

/** Links as lines: 'Namn på länken | https://…'. */
export const linkLines = linesOf(40).transform((lines, context) => {
  const links = lines.map((line) => {
    const at = line.lastIndexOf('|')
    return { label: line.slice(0, Math.max(at, 0)).trim(), url: line.slice(at + 1).trim() }
  })
  if (links.every(({ label, url }) => label !== '' && /^https?:\/\/\S+$/.test(url) && URL.canParse(url))) return links
  context.addIssue({ code: 'custom', message: 'Skriv en länk på varje rad: Namn | https://adress.' })
  return z.NEVER
})
export const linkLinesHint = 'En länk på varje rad: Namn | https://adress.'
export const linkText = (links: readonly { label: string; url: string }[]) =>
  links.map(({ label, url }) => `${label} | ${url}`).join('\n')

/** The version that a form was opened on. */
export const versionField = z
  .string('Öppna sidan igen: formuläret saknar sin version.')
  .regex(/^\d{1,9}$/, 'Öppna sidan igen: formuläret saknar sin version.')
  .transform(Number)

/** From and until: the second is the last day that it is so. */
export const notBackwards = (from: Day | null, until: Day | null) => from === null || until === null || from <= until
