import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../support/browser.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

test('the browser of the tests shows Swedish letters and lays out text', async () => {
  const page = await browser.newPage()
  await page.setContent('<html lang="sv"><title>Åäö</title><h1>Länsgemensam ledning</h1>')
  expect(await page.title()).toBe('Åäö')
  expect((await page.getByRole('heading').boundingBox())?.width).toBeGreaterThan(100)
})
