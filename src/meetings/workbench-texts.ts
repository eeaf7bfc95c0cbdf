import type { InvitationReply, ProposalState } from '../db/schema.ts'
import type { Tag } from '../http/parts.ts'
import { type Day, timeText, weekdayText } from '../kernel/dates.ts'
import type { AgendaRefusal } from './agenda-rules.ts'
import {
  type CallRefusal,
  type CancelRefusal,
  type DetailsRefusal,
  defaultNoticeDays,
  type HoldRefusal,
} from './workbench-rules.ts'

/** 'fredag 6 mars 2026 kl. 10.00–12.00' */
export function whenText(meeting: { held_on: string; starts_at: string | null; ends_at: string | null }): string {
  const { held_on, starts_at, ends_at } = meeting
  if (starts_at === null) return weekdayText(held_on as Day)
  return `${weekdayText(held_on as Day)} kl. ${timeText(starts_at)}${ends_at === null ? '' : `–${timeText(ends_at)}`}`
}

export const callRefusals: Record<CallRefusal, string> = {
  'already-called': 'Mötet är redan kallat.',
  'not-planned': 'Mötet är redan hållet eller inställt.',
  'meeting-passed': 'Mötesdagen har passerat. Ändra datumet, eller markera mötet som hållet.',
  'no-agenda': 'Dagordningen är tom. Lägg till minst en punkt först.',
  'too-late': `Det är mindre än ${defaultNoticeDays} dagar till mötet. Skriv varför det kallas så sent.`,
}

export const holdRefusals: Record<HoldRefusal, string> = {
  'not-yet': 'Mötesdagen har inte kommit.',
  'not-before-meeting': 'Mötet är redan hållet eller inställt.',
}

export const cancelRefusals: Record<CancelRefusal, string> = {
  'not-called': 'Ingen är kallad till mötet. Ta bort det i stället.',
  'already-held': 'Mötet är hållet eller redan inställt.',
}

export const removalRefusals = { 'not-planned': 'Mötet är kallat. Ställ in det i stället, så att de kallade får veta.' }

export const replyRefusals = {
  'meeting-passed': 'Mötesdagen har passerat. Svaret går inte längre att ändra.',
  cancelled: 'Mötet är inställt.',
}

export const agendaRefusals: Record<Exclude<AgendaRefusal, 'stale'>, string> = {
  'agenda-closed': 'Protokollet justeras eller är publicerat. Dagordningen går inte att ändra.',
  'why-needed': 'Mötet är kallat. Skriv varför dagordningen ändras.',
  'pointed-at': 'Punkten har beslut eller uppdrag, eller en plan hänvisar till den. Ta bort dem först.',
  'too-many-items': 'Dagordningen har så många punkter som den kan ha.',
  'too-many-sub-items': 'Punkten har så många delpunkter som det finns bokstäver.',
  'sub-item-of-sub-item': 'En delpunkt kan inte ha egna delpunkter.',
  'has-sub-items': 'Punkten har egna delpunkter och kan därför inte bli en delpunkt.',
}

export const detailsRefusals: Record<Exclude<DetailsRefusal, 'stale'>, string> = {
  'details-closed': 'Protokollet justeras, är publicerat eller mötet är inställt. Uppgifterna går inte att ändra.',
  'why-needed': 'Mötet är kallat. Skriv varför uppgifterna ändras.',
  'called-into-past': 'Mötet är kallat. Välj en dag som inte har passerat.',
  'held-in-future': 'Mötet är hållet. Välj en dag som har passerat.',
}

export const replyNames: Record<InvitationReply, string> = {
  yes: 'kommer',
  no: 'kommer inte',
  substitute: 'ersättare kommer',
}

export const replyTags: Record<InvitationReply, Tag> = {
  yes: { tone: 'good', text: replyNames.yes },
  no: { tone: 'bad', text: replyNames.no },
  substitute: { tone: 'info', text: replyNames.substitute },
}

export const proposalTags: Record<ProposalState, Tag> = {
  open: { tone: 'info', text: 'väntar på svar' },
  accepted: { tone: 'good', text: 'tas upp' },
  declined: { tone: 'neutral', text: 'tas inte upp' },
}
