import type { FastifyInstance, FastifyRequest } from 'fastify'
import { LogController } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import type { PageCache } from './page-cache.ts'

/** One JSON line an event. Queries are left out: what somebody searched for or typed is nobody's business. */
export function loggerOptions(level: Config['logLevel'], stream: { write(line: string): void } = process.stdout) {
  return {
    level,
    stream,
    serializers: {
      req: (request: { method: string; url: string }) => ({ method: request.method, path: pathOf(request.url) }),
      // A database error's `detail` repeats the row's values, so only these three are kept.
      err: (error: Error & { code?: string }) => ({
        type: error.name,
        message: error.message,
        code: error.code,
        stack: error.stack ?? '',
      }),
    },
  }
}

/** Fastify's own two lines a request are replaced by the one of logRequests. */
export const quietly = new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' })

/** How long answers with kept pages are counted before they are told of, in milliseconds, and at most of how many kinds. */
const counted = { pause: 1_000, kinds: 1_000 }

export const logRequests = fp(async (app: FastifyInstance, { pages }: { pages: PageCache | null }) => {
  if (pages !== null) logKept(app, pages)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        path: loggedPath(request),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'answered',
    )
  })
})

/** One line a second for all who were answered with the same kept page: to write a line takes as long as to answer. */
function logKept(app: FastifyInstance, pages: PageCache): void {
  const times = new Map<string, number>()
  const tell = () => {
    for (const [answer, count] of times) {
      const [status, method, path] = answer.split(' ', 3)
      app.log.info({ method, path, status: Number(status), kept: true, times: count }, 'answered')
    }
    times.clear()
  }
  pages.answered = ({ method, url = '' }, { statusCode }) => {
    const answer = `${statusCode} ${method} ${pathOf(url)}`
    times.set(answer, (times.get(answer) ?? 0) + 1)
    if (times.size >= counted.kinds) tell()
  }
  const telling = setInterval(tell, counted.pause).unref()
  app.addHook('onClose', async () => {
    clearInterval(telling)
    tell()
  })
}

/** A single-use link's secret is its parameter `:token`; the log gets the route instead of the address. */
function loggedPath({ routeOptions: { url: route }, originalUrl }: FastifyRequest): string {
  return route?.includes(':token') ? route : pathOf(originalUrl)
}

function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}
