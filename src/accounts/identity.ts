import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Config } from '../config.ts'
import type { Database, Reader } from '../db/database.ts'
import { holds } from '../db/ranges.ts'
import { type Identify, type Identity, reader } from '../http/permissions.ts'
import type { Day } from '../kernel/dates.ts'
import { listed } from '../kernel/text.ts'
import { liveSession } from './sessions.ts'

/** What an account may do on a day, by its own roles and by where its person sits according to the register. */
export type Rights = Pick<Identity, 'member' | 'administrator' | 'coordinates'> & {
  memberOf: ReadonlySet<string>
  /** The role in words, as the log has it: 'samordnare för Barn och unga'. */
  title: string
}

/** The coordinator of the county's leading body keeps the matters of all bodies. */
const keepsAll = 'leadership'

export async function rightsOf(
  db: Reader,
  { accountId, personId }: { accountId: number; personId: number },
  today: Day,
): Promise<Rights> {
  const grants = await db
    .selectFrom('account_role_grant')
    .leftJoin('body', 'body.id', 'account_role_grant.body_id')
    .select(['account_role_grant.role', 'body.slug', 'body.short_name', 'body.kind'])
    .where('account_role_grant.account_id', '=', accountId)
    .where(holds('account_role_grant.valid', today))
    .unionAll(
      db
        .selectFrom('membership')
        .innerJoin('body', 'body.id', 'membership.body_id')
        .select([sql<'member'>`'member'::account_role`.as('role'), 'body.slug', 'body.short_name', 'body.kind'])
        .where('membership.person_id', '=', personId)
        .where(holds('membership.valid', today)),
    )
    .execute()
  const kept = grants.filter(({ role }) => role === 'coordinator')
  const memberOf = new Set(grants.flatMap(({ role, slug }) => (role === 'member' && slug ? [slug] : [])))
  const administrator = grants.some(({ role }) => role === 'administrator')
  const all = kept.some(({ kind }) => kind === keepsAll)
  const names = [...new Set(kept.flatMap(({ short_name }) => short_name ?? []))]
  const titles = [
    administrator && 'administratör',
    kept.length > 0 && (all ? 'samordnare' : `samordnare för ${listed(names)}`),
    memberOf.size > 0 && 'ledamot',
  ]
  return {
    member: memberOf.size > 0,
    memberOf,
    administrator,
    coordinates: all ? 'all' : new Set(kept.flatMap(({ slug }) => slug ?? [])),
    title: listed(titles.filter((title) => title !== false)) || 'kontoinnehavare',
  }
}

/** Who asks, by the session that the browser's cookie opens. */
export function identifyBy(db: Kysely<Database>, config: Config, today: () => Day): Identify {
  return async (request) => {
    const token = request.cookieOf('session')
    if (token === null) return reader
    const session = await liveSession(db, token, config.session)
    if (!session) return reader
    const { account_id: accountId, person_id: personId, name } = session
    const { title, ...rights } = await rightsOf(db, { accountId, personId }, today())
    return { ...rights, actor: { kind: 'person', name: title, accountId }, name, personId, signedIn: true }
  }
}
