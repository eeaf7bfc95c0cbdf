/** Rounds of follow-up: what is to be told of, who has told, and when to remind. Pure. */
import type { FollowUpState, PlanAreaKind } from '../db/schema.ts'
import { addDays, type Day } from '../kernel/dates.ts'
import { areaCode } from '../kernel/plan-codes.ts'

/** A part of a plan that can be followed up: the plan itself, an area or an activity. */
export type FollowUpPart = {
  /** The end of the field names: 'plan', 'f1', 'l2', 'a3'. */
  key: string
  areaId: number | null
  activityId: number | null
}

/** 'f1' for the first improvement area, 'l2' for the second ongoing one. */
export const areaKey = (kind: PlanAreaKind, number: number) => areaCode('', kind, number).slice(1).toLowerCase()
export const activityKey = (number: number) => `a${number}`

export type TypedNote = { state: FollowUpState | null; note: string | null }

/** What was told of each part, without those of which nothing was. */
export function notesOf<Part extends FollowUpPart>(
  parts: readonly Part[],
  typed: Readonly<Record<string, TypedNote>>,
): (Part & TypedNote)[] {
  return parts.flatMap((part) => {
    const told = typed[part.key]
    return told === undefined || (told.state === null && told.note === null) ? [] : [{ ...part, ...told }]
  })
}

export type FollowUpRefusal = 'nothing-told' | 'later-than-today' | 'not-adopted'

export function refuseFollowUp(
  plan: { adopted: boolean },
  notes: readonly unknown[],
  on: Day,
  today: Day,
): FollowUpRefusal | null {
  if (!plan.adopted) return 'not-adopted'
  if (on > today) return 'later-than-today'
  return notes.length === 0 ? 'nothing-told' : null
}

/** How long a mailed link works after the day when the answer was wanted. */
export const linkDaysAfter = 14

/** Days between two reminders of the same plan. */
export const daysBetweenReminders = 7
/** How long before its day something is reminded of. */
export const daysAhead = 14
/** How long after its day a milestone without an outcome is reminded of. */
export const daysAfter = 30

/**
 * What to remind of today: a round that is soon due or late and that has parts without a note since it was asked, and
 * milestones that are soon due or have lately passed without an outcome.
 */
export function dueReminders<Milestone extends { lastDay: Day | null }>(
  plan: {
    remindedOn: Day | null
    round: { dueOn: Day; unreported: number } | null
    milestones: readonly Milestone[]
  },
  today: Day,
): { round: boolean; milestones: Milestone[] } | null {
  if (plan.remindedOn !== null && today < addDays(plan.remindedOn, daysBetweenReminders)) return null
  const { round } = plan
  const late = round !== null && round.unreported > 0 && today >= addDays(round.dueOn, -daysBetweenReminders)
  const milestones = plan.milestones.filter(
    ({ lastDay }) => lastDay !== null && lastDay <= addDays(today, daysAhead) && lastDay >= addDays(today, -daysAfter),
  )
  return late || milestones.length > 0 ? { round: late, milestones } : null
}
