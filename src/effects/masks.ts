/** Words that an administrator has masked in minutes, for those who read decisions of the meetings. */
import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { masked } from '../kernel/masks.ts'
import type { Effect } from './effect.ts'

/** SQL: the masked words of the decision's item and meeting, in a question that has `decision`. */
export const maskedWords = sql<string[]>`array(
  select minutes_mask.masked::text from minutes_mask
  where minutes_mask.meeting_id = decision.meeting_id
    and (minutes_mask.agenda_item_id is null or minutes_mask.agenda_item_id = decision.agenda_item_id)
)`

/** Every word that is masked anywhere: the log, which nobody can change, shows none of them. */
export async function allMaskedWords(db: Reader): Promise<string[]> {
  const rows = await db.selectFrom('minutes_mask').select('masked').distinct().execute()
  return rows.map((row) => row.masked)
}

const texts = [
  'effect_text',
  'person_in_title',
  'person_in_unit',
  'person_in_name',
  'person_out_name',
  'assignee_name',
] as const

/** An effect as readers see it. What it did in the register stands; its words are covered, and which they were is not passed on. */
export function coverEffect(effect: Effect & { masked_words: readonly string[] }): Effect {
  const { masked_words: words } = effect
  // Nearly always: an effect has as many columns as there are things that it may change, and to copy them takes its time.
  if (words.length === 0) return effect
  const covered = texts.map((name) => {
    const text = effect[name]
    return [name, text === null ? null : masked(text, words)] as const
  })
  return { ...effect, ...Object.fromEntries(covered), masked_words: [] } as Effect
}
