import type { Area, Field, Options, Select } from '../http/fields.ts'
import type { Problem } from '../http/forms.ts'
import type { Tone, Value } from '../http/parts.ts'
import type { Difference } from '../http/stale.ts'
import type { PageHead } from '../http/view.ts'

/** A question of a form, or several in a row that belong together. */
export type Question =
  | ({ as: 'field' } & Field)
  | ({ as: 'area' } & Area)
  | ({ as: 'select' } & Select)
  | ({ as: 'options' } & Options)
  | { as: 'hidden'; name: string; value: string }
  | { as: 'row'; legend: string; questions: readonly Question[] }

/** A page that asks one thing at a time, from top to bottom, and is sent with one button. */
export type FormPage = {
  head: PageHead
  title: string
  kicker: string | null
  lead: string | null
  notice: { tone: Tone; title?: string; text: string } | null
  problems: readonly Problem[]
  differences: readonly Difference[]
  path: string
  questions: readonly Question[]
  submit: string
  /** Away from the form without saving. */
  back: Value | null
}

declare module '../http/view.ts' {
  interface Views {
    'meetings/form': FormPage
  }
  interface Parts {
    'meetings/_question': { question: Question }
  }
}
