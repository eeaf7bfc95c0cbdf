import { isValidOn, type Validity } from '../db/ranges.ts'
import type { MilestoneKind, MilestoneState } from '../db/schema.ts'
import { addDays, type Day, dateText, lastDayOf, type Precision } from '../kernel/dates.ts'

/** '2025–2026', 'januari 2025 – juni 2026'. The period ends the day before `to`. */
export function periodText({ from, to }: Validity, precision: Precision): string {
  if (from === null || to === null) throw new RangeError('the period of a plan has both ends')
  const [first, last] = [dateText(from, precision), dateText(addDays(to, -1), precision)]
  if (first === last) return first
  return precision === 'year' ? `${first}–${last}` : `${first} – ${last}`
}

export type PlanStanding = 'not_adopted' | 'coming' | 'in_force' | 'period_over' | 'ended'

/** What a plan is on a day. It is a plan only once a decision has adopted it, whatever its period says. */
export function planStanding(plan: { valid: Validity | null; period: Validity }, day: Day): PlanStanding {
  const { valid, period } = plan
  if (valid === null || (valid.from !== null && day < valid.from)) return 'not_adopted'
  if (!isValidOn(valid, day)) return 'ended'
  if (period.from !== null && day < period.from) return 'coming'
  return isValidOn(period, day) ? 'in_force' : 'period_over'
}

export type MilestoneStanding = 'done' | 'moved' | 'passed' | 'ended' | 'now' | 'coming' | 'recurring'

export type DatedMilestone = {
  kind: MilestoneKind
  state: MilestoneState
  due_on: string | null
  due_precision: Precision | null
  done_on: string | null
}

/** Something that ends by itself on its day: nobody is to report anything. */
const endsByItself: readonly MilestoneKind[] = ['funding_ends', 'assignment_ends', 'period_end']

/** How a milestone stands on a day. 'januari 2026' has not passed before 1 February. */
export function milestoneStanding(milestone: DatedMilestone, day: Day): MilestoneStanding {
  const { kind, state, due_on, due_precision, done_on } = milestone
  if (state === 'done' && done_on !== null && done_on <= day) return 'done'
  if (state === 'moved') return 'moved'
  if (due_on === null) return 'recurring'
  if (lastDayOf(due_on as Day, due_precision ?? 'day') < day) return endsByItself.includes(kind) ? 'ended' : 'passed'
  return due_on <= day ? 'now' : 'coming'
}

/** From which day nothing has been noted: the newest follow-up until the day, else the day when the thing was decided. */
export function followedUp(
  notes: readonly { noted_on: string }[],
  decidedOn: Day,
  day: Day,
): { last: Day | null; since: Day } {
  const last = notes.reduce<string | null>(
    (newest, { noted_on }) => (noted_on <= day && (newest === null || noted_on > newest) ? noted_on : newest),
    null,
  ) as Day | null
  return { last, since: last ?? decidedOn }
}
