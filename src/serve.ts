/** Answers once the database is migrated and has its facts; SIGTERM ends it calmly. */

import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { applyRetention } from './accounts/retention.ts'
import { remind } from './action-plans/reminders.ts'
import { buildApp, lettersOf } from './app.ts'
import { type Config, readConfig } from './config.ts'

import { type ChangeChannel, hearChanges } from './db/change-channel.ts'
import { openDatabase } from './db/database.ts'
import { readiness } from './db/migrate.ts'
import { exitCodes, Refusal, sayFarewell } from './exit.ts'
import { metricsServer } from './http/metrics.ts'
import { currencyOf } from './http/page-cache.ts'
import { stopListening } from './http/server.ts'
import { stockholmToday } from './kernel/dates.ts'
import { keepSending } from './mail/post.ts'
import { portalSecret, prepareDatabase, prepareDemoAccounts, reachDatabase } from './start.ts'

/** How long readers' requests may take to finish once we are asked to stop, in milliseconds. */
const drainPatience = 10_000

/** How often what should no longer be kept is removed, in milliseconds. */
const retentionPause = 60 * 60 * 1000

/** How often somebody may have to be reminded, in milliseconds; each plan is reminded of once a week at most. */
const reminderPause = 60 * 60 * 1000

/**
 * How long a connection that nobody uses is kept, in milliseconds. A new one has every statement to plan again, so that the
 * first reader after a quiet while would wait several times as long as the next.
 */
const idlePatience = 600_000

/** stdout is for the log's JSON lines; what a person at the terminal wants to know goes to stderr. */
const say = (line: string) => process.stderr.write(`${line}\n`)

/** What to close, last opened first. */
const open: (() => Promise<unknown>)[] = []
let hurry = (): void => process.exit(exitCodes.refused)
let refuseMore = (): void => {}

async function closeAll(): Promise<void> {
  for (let close = open.pop(); close; close = open.pop()) await close()
}

async function start(): Promise<void> {
  const config = readConfig(process.env)
  await refuseTakenPort(config)

  const database = await reachDatabase(config, { create: true, log: say })
  open.push(() => database.leave())
  await prepareDatabase(database, config, say)
  await prepareDemoAccounts(database, config, say)

  const db = openDatabase(database.appUrl, {
    idle: idlePatience,
    onIdleError: (error) => app.log.warn({ err: error }, 'a database connection broke'),
  })
  open.push(() => db.destroy())
  let heard: ChangeChannel | undefined
  const app = await buildApp({
    db,
    currency: currencyOf(db, { hearing: () => heard?.hearing() ?? 'lost', count: () => heard?.count() ?? 0 }),
    config,
    secret: portalSecret(config),
    today: () => stockholmToday(),
    readiness: () => readiness(db),
  })
  open.push(() => app.close())
  heard = hearChanges(database.appUrl, app.log)
  open.push(async () => heard?.close())
  await app.listen({ port: config.port, host: config.host }).catch((error) => {
    throw portTrouble(error, config)
  })
  if (config.metrics.port !== undefined) {
    const watched = metricsServer(app.metrics)
    const { port } = config.metrics
    await new Promise<void>((done, fail) => {
      watched.once('error', (error) => fail(portTrouble(error, { ...config, port })))
      watched.listen(port, config.host, done)
    })
    open.push(() => new Promise((done) => watched.close(done).closeAllConnections()))
  }
  open.push(keepSending(db, config, lettersOf(config), app.log))
  const sweep = () =>
    applyRetention(db, config, stockholmToday()).catch((error) => app.log.warn({ err: error }, 'retention waits'))
  setInterval(sweep, retentionPause).unref()
  const reminders = () => remind(db, stockholmToday()).catch((error) => app.log.warn({ err: error }, 'reminders wait'))
  setInterval(reminders, reminderPause).unref()
  hurry = () => app.server.closeAllConnections()
  refuseMore = () => stopListening(app)

  const { port } = app.server.address() as AddressInfo
  const host = ['0.0.0.0', '::'].includes(config.host) ? 'localhost' : config.host
  say(`Portalen är igång: http://${host.includes(':') ? `[${host}]` : host}:${port}${config.basePath}/`)
}

/** Says so at once when the port is taken, before anything is done to the database. */
function refuseTakenPort(config: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    const attempt = createServer()
    attempt.once('error', (error) => reject(portTrouble(error, config)))
    attempt.listen(config.port, config.host, () => attempt.close(() => resolve()))
  })
}

function portTrouble(error: NodeJS.ErrnoException, { host, port }: Config): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new Refusal(
        `Porten ${port} på ${host} är upptagen. Kanske är portalen redan igång? Välj annars en annan med PORT.`,
      )
    case 'EACCES':
      return new Refusal(`Porten ${port} får inte användas av den här användaren. Välj en över 1023 med PORT.`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new Refusal(`Den här datorn har inte adressen ${host}. Rätta HOST.`, exitCodes.unusable)
    default:
      return error
  }
}

const started = start()

let stoppedAt: number | undefined

/** Lets the requests that are under way finish, then closes everything. Asked again a while later, it hurries. */
async function stop(): Promise<void> {
  if (stoppedAt !== undefined) {
    // Ctrl-C reaches us twice at once under npm: from the terminal and passed on by npm.
    if (Date.now() - stoppedAt > 1_000) hurry()
    return
  }
  stoppedAt = Date.now()
  // A start that is under way is finished first, so that nothing is left half open.
  await started.catch(() => {})
  refuseMore()
  setTimeout(() => hurry(), drainPatience).unref()
  await closeAll().catch((error) => sayFarewell(error))
  process.exit(exitCodes.done)
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop)

// A killed npm tells us nothing; without this the server would go on with nobody to stop it.
const parent = process.ppid
if (process.env.npm_lifecycle_event !== undefined) setInterval(() => process.ppid !== parent && stop(), 500).unref()

started.catch(async (error) => {
  const code = sayFarewell(error)
  await closeAll().catch(() => {})
  process.exit(code)
})
