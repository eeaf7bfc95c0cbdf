import { sql } from 'kysely'
import { z } from 'zod'
import { change } from '../audit/work.ts'
import type { Reader } from '../db/database.ts'
import { type Corrector, recordCorrection } from '../http/corrections.ts'
import { compared } from '../http/edit-page.ts'
import { requiredText } from '../http/field-values.ts'
import { type FormState, untouched } from '../http/fields.ts'
import { type Problem, readForm, typedIn } from '../http/forms.ts'
import { anyCoordinator, type BodyFinders, coordinatorOf } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { markOf } from '../http/stale.ts'
import { notFound } from '../kernel/errors.ts'
import { correctionPath, correctionsPath, withQuery } from '../kernel/urls.ts'
import { correctionPage, correctionsPage } from './pages.ts'

const params = z.object({ register: z.string().max(40), row: z.string().regex(/^\d{1,15}$/) })
const reasonForm = z.object({
  skal: requiredText('Skriv vad som var fel och hur du vet det.', 2000),
  sett: z.string().max(100).default(''),
})

/** Nothing of a refused correction stands. */
class Refused extends Error {
  readonly problems: readonly Problem[] | 'stale'
  constructor(problems: readonly Problem[] | 'stale') {
    super('the correction is refused')
    this.problems = problems
  }
}

/** Whose coordinator may correct a row, for coordinatorOf('correction'). */
export const correctionBodies = (db: Reader, correctors: readonly Corrector[]): BodyFinders => ({
  async correction(request) {
    const { register, row } = request.params as { register: string; row: string }
    const corrector = correctors.find(({ word }) => word === register)
    return /^\d{1,15}$/.test(row) ? ((await corrector?.bodyOf(db, Number(row))) ?? null) : null
  },
})

/** Corrections of facts that were recorded wrongly. */
export const correctionsRoutes =
  ({ db, today }: Room, correctors: readonly Corrector[]) =>
  async (app: App) => {
    const config = { may: coordinatorOf('correction'), cache: 'private' } as const
    const querystring = z.object({ grupp: z.string().max(200).optional(), sparat: z.string().max(5).optional() })

    app.get(
      correctionsPath,
      { schema: { querystring }, config: { may: anyCoordinator, cache: 'private' } },
      async (request, reply) =>
        reply.page(
          'workspace/register',
          await correctionsPage(db, request.identity, request.query.grupp ?? null, request.query.sparat !== undefined),
        ),
    )

    const correctorOf = (register: string) => correctors.find(({ word }) => word === register) ?? missing(register)

    app.get(
      `${correctionsPath}/:register/:row`,
      { schema: { params, querystring }, config },
      async (request, reply) => {
        const corrector = correctorOf(request.params.register)
        const id = Number(request.params.row)
        const saved = request.query.sparat !== undefined
        const row = await corrector.open(db, id)
        return reply.page('workspace/edit', await correctionPage(db, corrector, id, row, untouched, saved))
      },
    )

    app.post(`${correctionsPath}/:register/:row`, { schema: { params }, config }, async (request, reply) => {
      const corrector = correctorOf(request.params.register)
      const id = Number(request.params.row)
      const page = async (form: FormState) => correctionPage(db, corrector, id, await corrector.open(db, id), form)
      const reason = readForm(reasonForm, request.body)
      const form = corrector.read(request.body)
      if (!form.ok || !reason.ok) {
        const problems = [form, reason].flatMap((read) => (read.ok ? [] : read.problems))
        return reply.code(422).page('workspace/edit', await page({ typed: typedIn(request.body), problems }))
      }
      const { skal, sett } = reason.values
      try {
        const gone = await change(db, request.actor, async (work) => {
          // Two corrections of one row wait for each other, so that the second sees what the first has done.
          await sql`select pg_advisory_xact_lock(hashtext(${corrector.word}), ${id})`.execute(work.trx)
          const before = (await corrector.open(work.trx, id)).told
          if (markOf(before) !== sett) throw new Refused('stale')
          const done = await corrector.correct(work, id, form.values)
          if (Array.isArray(done)) throw new Refused(done)
          if (done.told !== null && markOf(done.told) === sett)
            throw new Refused([{ field: '', text: 'Inget är ändrat. Ändra det som är fel, eller lämna sidan.' }])
          const { register } = corrector
          await recordCorrection(work, { register, id, about: done.about, before, after: done.told }, skal, today())
          return done.told === null
        })
        return reply.seeOther(withQuery(gone ? correctionsPath : correctionPath(corrector.word, id), { sparat: 'ja' }))
      } catch (error) {
        const typed = typedIn(request.body)
        if (error instanceof Refused && error.problems === 'stale') {
          const theirs = await page({ typed: { skal }, problems: [] })
          return reply.code(409).page('workspace/edit', compared(await page({ typed, problems: [] }), theirs))
        }
        const problems = error instanceof Refused ? error.problems : refusedByRegister(error)
        if (problems === null || problems === 'stale') throw error
        return reply.code(422).page('workspace/edit', await page({ typed, problems }))
      }
    })
  }

function missing(word: string): never {
  throw notFound(`corrections of ${word}`)
}

/** What the register itself does not take, in words. Class 23: its own rules. */
function refusedByRegister(error: unknown): Problem[] | null {
  const { code = '' } = error as { code?: string }
  if (!code.startsWith('23')) return null
  return [
    {
      field: '',
      text:
        code === '23P01'
          ? 'Rättelsen krockar med en annan uppgift i registret för samma tid. Rätta den först, eller välj andra dagar.'
          : 'Registret tar inte emot rättelsen: den strider mot en annan uppgift.',
    },
  ]
}
