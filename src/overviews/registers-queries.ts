import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'

/** How many rows each register has. */
export async function registerCounts(db: Reader) {
  const count = (
    table:
      | 'plan'
      | 'body'
      | 'document'
      | 'matter'
      | 'person'
      | 'organisation'
      | 'discharge_batch'
      | 'change_proposal'
      | 'change_step'
      | 'newsletter'
      | 'catalogue_entry'
      | 'project',
  ) => sql<number>`(select count(*) from ${sql.table(table)})`
  return await db
    .selectFrom(sql<{ one: number }>`(select 1 as one)`.as('once'))
    .select([
      count('plan').as('plans'),
      count('body').as('bodies'),
      count('document').as('documents'),
      count('matter').as('matters'),
      count('change_proposal').as('proposals'),
      count('change_step').as('steps'),
      count('person').as('persons'),
      count('organisation').as('organisations'),
      count('discharge_batch').as('imports'),
      count('newsletter').as('newsletters'),
      count('catalogue_entry').as('entries'),
      count('project').as('projects'),
      sql<number>`(select count(*) from link_check where outcome in ('broken', 'moved'))`.as('links'),
    ])
    .executeTakeFirstOrThrow()
}

/** Values that prepared decisions will set. */
export function waitingParameters(db: Reader) {
  return db
    .selectFrom('effect')
    .innerJoin('decision', 'decision.id', 'effect.decision_id')
    .leftJoin('meeting', 'meeting.id', 'decision.meeting_id')
    .select(['effect.parameter_code as code', 'decision.title', 'meeting.title as meeting_title'])
    .where('effect.kind', 'in', ['indicator_set', 'parameter_set'])
    .where('decision.state', '=', 'proposed')
    .orderBy('decision.id')
    .execute()
}
