import type { Kysely } from 'kysely'
import readXlsxFile from 'read-excel-file/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemActor } from '../../src/audit/work.ts'
import type { Database } from '../../src/db/database.ts'
import { periodAnswer, rangeAnswer } from '../../src/discharge-days/api.ts'
import { loadExampleData, removeExampleData } from '../../src/discharge-days/example-data.ts'
import { confirmReading, readUpload } from '../../src/discharge-days/imports.ts'
import { dischargeDaysRoutes } from '../../src/discharge-days/routes.ts'
import { exampleMark } from '../../src/discharge-days/texts.ts'
import { effectHandlers } from '../../src/effect-handlers.ts'
import { csvOf } from '../../src/http/exports.ts'
import { type App, openServer } from '../../src/http/server.ts'
import { day } from '../../src/kernel/dates.ts'
import { openDataRoutes } from '../../src/open-data/routes.ts'
import { testConfig } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { inBlocks, summaryHeader } from './support/reading.ts'

let db: Kysely<Database>
let app: App
let isMember = false
const root = '/utskrivningsklara-dagar'

beforeAll(async () => {
  db = await kalmarDatabase()
  const config = testConfig()
  const today = () => day('2026-03-01')
  app = await openServer({
    config,
    today,
    readiness: async () => ({ ready: true }),
    identify: () => ({
      actor: { kind: isMember ? 'person' : 'public', name: isMember ? 'Testa Testsson' : 'allmänheten' },
      signedIn: isMember,
      member: isMember,
      administrator: false,
      coordinates: new Set(),
    }),
  })
  await app.register(dischargeDaysRoutes({ db, config, today }))
  await app.register(openDataRoutes({ db, config, today }, effectHandlers))
  await app.ready()
})
afterAll(() => app?.close())

const ask = (query: string, format = '') => app.inject(`/api/v1/discharge-days${format}?${query}`)
const text = (html: string) =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replace(/&nbsp;|\u00a0/g, ' ')
    .replace(/\s+/g, ' ')

describe('the county’s own figure before anything is read in', () => {
  test('is the county’s answer, and every municipality is listed without figures', async () => {
    const response = await ask('administration=hsf&period=2025-11')
    expect(response.statusCode).toBe(200)
    expect(response.headers['access-control-allow-origin']).toBe('*')
    const answer = periodAnswer.parse(response.json())
    expect(answer).toMatchObject({
      period: '2025-11',
      administration: 'hsf',
      indicator: 0.8,
      comparison: 'over',
      firstPayableDay: 4,
      paymentMode: 'every_episode',
      county: {
        episodes: 804,
        days: 265,
        average: '0.3296',
        exceeded: false,
        day4Days: null,
        amount: null,
        suppressed: false,
      },
      exampleData: false,
      revised: false,
    })
    expect(answer.municipalities).toHaveLength(12)
    expect(answer.municipalities[4]?.municipality).toEqual({ slug: 'kalmar', name: 'Kalmar kommun', code: '0880' })
    expect(answer.municipalities[4]).toMatchObject({ episodes: null, average: null, suppressed: false })
  })
})

describe('questions', () => {
  test.each([
    ['', 'administration'],
    ['administration=abc&period=2025-11', 'administration'],
    ['administration=hsf', 'period'],
    ['administration=hsf&period=2025-13', 'period'],
    ['administration=hsf&period=2025-Q4', 'period'],
    ['administration=pf&period=2025-11', 'period'],
    ['administration=hsf&period=2099-01', 'period'],
    ['administration=hsf&period=2017-12', 'period'],
    ['administration=hsf&period=2025-11&period=2025-12', 'period'],
    ['administration=hsf&period=2025-11&municipality=vaxjo', 'municipality'],
    ['administration=hsf&from=2025-11', 'to'],
    ['administration=hsf&from=2025-11&to=2025-10', 'to'],
    ['administration=hsf&from=2025-11&to=2025', 'to'],
    ['administration=hsf&period=2025-11&from=2025-10', 'from'],
    ['administration=hsf&perod=2025-11', 'perod'],
  ])('"%s" is refused naming %s', async (query, parameter) => {
    for (const format of ['', '.csv', '.xlsx']) {
      const response = await ask(query, format)
      expect(response.statusCode).toBe(400)
      expect(response.headers['content-type']).toContain('application/problem+json')
      expect(response.json()).toMatchObject({ status: 400, parameter })
      expect(response.json().detail).toContain(parameter)
    }
  })

  test('one municipality, a quarter, a year, a span', async () => {
    const one = periodAnswer.parse((await ask('administration=hsf&period=2025-11&municipality=kalmar')).json())
    expect(one.municipalities.map(({ municipality }) => municipality.slug)).toEqual(['kalmar'])
    expect(periodAnswer.parse((await ask('administration=pf&period=2025-Q4')).json()).period).toBe('2025-Q4')
    expect(periodAnswer.parse((await ask('administration=pf&period=2025')).json()).period).toBe('2025')
    const span = rangeAnswer.parse((await ask('administration=pf&from=2025-Q1&to=2026-Q1')).json())
    expect(span.periods.map(({ period }) => period)).toEqual(['2025-Q1', '2025-Q2', '2025-Q3', '2025-Q4', '2026-Q1'])
  })

  test('the OpenAPI document describes the answer with a real example', async () => {
    const document = (await app.inject('/api/v1/openapi.json')).json()
    expect(document.openapi).toBe('3.1.0')
    const get = document.paths['/api/v1/discharge-days'].get
    expect(get.parameters.map(({ name }: { name: string }) => name)).toEqual([
      'administration',
      'period',
      'from',
      'to',
      'municipality',
    ])
    const { example } = { example: get.responses[200].content['application/json'].examples.period.value }
    expect(periodAnswer.parse(example)).toEqual((await ask('administration=hsf&period=2025-11')).json())
  })
})

describe('what is withheld stays withheld in every form', () => {
  const addresses = [
    `${root}`,
    `${root}/hsf`,
    `${root}/hsf/2026-01`,
    `${root}/hsf/2026-01/rapport`,
    `${root}/hsf/2026`,
    `${root}/parter/hogsby`,
    '/api/v1/discharge-days?administration=hsf&period=2026-01',
    '/api/v1/discharge-days?administration=hsf&period=2026',
    '/api/v1/discharge-days?administration=hsf&from=2025-12&to=2026-02&municipality=hogsby',
    '/api/v1/discharge-days.csv?administration=hsf&period=2026-01',
  ]

  test('no page or file shows a figure of a small municipality to the public; members see it', async () => {
    // Högsby's numbers are like no others, so that they are found wherever they stand.
    const rows = [
      'Kalmar;HSF;2026-01;5213;977;301',
      'Nybro;HSF;2026-01;611;211;40',
      'Vimmerby;HSF;2026-01;523;190;60',
      'Högsby;HSF;2026-01;3;1931;1777',
    ]
    const reading = await readUpload(
      db,
      inBlocks(Buffer.from([summaryHeader, ...rows].join('\n'))),
      'prov.csv',
      day('2026-03-01'),
    )
    await confirmReading(db, systemActor, reading)
    for (const address of addresses) {
      const shown = text((await app.inject(address)).body).replaceAll(' ', '')
      for (const secret of ['1931', '1777', '643,6', '643.6'])
        expect(shown, `${address}: ${secret}`).not.toContain(secret)
    }
    const answer = periodAnswer.parse((await ask('administration=hsf&period=2026-01')).json())
    const hogsby = answer.municipalities.find(({ municipality }) => municipality.slug === 'hogsby')
    const { municipality: _municipality, suppressed, ...figures } = hogsby ?? { municipality: null, suppressed: false }
    expect(suppressed).toBe(true)
    expect(Object.values(figures).every((value) => value === null)).toBe(true)
    expect(answer.county.episodes).toBe(6350)

    isMember = true
    const seen = await app.inject(addresses[6] as string)
    expect(seen.body).toContain('1931')
    expect(seen.headers['cache-control']).toContain('no-store')
    expect(text((await app.inject(`${root}/hsf/2026-01`)).body)).toContain('1 931')
    isMember = false
  })

  test('the rows of a file and its name are told to members only', async () => {
    const page = text((await app.inject(`${root}/hsf/2026-01`)).body)
    expect(page).not.toContain('prov.csv')
    expect(page).toContain('En sammanställning, inläst')
    isMember = true
    expect(text((await app.inject(`${root}/hsf/2026-01`)).body)).toContain('prov.csv, 4 rader (0 avvisade)')
    isMember = false
  })
})

describe('pages', () => {
  test('what does not exist is not found', async () => {
    for (const path of [
      '/hsf/2031-01',
      '/hsf/2025-q4',
      '/hsf/2025-kv4',
      '/pf/2025-11',
      '/abc/2025-11',
      '/abc',
      '/parter/vaxjo',
      '/hsf/2024-01',
      '/hsf/2025-11/rapport',
    ]) {
      expect((await app.inject(root + path)).statusCode, path).toBe(404)
    }
  })

  test('only members try other rules', async () => {
    expect((await app.inject(`${root}/prova-regler`)).statusCode).not.toBe(200)
    isMember = true
    const tried = await app.inject(
      `${root}/prova-regler?forvaltning=hsf&indikator=0,3&dag=4&lasning=only_when_exceeded&fran=2026-01&till=2026-01`,
    )
    expect(tried.statusCode).toBe(200)
    // Over 0,3: Nybro 211/611, Vimmerby 190/523 and Högsby; today only Högsby is over.
    expect(text(tried.body)).toContain('3 kommunperioder av 4 varit över indikatorn (i dag 1)')
    expect(text(tried.body)).toContain('1 877 dagar hade varit betalningsdagar (i dag 2 178)')
    const wrong = await app.inject(
      `${root}/prova-regler?forvaltning=hsf&indikator=noll&dag=0&lasning=x&fran=2026-13&till=2026-01`,
    )
    expect(wrong.statusCode).toBe(422)
    expect(text(wrong.body)).toContain('Skriv indikatorn som ett tal')
    isMember = false
  })
})

describe('invented figures are marked in every form', () => {
  test('page, table, picture, CSV, XLSX, JSON, report', async () => {
    await loadExampleData(db, `${import.meta.dirname}/../../seeds/kalmar`)
    for (const path of [
      '',
      '/hsf',
      '/hsf/2025-10',
      '/hsf/2025-10/rapport',
      '/parter/kalmar',
      '/pf/2025-kv3',
      '/hsf/2025',
    ]) {
      const { body } = await app.inject(root + path)
      expect(body, path).toContain(exampleMark)
      for (const [picture] of body.matchAll(/<svg class="chart[\s\S]*?<\/svg>/g)) {
        expect(picture.match(/<text class="chart-example"[^>]*>EXEMPELDATA – påhittade siffror/), path).not.toBeNull()
      }
    }
    expect((await ask('administration=hsf&period=2025-10')).json()).toMatchObject({
      exampleData: true,
      exampleNotice: exampleMark,
    })
    const csv = (await ask('administration=hsf&period=2025-10', '.csv')).body
    expect(
      csv
        .trim()
        .split('\r\n')
        .slice(1)
        .every((line) => line.includes(exampleMark)),
    ).toBe(true)
    const xlsx = await ask('administration=hsf&period=2025-10', '.xlsx')
    expect(String(xlsx.headers['content-disposition'])).toContain('EXEMPELDATA')
    const sheet = JSON.stringify(await readXlsxFile(xlsx.rawPayload))
    expect(sheet).toContain(exampleMark)
    expect(sheet).toContain('Mönsterås')
    await removeExampleData(db)
    expect((await app.inject(`${root}`)).body).not.toContain(exampleMark)
  })
})

test('text that a spreadsheet would take for a formula is exported as text', () => {
  const csv = csvOf({
    name: 'prov',
    headers: ['a'],
    rows: [['=HYPERLINK("http://example.com")'], ['+1'], ['@x'], ['-2'], ['a;b'], [3]],
  })
  expect(csv.split('\r\n').slice(1, 7)).toEqual([
    `"'=HYPERLINK(""http://example.com"")"`,
    "'+1",
    "'@x",
    "'-2",
    '"a;b"',
    '3',
  ])
})
