import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { verifyChain } from '../../src/audit/verify.ts'
import { change, systemActor } from '../../src/audit/work.ts'
import type { Manifest } from '../../src/backup/manifest.ts'
import { openBackup } from '../../src/backup/read.ts'
import { restoreBackup } from '../../src/backup/restore.ts'
import { tarMembers } from '../../src/backup/tar.ts'
import { writeBackup } from '../../src/backup/write.ts'
import { openDatabase } from '../../src/db/database.ts'
import { type DatabaseUrls, migrate, migrationsFolder, readMigrations } from '../../src/db/migrate.ts'
import { day } from '../../src/kernel/dates.ts'
import { publicAddresses } from '../../src/overviews/sitemap-queries.ts'
import { account } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { bareDatabase, freshDatabase, kalmarDatabase, urlsOf } from '../support/database.ts'

const folder = mkdtempSync(join(tmpdir(), 'portal-backup-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let made = 0
const newFile = () => join(folder, `kopia-${made++}.tar`)

const db = await kalmarDatabase()
/** A file whose content is every byte, and longer than what is fetched at once. */
const bytes = Buffer.concat([
  Buffer.from('%PDF-1.7\n'),
  Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  randomBytes(3_000_000),
])
await account(db, ['administrator'])
await change(db, systemActor, async (work) => {
  await work.record('test.made', 'test/1', {
    text: 'Å\n\t"\\ \u2028 𝄞',
    nothing: null,
    large: 12345678901234567890n.toString(),
  })
  await sql`insert into file (sha256, bytes, media_type) values (sha256(${bytes}), ${bytes}, 'application/pdf')`.execute(
    work.trx,
  )
  await sql`insert into form_draft (owner, form, typed) values ('t', 't', '{"a": [1.50, 1e30, "x"], "b": null}'), ('t', 'u', 'null')`.execute(
    work.trx,
  )
})

const file = newFile()
const done = await writeBackup(urlsOf(db).appUrl, file, migrationsFolder)

/** Every row of every table as the server writes it, and where each sequence is. */
async function contentOf(urls: DatabaseUrls): Promise<Record<string, unknown>> {
  const of = openDatabase(urls.ownerUrl, { name: 'test: content', max: 1 })
  try {
    const { rows } = await sql<{ name: string; kind: string }>`
      select relname as name, relkind as kind from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'S') and relname not like 'kysely%' order by 1`.execute(
      of,
    )
    const content: Record<string, unknown> = {}
    for (const { name, kind } of rows) {
      content[name] =
        kind === 'S'
          ? (await sql`select last_value, is_called from ${sql.table(name)}`.execute(of)).rows
          : (
              await sql`select count(*), md5(string_agg(t::text, chr(10) order by t::text collate "C")) from ${sql.table(name)} t`.execute(
                of,
              )
            ).rows
    }
    return content
  } finally {
    await of.destroy()
  }
}

/** What the catalogue says of constraints, triggers, indexes and rights. */
async function formOf(urls: DatabaseUrls) {
  const of = openDatabase(urls.ownerUrl, { name: 'test: form', max: 1 })
  try {
    const { rows } = await sql`
      select 'constraint' as what, conrelid::regclass::text as "table", conname::text as name, pg_get_constraintdef(oid) || convalidated::text as definition
      from pg_constraint where connamespace = 'public'::regnamespace
      union all select 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) || tgenabled::text from pg_trigger where not tgisinternal
      union all select 'index', tablename, indexname, indexdef from pg_indexes where schemaname = 'public'
      union all select 'right', table_name, grantee || privilege_type, '' from information_schema.role_table_grants where table_schema = 'public'
      order by 1, 2, 3, 4`.execute(of)
    return rows
  } finally {
    await of.destroy()
  }
}

describe('a restored database', async () => {
  const urls = await bareDatabase()
  const restored = await restoreBackup(urls, file, migrationsFolder)

  test('has every row, byte and number of the one that was backed up', async () => {
    expect(restored.rows).toBe(done.rows)
    expect(restored.migrated).toEqual([])
    const content = await contentOf(urls)
    expect(content).toEqual(await contentOf(urlsOf(db)))
    expect(content.file).toMatchObject([{ count: 1 }])
  })

  test('has the form and the rights of a migrated one', async () => {
    expect(await formOf(urls)).toEqual(await formOf(urlsOf(db)))
  })

  test('has the very audit chain, whole, and goes on from it', async () => {
    const there = openDatabase(urls.appUrl, { name: 'test', max: 2 })
    const [before, copied] = [await verifyChain(db), await verifyChain(there)]
    expect(copied).toEqual(before)
    expect(copied.breaks).toEqual([])
    expect(copied.last?.hash).toBe(done.audit.lastHash)
    await change(there, systemActor, async (work) => work.record('test.made', 'test/2'))
    expect(await verifyChain(there)).toMatchObject({ events: before.events + 1, breaks: [] })
    await expect(sql`delete from audit_event`.execute(there)).rejects.toThrow()
    await there.destroy()
  })

  test('answers every public page byte for byte', async () => {
    const there = openDatabase(urls.appUrl, { name: 'test', max: 5 })
    const today = day('2026-11-22')
    const [one, two] = [await startApp({ db, today }), await startApp({ db: there, today })]
    const addresses = (await publicAddresses(db)).map(({ path }) => path)
    expect(addresses.length).toBeGreaterThan(100)
    const different: string[] = []
    for (const url of [...addresses, '/sitemap.xml']) {
      const [a, b] = await Promise.all([one, two].map((app) => app.inject({ url, headers: { accept: 'text/html' } })))
      expect([url, a?.statusCode]).toEqual([url, 200])
      if (a?.body !== b?.body) different.push(url)
    }
    expect(different).toEqual([])
    await one.close()
    await two.close()
    await there.destroy()
  }, 60_000)
})

describe('the backup', () => {
  test('is an open format: tar, gzip, JSON on lines, with counts and sums', async () => {
    const handle = await openBackup(file)
    const members = new Map<string, Buffer>()
    for await (const { name, bytes: content } of tarMembers(handle)) members.set(name, Buffer.from(content))
    await handle.close()
    expect([...members.keys()][0]).toBe('backup.json')
    const manifest: Manifest = JSON.parse(members.get('manifest.json')?.toString() ?? '')
    const table = manifest.tables.find(({ name }) => name === 'body')
    const rows = gunzipSync(members.get(table?.parts[0]?.name ?? '') ?? Buffer.alloc(0))
      .toString()
      .trim()
      .split('\n')
    expect(rows).toHaveLength(table?.rows ?? 0)
    const slug = table?.columns.findIndex(({ name }) => name === 'slug') ?? -1
    expect(rows.map((row) => JSON.parse(row)[slug])).toContain('lansgemensam-ledning')
    expect(manifest.head.migrations).toEqual(readMigrations(migrationsFolder).map(({ name }) => name))
    expect(manifest.tables.map(({ name }) => name)).not.toContain('kysely_migration')
  })

  test('is read by its maker alone, and nothing else is left beside it', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder).filter((name) => name.includes('ofullstandig'))).toEqual([])
  })

  test('is of one moment, whatever is written meanwhile', async () => {
    let going = true
    const writing = (async () => {
      for (let number = 0; going; number += 1) {
        await change(db, systemActor, async (work) => {
          await sql`insert into form_draft (owner, form, typed) values ('samtidigt', ${String(number)}, '1')`.execute(
            work.trx,
          )
          await work.record('test.made', `test/${number}`, { samtidigt: true })
        })
      }
    })()
    const target = newFile()
    await writeBackup(urlsOf(db).ownerUrl, target, migrationsFolder)
    going = false
    await writing
    // Into a database where one role owns all, as the application itself.
    const { ownerUrl } = await bareDatabase()
    await restoreBackup({ appUrl: ownerUrl, ownerUrl }, target, migrationsFolder)
    const there = openDatabase(ownerUrl, { name: 'test', max: 1 })
    const { rows } = await sql<{ drafts: number; events: number }>`select
      (select count(*) from form_draft where owner = 'samtidigt') as drafts,
      (select count(*) from audit_event where details ? 'samtidigt') as events`.execute(there)
    expect(rows[0]?.drafts).toBe(rows[0]?.events)
    expect((await verifyChain(there)).breaks).toEqual([])
    await there.destroy()
  })

  test('never takes the place of another file, and needs a folder that can be written in', async () => {
    const before = readFileSync(file)
    await expect(writeBackup(urlsOf(db).appUrl, file, migrationsFolder)).rejects.toThrow('Det finns redan en fil')
    expect(readFileSync(file).equals(before)).toBe(true)
    await expect(writeBackup(urlsOf(db).appUrl, join(folder, 'saknas', 'x.tar'), migrationsFolder)).rejects.toThrow(
      'mappen finns inte',
    )
  })
})

describe('a restore is refused, and nothing is written,', () => {
  const relations = async (urls: DatabaseUrls) => Object.keys(await contentOf(urls))

  test('into a database in which something has been done', async () => {
    const before = await contentOf(urlsOf(db))
    await expect(restoreBackup(urlsOf(db), file, migrationsFolder)).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('inte tom'),
    })
    expect(await contentOf(urlsOf(db))).toEqual(before)
  })

  test("into somebody else's database", async () => {
    const urls = await bareDatabase()
    const there = openDatabase(urls.ownerUrl, { name: 'test', max: 1 })
    await sql`create table annan (id int)`.execute(there)
    await there.destroy()
    await expect(restoreBackup(urls, file, migrationsFolder)).rejects.toThrow('inte tom')
    expect(await relations(urls)).toEqual(['annan'])
  })

  test('of a newer version', async () => {
    const older = mkdtempSync(join(folder, 'aldre-'))
    for (const { name, sql: text } of readMigrations(migrationsFolder).slice(0, -1))
      writeFileSync(join(older, `${name}.sql`), text)
    const urls = await bareDatabase()
    await expect(restoreBackup(urls, file, older)).rejects.toMatchObject({
      kind: 'unusable',
      message: expect.stringContaining('nyare version'),
    })
    expect(await relations(urls)).toEqual([])
  })

  test('as a role that may make no tables', async () => {
    const { appUrl } = await bareDatabase()
    await expect(restoreBackup({ appUrl, ownerUrl: appUrl }, file, migrationsFolder)).rejects.toThrow(
      'får inte skapa tabeller',
    )
  })

  test('of a file that differs in any byte, is cut short or goes on', async () => {
    const urls = await bareDatabase()
    const whole = readFileSync(file)
    const target = newFile()
    const refused = async (content: Buffer) => {
      writeFileSync(target, content)
      await expect(restoreBackup(urls, target, migrationsFolder)).rejects.toMatchObject({ kind: 'unusable' })
    }
    // In the first header, its padding, the head, the last sum, its padding and the end, and anywhere.
    const end = whole.length
    const places = [0, 130, 300, 511, 600, end - 1, end - 1024, end - 1500, end - 1530]
    for (let tries = 0; tries < 12; tries += 1) places.push(randomBytes(4).readUInt32BE() % end)
    for (const place of places) {
      const other = Buffer.from(whole)
      other.writeUInt8((other.readUInt8(place) + 1) % 256, place)
      await refused(other)
    }
    for (const length of [0, 100, 512, 5_000, end - 1024, end - 1]) await refused(whole.subarray(0, length))
    await refused(Buffer.concat([whole, Buffer.alloc(512)]))
    await refused(Buffer.from('ingen säkerhetskopia'))
    expect(await relations(urls)).toEqual([])
  })

  test('when a row breaks a rule of the database', async () => {
    // A backup whose sums hold and whose rows do not: written from a database with its references taken away.
    const broken = await kalmarDatabase()
    const owner = openDatabase(urlsOf(broken).ownerUrl, { name: 'test', max: 1 })
    await sql`alter table project drop constraint project_body_id_fkey`.execute(owner)
    await sql`update project set body_id = 987654321`.execute(owner)
    await owner.destroy()
    const target = newFile()
    await writeBackup(urlsOf(broken).appUrl, target, migrationsFolder)
    const urls = await bareDatabase()
    await expect(restoreBackup(urls, target, migrationsFolder)).rejects.toMatchObject({
      kind: 'unusable',
      message: expect.stringContaining('project_body_id_fkey'),
    })
    expect(await relations(urls)).toEqual([])
  })
})

test('a database that is migrated and never used counts as empty', async () => {
  const fresh = await freshDatabase()
  const urls = urlsOf(fresh)
  await restoreBackup(urls, file, migrationsFolder)
  const content = await contentOf(urls)
  expect(content.audit_event).toMatchObject([{ count: done.audit.events }])
  expect(await formOf(urls)).toEqual(await formOf(urlsOf(db)))
})

test('a backup of an older version is migrated on', async () => {
  const [older, newer] = [mkdtempSync(join(folder, 'da-')), mkdtempSync(join(folder, 'nu-'))]
  for (const { name, sql: text } of readMigrations(migrationsFolder)) {
    for (const to of [older, newer]) writeFileSync(join(to, `${name}.sql`), text)
  }
  writeFileSync(
    join(newer, '9999_later.sql'),
    'alter table theme add column later integer not null default 7; drop table plan_reminder;',
  )
  const urls = await bareDatabase()
  expect((await restoreBackup(urls, file, newer)).migrated).toEqual(['9999_later'])
  const there = openDatabase(urls.appUrl, { name: 'test', max: 1 })
  const { rows } = await sql<{ later: number }>`select distinct later from theme`.execute(there)
  expect(rows).toEqual([{ later: 7 }])
  await there.destroy()
  expect(await migrate(urls, newer)).toEqual([])
})

test('a folder that cannot be written in is told', async () => {
  // Root may write wherever there are files; in /sys nobody makes any.
  const closed = process.getuid?.() === 0 ? '/sys' : mkdtempSync(join(folder, 'stangd-'))
  if (closed !== '/sys') chmodSync(closed, 0o500)
  await expect(writeBackup(urlsOf(db).appUrl, join(closed, 'x.tar'), migrationsFolder)).rejects.toThrow(
    'mappen får inte skrivas i',
  )
})
