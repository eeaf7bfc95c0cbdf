import type { Kysely, Transaction } from 'kysely'
import type { Database } from '../db/database.ts'
import { commitBegins } from './commits.ts'

/** Who acts. `name` is shown in the history: a person's name, or 'system'. */
export type Actor = { kind: 'system' | 'person' | 'public'; name: string; accountId?: number }

/** The portal itself: commands, first start, timed jobs. */
export const systemActor: Actor = { kind: 'system', name: 'system' }

/** What a change may use: the open transaction, who acts, and the log. It exists only inside {@link change}. */
export type Work = {
  trx: Transaction<Database>
  actor: Actor
  /**
   * Writes a row in the append-only log.
   * @param act what was done, as `register.verb` ('meeting.published')
   * @param about what it was done to, as `register/slug-or-id`
   * @param details before and after, reasons, counts; never contact details
   */
  record: (act: string, about: string, details?: Record<string, unknown>) => Promise<void>
}

/**
 * The only way to write: opens a transaction, does the work and commits, or undoes everything.
 * @throws Error when the work recorded nothing: a change that leaves no trace is rolled back.
 */
export async function change<T>(db: Kysely<Database>, actor: Actor, doIt: (work: Work) => Promise<T>): Promise<T> {
  let committed = () => {}
  const transaction = db.transaction().execute(async (trx) => {
    let recorded = 0
    const result = await doIt({
      trx,
      actor,
      async record(act, about, details = {}) {
        recorded += 1
        await trx
          .insertInto('audit_event')
          // id, time and hashes are set by the database, whatever stands here.
          .values({
            id: 0,
            at: new Date(0),
            previous_hash: Buffer.alloc(32),
            hash: Buffer.alloc(32),
            actor_kind: actor.kind,
            actor_name: actor.name,
            account_id: actor.accountId ?? null,
            act,
            about,
            details: JSON.stringify(details),
          })
          .execute()
      },
    })
    if (recorded === 0) throw new Error('a change was made without an audit event')
    committed = commitBegins(db)
    return result
  })
  return transaction.finally(() => committed())
}

/** Carries what a rehearsal found out of the transaction that is undone. */
class Rehearsed extends Error {
  readonly found: unknown
  constructor(found: unknown) {
    super('a rehearsal is always undone')
    this.found = found
  }
}

/**
 * Does the work and undoes all of it: what would happen, exactly, without anything having happened. Nothing is logged.
 * @returns what the work returned
 */
export async function rehearse<T>(db: Kysely<Database>, actor: Actor, doIt: (work: Work) => Promise<T>): Promise<T> {
  try {
    await db.transaction().execute(async (trx) => {
      throw new Rehearsed(await doIt({ trx, actor, async record() {} }))
    })
  } catch (error) {
    if (error instanceof Rehearsed) return error.found as T
    throw error
  }
  throw new Error('a rehearsal was not undone')
}
