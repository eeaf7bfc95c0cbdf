import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeLink } from '../../src/accounts/links.ts'
import { newToken } from '../../src/accounts/secrets.ts'
import { day } from '../../src/kernel/dates.ts'
import { account, password, sessionCookie } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { launchBrowser } from '../support/browser.ts'
import { kalmarDatabase } from '../support/database.ts'
import { axeFindings, sidewaysFaults } from '../support/looks.ts'

const db = await kalmarDatabase()
const app = await startApp({
  db,
  today: day('2026-11-22'),
  env: {
    PUBLIC_ORIGIN: 'http://localhost:4695',
    PORTAL_SECRET: 'en hemlighet som bara finns i testet',
    OIDC_ISSUER: 'http://localhost:1',
    OIDC_CLIENT_ID: 'portalen',
  },
})
await app.listen({ port: 4695, host: '127.0.0.1' })
const server = 'http://localhost:4695'
const who = await account(db, ['administrator', 'coordinator of barn-och-unga', 'member of aldre'])

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser.close()
  await app.close()
})
beforeEach(() => db.deleteFrom('attempt_count').execute())

async function open(accountId: number | null, options = {}): Promise<Page> {
  const context = await browser.newContext(options)
  if (accountId !== null) {
    const [name = '', value = ''] = (await sessionCookie(db, accountId)).split('=')
    await context.addCookies([{ name, value, url: server }])
  }
  return context.newPage()
}

/** Nothing that axe finds on a wide screen, no colours that are hard to tell apart in the dark, nothing that sticks out on either. */
async function isFitForAll(page: Page, state: string) {
  for (const [width, colorScheme, about] of [
    [1280, 'light', 'everything'],
    [320, 'dark', 'colours'],
  ] as const) {
    await page.setViewportSize({ width, height: 800 })
    await page.emulateMedia({ colorScheme })
    expect([state, width, await axeFindings(page, about)]).toEqual([state, width, []])
    expect([state, width, await sidewaysFaults(page)]).toEqual([state, width, []])
  }
  await page.setViewportSize({ width: 1280, height: 800 })
}

test('signing in: empty, wrong, forgotten, sent, link good, bad and gone', async () => {
  const page = await open(null)
  await page.goto(`${server}/logga-in`)
  await isFitForAll(page, 'sign-in')
  await page.getByRole('button', { name: 'Logga in', exact: true }).click()
  await isFitForAll(page, 'sign-in-empty')
  expect(await page.locator(':focus').getAttribute('class')).toBe('ds-error-summary')
  await page.getByLabel('E-postadress').fill(who.email)
  await page.getByLabel('Lösenord').fill('fel lösenord')
  await page.getByRole('button', { name: 'Logga in', exact: true }).click()
  await isFitForAll(page, 'sign-in-wrong')
  await page.getByRole('button', { name: /^Logga in med/ }).click()
  await isFitForAll(page, 'sso-away')
  await page.goto(`${server}/glomt-losenord`)
  await isFitForAll(page, 'forgotten')
  await page.getByRole('button', { name: 'Skicka länken' }).click()
  await isFitForAll(page, 'forgotten-empty')
  await page.getByLabel('E-postadress').fill(who.email)
  await page.getByRole('button', { name: 'Skicka länken' }).click()
  await isFitForAll(page, 'forgotten-sent')
  await page.goto(`${server}/valj-losenord/${await makeLink(db, who.id, 'invitation')}`)
  await isFitForAll(page, 'choose-password')
  await page.getByLabel('Nytt lösenord').fill('kort')
  await page.getByRole('button', { name: 'Spara lösenordet' }).click()
  await isFitForAll(page, 'choose-password-refused')
  await page.goto(`${server}/valj-losenord/${newToken()}`)
  await isFitForAll(page, 'link-unknown')
  await page.goto(`${server}/konton`)
  await isFitForAll(page, 'asked-to-sign-in')
}, 120_000)

// The pages that links lead to are held by test/long/crawl-signed-in.test.ts.
test.each([
  ['log-verified', '/logg?kontroll=ja&handelse=meeting'],
  ['log-none', '/logg?till_och_med=2020-01-01'],
  ['history-none', '/historik/body/presidiet'],
])('%s is fit for all', async (state, path) => {
  const page = await open(who.id)
  await page.goto(server + path)
  await isFitForAll(page, state)
})

test('what a person without roles sees, and forms that are refused', async () => {
  const nobody = await account(db)
  const page = await open(nobody.id)
  await page.goto(`${server}/min-sida`)
  await isFitForAll(page, 'my-page-empty')
  await page.goto(`${server}/konton`)
  await isFitForAll(page, 'forbidden')
  await page.goto(`${server}/konto`)
  await page.getByRole('button', { name: 'Byt lösenord' }).click()
  await isFitForAll(page, 'my-account-refused')
  await page.getByRole('button', { name: 'Slå på engångskoder' }).click()
  await isFitForAll(page, 'two-step')
  await page.getByRole('button', { name: 'Slå på engångskoder' }).click()
  await isFitForAll(page, 'two-step-refused')

  const admin = await open(who.id)
  await admin.goto(`${server}/konton/nytt`)
  await admin.getByRole('button', { name: 'Skapa kontot' }).click()
  await isFitForAll(admin, 'new-account-refused')
  await admin.goto(`${server}/konton/${nobody.id}`)
  await admin.getByRole('button', { name: 'Ge rollen' }).click()
  await isFitForAll(admin, 'account-refused')
  await admin.goto(`${server}/konton/${nobody.id}`)
  await admin.getByRole('button', { name: 'Stäng kontot' }).click()
  await isFitForAll(admin, 'account-closed')
}, 120_000)

test('without JavaScript: sign in, lose the session in the middle of a form, sign in again, send it, sign out', async () => {
  const page = await open(null, { javaScriptEnabled: false })
  await page.goto(`${server}/konton/nytt`)
  const signIn = async () => {
    await page.getByLabel('E-postadress').fill(who.email)
    await page.getByLabel('Lösenord').fill(password)
    await page.getByRole('button', { name: 'Logga in', exact: true }).click()
  }
  await signIn()
  expect(new URL(page.url()).pathname).toBe('/konton/nytt')
  await page.getByLabel('Namn', { exact: true }).fill('Webba Läsarsson')
  await page.getByLabel('E-postadress').fill('webba@test.example')
  await db.deleteFrom('session').execute()
  await page.getByRole('button', { name: 'Skapa kontot' }).click()
  expect(await page.getByText('Det du skrev är inte borta').isVisible()).toBe(true)
  await signIn()
  expect(await page.getByText('Webba Läsarsson').isVisible()).toBe(true)
  await page.getByRole('button', { name: 'Skicka det jag skrev' }).click()
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Webba Läsarsson')
  await page.getByRole('button', { name: 'Logga ut', exact: true }).click()
  expect(await page.getByText('Du är utloggad.').isVisible()).toBe(true)
  expect(await page.context().cookies()).toEqual([])
})
