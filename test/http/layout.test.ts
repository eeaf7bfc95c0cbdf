import AxeBuilder from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anyone } from '../../src/http/permissions.ts'
import type { App } from '../../src/http/server.ts'
import { day } from '../../src/kernel/dates.ts'
import { serverWith } from '../support/app.ts'
import { launchBrowser } from '../support/browser.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const config = { may: anyone, cache: 'shared' } as const
const compound = 'Länsgemensamsamverkansutvecklingsledningsgruppsordförandeskapet'

function routes(app: App): void {
  for (const path of ['/', '/moten-och-protokoll', '/beslut', '/grupper', '/utskrivningsklara-dagar', '/sok']) {
    app.get(path, { config }, async (_request, reply) =>
      reply.page('errors/trouble', {
        head: { title: compound, section: 'bodies', crumbs: [{ text: compound }], asOf: day('2025-12-01') },
        text: `En ingress om ${compound}.`,
        details: 'x'.repeat(200),
        requestId: 'x'.repeat(60),
      }),
    )
  }
}

/** The page in a browser without JavaScript, unless asked for: readers need none. */
async function open(options: BrowserContextOptions): Promise<Page> {
  const app = await serverWith(routes, { env: { BASE_PATH: '/lgl' } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as { port: number }
  const page = await (await browser.newContext({ javaScriptEnabled: false, ...options })).newPage()
  await page.goto(`http://127.0.0.1:${port}/lgl/grupper`)
  return page
}

const phone = { width: 320, height: 640 }
const desk = { width: 1280, height: 800 }

describe('on a phone, without JavaScript', () => {
  test('the menu is opened, followed and closed with the keyboard', async () => {
    const page = await open({ viewport: phone })
    const menu = page.getByRole('navigation', { name: 'Huvudmeny' })
    expect(await menu.isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Meny' }).press('Enter')
    expect(await menu.isVisible()).toBe(true)
    await page.keyboard.press('Escape')
    expect(await menu.isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Meny' }).press('Enter')
    await menu.getByRole('link', { name: 'Beslut' }).click()
    expect(new URL(page.url()).pathname).toBe('/lgl/beslut')
  })

  test.each([
    ['an ordinary page', phone],
    ['400 % zoom, a window of 320 by 256', { width: 320, height: 256 }],
  ])('nothing sticks out sideways, whatever the words: %s', async (_case, viewport) => {
    const page = await open({ viewport, javaScriptEnabled: true })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
  })
})

describe('on a wide screen', () => {
  test('the menu lies open and there is nothing to press', async () => {
    const page = await open({ viewport: desk })
    const menu = page.getByRole('navigation', { name: 'Huvudmeny' })
    expect(await menu.getByRole('link').allTextContents()).toEqual([
      'Möten',
      'Beslut',
      'Grupper',
      'Utskrivningsklara dagar',
    ])
    expect(await menu.getByRole('link', { name: 'Grupper' }).isVisible()).toBe(true)
    expect(await page.getByRole('button', { name: 'Meny' }).isVisible()).toBe(false)
  })

  test('the first stop of the keyboard leads past the menu', async () => {
    const page = await open({ viewport: desk })
    await page.keyboard.press('Tab')
    const link = page.getByRole('link', { name: 'Hoppa till innehållet' })
    expect(await link.isVisible()).toBe(true)
    await page.keyboard.press('Enter')
    expect(new URL(page.url()).hash).toBe('#innehall')
  })

  test('what is printed has no menu, and says where it comes from', async () => {
    const page = await open({ viewport: desk, colorScheme: 'dark', javaScriptEnabled: true })
    await page.emulateMedia({ media: 'print' })
    expect(await page.getByRole('navigation').filter({ visible: true }).count()).toBe(0)
    expect(await page.getByText('Utskrivet från').isVisible()).toBe(true)
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)')
  })
})

test.each(
  (['light', 'dark'] as const).flatMap((colorScheme) =>
    [phone, desk].map((viewport) => [colorScheme, viewport.width, viewport] as const),
  ),
)('everybody can use the frame: axe finds nothing in %s at %i px', async (colorScheme, _width, viewport) => {
  const page = await open({ viewport, colorScheme, javaScriptEnabled: true })
  const found = async () =>
    (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
  expect(await found()).toEqual([])
  if (viewport !== phone) return
  await page.getByRole('button', { name: 'Meny' }).click()
  expect(await found()).toEqual([])
})

test('nothing is fetched from elsewhere, and the policy refuses nothing of ours', async () => {
  const app = await serverWith(routes)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as { port: number }
  const page = await (await browser.newContext()).newPage()
  const fetched: string[] = []
  const said: string[] = []
  page.on('request', (request) => fetched.push(new URL(request.url()).host))
  page.on('console', (message) => said.push(message.text()))
  await page.goto(`http://127.0.0.1:${port}/grupper`, { waitUntil: 'networkidle' })
  expect(new Set(fetched)).toEqual(new Set([`127.0.0.1:${port}`]))
  expect(fetched.length).toBeGreaterThan(2)
  expect(said).toEqual([])
  expect(await page.context().cookies()).toEqual([])
})
