import { createHash } from 'node:crypto'

/** A field in which what was typed and what somebody else has saved meanwhile are not the same. */
export type Difference = { label: string; typed: string; stands: string }

/** A stale save, for views/parts/comparison.eta: both texts, side by side. */
export type Comparison = { differences: readonly Difference[]; about?: string | null }

declare module './view.ts' {
  interface Parts {
    'parts/comparison': Comparison
  }
}

/** Line ends and outer spaces are not what anybody meant to change. */
const plain = (text: string | null | undefined) => (text ?? '').replace(/\r\n?/g, '\n').trim()

/**
 * A short mark of what a form was opened on, for rows without a version of their own or forms of several rows. It is
 * sent along with the form and compared under the row's lock: another mark means that somebody has saved meanwhile.
 */
export function markOf(values: Readonly<Record<string, unknown>> | readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('base64url').slice(0, 16)
}

/** Is what was typed the same as what stands? Then there is nothing to save, and nothing to refuse. */
export function sameText(typed: string | null | undefined, stands: string | null | undefined): boolean {
  return plain(typed) === plain(stands)
}

/** What differs between what was typed and what now stands, in the order of the labels. */
export function differencesBetween(
  typed: Readonly<Record<string, string | null | undefined>>,
  stands: Readonly<Record<string, string | null | undefined>>,
  labels: Readonly<Record<string, string>>,
): Difference[] {
  return Object.entries(labels)
    .map(([name, label]) => ({ label, typed: plain(typed[name]), stands: plain(stands[name]) }))
    .filter((one) => one.typed !== one.stands)
}
