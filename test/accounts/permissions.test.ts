import { existsSync, readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { change, systemActor } from '../../src/audit/work.ts'
import { propose } from '../../src/change-proposals/changes.ts'
import type { Declaration } from '../../src/http/permissions.ts'
import { day } from '../../src/kernel/dates.ts'
import { proposeItem } from '../../src/meetings/workbench-changes.ts'
import { account, type Role, sessionCookie } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { idOf, testProvenance } from '../support/ledger.ts'
import {
  type Column,
  columns,
  declaredRoutes,
  permissionsDocument,
  permissionsFile,
} from '../support/permissions-doc.ts'

const today = day('2026-11-22')
const db = await kalmarDatabase()
const env = { OIDC_ISSUER: 'http://localhost:1', OIDC_CLIENT_ID: 'portal' }
const app = await startApp({ db, today, env })
afterAll(() => app.close())
const routes = await declaredRoutes()

/** The body whose things are asked for, and another. */
const [gruppen, annan] = ['barn-och-unga', 'aldre']

// Things of the body, for the parameters of routes that ask for its coordinator.
const meeting = await change(db, systemActor, async (work) => {
  await work.record('meeting.registered', 'meeting/test')
  const slug = '2026-12-15-barn-och-unga'
  await work.trx
    .insertInto('meeting')
    .values({
      slug,
      title: 'Testmöte',
      body_id: await idOf(work.trx, 'body', gruppen),
      held_on: day('2026-12-15'),
      // Neither to be removed nor called by those who may.
      state: 'held',
      provenance_id: await testProvenance(work),
    })
    .execute()
  return slug
})
const proposal = await change(db, systemActor, (work) =>
  work.trx
    .selectFrom('body')
    .select(['id', 'slug'])
    .where('slug', '=', gruppen as never)
    .executeTakeFirstOrThrow()
    .then((body) =>
      proposeItem(work, body, { title: 'Testförslag', proposal: 'Test.' }, { by: 'Testa Testsson', personId: null }),
    ),
)
const { slug: document } = await db.selectFrom('document').select('slug').limit(1).executeTakeFirstOrThrow()
await db
  .updateTable('document')
  .set({ owner_body_id: await idOf(db, 'body', gruppen) })
  .where('slug', '=', document)
  .execute()

const { slug: matter } = await db.selectFrom('matter').select('slug').limit(1).executeTakeFirstOrThrow()
await db
  .updateTable('matter')
  .set({ body_id: await idOf(db, 'body', gruppen) })
  .where('slug', '=', matter)
  .execute()
const decision = await change(db, systemActor, async (work) => {
  await work.record('decision.registered', 'decision/test')
  const { id } = await work.trx
    .insertInto('decision')
    .values({
      slug: 'test-barn-och-unga',
      title: 'Testbeslut',
      body_id: await idOf(work.trx, 'body', gruppen),
      decided_on: day('2026-11-01'),
      kind: 'decision',
      position: 1,
      // Not to be removed by those who may.
      state: 'carried_out',
      carried_out_at: new Date(),
      provenance_id: await testProvenance(work),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
})

const changeProposal = await change(db, systemActor, async (work) =>
  propose(
    work,
    {
      title: 'Testförändring',
      summary: 'Test.',
      bodyId: await idOf(work.trx, 'body', gruppen),
      matterId: null,
      levelId: null,
      decisionIds: [],
      documentIds: [],
      answers: new Map(),
    },
    today,
  ),
)

const { slug: project } = await db.selectFrom('project').select('slug').limit(1).executeTakeFirstOrThrow()
for (const table of ['project', 'catalogue'] as const) {
  await db
    .updateTable(table)
    .set({ body_id: await idOf(db, 'body', gruppen) })
    .execute()
}

/** For each `what` of coordinatorOf; a new one is added here. */
const things: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  history: { register: 'meeting', '*': meeting },
  meeting: { slug: meeting },
  proposal: { id: String(proposal) },
  body: { slug: gruppen },
  plan: { slug: 'barn-och-unga-2025-2026' },
  document: { slug: document },
  matter: { slug: matter },
  catalogue: { catalogue: 'primarvardsdata' },
  project: { slug: project },
  decision: { decision: String(decision) },
  'change-proposal': { slug: changeProposal },
  correction: { register: 'beslut', row: String(decision) },
}

const people: Record<Exclude<Column, 'signed-out'>, readonly Role[]> = {
  'no-role': [],
  member: [`member of ${annan}`],
  other: [`coordinator of ${annan}`],
  own: [`coordinator of ${gruppen}`],
  all: ['coordinator of lansgemensam-ledning'],
  administrator: ['administrator'],
}
const accounts = new Map<Column, number>()
for (const [column, roles] of Object.entries(people)) {
  accounts.set(column as Column, (await account(db, roles)).id)
}

/** The route's address with things in it that the database may have; what it has not is asked for after the permission. */
function addressOf({ url, may }: Declaration): string {
  const own = may.kind === 'coordinatorOf' ? things[may.what] : {}
  if (own === undefined) {
    throw new Error(
      `${url} asks for the coordinator of a ${may.kind === 'coordinatorOf' && may.what}: say in \`things\` which`,
    )
  }
  return url
    .split('/')
    .map((part) => {
      const name = part === '*' ? '*' : part.startsWith(':') ? part.slice(1) : null
      return name === null ? part : (own[name] ?? '999999')
    })
    .join('/')
}

async function cookieOf(column: Column, expired = false): Promise<string> {
  const id = accounts.get(column)
  if (id === undefined) return ''
  const cookie = await sessionCookie(db, id)
  if (expired) {
    await sql`update session set last_seen_at = now() - interval '2 days'
      where token_hash = sha256(${cookie.split('=')[1]}::bytea)`.execute(db)
  }
  return cookie
}

async function answerTo(route: Declaration, cookie: string): Promise<number> {
  const { statusCode } = await app.inject({
    method: route.method as 'GET' | 'POST',
    url: addressOf(route),
    headers: {
      accept: 'text/html',
      'sec-fetch-site': 'same-origin',
      ...(cookie ? { cookie } : {}),
      ...(route.method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    },
    ...(route.method === 'POST' ? { payload: '' } : {}),
  })
  return statusCode
}

/** What anyone may read is the same for all, so that it is enough that those who have not signed in ask for it. */
const asked = (column: Column) =>
  routes.filter(({ method, may }) => column === 'signed-out' || method !== 'GET' || may.kind !== 'anyone')

/** What the document says of each route, a word for each column. */
const promised = new Map<string, readonly string[]>(
  (existsSync(permissionsFile) ? readFileSync(permissionsFile, 'utf8') : '').split('\n').flatMap((line) => {
    const [, path, method, , ...cells] = line.split('|').map((cell) => cell.trim())
    return path?.startsWith('`/')
      ? [[`${method} ${path.replaceAll('`', '')}`, cells.slice(0, columns.length)] as const]
      : []
  }),
)

test('docs/PERMISSIONS.md says what the routes declare (npm run docs:permissions)', () => {
  expect(readFileSync(permissionsFile, 'utf8')).toBe(permissionsDocument(routes))
})

test.each(columns.map(({ key, title }, place) => ({ key, title, place })))(
  '$title gets from every address what the table promises',
  async ({ key, place }) => {
    const refused = key === 'signed-out' ? 401 : 403
    let cookie = await cookieOf(key)
    for (const route of asked(key)) {
      const name = `${route.method} ${route.url}`
      const status = await answerTo(route, cookie)
      // A form may have ended the session.
      if (route.method !== 'GET') cookie = await cookieOf(key)
      const told = [401, 403].includes(status) ? status : 'ja'
      expect([name, told]).toEqual([name, promised.get(name)?.[place] === 'ja' ? 'ja' : refused])
    }
  },
  120_000,
)

test('whose session has ended is signed out everywhere, whatever the role was', async () => {
  for (const route of asked('administrator')) {
    const name = `${route.method} ${route.url}`
    const status = await answerTo(route, await cookieOf('administrator', true))
    const told = [401, 403].includes(status) ? status : 'ja'
    expect([name, told]).toEqual([name, promised.get(name)?.[0] === 'ja' ? 'ja' : 401])
  }
}, 120_000)

test('a role holds from its first day to its last, and not a day longer', async () => {
  const { id } = await account(db, [])
  await sql`insert into account_role_grant (account_id, role, valid)
    values (${id}, 'administrator', '[2026-11-22,2026-11-24)')`.execute(db)
  const on = async (date: string) => {
    const then = await startApp({ db, today: day(date) })
    const { statusCode } = await then.inject({
      url: '/konton',
      headers: { cookie: await sessionCookie(db, id), accept: 'text/html' },
    })
    await then.close()
    return statusCode
  }
  expect(await on('2026-11-21')).toBe(403)
  expect(await on('2026-11-22')).toBe(200)
  expect(await on('2026-11-23')).toBe(200)
  expect(await on('2026-11-24')).toBe(403)
})

test('who sits in a group is a member as long as the register says so', async () => {
  const { id } = await account(db, [])
  const person = await idOf(db, 'person', 'chris-landergren')
  await db.updateTable('account').set({ person_id: person }).where('id', '=', id).execute()
  const on = async (date: string) => {
    const then = await startApp({ db, today: day(date) })
    const { statusCode } = await then.inject({
      url: '/utskrivningsklara-dagar/prova-regler',
      headers: { cookie: await sessionCookie(db, id), accept: 'text/html' },
    })
    await then.close()
    return statusCode
  }
  // Released by decision on 12 December 2025.
  expect(await on('2025-12-11')).toBe(200)
  expect(await on('2025-12-12')).toBe(403)
})
