/** What becomes of the activities of a draft when their texts are typed anew. Pure. */

/**
 * Which activities stay, in the order of the texts: one whose text is still there is the same one, the rest are matched
 * in order, so that a mended text keeps what hangs on its activity. `id` null: a new one.
 */
export function reconciled<Row extends { id: number; activity_text: string }>(
  before: readonly Row[],
  texts: readonly string[],
): { kept: { id: number | null; text: string }[]; removed: number[] } {
  const left = [...before]
  const take = (found: Row | undefined): number | null => {
    if (!found) return null
    left.splice(left.indexOf(found), 1)
    return found.id
  }
  const same = texts.map((text) => ({ text, id: take(left.find(({ activity_text }) => activity_text === text)) }))
  const kept = same.map(({ text, id }) => ({ text, id: id ?? take(left[0]) }))
  return { kept, removed: left.map(({ id }) => id) }
}

/** The code that a new plan is offered: one higher than the highest of its letters. 'HP1' when there is none. */
export function nextCode(codes: readonly string[]): string {
  const numbers = codes.map((code) => Number(/^HP(\d+)$/.exec(code)?.[1] ?? 0))
  return `HP${Math.max(0, ...numbers) + 1}`
}
