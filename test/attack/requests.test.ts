/** What a stranger can say in a request besides its address and its form: who they are, where they are, how slowly. */
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lettersOf } from '../../src/app.ts'
import { currencyOf } from '../../src/http/page-cache.ts'
import { anyone } from '../../src/http/permissions.ts'
import type { App } from '../../src/http/server.ts'
import { day } from '../../src/kernel/dates.ts'
import { sendWaiting } from '../../src/mail/letters.ts'
import { account, cookiesOf, get, password, post, sessionCookie, signIn } from '../support/accounts.ts'
import { serverWith, startApp, testConfig } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'

const evil = 'ont.example'
const publicOrigin = 'https://samverkan.example.se'
const today = day('2026-03-10')
const db = await kalmarDatabase()
const heard = { hearing: () => 'listening' as const, count: () => 0 }
const app = await startApp({ db, today, env: { PUBLIC_ORIGIN: publicOrigin }, currency: currencyOf(db, heard) })
let port = 0
beforeAll(async () => {
  await app.listen({ port: 0, host: '127.0.0.1' })
  port = (app.server.address() as { port: number }).port
})
afterAll(async () => {
  app.server.closeAllConnections()
  await app.close()
})

/** Says just that on a connection of its own, and hears all that is answered until it is closed. */
function say(text: string | Buffer, { to = port, patience = 5_000 } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(to, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.setEncoding('latin1')
    socket.setTimeout(patience, () => socket.destroy(new Error(`nothing more than: ${answer.slice(0, 200)}`)))
    socket.on('data', (part) => {
      answer += part
    })
    socket.on('end', () => resolve(answer))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(answer) : reject(error),
    )
  })
}

const ask = (path: string, headers: Record<string, string> = {}) =>
  say(
    `GET ${path} HTTP/1.1\r\n${Object.entries({ host: 'x', connection: 'close', ...headers })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`,
  )
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])
const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n') + 4)

describe('who the asker says that the portal is', () => {
  const claims = [
    { host: evil },
    { host: `${evil}:80` },
    { 'x-forwarded-host': evil },
    { 'x-forwarded-proto': 'http', 'x-forwarded-port': '81' },
    { 'x-forwarded-prefix': `//${evil}` },
    { forwarded: `for=1.2.3.4;host=${evil};proto=http` },
    { 'x-original-url': `//${evil}/konton`, 'x-rewrite-url': `//${evil}/konton` },
    { 'x-host': evil, 'x-forwarded-server': evil, 'x-http-host-override': evil },
    { 'x-http-method-override': 'POST', 'x-method-override': 'DELETE' },
    { origin: `https://${evil}`, referer: `https://${evil}/` },
    { 'x-forwarded-for': `<script>${evil}</script>`, 'x-real-ip': evil, 'client-ip': evil, via: evil },
    { 'user-agent': `<script>${evil}</script>`, 'accept-language': evil, accept: `${evil}/x`, 'accept-charset': evil },
    { 'accept-encoding': evil, te: evil, from: evil, 'x-forwarded-scheme': 'nothttps' },
  ] as const satisfies Record<string, string>[]

  test('changes nothing on any page, and nothing that others are answered from what is kept', async () => {
    const { body: right } = await app.inject('/beslut')
    expect(right).toContain(publicOrigin)
    for (const [place, headers] of claims.entries()) {
      // First asked for with the claim, so that it is this answer that is kept.
      for (const path of [
        `/beslut?x=${place}`,
        `/api/v1/bodies?limit=${place + 1}`,
        `/grupper?x=${place}`,
        `/flode.atom?x=${place}`,
        `/sitemap.xml?x=${place}`,
      ]) {
        const claimed = await ask(path, headers)
        const plain = await ask(path)
        expect([path, headers, statusOf(claimed), bodyOf(claimed) === bodyOf(plain)]).toEqual([
          path,
          headers,
          200,
          true,
        ])
        expect(claimed + plain).not.toContain(evil)
      }
    }
  })

  test('leads nobody astray', async () => {
    for (const headers of claims)
      for (const path of ['/beslut/', '/arbetsyta', '/moten', '/finns-inte/', '/konton']) {
        const answer = await ask(path, headers)
        expect(/^location: (.*)$/im.exec(answer)?.[1] ?? '/').toMatch(/^\/(?![/\\])/)
        expect(answer).not.toContain(evil)
      }
  })

  test('does not stand in the letter with the way to a new password', async () => {
    const { email } = await account(db)
    const texts: string[] = []
    for (const headers of claims.slice(0, 6)) await post(app, '/glomt-losenord', { epost: email }, headers)
    const config = testConfig({ PUBLIC_ORIGIN: publicOrigin })
    await sendWaiting(
      db,
      lettersOf(config),
      async ({ text }) => void texts.push(text),
      () => {},
    )
    expect(texts.length).toBeGreaterThan(0)
    expect(texts.join()).toContain(`${publicOrigin}/valj-losenord/`)
    expect(texts.join()).not.toContain(evil)
    await db.deleteFrom('attempt_count').execute()
  })

  test('behind the trusted proxy, only the address that it adds itself is counted', async () => {
    const statuses: number[] = []
    for (let round = 0; round < 62; round += 1) {
      const headers = { 'x-forwarded-for': `198.51.100.${round}, 203.0.113.77` }
      const fields = { epost: `nagon${round}@test.example`, losenord: 'fel' }
      statuses.push((await post(app, '/logga-in', fields, headers, '127.0.0.1')).statusCode)
    }
    expect(statuses.filter((status) => status === 429)).toHaveLength(2)
    for (const forged of [
      'x',
      '',
      '999.1.1.1',
      'unknown, _hidden',
      '[::1]:80',
      '\u0000'.repeat(3) || '-',
      ','.repeat(500),
    ]) {
      const headers = { 'x-forwarded-for': forged.replaceAll('\u0000', '-') }
      const answer = await post(app, '/logga-in', { epost: 'x@test.example', losenord: 'fel' }, headers, '127.0.0.1')
      expect([422, 429]).toContain(answer.statusCode)
    }
    await db.deleteFrom('attempt_count').execute()
  }, 60_000)
})

describe('what is kept for all readers', () => {
  test('is never somebody’s own, however the cookie is written', async () => {
    const { id, name } = await account(db, ['administrator'], { name: 'Testa Personlig' })
    const secure = `__Host-${await sessionCookie(db, id)}`
    for (const [place, cookie] of [
      secure,
      `a=b; ${secure}`,
      `${secure}; ${secure}`,
      secure.replace('=', ' ='),
      `  ${secure};`,
      `x="y; ${secure}`,
      `${secure}\r\nCookie: a=b`,
    ].entries()) {
      const path = `/grupper?egen=${place}`
      const mine = await ask(path, { cookie })
      const theirs = await ask(path)
      if (mine.includes(name)) expect(mine).toMatch(/cache-control: private, no-store/i)
      expect(theirs).not.toContain(name)
      expect(theirs).not.toMatch(/^set-cookie/im)
      expect(await ask(path)).not.toContain(name)
    }
    expect(await ask('/grupper', { cookie: secure })).toContain(name)
  })

  test('is never what signing in gave a cookie with, and no page of the signed-in is kept anywhere', async () => {
    const { id } = await account(db, ['administrator', 'coordinator of lansgemensam-ledning'])
    const cookie = `__Host-${await sessionCookie(db, id)}`
    const plain = app.declarations.filter(
      ({ method, url, may }) => method === 'GET' && !/[:*]/.test(url) && may.kind !== 'unasked',
    )
    expect(plain.length).toBeGreaterThan(80)
    for (const { url } of plain) {
      const { headers, statusCode } = await app.inject({ url, headers: { cookie, accept: 'text/html' } })
      if (statusCode === 200) expect([url, headers['cache-control']]).toEqual([url, expect.stringMatching(/no-store/)])
    }
  }, 60_000)

  test('cannot be made to hold a page for an address written otherwise', async () => {
    for (const target of [
      `http://${evil}/om`,
      `https://${evil}/om`,
      `//${evil}/om`,
      '/om#x',
      '/./om',
      '/x/../om',
      '/om;x=1',
      '/om%3Fx',
      '/OM',
    ]) {
      const answer = await ask(target)
      expect(answer).not.toMatch(/^location:/im)
      // As part of an address of ours it may stand: there it leads nowhere else.
      expect(answer).not.toMatch(/["'](?:https?:)?\/\/ont\.example|\.sehttps?:/)
      if (!target.startsWith('/')) expect(answer).not.toContain(evil)
    }
    expect(statusOf(await ask('/om'))).toBe(200)
    expect(await ask('/om')).not.toContain(evil)
  })
})

describe('where a page leads afterwards', () => {
  const elsewhere = [
    `https://${evil}`,
    `//${evil}`,
    `/\\${evil}`,
    `/\t/${evil}`,
    `/%09/${evil}`,
    `\\/${evil}`,
    'javascript:alert(1)',
    `/x:@${evil}`,
    `/.//${evil}`,
    `/..//${evil}`,
    `/%5c%5c${evil}`,
    `/a\r\nx-injected: 1`,
  ]

  test.each(elsewhere)('is never %j', async (to) => {
    const { id, email } = await account(db)
    const cookie = `__Host-${await sessionCookie(db, id)}`
    await db.deleteFrom('attempt_count').execute()
    for (const answer of [
      await signIn(app, email, password, { till: to }),
      await get(app, `/logga-in?till=${encodeURIComponent(to)}`),
      await post(app, '/arbetsyta/utkast', { formular: 'x', tillbaka: to, slang: '1' }, { cookie }),
      await post(app, '/arbetsyta/utkast', { formular: 'x', tillbaka: to }, { cookie }),
    ]) {
      expect(answer.headers['x-injected']).toBeUndefined()
      // As a browser reads it.
      const led = new URL(String(answer.headers.location ?? '/'), publicOrigin)
      expect(led.origin).toBe(publicOrigin)
      for (const [, value = ''] of answer.body.matchAll(/(?:href|action)="([^"]*)"/g)) {
        const url = URL.parse(value.replaceAll('&amp;', '&'), publicOrigin)
        expect([null, publicOrigin, 'null']).toContain(url?.protocol === 'mailto:' ? 'null' : (url?.origin ?? null))
      }
    }
  })
})

describe('a session', () => {
  test('that was planted before is another after signing in, and is worth nothing', async () => {
    const { email } = await account(db)
    await db.deleteFrom('attempt_count').execute()
    const planted = `__Host-portal-session=${'A'.repeat(43)}`
    const answer = await signIn(app, email, password, {}, planted)
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-portal-session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect(cookiesOf(answer)).not.toBe(planted)
    expect((await get(app, '/konto', planted)).statusCode).toBe(401)
    // Without its prefix, as a neighbour under the domain could plant it, it is not even read.
    expect((await get(app, '/konto', cookiesOf(answer).replace('__Host-', ''))).statusCode).toBe(401)
    expect((await get(app, '/konto', cookiesOf(answer))).statusCode).toBe(200)
    await post(app, '/logga-ut', {}, { cookie: cookiesOf(answer) })
    expect((await get(app, '/konto', cookiesOf(answer))).statusCode).toBe(401)
  })

  test('may what its account may now: a role that was taken away is gone at the next page', async () => {
    const { id } = await account(db, ['administrator'])
    const cookie = `__Host-${await sessionCookie(db, id)}`
    expect((await get(app, '/konton', cookie)).statusCode).toBe(200)
    await db.deleteFrom('account_role_grant').where('account_id', '=', id).execute()
    expect((await get(app, '/konton', cookie)).statusCode).toBe(403)
  })
})

describe('requests that two servers could read in two ways', () => {
  const form = 'content-type: application/x-www-form-urlencoded'
  const hidden = 'GET /gomd-fraga HTTP/1.1\r\nHost: x\r\n\r\n'

  test.each([
    ['a length and chunks', `content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['two lengths', `content-length: 5\r\ncontent-length: 6\r\n\r\nepost${hidden}`],
    ['a length that is none', `content-length: +5\r\n\r\nepost${hidden}`],
    ['a negative length', `content-length: -1\r\n\r\n${hidden}`],
    ['chunks spelt otherwise', `transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['chunks twice', `transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`],
    ['a blank before the colon', `transfer-encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['a folded line', `x-a: 1\r\n transfer-encoding: chunked\r\n\r\n${hidden}`],
    ['a line end that is half of one', `x-a: 1\rtransfer-encoding: chunked\r\n\r\n${hidden}`],
    ['a chunk of no size', `transfer-encoding: chunked\r\n\r\nzz\r\n\r\n${hidden}`],
    ['a NUL in a header', `x-a: \u0000\r\n\r\n${hidden}`],
  ])('%s: refused, and what comes after is not answered', async (_case, rest) => {
    const answer = await say(`POST /glomt-losenord HTTP/1.1\r\nHost: x\r\n${form}\r\n${rest}`)
    expect(statusOf(answer)).toBe(400)
    expect(answer.match(/^HTTP\/1\.1/gm)).toHaveLength(1)
    expect(answer).toMatch(/connection: close/i)
  })

  test.each([
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: x\r\nX-Secret: hemlig\r\nConnection: close\r\n\r\n', [405]],
    ['a method that nobody knows', 'HEJ / HTTP/1.1\r\nHost: x\r\n\r\n', [400]],
    ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', [400]],
    ['another version', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n', [400]],
    [
      '2 000 headers',
      `GET / HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(2_000)}Connection: close\r\n\r\n`,
      [200, 414, 431],
    ],
    ['headers of 100 kB', `GET / HTTP/1.1\r\nHost: x\r\na: ${'b'.repeat(100_000)}\r\n\r\n`, [414, 431]],
  ])('%s', async (_case, text, statuses) => {
    const answer = await say(text)
    expect(statuses).toContain(statusOf(answer))
    expect(answer).not.toContain('hemlig')
  })

  test('CONNECT and upgrades get no tunnel', async () => {
    const tunnel = await say(`CONNECT ${evil}:443 HTTP/1.1\r\nHost: ${evil}:443\r\n\r\n`)
    expect(tunnel).not.toMatch(/^HTTP\/1\.1 2/)
    const upgrade = await ask('/om', { connection: 'Upgrade, close', upgrade: 'websocket', 'sec-websocket-key': 'x' })
    expect(upgrade).not.toMatch(/^HTTP\/1\.1 101/)
  })

  test('nothing outside public/ is reached by any spelling of the way', async () => {
    const version = /\/static\/(\w+)\//.exec(app.asset('site.css'))?.[1]
    for (const up of [
      '../',
      '..%2f',
      '%2e%2e/',
      '%2e%2e%2f',
      '..\\',
      '..%5c',
      '..%255c',
      '....//',
      '.%00./',
      '..;/',
      '%c0%ae%c0%ae/',
    ])
      for (const file of ['package.json', 'src/main.ts', 'etc/passwd', '.git/config', 'data/secret']) {
        const answer = await ask(`/static/${version}/${up.repeat(4)}${file}`)
        expect([up + file, statusOf(answer)]).toEqual([
          up + file,
          expect.toSatisfy((status) => status === 400 || status === 404),
        ])
      }
    for (const file of [
      '/.env',
      '/.git/HEAD',
      '/package.json',
      '/data/',
      '/server-status',
      '/actuator',
      '/debug',
      '/metrics',
    ])
      expect([file, statusOf(await ask(file))]).toEqual([file, 404])
  })
})

describe('a connection', () => {
  const heads = (answers: string) =>
    answers.split(/(?=HTTP\/1\.1 )/).map((answer) => answer.slice(0, answer.indexOf('\r\n\r\n')).toLowerCase())

  test.each(['/beslut', '/beslut?registrerat_fran=x', '/healthz'])('stays without a word of it: %s', async (path) => {
    const first = `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
    const all = await say(first + first + first.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
    const told = heads(all).map((head) => /^(?:connection|keep-alive): .*$/m.exec(head)?.[0] ?? 'nothing')
    expect(told).toEqual(['nothing', 'nothing', 'connection: close'])
  })

  test('of who speaks an older HTTP stays only when both say so', async () => {
    const older = 'GET /beslut HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'
    const all = await say(older + older.replace('keep-alive', 'close'))
    expect(heads(all).map((head) => /^connection: (.*)$/m.exec(head)?.[1])).toEqual(['keep-alive', 'close'])
  })
})

describe('a form that tells no length', () => {
  test.each([
    'application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded; charset=utf-8',
    'multipart/form-data; boundary=x',
    'application/json',
  ])('%s: has no body, and is answered so', async (type) => {
    const asked = (path: string) => `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\n`
    const answer = await say(`${asked('/logga-in')}\r\n${asked('/logga-ut')}Connection: close\r\n\r\n`)
    expect(answer.match(/HTTP\/1\.1 [34]\d\d /g)).toHaveLength(2)
    expect(answer).toContain('<html lang="sv"')
  })
})

describe('slow clients', () => {
  const waits = { headers: 300, request: 600, idle: 900, checking: 50 }
  const page = 'x'.repeat(8_000_000)

  async function slowServer(): Promise<{ app: App; port: number }> {
    const slow = await serverWith(
      (room) => {
        room.get('/', { config: { may: anyone, cache: 'none' } }, async () => 'svar')
        room.get('/stor', { config: { may: anyone, cache: 'none' } }, async () => page)
        room.get('/delad', { config: { may: anyone, cache: 'shared' } }, async () => page.slice(0, 1_000_000))
        room.post('/form', { config: { may: anyone, cache: 'private' } }, async () => 'tack')
      },
      { waits, currency: { age: () => 0, state: () => 'current' as const } },
    )
    await slow.listen({ port: 0, host: '127.0.0.1' })
    return { app: slow, port: (slow.server.address() as { port: number }).port }
  }

  /** Writes a little now and then until the other side has had enough. @returns what it said, and after how long */
  function dribble(to: number, first: string): Promise<{ answer: string; ms: number }> {
    const began = performance.now()
    return new Promise((resolve) => {
      const socket: Socket = connect(to, '127.0.0.1', () => socket.write(first))
      let answer = ''
      const timer = setInterval(() => socket.writable && socket.write('a'), 40)
      socket.setEncoding('utf8')
      socket.on('data', (part) => {
        answer += part
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        clearInterval(timer)
        resolve({ answer, ms: performance.now() - began })
      })
    })
  }

  test('who never finishes the head or the form is told so and let go, and others are answered meanwhile', async () => {
    const { port: to } = await slowServer()
    const heads = Array.from({ length: 150 }, () => dribble(to, 'GET / HTTP/1.1\r\nHost: x\r\nX-A: '))
    const forms = Array.from({ length: 150 }, () =>
      dribble(
        to,
        'POST /form HTTP/1.1\r\nHost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 9999\r\n\r\na=',
      ),
    )
    const other = await say('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', { to })
    expect(bodyOf(other)).toContain('svar')
    const all = await Promise.all([...heads, ...forms])
    for (const { answer, ms } of all) {
      // Which of the two depends on what arrives while it is told.
      expect([400, 408]).toContain(statusOf(answer))
      expect(answer).toContain('<html lang="sv"')
      expect(ms).toBeLessThan(10_000)
    }
  }, 20_000)

  test.each([
    ['is made for each', 'GET /stor HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['is kept', 'GET /delad HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(30)],
  ])('who asks for much that %s and never takes it is let go', async (_how, asked) => {
    const { app: slow, port: to } = await slowServer()
    await say('GET /delad HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', { to })
    const gone = new Promise<void>((resolve) =>
      slow.server.once('connection', (socket) => socket.once('close', () => resolve())),
    )
    const socket = connect(to, '127.0.0.1', () => {
      socket.pause()
      socket.write(asked)
    })
    socket.on('error', () => {})
    await gone
    socket.destroy()
  })

  test('who comes and says nothing is let go', async () => {
    const { port: to } = await slowServer()
    await new Promise<void>((resolve) => {
      const socket = connect(to, '127.0.0.1')
      socket.on('error', () => {})
      socket.on('close', () => resolve())
      socket.resume()
    })
  })

  test('who comes and says nothing does not keep a portal from closing, nor does who is answered last', async () => {
    let answer = () => {}
    const begun = new Promise<void>((asked) => {
      answer = asked
    })
    const closing = await serverWith((room) => {
      room.get('/', { config: { may: anyone, cache: 'none' } }, async () => {
        answer()
        await new Promise((done) => setTimeout(done, 1_000))
        return 'svar'
      })
    })
    await closing.listen({ port: 0, host: '127.0.0.1' })
    const { port: to } = closing.server.address() as { port: number }
    const silent = connect(to, '127.0.0.1')
    const asking = connect(to, '127.0.0.1', () => asking.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
    const answered = new Promise<string>((done) => asking.once('data', (part) => done(part.toString())))
    for (const socket of [silent, asking]) socket.on('error', () => {})
    await begun
    await closing.close()
    expect(statusOf(await answered)).toBe(200)
  })

  test('who has been answered and asks for nothing more is let go', async () => {
    const { port: to } = await slowServer()
    const answer = await say('GET / HTTP/1.1\r\nHost: x\r\n\r\n', { to })
    expect(statusOf(answer)).toBe(200)
  })

  test('who takes a little now and then gets all of it, however long it takes', async () => {
    const { port: to } = await slowServer()
    const began = performance.now()
    const taken = await new Promise<number>((resolve, reject) => {
      let bytes = 0
      const socket = connect(to, '127.0.0.1', () => {
        socket.write('GET /stor HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
      })
      socket.on('data', (part) => {
        bytes += part.length
        socket.pause()
        setTimeout(() => socket.resume(), 18)
      })
      socket.on('error', reject)
      socket.on('end', () => resolve(bytes))
    })
    expect(taken).toBeGreaterThan(page.length)
    expect(performance.now() - began).toBeGreaterThan(2 * waits.idle)
  }, 30_000)

  test('in service the waits are set, and lenient reading is not', () => {
    const { headersTimeout, requestTimeout } = app.server
    expect({ headersTimeout, requestTimeout }).toEqual({ headersTimeout: 20_000, requestTimeout: 120_000 })
    expect(process.execArgv.join()).not.toContain('insecure-http-parser')
  })
})
