import type { Reader } from '../db/database.ts'
import type { Day } from '../kernel/dates.ts'

/**
 * Indicators that a decision set in a matter which an activity of the plan is linked to. Areas are also linked to
 * matters that they only border on, so their links measure nothing.
 */
export function indicatorsFor(db: Reader, planId: number, day: Day) {
  return db
    .selectFrom('plan_link')
    .innerJoin('matter', 'matter.id', 'plan_link.to_matter_id')
    .innerJoin('agenda_item_matter', 'agenda_item_matter.matter_id', 'matter.id')
    .innerJoin('decision', 'decision.agenda_item_id', 'agenda_item_matter.agenda_item_id')
    .innerJoin('effect', 'effect.decision_id', 'decision.id')
    .innerJoin('activity', 'activity.id', 'plan_link.from_activity_id')
    .select([
      'activity.number as activity_number',
      'plan_link.how',
      'matter.slug as matter_slug',
      'matter.title as matter_title',
      'decision.slug as decision_slug',
      'decision.decided_on',
      'effect.value',
      'effect.valid',
    ])
    .where('plan_link.from_plan_id', '=', planId)
    .where('effect.kind', '=', 'indicator_set')
    .where('decision.state', '=', 'carried_out')
    .where('decision.decided_on', '<=', day)
    .orderBy('decision.decided_on', 'desc')
    .orderBy('effect.position')
    .execute()
}
