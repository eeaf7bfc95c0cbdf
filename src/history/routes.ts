import { Readable } from 'node:stream'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { verifyChain } from '../audit/verify.ts'
import { change } from '../audit/work.ts'
import type { Database } from '../db/database.ts'
import { allMaskedWords } from '../effects/masks.ts'
import { pageNumber } from '../http/addresses.ts'
import { administrator, coordinatorOf } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { parseDay } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { logFilePath, logPath } from '../kernel/urls.ts'
import { csvLine, eventsPerPage, fileHeader, fileRow, historyPage, logPage, queryOf } from './pages.ts'
import { actsInLog, countEvents, decisionsOf, eventsBefore, historyOf, type LogFilter, subjectOf } from './queries.ts'

const text = (most: number) =>
  z
    .string()
    .max(most)
    .transform((given) => given.trim() || null)
    .nullable()
    .catch(null)
    .default(null)

const dayChoice = z
  .string()
  .transform((given) => parseDay(given.trim()))
  .nullable()
  .catch(null)
  .default(null)

// A filter that cannot be met gives an empty list, and one that cannot be read is left out: links outlive what they found.
const querystring = z
  .object({
    handelse: text(100),
    om: text(300),
    konto: z.coerce.number().int().min(1).max(1e12).nullable().catch(null).default(null),
    fran: dayChoice,
    till_och_med: dayChoice,
    sida: pageNumber,
    kontroll: z.string().optional().catch(undefined),
  })
  .transform(({ handelse, om, konto, fran, till_och_med, sida, kontroll }) => ({
    page: sida,
    verify: kontroll === 'ja',
    filter: { act: handelse, about: om, accountId: konto, from: fran, until: till_och_med } satisfies LogFilter,
  }))

const params = z.object({ register: z.string().max(60), '*': z.string().max(300) })

/** The longest history of one thing that is shown at once. */
const longestHistory = 500

/** How many events are read at a time for a file. */
const batch = 1000

/** The audit log: the history of one thing for its coordinators, all of it for administrators. */
export const historyRoutes =
  ({ db }: Room) =>
  async (app: App) => {
    app.get(
      '/historik/:register/*',
      { schema: { params }, config: { may: coordinatorOf('history'), cache: 'private' } },
      async (request, reply) => {
        const about = { register: request.params.register, key: request.params['*'] }
        const subject = await subjectOf(db, about)
        const decisions = about.register === 'meeting' ? await decisionsOf(db, about.key) : []
        const abouts = [`${about.register}/${about.key}`, ...decisions.map((slug) => `decision/${slug}`)]
        const rows = await historyOf(db, abouts, longestHistory)
        if (!subject && rows.length === 0) throw notFound(`history of ${abouts[0]}`)
        return reply.page('history/show', historyPage(about, subject, rows, await allMaskedWords(db)))
      },
    )

    app.get(
      logPath,
      { schema: { querystring }, config: { may: administrator, cache: 'private' } },
      async (request, reply) => {
        const { filter, page, verify } = request.query
        const [chain, acts, total, rows] = await Promise.all([
          // Every hash is computed again, which takes its time in a long log: only when asked for.
          verify ? verifyChain(db) : null,
          actsInLog(db),
          countEvents(db, filter),
          eventsBefore(db, filter, null, eventsPerPage, (page - 1) * eventsPerPage),
        ])
        return reply.page('history/log', logPage(chain, acts, { filter, page, total }, rows, await allMaskedWords(db)))
      },
    )

    app.get(
      logFilePath,
      { schema: { querystring }, config: { may: administrator, cache: 'private' } },
      async (request, reply) => {
        const { filter } = request.query
        // Taking the log out of the house is itself part of it.
        await change(db, request.actor, (work) => work.record('log.exported', 'log', queryOf(filter)))
        return reply
          .type('text/csv; charset=utf-8')
          .header('content-disposition', 'attachment; filename="historik.csv"')
          .send(Readable.from(fileOf(db, filter)))
      },
    )
  }

/** Read in batches, so that a log of any length goes through. */
async function* fileOf(db: Kysely<Database>, filter: LogFilter): AsyncGenerator<string> {
  yield `\ufeff${csvLine(fileHeader)}`
  const masks = await allMaskedWords(db)
  let before: number | null = null
  do {
    const rows: Awaited<ReturnType<typeof eventsBefore>> = await eventsBefore(db, filter, before, batch)
    yield rows.map((row) => csvLine(fileRow(row, masks))).join('')
    before = rows.length < batch ? null : (rows.at(-1)?.id ?? null)
  } while (before !== null)
}
