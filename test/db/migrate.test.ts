import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { migrate, migrationsFolder, oneAtATime, readiness, readMigrations } from '../../src/db/migrate.ts'
import { bareDatabase, freshDatabase, kalmarDatabase, openAsOwner, urlsOf } from '../support/database.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function folderOf(migrations: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'portal-migrations-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(migrations)) writeFileSync(join(folder, `${name}.sql`), text)
  return folder
}

async function ask(url: string, query: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(query)).rows
  } finally {
    await client.end()
  }
}

const tablesOf = (url: string) =>
  ask(url, "select tablename as name from pg_tables where schemaname = 'public' order by 1")

const first = { '0001_one': 'create table one (n integer); insert into one values (1)' }

describe('migrations', () => {
  test('are done once, in order, and adding one later does only that', async () => {
    const urls = await bareDatabase()
    expect(await migrate(urls, folderOf(first))).toEqual(['0001_one'])
    expect(await migrate(urls, folderOf(first))).toEqual([])
    expect(await migrate(urls, folderOf({ ...first, '0002_two': 'alter table one add m integer' }))).toEqual([
      '0002_two',
    ])
    expect(await ask(urls.appUrl, 'select * from one')).toEqual([{ n: 1, m: null }])
  })

  test('that fail leave the database as it was, and say which one and why', async () => {
    const urls = await bareDatabase()
    const folder = folderOf({ ...first, '0002_broken': 'create table two (n integer); select * from missing' })
    await expect(migrate(urls, folder)).rejects.toThrow(
      /^Migreringen 0002_broken misslyckades: .*missing.*Inget har ändrats i databasen\.$/,
    )
    expect(await tablesOf(urls.ownerUrl)).toEqual([])
  })

  test('of a newer portal are refused by an older one', async () => {
    const urls = await bareDatabase()
    await migrate(urls, folderOf({ ...first, '0002_two': 'create table two (n integer)' }))
    await expect(migrate(urls, folderOf(first))).rejects.toThrow(/inte känner till \(0002_two\)/)
  })

  test('with one missing in between are refused', async () => {
    const urls = await bareDatabase()
    const all = folderOf({ ...first, '0002_two': 'create table two (n integer)', '0003_three': 'select 1' })
    await migrate(urls, all)
    await ask(urls.ownerUrl, "delete from kysely_migration where name = '0002_two'")
    await expect(migrate(urls, all)).rejects.toThrow(/delvis migrerad: 0002_two saknas/)
  })

  test('of a database whose tables are there but not noted are refused, and nothing changes', async () => {
    const urls = await bareDatabase()
    await migrate(urls, folderOf(first))
    await ask(urls.ownerUrl, 'delete from kysely_migration')
    await expect(migrate(urls, folderOf(first))).rejects.toThrow(/0001_one misslyckades: .*already exists/)
    expect(await ask(urls.ownerUrl, 'select name from kysely_migration')).toEqual([])
  })

  test('two processes that start at once take turns', async () => {
    const urls = await bareDatabase()
    const folder = folderOf({ '0001_slow': 'select pg_sleep(0.3); create table slow (n integer)' })
    let waited = 0
    const start = () =>
      oneAtATime(
        urls.appUrl,
        () => (waited += 1),
        () => migrate(urls, folder),
      )
    const done = await Promise.all([start(), start(), start()])
    expect(done.flat()).toEqual(['0001_slow'])
    expect(waited).toBe(2)
  })

  test('are refused when the files are not numbered, or numbered twice', () => {
    expect(() => readMigrations(folderOf({ nonsense: '' }))).toThrow('nonsense.sql')
    expect(() => readMigrations(folderOf({ '0001_a': '', '0001_b': '' }))).toThrow('0001')
  })

  test('of the portal itself work in a database with a single role', async () => {
    const { ownerUrl } = await bareDatabase()
    expect(await migrate({ appUrl: ownerUrl, ownerUrl })).toEqual(
      readMigrations(migrationsFolder).map(({ name }) => name),
    )
  })
})

describe('the application role', () => {
  test('reads and writes rows but owns nothing', async () => {
    const db = await freshDatabase()
    await expect(sql`create table mine (n integer)`.execute(db)).rejects.toThrow('permission denied')
    await expect(sql`drop table person`.execute(db)).rejects.toThrow('must be owner')
    await expect(sql`truncate person cascade`.execute(db)).rejects.toThrow('permission denied')
    await expect(sql`delete from kysely_migration`.execute(db)).rejects.toThrow('permission denied')
    await sql`delete from person`.execute(db)
  })

  test('can only add to the audit log and read it', async () => {
    const db = await kalmarDatabase()
    await expect(sql`delete from audit_event`.execute(db)).rejects.toThrow('permission denied')
    await expect(sql`update audit_event set act = 'x.y'`.execute(db)).rejects.toThrow('permission denied')
    await expect(sql`truncate audit_event`.execute(db)).rejects.toThrow('permission denied')
    expect((await sql`select 1 from audit_event limit 1`.execute(db)).rows).toHaveLength(1)
  })

  test('is not the only guard: the owner of the tables cannot change the audit log either', async () => {
    const db = await kalmarDatabase()
    const owner = openAsOwner(db)
    await expect(sql`delete from audit_event`.execute(owner)).rejects.toThrow('append-only')
    await expect(sql`truncate audit_event`.execute(owner)).rejects.toThrow('append-only')
    await owner.destroy()
  })

  test('keeps its rights when it is exchanged for another', async () => {
    const db = await freshDatabase()
    const urls = urlsOf(db)
    const role = `${new URL(urls.appUrl).username}_new`
    await ask(urls.superuserUrl, `create role ${role} login password 'x'`)
    const appUrl = new URL(urls.appUrl)
    appUrl.username = role
    appUrl.password = 'x'
    try {
      expect(await migrate({ appUrl: appUrl.href, ownerUrl: urls.ownerUrl })).toEqual([])
      await ask(appUrl.href, 'select * from person')
    } finally {
      await ask(urls.superuserUrl, `drop owned by ${role}; drop role ${role}`)
    }
  })
})

describe('a database that cannot be used is told in one line', () => {
  test('nobody answers', async () => {
    const url = 'postgres://portal_app:hemligt@127.0.0.1:1/portal'
    const error = await migrate({ appUrl: url, ownerUrl: url }).catch((reason) => reason)
    expect(error.message).toBe(
      'Databasen portal_app@127.0.0.1:1/portal kan inte nås: ingen svarar på 127.0.0.1:1 (ECONNREFUSED).',
    )
  })

  test('wrong password, no such database', async () => {
    const { appUrl, ownerUrl } = await bareDatabase()
    const wrong = new URL(appUrl)
    wrong.password = 'fel'
    await expect(migrate({ appUrl: wrong.href, ownerUrl })).rejects.toThrow('fel användare eller lösenord')
    const missing = new URL(appUrl)
    missing.pathname = '/finns_inte'
    await expect(migrate({ appUrl: missing.href, ownerUrl: missing.href })).rejects.toThrow('databasen finns inte')
  })

  test('the two addresses lead to different databases', async () => {
    const [one, other] = [await bareDatabase(), await bareDatabase()]
    await expect(migrate({ appUrl: one.appUrl, ownerUrl: other.ownerUrl })).rejects.toThrow('olika databaser')
  })

  test('the application role is to migrate but may not', async () => {
    const { appUrl } = await bareDatabase()
    await expect(migrate({ appUrl, ownerUrl: appUrl })).rejects.toThrow(/får inte skapa tabeller.*DATABASE_OWNER_URL/)
  })
})

describe('readers are let in', () => {
  test('once the tables are there and facts are loaded', async () => {
    expect(await readiness(await kalmarDatabase())).toEqual({ ready: true, reason: '' })
  })

  test('not while there are no facts', async () => {
    expect(await readiness(await freshDatabase())).toEqual({ ready: false, reason: 'inga fakta är inlästa' })
  })

  test('not before the migrations', async () => {
    const db = openDatabase((await bareDatabase()).appUrl)
    expect((await readiness(db)).reason).toMatch(/^migreringar återstår: 0001/)
    await db.destroy()
  })

  test('not when the database is gone', async () => {
    const db = openDatabase('postgres://portal_app@127.0.0.1:1/portal')
    expect((await readiness(db)).reason).toMatch(/^databasen svarar inte/)
    await db.destroy()
  })
})
