import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isOpenAddress } from '../../src/links/addresses.ts'
import { judge, readPage, readRobots, refuseAddress, retryAfter, robotsAllow } from '../../src/links/rules.ts'

describe('addresses that are not the open internet are never connected to', () => {
  test.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::10.0.0.1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    'localhost',
    '',
  ])('%s', (address) => expect(isOpenAddress(address)).toBe(false))

  test.each(['8.8.8.8', '172.15.255.255', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:400f:80d::200e'])(
    '%s is open',
    (address) => expect(isOpenAddress(address)).toBe(true),
  )

  test('another scheme, another port and a name with password are refused', () => {
    const asked = (url: string) => refuseAddress(new URL(url))
    expect(asked('https://sida.example/')).toBe(null)
    expect(asked('http://sida.example:443/')).toBe(null)
    expect(asked('http://sida.example:8080/')).toBe('port')
    expect(asked('https://namn:ord@sida.example/')).toBe('credentials')
    expect(asked('https://namn@sida.example/')).toBe('credentials')
    expect(asked('ftp://sida.example/')).toBe('bad-redirect')
  })
})

test.each([
  [200, null, 'works'],
  [204, null, 'works'],
  [200, 'https://ny.example/', 'moved'],
  [404, 'https://ny.example/', 'broken'],
  [410, null, 'broken'],
  [500, null, 'broken'],
  [503, null, 'unreachable'],
  [403, null, 'not_checked'],
  [429, null, 'not_checked'],
] as const)('%s after %s is %s', (status, movedTo, outcome) => {
  expect(judge(status, movedTo).outcome).toBe(outcome)
})

test('Retry-After is seconds or a date', () => {
  const now = Date.UTC(2026, 10, 22, 12, 0, 0)
  expect(retryAfter('120', now)).toBe(120)
  expect(retryAfter('Sun, 22 Nov 2026 12:01:00 GMT', now)).toBe(60)
  expect(retryAfter('Sun, 22 Nov 2026 11:00:00 GMT', now)).toBe(0)
  expect(retryAfter('snart', now)).toBe(null)
  expect(retryAfter(undefined, now)).toBe(null)
})

describe('robots.txt', () => {
  const may = (text: string, path: string) => robotsAllow(readRobots(text, 'portal-lankkontroll'), path)

  test('the group that names the program goes before the one for everybody', () => {
    const text =
      'User-agent: *\nDisallow: /\n\nUser-agent: Annan\nUser-agent: Portal-Lankkontroll\nDisallow: /hemligt # här\n'
    expect(may(text, '/oppet')).toBe(true)
    expect(may(text, '/hemligt/sida')).toBe(false)
    expect(may('User-agent: annan\nDisallow: /', '/')).toBe(true)
    expect(may('User-agent: *\r\nDisallow: /', '/')).toBe(false)
  })

  test('the longest rule decides, and of two as long the one that allows', () => {
    const text = 'User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /c\nAllow: /c'
    expect(may(text, '/a/x')).toBe(false)
    expect(may(text, '/a/b/x')).toBe(true)
    expect(may(text, '/c')).toBe(true)
  })

  test.each([
    ['/*.pdf$', '/x/y.pdf', false],
    ['/*.pdf$', '/x/y.pdf?a', true],
    ['/x$', '/x', false],
    ['/x$', '/xy', true],
    ['/a*b*c', '/a1b2c3', false],
    ['/a*b*c', '/a1c2b3', true],
    ['*', '/x', false],
    ['', '/x', true],
    ['/aa*a$', '/aa', true],
  ])('Disallow: %s, %s: %s', (pattern, path, allowed) => {
    expect(may(`User-agent: *\nDisallow: ${pattern}`, path)).toBe(allowed)
  })

  test('a delay is read, and nothing in the file can make reading it slow or fail', () => {
    expect(readRobots('User-agent: *\nCrawl-delay: 2.5', 'x').delaySeconds).toBe(2.5)
    const started = performance.now()
    may(`User-agent: *\nDisallow: /${'*a'.repeat(50_000)}$`, `/${'a'.repeat(100_000)}`)
    may(`User-agent: *\nDisallow: /${' '.repeat(500_000)}x`, '/')
    expect(performance.now() - started).toBeLessThan(2000)
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string(),
        (text, path) => typeof may(text, `/${path}`) === 'boolean',
      ),
    )
  })
})

test('the links of a page: decoded, with the words that lead there and the anchor before them', () => {
  const page = `<h1 class="x">Rubrik &amp; mer</h1><p id="ett">Text <a href="https://sida.example/?a=1&amp;b=2#del" rel="external">Läs <em>mer</em></a></p>
    <a href="/beslut/x">inom</a> <a href="mailto:a@example.se">brev</a> <a data-x="1">utan</a> <section id="tva"><a href="http://annan.example">Annan</a>`
  const { title, links } = readPage(page, 'https://portal.example/moten')
  expect(title).toBe('Rubrik & mer')
  expect(links.map(({ to, anchor, label }) => [to.href, anchor, label])).toEqual([
    ['https://sida.example/?a=1&b=2#del', 'ett', 'Läs mer'],
    ['https://portal.example/beslut/x', 'ett', 'inom'],
    ['http://annan.example/', 'tva', 'Annan'],
  ])
})
