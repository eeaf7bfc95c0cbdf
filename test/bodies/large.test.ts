import type { Kysely } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { change } from '../../src/audit/work.ts'
import { bodyListPage } from '../../src/bodies/list-page.ts'
import { bodyPage } from '../../src/bodies/pages.ts'
import { structurePage } from '../../src/bodies/structure-page.ts'
import type { Database, Reader } from '../../src/db/database.ts'
import { day } from '../../src/kernel/dates.ts'
import { startApp } from '../support/app.ts'
import { freshDatabase } from '../support/database.ts'
import { testCoordinator, testProvenance } from '../support/ledger.ts'
import { textOf } from '../support/text.ts'

const db = await freshDatabase()
const app = await startApp({ db })
afterAll(() => app.close())

const today = day('2025-12-12')
const longName = `Samverkansgruppen för ${'mycketlångaordutanslut'.repeat(8)} och allt annat som hör dit`

async function get(url: string) {
  const { statusCode, body } = await app.inject({ url, headers: { accept: 'text/html' } })
  return { statusCode, text: textOf(body) }
}

/** Counts the questions that a page puts together, and those that it has put together before. */
function counting(reader: Kysely<Database>): { reader: Reader; asked: () => number } {
  let asked = 0
  const executeQuery: Reader['executeQuery'] = (query) => {
    asked += 1
    return reader.executeQuery(query)
  }
  const selectFrom: Reader['selectFrom'] = (from) => {
    asked += 1
    return reader.selectFrom(from)
  }
  return { reader: { selectFrom, executeQuery, fn: reader.fn, with: reader.with.bind(reader) }, asked: () => asked }
}

test('a county without groups has pages that say so', async () => {
  expect((await get('/grupper')).text).toContain('Inga grupper är registrerade ännu.')
  expect((await get('/organisation')).text).toContain('Inga grupper är registrerade ännu.')
  expect((await get('/organisation/jamfor')).text).toContain('Inget har ändrats i registret')
  expect((await get('/grupper?datum=2020-01-01')).text).toContain('Inga grupper är kända den dagen.')
  expect((await get('/personer/testa-testsson')).statusCode).toBe(404)
})

test('500 members and very long names are shown whole, with as many questions as for one', async () => {
  const addMembers = (from: number, to: number) =>
    change(db, testCoordinator, async (work) => {
      const provenance_id = await testProvenance(work)
      const body = await work.trx
        .insertInto('body')
        .values({ slug: 'stor-grupp', name: longName, short_name: longName, kind: 'leadership', provenance_id })
        .onConflict((conflict) => conflict.column('slug').doUpdateSet({ name: longName }))
        .returning('id')
        .executeTakeFirstOrThrow()
      const document = await work.trx
        .insertInto('document')
        .values({ slug: 'forteckning', title: 'Förteckning', kind: 'material', state: 'in_use', provenance_id })
        .onConflict((conflict) => conflict.column('slug').doUpdateSet({ title: 'Förteckning' }))
        .returning('id')
        .executeTakeFirstOrThrow()
      const letters = (number: number) => [...String(number)].map((digit) => 'abcdefghij'[Number(digit)]).join('')
      const people = Array.from({ length: to - from }, (_, place) => from + place)
      const persons = await work.trx
        .insertInto('person')
        .values(
          people.map((number) => ({
            slug: `testa-testsson-${number}`,
            name: `Testa ${'Långnamns'.repeat(12)}-${letters(number)}`,
            provenance_id,
          })),
        )
        .returning('id')
        .execute()
      await work.trx
        .insertInto('membership')
        .values(
          persons.map(({ id }) => ({
            body_id: body.id,
            person_id: id,
            role: 'member' as const,
            valid: '[,)',
            start_ground: 'opening_state' as const,
            known_from_document_id: document.id,
            provenance_id,
          })),
        )
        .execute()
      await work.record('test.members-added', 'body/stor-grupp')
    })

  const questions = async () => {
    const { reader, asked } = counting(db)
    await bodyPage(reader, 'stor-grupp', today, null, 1)
    await bodyListPage(reader, today, null)
    await structurePage(reader, today, null)
    return asked()
  }
  await addMembers(0, 1)
  // The first time some are put together too.
  await questions()
  const few = await questions()
  await addMembers(1, 500)
  expect(await questions()).toBe(few)

  const { statusCode, text } = await get('/grupper/stor-grupp')
  expect(statusCode).toBe(200)
  expect(text).toContain('500 kända ledamöter')
  expect(text).toContain(longName)
  expect((await get('/organisation')).text).toContain(longName)
})
