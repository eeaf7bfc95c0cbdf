import type { AssignmentState } from '../db/schema.ts'
import { type Day, lastDayOf, type Precision } from '../kernel/dates.ts'

export type AssignmentStanding = 'done' | 'ended' | 'passed' | 'now' | 'coming' | 'undated'

export type DatedAssignment = {
  state: AssignmentState
  due_on: string | null
  due_precision: Precision | null
  reported_on: string | null
}

/**
 * How an assignment stands on a day. '2026' has not passed before the year has, and one without a date never passes.
 * What was reported later than the day was still open on it.
 */
export function assignmentStanding(assignment: DatedAssignment, day: Day): AssignmentStanding {
  const { state, due_on, due_precision, reported_on } = assignment
  if (state !== 'open' && (reported_on === null || reported_on <= day)) return state
  if (due_on === null) return 'undated'
  if (lastDayOf(due_on as Day, due_precision ?? 'day') < day) return 'passed'
  return due_on <= day ? 'now' : 'coming'
}
