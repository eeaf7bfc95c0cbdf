/** Decisions: what may be decided, and how a clause is worded. Pure. */

/**
 * The formal clause that the portal writes from a decision's effects, when nobody has worded one.
 * Each part is what comes after "beslutar att".
 */
export function clauseFromParts(bodyName: string, parts: readonly string[]): string {
  const [first, ...rest] = parts
  if (first === undefined) throw new Error('a clause needs at least one effect')
  return `${bodyName} beslutar ${[`att ${first}`, ...rest.map((part) => `att ${part}`)].join(', ')}.`
}
