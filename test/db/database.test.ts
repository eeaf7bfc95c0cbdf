import { sql } from 'kysely'
import pg from 'pg'
import { expect, test } from 'vitest'
import { openDatabase, withoutPassword } from '../../src/db/database.ts'
import { lastDay } from '../../src/db/ranges.ts'
import { day, lastDayOf, type Precision } from '../../src/kernel/dates.ts'
import { systemReason } from '../../src/kernel/system-errors.ts'
import { freshDatabase, urlsOf } from '../support/database.ts'

const db = await freshDatabase()

async function value(expression: ReturnType<typeof sql<unknown>>): Promise<unknown> {
  return (await sql<{ value: unknown }>`select ${expression} as value`.execute(db)).rows[0]?.value
}

test('a date is the day that was written, whatever time zone the machine is in', async () => {
  expect(await value(sql`date '2025-12-12'`)).toBe('2025-12-12')
  expect(await value(sql`array[date '2025-12-12', null]`)).toEqual(['2025-12-12', null])
  expect(await value(sql`daterange('2025-12-12', null)`)).toBe('[2025-12-12,)')
})

test.each([
  ['2024-02-29', 'day'],
  ['2024-02-01', 'month'],
  ['2023-12-01', 'season'],
  ['2025-10-01', 'quarter'],
  ['2025-07-01', 'half_year'],
  ['2024-01-01', 'year'],
] as const)(
  'the period of %s (%s) ends on the same day in a question as on a page',
  async (of, precision: Precision) => {
    const { rows } = await sql<{ last: string }>`
    select ${lastDay('known.on', 'known.precision')} as last from (
      values (${of}::date, ${precision}::date_precision)) known ("on", precision)`.execute(db)
    expect(rows[0]?.last).toBe(lastDayOf(day(of), precision))
  },
)

test('counts are numbers, and one too large for a number is refused rather than rounded', async () => {
  expect(await value(sql`count(*)`)).toBe(1)
  expect(await value(sql`array[9007199254740991::bigint]`)).toEqual([9007199254740991])
  await expect(value(sql`9007199254740993::bigint`)).rejects.toThrow('9007199254740993')
})

test('a numeric keeps every decimal', async () => {
  expect(await value(sql`0.10::numeric`)).toBe('0.10')
})

test('an event late in the evening in UTC is on the next day in the county', async () => {
  expect(await value(sql`(timestamptz '2025-12-12 23:30Z')::date`)).toBe('2025-12-13')
})

test('a moment is the same however old, however exact, and whichever clock it was noted by', async () => {
  const moments = ['2026-03-29 00:59:59.987654Z', '1862-01-01 12:00Z', '9999-12-31 22:00Z', '0844-03-15 12:00Z']
  for (const one of moments) {
    const [date, epoch] = [
      await value(sql`${one}::timestamptz`),
      await value(sql`extract(epoch from ${one}::timestamptz)`),
    ]
    expect((date as Date).getTime()).toBe(Math.floor(Number(epoch) * 1000))
  }
  expect(await value(sql`timestamptz 'infinity'`)).toBe(Number.POSITIVE_INFINITY)
})

test('a connection that breaks while idle does not end the process', async () => {
  const broken: Error[] = []
  const other = openDatabase(urlsOf(db).appUrl, { max: 1, onIdleError: (error) => broken.push(error) })
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(other)
  const killer = new pg.Client({ connectionString: urlsOf(db).superuserUrl })
  await killer.connect()
  await killer.query('select pg_terminate_backend($1)', [rows[0]?.pid])
  await killer.end()
  await expect.poll(() => broken.length).toBe(1)
  expect((await sql`select 1`.execute(other)).rows).toHaveLength(1)
  await other.destroy()
})

test('a connection that breaks within a transaction fails that transaction alone', async () => {
  const other = openDatabase(urlsOf(db).appUrl, { max: 1 })
  const transaction = other.transaction().execute(async (trx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx)
    const killer = new pg.Client({ connectionString: urlsOf(db).superuserUrl })
    await killer.connect()
    await killer.query('select pg_terminate_backend($1)', [rows[0]?.pid])
    await killer.end()
    await new Promise((resolve) => setTimeout(resolve, 200))
    await sql`select 1`.execute(trx)
  })
  await expect(transaction).rejects.toThrow()
  expect((await sql`select 1`.execute(other)).rows).toHaveLength(1)
  await other.destroy()
})

test('what goes wrong is told in Swedish, without the password', async () => {
  const url = new URL(urlsOf(db).appUrl)
  url.password = 'hemligt'
  const wrong = openDatabase(url.href)
  const error = await sql`select 1`.execute(wrong).catch((reason) => reason)
  await wrong.destroy()
  expect(systemReason(error)).toBe('fel användare eller lösenord (28P01)')
  expect(withoutPassword('postgres://portal_app:hemligt@db.example.se:5432/portal')).toBe(
    'portal_app@db.example.se:5432/portal',
  )
  expect(withoutPassword('postgres://portal_app:hemligt@%2Frun%2Fpostgresql:5432/portal')).toBe(
    'portal_app@/run/postgresql:5432/portal',
  )
})

test('a list of ids is one parameter, so that it is the same statement however many they are', async () => {
  const db = openDatabase('postgres://nobody@localhost/nothing')
  const asked = (ids: number[]) => db.selectFrom('person').select('id').where('id', 'in', ids).compile()
  expect(asked([1, 2, 3])).toMatchObject({ sql: asked([4]).sql, parameters: [[1, 2, 3]] })
  await db.destroy()
})

test('a statement holds how many rows are wanted and which states, and never a word that somebody typed', async () => {
  const db = openDatabase('postgres://nobody@localhost/nothing')
  const asked = (state: string, title: string) =>
    db
      .selectFrom('decision')
      .select('id')
      .where('state', '=', state as never)
      .where('kind', 'in', ['decision', 'position'])
      .where('title', '=', title)
      .limit(20)
      .offset(0)
      .compile()
  expect(asked('carried_out', 'open')).toMatchObject({
    sql: `select "id" from "decision" where "state" = 'carried_out' and "kind" in ('decision', 'position') and "title" = $1 limit 20 offset 0`,
    parameters: ['open'],
  })
  for (const typed of ["x' or true --", "x''", 'x\\', 'Carried out', '']) {
    expect(asked(typed, 'open').parameters).toEqual([typed, 'open'])
  }
  await db.destroy()
})

test('all pages of a list after the first are one statement', async () => {
  const db = openDatabase('postgres://nobody@localhost/nothing')
  const page = (offset: number) => db.selectFrom('decision').select('id').limit(20).offset(offset).compile()
  expect(page(40).sql).toBe(page(800).sql)
  expect(page(800).parameters).toEqual([800])
  expect(page(0)).toMatchObject({ sql: 'select "id" from "decision" limit 20 offset 0', parameters: [] })
  await db.destroy()
})
