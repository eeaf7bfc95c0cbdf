import type { ClauseOrigin, DecisionKind } from '../db/schema.ts'
import type { StateToday } from '../effects/effect.ts'
import type { Tag } from '../http/parts.ts'
import { dayText } from '../kernel/dates.ts'

export const decisionKindNames: Record<DecisionKind, { one: string; many: string }> = {
  decision: { one: 'Beslut', many: 'Beslut' },
  position: { one: 'Ställningstagande', many: 'Ställningstaganden' },
  endorsement: { one: 'Annat organs ställningstagande', many: 'Andra organs ställningstaganden' },
}

export const clauseOriginNames: Record<ClauseOrigin, string> = {
  generated: 'Beslutsmeningen är skriven av portalen ur beslutets verkan. Den är inte protokollets ordalydelse.',
  wording: 'Ordalydelsen är protokollets.',
  summary: 'Texten är en sammanfattning, inte protokollets ordalydelse.',
}

/** What has become of a decision: 'gäller', 'ersatt av beslut 6 mars 2026'. Null: there is nothing to follow. */
export function stateTag({ state, replacedBy, on }: StateToday): Tag | null {
  switch (state) {
    case 'in_force':
      return { tone: 'good', text: 'Gäller' }
    case 'coming':
      return { tone: 'info', text: on ? `Gäller från ${dayText(on)}` : 'Gäller senare' }
    case 'replaced':
      return { tone: 'neutral', text: replacedBy ? `Ersatt av beslut ${dayText(replacedBy.decidedOn)}` : 'Ersatt' }
    case 'ended':
      return { tone: 'neutral', text: on ? `Gällde till ${dayText(on)}` : 'Gäller inte längre' }
    case 'none':
      return null
  }
}
