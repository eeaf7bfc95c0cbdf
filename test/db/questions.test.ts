import { type RawBuilder, sql } from 'kysely'
import { afterEach, describe, expect, test } from 'vitest'
import { openDatabase, poolOf } from '../../src/db/database.ts'
import { mostConnections } from '../../src/db/questions.ts'
import { freshDatabase, openAsOwner, urlsOf } from '../support/database.ts'
import { openLine } from '../support/proxy.ts'

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
    expect(backends.size).toBeLessThanOrEqual(mostConnections)
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

  test('are sent before any of them is answered', async () => {
    const line = await openLine(urlsOf(db).appUrl)
    const other = openDatabase(line.url)
    // The connections are made, so that from here on only questions are sent.
    await Promise.all(numbers.map((number) => ask(other, sql`${number}::int`)))
    line.hold(numbers.map((number) => `question ${number};`))
    const answers = await Promise.all(numbers.map((number) => ask(other, sql`${`question ${number};`}::text`)))
    expect(answers).toEqual(numbers.map((number) => `question ${number};`))
    await other.destroy()
    await line.close()
  })

  test('fail when the connection breaks that they were asked on, and the others are answered', async () => {
    const other = open()
    const superuser = openDatabase(urlsOf(db).superuserUrl)
    opened.push(superuser)
    const asked = Promise.allSettled(numbers.map(() => ask(other, sql`(pg_sleep(0.05), pg_backend_pid())::text`)))
    const broken = await expect
      .poll(async () => {
        const { rows } = await sql<{ pid: number }>`select pid, pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and query like '%pg_sleep%' and pid <> pg_backend_pid() limit 1`.execute(
          superuser,
        )
        return rows[0]
      })
      .toBeDefined()
      .then(() => asked)
    const failed = broken.filter(({ status }) => status === 'rejected')
    expect(failed.length).toBeGreaterThan(0)
    expect(failed.length).toBeLessThanOrEqual(numbers.length / 2)
    expect(await Promise.all(numbers.map((number) => ask(other, sql`${number}::int`)))).toEqual(numbers)
    const { totalCount = 0, idleCount = 0 } = poolOf(other) ?? {}
    expect(idleCount).toBe(totalCount)
  })

  test('of the same words all tell why the first of them could not be prepared', async () => {
    const owner = openAsOwner(db)
    opened.push(owner)
    await sql`create table locked (note text)`.execute(owner)
    await sql`grant select on locked to public`.execute(owner)
    const other = open({ max: 1, statementTimeout: 100 })
    const notes = () => ask(other, sql`(select count(*) from locked)`)
    await owner.transaction().execute(async (trx) => {
      await sql`lock table locked in access exclusive mode`.execute(trx)
      const answers = await Promise.allSettled([notes(), notes(), notes()])
      expect(answers.map((answer) => (answer as PromiseRejectedResult).reason.code)).toEqual([
        '57014',
        '57014',
        '57014',
      ])
    })
    expect(await Promise.all([notes(), notes(), notes()])).toEqual([0, 0, 0])
  })

  test('have each the whole time that a question may take, though one waits for the other', async () => {
    // A connection without an answer is given up five seconds after the server should have broken off the statement.
    const other = open({ statementTimeout: 1_500 })
    const slow = numbers.slice(0, 6 * mostConnections)
    const answers = await Promise.all(slow.map((number) => ask(other, sql`(pg_sleep(1.2), ${number}::int)::text`)))
    expect(answers).toEqual(slow.map((number) => `("",${number})`))
  })

  test('are refused, and none is forgotten, when no connection is to be had', async () => {
    const nowhere = openDatabase(urlsOf(db).appUrl.replace(/\/[^/?]+(\?|$)/, '/no_such_database$1'))
    opened.push(nowhere)
    const answers = await Promise.allSettled(numbers.map(() => ask(nowhere, sql`1`)))
    for (const answer of answers) expect((answer as PromiseRejectedResult).reason.message).toContain('no_such_database')
    const unready = open({ statementTimeout: -5 })
    for (let tries = 0; tries < 2; tries += 1) {
      const refused = await Promise.allSettled(numbers.map(() => ask(unready, sql`1`)))
      for (const answer of refused) {
        expect((answer as PromiseRejectedResult).reason.message).toContain('outside the valid range')
      }
    }
    expect(poolOf(unready)).toMatchObject({ totalCount: 0, waitingCount: 0 })
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
