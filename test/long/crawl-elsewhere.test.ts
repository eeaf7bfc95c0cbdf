import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { launchBrowser } from '../support/browser.ts'
import { freshDatabase, kalmarDatabase } from '../support/database.ts'
import { answersHold, looksHold, searchEnginesHold, visit } from '../support/every-page.ts'
import { isOneOfHundreds, loadLongCounty } from '../support/long-county.ts'
import { serve } from '../support/served.ts'

// When some of what the county has promised is due, some late and some to come.
const today = day('2026-02-03')

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())

describe('the county under a path of another web site', () => {
  const env = { BASE_PATH: '/lansgemensam-ledning' }
  answersHold(
    visit(async () => serve({ db: await kalmarDatabase(), today, env })),
    150,
    /\/oppna-data$/,
  )
})

describe('a county with nothing in it', () => {
  const empty = visit(async () => serve({ db: await freshDatabase(), today }))
  answersHold(empty, 15, /\/oppna-data$/)
  searchEnginesHold(empty)
  looksHold(empty, () => browser)
})

describe('a county of long names, with 500 in one group', () => {
  const long = visit(
    async () => {
      const db = await freshDatabase()
      await loadLongCounty(db)
      return serve({ db, today })
    },
    () => isOneOfHundreds,
  )
  answersHold(long, 150, /\/oppna-data$/)
  searchEnginesHold(long)
  looksHold(long, () => browser)
})
