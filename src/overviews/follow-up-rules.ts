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

/** Where a date stands and which rows tell of it, without their words: enough to say how many there are and which ones show. */
export type Mark = Pick<Due, 'key' | 'section' | 'on'> & {
  milestones: readonly number[]
  assignments: readonly number[]
}

/**
 * What several registers tell of, told once: the first one's words, and what each of them belongs to. The plans' period
 * ends on one day for all of them; a report may be both a milestone and an assignment.
 */
export function toldOnce<Told extends Pick<Due, 'key' | 'belongsTo'>>(dues: readonly Told[]): Told[] {
  return once(dues, (first, more) => ({ ...first, belongsTo: together(first.belongsTo, more.belongsTo) }))
}

/** The same of marks: the first one's place, and the rows of each. */
export function markedOnce(marks: readonly Mark[]): Mark[] {
  return once(marks, (first, more) => ({
    ...first,
    milestones: [...first.milestones, ...more.milestones],
    assignments: [...first.assignments, ...more.assignments],
  }))
}

function once<Told extends { key: string }>(all: readonly Told[], joined: (first: Told, more: Told) => Told): Told[] {
  const found = new Map<string, Told>()
  for (const one of all) {
    const before = found.get(one.key)
    found.set(one.key, before ? joined(before, one) : one)
  }
  return [...found.values()]
}

function together(first: readonly Value[], more: readonly Value[]): Value[] {
  return [...first, ...more.filter(({ text }) => !first.some((value) => value.text === text))]
}

/** The earliest first; what has no date last. */
export function inDateOrder<Told extends Pick<Due, 'on'>>(dues: readonly Told[]): Told[] {
  return [...dues].sort((a, b) => {
    if (a.on === b.on) return 0
    if (a.on === null || b.on === null) return a.on === null ? 1 : -1
    return a.on < b.on ? -1 : 1
  })
}
