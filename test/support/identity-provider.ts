/** A real OpenID Connect provider in the process, which signs in whomever the test says without asking. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import { onTestFinished } from 'vitest'

export type IdentityProvider = {
  issuer: string
  clientId: string
  clientSecret: string
  /** Who the browser is there. */
  who: { sub: string; email?: string; email_verified?: boolean }
  /** The person presses cancel. */
  cancelling: boolean
  /** Every request's path, with its query. */
  asked: string[]
  stop: () => Promise<void>
}

/** @param redirectUri where the portal takes the answer; registered with the provider */
export async function identityProvider(
  redirectUri: string,
  { port = 0, publicClient = false } = {},
): Promise<IdentityProvider> {
  const server = createServer()
  await new Promise<void>((ready) => server.listen(port, '127.0.0.1', ready))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const closed = new Promise<void>((done) => server.once('close', done))
  const stop = async () => {
    server.closeAllConnections()
    server.close()
    await closed
  }
  onTestFinished(stop)
  const idp: IdentityProvider = {
    issuer,
    clientId: 'portalen',
    clientSecret: 'shared-between-the-portal-and-the-provider',
    who: { sub: 'okänd' },
    cancelling: false,
    asked: [],
    stop,
  }

  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: idp.clientId,
        redirect_uris: [redirectUri],
        ...(publicClient
          ? { token_endpoint_auth_method: 'none' as const }
          : { client_secret: idp.clientSecret, token_endpoint_auth_method: 'client_secret_basic' as const }),
      },
    ],
    pkce: { required: () => true },
    claims: { email: ['email', 'email_verified'] },
    cookies: { keys: ['bara för test'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ ...idp.who, sub: id }) }),
  })
  const answer = provider.callback()
  server.on('request', async (request, response) => {
    idp.asked.push(request.url ?? '')
    if (!request.url?.startsWith('/interaction/')) return answer(request, response)
    const { prompt, params, grantId } = await provider.interactionDetails(request, response)
    if (idp.cancelling) {
      return provider.interactionFinished(request, response, { error: 'access_denied' })
    }
    if (prompt.name === 'login') {
      return provider.interactionFinished(request, response, { login: { accountId: idp.who.sub } })
    }
    const grant = grantId
      ? await provider.Grant.find(grantId)
      : new provider.Grant({ accountId: idp.who.sub, clientId: String(params.client_id) })
    grant?.addOIDCScope('openid email')
    return provider.interactionFinished(
      request,
      response,
      { consent: { grantId: (await grant?.save()) ?? '' } },
      { mergeWithLastSubmission: true },
    )
  })
  return idp
}

/** Follows the provider's pages as a browser does, with its cookies, until it sends the browser back. */
export async function comeBack(start: string, issuer: string): Promise<string> {
  const cookies = new Map<string, string>()
  let url = start
  for (let hop = 0; hop < 12; hop += 1) {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    })
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    const next = answer.headers.get('location')
    if (next === null) throw new Error(`the provider stopped at ${url}: ${answer.status} ${await answer.text()}`)
    url = new URL(next, url).href
    if (!url.startsWith(issuer)) return url
  }
  throw new Error('the provider goes round in circles')
}
