import { describe, expect, test } from 'vitest'
import {
  administrator,
  allows,
  anyCoordinator,
  anyone,
  coordinatorOf,
  type Identity,
  member,
  type Permission,
  reader,
} from '../../src/http/permissions.ts'
import { serverWith } from '../support/app.ts'

const person: Identity = { ...reader, actor: { kind: 'person', name: 'Testa Testsson' }, signedIn: true }
const cast: Record<string, Identity> = {
  reader,
  'signed in': person,
  member: { ...person, member: true },
  'coordinator of barn-och-unga': { ...person, coordinates: new Set(['barn-och-unga']) },
  'coordinator of aldre': { ...person, coordinates: new Set(['aldre']) },
  'coordinator of all': { ...person, coordinates: 'all' },
  administrator: { ...person, administrator: true },
}

describe('who may do what with something of Barn och unga', () => {
  const may = (permission: Permission) =>
    Object.keys(cast).filter((name) => allows(permission, cast[name] ?? reader, 'barn-och-unga'))

  test('what is public is for anyone', () => {
    expect(may(anyone)).toEqual(Object.keys(cast))
  })

  test('members see more, and so does whoever keeps a body', () => {
    expect(may(member)).toEqual([
      'member',
      'coordinator of barn-och-unga',
      'coordinator of aldre',
      'coordinator of all',
      'administrator',
    ])
  })

  test('only its own coordinator changes it, or one who keeps all bodies', () => {
    expect(may(coordinatorOf('meeting'))).toEqual([
      'coordinator of barn-och-unga',
      'coordinator of all',
      'administrator',
    ])
  })

  test('any coordinator may do what concerns no single body', () => {
    expect(may(anyCoordinator)).toEqual([
      'coordinator of barn-och-unga',
      'coordinator of aldre',
      'coordinator of all',
      'administrator',
    ])
  })

  test('some things are for administrators alone', () => {
    expect(may(administrator)).toEqual(['administrator'])
  })

  test('what no body owns is not a coordinator’s by accident', () => {
    expect(allows(coordinatorOf('meeting'), cast['coordinator of aldre'] ?? reader, null)).toBe(false)
  })
})

describe('a route that does not declare itself keeps the portal from starting', () => {
  test('without permission', async () => {
    const app = await serverWith((room) => room.get('/hemlig', { config: { cache: 'private' } }, async () => 'x'))
    await expect(app.ready()).rejects.toThrow('GET /hemlig (may)')
  })

  test('without saying what may be cached', async () => {
    const app = await serverWith((room) => room.get('/hemlig', { config: { may: anyone } }, async () => 'x'))
    await expect(app.ready()).rejects.toThrow('GET /hemlig (cache)')
  })

  test('with nothing at all, under its whole address', async () => {
    const app = await serverWith((room) => room.post('/hemlig', async () => 'x'), { env: { BASE_PATH: '/lgl' } })
    await expect(app.ready()).rejects.toThrow('POST /lgl/hemlig (may), POST /lgl/hemlig (cache)')
  })

  test('for the coordinator of something whose body nobody can find', async () => {
    const config = { may: coordinatorOf('meeting'), cache: 'private' } as const
    const app = await serverWith((room) => room.post('/moten/:id', { config }, async () => 'x'))
    await expect(app.ready()).rejects.toThrow('POST /moten/:id (bodyOf.meeting)')
  })
})

describe('every request is held to its route’s permission', () => {
  const ask = async (identity: Identity, method: 'GET' | 'HEAD' = 'GET') => {
    const config = { may: coordinatorOf('meeting'), cache: 'private' } as const
    const app = await serverWith(
      (room) => room.get('/moten/:slug', { config }, async (request) => `hej ${request.actor.name}`),
      {
        identify: () => identity,
        bodyOf: { meeting: async (request) => (request.params as { slug: string }).slug.replace(/^mote-/, '') },
      },
    )
    return app.inject({ method, url: '/moten/mote-barn-och-unga' })
  }

  test('a reader is asked to sign in', async () => {
    const answer = await ask(reader)
    expect(answer.statusCode).toBe(401)
    expect(answer.body).toContain('Du behöver logga in')
  })

  test('somebody else’s coordinator is refused, also by HEAD', async () => {
    const answer = await ask(cast['coordinator of aldre'] ?? reader)
    expect(answer.statusCode).toBe(403)
    expect(answer.body).toContain('Du får inte göra det här')
    expect((await ask(cast['coordinator of aldre'] ?? reader, 'HEAD')).statusCode).toBe(403)
  })

  test('the right one comes in, by name', async () => {
    const answer = await ask(cast['coordinator of barn-och-unga'] ?? reader)
    expect(answer.body).toBe('hej Testa Testsson')
    expect(answer.headers['cache-control']).toBe('private, no-store')
  })

  test('when nobody can be identified because the database is away, it is told so', async () => {
    const app = await serverWith(
      (room) => room.get('/', { config: { may: anyone, cache: 'shared' } }, async () => 'x'),
      {
        identify: () => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })),
      },
    )
    expect((await app.inject('/')).statusCode).toBe(503)
  })
})
