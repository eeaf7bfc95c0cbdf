import { expect, test } from 'vitest'
import { assignmentStanding, type DatedAssignment } from '../../src/assignments/rules.ts'
import { day } from '../../src/kernel/dates.ts'

const open: DatedAssignment = { state: 'open', due_on: '2026-01-01', due_precision: 'year', reported_on: null }

test('an assignment for 2026 has not passed before the year has', () => {
  expect(assignmentStanding(open, day('2025-12-31'))).toBe('coming')
  expect(assignmentStanding(open, day('2026-12-31'))).toBe('now')
  expect(assignmentStanding(open, day('2027-01-01'))).toBe('passed')
})

test('an assignment without a date never passes', () => {
  expect(assignmentStanding({ ...open, due_on: null, due_precision: null }, day('2040-01-01'))).toBe('undated')
})

test('what was reported later was still open on the day before', () => {
  const done: DatedAssignment = { ...open, state: 'done', reported_on: '2026-03-06' }
  expect(assignmentStanding(done, day('2026-03-05'))).toBe('now')
  expect(assignmentStanding(done, day('2026-03-06'))).toBe('done')
  expect(assignmentStanding({ ...done, state: 'ended', reported_on: null }, day('2025-01-01'))).toBe('ended')
})
