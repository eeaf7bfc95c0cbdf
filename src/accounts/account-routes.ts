import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { change } from '../audit/work.ts'
import { type FormState, untouched } from '../http/fields.ts'
import { readForm } from '../http/forms.ts'
import { signedIn } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { notFound } from '../kernel/errors.ts'
import { myAccountPath, myDataPath, myPasswordPath, mySessionsPath, myTwoStepPath, withQuery } from '../kernel/urls.ts'
import { myAccountPage, twoStepPage } from './account-pages.ts'
import { forgetTries, limits, refuseTooMany } from './attempts.ts'
import { changePassword, recordTwoStepOn, turnOffTwoStep } from './changes.ts'
import { changePasswordForm, codeForm, turnOffTwoStepForm } from './forms.ts'
import { hashPassword, isPassword } from './passwords.ts'
import { personalData } from './personal-data.ts'
import { type AccountRow, accountById, grantsOf } from './queries.ts'
import { browserOf, refusePassword } from './rules.ts'
import { endSessionById, openSession, sessionsOf } from './sessions.ts'
import type { AccountParts } from './sign-in-routes.ts'
import { wrongCode } from './texts.ts'
import { newTwoStepSecret, twoStepKey, useCode } from './two-step.ts'

const sessionParams = z.object({
  session: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
})

const notices: Readonly<Record<string, string>> = {
  losenord: 'Lösenordet är ändrat. Andra inloggningar har avslutats.',
  'tvasteg-pa': 'Engångskoder är påslagna. Nästa gång du loggar in behöver du en kod.',
  'tvasteg-av': 'Engångskoder är avslagna.',
  avslutad: 'Inloggningen är avslutad.',
}

const wrongCurrent = 'Lösenordet stämmer inte.'

/** One's own account: password, one-time codes, sessions, what is held about one. */
export const myAccountRoutes =
  ({ db, config, today }: Room, { safe }: AccountParts) =>
  async (app: App) => {
    const mine = { config: { may: signedIn, cache: 'private' } } as const

    async function accountOf({ actor }: FastifyRequest): Promise<AccountRow & { email: string }> {
      const account = await accountById(db, actor.accountId ?? 0)
      if (account === undefined || account.email === null) throw notFound('the account that is signed in')
      return { ...account, email: account.email }
    }

    async function show(request: FastifyRequest, reply: FastifyReply, form: FormState, notice: string | null = null) {
      const account = await accountOf(request)
      const [grants, sessions] = [await grantsOf(db, account.id), await sessionsOf(db, account.id, config.session)]
      const shown = { today: today(), token: request.cookieOf('session'), twoStepPossible: safe !== null }
      return reply.page('accounts/mine', myAccountPage(account, grants, sessions, shown, { form, notice }))
    }

    /** Whoever has taken over an open browser must not be able to guess the password there. */
    async function isCurrentPassword(account: AccountRow & { email: string }, typed: string): Promise<boolean> {
      await refuseTooMany(db, limits.passwordOfAccount, account.email)
      const right = await isPassword(account.password_hash, typed)
      if (right) await forgetTries(db, limits.passwordOfAccount, account.email)
      return right
    }

    app.get(myAccountPath, mine, (request, reply) => {
      const { klart } = request.query as { klart?: unknown }
      return show(request, reply, untouched, notices[String(klart)] ?? null)
    })

    app.post(myPasswordPath, mine, async (request, reply) => {
      const account = await accountOf(request)
      const again = (field: string, text: string) =>
        show(request, reply.code(422), { typed: {}, problems: [{ field, text }] })
      const form = readForm(changePasswordForm, request.body)
      if (!form.ok) return show(request, reply.code(422), form)
      const { nuvarande_losenord: current, losenord: next } = form.values
      if (!(await isCurrentPassword(account, current))) return again('nuvarande_losenord', wrongCurrent)
      const refusal = refusePassword(next, account.email)
      if (refusal !== null) return again('losenord', refusal)
      const hash = await hashPassword(next)
      await change(db, request.actor, (work) => changePassword(work, account.id, hash))
      const browser = browserOf(request.headers['user-agent'])
      const opened = await openSession(db, account.id, { way: 'password', browser, limits: config.session })
      return reply.giveCookie('session', opened).seeOther(withQuery(myAccountPath, { klart: 'losenord' }))
    })

    app.post(
      `${mySessionsPath}/:session/avslut`,
      { schema: { params: sessionParams }, ...mine },
      async (request, reply) => {
        const { id } = await accountOf(request)
        await endSessionById(db, id, request.params.session)
        return reply.seeOther(withQuery(myAccountPath, { klart: 'avslutad' }))
      },
    )

    app.post(myTwoStepPath, mine, async (request, reply) => {
      const account = await accountOf(request)
      if (safe === null || account.totp_confirmed_at !== null) return reply.seeOther(myAccountPath)
      await db
        .updateTable('account')
        .set({ totp_secret: newTwoStepSecret(safe), totp_last_step: null })
        .where('id', '=', account.id)
        .where('totp_confirmed_at', 'is', null)
        .execute()
      return reply.seeOther(myTwoStepPath)
    })

    async function waitingKey(account: AccountRow & { email: string }) {
      if (safe === null || account.totp_secret === null || account.totp_confirmed_at !== null) return null
      return twoStepKey(safe, account.totp_secret, config.site.name, account.email)
    }

    app.get(myTwoStepPath, mine, async (request, reply) => {
      const key = await waitingKey(await accountOf(request))
      return key === null ? reply.seeOther(myAccountPath) : reply.page('accounts/two-step', twoStepPage(key))
    })

    app.post(`${myTwoStepPath}/bekraftelse`, mine, async (request, reply) => {
      const account = await accountOf(request)
      const key = await waitingKey(account)
      if (key === null) return reply.seeOther(myAccountPath)
      const form = readForm(codeForm, request.body)
      if (!form.ok) return reply.code(422).page('accounts/two-step', twoStepPage(key, form))
      await refuseTooMany(db, limits.codeOfAccount, String(account.id))
      const right = await change(db, request.actor, async (work) => {
        await recordTwoStepOn(work, account.id)
        if (await useCode(work.trx, safe, account, form.values.kod)) return true
        throw new WrongCode()
      }).catch((error) => {
        if (error instanceof WrongCode) return false
        throw error
      })
      if (!right) {
        const problems = [{ field: 'kod', text: wrongCode }]
        return reply.code(422).page('accounts/two-step', twoStepPage(key, { typed: {}, problems }))
      }
      await forgetTries(db, limits.codeOfAccount, String(account.id))
      return reply.seeOther(withQuery(myAccountPath, { klart: 'tvasteg-pa' }))
    })

    app.post(`${myTwoStepPath}/av`, mine, async (request, reply) => {
      const account = await accountOf(request)
      if (account.totp_confirmed_at === null) return reply.seeOther(myAccountPath)
      const form = readForm(turnOffTwoStepForm, request.body)
      if (!form.ok) return show(request, reply.code(422), form)
      if (!(await isCurrentPassword(account, form.values.losenord_for_kod))) {
        const problems = [{ field: 'losenord_for_kod', text: wrongCurrent }]
        return show(request, reply.code(422), { typed: {}, problems })
      }
      await change(db, request.actor, (work) => turnOffTwoStep(work, account.id))
      return reply.seeOther(withQuery(myAccountPath, { klart: 'tvasteg-av' }))
    })

    app.get(myDataPath, mine, async (request, reply) => {
      const { person_id } = await accountOf(request)
      return reply
        .header('content-disposition', 'attachment; filename="mina-uppgifter.json"')
        .type('application/json; charset=utf-8')
        .send(JSON.stringify(await personalData(db, person_id), null, 2))
    })
  }

/** Undoes what would have turned one-time codes on. */
class WrongCode extends Error {}
