/**
 * A real portal under everything that people do with it, all at once, for a long time: readers, coordinators who write
 * and publish, files that come in. By hand: npx vitest run --config vitest.long.config.ts test/long/soak.test.ts
 * with SOAK_SECONDS for another length.
 */
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { verifyChain } from '../../src/audit/verify.ts'
import { addDays, day } from '../../src/kernel/dates.ts'
import { attachmentsPath, dischargeImportsPath, newProtocolImportPath } from '../../src/kernel/urls.ts'
import { account, sessionCookie } from '../support/accounts.ts'
import { chanceOf } from '../support/chance.ts'
import { dischargeFile, oldProtocol, picture } from '../support/contents.ts'
import { kalmarDatabase, urlsOf } from '../support/database.ts'
import { newFolder, startPortal } from '../support/process.ts'
import { type Visitor, visitor } from '../support/visitor.ts'
import { decide, publish, type Written, writeMeeting, writeTexts } from '../support/written-meeting.ts'

const seconds = Number(process.env.SOAK_SECONDS ?? 600)
const seed = Number(process.env.SOAK_SEED ?? 20_261_125)
const megabyte = 1024 * 1024
/** What a process may have open: its pool, and the connection that hears changes. */
const mostConnections = 12
/** How much more may be in use in the last quarter of the time than in the third, in megabytes: more while all is new. */
const mostGrowth = seconds < 300 ? { heap: 64, resident: 160 } : { heap: 24, resident: 96 }

const db = await kalmarDatabase()
const { appUrl, ownerUrl, superuserUrl } = urlsOf(db)
const cookieOf = async () => sessionCookie(db, (await account(db, ['coordinator of lansgemensam-ledning'])).id)
const watcher = new pg.Client({ connectionString: superuserUrl, application_name: 'test: watcher' })
await watcher.connect()
afterAll(() => watcher.end())

type Sample = { at: number; heap: number; resident: number; connections: number }

test(
  `${seconds} s of readers, coordinators and files at once: no error, and nothing grows`,
  async () => {
    const [dataDir, temporary] = [newFolder(), newFolder()]
    const token = 'ett ord för mätare'
    const portal = await startPortal({
      dataDir,
      env: { DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, METRICS_TOKEN: token, TMPDIR: temporary },
    })
    onTestFinished(async () => void (await portal.stop('SIGKILL')))
    let logged = ''
    portal.process.stdout?.on('data', (text) => (logged += text))

    const wrong: string[] = []
    const counts = new Map<string, number>()
    let answered = 0
    let going = true
    const stop = setTimeout(() => {
      going = false
    }, seconds * 1000)

    /** As a visitor, whose every answer is looked at. */
    function watched(cookie = ''): Visitor {
      const by = visitor(portal.url, cookie)
      const look = async (kind: string, url: string, asked: ReturnType<Visitor['get']>) => {
        const answer = await asked
        answered += 1
        const name = `${cookie ? 'coordinators' : 'readers'} ${kind}`
        counts.set(name, (counts.get(name) ?? 0) + 1)
        if (answer.status >= 400) wrong.push(`${answer.status} ${kind} ${url}`)
        return answer
      }
      return {
        get: (url) => look('read', url, by.get(url)),
        post: (url, fields) => look('sent forms', url, by.post(url, fields)),
        upload: (url, fields, files) => look('sent files', url, by.upload(url, fields, files)),
      }
    }

    /** Does it again and again until the time is over; what goes wrong ends it and is told. */
    async function over(work: (turn: number) => Promise<unknown>): Promise<void> {
      for (let turn = 0; going && wrong.length < 20; turn += 1) {
        await work(turn).catch((error: Error) => wrong.push(error.message.slice(0, 500)))
      }
    }

    const sitemap = (await watched().get('sitemap.xml')).body
    const listed = [...sitemap.matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, url = '']) => new URL(url).pathname)
    expect(listed.length).toBeGreaterThan(100)
    const others = [
      ...['utskrivning', 'Morbylanga', '"nära vård"', '7b 2025-12-12'].map((q) => `/sok?q=${encodeURIComponent(q)}`),
      ...['meetings', 'decisions', 'bodies', 'memberships', 'activities'].map((name) => `/api/v1/${name}`),
      ...['/flode.atom', '/dcat.rdf', '/api/v1/openapi.json', '/api/v1/decisions.csv'],
    ]
    const reading = (seed: number) => {
      const chance = chanceOf(seed)
      const by = watched()
      return () =>
        by.get(
          chance.happens(0.7)
            ? chance.one(listed)
            : chance.happens(0.5)
              ? chance.one(others)
              : `/grupper/aldre?datum=${addDays(day('2024-01-01'), chance.below(700))}`,
        )
    }

    const drafts: Written[] = []
    let made = 0
    /** One meeting from the first word to publication, every other. */
    const writing = (by: Visitor) => async () => {
      made += 1
      const number = made
      // Before the county's own meetings, however many are made.
      const on = addDays(day('2010-01-04'), number)
      const meeting = await writeMeeting(by, on, '1. Välkomna\n2. Uppdrag (beslut)\n3. Övrigt')
      for (const text of ['Ordföranden hälsade.', 'Ordföranden hälsade alla välkomna.'])
        await writeTexts(by, meeting, { 1: { text }, 3: { text: `${text} Inget övrigt.` } })
      await decide(by, meeting, '2', {
        slag: 'assignment_given',
        rubrik: 'Uppdrag',
        uppdrag: `prova portalen för ${number}:e gången`,
        till: 'b:beredningen',
      })
      await by.get('/arbetsyta')
      if (number % 2 === 0) await publish(by, meeting)
      else drafts.push(meeting)
      if (drafts.length > 5) drafts.shift()
    }

    const chance = chanceOf(seed)
    /** Files of discharge days, pictures and old protocols, in turn. */
    const sending = (by: Visitor) => async (turn: number) => {
      const send = (url: string, fields: Record<string, string>, name: string, bytes: Uint8Array<ArrayBuffer>) =>
        by.upload(url, fields, [{ field: 'fil', name, bytes }])
      const sent = await send(dischargeImportsPath, {}, `dagar-${turn}.csv`, dischargeFile(turn, 300))
      const confirmed = await by.post(sent.location)
      if (turn % 2 === 1) await by.post(`${confirmed.location.split('?')[0]}/angra`)
      const draft = drafts.at(-1)
      if (draft !== undefined)
        await send(attachmentsPath(draft.slug), { punkt: '', titel: '' }, `bild-${turn}.png`, picture(chance, 50_000))
      if (turn % 5 === 0) await send(newProtocolImportPath, { text: '' }, `protokoll-${turn}.txt`, oldProtocol(turn))
    }

    const samples: Sample[] = []
    async function metrics(): Promise<string> {
      const answer = await fetch(new URL('metrics', portal.url), { headers: { authorization: `Bearer ${token}` } })
      answered += 1
      return await answer.text()
    }
    async function sample(): Promise<void> {
      const text = await metrics()
      const { rows } = await watcher.query(
        "select count(*)::int as open from pg_stat_activity where datname = current_database() and application_name like 'portal%'",
      )
      samples.push({
        at: performance.now(),
        heap: valueIn(text, 'nodejs_heap_size_used_bytes') / megabyte,
        resident: valueIn(text, 'process_resident_memory_bytes') / megabyte,
        connections: rows[0].open,
      })
    }

    const [one, another, third] = await Promise.all([cookieOf(), cookieOf(), cookieOf()])
    await Promise.all([
      over(reading(seed + 1)),
      over(reading(seed + 2)),
      over(writing(watched(one))),
      over(writing(watched(another))),
      over(sending(watched(third))),
      over(async () => {
        await sample()
        await sleep(500)
      }),
    ])
    clearTimeout(stop)
    expect(wrong).toEqual([])

    const quarter = (which: number) => samples.slice((which * samples.length) / 4, ((which + 1) * samples.length) / 4)
    const [early, late] = [quarter(2), quarter(3)]
    // What is in use when the collector has just been there.
    const floor = (of: readonly Sample[], what: 'heap' | 'resident') => Math.min(...of.map((one) => one[what]))
    const grown = {
      heap: floor(late, 'heap') - floor(early, 'heap'),
      resident: floor(late, 'resident') - floor(early, 'resident'),
    }
    const most = Math.max(...samples.map(({ connections }) => connections))
    const round = (value: number) => value.toFixed(1)
    const quarters = (what: 'heap' | 'resident') =>
      [0, 1, 2, 3].map((which) => round(floor(quarter(which), what))).join(', ')
    process.stderr.write(
      `soak: ${seconds} s, ${answered} answers (${[...counts].map(([name, times]) => `${name} ${times}`).join(', ')}), ${made} meetings;` +
        ` in each quarter of the time heap at least ${quarters('heap')} MB, resident at least ${quarters('resident')} MB,` +
        ` at most ${round(Math.max(...samples.map(({ resident }) => resident)))} MB; at most ${most} connections\n`,
    )
    // All that has been asked is counted, and nothing waits.
    const counted = await metrics()
    const seen = sumOf(counted, 'portal_request_seconds_count') + sumOf(counted, 'portal_kept_pages_answered_total')
    expect(seen).toBe(answered - 1)
    expect(sumOf(counted, 'portal_request_seconds_count', /status="5/)).toBe(0)
    expect(valueIn(counted, 'portal_database_connections{state="waiting"}')).toBe(0)
    expect(valueIn(counted, 'portal_hears_changes')).toBe(1)

    expect(grown.heap).toBeLessThan(mostGrowth.heap)
    expect(grown.resident).toBeLessThan(mostGrowth.resident)
    expect(most).toBeLessThanOrEqual(mostConnections)

    expect((await portal.stop()).code).toBe(0)
    expect(logged).toBe('')
    expect([readdirSync(temporary), readdirSync(dataDir)]).toEqual([[], []])
    expect((await verifyChain(db)).breaks).toEqual([])
    expect((await watcher.query('select from search_due')).rowCount).toBe(0)
  },
  seconds * 1000 + 240_000,
)

/** The value of one line of what /metrics says. */
function valueIn(text: string, name: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  if (line === undefined) throw new Error(`no ${name} in the metrics`)
  return Number(line.slice(name.length + 1))
}

function sumOf(text: string, name: string, which = /./): number {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) && which.test(line))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
