import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { App } from '../../src/http/server.ts'
import { day } from '../../src/kernel/dates.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'

let app: App
const text = (html: string) =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replace(/&nbsp;|\u00a0/g, ' ')
    .replace(/\s+/g, ' ')

beforeAll(async () => {
  app = await startApp({ db: await kalmarDatabase(), today: day('2026-03-01') })
})
afterAll(() => app?.close())

describe('the first page', () => {
  test('says the indicator for the year and links to the decision that set it', async () => {
    const page = await app.inject('/utskrivningsklara-dagar')
    expect(page.statusCode).toBe(200)
    expect(text(page.body)).toContain('Indikator 2026, HSF 0,8')
    expect(text(page.body)).toContain('Indikator 2026, PF 0,8')
    expect(page.body).toContain('href="/beslut/2025-12-12-lansgemensam-ledning-7a"')
  })

  test("shows the county's own published figure, 804 and 265, as 0,33 with its source", async () => {
    const page = text((await app.inject('/utskrivningsklara-dagar')).body)
    expect(page).toContain('HSF november 2025, länets egna siffror')
    expect(page).toContain('Utskrivna länkade slutenvårdstillfällen 804')
    expect(page).toContain('Utskrivningsklara dagar 265')
    expect(page).toContain('Genomsnitt 0,33')
    expect(page).toContain('inte över 0,8')
    expect(page).toContain('Källa (HSF november 2025, länets egna siffror')
  })
})

describe('the rules', () => {
  test('every rule stands there with its ground, and says which are not confirmed', async () => {
    const page = await app.inject('/utskrivningsklara-dagar/regler')
    expect(page.statusCode).toBe(200)
    const words = text(page.body)
    expect(words).toContain('beslut 12 december 2025')
    expect(words).toContain('dag 4')
    expect(words).toContain('när genomsnittet är över indikatorn')
    expect(words).toContain('Avtalets villkor är inte bekräftat')
    expect(words).toContain('Inget belopp är registrerat för 2026')
    expect(words).toContain('5 vårdtillfällen')
    expect(page.body).toContain('href="/beslut/2025-12-12-lansgemensam-ledning-7a"')
  })

  test('on a day in 2024 no indicator is registered; in 2023 the amount was 10 500', async () => {
    const page = text((await app.inject('/utskrivningsklara-dagar/regler?datum=2024-06-01')).body)
    expect(page).toContain('Ingen indikator är registrerad för 2024')
    const before = text((await app.inject('/utskrivningsklara-dagar/regler?datum=2023-06-01')).body)
    expect(before).toMatch(/Belopp per dag den 1 juni 2023.*10 500 kr per dag år 2023/)
  })

  test('a day that does not exist is a clear 400', async () => {
    expect((await app.inject('/utskrivningsklara-dagar/regler?datum=2026-02-30')).statusCode).toBe(400)
  })
})
