import type { Work } from '../audit/work.ts'
import { addDecision, changeDecision, type Keeps } from '../decisions/draft-changes.ts'
import { readKind } from '../documents/file-rules.ts'
import type { FileText } from '../documents/file-text.ts'
import { attachFile, storeFile, storeText } from '../documents/files.ts'
import type { Problem } from '../http/forms.ts'
import type { Day } from '../kernel/dates.ts'
import { conflict, notFound } from '../kernel/errors.ts'
import { addItems, bareItem, type ItemValues } from '../meetings/agenda-changes.ts'
import { attendanceMark, itemMark, saveAttendance, saveItems, setTextKind } from '../meetings/minutes-changes.ts'
import { attendanceRows, itemsToWrite } from '../meetings/minutes-queries.ts'
import { createMeeting, enterMentionedMeeting } from '../meetings/workbench-changes.ts'
import { agendaRefusals } from '../meetings/workbench-texts.ts'
import { importById, importFile } from './drafts.ts'
import { type Confirmed, type ConfirmedPart, decisionField } from './proposal-form.ts'

/** Thrown to undo what a form with problems has begun. */
export class ImportRefused extends Error {
  override name = 'ImportRefused'
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super('the import is refused')
    this.problems = problems
  }
}

/**
 * Makes a draft meeting of what a coordinator has confirmed: agenda, texts as official wording, attendance, proposed
 * decisions, and the original as an attachment. Nothing is published and no register changes but that of persons.
 * @param words of the original, read before the transaction
 * @throws ImportRefused with what is wrong, and then nothing is written
 * @returns the meeting's address
 */
export async function makeMeeting(
  work: Work,
  id: number,
  confirmed: Confirmed,
  words: FileText,
  keeps: Keeps,
  today: Day,
): Promise<string> {
  await work.trx.selectFrom('protocol_import').select('id').where('id', '=', id).forUpdate().execute()
  const read = await importById(work.trx, id)
  if (read.meeting_id !== null) throw conflict('Ett möte är redan skapat av filen.')
  const body = await work.trx
    .selectFrom('body')
    .select(['id', 'slug', 'name'])
    .where('slug', '=', confirmed.body as never)
    .executeTakeFirst()
  if (!body) throw new ImportRefused([{ field: 'organ', text: 'Välj i listan.' }])
  if (!keeps(body.slug)) throw new ImportRefused([{ field: 'organ', text: `Du samordnar inte ${body.name}.` }])
  const meeting = await meetingOf(work, body, confirmed, today)
  await setTextKind(work, meeting.id, 'wording')
  const ids = await addAgenda(work, meeting.id, confirmed.parts)
  const attendants = [
    ...confirmed.members.map((one) => ({ ...one, capacity: 'member' as const, field: 'ledamoter' })),
    ...confirmed.others.map((one) => ({ ...one, capacity: 'other' as const, field: 'ovriga' })),
  ].map((one) => ({ ...one, personId: null }))
  const mark = attendanceMark(await attendanceRows(work.trx, meeting.id))
  const attended = await saveAttendance(work, meeting.id, mark, attendants, confirmed.mayAdd, today)
  if (Array.isArray(attended)) throw new ImportRefused(attended)
  await writeTexts(work, meeting.id, ids, confirmed.parts, today)
  const occasion = { bodyId: body.id, decidedOn: confirmed.heldOn, meetingId: meeting.id }
  for (const [place, { decisions }] of confirmed.parts.entries()) {
    for (const { id: decisionId, kind, title, clause, input } of decisions) {
      const made = await addDecision(work, { ...occasion, itemId: ids[place] ?? null }, { title, kind, input }, keeps)
      if (Array.isArray(made)) {
        throw new ImportRefused(made.map((one) => ({ ...one, field: decisionField(decisionId, one.field) })))
      }
      const { version } = await work.trx
        .selectFrom('decision')
        .select('version')
        .where('id', '=', made)
        .executeTakeFirstOrThrow(() => notFound(`decision ${made}`))
      if (clause !== null) await changeDecision(work, made, version, { title, clause })
    }
  }
  const { bytes, file_name } = await importFile(work.trx, id)
  const stored =
    'mediaType' in readKind(bytes)
      ? await storeFile(work, bytes, file_name, words)
      : await storeText(work, bytes, file_name, read.source.text)
  const attachment = await attachFile(work, stored, 'Protokollet i original', { meetingId: meeting.id })
  await work.record('attachment.added', `meeting/${meeting.slug}`, { attachment, title: 'Protokollet i original' })
  await work.trx
    .updateTable('protocol_import')
    .set({ meeting_id: meeting.id, body_id: body.id })
    .where('id', '=', id)
    .execute()
  await work.record('protocol-import.confirmed', `protocol-import/${id}`, { meeting: meeting.slug })
  return meeting.slug
}

/** The meeting to fill: a mentioned one gets its minutes, else a new one. */
async function meetingOf(
  work: Work,
  body: { id: number; slug: string; name: string },
  { heldOn, anotherMeeting }: Confirmed,
  today: Day,
): Promise<{ id: number; slug: string }> {
  const standing = await work.trx
    .selectFrom('meeting')
    .select(['slug', 'title', 'state'])
    .where('body_id', '=', body.id)
    .where('held_on', '=', heldOn)
    .where('state', '!=', 'cancelled')
    .orderBy('id')
    .execute()
  const mentioned = standing.find(({ state }) => state === 'mentioned')
  if (mentioned) return enterMentionedMeeting(work, mentioned.slug)
  const [same] = standing
  if (same && !anotherMeeting) {
    throw new ImportRefused([
      {
        field: 'annat_mote',
        text: `${same.title} finns redan. Kryssa i att det här är ett annat möte samma dag, eller skriv i det som finns.`,
      },
    ])
  }
  const details = { heldOn, startsAt: null, endsAt: null, place: null, videoLink: null }
  return createMeeting(work, body, details, today)
}

/** @returns the ids of the items, in the order of the parts */
async function addAgenda(work: Work, meetingId: number, parts: readonly ConfirmedPart[]): Promise<readonly number[]> {
  const items: (ItemValues & { subItems: ItemValues[] })[] = []
  for (const { sub, title, kinds, presenters, links } of parts) {
    const item: ItemValues = { ...bareItem, title, kinds, presenters, links }
    const before = items.at(-1)
    if (sub && before) before.subItems.push(item)
    else items.push({ ...item, subItems: [] })
  }
  const added = await addItems(work, meetingId, items, { why: null })
  if (typeof added === 'string') {
    throw new ImportRefused([{ field: '', text: added === 'stale' ? 'Dagordningen ändrades.' : agendaRefusals[added] }])
  }
  return added.ids
}

async function writeTexts(
  work: Work,
  meetingId: number,
  ids: readonly number[],
  parts: readonly ConfirmedPart[],
  today: Day,
): Promise<void> {
  const standing = new Map((await itemsToWrite(work.trx, meetingId)).map((item) => [item.id, item.words]))
  const written = parts.flatMap(({ text, status }, place) => {
    const id = ids[place]
    const stands = id === undefined ? undefined : standing.get(id)
    return id === undefined || stands === undefined
      ? []
      : [{ id, mark: itemMark(stands), words: { ...stands, text, status } }]
  })
  const saved = await saveItems(work, meetingId, written, today)
  if (Array.isArray(saved)) throw new ImportRefused(saved.map(({ text }) => ({ field: '', text })))
}
