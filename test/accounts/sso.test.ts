import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { closeAccount } from '../../src/accounts/changes.ts'
import { change, systemActor } from '../../src/audit/work.ts'
import { day } from '../../src/kernel/dates.ts'
import { account, cookiesOf, get, post } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { comeBack, type IdentityProvider, identityProvider } from '../support/identity-provider.ts'
import { textOf } from '../support/text.ts'

const today = day('2026-11-22')
const db = await kalmarDatabase()
beforeEach(() => db.deleteFrom('attempt_count').execute())

const origin = 'http://localhost:4690'
const redirectUri = `${origin}/logga-in/svar`

async function portal(
  idp: Pick<IdentityProvider, 'issuer' | 'clientId' | 'clientSecret'>,
  env: Record<string, string> = {},
) {
  const app = await startApp({
    db,
    today,
    env: {
      PUBLIC_ORIGIN: origin,
      OIDC_ISSUER: idp.issuer,
      OIDC_CLIENT_ID: idp.clientId,
      OIDC_CLIENT_SECRET: idp.clientSecret,
      OIDC_NAME: 'kommunens inloggning',
      ...env,
    },
  })
  onTestFinished(() => app.close())
  return app
}

type Portal = Awaited<ReturnType<typeof portal>>

/** Presses the button: where the browser is sent, and its cookie. */
async function begin(app: Portal, fields: Record<string, string> = {}) {
  const answer = await post(app, '/logga-in/arbetsgivare', fields)
  const url = /url=(.*)$/.exec(String(answer.headers.refresh))?.[1] ?? ''
  return { answer, url, cookie: cookiesOf(answer) }
}

/** The whole way, as the browser goes it. */
async function signIn(app: Portal, idp: IdentityProvider, fields: Record<string, string> = {}) {
  const { url, cookie } = await begin(app, fields)
  const back = new URL(await comeBack(url, idp.issuer))
  return { answer: await get(app, back.pathname + back.search, cookie), back, cookie }
}

describe('signing in through the employer', () => {
  test('goes by PKCE, state and nonce, and opens the account of a verified address', async () => {
    const idp = await identityProvider(redirectUri)
    const app = await portal(idp)
    const { email, name } = await account(db, ['coordinator of aldre'])
    idp.who = { sub: 'sub-1', email: email.toUpperCase(), email_verified: true }
    const page = await get(app, '/logga-in')
    expect(textOf(page.body)).toContain('Logga in med kommunens inloggning')
    expect(page.headers['set-cookie']).toBeUndefined()

    const { url } = await begin(app)
    const asked = new URL(url).searchParams
    expect(asked.get('code_challenge_method')).toBe('S256')
    for (const part of ['state', 'nonce', 'code_challenge']) expect(asked.get(part)?.length, part).toBeGreaterThan(20)

    const { answer } = await signIn(app, idp, { till: '/handlingsplaner' })
    expect(answer.statusCode).toBe(303)
    expect(answer.headers.location).toBe('/handlingsplaner')
    expect((await get(app, '/min-sida', cookiesOf(answer))).body).toContain(name)
  })

  test('knows the person by subject from then on, whatever address the employer gives', async () => {
    const idp = await identityProvider(redirectUri)
    const app = await portal(idp)
    const { id, email } = await account(db)
    idp.who = { sub: 'sub-2', email, email_verified: true }
    expect((await signIn(app, idp)).answer.statusCode).toBe(303)
    idp.who = { sub: 'sub-2', email: 'annat@test.example', email_verified: false }
    expect((await signIn(app, idp)).answer.statusCode).toBe(303)
    // The address goes to a successor: it is another person, who has no account.
    idp.who = { sub: 'sub-3', email, email_verified: true }
    expect((await signIn(app, idp)).answer.statusCode).toBe(403)
    await change(db, systemActor, (work) => closeAccount(work, id, today))
    idp.who = { sub: 'sub-2', email, email_verified: true }
    expect((await signIn(app, idp)).answer.statusCode).toBe(403)
  })

  test('works for a public client, and under a base path', async () => {
    const idp = await identityProvider(`${origin}/lgl/logga-in/svar`, { publicClient: true })
    const app = await portal({ ...idp, clientSecret: '' }, { BASE_PATH: '/lgl' })
    const { email } = await account(db)
    idp.who = { sub: 'sub-4', email, email_verified: true }
    const started = await post(app, '/lgl/logga-in/arbetsgivare')
    const url = /url=(.*)$/.exec(String(started.headers.refresh))?.[1] ?? ''
    const back = new URL(await comeBack(url, idp.issuer))
    const { statusCode, headers } = await get(app, back.pathname + back.search, cookiesOf(started))
    expect([statusCode, headers.location]).toEqual([303, '/lgl/min-sida'])
  })

  test.each([
    ['an address that the employer has not verified', false],
    ['an address that says nothing of it', undefined],
  ])('opens nothing on %s, and says what to do', async (_name, email_verified) => {
    const idp = await identityProvider(redirectUri)
    const app = await portal(idp)
    const { email } = await account(db)
    idp.who = { sub: `sub-${email}`, email, ...(email_verified === undefined ? {} : { email_verified }) }
    const { answer } = await signIn(app, idp)
    expect(answer.statusCode).toBe(403)
    expect(textOf(answer.body)).toContain('Du har inget konto här')
    expect(answer.headers['set-cookie']).not.toContain('portal-session')
  })
})

describe('an answer that does not hold opens nothing', () => {
  async function answered(change: (back: URL, cookie: string) => { path: string; cookie: string }) {
    const idp = await identityProvider(redirectUri)
    const app = await portal(idp)
    const { email } = await account(db)
    idp.who = { sub: `sub-${email}`, email, email_verified: true }
    const { url, cookie } = await begin(app)
    const back = new URL(await comeBack(url, idp.issuer))
    const sent = change(back, cookie)
    const answer = await get(app, sent.path, sent.cookie)
    expect(answer.headers['set-cookie'] ?? '').not.toContain('portal-session=')
    return answer
  }
  const pathOf = ({ pathname, searchParams }: URL) => `${pathname}?${searchParams}`
  const wrong = 'Inloggningen gick inte att slutföra'

  test.each([
    ['another state', 'state', 'x'.repeat(43)],
    ['no state', 'state', null],
    ['another code', 'code', 'y'.repeat(43)],
    ['no code', 'code', null],
    ['another issuer', 'iss', 'https://ont.example'],
  ])('%s', async (_name, parameter, value) => {
    const { statusCode, body } = await answered((back, cookie) => {
      if (value === null) back.searchParams.delete(parameter)
      else back.searchParams.set(parameter, value)
      return { path: pathOf(back), cookie }
    })
    expect(statusCode).toBe(400)
    expect(textOf(body)).toContain(wrong)
  })

  test('in another browser than the one that asked', async () => {
    expect((await answered((back) => ({ path: pathOf(back), cookie: '' }))).statusCode).toBe(400)
    const stolen = `portal-sign-in=${'a'.repeat(43)}`
    expect((await answered((back) => ({ path: pathOf(back), cookie: stolen }))).statusCode).toBe(400)
  })

  test('with a nonce of another question', async () => {
    const idp = await identityProvider(redirectUri)
    const app = await portal(idp)
    const { email } = await account(db)
    idp.who = { sub: `sub-${email}`, email, email_verified: true }
    const { url, cookie } = await begin(app)
    const asked = new URL(url)
    asked.searchParams.set('nonce', 'n'.repeat(43))
    const back = new URL(await comeBack(asked.href, idp.issuer))
    const { statusCode, body } = await get(app, pathOf(back), cookie)
    expect([statusCode, textOf(body).includes(wrong)]).toEqual([400, true])
  })

  test('with somebody else’s code challenge', async () => {
    const idp = await identityProvider(redirectUri)
    const app = await portal(idp)
    const { url, cookie } = await begin(app)
    const asked = new URL(url)
    asked.searchParams.set('code_challenge', 'c'.repeat(43))
    const back = new URL(await comeBack(asked.href, idp.issuer))
    expect((await get(app, pathOf(back), cookie)).statusCode).toBe(400)
  })

  test('a second time', async () => {
    const idp = await identityProvider(redirectUri)
    const app = await portal(idp)
    const { email } = await account(db)
    idp.who = { sub: `sub-${email}`, email, email_verified: true }
    const { answer, back, cookie } = await signIn(app, idp)
    expect(answer.statusCode).toBe(303)
    expect((await get(app, pathOf(back), cookie)).statusCode).toBe(400)
  })

  test('when the person cancels, nothing has happened', async () => {
    const idp = await identityProvider(redirectUri)
    const app = await portal(idp)
    idp.cancelling = true
    const { answer } = await signIn(app, idp)
    expect(answer.statusCode).toBe(400)
    expect(textOf(answer.body)).toContain('Inloggningen avbröts')
  })
})

test('a provider that does not answer is told of, and asked again next time', async () => {
  const idp = await identityProvider(redirectUri)
  const app = await portal(idp)
  await idp.stop()
  const { answer } = await begin(app)
  expect(answer.statusCode).toBe(503)
  expect(answer.headers['retry-after']).toBe('60')
  expect(textOf(answer.body)).toContain('Inloggningstjänsten svarar inte')
  const again = await identityProvider(redirectUri, { port: Number(new URL(idp.issuer).port) })
  const { email } = await account(db)
  again.who = { sub: `sub-${email}`, email, email_verified: true }
  expect((await signIn(app, again)).answer.statusCode).toBe(303)
})

test('one that goes away in the middle opens nothing', async () => {
  const idp = await identityProvider(redirectUri)
  const app = await portal(idp)
  const { email } = await account(db)
  idp.who = { sub: `sub-${email}`, email, email_verified: true }
  const { url, cookie } = await begin(app)
  const back = new URL(await comeBack(url, idp.issuer))
  await idp.stop()
  expect((await get(app, back.pathname + back.search, cookie)).statusCode).toBe(503)
})
