/** How a proposal stands: a draft until it is shared, then going on in one of the model's steps until it is closed. */
export type Standing = { shared_on: string | null; closed_on: string | null; step_id: number }

export type Refusal = 'stale' | 'closed' | 'draft' | 'same-step' | 'retired-step' | 'no-step' | 'shared'

/** May the proposal be moved to the step? Back as well: a no in the model can lead back. Null means yes. */
export function refuseMove(proposal: Standing, step: { id: number; retired: boolean } | undefined): Refusal | null {
  if (proposal.closed_on !== null) return 'closed'
  if (proposal.shared_on === null) return 'draft'
  if (step === undefined) return 'no-step'
  if (step.retired) return 'retired-step'
  return step.id === proposal.step_id ? 'same-step' : null
}

/** May it be closed, or opened again? What nobody has seen is not closed but left a draft. */
export function refuseClosing(proposal: Standing): Refusal | null {
  return proposal.shared_on === null ? 'draft' : null
}

/** May everybody read it from now on? */
export function refuseSharing(proposal: Standing): Refusal | null {
  return proposal.shared_on === null ? null : 'shared'
}

/**
 * The last part of an address in the portal, or the bare name of the thing: '/beslut/x', 'https://…/beslut/x?a#b' and
 * 'x' are all 'x'. Null when it is neither.
 * @param path what the address begins with: '/beslut'
 */
export function slugIn(line: string, path: string): string | null {
  const bare = line.replace(/[?#].*$/, '').replace(/\/$/, '')
  const at = bare.lastIndexOf(`${path}/`)
  const name = at === -1 ? bare : bare.slice(at + path.length + 1)
  return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) ? name : null
}
