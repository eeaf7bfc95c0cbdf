import type { Tag } from '../http/parts.ts'
import type { AssignmentStanding } from './rules.ts'

/** A passed date says nothing of what was done: unknown stays unknown. */
export const assignmentStandings: Record<AssignmentStanding, Tag> = {
  done: { text: 'klart', tone: 'good' },
  ended: { text: 'avslutat', tone: 'neutral' },
  passed: { text: 'inget utfall registrerat', tone: 'warning' },
  now: { text: 'pågår', tone: 'info' },
  coming: { text: 'kommande', tone: 'neutral' },
  undated: { text: 'öppet, utan slutdatum', tone: 'neutral' },
}

export const unknownAssignee = 'framgår inte av underlaget'
