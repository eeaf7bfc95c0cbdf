import { type Kysely, sql } from 'kysely'
import type { Config } from '../config.ts'
import type { Database, Reader } from '../db/database.ts'
import type { SignInWay } from '../db/schema.ts'
import { newToken, tokenHash } from './secrets.ts'

// A session is a row; the browser has a random value and the row its hash. Nothing else is kept in it, so nothing is
// ever written back that another request has meanwhile ended.

type SessionLimits = Config['session']

/** Writing down on every request that the session is used would be many writes for little. In seconds. */
const lastSeenPrecision = 60

/** @returns the value for the cookie */
export async function openSession(
  db: Pick<Kysely<Database>, 'insertInto'>,
  accountId: number,
  { way, browser, limits }: { way: SignInWay; browser: string; limits: SessionLimits },
): Promise<string> {
  const token = newToken()
  await db
    .insertInto('session')
    .values({
      token_hash: tokenHash(token),
      account_id: accountId,
      way,
      browser,
      ends_at: sql`now() + make_interval(hours => ${limits.hours})`,
    })
    .execute()
  return token
}

const isLive = ({ idleMinutes }: SessionLimits) =>
  sql<boolean>`session.ends_at > now() and session.last_seen_at > now() - make_interval(mins => ${idleMinutes})`

/** The session that the cookie's value opens, with its account and person. Undefined: none, ended, or the account is closed. */
export async function liveSession(db: Kysely<Database>, token: string, limits: SessionLimits) {
  const session = await db
    .selectFrom('session')
    .innerJoin('account', 'account.id', 'session.account_id')
    .innerJoin('person', 'person.id', 'account.person_id')
    .select([
      'session.id',
      'session.account_id',
      'account.person_id',
      'person.name',
      sql<boolean>`session.last_seen_at < now() - make_interval(secs => ${lastSeenPrecision})`.as('is_stale'),
    ])
    .where('session.token_hash', '=', tokenHash(token))
    .where('account.closed_at', 'is', null)
    .where(isLive(limits))
    .executeTakeFirst()
  if (session?.is_stale) {
    await db.updateTable('session').set({ last_seen_at: sql`now()` }).where('id', '=', session.id).execute()
  }
  return session
}

/** The account's sessions that have not ended, the last used first. */
export async function sessionsOf(db: Reader, accountId: number, limits: SessionLimits) {
  return await db
    .selectFrom('session')
    .select(['id', 'token_hash', 'way', 'browser', 'created_at', 'last_seen_at'])
    .where('account_id', '=', accountId)
    .where(isLive(limits))
    .orderBy('last_seen_at', 'desc')
    .execute()
}

type Deleter = Pick<Kysely<Database>, 'deleteFrom'>

export async function endSession(db: Deleter, token: string): Promise<void> {
  await db.deleteFrom('session').where('token_hash', '=', tokenHash(token)).execute()
}

/** Ends one of the account's own sessions; another's number does nothing. */
export async function endSessionById(db: Deleter, accountId: number, id: number): Promise<void> {
  await db.deleteFrom('session').where('account_id', '=', accountId).where('id', '=', id).execute()
}

export async function endAllSessions(db: Deleter, accountId: number): Promise<void> {
  await db.deleteFrom('session').where('account_id', '=', accountId).execute()
}
