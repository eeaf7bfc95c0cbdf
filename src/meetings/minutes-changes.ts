import { typedHere } from '../audit/provenance.ts'
import type { Work } from '../audit/work.ts'
import { addPerson, personNamed, plainName, severalPersonsText, unknownPersonText } from '../bodies/named-persons.ts'
import type { AttendanceCapacity, TextKind } from '../db/schema.ts'
import type { Problem } from '../http/forms.ts'
import { markOf, sameText } from '../http/stale.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { textHash } from './minutes.ts'
import { attendanceRows, type ItemWords, itemsToWrite, organisationsByName } from './minutes-queries.ts'
import {
  type MinutesRefusal,
  type PersonLine,
  personLines,
  refuseMinutes,
  serviceUserWord,
  statementLines,
  stateWhenWritten,
} from './minutes-rules.ts'

/** Thrown when the minutes take no changes any more. */
export class MinutesRefused extends Error {
  override name = 'MinutesRefused'
  readonly refusal: MinutesRefusal
  constructor(refusal: MinutesRefusal) {
    super(`the minutes are not changed: ${refusal}`)
    this.refusal = refusal
  }
}

/** The meeting, held by us until the transaction is over, with minutes that can be written. @throws MinutesRefused */
async function openMinutes(work: Work, meetingId: number) {
  const meeting = await work.trx
    .selectFrom('meeting')
    .select(['id', 'slug', 'body_id', 'state', 'held_on', 'text_kind'])
    .where('id', '=', meetingId)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`meeting ${meetingId}`))
  const refusal = refuseMinutes(meeting)
  if (refusal) throw new MinutesRefused(refusal)
  return { ...meeting, held_on: meeting.held_on as Day }
}

type OpenMeeting = Awaited<ReturnType<typeof openMinutes>>

/** Writing minutes on or after the day says that the meeting was held. */
async function markWritten(work: Work, meeting: OpenMeeting, today: Day): Promise<void> {
  const state = stateWhenWritten(meeting, today)
  if (state === meeting.state) return
  await work.trx.updateTable('meeting').set({ state }).where('id', '=', meeting.id).execute()
  await work.record('meeting.drafted', `meeting/${meeting.slug}`, { before: meeting.state, after: state })
}

/** The mark of an item that a form was opened on. */
export const itemMark = (words: ItemWords) => markOf({ ...words })

/** What one item's form sent: what it was opened on, and what was typed. */
export type WrittenItem = { id: number; mark: string; words: ItemWords }

export type SavedItems = {
  saved: readonly string[]
  /** Items that somebody else has saved meanwhile; what was typed for them is not saved. */
  stale: readonly { id: number; stands: ItemWords; mark: string }[]
}

/** Thrown when an item that was written in is gone, so that nothing of the form is saved and nothing of it lost. */
export class ItemsGone extends Error {
  override name = 'ItemsGone'
  readonly ids: readonly number[]
  constructor(ids: readonly number[]) {
    super(`items written in are gone: ${ids.join(', ')}`)
    this.ids = ids
  }
}

const wordNames = ['text', 'foredragning', 'status', 'jav', 'reservationer', 'efter'] as const

export const sameWords = (a: ItemWords, b: ItemWords) =>
  wordNames.every((name) => sameText(a[name], b[name])) && [...a.typ].sort().join() === [...b.typ].sort().join()

/**
 * Saves what has been written of items. Only what differs from what stands is saved; an item that somebody else has
 * saved meanwhile is left as it stands, and told of.
 * @returns what was saved, or what is wrong with the form
 */
export async function saveItems(
  work: Work,
  meetingId: number,
  written: readonly WrittenItem[],
  today: Day,
): Promise<SavedItems | Problem[]> {
  const meeting = await openMinutes(work, meetingId)
  const standing = new Map((await itemsToWrite(work.trx, meetingId)).map((item) => [item.id, item]))
  const problems: Problem[] = []
  const stale: { id: number; stands: ItemWords; mark: string }[] = []
  const saved: string[] = []
  const gone = written.filter(
    ({ id, words }) => !standing.has(id) && wordNames.some((name) => words[name].trim() !== ''),
  )
  if (gone.length > 0) throw new ItemsGone(gone.map(({ id }) => id))
  const organisations = await organisationsByName(work.trx)
  for (const { id, mark, words } of written) {
    const item = standing.get(id)
    if (!item) continue
    if (sameWords(words, item.words)) continue
    if (mark !== itemMark(item.words)) {
      stale.push({ id, stands: item.words, mark: itemMark(item.words) })
      continue
    }
    if (words.typ.length === 0) {
      problems.push({ field: `typ-${id}`, text: `Välj minst en typ för punkt ${item.number}.` })
      continue
    }
    const statements = await readStatements(work, meeting.body_id, id, words, problems)
    if (problems.length > 0) continue
    await work.trx
      .updateTable('agenda_item')
      .set({
        body_text: wordsOrNull(words.text),
        state_text: wordsOrNull(words.status),
        after_meeting: wordsOrNull(words.efter),
        kinds: [...words.typ],
        text_kind: meeting.text_kind,
      })
      .where('id', '=', id)
      .execute()
    if (!sameText(words.foredragning, item.words.foredragning)) {
      await replacePresenters(work, meeting.body_id, id, personLines(words.foredragning), organisations)
    }
    await work.trx.deleteFrom('agenda_item_statement').where('agenda_item_id', '=', id).execute()
    if (statements.length > 0) await work.trx.insertInto('agenda_item_statement').values(statements).execute()
    saved.push(item.number)
    // The text itself is kept out of the log, which nobody can mask: fingerprints show what changed and when.
    await work.record('minutes.item-saved', `meeting/${meeting.slug}`, {
      item: item.number,
      changed: [
        ...wordNames.filter((name) => !sameText(words[name], item.words[name])),
        ...(words.typ.join() === item.words.typ.join() ? [] : ['typ']),
      ],
      before: shortHash(item.words.text),
      after: shortHash(words.text),
    })
  }
  if (problems.length > 0) return problems
  if (saved.length > 0) await markWritten(work, meeting, today)
  else if (stale.length === 0) await work.record('minutes.nothing-changed', `meeting/${meeting.slug}`)
  else
    await work.record('minutes.stale-save', `meeting/${meeting.slug}`, {
      items: stale.map(({ id }) => standing.get(id)?.number),
    })
  return { saved, stale }
}

const shortHash = (text: string) => (text.trim() === '' ? null : textHash(text.trim()).toString('hex').slice(0, 16))

const wordsOrNull = (text: string) => text.replace(/\r\n?/g, '\n').trim() || null

async function readStatements(work: Work, bodyId: number, itemId: number, words: ItemWords, problems: Problem[]) {
  const statements = []
  for (const [field, kind] of [
    ['jav', 'disqualification'],
    ['reservationer', 'reservation'],
  ] as const) {
    for (const { name, statement } of statementLines(words[field])) {
      const person = await personNamed(work.trx, name, bodyId)
      if (person.found === 'one') {
        statements.push({ agenda_item_id: itemId, person_id: person.id, kind, statement })
      } else {
        problems.push({
          field: `${field}-${itemId}`,
          text:
            person.found === 'several'
              ? severalPersonsText(person)
              : `${name} finns inte i registret.${person.similar.length === 0 ? '' : ` Menar du ${person.similar.join(' eller ')}?`} Lägg till personen i närvaron först.`,
        })
      }
    }
  }
  return [...new Map(statements.map((one) => [`${one.person_id} ${one.kind}`, one])).values()]
}

/** Whoever is in the register is linked; others are kept as they are written. */
async function replacePresenters(
  work: Work,
  bodyId: number,
  itemId: number,
  lines: readonly PersonLine[],
  organisations: ReadonlyMap<string, number>,
): Promise<void> {
  await work.trx.deleteFrom('agenda_item_presenter').where('agenda_item_id', '=', itemId).execute()
  for (const [place, { name, title, organisation }] of lines.entries()) {
    const person = await personNamed(work.trx, name, bodyId)
    const organisationId = organisation === null ? undefined : organisations.get(organisation.toLowerCase())
    await work.trx
      .insertInto('agenda_item_presenter')
      .values({
        agenda_item_id: itemId,
        position: place + 1,
        person_id: person.found === 'one' ? person.id : null,
        presenter_text: person.found === 'one' ? null : plainName(name),
        // What is no organisation of the register is a part of the title.
        title: organisationId === undefined ? [title, organisation].filter(Boolean).join(', ') || null : title,
        organisation_id: organisationId ?? null,
      })
      .execute()
  }
}

/** Says whether the texts are the official wording or a summary. Clauses that somebody has worded follow. */
export async function setTextKind(work: Work, meetingId: number, kind: TextKind): Promise<void> {
  const meeting = await openMinutes(work, meetingId)
  if (meeting.text_kind === kind) {
    await work.record('minutes.nothing-changed', `meeting/${meeting.slug}`)
    return
  }
  await work.trx.updateTable('meeting').set({ text_kind: kind }).where('id', '=', meetingId).execute()
  await work.trx.updateTable('agenda_item').set({ text_kind: kind }).where('meeting_id', '=', meetingId).execute()
  await work.trx
    .updateTable('decision')
    .set({ clause_origin: kind })
    .where('meeting_id', '=', meetingId)
    .where('clause', 'is not', null)
    .execute()
  await work.record('minutes.text-kind-set', `meeting/${meeting.slug}`, { before: meeting.text_kind, after: kind })
}

/** One who attended: somebody in the register by id, or a name as it was typed. */
export type Attendant = {
  personId: number | null
  name: string
  capacity: AttendanceCapacity
  title: string | null
  organisation: string | null
  /** The field to point at when the name cannot be read. */
  field: string
}

export const attendanceMark = (rows: Awaited<ReturnType<typeof attendanceRows>>) => markOf(rows)

/**
 * Saves who attended, in the order given. @param mayAdd names that nobody bears become new persons
 * @returns 'stale' when somebody else has saved meanwhile, or what is wrong with the form, or how many attended
 */
export async function saveAttendance(
  work: Work,
  meetingId: number,
  mark: string,
  attendants: readonly Attendant[],
  mayAdd: boolean,
  today: Day,
): Promise<'stale' | Problem[] | { count: number; added: readonly string[] }> {
  const { trx } = work
  const meeting = await openMinutes(work, meetingId)
  const standing = await attendanceRows(trx, meetingId)
  if (mark !== attendanceMark(standing)) {
    await work.record('minutes.stale-save', `meeting/${meeting.slug}`, { part: 'attendance' })
    return 'stale'
  }
  const organisations = await organisationsByName(trx)
  const problems: Problem[] = []
  const added: string[] = []
  const people: (Attendant & { personId: number; serviceUser: boolean })[] = []
  for (const one of attendants) {
    const serviceUser = one.organisation !== null && serviceUserWord.test(one.organisation)
    let { personId } = one
    if (personId === null) {
      const found = await personNamed(trx, one.name, meeting.body_id)
      if (found.found === 'one') personId = found.id
      else if (found.found === 'several') problems.push({ field: one.field, text: severalPersonsText(found) })
      else if (/\d/.test(one.name))
        problems.push({ field: one.field, text: `${one.name} är inget namn: det har siffror.` })
      else if (!mayAdd) problems.push({ field: one.field, text: unknownPersonText(found) })
      else if (problems.length === 0) {
        personId = await addPerson(work, one.name, serviceUser ? 'service_user_representative' : null)
        added.push(plainName(one.name))
      }
    }
    if (personId === null) continue
    const twice = people.find((other) => other.personId === personId)
    if (twice) problems.push({ field: one.field, text: `${plainName(one.name)} står i närvaron två gånger.` })
    else people.push({ ...one, personId, serviceUser })
  }
  if (problems.length > 0) return oncePerField(problems)
  await trx.deleteFrom('attendance').where('meeting_id', '=', meetingId).execute()
  if (people.length > 0) {
    const provenance_id = await typedHere(work)
    await trx
      .insertInto('attendance')
      .values(
        people.map((one, place) => {
          const organisationId =
            one.organisation === null ? null : (organisations.get(one.organisation.toLowerCase()) ?? null)
          return {
            meeting_id: meetingId,
            person_id: one.personId,
            capacity: one.capacity,
            title: one.title,
            organisation_id: organisationId,
            on_behalf_text:
              organisationId === null ? (one.serviceUser ? 'Brukarrepresentant' : one.organisation) : null,
            position: place + 1,
            provenance_id,
          }
        }),
      )
      .execute()
  }
  await markWritten(work, meeting, today)
  const ids = (rows: readonly { person_id: number }[]) => rows.map(({ person_id }) => person_id)
  await work.record('minutes.attendance-saved', `meeting/${meeting.slug}`, {
    before: ids(standing),
    after: people.map(({ personId }) => personId),
  })
  return { count: people.length, added }
}

/** Several names of one text area share its field: their problems are told together. */
function oncePerField(problems: readonly Problem[]): Problem[] {
  return [...Map.groupBy(problems, ({ field }) => field)].map(([field, all]) => ({
    field,
    text: all.map(({ text }) => text).join(' '),
  }))
}

/** The first thing done with minutes after the day: from then on the agenda is theirs and needs no new call. */
export async function beginMinutes(work: Work, meetingId: number, today: Day): Promise<void> {
  await markWritten(work, await openMinutes(work, meetingId), today)
}
