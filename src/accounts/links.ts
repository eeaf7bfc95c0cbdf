import { type Kysely, sql } from 'kysely'
import type { Database, Reader } from '../db/database.ts'
import type { AccessLinkPurpose } from '../db/schema.ts'
import { newToken, tokenHash } from './secrets.ts'

/** How long a link works, in hours. An invitation may lie over a weekend; a reset was asked for a moment ago. */
export const linkHours: Record<AccessLinkPurpose, number> = { invitation: 7 * 24, password_reset: 1 }

/** What is wrong with a link. */
export type LinkTrouble = 'unknown' | 'used' | 'expired'

/** Makes a single-use link. Only its hash stays here. @returns what stands in the address */
export async function makeLink(
  db: Pick<Kysely<Database>, 'insertInto'>,
  accountId: number,
  purpose: AccessLinkPurpose,
): Promise<string> {
  const token = newToken()
  await db
    .insertInto('access_link')
    .values({
      token_hash: tokenHash(token),
      account_id: accountId,
      purpose,
      ends_at: sql`now() + make_interval(hours => ${linkHours[purpose]})`,
    })
    .execute()
  return token
}

export type OpenLink = { accountId: number; purpose: AccessLinkPurpose; email: string; name: string }

/** The account that a link opens, or why it does not. Looking uses nothing up: mail filters look too. */
export async function readLink(db: Reader, token: string): Promise<OpenLink | LinkTrouble> {
  const link = await db
    .selectFrom('access_link')
    .innerJoin('account', 'account.id', 'access_link.account_id')
    .innerJoin('person', 'person.id', 'account.person_id')
    .select([
      'access_link.account_id',
      'access_link.purpose',
      'access_link.used_at',
      'account.email',
      'account.closed_at',
      'person.name',
      sql<boolean>`access_link.ends_at <= now()`.as('is_over'),
    ])
    .where('access_link.token_hash', '=', tokenHash(token))
    .executeTakeFirst()
  if (!link || link.email === null || link.closed_at !== null) return 'unknown'
  if (link.used_at !== null) return 'used'
  if (link.is_over) return 'expired'
  return { accountId: link.account_id, purpose: link.purpose, email: link.email, name: link.name }
}

/** Uses the link up; of two at once only one gets true. */
export async function useLink(db: Pick<Kysely<Database>, 'updateTable'>, token: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('access_link')
    .set({ used_at: sql`now()` })
    .where('token_hash', '=', tokenHash(token))
    .where('used_at', 'is', null)
    .where(sql<boolean>`ends_at > now()`)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** All the account's unused links stop working: a password has been chosen, or the account is closed. */
export async function useUpLinks(db: Pick<Kysely<Database>, 'updateTable'>, accountId: number): Promise<void> {
  await db
    .updateTable('access_link')
    .set({ used_at: sql`now()` })
    .where('account_id', '=', accountId)
    .where('used_at', 'is', null)
    .execute()
}
