import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { z } from 'zod'
import { withoutPersonalNumbers } from '../kernel/personal-number.ts'

/**
 * What is asked for in an address with a personal identity number is answered at the address without it: neither a page nor
 * the browser's own memory keeps the number. A path is what something is called, and whether there is such a thing is for
 * the router to say; `addressWithoutNumbers` is for whatever shows one.
 */
export const addresses = fp(async (app: FastifyInstance) => {
  app.addHook('onRequest', async (request, reply) => {
    const { path, query } = partsOf(request.originalUrl)
    if (query === null) return
    const clean = queryWithoutNumbers(query)
    if (clean === query) return
    if (request.method === 'GET' || request.method === 'HEAD') {
      // An address of ours: what begins with two strokes is another host's.
      const own = path.replace(/^[/\\]*/, '/')
      return reply.header('cache-control', 'no-store').redirect(`${own}?${clean}`, 303)
    }
    request.query = Object.fromEntries(new URLSearchParams(clean))
  })
})

/** The address of the portal with '[personnummer]' in place of every personal identity number in it. */
export function addressWithoutNumbers(address: string): string {
  const { path, query } = partsOf(address)
  const clean = path.split('/').map(partWithoutNumbers).join('/')
  return query === null ? clean : `${clean}?${queryWithoutNumbers(query)}`
}

function partsOf(address: string): { path: string; query: string | null } {
  const at = address.indexOf('?')
  return at < 0 ? { path: address, query: null } : { path: address.slice(0, at), query: address.slice(at + 1) }
}

function queryWithoutNumbers(query: string): string {
  const clean = (part: string) => {
    const spaced = part.replaceAll('+', '%20')
    const without = partWithoutNumbers(spaced)
    return without === spaced ? part : without
  }
  return query
    .split('&')
    .map((pair) => pair.split('=').map(clean).join('='))
    .join('&')
}

/** A part as it was written, or encoded anew without its numbers. It may be an address itself, encoded once more. */
function partWithoutNumbers(part: string): string {
  const decoded = decodedPart(part)
  const clean = withoutPersonalNumbers(decoded)
  if (clean !== decoded) return encodeURIComponent(clean)
  if (decoded === part || !decoded.includes('%')) return part
  const within = partWithoutNumbers(decoded)
  return within === decoded ? part : encodeURIComponent(within)
}

function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** `?sida=` as a list reads it, from 1: what is no number of a page leads to the first. */
export const pageNumber = z.coerce.number().int().min(1).max(100_000).catch(1).default(1)
