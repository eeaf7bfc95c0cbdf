/** Chance that can be had again: the same seed gives the same choices. */
export type Chance = {
  seed: number
  /** 0 ≤ number < 1 */
  next: () => number
  /** 0 ≤ whole number < most */
  below: (most: number) => number
  one: <T>(of: readonly T[]) => T
  happens: (share: number) => boolean
}

export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  // Mulberry32.
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (most: number) => Math.floor(next() * most)
  return {
    seed,
    next,
    below,
    one: (of) => {
      const chosen = of[below(of.length)]
      if (chosen === undefined) throw new Error('nothing to choose among')
      return chosen
    },
    happens: (share) => next() < share,
  }
}
