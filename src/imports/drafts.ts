import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Work } from '../audit/work.ts'
import type { Reader } from '../db/database.ts'
import type { Typed } from '../http/forms.ts'
import { notFound } from '../kernel/errors.ts'
import type { KnownLink, SourceText } from './lines.ts'
import { proposeMeeting } from './registers.ts'

// Old protocols that have been read, until a coordinator makes meetings of them.

/** A file as it came in, with the text that was read out of it. */
export type ReadFile = { name: string; bytes: Uint8Array; source: SourceText }

/**
 * Keeps a file that has been read, for a coordinator to go on with. The same content is kept once.
 * @returns its id, and whether it was here before
 */
export async function keepImport(
  work: Work,
  { name, bytes, source }: ReadFile,
): Promise<{ id: number; known: boolean }> {
  const sha256 = createHash('sha256').update(bytes).digest()
  const { matches } = await proposeMeeting(work.trx, source)
  const kept = await work.trx
    .insertInto('protocol_import')
    .values({
      sha256,
      file_name: plainFileName(name),
      bytes: Buffer.from(bytes),
      source_text: storable(source.text),
      source_paragraphs: source.paragraphs,
      source_links: source.links === null ? null : JSON.stringify(source.links.map(storableLink)),
      body_id: matches.body?.id ?? null,
      added_by: work.actor.name,
      added_by_account_id: work.actor.accountId ?? null,
    })
    .onConflict((conflict) => conflict.column('sha256').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (kept) {
    await work.record('protocol-import.read', `protocol-import/${kept.id}`, {
      sha256: sha256.toString('hex'),
      body: matches.body?.slug ?? null,
    })
    return { id: kept.id, known: false }
  }
  const { id } = await work.trx
    .selectFrom('protocol_import')
    .select('id')
    .where('sha256', '=', sha256)
    .executeTakeFirstOrThrow()
  await work.record('protocol-import.known', `protocol-import/${id}`)
  return { id, known: true }
}

/** Signs that PostgreSQL does not keep are no words. */
const storable = (text: string) => text.replaceAll('\0', '').toWellFormed()
const storableLink = ({ page, anchor, url }: KnownLink): KnownLink => ({
  page,
  anchor: storable(anchor),
  url: storable(url),
})

/** The last part of a path, without signs that no file name has. */
function plainFileName(name: string): string {
  const bare = (name.split(/[/\\]/).at(-1) ?? '').replace(/[\p{Cc}\p{Cf}]/gu, ' ').trim()
  return [...bare].slice(-200).join('').trim() || 'protokoll'
}

function imports(db: Reader) {
  return db
    .selectFrom('protocol_import')
    .leftJoin('body', 'body.id', 'protocol_import.body_id')
    .leftJoin('meeting', 'meeting.id', 'protocol_import.meeting_id')
    .leftJoin('body as meeting_body', 'meeting_body.id', 'meeting.body_id')
    .select([
      'protocol_import.id',
      'protocol_import.file_name',
      'protocol_import.version',
      'protocol_import.added_by',
      'protocol_import.added_by_account_id',
      'protocol_import.recorded_at',
      'protocol_import.meeting_id',
      'meeting.slug as meeting_slug',
      'meeting.title as meeting_title',
      'meeting.state as meeting_state',
      'body.name as body_name',
      sql<string | null>`coalesce(meeting_body.slug, body.slug)`.as('body_slug'),
    ])
}

export type ListedImport = Awaited<ReturnType<ReturnType<typeof imports>['executeTakeFirstOrThrow']>>

/** Everything that has been read and waits, the newest first; then what has become meetings. */
export function listImports(db: Reader) {
  return imports(db)
    .orderBy(sql`protocol_import.meeting_id is not null`)
    .orderBy('protocol_import.id', 'desc')
    .limit(200)
    .execute()
}

/** One import with its text, without the file. @throws PortalError not-found */
export async function importById(db: Reader, id: number) {
  const row = await imports(db)
    .select([
      'protocol_import.sha256',
      'protocol_import.source_text',
      'protocol_import.source_paragraphs',
      'protocol_import.source_links',
      'protocol_import.typed',
    ])
    .where('protocol_import.id', '=', id)
    .executeTakeFirstOrThrow(() => notFound(`protocol import ${id}`))
  const source: SourceText = {
    text: row.source_text,
    paragraphs: row.source_paragraphs,
    links: row.source_links as KnownLink[] | null,
  }
  return { ...row, typed: row.typed as Typed, source }
}

export type ProtocolImport = Awaited<ReturnType<typeof importById>>

export function importFile(db: Reader, id: number) {
  return db
    .selectFrom('protocol_import')
    .select(['bytes', 'file_name'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow(() => notFound(`protocol import ${id}`))
}

/** Meetings that already have the same file attached. */
export function meetingsWithFile(db: Reader, sha256: Buffer) {
  return db
    .selectFrom('attachment')
    .innerJoin('file', 'file.id', 'attachment.file_id')
    .innerJoin('meeting', 'meeting.id', 'attachment.meeting_id')
    .select(['meeting.slug', 'meeting.title'])
    .distinct()
    .where('file.sha256', '=', sha256)
    .execute()
}

/** Keeps what has been corrected so far. @returns 'stale' when somebody else has saved since the form was opened */
export async function saveTyped(work: Work, id: number, version: number, typed: Typed): Promise<'stale' | null> {
  const { numUpdatedRows } = await work.trx
    .updateTable('protocol_import')
    .set({ typed: JSON.stringify(typed) })
    .where('id', '=', id)
    .where('version', '=', version)
    .where('meeting_id', 'is', null)
    .executeTakeFirst()
  const refused = numUpdatedRows === 0n
  await work.record(refused ? 'protocol-import.stale-save' : 'protocol-import.corrected', `protocol-import/${id}`)
  return refused ? 'stale' : null
}

/** Takes away what was read, as long as no meeting has been made of it. */
export async function removeImport(work: Work, id: number): Promise<void> {
  const { numDeletedRows } = await work.trx
    .deleteFrom('protocol_import')
    .where('id', '=', id)
    .where('meeting_id', 'is', null)
    .executeTakeFirst()
  await work.record(
    numDeletedRows === 0n ? 'protocol-import.removal-refused' : 'protocol-import.removed',
    `protocol-import/${id}`,
  )
}
