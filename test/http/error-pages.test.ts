import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readDatum } from '../../src/http/as-of.ts'
import { anyone } from '../../src/http/permissions.ts'
import type { App } from '../../src/http/server.ts'
import { notFound } from '../../src/kernel/errors.ts'
import { serverWith } from '../support/app.ts'

const config = { may: anyone, cache: 'shared' } as const

function routes(app: App): void {
  app.get('/', { config }, async () => 'start')
  app.get('/grupper', { config }, async (request) => `datum ${readDatum(request.query)}`)
  app.get('/grupper/:slug', { config, schema: { params: z.object({ slug: z.string().max(50) }) } }, async (request) => {
    throw notFound(`body ${request.params.slug}`)
  })
  app.get('/trasig', { config }, async () => {
    throw new Error('secret inner words of 811218-9876')
  })
  app.get('/databas', { config }, async (request) => {
    throw Object.assign(new Error(String((request.query as { m?: string }).m)), request.query)
  })
  app.post('/form', { config: { may: anyone, cache: 'private' } }, async (request) => request.body)
}

const heading = (body: string) => /<h1>(.*?)<\/h1>/.exec(body)?.[1]

describe('what is asked for wrongly gets a clear Swedish answer', () => {
  test.each([
    ['an unknown page', '/finns-inte', 404, 'Sidan finns inte'],
    ['an unknown slug', '/grupper/finns-inte', 404, 'Sidan finns inte'],
    ['a slug longer than any', `/grupper/${'x'.repeat(300)}`, 404, 'Sidan finns inte'],
    ['a slash too many', '/finns-inte/', 404, 'Sidan finns inte'],
    ['a date that is none', '/grupper?datum=2025-02-30', 400, 'Datumet gick inte att läsa'],
    ['a date in words', '/grupper?datum=ig%C3%A5r', 400, 'Datumet gick inte att läsa'],
    ['two dates', '/grupper?datum=2025-12-01&datum=2025-12-02', 400, 'Datumet gick inte att läsa'],
    ['an address cut off in the middle of a letter', '/grupper/%E0%A4%A', 400, 'Adressen gick inte att läsa'],
    ['a broken letter in the query', '/grupper?grupp=%E5', 400, 'Adressen gick inte att läsa'],
    ['a NUL, which the database refuses', '/grupper/a%00b', 400, 'Adressen gick inte att läsa'],
    ['a slug longer than any address', `/grupper/${'%C3%A5'.repeat(900)}`, 414, 'Adressen är för lång'],
    ['figures for whoever watches, at length', `/metrics?x=${'x'.repeat(5000)}`, 414, 'Adressen är för lång'],
    ['a query of 5 000 characters', `/grupper?q=${'x'.repeat(5000)}`, 414, 'Adressen är för lång'],
  ])('%s', async (_case, url, status, title) => {
    const app = await serverWith(routes, { env: { METRICS_TOKEN: 'a long enough token' } })
    const answer = await app.inject(url)
    expect(answer.statusCode).toBe(status)
    expect(heading(answer.body)).toBe(title)
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(answer.headers['cache-control']).toContain('no-store')
    expect(answer.headers['content-security-policy']).toContain("default-src 'self'")
    expect(answer.body).toContain('<meta name="robots" content="noindex">')
  })

  test('the page about a bad date says what a date looks like', async () => {
    const app = await serverWith(routes)
    expect((await app.inject('/grupper?datum=1+dec')).body).toContain('år-månad-dag, till exempel 2025-12-01')
  })

  test('a date field left empty means today', async () => {
    const app = await serverWith(routes)
    expect((await app.inject('/grupper?datum=')).body).toBe('datum null')
    expect((await app.inject('/grupper?datum=2025-12-01')).body).toBe('datum 2025-12-01')
  })

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const)(
    '%s on a page that is only read',
    async (method) => {
      const app = await serverWith(routes)
      const answer = await app.inject({ method, url: '/grupper/barn-och-unga' })
      expect(answer.statusCode).toBe(405)
      expect(answer.headers.allow).toBe('GET, HEAD')
      expect(heading(answer.body)).toBe('Det går inte att göra så här')
    },
  )

  test('a wrong method is told before what was sent with it', async () => {
    const app = await serverWith(routes)
    const answer = await app.inject({
      method: 'POST',
      url: '/grupper',
      headers: { 'content-type': 'text/xml' },
      payload: '<a/>',
    })
    expect(answer.statusCode).toBe(405)
  })

  test('something too large', async () => {
    const app = await serverWith(routes)
    const payload = `text=${'x'.repeat(1024 * 1024)}`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await app.inject({ method: 'POST', url: '/form', headers, payload })
    expect(answer.statusCode).toBe(413)
    expect(heading(answer.body)).toBe('Det du skickade är för stort')
  })

  test('a format that nobody reads', async () => {
    const app = await serverWith(routes)
    const answer = await app.inject({
      method: 'POST',
      url: '/form',
      headers: { 'content-type': 'text/xml' },
      payload: '<a/>',
    })
    expect(answer.statusCode).toBe(415)
  })

  test.each([
    ['JSON', 'application/json', '{"a":1}'],
    ['JSON that ends too early', 'application/json', '{"a":'],
    ['JSON that would change every object', 'application/json', '{"__proto__":{"x":1}}'],
    ['plain text', 'text/plain', 'a=1'],
  ])('%s, where only forms are read', async (_case, type, payload) => {
    const app = await serverWith(routes)
    const answer = await app.inject({ method: 'POST', url: '/form', headers: { 'content-type': type }, payload })
    expect([answer.statusCode, heading(answer.body)]).toEqual([415, 'Formatet kan inte läsas'])
  })
})

describe('what breaks inside', () => {
  test('is shown with a number to quote, and without what broke', async () => {
    const lines: string[] = []
    const app = await serverWith(routes, { env: { LOG_LEVEL: 'error' }, log: { write: (line) => lines.push(line) } })
    const answer = await app.inject('/trasig')
    expect(answer.statusCode).toBe(500)
    expect(heading(answer.body)).toBe('Något gick fel hos oss')
    expect(answer.body).toContain(String(answer.headers['x-request-id']))
    expect(answer.body).not.toMatch(/secret|\.ts|at /)
    const logged = JSON.parse(lines[0] ?? '')
    expect(logged).toMatchObject({
      requestId: answer.headers['x-request-id'],
      err: { message: 'secret inner words of [personnummer]' },
    })
    expect(lines.join('')).not.toMatch(/811218.?9876/)
  })

  test.each([
    ['refused', 'code=ECONNREFUSED&m=connect'],
    ['shutting down', 'code=57P01&m=terminating'],
    ['starting', 'code=57P03&m=starting'],
    ['full', 'code=53300&m=too+many+clients'],
    ['silent', 'm=timeout+exceeded+when+trying+to+connect'],
    ['gone in the middle of a question', 'm=Connection+terminated+unexpectedly'],
  ])('a database that is %s: come back later', async (_case, query) => {
    const app = await serverWith(routes)
    const answer = await app.inject(`/databas?${query}`)
    expect(answer.statusCode).toBe(503)
    expect(answer.headers['retry-after']).toBe('30')
    expect(heading(answer.body)).toBe('Portalen är tillfälligt otillgänglig')
  })

  test('a fault in a question to the database is ours, not the database away', async () => {
    const app = await serverWith(routes)
    expect((await app.inject('/databas?code=42703&m=column+missing')).statusCode).toBe(500)
  })
})

describe('programs get problem+json', () => {
  test.each([
    ['by what they accept', '/finns-inte', { accept: 'application/json' }],
    ['by the address', '/api/finns-inte', {}],
  ])('%s', async (_case, url, headers) => {
    const app = await serverWith(routes)
    const answer = await app.inject({ url, headers })
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(answer.json()).toMatchObject({
      status: 404,
      title: 'Sidan finns inte',
      requestId: answer.headers['x-request-id'],
    })
  })

  test('a browser that also takes JSON gets a page', async () => {
    const app = await serverWith(routes)
    const answer = await app.inject({ url: '/finns-inte', headers: { accept: 'text/html,application/json;q=0.9' } })
    expect(answer.headers['content-type']).toContain('text/html')
  })
})

describe('under a base path', () => {
  const env = { BASE_PATH: '/lansgemensam-ledning' }

  test.each([
    ['the start page has one address', '/lansgemensam-ledning', '/lansgemensam-ledning/'],
    [
      'so has every page',
      '/lansgemensam-ledning/grupper/?datum=2025-12-01',
      '/lansgemensam-ledning/grupper?datum=2025-12-01',
    ],
  ])('%s', async (_case, url, location) => {
    const app = await serverWith(routes, { env })
    const answer = await app.inject(url)
    expect([answer.statusCode, answer.headers.location]).toEqual([301, location])
  })

  test.each(['/', '/grupper', '/lansgemensam-ledningen/grupper', '/static/x/site.css'])(
    '%s is outside, where nothing is',
    async (url) => {
      const app = await serverWith(routes, { env })
      const answer = await app.inject(url)
      expect(answer.statusCode).toBe(404)
      expect(answer.body).toContain('href="/lansgemensam-ledning/"')
    },
  )

  test('the pages inside answer', async () => {
    const app = await serverWith(routes, { env })
    expect((await app.inject('/lansgemensam-ledning/')).body).toBe('start')
    expect((await app.inject('/lansgemensam-ledning/grupper')).statusCode).toBe(200)
  })
})

describe('what is hardly a request', () => {
  /** Says that on one connection, each part some time after the one before, and hears all that is answered. */
  const say = async (...parts: string[]) => {
    const app = await serverWith(routes)
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as { port: number }
    return new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', async () => {
        for (const part of parts) {
          socket.write(part)
          await new Promise((done) => setTimeout(done, 50))
        }
      })
      let answer = ''
      socket.setEncoding('utf8')
      socket.on('data', (part) => {
        answer += part
      })
      socket.on('end', () => resolve(answer))
      socket.on('error', reject)
    })
  }

  test('an address longer than Node reads', async () => {
    const answer = await say(`GET /?q=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 414 /)
    expect(answer).toContain('Adressen är för lång')
  })

  test('an address that comes in pieces, longer than Node reads', async () => {
    const answer = await say(`GET /?q=${'x'.repeat(4_000)}`, 'x'.repeat(16_000))
    expect(answer).toMatch(/^HTTP\/1\.1 431 /)
    expect(answer).toContain('korta adressen')
  })

  test.each([
    ['3 000 headers', 'a: b\r\n'.repeat(3_000)],
    ['a header of 20 kB', `Cookie: a=${'b'.repeat(20_000)}\r\n`],
  ])('a short address with %s', async (_case, headers) => {
    for (const parts of [
      [`GET /grupper HTTP/1.1\r\nHost: x\r\n${headers}\r\n`],
      ['GET /grupper HTTP/1.1\r\n', headers],
    ]) {
      const answer = await say(...parts)
      expect(answer).toMatch(/^HTTP\/1\.1 431 /)
      expect(answer).toContain('<h1>Anropet har för mycket i huvudet</h1>')
      expect(answer).not.toContain('Adressen är för lång')
    }
  })

  test.each([
    ['no host', 'GET /grupper HTTP/1.1\r\n\r\n', 400, 'Frågan gick inte att läsa'],
    ['a form without a host', 'POST /form HTTP/1.1\r\nContent-Length: 3\r\n\r\na=b', 400, 'Frågan gick inte att läsa'],
    ['no host and an expectation', 'GET / HTTP/1.1\r\nExpect: hej\r\n\r\n', 400, 'Frågan gick inte att läsa'],
    [
      'an unknown expectation',
      'GET /grupper HTTP/1.1\r\nHost: x\r\nExpect: hej\r\n\r\n',
      417,
      'Anropet väntar sig något',
    ],
    ['a garbled line', 'HEJ PORTALEN\r\n\r\n', 400, 'Frågan gick inte att läsa'],
  ])(
    '%s is answered in Swedish with the rules for browsers, and the connection is closed',
    async (_case, text, status, words) => {
      const answer = await say(text)
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
      const [head = '', body = ''] = answer.split('\r\n\r\n')
      expect(body).toContain(words)
      expect(body).toContain('<html lang="sv">')
      expect(head).toMatch(/^content-type: text\/html; charset=utf-8$/im)
      expect(head).toMatch(new RegExp(`^content-length: ${Buffer.byteLength(body)}$`, 'im'))
      expect(head).toMatch(/^connection: close$/im)
      expect(head).toMatch(/^cache-control: no-store$/im)
      expect(head).toMatch(/^x-content-type-options: nosniff$/im)
      expect(head).toMatch(/^x-frame-options: DENY$/im)
      expect(head).toMatch(/^content-security-policy: default-src 'none'/im)
      expect(head).toMatch(/^referrer-policy: /im)
      expect(answer.match(/^HTTP\/1\.1/gm)).toHaveLength(1)
    },
  )

  test('HTTP/1.0 knows no host, and whoever asks whether to go on is told to', async () => {
    expect(await say('GET /grupper HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /)
    const form = 'Host: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\nConnection: close'
    const answer = await say(`POST /form HTTP/1.1\r\n${form}\r\nExpect: 100-continue\r\n\r\na=b`)
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
  })

  test.each(['//example.com/', '/\\example.com/', '/%2f%2fexample.com/', '/./x/', 'http://example.com/'])(
    'GET %s does not lead out of the portal',
    async (target) => {
      const answer = await say(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      expect(answer).not.toMatch(/^location:/im)
    },
  )

  test('no HTTP at all', async () => {
    const answer = await say('HEJ PORTALEN\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('Frågan gick inte att läsa')
  })
})
