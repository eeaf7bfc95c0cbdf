/**
 * The pictures in docs/screenshots: `npm run screenshots` takes them anew, on a fixed day, of what a newcomer sees after
 * `npm start` (the county's own facts, invented figures of discharge days), and the picture that is shown where a page
 * is shared (public/share.png).
 */
import { mkdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { buildApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { openDatabase } from '../src/db/database.ts'
import { loadExampleData } from '../src/discharge-days/example-data.ts'
import { day } from '../src/kernel/dates.ts'
import { launchBrowser } from '../test/support/browser.ts'
import { buildTemplates, openTestServer, templateName, urlOf } from '../test/support/test-server.ts'

const folder = join(import.meta.dirname, 'screenshots')
const today = day('2026-01-15')

const desk = { viewport: { width: 1200, height: 800 } }
const phone = { viewport: { width: 390, height: 800 } }
const dark = { colorScheme: 'dark' } as const

const meeting = '/moten-och-protokoll/2025-12-12-lansgemensam-ledning'
const pictures = [
  { name: 'start', path: '/', options: desk },
  { name: 'start-dark', path: '/', options: { ...desk, ...dark } },
  { name: 'start-phone', path: '/', options: phone },
  { name: 'meeting', path: meeting, options: desk },
  { name: 'meeting-phone', path: `${meeting}#punkt-7b`, options: phone },
  { name: 'decision', path: '/beslut/2025-12-12-lansgemensam-ledning-7b', options: desk },
  { name: 'decision-dark', path: '/beslut/2025-12-12-lansgemensam-ledning-7b', options: { ...desk, ...dark } },
  { name: 'group', path: '/grupper/barn-och-unga', options: desk },
  { name: 'group-phone-dark', path: '/grupper/barn-och-unga#ledamoter', options: { ...phone, ...dark } },
  { name: 'plan', path: '/handlingsplaner/aldre-2025-2026', options: desk },
  { name: 'discharge-days', path: '/utskrivningsklara-dagar#hsf', options: desk },
  { name: 'discharge-days-phone', path: '/utskrivningsklara-dagar', options: phone },
]

async function takePictures(browser: Browser, server: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const { name, path, options } of pictures) {
    const page = await browser.newPage({ ...options, reducedMotion: 'reduce' })
    await page.goto(server + path, { waitUntil: 'networkidle' })
    await page.screenshot({ path: join(folder, `${name}.png`) })
    await page.close()
  }
}

async function drawSharedPicture(browser: Browser): Promise<void> {
  const drawing = readFileSync(join(import.meta.dirname, 'share-image.svg'), 'utf8')
  const page = await browser.newPage({ viewport: { width: 1200, height: 630 } })
  await page.setContent(`<style>* { margin: 0 } svg { display: block }</style>${drawing}`)
  await page.screenshot({ path: join(import.meta.dirname, '../public/share.png') })
  await page.close()
}

const { server, close } = await openTestServer()
try {
  await buildTemplates(server)
  const db = openDatabase(urlOf(server, templateName(server, 'kalmar'), 'app'), { name: 'screenshots', max: 3 })
  const config = readConfig({ LOG_LEVEL: 'warn' })
  await loadExampleData(db, config.facts)
  const app = await buildApp({ db, config, today: () => today })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const browser = await launchBrowser()
  try {
    await takePictures(browser, `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
    await drawSharedPicture(browser)
  } finally {
    await browser.close()
    app.server.closeAllConnections()
    await app.close()
    await db.destroy()
  }
} finally {
  await close()
}
