import { afterAll, describe, expect, test } from 'vitest'
import { loadExampleData } from '../../src/discharge-days/example-data.ts'
import { day } from '../../src/kernel/dates.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { readPdf } from '../support/pdf.ts'
import { textOf } from '../support/workspace.ts'

const db = await kalmarDatabase()
const app = await startApp({ db, today: day('2026-03-10') })
afterAll(() => app.close())

async function printed(url: string) {
  const answer = await app.inject(url)
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toBe('application/pdf')
  const again = await app.inject(url)
  expect(again.rawPayload.equals(answer.rawPayload)).toBe(true)
  return readPdf(answer.rawPayload)
}
const page = async (url: string) => (await app.inject({ url, headers: { accept: 'text/html' } })).body

describe('a decision as PDF (protokollsutdrag)', () => {
  test('holds the decision, what it changed and its item, and says that it is of a summary', async () => {
    const path = '/beslut/2025-12-12-lansgemensam-ledning-7a'
    expect(await page(path)).toContain(`href="${path}/protokollsutdrag.pdf"`)
    const pdf = await printed(`${path}/protokollsutdrag.pdf`)
    expect(pdf.text).toContain('Protokollsutdrag · Beslut')
    expect(pdf.text).toContain('0,8')
    expect(pdf.text).toContain('SAMMANFATTNING')
    expect(pdf.text).not.toMatch(/[0-9a-f]{64}/)
    expect(pdf.outline).toContain('Vad beslutet ändrade')
    expect(pdf.outline.some((title) => title.startsWith('Ur protokollet: punkt 7a'))).toBe(true)
    expect(pdf.tagged).toBe(true)
  })

  test('of a decision whose meeting is not known says so', async () => {
    const row = await db
      .selectFrom('decision')
      .select('slug')
      .where('meeting_id', 'is', null)
      .where('state', '=', 'carried_out')
      .executeTakeFirstOrThrow()
    const pdf = await printed(`/beslut/${row.slug}/protokollsutdrag.pdf`)
    expect(pdf.text).toContain('Mötet framgår inte av underlaget')
  })

  test('is of decisions that exist', async () => {
    expect((await app.inject('/beslut/finns-inte/protokollsutdrag.pdf')).statusCode).toBe(404)
  })
})

describe('a plan as PDF', () => {
  test('holds every activity in force, the decision, and a checksum with what it is of', async () => {
    const plan = await db
      .selectFrom('plan')
      .select(['id', 'slug', 'title'])
      .where('valid', 'is not', null)
      .executeTakeFirstOrThrow()
    const path = `/handlingsplaner/${plan.slug}`
    const html = await page(path)
    expect(html).toContain(`href="${path}/handlingsplan.pdf"`)
    const pdf = await printed(`${path}/handlingsplan.pdf`)
    const codes = new Set(
      [...html.matchAll(/<li id="(\w+-a\d+)">\s*<a class="part-code"/g)].map(([, code = '']) => code),
    )
    expect(codes.size).toBeGreaterThan(0)
    for (const code of codes) expect(pdf.text).toContain(code.toUpperCase())
    expect(pdf.text).toContain('Beslutad:')
    expect(pdf.text).toMatch(/[0-9a-f]{64}/)
    expect(pdf.outline).toContain('Innehållets kontrollsumma')
    expect(pdf.info.Title).toBe(plan.title)
    expect(pdf.outline).toContain('Vad planen vill')
  })

  test('has one stop between what a follow-up says and where it was said', async () => {
    const pdf = await printed('/handlingsplaner/lansgemensam-ledning-2025-2026/handlingsplan.pdf')
    const text = pdf.texts.join(' ').replace(/\s+/g, ' ')
    expect(text).toMatch(/enligt plan\. punkt 8/)
    expect(text).not.toMatch(/[^.]\.\.(?: |$)/)
  })

  test('says the same whatever day it is printed, as long as nothing has happened to the plan', async () => {
    const later = await startApp({ db, today: day('2027-11-30') })
    const plans = await db.selectFrom('plan').select('slug').where('valid', 'is not', null).execute()
    expect(plans.length).toBeGreaterThan(5)
    for (const { slug } of plans) {
      const url = `/handlingsplaner/${slug}/handlingsplan.pdf`
      const [now, then] = [await app.inject(url), await later.inject(url)]
      expect(now.statusCode).toBe(200)
      expect(then.rawPayload.equals(now.rawPayload), slug).toBe(true)
    }
    await later.close()
  })

  test('is of plans that exist', async () => {
    expect((await app.inject('/handlingsplaner/finns-inte/handlingsplan.pdf')).statusCode).toBe(404)
  })
})

describe('a report of discharge days as PDF', () => {
  test('has the figures that everybody may see, marked as invented on every page', async () => {
    await loadExampleData(db, 'seeds/kalmar')
    const path = '/utskrivningsklara-dagar/hsf/2025-10'
    expect(await page(`${path}/rapport`)).toContain(`href="${path}/rapport.pdf"`)
    const pdf = await printed(`${path}/rapport.pdf`)
    for (const text of pdf.texts) expect(text).toContain('EXEMPELDATA – påhittade siffror')
    expect(pdf.roles).toContain('TH')
    expect(pdf.outline).toContain('Så är siffrorna räknade')
    // A municipality's name is whole: not cut at the end of a narrow cell.
    for (const name of ['Mörbylånga', 'Oskarshamn']) expect(pdf.texts.join(' ')).toContain(name)
  })

  test('is refused where there are no figures', async () => {
    expect((await app.inject('/utskrivningsklara-dagar/hsf/1999-01/rapport.pdf')).statusCode).toBe(404)
    expect((await app.inject('/utskrivningsklara-dagar/hsf/nej/rapport.pdf')).statusCode).toBe(404)
    expect(textOf(await page('/utskrivningsklara-dagar/hsf/nej/rapport.pdf'))).toContain('finns inte')
  })
})
