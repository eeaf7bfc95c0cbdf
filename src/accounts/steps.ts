import { type Kysely, sql } from 'kysely'
import type { Database } from '../db/database.ts'
import type { KeptForm } from './rules.ts'
import { newToken, tokenHash } from './secrets.ts'
import type { Question } from './sso.ts'

/** Signing in that has begun lives for this long. Where to go afterwards comes along. */
const minutes = 15

/** What follows when signing in is done. */
export type Afterwards = { returnPath: string | null; keptForm: KeptForm | null }

/** What signing in waits for: the one-time code of an account, or the identity provider's answer to a question. */
export type Awaited = { accountId: number } | { question: Question }

/** @returns the value for the cookie of the browser that began */
export async function beginStep(
  db: Pick<Kysely<Database>, 'insertInto'>,
  awaited: Awaited,
  { returnPath, keptForm }: Afterwards,
): Promise<string> {
  const token = newToken()
  await db
    .insertInto('sign_in_step')
    .values({
      token_hash: tokenHash(token),
      ...('accountId' in awaited
        ? { account_id: awaited.accountId }
        : {
            state: awaited.question.state,
            nonce: awaited.question.nonce,
            code_verifier: awaited.question.codeVerifier,
          }),
      return_path: returnPath,
      kept_form: keptForm === null ? null : JSON.stringify(keptForm),
      ends_at: sql`now() + make_interval(mins => ${minutes})`,
    })
    .execute()
  return token
}

/** The step that the cookie belongs to; undefined when there is none, or it is too old. */
export async function stepOf(db: Kysely<Database>, token: string | null) {
  if (token === null) return undefined
  const step = await db
    .selectFrom('sign_in_step')
    .select(['account_id', 'state', 'nonce', 'code_verifier', 'return_path', 'kept_form'])
    .where('token_hash', '=', tokenHash(token))
    .where('ends_at', '>', sql<Date>`now()`)
    .executeTakeFirst()
  return step && shaped(step)
}

/** The same, and the step is over: an answer of the provider is taken once. */
export async function endStep(db: Kysely<Database>, token: string | null) {
  if (token === null) return undefined
  const step = await db
    .deleteFrom('sign_in_step')
    .where('token_hash', '=', tokenHash(token))
    .where('ends_at', '>', sql<Date>`now()`)
    .returning(['account_id', 'state', 'nonce', 'code_verifier', 'return_path', 'kept_form'])
    .executeTakeFirst()
  return step && shaped(step)
}

type Row = {
  account_id: number | null
  state: string | null
  nonce: string | null
  code_verifier: string | null
  return_path: string | null
  kept_form: unknown
}

function shaped({ account_id, state, nonce, code_verifier, return_path, kept_form }: Row): Afterwards & {
  accountId: number | null
  question: Question | null
} {
  const asked = state !== null && nonce !== null && code_verifier !== null
  return {
    accountId: account_id,
    question: asked ? { state, nonce, codeVerifier: code_verifier } : null,
    returnPath: return_path,
    keptForm: kept_form as KeptForm | null,
  }
}
