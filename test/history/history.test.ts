import { sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { account, get, sessionCookie } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase, openAsOwner } from '../support/database.ts'
import { textOf } from '../support/text.ts'

const today = day('2026-11-22')
const db = await kalmarDatabase()
const app = await startApp({ db, today })
afterAll(() => app.close())
const administrator = await account(db, ['administrator'])
const cookie = await sessionCookie(db, administrator.id)
const page = async (url: string) => textOf((await get(app, url, cookie)).body)

describe('the history of one thing', () => {
  test('tells who did what and when, a meeting’s with its decisions', async () => {
    const text = await page('/historik/meeting/2025-12-12-lansgemensam-ledning')
    expect(text).toContain('Registrerade mötet')
    expect(text).toContain('Genomförde en verkan av beslutet')
    expect(text).toContain('portalen')
  })

  test('that nobody has heard of is not found', async () => {
    for (const url of [
      '/historik/meeting/finns-inte',
      '/historik/hittepa/x',
      "/historik/meeting/'--",
      '/historik/body/',
    ]) {
      expect((await get(app, url, cookie)).statusCode, url).toBe(404)
    }
  })

  test('names the person as long as there is an account; the log itself only the role', async () => {
    expect(await page(`/historik/account/${administrator.id}`)).toContain('Skapade kontot')
    const file = await get(app, '/logg.csv', cookie)
    expect(file.body).not.toContain(administrator.name)
    expect(await page('/logg?handelse=log')).toContain(`${administrator.name}, administratör`)
    expect((await get(app, '/logg.csv?handelse=log', cookie)).body).toContain('administratör')
  })
})

test('the pages of things lead to their history, for those who may read it', async () => {
  const own = await sessionCookie(db, (await account(db, ['coordinator of aldre'])).id)
  const seat = await sessionCookie(db, (await account(db, ['member of aldre'])).id)
  const link = 'Historik: vem som har gjort vad'
  const sees = async (url: string, as: string) => (await get(app, url, as)).body.includes(link)
  expect(await sees('/grupper/aldre', own)).toBe(true)
  expect(await sees('/handlingsplaner/aldre-2025-2026', own)).toBe(true)
  expect(await sees('/grupper/barn-och-unga', own)).toBe(false)
  expect(await sees('/grupper/aldre', seat)).toBe(false)
  expect(await sees('/grupper/aldre', '')).toBe(false)
  expect(await sees('/moten-och-protokoll/2025-12-12-lansgemensam-ledning', cookie)).toBe(true)
  expect(await sees('/beslut', cookie)).toBe(false)
})

describe('the whole log', () => {
  test('is narrowed by links that can be shared', async () => {
    expect(await page('/logg?handelse=meeting')).toMatch(/3 händelser med det urvalet/)
    expect(await page('/logg?om=decision/2025-12-12-lansgemensam-ledning-7b')).toContain('händelser med det urvalet')
    expect(await page(`/logg?konto=${administrator.id}`)).toContain('Hämtade historiken som fil')
    expect(await page('/logg?till_och_med=2020-01-01')).toContain('Ingen händelse stämmer med urvalet.')
  })

  test('a strange filter answers with a page, not with a fault', async () => {
    for (const query of ['konto=x', 'sida=-1', 'fran=igår', `om=${'x'.repeat(301)}`, 'handelse=%27%22']) {
      expect((await get(app, `/logg?${query}`, cookie)).statusCode, query).toBe(200)
    }
    expect((await get(app, '/logg?sida=99999', cookie)).statusCode).toBe(404)
  })

  test('comes as a file that spreadsheets read, with every event and no formulas', async () => {
    const file = await get(app, '/logg.csv', cookie)
    expect(file.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(file.headers['content-disposition']).toContain('historik.csv')
    const lines = file.body.trimEnd().split('\r\n')
    expect(lines[0]).toBe('\ufeffnummer;tidpunkt;slag;vem;konto;handelse;om;uppgifter')
    const { count } = await db
      .selectFrom('audit_event')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    expect(lines).toHaveLength(count + 1)
    expect(lines.slice(1).filter((line) => /(^|;)"?[=+@]/.test(line))).toEqual([])
  })

  test('says that the chain is whole, and where it is not', async () => {
    expect(await page('/logg?kontroll=ja')).toContain('Kedjan är hel')
    const owner = openAsOwner(db)
    // As somebody with the owner's rights would have to: the triggers stand in the way of everybody else.
    await sql`alter table audit_event disable trigger audit_event_append_only`.execute(owner)
    await sql`update audit_event set details = '{"x": 1}' where id = 3`.execute(owner)
    await sql`alter table audit_event enable trigger audit_event_append_only`.execute(owner)
    await owner.destroy()
    expect(await page('/logg?kontroll=ja')).toContain('Kedjan är bruten Det som står vid händelse 3')
  })
})
