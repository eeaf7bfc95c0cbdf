/** The portal as processes: real `node src/main.ts` and `node src/cli.ts`, with data folders of their own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inject } from 'vitest'
import { openEmbedded } from '../../src/db/embedded.ts'
import { startEnvironment, startFlags } from './start-command.ts'

export const isRoot = process.getuid?.() === 0

/** The checkout under test. */
export const checkout = resolve(import.meta.dirname, '../..')

/** An ordinary user, who is nobody in particular. */
const ordinary = { uid: 65_534, gid: 65_534 }

export type Surroundings = {
  dataDir: string
  env?: Record<string, string>
  /** Another copy of the checkout. */
  checkout?: string
  /** Run as an ordinary user though the tests run as root. */
  asOrdinaryUser?: boolean
  /** Through npm, as a newcomer does. */
  npm?: boolean
}

export type Ended = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }

export type RunningPortal = {
  url: string
  process: ChildProcess
  /** What it has said on stderr so far. */
  said: () => string
  /** What it has written in its log so far. */
  logged: () => string
  /** Sends SIGTERM, or another signal, and waits for the end. */
  stop: (signal?: NodeJS.Signals) => Promise<Ended>
  ended: Promise<Ended>
}

const folders: string[] = []
const running = new Set<ChildProcess>()

/** Whatever a test file left behind is stopped, the servers of its data folders too. test/support/after-each-file.ts asks. */
export async function cleanUp(): Promise<void> {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
  copied = undefined
  for (const folder of folders.splice(0)) {
    for (const dataDir of [folder, join(folder, 'data')]) {
      // Opening a folder starts its server, so only those are opened whose server still runs.
      if (postmasterOf(dataDir) === undefined) continue
      const left = await openEmbedded(dataDir, { create: false }).catch(() => undefined)
      await left?.leave()
    }
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A new empty folder that goes away after the file, for the ordinary user if asked. */
export function newFolder({ parent = dirname(inject('dataFolders')), forOrdinaryUser = false } = {}): string {
  const folder = mkdtempSync(join(parent, 'portal-process-'))
  folders.push(folder)
  if (forOrdinaryUser && isRoot) chownSync(folder, ordinary.uid, ordinary.gid)
  return folder
}

/** A data folder as the first start leaves it: tables and facts, nothing running. */
export function usedFolder(): Promise<string> {
  return copyOf('used', async () => {
    const dataDir = await migratedFolder()
    await (await startPortal({ dataDir })).stop()
    return dataDir
  })
}

/** What a first start has left is as good for others as one made for them: a copy is kept if there is none yet. */
export function offerAsUsed(dataDir: string): void {
  const original = join(inject('dataFolders'), 'used')
  if (existsSync(original)) return
  const draft = `${original}.new-${process.pid}`
  copyFolder(join(dataDir, 'database'), draft)
  forget(draft)
  try {
    renameSync(draft, original)
  } catch (error) {
    if (!existsSync(original)) throw error // else a file in the other worker was first
    rmSync(draft, { recursive: true })
  }
}

/** A data folder with the tables and nothing in them, nothing running. */
export function migratedFolder(): Promise<string> {
  return copyOf('migrated', async () => {
    const dataDir = newFolder()
    const { code, stderr } = await runCommand(['migrate'], { dataDir })
    if (code !== 0) throw new Error(stderr)
    forget(join(dataDir, 'database'))
    return dataDir
  })
}

/** What a killed process has written stands either way; only a machine without power would lose it. */
function forget(database: string): void {
  appendFileSync(join(database, 'cluster', 'postgresql.conf'), 'fsync = off\nfull_page_writes = off\n')
}

function copyFolder(from: string, to: string): void {
  const done = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`cp: ${done.stderr}`)
}

/** Such a folder is made once in a run, by the first file that asks; every file gets copies of it. */
async function copyOf(name: 'used' | 'migrated', make: () => Promise<string>): Promise<string> {
  const original = join(inject('dataFolders'), name)
  if (!existsSync(original)) {
    const made = join(await make(), 'database')
    try {
      renameSync(made, original)
    } catch (error) {
      if (!existsSync(original)) throw error // else a file in the other worker was first
    }
  }
  const folder = newFolder()
  copyFolder(original, join(folder, 'database'))
  // Else every copy would try the same port first, two at the same time in the two workers.
  rmSync(join(folder, 'database', 'port'), { force: true })
  return folder
}

/** A folder with the facts of a very small county, where anyone may read them: for first starts that are not about facts. */
export function fewFacts(): string {
  const folder = newFolder()
  cpSync(join(checkout, 'test/seeding/fixtures/tiny-county'), folder, { recursive: true })
  const done = spawnSync('chmod', ['-R', 'a+rX', folder], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`chmod: ${done.stderr}`)
  return folder
}

/** The packages that the portal runs with, as `npm ci --omit=dev` installs them; these hold half of all files here. */
function neededPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(checkout, 'node_modules/.package-lock.json'), 'utf8'))
  return Object.entries<{ dev?: boolean }>(packages)
    .filter(([path, { dev }]) => dev !== true && path.lastIndexOf('node_modules/') === 0)
    .map(([path]) => path)
}

/** A copy of the checkout with its dependencies, where anyone may read it, such as a new clone after `npm ci --omit=dev`. */
export function copyOfCheckout(parent: string): string {
  const folder = newFolder({ parent })
  chmodSync(folder, 0o755)
  const own = ['src', 'views', 'public', 'migrations', 'seeds', 'package.json', 'node_modules/.bin']
  const cache = 'node_modules/.cache'
  const parts = [...own, ...(existsSync(join(checkout, cache)) ? [cache] : []), ...neededPackages()]
  // Hard links take no space or time; another file system or closed files need a copy.
  const readable = (statSync(join(checkout, 'package.json')).mode & 0o004) !== 0
  const copyAs = (how: '-al' | '-a') =>
    spawnSync('cp', [how, '--parents', ...parts, folder], { cwd: checkout, encoding: 'utf8' })
  if (!readable || copyAs('-al').status !== 0) {
    for (const done of [copyAs('-a'), spawnSync('chmod', ['-R', 'a+rX', folder], { encoding: 'utf8' })]) {
      if (done.status !== 0) throw new Error(`cp or chmod: ${done.stderr}`)
    }
  }
  return folder
}

let copied: string | undefined

/** Where an ordinary user can run the portal, who may not be able to enter our own checkout. */
function readableCheckout(): string {
  if (!isRoot) return checkout
  copied ??= copyOfCheckout(tmpdir())
  return copied
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, 'localhost', done))
  const { port } = server.address() as { port: number }
  await new Promise((done) => server.close(done))
  return port
}

/** Where Node keeps what it has compiled; a copy of the checkout has its own. */
function compiled(home: string): Record<string, string> {
  const kept = process.env.NODE_COMPILE_CACHE
  if (kept === undefined) return {}
  const inside = !relative(checkout, kept).startsWith('..')
  return {
    NODE_COMPILE_CACHE: inside ? join(home, relative(checkout, kept)) : kept,
    NODE_COMPILE_CACHE_PORTABLE: process.env.NODE_COMPILE_CACHE_PORTABLE ?? '',
  }
}

function start(
  script: 'main' | 'cli',
  args: string[],
  surroundings: Surroundings,
): { child: ChildProcess; ended: Promise<Ended>; said: () => string; logged: () => string } {
  const { dataDir, env = {}, npm = false, asOrdinaryUser = false } = surroundings
  const home = surroundings.checkout ?? (asOrdinaryUser ? readableCheckout() : checkout)
  const bin = join(home, 'node_modules', '.bin')
  const command = npm
    ? ['npm', 'run', '-s', script === 'main' ? 'start' : 'portal', '--', ...args]
    : [join(bin, 'node'), ...(script === 'main' ? startFlags : []), join('src', `${script}.ts`), ...args]
  const drop =
    asOrdinaryUser && isRoot
      ? ['setpriv', `--reuid=${ordinary.uid}`, `--regid=${ordinary.gid}`, '--clear-groups', '--']
      : []
  const [program = '', ...rest] = [...drop, ...command]
  const child = spawn(program, rest, {
    cwd: home,
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: asOrdinaryUser ? dataDir : (process.env.HOME ?? dataDir),
      LOG_LEVEL: 'warn',
      ...compiled(home),
      ...(script === 'main' ? startEnvironment : {}),
      PORTAL_DATA_DIR: dataDir,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
  const ended = new Promise<Ended>((done, fail) => {
    child.once('error', fail)
    child.once('close', (code, signal) => {
      running.delete(child)
      done({ code, signal, stdout, stderr })
    })
  })
  return { child, ended, said: () => stderr, logged: () => stdout }
}

/** Starts the server and waits until it says that it is up. Throws what it said when it ends instead. */
export async function startPortal(surroundings: Surroundings): Promise<RunningPortal> {
  const port = surroundings.env?.PORT ?? String(await freePort())
  const { child, ended, said, logged } = start('main', [], {
    ...surroundings,
    env: { ...surroundings.env, PORT: port },
  })
  let end: Ended | undefined
  ended.then((how) => {
    end = how
  })
  while (!/Portalen är igång: /.test(said())) {
    if (end) throw new Error(`the portal ended with ${end.code ?? end.signal}: ${end.stderr}${end.stdout}`)
    await sleep(25)
  }
  const url = /Portalen är igång: (\S+)/.exec(said())?.[1] ?? ''
  return {
    url,
    process: child,
    said,
    logged,
    ended,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}

/** Runs the server where it is expected to end by itself, or asks it to stop after so many milliseconds or once it says so. */
export function runServer(surroundings: Surroundings, stopAfter?: number | RegExp): Promise<Ended> {
  const { child, ended, said } = start('main', [], surroundings)
  const stop = () => child.kill('SIGTERM')
  if (typeof stopAfter === 'number') setTimeout(stop, stopAfter)
  if (stopAfter instanceof RegExp) {
    const heard = () => {
      if (!stopAfter.test(said())) return
      child.stderr?.off('data', heard)
      stop()
    }
    child.stderr?.on('data', heard)
  }
  return ended
}

/** Starts a command that the test means to stop in its own way. */
export function startCommand(
  args: string[],
  surroundings: Surroundings,
): { process: ChildProcess; ended: Promise<Ended> } {
  const { child, ended } = start('cli', args, surroundings)
  return { process: child, ended }
}

/** Runs a command to its end, or interrupts it as Ctrl-C does after so many milliseconds. */
export function runCommand(args: string[], surroundings: Surroundings, stopAfter?: number): Promise<Ended> {
  const { child, ended } = start('cli', args, surroundings)
  if (stopAfter !== undefined) setTimeout(() => child.kill('SIGINT'), stopAfter)
  return ended
}

/** The process number of the folder's database server, or undefined when none runs. */
export function postmasterOf(dataDir: string): number | undefined {
  const file = join(dataDir, 'database', 'cluster', 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const pid = Number(readFileSync(file, 'utf8').split('\n', 1)[0])
  try {
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined
  }
}
