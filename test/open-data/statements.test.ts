import { type Kysely, type KyselyPlugin, type RawBuilder, sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import type { App } from '../../src/http/server.ts'
import { countStatement, readListQuestion, rowsStatement } from '../../src/open-data/questions.ts'
import { type Filter, registersOf } from '../../src/open-data/registers.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { multiply } from '../support/many.ts'

// What an answer of the API costs the database: as many statements however many rows, and none that reads the whole of
// a register that grows with every meeting.

let db: Kysely<Database>
let app: App
let asked = 0
const counter: KyselyPlugin = {
  transformQuery: ({ node }) => {
    asked += 1
    return node
  },
  transformResult: async ({ result }) => result,
}
const few: Record<string, { statements: number; rows: number }> = {}
const registers = registersOf('http://x')
const lists = [
  '/api/v1/decisions?limit=200',
  '/api/v1/agenda-items?limit=200',
  '/api/v1/meetings?limit=200',
  '/api/v1/decisions.csv',
]

/** The least of three: what the portal does by itself meanwhile is counted too. */
async function costOf(url: string) {
  let statements = Number.POSITIVE_INFINITY
  let rows = 0
  for (let tries = 0; tries < 3; tries += 1) {
    asked = 0
    const response = await app.inject(url)
    expect(response.statusCode, response.body).toBe(200)
    statements = Math.min(statements, asked)
    rows = url.includes('.csv') ? response.body.split('\r\n').length : response.json().items.length
  }
  return { statements, rows }
}

beforeAll(async () => {
  db = await kalmarDatabase()
  app = await startApp({ db: db.withPlugin(counter) })
  for (const url of lists) few[url] = await costOf(url)
  await multiply(db, 25)
}, 60_000)
afterAll(() => app?.close())

test.each(lists)('%s takes as many statements for many rows as for few', async (url) => {
  const many = await costOf(url)
  expect(many.rows).toBeGreaterThan(few[url]?.rows as number)
  expect(many.statements).toBe(few[url]?.statements)
})

test.each(['/oppna-data', '/api/v1/openapi.json'])('%s looks up one row of each register', async (url) => {
  asked = 0
  expect((await app.inject(url)).statusCode).toBe(200)
  expect(asked).toBeLessThan(4 * registers.length)
})

/** What grows: the whole of one of these is never read for a page of a list, nor for counting a narrow choice. */
const growing = new Set([
  ...['meeting', 'agenda_item', 'attendance', 'decision', 'effect', 'person', 'membership', 'matter', 'document'],
  ...['party_position', 'activity', 'milestone', 'follow_up', 'assignment', 'row_modified'],
])

type Plan = { 'Node Type': string; 'Relation Name'?: string; 'Index Cond'?: string; Plans?: Plan[] }

/**
 * Registers that the statement cannot do without reading whole. Reading whole is what the planner likes best while a
 * register is small, so it is asked what it would do if that were dear.
 * @param inOrder whether reading on in the order of an index until the page is full is as good
 */
async function readWhole(statement: RawBuilder<unknown>, inOrder: boolean): Promise<string[]> {
  const found: string[] = []
  const walk = (plan: Plan) => {
    const table = plan['Relation Name'] ?? ''
    const whole = plan['Node Type'] === 'Seq Scan' || (plan['Node Type'].startsWith('Index') && !plan['Index Cond'])
    if (growing.has(table) && whole && !(inOrder && plan['Node Type'].startsWith('Index'))) found.push(table)
    for (const below of plan.Plans ?? []) walk(below)
  }
  await db.transaction().execute(async (trx) => {
    await sql`set local enable_seqscan = off`.execute(trx)
    const { rows } = await sql<{ 'QUERY PLAN': { Plan: Plan }[] }>`explain (format json) ${statement}`.execute(trx)
    for (const { Plan } of rows[0]?.['QUERY PLAN'] ?? []) walk(Plan)
  })
  return found
}

/** Filters that leave few rows of any register. */
const fewLeft = new Set(['meeting', 'person', 'document', 'modifiedSince'])

/** Values that leave few rows, as somebody would ask. */
async function narrowValues(): Promise<Record<string, string>> {
  const slugOf = async (table: string) =>
    (await sql<{ slug: string }>`select slug from ${sql.table(table)} order by id limit 1 offset 3`.execute(db)).rows[0]
      ?.slug ?? 'x'
  return {
    meeting: await slugOf('meeting'),
    person: await slugOf('person'),
    plan: await slugOf('plan'),
    document: await slugOf('document'),
    modifiedSince: new Date(Date.now() + 60_000).toISOString(),
  }
}

test.each(registers)('$name is read by its indexes: in order, by id, and by each filter', async (register) => {
  const values = await narrowValues()
  const whole: Record<string, string[]> = {}
  const look = async (what: string, statement: RawBuilder<unknown>, inOrder = true) => {
    const found = await readWhole(statement, inOrder)
    if (found.length > 0) whole[what] = found
  }
  await look('in order', rowsStatement(register, [], 50, 0))
  for (const id of ['1', 'kalmar', '2025-12-12-lansgemensam-ledning.7b']) {
    await look(`id ${id}`, rowsStatement(register, [register.named(id)], 1, 0))
  }
  const filters = Object.entries<Pick<Filter, 'is'>>({ ...register.filters, modifiedSince: { is: 'slug' } })
  for (const [name, { is }] of filters) {
    const some = is === 'day' ? '2025-12-12' : is === 'year' ? '2025' : is === 'slug' ? 'kalmar' : (is[0] ?? '')
    const { where } = readListQuestion(register, { [name]: values[name] ?? some })
    await look(name, rowsStatement(register, where, 50, 0))
    // How many there are of a kind or in a state is counted by reading them; how many of a narrow choice is not.
    if (fewLeft.has(name)) await look(`count of ${name}`, countStatement(register, where), false)
  }
  expect(whole).toEqual({})
})
