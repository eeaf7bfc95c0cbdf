import { type Kysely, sql } from 'kysely'
import type { Work } from '../audit/work.ts'
import type { Database } from '../db/database.ts'
import { conflict, notFound } from '../kernel/errors.ts'

/** All rows of a table that refer to a person, or to the person's account. */
export type Held = {
  table: string
  /** The column that refers. */
  column: string
  /** What happens to the rows when the one they refer to is removed: 'keeps' stands in the way. */
  onRemoval: 'keeps' | 'removed' | 'cleared'
  rows: Record<string, unknown>[]
}

export type PersonalData = {
  person: { id: number; slug: string; name: string }
  accountId: number | null
  held: Held[]
}

/** What locks something: of no use to the person, and dangerous in a file. */
const secretColumns = [
  'password_hash',
  'totp_secret',
  'totp_last_step',
  'token_hash',
  'state',
  'nonce',
  'code_verifier',
]

/**
 * Everything that is held on a person. The tables are asked from the database itself, so that none is forgotten when a
 * new one refers to persons or accounts. Names in running text (minutes, notes) cannot be found this way.
 */
export async function personalData(db: Kysely<Database>, personId: number): Promise<PersonalData> {
  const person = await db
    .selectFrom('person')
    .select(['id', 'slug', 'name'])
    .where('id', '=', personId)
    .executeTakeFirstOrThrow(() => notFound(`person ${personId}`))
  const account = await db.selectFrom('account').select('id').where('person_id', '=', personId).executeTakeFirst()
  const held = [
    await rowsOf(db, 'person', 'id', personId, 'removed'),
    ...(await rowsReferringTo(db, 'person', personId)),
  ]
  if (account) {
    held.push(...(await rowsReferringTo(db, 'account', account.id)))
    held.push(await eventsOf(db, account.id), await lettersTo(db, account.id))
  }
  return { person, accountId: account?.id ?? null, held: held.filter(({ rows }) => rows.length > 0) }
}

async function rowsReferringTo(db: Kysely<Database>, target: 'person' | 'account', id: number): Promise<Held[]> {
  const { rows } = await sql<{ table: string; column: string; rule: string }>`
    select c.conrelid::regclass::text as "table", a.attname as "column", c.confdeltype as rule
    from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.contype = 'f' and c.confrelid = ${target}::regclass and cardinality(c.conkey) = 1
    order by 1, 2`.execute(db)
  const held: Held[] = []
  for (const { table, column, rule } of rows) {
    held.push(await rowsOf(db, table, column, id, rule === 'c' ? 'removed' : rule === 'n' ? 'cleared' : 'keeps'))
  }
  return held
}

async function rowsOf(
  db: Kysely<Database>,
  table: string,
  column: string,
  id: number,
  onRemoval: Held['onRemoval'],
): Promise<Held> {
  const { rows } = await sql<{ row: Record<string, unknown> }>`
    select to_jsonb(t) - ${sql.val(secretColumns)}::text[] as "row" from ${sql.table(table)} t
    where ${sql.ref(`t.${column}`)} = ${id} order by t::text`.execute(db)
  return { table, column, onRemoval, rows: rows.map(({ row }) => row) }
}

/** What the account has done and what has been done to it. The log is never changed; it holds no name or address. */
async function eventsOf(db: Kysely<Database>, accountId: number): Promise<Held> {
  const rows = await db
    .selectFrom('audit_event')
    .select(['id', 'at', 'act', 'about', 'details'])
    .where((eb) => eb.or([eb('account_id', '=', accountId), eb('about', '=', `account/${accountId}`)]))
    .orderBy('id')
    .execute()
  return { table: 'audit_event', column: 'account_id', onRemoval: 'cleared', rows }
}

async function lettersTo(db: Kysely<Database>, accountId: number): Promise<Held> {
  const rows = await db
    .selectFrom('letter')
    .select(['kind', 'recorded_at', 'tries'])
    .where(sql<boolean>`details ->> 'accountId' = ${String(accountId)}`)
    .execute()
  return { table: 'letter', column: 'details', onRemoval: 'removed', rows }
}

/** Goes with the person: who may sign in, and a seat that no decision has given or ended. */
const goesAlong = ['account', 'membership', 'person']

/**
 * What stands in the way of erasing a person: decisions, minutes and everything else where the person has a place in
 * the public record. Empty: the person may be erased.
 */
export function reasonsToKeep({ held }: PersonalData): Held[] {
  return held.filter(({ table, onRemoval }) => onRemoval === 'keeps' && !goesAlong.includes(table))
}

/**
 * Erases somebody who was never in a decision: the person, the account with all that belongs to it, seats known only
 * from how it was when the register began. The log keeps the account's number, which then leads to nobody.
 * @throws PortalError conflict when the person has a place in the public record
 */
export async function erasePerson(work: Work, personId: number): Promise<void> {
  await work.trx
    .selectFrom('person')
    .select('id')
    .where('id', '=', personId)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`person ${personId}`))
  const data = await personalData(work.trx, personId)
  if (reasonsToKeep(data).length > 0) throw conflict('Personen finns i beslut eller protokoll och kan inte raderas.')
  const { accountId } = data
  if (accountId !== null) {
    await work.trx
      .deleteFrom('letter')
      .where(sql<boolean>`details ->> 'accountId' = ${String(accountId)}`)
      .execute()
    await work.trx.deleteFrom('account').where('id', '=', accountId).execute()
  }
  await work.trx.deleteFrom('membership').where('person_id', '=', personId).execute()
  await work.trx.deleteFrom('person').where('id', '=', personId).execute()
  await work.record('person.erased', `person/${personId}`, { account: accountId })
}
