/** Numbers that look drawn by lot and are the same every time, for what is made up. */

/** mulberry32: the same numbers between 0 and 1 for the same seeds. */
export function drawn(...seeds: readonly number[]): () => number {
  let state = seeds.reduce((mixed, seed) => Math.imul(mixed ^ seed, 0x9e3779b1) ^ (mixed >>> 13), 0x6d2b79f5)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export type Random = {
  /** A whole number from 0, less than `end`. */
  below: (end: number) => number
  /** One of them. @throws RangeError when there is none */
  one: <T>(of: readonly T[]) => T
  /** True so often: 0.25 is one time in four. */
  chance: (share: number) => boolean
}

/** Draws that are the same every time for the same seeds. */
export function randomOf(...seeds: readonly number[]): Random {
  const draw = drawn(...seeds)
  const below = (end: number) => Math.floor(draw() * end)
  return {
    below,
    one(of) {
      if (of.length === 0) throw new RangeError('there is nothing to draw from')
      return of[below(of.length)] as (typeof of)[number]
    },
    chance: (share) => draw() < share,
  }
}
