import { afterAll, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { decideAndCarryOut, idOf } from '../support/ledger.ts'
import { textOf } from '../support/text.ts'

const db = await kalmarDatabase()
const app = await startApp({ db, today: day('2026-11-22') })
afterAll(() => app.close())

async function page(url: string) {
  const { statusCode, body } = await app.inject({ url, headers: { accept: 'text/html' } })
  return { statusCode, body, text: textOf(body) }
}

test('the register counts the decisions and each row names what changed', async () => {
  const { text } = await page('/beslut')
  expect(text).toContain('15 beslut, senaste först.')
  expect(text).toContain(
    'Att Simon Edberg ersätter Chris Landergren som representant i Samordnande grupp Psykisk hälsa',
  )
  expect(text).toContain('Att fastställa Handlingsplan Äldre 2025–2026')
  expect(text).toContain('Ställningstagande')
})

test('a filter is a link that can be shared, and leaves what it says', async () => {
  expect((await page('/beslut?slag=stallningstagande')).text).toContain('1 beslut')
  expect((await page('/beslut?grupp=presidiet')).text).toContain('Presidiet står bakom')
  expect((await page('/beslut?person=chris-landergren')).text).toContain('2 beslut')
  expect((await page('/beslut?part=rkl')).text).toContain('3 beslut')
  expect((await page('/beslut?ar=2024')).text).toContain('Inget beslut stämmer med urvalet.')
})

test('a strange filter answers with a page, not with a fault', async () => {
  for (const query of ['ar=tjugo', 'ar=99999', 'sida=-1', 'sida=abc', 'slag=%27', `grupp=${'x'.repeat(201)}`]) {
    const { statusCode } = await page(`/beslut?${query}`)
    expect([200, 400, 404], query).toContain(statusCode)
  }
})

test('a decision shows the register before and after, its ground and where it stands', async () => {
  const { text, body } = await page('/beslut/2025-12-12-lansgemensam-ledning-7d')
  expect(text).toContain(
    'Chris Landergren Före representant i Samordnande grupp Barn och unga (startdatum framgår inte) Efter lämnar uppdraget 12 december 2025',
  )
  expect(text).toContain(
    'Rebecka Nilsson Före inget registrerat Efter representant i Samordnande grupp Barn och unga från 12 december 2025, för Hab/Rehab',
  )
  expect(text).toContain('Beslutsmeningen är skriven av portalen')
  expect(body).toContain('href="/moten-och-protokoll/2025-12-12-lansgemensam-ledning#punkt-7d"')
})

test('what is only concluded from the source is not put into the decision’s mouth', async () => {
  const { text } = await page('/beslut/2025-12-12-lansgemensam-ledning-7b')
  expect(text).toContain('som representant i Samordnande grupp Barn och unga.')
  expect(text).toContain('för HSF (härlett)')
})

test('a decision whose meeting is unknown says so', async () => {
  const { statusCode, text } = await page('/beslut/2025-11-26-lansgemensam-ledning-handlingsplan-barn-och-unga')
  expect(statusCode).toBe(200)
  expect(text).toContain('Möte Framgår inte av underlaget')
})

test('a decision that was replaced names the one that took its place, and the other way round', async () => {
  await decideAndCarryOut(db, '2026-03-06-testbyte', '2026-03-06', [
    {
      kind: 'member_replaced',
      body_id: await idOf(db, 'body', 'barn-och-unga'),
      role: 'representative',
      person_in_id: await idOf(db, 'person', 'charlotte-ohlsen'),
      person_out_id: await idOf(db, 'person', 'petra-hornstra'),
    },
  ])
  const old = await page('/beslut/2025-12-12-lansgemensam-ledning-7b')
  expect(old.text).toContain('Ersatt av beslut 6 mars 2026')
  expect(old.body).toContain('href="/beslut/2026-03-06-testbyte"')
  const replacing = await page('/beslut/2026-03-06-testbyte')
  expect(replacing.text).toContain('Ersätter Byte av deltagare i samordnande grupp Barn och unga, 12 december 2025')
})

test('a decision that does not exist is not found', async () => {
  expect((await page('/beslut/2025-12-12-lansgemensam-ledning-7x')).statusCode).toBe(404)
})
