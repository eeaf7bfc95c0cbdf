import { type RawBuilder, sql } from 'kysely'
import { afterEach, describe, expect, test } from 'vitest'
import { openDatabase, poolOf } from '../../src/db/database.ts'
import { freshDatabase, openAsOwner, urlsOf } from '../support/database.ts'

const db = await freshDatabase()
const opened: ReturnType<typeof openDatabase>[] = []
const open = (options: Parameters<typeof openDatabase>[1] = {}) => {
  const other = openDatabase(urlsOf(db).appUrl, options)
  opened.push(other)
  return other
}
afterEach(async () => {
  for (const other of opened.splice(0)) await other.destroy()
})

const ask = async (on: Pick<typeof db, 'selectNoFrom'>, expression: RawBuilder<unknown>) =>
  (await on.selectNoFrom(expression.as('value')).executeTakeFirstOrThrow()).value
const backend = sql<number>`pg_backend_pid()`
const numbers = Array.from({ length: 40 }, (_, number) => number)

describe('questions that are asked at the same moment', () => {
  test('get each its own answer, over a few connections', async () => {
    const other = open()
    const answers = await Promise.all(numbers.map((number) => ask(other, sql`${number}::int`)))
    expect(answers).toEqual(numbers)
    const backends = new Set(await Promise.all(numbers.map(() => ask(other, backend))))
    expect(backends.size).toBeGreaterThan(1)
    expect(backends.size).toBeLessThanOrEqual(4)
    expect(poolOf(other)).toMatchObject({ totalCount: backends.size, idleCount: backends.size, waitingCount: 0 })
  })

  test('succeed and fail each for itself, and who asked what failed is told', async () => {
    const other = open({ statementTimeout: 300 })
    const wrong: Record<number, [RawBuilder<unknown>, string]> = {
      3: [sql`1 / 0`, 'division by zero'],
      10: [sql`nowhere.nothing()`, 'does not exist'],
      11: [sql`9007199254740993::bigint`, '9007199254740993'],
      20: [sql`pg_sleep(5)`, 'statement timeout'],
    }
    const answers = await Promise.allSettled(
      numbers.map((number) => ask(other, wrong[number]?.[0] ?? sql`${number}::int`)),
    )
    for (const [number, answer] of answers.entries()) {
      const message = wrong[number]?.[1]
      if (message === undefined) expect(answer).toEqual({ status: 'fulfilled', value: number })
      else {
        const { reason } = answer as PromiseRejectedResult
        expect(reason.message).toContain(message)
        expect(reason.stack).toContain('questions.test.ts')
      }
    }
    // And the same again, on the connections where they failed.
    await expect(ask(other, sql`1 / 0`)).rejects.toThrow('division by zero')
    await expect(ask(other, sql`nowhere.nothing()`)).rejects.toThrow('does not exist')
    expect(await ask(other, sql`'well'`)).toBe('well')
  })

  test('all fail when their connections break, and the next are answered', async () => {
    const other = open()
    const asked = Promise.allSettled(numbers.map(() => ask(other, sql`pg_sleep(30)`)))
    const killed = () =>
      sql<{ pid: number }>`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid()`.execute(
        superuser,
      )
    const superuser = openDatabase(urlsOf(db).superuserUrl)
    opened.push(superuser)
    await expect.poll(async () => (await killed()).rows.length).toBeGreaterThan(0)
    let left = true
    const answers = await Promise.race([
      asked.finally(() => {
        left = false
      }),
      (async () => {
        while (left) await killed()
        return await asked
      })(),
    ])
    expect(answers.map(({ status }) => status)).toEqual(numbers.map(() => 'rejected'))
    expect(await Promise.all(numbers.map((number) => ask(other, sql`${number}::int`)))).toEqual(numbers)
    const { totalCount = 0, idleCount = 0 } = poolOf(other) ?? {}
    expect(idleCount).toBe(totalCount)
  })

  test('are refused, and none is forgotten, when no connection is to be had', async () => {
    const nowhere = openDatabase(urlsOf(db).appUrl.replace(/\/[^/?]+(\?|$)/, '/no_such_database$1'))
    opened.push(nowhere)
    const answers = await Promise.allSettled(numbers.map(() => ask(nowhere, sql`1`)))
    for (const answer of answers) expect((answer as PromiseRejectedResult).reason.message).toContain('no_such_database')
    const closed = openDatabase(urlsOf(db).appUrl)
    const last = Promise.all(numbers.map((number) => ask(closed, sql`${number}::int`)))
    await ask(closed, sql`1`)
    await closed.destroy()
    expect(await last).toEqual(numbers)
    await expect(ask(closed, sql`1`)).rejects.toThrow('destroyed')
  })
})

describe('a transaction', () => {
  test('asks on its own connection, and sees what it has written before anybody else does', async () => {
    const owner = openAsOwner(db)
    opened.push(owner)
    await sql`create table noted (note text)`.execute(owner)
    const notes = (on: Pick<typeof db, 'selectNoFrom'>) => ask(on, sql`(select count(*) from noted)`)
    await owner.transaction().execute(async (trx) => {
      await sql`insert into noted values ('a')`.execute(trx)
      const seen = await Promise.all([notes(trx), notes(owner), notes(trx), ask(trx, backend), ask(trx, backend)])
      expect(seen.slice(0, 3)).toEqual([1, 0, 1])
      expect(seen[3]).toBe(seen[4])
    })
    expect(await notes(owner)).toBe(1)
    await expect(
      owner.transaction().execute(async (trx) => {
        await sql`insert into noted values ('b')`.execute(trx)
        await ask(trx, sql`1 / 0`)
      }),
    ).rejects.toThrow('division by zero')
    expect(await notes(owner)).toBe(1)
  })

  test('that only reads may not write, and gives its connection back', async () => {
    const other = open({ max: 1 })
    const reading = other
      .transaction()
      .setAccessMode('read only')
      .execute(async (trx) => {
        expect(await ask(trx, sql`current_setting('transaction_read_only')`)).toBe('on')
        await sql`create temporary table not_here (note text)`.execute(trx)
      })
    await expect(reading).rejects.toThrow('read-only transaction')
    expect(await ask(other, sql`current_setting('transaction_read_only')`)).toBe('off')
  })
})

test('whoever holds a connection asks on that one from what he first set there', async () => {
  const other = open()
  await other.connection().execute(async (held) => {
    await sql`set application_name = 'held'`.execute(held)
    const names = await Promise.all([1, 2, 3].map(() => ask(held, sql`current_setting('application_name')`)))
    expect(names).toEqual(['held', 'held', 'held'])
    await sql`reset application_name`.execute(held)
  })
})

test('every connection begins with the same settings', async () => {
  const other = open({ statementTimeout: 1234 })
  const asked = numbers.map(() =>
    ask(
      other,
      sql`concat_ws(' ', current_setting('timezone'), current_setting('jit'), current_setting('statement_timeout'))`,
    ),
  )
  expect(new Set(await Promise.all(asked))).toEqual(new Set(['Europe/Stockholm off 1234ms']))
})
