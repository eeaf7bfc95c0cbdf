/**
 * Whether pages stay as fast in a county of twenty years as in a new one: each kind of public page, rendered anew, turn about
 * between Kalmar's facts and the made-up big county (`portal -- seed --big`). `npm run bench:big` prints the figures and writes
 * them to bench/README.md. The big county takes minutes to make: BENCH_BIG_DIR keeps it in a data folder for the next time.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEnvironment, startFlags } from '../test/support/start-command.ts'

/** Requests of each page that the figures are the median of. */
const requests = Number(process.env.BENCH_REQUESTS ?? 41)
/** Most addresses of a kind that are tried when the slowest of them is looked for. */
const tried = Number(process.env.BENCH_TRIED ?? 40)
const aim = 1.5
/**
 * From one run to the next a ratio differs by a tenth and more, so that of seventy kinds some are above the aim by chance. Those
 * that come this near are asked again, so many times as often, and what they are then is what counts.
 */
const near = 1.25
const timesMore = 4

/** Ten questions that readers ask. */
const questions = [
  'utskrivning',
  'hemsjukvård',
  'samordnad individuell plan',
  '"psykisk hälsa"',
  'demens',
  'rutin',
  'riktlinje läkemedel',
  'anhörigstod',
  'ordförande barn och unga',
  'kvartalsrapport xyz',
]

/** Words that are no names of things, where an address may have either. */
const fixedWords = new Set(['regler', 'kallor-och-metod', 'flode.atom', 'kalender.ics', 'jamfor', 'oppna-data', 'folj'])

const checkout = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'portal-bench-'))
const children: ChildProcess[] = []
const say = (line: string) => process.stdout.write(`${line}\n`)
const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b)
const quantile = (values: readonly number[], share: number) =>
  sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))] as number

type County = { name: 'kalmar' | 'big'; url: string }
/** Milliseconds of each request, and how many kilobytes the answer is. */
type Timing = { kalmar: number[]; big: number[]; size: { kalmar: number; big: number } }

try {
  await bench()
} finally {
  for (const child of children) child.kill('SIGTERM')
  await Promise.all(children.map((child) => child.exitCode ?? new Promise((done) => child.once('close', done))))
  rmSync(folder, { recursive: true, force: true })
}

async function command(dataDir: string, args: string[]): Promise<void> {
  const child = spawn(process.execPath, ['src/cli.ts', ...args], {
    cwd: checkout,
    env: { ...process.env, ...startEnvironment, PORTAL_DATA_DIR: dataDir },
    stdio: 'inherit',
  })
  const code = await new Promise((done) => child.once('close', done))
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`)
}

async function startPortal(dataDir: string): Promise<string> {
  const child = spawn(process.execPath, [...startFlags, 'src/main.ts'], {
    cwd: checkout,
    env: {
      ...process.env,
      PORTAL_DATA_DIR: dataDir,
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'warn',
      PAGE_CACHE_MB: '0',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  children.push(child)
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  for (let tries = 0; tries < 2400; tries += 1) {
    const url = /Portalen är igång: (\S+)\//.exec(said)?.[1]
    if (url !== undefined) return url
    if (child.exitCode !== null) break
    await sleep(50)
  }
  throw new Error(`the portal does not start: ${said}`)
}

async function time(url: string): Promise<{ took: number; body: string; type: string }> {
  const began = performance.now()
  // Not packed: what this process would take to unpack it is nobody's waiting for the portal.
  const answer = await fetch(url, { redirect: 'manual', headers: { 'accept-encoding': 'identity' } })
  const body = await answer.text()
  const took = performance.now() - began
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`)
  return { took, body, type: answer.headers.get('content-type') ?? '' }
}

/** '/beslut/:namn', '/beslut?ar,sida': what one page of a kind has in common with the others. */
function kindOf(address: string): string {
  const [path = '', query] = address.split('?')
  const parts = path.split('/').slice(1)
  const named = parts.map((part, place) => {
    // A year of a hospital's days is another page than a month of them.
    const period = /^\d{4}(-\d\d|-kv\d)?$/.exec(part)
    if (period) return period[1] === undefined ? ':ar' : ':period'
    if (place === 0 || /^[a-zåäö-]+(\.[a-z]+)?$/.test(part) === false) return place === 0 ? part : ':namn'
    // What stands after a name, or is one of the few words that are no name.
    return place === 1 && !fixedWords.has(part) ? ':namn' : part
  })
  const keys = query === undefined ? [] : [...new Set([...new URLSearchParams(query).keys()])].toSorted()
  return `/${named.join('/')}${keys.length === 0 ? '' : `?${keys.join(',')}`}`
}

/** The slowest page of each kind that can be reached by links, in the sitemap, and by what people search for. */
async function slowestOfEachKind(url: string): Promise<Map<string, string>> {
  const found = new Map<string, Map<string, number>>()
  const searched = questions.map((q) => `/sok?${new URLSearchParams({ q })}`)
  const waiting: string[] = ['/', ...searched, ...(await sampledSitemap(url))]
  const known = new Set(waiting)
  for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
    const kind = kindOf(address)
    const ofKind = found.get(kind) ?? new Map<string, number>()
    if (ofKind.size >= tried) continue
    found.set(kind, ofKind)
    const { took, body, type } = await time(url + address).catch(() => ({ took: -1, body: '', type: '' }))
    ofKind.set(address, took)
    if (!type.startsWith('text/html') || address.includes('?')) continue
    for (const next of addressesIn(body)) {
      if (
        known.has(next) ||
        /^\/(static|api|filer|bilagor)\/|\.(pdf|csv|xlsx|css|js|svg|png|ico|woff2|webmanifest|txt)$|\/logga-in/.test(
          next.split('?')[0] ?? '',
        )
      )
        continue
      known.add(next)
      waiting.push(next)
    }
  }
  const slowest = new Map<string, string>()
  for (const [kind, ofKind] of found) {
    const answered = [...ofKind].filter(([, took]) => took >= 0)
    if (answered.length === 0) continue
    // The first answers of a process are slow, and each is asked once: the slowest eight are asked again, so often that the
    // same one is found each time.
    const again: [string, number][] = []
    for (const [address] of answered.toSorted(([, a], [, b]) => b - a).slice(0, 8)) {
      const tries = []
      for (let number = 0; number < 7; number += 1) tries.push((await time(url + address)).took)
      again.push([address, Math.min(...tries)])
    }
    slowest.set(kind, (again.toSorted(([, a], [, b]) => b - a)[0] as [string, number])[0])
  }
  return slowest
}

/** Where the page's links lead, and what can be chosen from its lists. */
function addressesIn(body: string): string[] {
  const links = [...body.matchAll(/(?:href|src)="(\/[^"#]*)/g)].map(([, written = '']) =>
    written.replaceAll('&amp;', '&'),
  )
  const lists = [...body.matchAll(/<form class="filter-list" action="([^"]*)"([\s\S]*?)<\/form>/g)].flatMap(
    ([, action = '', form = '']) => {
      const kept = [...form.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(
        ([, key = '', value = '']): [string, string] => [key, value],
      )
      const name = /<select[^>]* name="([^"]*)"/.exec(form)?.[1] ?? ''
      return [...form.matchAll(/<option value="([^"]+)"/g)].map(
        ([, value = '']) => `${action}?${new URLSearchParams([[name, value], ...kept])}`,
      )
    },
  )
  return [...links, ...lists]
}

/** Some addresses of each kind, spread over the whole of the sitemap. */
async function sampledSitemap(url: string): Promise<string[]> {
  const locations = async (address: string) =>
    [...(await time(url + address)).body.matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, loc = '']) => {
      const { pathname, search } = new URL(loc)
      return pathname + search
    })
  const first = await locations('/sitemap.xml')
  const parts = first.filter((address) => address.startsWith('/sitemap.xml'))
  const all = parts.length === 0 ? first : (await Promise.all(parts.map(locations))).flat()
  return [...Map.groupBy(all, kindOf).values()].flatMap((ofKind) =>
    ofKind.filter((_, place) => place % Math.max(1, Math.floor(ofKind.length / tried)) === 0).slice(0, tried),
  )
}

async function turnAbout(kalmar: string, big: string, times = requests): Promise<Timing> {
  const kilobytes = async (url: string) => Buffer.byteLength((await time(url)).body) / 1000
  const timing: Timing = { kalmar: [], big: [], size: { kalmar: await kilobytes(kalmar), big: await kilobytes(big) } }
  for (const url of [kalmar, big]) await time(url)
  for (let number = 0; number < times; number += 1) {
    timing.kalmar.push((await time(kalmar)).took)
    timing.big.push((await time(big)).took)
  }
  return timing
}

async function bench(): Promise<void> {
  const bigDir = process.env.BENCH_BIG_DIR ?? join(folder, 'big')
  if (!existsSync(join(bigDir, 'database'))) {
    await command(bigDir, ['migrate'])
    await command(bigDir, ['seed', '--big'])
  }
  const counties: County[] = [
    { name: 'kalmar', url: await startPortal(join(folder, 'kalmar')) },
    { name: 'big', url: await startPortal(bigDir) },
  ]
  const [kalmar, big] = counties as [County, County]
  const [ofKalmar, ofBig] = [await slowestOfEachKind(kalmar.url), await slowestOfEachKind(big.url)]

  const rows: { kind: string; kalmar: number; big: number; ratio: number; size: Timing['size'] }[] = []
  let meetingPage: number[] = []
  for (const [kind, address] of ofBig) {
    // A list that fits on one page in Kalmar has further pages in the big county.
    const beside = ofKalmar.get(kind) ?? ofKalmar.get(kind.replace(/[?,]sida$/, ''))
    if (beside === undefined) {
      say(`${kind}: only in the big county (${address})`)
      continue
    }
    const between = (times?: number) => turnAbout(kalmar.url + beside, big.url + address, times)
    const medians = (of: Timing) => [quantile(of.kalmar, 0.5), quantile(of.big, 0.5)] as const
    let timing = await between()
    const [first, then] = medians(timing)
    if (then / first > near) timing = await between(requests * timesMore)
    const [a, b] = medians(timing)
    if (kind === '/moten-och-protokoll/:namn') meetingPage = timing.big
    rows.push({ kind, kalmar: a, big: b, ratio: b / a, size: timing.size })
    say(`${(b / a).toFixed(2)}  ${a.toFixed(1)} ms  ${b.toFixed(1)} ms  ${kind}  ${address}`)
  }
  const searches: { question: string; p50: number; p99: number }[] = []
  const all: number[] = []
  for (const question of questions) {
    const took: number[] = []
    for (let number = 0; number < requests; number += 1) {
      took.push((await time(`${big.url}/sok?q=${encodeURIComponent(question)}`)).took)
    }
    all.push(...took.slice(1))
    searches.push({ question, p50: quantile(took, 0.5), p99: quantile(took, 0.99) })
    say(`${question}: p50 ${quantile(took, 0.5).toFixed(1)} ms, p99 ${quantile(took, 0.99).toFixed(1)} ms`)
  }
  const over = rows.filter(({ ratio }) => ratio > aim)
  write([
    `Node ${process.version}, ${process.platform}, medianen av ${requests} förfrågningar (${requests * timesMore} där kvoten är nära målet), den långsammaste sidan av varje slag bland högst ${tried}.`,
    '',
    '| sida | Kalmar ms | stort län ms | kvot | Kalmar kB | stort län kB |',
    '|---|---|---|---|---|---|',
    ...rows
      .toSorted((a, b) => b.ratio - a.ratio)
      .map(
        ({ kind, kalmar: a, big: b, ratio, size }) =>
          `| \`${kind}\` | ${a.toFixed(1)} | ${b.toFixed(1)} | ${ratio.toFixed(2)} | ${size.kalmar.toFixed(1)} | ${size.big.toFixed(1)} |`,
      ),
    '',
    '| sökning i det stora länet | p50 ms | p99 ms |',
    '|---|---|---|',
    ...searches.map(({ question, p50, p99 }) => `| ${question} | ${p50.toFixed(1)} | ${p99.toFixed(1)} |`),
    '',
    `- Slag av sidor över ${aim.toString().replace('.', ',')}: ${over.length} av ${rows.length}.`,
    `- Sökningens p99 mot mötessidans i det stora länet: ${(quantile(all, 0.99) / quantile(meetingPage, 0.99)).toFixed(1)} (mål högst 10).`,
  ])
}

function write(lines: readonly string[]): void {
  const readme = join(import.meta.dirname, 'README.md')
  const text = readFileSync(readme, 'utf8')
  const [start, end] = ['<!-- big -->', '<!-- /big -->']
  writeFileSync(
    readme,
    `${text.slice(0, text.indexOf(start) + start.length)}\n\n${lines.join('\n')}\n\n${text.slice(text.indexOf(end))}`,
  )
}
