import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'
import pg from 'pg'

/** What the database tells on when a register has changed; see migrations/0050. */
const channel = 'portal_change'

/** What such a connection calls itself, so that processes know of each other. */
const listener = 'portal: hears changes'

/** How often the connection is asked whether it still hears, in milliseconds. */
const askPause = 200

/** How long an answer vouches for that nothing has been missed, in milliseconds: under the second that is promised. */
const vouchedFor = 900

/** How long an answer is waited for before the connection is given up, in milliseconds. */
const patience = 2_000

/** How long to wait before trying to connect again, in milliseconds. */
const retryPause = 200

/**
 * listening: what other processes change is heard. lost: it is not, and they may change something unheard.
 * stopped: the server itself says that it is down, or nobody listens where it did, so that nobody changes anything.
 */
export type Hearing = 'listening' | 'lost' | 'stopped'

export type ChangeChannel = {
  /** Whether what was current a moment ago can be taken for current. */
  hearing: () => Hearing
  /** Grows each time something may have changed, and never shrinks. */
  count: () => number
  close: () => Promise<void>
}

/**
 * A server that is down, or on its way down or up. Anything else may be the line between us and it, or somebody who ended
 * our connection alone (57P01), while others change things.
 */
const serverDown = /^(ECONNREFUSED|ENOENT|57P0[23])$/

/**
 * Where the server itself listens, as it says, when we were connected over TCP. socket: we speak with it over its own.
 * beyond: somebody speaks with it over a socket for us.
 */
type Place = { host: string; port: number } | 'socket' | 'beyond'

/** Whether the server may be up though we were refused: by a forwarder in between, while others still reach it. */
async function mayBeUp(place: Place): Promise<boolean> {
  if (typeof place === 'string') return place === 'beyond'
  const { host, port } = place
  return await new Promise((done) => {
    const probe = connect({ host, port, timeout: retryPause })
    const told = (answers: boolean) => () => {
      probe.destroy()
      done(answers)
    }
    probe.on('connect', told(true)).on('error', told(false)).on('timeout', told(false))
  })
}

type Told = { warn: (details: object, message: string) => void; info: (message: string) => void }

/**
 * Listens on a connection of its own for what any process commits. The connection is asked again and again, since one
 * that breaks silently sounds like one on which nothing happens.
 */
export function hearChanges(url: string, log: Told): ChangeChannel {
  let state: Hearing = 'lost'
  let vouchedAt = Number.NEGATIVE_INFINITY
  let count = 0
  let closed = false
  let client: pg.Client | null = null
  let server: Place = 'socket'
  let others = 0
  let wake = () => {}

  const pause = (ms: number) =>
    new Promise<void>((done) => {
      const timer = setTimeout(done, ms)
      timer.unref()
      wake = () => {
        clearTimeout(timer)
        done()
      }
    })

  /** Connects and proves that what is told arrives: through some poolers it does not, though LISTEN is answered. */
  async function open(): Promise<pg.Client> {
    const opened = new pg.Client({
      connectionString: url,
      application_name: listener,
      connectionTimeoutMillis: 2_000,
      query_timeout: patience,
      keepAlive: true,
    })
    opened.on('error', () => {})
    let heard = () => {}
    const proof = new Promise<void>((done) => {
      heard = done
    })
    opened.on('notification', () => {
      count += 1
      heard()
    })
    try {
      await opened.connect()
      const { rows } = await opened.query<{ host: string; port: number }>(
        'select host(inet_server_addr()) as host, inet_server_port() as port where inet_server_addr() is not null',
      )
      server = rows[0] ?? (opened.host.startsWith('/') ? 'socket' : 'beyond')
      await opened.query(`listen ${channel}`)
      await opened.query(`notify ${channel}`)
      await Promise.race([
        proof,
        new Promise((_, refuse) =>
          setTimeout(() => refuse(new Error('what is told does not arrive')), patience).unref(),
        ),
      ])
      return opened
    } catch (error) {
      drop(opened)
      throw error
    }
  }

  /** Lets go of a connection that may not answer. */
  function drop(dropped: pg.Client): void {
    dropped.end().catch(() => {})
    const { stream } = dropped as unknown as { stream?: { destroy?: () => void } }
    stream?.destroy?.()
  }

  async function listen(): Promise<void> {
    while (!closed) {
      try {
        const asked = performance.now()
        client = await open()
        // Whatever happened while nobody listened.
        count += 1
        vouchedAt = asked
        if (state !== 'listening') log.info('changes in other processes are heard')
        state = 'listening'
        while (!closed) {
          await pause(askPause)
          if (closed) break
          const at = performance.now()
          // The server hands over what it has been told before it answers.
          const { rows } = await client.query<{ others: number }>(
            `select count(*)::int as others from pg_stat_activity
             where datname = current_database() and application_name = $1 and pid <> pg_backend_pid()`,
            [listener],
          )
          others = rows[0]?.others ?? 0
          vouchedAt = at
        }
      } catch (error) {
        if (closed) break
        const code = (error as { code?: string }).code ?? ''
        const down = client === null && serverDown.test(code)
        // Cut off from others who are not: they go on writing.
        const alone = others === 0 || code !== 'ECONNREFUSED' || !(await mayBeUp(server))
        const now: Hearing = down && alone ? 'stopped' : 'lost'
        if (now !== state) log.warn({ err: error }, `changes in other processes are not heard: ${now}`)
        state = now
        if (client !== null) {
          drop(client)
          client = null
          continue // at once: is it the connection, or the server?
        }
        await pause(retryPause)
      }
    }
  }

  const listening = listen()
  return {
    hearing: () => (state === 'listening' && performance.now() - vouchedAt > vouchedFor ? 'lost' : state),
    count: () => count,
    async close() {
      closed = true
      state = 'lost'
      wake()
      await listening
      if (client === null) return
      // Politely, and waiting for it: whoever stops the database next looks for who is still connected.
      await Promise.race([client.end().catch(() => {}), new Promise((done) => setTimeout(done, patience).unref())])
      drop(client)
    },
  }
}
