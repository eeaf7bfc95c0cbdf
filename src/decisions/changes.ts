import { type Insertable, sql } from 'kysely'
import type { Work } from '../audit/work.ts'
import type { Decision as DecisionTable } from '../db/schema.ts'
import type { Conflict, Difference, Effect, EffectHandler, EffectKind, ProposedEffect } from '../effects/effect.ts'
import { effectsOf, handlerOf } from './queries.ts'
import { clauseFromParts } from './rules.ts'

/** Thrown when effects cannot be carried out; nothing of the transaction stands. */
export class DecisionConflict extends Error {
  override name = 'DecisionConflict'
  readonly conflicts: { decision: string; effect: EffectKind; conflict: Conflict }[]
  constructor(conflicts: DecisionConflict['conflicts']) {
    super(conflicts.map(({ decision, conflict }) => `${decision}: ${conflict.text}`).join('; '))
    this.conflicts = conflicts
  }
}

type NewDecision = Omit<Insertable<DecisionTable>, 'state' | 'carried_out_at'>

/** Registers a decision with its effects, as a proposal: no register changes until it is carried out. */
export async function registerDecision(work: Work, values: NewDecision, effects: readonly ProposedEffect[]) {
  const { id } = await work.trx
    .insertInto('decision')
    .values({ ...values, state: 'proposed' })
    .returning('id')
    .executeTakeFirstOrThrow()
  let position = 0
  for (const effect of effects) {
    position += 1
    await work.trx
      .insertInto('effect')
      .values({ ...effect, decision_id: id, position })
      .execute()
  }
  await work.record('decision.registered', `decision/${values.slug}`, { effects: effects.map(({ kind }) => kind) })
  return id
}

/**
 * Carries out proposed decisions: every effect changes its register, in order, or nothing changes at all.
 * An effect is checked when its turn comes, so that it may build on the one before it.
 * @throws DecisionConflict when an effect cannot be carried out
 */
export async function carryOutDecisions(
  work: Work,
  handlers: readonly EffectHandler[],
  decisionIds: readonly number[],
): Promise<void> {
  if (decisionIds.length === 0) return
  const { trx } = work
  // The lock keeps two publications from carrying out the same decision.
  const decisions = await trx
    .selectFrom('decision')
    .innerJoin('body', 'body.id', 'decision.body_id')
    .select([
      'decision.id',
      'decision.slug',
      'decision.state',
      'decision.clause',
      'decision.kind',
      'body.name as body_name',
    ])
    .where('decision.id', 'in', decisionIds)
    .orderBy('decision.id')
    .forUpdate('decision')
    .execute()
  const done = decisions.filter(({ state }) => state === 'carried_out')
  if (done.length > 0) throw new Error(`already carried out: ${done.map(({ slug }) => slug).join(', ')}`)

  const effects = await effectsOf(trx, decisionIds)
  const clauseParts = new Map<number, string[]>()
  for (const effect of effects) {
    const handler = handlerOf(handlers, effect.kind)
    const conflicts = await handler.check(trx, effect)
    if (conflicts.length > 0) {
      throw new DecisionConflict(
        conflicts.map((conflict) => ({ decision: effect.decision_slug, effect: effect.kind, conflict })),
      )
    }
    clauseParts.set(effect.decision_id, [...(clauseParts.get(effect.decision_id) ?? []), handler.clause(effect)])
    const changes = await carryOutOne(work, handler, effect)
    for (const { register, rowId, before, after } of changes) {
      await trx
        .insertInto('register_change')
        .values({
          effect_id: effect.id,
          register,
          row_id: rowId,
          before: before === null ? null : JSON.stringify(before),
          after: after === null ? null : JSON.stringify(after),
        })
        .execute()
    }
    await work.record('effect.carried-out', `decision/${effect.decision_slug}`, {
      effect: effect.kind,
      changes: changes.map(({ register, rowId, before, after }) => ({ register, rowId, before, after })),
    })
  }
  for (const decision of decisions) {
    const parts = clauseParts.get(decision.id) ?? []
    const generated =
      decision.clause === null && decision.kind === 'decision' && parts.length > 0
        ? { clause: clauseFromParts(decision.body_name, parts), clause_origin: 'generated' as const }
        : {}
    await trx
      .updateTable('decision')
      .set({ state: 'carried_out', carried_out_at: new Date(), ...generated })
      .where('id', '=', decision.id)
      .execute()
  }
}

/** What the database refuses that no check foresaw, in words instead of a failure. */
async function carryOutOne(work: Work, handler: EffectHandler, effect: Effect) {
  try {
    return await handler.carryOut(work, effect)
  } catch (error) {
    // Class 23: a rule of the registers themselves; 22000: a time that would end before it begins.
    if (!/^(23|22000$)/.test((error as { code?: string }).code ?? '')) throw error
    const conflict = {
      code: 'register-refuses',
      text: 'Registret tar inte emot ändringen: den strider mot en annan uppgift.',
    }
    throw new DecisionConflict([{ decision: effect.decision_slug, effect: effect.kind, conflict }])
  }
}

/** What an effect did in a rehearsal, or why it could not. */
export type Rehearsed = { effect: Effect; differences: Difference[]; conflicts: Conflict[] }

/**
 * Carries out proposed decisions one effect after the other, for a rehearsal that is undone: each is previewed as the
 * ones before it have left the registers, and one that cannot be carried out is passed by, so that all conflicts show.
 */
export async function rehearseDecisions(
  work: Work,
  handlers: readonly EffectHandler[],
  decisionIds: readonly number[],
): Promise<Rehearsed[]> {
  const { trx } = work
  const rehearsed: Rehearsed[] = []
  for (const effect of await effectsOf(trx, decisionIds)) {
    const handler = handlerOf(handlers, effect.kind)
    const conflicts = await handler.check(trx, effect)
    const differences = await handler.preview(trx, effect)
    if (conflicts.length === 0) {
      await sql`savepoint effect`.execute(trx)
      try {
        await carryOutOne(work, handler, effect)
      } catch (error) {
        if (!(error instanceof DecisionConflict)) throw error
        await sql`rollback to savepoint effect`.execute(trx)
        conflicts.push(...error.conflicts.map(({ conflict }) => conflict))
      }
    }
    rehearsed.push({ effect, differences, conflicts })
  }
  return rehearsed
}
