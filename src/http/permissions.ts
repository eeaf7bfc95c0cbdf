import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Actor } from '../audit/work.ts'
import { PortalError } from '../kernel/errors.ts'
import type { CacheRule } from './cache.ts'

/** Who may use a route. Every route names one in its config. */
export type Permission =
  | { kind: 'unasked' }
  | { kind: 'anyone' }
  | { kind: 'signedIn' }
  | { kind: 'member' }
  | { kind: 'coordinatorOf'; what: string }
  | { kind: 'anyCoordinator' }
  | { kind: 'coordinatorOfAll' }
  | { kind: 'administrator' }

/** For style and health: the same for all, so nobody is asked who they are, which would take the database. */
export const unasked: Permission = { kind: 'unasked' }
export const anyone: Permission = { kind: 'anyone' }
/** Whoever has an account, also when all its roles have ended. */
export const signedIn: Permission = { kind: 'signedIn' }
export const member: Permission = { kind: 'member' }
export const anyCoordinator: Permission = { kind: 'anyCoordinator' }
/** The coordinator of Länsgemensam ledning: what belongs to the whole county and to no group. */
export const coordinatorOfAll: Permission = { kind: 'coordinatorOfAll' }
export const administrator: Permission = { kind: 'administrator' }
/** The coordinator of the body that owns the thing in the address; app.ts says how to find that body (`bodyOf`). */
export const coordinatorOf = (what: string): Permission => ({ kind: 'coordinatorOf', what })

/** Who asks, and what that person is in the organisation. */
export type Identity = {
  /** `name` is the person's public role: the log never holds who it was, only which account. */
  actor: Actor
  /** The person's own name, for the header of their pages. Absent: the actor's name. */
  name?: string
  /** The person in the register whose account it is. */
  personId?: number
  /** Slugs of the bodies where the person is a member. */
  memberOf?: ReadonlySet<string>
  /** False for the public: their pages are the same for all and may be cached. */
  signedIn: boolean
  member: boolean
  administrator: boolean
  /** Slugs of the bodies whose matters the person keeps; 'all' for the coordinator of Länsgemensam ledning. */
  coordinates: 'all' | ReadonlySet<string>
}

export const reader: Identity = {
  actor: { kind: 'public', name: 'allmänheten' },
  signedIn: false,
  member: false,
  administrator: false,
  coordinates: new Set(),
}

export type Identify = (request: FastifyRequest) => Identity | Promise<Identity>
/** For each `what` of coordinatorOf: the slug of the body that owns what the request is about, null if there is none. */
export type BodyFinders = Readonly<Record<string, (request: FastifyRequest) => Promise<string | null>>>

/** A route and who may use it. HEAD stands beside its GET. */
export type Declaration = { method: string; url: string; may: Permission }

declare module 'fastify' {
  interface FastifyContextConfig {
    may?: Permission
    cache?: CacheRule
  }
  interface FastifyInstance {
    /** What every route has declared, in the order they were made. */
    declarations: readonly Declaration[]
  }
  interface FastifyRequest {
    actor: Actor
    /** Null until the one who asks is known, and where nobody is asked (missing pages). */
    identity: Identity | null
    /**
     * Why a form is refused whose sender is not signed in, or cannot be known now; told once the form has been read, so
     * that it can come back.
     */
    refusal: Error | null
  }
}

/** Who may do what: the one place that decides. `body` is the owner of the thing asked about, where that matters. */
export function allows(permission: Permission, identity: Identity, body: string | null): boolean {
  const { coordinates } = identity
  switch (permission.kind) {
    case 'unasked':
    case 'anyone':
      return true
    case 'signedIn':
      return identity.signedIn
    case 'member':
      return identity.member || identity.administrator || coordinates === 'all' || coordinates.size > 0
    case 'coordinatorOf':
      return identity.administrator || coordinates === 'all' || (body !== null && coordinates.has(body))
    case 'anyCoordinator':
      return identity.administrator || coordinates === 'all' || coordinates.size > 0
    case 'coordinatorOfAll':
      return identity.administrator || coordinates === 'all'
    case 'administrator':
      return identity.administrator
  }
}

/** The bodies whose things the person keeps, by slug; null: everybody's. */
export function keptBy(identity: Identity | null): ReadonlySet<string> | null {
  if (identity === null) return new Set()
  return identity.administrator || identity.coordinates === 'all' ? null : identity.coordinates
}

/** Does the person keep what the body owns? What no body owns is kept by the coordinator of all. */
export function keeps(identity: Identity | null, body: string | null): boolean {
  const kept = keptBy(identity)
  return kept === null || (body !== null && kept.has(body))
}

/** Refuses to start with a route that does not say who may use it and what may be cached, and holds every request to it. */
export const permissions = fp(
  async (
    app: FastifyInstance,
    { identify = () => reader, bodyOf = {} }: { identify?: Identify | undefined; bodyOf?: BodyFinders | undefined },
  ) => {
    const undeclared: string[] = []
    const declarations: Declaration[] = []
    app.decorate('declarations', declarations)
    app.addHook('onRoute', ({ method, url, config }) => {
      const { may } = config ?? {}
      if (may !== undefined) declarations.push(...[method].flat().map((one) => ({ method: one, url, may })))
      const route = `${[method].flat().join('/')} ${url}`
      if (config?.may === undefined) undeclared.push(`${route} (may)`)
      if (config?.cache === undefined) undeclared.push(`${route} (cache)`)
      if (config?.may?.kind === 'coordinatorOf' && bodyOf[config.may.what] === undefined) {
        undeclared.push(`${route} (bodyOf.${config.may.what})`)
      }
    })
    app.addHook('onReady', async () => {
      if (undeclared.length > 0) throw new Error(`routes without a declaration: ${undeclared.join(', ')}`)
    })

    app.decorateRequest('identity', null)
    app.decorateRequest('refusal', null)
    app.decorateRequest('actor', {
      getter() {
        return this.identity?.actor ?? reader.actor
      },
    })
    app.addHook('onRequest', async (request) => {
      const { may } = request.routeOptions.config
      if (may === undefined || may.kind === 'unasked') return
      let identity: Identity
      let body: string | null = null
      try {
        identity = await identify(request)
        request.identity = identity
        if (may.kind === 'anyone') return
        if (may.kind === 'coordinatorOf') body = (await bodyOf[may.what]?.(request)) ?? null
      } catch (error) {
        if (request.method !== 'POST' || error instanceof PortalError) throw error
        request.refusal = error as Error
        return
      }
      if (allows(may, identity, body)) return
      const route = `${request.method} ${request.routeOptions.url}`
      if (identity.signedIn) throw new PortalError('forbidden', `${identity.actor.name} may not ${route}`)
      const refusal = new PortalError('sign-in-needed', `nobody is signed in for ${route}`)
      if (request.method !== 'POST') throw refusal
      request.refusal = refusal
    })
    app.addHook('preValidation', async (request) => {
      if (request.refusal) throw request.refusal
    })
  },
)
