import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { unasked } from './permissions.ts'

/** Whether the portal can serve its pages: migrations run and facts loaded. */
export type Readiness = () => Promise<{ ready: boolean; reason?: string }>

/** Both also stand outside the base path: whoever watches the process does not come through the proxy. */
export const health = fp(async (app: FastifyInstance, { base, readiness }: { base: string; readiness: Readiness }) => {
  const config = { may: unasked, cache: 'none' } as const
  for (const prefix of new Set(['', base])) {
    app.get(`${prefix}/healthz`, { config }, async () => ({ alive: true }))
    app.get(`${prefix}/readyz`, { config }, async (request, reply) => {
      const state = await readiness().catch((error: unknown) => {
        request.log.error({ err: error }, 'readiness could not be asked')
        return { ready: false, reason: 'databasen svarar inte' }
      })
      if (!state.ready) reply.code(503).header('retry-after', '10')
      return state
    })
  }
})
