/** XmR charts: whether a change is more than the noise between periods. */

/** Fewer points than this give limits that are called provisional. */
export const settledPoints = 12
const runLength = 7
/** 3 / d2 for ranges of two: turns the mean moving range into three standard deviations. */
const limitFactor = 2.66

export type SignalKind =
  | 'above-limit'
  | 'below-limit'
  | 'rising'
  | 'falling'
  | 'near-upper'
  | 'near-lower'
  | 'above-mean'
  | 'below-mean'

/** A pattern that chance seldom makes. `from` and `to` are the places of its first and last point. */
export type Signal = { kind: SignalKind; from: number; to: number }

export type ControlChart = {
  values: readonly number[]
  mean: number
  upper: number
  /** Never below 0: there are no fewer days than none. */
  lower: number
  provisional: boolean
  signals: readonly Signal[]
}

/**
 * Mean ± 2.66 · mean moving range. Signals as NHS England's "Making data count", in its order: a point outside the
 * limits; seven points strictly rising or falling; two of three points in the outer third (beyond two thirds of the way
 * to a limit) with all three on the same side of the mean; seven points in a row on one side of the mean.
 * Null with fewer than two points: nothing moves.
 */
export function controlChart(values: readonly number[]): ControlChart | null {
  if (values.length < 2) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const ranges = values.slice(1).map((value, place) => Math.abs(value - (values[place] as number)))
  const reach = (limitFactor * ranges.reduce((sum, range) => sum + range, 0)) / ranges.length
  const [upper, lower] = [mean + reach, mean - reach]
  return {
    values,
    mean,
    upper,
    lower: Math.max(0, lower),
    provisional: values.length < settledPoints,
    signals: [
      ...outside(values, upper, lower),
      ...runs(
        values.length,
        (place) => place > 0 && at(values, place) > at(values, place - 1),
        'rising',
        runLength - 1,
        -1,
      ),
      ...runs(
        values.length,
        (place) => place > 0 && at(values, place) < at(values, place - 1),
        'falling',
        runLength - 1,
        -1,
      ),
      ...nearLimits(values, mean, reach),
      ...runs(values.length, (place) => at(values, place) > mean, 'above-mean', runLength, 0),
      ...runs(values.length, (place) => at(values, place) < mean, 'below-mean', runLength, 0),
    ],
  }
}

const at = (values: readonly number[], place: number) => values[place] as number

function outside(values: readonly number[], upper: number, lower: number): Signal[] {
  return values.flatMap((value, place): Signal[] => {
    if (value > upper) return [{ kind: 'above-limit', from: place, to: place }]
    return value < lower ? [{ kind: 'below-limit', from: place, to: place }] : []
  })
}

/** Every stretch of at least so many places that hold; it begins `lead` places earlier. */
function runs(
  length: number,
  holds: (place: number) => boolean,
  kind: SignalKind,
  least: number,
  lead: number,
): Signal[] {
  const found: Signal[] = []
  let start = 0
  for (let place = 0; place <= length; place += 1) {
    if (place < length && holds(place)) continue
    if (place - start >= least) found.push({ kind, from: start + lead, to: place - 1 })
    start = place + 1
  }
  return found
}

function nearLimits(values: readonly number[], mean: number, reach: number): Signal[] {
  const found: Signal[] = []
  for (let place = 2; place < values.length; place += 1) {
    const three = values.slice(place - 2, place + 1)
    for (const [kind, side] of [
      ['near-upper', 1],
      ['near-lower', -1],
    ] as const) {
      const distances = three.map((value) => side * (value - mean))
      const near = distances.filter((distance) => distance > (2 * reach) / 3).length
      if (near < 2 || distances.some((distance) => distance <= 0)) continue
      const last = found.at(-1)
      // Overlapping threes are one pattern.
      if (last?.kind === kind && last.to >= place - 2) last.to = place
      else found.push({ kind, from: place - 2, to: place })
    }
  }
  return found
}
