import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { z } from 'zod'
import { parseDay } from '../kernel/dates.ts'
import { FactsError, type Ground, vagueDate } from './facts.ts'

/** Text that says something. */
export const words = z.string().trim().min(1)

/** The name of a thing in addresses: small letters a–z, digits and single hyphens. */
export const slug = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'is not a slug (small letters a–z, digits, hyphens)')

export const webAddress = z.string().regex(/^https?:\/\/\S+$/, 'is not a web address')

/** A date as the source has it, see {@link vagueDate}. */
export const date = z.string().transform((text, context) => {
  try {
    const read = vagueDate(text)
    if (parseDay(read.on) !== null) return read
  } catch (error) {
    if (!(error instanceof FactsError)) throw error
  }
  context.addIssue(`"${text}" is not a date (2025-12-12, 2026-01, 2023-host, 2025-Q4, 2026-H1 or 2025)`)
  return z.NEVER
})

/** A whole date. */
export const wholeDay = z.string().transform((text, context) => {
  const day = parseDay(text)
  if (day !== null) return day
  context.addIssue(`"${text}" is not a day (2025-12-12)`)
  return z.NEVER
})

/** Where a fact comes from. A part may leave it out and has then that of the whole. */
export const ground = {
  source: words.optional(),
  certainty: z.enum(['stated', 'derived', 'uncertain']).optional(),
  note: words.optional(),
}

/** The same for a fact that belongs to nothing else. */
export const ownGround = { ...ground, source: words }

export const links = z.array(z.strictObject({ label: words, url: webAddress, ...ground })).default([])

/** The ground of a part as it stands in the file. */
export type PartialGround = {
  source?: string | undefined
  certainty?: Ground['certainty'] | undefined
  note?: string | undefined
}

/** The ground of a part: its own, else that of the whole. A part with a certainty or note of its own keeps only the source. */
export function groundOf(part: PartialGround, whole: PartialGround & { source: string }): Ground {
  const hasOwn = part.source !== undefined || part.certainty !== undefined || part.note !== undefined
  const { certainty, note } = hasOwn ? part : whole
  return { source: part.source ?? whole.source, ...(certainty && { certainty }), ...(note && { note }) }
}

/**
 * Reads and checks a file of facts.
 * @returns null when there is no such file
 * @throws FactsError naming the file and each place in it that does not hold
 */
export async function readFactFile<S extends z.ZodType>(
  folder: string,
  file: string,
  schema: S,
): Promise<z.output<S> | null> {
  let text: string
  try {
    text = await readFile(join(folder, file), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    throw new FactsError(`${file}: not JSON: ${(error as Error).message}`)
  }
  const checked = schema.safeParse(content)
  if (checked.success) return checked.data
  const troubles = checked.error.issues.map((issue) => `${file}: ${placeText(issue.path)}: ${issue.message}`)
  throw new FactsError(troubles.join('\n'))
}

/** Does the work, and lets what goes wrong in the facts name the place. @throws FactsError */
export async function at<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FactsError) throw new FactsError(`${place}: ${error.message}`, { cause: error })
    if (error instanceof pg.DatabaseError) {
      const detail = error.detail ? ` (${error.detail})` : ''
      throw new FactsError(`${place}: the database refuses: ${error.message}${detail}`, { cause: error })
    }
    throw error
  }
}

function placeText(path: PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  return text.replace(/^\./, '') || 'the whole file'
}
