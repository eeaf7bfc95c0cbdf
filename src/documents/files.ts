import { createHash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Work } from '../audit/work.ts'
import type { Database, Reader } from '../db/database.ts'
import { badRequest } from '../kernel/errors.ts'
import { holdsPersonalNumber, withoutPersonalNumbers } from '../kernel/personal-number.ts'
import { inText, type MediaType, readKind, safeName } from './file-rules.ts'
import { type FileText, longestText, textOfFile } from './file-text.ts'

// Files of attachments and documents, kept in the database: one copy of the same content whatever it is called.

export type StoredFile = { id: number; mediaType: MediaType; fileName: string }

/**
 * Keeps a file's content.
 * @param name what the sender called it
 * @param read its words, when they have been read already: reading a file may take seconds
 * @throws PortalError bad-request for what readKind refuses, and for a file with a personal identity number: ask readKind
 * and readWords first, to tell the sender why
 */
export async function storeFile(work: Work, bytes: Uint8Array, name: string, read?: FileText): Promise<StoredFile> {
  const kind = readKind(bytes)
  if ('refusal' in kind) throw badRequest('Filen är av ett slag som inte sparas.')
  return keepFile(work, bytes, name, kind.mediaType, read)
}

/** Keeps a text, which no content tells from other files: whoever calls has read it as one. */
export function storeText(work: Work, bytes: Uint8Array, name: string, words: string): Promise<StoredFile> {
  return keepFile(work, bytes, name, 'text/plain', {
    text: words.slice(0, longestText).toWellFormed(),
    numbered: holdsPersonalNumber(words) ? inText : null,
  })
}

async function keepFile(
  work: Work,
  bytes: Uint8Array,
  name: string,
  mediaType: MediaType,
  read: FileText | undefined,
): Promise<StoredFile> {
  const words = read ?? (await textOfFile(bytes, mediaType))
  if ('text' in words && words.numbered !== null)
    throw badRequest(`Filen innehåller något som ser ut som ett personnummer, ${words.numbered}.`)
  if ('trouble' in words && words.trouble === 'too-much') throw badRequest('Filen är för tung att läsa igenom.')
  const sha256 = createHash('sha256').update(bytes).digest()
  await work.trx
    .insertInto('file')
    .values({ sha256, bytes: Buffer.from(bytes), media_type: mediaType })
    .onConflict((conflict) => conflict.column('sha256').doNothing())
    .execute()
  const { id } = await work.trx.selectFrom('file').select('id').where('sha256', '=', sha256).executeTakeFirstOrThrow()
  await keepText(work.trx, id, words)
  return { id, mediaType, fileName: safeName(name, mediaType) }
}

/** Keeps the words of a file for search, once. Of a file from before they were looked through, without numbers. */
async function keepText(db: Work['trx'], fileId: number, read: FileText): Promise<void> {
  const words = 'text' in read ? (read.numbered === null ? read.text : withoutPersonalNumbers(read.text)) : ''
  const values = { content: words, trouble: 'trouble' in read ? read.trouble : null, looked_through: true }
  await db
    .insertInto('file_text')
    .values({ file_id: fileId, ...values })
    .onConflict((conflict) =>
      conflict.column('file_id').doUpdateSet(values).where('file_text.looked_through', '=', false),
    )
    .execute()
}

/** Reads the files that were kept before their words were, or before those were looked through. @returns how many */
export async function readUnreadFiles(db: Kysely<Database>): Promise<number> {
  const unread = await db
    .selectFrom('file')
    .leftJoin('file_text', 'file_text.file_id', 'file.id')
    .select(['file.id', 'file.media_type', 'file_text.content'])
    .where((eb) => eb.or([eb('file_text.file_id', 'is', null), eb('file_text.looked_through', '=', false)]))
    .orderBy('file.id')
    .execute()
  for (const { id, media_type, content } of unread) {
    const read: FileText = content
      ? { text: content, numbered: holdsPersonalNumber(content) ? inText : null }
      : await textOfFile(await fileBytes(db, id), media_type)
    // Nothing in the registers changes: the words stand in the file already.
    await db.transaction().execute((trx) => keepText(trx, id, read))
  }
  return unread.length
}

/** What a file is attached to: exactly one of them. */
export type AttachedTo = { meetingId: number } | { agendaItemId: number } | { documentVersionId: number }

/** Attaches a stored file under a title. @returns the attachment's id, which is its address too */
export async function attachFile(work: Work, file: StoredFile, title: string, to: AttachedTo): Promise<number> {
  const place = {
    meeting_id: 'meetingId' in to ? to.meetingId : null,
    agenda_item_id: 'agendaItemId' in to ? to.agendaItemId : null,
    document_version_id: 'documentVersionId' in to ? to.documentVersionId : null,
  }
  const { id } = await work.trx
    .insertInto('attachment')
    .values({
      file_id: file.id,
      file_name: file.fileName,
      title,
      ...place,
      position: sql<number>`(
        select coalesce(max(position), 0) + 1 from attachment
        where (meeting_id, agenda_item_id, document_version_id)
          is not distinct from (${place.meeting_id}::bigint, ${place.agenda_item_id}::bigint, ${place.document_version_id}::bigint)
      )`,
      added_by: work.actor.name,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Takes an attachment away; the database forgets its content when nothing else holds it. */
export async function detachFile(work: Work, attachmentId: number): Promise<void> {
  await work.trx.deleteFrom('attachment').where('id', '=', attachmentId).execute()
}

/** An attachment with its kind and size, without the content. */
function attachments(db: Reader) {
  return db
    .selectFrom('attachment')
    .innerJoin('file', 'file.id', 'attachment.file_id')
    .leftJoin('agenda_item', 'agenda_item.id', 'attachment.agenda_item_id')
    .select([
      'attachment.id',
      'attachment.file_id',
      'attachment.file_name',
      'attachment.title',
      'attachment.agenda_item_id',
      'attachment.document_version_id',
      'attachment.recorded_at',
      'agenda_item.number as item_number',
      'file.size',
      'file.sha256',
      sql<MediaType>`file.media_type`.as('media_type'),
      sql<number | null>`coalesce(attachment.meeting_id, agenda_item.meeting_id)`.as('meeting_id'),
    ])
}

export type Attachment = Awaited<ReturnType<ReturnType<typeof attachments>['executeTakeFirstOrThrow']>>

export function attachmentById(db: Reader, id: number) {
  return attachments(db).where('attachment.id', '=', id).executeTakeFirst()
}

/** The meeting's own attachments first, then those of its items in the order of the agenda. */
export function attachmentsOfMeeting(db: Reader, meetingId: number) {
  return attachments(db)
    .where(sql<boolean>`coalesce(attachment.meeting_id, agenda_item.meeting_id) = ${meetingId}`)
    .orderBy(sql`agenda_item.position nulls first`)
    .orderBy('attachment.position')
    .orderBy('attachment.id')
    .execute()
}

export function attachmentsOfVersions(db: Reader, documentVersionIds: readonly number[]) {
  if (documentVersionIds.length === 0) return Promise.resolve([])
  return attachments(db)
    .where('attachment.document_version_id', 'in', documentVersionIds)
    .orderBy('attachment.position')
    .orderBy('attachment.id')
    .execute()
}

/** The content of a file. One at a time: a file may be 25 MB. */
export async function fileBytes(db: Reader, fileId: number): Promise<Buffer> {
  const { bytes } = await db.selectFrom('file').select('bytes').where('id', '=', fileId).executeTakeFirstOrThrow()
  return bytes
}
