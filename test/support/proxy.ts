/** The line between the portal and its database, which a test can break in every way that lines break. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type Line = {
  /** The database's address through the line. */
  url: string
  /** Cuts all connections; new ones are taken. */
  cut: () => void
  /** As a server that has stopped: all connections are cut and new ones refused. */
  stop: () => Promise<void>
  /** As a server that has started again. */
  start: () => Promise<void>
  /** As a line that is dead without anybody saying so: nothing more arrives, and nothing is closed. */
  silence: () => void
  /** As a line on which answers are late: none arrives until the database has been sent all of the words. */
  hold: (words: readonly string[]) => void
  close: () => Promise<void>
}

/** @param url where the database is */
export async function openLine(url: string): Promise<Line> {
  const { hostname, port } = new URL(url)
  const host = decodeURIComponent(hostname)
  const sockets = new Set<Socket>()
  let silent = false
  const missing = new Set<string>()
  const held: (() => void)[] = []
  const server = createServer((near) => {
    const far = connect(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port: Number(port) })
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (data) => {
        if (silent) return
        if (from === far && missing.size > 0) return void held.push(() => to.write(data))
        to.write(data)
        if (missing.size === 0) return
        for (const word of missing) if (data.includes(word)) missing.delete(word)
        if (missing.size === 0) for (const answer of held.splice(0)) answer()
      })
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        if (!silent) to.destroy()
      })
    }
  })
  const listen = (at: number) => new Promise<void>((done) => server.listen(at, '127.0.0.1', done))
  await listen(0)
  const own = (server.address() as AddressInfo).port
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String(own)
  const cut = () => {
    for (const socket of sockets) socket.destroy()
    silent = false
  }
  const stop = () =>
    new Promise<void>((done) => {
      server.close(() => done())
      cut()
    })
  return {
    url: through.href,
    cut,
    stop,
    start: () => listen(own),
    hold(words) {
      for (const word of words) missing.add(word)
    },
    silence() {
      silent = true
    },
    close: () => (server.listening ? stop() : Promise.resolve(cut())),
  }
}
