import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Proposal, readProtocol } from '../../src/imports/protocol.ts'
import { readSource } from '../../src/imports/read-source.ts'
import { day } from '../../src/kernel/dates.ts'
import { autumn } from '../imports/autumn.ts'
import { doubleSpaced } from '../imports/forms.ts'
import { launchBrowser } from '../support/browser.ts'
import { kalmarDatabase } from '../support/database.ts'
import { axeFindings, sidewaysFaults } from '../support/looks.ts'
import { startWorkspace } from '../support/workspace.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

const plain = readProtocol({ text: doubleSpaced(autumn), paragraphs: false, links: null })

/** The protocol as a word processor prints it; two columns of attendance when asked for. */
async function printed(columns: boolean): Promise<Buffer> {
  const pages = autumn
    .replace(/\n#protokollet\./, ' protokollet.')
    .split(/\n?#/)
    .slice(1)
  const html = pages.map((text) => {
    const targets = [...text.matchAll(/^http\S+$/gm)].map(([url]) => url)
    const blocks = text.replace(/^http\S+\n?/gm, '').split(/\n\n+/)
    const link = (words: string) => `<a href="${targets.shift() ?? ''}">${words}</a>`
    const linked = blocks.map((block) =>
      block.replace(/^Bildspel$|Länsgemensam lednings sida|\bhär(?=\.)/gm, (words) =>
        targets.length > 0 ? link(words) : words,
      ),
    )
    const paragraphs = linked.map((block) => `<p>${block.replaceAll('\n', '<br>')}</p>`)
    const attendance = columns && text.startsWith('Närvarande')
    return attendance
      ? `<section style="display:grid;grid-template-columns:1fr 1fr;gap:1cm">${paragraphs.join('')}</section>`
      : `<section>${paragraphs.join('')}</section>`
  })
  const page = await browser.newPage()
  await page.setContent(
    `<meta charset="utf-8"><style>p{margin:0 0 1.1em}section{break-after:page;font:10pt/1.3 sans-serif}a{color:#004}</style>${html.join('')}`,
  )
  const pdf = await page.pdf({ format: 'A4', margin: { top: '2cm', left: '2cm', right: '2cm' } })
  await page.close()
  return pdf
}

const facts = ({ body, date, items, attendance }: Proposal) => ({
  body,
  date,
  items: items.map(({ no, title, type, presenters, attachments, decisions, subItems, body: text }) => ({
    no,
    title,
    type,
    presenters,
    attachments,
    decisions,
    text,
    subItems: subItems.map((sub) => [sub.ref, sub.title, sub.owningBody, sub.decisions, sub.body]),
  })),
  attendance,
})

describe('PDF', () => {
  test.each([
    ['of one column', false],
    ['with attendance in two columns', true],
  ])('%s gives the same facts as its text', async (_name, columns) => {
    const source = await readSource(await printed(columns), 'protokoll.pdf')
    if ('trouble' in source) throw new Error(source.trouble)
    const proposal = readProtocol(source)
    expect(facts(proposal)).toEqual(facts(plain))
    expect(proposal.items[3]?.links.map(({ url }) => url)).toEqual([
      'https://exempel.example/ledning',
      'https://exempel.example/statistik',
    ])
  })

  test('that is only a picture has no text', async () => {
    const page = await browser.newPage()
    await page.setContent('<div style="width:5cm;height:5cm;background:#333;print-color-adjust:exact"></div>')
    expect(await readSource(await page.pdf(), 'bild.pdf')).toEqual({ trouble: 'no-text' })
    await page.close()
  })

  test('that is locked with a password cannot be read', async () => {
    const locked = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
4 0 obj<</Filter/Standard/V 1/R 2/P -44/O<${'41'.repeat(32)}>/U<${'42'.repeat(32)}>>>endobj
trailer<</Root 1 0 R/Encrypt 4 0 R/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]>>
%%EOF`
    expect(await readSource(Buffer.from(locked), 'last.pdf')).toEqual({ trouble: 'unreadable' })
  })
})

describe('the page, without scripts', () => {
  test('a PDF is sent, a fact is followed to its words, and nothing is hard to see or reach', async () => {
    const db = await kalmarDatabase()
    const app = await startWorkspace(db, day('2033-01-10'))
    await app.listen({ host: '127.0.0.1', port: 0 })
    const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 1280, height: 900 },
      extraHTTPHeaders: { 'x-who': 'samordnare' },
    })
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    await page.goto(`${origin}/arbetsyta/protokoll/nytt`)
    await page
      .getByLabel('Fil', { exact: true })
      .setInputFiles({ name: 'höst.pdf', mimeType: 'application/pdf', buffer: await printed(true) })
    await page.getByRole('button', { name: 'Läs och granska' }).click()
    await page.waitForURL(/protokoll\/\d+$/)
    const address = page.url()
    await page.locator('a[href="#k-items-3-presenters-0"]').click()
    expect(new URL(page.url()).hash).toBe('#k-items-3-presenters-0')
    const target = page.locator('#k-items-3-presenters-0')
    expect(await target.innerText()).toContain('Mari-Ann von Provén')
    await page.close()
    for (const [width, colorScheme] of [
      [1280, 'light'],
      [320, 'dark'],
    ] as const) {
      const look = await (
        await browser.newContext({
          viewport: { width, height: 900 },
          colorScheme,
          extraHTTPHeaders: { 'x-who': 'samordnare' },
        })
      ).newPage()
      for (const url of [`${address}#k-items-3-presenters-0`, `${origin}/arbetsyta/protokoll/nytt`]) {
        await look.goto(url)
        expect(await axeFindings(look, 'everything')).toEqual([])
        expect(await sidewaysFaults(look)).toEqual([])
      }
      await look.close()
    }
    await app.close()
  })
})
