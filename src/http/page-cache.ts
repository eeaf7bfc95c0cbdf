import type { IncomingMessage, OutgoingHttpHeader, ServerOptions, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyServerFactory } from 'fastify'
import fp from 'fastify-plugin'
import type { Kysely } from 'kysely'
import { commitsOf } from '../audit/commits.ts'
import type { ChangeChannel } from '../db/change-channel.ts'
import type { Database } from '../db/database.ts'
import { isSame } from './cache.ts'
import { compress, type Encoding, encodingFor } from './compression.ts'
import { refuseRequest } from './error-pages.ts'
import { letGoOfQuiet, type Quiet } from './quiet-connections.ts'

// Not imported, since that takes a start 80 ms: see metrics.ts.
const { createServer } = process.getBuiltinModule('node:http')

// Rendered pages of readers without a session. They are kept as they were sent, and answered before anything else is
// done for a request. See docs/adr/0080.

/** What tells whether a kept page is still the page: this process' own commits, and what it hears of others'. */
export type Currency = {
  /** Differs from before when something may have changed; null while this process is committing, and nobody knows. */
  age: () => number | null
  /**
   * current: pages of this age are served. unknown: something may have changed unheard, so nothing is served or kept.
   * standing: the database is down, nothing can change, and pages of this age are served since no other can be made.
   */
  state: () => 'current' | 'unknown' | 'standing'
}

const states = { listening: 'current', lost: 'unknown', stopped: 'standing' } as const

/** Pages are current as long as neither this process nor, as far as is heard, any other has committed a change. */
export function currencyOf(db: Kysely<Database>, heard: Pick<ChangeChannel, 'hearing' | 'count'>): Currency {
  const commits = commitsOf(db)
  return {
    age: () => (commits.inFlight > 0 ? null : commits.count + heard.count()),
    state: () => states[heard.hearing()],
  }
}

/** As it is sent. Headers as writeHead takes them fastest: name, value, name, value. */
type Form = { headers: OutgoingHttpHeader[]; body: Buffer }

type Kept = {
  /** Which page it is: its address. */
  key: string
  /** Pages say what day it is: overdue, coming, in force. */
  day: string
  age: number
  tag: string
  /** The few that a reader who has the page needs. */
  headersUnchanged: OutgoingHttpHeader[]
  plain: Form
  compressed: Partial<Record<Encoding, Form | Promise<Form>>>
  bytes: number
  /** False once it has been thrown out. */
  listed: boolean
  answers: Untold
}

/** How often a page has been answered since that was last told of, for each of the ways; none: told, or never answered. */
type Untold = { url: string; times: number[] }

/** The ways to answer with a kept page, as the log tells of them: whole or "not modified", to GET or to HEAD. */
const ways = [
  { method: 'GET', status: 200 },
  { method: 'GET', status: 304 },
  { method: 'HEAD', status: 200 },
  { method: 'HEAD', status: 304 },
] as const

/** So many answers with a kept page. */
export type KeptAnswers = { method: 'GET' | 'HEAD'; status: 200 | 304; url: string; times: number }

/** A page that is being rendered. The first call counts. */
export type Rendering = {
  done: (tag: string, body: Buffer, headers: Readonly<Record<string, OutgoingHttpHeader | undefined>>) => void
  failed: () => void
}

export type PageCacheStatistics = { hits: number; notModified: number; kept: number; bytes: number }

/** Beside the page itself: its key, headers and place in the list, in bytes. */
const overhead = 2_000
/** How long the day that was asked for counts as today, in milliseconds: finding it out takes longer than answering. */
const dayKept = 100
/** How old a rendering under way may be for others to wait for it, in milliseconds: others' changes show within a second. */
const shareable = 500
/** How many renderings of others may fail before somebody who waits for them makes one of his own. */
const mostTries = 3
/** One page may take at most this part of the whole. */
const mostOfAll = 8
/** When answers with so many pages have not been told of, they are told of at once. */
const mostUntold = 1_000

/** Whoever has, or is getting, a session is never answered from here. */
const personalCookie = /portal-(?:session|sign-in)=/

/** Pages by address, most recently used last; bounded in bytes. */
export class PageCache {
  readonly #currency: Currency
  readonly #today: () => string
  #day = ''
  #dayFound = Number.NEGATIVE_INFINITY
  readonly #most: number
  readonly #pages = new Map<string, Kept>()
  #usedLast: Kept | undefined
  /** Without the pages, which may have been thrown out. */
  #untold: Untold[] = []
  /** That of all kept pages. */
  #age = 0
  readonly #rendering = new Map<string, { day: string; age: number; began: number; page: Promise<Kept | null> }>()
  readonly statistics: PageCacheStatistics = { hits: 0, notModified: 0, kept: 0, bytes: 0 }
  /** Set when the server is closing: connections must then be told so, which the server itself does. */
  closing = false
  /** Called when there is much to be told of; see {@link takeAnswers}. */
  tell: () => void = () => {
    this.takeAnswers()
  }

  /** Whether changes in other processes are heard. */
  get hears(): boolean {
    return this.#currency.state() === 'current'
  }

  /** Whether kept pages can be told to be current or not. */
  get knows(): boolean {
    return this.#currency.state() !== 'unknown'
  }

  constructor({ currency, today, megabytes }: { currency: Currency; today: () => string; megabytes: number }) {
    this.#currency = currency
    this.#today = today
    this.#most = megabytes * 1024 * 1024
  }

  /**
   * Answers from what is kept. False: it is for the server to answer.
   * @param now as performance.now() tells it: asking takes longer than finding the page
   */
  serve(request: IncomingMessage, response: ServerResponse, now = performance.now()): boolean {
    const key = this.keyOf(request)
    if (key === null) return false
    const page = this.#pages.get(key)
    if (page === undefined || page.day !== this.#dayAt(now)) return false
    if (page.age !== this.#currency.age() || this.#currency.state() === 'unknown') return false
    if (page !== this.#usedLast) {
      this.#pages.delete(key)
      this.#pages.set(key, page)
      this.#usedLast = page
    }
    this.send(page, request, response)
    return true
  }

  /** What has been answered with kept pages since it was last asked for, in any order. */
  takeAnswers(): KeptAnswers[] {
    const untold = this.#untold
    this.#untold = []
    return untold.flatMap(({ url, times: ofWays }) =>
      ofWays
        .splice(0)
        .flatMap((times, way) => (times > 0 ? { ...(ways[way] as (typeof ways)[number]), url, times } : [])),
    )
  }

  #dayAt(now: number): string {
    if (now - this.#dayFound > dayKept) {
      this.#day = this.#today()
      this.#dayFound = now
    }
    return this.#day
  }

  /** What the request's page is kept under; null for whatever is not a reader's plain question. */
  keyOf({ method, url, headers }: IncomingMessage): string | null {
    if (this.closing || (method !== 'GET' && method !== 'HEAD') || url === undefined) return null
    if (headers.cookie !== undefined && personalCookie.test(headers.cookie)) return null
    if (headers.authorization !== undefined || headers.range !== undefined || headers.expect !== undefined) return null
    if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) return null
    return url
  }

  /**
   * While one request renders a page, others wait for it instead of doing the same: also when nothing is kept, or a
   * crowd would be rendering until nobody is answered.
   */
  renderingOf(key: string): Promise<Kept | null> | null {
    const under = this.#rendering.get(key)
    if (under === undefined || under.age !== this.#currency.age()) return null
    const now = performance.now()
    return under.day === this.#dayAt(now) && now - under.began < shareable ? under.page : null
  }

  /** A rendering begins. Null while a commit is under way: then nobody knows what it will show. */
  renders(key: string): Rendering | null {
    const age = this.#currency.age()
    if (age === null) return null
    const keepable = this.#currency.state() === 'current'
    const { promise, resolve } = Promise.withResolvers<Kept | null>()
    const began = performance.now()
    const day = this.#dayAt(began)
    const under = { day, age, began, page: promise }
    this.#rendering.set(key, under)
    const ends = (page: Kept | null) => {
      if (this.#rendering.get(key) === under) this.#rendering.delete(key)
      resolve(page)
    }
    return {
      failed: () => ends(null),
      done: (tag, body, headers) => {
        const page = keepablePage({ key, day, age }, tag, body, headers)
        if (keepable && age === this.#currency.age() && this.#currency.state() === 'current') this.#keep(page)
        ends(page)
      },
    }
  }

  #keep(page: Kept): void {
    if (page.bytes > this.#most / mostOfAll) return
    // What was kept before a change is never served again.
    if (page.age !== this.#age) {
      for (const old of this.#pages.keys()) this.#drop(old)
      this.#age = page.age
    }
    this.#drop(page.key)
    page.listed = true
    this.#pages.set(page.key, page)
    this.#usedLast = page
    this.statistics.bytes += page.bytes
    this.#makeRoom()
  }

  #drop(key: string): void {
    const page = this.#pages.get(key)
    if (page === undefined) return
    this.#pages.delete(key)
    page.listed = false
    this.statistics.bytes -= page.bytes
    this.statistics.kept = this.#pages.size
  }

  #makeRoom(): void {
    for (const key of this.#pages.keys()) {
      if (this.statistics.bytes <= this.#most) break
      this.#drop(key)
    }
    this.statistics.kept = this.#pages.size
  }

  /** Answers with the page as it is. */
  send(page: Kept, request: IncomingMessage, response: ServerResponse): void {
    if (isSame(request.headers['if-none-match'], page.tag)) {
      this.statistics.notModified += 1
      response.writeHead(304, page.headersUnchanged).end()
      this.#count(page, request, 1)
      return
    }
    this.statistics.hits += 1
    const encoding = encodingFor(page.plain.body, request.headers['accept-encoding'])
    const form = encoding === null ? page.plain : page.compressed[encoding]
    if (form !== undefined && 'body' in form) this.#write(form, request, response)
    else {
      this.#compress(page, encoding as Encoding).then(
        (compressed) => this.#write(compressed, request, response),
        () => this.#write(page.plain, request, response),
      )
    }
    this.#count(page, request, 0)
  }

  #count(page: Kept, { method }: IncomingMessage, unchanged: 0 | 1): void {
    const { times } = page.answers
    const first = times.length === 0
    if (first) times.push(0, 0, 0, 0)
    const way = (method === 'HEAD' ? 2 : 0) + unchanged
    times[way] = (times[way] as number) + 1
    if (first && this.#untold.push(page.answers) >= mostUntold) this.tell()
  }

  #compress(page: Kept, encoding: Encoding): Promise<Form> {
    const under = page.compressed[encoding]
    if (under !== undefined) return Promise.resolve(under)
    const compressing = compress(page.plain.body, encoding).then((body) => {
      const form = formOf(page.plain.headers.slice(0, -2), body, encoding)
      page.compressed[encoding] = form
      page.bytes += body.length
      if (page.listed) {
        this.statistics.bytes += body.length
        this.#makeRoom()
      }
      return form
    })
    page.compressed[encoding] = compressing
    return compressing
  }

  #write({ headers, body }: Form, request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, headers)
    response.end(request.method === 'HEAD' ? undefined : body)
  }
}

/** The length comes last. */
function formOf(headers: readonly OutgoingHttpHeader[], body: Buffer, encoding: Encoding | null): Form {
  const coding = encoding === null ? [] : ['content-encoding', encoding]
  return { headers: [...headers, ...coding, 'content-length', body.length] as OutgoingHttpHeader[], body }
}

/** Of its own: the request's number, and what follows from the form that is sent. */
const notKept = new Set(['x-request-id', 'content-length', 'vary'])
/** What RFC 9110 asks for in a 304; the reader has the rest already. */
const unchanged = new Set(['etag', 'cache-control', 'vary', 'access-control-allow-origin'])

function keepablePage(
  { key, day, age }: Pick<Kept, 'key' | 'day' | 'age'>,
  tag: string,
  body: Buffer,
  given: Readonly<Record<string, OutgoingHttpHeader | undefined>>,
): Kept {
  const vary = [given.vary, 'accept-encoding'].flat().filter((name) => name !== undefined)
  const headers: (readonly [string, OutgoingHttpHeader])[] = [['vary', vary.join(', ')]]
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !notKept.has(name)) headers.push([name, value])
  }
  return {
    key,
    day,
    age,
    tag,
    headersUnchanged: headers.filter(([name]) => unchanged.has(name)).flat() as OutgoingHttpHeader[],
    plain: formOf(headers.flat() as OutgoingHttpHeader[], body, null),
    compressed: {},
    bytes: body.length + overhead,
    listed: false,
    answers: { url: key, times: [] },
  }
}

/**
 * An address may come with the host that the asker believes this to be, as proxies get them. Pages are about what comes
 * after it, and must not repeat it as part of an address of ours.
 */
function withoutHost(url: string): string {
  if (url.startsWith('/')) return url
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  return path.startsWith('/') ? path : `/${path}`
}

/** HTTP asks every request since 1.1 to say which host it is for. */
function lacksHost({ headers, httpVersion }: IncomingMessage): boolean {
  return headers.host === undefined && httpVersion === '1.1'
}

/**
 * A connection of HTTP/1.1 stays open unless somebody says otherwise (RFC 9112, 9.3). Node says that it does, and for how
 * long: a third of all lines of "not modified", which take both sides longer than anything else about it.
 */
function leaveUnsaidThatItStays({ httpVersion }: IncomingMessage, response: ServerResponse): void {
  if (response.shouldKeepAlive && httpVersion === '1.1') response.removeHeader('connection')
}

/**
 * A request that tells no length has no body (RFC 9112, 6.3), whatever it says that the body is. Nothing may wait for the
 * end of it, which is not told: see optimizeEmptyRequests.
 */
function leaveNothingToWaitFor({ method, headers }: IncomingMessage): void {
  if (method === 'GET' || headers['content-type'] === undefined) return
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined)
    delete headers['content-type']
}

/**
 * Makes servers that ask the cache first, if there is one, and otherwise are as Fastify's own.
 * @param arrived told of each request, with the moment that performance.now() tells
 * @param quiet for how long nothing may happen on a connection
 */
export const cachingServer =
  (pages: PageCache | null, arrived: (now: number) => void, quiet: Quiet): FastifyServerFactory =>
  (handler, options) => {
    const { requestTimeout } = options as Record<string, number>
    const { http = {} } = options as { http?: ServerOptions }
    // Whether there is a host is looked at here: Node itself would refuse without a word. A question has no body, and need
    // not have a stream that ends, which costs a tenth of "not modified"; that the asker has left is told by the response.
    const ours = { requireHostHeader: false, optimizeEmptyRequests: true }
    const server = createServer({ ...http, ...ours }, (request, response) => {
      if (lacksHost(request)) return refuseRequest('bad-request', response)
      const now = performance.now()
      arrived(now)
      request.url = withoutHost(request.url ?? '/')
      leaveUnsaidThatItStays(request, response)
      if (pages?.serve(request, response, now)) return
      leaveNothingToWaitFor(request)
      const key = pages?.keyOf(request) ?? null
      const under = key === null ? null : pages?.renderingOf(key)
      if (!under) return handler(request, response)
      // Of a crowd that waits for one page, only the one who makes it goes through all that a request goes through. Who has
      // left by then makes nothing: what he fails to make others would wait for.
      under.then((page) => {
        if (request.socket.destroyed) return
        if (page === null) handler(request, response)
        else pages?.send(page, request, response)
      })
    })
    server.on('checkExpectation', (request, response) =>
      refuseRequest(lacksHost(request) ? 'bad-request' : 'unmet-expectation', response),
    )
    if (requestTimeout !== undefined) server.requestTimeout = requestTimeout
    server.keepAliveTimeout = 0
    letGoOfQuiet(server, quiet)
    return server
  }

declare module 'fastify' {
  interface FastifyRequest {
    /** The rendering that this request does for itself and for others who want the page; null when it is for itself alone. */
    rendering: Rendering | null
    /** Answered with a page that was kept, or that another request made, and counted as such. */
    answeredKept: boolean
  }
  interface FastifyInstance {
    /** Hands over a shared page that is about to be sent. */
    keepPage: (request: FastifyRequest, reply: FastifyReply, tag: string, body: Buffer) => void
    /** Answers with what was kept before the database went down, if it is that which failed the request. */
    answerKept: (request: FastifyRequest, reply: FastifyReply) => Promise<boolean>
  }
}

/** Keeps what the routes declare to be shared. Registered before the rule on caching, which hands it the pages. */
export const pageCache = fp(async (app: FastifyInstance, { pages }: { pages: PageCache | null }) => {
  app.decorateRequest('rendering', null)
  app.decorateRequest('answeredKept', false)
  app.decorate('keepPage', ({ rendering }, reply, tag, body) => rendering?.done(tag, body, reply.getHeaders()))
  app.decorate('answerKept', async (request, reply) => {
    if (pages === null || request.routeOptions.config.cache !== 'shared') return false
    // Whether it is the server that is down, or only the line to it, is known a moment after the first question failed.
    for (let tries = 0; tries < 10 && !pages.knows; tries += 1) await sleep(25)
    if (!pages.serve(request.raw, reply.raw)) return false
    request.answeredKept = true
    reply.hijack()
    return true
  })
  if (pages === null) return

  app.addHook('preClose', async () => {
    pages.closing = true
  })
  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'GET' || request.routeOptions.config.cache !== 'shared') return
    const key = pages.keyOf(request.raw)
    if (key === null) return
    // When who renders it fails or has gone away, one of those who wait does it instead, and not all of them at once.
    let under = pages.renderingOf(key)
    for (let tries = 0; under !== null && tries < mostTries; tries += 1) {
      const page = await under
      const gone = request.raw.socket.destroyed
      if (page || gone) {
        request.answeredKept = true
        reply.hijack()
        if (page) pages.send(page, request.raw, reply.raw)
        return
      }
      under = pages.renderingOf(key)
    }
    const rendering = pages.renders(key)
    request.rendering = rendering
    // Whatever becomes of it, also when the asker leaves: those who wait must not wait for ever.
    reply.raw.once('close', () => rendering?.failed())
  })
})
