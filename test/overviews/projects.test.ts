import { afterAll, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { startApp } from '../support/app.ts'
import { freshDatabase, kalmarDatabase } from '../support/database.ts'
import { textOf } from '../support/text.ts'

const db = await kalmarDatabase()
const app = await startApp({ db, today: day('2026-11-22') })
afterAll(() => app.close())

async function page(of = app) {
  const { statusCode, body } = await of.inject({ url: '/projekt', headers: { accept: 'text/html' } })
  return { statusCode, body, text: textOf(body) }
}

test('projects stand with their funding, its end, and who takes over', async () => {
  const { statusCode, body, text } = await page()
  expect(statusCode).toBe(200)
  expect(text).toContain('5 projekt. För 1 har finansieringens slutdatum passerat. För 4 framgår inget slutdatum.')
  expect(body).toContain('id="digital-ungdomsmottagning"')
  const one = textOf(body.slice(body.indexOf('id="digital-ungdomsmottagning"'), body.indexOf('id="ikb"')))
  expect(one).toContain('Finansieringen slutar 31 januari 2026')
  expect(one).toContain('Därefter Regionen har hela ansvaret')
  expect(one).toContain('HP2-A09')
})

test('funding that has not ended yet is said to be coming', async () => {
  const then = await startApp({ db, today: day('2026-01-31') })
  expect((await page(then)).text).toContain('För 1 är ett slutdatum på väg.')
  await then.close()
})

test('a county without projects says so', async () => {
  const other = await startApp({ db: await freshDatabase() })
  expect((await page(other)).text).toContain('Inga projekt är registrerade ännu.')
  await other.close()
})
