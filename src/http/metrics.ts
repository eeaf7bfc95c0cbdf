import { createHash, timingSafeEqual } from 'node:crypto'
import type { Server } from 'node:http'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Kysely } from 'kysely'
import { type Database, poolOf } from '../db/database.ts'
import type { PageCache } from './page-cache.ts'
import { unasked } from './permissions.ts'

// An import would load all that the module may export, fetch and WebSocket with it, which takes a start 80 ms.
const { createServer } = process.getBuiltinModule('node:http')

// What whoever watches the portal wants to know, in the words of Prometheus. No label holds anything that a reader sent:
// routes stand as they were declared.

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Registry
  }
}

type Parts = {
  pages: PageCache | null
  /** Absent in servers without rooms. */
  db?: Kysely<Database> | undefined
  /** What the main port asks for; undefined: it has no /metrics. */
  token: string | undefined
}

/** Counts requests, and answers /metrics on the main port to whoever knows METRICS_TOKEN. */
export const metrics = fp(async (app: FastifyInstance, { pages, db, token }: Parts) => {
  const registry = new Registry()
  app.decorate('metrics', registry)
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const answered = new Histogram({
    name: 'portal_request_seconds',
    help: 'How long requests took that were not answered from kept pages.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  app.addHook('onResponse', async (request, reply) => {
    // Counted below; the hook is called for these too when they had to wait for the page.
    if (request.answeredKept) return
    const route = request.routeOptions.url ?? 'none'
    answered.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
  })
  if (pages !== null) {
    const { statistics } = pages
    const counted = { hit: () => statistics.hits, 'not-modified': () => statistics.notModified }
    new Counter({
      name: 'portal_kept_pages_answered_total',
      help: 'Requests answered from kept pages.',
      labelNames: ['how'],
      registers,
      collect() {
        this.reset()
        for (const [how, count] of Object.entries(counted)) this.inc({ how }, count())
      },
    })
    new Gauge({
      name: 'portal_kept_pages_bytes',
      help: 'Memory that kept pages take, of PAGE_CACHE_MB.',
      registers,
      collect() {
        this.set(statistics.bytes)
      },
    })
    new Gauge({
      name: 'portal_hears_changes',
      help: '1 while changes in other processes are heard; 0: kept pages are not used.',
      registers,
      collect() {
        this.set(pages.hears ? 1 : 0)
      },
    })
  }
  if (db !== undefined) {
    new Gauge({
      name: 'portal_database_connections',
      help: 'Connections of the pool, and requests that wait for one.',
      labelNames: ['state'],
      registers,
      collect() {
        const pool = poolOf(db)
        if (pool === undefined) return
        this.set({ state: 'open' }, pool.totalCount)
        this.set({ state: 'idle' }, pool.idleCount)
        this.set({ state: 'waiting' }, pool.waitingCount)
      },
    })
    new Gauge({
      name: 'portal_letters',
      help: 'Letters that wait to be sent, and those that were given up.',
      labelNames: ['state'],
      registers,
      async collect() {
        const rows = await db
          .selectFrom('letter')
          .select((eb) => [eb('given_up_at', 'is not', null).as('given_up'), eb.fn.countAll<number>().as('count')])
          .groupBy('given_up')
          .execute()
          .catch(() => null)
        this.reset()
        if (rows === null) return // the database is away, which readyz tells
        for (const state of [false, true]) {
          const count = rows.find(({ given_up }) => given_up === state)?.count ?? 0
          this.set({ state: state ? 'given-up' : 'waiting' }, count)
        }
      },
    })
  }
  if (token === undefined) return
  app.get('/metrics', { config: { may: unasked, cache: 'none' } }, async (request, reply) => {
    if (!isBearer(request.headers.authorization, token)) {
      return reply
        .code(401)
        .header('www-authenticate', 'Bearer')
        .type('text/plain; charset=utf-8')
        .send('Ange METRICS_TOKEN.\n')
    }
    return reply.type(registry.contentType).send(await registry.metrics())
  })
})

/** Takes as long whatever the token is. */
function isBearer(authorization: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`))
}

/** /metrics on a port of its own, for those who can reach that; nothing else is answered there. */
export function metricsServer(registry: Registry): Server {
  return createServer(async (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('Här finns bara /metrics.\n')
      return
    }
    try {
      const text = await registry.metrics()
      response.writeHead(200, { 'content-type': registry.contentType }).end(text)
    } catch {
      response.writeHead(500).end()
    }
  })
}
