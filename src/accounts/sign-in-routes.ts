import type { FastifyReply, FastifyRequest } from 'fastify'
import { sql } from 'kysely'
import { z } from 'zod'
import { change } from '../audit/work.ts'
import { addressWithoutNumbers } from '../http/addresses.ts'
import { untouched } from '../http/fields.ts'
import { readForm } from '../http/forms.ts'
import { anyone, signedIn } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import {
  choosePasswordPath,
  forgottenPasswordPath,
  myPagePath,
  signInAnswerPath,
  signInCodePath,
  signInPath,
  signInSsoPath,
  signOutEverywherePath,
  signOutPath,
  startPath,
  withQuery,
} from '../kernel/urls.ts'
import { queueLetter } from '../mail/letters.ts'
import { forgetTries, limits, mayTry, refuseTooMany, takeBackTry } from './attempts.ts'
import { choosePassword, holderOf, signOutEverywhere } from './changes.ts'
import { afterwards, choosePasswordForm, codeForm, forgottenForm, signInForm } from './forms.ts'
import { passwordReset } from './letters.ts'
import { readLink } from './links.ts'
import { hashPassword, isPassword, prepareNobody } from './passwords.ts'
import { accountByEmail, accountById } from './queries.ts'
import { browserOf, keptFormIn, keptFormOf, networkOf, refusePassword, returnPathIn } from './rules.ts'
import type { Safe } from './secrets.ts'
import { endSession, openSession } from './sessions.ts'
import {
  choosePasswordPage,
  codePage,
  forgottenPage,
  forwardPage,
  linkTroublePage,
  messagePage,
  resumePage,
  signInPage,
} from './sign-in-pages.ts'
import { AnswerRefused, accountOf, ProviderAway, type Sso } from './sso.ts'
import { type Afterwards, beginStep, endStep, stepOf } from './steps.ts'
import { linkTroubles, tooManyPasswords, wrongCode, wrongPassword } from './texts.ts'
import { useCode } from './two-step.ts'

/** What the pages about accounts need besides what every room is given. */
export type AccountParts = {
  /** Null: there is no PORTAL_SECRET, and nobody can turn on one-time codes. */
  safe: Safe | null
  sso: Sso | null
}

const linkParams = z.object({ token: z.string().max(200) })

/** One sentence after something was done, told by the address: there is no cookie to keep it in. */
const notices: Readonly<Record<string, string>> = {
  utloggad: 'Du är utloggad.',
  'losenord-valt': 'Lösenordet är valt. Logga in med det.',
}

const followUp = (source: unknown): Afterwards => {
  const { till, sparat } = afterwards.parse(source ?? {})
  return { returnPath: returnPathIn(till), keptForm: keptFormIn(sparat) }
}

/**
 * The page for whoever is asked to sign in where they were going. A form that they sent comes along, and comes back
 * when they have signed in.
 */
export function signInAsked(base: string, sso: Sso | null) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const path = addressWithoutNumbers(request.originalUrl.slice(base.length))
    const isForm = request.method === 'POST'
    const returnPath = isForm && !request.server.methodsAt(base + path).includes('GET') ? null : returnPathIn(path)
    const keptForm = isForm ? keptFormOf(path, request.body) : null
    return reply.page('accounts/sign-in', signInPage({ returnPath, keptForm }, sso?.name ?? null, { asked: true }))
  }
}

/** Signing in and out, and choosing a password. */
export const signInRoutes =
  ({ db, config, today }: Room, { safe, sso }: AccountParts) =>
  async (app: App) => {
    await prepareNobody()
    const ssoName = sso?.name ?? null
    const page = { config: { may: anyone, cache: 'private' } } as const

    /** The session begins, under a new value whatever the browser had before, and the person goes on. */
    async function finish(
      request: FastifyRequest,
      reply: FastifyReply,
      accountId: number,
      way: 'password' | 'sso',
      { returnPath, keptForm }: Afterwards,
    ) {
      const before = request.cookieOf('session')
      if (before !== null) await endSession(db, before)
      await db
        .updateTable('account')
        .set({ previous_visit_at: sql`last_visit_at`, last_visit_at: sql`now()` })
        .where('id', '=', accountId)
        .execute()
      const browser = browserOf(request.headers['user-agent'])
      reply.giveCookie('session', await openSession(db, accountId, { way, browser, limits: config.session }))
      reply.takeCookie('sign-in')
      if (keptForm !== null && app.methodsAt(config.basePath + pathOf(keptForm.path)).includes('POST')) {
        return reply.page('accounts/resume', resumePage(keptForm))
      }
      return reply.seeOther(returnPath ?? myPagePath)
    }

    app.get(signInPath, page, async (request, reply) => {
      const notice = notices[String((request.query as { klart?: unknown }).klart)] ?? null
      // A form comes back only from the page where it was refused: one in a link would be somebody else's words, ready
      // to be sent in the name of whoever signs in.
      const { returnPath } = followUp(request.query)
      return reply.page('accounts/sign-in', signInPage({ returnPath, keptForm: null }, ssoName, { notice }))
    })

    app.post(signInPath, page, async (request, reply) => {
      const after = followUp(request.body)
      const form = readForm(signInForm, request.body)
      if (!form.ok) return reply.code(422).page('accounts/sign-in', signInPage(after, ssoName, { form }))
      const { epost, losenord } = form.values
      const again = (status: number, text: string) =>
        reply
          .code(status)
          .page(
            'accounts/sign-in',
            signInPage(after, ssoName, { form: { typed: { epost }, problems: [{ field: '', text }] } }),
          )

      const allowed =
        (await mayTry(db, limits.passwordFromNetwork, networkOf(request.ip))) &&
        (await mayTry(db, limits.passwordOfAccount, epost))
      if (!allowed) {
        reply.header('retry-after', String(limits.passwordOfAccount.minutes * 60))
        return again(429, tooManyPasswords)
      }
      const account = await accountByEmail(db, epost)
      const right = await isPassword(account?.password_hash ?? null, losenord)
      if (!right || account === undefined || account.closed_at !== null) return again(422, wrongPassword)
      await forgetTries(db, limits.passwordOfAccount, epost)
      await takeBackTry(db, limits.passwordFromNetwork, networkOf(request.ip))
      if (account.totp_confirmed_at !== null) {
        reply.giveCookie('sign-in', await beginStep(db, { accountId: account.id }, after))
        return reply.seeOther(signInCodePath)
      }
      return finish(request, reply, account.id, 'password', after)
    })

    app.get(signInCodePath, page, async (request, reply) => {
      const step = await stepOf(db, request.cookieOf('sign-in'))
      if (!step?.accountId) return reply.seeOther(signInPath)
      return reply.page('accounts/code', codePage())
    })

    app.post(signInCodePath, page, async (request, reply) => {
      const token = request.cookieOf('sign-in')
      const step = await stepOf(db, token)
      if (!step?.accountId) return reply.seeOther(signInPath)
      const { accountId } = step
      const form = readForm(codeForm, request.body)
      if (!form.ok) return reply.code(422).page('accounts/code', codePage(form))
      await refuseTooMany(db, limits.codeOfAccount, String(accountId))
      const account = await accountById(db, accountId)
      const open = account !== undefined && account.closed_at === null && account.totp_confirmed_at !== null
      if (!open || !(await useCode(db, safe, account, form.values.kod))) {
        return reply
          .code(422)
          .page('accounts/code', codePage({ typed: {}, problems: [{ field: 'kod', text: wrongCode }] }))
      }
      // Of two answers at the same time one opens the session.
      if (!(await endStep(db, token))) return reply.seeOther(signInPath)
      await forgetTries(db, limits.codeOfAccount, String(accountId))
      return finish(request, reply, accountId, 'password', step)
    })

    if (sso !== null) {
      const brokenOff = (reply: FastifyReply, status: number, title: string, text: string) =>
        reply
          .code(status)
          .page('accounts/message', messagePage(title, text, [{ text: 'Till inloggningen', path: signInPath }]))
      const away = (reply: FastifyReply) =>
        brokenOff(
          reply.header('retry-after', '60'),
          503,
          'Inloggningstjänsten svarar inte',
          `Det går inte att nå ${sso.name} just nu. Försök igen om en stund, eller logga in med e-postadress och lösenord.`,
        )

      app.post(signInSsoPath, page, async (request, reply) => {
        await refuseTooMany(db, limits.ssoFromNetwork, networkOf(request.ip))
        try {
          const { url, question } = await sso.ask()
          reply.giveCookie('sign-in', await beginStep(db, { question }, followUp(request.body)))
          // A redirect from a form to another site is refused by the content security policy; this is no form.
          reply.header('refresh', `0; url=${url.href}`)
          return await reply.page('accounts/forward', forwardPage(url.href, sso.name))
        } catch (error) {
          if (!(error instanceof ProviderAway)) throw error
          request.log.warn({ err: error.cause }, error.message)
          return away(reply)
        }
      })

      app.get(signInAnswerPath, page, async (request, reply) => {
        const step = await endStep(db, request.cookieOf('sign-in'))
        reply.takeCookie('sign-in')
        if (!step?.question) {
          return brokenOff(
            reply,
            400,
            'Inloggningen gick inte att slutföra',
            'Den kan ha tagit för lång tid, eller påbörjats i en annan webbläsare. Börja om från inloggningen.',
          )
        }
        try {
          const who = await sso.answer(queryOf(request.originalUrl), step.question)
          const accountId = await accountOf(db, who, today())
          if (accountId === null) {
            return brokenOff(
              reply,
              403,
              'Du har inget konto här',
              `Du är inloggad hos ${sso.name}, men portalen har inget konto för dig. Hör av dig till ${config.site.contactEmail}.`,
            )
          }
          await takeBackTry(db, limits.ssoFromNetwork, networkOf(request.ip))
          return await finish(request, reply, accountId, 'sso', step)
        } catch (error) {
          if (error instanceof ProviderAway) {
            request.log.warn({ err: error.cause }, error.message)
            return away(reply)
          }
          if (!(error instanceof AnswerRefused)) throw error
          request.log.warn({ err: error }, 'an answer of the identity provider was refused')
          return brokenOff(
            reply,
            400,
            error.byPerson ? 'Inloggningen avbröts' : 'Inloggningen gick inte att slutföra',
            'Ingenting har hänt. Börja om från inloggningen.',
          )
        }
      })
    }

    app.post(signOutPath, page, async (request, reply) => {
      const token = request.cookieOf('session')
      if (token !== null) await endSession(db, token)
      reply.takeCookie('session').takeCookie('sign-in')
      return reply.seeOther(withQuery(signInPath, { klart: 'utloggad' }))
    })

    app.post(signOutEverywherePath, { config: { may: signedIn, cache: 'private' } }, async (request, reply) => {
      const { accountId } = request.actor
      if (accountId === undefined) return reply.seeOther(startPath)
      await change(db, request.actor, (work) => signOutEverywhere(work, accountId))
      reply.takeCookie('session')
      return reply.seeOther(withQuery(signInPath, { klart: 'utloggad' }))
    })

    app.get(forgottenPasswordPath, page, async (_request, reply) => reply.page('accounts/forgotten', forgottenPage()))

    app.post(forgottenPasswordPath, page, async (request, reply) => {
      const form = readForm(forgottenForm, request.body)
      if (!form.ok) return reply.code(422).page('accounts/forgotten', forgottenPage(form))
      const { epost } = form.values
      await refuseTooMany(db, limits.resetFromNetwork, networkOf(request.ip))
      // Whether there is such an account is found out when the letter is written: the answer is the same, and as quick.
      if (await mayTry(db, limits.resetOfAccount, epost)) await queueLetter(db, passwordReset, { email: epost })
      return reply.page(
        'accounts/forgotten',
        forgottenPage(
          untouched,
          `Om det finns ett konto med adressen ${epost} har vi skickat en länk dit. Den fungerar i en timme.`,
        ),
      )
    })

    app.get(`${choosePasswordPath}/:token`, { schema: { params: linkParams }, ...page }, async (request, reply) => {
      await refuseTooMany(db, limits.linkFromNetwork, networkOf(request.ip))
      reply.header('referrer-policy', 'no-referrer')
      const { token } = request.params
      const link = await readLink(db, token)
      if (typeof link === 'string') return badLink(reply, link)
      await takeBackTry(db, limits.linkFromNetwork, networkOf(request.ip))
      return reply.page('accounts/choose-password', choosePasswordPage(token, link))
    })

    app.post(`${choosePasswordPath}/:token`, { schema: { params: linkParams }, ...page }, async (request, reply) => {
      await refuseTooMany(db, limits.linkFromNetwork, networkOf(request.ip))
      reply.header('referrer-policy', 'no-referrer')
      const { token } = request.params
      const link = await readLink(db, token)
      if (typeof link === 'string') return badLink(reply, link)
      await takeBackTry(db, limits.linkFromNetwork, networkOf(request.ip))
      const form = readForm(choosePasswordForm, request.body)
      if (!form.ok) return reply.code(422).page('accounts/choose-password', choosePasswordPage(token, link, form))
      const refusal = refusePassword(form.values.losenord, link.email)
      if (refusal !== null) {
        const problems = [{ field: 'losenord', text: refusal }]
        return reply
          .code(422)
          .page('accounts/choose-password', choosePasswordPage(token, link, { typed: {}, problems }))
      }
      const hash = await hashPassword(form.values.losenord)
      const done = await change(db, holderOf(link.accountId), (work) =>
        choosePassword(work, { token, accountId: link.accountId, email: link.email }, hash),
      )
      if (!done) return badLink(reply, 'used')
      reply.takeCookie('session')
      return reply.seeOther(withQuery(signInPath, { klart: 'losenord-valt' }))
    })

    function badLink(reply: FastifyReply, trouble: keyof typeof linkTroubles) {
      return reply.code(linkTroubles[trouble].status).page('accounts/message', linkTroublePage(trouble))
    }
  }

const pathOf = (address: string) => address.split(/[?#]/, 1)[0] ?? ''

function queryOf(address: string): string {
  const at = address.indexOf('?')
  return at === -1 ? '' : address.slice(at)
}
