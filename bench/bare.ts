/** A Fastify server that does nothing but answer bytes it holds in memory: what bench/pages.ts is measured beside. */
import Fastify from 'fastify'

type Answer = { path: string; type: string; etag: string; body: string }

const answers = await new Promise<Answer[]>((done) => process.once('message', (message) => done(message as Answer[])))
const app = Fastify({ logger: false })
for (const { path, type, etag, body } of answers) {
  const bytes = Buffer.from(body, 'base64')
  app.get(path, (request, reply) => {
    if (request.headers['if-none-match'] === etag) return reply.code(304).header('etag', etag).send()
    return reply.header('content-type', type).header('etag', etag).send(bytes)
  })
}
await app.listen({ port: 0, host: '127.0.0.1' })
process.send?.(app.server.address())
