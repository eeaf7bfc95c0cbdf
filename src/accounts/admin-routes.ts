import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { change, type Work } from '../audit/work.ts'
import { type FormState, untouched } from '../http/fields.ts'
import { type Problem, readForm } from '../http/forms.ts'
import { administrator } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { notFound } from '../kernel/errors.ts'
import { accountPath, accountsPath, newAccountPath, personDataPath, withQuery } from '../kernel/urls.ts'
import { accountListPage, accountShowPage, newAccountPage, personDataPage } from './admin-pages.ts'
import {
  changeEmail,
  closeAccount,
  createAccount,
  endRole,
  grantRole,
  reopenAccount,
  sendInvitation,
  signOutEverywhere,
  turnOffTwoStep,
} from './changes.ts'
import { emailForm, eraseForm, grantForm, newAccountForm } from './forms.ts'
import { erasePerson, personalData } from './personal-data.ts'
import {
  accountById,
  allAccounts,
  bodiesForRoles,
  grantsOf,
  personsWithoutAccount,
  seatsOf,
  ssoIssuersOf,
  waitingLetters,
} from './queries.ts'
import { createRefusals, endRefusals, grantRefusals } from './texts.ts'

const number = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
const accountParams = z.object({ account: number })
const grantParams = z.object({ account: number, grant: number })
const personParams = z.object({ person: number })

const notices: Readonly<Record<string, string>> = {
  skapat: 'Kontot är skapat. En inbjudan är på väg.',
  roll: 'Rollen är given.',
  avslut: 'Rollen är avslutad.',
  epost: 'E-postadressen är ändrad.',
  inbjudan: 'Brevet är på väg.',
  utloggad: 'Kontot är utloggat överallt.',
  koder: 'Engångskoder är avslagna.',
  stangt: 'Kontot är stängt.',
  oppnat: 'Kontot är öppet igen. En inbjudan är på väg.',
}

/** Accounts and their roles, and what is held on a person: for administrators. */
export const accountsRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    const config = { may: administrator, cache: 'private' } as const

    app.get(accountsPath, { config }, async (_request, reply) =>
      reply.page('accounts/list', accountListPage(await allAccounts(db), await grantsOf(db, null), today())),
    )

    const newPage = async (reply: FastifyReply, form: FormState) =>
      reply.page('accounts/new', newAccountPage(await personsWithoutAccount(db), await bodiesForRoles(db), form))

    app.get(newAccountPath, { config }, (_request, reply) => newPage(reply, untouched))

    app.post(accountsPath, { config }, async (request, reply) => {
      const form = readForm(newAccountForm, request.body)
      if (!form.ok) return newPage(reply.code(422), form)
      const { person, namn, epost, roll, grupp } = form.values
      const made = await change(db, request.actor, async (work) => {
        const created = await createAccount(work, {
          email: epost,
          holder: person === null ? { name: namn } : { personId: person },
          invite: true,
        })
        if (typeof created === 'string') throw new Refused([createRefusals[created]])
        if (roll !== null) {
          const bodyId = roll === 'administrator' ? null : grupp
          await grantRole(work, created.id, { role: roll, bodyId, from: today(), until: null, substituteForId: null })
        }
        return created
      }).catch(refusalOf)
      if (made instanceof Refused)
        return newPage(reply.code(422), { typed: typedIn(request.body), problems: made.problems })
      return done(reply, made.id, 'skapat')
    })

    async function show(
      request: FastifyRequest<{ Params: { account: number } }>,
      reply: FastifyReply,
      form: FormState = untouched,
    ) {
      const account = await accountById(db, request.params.account)
      if (!account) throw notFound(`account ${request.params.account}`)
      const about = {
        account,
        grants: await grantsOf(db, account.id),
        seats: await seatsOf(db, account.person_id, today()),
        letters: await waitingLetters(db, account.id),
        bodies: await bodiesForRoles(db),
        others: await allAccounts(db),
        ssoIssuers: await ssoIssuersOf(db, account.id),
      }
      const text = notices[String((request.query as { klart?: unknown }).klart)]
      const notice = text === undefined ? null : ({ tone: 'good', text } as const)
      return reply.page('accounts/show', accountShowPage(about, today(), { form, notice }))
    }

    const path = `${accountsPath}/:account`
    const one = { schema: { params: accountParams }, config } as const
    const done = (reply: FastifyReply, account: number, what: keyof typeof notices) =>
      reply.seeOther(withQuery(accountPath(account), { klart: what }))

    app.get(path, one, (request, reply) => show(request, reply))

    /** One act on the account; a refusal is shown on its page. */
    async function act(
      request: FastifyRequest<{ Params: { account: number } }>,
      reply: FastifyReply,
      what: keyof typeof notices,
      doIt: (work: Work) => Promise<Problem | null | undefined>,
    ) {
      const outcome = await change(db, request.actor, async (work) => {
        const problem = await doIt(work)
        if (problem) throw new Refused([problem])
      }).catch(refusalOf)
      if (outcome instanceof Refused) {
        return show(request, reply.code(422), { typed: typedIn(request.body), problems: outcome.problems })
      }
      return done(reply, request.params.account, what)
    }

    app.post(`${path}/roller`, one, async (request, reply) => {
      const form = readForm(grantForm, request.body)
      if (!form.ok) return show(request, reply.code(422), form)
      const { roll: role, grupp: bodyId, fran: from, till_och_med: until, ersatter: substituteForId } = form.values
      return act(request, reply, 'roll', async (work) => {
        const refusal = await grantRole(work, request.params.account, { role, bodyId, from, until, substituteForId })
        return refusal && grantRefusals[refusal]
      })
    })

    app.post(`${path}/roller/:grant/avslut`, { schema: { params: grantParams }, config }, (request, reply) =>
      act(request, reply, 'avslut', async (work) => {
        const refusal = await endRole(work, request.params.account, request.params.grant, today())
        return refusal && { field: '', text: endRefusals[refusal] }
      }),
    )

    app.post(`${path}/epost`, one, async (request, reply) => {
      const form = readForm(emailForm, request.body)
      if (!form.ok) return show(request, reply.code(422), form)
      return act(request, reply, 'epost', async (work) => {
        const refusal = await changeEmail(work, request.params.account, form.values.epost)
        return refusal && createRefusals[refusal]
      })
    })

    async function openAccount(work: Work, id: number): Promise<void> {
      const account = await accountById(work.trx, id)
      if (!account || account.closed_at !== null) throw notFound(`open account ${id}`)
    }

    app.post(`${path}/inbjudan`, one, (request, reply) =>
      act(request, reply, 'inbjudan', async (work) => {
        await openAccount(work, request.params.account)
        await sendInvitation(work, request.params.account)
        return null
      }),
    )

    app.post(`${path}/utloggning`, one, (request, reply) =>
      act(request, reply, 'utloggad', async (work) => {
        await openAccount(work, request.params.account)
        await signOutEverywhere(work, request.params.account)
        return null
      }),
    )

    app.post(`${path}/engangskoder`, one, (request, reply) =>
      act(request, reply, 'koder', async (work) => {
        await openAccount(work, request.params.account)
        await turnOffTwoStep(work, request.params.account)
        return null
      }),
    )

    app.post(`${path}/stangning`, one, (request, reply) =>
      act(request, reply, 'stangt', async (work) => {
        const refusal = await closeAccount(work, request.params.account, today())
        return refusal && { field: '', text: endRefusals[refusal] }
      }),
    )

    app.post(`${path}/oppning`, one, (request, reply) =>
      act(request, reply, 'oppnat', async (work) => {
        const refusal = await reopenAccount(work, request.params.account)
        return refusal && { field: '', text: 'Kontots e-postadress är borttagen. Skapa ett nytt konto.' }
      }),
    )

    const personPath = `${accountsPath}/personer/:person`
    const person = { schema: { params: personParams }, config } as const

    app.get(personPath, person, async (request, reply) =>
      reply.page('accounts/person-data', personDataPage(await personalData(db, request.params.person))),
    )

    app.get(`${personPath}/uppgifter.json`, person, async (request, reply) => {
      const data = await personalData(db, request.params.person)
      await change(db, request.actor, (work) => work.record('person.data-exported', `person/${data.person.id}`))
      return reply
        .header('content-disposition', 'attachment; filename="uppgifter.json"')
        .type('application/json; charset=utf-8')
        .send(JSON.stringify(data, null, 2))
    })

    app.post(`${personPath}/radering`, person, async (request, reply) => {
      const form = readForm(eraseForm, request.body)
      if (!form.ok) return reply.seeOther(personDataPath(request.params.person))
      await change(db, request.actor, (work) => erasePerson(work, request.params.person))
      return reply.seeOther(accountsPath)
    })
  }

/** Undoes what the act had begun, and says why. */
class Refused extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super('refused')
    this.problems = problems
  }
}

function refusalOf(error: unknown): Refused {
  if (error instanceof Refused) return error
  throw error
}

function typedIn(body: unknown): FormState['typed'] {
  return Object.fromEntries(
    Object.entries((body ?? {}) as Record<string, unknown>).map(([name, value]) => [name, String(value)]),
  )
}
