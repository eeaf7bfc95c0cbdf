import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { type Answer, type Crawl, crawl, type Ground, pathOf } from '../support/crawl.ts'
import { freshDatabase, kalmarDatabase } from '../support/database.ts'
import { attribute } from '../support/html.ts'
import { loadLongCounty } from '../support/long-county.ts'
import { baseFaults, foreignFaults, outlineFaults, programWords, titleOf } from '../support/page-faults.ts'
import { serve } from '../support/served.ts'

type Served = Awaited<ReturnType<typeof serve>>
type Page = Answer & { page: NonNullable<Answer['page']> }

/** When some of what the county has promised is due, some late and some to come. */
const today = day('2026-02-03')

/** Every page that can be reached, on every county, is held to the same. */
function holds(open: () => Promise<Served>, leastPages: number): void {
  let ground: Served
  let found: Crawl
  let pages: readonly Page[]
  /** The last part of every address: what a thing is called by the program. */
  let slugs: ReadonlySet<string>

  beforeAll(async () => {
    ground = await open()
    found = await crawl(ground)
    pages = [...found.values()].filter((answer): answer is Page => answer.page !== null)
    slugs = new Set(
      pages.flatMap(({ url }) => pathOf(url).split('/').at(-1) ?? '').filter((slug) => slug.includes('-')),
    )
  }, 120_000)
  afterAll(() => ground?.close())

  /** One line for each fault, with the page where it is. */
  const faults = (faultsOf: (page: Page) => readonly string[]) =>
    pages.flatMap((page) => faultsOf(page).map((fault) => `${page.url}: ${fault}`))

  test('the crawl has seen the portal', () => {
    expect(pages.length).toBeGreaterThanOrEqual(leastPages)
  })

  test('every address that the portal links to answers, and none has moved', () => {
    const bad = [...found.values()].filter(({ status }) => status !== 200)
    expect(bad.map(({ url, status, location, from }) => `${from} → ${url}: ${location ?? status}`)).toEqual([])
  })

  test('every anchor that is linked to is there', () => {
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
      pages.filter(({ url }) => !url.includes('?')),
      ({ page }) => titleOf(page),
    )
    const shared = [...byTitle].filter(([, { length }]) => length > 1)
    expect(shared.map(([title, same]) => `${title}: ${same.map(({ url }) => url).join(' ')}`)).toEqual([])
  })

  test('a page for another day or with a filter says so, in its title or by marking what is chosen', () => {
    const alike = pages.filter(({ url, page }) => {
      const whole = found.get(pathOf(url))?.page
      if (!url.includes('?') || !whole || titleOf(page) !== titleOf(whole)) return false
      return !page.document
        .querySelectorAll('[aria-current]')
        .some((element) => sameQuery(attribute(element, 'href') ?? '', url))
    })
    expect(alike.map(({ url }) => url)).toEqual([])
  })

  test('nothing that is meant for the program is shown to readers', () => {
    expect(faults(({ page }) => programWords(page, slugs))).toEqual([])
  })

  test('no address leaves out the base path', () => {
    expect(faults((page) => baseFaults(page, ground.base, ground.publicOrigin))).toEqual([])
  })

  test('nothing inline, nothing from elsewhere, no cookie', () => {
    const all = [...found.values()].flatMap((answer) => foreignFaults(answer).map((fault) => `${answer.url}: ${fault}`))
    expect(all).toEqual([])
  })

  test('the sitemap has every page of its own, and every page in it is found by following links', async () => {
    const listed = await addressesIn(ground)
    const own = pages
      .filter(({ url, page }) => !url.includes('?') && !showsAgain(url) && !isHidden(page))
      .map(({ url }) => url)
    expect(own.filter((url) => !listed.has(url))).toEqual([])
    expect([...listed].filter((url) => !found.has(url))).toEqual([])
  })

  test('what search engines shall not list says so, and the rest tells its own address', () => {
    const wrong = faults(({ url, page }) => {
      const link = page.document.querySelector('link[rel="canonical"]')
      const canonical = link && attribute(link, 'href')
      if (isHidden(page)) return canonical === null ? [] : ['both noindex and canonical']
      return canonical === ground.publicOrigin + pathOf(url) ? [] : [`canonical ${canonical}`]
    })
    expect(wrong).toEqual([])
  })
}

/** Told to search engines to be left out. */
const isHidden = ({ document }: Page['page']) => document.querySelector('meta[name="robots"]') !== null

/** The same choices, in whatever order they are written. */
function sameQuery(a: string, b: string): boolean {
  const [one, other] = [a, b].map((url) => {
    const query = new URLSearchParams(url.split('?')[1]?.split('#')[0] ?? '')
    query.sort()
    return query.toString()
  })
  return one === other
}

/** Pages that show over again what stands on another: a single item, a comparison of two days. */
const showsAgain = (url: string) => /\/punkt\/|\/jamfor$/.test(url)

/** The addresses in the sitemap, relative to the server. */
async function addressesIn({ server, publicOrigin, base }: Ground): Promise<Set<string>> {
  const xml = await (await fetch(`${server}${base}/sitemap.xml`)).text()
  return new Set([...xml.matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, loc = '']) => loc.slice(publicOrigin.length)))
}

describe('Kalmar, at the root of its own address', () => {
  holds(async () => serve({ db: await kalmarDatabase(), today }), 150)
})

describe('Kalmar, under a path of another web site', () => {
  holds(async () => serve({ db: await kalmarDatabase(), today, env: { BASE_PATH: '/lansgemensam-ledning' } }), 150)
})

describe('a county with nothing in it', () => {
  holds(async () => serve({ db: await freshDatabase(), today }), 15)
})

describe('a county of long names, with 500 in one group', () => {
  holds(async () => {
    const db = await freshDatabase()
    await loadLongCounty(db)
    return serve({ db, today })
  }, 500)
})
