import type { Kysely } from 'kysely'
import { createAccount, grantRole, type NewGrant } from '../../src/accounts/changes.ts'
import { hashPassword } from '../../src/accounts/passwords.ts'
import { openSession } from '../../src/accounts/sessions.ts'
import { change, systemActor } from '../../src/audit/work.ts'
import type { Database } from '../../src/db/database.ts'
import type { App } from '../../src/http/server.ts'
import { day } from '../../src/kernel/dates.ts'
import { idOf } from './ledger.ts'

export const password = 'blå häst som simmar'

let hash: Promise<string> | undefined
/** One hash for all: making it is slow on purpose. */
const passwordHash = () => {
  hash ??= hashPassword(password)
  return hash
}

/** 'administrator', 'coordinator of barn-och-unga', 'member of aldre' */
export type Role = 'administrator' | `${'coordinator' | 'member'} of ${string}`

export type TestAccount = { id: number; email: string; name: string }

let made = 0

/** An account of somebody who exists in tests alone, with the common password and the given roles since long. */
export async function account(
  db: Kysely<Database>,
  roles: readonly Role[] = [],
  { name = `Testa Testsson ${'ABCDEFGHIJKLMNOPQRSTUVXYZ'[made % 25]}`, email = `testa${made}@test.example` } = {},
): Promise<TestAccount> {
  made += 1
  const password_hash = await passwordHash()
  return await change(db, systemActor, async (work) => {
    const created = await createAccount(work, { email, holder: { name }, invite: false })
    if (typeof created === 'string') throw new Error(created)
    await work.trx.updateTable('account').set({ password_hash }).where('id', '=', created.id).execute()
    for (const role of roles) {
      const [kind = '', body] = role.split(' of ')
      const refused = await grantRole(work, created.id, {
        role: kind as NewGrant['role'],
        bodyId: body === undefined ? null : await idOf(work.trx, 'body', body),
        from: day('2020-01-01'),
        until: null,
        substituteForId: null,
      })
      if (refused) throw new Error(refused)
    }
    return { id: created.id, email, name }
  })
}

/** A cookie of a session that is open, as after signing in. */
export async function sessionCookie(db: Kysely<Database>, accountId: number): Promise<string> {
  const limits = { idleMinutes: 60, hours: 12 }
  return `portal-session=${await openSession(db, accountId, { way: 'password', browser: 'test', limits })}`
}

/** Posts a form as a browser does. */
export function post(
  app: App,
  url: string,
  fields: Record<string, string> = {},
  headers: Record<string, string> = {},
  remoteAddress = '192.0.2.1',
) {
  return app.inject({
    method: 'POST',
    url,
    remoteAddress,
    headers: {
      accept: 'text/html',
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      ...headers,
    },
    payload: new URLSearchParams(fields).toString(),
  })
}

export const get = (app: App, url: string, cookie = '') =>
  app.inject({ url, headers: { accept: 'text/html', ...(cookie ? { cookie } : {}) } })

type Answer = Awaited<ReturnType<App['inject']>>

/** The cookies that an answer gives, as the browser would send them back. Those that it takes away are left out. */
export function cookiesOf(answer: Answer): string {
  return answer.cookies
    .filter(({ value, expires }) => value !== '' && !(expires && expires.getTime() < Date.now()))
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
}

export const signIn = (app: App, email: string, typed = password, more: Record<string, string> = {}, cookie = '') =>
  post(app, '/logga-in', { epost: email, losenord: typed, ...more }, cookie ? { cookie } : {})
