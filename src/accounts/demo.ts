import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { change, systemActor, type Work } from '../audit/work.ts'
import type { Database } from '../db/database.ts'
import type { AccountRole } from '../db/schema.ts'
import type { Day } from '../kernel/dates.ts'
import { createAccount, grantRole } from './changes.ts'
import { hashPassword } from './passwords.ts'

// Three made-up people, so that whoever tries the portal on their own machine can be each of its users. Only ever in
// the portal's own database, never in one that DATABASE_URL names: the caller sees to that.

/** Who they are. Addresses under .example reach nobody. */
const cast: readonly { email: string; name: string; role: AccountRole }[] = [
  { email: 'samordnare@demo.example', name: 'Demo Samordnarsson', role: 'coordinator' },
  { email: 'ledamot@demo.example', name: 'Demo Ledamotsson', role: 'member' },
  { email: 'administrator@demo.example', name: 'Demo Administratorsson', role: 'administrator' },
]

export type DemoAccount = { email: string; role: AccountRole; password: string }

const fileIn = (dataDir: string) => join(dataDir, 'demo-accounts.json')

/** At the first start: nobody has an account yet. @returns null when somebody has */
export async function firstDemoAccounts(
  db: Kysely<Database>,
  dataDir: string,
  today: Day,
): Promise<DemoAccount[] | null> {
  const somebody = await db.selectFrom('account').select('id').limit(1).executeTakeFirst()
  return somebody ? null : await openDemoAccounts(db, dataDir, today)
}

/** Are there demo accounts that let somebody in? */
export async function hasDemoAccounts(db: Kysely<Database>): Promise<boolean> {
  const open = await db
    .selectFrom('account')
    .select('id')
    .where('demo', '=', true)
    .where('closed_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return open !== undefined
}

/** Makes the demo accounts, or opens them again. Their passwords are random and lie in the data folder alone. */
export async function openDemoAccounts(db: Kysely<Database>, dataDir: string, today: Day): Promise<DemoAccount[]> {
  const passwords = savedPasswords(dataDir)
  const accounts: DemoAccount[] = []
  for (const { email, name, role } of cast) {
    const password = passwords[email] ?? randomBytes(9).toString('base64url')
    const hash = await hashPassword(password)
    await change(db, systemActor, (work) => openOne(work, { email, name, role }, hash, today))
    accounts.push({ email, role, password })
  }
  const saved = Object.fromEntries(accounts.map(({ email, password }) => [email, password]))
  writeFileSync(fileIn(dataDir), `${JSON.stringify(saved, null, 2)}\n`, { mode: 0o600 })
  return accounts
}

function savedPasswords(dataDir: string): Readonly<Record<string, string>> {
  const file = fileIn(dataDir)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}

async function openOne(
  work: Work,
  { email, name, role }: (typeof cast)[number],
  passwordHash: string,
  today: Day,
): Promise<void> {
  const made = await createAccount(work, { email, holder: { name }, demo: true, invite: false })
  const { id } =
    typeof made === 'object'
      ? made
      : await work.trx.selectFrom('account').select('id').where('email', '=', email).executeTakeFirstOrThrow()
  await work.trx
    .updateTable('account')
    .set({ password_hash: passwordHash, closed_at: null })
    .where('id', '=', id)
    .execute()
  await work.record('account.demo-opened', `account/${id}`, { role })
  const leading = await work.trx
    .selectFrom('body')
    .select('id')
    .orderBy(sql`kind = 'leadership'`, 'desc')
    .orderBy('position')
    .limit(1)
    .executeTakeFirst()
  if (role !== 'administrator' && !leading) return
  await grantRole(work, id, {
    role,
    bodyId: role === 'administrator' ? null : (leading?.id ?? null),
    from: today,
    until: null,
    substituteForId: null,
  })
}
