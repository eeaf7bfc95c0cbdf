import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { type MigrationProvider, Migrator } from 'kysely/migration'
import pg from 'pg'
import { systemReason } from '../kernel/system-errors.ts'
import { type Database, DatabaseTrouble, openDatabase, withoutPassword } from './database.ts'

/** Tables whose rows are never changed or removed; the application role may only add to them and read them. */
export const appendOnlyTables = ['audit_event'] as const

/** Kysely's own tables: the application role reads the first, so that it knows whether the tables are as it expects. */
export const migrationTables = ['kysely_migration', 'kysely_migration_lock'] as const

const oldestServer = 15
const neededExtensions = ['btree_gist', 'pg_trgm', 'unaccent']

/** The migrations that belong to this version of the portal. */
export const migrationsFolder = resolve(import.meta.dirname, '../../migrations')

/** Any number; whoever migrates or loads facts holds this lock, so that simultaneous first starts take turns. */
const startLock = 20_251_213

/** One numbered SQL file; `name` is the file's name without '.sql'. */
export type SqlMigration = { name: string; sql: string }

/** Which migrations the database has had and which it lacks. */
export type MigrationState = { applied: string[]; pending: string[] }

/** The two addresses of one database: the application's and the owner's, which may be the same. */
export type DatabaseUrls = { appUrl: string; ownerUrl: string }

/**
 * The migrations in a folder, in order.
 * @throws DatabaseTrouble when a file is not named NNNN_name.sql or two have the same number
 */
export function readMigrations(folder: string): SqlMigration[] {
  if (!existsSync(folder)) throw new DatabaseTrouble(`Mappen med migreringar saknas: ${folder}.`)
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
  const numbers = new Set<string>()
  return files.map((file) => {
    const number = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(file)?.[1]
    if (!number) throw new DatabaseTrouble(`Migreringen ${file} heter inte NNNN_namn.sql.`)
    if (numbers.has(number)) throw new DatabaseTrouble(`Två migreringar har numret ${number}.`)
    numbers.add(number)
    return { name: file.slice(0, -'.sql'.length), sql: readFileSync(join(folder, file), 'utf8') }
  })
}

/**
 * Compares the database with the folder. Changes nothing.
 * @throws DatabaseTrouble when the database has had a migration that the portal does not know, or lacks one in between
 */
export async function migrationState(db: Kysely<Database>, migrations: SqlMigration[]): Promise<MigrationState> {
  const table = await sql<{ there: boolean }>`select to_regclass('kysely_migration') is not null as there`.execute(db)
  const rows = table.rows[0]?.there
    ? (await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)).rows
    : []
  const applied = rows.map((row) => row.name)
  const known = migrations.map((migration) => migration.name)
  const unknown = applied.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new DatabaseTrouble(
      `Databasen har migreringar som den här versionen av portalen inte känner till (${unknown.join(', ')}). Kör den version som gjorde dem. Inget har ändrats.`,
    )
  }
  const pending = known.filter((name) => !applied.includes(name))
  const gap = pending.find((name) => applied.some((done) => done > name))
  if (gap) {
    throw new DatabaseTrouble(
      `Databasen är bara delvis migrerad: ${gap} saknas fast senare migreringar är gjorda. Inget har ändrats.`,
    )
  }
  return { applied, pending }
}

/**
 * Brings the database to this version of the portal: all missing migrations in one transaction, then the application
 * role's rights. Doing it again changes nothing.
 * @returns the names of the migrations that were done
 * @throws DatabaseTrouble with one Swedish line; nothing has then changed
 */
export async function migrate(urls: DatabaseUrls, folder = migrationsFolder): Promise<string[]> {
  const migrations = readMigrations(folder)
  const app = await whoAmI(urls.appUrl)
  const { role: ownerRole, database } = await whoAmI(urls.ownerUrl)
  if (app.database !== database)
    throw new DatabaseTrouble('DATABASE_URL och DATABASE_OWNER_URL leder till olika databaser.')
  const owner = openDatabase(urls.ownerUrl, { name: 'portal: migrering', max: 1, statementTimeout: 0 })
  try {
    await refuseUnfitServer(owner, urls)
    const before = await migrationState(owner, migrations)
    if (before.pending.length > 0) await refuseUnlessMayCreate(ownerRole, owner)
    if (ownerRole === app.role) {
      if (before.pending.length > 0) await owner.transaction().execute((trx) => runMigrations(trx, migrations))
    } else {
      await owner.transaction().execute(async (trx) => {
        if (before.pending.length > 0) await runMigrations(trx, migrations)
        await grantTo(app.role, trx)
      })
    }
    return before.pending
  } catch (error) {
    if (error instanceof DatabaseTrouble) throw error
    throw new DatabaseTrouble(
      `Databasen ${withoutPassword(urls.ownerUrl)} kan inte migreras: ${systemReason(error)}. Inget har ändrats.`,
      {
        cause: error,
      },
    )
  } finally {
    await owner.destroy()
  }
}

/** Does those of the migrations that are missing, in the transaction given. */
export async function runMigrations(trx: Kysely<Database>, migrations: SqlMigration[]): Promise<void> {
  let failed: DatabaseTrouble | undefined
  const provider: MigrationProvider = {
    getMigrations: async () =>
      Object.fromEntries(
        migrations.map(({ name, sql: text }) => [
          name,
          {
            up: async (db) => {
              try {
                await sql.raw(text).execute(db)
              } catch (error) {
                failed = new DatabaseTrouble(
                  `Migreringen ${name} misslyckades: ${systemReason(error)}. Inget har ändrats i databasen.`,
                  { cause: error },
                )
                throw error
              }
            },
          },
        ]),
      ),
  }
  const { error } = await new Migrator({ db: trx, provider }).migrateToLatest()
  // The Migrator reports that its lock cannot be released in the broken transaction, not what broke it.
  if (failed) throw failed
  if (error) throw error
}

/** The application role reads and writes rows, owns nothing, and can neither change nor remove what is append-only. */
export async function grantTo(role: string, trx: Kysely<Database>): Promise<void> {
  const to = sql.id(role)
  await sql`grant usage on schema public to ${to}`.execute(trx)
  await sql`grant select, insert, update, delete on all tables in schema public to ${to}`.execute(trx)
  await sql`grant usage, select on all sequences in schema public to ${to}`.execute(trx)
  for (const table of appendOnlyTables) {
    const there = await sql<{ there: boolean }>`select to_regclass(${table}) is not null as there`.execute(trx)
    if (there.rows[0]?.there) await sql`revoke update, delete, truncate on ${sql.table(table)} from ${to}`.execute(trx)
  }
  for (const table of migrationTables) {
    await sql`revoke insert, update, delete, truncate on ${sql.table(table)} from ${to}`.execute(trx)
  }
}

/**
 * Does something that only one process at a time may do to the database: migrating and loading the first facts.
 * @param waiting told when another process is at it, before we wait for it
 * @throws DatabaseTrouble when the database cannot be reached
 */
export async function oneAtATime<T>(url: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'portal: start',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const free = await client.query<{ free: boolean }>('select pg_try_advisory_lock($1) as free', [startLock])
    if (!free.rows[0]?.free) {
      waiting()
      await client.query("set lock_timeout = '10min'")
      await client.query('select pg_advisory_lock($1)', [startLock])
    }
  } catch (error) {
    await client.end().catch(() => {})
    throw unreachable(url, error)
  }
  try {
    return await work()
  } finally {
    await client.end().catch(() => {})
  }
}

/** The line for a database that does not let us in. */
export function unreachable(url: string, error: unknown): DatabaseTrouble {
  return new DatabaseTrouble(`Databasen ${withoutPassword(url)} kan inte nås: ${systemReason(error)}.`, {
    cause: error,
  })
}

/** The role that an address gives, and the one database on earth that it leads to. */
export async function whoAmI(url: string): Promise<{ role: string; database: string }> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ role: string; database: string }>(
      `select current_user as role, concat_ws('/', pg_postmaster_start_time(), oid) as database
       from pg_database where datname = current_database()`,
    )
    if (!rows[0]) throw new Error('the database is not in its own list')
    return rows[0]
  } catch (error) {
    throw unreachable(url, error)
  } finally {
    await client.end().catch(() => {})
  }
}

/** @throws DatabaseTrouble when the role may not create tables */
export async function refuseUnlessMayCreate(role: string, owner: Kysely<Database>): Promise<void> {
  const { rows } = await sql<{ may: boolean }>`select has_schema_privilege('public', 'create') as may`.execute(owner)
  if (rows[0]?.may) return
  throw new DatabaseTrouble(
    `Rollen ${role} får inte skapa tabeller i databasen. Sätt DATABASE_OWNER_URL till den roll som äger den. Inget har ändrats.`,
  )
}

/** @throws DatabaseTrouble when the server is too old or lacks what the portal needs */
export async function refuseUnfitServer(owner: Kysely<Database>, urls: DatabaseUrls): Promise<void> {
  let server: { version: number; encoding: string; swedish: boolean; extensions: string[] } | undefined
  try {
    server = (
      await sql<NonNullable<typeof server>>`
        select current_setting('server_version_num')::int / 10000 as version,
          current_setting('server_encoding') as encoding,
          exists (select from pg_collation where collname = 'sv-x-icu') as swedish,
          array(select name::text from pg_available_extensions) as extensions`.execute(owner)
    ).rows[0]
  } catch (error) {
    throw unreachable(urls.ownerUrl, error)
  }
  const where = withoutPassword(urls.ownerUrl)
  if (!server || server.version < oldestServer) {
    throw new DatabaseTrouble(
      `Databasen ${where} är PostgreSQL ${server?.version}; portalen behöver ${oldestServer} eller senare.`,
    )
  }
  if (server.encoding !== 'UTF8')
    throw new DatabaseTrouble(`Databasen ${where} har teckenkodningen ${server.encoding}; portalen behöver UTF8.`)
  if (!server.swedish) throw new DatabaseTrouble(`Databasen ${where} saknar svensk sortering (ICU, sv-x-icu).`)
  const missing = neededExtensions.filter((name) => !server.extensions.includes(name))
  if (missing.length > 0) {
    throw new DatabaseTrouble(
      `Databasen ${where} saknar tilläggen ${missing.join(', ')}; installera PostgreSQL:s contrib-paket.`,
    )
  }
}

let ownMigrations: SqlMigration[] | undefined

/**
 * May readers be let in? Yes when every migration is done and facts are loaded. Asks the database each time.
 * @returns `reason` in Swedish, empty when ready
 */
export async function readiness(db: Kysely<Database>): Promise<{ ready: boolean; reason: string }> {
  try {
    ownMigrations ??= readMigrations(migrationsFolder)
    const { pending } = await migrationState(db, ownMigrations)
    if (pending.length > 0) return { ready: false, reason: `migreringar återstår: ${pending.join(', ')}` }
    const facts = await db.selectFrom('facts_loaded').select('name').limit(1).executeTakeFirst()
    return facts ? { ready: true, reason: '' } : { ready: false, reason: 'inga fakta är inlästa' }
  } catch (error) {
    return {
      ready: false,
      reason: error instanceof DatabaseTrouble ? error.message : `databasen svarar inte: ${systemReason(error)}`,
    }
  }
}
