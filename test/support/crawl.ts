/** Reads the whole portal as a search engine does: every page that can be reached, and what it links to. */
import type { HtmlElement } from 'html-validate'
import { attribute, type Document, type ReadPage, readerOfMany, readPage } from './html.ts'

/** An address on a page. `url` is relative to the server; null when it leads elsewhere, and then `written` says where. */
export type Link = {
  written: string
  url: string | null
  anchor: string
  kind: 'page' | 'file' | 'form'
  /** rel="nofollow": the same page with another question, such as signing in from here. */
  nofollow: boolean
}

export type Answer = {
  /** Path and query as they were asked for. */
  url: string
  status: number
  headers: Headers
  body: string
  /** Where a redirect leads. */
  location: string | null
  /** For HTML. */
  page: (ReadPage & { links: readonly Link[]; ids: ReadonlySet<string> }) | null
  /** The first page that linked here; null for where the crawl began. */
  from: string | null
}

export type Crawl = ReadonlyMap<string, Answer>

export type Ground = {
  /** Where the server listens: 'http://127.0.0.1:1234'. */
  server: string
  /** What it believes its address to be (PUBLIC_ORIGIN); links to it are the portal's own. */
  publicOrigin: string
  /** '' or '/x' */
  base: string
  /** What a signed-in person's browser sends; undefined for readers. */
  cookie?: string
}

/** What is filled in where a form asks: a day before the county's decisions, and in an empty field a word that is found. */
const anotherDay = '2025-12-01'
const word = 'samverkan'

/**
 * Follows every link and sends every GET form once, from the start page on.
 *
 * Bounds: filters multiply, so a link with a query is followed from pages without one only: every single filter and
 * every single day is seen, and two filters at once only where a page links to both. Links that search engines shall
 * not follow are followed once for each path. Other sites are not visited.
 * @param skipped addresses to leave out, where there are hundreds of a kind
 */
export async function crawl(ground: Ground, skipped: (url: string) => boolean = () => false): Promise<Crawl> {
  const answers = new Map<string, Answer>()
  const readAsOthers = readerOfMany()
  const waiting: { url: string; from: string | null }[] = [{ url: `${ground.base}/`, from: null }]
  const known = new Set(waiting.map(({ url }) => url))

  async function work(): Promise<void> {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const answer = await ask(ground, next.url, next.from, readAsOthers)
      answers.set(next.url, answer)
      const onward = answer.location === null ? null : inside(ground, answer.location, next.url)
      for (const { url, nofollow } of [...(answer.page?.links ?? []), { url: onward, nofollow: false }]) {
        if (url === null || skipped(url) || (url.includes('?') && next.url.includes('?'))) continue
        const same = nofollow ? pathOf(url) : url
        if (known.has(same)) continue
        known.add(same).add(url)
        waiting.push({ url, from: next.url })
      }
    }
  }
  // A worker that finds nothing waiting stops, so they are started anew until nothing is left.
  while (waiting.length > 0) await Promise.all(Array.from({ length: 4 }, work))
  return answers
}

/** Asks for one address, without following redirects. */
export async function ask(ground: Ground, url: string, from: string | null = null, reader = readPage): Promise<Answer> {
  const headers = new Headers(ground.cookie === undefined ? {} : { cookie: ground.cookie })
  const response = await fetch(ground.server + url, { redirect: 'manual', headers })
  const html = response.headers.get('content-type')?.startsWith('text/html') ?? false
  const body = await response.text()
  const read = html && response.status === 200 ? reader(body) : null
  return {
    url,
    status: response.status,
    headers: response.headers,
    body,
    location: response.headers.get('location'),
    page: read && {
      ...read,
      links: linksOf(read.document, ground, url),
      ids: new Set(read.document.querySelectorAll('[id]').map((element) => attribute(element, 'id') ?? '')),
    },
    from,
  }
}

function linksOf(document: Document, ground: Ground, page: string): Link[] {
  const links: Link[] = []
  const add = (kind: Link['kind'], written: string | null, nofollow = false) => {
    if (written === null) return
    const anchor = written.includes('#') ? written.slice(written.indexOf('#') + 1) : ''
    links.push({ kind, written, url: inside(ground, written, page), anchor: decodeURIComponent(anchor), nofollow })
  }
  for (const element of document.querySelectorAll('a, area')) {
    add('page', attribute(element, 'href'), attribute(element, 'rel')?.includes('nofollow'))
  }
  for (const element of document.querySelectorAll('link, use, image')) add('file', attribute(element, 'href'))
  for (const element of document.querySelectorAll('img, script, iframe, source, embed'))
    add('file', attribute(element, 'src'))
  for (const form of document.querySelectorAll('form')) {
    const method = (attribute(form, 'method') ?? 'get').toLowerCase()
    if (method === 'get') add('form', `${attribute(form, 'action') ?? page}?${filled(form)}`)
  }
  return links
}

/** What the browser would send if everything that can be filled in were. */
function filled(form: HtmlElement): string {
  const fields = new URLSearchParams()
  for (const field of form.querySelectorAll('input, select')) {
    const name = attribute(field, 'name')
    if (name === null) continue
    if (field.tagName === 'select') {
      const chosen = field.querySelector('option[selected]') ?? field.querySelector('option')
      fields.append(name, (chosen && attribute(chosen, 'value')) ?? '')
      continue
    }
    const type = attribute(field, 'type') ?? 'text'
    const ticked = field.hasAttribute('checked')
    if ((type === 'checkbox' || type === 'radio') && !ticked) continue
    const value = attribute(field, 'value') ?? ''
    if (type === 'date') fields.append(name, anotherDay)
    else if (type === 'checkbox' || type === 'radio') fields.append(name, value || 'on')
    else fields.append(name, value || (type === 'hidden' ? '' : word))
  }
  return fields.toString()
}

export const pathOf = (url: string) => url.split('?', 1)[0] ?? url

/** Path and query of an address within the portal's origin; null when it leads elsewhere. */
function inside({ server, publicOrigin }: Ground, written: string, page: string): string | null {
  const url = URL.parse(written, server + page)
  if (url === null || (url.origin !== server && url.origin !== publicOrigin)) return null
  return url.pathname + url.search
}
