import { typedHere } from '../audit/provenance.ts'
import type { Work } from '../audit/work.ts'
import type { PartyPositionState } from '../db/schema.ts'
import { markOf } from '../http/stale.ts'
import type { Day, Precision } from '../kernel/dates.ts'
import { queueLetter } from '../mail/letters.ts'
import { positionLetter } from './letters.ts'
import { type BoardRow, boardOf } from './register-queries.ts'

export type TypedPosition = {
  state: PartyPositionState
  decidedBy: string | null
  decided: { on: Day; precision: Precision } | null
  paragraph: string | null
  url: string | null
}

const columns = ({ state, decidedBy, decided, paragraph, url }: TypedPosition) => ({
  state,
  decided_by: decidedBy,
  decided_on: decided?.on ?? null,
  decided_precision: decided?.precision ?? null,
  paragraph,
  url,
})

/** A row of the board in the shape of its columns. */
const standing = ({ position }: BoardRow) =>
  position === null
    ? null
    : {
        state: position.state,
        decided_by: position.decided_by,
        decided_on: position.decided_on,
        decided_precision: position.decided_precision,
        paragraph: position.paragraph,
        url: position.url,
      }

/** What the board's form was opened on. */
export const boardMark = (rows: readonly BoardRow[]) => markOf(rows.map((row) => [row.organisation_id, standing(row)]))

export type BoardRefusal = 'stale' | 'later-than-today' | { laterKnown: BoardRow }

/**
 * Registers how parties stand, as known on a day. Only what differs is registered; what was known before stays readable
 * on its own day. A party is never unregistered: what is not known any more is 'unknown'.
 */
export async function changeBoard(
  work: Work,
  document: { id: number; slug: string },
  { mark, asOf, positions }: { mark: string; asOf: Day; positions: ReadonlyMap<number, TypedPosition | null> },
  today: Day,
): Promise<BoardRefusal | null> {
  await work.trx.selectFrom('document').select('id').where('id', '=', document.id).forUpdate().execute()
  const rows = await boardOf(work.trx, document.id, today)
  const changed = rows.flatMap((row) => {
    const typed = positions.get(row.organisation_id)
    const differs = typed && JSON.stringify(columns(typed)) !== JSON.stringify(standing(row))
    return differs ? [{ row, typed }] : []
  })
  const later = changed.find(({ row }) => row.position !== null && row.position.as_of > asOf)
  const refusal: BoardRefusal | null =
    boardMark(rows) !== mark ? 'stale' : asOf > today ? 'later-than-today' : later ? { laterKnown: later.row } : null
  if (refusal) {
    const code = typeof refusal === 'string' ? refusal : 'later-known'
    await work.record('party-position.refused', `document/${document.slug}`, { refusal: code })
    return refusal
  }
  for (const { row, typed } of changed) await register(work, document, row, typed, asOf, null, today)
  if (changed.length === 0) await work.record('party-position.unchanged', `document/${document.slug}`)
  return null
}

/** Registers what a party itself says, through its mailed link. */
export async function reportPosition(
  work: Work,
  document: { id: number; slug: string },
  organisationId: number,
  typed: TypedPosition,
  by: string,
  today: Day,
): Promise<void> {
  await work.trx.selectFrom('document').select('id').where('id', '=', document.id).forUpdate().execute()
  const row = (await boardOf(work.trx, document.id, today)).find((one) => one.organisation_id === organisationId)
  if (!row) throw new Error(`organisation ${organisationId} is not on the board of ${document.slug}`)
  await register(work, document, row, typed, today, by, today)
}

async function register(
  work: Work,
  document: { id: number; slug: string },
  row: BoardRow,
  typed: TypedPosition,
  asOf: Day,
  by: string | null,
  today: Day,
): Promise<void> {
  const after = columns(typed)
  const values = {
    ...after,
    as_of_precision: 'day' as const,
    reported_by: by,
    provenance_id: await typedHere(work, today),
  }
  await work.trx
    .insertInto('party_position')
    .values({ document_id: document.id, organisation_id: row.organisation_id, as_of: asOf, ...values })
    .onConflict((conflict) => conflict.columns(['document_id', 'organisation_id', 'as_of']).doUpdateSet(values))
    .execute()
  await work.record('party-position.registered', `document/${document.slug}`, {
    party: row.slug,
    as_of: asOf,
    before: standing(row),
    after,
  })
}

/** Asks a party how it stands: a letter with a single-use link waits to be sent. */
export async function askParty(
  work: Work,
  document: { id: number; slug: string },
  { organisationId, address, validUntil }: { organisationId: number; address: string; validUntil: Day },
): Promise<void> {
  const by = work.actor.name
  await queueLetter(work.trx, positionLetter, { documentId: document.id, organisationId, address, validUntil, by })
  await work.record('party-position.asked', `document/${document.slug}`, { organisation: organisationId })
}
