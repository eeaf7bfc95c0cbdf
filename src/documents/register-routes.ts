import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { change } from '../audit/work.ts'
import type { Database } from '../db/database.ts'
import { compared, type Notice } from '../http/edit-page.ts'
import { chosenId, dayField } from '../http/field-values.ts'
import type { FormState } from '../http/fields.ts'
import { type Problem, readForm, typedIn } from '../http/forms.ts'
import { anyCoordinator, type BodyFinders, coordinatorOf, keeps, keptBy } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { notFound } from '../kernel/errors.ts'
import {
  documentRegisterPath,
  documentVersionsPath,
  editDocumentPath,
  partyBoardPath,
  withQuery,
} from '../kernel/urls.ts'
import { askParty, changeBoard } from './board-changes.ts'
import { attachmentById } from './files.ts'
import { documentBySlug } from './queries.ts'
import { addDocument, addFile, addVersion, changeDocument, removeFile, removeVersion } from './register-changes.ts'
import { boardForm, documentForm, uploadForm } from './register-forms.ts'
import {
  comparedBoard,
  documentEditPage,
  documentRegisterPage,
  partyBoardPage,
  versionsPage,
} from './register-pages.ts'
import { boardOf, documentsKept } from './register-queries.ts'
import { fileRefusals, readUpload, readWords, refusalText, takeFiles } from './uploads.ts'

const params = z.object({ slug: z.string().max(200) })
const id = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
const versionParams = params.extend({ version: id })
const fileParams = params.extend({ attachment: id })

/** The body that owns the document in the address: for coordinatorOf('document'). */
export const documentBodies = (db: Kysely<Database>): BodyFinders => ({
  async document({ params: given }) {
    const { slug = '' } = given as { slug?: string }
    const document = await db
      .selectFrom('document')
      .leftJoin('body', 'body.id', 'document.owner_body_id')
      .select('body.slug')
      .where('document.slug', '=', slug as never)
      .executeTakeFirst()
    return document?.slug ?? null
  },
})

const askForm = z.object({
  part: chosenId('Välj vilken part som ska svara.'),
  epost: z
    .string('Skriv en e-postadress.')
    .trim()
    .toLowerCase()
    .max(254, 'Skriv högst 254 tecken.')
    .regex(/^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$/, 'Skriv en e-postadress, till exempel namn@kommun.se.'),
  galler_till: dayField,
})

/** The register of documents: the rows, their versions and files, and how the parties stand. */
export const documentRegisterRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    await takeFiles(app)
    const any = { may: anyCoordinator, cache: 'private' } as const
    const mine = { may: coordinatorOf('document'), cache: 'private' } as const
    const at = `${documentRegisterPath}/:slug`
    const saved: Notice = { tone: 'good', text: 'Sparat.' }
    const wasSaved = (request: FastifyRequest) =>
      (request.query as { sparat?: string }).sparat === undefined ? [] : [saved]

    app.get(documentRegisterPath, { config: any }, async (request, reply) => {
      const kept = keptBy(request.identity)
      return reply.page('workspace/register', documentRegisterPage(await documentsKept(db, kept), kept === null))
    })

    app.get(editDocumentPath('nytt'), { config: any }, async (request, reply) =>
      reply.page('workspace/edit', await documentEditPage(db, null, request.identity)),
    )

    /** Whose the document becomes must be somebody whose things one keeps. */
    async function ownerProblem(request: FastifyRequest, ownerBodyId: number | null): Promise<Problem[]> {
      const owner =
        ownerBodyId === null
          ? null
          : await db.selectFrom('body').select('slug').where('id', '=', ownerBodyId).executeTakeFirst()
      if (owner === undefined) return [{ field: 'agare', text: 'Välj i listan.' }]
      if (keeps(request.identity, owner?.slug ?? null)) return []
      return [{ field: 'agare', text: 'Välj en grupp som du samordnar.' }]
    }

    app.post(editDocumentPath('nytt'), { config: any }, async (request, reply) => {
      const refuse = async (form: FormState) =>
        reply.code(422).page('workspace/edit', await documentEditPage(db, null, request.identity, form))
      const form = readForm(documentForm, request.body)
      if (!form.ok) return refuse(form)
      const { values } = form.values
      const problems = [
        ...(await ownerProblem(request, values.ownerBodyId)),
        ...(values.state === 'adopted' ? [adoptedByDecision] : []),
      ]
      if (problems.length > 0) return refuse({ typed: typedIn(request.body), problems })
      const slug = await change(db, request.actor, (work) => addDocument(work, values, today()))
      return reply.seeOther(withQuery(editDocumentPath(slug), { sparat: 1 }))
    })

    app.get(at, { schema: { params }, config: mine }, async (request, reply) => {
      const document = await documentBySlug(db, request.params.slug)
      return reply.page(
        'workspace/edit',
        await documentEditPage(db, document, request.identity, undefined, wasSaved(request)),
      )
    })

    app.post(at, { schema: { params }, config: mine }, async (request, reply) => {
      const { slug } = request.params
      const document = await documentBySlug(db, slug)
      const page = (state?: FormState, of = document) => documentEditPage(db, of, request.identity, state)
      const form = readForm(documentForm, request.body)
      if (!form.ok) return reply.code(422).page('workspace/edit', await page(form))
      const { version, values } = form.values
      const typed = typedIn(request.body)
      const problems =
        values.ownerBodyId === document.owner_body_id ? [] : await ownerProblem(request, values.ownerBodyId)
      if (problems.length > 0) return reply.code(422).page('workspace/edit', await page({ typed, problems }))
      const refusal = await change(db, request.actor, (work) => changeDocument(work, slug, version, values, today()))
      if (refusal === null) return reply.seeOther(withQuery(editDocumentPath(slug), { sparat: 1 }))
      if (refusal === 'adopted-by-decision') {
        return reply.code(422).page('workspace/edit', await page({ typed, problems: [adoptedByDecision] }))
      }
      const now = await documentBySlug(db, slug)
      return reply
        .code(409)
        .page('workspace/edit', compared(await page({ typed, problems: [] }, now), await page(undefined, now)))
    })

    app.get(`${at}/versioner`, { schema: { params }, config: mine }, async (request, reply) => {
      const document = await documentBySlug(db, request.params.slug)
      return reply.page('workspace/edit', await versionsPage(db, document, today(), undefined, wasSaved(request)))
    })

    app.post(
      `${at}/versioner`,
      // One file of 25 MB and the fields around it; what is larger is measured while it is read.
      { schema: { params }, config: mine, bodyLimit: 60 * 1024 * 1024 },
      async (request, reply) => {
        const { slug } = request.params
        const document = await documentBySlug(db, slug)
        const { typed, files, tooLarge } = await readUpload(request)
        const refuse = async (...problems: Problem[]) =>
          reply.code(422).page('workspace/edit', await versionsPage(db, document, today(), { typed, problems }))
        const form = readForm(uploadForm, typed)
        if (!form.ok) return refuse(...form.problems)
        if (tooLarge.length > 0) return refuse({ field: 'fil', text: fileRefusals['too-large'] })
        const [file] = files
        if (!file) return refuse({ field: 'fil', text: 'Välj en fil.' })
        const read = await readWords(file.bytes)
        if ('refusal' in read) return refuse({ field: 'fil', text: refusalText(read) })
        const { version, beteckning, galler_fran, titel } = form.values
        const refusal = await change(db, request.actor, async (work) => {
          const target =
            version === 'ny' && beteckning !== null && galler_fran !== null
              ? await addVersion(work, slug, { label: beteckning, from: galler_fran }, today())
              : Number(version)
          if (typeof target !== 'number') return target
          await addFile(work, slug, target, { ...file, read: read.words }, titel)
          return null
        })
        if (refusal)
          return refuse({ field: refusal.code === 'decided' ? 'version' : 'galler_fran', text: refusal.text })
        return reply.seeOther(withQuery(documentVersionsPath(slug), { sparat: 1 }))
      },
    )

    app.post(
      `${at}/versioner/:version/ta-bort`,
      { schema: { params: versionParams }, config: mine },
      async (request, reply) => {
        const { slug, version } = request.params
        const document = await documentBySlug(db, slug)
        const refusal = await change(db, request.actor, (work) => removeVersion(work, slug, version))
        if (refusal === null) return reply.seeOther(documentVersionsPath(slug))
        const problems = [{ field: '', text: 'Versionen gäller enligt beslut och kan inte tas bort.' }]
        return reply
          .code(422)
          .page('workspace/edit', await versionsPage(db, document, today(), { typed: {}, problems }))
      },
    )

    app.post(
      `${at}/versioner/filer/:attachment/ta-bort`,
      { schema: { params: fileParams }, config: mine },
      async (request, reply) => {
        const { slug, attachment } = request.params
        const document = await documentBySlug(db, slug)
        const file = await attachmentById(db, attachment)
        const owner = file?.document_version_id
          ? await db
              .selectFrom('document_version')
              .select('document_id')
              .where('id', '=', file.document_version_id)
              .executeTakeFirst()
          : undefined
        if (!file || owner?.document_id !== document.id) throw notFound(`attachment ${attachment} of ${slug}`)
        await change(db, request.actor, (work) => removeFile(work, slug, file))
        return reply.seeOther(documentVersionsPath(slug))
      },
    )

    async function showBoard(
      reply: FastifyReply,
      slug: string,
      more: { form?: FormState; ask?: FormState; notices?: readonly Notice[] } = {},
    ) {
      const document = await documentBySlug(db, slug)
      const rows = await boardOf(db, document.id, today())
      return reply.page('documents/party-board', partyBoardPage(document, rows, today(), more))
    }

    app.get(`${at}/beslutslage`, { schema: { params }, config: mine }, (request, reply) => {
      const { skickat } = request.query as { skickat?: string }
      const notices: Notice[] = [
        ...wasSaved(request),
        ...(skickat === undefined ? [] : [{ tone: 'good' as const, text: 'Länken skickas nu.' }]),
      ]
      return showBoard(reply, request.params.slug, { notices })
    })

    app.post(`${at}/beslutslage`, { schema: { params }, config: mine }, async (request, reply) => {
      const { slug } = request.params
      const document = await documentBySlug(db, slug)
      const rows = await boardOf(db, document.id, today())
      const form = readForm(boardForm(rows.map(({ organisation_id }) => organisation_id)), request.body)
      if (!form.ok) return showBoard(reply.code(422), slug, { form })
      const refusal = await change(db, request.actor, (work) => changeBoard(work, document, form.values, today()))
      if (refusal === null) return reply.seeOther(withQuery(partyBoardPath(slug), { sparat: 1 }))
      const typed = typedIn(request.body)
      if (refusal === 'stale') {
        const now = await boardOf(db, document.id, today())
        const mineNow = partyBoardPage(document, now, today(), { form: { typed, problems: [] } })
        return reply
          .code(409)
          .page('documents/party-board', comparedBoard(mineNow, partyBoardPage(document, now, today())))
      }
      const text =
        refusal === 'later-than-today'
          ? 'Dagen ligger i framtiden.'
          : `För ${refusal.laterKnown.name} är läget redan känt på en senare dag. Välj en dag som inte ligger före den.`
      return showBoard(reply.code(422), slug, { form: { typed, problems: [{ field: 'per', text }] } })
    })

    app.post(`${at}/beslutslage/fraga`, { schema: { params }, config: mine }, async (request, reply) => {
      const { slug } = request.params
      const document = await documentBySlug(db, slug)
      const rows = await boardOf(db, document.id, today())
      const form = readForm(askForm, request.body)
      if (!form.ok) return showBoard(reply.code(422), slug, { ask: form })
      const { part, epost, galler_till } = form.values
      const problems = [
        ...(rows.some((row) => row.organisation_id === part) ? [] : [{ field: 'part', text: 'Välj i listan.' }]),
        ...(galler_till < today() ? [{ field: 'galler_till', text: 'Välj en dag som inte har varit.' }] : []),
      ]
      if (problems.length > 0) {
        return showBoard(reply.code(422), slug, { ask: { typed: typedIn(request.body), problems } })
      }
      await change(db, request.actor, (work) =>
        askParty(work, document, { organisationId: part, address: epost, validUntil: galler_till }),
      )
      return reply.seeOther(withQuery(partyBoardPath(slug), { skickat: 1 }))
    })
  }

const adoptedByDecision: Problem = { field: 'lage', text: 'Att ett dokument antas förs in genom ett beslut.' }
