import type { MeetingState, TextKind } from '../db/schema.ts'
import type { Tag } from '../http/parts.ts'

export const meetingStateTags: Record<MeetingState, Tag> = {
  mentioned: { tone: 'neutral', text: 'Omnämnt möte' },
  planned: { tone: 'info', text: 'Planerat' },
  called: { tone: 'info', text: 'Kallat' },
  held: { tone: 'neutral', text: 'Hållet' },
  drafted: { tone: 'neutral', text: 'Protokoll skrivs' },
  adjusting: { tone: 'neutral', text: 'Protokoll justeras' },
  published: { tone: 'good', text: 'Publicerat' },
  cancelled: { tone: 'warning', text: 'Inställt' },
}

export const itemKindNames: Record<string, string> = {
  information: 'information',
  discussion: 'diskussion',
  decision: 'beslut',
  position: 'ställningstagande',
  status_report: 'lägesrapport',
  workshop: 'workshop',
}

export const textKindNotes: Record<TextKind, string> = {
  summary: 'Texten är en sammanfattning, inte protokollets ordalydelse.',
  wording: 'Texten är protokollets ordalydelse.',
}

/** The minutes of a meeting, by its title: 'Protokoll: Extra möte'; a title that says so already is left as it is. */
export const minutesTitle = (title: string) => (/^protokoll\b/i.test(title) ? title : `Protokoll: ${title}`)
