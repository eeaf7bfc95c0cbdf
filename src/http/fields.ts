import type { Problem, Typed } from './forms.ts'

// The fields of forms, as views/parts/field-*.eta show them: label above, hint, the error beside the field.

/** A line of text, a number, a date or the like. */
export type Field = {
  name: string
  label: string
  value: string
  hint?: string | null
  error?: string | null
  type?: 'text' | 'email' | 'date' | 'time' | 'url' | 'number' | 'password' | 'search'
  required?: boolean
  /** As the browser knows it: 'email', 'current-password', 'one-time-code', 'off'. */
  autocomplete?: string | null
  /** How wide the field looks, in characters; the text may be longer. */
  size?: number | null
  /** Words to choose from while typing; free text is still possible. */
  suggestions?: readonly string[]
}

/** Several lines of text. */
export type Area = Omit<Field, 'type' | 'autocomplete' | 'size' | 'suggestions'> & { rows?: number }

export type Option = { value: string; text: string; hint?: string | null; group?: string | null }

/** One of many, in a drop-down list. The empty value is offered when `empty` has words for it. */
export type Select = Omit<Field, 'type' | 'autocomplete' | 'size' | 'suggestions'> & {
  options: readonly Option[]
  empty?: string | null
}

/** One of few (radio buttons) or any of some (checkboxes). */
export type Options = {
  name: string
  legend: string
  hint?: string | null
  error?: string | null
  many: boolean
  options: readonly (Option & { chosen: boolean })[]
}

declare module './view.ts' {
  interface Parts {
    'parts/field': Field
    'parts/field-area': Area
    'parts/field-select': Select
    'parts/field-options': Options
  }
}

/** What a form shows: what was typed, or what stands in the register when nothing has been typed yet. */
export type FormState = { typed: Typed; problems: readonly Problem[] }

export const untouched: FormState = { typed: {}, problems: [] }

/** The text of a field: what was typed, else what stands. */
export function typedText({ typed }: FormState, name: string, stands: string | number | null | undefined = ''): string {
  const value = typed[name]
  if (value === undefined) return stands === null || stands === undefined ? '' : String(stands)
  return typeof value === 'string' ? value : (value.at(-1) ?? '')
}

/** The chosen values of a list of options: what was typed, else what stands. An unticked form sends nothing at all. */
export function typedList({ typed }: FormState, name: string, stands: readonly string[] = []): readonly string[] {
  if (Object.keys(typed).length === 0) return stands
  const value = typed[name]
  return value === undefined ? [] : typeof value === 'string' ? [value] : value
}

/** What is wrong with the field, if anything. */
export function problemOf({ problems }: FormState, name: string): string | null {
  return problems.find(({ field }) => field === name)?.text ?? null
}
