import type { FastifyInstance, FastifyRequest } from 'fastify'
import { LogController } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { withoutPersonalNumbers } from '../kernel/personal-number.ts'
import type { KeptAnswers, PageCache } from './page-cache.ts'

/** One JSON line an event. Queries are left out: what somebody searched for or typed is nobody's business. */
export function loggerOptions(level: Config['logLevel'], stream: { write(line: string): void } = process.stdout) {
  return {
    level,
    stream,
    serializers: {
      // Where it went is told once, without what the log may not know.
      req: ({ method }: { method: string }) => ({ method }),
      // A database error's `detail` repeats the row's values, so only these are kept; its message may repeat one.
      err: (error: Error & { code?: string }) => ({
        type: error.name,
        message: withoutPersonalNumbers(error.message),
        code: error.code,
        stack: withoutPersonalNumbers(error.stack ?? ''),
      }),
    },
  }
}

/** Fastify's own two lines a request are replaced by the one of logRequests. */
export const quietly = new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' })

/** How long answers with kept pages are counted before they are told of, in milliseconds. */
const keptPause = 1_000

export const logRequests = fp(async (app: FastifyInstance, { pages }: { pages: PageCache | null }) => {
  if (pages !== null) logKept(app, pages)
  const secrets = secretsIn(app)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    // Told of together with the others.
    if (request.answeredKept) return
    request.log.info(
      {
        method: request.method,
        path: loggedPath(request, secrets),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'answered',
    )
  })
})

/** One line a second for all who were answered with the same kept page: to write a line takes as long as to answer. */
function logKept(app: FastifyInstance, pages: PageCache): void {
  pages.tell = () => {
    // Pages that differ in what was asked for alone are the same line.
    const alike = Map.groupBy(pages.takeAnswers(), ({ method, status, url }) => `${status} ${method} ${pathOf(url)}`)
    for (const [first, ...more] of alike.values()) {
      const { method, status, url, times } = first as KeptAnswers
      const all = more.reduce((sum, one) => sum + one.times, times)
      app.log.info({ method, path: pathOf(url), status, kept: true, times: all }, 'answered')
    }
  }
  const telling = setInterval(() => pages.tell(), keptPause).unref()
  app.addHook('onClose', async () => {
    clearInterval(telling)
    pages.tell()
  })
}

/** The beginnings of addresses that end with a single-use link's secret, the parameter `:token` of their routes. */
function secretsIn(app: FastifyInstance): ReadonlySet<string> {
  const beginnings = new Set<string>()
  app.addHook('onRoute', ({ url }) => {
    if (url.includes(':token')) beginnings.add(url.slice(0, url.indexOf(':token')))
  })
  return beginnings
}

/**
 * The path without what the log may not know: a secret, also where the address leads nowhere as it is written, and
 * personal identity numbers.
 */
function loggedPath({ originalUrl }: Pick<FastifyRequest, 'originalUrl'>, secrets: ReadonlySet<string>): string {
  const path = pathOf(originalUrl)
  const plain = decoded(path)
  const single = plain.replace(/\/{2,}/g, '/')
  for (const beginning of secrets) if (single.startsWith(beginning)) return `${beginning}:token`
  const known = withoutPersonalNumbers(plain)
  return known === plain ? path : known
}

function decoded(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run)
    } catch {
      return run
    }
  })
}

function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}
