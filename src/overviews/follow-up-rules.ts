import type { Tag, Value } from '../http/parts.ts'
import type { Day } from '../kernel/dates.ts'

/** Which list on the follow-up page something belongs to. */
export type FollowUpSection = 'passed' | 'coming' | 'ended' | 'recurring' | 'done' | 'undated'

/** Something with a date, or that comes back: a milestone, an assignment, or funding that ends. */
export type Due = {
  /** Two registers that tell of the same thing have the same key. */
  key: string
  section: FollowUpSection
  /** Null: it comes back, or has no date. */
  on: Day | null
  when: string
  title: string
  note: string | null
  /** Slug and name of the body that it concerns; null for a person or an organisation. */
  body: { slug: string; name: string } | null
  belongsTo: readonly Value[]
  tag: Tag
}

/**
 * What several registers tell of, told once: the first one's words, and what each of them belongs to. The plans' period
 * ends on one day for all of them; a report may be both a milestone and an assignment.
 */
export function toldOnce(dues: readonly Due[]): Due[] {
  const found = new Map<string, Due>()
  for (const due of dues) {
    const before = found.get(due.key)
    found.set(due.key, before ? { ...before, belongsTo: together(before.belongsTo, due.belongsTo) } : due)
  }
  return [...found.values()]
}

function together(first: readonly Value[], more: readonly Value[]): Value[] {
  return [...first, ...more.filter(({ text }) => !first.some((value) => value.text === text))]
}

/** The earliest first; what has no date last. */
export function inDateOrder(dues: readonly Due[]): Due[] {
  return [...dues].sort((a, b) => {
    if (a.on === b.on) return 0
    if (a.on === null || b.on === null) return a.on === null ? 1 : -1
    return a.on < b.on ? -1 : 1
  })
}
