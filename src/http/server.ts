import { randomUUID } from 'node:crypto'
import { Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyTypeProvider,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify'
import type { Kysely } from 'kysely'
import type { z } from 'zod'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import type { Day } from '../kernel/dates.ts'
import { addresses } from './addresses.ts'
import { assets } from './assets.ts'
import { cache } from './cache.ts'
import { compression } from './compression.ts'
import { cookies } from './cookies.ts'
import { answerBrokenRequest, type ErrorPageParts, errorPages } from './error-pages.ts'
import { forms } from './forms.ts'
import { health, type Readiness } from './health.ts'
import { loggerOptions, logRequests, quietly } from './log.ts'
import { metrics } from './metrics.ts'
import { type Currency, cachingServer, PageCache, pageCache } from './page-cache.ts'
import { type BodyFinders, type Identify, permissions } from './permissions.ts'
import { letGoOfIdle } from './quiet-connections.ts'
import { knownRoutes } from './routes.ts'
import { isWellFormed, longestAddress, security } from './security.ts'
import { type OwnerOf, view } from './view.ts'

/** A route's zod schemas give its handler the types of params and querystring. */
interface ZodTypes extends FastifyTypeProvider {
  validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown
}

/** What a room's plugin gets: `export const meetingsRoutes = (room: Room) => async (app: App) => { app.get(…) }` */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypes
>

/** What every room is given. */
export type Room = { db: Kysely<Database>; config: Config; today: () => Day }

/** How long open connections are waited for once the server is to close, in milliseconds. */
const farewellPause = 200
/** The same when many are reading: of them all, somebody may be slow to send the next request. */
const crowdPause = 3_000
/** So many requests within a second are many. */
const crowd = 20

export type ServerParts = {
  config: Config
  today: () => Day
  readiness: Readiness
  /** Who asks. Default: everybody is an anonymous reader. */
  identify?: Identify | undefined
  bodyOf?: BodyFinders | undefined
  askToSignIn?: ErrorPageParts['askToSignIn']
  /** Whose coordinators may read the history of a thing; its pages then link there. */
  ownerOf?: OwnerOf | undefined
  /** What tells whether a kept page is still current. Absent: no pages are kept. */
  currency?: Currency | undefined
  /** What is watched besides the server itself. */
  db?: Kysely<Database> | undefined
  /** Where the log goes. Default: stdout. */
  log?: { write(line: string): void } | undefined
  /** Shorter in tests. */
  waits?: Waits | undefined
}

/** How long the server waits for those who send or take slowly, in milliseconds. */
export type Waits = {
  /** For the head of a request, which comes at once from everybody who wants an answer. */
  headers: number
  /** For all of a request: long enough for a large file over a slow line, and not for those who never finish. */
  request: number
  /** For anything at all to happen on a connection, also for an answer to be taken. */
  idle: number
  /** Between looks at whom it has waited for long enough. */
  checking: number
}

const usualWaits: Waits = { headers: 20_000, request: 120_000, idle: 120_000, checking: 5_000 }

/** The server with everything that is the same for all rooms: views, permissions, error pages, headers, logs. */
export async function openServer({
  config,
  today,
  readiness,
  identify,
  bodyOf,
  askToSignIn,
  ownerOf,
  currency,
  db,
  log,
  waits = usualWaits,
}: ServerParts): Promise<App> {
  const { pageCacheMegabytes: megabytes } = config
  const pages = currency === undefined ? null : new PageCache({ currency, today, megabytes })
  // When the latest requests came; the oldest of them is the next to be written over.
  const begun = new Float64Array(crowd)
  let count = 0
  const arrived = (now: number) => {
    begun[count % crowd] = now
    count += 1
  }
  const app: App = Fastify({
    logger: loggerOptions(config.logLevel, log),
    logController: quietly,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: config.trustedProxies,
    // What is no address of ours never reaches the router, which would answer in English without our headers.
    rewriteUrl: ({ url = '/' }) => (url.length <= longestAddress && isWellFormed(url) ? url : '/'),
    routerOptions: { maxParamLength: longestAddress },
    clientErrorHandler: answerBrokenRequest,
    bodyLimit: 1024 * 1024,
    requestTimeout: waits.request,
    http: { headersTimeout: waits.headers, connectionsCheckingInterval: waits.checking },
    // Whoever asks while we are closing is answered with a page, as are those already under way.
    return503OnClosing: false,
    serverFactory: cachingServer(pages, arrived, { patience: waits.idle, between: waits.checking }),
  }).withTypeProvider<ZodTypes>()

  app.setValidatorCompiler<z.ZodType>(({ schema }) => (data) => {
    const read = schema.safeParse(data)
    return read.success ? { value: read.data } : { error: read.error }
  })

  await app.register(logRequests, { pages })
  await app.register(security, { config })
  await app.register(addresses)
  await app.register(knownRoutes)
  await app.register(pageCache, { pages })
  await app.register(cache)
  await app.register(compression)
  await app.register(forms)
  await app.register(cookies, { config })
  await app.register(permissions, { identify, bodyOf })
  await app.register(view, { config, today, ownerOf })
  await app.register(errorPages, { base: config.basePath, askToSignIn })
  await app.register(metrics, { pages, db, token: config.metrics.token })
  await app.register(assets, { base: config.basePath })
  await app.register(health, { base: config.basePath, readiness })
  // After the cache has been told, whose answers must say it too: whoever has a connection learns with the next answer
  // that it will be closed. Closing it before would lose a request that is already on its way.
  app.addHook('preClose', async () => {
    stopListening(app)
    const asked = performance.now()
    const crowded = count >= crowd && asked - (begun[count % crowd] ?? 0) < 1_000
    const connected = promisify(app.server.getConnections.bind(app.server))
    while (performance.now() - asked < (crowded ? crowdPause : farewellPause) && (await connected()) > 0)
      await sleep(20)
    letGoOfIdle(app.server)
  })
  return app
}

/**
 * Refuses new connections and goes on answering on those that are open. Before anybody is told that theirs will be closed:
 * whoever is told connects again, and a connection that nobody has taken yet is lost with what it was sent.
 */
export function stopListening({ server }: Pick<App, 'server'>): void {
  if (server.listening) Server.prototype.close.call(server)
}
