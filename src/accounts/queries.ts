import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import type { Day } from '../kernel/dates.ts'

/** An account with its person's name. E-mail addresses are only read where they are shown to the one they belong to, or to an administrator. */
export function accountById(db: Reader, id: number) {
  return accounts(db).where('account.id', '=', id).executeTakeFirst()
}

/** `email` in lower case. */
export function accountByEmail(db: Reader, email: string) {
  return accounts(db).where('account.email', '=', email).executeTakeFirst()
}

const accounts = (db: Reader) =>
  db
    .selectFrom('account')
    .innerJoin('person', 'person.id', 'account.person_id')
    .select([
      'account.id',
      'account.person_id',
      'account.email',
      'account.password_hash',
      'account.totp_secret',
      'account.totp_confirmed_at',
      'account.demo',
      'account.created_at',
      'account.last_visit_at',
      'account.previous_visit_at',
      'account.closed_at',
      'person.name',
      'person.slug as person_slug',
      'person.no_page_because',
    ])

export type AccountRow = NonNullable<Awaited<ReturnType<typeof accountById>>>

/** All accounts, in Swedish order, those that are closed last. */
export function allAccounts(db: Reader) {
  return accounts(db)
    .orderBy(sql`account.closed_at is not null`)
    .orderBy(sql`person.name collate "sv-x-icu"`)
    .orderBy('account.id')
    .execute()
}

/** The roles that have been given, also those that have ended or not begun. `accountId` null: everybody's. */
export async function grantsOf(db: Reader, accountId: number | null) {
  return await db
    .selectFrom('account_role_grant')
    .leftJoin('body', 'body.id', 'account_role_grant.body_id')
    .leftJoin('account as absent', 'absent.id', 'account_role_grant.substitute_for_id')
    .leftJoin('person as absent_person', 'absent_person.id', 'absent.person_id')
    .select([
      'account_role_grant.id',
      'account_role_grant.account_id',
      'account_role_grant.role',
      'account_role_grant.valid',
      'body.slug as body_slug',
      'body.name as body_name',
      'body.short_name as body_short_name',
      'absent_person.name as substitute_for',
    ])
    .$if(accountId !== null, (query) => query.where('account_role_grant.account_id', '=', accountId))
    .orderBy(sql`account_role_grant.role desc`)
    .orderBy('body.position')
    .orderBy('account_role_grant.id')
    .execute()
}

export type GrantRow = Awaited<ReturnType<typeof grantsOf>>[number]

/** Where the person sits on a day, according to the register: membership of those bodies needs no role of the account's own. */
export async function seatsOf(db: Reader, personId: number, today: Day) {
  return await db
    .selectFrom('membership')
    .innerJoin('body', 'body.id', 'membership.body_id')
    .select(['body.slug', 'body.name', 'membership.role'])
    .where('membership.person_id', '=', personId)
    .where(sql<boolean>`membership.valid @> ${today}::date`)
    .orderBy('body.position')
    .execute()
}

/** Letters to the account that the mail server has not taken. */
export async function waitingLetters(db: Reader, accountId: number) {
  return await db
    .selectFrom('letter')
    .select(['kind', 'tries', 'failure', 'given_up_at', 'recorded_at'])
    .where(sql<boolean>`details ->> 'accountId' = ${String(accountId)}`)
    .orderBy('id')
    .execute()
}

/** The bodies that roles can be given in. */
export async function bodiesForRoles(db: Reader) {
  return await db.selectFrom('body').select(['id', 'slug', 'name']).orderBy('position').orderBy('id').execute()
}

/** People in the register who have no account yet, for the form that makes one. */
export async function personsWithoutAccount(db: Reader) {
  return await db
    .selectFrom('person')
    .leftJoin('account', 'account.person_id', 'person.id')
    .select(['person.id', 'person.slug', 'person.name'])
    .where('account.id', 'is', null)
    .where((eb) =>
      eb.or([eb('person.no_page_because', 'is', null), eb('person.no_page_because', '!=', 'uncertain_reading')]),
    )
    .orderBy(sql`person.name collate "sv-x-icu"`)
    .execute()
}

export async function personByName(db: Reader, name: string) {
  return await db.selectFrom('person').select(['id', 'slug', 'name']).where('name', '=', name).executeTakeFirst()
}

export async function personBySlug(db: Reader, slug: string) {
  return await db.selectFrom('person').select(['id', 'slug', 'name']).where('slug', '=', slug).executeTakeFirst()
}

/** The identity providers that the account is tied to. */
export async function ssoIssuersOf(db: Reader, accountId: number): Promise<string[]> {
  const rows = await db.selectFrom('sso_identity').select('issuer').where('account_id', '=', accountId).execute()
  return rows.map(({ issuer }) => issuer)
}
