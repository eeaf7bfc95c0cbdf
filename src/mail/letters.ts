import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Database } from '../db/database.ts'

/** A mail, ready to be sent. Plain text: it may hold a link that only its receiver should see. */
export type Letter = {
  to: string
  subject: string
  text: string
  /** A calendar file (.ics) that comes along. */
  calendar?: { method: 'PUBLISH' | 'CANCEL'; content: string }
}

/**
 * Writes a letter of its kind at the moment it is sent, from the details that were queued. Null: there is nobody to
 * send it to any more. What must not lie in the database, such as a link, is made here.
 */
export type LetterWriter = (db: Kysely<Database>, details: Record<string, unknown>) => Promise<Letter | null>

/** For each kind of letter, who writes it. Rooms supply theirs; app.ts collects them. */
export type LetterWriters = Readonly<Record<string, LetterWriter>>

/** Brings a letter to its receiver, or throws. */
export type Post = (letter: Letter) => Promise<void>

/** A letter is tried again after 1, 2, 4 … minutes, at most an hour apart, and given up after this many tries. */
const mostTries = 24

/** Whoever sends a letter has it for this long; a process that dies meanwhile leaves it to the next. */
const leaseMinutes = 5

/**
 * Queues a letter. In the transaction of what it tells about, the two stand or fall together; that the mail server
 * is down never stops the act.
 */
export async function queueLetter(
  db: Pick<Kysely<Database>, 'insertInto'>,
  kind: string,
  details: Record<string, unknown>,
): Promise<void> {
  await db
    .insertInto('letter')
    .values({ kind, details: JSON.stringify(details) })
    .execute()
}

export type Round = { sent: number; failed: number }

/**
 * Sends the letters whose time has come, one by one. Several processes may do it at once.
 * @param report told of what cannot be sent, without the receiver's address
 */
export async function sendWaiting(
  db: Kysely<Database>,
  writers: LetterWriters,
  post: Post,
  report: (kind: string, error: unknown) => void,
): Promise<Round> {
  const round = { sent: 0, failed: 0 }
  for (let letter = await takeOne(db); letter; letter = await takeOne(db)) {
    try {
      const writer = writers[letter.kind]
      if (!writer) throw new Error(`nobody writes letters of the kind ${letter.kind}`)
      const written = await writer(db, letter.details as Record<string, unknown>)
      // A subject is one line, whatever the title of a thing holds.
      if (written) await post({ ...written, subject: written.subject.replace(/\s+/g, ' ').trim() })
      await db.deleteFrom('letter').where('id', '=', letter.id).execute()
      round.sent += 1
    } catch (error) {
      report(letter.kind, error)
      await postpone(db, letter.id, letter.tries, failureOf(error))
      round.failed += 1
    }
  }
  return round
}

async function takeOne(db: Kysely<Database>) {
  return await db
    .updateTable('letter')
    .set((eb) => ({
      tries: eb('tries', '+', 1),
      next_try_at: sql<Date>`now() + make_interval(mins => ${leaseMinutes})`,
    }))
    .where('id', '=', (eb) =>
      eb
        .selectFrom('letter')
        .select('id')
        .where('given_up_at', 'is', null)
        .where('next_try_at', '<=', sql<Date>`now()`)
        .orderBy('next_try_at')
        .orderBy('id')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['id', 'kind', 'details', 'tries'])
    .executeTakeFirst()
}

async function postpone(db: Kysely<Database>, id: number, tries: number, failure: string): Promise<void> {
  const minutes = Math.min(2 ** (tries - 1), 60)
  await db
    .updateTable('letter')
    .set({
      failure,
      next_try_at: sql<Date>`now() + make_interval(mins => ${minutes})`,
      given_up_at: tries >= mostTries ? sql<Date>`now()` : null,
    })
    .where('id', '=', id)
    .execute()
}

/** The mail server's answers repeat addresses; only the code is kept. */
function failureOf(error: unknown): string {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
  return [code, responseCode].filter((part) => part !== undefined).join(' ') || 'okänt fel'
}
