/** What only a browser can tell of a page: whether everybody can use it, and whether it fits. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Answer, Crawl } from './crawl.ts'
import { attribute } from './html.ts'
import type { Served } from './served.ts'

// axe as @axe-core/playwright has it. Its own wrapper takes four times as long, for the sake of frames, which we lack.
const wrapper = createRequire(import.meta.url).resolve('@axe-core/playwright')
const axe = readFileSync(createRequire(wrapper).resolve('axe-core/axe.min.js'), 'utf8')
const inPage = readFileSync(join(import.meta.dirname, 'in-page.js'), 'utf8')

const everything = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }
/** The rules whose answer depends on colours. */
const colours = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }

type Finding = { id: string; help: string; nodes: { target: string[] }[] }
type InPage = {
  axe: { run: (options: object) => Promise<{ violations: Finding[] }> }
  portalLooks: { sideways: () => string[]; vanished: () => string[]; wear: (html: string) => Promise<void> }
}

/** What is wrong with an open page, a line for each fault. */
export type FaultsOf = (page: Page, url: string) => Promise<readonly string[]>

/**
 * Looks at pages that have been read already, one after the other in each of two windows, and asks of each what is
 * wrong with it. Opening a page takes a browser much longer than laying it out, so what a page holds takes the place of
 * what the page before held, as long as both have the same style sheets. Scripts run only in pages that are opened.
 * @param isOpened pages to open, each by itself
 */
export async function lookAt(
  browser: Browser,
  { server, cookie }: Served,
  answers: readonly Answer[],
  options: BrowserContextOptions,
  faultsOf: FaultsOf,
  isOpened: (answer: Answer) => boolean,
): Promise<string[]> {
  // Both windows take from the same row, in which those to be opened come last.
  const waiting = answers.toSorted((a, b) => Number(isOpened(a)) - Number(isOpened(b))).values()
  const faults: string[] = []
  const look = async () => {
    const context = await browser.newContext(options)
    const [name = '', value = ''] = cookie?.split('=') ?? []
    if (cookie !== undefined) await context.addCookies([{ name, value, url: server }])
    const page = await context.newPage()
    let worn = ''
    for (const answer of waiting) {
      const sheets = sheetsOf(answer)
      if (isOpened(answer) || sheets !== worn) {
        await page.goto(server + answer.url)
        await page.evaluate(inPage)
      } else {
        await page.evaluate((html) => (globalThis as unknown as InPage).portalLooks.wear(html), answer.body)
      }
      worn = sheets
      for (const fault of await faultsOf(page, answer.url)) faults.push(`${answer.url}: ${fault}`)
    }
    await context.close()
  }
  await Promise.all([look(), look()])
  return faults.sort()
}

/** What decides how a body looks beside the body itself: the style sheets, and what stands on <html>. */
function sheetsOf({ page }: Answer): string {
  const root = page?.document.querySelector('html')?.attributes ?? []
  const sheets = page?.document.querySelectorAll('link[rel="stylesheet"]') ?? []
  const written = [...root, ...sheets.flatMap(({ attributes }) => attributes)]
  return written.map(({ key, value }) => `${key}=${value}`).join(' ')
}

/** The longest page of every route. */
export function longestOfRoutes({ routeOf }: Served, found: Crawl): Set<string> {
  const longest = new Map<string, Answer>()
  for (const page of found.values()) {
    const route = routeOf(page.url)
    if (page.page !== null && (longest.get(route)?.body.length ?? 0) < page.body.length) longest.set(route, page)
  }
  return new Set([...longest.values()].map(({ url }) => url))
}

/**
 * Of all pages so many that every kind of element, in every dress, is on one of them, and as short ones as can be, since
 * a look takes as long as the page. The rest differ from these in their words only.
 * @param given pages that are among them anyway
 * @param elsewhere pages whose dresses are looked at by others
 */
export function inEveryDress(
  found: Crawl,
  given: ReadonlySet<string>,
  elsewhere: readonly Answer[] = [],
): ReadonlySet<string> {
  const pages = [...found.values()]
    .filter(({ page }) => page !== null)
    .map((page) => ({ url: page.url, ...dressesOf(page) }))
  const chosen = new Set(given)
  const missing = new Set(pages.flatMap(({ dresses }) => [...dresses]))
  const worthOf = ({ dresses, elements }: (typeof pages)[number]) =>
    dresses.intersection(missing).size / (elements + leastElements)
  const known = [...pages.filter(({ url }) => given.has(url)), ...elsewhere.map(dressesOf)]
  for (const { dresses } of known) for (const dress of dresses) missing.delete(dress)
  while (missing.size > 0) {
    const best = pages.reduce((one, other) => (worthOf(other) > worthOf(one) ? other : one))
    chosen.add(best.url)
    for (const dress of best.dresses) missing.delete(dress)
  }
  return chosen
}

/** To put a page up and begin to look takes as long as so many elements do. */
const leastElements = 150

/** Every kind of element on the page (its name, its classes and what the style sheets tell apart), and how many there are. */
function dressesOf({ page }: Answer): { dresses: Set<string>; elements: number } {
  const told = ['class', 'data-tone', 'data-certainty', 'aria-current', 'type', 'role']
  const elements = page?.document.querySelectorAll('body *') ?? []
  const dresses = new Set(
    elements.map((element) => [element.tagName, ...told.map((name) => attribute(element, name) ?? '')].join(' ')),
  )
  return { dresses, elements: elements.length }
}

/**
 * What axe finds: 'color-contrast: … (.tag)'.
 * @param about all rules, or those of colours alone
 */
export async function axeFindings(page: Page, about: 'everything' | 'colours'): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe)
  const found = await page.evaluate(
    async (rules) =>
      (await (globalThis as unknown as InPage).axe.run({ resultTypes: ['violations'], ...rules })).violations,
    { runOnly: about === 'colours' ? colours : everything },
  )
  return found.map(({ id, help, nodes }) => `${id}: ${help} (${nodes.length}, first ${nodes[0]?.target.join(' ')})`)
}

/**
 * Whatever sticks out of the window at the sides. What scrolls in a box of its own may. The page's own width is not
 * enough to look at: the page cuts off what sticks out.
 */
export async function sidewaysFaults(page: Page): Promise<string[]> {
  await page.evaluate(inPage)
  return page.evaluate(() => (globalThis as unknown as InPage).portalLooks.sideways())
}

/** Shapes that vanish when the reader's own colours take the place of the portal's. */
export async function vanishedShapes(page: Page): Promise<string[]> {
  await page.evaluate(inPage)
  return page.evaluate(() => (globalThis as unknown as InPage).portalLooks.vanished())
}
