import type { IncomingHttpHeaders } from 'node:http'
import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import { PortalError } from '../kernel/errors.ts'

/** The longest address the portal answers, in characters: several times its longest filter link. */
export const longestAddress = 2000

/** True when the address can be decoded and holds no NUL, which PostgreSQL refuses in text. */
export function isWellFormed(url: string): boolean {
  try {
    return !decodeURI(url).includes('\0') && !/%00/.test(url)
  } catch {
    return false
  }
}

export const security = fp(async (app: FastifyInstance, { config }: { config: Config }) => {
  const secure = config.publicOrigin.startsWith('https:')
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // The design system draws its small icons as data: masks.
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        ...(secure ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    frameguard: { action: 'deny' },
    // About Internet Explorer, Flash, a filter that browsers have taken out, looking up names beforehand (off behind https
    // anyway) and document.domain, which nothing here sets: each of them makes every answer longer.
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
    xDnsPrefetchControl: false,
    originAgentCluster: false,
    referrerPolicy: { policy: 'strict-origin-when-cross-origin' },
  })

  app.addHook('onRequest', async (request) => {
    if (request.originalUrl.length > longestAddress) throw new PortalError('address-too-long', 'address too long')
    if (!isWellFormed(request.originalUrl)) throw new PortalError('bad-address', 'address cannot be decoded')
    if (!isSafe(request.method) && isCrossSite(request.headers, config.publicOrigin)) {
      throw new PortalError('cross-site', `a form from elsewhere: ${request.headers.origin ?? 'no origin'}`)
    }
  })
})

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

/** Browsers say where a form comes from. What says neither is no browser and carries nobody's cookies. */
function isCrossSite(headers: IncomingHttpHeaders, publicOrigin: string): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  return headers.origin !== undefined && headers.origin !== publicOrigin
}
