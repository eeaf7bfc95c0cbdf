import { type PageLink, readPage, withoutHash } from './rules.ts'

/** Answers a page of the portal as any reader gets it. `path` begins with the base path. */
export type ReadPage = (path: string) => Promise<{ status: number; type: string; body: string }>

/** Where a link stands: `path` is below the base path, with the nearest anchor. */
export type Place = { path: string; page: string; label: string }

export type Collected = {
  /** For each address elsewhere, the pages where it stands. */
  links: ReadonlyMap<string, readonly Place[]>
  /** Public pages that were read. */
  pages: number
  /** Links longer than any that is followed. */
  tooLong: number
}

/** Longer addresses are kept by no table of ours. */
const longest = 2000

/** Files and data are no pages; making each PDF only to look for links would take a night. */
const noPage = /\.[a-z0-9]{2,5}$|^\/(filer|api)\//

/**
 * Every link to another site that a public page shows. The portal's own pages are read as a reader gets them, from the
 * start page and the sitemap on, so what is not public is never here, and a new kind of page is here without a line of
 * its own.
 * @param root the portal's address outwards with its base path: 'https://portal.example/bas'
 */
export async function collectLinks(read: ReadPage, root: string): Promise<Collected> {
  const { origin, pathname } = new URL(root)
  const base = pathname.replace(/\/$/, '')
  const links = new Map<string, Map<string, Place>>()
  const waiting = ['/']
  const known = new Set(waiting)
  let pages = 0
  let tooLong = 0

  const meet = (to: URL) => {
    if (!to.pathname.startsWith(`${base}/`) && to.pathname !== base) return
    const path = to.pathname.slice(base.length) || '/'
    // Filters and days in the past show over again what stands on the pages.
    if (to.search !== '' || known.has(path) || noPage.test(path)) return
    known.add(path)
    waiting.push(path)
  }
  const note = ({ to, anchor, label }: PageLink, path: string, page: string) => {
    const url = withoutHash(to)
    if (url.length > longest) {
      tooLong += 1
      return
    }
    const places = links.get(url) ?? new Map<string, Place>()
    links.set(url, places)
    // Twice on a page is one place: the first.
    if (!places.has(path)) {
      const at = anchor === null ? path : `${path}#${anchor}`
      places.set(path, { path: at, page: page || path, label })
    }
  }

  for (const address of await sitemapAddresses(read, `${base}/sitemap.xml`)) {
    const to = URL.parse(address)
    if (to?.origin === origin) meet(to)
  }
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const { status, type, body } = await read(base + path)
    if (status !== 200 || !type.startsWith('text/html')) continue
    pages += 1
    const { title, links: found } = readPage(body, `${origin}${base}${path}`)
    for (const link of found) {
      if (link.to.origin === origin) meet(link.to)
      else note(link, path, title)
    }
  }
  return {
    links: new Map([...links].map(([url, places]) => [url, [...places.values()]])),
    pages,
    tooLong,
  }
}

/** The pages of the sitemap, also when it is in parts. */
async function sitemapAddresses(read: ReadPage, path: string): Promise<string[]> {
  const { status, body } = await read(path)
  if (status !== 200) return []
  const found = [...body.matchAll(/<loc>([^<]*)<\/loc>/g)].map(([, loc = '']) => loc.replaceAll('&amp;', '&'))
  if (!body.includes('<sitemapindex')) return found
  const parts: string[] = []
  for (const part of found) {
    const { search } = new URL(part)
    parts.push(...(await sitemapAddresses(read, path + search)))
  }
  return parts
}
