import cookie from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'

/** The portal's two cookies. Readers get none: the first is set when signing in begins, the second when it is done. */
export type CookieName = 'sign-in' | 'session'

declare module 'fastify' {
  interface FastifyReply {
    /** Gives the browser a cookie that ends with the browser, at the latest when the session does. */
    giveCookie(name: CookieName, value: string): FastifyReply
    takeCookie(name: CookieName): FastifyReply
  }
  interface FastifyRequest {
    /** What the browser sent, if it can be one of our values; null otherwise. */
    cookieOf(name: CookieName): string | null
  }
}

/**
 * Cookies that scripts cannot read and other sites' forms do not carry. Lax and not Strict: a link in a mail, or the
 * identity provider's answer, leads to a page where one is signed in.
 */
export const cookies = fp(async (app: FastifyInstance, { config }: { config: Config }) => {
  const secure = config.publicOrigin.startsWith('https:')
  const path = config.basePath === '' ? '/' : config.basePath
  // The browser then keeps anybody but us, over https, from setting it: no neighbour under the domain can plant one.
  const prefix = secure ? (path === '/' ? '__Host-' : '__Secure-') : ''
  const nameOf = (name: CookieName) => `${prefix}portal-${name}`
  const options = { path, httpOnly: true, sameSite: 'lax', secure } as const

  await app.register(cookie)
  app.decorateReply('giveCookie', function (this: FastifyReply, name, value) {
    return this.setCookie(nameOf(name), value, options)
  })
  app.decorateReply('takeCookie', function (this: FastifyReply, name) {
    return this.request.cookieOf(name) === null ? this : this.clearCookie(nameOf(name), options)
  })
  app.decorateRequest('cookieOf', function (this: FastifyRequest, name) {
    const value = this.cookies[nameOf(name)]
    return value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : null
  })
})
