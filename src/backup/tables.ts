import { CompiledQuery, type Kysely } from 'kysely'
import type { Database } from '../db/database.ts'
import { migrationTables } from '../db/migrate.ts'

/** Runs SQL that is put together from the catalogue's own names. */
export async function run<Row = Record<string, unknown>>(
  db: Kysely<Database>,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return (await db.executeQuery<Row>(CompiledQuery.raw(text, [...values]))).rows
}

export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

/** How values are written as text, the same wherever: dates, intervals, bytes and numbers in full. */
export const textForms = `
  set local search_path = public; set local time zone 'UTC'; set local datestyle = 'ISO, YMD';
  set local intervalstyle = 'postgres'; set local bytea_output = 'hex'; set local extra_float_digits = 1;
  set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; set local row_security = off;`

export type TableShape = { name: string; columns: { name: string; type: string }[] }

/** Every table of the portal's with the columns that hold something of their own, in a fixed order. */
export async function tableShapes(db: Kysely<Database>): Promise<TableShape[]> {
  const rows = await run<{ table: string; column: string | null; type: string | null }>(
    db,
    `select c.relname as "table", a.attname as "column", format_type(a.atttypid, a.atttypmod) as "type"
     from pg_class c
     left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and c.relname <> all ($1)
       and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
     order by c.relname collate "C", a.attnum`,
    [migrationTables],
  )
  const shapes = new Map<string, TableShape>()
  for (const { table, column, type } of rows) {
    const shape = shapes.get(table) ?? { name: table, columns: [] }
    if (column !== null && type !== null) shape.columns.push({ name: column, type })
    shapes.set(table, shape)
  }
  return [...shapes.values()]
}

/** The sequences, whether a column's own or not. */
export async function sequenceNames(db: Kysely<Database>): Promise<string[]> {
  const rows = await run<{ name: string }>(
    db,
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'S'
     order by relname collate "C"`,
  )
  return rows.map(({ name }) => name)
}

/** The chain's length and last hash. */
export async function auditState(db: Kysely<Database>): Promise<{ events: number; lastHash: string | null }> {
  const [row] = await run<{ events: number; last: string | null }>(
    db,
    `select count(*) as events, (select encode(hash, 'hex') from audit_event order by id desc limit 1) as last from audit_event`,
  )
  return { events: row?.events ?? 0, lastHash: row?.last ?? null }
}
