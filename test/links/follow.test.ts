import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { isOpenAddress } from '../../src/links/addresses.ts'
import { Follower, type Pace } from '../../src/links/follow.ts'
import { openInternet, type Reach } from '../../src/links/requests.ts'
import type { Found } from '../../src/links/rules.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** What the server answers, by host and path: 'sida.example/x'. Nothing there: 404, as robots.txt mostly is. */
let answers: Record<string, Answer> = {}
let asked: { line: string; at: number; agent: string }[] = []
let busy = 0
let mostBusy = 0

const server = createServer((request, response) => {
  const host = (request.headers.host ?? '').split(':')[0]
  asked.push({
    line: `${request.method} ${host}${request.url}`,
    at: performance.now(),
    agent: request.headers['user-agent'] ?? '',
  })
  busy += 1
  mostBusy = Math.max(mostBusy, busy)
  response.on('close', () => {
    busy -= 1
  })
  const answer = answers[`${host}${request.url}`]
  if (answer) answer(request, response)
  else response.writeHead(404).end()
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
afterEach(() => {
  answers = {}
  asked = []
  mostBusy = 0
})

/** Names that no name server knows: a connection shows that the address we checked is the one that was used. */
const names: Record<string, readonly string[]> = {
  'sida.example': ['127.0.0.1'],
  'annan.example': ['127.0.0.1'],
  'inre.example': ['10.0.0.1'],
  'bada.example': ['127.0.0.1', '192.168.0.1'],
}
const reach: Reach = {
  async resolve(host) {
    const found = names[host]
    if (!found) throw Object.assign(new Error(host), { code: 'ENOTFOUND' })
    return found.map((address) => ({ address, family: 4 }))
  },
  isOpen: (address) => address === '127.0.0.1' || isOpenAddress(address),
  anyPort: true,
}
const quick: Pace = { pauseMs: 0, seconds: 5, hostsAtOnce: 4, mostWaitSeconds: 1 }
const agent = 'portal-lankkontroll/1.0 (test; +https://portal.example/om)'
const follower = (more: Partial<Pace> = {}, through = reach) =>
  new Follower({ reach: through, userAgent: agent }, { ...quick, ...more }, () => new Date('2026-11-22T12:00:00Z'))

const to = (place: string) => {
  const [host = '', ...path] = place.split('/')
  return `http://${host}:${port}/${path.join('/')}`
}
const follow = (place: string, more: Partial<Pace> = {}) => follower(more).follow(to(place))
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_request, response) =>
    response.writeHead(code, headers).end()
const leadsTo = (code: number, place: string) => status(code, { location: to(place) })
const lines = () => asked.map(({ line }) => line).filter((line) => !line.endsWith('robots.txt'))
const found = (
  outcome: Found['outcome'],
  reason: string | null,
  code: number | null = null,
  moved: string | null = null,
) => ({
  outcome,
  status: code,
  leadsTo: moved,
  reason,
})

describe('what a server answers', () => {
  test('a page that is there works, and only its head is asked for', async () => {
    answers = { 'sida.example/x': status(200) }
    expect(await follow('sida.example/x')).toEqual(found('works', null, 200))
    expect(asked.map(({ line }) => line)).toEqual(['GET sida.example/robots.txt', 'HEAD sida.example/x'])
    expect(asked.every((one) => one.agent === agent)).toBe(true)
  })

  test.each([
    [404, found('broken', 'status', 404)],
    [410, found('broken', 'status', 410)],
    [500, found('broken', 'status', 500)],
    [503, found('unreachable', 'status', 503)],
    [403, found('not_checked', 'refuses', 403)],
  ])('%i, also when asked for the whole page', async (code, expected) => {
    answers = { 'sida.example/x': status(code) }
    expect(await follow('sida.example/x')).toEqual(expected)
    expect(lines()).toEqual(['HEAD sida.example/x', 'GET sida.example/x'])
  })

  test('a server that refuses HEAD, or breaks off on it, is asked with GET', async () => {
    const onlyGet =
      (refuse: Answer): Answer =>
      (request, response) => {
        if (request.method === 'HEAD') refuse(request, response)
        else response.end('Här är sidan.')
      }
    answers = {
      'sida.example/x': onlyGet(status(405)),
      'sida.example/y': onlyGet((_request, response) => response.destroy()),
    }
    expect(await follow('sida.example/x')).toEqual(found('works', null, 200))
    expect(await follow('sida.example/y')).toEqual(found('works', null, 200))
  })

  test('a body without end is not read', async () => {
    let sent = 0
    const closed = new Promise<void>((resolve) => {
      answers = {
        'sida.example/x': (request, response) => {
          if (request.method === 'HEAD') return status(405)(request, response)
          const piece = Buffer.alloc(64 * 1024)
          const go = () => {
            while (!response.destroyed && response.write(piece)) sent += piece.length
          }
          response.on('drain', go)
          response.on('close', resolve)
          go()
        },
      }
    })
    expect(await follow('sida.example/x')).toEqual(found('works', null, 200))
    await closed
    expect(sent).toBeLessThan(32 * 1024 * 1024)
  })

  test('a robots.txt without end is read up to its limit and no longer', async () => {
    answers = {
      'sida.example/robots.txt': (_request, response) => {
        response.write('User-agent: *\nDisallow: /hemligt\n')
        const go = () => {
          while (!response.destroyed && response.write('# mer\n'.repeat(4096)));
        }
        response.on('drain', go)
        go()
      },
      'sida.example/x': status(200),
    }
    expect(await follow('sida.example/x')).toEqual(found('works', null, 200))
    expect(await follow('sida.example/hemligt')).toEqual(found('not_checked', 'robots'))
  })

  test('a server that never answers, and one that never ends its head', async () => {
    answers = {
      'sida.example/x': () => {},
      'annan.example/robots.txt': (_request, response) => {
        response.write('User')
      },
    }
    const limit = { seconds: 0.2 }
    expect(await follow('sida.example/x', limit)).toEqual(found('unreachable', 'timeout'))
    expect(await follow('annan.example/x', limit)).toEqual(found('unreachable', 'timeout'))
  })

  test('a socket that is closed, a port where nobody listens and a name that does not exist', async () => {
    answers = { 'sida.example/x': (_request, response) => response.destroy() }
    expect(await follow('sida.example/x')).toEqual(found('unreachable', 'broken-off'))
    expect(await follower().follow('http://sida.example:1/')).toEqual(found('unreachable', 'no-connection'))
    expect(await follow('saknas.example/')).toEqual(found('unreachable', 'no-such-name'))
  })

  test('what is not HTTP at all is told from what is a certificate of nobody’s', async () => {
    expect((await follower().follow(`https://sida.example:${port}/`)).outcome).toBe('unreachable')
  })
})

describe('redirects', () => {
  test('one for good has moved, one for the time being has not', async () => {
    answers = {
      'sida.example/gammal': leadsTo(301, 'sida.example/ny'),
      'sida.example/flytt': leadsTo(308, 'sida.example/steg'),
      'sida.example/steg': leadsTo(302, 'sida.example/ny'),
      'sida.example/ny': status(200),
    }
    expect(await follow('sida.example/gammal')).toEqual(found('moved', null, 200, to('sida.example/ny')))
    expect(await follow('sida.example/steg')).toEqual(found('works', null, 200))
    expect(await follow('sida.example/flytt')).toEqual(found('moved', null, 200, to('sida.example/steg')))
  })

  test('one to a page that is gone is broken', async () => {
    answers = { 'sida.example/gammal': leadsTo(301, 'annan.example/borta') }
    expect(await follow('sida.example/gammal')).toEqual(found('broken', 'status', 404))
  })

  test('in a circle, too many, and to no web address', async () => {
    answers = {
      'sida.example/a': leadsTo(302, 'sida.example/b'),
      'sida.example/b': leadsTo(302, 'sida.example/a'),
      'sida.example/fil': status(301, { location: 'ftp://sida.example/fil' }),
      ...Object.fromEntries(
        Array.from({ length: 9 }, (_, place) => [`sida.example/${place}`, leadsTo(302, `sida.example/${place + 1}`)]),
      ),
    }
    expect(await follow('sida.example/a')).toEqual(found('broken', 'loop', 302))
    expect(await follow('sida.example/0')).toEqual(found('broken', 'too-many-redirects'))
    expect(lines()).not.toContain('HEAD sida.example/7')
    expect(await follow('sida.example/fil')).toEqual(found('broken', 'bad-redirect', 301))
  })
})

describe('what lies within', () => {
  test('a name with any inner address is not connected to, nor is a redirect to one', async () => {
    answers = {
      'sida.example/namn': leadsTo(302, 'inre.example/x'),
      'sida.example/tal': status(302, { location: 'http://169.254.169.254/latest/meta-data/' }),
      'sida.example/sex': status(302, { location: 'http://[::ffff:7f00:1]/' }),
      'sida.example/losen': status(302, { location: 'http://a:b@annan.example/' }),
    }
    const closed = found('not_checked', 'closed-address')
    for (const place of [
      'inre.example/x',
      'bada.example/x',
      'sida.example/namn',
      'sida.example/tal',
      'sida.example/sex',
    ])
      expect([place, await follow(place)]).toEqual([place, closed])
    expect(await follow('sida.example/losen')).toEqual(found('not_checked', 'credentials'))
    expect(lines().filter((line) => !line.includes('HEAD sida.example/'))).toEqual([])
  })

  test('a name is looked up once for each request, and the connection goes to what was checked', async () => {
    answers = { 'byter.example/x': status(200) }
    let lookups = 0
    const rebinding: Reach = {
      ...reach,
      async resolve() {
        lookups += 1
        return [{ address: lookups > 2 ? '10.0.0.1' : '127.0.0.1', family: 4 }]
      },
    }
    const one = follower({}, rebinding)
    expect(await one.follow(to('byter.example/x'))).toEqual(found('works', null, 200))
    expect(lookups).toBe(2)
    expect(await one.follow(to('byter.example/x'))).toEqual(found('not_checked', 'closed-address'))
  })

  test.each([
    ['http://127.0.0.1/', 'closed-address'],
    ['http://2130706433/', 'closed-address'],
    ['http://0x7f.1/', 'closed-address'],
    ['http://[::1]/', 'closed-address'],
    ['http://localhost/', 'closed-address'],
    [`http://127.0.0.1:${port}/`, 'port'],
  ])('the portal’s own way out refuses %s', async (url, reason) => {
    expect(await follower({}, openInternet).follow(url)).toEqual(found('not_checked', reason))
    expect(asked).toEqual([])
  })
})

describe('politeness', () => {
  test('robots.txt is asked for once and obeyed, also where a redirect leads; one that fails leaves the site alone', async () => {
    answers = {
      'sida.example/robots.txt': (_request, response) => response.end('User-agent: *\nDisallow: /hemligt'),
      'sida.example/oppet': status(200),
      'sida.example/vidare': leadsTo(302, 'annan.example/x'),
      'annan.example/robots.txt': status(500),
    }
    const one = follower()
    expect((await one.follow(to('sida.example/hemligt/x'))).reason).toBe('robots')
    expect((await one.follow(to('sida.example/oppet'))).outcome).toBe('works')
    expect((await one.follow(to('sida.example/vidare'))).reason).toBe('robots-failed')
    expect(lines()).toEqual(['HEAD sida.example/oppet', 'HEAD sida.example/vidare'])
    expect(asked.filter(({ line }) => line === 'GET sida.example/robots.txt')).toHaveLength(1)
  })

  test('who asks us to wait a little is asked again after it, who asks for long is left alone', async () => {
    let times = 0
    answers = {
      'sida.example/x': (request, response) => {
        times += 1
        status(times === 1 ? 429 : 200, times === 1 ? { 'retry-after': '1' } : {})(request, response)
      },
      'annan.example/x': status(503, { 'retry-after': '3600' }),
      'annan.example/y': status(200),
    }
    expect(await follow('sida.example/x')).toEqual(found('works', null, 200))
    const [, first, again] = asked
    expect((again?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(950)
    const one = follower()
    expect(await one.follow(to('annan.example/x'))).toEqual(found('not_checked', 'busy'))
    expect(await one.follow(to('annan.example/y'))).toEqual(found('not_checked', 'busy'))
    expect(lines()).not.toContain('HEAD annan.example/y')
  })

  test('a host is asked one thing at a time, with a pause; hosts do not wait for each other', async () => {
    const later: Answer = (request, response) => {
      setTimeout(() => status(200)(request, response), 30)
    }
    const places = [1, 2, 3].flatMap((place) => [`sida.example/${place}`, `annan.example/${place}`])
    answers = Object.fromEntries(places.map((place) => [place, later]))
    const outcomes: string[] = []
    await follower({ pauseMs: 60 }).followAll(places.map(to), (_url, one) => outcomes.push(one.outcome))
    expect(outcomes).toEqual(places.map(() => 'works'))
    expect(mostBusy).toBe(2)
    for (const host of ['sida.example', 'annan.example']) {
      const times = asked.filter(({ line }) => line.includes(host)).map(({ at }) => at)
      expect(times).toHaveLength(4)
      for (const [place, at] of times.entries()) expect(at - (times[place - 1] ?? -1000)).toBeGreaterThan(55)
    }
  })

  test('links to the same host are never asked side by side, whoever leads there', async () => {
    answers = {
      'sida.example/a': leadsTo(302, 'annan.example/x'),
      'annan.example/x': (request, response) => {
        setTimeout(() => status(200)(request, response), 30)
      },
    }
    await follower().followAll([to('sida.example/a'), to('annan.example/x')], () => {})
    const [first, second] = asked.filter(({ line }) => line === 'HEAD annan.example/x')
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(25)
  })
})
