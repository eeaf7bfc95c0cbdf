import { connect, createServer, type Socket } from 'node:net'
import { connect as connectSafely } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { systemCode, systemReason } from '../../src/kernel/system-errors.ts'

/** A server that does that with whoever connects. */
async function serverThat(does: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    does(socket)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  return (server.address() as { port: number }).port
}

const failureOf = (url: string) =>
  fetch(url, { signal: AbortSignal.timeout(300) }).then(
    () => null,
    (error: unknown) => error,
  )

test('a server that answers otherwise than it should is told of in Swedish, by host and port', async () => {
  const closes = await serverThat((socket) => socket.destroy())
  const speaksOtherwise = await serverThat((socket) => socket.end('220 hej\r\n'))
  const isSilent = await serverThat((socket) => setTimeout(() => socket.destroy(), 1_000))
  const reasons: string[] = []
  for (const port of [closes, speaksOtherwise, isSilent])
    reasons.push(systemReason(await failureOf(`http://127.0.0.1:${port}`), `värden:${port}`))
  reasons.push(systemReason(await failureOf(`https://127.0.0.1:${speaksOtherwise}`), 'värden:443'))
  expect(reasons).toEqual([
    `anslutningen till värden:${closes} bröts (ECONNRESET)`,
    `värden:${speaksOtherwise} svarar, men inte som väntat (EPROTOCOL)`,
    `värden:${isSilent} svarar inte i tid (ETIMEDOUT)`,
    'värden:443 kan inte kryptera anslutningen (ETLS)',
  ])
})

test('an encryption that the other side does not know is told as that, whatever the library calls it', async () => {
  const port = await serverThat((socket) => socket.end('220 hej\r\n'))
  const error = await new Promise((resolve) => connectSafely(port, '127.0.0.1').once('error', resolve))
  expect(systemReason(Object.assign(error as Error, { code: 'ESOCKET' }), 'brev:465')).toBe(
    'brev:465 kan inte kryptera anslutningen (ETLS)',
  )
  expect(systemReason(new Error('The server does not support SSL connections'), 'db:5432')).toBe(
    'db:5432 kan inte kryptera anslutningen (ETLS)',
  )
  expect(systemReason({ code: 'ESOCKET', message: 'unable to verify the first certificate' })).toBe(
    'certifikatet godtas inte (CERT_UNTRUSTED)',
  )
  expect(systemReason({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT', message: 'self-signed certificate' })).toBe(
    'certifikatet godtas inte (DEPTH_ZERO_SELF_SIGNED_CERT)',
  )
})

test('of what was tried and wrapped, the first that failed is told, with its own place when none is given', async () => {
  const refused = await new Promise((resolve) => connect(1, '127.0.0.1').once('error', resolve))
  const several = new AggregateError([refused, new Error('another')])
  expect(systemReason(several)).toBe('ingen svarar på 127.0.0.1:1 (ECONNREFUSED)')
  expect(systemCode(new TypeError('fetch failed', { cause: several }))).toBe('ECONNREFUSED')
})

test('what has no words of ours is told as it is, on one line', () => {
  expect(systemReason(Object.assign(new Error('relation "x" does not exist\nmore'), { code: '42P01' }))).toBe(
    'relation "x" does not exist (42P01)',
  )
  expect(systemReason('ett ord')).toBe('ett ord')
  expect(systemCode(new Error('ord'))).toBe('')
})
