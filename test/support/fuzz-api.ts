/**
 * Questions to an API made from its OpenAPI document alone, and what an answer must be by it. It holds nothing that is
 * about this portal, so that a long run is only a matter of asking for more:
 *
 *     const probes = [...systematic(document), ...random(document, { seed: 1, count: 100_000 })]
 */
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import fc from 'fast-check'

type Schema = Record<string, unknown> & { enum?: string[]; pattern?: string; format?: string; type?: string }
export type Parameter = { name: string; in: string; required?: boolean; schema: Schema; example?: unknown }
type Media = { schema: object }
type Header = { required?: boolean; schema: object; $ref?: string }
type Response = { headers?: Record<string, Header>; content?: Record<string, Media> }
type Operation = { parameters?: Parameter[]; responses: Record<string, Response> }
export type OpenApi = {
  servers?: { url: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { headers?: Record<string, Header> }
}

/**
 * fine: every parameter is as its schema says. refused: one of them is not. method: the path has no such operation.
 * any: whatever comes of it, as long as it is described.
 */
type Expected = 'fine' | 'refused' | 'method' | 'any'

export type Probe = {
  path: string
  method: string
  url: string
  headers?: Record<string, string>
  expected: Expected
  /** What is tried, for whoever reads a complaint. */
  what: string
}

export type Answer = { statusCode: number; headers: Record<string, unknown>; body: string }

const methods = ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'SEARCH']

/** Text that parsers, databases and pages have stumbled on. */
const hostile = [
  '',
  ' ',
  '\t\n',
  '\0',
  'a\0b',
  "'",
  "' or 1=1 --",
  '"',
  '\\',
  '%',
  '%25',
  '<script>',
  '{}',
  '[]',
  'null',
  'undefined',
  'true',
  'NaN',
  '-1',
  '0',
  '1e9',
  '99999999999999999999999999',
  '0x10',
  '1.5',
  '../../etc/passwd',
  'åäö',
  'a\u0308',
  '\u202eabc',
  '\ud83c\udf32',
  '\ufeff',
  '2025-02-30',
  '0000-00-00',
  '2025-12-12T99:99:99Z',
  'x'.repeat(300),
  'å'.repeat(150),
  'constructor',
  '__proto__',
  '$where',
]

/** Percent-encoding that is wrong, or that says what must not be said. */
const brokenEncodings = [
  '%',
  '%z',
  '%zz',
  '%c3%28',
  '%ff',
  '%00',
  '%ED%A0%80',
  '%u0041',
  '%2e%2e%2f',
  '%0d%0aX: y',
  '%2F',
  '%5C',
  '+',
  '%2B',
]

/** Values that a schema allows: its borders and its example. */
function allowedBy({ schema, example }: Parameter): string[] {
  const { type, format, minimum, maximum } = schema as Schema & { minimum?: number; maximum?: number }
  const given = example === undefined ? [] : [String(example)]
  if (schema.enum) return schema.enum
  if (type === 'integer') return [minimum, maximum, schema.default].filter((one) => one !== undefined).map(String)
  if (format === 'date') return ['2025-12-12', '1000-01-01', '9999-12-31', '2024-02-29', ...given]
  if (format === 'date-time') {
    return [
      '2025-12-12T08:00:00Z',
      '2025-12-12t08:00:00.123456789+01:00',
      '0001-01-01T00:00:00+23:59',
      '9999-12-31T23:59:60-23:59',
      ...given,
    ]
  }
  const candidates = ['kalmar', '2025', '1900', '2199', 'a', 'x'.repeat(200), 'Åkerbo_1.b', '2025-11', ...given]
  return candidates.filter((value) => fits(schema, value))
}

const shapes = new Ajv2020({ strict: false })
;(formats as unknown as (to: Ajv2020) => void)(shapes)

/** Whether a value of a query or a path is one that the schema allows. */
function fits(schema: Schema, value: string): boolean {
  const read = schema.type === 'integer' ? (/^-?\d+$/.test(value) ? Number(value) : value) : value
  return shapes.compile(schema)(read) as boolean
}

const queryOf = (operation: Operation) => (operation.parameters ?? []).filter((one) => one.in === 'query')
const required = (operation: Operation) => queryOf(operation).filter((one) => one.required)
const encode = (value: string) => encodeURIComponent(value.toWellFormed())

function fill(path: string, value: string): string {
  return path.replace(/\{[^}]+\}/g, () => value)
}

function urlOf(base: string, path: string, pairs: readonly (readonly [string, string])[], id = 'finns-inte'): string {
  const query = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
  return `${base}${fill(path, encode(id))}${query === '' ? '' : `?${query}`}`
}

const baseOf = ({ servers }: OpenApi) => new URL(servers?.[0]?.url ?? 'http://x').pathname.replace(/\/$/, '')

function* gets(document: OpenApi): Generator<[path: string, operation: Operation]> {
  for (const [path, item] of Object.entries(document.paths)) if (item.get) yield [path, item.get]
}

/** Each path with each parameter at each of its borders and beyond them, each method that is not there, and each kind of broken address. */
export function systematic(document: OpenApi): Probe[] {
  const base = baseOf(document)
  const probes: Probe[] = []
  for (const [path, operation] of gets(document)) {
    const must = required(operation).map(({ name, example }) => [name, String(example)] as [string, string])
    const add = (expected: Expected, what: string, pairs: [string, string][], more: Partial<Probe> = {}) =>
      probes.push({ path, method: 'GET', url: urlOf(base, path, pairs), expected, what, ...more })
    add(must.length === 0 ? 'fine' : 'refused', 'nothing but the path', [])
    for (const parameter of queryOf(operation)) {
      const { name, schema } = parameter
      const others = must.filter(([other]) => other !== name)
      const rest = others.length === must.length && must.length > 0
      // Beside a required parameter there may be rules for what belongs together, which a schema cannot say.
      for (const value of allowedBy(parameter))
        add(rest || must.length > 0 ? 'any' : 'fine', `${name} as allowed`, [...others, [name, value]])
      for (const value of hostile) {
        if (fits(schema, value) || value.includes('\0')) continue
        add('refused', `${name} as not allowed`, [...others, [name, value]])
      }
      const [some = 'x'] = allowedBy(parameter)
      add('refused', `${name} twice`, [...others, [name, some], [name, some]])
      add('refused', `${name} as a list`, [...others, [`${name}[]`, some]])
      add('refused', `${name} as an object`, [...others, [`${name}[a]`, some]])
    }
    add('refused', 'a parameter that is not there', [...must, ['finns-inte', '1']])
    add('refused', 'a parameter with a name from the prototype', [...must, ['__proto__', '1']])
    for (const broken of brokenEncodings) {
      probes.push({
        path,
        method: 'GET',
        url: `${base}${fill(path, 'a')}?${broken}=1&b=${broken}`,
        expected: 'any',
        what: `query ${broken}`,
      })
      if (path.includes('{')) {
        probes.push({
          path,
          method: 'GET',
          url: `${base}${fill(path, broken)}`,
          expected: 'any',
          what: `path ${broken}`,
        })
      }
    }
    if (path.includes('{')) {
      for (const id of hostile.filter(Boolean)) add('any', 'a hostile id', [], { url: urlOf(base, path, [], id) })
    }
    add('any', 'a long address', [['x', 'y'.repeat(5_000)]])
    for (const method of methods) add('method', method, must, { method })
    add('any', 'HEAD', must, { method: 'HEAD' })
    for (const accept of ['text/html', 'application/xml', 'x', '*/*;q=0'])
      add('any', `accept ${accept}`, must, { headers: { accept } })
    add('any', 'if-none-match *', must, { headers: { 'if-none-match': '*' } })
    add('any', 'if-none-match of nobody', must, { headers: { 'if-none-match': 'W/"x", y' } })
    add('any', 'a range', must, { headers: { range: 'bytes=0-1' } })
  }
  return probes
}

/** Any number of random questions, the same for the same seed. */
export function random(document: OpenApi, { seed, count }: { seed: number; count: number }): Probe[] {
  const base = baseOf(document)
  const probe = fc.constantFrom(...gets(document)).chain(([path, operation]) => {
    const parameters = queryOf(operation)
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom(...hostile),
      fc.constantFrom('x', ...parameters.flatMap(allowedBy)),
    )
    const name = fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('x', ...parameters.map((one) => one.name)) },
      { weight: 1, arbitrary: fc.string({ maxLength: 10 }) },
    )
    return fc.record({
      path: fc.constant(path),
      method: fc.oneof(
        { weight: 12, arbitrary: fc.constant('GET') },
        { weight: 1, arbitrary: fc.constantFrom('HEAD', ...methods) },
      ),
      id: text,
      pairs: fc.array(fc.tuple(name, text), { maxLength: 4 }),
    })
  })
  return fc.sample(probe, { seed, numRuns: count }).map(({ path, method, id, pairs }) => ({
    path,
    method,
    url: urlOf(base, path, pairs, id || 'x'),
    // An address that cannot be read is refused before it is known which operation it names.
    expected: methods.includes(method) && ![id, ...pairs.flat()].some((one) => one.includes('\0')) ? 'method' : 'any',
    what: 'random',
  }))
}

/** @returns a judge of answers: what the document does not allow, in words; empty when all is as it says */
export function judgeOf(document: OpenApi): (probe: Probe, answer: Answer) => string[] {
  const ajv = new Ajv2020({ strict: false })
  ;(formats as unknown as (to: Ajv2020) => void)(ajv)
  ajv.addSchema(document, 'api')
  const part = (text: string) => encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'))
  const validators = new Map<string, ReturnType<typeof ajv.compile>>()
  const isValid = (pointer: string, value: unknown) => {
    const check = validators.get(pointer) ?? ajv.compile({ $ref: `api#/${pointer}` })
    validators.set(pointer, check)
    return check(value) ? [] : [`${ajv.errorsText(check.errors)}`]
  }
  return ({ path, method, expected }, { statusCode, headers, body }) => {
    const wrong: string[] = []
    if (statusCode >= 500) wrong.push('a fault of the server')
    if (expected === 'method') {
      if (statusCode !== 405) wrong.push('a method that is not there is not refused as such')
      if (!/\bGET\b/.test(String(headers.allow))) wrong.push('what is allowed is not told')
    }
    if (expected === 'refused' && (statusCode < 400 || statusCode > 499))
      wrong.push('what is not allowed is not refused')
    if (expected === 'fine' && statusCode !== 200 && statusCode !== 404) wrong.push('what is allowed is refused')
    const responses = document.paths[path]?.get?.responses ?? {}
    const key = String(statusCode) in responses ? String(statusCode) : 'default'
    const described = responses[key]
    if (described === undefined) return [...wrong, 'the status is not described']
    if (key === 'default' && statusCode < 400) wrong.push('the status is not described')
    for (const [name, header] of Object.entries(described.headers ?? {})) {
      const { $ref } = header
      const of = $ref === undefined ? header : document.components.headers?.[$ref.split('/').at(-1) as string]
      const given = headers[name.toLowerCase()]
      if (given === undefined && of?.required) wrong.push(`the header ${name} is missing`)
      if (given !== undefined && of && !(ajv.validate(of.schema, given) as boolean))
        wrong.push(`the header ${name} is ${given}`)
    }
    const type = String(headers['content-type'] ?? '').split(';')[0] as string
    if (method === 'HEAD' || statusCode === 304) {
      if (body !== '') wrong.push('there is content where there must be none')
      return wrong
    }
    if (described.content === undefined) return wrong
    if (!(type in described.content)) return [...wrong, `the content is ${type || 'of no type'}`]
    if (!type.endsWith('json')) return wrong
    const value: unknown = JSON.parse(body)
    wrong.push(...isValid(`paths/${part(path)}/get/responses/${key}/content/${part(type)}/schema`, value))
    if (type.includes('problem') && (value as { status?: number }).status !== statusCode)
      wrong.push('the problem has another status')
    if (/\bat .*\.[jt]s:\d/.test(body)) wrong.push('a trace of the program')
    return wrong
  }
}
