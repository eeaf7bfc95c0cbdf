/** Meetings: what can be read out of an agenda and an attendance list. Pure. */
import type { MeetingState } from '../db/schema.ts'

/** States in which a meeting is shown to the public: called agendas are public, drafts of minutes are not. */
export const publicStates: readonly MeetingState[] = [
  'mentioned',
  'called',
  'held',
  'drafted',
  'adjusting',
  'published',
  'cancelled',
]

/** Are the minutes themselves public? Only when they are published. */
export function minutesArePublic(state: MeetingState): boolean {
  return state === 'published'
}

export type Attendee = {
  capacity: 'member' | 'substitute' | 'other'
  organisation_id: number | null
  organisation_name: string | null
  on_behalf_text: string | null
}

/** Attendees by organisation, in the order in which the minutes first name each; those without one under whom they speak for. */
export function byOrganisation<A extends Attendee>(attendees: readonly A[]): { name: string; people: A[] }[] {
  const groups = new Map<string, A[]>()
  for (const attendee of attendees) {
    const name = attendee.organisation_name ?? attendee.on_behalf_text ?? 'Organisation framgår inte'
    groups.set(name, [...(groups.get(name) ?? []), attendee])
  }
  return [...groups].map(([name, people]) => ({ name, people }))
}

/**
 * Organisations with a seat for which the minutes note no member. The minutes have no list of absentees, so it must not
 * be read as absence.
 */
export function withoutNotedMember<O extends { id: number }>(
  withSeat: readonly O[],
  attendees: readonly Attendee[],
): O[] {
  const noted = new Set(
    attendees.filter(({ capacity }) => capacity !== 'other').map((attendee) => attendee.organisation_id),
  )
  return withSeat.filter(({ id }) => !noted.has(id))
}
