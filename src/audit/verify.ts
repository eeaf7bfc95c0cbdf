import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'

/** How the log's chain stands. `lastHash` (hex) written down elsewhere shows later that nothing before it has changed. */
export type ChainState = {
  events: number
  last: { id: number; at: Date; hash: string } | null
  /** Rows that do not hold: changed, removed before, or put in. */
  breaks: { id: number; at: Date; about: string }[]
}

/** Computes every row's hash again, in the database. */
export async function verifyChain(db: Reader): Promise<ChainState> {
  const { events } = await db
    .selectFrom('audit_event')
    .select((eb) => eb.fn.countAll<number>().as('events'))
    .executeTakeFirstOrThrow()
  const last = await db
    .selectFrom('audit_event')
    .select(['id', 'at', sql<string>`encode(hash, 'hex')`.as('hash')])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  const breaks = await db
    .selectFrom('audit_chain_break')
    .select(['id', 'at', 'about'])
    .orderBy('id')
    .limit(100)
    .execute()
  return {
    events,
    last: last ?? null,
    breaks: breaks.map(({ id, at, about }) => ({ id: id ?? 0, at: at ?? new Date(0), about: about ?? '' })),
  }
}
