/** Pages of registers in the workspace: a form for one row, and a list of rows. The same for all registers. */
import type { DraftPart } from './drafts.ts'
import {
  type Area,
  type Field,
  type FormState,
  type Options,
  problemOf,
  type Select,
  typedList,
  typedText,
} from './fields.ts'
import type { Problem } from './forms.ts'
import type { Cell, Column, Fact, Tag, Tone } from './parts.ts'
import { type Comparison, differencesBetween } from './stale.ts'
import type { PageHead } from './view.ts'

/** A question of a form, and how it is asked. */
export type Question =
  | ({ as: 'field' } & Field)
  | ({ as: 'area' } & Area)
  | ({ as: 'select' } & Select)
  | ({ as: 'options' } & Options)

export type QuestionGroup = { legend: string | null; hint?: string | null; questions: readonly Question[] }

export type Notice = {
  tone: Tone
  title?: string | null
  text: string
  link?: { text: string; path: string } | null
}

type Way = { text: string; path: string }

/** A button that does one thing, besides the form's own. */
export type Act = { text: string; path: string; fields?: readonly { name: string; value: string }[]; about?: string }

export type Table = {
  anchor: string
  title: string
  text?: string | null
  columns: readonly Column[]
  rows: readonly (readonly Cell[])[]
  /** Said instead of an empty table. */
  none: string
  add?: Way | null
  acts?: readonly Act[]
}

export type EditPage = {
  head: PageHead
  /** Set when somebody else saved first: both texts, and the form to save again by choice. */
  comparison?: Comparison | null
  /** Long forms are kept as drafts while they are filled in. */
  draft?: DraftPart | null
  kicker?: string | null
  lead?: string | null
  tags?: readonly Tag[]
  problems: readonly Problem[]
  notices: readonly Notice[]
  /** Where the form is sent; null: to the page's own address, which holds a secret. */
  path: string | null
  /** Sent along as they are: the version, and what the form is about. */
  hidden: readonly { name: string; value: string }[]
  groups: readonly QuestionGroup[]
  submit: string
  /** Set for forms with files. */
  file?: Field | null
  facts?: readonly Fact[]
  /** Other pages that belong to the row. */
  ways: readonly Way[]
  acts?: readonly Act[]
  tables?: readonly Table[]
}

export type RegisterPage = {
  head: PageHead
  lead?: string | null
  notices: readonly Notice[]
  ways: readonly Way[]
  facts?: readonly Fact[]
  tables: readonly Table[]
  acts?: readonly Act[]
}

declare module './view.ts' {
  interface Views {
    'workspace/edit': EditPage
    'workspace/register': RegisterPage
  }
  interface Parts {
    'workspace/_questions': { questions: readonly Question[] }
    'workspace/_table': Table
    'workspace/_act': Act
  }
}

/** What a question's answer is, in words. */
function answerOf(question: Question): string {
  switch (question.as) {
    case 'field':
    case 'area':
      return question.value
    case 'select':
      return question.options.find(({ value }) => value === question.value)?.text ?? ''
    case 'options':
      return question.options
        .filter(({ chosen }) => chosen)
        .map(({ text }) => text)
        .join(', ')
  }
}

/**
 * The page of a save that came too late: the form as it was typed, on the version that now stands, and beside it what
 * differs. Saving again is then a choice.
 * @param typed the page with what was typed
 * @param stands the same page with what stands in the register
 */
export function compared(typed: EditPage, stands: EditPage): EditPage {
  const questionsOf = ({ groups }: EditPage) => groups.flatMap(({ questions }) => questions)
  const answers = (page: EditPage) =>
    Object.fromEntries(questionsOf(page).map((question) => [question.name, answerOf(question)]))
  const labels = Object.fromEntries(
    questionsOf(typed).map((question) => [question.name, question.as === 'options' ? question.legend : question.label]),
  )
  return { ...typed, comparison: { differences: differencesBetween(answers(typed), answers(stands), labels) } }
}

type Stands = string | number | null | undefined

/** Questions whose answers are what was typed, else what stands. */
export function asking(form: FormState) {
  const common = (name: string, label: string, stands: Stands) => ({
    name,
    label,
    value: typedText(form, name, stands),
    error: problemOf(form, name),
  })
  return {
    field: (name: string, label: string, stands: Stands, more: Partial<Field> = {}): Question => ({
      as: 'field',
      ...common(name, label, stands),
      ...more,
    }),
    area: (name: string, label: string, stands: Stands, more: Partial<Area> = {}): Question => ({
      as: 'area',
      rows: 3,
      ...common(name, label, stands),
      ...more,
    }),
    select: (
      name: string,
      label: string,
      stands: Stands,
      options: Select['options'],
      more: Partial<Select> = {},
    ): Question => ({ as: 'select', options, ...common(name, label, stands), ...more }),
    /** Any of some; `stands` are the values that are ticked. */
    boxes: (
      name: string,
      legend: string,
      stands: readonly string[],
      options: Select['options'],
      hint: string | null = null,
    ): Question => {
      const chosen = typedList(form, name, stands)
      return {
        as: 'options',
        name,
        legend,
        hint,
        error: problemOf(form, name),
        many: true,
        options: options.map((option) => ({ ...option, chosen: chosen.includes(option.value) })),
      }
    },
  }
}

/** Rows of a register as options of a list. */
export const optionsOf = (rows: readonly { id: number; name: string }[]) =>
  rows.map(({ id, name }) => ({ value: String(id), text: name }))

/** Words for codes as options of a list. */
export const optionsIn = (words: Readonly<Record<string, string>>) =>
  Object.entries(words).map(([value, text]) => ({ value, text }))
