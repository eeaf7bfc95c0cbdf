import { createHash } from 'node:crypto'
import { type ExpressionBuilder, type Kysely, sql } from 'kysely'
import type { Database } from '../db/database.ts'
import { PortalError } from '../kernel/errors.ts'

/** How many tries there may be within so many minutes. `what` is part of what is counted. */
export type Limit = { what: string; most: number; minutes: number }

export const limits = {
  /** For one account (also one that does not exist), wherever the tries come from. */
  passwordOfAccount: { what: 'password of account', most: 10, minutes: 15 },
  /** From one network. A whole municipality may sit behind one address, so those that were right are taken back. */
  passwordFromNetwork: { what: 'password from network', most: 60, minutes: 15 },
  codeOfAccount: { what: 'code of account', most: 5, minutes: 15 },
  resetOfAccount: { what: 'reset of account', most: 3, minutes: 60 },
  resetFromNetwork: { what: 'reset from network', most: 20, minutes: 60 },
  linkFromNetwork: { what: 'link from network', most: 60, minutes: 15 },
  ssoFromNetwork: { what: 'sso from network', most: 60, minutes: 15 },
} as const satisfies Record<string, Limit>

/** The table keeps a hash, not who it is. */
const keyOf = ({ what }: Limit, who: string) => createHash('sha256').update(`${what}\0${who}`).digest()

/**
 * Counts a try before it is made, in the database: several processes and simultaneous tries count together.
 * @returns whether it may be made
 */
export async function mayTry(db: Kysely<Database>, limit: Limit, who: string): Promise<boolean> {
  const { tries } = await db
    .insertInto('attempt_count')
    .values({ key: keyOf(limit, who), tries: 1, ends_at: sql`now() + make_interval(mins => ${limit.minutes})` })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet({
        // Kept small: whoever goes on for years must not reach the largest integer.
        tries: sql`case when attempt_count.ends_at <= now() then 1 else least(attempt_count.tries + 1, 1000000) end`,
        ends_at: sql`case when attempt_count.ends_at <= now() then excluded.ends_at else attempt_count.ends_at end`,
      }),
    )
    .returning('tries')
    .executeTakeFirstOrThrow()
  return tries <= limit.most
}

/** @throws PortalError too-many-tries */
export async function refuseTooMany(db: Kysely<Database>, limit: Limit, who: string): Promise<void> {
  if (!(await mayTry(db, limit, who))) throw new PortalError('too-many-tries', `too many tries: ${limit.what}`)
}

/** It was the right person after all: what was counted is forgotten. */
export async function forgetTries(db: Pick<Kysely<Database>, 'deleteFrom'>, limit: Limit, who: string): Promise<void> {
  await db.deleteFrom('attempt_count').where('key', '=', keyOf(limit, who)).execute()
}

/** It was the right person: this try does not count, those before it do. For what many share, who may not forget for each other. */
export async function takeBackTry(db: Kysely<Database>, limit: Limit, who: string): Promise<void> {
  const one = (eb: ExpressionBuilder<Database, 'attempt_count'>) => eb('key', '=', keyOf(limit, who))
  const { numUpdatedRows } = await db
    .updateTable('attempt_count')
    .set({ tries: sql`tries - 1` })
    .where(one)
    .where('tries', '>', 1)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) await db.deleteFrom('attempt_count').where(one).where('tries', '=', 1).execute()
}
