/** That what holds the pages would notice: each fault is made once, on a page of its own. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { ask, crawl, type Ground } from '../support/crawl.ts'
import { readerOfMany } from '../support/html.ts'
import { axeFindings, sidewaysFaults, vanishedShapes } from '../support/looks.ts'
import { baseFaults, foreignFaults, outlineFaults, programWords } from '../support/page-faults.ts'

const page = (body: string, head = '<title>Prov</title>') =>
  `<!doctype html><html lang="sv"><head><meta charset="utf-8">${head}</head><body><main><h1>Prov</h1>${body}</main></body></html>`

const pages: Record<string, string> = {
  '/': page(
    '<a href="/a#finns">a</a> <a href="/borta">b</a> <a href="https://example.se/">c</a> <a href="/f?x=1">f</a>',
  ),
  '/a': page('<p id="finns">a</p>'),
  '/f?x=1': page('<a href="/f?x=1&amp;y=2">två filter</a><form action="/sok"><input name="q" type="search"></form>'),
  '/sok?q=samverkan': page('<p>funnet</p>'),
}

let server: Server
let ground: Ground
let browser: Browser
beforeAll(async () => {
  server = createServer((request, response) => {
    const html = pages[request.url ?? '']
    response.writeHead(html ? 200 : 404, { 'content-type': 'text/html', 'set-cookie': 'spår=1' }).end(html)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  ground = { server: address, publicOrigin: 'http://example.org', base: '' }
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
})

let made = 0
async function answer(html: string) {
  made += 1
  pages[`/prov-${made}`] = html
  const asked = await ask(ground, `/prov-${made}`)
  if (asked.page === null) throw new Error('no page')
  return { ...asked, page: asked.page }
}

test('a crawl follows links and forms, once, and not to other sites', async () => {
  const found = await crawl(ground)
  expect([...found.keys()].sort()).toEqual(['/', '/a', '/borta', '/f?x=1'])
  expect(found.get('/borta')).toMatchObject({ status: 404, from: '/' })
  expect(found.get('/a')?.page?.ids).toEqual(new Set(['finns']))
})

describe('words meant for the program', () => {
  test.each([
    ['<p>undefined</p>', 'undefined'],
    ['<p>[object Object]</p>', '[object '],
    ['<p>NaN kr</p>', 'NaN'],
    ['<p>member_replaced</p>', 'member_replaced'],
    ['<p>Slag: representative</p>', 'representative'],
    ['<p aria-label="opening_state">x</p>', 'opening_state'],
    ['<p>rkl-hsf</p>', 'rkl-hsf'],
    ['<p>a &amp;amp; b</p>', '&amp;'],
    ['<img alt="valid_from" src="/a">', 'valid_from'],
  ])('%s', async (html, word) => {
    const found = programWords((await answer(page(html))).page, new Set(['rkl-hsf']))
    expect(found).toEqual([expect.stringContaining(`${word} in `)])
  })

  test('Swedish, formats in <code> and addresses are none', async () => {
    const html = '<p>Ett forum i en region, barn- och unga, https://example.se/en_adress</p><code>discharge_date</code>'
    expect(programWords((await answer(page(html))).page, new Set(['rkl-hsf']))).toEqual([])
  })
})

test('two headings of the first level, another language and a missing title are noticed', async () => {
  const wrong = page('<h1>Två</h1>', '').replace('lang="sv"', 'lang="en"')
  expect(outlineFaults((await answer(wrong)).page)).toEqual(['2 h1', 'not lang="sv"', 'no title'])
})

test('invalid HTML is noticed', async () => {
  expect((await answer(page('<p><div>x</div></p>'))).page.invalid.length).toBeGreaterThan(0)
  expect((await answer(page('<p id="x">x</p><p id="x">y</p>'))).page.invalid).toEqual([
    expect.stringContaining('no-dup-id'),
  ])
})

describe('a fault on one of many pages alike, of which not all are asked everything', () => {
  const row = (id: string, label: string) =>
    `<div class="rad"><label for="${id}">${label}</label><input class="ruta" id="${id}" name="${id}" type="text"></div>`
  const form = (id: string, more = '') =>
    page(
      `<h2>Fråga &amp; svar</h2><form action="/a">${row('ett', 'Ett')}${row(id, 'Två')}${more}<button type="submit">Sänd</button></form><p>${id}</p>`,
    )
  const read = readerOfMany()
  const before = [form('a'), form('a', row('b', 'Tre'))].flatMap((html) => read(html).invalid)

  test('none is found where only words, names and the number of rows are others', () => {
    expect([...before, ...read(form('annat', row('x', 'X') + row('y', 'Y'))).invalid]).toEqual([])
  })

  test.each([
    ['an id stands twice', 'no-dup-id', (html: string) => html.replaceAll('x1', 'ett')],
    ['a label names nothing', 'no-missing-references', (html: string) => html.replace('for="x1"', 'for="x2"')],
    ['a field has no label', 'input-missing-label', (html: string) => html.replace('for="x1"', 'for="ett"')],
    ['a label says nothing', 'input-missing-label', (html: string) => html.replace('>Två<', '><')],
    ['a heading says nothing', 'empty-heading', (html: string) => html.replace('Fråga &amp; svar', '')],
    ['a level of headings is left out', 'heading-level', (html: string) => html.replaceAll('h2>', 'h3>')],
    ['a name stands twice', 'form-dup-name', (html: string) => html.replace('name="x1"', 'name="ett"')],
    ['a sign is not escaped', 'no-raw-characters', (html: string) => html.replace('&amp;', '&')],
    ['an entity is none', 'unrecognized-char-ref', (html: string) => html.replace('&amp;', '&finnsinte;')],
    ['a tag is not closed', 'close-order', (html: string) => html.replace('</form>', '')],
    [
      'a tag stands where it may not',
      'element-permitted-content',
      (html: string) => html.replace('Två', '<h2>Två</h2>'),
    ],
    ['a form cannot be sent', 'wcag/h32', (html: string) => html.replace('submit', 'button')],
    ['a value is no such', 'attribute-allowed-values', (html: string) => html.replace('type="text"', 'type="x"')],
    ['an attribute is left out', 'no-implicit-input-type', (html: string) => html.replace(' type="text"', '')],
  ])('%s', (_, rule, spoil) => {
    expect(read(spoil(form('x1'))).invalid.join()).toContain(`(${rule},`)
  })
})

test('styles and scripts in the page, files from elsewhere and cookies are noticed', async () => {
  const html =
    '<p style="color:red" onclick="x()">x</p><script>x()</script><img alt="x" src="https://example.se/x.png">'
  expect(foreignFaults(await answer(page(html)))).toEqual([
    'sets a cookie',
    '<p style onclick>',
    '<script>',
    'loads https://example.se/x.png',
    'no content security policy',
  ])
})

test('an address without the base path is noticed, also a whole one', async () => {
  const html = '<a href="/beslut">a</a><a href="/x/beslut">b</a><a href="http://example.org/y">c</a><a href="#d">d</a>'
  expect(baseFaults(await answer(page(html)), '/x', 'http://example.org')).toEqual([
    'href="/beslut"',
    'href="http://example.org/y"',
  ])
})

describe('in the browser', () => {
  async function inBrowser<T>(
    html: string,
    ask: (page: Awaited<ReturnType<Browser['newPage']>>) => Promise<T>,
    options = {},
  ) {
    const open = await browser.newPage({ viewport: { width: 320, height: 640 }, ...options })
    await open.setContent(html)
    const found = await ask(open)
    await open.close()
    return found
  }

  test('grey on white and a picture without words are noticed', async () => {
    const found = await inBrowser(page('<p style="color:#ccc">grått</p><img src="data:,">'), (open) =>
      axeFindings(open, 'everything'),
    )
    expect(found.map((finding) => finding.split(':')[0])).toEqual(['color-contrast', 'image-alt'])
  })

  test('what sticks out is noticed though the page cuts it off, and a box that scrolls is not', async () => {
    const wide = '<p style="width:400px">bred</p>'
    const cut = page(wide).replace('<body>', '<body style="overflow-x:clip">')
    expect(await inBrowser(cut, sidewaysFaults)).toContain('p “bred”')
    expect(await inBrowser(page(`<section style="overflow-x:auto">${wide}</section>`), sidewaysFaults)).toEqual([])
  })

  test('a mark that forced colours wipe out is noticed', async () => {
    const mark = (rule: string) =>
      page(
        '<p>x</p>',
        `<title>x</title><style>p::before{content:"";mask-image:linear-gradient(#000,#000);background:red}${rule}</style>`,
      )
    expect(await inBrowser(mark(''), vanishedShapes, { forcedColors: 'active' })).toEqual(['p::before'])
    const kept = '@media (forced-colors:active){p::before{background:CanvasText}}'
    expect(await inBrowser(mark(kept), vanishedShapes, { forcedColors: 'active' })).toEqual([])
  })
})
