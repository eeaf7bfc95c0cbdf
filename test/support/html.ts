/** Pages read as a strict reader does: html-validate's judgement and its document, in one pass. */
import {
  type ConfigData,
  type DOMReadyEvent,
  type HtmlElement,
  HtmlValidate,
  type ResolvedConfig,
  Rule,
  StaticConfigLoader,
} from 'html-validate'
import { marksOf } from './marks.ts'

export type Document = DOMReadyEvent['document']

export type ReadPage = {
  /** What html-validate found: '<p> is not closed (close-order, main > p)'. */
  invalid: readonly string[]
  document: Document
}

let seen: Document | null = null

class Keep extends Rule {
  override setup(): void {
    this.on('dom:ready', ({ document }: DOMReadyEvent) => {
      seen = document
    })
  }
}

/** All recommended rules (the standard, accessibility, whole documents), but: */
const config: ConfigData = {
  root: true,
  extends: ['html-validate:recommended', 'html-validate:document'],
  plugins: [{ name: 'portal', rules: { 'portal/keep': Keep } }],
  rules: {
    'portal/keep': 'error',
    // The standard takes both; the rest of the markup is lower case.
    'doctype-style': 'off',
    // A title names the thing, its part of the portal and the portal; search engines cut it where they like.
    'long-title': 'off',
    // Several boxes of one question share its name, as radio buttons do.
    'form-dup-name': ['error', { shared: ['radio', 'checkbox', 'button', 'reset', 'submit'] }],
    // Every file comes from the portal itself: there is no third party whose file could change.
    'require-sri': 'off',
  },
}

/** All pages have one configuration. Made anew for each, as html-validate does, it takes a quarter of the time. */
class OneConfig extends StaticConfigLoader {
  #resolved: ResolvedConfig | Promise<ResolvedConfig> | undefined

  override getConfigFor(name: string): ResolvedConfig | Promise<ResolvedConfig> {
    this.#resolved ??= super.getConfigFor(name)
    return this.#resolved
  }
}

const validator = new HtmlValidate(new OneConfig(config))

/** Rules whose answer depends on other places of the page, on words or on names. They take a third of the time of all. */
const lookingAcross = [
  'portal/keep',
  'empty-heading',
  'empty-title',
  'form-dup-name',
  'heading-level',
  'input-missing-label',
  'multiple-labeled-controls',
  'no-dup-id',
  'no-multiple-main',
  'no-redundant-aria-label',
  'tel-non-breaking',
  'text-content',
  'unique-landmark',
  'valid-for',
  'valid-id',
  'wcag/h32',
]
const across = new HtmlValidate(
  new OneConfig({
    ...config,
    extends: [],
    elements: ['html5'],
    rules: Object.fromEntries(lookingAcross.map((name) => [name, config.rules?.[name] ?? 'error'])),
  }),
)

/** Reads a whole HTML page. @throws Error when it cannot even be parsed */
export function readPage(html: string): ReadPage {
  return read(html, validator)
}

/**
 * Reads many pages of a site. All rules are asked of a page when it has a mark (see test/support/marks.ts) that no valid page
 * before it had; of the others those that look beyond single tags. EVERY_PAGE in the environment: all, of all.
 */
export function readerOfMany(): (html: string) => ReadPage {
  if (process.env.EVERY_PAGE) return readPage
  const known = new Set<string>()
  return (html) => {
    const marks = marksOf(html)
    if (marks?.isSubsetOf(known)) return read(html, across)
    const page = readPage(html)
    if (page.invalid.length === 0) for (const mark of marks ?? []) known.add(mark)
    return page
  }
}

function read(html: string, validator: HtmlValidate): ReadPage {
  seen = null
  const report = validator.validateStringSync(html)
  const invalid = report.results.flatMap(({ messages }) =>
    messages.map(({ message, ruleId, selector }) => `${message} (${ruleId}, ${selector})`),
  )
  if (seen === null) throw new Error(`not a page: ${invalid.join('; ')}`)
  return { invalid, document: seen }
}

/** An attribute as the browser understands it; null when it is not there. */
export function attribute(element: HtmlElement, name: string): string | null {
  const found = element.getAttribute(name)
  if (found === null) return null
  return typeof found.value === 'string' ? decoded(found.value) : ''
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: '\u00a0' }

/** The entities that templates write; the others stand as they are. */
export function decoded(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name: string) => entities[name] ?? '')
}
