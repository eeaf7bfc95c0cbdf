import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import { afterAll, inject } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import type { DatabaseUrls } from '../../src/db/migrate.ts'
import { keptFaults } from './county-faults.ts'
import { asSuperuser, type Template, templateName, urlOf } from './test-server.ts'

/** How to connect to a clone from outside its own pool. */
export type CloneUrls = DatabaseUrls & { superuserUrl: string }

const urls = new WeakMap<Kysely<Database>, CloneUrls>()

/** A migrated database with nothing in it, for this test file alone. Dropped when the file is done. */
export function freshDatabase(): Promise<Kysely<Database>> {
  return clone('empty')
}

/** A database with the county's facts, as after the first start, for this test file alone. */
export function kalmarDatabase(): Promise<Kysely<Database>> {
  return clone('kalmar')
}

/** The addresses of a database from {@link freshDatabase} or {@link kalmarDatabase}. */
export function urlsOf(db: Kysely<Database>): CloneUrls {
  const found = urls.get(db)
  if (!found) throw new Error('not a database of this test file')
  return found
}

/** The same database as the owner of the tables, who also migrates. Close it before the file ends. */
export function openAsOwner(db: Kysely<Database>): Kysely<Database> {
  return openDatabase(urlsOf(db).ownerUrl, { name: 'test: owner', max: 2 })
}

/** A database with no tables at all, owned by the owner role, for tests of the migrations themselves. */
export async function bareDatabase(): Promise<CloneUrls> {
  return await create(`template template0 encoding 'UTF8'`)
}

async function clone(template: Template): Promise<Kysely<Database>> {
  const original = templateName(inject('testServer'), template)
  // Copying the files takes a third of the time that writing every page to the server's own log does, as it would else.
  const addresses = await create(`template ${original} strategy file_copy`, async () => {
    await refuseFaults(db).finally(() => db.destroy())
  })
  const db = openDatabase(addresses.appUrl, { name: 'test', max: 5 })
  urls.set(db, addresses)
  return db
}

/** Whatever the file's tests did: what triggers keep must still be what it is kept of. */
async function refuseFaults(db: Kysely<Database>): Promise<void> {
  const faults = await keptFaults(db)
  if (faults.length > 0) throw new Error(`after the tests of this file: ${faults.join('; ')}`)
}

async function create(how: string, close: () => Promise<void> = async () => {}): Promise<CloneUrls> {
  const server = inject('testServer')
  const name = `${server.prefix}_${randomBytes(4).toString('hex')}`
  await asSuperuser(server, (client) => client.query(`create database ${name} owner ${server.ownerRole} ${how}`))
  afterAll(async () => {
    await close().finally(() => dropUnlessInUse(name))
  })
  return {
    appUrl: urlOf(server, name, 'app'),
    ownerUrl: urlOf(server, name, 'owner'),
    superuserUrl: urlOf(server, name, 'superuser'),
  }
}

/** Drops the database. A test that left a connection open fails here, with what the connection last did. */
async function dropUnlessInUse(name: string): Promise<void> {
  await asSuperuser(inject('testServer'), async (client) => {
    const open = () =>
      client.query<{ application_name: string; state: string; query: string }>(
        "select application_name, state, query from pg_stat_activity where datname = $1 and backend_type = 'client backend'",
        [name],
      )
    let left = await open()
    // A closed connection's backend takes a moment to go.
    for (let tries = 0; left.rows.length > 0 && tries < 40; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 25))
      left = await open()
    }
    await client.query(`drop database ${name} with (force)`)
    if (left.rows.length > 0) {
      throw new Error(
        `connections left open: ${left.rows.map((row) => `${row.application_name} (${row.state}): ${row.query}`).join('; ')}`,
      )
    }
  })
}
