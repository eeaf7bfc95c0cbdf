import { describe, expect, test } from 'vitest'
import { pictureOf } from '../../src/action-plans/picture.ts'
import {
  type DatedMilestone,
  followedUp,
  milestoneStanding,
  periodText,
  planStanding,
} from '../../src/action-plans/rules.ts'
import { day } from '../../src/kernel/dates.ts'
import { activityCode, areaCode } from '../../src/kernel/plan-codes.ts'

const period = { from: day('2025-01-01'), to: day('2027-01-01') }
const adopted = { valid: { from: day('2025-05-30'), to: null }, period }

test('a plan is a plan from the day of its decision, whatever its period says', () => {
  expect(planStanding({ valid: null, period }, day('2025-06-01'))).toBe('not_adopted')
  expect(planStanding(adopted, day('2025-05-29'))).toBe('not_adopted')
  expect(planStanding(adopted, day('2025-05-30'))).toBe('in_force')
  expect(planStanding(adopted, day('2026-12-31'))).toBe('in_force')
  expect(planStanding(adopted, day('2027-01-01'))).toBe('period_over')
})

test('a plan that is decided before its period begins is coming', () => {
  const early = { valid: { from: day('2024-11-01'), to: null }, period }
  expect(planStanding(early, day('2024-12-31'))).toBe('coming')
})

test('a plan that was ended by a decision is not in force', () => {
  const ended = { valid: { from: day('2025-05-30'), to: day('2026-03-06') }, period }
  expect(planStanding(ended, day('2026-03-05'))).toBe('in_force')
  expect(planStanding(ended, day('2026-03-06'))).toBe('ended')
})

test('the period of a plan reads as people write it', () => {
  expect(periodText(period, 'year')).toBe('2025–2026')
  expect(periodText({ from: day('2026-01-01'), to: day('2027-01-01') }, 'year')).toBe('2026')
  expect(periodText({ from: day('2025-07-01'), to: day('2026-07-01') }, 'month')).toBe('juli 2025 – juni 2026')
})

test('areas and activities are called as in the plans', () => {
  expect(areaCode('HP4', 'improvement', 1)).toBe('HP4-F1')
  expect(areaCode('HP4', 'ongoing', 2)).toBe('HP4-L2')
  expect(activityCode('HP4', 3)).toBe('HP4-A03')
  expect(activityCode('HP4', 500)).toBe('HP4-A500')
})

describe('a milestone', () => {
  const planned: DatedMilestone = {
    kind: 'interim_report',
    state: 'planned',
    due_on: day('2025-12-01'),
    due_precision: 'day',
    done_on: null,
  }

  test('is not late on its own day', () => {
    expect(milestoneStanding(planned, day('2025-11-30'))).toBe('coming')
    expect(milestoneStanding(planned, day('2025-12-01'))).toBe('now')
    expect(milestoneStanding(planned, day('2025-12-02'))).toBe('passed')
  })

  test('in a month has not passed before the month has', () => {
    const start: DatedMilestone = { ...planned, kind: 'start', due_on: day('2026-01-01'), due_precision: 'month' }
    expect(milestoneStanding(start, day('2025-12-31'))).toBe('coming')
    expect(milestoneStanding(start, day('2026-01-31'))).toBe('now')
    expect(milestoneStanding(start, day('2026-02-01'))).toBe('passed')
  })

  test('that ends by itself asks nobody for an outcome', () => {
    expect(milestoneStanding({ ...planned, kind: 'funding_ends' }, day('2026-06-01'))).toBe('ended')
  })

  test('that was done is done from the day when it was, and not before', () => {
    const done: DatedMilestone = { ...planned, state: 'done', done_on: day('2025-12-05') }
    expect(milestoneStanding(done, day('2025-12-04'))).toBe('passed')
    expect(milestoneStanding(done, day('2025-12-05'))).toBe('done')
  })

  test('without a date comes back', () => {
    expect(
      milestoneStanding({ ...planned, kind: 'recurring', due_on: null, due_precision: null }, day('2026-01-01')),
    ).toBe('recurring')
  })
})

test('a gap in the follow-up is counted from the newest note, else from the decision', () => {
  const decided = day('2025-05-30')
  expect(followedUp([], decided, day('2026-11-22'))).toEqual({ last: null, since: decided })
  const notes = [{ noted_on: day('2025-12-12') }, { noted_on: day('2025-10-03') }]
  expect(followedUp(notes, decided, day('2026-11-22')).since).toBe('2025-12-12')
  expect(followedUp(notes, decided, day('2025-12-11')).since).toBe('2025-10-03')
})

describe('the timeline picture', () => {
  const draw = (marks: Parameters<typeof pictureOf>[0]['marks'], on = '2026-11-22') =>
    pictureOf({ title: 'Plan', period, periodText: 'Planperiod 2025–2026', marks, day: day(on), dayText: 'i dag' })

  test('is left out when there is nothing to draw', () => {
    expect(draw([])).toBeNull()
  })

  test('draws marks in the order of their days, all within its frame', () => {
    const picture = draw([
      { on: day('2026-06-30'), precision: 'day', label: 'Slutrapport', standing: 'passed' },
      { on: day('2025-01-01'), precision: 'year', label: 'Start', standing: 'passed' },
      { on: day('2028-01-01'), precision: 'year', label: 'Efter perioden', standing: 'coming' },
    ])
    expect(picture?.rows.map(({ label }) => label)).toEqual(['Start', 'Slutrapport', 'Efter perioden'])
    for (const { x, span } of picture?.rows ?? []) {
      expect(x).toBeGreaterThan(0)
      expect((span?.x ?? x) + (span?.width ?? 0)).toBeLessThanOrEqual(picture?.width ?? 0)
    }
    expect(picture?.years.map(({ text }) => text)).toEqual(['2025', '2026', '2027', '2028'])
  })

  test('a vague date is as wide as its period, a day is a point', () => {
    const picture = draw([
      { on: day('2025-01-01'), precision: 'year', label: 'Start', standing: 'passed' },
      { on: day('2025-12-01'), precision: 'day', label: 'Delrapport', standing: 'passed' },
    ])
    expect(picture?.rows.map(({ span }) => span !== null)).toEqual([true, false])
    expect(picture?.rows[0]?.span?.width).toBeCloseTo((picture?.period.width ?? 0) / 2, 0)
  })

  test('shows the day only where the picture reaches it', () => {
    const mark = { on: day('2025-12-01'), precision: 'day', label: 'Delrapport', standing: 'passed' } as const
    expect(draw([mark])?.day).not.toBeNull()
    expect(draw([mark], '2031-01-01')?.day).toBeNull()
  })

  test('says in words what it draws', () => {
    const mark = {
      on: day('2025-12-01'),
      precision: 'day',
      label: 'Delrapport, 1 december 2025',
      standing: 'passed',
    } as const
    expect(draw([mark])?.description).toBe('Planperiod 2025–2026. Delrapport, 1 december 2025.')
  })
})
