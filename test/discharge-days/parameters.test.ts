import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isValidOn } from '../../src/db/ranges.ts'
import { loadExampleData } from '../../src/discharge-days/example-data.ts'
import { type GroundedValue, groundedValues } from '../../src/discharge-days/parameters.ts'
import type { App } from '../../src/http/server.ts'
import { type Day, day, daysBetween } from '../../src/kernel/dates.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'

const today = day('2026-11-25')
const db = await kalmarDatabase()
const path = '/utskrivningsklara-dagar/regler'
let app: App

beforeAll(async () => {
  // What a county has after eighteen years: an indicator a year for each administration.
  await sql`insert into parameter_value (parameter_code, administration_id, valid, value, ground, provenance_id)
    select parameter_code, administration_id, daterange(make_date(year, 1, 1), make_date(year + 1, 1, 1)),
      1 + (year % 7) * 0.1, 'assumption', provenance_id
    from parameter_value cross join generate_series(2000, 2017) year
    where parameter_code = 'indicator' and valid @> ${today}::date`.execute(db)
  await loadExampleData(db, `${import.meta.dirname}/../../seeds/kalmar`)
  app = await startApp({ db, today })
})
afterAll(() => app?.close())

describe('of the rules by which days are judged', () => {
  const daysAway = ({ valid: { from, to } }: GroundedValue, on: Day) =>
    from !== null && from > on ? daysBetween(on, from) : daysBetween(to as Day, on)
  const called = ({ code, administrationId, valid }: GroundedValue) =>
    `${code} ${administrationId} ${valid.from} ${valid.to}`

  test.each(['1999-06-01', '2008-12-31', '2009-01-01', '2018-01-01', '2026-11-25'])(
    'those in force on %s, and those nearest to it in time',
    async (text) => {
      const on = day(text)
      const { values: every } = await groundedValues(db, on, 1_000)
      const inForce = every.filter(({ valid }) => isValidOn(valid, on))
      expect((await groundedValues(db, on, 0)).values).toEqual(inForce)

      const { values, total } = await groundedValues(db, on, 4)
      expect(values).toEqual(every.filter((value) => values.some((one) => called(one) === called(value))))
      for (const [code, own] of Map.groupBy(every, (value) => value.code)) {
        const others = own.filter((value) => !isValidOn(value.valid, on))
        const shown = values.filter((value) => value.code === code && !isValidOn(value.valid, on))
        expect(shown).toHaveLength(Math.min(4, others.length))
        expect(total(code)).toBe(others.length)
        const hidden = others.filter((value) => !shown.some((one) => called(one) === called(value)))
        const furthest = Math.max(0, ...shown.map((value) => daysAway(value, on)))
        for (const value of hidden) expect(daysAway(value, on)).toBeGreaterThanOrEqual(furthest)
      }
      expect(every.filter(({ code }) => code === 'indicator').length).toBeGreaterThan(36)
    },
  )

  test('the page shows a few of other times, and all that have ever been are a link away', async () => {
    const page = async (address: string) => {
      const response = await app.inject(address)
      expect([address, response.statusCode]).toEqual([address, 200])
      return { body: response.body, rows: response.body.match(/<tr/g)?.length ?? 0 }
    }
    const { total } = await groundedValues(db, today, 0)
    const first = await page(path)
    expect(first.body).toContain(
      `href="${path}?varden=alla#indicator">Visa alla ${total('indicator')} tidigare och kommande värden</a>`,
    )
    expect(first.body).not.toContain('år 2003')
    const all = await page(`${path}?varden=alla`)
    expect(all.rows).toBe(first.rows + total('indicator') - 6)
    expect(all.body).toContain('år 2003')
    expect(all.body).not.toContain('Visa alla')
    expect(all.body).toContain('<input type="hidden" name="varden" value="alla">')

    // On another day those of its years are told, and the link stays on it.
    const then = await page(`${path}?datum=2005-06-01`)
    expect(then.body).toContain('år 2003')
    expect(then.body).toContain(`href="${path}?datum=2005-06-01&amp;varden=alla#indicator"`)
    expect((await page(`${path}?varden=alla&datum=2005-06-01`)).rows).toBe(all.rows)

    // What a period was judged by shows on the day that its link leads to.
    const period = await page('/utskrivningsklara-dagar/hsf/2026-09')
    expect(period.body).toContain(`href="${path}?datum=2026-09-30#indicator"`)
    expect((await page('/utskrivningsklara-dagar')).body).toContain(`href="${path}#indicator"`)

    for (const none of ['?varden=', '?varden=n%C3%A5gra', '?varden=alla&varden=alla'])
      expect((await page(path + none)).rows).toBe(first.rows)
  })
})

test('a period leads to those before and after it that there are figures of, also where months begin to be counted', async () => {
  const beside = async (period: string) => {
    const { body, statusCode } = await app.inject(`/utskrivningsklara-dagar/${period}`)
    expect([period, statusCode]).toEqual([period, 200])
    return [...body.matchAll(/href="\/utskrivningsklara-dagar\/([^"]+)">(Föregående|Nästa): /g)].map(
      ([, to, which]) => `${which} ${to}`,
    )
  }
  expect(await beside('hsf/2024-01')).toEqual(['Nästa hsf/2024-02'])
  expect(await beside('hsf/2024-02')).toEqual(['Föregående hsf/2024-01', 'Nästa hsf/2024-03'])
  expect(await beside('hsf/2026-10')).toEqual(['Föregående hsf/2026-09'])
  expect(await beside('pf/2025-kv4')).toEqual(['Föregående pf/2025-kv3', 'Nästa pf/2026-kv1'])
  expect(await beside('hsf/2024')).toEqual(['Nästa hsf/2025'])
  expect(await beside('hsf/2025')).toEqual(['Föregående hsf/2024', 'Nästa hsf/2026'])

  // Until 2024 it was counted quarter by quarter.
  await db.transaction().execute(async (trx) => {
    await sql`update parameter_value set valid = '[2024-01-01,)'
      where parameter_code = 'base_period' and choice = 'month'`.execute(trx)
    await sql`insert into parameter_value (parameter_code, administration_id, valid, choice, ground, provenance_id)
      select parameter_code, administration_id, '(,2024-01-01)', 'quarter', 'assumption', provenance_id
      from parameter_value where parameter_code = 'base_period' and choice = 'month'`.execute(trx)
    await sql`with quarter as (
        insert into discharge_publication (administration_id, period, batch_ids, county_withheld, example)
        select administration_id, '[2023-10-01,2024-01-01)', batch_ids, county_withheld, example
        from discharge_publication where period = '[2024-01-01,2024-02-01)' and replaced_at is null returning id)
      insert into discharge_figure (publication_id, municipality_id, episodes, days, late_days, withheld)
      select quarter.id, municipality_id, episodes, days, late_days, false
      from discharge_figure join discharge_publication month on month.id = publication_id, quarter
      where month.period = '[2024-01-01,2024-02-01)' and month.replaced_at is null`.execute(trx)
  })
  expect(await beside('hsf/2024-01')).toEqual(['Föregående hsf/2023-kv4', 'Nästa hsf/2024-02'])
  expect(await beside('hsf/2023-kv4')).toEqual(['Nästa hsf/2024-01'])
  expect(await beside('hsf/2024')).toEqual(['Föregående hsf/2023', 'Nästa hsf/2025'])
})
