import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { kalmarDatabase } from '../support/database.ts'
import { as, fieldIn, startWorkspace, textOf } from '../support/workspace.ts'

// No personal identity number reaches the database or a page, whatever form it is typed in.

const db = await kalmarDatabase()
const app = await startWorkspace(db, day('2026-03-10'))
afterAll(() => app.close())
const coordinator = as(app, 'samordnare')
/** The number that the tax agency uses where it shows how one looks. */
const number = '19121212-1212'

/** Columns of any table in which the number stands. */
async function places(): Promise<string[]> {
  const { rows } = await sql<{ table: string; column: string }>`
    select c.table_name as table, c.column_name as column from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
      and c.data_type in ('text', 'jsonb', 'character varying', 'ARRAY', 'USER-DEFINED')`.execute(db)
  const found: string[] = []
  for (const { table, column } of rows) {
    const { rows: hits } = await sql`
      select 1 from ${sql.table(table)} where ${sql.ref(column)}::text like '%121212-1212%' limit 1`.execute(db)
    if (hits.length > 0) found.push(`${table}.${column}`)
  }
  return found
}

test('a form is refused, with the rest of what was typed', async () => {
  const made = await coordinator.post('/arbetsyta/nyhetsbrev/nytt')
  const address = made.location.split('?')[0] as string
  const { body } = await coordinator.get(address)
  const refused = await coordinator.post(address, {
    version: fieldIn(body, 'version'),
    titel: 'Vårbrevet',
    ingress: 'Det viktigaste',
    text: `Om ${number} och annat som hände`,
  })
  expect(refused.status).toBe(422)
  expect(textOf(refused.body)).toContain('ser ut som ett personnummer')
  expect(refused.body).toContain('Om [personnummer] och annat som hände')
  expect(refused.body).toContain('Vårbrevet')
  expect(refused.body).not.toContain('1212-1212')
  expect(await places()).toEqual([])
})

test('a draft is kept without it', async () => {
  const kept = await coordinator.post('/arbetsyta/utkast', {
    formular: 'nyhetsbrev/1',
    tillbaka: '/arbetsyta/nyhetsbrev/1',
    text: `Halvskrivet om ${number}`,
  })
  expect(kept.status).toBe(303)
  const { typed } = await db.selectFrom('form_draft').select('typed').executeTakeFirstOrThrow()
  expect(typed).toMatchObject({ text: 'Halvskrivet om [personnummer]' })
  expect(await places()).toEqual([])
})

test('a form whose sender has to sign in first comes back without it', async () => {
  const answer = await app.inject({
    method: 'POST',
    url: '/arbetsyta/nyhetsbrev/1',
    headers: {
      accept: 'text/html',
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    },
    payload: new URLSearchParams({ text: `Skrivet om ${number} i går` }).toString(),
  })
  expect(answer.statusCode).toBe(401)
  expect(answer.body).toContain('Skrivet om [personnummer] i går')
  expect(answer.body).not.toContain('1212-1212')
})
