import { sql } from 'kysely'
import { typedHere } from '../audit/provenance.ts'
import type { Actor, Work } from '../audit/work.ts'
import { rangeText } from '../db/ranges.ts'
import type { AccountRole } from '../db/schema.ts'
import { addDays, type Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { slugify } from '../kernel/text.ts'
import { queueLetter } from '../mail/letters.ts'
import { forgetTries, limits } from './attempts.ts'
import { invitation, passwordChanged } from './letters.ts'
import { useLink, useUpLinks } from './links.ts'
import { endAllSessions } from './sessions.ts'

// Acts about accounts. The log tells which account, never whose address or name.

const about = (accountId: number) => `account/${accountId}`

/** A role to give: from a day, until and including another (null: until it is ended). */
export type NewGrant = {
  role: AccountRole
  /** Null for administrators, who are so everywhere. */
  bodyId: number | null
  from: Day
  until: Day | null
  substituteForId: number | null
}

/** Whom the account is for: somebody in the register, or a new person who is there only for the account. */
export type Holder = { personId: number } | { name: string }

export type CreateRefusal = 'email-taken' | 'person-has-account'

/**
 * Makes an account that nobody can sign in to until a password has been chosen through a link.
 * @param invite whether to send the link by mail
 */
export async function createAccount(
  work: Work,
  { email, holder, demo = false, invite }: { email: string; holder: Holder; demo?: boolean; invite: boolean },
): Promise<{ id: number } | CreateRefusal> {
  const taken = await work.trx.selectFrom('account').select('id').where('email', '=', email).executeTakeFirst()
  if (taken) return 'email-taken'
  const personId = 'personId' in holder ? holder.personId : await newHolder(work, holder.name)
  const has = await work.trx.selectFrom('account').select('id').where('person_id', '=', personId).executeTakeFirst()
  if (has) return 'person-has-account'
  const { id } = await work.trx
    .insertInto('account')
    .values({ email, person_id: personId, demo })
    .returning('id')
    .executeTakeFirstOrThrow()
  await work.record('account.created', about(id), { demo })
  if (invite) await sendInvitation(work, id)
  return { id }
}

/** A person with no page of their own: known to the portal only through the account. */
async function newHolder(work: Work, name: string): Promise<number> {
  const { id } = await work.trx
    .insertInto('person')
    .values({
      name,
      slug: await freeSlug(work, slugify(name) || 'konto'),
      no_page_because: 'account_only',
      provenance_id: await typedHere(work),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

async function freeSlug(work: Work, wanted: string): Promise<string> {
  const taken = await work.trx.selectFrom('person').select('slug').where('slug', 'like', `${wanted}%`).execute()
  const slugs = new Set(taken.map(({ slug }) => slug))
  let slug = wanted
  for (let number = 2; slugs.has(slug); number += 1) slug = `${wanted}-${number}`
  return slug
}

export async function sendInvitation(work: Work, accountId: number): Promise<void> {
  await work.trx
    .updateTable('access_link')
    .set({ used_at: sql`now()` })
    .where('account_id', '=', accountId)
    .where('purpose', '=', 'invitation')
    .where('used_at', 'is', null)
    .execute()
  await queueLetter(work.trx, invitation, { accountId })
  await work.record('account.invited', about(accountId))
}

export type GrantRefusal = 'already-has-role' | 'ends-before-start'

/** Gives a role for a time. */
export async function grantRole(work: Work, accountId: number, grant: NewGrant): Promise<GrantRefusal | null> {
  if (grant.until !== null && grant.until < grant.from) return 'ends-before-start'
  const valid = rangeText({ from: grant.from, to: grant.until === null ? null : addDays(grant.until, 1) })
  await lockAccount(work, accountId)
  const has = await work.trx
    .selectFrom('account_role_grant')
    .select('id')
    .where('account_id', '=', accountId)
    .where('role', '=', grant.role)
    .where(sql<boolean>`body_id is not distinct from ${grant.bodyId}`)
    .where(sql<boolean>`valid && ${valid}::daterange`)
    .executeTakeFirst()
  if (has) return 'already-has-role'
  await work.trx
    .insertInto('account_role_grant')
    .values({
      account_id: accountId,
      role: grant.role,
      body_id: grant.bodyId,
      substitute_for_id: grant.substituteForId,
      valid,
    })
    .execute()
  const body = grant.bodyId === null ? null : await bodySlug(work, grant.bodyId)
  const { role, from, until, substituteForId: substituteFor } = grant
  await work.record('account.role-given', about(accountId), { role, body, from, until, substituteFor })
  return null
}

async function bodySlug(work: Work, id: number): Promise<string> {
  const { slug } = await work.trx
    .selectFrom('body')
    .select('slug')
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound(`body ${id}`))
  return slug
}

export type EndRefusal = 'last-administrator'

/** Takes a role back from today on. One that has not begun is removed; it never held. */
export async function endRole(work: Work, accountId: number, grantId: number, today: Day): Promise<EndRefusal | null> {
  await lockAccount(work, accountId)
  const grant = await work.trx
    .selectFrom('account_role_grant')
    .leftJoin('body', 'body.id', 'account_role_grant.body_id')
    .select([
      'account_role_grant.role',
      'body.slug',
      sql<boolean>`lower(account_role_grant.valid) >= ${today}::date`.as('is_new'),
    ])
    .where('account_role_grant.id', '=', grantId)
    .where('account_role_grant.account_id', '=', accountId)
    .where(sql<boolean>`coalesce(upper(account_role_grant.valid) > ${today}::date, true)`)
    .executeTakeFirstOrThrow(() => notFound(`role ${grantId} of account ${accountId}`))
  if (grant.role === 'administrator' && !(await hasOtherAdministrator(work, accountId, today))) {
    return 'last-administrator'
  }
  if (grant.is_new) {
    await work.trx.deleteFrom('account_role_grant').where('id', '=', grantId).execute()
  } else {
    await work.trx
      .updateTable('account_role_grant')
      .set({ valid: sql<string>`daterange(lower(valid), ${today}::date, '[)')` })
      .where('id', '=', grantId)
      .execute()
  }
  await work.record('account.role-ended', about(accountId), { role: grant.role, body: grant.slug, from: today })
  return null
}

/** Is there somebody else who can keep the accounts today and from now on? */
async function hasOtherAdministrator(work: Work, accountId: number, today: Day): Promise<boolean> {
  // One at a time: two administrators must not end each other's role at once.
  await work.trx
    .selectFrom('account_role_grant')
    .select('id')
    .where('role', '=', 'administrator')
    .orderBy('id')
    .forUpdate()
    .execute()
  const other = await work.trx
    .selectFrom('account_role_grant')
    .innerJoin('account', 'account.id', 'account_role_grant.account_id')
    .select('account.id')
    .where('account_role_grant.role', '=', 'administrator')
    .where('account.id', '!=', accountId)
    .where('account.closed_at', 'is', null)
    .where(sql<boolean>`account_role_grant.valid @> ${today}::date and upper_inf(account_role_grant.valid)`)
    .executeTakeFirst()
  return other !== undefined
}

/** Nobody gets in any more; what the person has done stays. */
export async function closeAccount(work: Work, accountId: number, today: Day): Promise<EndRefusal | null> {
  await lockAccount(work, accountId)
  const keeps = await work.trx
    .selectFrom('account_role_grant')
    .select('id')
    .where('account_id', '=', accountId)
    .where('role', '=', 'administrator')
    .where(sql<boolean>`valid @> ${today}::date`)
    .executeTakeFirst()
  if (keeps && !(await hasOtherAdministrator(work, accountId, today))) return 'last-administrator'
  await shut(work, accountId)
  await work.record('account.closed', about(accountId))
  return null
}

/** What closing does to whoever had the key. */
export async function shut(work: Work, accountId: number): Promise<void> {
  await work.trx
    .updateTable('account')
    .set({
      closed_at: sql`now()`,
      password_hash: null,
      totp_secret: null,
      totp_confirmed_at: null,
      totp_last_step: null,
    })
    .where('id', '=', accountId)
    .execute()
  await endAllSessions(work.trx, accountId)
  await useUpLinks(work.trx, accountId)
  await work.trx.deleteFrom('sign_in_step').where('account_id', '=', accountId).execute()
  await work.trx.deleteFrom('sso_identity').where('account_id', '=', accountId).execute()
}

/** Opens a closed account again, with the roles that are still valid; a new password has to be chosen. */
export async function reopenAccount(work: Work, accountId: number): Promise<'no-email' | null> {
  const account = await lockAccount(work, accountId)
  if (account.email === null) return 'no-email'
  await work.trx.updateTable('account').set({ closed_at: null }).where('id', '=', accountId).execute()
  await work.record('account.reopened', about(accountId))
  await sendInvitation(work, accountId)
  return null
}

/** Another address. Whoever could read the old one gets in no more through links. */
export async function changeEmail(work: Work, accountId: number, email: string): Promise<'email-taken' | null> {
  await lockAccount(work, accountId)
  const taken = await work.trx
    .selectFrom('account')
    .select('id')
    .where('email', '=', email)
    .where('id', '!=', accountId)
    .executeTakeFirst()
  if (taken) return 'email-taken'
  await work.trx.updateTable('account').set({ email }).where('id', '=', accountId).execute()
  await useUpLinks(work.trx, accountId)
  await work.record('account.email-changed', about(accountId))
  return null
}

/**
 * Chooses the password through a link, which is then used up; every session and every other link ends.
 * @returns the account, or null when the link was used meanwhile
 */
export async function choosePassword(
  work: Work,
  { token, accountId, email }: { token: string; accountId: number; email: string },
  passwordHash: string,
): Promise<boolean> {
  if (!(await useLink(work.trx, token))) {
    await work.record('account.link-refused', about(accountId))
    return false
  }
  await setPassword(work, accountId, passwordHash)
  // Whoever reads the mail is the right one: what others have guessed no longer stands in the way.
  await forgetTries(work.trx, limits.passwordOfAccount, email)
  await work.record('account.password-chosen', about(accountId))
  return true
}

/** Changes one's own password. The caller has checked the old one. */
export async function changePassword(work: Work, accountId: number, passwordHash: string): Promise<void> {
  await setPassword(work, accountId, passwordHash)
  await queueLetter(work.trx, passwordChanged, { accountId })
  await work.record('account.password-changed', about(accountId))
}

async function setPassword(work: Work, accountId: number, passwordHash: string): Promise<void> {
  await work.trx.updateTable('account').set({ password_hash: passwordHash }).where('id', '=', accountId).execute()
  await endAllSessions(work.trx, accountId)
  await useUpLinks(work.trx, accountId)
}

export async function recordTwoStepOn(work: Work, accountId: number): Promise<void> {
  await work.record('account.two-step-on', about(accountId))
}

/** Turns one-time codes off: by the one who has them, or by an administrator for one who has lost the phone. */
export async function turnOffTwoStep(work: Work, accountId: number): Promise<void> {
  await work.trx
    .updateTable('account')
    .set({ totp_secret: null, totp_confirmed_at: null, totp_last_step: null })
    .where('id', '=', accountId)
    .execute()
  await work.record('account.two-step-off', about(accountId))
}

export async function signOutEverywhere(work: Work, accountId: number): Promise<void> {
  await endAllSessions(work.trx, accountId)
  await work.record('account.signed-out-everywhere', about(accountId))
}

/** Acts on one account take turns. */
async function lockAccount(work: Work, accountId: number) {
  return await work.trx
    .selectFrom('account')
    .select(['id', 'email', 'closed_at'])
    .where('id', '=', accountId)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`account ${accountId}`))
}

/** Whoever acts through a link is known by it alone. */
export const holderOf = (accountId: number): Actor => ({ kind: 'person', name: 'kontoinnehavare', accountId })
