import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { z } from 'zod'
import { holdsPersonalNumber, withoutPersonalNumbers } from '../kernel/personal-number.ts'
import { capitalised, storable } from '../kernel/text.ts'

/** What is wrong with a field, in Swedish. `field` is the input's name, '' when it is about the whole form. */
export type Problem = { field: string; text: string }

/** Beside the fields of a form, and kept with them when they are copied: what was taken away before anybody saw it. */
const takenAway = Symbol('taken away')

/** What was typed, as it was typed; lists for fields that came more than once. */
export type Typed = Readonly<Record<string, string | readonly string[]>> & { readonly [takenAway]?: readonly Problem[] }

export type FormRead<Values> = { ok: true; values: Values } | { ok: false; typed: Typed; problems: Problem[] }

/**
 * Reads a submitted form. A refused form is shown again with 422, what was typed and its problems:
 * `if (!form.ok) return reply.code(422).page('meetings/edit', page(form.typed, form.problems))`
 * Schemas say in Swedish what they want; what they leave unsaid gets a general sentence here. A field that holds a personal
 * identity number is refused, and shown again without it.
 */
export function readForm<Schema extends z.ZodType>(schema: Schema, body: unknown): FormRead<z.output<Schema>> {
  const read = schema.safeParse(body ?? {}, { error: generalText })
  const { clean, problems: numbers } = withoutNumbers(typedIn(body))
  if (read.success && numbers.length === 0) return { ok: true, values: read.data }
  const problems = new Map<string, Problem>()
  for (const issue of read.error?.issues ?? []) {
    const field = issue.path.join('.')
    // One problem a field: the first is the one to mend first.
    if (!problems.has(field)) problems.set(field, { field, text: issue.message })
  }
  for (const problem of numbers) if (!problems.has(problem.field)) problems.set(problem.field, problem)
  return { ok: false, typed: clean, problems: [...problems.values()] }
}

/** The fields without personal identity numbers, and a problem for each that holds or held one. Passwords may be anything. */
export function withoutNumbers(typed: Typed): { clean: Typed; problems: Problem[] } {
  const problems: Problem[] = [...(typed[takenAway] ?? [])]
  const clean = Object.entries(typed).map(([field, value]) => {
    if (/losenord/.test(field) || ![value].flat().some(holdsPersonalNumber)) return [field, value]
    problems.push({
      field,
      text: 'Fältet innehöll något som ser ut som ett personnummer, som är borttaget. Skriv texten utan det.',
    })
    return [field, Array.isArray(value) ? value.map(withoutPersonalNumbers) : withoutPersonalNumbers(String(value))]
  })
  return { clean: Object.fromEntries(clean), problems }
}

/** Forms and nothing else are read: whatever calls itself JSON or plain text is refused before anybody looks at it. */
export const forms = fp(async (app: FastifyInstance) => {
  app.removeContentTypeParser(['application/json', 'text/plain'])
  await app.register(formbody)
  // Before anything else sees what was sent.
  app.addHook('preValidation', async (request) => {
    if (typeof request.body === 'object' && request.body !== null) request.body = cleanFields(request.body)
  })
})

/**
 * Fields with texts that can be kept: every form comes here first, so that no room is ever given a personal identity number
 * to keep or to show again. That there was one is remembered beside the fields, and `readForm` refuses the form for it. One
 * whose name cannot be kept is no field of ours.
 * @param more what else is wrong with what was sent, as the name of a file
 */
export function cleanFields(fields: object, more: readonly Problem[] = []): Typed {
  const kept = Object.entries(fields)
    .filter(([name]) => name === storable(name) && !holdsPersonalNumber(name))
    .map(([name, value]) => [name, Array.isArray(value) ? value.map(storable) : storable(String(value))])
  const { clean, problems } = withoutNumbers(Object.fromEntries(kept))
  const away = [...problems, ...more]
  // A field may be called anything, also what every object has.
  return Object.assign(Object.create(null), clean, away.length > 0 ? { [takenAway]: away } : {})
}

/** What was typed, of a form that is refused for another reason than its fields. */
export function typedIn(body: unknown): Typed {
  if (typeof body !== 'object' || body === null) return {}
  const typed = Object.entries(body).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(String) : String(value),
  ])
  const { [takenAway]: away } = body as Typed
  return { ...Object.fromEntries(typed), ...(away ? { [takenAway]: away } : {}) }
}

/** Never shown or sent back: what its writer would not want to see on the next page. In the workspace a code is a plan's. */
export function isSecretField(name: string, path: string): boolean {
  return /losenord/.test(name) || (/kod$/.test(name) && !path.includes('/arbetsyta/'))
}

/** What a form carries besides what was typed: versions, marks and buttons. */
const carriedField = /^(version|sett|marke?(-\d+)?|formular|tillbaka|gor|spara|slag|punkt)$/

/** What was typed in a form, to be shown to its writer when the page of the form is gone. `name`: 'text-12' is 'Text'. */
export function writtenIn(body: unknown, path: string): { name: string; text: string }[] {
  return Object.entries(withoutNumbers(typedIn(body)).clean)
    .filter(([name]) => !isSecretField(name, path) && !carriedField.test(name))
    .flatMap(([name, value]) =>
      [value].flat().map((text) => ({ name: capitalised(name.replace(/[-_]/g, ' ').replace(/ \d+$/, '')), text })),
    )
    .filter(({ text }) => text.trim() !== '')
}

function generalText(issue: { code?: string; input?: unknown; maximum?: unknown }): string {
  if (issue.input === undefined || issue.input === '') return 'Fyll i fältet.'
  if (issue.code === 'too_big' && typeof issue.input === 'string') return `Skriv högst ${issue.maximum} tecken.`
  if (issue.code === 'invalid_value') return 'Välj ett av alternativen.'
  return 'Det här gick inte att läsa. Kontrollera vad du skrev.'
}
