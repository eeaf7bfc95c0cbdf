import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { account, sessionCookie } from '../support/accounts.ts'
import { launchBrowser } from '../support/browser.ts'
import { kalmarDatabase } from '../support/database.ts'
import { answersHold, looksHold, visit } from '../support/every-page.ts'
import { serve } from '../support/served.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())

describe('somebody who may do everything', () => {
  const open = async () => {
    const db = await kalmarDatabase()
    const { id } = await account(db, ['administrator', 'coordinator of lansgemensam-ledning'])
    const served = await serve({ db, today: day('2026-02-03') })
    return { ...served, cookie: await sessionCookie(db, id) }
  }
  const visited = visit(open)
  // The log shows to administrators what was written in it, codes and all.
  answersHold(visited, 150, /^\/logg|\/historik|\/oppna-data$/)
  looksHold(visited, () => browser, { elsewhere: true })
})
