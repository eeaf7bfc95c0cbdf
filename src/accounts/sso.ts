import type { Kysely } from 'kysely'
import type * as OpenIdClient from 'openid-client'
import { change } from '../audit/work.ts'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import type { Day } from '../kernel/dates.ts'
import { signInAnswerPath } from '../kernel/urls.ts'
import { rightsOf } from './identity.ts'

// The employers' common sign-in: OpenID Connect, authorization code with PKCE, state and nonce. The provider says who
// it is; what that person may do is decided here, by the account. Nobody gets an account by signing in.

/** What has to be remembered between the question and the answer. */
export type Question = { state: string; nonce: string; codeVerifier: string }

/** Who it is, in the provider's words. `email` is null unless the provider has verified it. */
export type Answered = { issuer: string; subject: string; email: string | null }

/** The provider could not be asked: it is away, or its metadata cannot be used. */
export class ProviderAway extends Error {
  override name = 'ProviderAway'
}

/** The answer does not hold: wrong state, nonce, issuer or signature, refused by the provider, or used before. */
export class AnswerRefused extends Error {
  override name = 'AnswerRefused'
  /** True when the person broke it off at the provider. */
  readonly byPerson: boolean

  constructor(message: string, cause: unknown, byPerson = false) {
    super(message, { cause })
    this.byPerson = byPerson
  }
}

export type Sso = {
  /** 'arbetsgivarens inloggning' */
  name: string
  ask: () => Promise<{ url: URL; question: Question }>
  /** @param query what stood after ? in the address that the browser came back to */
  answer: (query: string, question: Question) => Promise<Answered>
}

/** In seconds; somebody waits for the page. */
const patience = 10

export function openSso(config: Config): Sso | null {
  const { oidc } = config
  if (oidc === undefined) return null
  const redirectUri = config.publicOrigin + config.basePath + signInAnswerPath
  let known: Promise<OpenIdClient.Configuration> | undefined

  function provider(client: typeof OpenIdClient, { issuer, clientId, clientSecret }: NonNullable<Config['oidc']>) {
    // Asked once; a provider that was away is asked again next time.
    known ??= client
      .discovery(
        new URL(issuer),
        clientId,
        undefined,
        clientSecret === undefined ? client.None() : client.ClientSecretBasic(clientSecret),
        { timeout: patience, execute: issuer.startsWith('http:') ? [client.allowInsecureRequests] : [] },
      )
      .catch((error) => {
        known = undefined
        throw new ProviderAway('the identity provider does not answer', { cause: error })
      })
    return known
  }
  const reach = async () => {
    // Loaded with the first sign-in: a portal without single sign-on does without it.
    const client = await import('openid-client')
    return { client, server: await provider(client, oidc) }
  }

  return {
    name: oidc.name,
    async ask() {
      const { client, server } = await reach()
      const question = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        codeVerifier: client.randomPKCECodeVerifier(),
      }
      const url = client.buildAuthorizationUrl(server, {
        redirect_uri: redirectUri,
        scope: 'openid email',
        state: question.state,
        nonce: question.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(question.codeVerifier),
        code_challenge_method: 'S256',
      })
      return { url, question }
    },

    async answer(query, { state, nonce, codeVerifier }) {
      const { client, server } = await reach()
      try {
        const tokens = await client.authorizationCodeGrant(server, new URL(`${redirectUri}${query}`), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: codeVerifier,
          idTokenExpected: true,
        })
        const claims = tokens.claims()
        if (claims === undefined) throw new Error('no claims')
        const { email, email_verified } =
          claims.email === undefined && server.serverMetadata().userinfo_endpoint !== undefined
            ? await client.fetchUserInfo(server, tokens.access_token, claims.sub)
            : (claims as { email?: unknown; email_verified?: unknown })
        return {
          issuer: claims.iss,
          subject: claims.sub,
          email: typeof email === 'string' && email_verified === true ? email.toLowerCase() : null,
        }
      } catch (error) {
        if (error instanceof client.AuthorizationResponseError) {
          throw new AnswerRefused(`the provider answered ${error.error}`, error, error.error === 'access_denied')
        }
        if (isNetworkTrouble(error)) throw new ProviderAway('the identity provider does not answer', { cause: error })
        throw new AnswerRefused('the answer does not hold', error)
      }
    },
  }
}

function isNetworkTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error.name === 'TimeoutError') return true
  const { code } = error as { code?: string }
  return code === 'OAUTH_TIMEOUT' || (error instanceof TypeError && error.message === 'fetch failed')
}

/**
 * The account of the one whom the provider names: by its subject, else, the first time, by a verified e-mail address.
 * An account that is already tied to another subject of the provider is not: addresses are handed on to successors.
 * @returns null when there is none
 */
export async function accountOf(db: Kysely<Database>, who: Answered, today: Day): Promise<number | null> {
  const tied = await db
    .selectFrom('sso_identity')
    .innerJoin('account', 'account.id', 'sso_identity.account_id')
    .select(['account.id', 'account.closed_at'])
    .where('sso_identity.issuer', '=', who.issuer)
    .where('sso_identity.subject', '=', who.subject)
    .executeTakeFirst()
  if (tied) return tied.closed_at === null ? tied.id : null
  if (who.email === null) return null
  const account = await db
    .selectFrom('account')
    .select(['id', 'person_id'])
    .where('email', '=', who.email)
    .where('closed_at', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('sso_identity')
            .select('subject')
            .whereRef('sso_identity.account_id', '=', 'account.id')
            .where('issuer', '=', who.issuer),
        ),
      ),
    )
    .executeTakeFirst()
  if (!account) return null
  const { title } = await rightsOf(db, { accountId: account.id, personId: account.person_id }, today)
  const actor = { kind: 'person', name: title, accountId: account.id } as const
  await change(db, actor, async (work) => {
    await work.trx
      .insertInto('sso_identity')
      .values({ issuer: who.issuer, subject: who.subject, account_id: account.id })
      .execute()
    await work.record('account.sso-tied', `account/${account.id}`, { issuer: who.issuer })
  })
  return account.id
}
