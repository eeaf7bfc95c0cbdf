import { channel } from 'node:diagnostics_channel'
import type { AddressInfo } from 'node:net'
import { type StartParts, startApp } from './app.ts'
import type { Ground } from './crawl.ts'

/** The address that the portal under test believes to have; plain http, so that a browser takes its files from here. */
const publicOrigin = 'http://samverkan.example.se'

export type Served = Ground & {
  /** The pattern of the route that answered the address: '/beslut/:slug'. */
  routeOf: (url: string) => string
  /** What kind of page an address has, known before it is asked for: its path without the names of things, and what it asks. */
  kindOf: (url: string) => string
  /** Whether readers get the page too. */
  isForAnyone: (url: string) => boolean
  close: () => Promise<void>
}

/** The whole portal behind a real port. Close it before the database. */
export async function serve({ env = {}, ...parts }: StartParts): Promise<Served> {
  const app = await startApp({ ...parts, env: { PUBLIC_ORIGIN: publicOrigin, ...env } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const routes = new Map<string, string>()
  // Fastify tells here which route answers what.
  const answering = channel('tracing:fastify.request.handler:start')
  const note = (message: unknown) => {
    const { request, route } = message as { request: { originalUrl: string }; route: { url: string } }
    routes.set(request.originalUrl, route.url)
  }
  answering.subscribe(note)
  const routeOf = (url: string) => routes.get(url) ?? ''
  const forAnyone = new Set(
    app.declarations.filter(({ method, may }) => method === 'GET' && may.kind === 'anyone').map(({ url }) => url),
  )
  const words = new Set(app.declarations.flatMap(({ url }) => url.split('/')))
  const kindOf = (url: string) => {
    const [path = '', query = ''] = url.split('?')
    const shape = path.split('/').map((part) => (words.has(part) ? part : '*'))
    return `${shape.join('/')} ${[...new URLSearchParams(query).keys()].toSorted()}`
  }
  return {
    server: `http://127.0.0.1:${port}`,
    publicOrigin,
    base: env.BASE_PATH ?? '',
    routeOf,
    kindOf,
    isForAnyone: (url) => forAnyone.has(routeOf(url)),
    async close() {
      answering.unsubscribe(note)
      app.server.closeAllConnections()
      await app.close()
    },
  }
}
