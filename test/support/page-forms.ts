/** The forms of a page as a browser sees them, read quickly: the pages are our own, and their markup is held elsewhere. */
import { decoded } from './html.ts'

export type FormField = {
  name: string
  kind: 'text' | 'area' | 'select' | 'radio' | 'checkbox' | 'hidden' | 'file' | 'date' | 'password' | 'button'
  /** What stands in the field; of boxes and buttons, what they send. */
  value: string
  /** What a select offers. */
  options: readonly string[]
  chosen: boolean
  /** What was said to be wrong with it when the form came back; null: nothing. */
  problem: string | null
}

export type PageForm = {
  /** The page that it stands on. */
  page: string
  action: string
  method: 'get' | 'post'
  multipart: boolean
  fields: readonly FormField[]
}

const attributeOf = (tag: string, name: string): string | null => {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)
  return found ? decoded(found[1] ?? '') : null
}
const has = (tag: string, name: string) => new RegExp(`\\s${name}(=|[\\s>])`).test(tag)

/** Every form of the page, a submit button with a name or an address of its own among its fields. */
export function formsIn(html: string, page: string): PageForm[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].flatMap(([, head = '', inner = '']) => {
    const opening = ` ${head}>`
    const form = {
      page,
      action: attributeOf(opening, 'action') ?? page,
      method: attributeOf(opening, 'method') === 'post' ? ('post' as const) : ('get' as const),
      multipart: attributeOf(opening, 'enctype') === 'multipart/form-data',
      fields: fieldsIn(inner),
    }
    // A button may send the same form elsewhere.
    const elsewhere = [...inner.matchAll(/<button\b[^>]*\sformaction="([^"]*)"/g)].map(([, action = '']) => ({
      ...form,
      action: decoded(action),
    }))
    return [form, ...elsewhere]
  })
}

function fieldsIn(inner: string): FormField[] {
  const fields: FormField[] = []
  const add = (field: Partial<FormField> & Pick<FormField, 'name' | 'kind'>) =>
    fields.push({ value: '', options: [], chosen: false, problem: null, ...field })
  const pattern =
    /<input\b([^>]*)>|<textarea\b([^>]*)>\n?([\s\S]*?)<\/textarea>|<select\b([^>]*)>([\s\S]*?)<\/select>|<button\b([^>]*)>/g
  for (const [, input, area, text = '', select, choices = '', button] of inner.matchAll(pattern)) {
    const tag = ` ${input ?? area ?? select ?? button ?? ''}>`
    const name = attributeOf(tag, 'name')
    if (name === null || has(tag, 'disabled')) continue
    const said = new RegExp(`id="${name.replace(/[^\\w-]/g, '.')}-error">([^<]*)<`).exec(inner)?.[1] ?? ''
    const problem = has(tag, 'aria-invalid') ? decoded(said) : null
    if (area !== undefined) add({ name, kind: 'area', value: decoded(text), problem })
    else if (select !== undefined) {
      const all = [...choices.matchAll(/<option\b([^>]*)>/g)].map(([, one = '']) => ` ${one}>`)
      const standing = all.find((one) => has(one, 'selected')) ?? all[0] ?? ''
      const options = all.map((one) => attributeOf(one, 'value') ?? '')
      add({ name, kind: 'select', value: attributeOf(standing, 'value') ?? '', options, problem })
    } else if (button !== undefined) add({ name, kind: 'button', value: attributeOf(tag, 'value') ?? '' })
    else
      add({
        name,
        kind: kindOf(attributeOf(tag, 'type')),
        value: attributeOf(tag, 'value') ?? '',
        chosen: has(tag, 'checked'),
        problem,
      })
  }
  return fields
}

function kindOf(type: string | null): FormField['kind'] {
  switch (type) {
    case 'hidden':
    case 'radio':
    case 'checkbox':
    case 'file':
    case 'date':
    case 'password':
      return type
    default:
      return 'text'
  }
}

/** What is sent: names and values in order, as a browser would send the form untouched, without its buttons. */
export function standingValues({ fields }: PageForm): [name: string, value: string][] {
  return fields.flatMap(({ name, kind, value, chosen }): [string, string][] => {
    if (kind === 'button' || kind === 'file') return []
    if ((kind === 'radio' || kind === 'checkbox') && !chosen) return []
    return [[name, value]]
  })
}

/** The addresses that a page links to, within the portal. */
export function linksIn(html: string): string[] {
  return [...html.matchAll(/\shref="(\/[^"#]*)/g)].map(([, href = '']) => decoded(href))
}
