import { createServer, type IncomingMessage, type OutgoingHttpHeader, type ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyInstance, FastifyServerFactory } from 'fastify'
import fp from 'fastify-plugin'
import type { Kysely } from 'kysely'
import { commitsOf } from '../audit/commits.ts'
import type { ChangeChannel } from '../db/change-channel.ts'
import type { Database } from '../db/database.ts'
import { isSame } from './cache.ts'

// Rendered pages of readers without a session. They are kept as they were sent, and answered before anything else is
// done for a request. See docs/adr/0080.

/** What tells whether a kept page is still the page: this process' own commits, and what it hears of others'. */
export type Currency = {
  /** Differs from before when something may have changed. */
  age: () => number
  /**
   * current: pages of this age are served. unknown: something may have changed unheard, so nothing is served or kept.
   * standing: the database is down, nothing can change, and pages of this age are served since no other can be made.
   */
  state: () => 'current' | 'unknown' | 'standing'
}

/** Pages are current as long as neither this process nor, as far as is heard, any other has committed a change. */
export function currencyOf(db: Kysely<Database>, heard: Pick<ChangeChannel, 'hearing' | 'count'>): Currency {
  const commits = commitsOf(db)
  return {
    age: () => commits.count + heard.count(),
    state() {
      // While a commit is under way nobody knows whether it has happened.
      if (commits.inFlight > 0) return 'unknown'
      return { listening: 'current', lost: 'unknown', stopped: 'standing' }[heard.hearing()] as ReturnType<
        Currency['state']
      >
    },
  }
}

type Encoding = 'br' | 'gzip' | 'identity'

type Kept = {
  age: number
  tag: string
  headers: Readonly<Record<string, OutgoingHttpHeader>>
  forms: Partial<Record<Encoding, Buffer | Promise<Buffer>>>
  bytes: number
  /** False once it has been thrown out. */
  listed: boolean
}

export type PageCacheStatistics = { hits: number; notModified: number; kept: number; bytes: number }

/** Beside the page itself: its key, headers and place in the list, in bytes. */
const overhead = 2_000
/** Pages below this size are sent as they are. */
const worthCompressing = 1024
/** How long the day that was asked for counts as today, in milliseconds: finding it out takes longer than answering. */
const dayKept = 100
/** One page may take at most this part of the whole. */
const mostOfAll = 8

const compressors = {
  // Quality 5 costs a few milliseconds a page and is within a few per cent of what higher ones reach on HTML.
  br: (page: Buffer) => promisify(brotliCompress)(page, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (page: Buffer) => promisify(gzip)(page),
}

/** Whoever has, or is getting, a session is never answered from here. */
const personalCookie = /portal-(?:session|sign-in)=/

/** Pages by address and day, most recently used last; bounded in bytes. */
export class PageCache {
  readonly #currency: Currency
  readonly #today: () => string
  #day = ''
  #dayFound = Number.NEGATIVE_INFINITY
  readonly #most: number
  readonly #pages = new Map<string, Kept>()
  readonly #rendering = new Map<string, { age: number; done: Promise<void> }>()
  readonly statistics: PageCacheStatistics = { hits: 0, notModified: 0, kept: 0, bytes: 0 }
  /** Set when the server is closing: connections must then be told so, which the server itself does. */
  closing = false
  /** Told of each answer, for the log. */
  answered: (request: IncomingMessage, response: ServerResponse) => void = () => {}

  constructor({ currency, today, megabytes }: { currency: Currency; today: () => string; megabytes: number }) {
    this.#currency = currency
    this.#today = today
    this.#most = megabytes * 1024 * 1024
  }

  /** Answers from what is kept. False: it is for the server to answer. */
  serve(request: IncomingMessage, response: ServerResponse): boolean {
    const key = this.keyOf(request)
    if (key === null) return false
    const page = this.#pages.get(key)
    if (page === undefined) return false
    if (page.age !== this.#currency.age() || this.#currency.state() === 'unknown') return false
    // Used last.
    this.#pages.delete(key)
    this.#pages.set(key, page)
    this.#send(page, request, response)
    return true
  }

  /** What the request's page is kept under; null for whatever is not a reader's plain question. */
  keyOf({ method, url, headers }: IncomingMessage): string | null {
    if (this.closing || (method !== 'GET' && method !== 'HEAD') || url === undefined) return null
    if (headers.cookie !== undefined && personalCookie.test(headers.cookie)) return null
    if (headers.authorization !== undefined || headers.range !== undefined || headers.expect !== undefined) return null
    if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) return null
    // Pages say what day it is: overdue, coming, in force.
    const now = performance.now()
    if (now - this.#dayFound > dayKept) {
      this.#day = this.#today()
      this.#dayFound = now
    }
    return `${this.#day} ${url}`
  }

  /** The page's age when its rendering begins, to be handed to {@link keep}; null when what is rendered now is not kept. */
  begin(): number | null {
    return this.#currency.state() === 'current' ? this.#currency.age() : null
  }

  /** Keeps a page that was begun at `age`, unless something changed meanwhile. */
  keep(key: string, age: number, tag: string, body: Buffer, headers: Kept['headers']): void {
    if (age !== this.#currency.age() || this.#currency.state() !== 'current') return
    const page: Kept = { age, tag, headers, forms: { identity: body }, bytes: body.length + overhead, listed: true }
    if (page.bytes > this.#most / mostOfAll) return
    this.#drop(key)
    this.#pages.set(key, page)
    this.statistics.bytes += page.bytes
    this.#makeRoom()
  }

  /** While one request renders a page, others wait for it instead of doing the same. */
  renderingOf(key: string): Promise<void> | null {
    const under = this.#rendering.get(key)
    return under !== undefined && under.age === this.begin() ? under.done : null
  }

  /** @returns to be called when the page is kept or has failed */
  renders(key: string, age: number): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    const under = { age, done: promise }
    this.#rendering.set(key, under)
    return () => {
      if (this.#rendering.get(key) === under) this.#rendering.delete(key)
      resolve()
    }
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

  #send(page: Kept, request: IncomingMessage, response: ServerResponse): void {
    if (isSame(request.headers['if-none-match'], page.tag)) {
      this.statistics.notModified += 1
      const { 'content-type': _, ...headers } = page.headers
      response.writeHead(304, headers).end()
      this.answered(request, response)
      return
    }
    this.statistics.hits += 1
    const encoding = this.#encodingFor(page, request.headers['accept-encoding'])
    const form = page.forms[encoding]
    if (form instanceof Buffer) this.#write(page, form, encoding, request, response)
    else {
      this.#compress(page, encoding as 'br' | 'gzip').then(
        (compressed) => this.#write(page, compressed, encoding, request, response),
        () => this.#write(page, page.forms.identity as Buffer, 'identity', request, response),
      )
    }
  }

  #encodingFor({ forms }: Kept, accepted: string | undefined): Encoding {
    if (accepted === undefined || (forms.identity as Buffer).length < worthCompressing) return 'identity'
    if (accepts(accepted, 'br')) return 'br'
    return accepts(accepted, 'gzip') ? 'gzip' : 'identity'
  }

  #compress(page: Kept, encoding: 'br' | 'gzip'): Promise<Buffer> {
    const under = page.forms[encoding]
    if (under !== undefined) return Promise.resolve(under)
    const form = compressors[encoding](page.forms.identity as Buffer).then((compressed) => {
      page.forms[encoding] = compressed
      page.bytes += compressed.length
      if (page.listed) {
        this.statistics.bytes += compressed.length
        this.#makeRoom()
      }
      return compressed
    })
    page.forms[encoding] = form
    return form
  }

  #write(page: Kept, body: Buffer, encoding: Encoding, request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, {
      ...page.headers,
      ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
      'content-length': body.length,
    })
    response.end(request.method === 'HEAD' ? undefined : body)
    this.answered(request, response)
  }
}

/** Whether an Accept-Encoding names the coding and does not refuse it with q=0. */
function accepts(header: string, coding: string): boolean {
  for (const part of header.split(',')) {
    const [name = '', ...parameters] = part.trim().split(';')
    if (name.trim().toLowerCase() === coding)
      return !parameters.some((parameter) => /^\s*q=0(\.0*)?\s*$/.test(parameter))
  }
  return false
}

/** Makes servers that ask the cache first, and otherwise are as Fastify's own. */
export const cachingServer =
  (pages: PageCache): FastifyServerFactory =>
  (handler, options) => {
    const { keepAliveTimeout, requestTimeout, connectionTimeout } = options as Record<string, number>
    const server = createServer((request, response) => {
      if (!pages.serve(request, response)) handler(request, response)
    })
    if (keepAliveTimeout !== undefined) server.keepAliveTimeout = keepAliveTimeout
    if (requestTimeout !== undefined) server.requestTimeout = requestTimeout
    server.setTimeout(connectionTimeout ?? 0)
    return server
  }

declare module 'fastify' {
  interface FastifyRequest {
    /** How the page that is being rendered is to be kept; null when it is not. */
    keeping: { key: string; age: number; done: () => void } | null
  }
  interface FastifyInstance {
    /** Hands a shared page that is about to be sent to the cache. */
    keepPage: (request: FastifyRequest, reply: FastifyReply, tag: string, payload: string | Buffer) => void
  }
}

/** Keeps what the routes declare to be shared. Registered before the rule on caching, which hands it the pages. */
export const pageCache = fp(async (app: FastifyInstance, { pages }: { pages: PageCache | null }) => {
  app.decorateRequest('keeping', null)
  app.decorate('keepPage', (request, reply, tag, payload) => {
    const { keeping } = request
    if (pages === null || keeping === null) return
    const { 'x-request-id': _, 'content-length': __, vary, ...headers } = reply.getHeaders()
    const varies = [vary, 'accept-encoding'].flat().filter((name) => name !== undefined)
    const kept = { ...headers, vary: varies.join(', ') } as Record<string, OutgoingHttpHeader>
    pages.keep(keeping.key, keeping.age, tag, Buffer.from(payload), kept)
    keeping.done()
  })
  if (pages === null) return

  app.addHook('preClose', async () => {
    pages.closing = true
  })
  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'GET' || request.routeOptions.config.cache !== 'shared') return
    const key = pages.keyOf(request.raw)
    if (key === null) return
    const rendering = pages.renderingOf(key)
    if (rendering !== null) {
      await rendering
      if (pages.serve(request.raw, reply.raw)) {
        reply.hijack()
        return
      }
    }
    const age = pages.begin()
    if (age !== null) request.keeping = { key, age, done: pages.renders(key, age) }
  })
  // Whatever became of it: those who wait must not wait for ever.
  app.addHook('onResponse', async ({ keeping }) => keeping?.done())
  app.addHook('onRequestAbort', async ({ keeping }) => keeping?.done())
})
