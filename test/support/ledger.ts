import type { Kysely } from 'kysely'
import { type Actor, change, type Work } from '../../src/audit/work.ts'
import type { Database } from '../../src/db/database.ts'
import { carryOutDecisions, registerDecision } from '../../src/decisions/changes.ts'
import { effectHandlers } from '../../src/effect-handlers.ts'
import type { ProposedEffect } from '../../src/effects/effect.ts'
import { day } from '../../src/kernel/dates.ts'

/** A coordinator who exists nowhere else than in tests. */
export const testCoordinator: Actor = { kind: 'person', name: 'Testa Samordnarsson' }

/** A place that facts of tests come from. */
export async function testProvenance(work: Work): Promise<number> {
  const source = await work.trx
    .insertInto('source')
    .values({ code: 'T1', title: 'Testprotokoll', kind: 'portal' })
    .onConflict((conflict) => conflict.column('code').doUpdateSet({ title: 'Testprotokoll' }))
    .returning('id')
    .executeTakeFirstOrThrow()
  const provenance = await work.trx
    .insertInto('provenance')
    .values({ key: 'test' })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ key: 'test' }))
    .returning('id')
    .executeTakeFirstOrThrow()
  await work.trx
    .insertInto('provenance_source')
    .values({ provenance_id: provenance.id, position: 1, source_id: source.id })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return provenance.id
}

export async function idOf(
  db: Kysely<Database> | Work['trx'],
  table: 'body' | 'person' | 'plan' | 'document' | 'organisation',
  slug: string,
) {
  const { id } = await db.selectFrom(table).select('id').where('slug', '=', slug).executeTakeFirstOrThrow()
  return id
}

export async function newPerson(work: Work, slug: string, name: string): Promise<number> {
  const { id } = await work.trx
    .insertInto('person')
    .values({ slug, name, provenance_id: await testProvenance(work) })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Registers a decision outside any known meeting, on a day, with the given effects. */
export async function decide(
  work: Work,
  slug: string,
  decidedOn: string,
  effects: readonly Omit<ProposedEffect, 'provenance_id'>[],
): Promise<number> {
  const provenance_id = await testProvenance(work)
  return registerDecision(
    work,
    {
      slug,
      body_id: await idOf(work.trx, 'body', 'lansgemensam-ledning'),
      decided_on: day(decidedOn),
      kind: 'decision',
      title: `Testbeslut ${slug}`,
      provenance_id,
    },
    effects.map((effect) => ({ ...effect, provenance_id })),
  )
}

/** Decides and carries out in one go, in a transaction of its own. */
export async function decideAndCarryOut(
  db: Kysely<Database>,
  slug: string,
  decidedOn: string,
  effects: readonly Omit<ProposedEffect, 'provenance_id'>[],
): Promise<number> {
  return change(db, testCoordinator, async (work) => {
    const id = await decide(work, slug, decidedOn, effects)
    await carryOutDecisions(work, effectHandlers, [id])
    return id
  })
}
