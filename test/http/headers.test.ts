import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { anyone, reader } from '../../src/http/permissions.ts'
import type { App } from '../../src/http/server.ts'
import { serverWith } from '../support/app.ts'

const config = { may: anyone, cache: 'shared' } as const

function routes(app: App): void {
  app.get('/delad', { config }, async () => 'x'.repeat(3000))
  app.get('/egen', { config: { may: anyone, cache: 'private' } }, async () => 'x')
  app.get('/nu', { config: { may: anyone, cache: 'none' } }, async () => 'x')
  app.get('/kaka', { config }, async (_request, reply) => reply.header('set-cookie', 'a=b').send('x'))
  app.get('/kort', { config }, async () => 'x')
  app.get('/fil', { config }, async (_request, reply) => reply.type('application/pdf').send(Buffer.alloc(3000)))
  app.get('/lank/:token', { config: { may: anyone, cache: 'private' } }, async () => 'x')
  app.get('/vidare', { config }, async (_request, reply) => reply.moved('/delad'))
  app.post('/spara', { config: { may: anyone, cache: 'private' } }, async (_request, reply) => reply.seeOther('/delad'))
}

describe('what may be kept', () => {
  test('a shared page is kept, and asked about again', async () => {
    const app = await serverWith(routes)
    const first = await app.inject('/delad')
    expect(first.headers['cache-control']).toBe('public, max-age=0, must-revalidate')
    const etag = String(first.headers.etag)
    for (const known of [etag, `"other", ${etag}`, '*']) {
      const again = await app.inject({ url: '/delad', headers: { 'if-none-match': known } })
      expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag])
      expect([again.headers.vary, again.headers['content-length']]).toEqual([first.headers.vary, undefined])
    }
    expect((await app.inject({ url: '/delad', headers: { 'if-none-match': 'W/"other"' } })).statusCode).toBe(200)
  })

  test('its tag is the same however it is sent', async () => {
    const app = await serverWith(routes)
    const plain = await app.inject('/delad')
    const packed = await app.inject({ url: '/delad', headers: { 'accept-encoding': 'br' } })
    const head = await app.inject({ method: 'HEAD', url: '/delad' })
    expect(packed.headers['content-encoding']).toBe('br')
    expect(packed.headers.vary).toContain('accept-encoding')
    expect([packed.headers.etag, head.headers.etag]).toEqual([plain.headers.etag, plain.headers.etag])
    expect([head.statusCode, head.body]).toEqual([200, ''])
  })

  test('it is packed as the reader takes it, and otherwise sent as it is', async () => {
    const app = await serverWith(routes)
    const sent = async (url: string, accepted: string) => {
      const answer = await app.inject({ url, headers: { 'accept-encoding': accepted } })
      return { ...answer.headers, body: answer.rawPayload }
    }
    const [br, gzip] = [await sent('/delad', 'gzip, deflate, br'), await sent('/delad', 'br;q=0, gzip')]
    expect([br['content-encoding'], brotliDecompressSync(br.body).length]).toEqual(['br', 3000])
    expect([gzip['content-encoding'], gunzipSync(gzip.body).length]).toEqual(['gzip', 3000])
    expect(br['content-length']).toBe(String(br.body.length))
    for (const [url, accepted] of [
      ['/delad', 'br;Q=0, gzip;q=0.000, zstd'],
      ['/delad', ''],
      ['/kort', 'br'],
      ['/fil', 'br'],
    ] as const) {
      const plain = await sent(url, accepted)
      expect([plain['content-encoding'], plain['content-length']]).toEqual([undefined, String(plain.body.length)])
    }
    // Whoever keeps answers for others must know that this one is for those who take the same.
    expect((await sent('/delad', '')).vary).toContain('accept-encoding')
  })

  test('a private page is kept nowhere', async () => {
    const app = await serverWith(routes)
    expect((await app.inject('/egen')).headers['cache-control']).toBe('private, no-store')
    expect((await app.inject('/nu')).headers['cache-control']).toBe('no-store')
  })

  test('a shared page with somebody’s name on it is private', async () => {
    const app = await serverWith(routes, { identify: () => ({ ...reader, signedIn: true }) })
    const answer = await app.inject('/delad')
    expect(answer.headers['cache-control']).toBe('private, no-store')
    expect(answer.headers.etag).toBeUndefined()
  })
})

test('a page that gives a cookie is kept nowhere, even if its route forgot to say so', async () => {
  const app = await serverWith(routes)
  expect((await app.inject('/kaka')).headers['cache-control']).toBe('private, no-store')
})

describe('readers are left alone and protected', () => {
  test('no cookie is set, on any kind of answer', async () => {
    const app = await serverWith(routes)
    for (const url of ['/delad', '/egen', '/finns-inte', '/healthz']) {
      expect((await app.inject(url)).headers['set-cookie']).toBeUndefined()
    }
  })

  test('nothing from elsewhere is loaded and nothing inline is run', async () => {
    const app = await serverWith(routes)
    const { headers } = await app.inject('/delad')
    expect(headers['content-security-policy']).toBe(
      "default-src 'self';img-src 'self' data:;object-src 'none';base-uri 'none';form-action 'self';frame-ancestors 'none'",
    )
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'strict-origin-when-cross-origin',
      'x-frame-options': 'DENY',
    })
    expect(headers['x-powered-by']).toBeUndefined()
  })

  test('only a portal behind https asks browsers to stay with https', async () => {
    const plain = await serverWith(routes)
    expect((await plain.inject('/delad')).headers['strict-transport-security']).toBeUndefined()
    const secure = await serverWith(routes, { env: { PUBLIC_ORIGIN: 'https://samverkan.example.se' } })
    const { headers } = await secure.inject('/delad')
    expect(headers['strict-transport-security']).toBe('max-age=31536000')
    expect(headers['content-security-policy']).toContain('upgrade-insecure-requests')
  })

  test('each answer has a number of its own, not one that the asker chose', async () => {
    const app = await serverWith(routes)
    const ids = await Promise.all(
      [1, 2].map(
        async () => (await app.inject({ url: '/delad', headers: { 'x-request-id': 'mine' } })).headers['x-request-id'],
      ),
    )
    expect(new Set([...ids, 'mine']).size).toBe(3)
  })

  test('the log holds where somebody went, never what they searched for or a secret link', async () => {
    const lines: string[] = []
    const app = await serverWith(routes, { env: { LOG_LEVEL: 'trace' }, log: { write: (line) => lines.push(line) } })
    await app.inject('/delad?q=Testa+Testsson')
    await app.inject('/finns-inte?q=Testa+Testsson')
    await app.inject('/delad?q=%E5Testsson')
    await app.inject('/lank/hemlig-Testsson')
    expect(lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'answered')).toMatchObject([
      { method: 'GET', path: '/delad', status: 200 },
      { path: '/finns-inte', status: 404 },
      { path: '/delad', status: 400 },
      { path: '/lank/:token', status: 200 },
    ])
    expect(lines.join('')).not.toContain('Testsson')
  })

  test('nor a secret or a personal identity number in an address that leads nowhere', async () => {
    const lines: string[] = []
    const app = await serverWith(routes, { env: { LOG_LEVEL: 'trace' }, log: { write: (line) => lines.push(line) } })
    const secrets = ['/lank/hemlig/', '//lank//hemlig', '/lank/hemlig%zz', '/%6cank/hemlig', '/lank/hemlig/mer']
    for (const url of secrets) await app.inject(url)
    await app.inject({ method: 'PUT', url: '/lank/hemlig' })
    for (const url of ['/dokument/811218-9876', '/dokument/19811218%209876', '/%E5/811218-9876']) await app.inject(url)
    const paths = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'answered')
    expect(paths.map(({ path }) => path)).toEqual([
      ...Array(6).fill('/lank/:token'),
      '/dokument/[personnummer]',
      '/dokument/[personnummer]',
      '/%E5/[personnummer]',
    ])
    expect(lines.join('')).not.toMatch(/hemlig|9876/)
  })
})

describe('forms come from the portal’s own pages', () => {
  const origin = 'https://samverkan.example.se'
  const send = async (headers: Record<string, string>) => {
    const app = await serverWith(routes, { env: { PUBLIC_ORIGIN: origin } })
    return (await app.inject({ method: 'POST', url: '/spara', headers })).statusCode
  }

  test.each([
    ['the same site', { 'sec-fetch-site': 'same-origin' }],
    ['an address typed by hand', { 'sec-fetch-site': 'none' }],
    ['an older browser, from here', { origin }],
    ['no browser', {}],
  ])('%s is let in', async (_case, headers: Record<string, string>) => {
    expect(await send(headers)).toBe(303)
  })

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin }],
    ['a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['an older browser, from elsewhere', { origin: 'https://example.com' }],
    ['a hidden origin', { origin: 'null' }],
  ])('%s is refused', async (_case, headers: Record<string, string>) => {
    expect(await send(headers)).toBe(403)
  })
})

test('redirects keep to the base path', async () => {
  const app = await serverWith(routes, { env: { BASE_PATH: '/lgl' } })
  const saved = await app.inject({ method: 'POST', url: '/lgl/spara' })
  expect([saved.statusCode, saved.headers.location]).toEqual([303, '/lgl/delad'])
  const moved = await app.inject('/lgl/vidare')
  expect([moved.statusCode, moved.headers.location]).toEqual([301, '/lgl/delad'])
})

describe('the one who watches the process', () => {
  test('hears that it lives, without a database, in and outside the base path', async () => {
    const app = await serverWith(routes, {
      env: { BASE_PATH: '/lgl' },
      readiness: () => Promise.reject(new Error('down')),
    })
    expect((await app.inject('/healthz')).statusCode).toBe(200)
    expect((await app.inject('/lgl/healthz')).statusCode).toBe(200)
  })

  test('hears it though nobody can be identified, and so do those who fetch the style', async () => {
    const app = await serverWith(routes, { identify: () => Promise.reject(new Error('no database')) })
    expect((await app.inject('/healthz')).statusCode).toBe(200)
    expect((await app.inject(app.asset('site.css'))).statusCode).toBe(200)
  })

  test('hears that it is not ready, and why', async () => {
    const app = await serverWith(routes, { readiness: async () => ({ ready: false, reason: 'fakta läses in' }) })
    const answer = await app.inject('/readyz')
    expect([answer.statusCode, answer.json()]).toEqual([503, { ready: false, reason: 'fakta läses in' }])
  })

  test('hears that it is not ready when that cannot even be asked', async () => {
    const app = await serverWith(routes, { readiness: () => Promise.reject(new Error('down')) })
    expect((await app.inject('/readyz')).json()).toEqual({ ready: false, reason: 'databasen svarar inte' })
  })

  test('hears that it is ready', async () => {
    const app = await serverWith(routes)
    expect((await app.inject('/readyz')).statusCode).toBe(200)
  })
})
