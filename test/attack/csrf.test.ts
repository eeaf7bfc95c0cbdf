/** Another site, in the real browser of somebody who is signed in: it can neither do anything there nor read it. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { account, sessionCookie } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { launchBrowser } from '../support/browser.ts'
import { kalmarDatabase } from '../support/database.ts'

const db = await kalmarDatabase()
const app = await startApp({ db, today: day('2026-03-10'), env: { PUBLIC_ORIGIN: 'http://127.0.0.1' } })
let portal = ''
/** Another site altogether, and a neighbour: another port of the same host, whose requests bring the cookie along. */
let elsewhere: Readonly<Record<string, string>> = {}
let others: Server
let browser: Browser
let context: BrowserContext

beforeAll(async () => {
  await app.listen({ port: 0, host: '127.0.0.1' })
  portal = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  others = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>ont</title><body>'),
  )
  await new Promise<void>((done) => others.listen(0, done))
  const { port } = others.address() as AddressInfo
  elsewhere = { 'another site': `http://localhost:${port}`, 'a neighbour': `http://127.0.0.1:${port}` }
  browser = await launchBrowser()
  context = await browser.newContext()
  const { id } = await account(db, ['administrator', 'coordinator of lansgemensam-ledning'])
  const [name = '', value = ''] = (await sessionCookie(db, id)).split('=')
  await context.addCookies([{ name, value, url: portal, httpOnly: true, sameSite: 'Lax' }])
})
afterAll(async () => {
  await browser?.close()
  others?.closeAllConnections()
  others?.close()
  app.server.closeAllConnections()
  await app.close()
})

/** Everything that a form could have changed. */
async function standing() {
  const { rows } =
    await sql`select (select count(*) from audit_event) as events, (select count(*) from account) as accounts,
    (select count(*) from session) as sessions, (select count(*) from form_draft) as drafts,
    (select count(*) from letter) as letters, (select count(*) from protocol_import) as imports`.execute(db)
  return rows[0]
}

const forms = [
  ['/arbetsyta/utkast', { formular: 'ont', tillbaka: '/konto', text: 'ont' }],
  ['/konton', { namn: 'Ond Avsikt', epost: 'ond@ont.example', roll: 'administrator' }],
  ['/konto/losenord', { nuvarande_losenord: 'x', losenord: 'ett långt och ont lösenord' }],
  ['/forslag/nytt', { grupp: 'aldre', rubrik: 'Ont', forslag: 'Ont' }],
  ['/arbetsyta/register/personer/ny', { namn: 'Ond Avsikt' }],
  ['/arbetsyta/protokoll/nytt', { text: 'Minnesanteckningar\n\n1. Ont' }],
  ['/glomt-losenord', { epost: 'testa0@test.example' }],
  ['/logga-ut/overallt', {}],
  ['/logga-ut', {}],
] as const

/** The first as all kinds that a form can be sent as, and every other as one of them: all are refused in the same place. */
const sent = forms.flatMap(([action, fields], place) =>
  ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']
    .filter((_, kind) => place === 0 || place % 3 === kind)
    .map((enctype) => [action, fields, enctype] as const),
)

/** The page of the other site sends a form by itself, and waits for the answer. @returns its status */
async function sends(page: Page, action: string, fields: object, enctype: string): Promise<number> {
  const [answer] = await Promise.all([
    page.waitForResponse(
      (response) => response.url().startsWith(portal + action) && response.request().method() === 'POST',
    ),
    page.waitForEvent('load'),
    page.evaluate(
      `((action, fields, enctype) => {
        const form = document.createElement('form')
        Object.assign(form, { method: 'post', action, enctype })
        for (const [name, value] of Object.entries(fields)) {
          const input = document.createElement('textarea')
          Object.assign(input, { name, value })
          form.append(input)
        }
        document.body.append(form)
        HTMLFormElement.prototype.submit.call(form)
      })(${JSON.stringify(portal + action)}, ${JSON.stringify(fields)}, '${enctype}')`,
    ),
  ])
  return answer.status()
}

test('the portal’s own page can, so that what follows says something', async () => {
  const page = await context.newPage()
  await page.goto(`${portal}/konto`)
  const before = await standing()
  const status = await page.evaluate(
    `fetch('/arbetsyta/utkast', { method: 'POST', headers: { 'x-autosave': 'yes' }, body: new URLSearchParams({ formular: 'eget', tillbaka: '/konto', text: 'x' }) }).then(({ status }) => status)`,
  )
  expect(status).toBe(204)
  expect(await standing()).not.toEqual(before)
  await page.close()
})

test.each(['another site', 'a neighbour'])(
  '%s sends forms of every kind: each is refused, and nothing has changed',
  async (who) => {
    const before = await standing()
    const page = await context.newPage()
    for (const [action, fields, enctype] of sent) {
      await page.goto(elsewhere[who] ?? '')
      expect([action, enctype, await sends(page, action, fields, enctype)]).toEqual([action, enctype, 403])
    }
    await page.goto(elsewhere[who] ?? '')
    await page.evaluate(
      `(async (portal, forms) => {
      for (const [action, fields] of forms) {
        const body = new URLSearchParams(fields)
        for (const mode of ['no-cors', 'cors'])
          await fetch(portal + action, { method: 'POST', credentials: 'include', mode, body }).catch(() => {})
        await fetch(portal + action, { method: 'POST', credentials: 'include', headers: { 'content-type': 'application/json' }, body: JSON.stringify(fields) }).catch(() => {})
        navigator.sendBeacon(portal + action, body)
        await new Promise((done) => Object.assign(new Image(), { onload: done, onerror: done, src: portal + action }))
      }
    })('${portal}', ${JSON.stringify(forms)})`,
    )
    expect(await standing()).toEqual(before)
    // Still signed in: it could not even sign anybody out.
    await page.goto(`${portal}/konto`)
    expect(await page.locator('h1').innerText()).not.toContain('logga in')
    expect(new URL(page.url()).pathname).toBe('/konto')
    await page.close()
  },
)

test.each(['another site', 'a neighbour'])(
  '%s reads nothing of what only the signed-in see, but the open data',
  async (who) => {
    const page = await context.newPage()
    await page.goto(elsewhere[who] ?? '')
    const read = (path: string, options: object) =>
      page.evaluate(`fetch('${portal}${path}', ${JSON.stringify(options)}).then((answer) => answer.text(), () => null)`)
    for (const path of ['/min-sida', '/konton', '/konto/uppgifter.json', '/logg.csv', '/'])
      for (const options of [{ credentials: 'include' }, {}])
        expect([path, await read(path, options)]).toEqual([path, null])
    expect(await read('/api/v1/bodies?limit=1', {})).toContain('Länsgemensam ledning')
    expect(await read('/api/v1/bodies?limit=1', { credentials: 'include' })).toBeNull()
    await page.close()
  },
)

test.each(['another site', 'a neighbour'])(
  '%s cannot show the portal in a frame, nor hold on to its window',
  async (who) => {
    const page = await context.newPage()
    await page.goto(elsewhere[who] ?? '')
    await page.evaluate(
      `new Promise((done) => { const frame = document.createElement('iframe'); frame.onload = done; frame.onerror = done; frame.src = '${portal}/konto'; document.body.append(frame) })`,
    )
    const framed = page.frames().find((frame) => frame !== page.mainFrame())
    expect(framed?.url() ?? '').not.toContain('/konto')
    expect(await framed?.content().catch(() => '')).not.toContain('site-header')
    const [opened] = await Promise.all([
      context.waitForEvent('page'),
      page.evaluate(`{ window.theirs = window.open('${portal}/konto') }`),
    ])
    await opened.waitForLoadState()
    expect(await opened.evaluate('window.opener')).toBeNull()
    await opened.close()
    await page.close()
  },
)
