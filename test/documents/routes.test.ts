import { afterAll, expect, test } from 'vitest'
import { change } from '../../src/audit/work.ts'
import { day } from '../../src/kernel/dates.ts'
import { startApp } from '../support/app.ts'
import { freshDatabase, kalmarDatabase } from '../support/database.ts'
import { decideAndCarryOut, idOf, testCoordinator, testProvenance } from '../support/ledger.ts'
import { textOf } from '../support/text.ts'

const db = await kalmarDatabase()
const app = await startApp({ db, today: day('2026-11-22') })
afterAll(() => app.close())

async function page(url: string) {
  const { statusCode, body } = await app.inject({ url, headers: { accept: 'text/html' } })
  return { statusCode, body, text: textOf(body) }
}
const plan = '/dokument/gemensam-plan-for-samverkan'

test('the list holds all documents, national ones apart', async () => {
  const { statusCode, body, text } = await page('/dokument')
  expect(statusCode).toBe(200)
  expect(text).toContain('40 dokument.')
  const national = textOf(body.slice(body.indexOf('id="nationella"')))
  expect(national).toContain('Det handlar om livet')
  expect(national).not.toContain('Gemensam plan för samverkan')
})

test('the list is narrowed by kind, state and party, in addresses that can be shared', async () => {
  const revised = await page('/dokument?lage=ska-revideras')
  expect(revised.text).toContain('6 dokument med det urvalet')
  expect(revised.text).toContain('Överenskommelse missbruk och beroende')
  expect((await page('/dokument?slag=lagar&lage=galler')).text).not.toContain('Länets dokument')
  const party = await page('/dokument?part=kalmar')
  expect(party.text).toContain('Alla parter Kalmar')
  expect(party.text).not.toContain('Det handlar om livet')
  expect((await page('/dokument?part=finns-inte')).text).toContain('Inget dokument stämmer med urvalet.')
  expect((await page('/dokument?lage=hemligt')).statusCode).toBe(400)
})

test('the board of the joint plan has a row for each of the thirteen parties, whose standing is not known', async () => {
  const { body, text } = await page(plan)
  const board = body.slice(body.indexOf('id="beslutslage"'), body.indexOf('id="stallningstaganden"'))
  expect(board.match(/<th scope="row"/g)).toHaveLength(13)
  expect(text).toContain('Läget är inte känt för någon av 13 parter.')
  expect(text).toContain('Läget per 12 december 2025.')
  expect(board).toContain('href="/parter/kalmar"')
})

test('other bodies that stand behind the plan are told of, with the item where it was reported', async () => {
  const { body } = await page(plan)
  const said = textOf(body.slice(body.indexOf('id="stallningstaganden"')))
  expect(said).toContain('hösten 2025 · Regionalt ledningsforum')
  expect(said).toContain('återgivet 12 december 2025, punkt 5a')
})

test('the vision was decided by all thirteen, each by its own council', async () => {
  const { text } = await page('/dokument/malbild-och-strategi-nara-vard')
  expect(text).toContain('Alla 13 parter har beslutat.')
  expect(text).toContain('Kalmar kommun beslutat kommunfullmäktige hösten 2023')
  expect(text).toContain('Region Kalmar län beslutat regionfullmäktige hösten 2023')
})

test('on another day the board shows what was known that day', async () => {
  const { text } = await page(`${plan}?datum=2025-12-11`)
  expect(text).toContain('Visar läget 11 december 2025')
  expect(text).toContain('Inget läge var känt 11 december 2025.')
  const before = await page('/dokument/malbild-och-strategi-nara-vard?datum=2020-01-01')
  expect(before.text).toContain('Dokumentet är daterat hösten 2023, alltså senare än den dag som visas.')
})

test('an agreement says since when it is in force, who its parties are, and where it matters', async () => {
  const { body, text } = await page('/dokument/overenskommelse-samverkan-vid-utskrivning')
  expect(text).toContain('Gäller sedan 2019.')
  expect(text).toContain('Alla 13 parter i länet')
  expect(text).toContain('Revidering av överenskommelsen nämns i HP3-A15.')
  expect(body).toContain('href="/handlingsplaner/psykisk-halsa-2025-2026#hp3-a15"')
  expect(body).toContain('href="/arenden/utskrivningsklara-dagar"')
  expect((await page('/dokument/overenskommelse-samverkan-vid-utskrivning?datum=2018-06-01')).text).toContain(
    'Gäller inte än',
  )
})

test('a file elsewhere is linked as it is', async () => {
  expect((await page('/dokument/overenskommelse-munhalsa')).body).toContain(
    'overenskommelse-munhalsa-kommuner-och-region.pdf',
  )
})

test('derived parties say that they are derived', async () => {
  expect((await page('/dokument/overenskommelse-missbruk-beroende')).text).toContain('är härlett')
})

test('a party decides: the board follows, and the day before stands as it was', async () => {
  await change(db, testCoordinator, async (work) => {
    const kalmar = await work.trx
      .selectFrom('organisation')
      .select('id')
      .where('slug', '=', 'kalmar')
      .executeTakeFirstOrThrow()
    await work.trx
      .insertInto('party_position')
      .values({
        document_id: await idOf(work.trx, 'document', 'gemensam-plan-for-samverkan'),
        organisation_id: kalmar.id,
        as_of: '2026-03-02',
        state: 'decided',
        decided_by: 'kommunfullmäktige',
        decided_on: '2026-02-23',
        decided_precision: 'day',
        paragraph: '§ 17',
        provenance_id: await testProvenance(work),
      })
      .execute()
    await work.record('party-position.registered', 'document/gemensam-plan-for-samverkan')
  })
  const { text } = await page(plan)
  expect(text).toContain('1 av 13 parter har beslutat. För 12 är läget inte känt.')
  expect(text).toContain('Kalmar kommun beslutat kommunfullmäktige § 17 23 februari 2026 2 mars 2026')
  expect((await page(`${plan}?datum=2026-03-01`)).text).toContain('Läget är inte känt för någon av 13 parter.')
})

test('an adopted version is shown with its decision, and an earlier day shows the version that was valid then', async () => {
  const document_id = await idOf(db, 'document', 'hemsjukvardsavtalet')
  await decideAndCarryOut(db, 'hemsjukvard-1', '2026-02-02', [
    { kind: 'document_adopted', document_id, details: JSON.stringify({ version: 'Testversion ett' }) },
  ])
  await decideAndCarryOut(db, 'hemsjukvard-2', '2026-09-01', [
    { kind: 'document_adopted', document_id, details: JSON.stringify({ version: 'Testversion två' }) },
  ])
  const { text } = await page('/dokument/hemsjukvardsavtalet')
  expect(text).toContain('Grund Beslut 1 september 2026 av Länsgemensam ledning')
  expect(text).toContain('Testversion två gäller sedan 1 september 2026')
  expect((await page('/dokument/hemsjukvardsavtalet?datum=2026-03-01')).text).toContain(
    'Testversion ett gällde 2 februari 2026 – 31 augusti 2026',
  )
})

test('unknown documents and days that are none get a clear answer', async () => {
  expect((await page('/dokument/finns-inte')).statusCode).toBe(404)
  expect((await page(`${plan}?datum=igår`)).statusCode).toBe(400)
})

test('a county without documents says so', async () => {
  const other = await startApp({ db: await freshDatabase() })
  const { statusCode, body } = await other.inject({ url: '/dokument' })
  expect(statusCode).toBe(200)
  expect(textOf(body)).toContain('Inga dokument är registrerade ännu.')
  await other.close()
})
