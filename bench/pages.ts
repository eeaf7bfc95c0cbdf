/**
 * How fast pages are answered: from what is kept, as "not modified", and rendered anew, each beside a bare Fastify
 * server that answers the same bytes from memory, turn about in one run. `npm run bench` prints the figures and writes
 * them to bench/README.md. Starts a portal and a database of its own and removes them afterwards.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import autocannon from 'autocannon'
import { startEnvironment, startFlags } from '../test/support/start-command.ts'

/**
 * Seconds of each measurement: short and many, since a machine that is somebody's own for a second seldom is so for ten.
 * The nearer a ratio is to its aim, the more of them are needed.
 */
const seconds = Number(process.env.BENCH_SECONDS ?? 0.25)
/** Milliseconds between looks at whether they are over: autocannon would look once a second. */
const looks = 50
/** Milliseconds between measurements. */
const pause = 100
const rounds = Number(process.env.BENCH_ROUNDS ?? 16)
const roundsOf = { sparad: rounds, '304': Math.ceil((rounds * 3) / 2), 'ritad på nytt': Math.ceil(rounds / 2) }
const crowds = [20, 200]
/** Some pages alone, by their names with commas between: then nothing is written. */
const only = process.env.BENCH_PAGES?.split(',')

const all: Readonly<Record<string, string>> = {
  startsida: '/',
  möte: '/moten-och-protokoll/2025-12-12-lansgemensam-ledning',
  beslut: '/beslut/2025-12-12-lansgemensam-ledning-7a',
  plan: '/handlingsplaner/barn-och-unga-2025-2026',
  'grupp, ?datum=': '/grupper/barn-och-unga?datum=2025-10-03',
  part: '/parter/kalmar',
  'utskrivningsklara dagar': '/utskrivningsklara-dagar',
  sökning: '/sok?q=utskrivning',
  API: '/api/v1/decisions',
}
const pages = Object.fromEntries(Object.entries(all).filter(([name]) => only?.includes(name) ?? true))

const checkout = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'portal-bench-'))
const children: ChildProcess[] = []
const say = (line: string) => process.stdout.write(`${line}\n`)
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

type Figures = { rate: number; p50: number; p99: number }

try {
  await bench()
} finally {
  for (const child of children) child.kill('SIGTERM')
  await Promise.all(children.map((child) => child.exitCode ?? new Promise((done) => child.once('close', done))))
  rmSync(folder, { recursive: true, force: true })
}

/** A portal as a process; both of them share the database in the folder. */
async function startPortal(env: Record<string, string>): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [...startFlags, 'src/main.ts'], {
    cwd: checkout,
    env: { ...process.env, ...startEnvironment, PORTAL_DATA_DIR: folder, HOST: '127.0.0.1', ...env },
    // With its log, as under a service manager: what is left out when measuring is not measured.
    stdio: ['ignore', openSync(join(folder, 'log'), 'a'), 'pipe'],
  })
  children.push(child)
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  for (let tries = 0; tries < 1200; tries += 1) {
    const url = /Portalen är igång: (\S+)\//.exec(said)?.[1]
    if (url !== undefined) return { url, child }
    if (child.exitCode !== null) break
    await sleep(50)
  }
  throw new Error(`the portal does not start: ${said}`)
}

async function startBare(answers: object[]): Promise<string> {
  const child = fork(join(import.meta.dirname, 'bare.ts'), { stdio: 'inherit' })
  children.push(child)
  child.send(answers)
  const { port } = await new Promise<{ port: number }>((done) =>
    child.once('message', (message) => done(message as never)),
  )
  return `http://127.0.0.1:${port}`
}

async function load(
  url: string,
  connections: number,
  headers: Record<string, string>,
  expected: number,
): Promise<Figures> {
  // What the one before left under way is not this one's to bear.
  await sleep(pause)
  const result = await autocannon({ url, connections, duration: seconds, sampleInt: looks, headers, timeout: 30 })
  const { statusCodeStats = {} } = result as { statusCodeStats?: Record<string, { count: number }> }
  const others = Object.keys(statusCodeStats).filter((status) => Number(status) !== expected)
  if (others.length > 0 || result.errors > 0)
    throw new Error(`${url} answered ${others.join(', ')} (${result.errors} errors)`)
  return { rate: result.requests.total / result.duration, p50: result.latency.p50, p99: result.latency.p99 }
}

type Pair = { ours: Figures; bare: Figures }

/** All answers of one beside all of the other. */
function besides(found: readonly Pair[]): Pair & { ratio: number } {
  const middle = (whose: keyof Pair): Figures => ({
    rate: mean(found.map((round) => round[whose].rate)),
    p50: median(found.map((round) => round[whose].p50)),
    p99: median(found.map((round) => round[whose].p99)),
  })
  const [ours, bare] = [middle('ours'), middle('bare')]
  return { ours, bare, ratio: ours.rate / bare.rate }
}

function memoryOf({ pid }: ChildProcess): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
}

async function bench(): Promise<void> {
  const keeping = await startPortal({ PORT: '0' })
  const rendering = await startPortal({ PORT: '0', PAGE_CACHE_MB: '0' })
  const answers: { path: string; type: string; etag: string; body: string }[] = []
  for (const path of Object.values(pages)) {
    const answer = await fetch(keeping.url + path, { headers: { 'accept-encoding': 'identity' } })
    if (answer.status !== 200) throw new Error(`${path} answers ${answer.status}`)
    answers.push({
      path: path.split('?')[0] as string,
      type: answer.headers.get('content-type') ?? '',
      etag: answer.headers.get('etag') ?? '',
      body: Buffer.from(await answer.arrayBuffer()).toString('base64'),
    })
  }
  const bare = await startBare(answers)
  const ways = [
    { way: 'sparad', server: keeping.url, expected: 200 },
    { way: '304', server: keeping.url, expected: 304 },
    { way: 'ritad på nytt', server: rendering.url, expected: 200 },
  ] as const
  const measured = Object.entries(pages).flatMap(([name, path], place) =>
    crowds.flatMap((connections) =>
      ways.map((way) => ({
        ...way,
        name,
        path,
        connections,
        headers: (way.expected === 304 ? { 'if-none-match': answers[place]?.etag ?? '' } : {}) as Record<
          string,
          string
        >,
        found: [] as Pair[],
      })),
    ),
  )
  /** Turn about, so that what else the machine does falls on both, and neither is always the one that comes first. */
  const measure = async (
    { server, path, connections, headers, expected }: (typeof measured)[number],
    round: number,
  ): Promise<Pair> => {
    const ours = () => load(server + path, connections, headers, expected)
    const beside = () => load(bare + path, connections, headers, expected)
    if (round % 2 === 1) {
      const first = await ours()
      return { ours: first, bare: await beside() }
    }
    const first = await beside()
    return { bare: first, ours: await ours() }
  }

  // A program is at its speed once it has been under load: each gets some of every kind before anything is counted, or
  // the page that comes first is slower than the rest.
  for (const url of [keeping.url, rendering.url, bare])
    for (const path of Object.values(pages))
      for (let again = 0; again < 20; again += 1) await (await fetch(url + path)).text()
  for (const one of measured) for (let round = 0; round < 2; round += 1) await measure(one, round)

  // Each round goes over all pages: a machine is not the same for the twenty minutes that this takes, and what it is for
  // a while then falls on every page alike.
  for (let round = 0; round < Math.max(...Object.values(roundsOf)); round += 1) {
    for (const one of measured) if (round < roundsOf[one.way]) one.found.push(await measure(one, round))
    say(`omgång ${round + 1} av ${Math.max(...Object.values(roundsOf))}`)
  }

  const rows: string[] = []
  const worst: Record<string, number> = {}
  const uncached: Record<string, Record<number, Figures>> = {}
  for (const { name, way, connections, found } of measured) {
    const { ours, bare: beside, ratio } = besides(found)
    worst[way] = Math.min(worst[way] ?? Number.POSITIVE_INFINITY, ratio)
    if (way === 'ritad på nytt') {
      uncached[name] ??= {}
      uncached[name][connections] = ours
    }
    const row = `| ${name} | ${way} | ${connections} | ${Math.round(ours.rate)} | ${ours.p50} | ${ours.p99} | ${Math.round(beside.rate)} | ${beside.p99} | ${ratio.toFixed(2)} |`
    say(row)
    rows.push(row)
  }
  const search = crowds.map((crowd) => (uncached.sökning?.[crowd]?.p99 ?? 0) / (uncached.möte?.[crowd]?.p99 ?? 1))
  const lines = [
    `Node ${process.version}, ${process.platform}, ${Object.values(roundsOf).join(', ')} omgångar om ${String(seconds).replace('.', ',')} s: svar/s i medel, p50 och p99 medianer.`,
    '',
    '| sida | sätt | anslutningar | svar/s | p50 ms | p99 ms | bar Fastify svar/s | p99 ms | kvot |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    `- Lägsta kvot: sparad ${worst.sparad?.toFixed(2)} (mål minst 0,80), 304 ${worst['304']?.toFixed(2)} (mål minst 0,90), ritad på nytt ${worst['ritad på nytt']?.toFixed(3)} (mål minst 0,10).`,
    `- Sökningens p99 mot mötessidans, ritade på nytt: ${search.map((ratio) => ratio.toFixed(1)).join(' och ')} (mål högst 10).`,
    `- Minne efteråt: ${memoryOf(keeping.child)} MB med sparade sidor, ${memoryOf(rendering.child)} MB utan (mål högst 200).`,
  ]
  for (const line of lines.slice(-3)) say(line)
  if (only !== undefined) return
  const readme = join(import.meta.dirname, 'README.md')
  const text = readFileSync(readme, 'utf8')
  const [start, end] = ['<!-- pages -->', '<!-- /pages -->']
  writeFileSync(
    readme,
    `${text.slice(0, text.indexOf(start) + start.length)}\n\n${lines.join('\n')}\n\n${text.slice(text.indexOf(end))}`,
  )
}
