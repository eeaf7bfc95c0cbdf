import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '../../src/http/server.ts'
import { sitemapIndexXml } from '../../src/overviews/sitemap-pages.ts'
import { addressesIn, publicAddresses, sitemapParts } from '../../src/overviews/sitemap-queries.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'

const db = await kalmarDatabase()
let app: App
beforeAll(async () => {
  app = await startApp({
    db,
    env: { PUBLIC_ORIGIN: 'https://samverkan.example.se', BASE_PATH: '/portal' },
  })
})
afterAll(() => app?.close())

const root = 'https://samverkan.example.se/portal'

test('robots.txt lets everybody in and names the sitemap and the catalogue of data', async () => {
  const { body, headers } = await app.inject('/portal/robots.txt')
  expect(headers['content-type']).toContain('text/plain')
  expect(body).toContain(`Sitemap: ${root}/sitemap.xml`)
  expect(body).not.toContain('Disallow')
  const catalogue = /^# Datakatalog .*?(\/portal\/\S+)$/m.exec(body)?.[1] ?? ''
  expect((await app.inject(catalogue)).headers['content-type']).toContain('application/rdf+xml')
})

test('the sitemap names meetings, decisions and groups with whole addresses, and when minutes were published', async () => {
  const { body, headers } = await app.inject('/portal/sitemap.xml')
  expect(headers['content-type']).toContain('application/xml')
  expect(body).toContain(`<loc>${root}/</loc>`)
  expect(body).toContain(`<loc>${root}/grupper/barn-och-unga</loc>`)
  expect(body).toMatch(
    new RegExp(`<loc>${root}/moten-och-protokoll/2025-12-12-lansgemensam-ledning</loc><lastmod>\\d{4}-\\d\\d-\\d\\dT`),
  )
})

test('those who have no page of their own are not in it', async () => {
  const { body } = await app.inject('/portal/sitemap.xml')
  expect(body).toContain('/personer/anna-hasselbom-trofast')
  expect(body).not.toContain('/personer/rune-jansson')
  expect(body).not.toContain('/personer/emelie-ingvarsson')
})

test('more addresses than one sitemap may hold become parts, each of them found from the index', async () => {
  const parts = await sitemapParts(db, 10)
  expect(parts.length).toBeGreaterThan(5)
  const inParts = await Promise.all(parts.map((part) => addressesIn(db, part)))
  const paths = (addresses: readonly { path: string }[]) => addresses.map(({ path }) => path).sort()
  expect(paths(inParts.flat())).toEqual(paths(await publicAddresses(db)))
  for (const addresses of inParts.slice(1)) expect(addresses.length).toBeLessThanOrEqual(20)
  const index = sitemapIndexXml(root, 2)
  expect(index).toContain('<sitemapindex')
  expect(index).toContain(`<loc>${root}/sitemap.xml?del=2</loc>`)
})

test('a part that is not there is not found', async () => {
  expect((await app.inject('/portal/sitemap.xml?del=2')).statusCode).toBe(404)
  expect((await app.inject('/portal/sitemap.xml?del=x')).statusCode).toBe(400)
})

test('a shared page has a picture, and a filtered list points to the whole one', async () => {
  const { body } = await app.inject('/portal/beslut?ar=2025')
  expect(body).toContain(`<link rel="canonical" href="${root}/beslut">`)
  // What is no number of a page shows the first one.
  for (const page of ['1', '0', 'x', '999999', '', '2&sida=3'])
    expect((await app.inject(`/portal/beslut?sida=${page}`)).body).toContain(`rel="canonical" href="${root}/beslut">`)
  const [, picture = ''] = /property="og:image" content="([^"]+)"/.exec(body) ?? []
  expect(picture.startsWith(`${root}/static/`)).toBe(true)
  const { statusCode, headers } = await app.inject(picture.slice('https://samverkan.example.se'.length))
  expect([statusCode, headers['content-type']]).toEqual([200, 'image/png'])
})

test('a day in the past is kept out of search engines', async () => {
  const { body } = await app.inject('/portal/grupper/barn-och-unga?datum=2025-12-01')
  expect(body).toContain('<meta name="robots" content="noindex">')
  expect(body).not.toContain('rel="canonical"')
})
