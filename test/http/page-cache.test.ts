import { request as ask } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { change, systemActor } from '../../src/audit/work.ts'
import { hearChanges } from '../../src/db/change-channel.ts'
import { openDatabase } from '../../src/db/database.ts'
import { currencyOf } from '../../src/http/page-cache.ts'
import { anyone } from '../../src/http/permissions.ts'
import type { App } from '../../src/http/server.ts'
import { day } from '../../src/kernel/dates.ts'
import { account, sessionCookie } from '../support/accounts.ts'
import { serverWith, startApp } from '../support/app.ts'
import { kalmarDatabase, openAsOwner, urlsOf } from '../support/database.ts'
import { asSuperuser } from '../support/test-server.ts'

// Two processes of the portal beside each other on one database, each with a pool, a channel and pages of its own.

const page = '/moten-och-protokoll/2025-12-12-lansgemensam-ledning'
const silent = { warn: () => {}, info: () => {} }
let today = day('2026-03-10')

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }

const db = await kalmarDatabase()

async function process(env: Record<string, string> = {}) {
  const own = openDatabase(urlsOf(db).appUrl, { name: 'test: process', max: 4 })
  const heard = hearChanges(urlsOf(db).appUrl, silent)
  /** Of the answers so far; `last`: of the last one. One that is made has a number of its own, a kept one has none. */
  const answered = { made: 0, kept: 0, last: 'made' as 'made' | 'kept' }
  const app: App = await startApp({
    db: own,
    today: () => today,
    env,
    currency: currencyOf(own, heard),
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<Answer>((done, fail) => {
      const asked = ask({ port, host: '127.0.0.1', path, headers, method, agent: false }, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part) => parts.push(part))
        answer.on('end', () => {
          answered.last = answer.headers['x-request-id'] === undefined ? 'kept' : 'made'
          answered[answered.last] += 1
          done({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) })
        })
      })
      asked.on('error', fail)
      asked.end()
    })
  return {
    db: own,
    heard,
    get,
    answered,
    /** How the page was answered last: from what was kept, or not. */
    wasKept: () => answered.last === 'kept',
    /** Asks until the answer comes out of what is kept. */
    async warm(path: string) {
      for (let tries = 0; tries < 100; tries += 1) {
        const answer = await get(path)
        if (answered.last === 'kept') return answer
        await sleep(10)
      }
      throw new Error(`${path} is never answered from what is kept`)
    },
    metrics: () => app.metrics.metrics(),
    async close() {
      app.server.closeAllConnections()
      await app.close()
      await heard.close()
      await own.destroy()
    },
  }
}

type Process = Awaited<ReturnType<typeof process>>

/** Gives the meeting another title, as some form would. */
const rename = (from: Process, title: string) =>
  change(from.db, systemActor, async (work) => {
    await work.trx
      .updateTable('meeting')
      .set({ title })
      .where('slug', '=', page.split('/')[2] as never)
      .execute()
    await work.record('meeting.changed', 'meeting/test', { title })
  })

let one: Process
let two: Process
beforeAll(async () => {
  one = await process()
  two = await process()
})
afterAll(async () => {
  await one.close()
  await two.close()
})

describe('a page that readers share', () => {
  test('is rendered once and then answered from what is kept, the same to the last byte', async () => {
    const first = await one.get(page)
    const kept = await one.warm(page)
    expect(kept.body.equals(first.body)).toBe(true)
    // A request's own number and time; what varies with the reader's browser is said also of what is not compressed.
    const without = ({ headers: { date: _, 'x-request-id': __, 'keep-alive': ___, vary: ____, ...rest } }: Answer) =>
      rest
    expect(without(kept)).toEqual(without(first))
    expect(kept.headers['content-security-policy']).toContain("default-src 'self'")
  })

  test('is not sent again to whoever has it', async () => {
    const { headers } = await one.warm(page)
    const again = await one.get(page, { 'if-none-match': String(headers.etag) })
    expect([again.status, again.body.length, one.wasKept()]).toEqual([304, 0, true])
    expect(again.headers.etag).toBe(headers.etag)
  })

  test('is sent compressed to whoever can read that', async () => {
    const plain = await one.warm(page)
    for (const [accept, encoding, unpack] of [
      ['gzip, deflate, br', 'br', brotliDecompressSync],
      ['gzip', 'gzip', gunzipSync],
      ['br;q=0, gzip', 'gzip', gunzipSync],
    ] as const) {
      for (const _ of [1, 2]) {
        const packed = await one.get(page, { 'accept-encoding': accept })
        expect([packed.headers['content-encoding'], one.wasKept()]).toEqual([encoding, true])
        expect(packed.headers.vary).toContain('accept-encoding')
        expect(unpack(packed.body).equals(plain.body)).toBe(true)
        expect(packed.body.length).toBe(Number(packed.headers['content-length']))
      }
    }
  })

  test('answers HEAD with its head alone', async () => {
    const { headers } = await one.warm(page)
    const head = await one.get(page, {}, 'HEAD')
    expect([head.body.length, head.headers['content-length'], one.wasKept()]).toEqual([
      0,
      headers['content-length'],
      true,
    ])
  })

  test('is rendered anew for whoever is signed in, and that page is kept for nobody', async () => {
    await one.warm(page)
    const { id } = await account(db, ['administrator'])
    const mine = await one.get(page, { cookie: await sessionCookie(db, id) })
    expect(one.wasKept()).toBe(false)
    expect(mine.body.toString()).toContain('Logga ut')
    expect((await one.get(page)).body.toString()).not.toContain('Logga ut')
  })

  test('is another one the next day', async () => {
    await one.warm(page)
    today = day('2026-03-11')
    await sleep(150)
    await one.get(page)
    expect(one.wasKept()).toBe(false)
    today = day('2026-03-10')
    await sleep(150)
  })

  test('that does not exist, or cannot be shared, is never kept', async () => {
    for (const path of ['/moten-och-protokoll/finns-inte', '/logga-in', '/readyz']) {
      for (const _ of [1, 2, 3]) await one.get(path)
      expect([path, one.wasKept()]).toEqual([path, false])
    }
  })

  test('takes no more room than it is given', async () => {
    const small = await process({ PAGE_CACHE_MB: '1' })
    for (let number = 0; number < 200; number += 1) await small.get(`/kakor?${number}`)
    expect(small.answered).toMatchObject({ made: 200, kept: 0 })
    await small.get('/kakor?0')
    expect(small.wasKept()).toBe(false)
    await small.warm('/kakor?199')
    await small.close()
  })
})

describe('a change', () => {
  test('is seen at once in the process that made it, and within a second in another', async () => {
    for (let round = 0; round < 20; round += 1) {
      await one.warm(page)
      await two.warm(page)
      const title = `Möte nummer ${round}`
      await rename(one, title)
      const committed = performance.now()
      expect((await one.get(page)).body.toString()).toContain(title)
      let seen = false
      while (!seen) {
        seen = (await two.get(page)).body.toString().includes(title)
        if (!seen && performance.now() - committed > 1_000) break
      }
      expect(seen).toBe(true)
    }
  })

  test('among many changes and readers no answer is older than it may be', async () => {
    let [number, old] = [1000, 1000]
    await rename(one, `Möte nummer ${number}`)
    const history: { number: number; at: number }[] = [{ number, at: performance.now() }]
    const until = performance.now() + 4_000
    const half = performance.now() + 2_000
    const faults: string[] = []
    const numberIn = (answer: Answer) => Number(/Möte nummer (\d+)/.exec(answer.body.toString())?.[1])
    /** The newest number that was committed before the moment. */
    const newestBefore = (moment: number) => history.findLast(({ at }) => at <= moment)?.number ?? 0

    async function writer() {
      while (performance.now() < until) {
        number += 1
        const next = number
        // For longer than a page may be old, one of them hears of changes only from the other.
        const by = performance.now() < half ? one : two
        await rename(by, `Möte nummer ${next}`)
        history.push({ number: next, at: performance.now() })
        // The one who changed it reads it back at once.
        const back = numberIn(await by.get(page))
        if (back < next) faults.push(`wrote ${next} and read back ${back}`)
        await sleep(Math.random() * 60)
      }
    }
    async function reader(from: Process) {
      while (performance.now() < until) {
        const asked = performance.now()
        const read = numberIn(await from.get(page))
        if (read < newestBefore(asked - 1_000))
          faults.push(`read ${read}, newest a second ago ${newestBefore(asked - 1_000)}`)
        old = Math.min(old, read)
      }
    }
    await Promise.all([writer(), ...[one, one, two, two].map(reader)])
    expect(faults).toEqual([])
    expect(history.length).toBeGreaterThan(2)
    expect(one.answered.kept).toBeGreaterThan(2)
  }, 30_000)

  test('that is undone changes nothing', async () => {
    const { body } = await one.warm(page)
    await expect(
      change(one.db, systemActor, async (work) => {
        await work.trx
          .updateTable('meeting')
          .set({ title: 'Aldrig' })
          .where('slug', '=', page.split('/')[2] as never)
          .execute()
        await work.record('meeting.changed', 'meeting/test')
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect((await one.get(page)).body.equals(body)).toBe(true)
  })

  test('leaves no room taken by what was kept before it', async () => {
    const own = await process()
    const bytes = async () => Number(/^portal_kept_pages_bytes (\d+)/m.exec(await own.metrics())?.[1])
    await own.warm(page)
    const alone = await bytes()
    for (const path of ['/', '/beslut']) await own.warm(path)
    expect(await bytes()).toBeGreaterThan(alone + 10_000)
    await rename(own, 'Möte med nytt namn')
    await own.warm(page)
    expect(Math.abs((await bytes()) - alone)).toBeLessThan(1_000)
    await own.close()
  })

  test('of an account concerns no page', async () => {
    await one.warm(page)
    await change(two.db, systemActor, async (work) => work.record('account.created', 'account/0'))
    await sleep(100)
    await one.get(page)
    expect(one.wasKept()).toBe(true)
  })
})

describe('when the channel is lost', () => {
  /** Cuts the connection on which the processes listen. */
  const cut = () =>
    asSuperuser(inject('testServer'), (client) =>
      client.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'portal: hears changes' and datname = $1",
        [new URL(urlsOf(db).appUrl).pathname.slice(1)],
      ),
    )

  test('nothing is answered from what was kept, until it is back', async () => {
    await two.warm(page)
    await cut()
    // At most the next question to the connection tells that it is gone.
    const title = 'Ändrat medan ingen hörde'
    await rename(one, title)
    const committed = performance.now()
    let body = ''
    while (!body.includes(title) && performance.now() - committed < 1_000) body = (await two.get(page)).body.toString()
    expect(body).toContain(title)
    await two.warm(page)
    expect((await two.get(page)).body.toString()).toContain(title)
  })

  test('a channel that never hears keeps nothing, but a crowd waits for one rendering', async () => {
    let waited = 0
    const app = await startApp({
      db,
      currency: currencyOf(db, { hearing: () => 'lost', count: () => 0 }),
      env: { LOG_LEVEL: 'info' },
      log: { write: (line) => (waited += JSON.parse(line).times ?? 0) },
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const read = async () => (await fetch(`http://127.0.0.1:${port}${page}`)).text()
    const alone = [await read(), await read(), await read()]
    expect([new Set(alone).size, waited]).toEqual([1, 0])
    const crowd = await Promise.all(Array.from({ length: 40 }, read))
    expect(new Set([...alone, ...crowd]).size).toBe(1)
    // Those who waited are told of once a second.
    await expect.poll(() => waited, { timeout: 5_000 }).toBeGreaterThan(20)
    // Each is counted once: as made, or as answered with what another made.
    const counted = (await app.metrics.metrics()).matchAll(
      /^(?:portal_request_seconds_count|portal_kept_pages_answered_total)\{.*\} (\d+)$/gm,
    )
    expect([...counted].reduce((sum, [, times]) => sum + Number(times), 0)).toBe(alone.length + crowd.length)
    app.server.closeAllConnections()
    await app.close()
  })

  describe('and the page fails', () => {
    /** The first time it is asked for it fails, once it may; after that it is made. */
    async function failing() {
      let asked = 0
      const { promise: may, resolve: fail } = Promise.withResolvers<void>()
      const app = await serverWith(
        (room) => {
          room.get('/', { config: { may: anyone, cache: 'shared' } }, async () => {
            asked += 1
            if (asked > 1) return 'svar'
            await may
            throw new Error('the first one fails')
          })
          room.get('/stor', { config: { may: anyone, cache: 'none' } }, async () => 'x'.repeat(20_000_000))
        },
        { currency: { age: () => 0, state: () => 'unknown' as const } },
      )
      await app.listen({ port: 0, host: '127.0.0.1' })
      const { port } = app.server.address() as AddressInfo
      onTestFinished(async () => {
        app.server.closeAllConnections()
        await app.close()
      })
      return {
        fail,
        /** Somebody asks on a connection of his own, and takes nothing of the answer. */
        asks: async (...paths: string[]) => {
          const socket = connect(port, '127.0.0.1').on('error', () => {})
          socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''))
          await sleep(60)
          return socket
        },
        read: () => fetch(`http://127.0.0.1:${port}/`).then(({ status }) => status),
      }
    }

    test('those who wait are not left waiting when the one who made it has left', async () => {
      const { fail, asks, read } = await failing()
      const maker = await asks('/')
      const others = [read(), read(), read()]
      await sleep(50)
      maker.destroy()
      await sleep(50)
      fail()
      expect(await Promise.all(others)).toEqual([200, 200, 200])
    })

    test('nor when the first of those who wait has left', async () => {
      const { fail, asks, read } = await failing()
      await asks('/')
      const next = await asks('/')
      const others = [read(), read(), read()]
      await sleep(50)
      next.destroy()
      await sleep(50)
      fail()
      expect(await Promise.all(others)).toEqual([200, 200, 200])
    })

    test('nor when the one who made it takes nothing of an answer before it', async () => {
      const { fail, asks, read } = await failing()
      await asks('/stor', '/')
      const others = [read(), read(), read()]
      await sleep(50)
      fail()
      expect(await Promise.all(others)).toEqual([200, 200, 200])
    })
  })

  test('when the one who made the page for a crowd goes away, one other makes it', async () => {
    const app = await startApp({ db, currency: currencyOf(db, { hearing: () => 'lost', count: () => 0 }) })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const read = () => {
      const asked = ask({ port, host: '127.0.0.1', path: page, agent: false })
      const answered = new Promise<number>((done) => {
        asked.on('response', (answer) => answer.resume().on('end', () => done(answer.statusCode ?? 0)))
        asked.on('error', () => done(0))
      })
      asked.end()
      return { asked, answered }
    }
    // Nothing is rendered until the table is free again.
    const owner = openAsOwner(db)
    const held = await owner.startTransaction().execute()
    await sql`lock table meeting in access exclusive mode`.execute(held)
    const first = read()
    await sleep(50)
    const others = Array.from({ length: 30 }, read)
    await sleep(150)
    first.asked.destroy()
    await sleep(50)
    await held.rollback().execute()
    await owner.destroy()
    expect(new Set(await Promise.all(others.map(({ answered }) => answered)))).toEqual(new Set([200]))
    const counts = (await app.metrics.metrics()).matchAll(/^portal_request_seconds_count\{.*\} (\d+)$/gm)
    const renderings = [...counts].reduce((sum, [, times]) => sum + Number(times), 0)
    expect(renderings).toBeLessThanOrEqual(3)
    app.server.closeAllConnections()
    await app.close()
  })
})
