import type { Kysely } from 'kysely'
import type { Database } from '../db/database.ts'

/** What this process itself has committed through a pool. */
export type Commits = {
  /** Commits that are under way: from before COMMIT is sent until its answer is known. */
  inFlight: number
  /** Grows when a commit begins and when it has ended, and never shrinks. */
  count: number
}

const commits = new WeakMap<object, Commits>()

/** The commits of {@link change} through this pool, as they are now. */
export function commitsOf(db: Kysely<Database>): Commits {
  let own = commits.get(db)
  if (!own) {
    own = { inFlight: 0, count: 0 }
    commits.set(db, own)
  }
  return own
}

/**
 * Counts one commit. What was read before it began may be old once it has ended, and nobody can tell which in between.
 * @returns to be called when COMMIT has been answered or has failed
 */
export function commitBegins(db: Kysely<Database>): () => void {
  const own = commitsOf(db)
  own.inFlight += 1
  own.count += 1
  return () => {
    own.inFlight -= 1
    own.count += 1
  }
}
