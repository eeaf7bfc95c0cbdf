import type { Work } from '../audit/work.ts'
import type { Reader } from '../db/database.ts'
import type { MinutesNoteKind } from '../db/schema.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { markOf, sameText } from '../http/stale.ts'
import type { Day } from '../kernel/dates.ts'
import { conflict, notFound } from '../kernel/errors.ts'
import { holdsWords, masked, maskText, timesIn } from '../kernel/masks.ts'
import { type Minutes, wordsMaskedIn } from './minutes.ts'
import { collectMinutes, masksOf, wordsOfItem } from './minutes-queries.ts'
import { freezeVersion } from './publication-changes.ts'
import { frozenMinutes } from './versions-queries.ts'

export const notPublished = 'Protokollet är inte publicerat ännu. Ändra det där det skrivs.'

/** The published minutes, locked. @throws PortalError conflict when they are not published */
async function publishedMinutes(work: Work, meetingId: number) {
  const meeting = await work.trx
    .selectFrom('meeting')
    .select(['id', 'slug', 'title', 'note', 'place', 'state', 'text_kind'])
    .where('id', '=', meetingId)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`meeting ${meetingId}`))
  if (meeting.state !== 'published') throw conflict(notPublished)
  return meeting
}

/** What a form for an item's words was opened on. */
export const wordsMark = ({ text, clauses }: { text: string; clauses: readonly { id: number; clause: string }[] }) =>
  markOf([text, clauses.map(({ id, clause }) => [id, clause])])

export type NewNote = {
  kind: MinutesNoteKind
  note: string
  /** Null: about the minutes as a whole. */
  item: { number: string; mark: string; text: string; clauses: ReadonlyMap<number, string> } | null
}

export type NoteRefusal =
  /** Somebody else has changed the words since the form was opened. */
  | 'stale'
  /** Something that happened after the meeting changes nothing in what the meeting's minutes say. */
  | 'text-after-meeting'
  /** What has been masked is not written anew. */
  | 'masked-words'
  /** A decision cannot be left without its words. */
  | 'empty-clause'

/**
 * Notes an erratum (rättelse) or what happened after the meeting. An erratum may change the words of an item and of its
 * decisions: what stood there is kept with the note, and official wording is frozen in a new version.
 */
export async function noteInMinutes(
  work: Work,
  handlers: readonly EffectHandler[],
  meetingId: number,
  { kind, note, item }: NewNote,
  today: Day,
): Promise<{ refusal: NoteRefusal } | { version: number | null }> {
  const { trx } = work
  const meeting = await publishedMinutes(work, meetingId)
  const about = `meeting/${meeting.slug}`
  const refused = async (refusal: NoteRefusal) => {
    await work.record('minutes.note-refused', about, { refusal })
    return { refusal }
  }
  const stands = item === null ? null : await wordsOfItem(trx, handlers, meetingId, item.number)
  const masks = wordsMaskedIn(await masksOf(trx, meetingId), item?.number ?? null)
  const written = [note, item?.text ?? '', ...(item?.clauses.values() ?? [])].join('\n')
  if (masks.some((words) => holdsWords(written, words))) return refused('masked-words')

  const changes: { before: string; after: string }[] = []
  if (item && stands) {
    const clauses = stands.clauses.map(({ id, clause }) => ({ id, clause, typed: item.clauses.get(id) ?? clause }))
    const mended = clauses.filter(({ clause, typed }) => !sameText(typed, clause))
    const textMended = !sameText(item.text, stands.text)
    if (textMended || mended.length > 0) {
      if (item.mark !== wordsMark(stands)) return refused('stale')
      if (kind === 'after_meeting') return refused('text-after-meeting')
      if (mended.some(({ typed }) => typed.trim() === '')) return refused('empty-clause')
    }
    if (textMended) changes.push({ before: stands.text, after: item.text })
    changes.push(...mended.map(({ clause, typed }) => ({ before: clause, after: typed })))
    const joined = (side: 'before' | 'after') =>
      changes
        .map((one) => one[side].trim())
        .filter((text) => text !== '')
        .join('\n\n') || null
    await trx
      .insertInto('minutes_note')
      .values({
        meeting_id: meetingId,
        agenda_item_id: stands.id,
        kind,
        note,
        noted_on: today,
        noted_by: work.actor.name,
        text_before: joined('before'),
        text_after: joined('after'),
      })
      .execute()
    if (textMended) {
      await trx
        .updateTable('agenda_item')
        .set({ body_text: item.text.trim() || null })
        .where('id', '=', stands.id)
        .execute()
    }
    for (const { id, typed } of mended) {
      await trx
        .updateTable('decision')
        .set({ clause: typed.trim(), clause_origin: meeting.text_kind })
        .where('id', '=', id)
        .execute()
    }
  } else {
    await trx
      .insertInto('minutes_note')
      .values({ meeting_id: meetingId, kind, note, noted_on: today, noted_by: work.actor.name })
      .execute()
  }
  await work.record(kind === 'erratum' ? 'minutes.erratum-noted' : 'minutes.after-meeting-noted', about, {
    item: item?.number ?? null,
    texts_changed: changes.length,
  })
  if (meeting.text_kind === 'summary') return { version: null }
  return { version: (await freezeVersion(work, handlers, meeting, null)).version }
}

/** Everything that minutes say in an item, or anywhere, as one text to look for words in. */
function textsOf(minutes: Minutes, number: string | null): string[] {
  const { title, place, items, attendance, notes } = minutes
  const ofItems = items
    .filter((item) => number === null || item.number === number)
    .flatMap((item) => [
      item.title,
      item.text,
      item.state,
      item.afterMeeting,
      ...item.presenters,
      ...item.statements.flatMap((one) => [one.name, one.statement]),
      ...item.decisions.flatMap((one) => [one.title, one.clause]),
      ...item.notes.map((one) => one.note),
    ])
  const whole = [
    title,
    place,
    ...attendance.flatMap((one) => [one.name, one.title, one.organisation]),
    ...notes.map(({ note }) => note),
  ]
  return [...ofItems, ...(number === null ? whole : [])].filter((text) => text !== null)
}

/** How many times the words stand in the published minutes, or stood in a version of them. */
export async function timesInMinutes(
  db: Reader,
  handlers: readonly EffectHandler[],
  meetingId: number,
  number: string | null,
  words: string,
): Promise<number> {
  const now = await collectMinutes(db, handlers, meetingId)
  const frozen = (await frozenMinutes(db, meetingId)).map(({ minutes }) => minutes)
  const counts = [now, ...frozen].map((minutes) =>
    textsOf(minutes, number).reduce((sum, text) => sum + timesIn(text, words), 0),
  )
  return Math.max(...counts)
}

export type MaskRefusal = 'not-there' | 'in-reason' | 'already-masked'

/**
 * Masks words of published minutes for good: what stands in the tables is covered where it stands, what is frozen or
 * logged is covered wherever it is shown. The frozen versions keep their words, so that the chain of checksums holds.
 * @param number the item; null: wherever the words stand in the minutes
 */
export async function maskWords(
  work: Work,
  handlers: readonly EffectHandler[],
  meetingId: number,
  { number, words, reason }: { number: string | null; words: string; reason: string },
  today: Day,
): Promise<MaskRefusal | null> {
  const { trx } = work
  const meeting = await publishedMinutes(work, meetingId)
  const about = `meeting/${meeting.slug}`
  const refused = async (refusal: MaskRefusal) => {
    await work.record('minutes.mask-refused', about, { refusal })
    return refusal
  }
  if (holdsWords(reason, words)) return refused('in-reason')
  if (holdsWords(maskText, words)) return refused('not-there')
  if (wordsMaskedIn(await masksOf(trx, meetingId), number).some((one) => one.trim() === words.trim()))
    return refused('already-masked')
  if ((await timesInMinutes(trx, handlers, meetingId, number, words)) === 0) return refused('not-there')

  const items = await trx
    .selectFrom('agenda_item')
    .selectAll()
    .where('meeting_id', '=', meetingId)
    .$if(number !== null, (query) => query.where('number', '=', number ?? ''))
    .execute()
  const ids = items.map(({ id }) => id)
  await trx
    .insertInto('minutes_mask')
    .values({
      meeting_id: meetingId,
      agenda_item_id: number === null ? null : (ids[0] ?? null),
      masked: words.trim(),
      reason,
      masked_by: work.actor.name,
      masked_on: today,
    })
    .execute()

  const cover = (text: string) => masked(text, [words])
  const coverOrNull = (text: string | null) => (text === null ? null : cover(text))
  for (const item of items) {
    await trx
      .updateTable('agenda_item')
      .set({
        title: cover(item.title),
        body_text: coverOrNull(item.body_text),
        state_text: coverOrNull(item.state_text),
        after_meeting: coverOrNull(item.after_meeting),
        background: coverOrNull(item.background),
      })
      .where('id', '=', item.id)
      .execute()
  }
  if (ids.length > 0) {
    for (const { id, statement } of await rowsHolding('agenda_item_statement', 'statement'))
      await trx.updateTable('agenda_item_statement').set({ statement }).where('id', '=', id).execute()
    for (const { id, task } of await rowsHolding('assignment', 'task'))
      if (task !== null) await trx.updateTable('assignment').set({ task }).where('id', '=', id).execute()
    const presenters = await trx
      .selectFrom('agenda_item_presenter')
      .selectAll()
      .where('agenda_item_id', 'in', ids)
      .execute()
    for (const { agenda_item_id, position, presenter_text, title } of presenters) {
      await trx
        .updateTable('agenda_item_presenter')
        .set({ presenter_text: coverOrNull(presenter_text), title: coverOrNull(title) })
        .where('agenda_item_id', '=', agenda_item_id)
        .where('position', '=', position)
        .execute()
    }
  }
  const decisions = await trx
    .selectFrom('decision')
    .select(['id', 'title', 'clause'])
    .where('meeting_id', '=', meetingId)
    .where((eb) => (number === null ? eb.lit(true) : eb('agenda_item_id', 'in', [...ids, -1])))
    .execute()
  for (const { id, title, clause } of decisions) {
    await trx
      .updateTable('decision')
      .set({ title: cover(title), clause: coverOrNull(clause) })
      .where('id', '=', id)
      .execute()
    await coverFilings(id)
  }
  if (number === null) {
    await trx
      .updateTable('meeting')
      .set({ title: cover(meeting.title), note: coverOrNull(meeting.note), place: coverOrNull(meeting.place) })
      .where('id', '=', meetingId)
      .execute()
    const attended = await trx
      .selectFrom('attendance')
      .select(['id', 'title', 'on_behalf_text'])
      .where('meeting_id', '=', meetingId)
      .execute()
    for (const { id, title, on_behalf_text } of attended) {
      await trx
        .updateTable('attendance')
        .set({ title: coverOrNull(title), on_behalf_text: coverOrNull(on_behalf_text) })
        .where('id', '=', id)
        .execute()
    }
  }
  // The words themselves are kept out of the log, which nobody can mask.
  await work.record('minutes.masked', about, { item: number, reason })
  if (meeting.text_kind === 'wording') await freezeVersion(work, handlers, meeting, null)
  return null

  async function rowsHolding<Column extends 'statement' | 'task'>(
    table: 'agenda_item_statement' | 'assignment',
    column: Column,
  ) {
    const rows = (await trx
      .selectFrom(table)
      .select(['id', column as never])
      .where('agenda_item_id', 'in', ids)
      .execute()) as unknown as (Record<Column, string | null> & { id: number })[]
    return rows.map((row) => ({ ...row, [column]: coverOrNull(row[column]) }))
  }

  async function coverFilings(decisionId: number) {
    const filings = await trx
      .selectFrom('minutes_filing')
      .innerJoin('effect', 'effect.id', 'minutes_filing.effect_id')
      .select(['minutes_filing.id', 'minutes_filing.additions'])
      .where('effect.decision_id', '=', decisionId)
      .execute()
    for (const { id, additions } of filings) {
      await trx
        .updateTable('minutes_filing')
        .set({ additions: coverOrNull(additions) })
        .where('id', '=', id)
        .execute()
    }
  }
}
