import { type Effect, type EffectHandler, firstBy, statesBy } from '../effects/effect.ts'
import { type Day, dateText } from '../kernel/dates.ts'

function dueText(effect: Effect): string {
  return effect.due_on === null ? '' : `, senast ${dateText(effect.due_on as Day, effect.due_precision ?? 'day')}`
}

/** Who shall do what, and by when. */
export const assignmentEffects: EffectHandler = {
  kinds: ['assignment_given'],

  async check(_db, effect) {
    if (effect.due_on !== null && effect.due_precision === 'day' && effect.due_on < effect.decided_on) {
      return [
        {
          code: 'due-before-decision',
          text: 'Uppdraget ska vara klart före dagen för beslutet. Ange ett senare datum.',
        },
      ]
    }
    return []
  },

  async preview(_db, effect) {
    return [
      {
        register: 'assignment',
        subject: effect.effect_text ?? '',
        path: null,
        before: null,
        after: `uppdrag till ${effect.assignee_name ?? 'mottagare som inte framgår'}${dueText(effect)}`,
      },
    ]
  },

  async carryOut(work, effect) {
    const decision = await work.trx
      .selectFrom('decision')
      .select('agenda_item_id')
      .where('id', '=', effect.decision_id)
      .executeTakeFirstOrThrow()
    const row = {
      slug: `uppdrag-${effect.id}`,
      task: effect.effect_text ?? '',
      assignee_person_id: effect.assignee_person_id,
      assignee_body_id: effect.assignee_body_id,
      assignee_organisation_id: effect.assignee_organisation_id,
      due_on: effect.due_on,
      due_precision: effect.due_precision,
      matter_id: effect.matter_id,
    }
    const { id } = await work.trx
      .insertInto('assignment')
      .values({
        ...row,
        agenda_item_id: decision.agenda_item_id,
        effect_id: effect.id,
        provenance_id: effect.provenance_id,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    return [{ register: 'assignment', rowId: id, before: null, after: row }]
  },

  clause(effect) {
    return `ge ${effect.assignee_name ?? 'någon som inte är namngiven'} i uppdrag att ${effect.effect_text}${dueText(effect)}`
  },

  async statesOn(db, effects) {
    if (effects.length === 0) return new Map()
    const rows = await db
      .selectFrom('assignment')
      .select(['effect_id', 'state'])
      .where(
        'effect_id',
        'in',
        effects.map(({ id }) => id),
      )
      .orderBy('id')
      .execute()
    const given = firstBy(rows, ({ effect_id }) => effect_id)
    return statesBy(effects, ({ id }) => {
      const assignment = given.get(id)
      return { state: assignment?.state === 'open' ? 'in_force' : assignment ? 'ended' : 'none' }
    })
  },
}
