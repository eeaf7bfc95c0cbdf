/** What a reader would stumble over on a page, whichever page it is. Each finding is a line that says what and where. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DOMNode, HtmlElement, TextNode } from 'html-validate'
import type { Answer } from './crawl.ts'
import { attribute, type Document, decoded } from './html.ts'

/** The codes that the database keeps instead of words, out of the generated types. */
function codesOfTheSchema(): ReadonlySet<string> {
  const schema = readFileSync(join(import.meta.dirname, '../../src/db/schema.ts'), 'utf8')
  const unions = [...schema.matchAll(/^export type \w+ = ((?:"[a-z0-9_]+"(?: \| )?)+);$/gm)]
  const codes = unions.flatMap(([, union = '']) => [...union.matchAll(/"([^"]+)"/g)].map(([, code = '']) => code))
  if (codes.length < 100) throw new Error('src/db/schema.ts is not written as it was')
  return new Set(codes.filter((code) => !swedishToo.has(code)))
}

/** Codes that are Swedish words as well, and may stand on a page. */
const swedishToo = new Set([
  'administration',
  'forum',
  'material',
  'person',
  'plan',
  'portal',
  'position',
  'presidium',
  'region',
  'start',
  'system',
  'workshop',
])

const codes = codesOfTheSchema()

const neverShown = /undefined|\[object |\bNaN\b|Invalid Date|\bnull\b|\bInfinity\b|<%|%>|\$\{|&(amp|lt|gt|quot|#39);/

/** Words that were meant for the program: code values, names of columns, slugs, unfilled places. */
export function programWords({ document }: { document: Document }, slugs: ReadonlySet<string>): string[] {
  const found: string[] = []
  for (const text of shownTexts(document)) {
    const words = text.replace(/https?:\/\/\S+|\S+@\S+/g, ' ')
    const never = neverShown.exec(words)
    if (never) found.push(`${never[0]} in “${shortened(text)}”`)
    for (const [word] of words.matchAll(/[\p{L}\p{N}_-]+/gu)) {
      if (codes.has(word) || /^[a-z0-9]+(_[a-z0-9]+)+$/.test(word) || slugs.has(word)) {
        found.push(`${word} in “${shortened(text)}”`)
      }
    }
  }
  return found
}

const shortened = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}…` : text)

/** Everything that is seen or read aloud, piece by piece. Formats that are documented stand in <code>. */
export function shownTexts(document: Document): string[] {
  const texts: string[] = []
  const visit = (node: DOMNode) => {
    if (node instanceof TextNode) {
      const text = node.textContent.replace(/\s+/g, ' ').trim()
      // Twice-escaped text must be seen as such, so only once.
      if (text !== '') texts.push(decoded(text))
      return
    }
    if (node instanceof HtmlElement) {
      if (['code', 'script', 'style'].includes(node.tagName)) return
      for (const name of ['aria-label', 'title', 'alt', 'placeholder', 'data-label', 'label']) {
        const text = attribute(node, name)
        if (text) texts.push(text)
      }
      if (
        node.tagName === 'meta' &&
        /description|title/.test(attribute(node, 'name') ?? attribute(node, 'property') ?? '')
      ) {
        texts.push(attribute(node, 'content') ?? '')
      }
    }
    for (const child of node.childNodes) visit(child)
  }
  visit(document.root)
  return texts
}

export function titleOf({ document }: { document: Document }): string {
  return decoded(document.querySelector('head > title')?.textContent ?? '').trim()
}

/** One heading for the whole page, one main part, Swedish, a title. */
export function outlineFaults({ document }: { document: Document }): string[] {
  const count = (selector: string) => document.querySelectorAll(selector).length
  return [
    ...(count('h1') === 1 ? [] : [`${count('h1')} h1`]),
    ...(count('main') === 1 ? [] : [`${count('main')} main`]),
    ...(attribute(document.querySelector('html') as HtmlElement, 'lang') === 'sv' ? [] : ['not lang="sv"']),
    ...(titleOf({ document }) === '' ? ['no title'] : []),
  ]
}

/** What the content security policy refuses, and what would follow the reader about. */
export function foreignFaults({ headers, page }: Answer): string[] {
  const faults = headers.has('set-cookie') ? ['sets a cookie'] : []
  if (page === null) return faults
  for (const element of page.document.querySelectorAll('*')) {
    const inline = element.attributes.map(({ key }) => key).filter((key) => key === 'style' || /^on[a-z]/.test(key))
    if (inline.length > 0) faults.push(`<${element.tagName} ${inline.join(' ')}>`)
    if (element.tagName === 'style') faults.push('<style>')
    // A block of data is not executed, so the policy says nothing of it.
    const executed = element.getAttributeValue('type') !== 'application/ld+json'
    if (element.tagName === 'script' && !element.hasAttribute('src') && executed) faults.push('<script>')
  }
  for (const { kind, url, written } of page.links) {
    if (kind === 'file' && url === null) faults.push(`loads ${written}`)
  }
  if (!headers.get('content-security-policy')?.includes("default-src 'self'")) faults.push('no content security policy')
  return faults
}

/** Addresses written from the root, or whole, that leave out the base path. */
export function baseFaults({ body }: Answer, base: string, publicOrigin: string): string[] {
  const missing: string[] = []
  for (const [, name = '', value = ''] of body.matchAll(
    /\s(href|src|action|formaction|content|srcset|data)="([^"]*)"/g,
  )) {
    const path = value.startsWith(publicOrigin) ? value.slice(publicOrigin.length) : value
    if (!path.startsWith('/') && path === value) continue
    if (path !== base && !path.startsWith(`${base}/`)) missing.push(`${name}="${value}"`)
  }
  return missing
}
