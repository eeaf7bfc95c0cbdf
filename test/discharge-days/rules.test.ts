import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  amount,
  average,
  type Counts,
  countBands,
  countHistogram,
  dischargeDays,
  isExceeded,
  type Judgement,
  lateDays,
  looksEqual,
  payableDays,
  pool,
  sumAmounts,
} from '../../src/discharge-days/rules.ts'
import { day, daysBetween } from '../../src/kernel/dates.ts'
import { fractionText } from '../../src/kernel/numbers.ts'

const judgement: Judgement = {
  indicator: '0.8',
  comparison: 'over',
  firstPayableDay: 4,
  paymentMode: 'every_episode',
  dailyAmount: null,
  smallestPublicCell: 5,
}

/** The figures of a list of episodes, counted one by one. */
function counted(episodes: readonly number[]): Counts {
  const histogram = new Map<number, number>()
  for (const d of episodes) histogram.set(d, (histogram.get(d) ?? 0) + 1)
  return countHistogram(histogram, 4)
}

const zeros = (count: number) => Array<number>(count).fill(0)
const number = (of: string) => daysBetween(day('2018-01-01'), day(of))

describe('the worked examples', () => {
  test('20 episodes 17×0, 1, 5, 6: 12 days, 0,60, not exceeded, 5 late days, payable only when every episode counts', () => {
    const figures = counted([...zeros(17), 1, 5, 6])
    expect(figures).toEqual({ episodes: 20, days: 12, lateDays: 5 })
    expect(average(12, 20, 2)).toBe('0.60')
    expect(isExceeded(figures, judgement)).toBe(false)
    expect(payableDays(figures, 'every_episode', judgement)).toBe(5)
    expect(payableDays(figures, 'only_when_exceeded', judgement)).toBe(0)
  })

  test('15 episodes 12×0, 2, 5, 6: 13/15 = 0,87, exceeded, 5 payable days in both readings', () => {
    const figures = counted([...zeros(12), 2, 5, 6])
    expect(figures).toEqual({ episodes: 15, days: 13, lateDays: 5 })
    expect(average(13, 15, 2)).toBe('0.87')
    expect(isExceeded(figures, judgement)).toBe(true)
    expect(payableDays(figures, 'every_episode', judgement)).toBe(5)
    expect(payableDays(figures, 'only_when_exceeded', judgement)).toBe(5)
  })

  test('8/10 is not over 0,8; 41/51 shows 0,80 and is', () => {
    expect(isExceeded({ episodes: 10, days: 8 }, judgement)).toBe(false)
    expect(looksEqual({ episodes: 10, days: 8 }, '0.8')).toBe(false)
    expect(isExceeded({ episodes: 10, days: 8 }, { ...judgement, comparison: 'at_or_over' })).toBe(true)
    expect(average(41, 51, 2)).toBe('0.80')
    expect(average(41, 51, 4)).toBe('0.8039')
    expect(isExceeded({ episodes: 51, days: 41 }, judgement)).toBe(true)
    expect(looksEqual({ episodes: 51, days: 41 }, '0.8')).toBe(true)
  })

  test('from 28 November to 3 December is 5 days, 2 of them late', () => {
    expect(dischargeDays(number('2025-11-28'), number('2025-12-03'))).toBe(5)
    expect(lateDays(5, 4)).toBe(2)
  })

  test('the weekend when the clocks go forward is 3 days although only 71 hours pass, none of them late', () => {
    expect(dischargeDays(number('2026-03-28'), number('2026-03-31'))).toBe(3)
    expect(lateDays(3, 4)).toBe(0)
  })

  test('the county in November 2025: 265 days in 804 episodes are 0,33', () => {
    expect(average(265, 804, 2)).toBe('0.33')
    expect(average(265, 804, 4)).toBe('0.3296')
    expect(fractionText(265, 804, 2)).toBe('0,33')
  })

  test('a quarter is pooled: 3/2, 0/10 and 9/3 are 12/15 = 0,80, not over 0,8', () => {
    const quarter = pool([
      { days: 3, episodes: 2, lateDays: 0 },
      { days: 0, episodes: 10, lateDays: 0 },
      { days: 9, episodes: 3, lateDays: 2 },
    ])
    expect(quarter).toEqual({ days: 12, episodes: 15, lateDays: 2 })
    expect(average(12, 15, 2)).toBe('0.80')
    expect(isExceeded(quarter, judgement)).toBe(false)
  })
})

describe('what cannot be told is not told', () => {
  test('no episodes: no average and no verdict, but 0 payable days', () => {
    expect(average(0, 0, 4)).toBeNull()
    expect(isExceeded({ episodes: 0, days: 0 }, judgement)).toBeNull()
    expect(payableDays({ episodes: 0, days: 0, lateDays: 0 }, 'only_when_exceeded', judgement)).toBe(0)
  })

  test('no indicator registered: no verdict, and no payable days in the reading that needs one', () => {
    const without = { ...judgement, indicator: null }
    const figures = { episodes: 10, days: 50, lateDays: 20 }
    expect(isExceeded(figures, without)).toBeNull()
    expect(payableDays(figures, 'every_episode', without)).toBe(20)
    expect(payableDays(figures, 'only_when_exceeded', without)).toBeNull()
  })

  test('a discharge before the notice is no number of days', () => {
    expect(dischargeDays(10, 9)).toBeNull()
    expect(dischargeDays(10, 10)).toBe(0)
  })

  test('a summary without late days makes the pooled late days unknown', () => {
    expect(
      pool([
        { episodes: 1, days: 2, lateDays: null },
        { episodes: 1, days: 9, lateDays: 6 },
      ]).lateDays,
    ).toBeNull()
  })

  test('kronor are exact, and none without an amount', () => {
    expect(amount(3, '10500')).toBe('31500.00')
    expect(amount(3, '0.1')).toBe('0.30')
    expect(amount(3, null)).toBeNull()
    expect(sumAmounts(['0.10', '0.20'])).toBe('0.30')
    expect(sumAmounts(['0.10', null])).toBeNull()
  })

  test('sums too large to be exact are refused', () => {
    expect(() => countHistogram(new Map([[2, Number.MAX_SAFE_INTEGER]]), 4)).toThrow(RangeError)
  })
})

describe('always', () => {
  const episodes = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 60 })
  const months = fc.array(episodes.map(counted), { minLength: 1, maxLength: 12 })

  test('the order of the rows is irrelevant', () => {
    fc.assert(
      fc.property(episodes, fc.infiniteStream(fc.nat()), (rows, order) => {
        const shuffled = rows.map((d) => ({ d, key: order.next().value ?? 0 })).toSorted((a, b) => a.key - b.key)
        expect(counted(shuffled.map(({ d }) => d))).toEqual(counted(rows))
      }),
    )
  })

  test('a zero-day episode never raises the average', () => {
    fc.assert(
      fc.property(episodes, (rows) => {
        const before = counted(rows)
        const after = counted([...rows, 0])
        if (before.episodes > 0) expect(after.days * before.episodes).toBeLessThanOrEqual(before.days * after.episodes)
      }),
    )
  })

  test('a pooled period lies between its months', () => {
    fc.assert(
      fc.property(months, (parts) => {
        const whole = pool(parts)
        const counting = parts.filter((part) => part.episodes > 0)
        if (counting.length === 0) return
        expect(counting.some((part) => part.days * whole.episodes <= whole.days * part.episodes)).toBe(true)
        expect(counting.some((part) => part.days * whole.episodes >= whole.days * part.episodes)).toBe(true)
      }),
    )
  })

  test('the later the first payable day, the fewer late days', () => {
    fc.assert(
      fc.property(fc.nat({ max: 400 }), fc.integer({ min: 1, max: 40 }), (d, first) => {
        expect(lateDays(d, first + 1)).toBeLessThanOrEqual(lateDays(d, first))
        expect(lateDays(d, 1)).toBe(d)
      }),
    )
  })

  test('a histogram answers as the episodes one by one do', () => {
    fc.assert(
      fc.property(episodes, fc.integer({ min: 1, max: 12 }), (rows, first) => {
        const histogram = new Map<number, number>()
        for (const d of rows) histogram.set(d, (histogram.get(d) ?? 0) + 1)
        expect(countHistogram(histogram, first)).toEqual({
          episodes: rows.length,
          days: rows.reduce((sum, d) => sum + d, 0),
          lateDays: rows.reduce((sum, d) => sum + Math.max(0, d - first + 1), 0),
        })
        expect(countBands(histogram).reduce((sum, count) => sum + count, 0)).toBe(rows.length)
      }),
    )
  })

  test('the verdict is that of the exact fractions', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.nat({ max: 5000 }),
        fc.nat({ max: 300 }),
        (n, d, hundredths) => {
          const indicator = `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`
          expect(isExceeded({ episodes: n, days: d }, { indicator, comparison: 'over' })).toBe(d * 100 > hundredths * n)
        },
      ),
    )
  })
})
