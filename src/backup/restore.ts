import type { Kysely } from 'kysely'
import { type Database, DatabaseTrouble, openDatabase } from '../db/database.ts'
import {
  type DatabaseUrls,
  grantTo,
  migrationState,
  readMigrations,
  refuseUnfitServer,
  refuseUnlessMayCreate,
  runMigrations,
  type SqlMigration,
  whoAmI,
} from '../db/migrate.ts'
import { systemReason } from '../kernel/system-errors.ts'
import type { Manifest, TableInBackup } from './manifest.ts'
import { openBackup, partsOf, verifyBackup } from './read.ts'
import { auditState, quoted, run, tableShapes, textForms } from './tables.ts'
import { BackupTrouble, damaged } from './trouble.ts'

export type RestoreDone = { manifest: Manifest; rows: number; migrated: string[] }

/**
 * Reads a backup back into an empty database, in one transaction: tables as the backup's version had them, its rows,
 * then the migrations that have come since. The audit chain's hashes are those of the backup.
 * @throws BackupTrouble or DatabaseTrouble; nothing has then changed
 */
export async function restoreBackup(urls: DatabaseUrls, path: string, migrationsFolder: string): Promise<RestoreDone> {
  const file = await openBackup(path)
  try {
    const manifest = await verifyBackup(file)
    const migrations = readMigrations(migrationsFolder)
    refuseNewer(manifest, migrations)
    const app = await whoAmI(urls.appUrl)
    const owner = await whoAmI(urls.ownerUrl)
    if (app.database !== owner.database) {
      throw new DatabaseTrouble('DATABASE_URL och DATABASE_OWNER_URL leder till olika databaser.')
    }
    const db = openDatabase(urls.ownerUrl, { name: 'portal: återläsning', max: 1, statementTimeout: 0 })
    try {
      await refuseUnfitServer(db, urls)
      await refuseUnlessMayCreate(owner.role, db)
      return await db.transaction().execute(async (trx) => {
        await refuseUnlessEmpty(trx, migrations)
        await clear(trx)
        const then = migrations.filter(({ name }) => manifest.head.migrations.includes(name))
        await runMigrations(trx, then)
        await run(trx, textForms)
        const rows = await load(trx, manifest, partsOf(file, manifest))
        await run(trx, "set local time zone 'Europe/Stockholm'; reset search_path")
        const { pending } = await migrationState(trx, migrations)
        if (pending.length > 0) await runMigrations(trx, migrations)
        if (app.role !== owner.role) await grantTo(app.role, trx)
        return { manifest, rows, migrated: pending }
      })
    } finally {
      await db.destroy()
    }
  } catch (error) {
    if (error instanceof BackupTrouble || error instanceof DatabaseTrouble) throw error
    throw new BackupTrouble(
      'unusable',
      `Säkerhetskopian kan inte läsas tillbaka: ${systemReason(error)}. Inget har ändrats i databasen.`,
      { cause: error },
    )
  } finally {
    await file.close()
  }
}

function refuseNewer({ head }: Manifest, migrations: readonly SqlMigration[]): void {
  const unknown = head.migrations.filter((name) => !migrations.some((migration) => migration.name === name))
  if (unknown.length === 0) return
  throw new BackupTrouble(
    'unusable',
    `Säkerhetskopian är gjord av en nyare version av portalen (${unknown.join(', ')} är okända här). Läs in den med samma version eller en senare. Inget har ändrats i databasen.`,
  )
}

/** Empty: no tables at all, or the portal's own in which nothing has ever been done. */
async function refuseUnlessEmpty(trx: Kysely<Database>, migrations: SqlMigration[]): Promise<void> {
  const tables = await tableShapes(trx)
  if (tables.length === 0) return
  const notEmpty = new BackupTrouble(
    'refused',
    'Databasen är inte tom. Läs tillbaka säkerhetskopian i en ny, tom databas. Inget har ändrats.',
  )
  const { applied } = await migrationState(trx, migrations)
  if (applied.length === 0 || !tables.some(({ name }) => name === 'audit_event')) throw notEmpty
  // Nobody writes to it until we are done.
  await run(trx, `lock table ${tables.map(({ name }) => `public.${quoted(name)}`).join(', ')} in access exclusive mode`)
  // Rows that migrations put there themselves, such as the names of the rules, are nobody's; a table of somebody else's
  // is not ours to take away.
  const does = (what: string, name: string) =>
    migrations.some((migration) => new RegExp(`\\b${what} (if not exists )?${name}\\b`, 'i').test(migration.sql))
  for (const { name } of tables) {
    if (!does('table', name)) throw notEmpty
    const rows = await run(trx, `select 1 from public.${quoted(name)} limit 1`)
    if (rows.length > 0 && !does('insert into', name)) throw notEmpty
  }
  const { events } = await auditState(trx)
  if (events > 0) throw notEmpty
}

/** Takes away the portal's own empty tables, views, functions and types; what belongs to extensions stays. */
async function clear(trx: Kysely<Database>): Promise<void> {
  const drops = await run<{ text: string }>(
    trx,
    `with ours as (select 'public'::regnamespace as schema)
     select text from (
       select 1 as turn, format('drop %s if exists public.%I cascade',
         case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' else 'table' end,
         relname) as text, 'pg_class'::regclass as class, c.oid
       from pg_class c, ours where relnamespace = schema and relkind in ('r', 'p', 'v', 'm', 'S')
       union all
       select 2, format('drop routine if exists %s cascade', p.oid::regprocedure), 'pg_proc'::regclass, p.oid
       from pg_proc p, ours where pronamespace = schema
       union all
       select 3, format('drop type if exists public.%I cascade', typname), 'pg_type'::regclass, t.oid
       from pg_type t, ours where typnamespace = schema and typtype in ('e', 'd')
       union all
       select 4, format('drop text search configuration if exists public.%I cascade', cfgname), 'pg_ts_config'::regclass, f.oid
       from pg_ts_config f, ours where cfgnamespace = schema
       union all
       select 5, format('drop text search dictionary if exists public.%I cascade', dictname), 'pg_ts_dict'::regclass, d.oid
       from pg_ts_dict d, ours where dictnamespace = schema
       union all
       select 6, format('drop collation if exists public.%I cascade', collname), 'pg_collation'::regclass, l.oid
       from pg_collation l, ours where collnamespace = schema
     ) all_of_them
     where not exists (select from pg_depend d where d.classid = class and d.objid = oid and d.deptype in ('e', 'i', 'a'))
     order by turn, oid`,
  )
  for (const { text } of drops) await run(trx, text)
}

async function load(
  trx: Kysely<Database>,
  manifest: Manifest,
  parts: AsyncIterable<{ table: string; rows: (string | null)[][] }>,
): Promise<number> {
  const shapes = await tableShapes(trx)
  const asIn = (tables: readonly { name: string; columns: unknown }[]) =>
    JSON.stringify(tables.map(({ name, columns }) => ({ name, columns })))
  if (asIn(shapes) !== asIn(manifest.tables)) throw damaged('dess tabeller är inte de som dess migreringar ger')

  // References hold once all is there, and are checked then. Triggers write what has been written already: hashes,
  // versions, the search's own rows.
  const references = await run<{ table: string; name: string; definition: string }>(
    trx,
    `select c.relname as "table", k.conname as name, pg_get_constraintdef(k.oid) as definition
     from pg_constraint k join pg_class c on c.oid = k.conrelid
     where k.contype = 'f' and k.connamespace = 'public'::regnamespace and k.conparentid = 0
     order by c.relname, k.conname`,
  )
  await run(trx, 'set constraints all immediate')
  const triggers = await run<{ table: string; name: string; enabled: string }>(
    trx,
    `select c.relname as "table", t.tgname as name, t.tgenabled as enabled
     from pg_trigger t join pg_class c on c.oid = t.tgrelid
     where not t.tgisinternal and c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`,
  )
  for (const { table, name } of references) {
    await run(trx, `alter table public.${quoted(table)} drop constraint ${quoted(name)}`)
  }
  for (const { name } of shapes) {
    await run(trx, `alter table public.${quoted(name)} disable trigger user`)
    // What the migrations put there is in the backup too.
    await run(trx, `delete from public.${quoted(name)}`)
  }

  const tables = new Map(manifest.tables.map((table) => [table.name, table]))
  let rows = 0
  for await (const part of parts) {
    const table = tables.get(part.table)
    if (table === undefined) throw damaged(`tabellen ${part.table} saknas i förteckningen`)
    await insert(trx, table, part.rows)
    rows += part.rows.length
  }

  const states: Record<string, string> = { O: 'enable', R: 'enable replica', A: 'enable always', D: 'disable' }
  for (const { table, name, enabled } of triggers) {
    await run(trx, `alter table public.${quoted(table)} ${states[enabled] ?? 'enable'} trigger ${quoted(name)}`)
  }
  for (const { table, name, definition } of references) {
    await run(trx, `alter table public.${quoted(table)} add constraint ${quoted(name)} ${definition}`)
  }
  for (const { name, lastValue, isCalled } of manifest.sequences) {
    await run(trx, 'select setval($1::regclass, $2::bigint, $3)', [`public.${quoted(name)}`, lastValue, isCalled])
  }
  const views = await run<{ name: string }>(
    trx,
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'm' order by oid`,
  )
  for (const { name } of views) await run(trx, `refresh materialized view public.${quoted(name)}`)

  const audit = await auditState(trx)
  if (audit.events !== manifest.audit.events || audit.lastHash !== manifest.audit.lastHash) {
    throw damaged('historikens kedja är inte den som säkerhetskopian anger')
  }
  return rows
}

/** Puts rows in, each value read from its text form. */
async function insert(trx: Kysely<Database>, { name, columns }: TableInBackup, rows: (string | null)[][]) {
  const names = columns.map((column) => quoted(column.name)).join(', ')
  const values = columns.map(({ type }, place) => `c${place}::${type}`).join(', ')
  const from = columns.map((_, place) => `$${place + 1}::text[]`).join(', ')
  const aliases = columns.map((_, place) => `c${place}`).join(', ')
  const text = `insert into public.${quoted(name)} (${names}) overriding system value
    select ${values} from unnest(${from}) as given (${aliases})`
  // Few at a time where rows are large: the database gets all of them as one message.
  let batch: (string | null)[][] = []
  let size = 0
  const send = async () => {
    if (batch.length === 0) return
    await run(
      trx,
      text,
      columns.map((_, place) => batch.map((row) => row[place] ?? null)),
    )
    batch = []
    size = 0
  }
  for (const row of rows) {
    batch.push(row)
    size += row.reduce((sum, value) => sum + (value?.length ?? 0), 0)
    if (batch.length >= 1_000 || size > 4_000_000) await send()
  }
  await send()
}
