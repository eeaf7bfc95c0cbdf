import { lookup } from 'node:dns/promises'
import { request as askPlain } from 'node:http'
import { request as askSecure } from 'node:https'
import { isIP } from 'node:net'
import { isOpenAddress } from './addresses.ts'
import type { Reason } from './rules.ts'

type Address = { address: string; family: number }

/** How the world is reached. Tests give one of their own, to have servers that fail on this very machine. */
export type Reach = {
  /** Every address of a name. */
  resolve: (host: string) => Promise<readonly Address[]>
  /** May the address be connected to? */
  isOpen: (address: string) => boolean
  /** May a port other than the web's own be asked? */
  anyPort: boolean
}

/** The open internet and nothing else. */
export const openInternet: Reach = {
  resolve: (host) => lookup(host, { all: true }),
  isOpen: isOpenAddress,
  anyPort: false,
}

/** A request that got no answer to judge. */
export class LinkTrouble extends Error {
  override name = 'LinkTrouble'
  readonly reason: Reason
  constructor(reason: Reason, cause?: unknown) {
    super(reason, { cause })
    this.reason = reason
  }
}

export type Answer = { status: number; location: string | null; retryAfter: string | undefined; body: string }

export type Asking = {
  reach: Reach
  userAgent: string
  /** The most that one request may take, from looking the name up to the last byte. */
  seconds: number
}

/**
 * Asks once, following nothing. The name is looked up here, every address must be open, and the connection is made to
 * one of those addresses: a name that answers otherwise the next moment leads nowhere.
 * @param mostBytes how much of the body is read; 0 breaks off as soon as the answer's head has come
 * @throws LinkTrouble
 */
export async function ask(
  url: URL,
  method: 'HEAD' | 'GET',
  { reach, userAgent, seconds }: Asking,
  mostBytes = 0,
): Promise<Answer> {
  const limit = AbortSignal.timeout(seconds * 1000)
  const addresses = await checkedAddresses(url, reach, limit)
  return await new Promise<Answer>((resolve, reject) => {
    const fail = (error: unknown) => reject(new LinkTrouble(reasonOf(error), error))
    const asked = (url.protocol === 'https:' ? askSecure : askPlain)(url, {
      method,
      // A connection of its own each time: none that was made for another name is used again.
      agent: false,
      signal: limit,
      headers: { 'user-agent': userAgent, accept: '*/*', 'accept-encoding': 'identity', connection: 'close' },
      lookup: (_host, options, answer) => {
        const [first] = addresses
        if (options.all) answer(null, [...addresses])
        else answer(null, first?.address ?? '', first?.family)
      },
    })
    asked.on('error', fail)
    asked.on('response', (response) => {
      const parts: Buffer[] = []
      let bytes = 0
      const done = () => {
        resolve({
          status: response.statusCode ?? 0,
          location: response.headers.location ?? null,
          retryAfter: response.headers['retry-after'],
          body: Buffer.concat(parts).toString('utf8', 0, mostBytes),
        })
        asked.destroy()
      }
      response.on('error', fail)
      if (mostBytes === 0) return done()
      response.on('data', (part: Buffer) => {
        parts.push(part)
        bytes += part.length
        if (bytes >= mostBytes) done()
      })
      response.on('end', done)
      response.on('close', () => fail(Object.assign(new Error('cut off'), { code: 'ECONNRESET' })))
    })
    asked.end()
  })
}

async function checkedAddresses(url: URL, reach: Reach, limit: AbortSignal): Promise<readonly Address[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const family = isIP(host)
  let found: readonly Address[]
  try {
    found = family === 0 ? await inTime(reach.resolve(host), limit) : [{ address: host, family }]
  } catch (error) {
    throw new LinkTrouble(reasonOf(error), error)
  }
  if (found.length === 0) throw new LinkTrouble('no-such-name')
  if (!found.every(({ address }) => reach.isOpen(address))) throw new LinkTrouble('closed-address')
  return found
}

function inTime<T>(work: Promise<T>, limit: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    limit.addEventListener('abort', () => reject(limit.reason), { once: true })
    work.then(resolve, reject)
  })
}

function reasonOf(error: unknown): Reason {
  const { code = '', name = '' } = error as { code?: string | number; name?: string }
  const said = String(code)
  if (name === 'TimeoutError' || name === 'AbortError' || said === 'ETIMEDOUT' || said === 'ABORT_ERR') return 'timeout'
  if (said === 'ENOTFOUND' || said === 'ENODATA') return 'no-such-name'
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EAI_)/.test(said)) return 'no-connection'
  if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|EPROTO/.test(said)) return 'certificate'
  return 'broken-off'
}
