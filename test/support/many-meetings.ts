import type { Insertable, Kysely } from 'kysely'
import { change } from '../../src/audit/work.ts'
import type { Database } from '../../src/db/database.ts'
import { idOf, testCoordinator, testProvenance } from './ledger.ts'

type Dated = Pick<Insertable<Database['meeting']>, 'held_on' | 'state' | 'called_on'>

/** So many meetings of Barn och unga, called 'Många möten nummer 0.' and so on; what else each has is given by its number. */
export async function manyMeetings(
  db: Kysely<Database>,
  count: number,
  dated: (number: number) => Dated,
): Promise<void> {
  await change(db, testCoordinator, async (work) => {
    await work.record('meetings.registered', 'meeting/many')
    const provenance_id = await testProvenance(work)
    const body_id = await idOf(work.trx, 'body', 'barn-och-unga')
    await work.trx
      .insertInto('meeting')
      .values(
        Array.from({ length: count }, (_, number) => ({
          slug: `m${number}-barn-och-unga`,
          title: `Många möten nummer ${number}.`,
          body_id,
          provenance_id,
          ...dated(number),
        })),
      )
      .execute()
  })
}
