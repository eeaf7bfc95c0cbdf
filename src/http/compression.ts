import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

// Answers are packed whole: as a stream, each takes several turns with the threads that pack, which is longer than packing.

export type Encoding = 'br' | 'gzip'

/** Answers below this size, in bytes, are sent as they are. */
const worthCompressing = 1024
/** As far back, as a power of two of bytes, as likeness is looked for: past all of most pages, with little memory to clear. */
const window = 18

const compressors = {
  // Quality 5 takes a millisecond a page and is within a few per cent of what higher ones reach on HTML.
  br: promisify((body: Buffer, done: (error: Error | null, packed: Buffer) => void) =>
    brotliCompress(
      body,
      { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: window } },
      done,
    ),
  ),
  gzip: promisify<Buffer, Buffer>(gzip),
}

/** The body, packed. */
export const compress = (body: Buffer, encoding: Encoding): Promise<Buffer> => compressors[encoding](body)

/** What the reader takes an answer packed as; null: as it is. */
export function encodingFor(body: Buffer, accepted: string | undefined): Encoding | null {
  if (accepted === undefined || body.length < worthCompressing) return null
  if (accepts(accepted, 'br')) return 'br'
  return accepts(accepted, 'gzip') ? 'gzip' : null
}

/** Whether an Accept-Encoding (RFC 9110, 12.5.3) names the coding and does not refuse it with q=0. */
function accepts(header: string, coding: string): boolean {
  for (const part of header.split(',')) {
    const [name = '', ...parameters] = part.trim().split(';')
    if (name.trim().toLowerCase() === coding)
      return !parameters.some((parameter) => /^\s*q=0(\.0*)?\s*$/i.test(parameter))
  }
  return false
}

/** Texts, also those that a type calls so at its end ('application/atom+xml'); pictures, fonts and files are packed already. */
const isText = /^text\/|\/(?:json|xml|javascript)\b|\+(?:json|xml)\b/

/** Packs what is sent whole. What is written while it is sent goes as it is. */
export const compression = fp(async (app: FastifyInstance) => {
  app.addHook('onSend', async (request, reply, payload) => {
    // What has not changed has no content to tell by, and says what it would have said with it (RFC 9110, 15.4.5).
    if (reply.statusCode !== 304 && !isText.test(String(reply.getHeader('content-type') ?? ''))) return payload
    reply.header('vary', [reply.getHeader('vary') ?? [], 'accept-encoding'].flat().join(', '))
    if (!(typeof payload === 'string' || Buffer.isBuffer(payload)) || reply.hasHeader('content-encoding'))
      return payload
    const body = typeof payload === 'string' ? Buffer.from(payload) : payload
    const encoding = encodingFor(body, request.headers['accept-encoding'])
    if (encoding === null) return payload
    const packed = await compress(body, encoding).catch(() => null)
    if (packed === null) return payload
    reply.header('content-encoding', encoding).removeHeader('content-length')
    return packed
  })
})
