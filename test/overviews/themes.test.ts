import { afterAll, expect, test } from 'vitest'
import { change } from '../../src/audit/work.ts'
import { day } from '../../src/kernel/dates.ts'
import { startApp } from '../support/app.ts'
import { freshDatabase, kalmarDatabase } from '../support/database.ts'
import { testCoordinator } from '../support/ledger.ts'
import { textOf } from '../support/text.ts'

const db = await kalmarDatabase()
const app = await startApp({ db, today: day('2026-11-22') })
afterAll(() => app.close())

async function page(url: string, of = app) {
  const { statusCode, body } = await of.inject({ url, headers: { accept: 'text/html' } })
  return { statusCode, body, text: textOf(body) }
}

test('a theme gathers group, members, plan, matters, decisions and documents', async () => {
  const { statusCode, body, text } = await page('/teman/barn-och-unga')
  expect(statusCode).toBe(200)
  expect(text).toContain('Petra Hornstra')
  expect(text).not.toContain('Charlotte Ohlsén')
  for (const address of [
    '/grupper/barn-och-unga',
    '/handlingsplaner/barn-och-unga-2025-2026',
    '/arenden/ikb',
    '/beslut/2025-12-12-lansgemensam-ledning-7b',
    '/dokument/overenskommelse-ungdomsmottagningar',
    '/uppfoljning?grupp=barn-och-unga',
  ])
    expect(body, address).toContain(`href="${address}"`)
})

test('every theme of the county has a page', async () => {
  for (const theme of ['barn-och-unga', 'psykisk-halsa', 'aldre']) {
    expect((await page(`/teman/${theme}`)).statusCode, theme).toBe(200)
  }
  expect((await page('/teman/finns-inte')).statusCode).toBe(404)
})

test('before the meeting those who then sat are shown', async () => {
  const then = await startApp({ db, today: day('2025-12-11') })
  const { text } = await page('/teman/barn-och-unga', then)
  expect(text).toContain('Charlotte Ohlsén')
  await then.close()
})

test('a theme that no group has says so', async () => {
  const empty = await freshDatabase()
  await change(empty, testCoordinator, async (work) => {
    await work.trx.insertInto('theme').values({ slug: 'testtema', name: 'Testtema' }).execute()
    await work.record('theme.registered', 'theme/testtema')
  })
  const other = await startApp({ db: empty })
  const { statusCode, text } = await page('/teman/testtema', other)
  expect(statusCode).toBe(200)
  expect(text).toContain('Ingen grupp är registrerad för temat.')
  await other.close()
})
