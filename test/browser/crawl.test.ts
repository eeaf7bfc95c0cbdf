import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadExampleData } from '../../src/discharge-days/example-data.ts'
import { day } from '../../src/kernel/dates.ts'
import { launchBrowser } from '../support/browser.ts'
import { kalmarDatabase } from '../support/database.ts'
import { answersHold, beyond, looksHold, searchEnginesHold, visit } from '../support/every-page.ts'
import { serve } from '../support/served.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())

// With invented figures: without them the pages of discharge days are few and have no charts. The day is after them.
const open = async () => {
  const db = await kalmarDatabase()
  await loadExampleData(db, join(import.meta.dirname, '../../seeds/kalmar'))
  return serve({ db, today: day('2026-11-02') })
}
const kalmar = visit(open, (served) => beyond(4, served))

describe('every page of the county', () => {
  // The page of open data names fields and filters as programs write them.
  answersHold(kalmar, 150, /\/oppna-data$/)
  searchEnginesHold(kalmar)
  looksHold(kalmar, () => browser)
})

describe('a reader', () => {
  test('without scripts opens the menu on a phone and goes on from there', async () => {
    const context = await browser.newContext({ viewport: { width: 320, height: 640 }, javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${kalmar().served.server}/`)
    await page.getByRole('button', { name: 'Meny' }).click()
    await page.getByRole('navigation', { name: 'Huvudmeny' }).getByRole('link', { name: 'Beslut' }).click()
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Beslut')
    await context.close()
  })

  test('with a keyboard skips the head of the page, and sees where the focus is', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`${kalmar().served.server}/beslut`)
    await page.keyboard.press('Tab')
    const skip = page.getByRole('link', { name: 'Hoppa till innehållet' })
    expect(await skip.isVisible()).toBe(true)
    expect((await skip.boundingBox())?.y).toBeGreaterThanOrEqual(0)
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await page.locator('main :focus').count()).toBe(1)
    await context.close()
  })
})
