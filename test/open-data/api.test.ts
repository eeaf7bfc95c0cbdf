import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import type { Kysely } from 'kysely'
import { RdfXmlParser } from 'rdfxml-streaming-parser'
import readXlsxFile from 'read-excel-file/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import type { App } from '../../src/http/server.ts'
import { registersOf } from '../../src/open-data/registers.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase, openAsOwner } from '../support/database.ts'

type Parameter = { name: string; in: string; schema: { enum?: string[]; format?: string } }
type Document = {
  paths: Record<string, { get: { parameters: Parameter[]; responses: Record<string, unknown> } }>
  components: { schemas: Record<string, object> }
}

let db: Kysely<Database>
let app: App
let document: Document
const names = registersOf('http://x').map(({ name }) => name)
const ajv = new Ajv2020({ strict: false })
;(formats as unknown as (to: Ajv2020) => void)(ajv)

beforeAll(async () => {
  db = await kalmarDatabase()
  app = await startApp({ db })
  document = (await app.inject('/api/v1/openapi.json')).json()
  ajv.addSchema(document, 'api')
})
afterAll(() => app?.close())

const schemaFor = (path: string) =>
  `api#/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/get/responses/200/content/application~1json/schema`
function conforms(path: string, answer: unknown): void {
  const check = ajv.compile({ $ref: schemaFor(path) })
  expect(check(answer), `${path}: ${JSON.stringify(check.errors)}`).toBe(true)
}
const ask = (path: string) => app.inject(path)

test('one document describes everything, and is OpenAPI 3.1', async () => {
  const judged = await new Validator().validate(structuredClone(document) as never)
  expect(judged.errors).toBeUndefined()
  expect(judged.valid).toBe(true)
  expect(Object.keys(document.paths)).toContain('/api/v1/discharge-days')
  for (const name of names) expect(Object.keys(document.paths)).toContain(`/api/v1/${name}/{id}`)
})

describe.each(names)('%s', (name) => {
  test('is answered as it is described, page by page, and each object alone is the same', async () => {
    const path = `/api/v1/${name}`
    const seen: unknown[] = []
    let next: string | null = `${path}?limit=40`
    while (next !== null) {
      const response = await ask(next.replace(/^https?:\/\/[^/]+/, ''))
      expect(response.statusCode, response.body).toBe(200)
      expect(response.headers['access-control-allow-origin']).toBe('*')
      const answer = response.json()
      conforms(path, answer)
      seen.push(...answer.items)
      next = answer.next
      if (next === null) expect(seen.length).toBe(answer.total)
    }
    const ids = seen.map((item) => (item as { id: string }).id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const item of [seen[0], seen.at(-1)] as { self: string; url: string }[]) {
      if (item === undefined) continue
      const single = await ask(new URL(item.self).pathname)
      expect(single.statusCode).toBe(200)
      conforms(`${path}/{id}`, single.json())
      expect(single.json()).toEqual(item)
      expect((await ask(new URL(item.url).pathname)).statusCode, item.url).toBe(200)
    }
    const csv = (await ask(`${path}.csv`)).body
    expect(csv.startsWith('\ufeffid;')).toBe(true)
    const rows: { id: string }[] = parse(csv, { bom: true, delimiter: ';', columns: true })
    expect(rows.map(({ id }) => id.replace(/^'/, ''))).toEqual(ids)
    const sheets = await readXlsxFile((await ask(`${path}.xlsx`)).rawPayload)
    expect(sheets[0]?.data).toHaveLength(seen.length + 1)
  })

  test('tells what has changed since a moment, and nothing when nothing has', async () => {
    const all = (await ask(`/api/v1/${name}?modifiedSince=2000-01-01T00:00:00Z`)).json()
    expect(all.total).toBe((await ask(`/api/v1/${name}`)).json().total)
    expect((await ask(`/api/v1/${name}?modifiedSince=2999-01-01T00:00:00%2B01:00`)).json().items).toEqual([])
  })
})

test('no register that the county has facts for is empty', async () => {
  for (const name of ['meetings', 'decisions', 'bodies', 'persons', 'memberships', 'activities', 'documents']) {
    expect((await ask(`/api/v1/${name}`)).json().total, name).toBeGreaterThan(0)
  }
})

test('a decision tells what it did and how that stands today', async () => {
  const { items } = (await ask('/api/v1/decisions?effect=indicator_set')).json()
  expect(items.length).toBeGreaterThan(0)
  expect(items[0].effects[0]).toMatchObject({ kind: 'indicator_set', text: expect.stringContaining('0,8') })
})

test('a changed row is found by its change', async () => {
  const before = new Date().toISOString()
  await openAsOwner(db)
    .updateTable('project')
    .set({ summary: 'Ändrad för prov.' })
    .where('id', '=', (eb) => eb.selectFrom('project').select('id').limit(1))
    .execute()
  const { items } = (await ask(`/api/v1/projects?modifiedSince=${before}`)).json()
  expect(items.map(({ summary }: { summary: string }) => summary)).toEqual(['Ändrad för prov.'])
})

test('what is not published, and people who shall not be found, are nowhere', async () => {
  const owner = openAsOwner(db)
  const { id: grounds } = await owner.selectFrom('provenance').select('id').limit(1).executeTakeFirstOrThrow()
  const body = await owner.selectFrom('body').selectAll().limit(1).executeTakeFirstOrThrow()
  await owner
    .insertInto('person')
    .values({
      name: 'Dolda Doldsson',
      slug: 'dolda-doldsson',
      no_page_because: 'uncertain_reading',
      provenance_id: grounds,
    })
    .execute()
  await owner
    .insertInto('project')
    .values({ name: 'Provprojekt', slug: 'provprojekt', summary: 'Leds av Dolda Doldsson.', provenance_id: grounds })
    .execute()
  await owner
    .insertInto('meeting')
    .values({
      body_id: body.id,
      held_on: '2026-11-11',
      slug: 'osynligt-prov',
      title: 'Osynligt prov',
      state: 'planned',
      provenance_id: grounds,
    })
    .execute()
  for (const name of names) {
    const { body: answer } = await ask(`/api/v1/${name}?limit=200`)
    const { body: file } = await ask(`/api/v1/${name}.csv`)
    for (const told of [answer, file]) {
      expect(told).not.toContain('Doldsson')
      expect(told).not.toContain('dolda-doldsson')
      expect(told).not.toContain('Osynligt prov')
      expect(told).not.toMatch(/[\w.]+@[\w.]+\.\w/)
    }
  }
  expect((await ask('/api/v1/persons/dolda-doldsson')).statusCode).toBe(404)
  expect((await ask('/api/v1/meetings/osynligt-prov')).statusCode).toBe(404)
})

test.each([
  ['limit=0', 'limit'],
  ['limit=201', 'limit'],
  ['offset=-1', 'offset'],
  ['year=99', 'year'],
  ['from=2025-02-30', 'from'],
  ['from=2025-02-02&to=2025-02-01', 'to'],
  ['state=hemligt', 'state'],
  ['finns-inte=1', 'finns-inte'],
  ['year=2025&year=2024', 'year'],
  ['modifiedSince=2025-12-12', 'modifiedSince'],
  ['modifiedSince=2025-12-12T25:00:00Z', 'modifiedSince'],
])('a bad question, %s, is refused by name', async (query, parameter) => {
  const response = await ask(`/api/v1/meetings?${query}`)
  expect(response.statusCode).toBe(400)
  expect(response.headers['content-type']).toContain('application/problem+json')
  expect(response.json()).toMatchObject({ status: 400, parameter })
})

test('an unchanged answer is not sent again, HEAD and OPTIONS work, and writing does not', async () => {
  const first = await ask('/api/v1/bodies')
  const again = await app.inject({ url: '/api/v1/bodies', headers: { 'if-none-match': String(first.headers.etag) } })
  expect(again.statusCode).toBe(304)
  expect((await app.inject({ method: 'HEAD', url: '/api/v1/bodies' })).statusCode).toBe(200)
  const preflight = await app.inject({ method: 'OPTIONS', url: '/api/v1/bodies' })
  expect(preflight.statusCode).toBe(204)
  expect(preflight.headers['access-control-allow-methods']).toContain('GET')
  expect((await app.inject({ method: 'POST', url: '/api/v1/bodies' })).statusCode).toBe(405)
})

test.each(['GET', 'HEAD', 'POST', 'DELETE'] as const)(
  '%s of a register that there is none of is told so, although any address of the API answers OPTIONS',
  async (method) => {
    for (const url of ['/api/v1/finns-inte', '/api/v1/bodies/1/finns-inte', '/api/v1/finns-inte.csv']) {
      const answer = await app.inject({ method, url })
      expect([url, answer.statusCode, answer.headers.allow]).toEqual([url, 404, undefined])
      expect(answer.headers['content-type']).toContain('application/problem+json')
      expect(answer.headers['access-control-allow-origin']).toBe('*')
      if (method !== 'HEAD') expect(answer.json()).toMatchObject({ status: 404, title: 'Sidan finns inte' })
    }
  },
)

test('whatever is asked, the answer is JSON or a problem, and never a fault of the portal', async () => {
  const operations = Object.entries(document.paths).filter(([path]) => !/\.(csv|xlsx)$/.test(path))
  const question = fc.constantFrom(...operations).chain(([path, { get }]) =>
    fc.record({
      path: fc.constant(path),
      id: fc.oneof(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.constantFrom('1', '99999999999999999999', "'")),
      query: fc.dictionary(
        fc.constantFrom(...get.parameters.filter((one) => one.in === 'query').map(({ name }) => name), 'x'),
        fc.oneof(
          fc.string({ unit: 'grapheme', maxLength: 20 }),
          fc.constantFrom('2025', '2025-12-12', 'kalmar', '0', '-1', '1e9', '0000-01-01', '2025-12-12T00:00:00Z'),
          fc.constantFrom(...get.parameters.flatMap(({ schema }) => schema.enum ?? []), ''),
        ),
        { maxKeys: 3 },
      ),
    }),
  )
  await fc.assert(
    fc.asyncProperty(question, async ({ path, id, query }) => {
      const filled = path.replace('{id}', encodeURIComponent(id) || 'x')
      const response = await app.inject({ url: filled, query })
      expect(response.statusCode, `${filled} ${JSON.stringify(query)} ${response.body}`).toBeLessThan(500)
      if (response.statusCode === 301) return
      expect(response.headers['content-type']).toMatch(/^application\/(problem\+)?json/)
      expect(response.body).not.toMatch(/\bat .*\.ts:\d/)
      response.json()
      if (response.statusCode === 200) conforms(path, response.json())
    }),
    { numRuns: 150 },
  )
})

test('the catalogue is RDF with what DCAT-AP-SE requires', async () => {
  const response = await ask('/dcat.rdf')
  expect(response.headers['content-type']).toContain('application/rdf+xml')
  const quads: { subject: string; predicate: string; object: string }[] = []
  await new Promise<void>((done, failed) => {
    const parser = new RdfXmlParser({ baseIRI: 'http://localhost/' })
    parser
      .on('data', ({ subject, predicate, object }) =>
        quads.push({ subject: subject.value, predicate: predicate.value, object: object.value }),
      )
      .on('error', failed)
      .on('end', done)
    parser.write(response.body)
    parser.end()
  })
  const dcat = 'http://www.w3.org/ns/dcat#'
  const terms = 'http://purl.org/dc/terms/'
  const ofType = (type: string) => quads.filter(({ object }) => object === dcat + type).map(({ subject }) => subject)
  const has = (subject: string, ...predicates: string[]) => {
    for (const predicate of predicates) {
      expect(
        quads.some((quad) => quad.subject === subject && quad.predicate === predicate),
        `${subject} ${predicate}`,
      ).toBe(true)
    }
  }
  expect(ofType('Catalog')).toHaveLength(1)
  for (const catalog of ofType('Catalog')) {
    has(catalog, `${terms}title`, `${terms}description`, `${terms}publisher`, `${terms}license`, `${dcat}dataset`)
  }
  expect(ofType('Dataset')).toHaveLength(names.length + 1)
  for (const set of ofType('Dataset')) {
    has(
      set,
      `${terms}title`,
      `${terms}description`,
      `${terms}publisher`,
      `${dcat}contactPoint`,
      `${dcat}theme`,
      `${dcat}distribution`,
    )
  }
  for (const one of ofType('Distribution')) has(one, `${dcat}accessURL`, `${terms}license`, `${terms}format`)
  const files = quads.filter(({ predicate }) => predicate === `${dcat}downloadURL`).map(({ object }) => object)
  expect(files).toHaveLength(3 * names.length)
  for (const file of files.slice(0, 6)) expect((await ask(new URL(file).pathname)).statusCode, file).toBe(200)
  for (const one of ofType('DataService')) has(one, `${terms}title`, `${dcat}endpointURL`, `${dcat}contactPoint`)
  // Whatever is pointed at inside the catalogue is described in it.
  const described = new Set(quads.map(({ subject }) => subject))
  const dangling = quads.filter(({ object }) => object.includes('/oppna-data#') && !described.has(object))
  expect(dangling.filter(({ predicate }) => predicate !== `${terms}identifier`)).toEqual([])
})

test('the readable page lists every register', async () => {
  const { statusCode, body } = await ask('/oppna-data')
  expect(statusCode).toBe(200)
  for (const name of names) expect(body).toContain(`href="/api/v1/${name}.xlsx"`)
})
