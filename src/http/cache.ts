import { hash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/**
 * What may be kept of an answer.
 * shared: the same for every anonymous reader; kept anywhere, asked about again each time (ETag).
 * private: for this person only, kept nowhere. none: true only this instant (health), kept nowhere.
 */
export type CacheRule = 'shared' | 'private' | 'none'

export const cache = fp(async (app: FastifyInstance) => {
  app.addHook('onSend', async (request, reply, payload) => {
    /** Those who wait for the same page need not wait until this is sent. */
    const keepNothing = () => {
      request.rendering?.failed()
      return payload
    }
    if (reply.hasHeader('cache-control')) return keepNothing()
    const { cache: rule } = request.routeOptions.config
    // A signed-in person's page greets by name and a cookie is for one browser: private, whatever the route says.
    const personal = request.identity?.signedIn || reply.hasHeader('set-cookie')
    const shared = rule === 'shared' && !personal && reply.statusCode < 400
    if (!shared) {
      reply.header('cache-control', rule === 'private' || rule === 'shared' ? 'private, no-store' : 'no-store')
      return keepNothing()
    }
    reply.header('cache-control', 'public, max-age=0, must-revalidate')
    if (reply.statusCode !== 200 || !(typeof payload === 'string' || Buffer.isBuffer(payload))) return keepNothing()

    // As bytes from here on: whoever handles it next would else make them anew.
    const body = typeof payload === 'string' ? Buffer.from(payload) : payload
    // Weak, since compression changes the bytes and not the content.
    const tag = `W/"${hash('sha256', body, 'base64url').slice(0, 22)}"`
    reply.header('etag', tag)
    app.keepPage(request, reply, tag, body)
    if (!isSame(request.headers['if-none-match'], tag)) return body
    reply.code(304).removeHeader('content-type').removeHeader('content-length')
    return null
  })
})

/** Whether the reader has the page already. */
export function isSame(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch === tag) return true
  const known = ifNoneMatch.split(',').map((part) => part.trim())
  return known.includes('*') || known.includes(tag) || known.includes(tag.slice(2))
}
