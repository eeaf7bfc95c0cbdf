import type { Reader } from '../db/database.ts'
import { type Effect, type EffectHandler, effectiveDay } from '../effects/effect.ts'
import { dayText } from '../kernel/dates.ts'
import { meetingPath } from '../kernel/urls.ts'

async function filedMeeting(db: Reader, effect: Effect) {
  if (effect.filed_meeting_id === null) return undefined
  return db
    .selectFrom('meeting')
    .select(['slug', 'title', 'held_on'])
    .where('id', '=', effect.filed_meeting_id)
    .executeTakeFirstOrThrow()
}

/** Minutes of an earlier meeting, put on file (läggs till handlingarna). */
export const minutesEffects: EffectHandler = {
  kinds: ['minutes_filed'],

  async check(db, effect) {
    const meeting = await filedMeeting(db, effect)
    if (!meeting) return []
    if (meeting.held_on >= effect.decided_on) {
      return [{ code: 'not-earlier', text: `${meeting.title} är inte ett tidigare möte.` }]
    }
    const filed = await db
      .selectFrom('minutes_filing')
      .select('id')
      .where('meeting_id', '=', effect.filed_meeting_id)
      .executeTakeFirst()
    return filed ? [{ code: 'already-filed', text: `${meeting.title} har redan lagts till handlingarna.` }] : []
  },

  async preview(db, effect) {
    const meeting = await filedMeeting(db, effect)
    return [
      {
        register: 'minutes_filing',
        subject: meeting?.title ?? 'Föregående mötesprotokoll (vilket möte framgår inte)',
        path: meeting ? meetingPath(meeting.slug) : null,
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

  async clause(db, effect) {
    const meeting = await filedMeeting(db, effect)
    const which = meeting ? `protokollet från ${dayText(meeting.held_on as never)}` : 'föregående mötesprotokoll'
    return `lägga ${which} till handlingarna ${effect.effect_text ?? 'utan tillägg'}`
  },

  stateOn: async () => ({ state: 'in_force' }),
}
