import type { Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { dischargeDaysRoutes } from '../../src/discharge-days/routes.ts'
import { type App, openServer } from '../../src/http/server.ts'
import { day } from '../../src/kernel/dates.ts'
import { testConfig } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { episodeHeader, summaryHeader } from './support/reading.ts'

let db: Kysely<Database>
let app: App
const logged: string[] = []
let who: 'coordinator' | 'member' | 'nobody' = 'coordinator'
const list = '/utskrivningsklara-dagar/inlasningar'

beforeAll(async () => {
  db = await kalmarDatabase()
  const config = testConfig({ LOG_LEVEL: 'debug' })
  const today = () => day('2026-03-01')
  app = await openServer({
    config,
    today,
    readiness: async () => ({ ready: true }),
    identify: () => ({
      actor: who === 'nobody' ? { kind: 'public', name: 'allmänheten' } : { kind: 'person', name: 'Testa Testsson' },
      signedIn: who !== 'nobody',
      member: who !== 'nobody',
      administrator: false,
      coordinates: who === 'coordinator' ? 'all' : new Set(),
    }),
    log: { write: (line) => void logged.push(line) },
  })
  await app.register(dischargeDaysRoutes({ db, config, today }))
  await app.ready()
})
afterAll(() => app?.close())

const text = (html: string) => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')

function send(parts: Record<string, string | { name: string; content: string | Buffer }>) {
  const boundary = 'gräns'.normalize('NFKD').replace(/\W/g, '')
  const body = Object.entries(parts).map(([name, part]) => {
    const file = typeof part === 'string' ? '' : `; filename="${part.name}"\r\nContent-Type: application/octet-stream`
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`
    return Buffer.concat([
      Buffer.from(head),
      Buffer.from(typeof part === 'string' ? part : part.content),
      Buffer.from('\r\n'),
    ])
  })
  return app.inject({
    method: 'POST',
    url: list,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    payload: Buffer.concat([...body, Buffer.from(`--${boundary}--\r\n`)]),
  })
}
const upload = (content: string | Buffer, name = 'november.csv') => send({ fil: { name, content } })
const confirm = (url: string, body = '') =>
  app.inject({ method: 'POST', url, headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: body })
const batches = async () => (await db.selectFrom('discharge_batch').selectAll().execute()).length
const file = (...rows: string[]) => `${[episodeHeader, ...rows].join('\n')}\n`

describe('only coordinators read files in', () => {
  test('others are turned away, whether they look or send', async () => {
    for (const one of ['nobody', 'member'] as const) {
      who = one
      expect((await app.inject(list)).statusCode).not.toBe(200)
      expect((await upload(file('Kalmar;HSF;2025-11-03;2025-11-08;1'))).statusCode).toBeGreaterThanOrEqual(300)
    }
    who = 'coordinator'
    expect(await batches()).toBe(0)
  })
})

describe('from file to figures', () => {
  test('sent, previewed, confirmed, undone; nothing is written before it is confirmed', async () => {
    const sent = await upload(file('Kalmar;HSF;2025-11-03;2025-11-08;1', 'Växjö;HSF;2025-11-03;2025-11-08;2'))
    expect(sent.statusCode).toBe(303)
    const preview = await app.inject(String(sent.headers.location))
    expect(preview.statusCode).toBe(200)
    expect(preview.headers['cache-control']).toContain('no-store')
    expect(text(preview.body)).toContain('är ingen av länets kommuner')
    expect(text(preview.body)).toMatch(/Kalmar – 5,00 – 1 – 5 ny/)
    expect(await batches()).toBe(0)

    const rejected = await app.inject(`${sent.headers.location}/avvisade.csv`)
    expect(rejected.body).toContain('3;1;kommun;är ingen av länets kommuner')

    expect((await confirm(String(sent.headers.location))).statusCode).toBe(422)
    expect(await batches()).toBe(0)
    const done = await confirm(String(sent.headers.location), 'godta=ja')
    expect(done.statusCode).toBe(303)
    expect(await batches()).toBe(1)
    const one = await app.inject(String(done.headers.location))
    expect(text(one.body)).toContain('Filen är inläst')
    expect(text(one.body)).toContain('HSF: november 2025')

    const page = `${String(done.headers.location).split('?')[0]}`
    expect((await confirm(`${page}/angra`)).statusCode).toBe(303)
    expect(text((await app.inject(page)).body)).toContain('Ångrad')
    expect((await confirm(`${page}/angra`)).statusCode).toBe(409)
  })

  test('a preview can be left, and is nobody else’s', async () => {
    const sent = await upload(file('Kalmar;HSF;2025-10-03;2025-10-08;1'))
    expect((await confirm(`${sent.headers.location}/avbryt`)).statusCode).toBe(303)
    expect((await app.inject(String(sent.headers.location))).statusCode).toBe(404)
    expect((await app.inject(`${list}/forhandsgranskning/00000000-0000-4000-8000-000000000000`)).statusCode).toBe(404)
  })

  test('if something else was read in meanwhile, the comparison is shown again', async () => {
    const first = await upload(file('Nybro;HSF;2025-09-03;2025-09-08;1'))
    const second = await upload(file('Nybro;HSF;2025-09-03;2025-09-04;1'))
    expect((await confirm(String(second.headers.location))).statusCode).toBe(303)
    const late = await confirm(String(first.headers.location))
    expect(late.statusCode).toBe(409)
    expect(text(late.body)).toContain('Något annat har lästs in')
    expect(text(late.body)).toMatch(/Nybro 1,00 5,00 1 1 1 5 ändras/)
    expect((await confirm(String(first.headers.location))).statusCode).toBe(303)
  })

  test('rows are pasted from a spreadsheet', async () => {
    const rows = `${summaryHeader.replaceAll(';', '\t')}\nKalmar\tHSF\t2025-08\t41\t33\t12\n`
    const sent = await send({ text: rows })
    expect(sent.statusCode).toBe(303)
    expect(text((await app.inject(String(sent.headers.location))).body)).toMatch(/Kalmar – 0,80 – 41 – 33 ny/)
  })

  test('an unknown layout is explained once and remembered', async () => {
    const content = 'Ort;Klinik;In;Ut\nKalmar;HSF;2025-07-03;2025-07-08\n'
    const asked = await upload(content)
    expect(asked.statusCode).toBe(422)
    expect(text(asked.body)).toContain('Vilken kolumn är vilken?')
    expect(text(asked.body)).toContain('Välj filen en gång till')
    const half = await send({ 'kolumn-municipality': '0', fil: { name: 'a.csv', content } })
    expect(half.statusCode).toBe(422)
    const sent = await send({
      'kolumn-municipality': '0',
      'kolumn-administration': '1',
      'kolumn-ready': '2',
      'kolumn-discharged': '3',
      fil: { name: 'a.csv', content },
    })
    expect(sent.statusCode).toBe(303)
    expect((await confirm(String(sent.headers.location))).statusCode).toBe(303)
    expect((await upload(content.replace('2025-07-08', '2025-07-09'))).statusCode).toBe(303)
  })
})

describe('what cannot be used', () => {
  test('a personal identity number is told of by line and column, and reaches neither page, log nor database', async () => {
    for (const parts of [
      { fil: { name: 'november.csv', content: file('Kalmar;HSF;2025-11-03;2025-11-08;811218-9876') } },
      { text: file('Kalmar;HSF;2025-11-03;2025-11-08;811218-9876') },
    ]) {
      const refused = await send(parts)
      expect(refused.statusCode).toBe(422)
      expect(text(refused.body)).toContain('Rad 2, kolumn 5')
      expect(refused.body).not.toContain('9876')
    }
    const named = await upload(file('Kalmar;HSF;2025-11-03;2025-11-08;1'), '811218-9876.csv')
    expect(named.statusCode).toBe(422)
    expect(named.body).not.toContain('9876')
    // Without known headings no row is read, and what was pasted would be shown again.
    const unread = await send({ text: 'Ort;Dagar\nKalmar;811218-9876\n', 'kolumn-days': '811218-9876' })
    expect(unread.statusCode).toBe(422)
    expect(text(unread.body)).toContain('ser ut som ett personnummer')
    expect(unread.body).not.toContain('9876')
    // The last four alone may stand in a request's number by chance.
    expect(logged.join('')).not.toMatch(/811218.?9876/)
    const log = await db.selectFrom('audit_event').select('details').execute()
    expect(JSON.stringify(log)).not.toContain('9876')
  })

  test('nothing sent, an empty file, and other text that was pasted is kept', async () => {
    expect(text((await send({ text: '' })).body)).toContain('Välj en fil eller klistra in rader')
    expect(text((await upload('')).body)).toContain('Filen är tom')
    const kept = await send({ text: `${episodeHeader}\n` })
    expect(kept.statusCode).toBe(422)
    expect(kept.body).toContain(`${episodeHeader}\n</textarea>`)
  })

  test('300 MB of zeros: refused while they are still coming, and the server lives', async () => {
    const { Readable } = await import('node:stream')
    const boundary = 'b'
    const zeros = Buffer.alloc(1024 * 1024, '0')
    async function* form() {
      yield Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="fil"; filename="nollor.csv"\r\n\r\n`)
      for (let sent = 0; sent < 300; sent += 1) yield zeros
      yield Buffer.from(`\r\n--${boundary}--\r\n`)
    }
    const before = process.memoryUsage().rss
    const refused = await app.inject({
      method: 'POST',
      url: list,
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      payload: Readable.from(form()),
    })
    expect(refused.statusCode).toBe(422)
    expect(text(refused.body)).toContain('längre än en miljon tecken')
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000)
    expect((await app.inject('/utskrivningsklara-dagar')).statusCode).toBe(200)
  }, 60_000)
})
