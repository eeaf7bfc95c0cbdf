import { scaled, unscaled } from '../kernel/numbers.ts'

/**
 * How discharge days are counted and judged: whole numbers and exact decimals, nothing rounded before it is compared.
 * "The agreement" is the county's agreement under the law on cooperation at discharge (lag 2017:612).
 */

/** d → number of episodes with so many discharge-ready days. */
export type Histogram = ReadonlyMap<number, number>

/** The counts behind every figure. `lateDays` null: the source does not tell (a summary without them). */
export type Counts = {
  /** n: discharged linked episodes, zero-day episodes included. */
  episodes: number
  /** D: the sum of discharge-ready days. */
  days: number
  /** Days from and including the first payable day, summed over the episodes. */
  lateDays: number | null
}

export type Comparison = 'over' | 'at_or_over'
export type PaymentMode = 'every_episode' | 'only_when_exceeded'

/** The parameters that a period is judged by: those valid on its last day. Null: none registered. */
export type Judgement = {
  /** Highest accepted average, an exact decimal such as '0.8'. */
  indicator: string | null
  comparison: Comparison | null
  /** 4: the municipality pays from and including the fourth day. */
  firstPayableDay: number | null
  paymentMode: PaymentMode | null
  /** SEK per payable day, an exact decimal. */
  dailyAmount: string | null
  /** Fewest episodes that are shown to the public; 0: all are shown. */
  smallestPublicCell: number | null
}

/**
 * d = discharged − ready in whole calendar days, 0 on the same day. The days are numbered one by one, so that a night
 * of 23 hours counts like any other.
 * @param ready number of the day on which the municipality was told that the patient is ready (utskrivningsklar)
 * @param discharged number of the day of discharge
 * @returns null when the discharge comes before the notice: such a row is rejected
 */
export function dischargeDays(ready: number, discharged: number): number | null {
  return discharged < ready ? null : discharged - ready
}

/**
 * The part of an episode's d days that falls on or after the first payable day: max(0, d − (first − 1)).
 * The night after the notice is day 1, so with 4 as first payable day three days are free
 * (lag 2017:612, 5 kap. 4 §: liability arises three days after the notice; the agreement: "från dag 4").
 */
export function lateDays(days: number, firstPayableDay: number): number {
  return Math.max(0, days - (firstPayableDay - 1))
}

/** n = Σ episodes, D = Σ d · episodes, and the late days if a first payable day is registered. */
export function countHistogram(histogram: Histogram, firstPayableDay: number | null): Counts {
  let episodes = 0
  let days = 0
  let late = 0
  for (const [d, count] of histogram) {
    episodes += count
    days += d * count
    if (firstPayableDay !== null) late += lateDays(d, firstPayableDay) * count
  }
  return { episodes: safe(episodes), days: safe(days), lateDays: firstPayableDay === null ? null : safe(late) }
}

/** A quarter, a year or the county: ΣD and Σn over its parts, so that its average is pooled and never a mean of means. */
export function pool(parts: readonly Counts[]): Counts {
  let episodes = 0
  let days = 0
  let late: number | null = 0
  for (const part of parts) {
    episodes += part.episodes
    days += part.days
    late = late === null || part.lateDays === null ? null : late + part.lateDays
  }
  return { episodes: safe(episodes), days: safe(days), lateDays: late === null ? null : safe(late) }
}

/**
 * D / n with so many decimals, rounded half up on the exact fraction, decimal point: average(265, 804, 4) is '0.3296'.
 * Null at n = 0: no episodes have no average, which is not the same as 0.
 */
export function average(days: number, episodes: number, decimals: number): string | null {
  if (episodes === 0) return null
  const below = BigInt(episodes)
  return unscaled((2n * BigInt(days) * 10n ** BigInt(decimals) + below) / (2n * below), decimals)
}

/**
 * Is the indicator exceeded? D > indicator · n, compared as exact decimals before any rounding: 41 days in 51 episodes
 * shows 0,80 and is over 0,8. Null without episodes, indicator or registered comparison.
 */
export function isExceeded(
  { episodes, days }: Pick<Counts, 'episodes' | 'days'>,
  { indicator, comparison }: Pick<Judgement, 'indicator' | 'comparison'>,
): boolean | null {
  if (episodes === 0 || indicator === null || comparison === null) return null
  const decimals = indicator.split('.')[1]?.length ?? 0
  const counted = BigInt(days) * 10n ** BigInt(decimals)
  const accepted = scaled(indicator, decimals) * BigInt(episodes)
  return comparison === 'over' ? counted > accepted : counted >= accepted
}

/**
 * Does the shown average hide on which side of the indicator it is? True when it equals the indicator at two decimals
 * but not exactly, so that the page must say more decimals.
 */
export function looksEqual({ episodes, days }: Pick<Counts, 'episodes' | 'days'>, indicator: string | null): boolean {
  if (episodes === 0 || indicator === null) return false
  const decimals = Math.max(2, indicator.split('.')[1]?.length ?? 0)
  const shown = scaled(average(days, episodes, 2) ?? '0', decimals)
  const value = scaled(indicator, decimals)
  return shown === value && BigInt(days) * 10n ** BigInt(decimals) !== value * BigInt(episodes)
}

/**
 * Payable days of one municipality in one base period. `every_episode`: all late days. `only_when_exceeded`: the late
 * days if the municipality's average exceeds the indicator, else none. The county's papers name both rules and never
 * say how they are linked, so both are counted; which one is shown first is a parameter.
 * Null when it cannot be told: late days or a parameter are missing.
 */
export function payableDays(counts: Counts, mode: PaymentMode | null, judgement: Judgement): number | null {
  if (mode === null || counts.lateDays === null) return null
  if (mode === 'every_episode' || counts.lateDays === 0) return counts.lateDays
  if (counts.episodes === 0) return 0
  const exceeded = isExceeded(counts, judgement)
  return exceeded === null ? null : exceeded ? counts.lateDays : 0
}

/** Payable days × the amount of the calendar year, exact ('31500.00'). Null without days or amount. */
export function amount(days: number | null, dailyAmount: string | null): string | null {
  if (days === null || dailyAmount === null) return null
  return unscaled(scaled(dailyAmount, 2) * BigInt(days), 2)
}

/** Adds exact amounts. Null when one of them is. */
export function sumAmounts(amounts: readonly (string | null)[]): string | null {
  let sum = 0n
  for (const part of amounts) {
    if (part === null) return null
    sum += scaled(part, 2)
  }
  return amounts.length === 0 ? null : unscaled(sum, 2)
}

/** The bands in which the distribution is shown: smallest and largest d; null: no upper end. */
export const bands: readonly { from: number; to: number | null }[] = [
  { from: 0, to: 0 },
  { from: 1, to: 1 },
  { from: 2, to: 3 },
  { from: 4, to: 6 },
  { from: 7, to: 13 },
  { from: 14, to: 20 },
  { from: 21, to: null },
]

/** Episodes in each band. */
export function countBands(histogram: Histogram): number[] {
  const counts = bands.map(() => 0)
  for (const [d, count] of histogram) {
    const place = bands.findIndex(({ from, to }) => d >= from && (to === null || d <= to))
    counts[place] = (counts[place] ?? 0) + count
  }
  return counts
}

function safe(number: number): number {
  if (!Number.isSafeInteger(number)) throw new RangeError('larger than can be counted exactly')
  return number
}
