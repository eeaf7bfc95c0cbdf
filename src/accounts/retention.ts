import { type Kysely, sql } from 'kysely'
import { change, systemActor } from '../audit/work.ts'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import type { Day } from '../kernel/dates.ts'
import { closeAccount } from './changes.ts'

/** How long things are kept. Shown on /konton and in docs/SECURITY.md. */
export const retention = {
  /** An account that nobody has used is closed after this many months. */
  unusedMonths: 24,
  /** The e-mail address of a closed account is removed after this many months. */
  closedMonths: 12,
  /** Links and letters that came to nothing are kept this many days, for whoever asks what happened. */
  tracesDays: 30,
} as const

export type Removed = { sessions: number; traces: number; closed: number; addresses: number }

/** Removes what should no longer be kept. Doing it again changes nothing; several processes may do it at once. */
export async function applyRetention(db: Kysely<Database>, config: Config, today: Day): Promise<Removed> {
  const old = sql<Date>`now() - make_interval(days => ${retention.tracesDays})`
  const over = sql<Date>`now()`
  const count = async (deletion: Promise<{ numDeletedRows: bigint }>) => Number((await deletion).numDeletedRows)

  const sessions = await count(
    db
      .deleteFrom('session')
      .where(
        sql<boolean>`ends_at <= now() or last_seen_at <= now() - make_interval(mins => ${config.session.idleMinutes})`,
      )
      .executeTakeFirstOrThrow(),
  )
  const traces =
    (await count(db.deleteFrom('sign_in_step').where('ends_at', '<=', over).executeTakeFirstOrThrow())) +
    (await count(db.deleteFrom('attempt_count').where('ends_at', '<=', over).executeTakeFirstOrThrow())) +
    (await count(db.deleteFrom('access_link').where('ends_at', '<=', old).executeTakeFirstOrThrow())) +
    (await count(db.deleteFrom('letter').where('given_up_at', '<=', old).executeTakeFirstOrThrow()))

  const unused = await db
    .selectFrom('account')
    .select('id')
    .where('closed_at', 'is', null)
    .where(
      sql<boolean>`coalesce(last_visit_at, created_at) < now() - make_interval(months => ${retention.unusedMonths})`,
    )
    .execute()
  let closed = 0
  for (const { id } of unused) {
    // The last administrator stays, however long ago: somebody must be able to let the others in.
    const refusal = await change(db, systemActor, async (work) => {
      if ((await closeAccount(work, id, today)) !== null) throw new Stays()
      await work.record('account.found-unused', `account/${id}`)
      return null
    }).catch((error) => {
      if (error instanceof Stays) return error
      throw error
    })
    if (refusal === null) closed += 1
  }

  const forgotten = await db
    .selectFrom('account')
    .select('id')
    .where('email', 'is not', null)
    .where(sql<boolean>`closed_at < now() - make_interval(months => ${retention.closedMonths})`)
    .execute()
  for (const { id } of forgotten) {
    await change(db, systemActor, async (work) => {
      await work.trx
        .updateTable('account')
        .set({ email: null, last_visit_at: null, previous_visit_at: null })
        .where('id', '=', id)
        .execute()
      await work.record('account.contact-details-removed', `account/${id}`)
    })
  }
  return { sessions, traces, closed, addresses: forgotten.length }
}

class Stays extends Error {}
