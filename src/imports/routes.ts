import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { change } from '../audit/work.ts'
import { DraftRefused } from '../decisions/draft-changes.ts'
import { readUpload, readWords, takeFiles } from '../documents/uploads.ts'
import { versionField } from '../http/field-values.ts'
import { type Problem, type Typed, typedIn, withoutNumbers } from '../http/forms.ts'
import { anyCoordinator, keeps } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { badRequest, conflict, forbidden } from '../kernel/errors.ts'
import {
  minutesPath,
  newProtocolImportPath,
  protocolImportPath,
  protocolImportsPath,
  withQuery,
} from '../kernel/urls.ts'
import { minutesTrouble } from '../meetings/minutes-routes.ts'
import { ImportRefused, makeMeeting } from './changes.ts'
import { importById, importFile, keepImport, removeImport, saveTyped } from './drafts.ts'
import { importPage, mayContinue, newImportPage } from './pages.ts'
import { readConfirmed, textOf } from './proposal-form.ts'
import { readSource, sourceTroubles, troubleText } from './read-source.ts'
import { proposeMeeting } from './registers.ts'

const params = z.object({ protocol: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) })
const query = z.object({ igen: z.string().max(10).optional() })

/** The most characters of a whole form of corrections. */
const longestForm = 2_000_000

/** Said of a file that was read in before files were looked through whole. */
const laterRefusals = {
  'personal-number': (where: string | null) =>
    `Filen som är inläst innehåller något som ser ut som ett personnummer, ${where ?? 'till exempel i ett sidhuvud eller en kommentar'}. Ta bort inläsningen, rätta filen och läs in den på nytt.`,
  'too-much': () => 'Filen som är inläst är för tung att läsa igenom. Ta bort inläsningen och läs in en mindre fil.',
}

/** Old protocols: sent, compared with their source, corrected, made into draft meetings. For coordinators. */
export const protocolImportRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    await takeFiles(app)
    const config = { may: anyCoordinator, cache: 'private' } as const
    const one = `${protocolImportsPath}/:protocol`

    app.get(protocolImportsPath, { config }, async (_request, reply) => reply.seeOther(newProtocolImportPath))

    app.get(newProtocolImportPath, { config }, async (request, reply) =>
      reply.page('imports/new', await newImportPage(db, request.identity)),
    )

    app.post(newProtocolImportPath, { config, bodyLimit: 60 * 1024 * 1024 }, async (request, reply) => {
      const { typed, files, tooLarge } = await readUpload(request)
      const pasted = textOf(typed, 'text')
      const refused = async (...problems: Problem[]) =>
        reply.code(422).page('imports/new', await newImportPage(db, request.identity, typed, problems))
      const { problems: numbers } = withoutNumbers(typed)
      if (numbers.length > 0) return refused(...numbers)
      if (tooLarge.length > 0) return refused({ field: 'fil', text: sourceTroubles['too-large'] })
      const [file] = files
      if (files.length > 1 || (file && pasted.trim() !== ''))
        return refused({ field: 'fil', text: 'Skicka en fil eller klistra in text, inte båda.' })
      if (!file && pasted.trim() === '') return refused({ field: 'fil', text: 'Välj en fil eller klistra in texten.' })
      const name = file?.name ?? 'Inklistrad text.txt'
      const bytes = file?.bytes ?? Buffer.from(pasted)
      const source = await readSource(bytes, name)
      if ('trouble' in source) return refused({ field: file ? 'fil' : 'text', text: troubleText(source) })
      const { id, known } = await change(db, request.actor, (work) => keepImport(work, { name, bytes, source }))
      return reply.seeOther(withQuery(protocolImportPath(id), { igen: known ? 'ja' : null }))
    })

    /** @throws PortalError not-found, or forbidden when it is another body's */
    async function opened(request: FastifyRequest, id: number) {
      const row = await importById(db, id)
      if (!mayContinue(request.identity, row)) throw forbidden(`protocol import ${id}`)
      return row
    }

    async function show(request: FastifyRequest, reply: FastifyReply, id: number, typed: Typed, problems: Problem[]) {
      const row = await opened(request, id)
      return reply.page('imports/show', await importPage(db, request.identity, row, today(), { typed, problems }))
    }

    app.get(one, { schema: { params, querystring: query }, config }, async (request, reply) => {
      const row = await opened(request, request.params.protocol)
      const again = request.query.igen !== undefined
      return reply.page('imports/show', await importPage(db, request.identity, row, today(), null, again))
    })

    app.post(one, { schema: { params }, config, bodyLimit: 4 * 1024 * 1024 }, async (request, reply) => {
      const id = request.params.protocol
      const { version, gor, ...sent } = typedIn(request.body)
      const row = await opened(request, id)
      if (row.meeting_id !== null) throw conflict('Ett möte är redan skapat av filen.')
      const openedOn = versionField.safeParse(version)
      if (!openedOn.success) throw badRequest('Öppna sidan igen: formuläret saknar sin version.')
      const { clean, problems: numbers } = withoutNumbers(sent)
      if (numbers.length > 0) return show(request, reply.code(422), id, clean, numbers)
      if (JSON.stringify(sent).length > longestForm)
        return show(request, reply.code(422), id, sent, [{ field: '', text: 'Formuläret är för långt.' }])
      // What has been typed is kept whatever becomes of the rest.
      const stale = await change(db, request.actor, (work) => saveTyped(work, id, openedOn.data, sent))
      if (stale) {
        const text =
          'Någon annan har sparat medan du skrev. Det du skrev står kvar här; sparar du igen gäller ditt i stället för det andra.'
        return show(request, reply.code(409), id, sent, [{ field: '', text }])
      }
      if (gor !== 'skapa') return reply.seeOther(protocolImportPath(id))
      const { proposal } = await proposeMeeting(db, row.source)
      const confirmed = readConfirmed(proposal, sent, today())
      if (Array.isArray(confirmed)) return show(request, reply.code(422), id, sent, confirmed)
      const read = await readWords((await importFile(db, id)).bytes)
      if ('refusal' in read && (read.refusal === 'personal-number' || read.refusal === 'too-much'))
        return show(request, reply.code(422), id, sent, [{ field: '', text: laterRefusals[read.refusal](read.where) }])
      const words = 'words' in read ? read.words : ({ trouble: 'other-kind' } as const)
      try {
        const slug = await change(db, request.actor, (work) =>
          makeMeeting(work, id, confirmed, words, (body) => keeps(request.identity, body), today()),
        )
        return reply.seeOther(minutesPath(slug))
      } catch (error) {
        if (error instanceof ImportRefused) return show(request, reply.code(422), id, sent, [...error.problems])
        if (error instanceof DraftRefused) throw conflict('Mötet tar inte emot fler beslut.')
        throw minutesTrouble(error)
      }
    })

    app.post(`${one}/ta-bort`, { schema: { params }, config }, async (request, reply) => {
      const row = await opened(request, request.params.protocol)
      if (row.meeting_id !== null) throw conflict('Ett möte är skapat av filen. Den står kvar.')
      await change(db, request.actor, (work) => removeImport(work, row.id))
      return reply.seeOther(newProtocolImportPath)
    })
  }
