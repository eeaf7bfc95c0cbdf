import type { ChangeOutcome } from '../db/schema.ts'
import type { Problem } from '../http/forms.ts'
import type { Tone } from '../http/parts.ts'
import type { Refusal } from './rules.ts'

export const outcomes: Record<ChangeOutcome, { text: string; tone: Tone }> = {
  introduced: { text: 'infört', tone: 'good' },
  declined: { text: 'avslaget', tone: 'neutral' },
  withdrawn: { text: 'återtaget', tone: 'neutral' },
}

/** Where a shared proposal is, beside its title on other pages: its step, or how it ended. */
export const standingWords = (proposal: { outcome: ChangeOutcome | null; step_title: string }): string =>
  proposal.outcome === null ? proposal.step_title : outcomes[proposal.outcome].text

/** What is said when an act is refused; '' is about the whole form. */
export const refusals: Record<Exclude<Refusal, 'stale'>, Problem> = {
  closed: { field: '', text: 'Förslaget är avslutat. Öppna det igen först.' },
  draft: { field: '', text: 'Förslaget är ett utkast. Dela det först.' },
  shared: { field: '', text: 'Förslaget är redan delat.' },
  'same-step': { field: 'steg', text: 'Förslaget står redan i det steget.' },
  'retired-step': { field: 'steg', text: 'Steget används inte längre. Välj ett annat.' },
  'no-step': { field: 'steg', text: 'Välj steg i listan.' },
}
