/**
 * How fast discharge days are read in, and whether pages slow down as episodes grow.
 * `npm run bench:discharge-days`: see bench/README.md. Starts a database of its own and removes it afterwards.
 */
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Kysely } from 'kysely'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { systemActor } from '../src/audit/work.ts'
import { readConfig } from '../src/config.ts'
import { type Database, openDatabase } from '../src/db/database.ts'
import { openEmbedded } from '../src/db/embedded.ts'
import { migrate } from '../src/db/migrate.ts'
import { confirmReading, readUpload } from '../src/discharge-days/imports.ts'
import { dischargeDaysRoutes } from '../src/discharge-days/routes.ts'
import { type App, openServer } from '../src/http/server.ts'
import { day } from '../src/kernel/dates.ts'
import { loadFacts } from '../src/seeding/load.ts'

const rounds = 3
const importRows = Number(process.env.BENCH_ROWS ?? 1_000_000)
const smallRows = 10_000
const largeRows = Number(process.env.BENCH_LARGE_ROWS ?? 10_000_000)
/** Files for the latency test: each covers months of its own, so that none replaces another. */
const files = 10
const requests = 300

const towns = [
  'Borgholm',
  'Emmaboda',
  'Hultsfred',
  'Högsby',
  'Kalmar',
  'Mönsterås',
  'Mörbylånga',
  'Nybro',
  'Oskarshamn',
  'Torsås',
  'Vimmerby',
  'Västervik',
]
const today = day('2026-11-01')
const say = (line: string) => process.stdout.write(`${line}\n`)
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number

const folder = mkdtempSync(join(tmpdir(), 'portal-bench-'))
const embedded = await openEmbedded(folder, { create: true })
const superuser = async (work: (client: pg.Client) => Promise<unknown>, url = embedded.superuserUrl) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await work(client).finally(() => client.end())
}
try {
  await bench()
} finally {
  await embedded.leave()
  rmSync(folder, { recursive: true, force: true })
}

async function bench(): Promise<void> {
  say(`Node ${process.version}, ${process.platform}, ${importRows} rows, ${rounds} rounds`)
  const file = join(folder, 'episodes.csv')
  const bytes = await writeEpisodes(file, importRows, 0, 34, 1)
  say(`file: ${(bytes / 1e6).toFixed(1)} MB`)
  const [copies, imports]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round += 1) {
    const db = await newDatabase(`import_${round}`)
    copies.push(await timeCopy(file, `import_${round}`))
    imports.push(await timeImport(db, file))
    await db.destroy()
  }
  const rate = (milliseconds: number) => Math.round(importRows / (milliseconds / 1000))
  say(`COPY into a bare table: ${rate(median(copies))} rows/s (${copies.map(Math.round).join(', ')} ms)`)
  say(`import: ${rate(median(imports))} rows/s (${imports.map(Math.round).join(', ')} ms)`)
  say(`import / COPY: ${(median(copies) / median(imports)).toFixed(2)} (aim: at least 0.5)`)
  say(
    `largest resident memory so far: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB (this process also writes the files)`,
  )

  const small = await filled('small', smallRows)
  const large = await filled('large', largeRows)
  for (const [name, address] of [
    ['overview page', '/utskrivningsklara-dagar'],
    ['API', '/api/v1/discharge-days?administration=hsf&period=2026-05'],
  ] as const) {
    const times: [number[], number[]] = [[], []]
    for (let request = -20; request < requests; request += 1) {
      // Turn about, so that whatever else the machine does hits both alike.
      for (const [place, app] of [small.app, large.app].entries()) {
        const start = performance.now()
        const { statusCode } = await app.inject(address)
        if (statusCode !== 200) throw new Error(`${address}: ${statusCode}`)
        if (request >= 0) times[place as 0 | 1].push(performance.now() - start)
      }
    }
    const [before, after] = times.map(median) as [number, number]
    say(
      `${name}: ${before.toFixed(2)} ms after ${smallRows}, ${after.toFixed(2)} ms after ${largeRows} episodes, ratio ${(after / before).toFixed(2)} (aim: at most 1.2)`,
    )
  }
  for (const { app, db } of [small, large]) {
    await app.close()
    await db.destroy()
  }
}

function urlOf(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  return other.href
}

/** A migrated database with the county's facts. */
async function newDatabase(name: string): Promise<Kysely<Database>> {
  const owner = new URL(embedded.ownerUrl).username
  await superuser((client) =>
    client.query(`create database ${name} owner "${owner}" template template0 encoding 'UTF8'`),
  )
  const urls = { appUrl: urlOf(embedded.appUrl, name), ownerUrl: urlOf(embedded.ownerUrl, name) }
  await migrate(urls)
  const db = openDatabase(urls.appUrl, { statementTimeout: 0 })
  await loadFacts(db, resolve(import.meta.dirname, '../seeds/kalmar'), today)
  return db
}

async function timeCopy(file: string, database: string): Promise<number> {
  let took = 0
  await superuser(
    async (client) => {
      await client.query('create table bare (kommun text, forvaltning text, klar date, ut date, id text)')
      const start = performance.now()
      const copy = client.query(copyFrom(`copy bare from stdin with (format csv, header, delimiter ';')`))
      await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), copy)
      took = performance.now() - start
      await client.query('drop table bare')
    },
    urlOf(embedded.superuserUrl, database),
  )
  return took
}

async function timeImport(db: Kysely<Database>, file: string): Promise<number> {
  const start = performance.now()
  const reading = await readUpload(db, createReadStream(file, { highWaterMark: 1024 * 1024 }), 'bench.csv', today)
  if (reading.rejections.count > 0) throw new Error('rows were rejected')
  await confirmReading(db, systemActor, reading)
  return performance.now() - start
}

async function filled(name: string, rows: number): Promise<{ db: Kysely<Database>; app: App }> {
  const db = await newDatabase(name)
  const file = join(folder, `${name}.csv`)
  for (let number = 0; number < files; number += 1) {
    await writeEpisodes(file, rows / files, number * 3, 3, number + 2)
    await timeImport(db, file)
  }
  rmSync(file)
  const config = readConfig({ LOG_LEVEL: 'silent' })
  const app = await openServer({ config, today: () => today, readiness: async () => ({ ready: true }) })
  await app.register(dischargeDaysRoutes({ db, config, today: () => today }))
  await app.ready()
  return { db, app }
}

/** Invented episodes discharged in the given months after January 2024. Returns the file's size. */
async function writeEpisodes(
  file: string,
  rows: number,
  firstMonth: number,
  months: number,
  seed: number,
): Promise<number> {
  let state = seed * 2_654_435_761
  const draw = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 4_294_967_296) * below)
  }
  const first = Date.UTC(2024, firstMonth, 1) / 86_400_000
  const days = Date.UTC(2024, firstMonth + months, 1) / 86_400_000 - first
  const dates = new Map<number, string>()
  const text = (number: number) => {
    const known = dates.get(number) ?? new Date(number * 86_400_000).toISOString().slice(0, 10)
    dates.set(number, known)
    return known
  }
  const out = createWriteStream(file)
  let size = 0
  async function* blocks() {
    let block = 'kommun;förvaltning;utskrivningsklar;utskriven;vårdtillfälle\n'
    for (let row = 0; row < rows; row += 1) {
      const d = draw(100) < 85 ? 0 : 1 + draw(12)
      const discharged = first + draw(days)
      block += `${towns[draw(towns.length)]};${draw(10) === 0 ? 'PF' : 'HSF'};${text(discharged - d)};${text(discharged)};V${seed}-${row}\n`
      if (block.length > 1_000_000) {
        yield block
        block = ''
      }
    }
    yield block
  }
  await pipeline(async function* () {
    for await (const block of blocks()) {
      size += block.length
      yield block
    }
  }, out)
  return size
}
