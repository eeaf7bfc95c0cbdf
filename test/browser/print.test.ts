import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { launchBrowser } from '../support/browser.ts'
import { kalmarDatabase } from '../support/database.ts'
import { type Served, serve } from '../support/served.ts'

let browser: Browser
let served: Served
beforeAll(async () => {
  browser = await launchBrowser()
  served = await serve({ db: await kalmarDatabase(), today: day('2026-02-03') })
})
afterAll(async () => {
  await browser?.close()
  await served?.close()
})

const open = async (path: string, width: number, visit: (page: Page) => Promise<void>) => {
  const page = await browser.newPage({ viewport: { width, height: 900 } })
  page.setDefaultTimeout(15_000)
  await page.goto(`${served.server}${path}`)
  await visit(page)
  await page.close()
}

/** What leads on from a page and means nothing on paper. */
const controls =
  '.site-account, .site-menu, .menu-button, .breadcrumbs, .downloads, .no-print, .site-footer-columns, main button, main input, main details:not([open]) summary'

test.each([
  '/moten-och-protokoll/2025-12-12-lansgemensam-ledning',
  '/beslut/2025-12-12-lansgemensam-ledning-7b',
  '/handlingsplaner/lansgemensam-ledning-2025-2026',
  '/grupper/barn-och-unga',
])('%s on paper has its text, and neither navigation, buttons nor what is folded', (path) =>
  open(path, 1280, async (page) => {
    const shown = () => page.locator(controls).filter({ visible: true }).count()
    expect(await shown()).toBeGreaterThan(3)
    await page.emulateMedia({ media: 'print' })
    expect(await shown()).toBe(0)
    expect(await page.getByRole('heading', { level: 1 }).isVisible()).toBe(true)
    expect(await page.locator('.print-only').filter({ visible: true }).count()).toBeGreaterThan(0)
  }),
)

test.each([
  { path: '/sok?q=utskrivning', results: '.link-list a', summary: 'Avgränsa träffarna', choice: 'Beslut' },
  { path: '/beslut', results: '.link-list a', summary: 'Avgränsa listan', choice: '2025' },
  { path: '/dokument', results: 'main td a, main th a', summary: 'Avgränsa listan', choice: 'Överenskommelser' },
  { path: '/uppfoljning', results: 'main h2', summary: 'Avgränsa listan', choice: 'Kommande' },
])('$path on a phone has its choices folded under what was chosen; on a wide screen they are seen', async (one) => {
  const choices = (page: Page) => page.locator('.narrowing .filters a').filter({ visible: true }).count()
  await open(one.path, 320, async (page) => {
    expect(await choices(page)).toBe(0)
    const first = await page.locator(one.results).first().boundingBox()
    expect(first?.y).toBeLessThan(900)
    await page.getByText(one.summary).click()
    expect(await choices(page)).toBeGreaterThan(3)
    await page.locator('.narrowing .filters a', { hasText: one.choice }).first().click()
    await page.getByText(`Urval: ${one.choice}`).click()
    expect(await choices(page)).toBeGreaterThan(1)
  })
  await open(one.path, 1280, async (page) => {
    expect(await choices(page)).toBeGreaterThan(3)
    expect(await page.getByText(one.summary).isVisible()).toBe(false)
  })
})
