import type { Kysely } from 'kysely'
import { z } from 'zod'
import { change, systemActor } from '../audit/work.ts'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import type { AccountRole } from '../db/schema.ts'
import type { Day } from '../kernel/dates.ts'
import { signInPath } from '../kernel/urls.ts'
import { createAccount, grantRole, type Holder, type NewGrant, turnOffTwoStep } from './changes.ts'
import { type DemoAccount, openDemoAccounts } from './demo.ts'
import { linkUrl } from './letters.ts'
import { linkHours, makeLink } from './links.ts'
import { accountByEmail, personByName, personBySlug } from './queries.ts'
import { applyRetention } from './retention.ts'
import { createRefusals, grantRefusals, roleNames } from './texts.ts'

/** Exit codes: 0 done, 1 refused and nothing changed, 2 input that cannot be used. */
export type CommandOutcome = { code: 0 | 1 | 2; lines: string[]; data: Record<string, unknown> }

const refused = (code: 1 | 2, line: string): CommandOutcome => ({ code, lines: [line], data: { refused: line } })

const roleWords: Readonly<Record<string, AccountRole>> = {
  ledamot: 'member',
  samordnare: 'coordinator',
  administrator: 'administrator',
  administratör: 'administrator',
}

/**
 * `create-user EPOST PERSON [ROLL[:GRUPP] …]`: PERSON is a slug of the register, or the name of somebody who is not
 * in it. Answers with the single-use link where the person chooses a password.
 */
export async function createUserCommand(
  db: Kysely<Database>,
  config: Config,
  [emailGiven = '', person = '', ...roles]: readonly string[],
  today: Day,
): Promise<CommandOutcome> {
  const email = z.email().max(254).safeParse(emailGiven.trim().toLowerCase())
  if (!email.success) return refused(2, `${emailGiven || 'EPOST'} är ingen e-postadress.`)
  const holder = await holderOf(db, person)
  if (typeof holder === 'string') return refused(2, holder)
  const grants: NewGrant[] = []
  for (const text of roles) {
    const grant = await grantIn(db, text, today)
    if (typeof grant === 'string') return refused(2, grant)
    grants.push(grant)
  }
  try {
    const { id, token } = await change(db, systemActor, async (work) => {
      const made = await createAccount(work, { email: email.data, holder, invite: false })
      if (typeof made === 'string') throw new Refused(createRefusals[made].text)
      for (const grant of grants) {
        const refusal = await grantRole(work, made.id, grant)
        if (refusal !== null) throw new Refused(grantRefusals[refusal].text)
      }
      return { id: made.id, token: await makeLink(work.trx, made.id, 'invitation') }
    })
    const link = linkUrl(config, token)
    return {
      code: 0,
      lines: [
        `Kontot är skapat. Länken där lösenordet väljs fungerar en gång och i ${linkHours.invitation / 24} dagar:`,
        link,
      ],
      data: { account: id, email: email.data, link },
    }
  } catch (error) {
    if (error instanceof Refused) return refused(1, error.message)
    throw error
  }
}

class Refused extends Error {}

async function holderOf(db: Kysely<Database>, person: string): Promise<Holder | string> {
  const known = await personBySlug(db, person)
  if (known) return { personId: known.id }
  const name = person.trim()
  if (!name.includes(' ')) {
    return `Det finns ingen person ${person || 'PERSON'} i registret. Ange personens adress (som i /personer/…), eller för- och efternamn på någon som inte finns där.`
  }
  if (/\d/.test(name) || name.length > 200) return 'Ett namn har inga siffror och högst 200 tecken.'
  const namesake = await personByName(db, name)
  // Two people may share a name; whose account it becomes must be said.
  if (namesake) return `${name} finns i registret som ${namesake.slug}. Ange det i stället för namnet.`
  return { name }
}

async function grantIn(db: Kysely<Database>, text: string, today: Day): Promise<NewGrant | string> {
  const [word = '', slug] = text.split(':')
  const role = Object.hasOwn(roleWords, word) ? roleWords[word] : undefined
  if (role === undefined) return `Rollen ${word} finns inte. Välj ledamot:GRUPP, samordnare:GRUPP eller administrator.`
  const rest = { from: today, until: null, substituteForId: null }
  if (role === 'administrator') {
    return slug === undefined ? { role, bodyId: null, ...rest } : 'En administratör är det överallt: ange ingen grupp.'
  }
  const body = slug && (await db.selectFrom('body').select('id').where('slug', '=', slug).executeTakeFirst())
  if (!body) return `Ange gruppen efter rollen, till exempel ${word}:barn-och-unga. Gruppen ${slug ?? ''} finns inte.`
  return { role, bodyId: body.id, ...rest }
}

/** `reset-password EPOST`: a single-use link; one-time codes are turned off, as for one who has lost the phone. */
export async function resetPasswordCommand(
  db: Kysely<Database>,
  config: Config,
  [email = '']: readonly string[],
): Promise<CommandOutcome> {
  const account = await accountByEmail(db, email.trim().toLowerCase())
  if (!account) return refused(1, `Det finns inget konto med adressen ${email || 'EPOST'}.`)
  if (account.closed_at !== null) return refused(1, 'Kontot är stängt. En administratör kan öppna det igen.')
  const hadCodes = account.totp_confirmed_at !== null
  const token = await change(db, systemActor, async (work) => {
    await work.record('account.link-made', `account/${account.id}`)
    if (hadCodes) await turnOffTwoStep(work, account.id)
    return await makeLink(work.trx, account.id, 'password_reset')
  })
  const link = linkUrl(config, token)
  return {
    code: 0,
    lines: [
      'Länken fungerar en gång och i en timme; det gamla lösenordet gäller till dess:',
      link,
      ...(hadCodes ? ['Engångskoder är avslagna för kontot.'] : []),
    ],
    data: { account: account.id, link, twoStepTurnedOff: hadCodes },
  }
}

/** `demo-users`: the caller has seen to it that it is the portal's own database. */
export async function demoUsersCommand(db: Kysely<Database>, config: Config, today: Day): Promise<CommandOutcome> {
  const accounts = await openDemoAccounts(db, config.dataDir, today)
  return { code: 0, lines: demoLines(accounts, config), data: { accounts } }
}

/** How to sign in, for whoever tries the portal. */
export function demoLines(accounts: readonly DemoAccount[], config: Config): string[] {
  const width = Math.max(...accounts.map(({ email }) => email.length))
  return [
    `Prova att logga in på ${config.publicOrigin}${config.basePath}${signInPath} (påhittade personer):`,
    ...accounts.map(({ email, role, password }) => `  ${email.padEnd(width)}  ${password}  ${roleNames[role]}`),
  ]
}

/** `apply-retention`: what the server also does every hour. */
export async function retentionCommand(db: Kysely<Database>, config: Config, today: Day): Promise<CommandOutcome> {
  const removed = await applyRetention(db, config, today)
  return {
    code: 0,
    lines: [
      `Avslutade inloggningar borttagna:          ${removed.sessions}`,
      `Använda länkar och räknare borttagna:      ${removed.traces}`,
      `Oanvända konton stängda:                   ${removed.closed}`,
      `E-postadresser i stängda konton borttagna: ${removed.addresses}`,
    ],
    data: removed,
  }
}
