import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** The methods that some route answers at the path (with base path, without query). Empty: there is nothing there. */
    methodsAt(path: string): string[]
  }
}

/** Remembers every route, so that a wrong method can be told from a missing page and the menu only shows what exists. */
export const knownRoutes = fp(async (app: FastifyInstance) => {
  const known: { methods: string[]; pattern: RegExp }[] = []
  app.addHook('onRoute', ({ method, url }) => {
    known.push({ methods: [method].flat(), pattern: patternOf(url) })
  })
  app.decorate('methodsAt', (path: string) => {
    const methods = new Set(known.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods))
    // Asked what may be asked, a whole folder answers, whatever is in it.
    return methods.size === 1 && methods.has('OPTIONS') ? [] : [...methods]
  })
})

function patternOf(url: string): RegExp {
  const source = url
    .split('/')
    .map((part) => {
      if (part === '*') return '.*'
      return part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    })
    .join('/')
  return new RegExp(`^${source}$`)
}
