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

export const logRequests = fp(async (app: FastifyInstance, { pages }: { pages: PageCache | null }) => {
  if (pages !== null) {
    pages.answered = ({ method, url = '' }, { statusCode: status }) =>
      app.log.info({ method, path: pathOf(url), status, ms: 0, kept: true }, 'answered')
  }
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

/** A single-use link's secret is its parameter `:token`; the log gets the route instead of the address. */
function loggedPath({ routeOptions: { url: route }, originalUrl }: FastifyRequest): string {
  return route?.includes(':token') ? route : pathOf(originalUrl)
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url
}
