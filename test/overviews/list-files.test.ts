import { parse } from 'csv-parse/sync'
import type { Kysely } from 'kysely'
import readXlsxFile from 'read-excel-file/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import type { App } from '../../src/http/server.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase, openAsOwner } from '../support/database.ts'

const base = '/lgl'
let db: Kysely<Database>
let app: App
beforeAll(async () => {
  db = await kalmarDatabase()
  const owner = openAsOwner(db)
  // A title that a spreadsheet would reckon.
  await owner
    .updateTable('document')
    .set({ title: '=1+1;"citat"' })
    .where('id', '=', (eb) => eb.selectFrom('document').select('id').where('national', '=', false).limit(1))
    .execute()
  app = await startApp({ db, env: { BASE_PATH: base } })
})
afterAll(() => app?.close())

const filesOn = (html: string) =>
  [...html.matchAll(/<p class="downloads">[^<]*<a href="([^"]*)">CSV<\/a>, <a href="([^"]*)">Excel<\/a>/g)].map(
    ([, csv = '', xlsx = '']) => ({ csv: csv.replaceAll('&amp;', '&'), xlsx: xlsx.replaceAll('&amp;', '&') }),
  )

/** The rows of both files, read by others' readers. */
async function read({ csv, xlsx }: { csv: string; xlsx: string }): Promise<Record<string, string>[]> {
  const text = await app.inject(csv)
  expect(text.statusCode, `${csv} ${text.body.slice(0, 300)}`).toBe(200)
  expect(text.headers['content-disposition']).toMatch(/^attachment; filename="[a-z0-9-]+\.csv"$/)
  const rows: Record<string, string>[] = parse(text.body, { bom: true, delimiter: ';', columns: true })
  const sheets = await readXlsxFile((await app.inject(xlsx)).rawPayload)
  expect(sheets[0]?.data, xlsx).toHaveLength(rows.length + 1)
  return rows
}

async function listed(path: string): Promise<Record<string, string>[][]> {
  const { body, statusCode } = await app.inject(base + path)
  expect(statusCode, path).toBe(200)
  const files = filesOn(body)
  expect(files.length, path).toBeGreaterThan(0)
  const tables = []
  for (const one of files) tables.push(await read(one))
  return tables
}

test.each([
  '/moten-och-protokoll',
  '/beslut',
  '/grupper',
  '/handlingsplaner',
  '/uppfoljning',
  '/dokument',
  '/projekt',
  '/arenden',
  '/parter',
  '/primarvardsdata',
  '/intressebanken',
])('%s can be taken along as CSV and Excel', async (path) => {
  for (const rows of await listed(path)) expect(rows.length).toBeGreaterThan(0)
})

test('ordnat införande has files also while no proposal is shared', async () => {
  expect(await listed('/ordnat-inforande')).toHaveLength(1)
})

test('the files hold what the page is narrowed to', async () => {
  const count = async (path: string) =>
    Number(/<strong>(\d+) /.exec((await app.inject(base + path)).body)?.[1] ?? Number.NaN)
  for (const path of ['/beslut?slag=beslut', '/moten-och-protokoll?ar=2025', '/dokument?slag=overenskommelser']) {
    const [rows] = await listed(path)
    expect(rows?.length, path).toBe(await count(path))
  }
  const [all] = await listed('/uppfoljning')
  const [passed] = await listed('/uppfoljning?lage=passerat')
  expect(passed?.length).toBeLessThan(all?.length ?? 0)
  expect(new Set(passed?.map(({ avsnitt }) => avsnitt))).toEqual(new Set(['Datumet har passerat']))
})

test('a cell that a spreadsheet would reckon is text, and each row leads to its page', async () => {
  const [rows = []] = await listed('/dokument')
  const [first] = rows.filter(({ Dokument = '' }) => Dokument.includes('1+1'))
  expect(first?.Dokument).toMatch(/^'=1\+1;"citat"/)
  for (const { adress } of rows) expect(adress).toMatch(/^https?:\/\/[^/]+\/lgl\/dokument\//)
})

test("a query that the page refuses is refused for its files too, and a document's parties can be taken along", async () => {
  expect((await app.inject(`${base}/uppfoljning.csv?lage=nonsens`)).statusCode).toBe(400)
  const { slug } = await db
    .selectFrom('document')
    .innerJoin('party_position', 'party_position.document_id', 'document.id')
    .select('document.slug')
    .limit(1)
    .executeTakeFirstOrThrow()
  const [rows] = await listed(`/dokument/${slug}`)
  expect(rows?.length).toBeGreaterThan(0)
})
