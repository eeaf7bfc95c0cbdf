/** Requests that nobody would make by accident, out of what the portal itself says that it takes. */
import type { Chance } from './chance.ts'
import { type PageForm, standingValues } from './page-forms.ts'
import { boundary, multipart, type Robot } from './robot.ts'

export type Who = 'nobody' | 'member' | 'coordinator' | 'administrator'
export type FuzzedRoute = { method: string; url: string; params: readonly string[]; query: readonly string[] }
export type Asked = {
  method: string
  url: string
  who: Who
  /** The route that was aimed at. */
  route: string
  headers: Record<string, string>
  payload?: string | Buffer
  from: string
}
type Answer = { statusCode: number; body: string; headers: Record<string, unknown> }

const long = 'å'.repeat(100_000)

/** What a text may be at its worst. */
export const nastyTexts: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'x\udfffy',
  '\u0001\u0008\u000b\u001b\u007f',
  '\uffff\ufffe',
  '\u202ekcab\u2066',
  '\u200f\u200e',
  'e\u0301'.repeat(500),
  '👩‍👩‍👧‍👦'.repeat(50),
  long,
  '%',
  '%%%s%n%x',
  '%00',
  '%ED%A0%80',
  "'",
  '"><b>',
  '\\',
  '{{7*7}}',
  '<%= 7*7 %>',
  '$' + '{7*7}',
  '../../../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  'NaN',
  'true',
  '[]',
  '{}',
  '{"a":{"b":[1]}}',
  '\r\nx-injected: yes',
  '%0d%0ax-injected:%20yes',
  'a,b;c|d',
  '(((((((((((((((((((a+)+)+)+)+',
]
export const nastyNumbers: readonly string[] = [
  '0',
  '-1',
  '1',
  '1.5',
  '1e3',
  '1e400',
  '0x10',
  '٣',
  '2147483647',
  '2147483648',
  '-2147483649',
  '9007199254740991',
  '9007199254740993',
  '9223372036854775808',
  '99999999999999999999999999',
  '0,8',
  '999999999,999999',
  '+5',
  ' 7 ',
  '00000000000000001',
  'Infinity',
]
export const nastyDays: readonly string[] = [
  '0000-01-01',
  '0001-01-01',
  '1000-01-01',
  '9998-12-31',
  '9999-12-31',
  '10000-01-01',
  '+275760-09-13',
  '-000001-01-01',
  '2026-02-30',
  '2026-13-01',
  '2025-12-12T00:00:00Z',
  '2025-12-12',
  '1582-10-10',
  'infinity',
  '-infinity',
  'today',
  'hösten 0',
  'hösten 9999',
  '9999',
  '25:61',
  '24:00',
]

const nasty = [...nastyTexts, ...nastyNumbers, ...nastyDays]

const methods = ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND', 'SEARCH', 'QUERY']
const types = [
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded; charset=utf-16',
  'application/json',
  'application/json; charset=x',
  'text/plain',
  'text/xml',
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'application/octet-stream',
  'application/x-www-form-urlencodedx',
  '',
  'x',
  ';;;',
]

type Parts = { routes: readonly FuzzedRoute[]; robot: Robot; chance: Chance }

export function fuzzer({ routes, robot, chance }: Parts) {
  const known = valuesOf(routes, robot)
  const forms = Map.groupBy(robot.forms.values(), ({ action, page }) => routeOf(routes, 'POST', action || page))
  const allForms = [...robot.forms.values()]
  const queryNames = [
    ...new Set([
      ...routes.flatMap(({ query }) => query),
      ...[...robot.forms.values()].flatMap(({ fields }) => fields.map(({ name }) => name)),
    ]),
  ]

  /** One part of a path: mostly something that is there, so that what lies behind is reached. */
  const segment = (url: string, name: string): string => {
    const values = known.get(`${url} ${name}`) ?? []
    if (values.length > 0 && chance.happens(0.75)) return chance.one(values)
    const other = known.get(name) ?? []
    if (other.length > 0 && chance.happens(0.4)) return chance.one(other)
    return shortened(chance.one(nasty), 300)
  }
  const shortened = (text: string, most: number) => (chance.happens(0.98) ? text.slice(0, most) : text)

  const encoded = (text: string): string => {
    if (chance.happens(0.01))
      return `${encodeURIComponent(text.toWellFormed().slice(0, 50))}%${chance.one(['', 'E5', 'zz', '0', 'C0%AF', 'ff'])}`
    try {
      return encodeURIComponent(text)
    } catch {
      return '%ED%A0%80'
    }
  }

  function path({ url }: FuzzedRoute): string {
    // Together they must be there: all parts of one address that has been seen.
    const whole = known.get(url)
    if (whole && chance.happens(0.6)) return chance.one(whole)
    return url
      .split('/')
      .map((part) => (part === '*' || part.startsWith(':') ? encoded(segment(url, part.replace(':', ''))) : part))
      .join('/')
  }

  const pair = (name: string): string[] => {
    const value =
      chance.happens(0.25) && known.has(name) ? chance.one(known.get(name) ?? ['']) : shortened(chance.one(nasty), 400)
    const key = encoded(name)
    switch (chance.below(12)) {
      case 0:
        return [`${key}=${encoded(value)}`, `${key}=${encoded(chance.one(nasty).slice(0, 200))}`]
      case 1:
        return [`${key}[]=${encoded(value)}`]
      case 2:
        return [`${key}[${encoded(chance.one(['a', '__proto__', '0', 'constructor']))}]=${encoded(value)}`]
      case 3:
        return [key]
      case 4:
        return [`${key}.a=${encoded(value)}`]
      default:
        return [`${key}=${encoded(value)}`]
    }
  }

  function query(route: FuzzedRoute): string {
    if (chance.happens(0.3)) return ''
    const names = route.query.length > 0 ? route.query : queryNames
    const some = Array.from({ length: 1 + chance.below(3) }, () =>
      chance.one(chance.happens(0.85) ? names : ['__proto__', 'constructor', 'datum', 'sida', 'x', '']),
    )
    return `?${some.flatMap(pair).join('&')}`
  }

  /** The fields of a form that stands on a page, some of them changed. */
  function fields(route: FuzzedRoute): [string, string][] {
    const own = forms.get(route.url)
    const form = own && chance.happens(0.95) ? chance.one(own) : chance.one(allForms)
    const sent = standingValues(form)
    for (const { name, kind, value, options } of form.fields) {
      // Filled in well enough to come past the first check.
      if (kind === 'button' && chance.happens(0.5)) sent.push([name, value])
      if ((kind === 'radio' || kind === 'checkbox') && chance.happens(0.3)) sent.push([name, value])
      const place = sent.findIndex(([one]) => one === name)
      if (place === -1) continue
      if (kind === 'select' && options.length > 0 && chance.happens(0.7)) sent[place] = [name, chance.one(options)]
      if ((kind === 'text' || kind === 'area' || kind === 'password') && chance.happens(0.7))
        sent[place] = [name, chance.one(fitting)]
      if (kind === 'date' && chance.happens(0.7)) sent[place] = [name, chance.one(['2026-03-10', '2026-12-31'])]
    }
    for (let changes = chance.below(4); changes > 0 && sent.length > 0; changes -= 1) {
      const at = chance.below(sent.length)
      const [name, value] = sent[at] ?? ['', '']
      switch (chance.below(8)) {
        case 0:
          sent.splice(at, 1)
          break
        case 1:
          sent.push([name, chance.one(nasty)])
          break
        case 2:
          sent[at] = [`${name}[${chance.one(['a', '0', '', '__proto__'])}]`, value]
          break
        case 3:
          sent.push([chance.one(['__proto__', 'constructor', 'toString', '__proto__[x]', 'hasOwnProperty']), value])
          break
        case 4:
          sent[at] = [name, chance.one(nastyNumbers)]
          break
        case 5:
          sent[at] = [name, chance.one(nastyDays)]
          break
        default:
          sent[at] = [name, chance.one(nasty)]
      }
    }
    return sent
  }

  function body(route: FuzzedRoute): { type: string | null; payload: string | Buffer } {
    const sent = fields(route)
    const plain = sent.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&')
    const form = 'application/x-www-form-urlencoded'
    const files = allForms.some(
      ({ action, page, multipart }) => multipart && routeOf(routes, 'POST', action || page) === route.url,
    )
    if (files && chance.happens(0.8)) {
      const file = {
        field: 'fil',
        name: shortened(chance.one(nastyTexts), 300).replace(/["\r\n]/g, ''),
        bytes: Buffer.from(chance.one(nasty)),
      }
      const { payload, type } = multipart(sent, chance.happens(0.8) ? file : null)
      if (chance.happens(0.15)) return { type, payload: payload.subarray(0, chance.below(payload.length)) }
      return { type, payload }
    }
    switch (chance.below(20)) {
      case 0:
        return {
          type: 'application/json',
          payload: JSON.stringify(
            Object.fromEntries(
              sent.map(([name, value]) => [
                name,
                chance.one<unknown>([
                  value,
                  null,
                  7,
                  true,
                  [],
                  {},
                  [[value]],
                  { toString: 1 },
                  [{ toString: null }],
                  -1e308,
                ]),
              ]),
            ),
          ),
        }
      case 1:
        return {
          type: 'application/json',
          payload: chance.one([
            '{"a":',
            '[]',
            'null',
            '7',
            '"x"',
            '{"__proto__":{"x":1}}',
            '{"constructor":{"prototype":{"x":1}}}',
            `${'['.repeat(20_000)}`,
          ]),
        }
      case 2:
        return { type: chance.one(types) || null, payload: plain }
      case 3: {
        const { payload, type } = multipart(sent, { field: 'fil', name: 'x.pdf', bytes: Buffer.from('%PDF-1.4 x') })
        return { type, payload: chance.happens(0.5) ? payload : payload.subarray(0, chance.below(payload.length)) }
      }
      case 4:
        return {
          type: `multipart/form-data; boundary=${boundary}`,
          payload: chance.one(['', `--${boundary}`, `--${boundary}\r\n\r\n\r\n`, `--${boundary}--`, plain]),
        }
      case 5:
        return {
          type: form,
          payload: chance.one([
            '',
            '&&&===',
            '%',
            '=%00',
            '%00=%00',
            plain.slice(0, chance.below(plain.length + 1)),
            `${plain}&${'a=&'.repeat(20_000)}`,
          ]),
        }
      default:
        return { type: form, payload: plain }
    }
  }

  return {
    next(): Asked {
      let route = chance.one(routes)
      // What takes long to make is made more seldom.
      if (slow.test(route.url) && chance.happens(0.9)) route = chance.one(routes)
      const strange = chance.happens(0.03)
      const method = strange ? chance.one(methods) : route.method
      const who = chance.one<Who>([
        'nobody',
        'member',
        'coordinator',
        'administrator',
        'administrator',
        'administrator',
      ])
      const headers: Record<string, string> = {
        accept: chance.one(['text/html', 'text/html', 'text/html', 'application/json', '*/*', 'x']),
      }
      if (!chance.happens(0.03)) headers['sec-fetch-site'] = 'same-origin'
      else headers.origin = chance.one(['null', 'https://ont.example', 'x', ''])
      if (chance.happens(0.03)) headers['if-none-match'] = chance.one(['*', 'W/"x"', '"', nastyNumbers[0] ?? ''])
      if (chance.happens(0.02)) headers.authorization = 'Bearer x'
      if (chance.happens(0.02)) headers.range = 'bytes=5-1'
      const url = path(route) + query(route)
      const asked: Asked = {
        method,
        url,
        who,
        route: `${route.method} ${route.url}`,
        headers,
        from: `10.${chance.below(200)}.${chance.below(200)}.${chance.below(200)}`,
      }
      if (method === 'GET' || method === 'HEAD' || method === 'TRACE') return asked
      const { type, payload } = body(route)
      if (type !== null) headers['content-type'] = type
      return { ...asked, payload }
    },
  }
}

const slow = /\.(pdf|xlsx|zip)$|openapi|oppna-data|kallor-och-metod/

/** What is taken by fields that do not take just any words. */
const fitting = [
  'Prov av ord',
  'Prov',
  '2026-03-10',
  '0,8',
  '10:00',
  'https://lank.example/x',
  'prov@test.example',
  '7',
  'hösten 2026',
  'Namn | https://lank.example/',
  '2026',
  '',
]

function routeOf(routes: readonly FuzzedRoute[], method: string, url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? ''
  const parts = path.split('/')
  const fits = routes.filter(({ method: one, url: pattern }) => {
    const asked = pattern.split('/')
    return (
      one === method &&
      asked.length === parts.length &&
      asked.every((part, place) => part.startsWith(':') || part === parts[place])
    )
  })
  return fits.sort((a, b) => a.url.split(':').length - b.url.split(':').length)[0]?.url ?? path
}

/** Values of parameters that are there, by route and by name alone, and whole addresses by route. */
function valuesOf(routes: readonly FuzzedRoute[], { pages, forms }: Robot): Map<string, string[]> {
  const values = new Map<string, string[]>()
  const add = (key: string, value: string) => {
    const all = values.get(key) ?? []
    if (all.length < 40 && !all.includes(value)) values.set(key, [...all, value])
  }
  const links = new Set<string>(pages.keys())
  for (const html of pages.values())
    for (const [, href = ''] of html.matchAll(/\s(?:href|action)="(\/[^"#?]*)/g)) links.add(href)
  for (const { action } of forms.values()) if (action) links.add(action)
  for (const link of links) {
    for (const method of ['GET', 'POST']) {
      const route = routeOf(routes, method, link)
      if (!route.includes(':')) continue
      add(route, link)
      for (const [place, part] of route.split('/').entries()) {
        if (!part.startsWith(':')) continue
        const value = decodeURIComponent(link.split('/')[place] ?? '')
        add(`${route} ${part.slice(1)}`, value)
        add(part.slice(1), value)
      }
    }
  }
  for (const html of pages.values())
    for (const [, name = '', value = ''] of html.matchAll(/[?;&]([a-z-]{1,30})=([^&"#]{1,60})/g)) {
      try {
        add(name, decodeURIComponent(value))
      } catch {}
    }
  return values
}

const inside =
  /node:internal|node_modules|\bat \S+ \(|\.ts:\d+|(Type|Syntax|Reference|Range)Error\b|ZodError|kysely|relation "|column "|syntax error at|invalid input syntax|violates|duplicate key|\bFST_|ECONNREFUSED/

/** What is wrong with an answer, whatever was asked. */
export function faultsOf(
  { method, url, headers: { accept = '' } }: Asked,
  { statusCode, body, headers }: Answer,
): string[] {
  const faults: string[] = []
  // The identity provider of the test is never there, which the page says.
  const away = statusCode === 503 && url.startsWith('/logga-in/arbetsgivare')
  if (statusCode >= 500 && !(away && headers['retry-after'] !== undefined)) faults.push(`status ${statusCode}`)
  const found = inside.exec(typeof body === 'string' ? body : '')
  const type = String(headers['content-type'] ?? '')
  if (found && /html|json|text/.test(type))
    faults.push(`shows “${body.slice(Math.max(0, found.index - 30), found.index + 60)}”`)
  if (headers['x-injected'] !== undefined) faults.push('a header of the asker’s')
  if (headers['x-content-type-options'] !== 'nosniff') faults.push('no nosniff')
  if (!String(headers['content-security-policy'] ?? '').includes("default-src '"))
    faults.push('no content security policy')
  const location = String(headers.location ?? '')
  if (location !== '' && !/^\/(?![/\\])/.test(location)) faults.push(`leads to ${location}`)
  if (statusCode >= 400) {
    if (method !== 'HEAD' && /html/.test(type) && !(body.includes('<html lang="sv"') && body.includes('site-header')))
      faults.push('not the portal’s own page')
    if (!/^text\/html; charset=utf-8$|^application\/problem\+json|^text\/plain/.test(type) && method !== 'HEAD')
      faults.push(`an error as ${type}`)
    if (!String(headers['cache-control'] ?? '').includes('no-store'))
      faults.push(`an error may be kept: ${headers['cache-control']}`)
    if (accept === 'text/html' && !url.startsWith('/metrics') && /^text\/plain/.test(type))
      faults.push('an error in plain text')
  }
  return faults
}

export type { PageForm }
