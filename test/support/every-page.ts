/** What every page of every county is held to. Called inside a describe, each of the two adds its tests there. */
import type { Browser, BrowserContextOptions, Page as BrowserPage } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, ask, type Crawl, crawl, type Ground, pathOf } from './crawl.ts'
import { attribute } from './html.ts'
import {
  axeFindings,
  type FaultsOf,
  inEveryDress,
  longestOfRoutes,
  lookAt,
  sidewaysFaults,
  vanishedShapes,
} from './looks.ts'
import { baseFaults, foreignFaults, outlineFaults, programWords, titleOf } from './page-faults.ts'
import type { Served } from './served.ts'

type Page = Answer & { page: NonNullable<Answer['page']> }

export type Visited = { served: Served; found: Crawl; pages: readonly Page[]; skipped: (url: string) => boolean }

/** As {@link fewOfAKind}, but with EVERY_PAGE in the environment none is left out. */
export const beyond = (most: number, served: Served) =>
  process.env.EVERY_PAGE ? () => false : fewOfAKind(most, served)

/** @returns what tells of an address whether as many of its kind have been asked for already. */
export function fewOfAKind(most: number, { kindOf }: Served): (url: string) => boolean {
  const chosen = new Map<string, Set<string>>()
  return (url) => {
    const kind = kindOf(url)
    const alike = chosen.get(kind) ?? new Set()
    if (alike.size < most) chosen.set(kind, alike.add(url))
    return !alike.has(url)
  }
}

/** How long a crawl or a look at all pages may take, in milliseconds. */
export const patience = 240_000

/**
 * Starts the portal and crawls it, once before all tests of the describe.
 * @param skip what tells of an address whether to leave it out, where there are hundreds of a kind
 */
export function visit(
  open: () => Promise<Served>,
  skip: (served: Served) => (url: string) => boolean = () => () => false,
): () => Visited {
  let visited: Visited | undefined
  beforeAll(async () => {
    const served = await open()
    const skipped = skip(served)
    const found = await crawl(served, skipped)
    const pages = [...found.values()].filter((answer): answer is Page => answer.page !== null)
    visited = { served, found, pages, skipped }
  }, patience)
  afterAll(() => visited?.served.close())
  return () => {
    if (!visited) throw new Error('the portal did not start')
    return visited
  }
}

/** One line for each fault, with the first page where it is and how many more there are. */
function faultsOn(pages: readonly Page[], faultsOf: (page: Page) => readonly string[]): string[] {
  const where = new Map<string, string[]>()
  for (const page of pages) {
    for (const fault of faultsOf(page)) where.set(fault, [...(where.get(fault) ?? []), page.url])
  }
  return [...where].map(
    ([fault, [first, ...more]]) => `${first}${more.length ? ` and ${more.length} more` : ''}: ${fault}`,
  )
}

/**
 * What can be told from the answers alone.
 * @param technical pages that show what the program has written, as it is written
 */
export function answersHold(visited: () => Visited, leastPages: number, technical: RegExp = /^$/): void {
  const faults = (faultsOf: (page: Page) => readonly string[]) => faultsOn(visited().pages, faultsOf)

  test('the crawl has seen the portal', () => {
    expect(visited().pages.length).toBeGreaterThanOrEqual(leastPages)
  })

  test('every address that the portal links to answers, and none has moved', () => {
    const bad = [...visited().found.values()].filter(({ status }) => status !== 200)
    expect(bad.map(({ url, status, location, from }) => `${from} → ${url}: ${location ?? status}`)).toEqual([])
  })

  test('every anchor that is linked to is there', () => {
    const { found } = visited()
    const missing = faults(({ page }) =>
      page.links
        .filter(({ url, anchor }) => anchor !== '' && url !== null && found.get(url)?.page?.ids.has(anchor) === false)
        .map(({ written }) => written),
    )
    expect([...new Set(missing)]).toEqual([])
  })

  test('the HTML is valid', () => {
    expect(faults(({ page }) => page.invalid)).toEqual([])
  })

  test('every page is in Swedish, with a title, one main part and one heading of the first level', () => {
    expect(faults(({ page }) => outlineFaults(page))).toEqual([])
  })

  test('no two pages have the same title', () => {
    const byTitle = Map.groupBy(
      visited().pages.filter(({ url }) => !url.includes('?')),
      ({ page }) => titleOf(page),
    )
    const shared = [...byTitle].filter(([, { length }]) => length > 1)
    expect(shared.map(([title, same]) => `${title}: ${same.map(({ url }) => url).join(' ')}`)).toEqual([])
  })

  test('a page for another day or with a filter says so, in its title or by showing what is chosen', () => {
    const { pages, found } = visited()
    const alike = pages.filter(({ url, page }) => {
      const whole = found.get(pathOf(url))?.page
      if (!url.includes('?') || !whole || titleOf(page) !== titleOf(whole)) return false
      const marked = page.document.querySelectorAll('[aria-current]')
      return !marked.some((element) => sameQuery(attribute(element, 'href') ?? '', url)) && !isFilledIn(page, url)
    })
    expect(alike.map(({ url }) => url)).toEqual([])
  })

  test('nothing that is meant for the program is shown to readers', () => {
    const slugs = visited().pages.map(({ url }) => pathOf(url).split('/').at(-1) ?? '')
    const known = new Set(slugs.filter((slug) => /[a-z].*-|-.*[a-z]/.test(slug)))
    expect(faults(({ url, page }) => (technical.test(url) ? [] : programWords(page, known)))).toEqual([])
  })

  test('no address leaves out the base path', () => {
    const { base, publicOrigin } = visited().served
    expect(faults((page) => baseFaults(page, base, publicOrigin))).toEqual([])
  })

  test('nothing inline, nothing from elsewhere, no cookie', () => {
    const all = [...visited().found.values()]
    expect(all.flatMap((answer) => foreignFaults(answer).map((fault) => `${answer.url}: ${fault}`))).toEqual([])
  })
}

/** What search engines are told. */
export function searchEnginesHold(visited: () => Visited): void {
  test('the sitemap has every page of its own, and every page in it is found by following links', async () => {
    const { served, found, pages, skipped } = visited()
    const listed = await addressesIn(served)
    const own = pages
      .filter(({ url, page }) => !url.includes('?') && !showsAgain(url) && !isHidden(page))
      .map(({ url }) => url)
    expect(own.filter((url) => !listed.has(url))).toEqual([])
    expect([...listed].filter((url) => !found.has(url) && !skipped(url))).toEqual([])
  })

  test('what search engines shall not list says so, and the rest tells its own address', () => {
    const { publicOrigin } = visited().served
    const wrong = faultsOn(visited().pages, ({ url, page }) => {
      const link = page.document.querySelector('link[rel="canonical"]')
      const canonical = link && attribute(link, 'href')
      if (isHidden(page)) return canonical === null ? [] : ['both noindex and canonical']
      // A filter shows some of what the whole list shows; a further page of the whole list shows something else.
      const { sida, ...filters } = Object.fromEntries(new URLSearchParams(url.split('?')[1]))
      // A part of the follow-up is a list of its own.
      const part = pathOf(url).endsWith('/uppfoljning') ? filters.lage : undefined
      if (part) delete filters.lage
      const isWhole = Object.values(filters).every((value) => value === '')
      const asked = [part && `lage=${part}`, isWhole && sida && `sida=${sida}`].filter(Boolean).join('&')
      const own = publicOrigin + pathOf(url) + (asked ? `?${asked}` : '')
      return canonical === own ? [] : [`canonical ${canonical}`]
    })
    expect(wrong).toEqual([])
  })
}

/**
 * What only a browser can tell. The width is asked of all pages; the rest, which takes longer, of so many that every
 * kind of element in every dress is on one of them. EVERY_PAGE in the environment: of the longest of every route too.
 * @param elsewhere whether pages that readers have too are held as readers see them, by another crawl. EVERY_PAGE in
 * the environment: they are held here as well.
 */
export function looksHold(visited: () => Visited, browser: () => Browser, { elsewhere = false } = {}): void {
  let some: readonly Page[]
  let rest: readonly Page[]
  let opened: ReadonlySet<Answer>
  beforeAll(async () => {
    const { served, found, pages } = visited()
    const isElsewhere = (url: string) => elsewhere && !process.env.EVERY_PAGE && served.isForAnyone(url)
    const longest = longestOfRoutes(served, found)
    const { cookie: _, ...asReader } = served
    const readers = await Promise.all([...longest].filter(isElsewhere).map((url) => ask(asReader, url)))
    const looked = inEveryDress(found, process.env.EVERY_PAGE ? longest : new Set(), readers)
    some = pages.filter(({ url }) => looked.has(url))
    rest = pages.filter(({ url }) => !url.includes('?') && !looked.has(url) && !isElsewhere(url))
    const kindOf = (answer: Answer) => `${served.routeOf(answer.url)} ${scriptsOf(answer)}`
    const most = process.env.EVERY_PAGE ? some.length : 1
    opened = new Set(
      [...Map.groupBy(some.filter(hasScripts), kindOf).values()].flatMap((alike) => alike.slice(0, most)),
    )
  })
  const faults = (pages: readonly Page[], options: BrowserContextOptions, faultsOf: FaultsOf) =>
    lookAt(browser(), visited().served, pages, options, faultsOf, (answer) => opened.has(answer))
  const said = new Map<string, string>()

  // A page is put up once and then dressed as each reader sees it.
  test(
    'axe finds nothing in light, no colours that are hard to tell apart in dark; the reader’s own colours lose no shape; nothing sticks out of a window of 320 pixels',
    async () => {
      const wide = { width: 1280, height: 720 }
      const found = await faults(some, { colorScheme: 'light', viewport: wide }, async (page, url) => {
        said.set(url, await wordsOf(page))
        const light = await axeFindings(page, 'everything')
        const [dark, vanished] = await faultsOfColour(page)
        await page.setViewportSize(phone)
        const sideways = await sidewaysFaults(page)
        await page.setViewportSize(wide)
        return [
          ...light,
          ...dark.map((fault) => `in dark: ${fault}`),
          ...vanished.map((shape) => `with the reader’s colours there is no ${shape}`),
          ...sideways.map((fault) => `in a narrow window: ${fault}`),
        ]
      })
      expect(found).toEqual([])
    },
    patience,
  )

  test(
    'nor does anything stick out of it on any other page',
    async () => {
      // What their scripts would add is on the pages above, and changes nothing that is said, as held below.
      expect(await faults(rest, { viewport: phone }, sidewaysFaults)).toEqual([])
    },
    patience,
  )

  test(
    'without scripts every page that has some says the same',
    async () => {
      const differing = await faults(
        some.filter((page) => opened.has(page)),
        { javaScriptEnabled: false },
        async (page, url) => ((await wordsOf(page)) === said.get(url) ? [] : ['says something else']),
      )
      expect(differing).toEqual([])
    },
    patience,
  )
}

/** What is hard to tell apart in dark, and what vanishes in the reader's own colours. */
async function faultsOfColour(page: BrowserPage): Promise<[string[], string[]]> {
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await axeFindings(page, 'colours')
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active' })
  const vanished = await vanishedShapes(page)
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' })
  return [dark, vanished]
}

/** The narrowest window that WCAG 2.2 asks for (1.4.10). */
const phone = { width: 320, height: 640 }

/** A page that takes another's place runs none, so one of each route and each set of scripts is opened. */
const scriptsOf = ({ page }: Answer) =>
  (page?.document.querySelectorAll('script[src]') ?? []).map((script) => attribute(script, 'src')).join(' ')

/** Has what a browser takes otherwise without scripts. Inline there are none, and the policy would refuse them. */
const hasScripts = ({ page }: Answer) => (page?.document.querySelector('script[src], noscript') ?? null) !== null

/** What the page says, but for the time of day, which goes on between two looks. */
const wordsOf = async (page: BrowserPage) => (await page.innerText('body')).replace(/kl\. \d\d\.\d\d/g, 'kl.')

/** Every choice in the address stands in a field on the page. */
function isFilledIn({ document }: Page['page'], url: string): boolean {
  const fields = document.querySelectorAll('input, select')
  const shows = (name: string, value: string) =>
    fields
      .filter((field) => attribute(field, 'name') === name)
      .some((field) =>
        field.tagName === 'select'
          ? field.querySelectorAll('option[selected]').some((option) => attribute(option, 'value') === value)
          : attribute(field, 'value') === value,
      )
  return [...new URLSearchParams(url.split('?')[1])].every(([name, value]) => shows(name, value))
}

/** The same choices, in whatever order they are written. */
function sameQuery(a: string, b: string): boolean {
  const [one, other] = [a, b].map((url) => {
    const query = new URLSearchParams(url.split('?')[1]?.split('#')[0] ?? '')
    query.sort()
    return query.toString()
  })
  return one === other
}

/** Told to search engines to be left out. */
const isHidden = ({ document }: Page['page']) => document.querySelector('meta[name="robots"]') !== null

/** Pages that show over again what stands on another: a single item, a comparison of two days, a report to print. */
const showsAgain = (url: string) => /\/punkt\/|\/jamfor$|\/rapport$/.test(url)

/** The addresses in the sitemap, relative to the server. */
async function addressesIn({ server, publicOrigin, base }: Ground): Promise<Set<string>> {
  const xml = await (await fetch(`${server}${base}/sitemap.xml`)).text()
  return new Set([...xml.matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, loc = '']) => loc.slice(publicOrigin.length)))
}
