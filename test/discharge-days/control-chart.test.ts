import { describe, expect, test } from 'vitest'
import { controlChart } from '../../src/discharge-days/control-chart.ts'

const kinds = (values: readonly number[]) =>
  controlChart(values)?.signals.map(({ kind, from, to }) => `${kind} ${from}–${to}`)
/** Noise that has no pattern of its own. */
const noise = [0.5, 0.4, 0.55, 0.45, 0.5, 0.42, 0.52, 0.46, 0.51, 0.44, 0.53, 0.47]

describe('control charts', () => {
  test('limits are mean ± 2.66 mean moving ranges, never below zero', () => {
    const chart = controlChart([1, 3, 1, 3])
    expect(chart).toMatchObject({ mean: 2, lower: 0, provisional: true })
    expect(chart?.upper).toBeCloseTo(2 + 2.66 * 2, 10)
    expect(controlChart(noise)?.provisional).toBe(false)
  })

  test('one point is no chart', () => {
    expect(controlChart([])).toBeNull()
    expect(controlChart([0.5])).toBeNull()
  })

  test('noise gives no signal', () => {
    expect(kinds(noise)).toEqual([])
  })

  test('a point outside the limits', () => {
    expect(kinds([...noise, 1.4])?.[0]).toBe('above-limit 12–12')
  })

  test('seven points strictly rising or falling, and not six', () => {
    expect(kinds([0.3, 0.31, 0.32, 0.33, 0.34, 0.35, 0.36, 0.2, 0.6, 0.1])).toContain('rising 0–6')
    expect(kinds([0.1, 0.6, 0.36, 0.35, 0.34, 0.33, 0.32, 0.31, 0.2])).toContain('falling 1–8')
    expect(
      kinds([0.3, 0.31, 0.32, 0.33, 0.34, 0.35, 0.35, 0.1, 0.6])?.filter((kind) => kind.startsWith('rising')),
    ).toEqual([])
  })

  test('seven points in a row on one side of the mean', () => {
    const improved = [0.9, 1, 0.92, 0.98, 0.95, 0.5, 0.52, 0.48, 0.51, 0.49, 0.5, 0.47]
    expect(kinds(improved)).toContain('below-mean 5–11')
  })

  test('two of three in the outer third, with all three on the same side', () => {
    const chart = [...noise, ...noise, 0.67, 0.53, 0.68]
    expect(kinds(chart)).toContain('near-upper 24–26')
    expect(kinds([...noise, ...noise, 0.67, 0.3, 0.68])?.filter((kind) => kind.startsWith('near-upper'))).toEqual([])
  })
})
