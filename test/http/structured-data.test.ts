import { flatten } from 'jsonld'
import type { Kysely } from 'kysely'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { anyone } from '../../src/http/permissions.ts'
import type { App } from '../../src/http/server.ts'
import { structuredData } from '../../src/http/structured-data.ts'
import { day } from '../../src/kernel/dates.ts'
import { serverWith, startApp, testConfig } from '../support/app.ts'
import { launchBrowser } from '../support/browser.ts'
import { kalmarDatabase } from '../support/database.ts'
import { readPage } from '../support/html.ts'

/** The terms of schema.org that the portal uses, written by hand from its pages: in safe mode any other is refused. */
const types = [
  'BreadcrumbList',
  'CreativeWork',
  'DataCatalog',
  'DataDownload',
  'Dataset',
  'DigitalDocument',
  'Event',
  'GovernmentOrganization',
  'ListItem',
  'Organization',
  'OrganizationRole',
  'Person',
  'Place',
  'WebSite',
]
const words = [
  'abstract',
  'description',
  'email',
  'encodingFormat',
  'genre',
  'inLanguage',
  'isAccessibleForFree',
  'location',
  'creator',
  'dataset',
  'distribution',
  'memberOf',
  'name',
  'organizer',
  'position',
  'publisher',
  'roleName',
  'text',
]
const links = ['contentUrl', 'eventStatus', 'item', 'license', 'url']
const dates = ['dateCreated', 'endDate', 'startDate']
const context = {
  '@context': {
    schema: 'https://schema.org/',
    ...Object.fromEntries([...types, ...words].map((term) => [term, `schema:${term}`])),
    itemListElement: { '@id': 'schema:itemListElement', '@container': '@list' },
    ...Object.fromEntries(links.map((term) => [term, { '@id': `schema:${term}`, '@type': '@id' }])),
    ...Object.fromEntries(dates.map((term) => [term, { '@id': `schema:${term}`, '@type': 'schema:Date' }])),
  },
}
const documentLoader = async (url: string) => {
  if (url !== 'https://schema.org') throw new Error(`no such context here: ${url}`)
  return { contextUrl: null, documentUrl: url, document: context }
}

type Thing = Record<string, unknown>
/** What a page tells of the type, as an outside reader of JSON-LD understands it. */
async function told(html: string): Promise<(type: string) => Thing[]> {
  const blocks = [...html.matchAll(/<script type="application\/ld\+json">(.*?)<\/script>/gs)].map(([, text]) => text)
  expect(blocks).toHaveLength(1)
  const document = JSON.parse(blocks[0] as string)
  // A term that is not above, or a relative address, is an error in safe mode.
  const flat = (await flatten(document, context, { documentLoader, safe: true })) as {
    '@graph': Thing[]
  }
  return (type) => flat['@graph'].filter((thing) => thing['@type'] === type)
}

const origin = 'https://samverkan.example.se'
const base = '/lgl'
let db: Kysely<Database>
let app: App
let browser: Browser
beforeAll(async () => {
  db = await kalmarDatabase()
  app = await startApp({ db, env: { PUBLIC_ORIGIN: origin, BASE_PATH: base, PORTAL_AUTHORITY: 'Region Prov' } })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await app?.close()
})

const read = async (path: string) => {
  const { statusCode, body } = await app.inject(base + path)
  expect(statusCode, path).toBe(200)
  expect(readPage(body).invalid, path).toEqual([])
  return { body, of: await told(body) }
}
const meeting = '/moten-och-protokoll/2025-12-12-lansgemensam-ledning'

test('the start page tells who answers for the portal, as its footer does', async () => {
  const { body, of } = await read('/')
  expect(of('GovernmentOrganization')).toMatchObject([{ name: 'Region Prov' }])
  expect(body).toContain(String(of('GovernmentOrganization')[0]?.email))
  expect(of('WebSite')).toMatchObject([{ '@id': `${origin}${base}/`, url: `${origin}${base}/` }])
  expect(of('BreadcrumbList')).toEqual([])
})

test('a meeting is an event, by the clock in Stockholm, with the trail to it', async () => {
  const { start, end } = await db
    .selectFrom('meeting')
    .select(['starts_at as start', 'ends_at as end'])
    .where('slug', '=', '2025-12-12-lansgemensam-ledning')
    .executeTakeFirstOrThrow()
  const { of } = await read(meeting)
  expect(of('Event')).toMatchObject([
    {
      url: `${origin}${base}${meeting}`,
      eventStatus: 'schema:EventScheduled',
      startDate: start === null ? '2025-12-12' : `2025-12-12T${start.slice(0, 5)}:00+01:00`,
      ...(start !== null && end !== null && { endDate: `2025-12-12T${end.slice(0, 5)}:00+01:00` }),
    },
  ])
  expect(of('ListItem').map(({ item, position }) => [position, item])).toEqual(
    expect.arrayContaining([
      [1, `${origin}${base}/`],
      [2, `${origin}${base}/moten-och-protokoll`],
      [3, `${origin}${base}${meeting}`],
    ]),
  )
})

test('a person is told with the roles that the page shows', async () => {
  const person = await db
    .selectFrom('person')
    .innerJoin('membership', 'membership.person_id', 'person.id')
    .select(['person.slug', 'person.name'])
    .where('no_page_because', 'is', null)
    .orderBy('person.id')
    .executeTakeFirstOrThrow()
  const { body, of } = await read(`/personer/${person.slug}`)
  expect(of('Person')).toMatchObject([{ name: person.name }])
  expect(of('OrganizationRole').length).toBeGreaterThan(0)
  for (const { name } of of('Organization')) expect(body).toContain(`>${name}</a>`)
})

test('decisions, documents, figures and open data are told as what they are', async () => {
  const { slug } = await db.selectFrom('decision').select('slug').orderBy('id').executeTakeFirstOrThrow()
  expect((await read(`/beslut/${slug}`)).of('CreativeWork')).toHaveLength(1)
  const document = await db.selectFrom('document').select(['slug', 'title']).orderBy('id').executeTakeFirstOrThrow()
  expect((await read(`/dokument/${document.slug}`)).of('DigitalDocument')).toMatchObject([{ name: document.title }])
  const { body, of } = await read('/oppna-data')
  expect(of('DataCatalog')).toHaveLength(1)
  expect(of('Dataset').length).toBeGreaterThan(15)
  for (const { contentUrl } of of('DataDownload')) {
    expect(body).toContain(`href="${String(contentUrl).slice(origin.length)}"`)
  }
})

test('what search engines are kept out of is not told', async () => {
  for (const path of ['/grupper?datum=2025-10-03', '/finns-inte', '/logga-in']) {
    expect((await app.inject(base + path)).body).not.toContain('ld+json')
  }
  const hidden = await db.selectFrom('person').select('slug').where('no_page_because', 'is not', null).execute()
  for (const { slug } of hidden) {
    expect((await app.inject(`${base}/personer/${slug}`)).body).not.toContain('ld+json')
  }
})

describe('a title that is markup', () => {
  const title = '</script><script>alert(1)</script><!--'

  test('stays in its block', async () => {
    const html = structuredData(
      { crumbs: [{ text: title }] },
      { config: testConfig({ PUBLIC_ORIGIN: origin }), address: `${origin}/x` },
    )
    expect(html).not.toContain('<')
    const of = await told(`<script type="application/ld+json">${html}</script>`)
    expect(of('ListItem')).toMatchObject([{ position: 1 }, { name: title }])
  })

  test('runs nothing in a browser, which finds nothing against the policy either', async () => {
    const server = await serverWith((room) =>
      room.get('/grupper', { config: { may: anyone, cache: 'shared' } }, async (_request, reply) =>
        reply.page('errors/trouble', {
          head: {
            title: 'Prov',
            crumbs: [{ text: title }],
            about: {
              kind: 'meeting',
              name: title,
              on: day('2026-07-01'),
              from: '10:00',
              to: null,
              place: null,
              cancelled: true,
              by: { name: 'Gruppen', path: '/grupper/prov' },
            },
          },
          text: 'Prov',
          details: '',
          requestId: '',
        }),
      ),
    )
    await server.listen({ port: 0, host: '127.0.0.1' })
    const { port } = server.server.address() as { port: number }
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('dialog', (dialog) => {
      complaints.push(dialog.message())
      return dialog.dismiss()
    })
    await page.addInitScript(
      "addEventListener('securitypolicyviolation', (e) => console.error('policy: ' + e.violatedDirective))",
    )
    await page.goto(`http://127.0.0.1:${port}/grupper`)
    expect(complaints).toEqual([])
    const block = page.locator('script[type="application/ld+json"]')
    const graph = JSON.parse((await block.textContent()) ?? '')['@graph']
    expect(graph[0]).toMatchObject({
      name: title,
      startDate: '2026-07-01T10:00:00+02:00',
      eventStatus: 'https://schema.org/EventCancelled',
    })
    // The listener does hear: an inline script is refused.
    await page.evaluate(
      "new Promise((done) => { addEventListener('securitypolicyviolation', done); const s = document.createElement('script'); s.textContent = '1'; document.head.append(s) })",
    )
    expect(complaints.join()).toContain('policy: script-src')
    await page.close()
  })
})
