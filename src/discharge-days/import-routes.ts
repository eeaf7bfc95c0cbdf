import { randomUUID } from 'node:crypto'
import multipart from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { change } from '../audit/work.ts'
import { uploadTrouble } from '../documents/uploads.ts'
import { csvOf } from '../http/exports.ts'
import { anyCoordinator } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { notFound, PortalError } from '../kernel/errors.ts'
import { holdsPersonalNumber, withoutPersonalNumbers } from '../kernel/personal-number.ts'
import { storable } from '../kernel/text.ts'
import { dischargeImportPath, dischargeImportsPath, withQuery } from '../kernel/urls.ts'
import { rememberLayout, undoImport } from './changes.ts'
import { importPage, importsPage, layoutPage, previewPage } from './import-pages.ts'
import { confirmReading, type Preview, previewOf, readUpload } from './imports.ts'
import { importMark } from './queries.ts'
import {
  type ColumnRole,
  episodeColumns,
  type FileKind,
  type Layout,
  neededColumns,
  summaryColumns,
} from './reading/columns.ts'
import type { Reading } from './reading/read-file.ts'
import { PersonalNumberFound, UnknownLayout, UnusableFile } from './reading/unusable.ts'
import { rejectionReasons } from './texts.ts'

/**
 * What waits between preview and confirmation: counts in this process' memory, for half an hour. Nothing of a file is
 * written anywhere before somebody has confirmed it, and whoever restarts the server sends the file once more.
 */
type Waiting = { reading: Reading; preview: Preview; owner: string; layout: Layout | null; until: number }

const patience = 30 * 60 * 1000
const mostWaiting = 20
const largestFile = 2 * 1024 * 1024 * 1024
const largestText = 1024 * 1024

const idParams = z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) })
const tokenParams = z.object({ token: z.uuid() })

/** How files of discharge days come in: sent, previewed, confirmed, undone. For coordinators. */
export const dischargeImportRoutes =
  ({ db, today }: Room) =>
  async (app: App) => {
    await app.register(multipart, { limits: { files: 1, fileSize: largestFile, fields: 40, fieldSize: largestText } })
    const own = { config: { may: anyCoordinator, cache: 'private' } } as const
    const waiting = new Map<string, Waiting>()

    const keep = (entry: Omit<Waiting, 'until'>): string => {
      for (const [token, { until }] of waiting) if (until < performance.now()) waiting.delete(token)
      const oldest = waiting.keys().next().value
      if (waiting.size >= mostWaiting && oldest !== undefined) waiting.delete(oldest)
      const token = randomUUID()
      waiting.set(token, { ...entry, until: performance.now() + patience })
      return token
    }
    const find = (request: FastifyRequest, token: string): Waiting => {
      const found = waiting.get(token)
      if (found === undefined || found.until < performance.now() || found.owner !== ownerOf(request)) {
        throw notFound(`preview ${token}`)
      }
      return found
    }

    app.get(dischargeImportsPath, own, async (_request, reply) =>
      reply.page('discharge-days/imports', await importsPage(db)),
    )

    app.post(dischargeImportsPath, own, async (request, reply) => {
      const sent = await receive(request, async (source, name, layout) =>
        readUpload(db, source, name, today(), { layout }),
      )
      if (sent.refusal instanceof UnknownLayout) {
        const asked = Object.keys(sent.chosen).length > 0
        const problems = asked
          ? [
              {
                field: 'kolumn-municipality',
                text: 'Ange kommun, förvaltning och antingen de två dagarna, eller period, antal och dagar.',
              },
            ]
          : []
        return reply
          .code(422)
          .page('discharge-days/layout', layoutPage(sent.refusal.headers, sent.text, problems, sent.chosen))
      }
      if (sent.refusal !== null) {
        // What was pasted is not shown again when it may hold somebody's number.
        const typed = sent.refusal instanceof PersonalNumberFound ? '' : (sent.text ?? '')
        const field = sent.text === null ? 'fil' : 'text'
        return reply
          .code(422)
          .page('discharge-days/imports', await importsPage(db, [{ field, text: sent.refusal.message }], typed))
      }
      const { reading, layout } = sent
      const token = keep({ reading, layout, preview: await previewOf(db, reading), owner: ownerOf(request) })
      return reply.seeOther(`${dischargeImportsPath}/forhandsgranskning/${token}`)
    })

    const previewPath = `${dischargeImportsPath}/forhandsgranskning/:token`
    const withToken = { ...own, schema: { params: tokenParams } } as const
    app.get(previewPath, withToken, async (request, reply) => {
      const { reading, preview } = find(request, request.params.token)
      return reply.page('discharge-days/preview', previewPage(request.params.token, reading, preview))
    })
    app.get(`${previewPath}/avvisade.csv`, withToken, async (request, reply) => {
      const { reading } = find(request, request.params.token)
      const rows = [...reading.rejections.all(reading.headers)].map(({ line, column, header, reason }) => [
        line,
        column,
        header,
        rejectionReasons[reason],
      ])
      return reply
        .header('content-disposition', 'attachment; filename="avvisade-rader.csv"')
        .type('text/csv; charset=utf-8')
        .send(csvOf({ name: 'avvisade-rader', headers: ['rad', 'kolumn', 'rubrik', 'varför'], rows }))
    })
    app.post(previewPath, withToken, async (request, reply) => {
      const { token } = request.params
      const entry = find(request, token)
      const { reading, layout } = entry
      if (entry.preview.mark !== (await importMark(db))) {
        entry.preview = await previewOf(db, reading)
        return reply.code(409).page('discharge-days/preview', previewPage(token, reading, entry.preview, [], true))
      }
      const accepts = (request.body as { godta?: unknown } | null)?.godta === 'ja'
      const problem =
        reading.accepted === 0
          ? { field: '', text: 'Ingen rad kan läsas in.' }
          : reading.rejections.count > 0 && !accepts
            ? {
                field: 'godta',
                text: 'Bekräfta att de avvisade raderna inte ska läsas in, eller avbryt och rätta filen.',
              }
            : null
      if (problem)
        return reply.code(422).page('discharge-days/preview', previewPage(token, reading, entry.preview, [problem]))
      try {
        if (layout !== null) await change(db, request.actor, (work) => rememberLayout(work, reading.headers, layout))
        const { batchId } = await confirmReading(db, request.actor, reading)
        waiting.delete(token)
        return reply.seeOther(withQuery(dischargeImportPath(batchId), { ny: 'ja' }))
      } catch (error) {
        if (!(error instanceof PortalError) || error.trouble !== 'conflict') throw error
        return reply
          .code(409)
          .page(
            'discharge-days/preview',
            previewPage(token, reading, entry.preview, [{ field: '', text: error.details }]),
          )
      }
    })
    app.post(`${previewPath}/avbryt`, withToken, async (request, reply) => {
      find(request, request.params.token)
      waiting.delete(request.params.token)
      return reply.seeOther(dischargeImportsPath)
    })

    const withId = { ...own, schema: { params: idParams } } as const
    app.get(`${dischargeImportsPath}/:id`, withId, async (request, reply) =>
      reply.page(
        'discharge-days/import',
        await importPage(db, request.params.id, (request.query as { ny?: unknown }).ny === 'ja'),
      ),
    )
    app.post(`${dischargeImportsPath}/:id/angra`, withId, async (request, reply) => {
      await change(db, request.actor, (work) => undoImport(work, request.params.id))
      return reply.seeOther(dischargeImportPath(request.params.id))
    })
  }

const ownerOf = ({ actor }: FastifyRequest) => `${actor.accountId ?? ''}/${actor.name}`

type Received = {
  /** What was pasted; null when a file was sent. */
  text: string | null
  chosen: Record<string, string>
} & ({ refusal: UnusableFile } | { refusal: null; reading: Reading; layout: Layout | null })

const pastedNumber =
  'Det du klistrade in innehåller något som ser ut som ett personnummer. Ta bort det och klistra in igen.'

/** Reads the form as it arrives: the choices first, then the file, which is counted while it is still coming. */
async function receive(
  request: FastifyRequest,
  read: (source: AsyncIterable<Buffer>, name: string, layout: Layout | null) => Promise<Reading>,
): Promise<Received> {
  if (!request.isMultipart()) throw new PortalError('unsupported-media-type', 'not a multipart form')
  const chosen: Record<string, string> = {}
  let text: string | null = null
  let outcome: { reading: Reading } | { refusal: UnusableFile } | null = null
  const attempt = async (source: AsyncIterable<Buffer>, name: string) => {
    try {
      return { reading: await read(source, name, layoutOf(chosen)) }
    } catch (error) {
      if (error instanceof UnusableFile) return { refusal: error }
      throw error
    }
  }
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') {
        const value = storable(String(part.value ?? ''))
        if (part.fieldname === 'text') text = value.trim() === '' ? null : value
        else if (part.fieldname.startsWith('kolumn-') && value !== '')
          chosen[part.fieldname] = withoutPersonalNumbers(value)
        continue
      }
      const blocks = part.file[Symbol.asyncIterator]() as AsyncIterator<Buffer>
      if (part.filename !== '')
        outcome = await attempt({ [Symbol.asyncIterator]: () => ({ next: () => blocks.next() }) }, part.filename)
      // A refused file is let through to its end, so that the sender hears why.
      while (!(await blocks.next()).done);
      if (part.file.truncated) outcome = { refusal: new UnusableFile('Filen är större än 2 GB. Dela upp den.') }
    }
  } catch (error) {
    throw uploadTrouble(error)
  }
  if (outcome === null && text !== null) {
    const pasted = Buffer.from(text)
    outcome = await attempt(
      (async function* () {
        yield pasted
      })(),
      'Inklistrade rader',
    )
    // Rows that were not read may hold one too, and would be shown again.
    if ('refusal' in outcome && holdsPersonalNumber(text) && !(outcome.refusal instanceof PersonalNumberFound))
      outcome = { refusal: new PersonalNumberFound(pastedNumber) }
  } else if (outcome !== null) text = null
  outcome ??= { refusal: new UnusableFile('Välj en fil eller klistra in rader.') }
  if ('refusal' in outcome) return { text, chosen, refusal: outcome.refusal }
  return { text, chosen, refusal: null, reading: outcome.reading, layout: layoutOf(chosen) }
}

/** The layout that was chosen in the form; null when it is not whole. */
function layoutOf(chosen: Readonly<Record<string, string>>): Layout | null {
  const columns: Partial<Record<ColumnRole, number>> = {}
  for (const role of [...episodeColumns, ...summaryColumns]) {
    const value = chosen[`kolumn-${role}`]
    if (value !== undefined && /^\d{1,3}$/.test(value)) columns[role] = Number(value)
  }
  const kind = (['episodes', 'summaries'] as FileKind[]).find((kind) =>
    neededColumns[kind].every((role) => role in columns),
  )
  return kind === undefined ? null : { kind, columns }
}
