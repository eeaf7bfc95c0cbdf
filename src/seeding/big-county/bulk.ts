import { sql } from 'kysely'
import type { Work } from '../../audit/work.ts'
import type { DB } from '../../db/schema.ts'

/** How many rows go in one statement. */
const atATime = 2_000

type Row = Readonly<Record<string, unknown>>

/**
 * Inserts many rows of one shape, as the table's own types and under all its rules.
 * @param returning columns that the database fills in and that tell the rows apart, such as id and slug
 */
export async function insertRows<Returned extends Row = Row>(
  { trx }: Pick<Work, 'trx'>,
  table: keyof DB & string,
  rows: readonly Row[],
  returning: readonly (keyof Returned & string)[] = [],
): Promise<Returned[]> {
  const returned: Returned[] = []
  for (let first = 0; first < rows.length; first += atATime) {
    const some = rows.slice(first, first + atATime)
    const columns = sql.join(Object.keys(some[0] ?? {}).map((name) => sql.ref(name)))
    const { rows: made } = await sql<Returned>`
      insert into ${sql.table(table)} (${columns})
      select ${columns} from jsonb_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(some)}::jsonb)
      ${returning.length === 0 ? sql`` : sql`returning ${sql.join(returning.map((name) => sql.ref(name)))}`}
    `.execute(trx)
    returned.push(...made)
  }
  return returned
}

/** Inserts rows that have a slug. @returns the id of each by its slug */
export async function insertNamed(work: Work, table: keyof DB & string, rows: readonly Row[]) {
  const made = await insertRows<{ id: number; slug: string }>(work, table, rows, ['id', 'slug'])
  return new Map(made.map(({ id, slug }) => [slug, id]))
}

/** The value that is there. @throws Error naming the key when it is not */
export function known<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key)
  if (value === undefined) throw new Error(`there is no ${String(key)}`)
  return value
}
