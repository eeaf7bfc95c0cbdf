import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { kalmarDatabase, urlsOf } from '../support/database.ts'
import { episodes, imported } from './support/imported.ts'
import { episodeHeader, summaryHeader } from './support/reading.ts'
import { workbook } from './support/xlsx.ts'

let db: Kysely<Database>
let folder: string
const cli = resolve(import.meta.dirname, '../../src/cli.ts')

beforeAll(async () => {
  db = await kalmarDatabase()
  folder = mkdtempSync(join(tmpdir(), 'portal-discharge-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(async () => {
  await sql`delete from discharge_batch`.execute(db)
  await sql`delete from discharge_publication`.execute(db)
})

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [cli, ...args], {
    env: { ...process.env, DATABASE_URL: urlsOf(db).appUrl, INIT_CWD: folder },
  })
}

function ended(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((done) => {
    let [out, err] = ['', '']
    child.stdout?.on('data', (text) => {
      out += text
    })
    child.stderr?.on('data', (text) => {
      err += text
    })
    child.on('close', (code) => done({ code, out, err }))
  })
}

const run = (...args: string[]) => ended(start(...args))
const put = (name: string, content: string | Buffer) => {
  writeFileSync(join(folder, name), content)
  return name
}
describe('import-discharge-days', () => {
  test('exit 0 when it is imported; again changes nothing and is also 0', async () => {
    const file = put('a.csv', episodes(40))
    const tried = await run('import-discharge-days', file, '--dry-run')
    expect(tried.code, tried.err).toBe(0)
    expect(tried.out).toContain('Provkörning: inget är inläst')
    expect(await imported(db)).toMatchObject({ batches: 0 })
    const first = await run('import-discharge-days', file, '--json')
    expect(first.code, first.err).toBe(0)
    expect(JSON.parse(first.out)).toMatchObject({ imported: true, accepted: 40, rejected: 0, kind: 'episodes' })
    const again = await run('import-discharge-days', file, '--json')
    expect(again.code).toBe(0)
    expect(JSON.parse(again.out)).toMatchObject({ imported: false, alreadyImported: true })
    expect(await imported(db)).toMatchObject({ batches: 1, episodes: 40, counted: 40, publications: 1 })
  })

  test('exit 1 when rows are rejected and nothing is written; --accept-rejected takes the rest', async () => {
    const file = put('b.csv', `${episodes(5)}\nVäxjö;HSF;2025-11-03;2025-11-04;X\n`)
    const refused = await run('import-discharge-days', file)
    expect(refused.code).toBe(1)
    expect(refused.out).toContain('Rad 7, kolumn 1 (kommun): är ingen av länets kommuner')
    expect(await imported(db)).toMatchObject({ batches: 0 })
    const rest = await run('import-discharge-days', file, '--accept-rejected', '--json')
    expect(rest.code, rest.err).toBe(0)
    expect(JSON.parse(rest.out)).toMatchObject({
      imported: true,
      accepted: 5,
      rejected: 1,
      rejections: [{ line: 7, column: 1, header: 'kommun' }],
    })
  })

  test.each<[string, string, string | Buffer]>([
    ['an empty file', 'Filen är tom', ''],
    [
      'a personal identity number',
      'Rad 2, kolumn 5: något ser ut som ett personnummer',
      `${episodeHeader}\nKalmar;HSF;2025-11-03;2025-11-04;811218-9876\n`,
    ],
    ['unknown headers', 'Rubrikerna är: A | B | C | D', 'A;B;C;D\nKalmar;HSF;2025-11-03;2025-11-04\n'],
    ['a broken workbook', 'ingen hel XLSX-fil', workbook([['a']]).subarray(0, 50)],
  ])('exit 2 for %s', async (_name, message, content) => {
    const refused = await run('import-discharge-days', put('c.csv', content), '--json')
    expect(refused.code, refused.err).toBe(2)
    expect(JSON.parse(refused.out).error).toContain(message)
    expect(refused.out + refused.err).not.toContain('9876')
    expect(await imported(db)).toMatchObject({ batches: 0 })
  })

  test('exit 2 for a file that is not there, and for no file', async () => {
    expect((await run('import-discharge-days', 'finns-inte.csv')).code).toBe(2)
    expect((await run('import-discharge-days')).code).toBe(2)
    expect((await run('import-discharge-days', 'a.csv', '--okand')).code).toBe(2)
  })

  test('headers explained once are remembered, workbooks and county totals are read', async () => {
    const file = put('d.csv', 'A;B;C;D\nKalmar;HSF;2025-11-03;2025-11-04\n')
    const explained = await run(
      'import-discharge-days',
      file,
      '--columns',
      'kommun=A;förvaltning=B;utskrivningsklar=C;utskriven=D',
    )
    expect(explained.code, explained.out + explained.err).toBe(0)
    expect((await run('import-discharge-days', put('e.csv', 'A;B;C;D\nNybro;HSF;2025-12-03;2025-12-04\n'))).code).toBe(
      0,
    )
    const book = put('f.xlsx', workbook([summaryHeader.split(';'), ['', 'PF', '2025-Q4', 120, 40, null]]))
    expect((await run('import-discharge-days', book)).code).toBe(0)
    expect(await imported(db)).toMatchObject({ batches: 3 })
  })
})

describe('nothing is half', () => {
  test('the same file at the same moment from two processes is imported once', async () => {
    const file = put('two.csv', episodes(2000))
    const outcomes = await Promise.all([
      run('import-discharge-days', file, '--json'),
      run('import-discharge-days', file, '--json'),
    ])
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0])
    expect(outcomes.map(({ out }) => JSON.parse(out).imported).toSorted()).toEqual([false, true])
    expect(await imported(db)).toMatchObject({ batches: 1, episodes: 2000, counted: 2000, publications: 1 })
  })
})

test('invented figures are loaded and removed by command', async () => {
  expect(JSON.parse((await run('load-example-data', '--json')).out)).toEqual({ loaded: true })
  expect(JSON.parse((await run('load-example-data', '--json')).out)).toEqual({ loaded: false })
  expect(JSON.parse((await run('remove-example-data', '--json')).out)).toEqual({ removed: 1 })
  expect(await imported(db)).toMatchObject({ batches: 0, publications: 0 })
})
