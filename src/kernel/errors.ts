/** What can go wrong for the one who asks. The words and status of each stand in http/error-pages.ts. */
export type Trouble =
  | 'not-found'
  | 'bad-request'
  | 'bad-date'
  | 'bad-address'
  | 'address-too-long'
  | 'head-too-large'
  | 'unmet-expectation'
  | 'sign-in-needed'
  | 'forbidden'
  | 'cross-site'
  | 'method-not-allowed'
  | 'conflict'
  | 'too-many-tries'
  | 'body-too-large'
  | 'unsupported-media-type'
  | 'invalid'
  | 'unavailable'
  | 'not-made'
  | 'broken'

/** A trouble that is told to the one who asks. `message` is for the log, never shown. */
export class PortalError extends Error {
  readonly trouble: Trouble
  /** Shown on the page after the trouble's own words, in Swedish; empty when those are enough. */
  readonly details: string

  constructor(trouble: Trouble, message: string, details = '') {
    super(message)
    this.name = 'PortalError'
    this.trouble = trouble
    this.details = details
  }
}

/** `what` names the missing thing for the log: notFound('meeting 2025-12-12'). */
export function notFound(what: string): PortalError {
  return new PortalError('not-found', `not found: ${what}`)
}

/** `details` tells the reader, in Swedish, what was wrong with the question. */
export function badRequest(details: string): PortalError {
  return new PortalError('bad-request', `bad request: ${details}`, details)
}

export function forbidden(what: string): PortalError {
  return new PortalError('forbidden', `forbidden: ${what}`)
}

/** Somebody else changed the thing meanwhile. `details` says what, in Swedish. */
export function conflict(details: string): PortalError {
  return new PortalError('conflict', `conflict: ${details}`, details)
}
