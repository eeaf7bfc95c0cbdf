import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** In milliseconds. */
export type Quiet = {
  /** How long a connection may be quiet, and up to two looks more. */
  patience: number
  /** From one look to the next. */
  between: number
}

/** A connection, and what was seen of it at the last look. */
type Seen = { since: number; bytes: number; timed: boolean }

const connections = new WeakMap<Server, ReadonlyMap<Socket, Seen>>()

/** How long somebody who has just connected may take to ask, in milliseconds. */
const hesitation = 1_000

/**
 * Lets a server that is closing go when nobody has any more to ask: whoever has been answered is let go of, and whoever never
 * asks. Browsers open a connection or two in advance, and Node waits for these as for a request that has begun; headersTimeout
 * no longer holds once a server is closing.
 */
export function letGoOfIdle(server: Server): void {
  const looking = setInterval(() => {
    server.closeIdleConnections()
    for (const [socket, { since }] of connections.get(server) ?? [])
      if (socket.bytesRead === 0 && performance.now() - since > hesitation) socket.destroy()
  }, 100)
  server.once('close', () => clearInterval(looking))
  looking.unref()
}

/**
 * Lets go of connections on which nothing happens: nothing is asked, sent or taken. Node would begin a timer at each answer
 * and another at the next request, a twentieth of what a short answer costs, though hardly any of them ever rings. So only
 * whoever was quiet between two looks gets Node's timer, which knows of an answer that is being taken slowly but steadily.
 * Requests that never come whole are another matter: headersTimeout and requestTimeout.
 */
export function letGoOfQuiet(server: Server, { patience, between }: Quiet): void {
  const seen = new Map<Socket, Seen>()
  connections.set(server, seen)
  server.on('connection', (socket) => {
    seen.set(socket, { since: performance.now(), bytes: 0, timed: false })
    socket.once('close', () => seen.delete(socket))
  })
  const look = () => {
    for (const [socket, before] of seen) {
      const bytes = socket.bytesRead + socket.bytesWritten
      const timed = bytes === before.bytes
      if (timed !== before.timed) socket.setTimeout(timed ? patience : 0)
      before.bytes = bytes
      before.timed = timed
    }
  }
  const looking = setInterval(look, between)
  server.once('close', () => clearInterval(looking))
  looking.unref()
}
