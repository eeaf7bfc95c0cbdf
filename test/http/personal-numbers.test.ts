import { sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { holdsPersonalNumber } from '../../src/kernel/personal-number.ts'
import { kalmarDatabase } from '../support/database.ts'
import { multipart } from '../support/robot.ts'
import { as, fieldIn, startWorkspace, textOf } from '../support/workspace.ts'
import { writeMeeting } from '../support/written-meeting.ts'

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

test('nothing that the county has recorded is taken for one', async () => {
  const { rows } = await sql<{ table: string; column: string }>`
    select c.table_name as table, c.column_name as column from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE'`.execute(db)
  let looked = 0
  for (const { table, column } of rows) {
    const { rows: texts } = await sql<{ text: string }>`
      select ${sql.ref(column)}::text as text from ${sql.table(table)} where ${sql.ref(column)} is not null`.execute(db)
    for (const { text } of texts) expect(holdsPersonalNumber(text), `${table}.${column}: ${text}`).toBe(false)
    looked += texts.length
  }
  expect(looked).toBeGreaterThan(10_000)
})

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

/** Sends a form with a file, as somebody who may. */
async function upload(url: string, fields: Record<string, string>, name: string) {
  const bytes = Buffer.from(`%PDF-1.7\n${' \n'.repeat(100)}`)
  const { payload, type } = multipart(Object.entries(fields), { field: 'fil', name, bytes, type: 'application/pdf' })
  const headers = { accept: 'text/html', 'x-who': 'samordnare', 'content-type': type, 'sec-fetch-site': 'same-origin' }
  return app.inject({ method: 'POST', url, headers, payload })
}

/** Refused, with what was typed but for the number. */
function expectRefused({ statusCode, body }: { statusCode: number; body: string }, ...kept: string[]) {
  expect(statusCode).toBe(422)
  expect(textOf(body)).toContain('ser ut som ett personnummer')
  expect(body).not.toMatch(/1212.?1212/)
  for (const text of kept) expect(body).toContain(text)
}

describe('forms that do not come the usual way', () => {
  const meeting = writeMeeting(coordinator, '2026-03-06', '1. Välkomna\n2. Lägesrapport')
  const document = db
    .selectFrom('document')
    .select('slug')
    .orderBy('id')
    .executeTakeFirstOrThrow()
    .then(({ slug }) => `/arbetsyta/register/dokument/${slug}/versioner`)

  test('with files: the fields', async () => {
    const version = { version: 'ny', beteckning: `v ${number}`, galler_fran: '2026', titel: `Brev om ${number}` }
    expectRefused(await upload(await document, version, 'brev.pdf'), 'value="Brev om [personnummer]"')
    const attachments = `${(await meeting).work}/bilagor`
    const title = { titel: `Brev om ${number}`, punkt: '1' }
    expectRefused(await upload(attachments, title, 'brev.pdf'), 'value="Brev om [personnummer]"')
    expect(await places()).toEqual([])
  })

  test.each([`Brev ${number}.pdf`, '121212-1212.pdf', '1212121212 brev.pdf', 'Brev_121212_1212.pdf'])(
    'with files: the name %s',
    async (name) => {
      const files = () => db.selectFrom('attachment').select('id').execute()
      const before = await files()
      const version = { version: 'ny', beteckning: 'Version ett', galler_fran: '2026', titel: 'Ett brev' }
      expectRefused(await upload(await document, version, name), 'Filens namn', 'value="Ett brev"')
      const attachments = await upload(`${(await meeting).work}/bilagor`, { titel: 'Ett brev' }, name)
      expectRefused(attachments, 'Filens namn', 'value="Ett brev"')
      const protocol = await upload('/arbetsyta/protokoll/nytt', {}, name)
      expectRefused(protocol, 'Filens namn')
      expect(await files()).toEqual(before)
      expect(await places()).toEqual([])
    },
  )

  test('in two parts: a proposal of a change, with answers', async () => {
    const fields = { titel: `Om ${number}`, sammanfattning: `Hos ${number}`, svar_1: `Ja, ${number}` }
    const { status, body } = await as(app, 'ledamot').post('/arbetsyta/ordnat-inforande/nytt', fields)
    expectRefused({ statusCode: status, body }, 'value="Om [personnummer]"', 'Hos [personnummer]', 'Ja, [personnummer]')
  })

  test('of many rows: minutes and attendance, also when somebody else was first', async () => {
    const { work } = await meeting
    const { body } = await coordinator.get(`${work}/protokoll/2`)
    const [, id = '', mark = ''] = /name="mark-(\d+)" value="([^"]+)"/.exec(body) ?? []
    for (const own of [mark, 'gammalt'])
      for (const gor of ['spara', 'forhandsgranska']) {
        const fields = { gor, [`mark-${id}`]: own, [`typ-${id}`]: 'information', [`text-${id}`]: `Text ${number}` }
        const saved = await coordinator.post(`${work}/protokoll/2`, fields)
        expectRefused({ statusCode: saved.status, body: saved.body }, 'Text [personnummer]')
      }
    const attended = fieldIn((await coordinator.get(`${work}/narvaro`)).body, 'mark')
    for (const own of [attended, 'gammalt']) {
      const saved = await coordinator.post(`${work}/narvaro`, { mark: own, ovriga: `Testa Testsson ${number}` })
      expectRefused({ statusCode: saved.status, body: saved.body }, 'Testa Testsson [personnummer]')
    }
    expect(await places()).toEqual([])
  })
})
