import { type EffectHandler, effectiveDay, statesBy } from '../effects/effect.ts'
import { dayText } from '../kernel/dates.ts'
import { meetingPath } from '../kernel/urls.ts'

/** Minutes of an earlier meeting, put on file (läggs till handlingarna). */
export const minutesEffects: EffectHandler = {
  kinds: ['minutes_filed'],

  async check(db, effect) {
    if (effect.filed_meeting_id === null || effect.filed_meeting_held_on === null) return []
    if (effect.filed_meeting_held_on >= effect.decided_on) {
      return [{ code: 'not-earlier', text: `${effect.filed_meeting_title} är inte ett tidigare möte.` }]
    }
    const filed = await db
      .selectFrom('minutes_filing')
      .select('id')
      .where('meeting_id', '=', effect.filed_meeting_id)
      .executeTakeFirst()
    return filed
      ? [{ code: 'already-filed', text: `${effect.filed_meeting_title} har redan lagts till handlingarna.` }]
      : []
  },

  async preview(_db, effect) {
    return [
      {
        register: 'minutes_filing',
        subject: effect.filed_meeting_title ?? 'Föregående mötesprotokoll (vilket möte framgår inte)',
        path: effect.filed_meeting_slug === null ? null : meetingPath(effect.filed_meeting_slug),
        before: 'inte lagt till handlingarna',
        after: `lagt till handlingarna ${dayText(effectiveDay(effect))}, ${effect.effect_text ?? 'utan tillägg'}`,
      },
    ]
  },

  async carryOut(work, effect) {
    const row = { meeting_id: effect.filed_meeting_id, filed_on: effectiveDay(effect), additions: effect.effect_text }
    const { id } = await work.trx
      .insertInto('minutes_filing')
      .values({ ...row, effect_id: effect.id })
      .returning('id')
      .executeTakeFirstOrThrow()
    return [{ register: 'minutes_filing', rowId: id, before: null, after: row }]
  },

  clause(effect) {
    const { filed_meeting_held_on: heldOn } = effect
    const which = heldOn === null ? 'föregående mötesprotokoll' : `protokollet från ${dayText(heldOn)}`
    return `lägga ${which} till handlingarna ${effect.effect_text ?? 'utan tillägg'}`
  },

  statesOn: async (_db, effects) => statesBy(effects, () => ({ state: 'in_force' })),
}
