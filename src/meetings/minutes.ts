/** What minutes say, in the one form that is approved, hashed, frozen and compared. Pure. */
import { createHash } from 'node:crypto'
import type { AttendanceCapacity, ConflictKind, DecisionKind, MinutesNoteKind, TextKind } from '../db/schema.ts'
import type { Day } from '../kernel/dates.ts'
import { masked } from '../kernel/masks.ts'

export type MinutesStatement = { kind: ConflictKind; name: string; statement: string | null }
export type MinutesDecision = {
  kind: DecisionKind
  title: string
  /** Another body's standpoint, and when; null for the meeting's own. */
  by: string | null
  clause: string
}
export type MinutesNote = { kind: MinutesNoteKind; on: Day; by: string; note: string }

export type MinutesItem = {
  number: string
  title: string
  kinds: readonly string[]
  presenters: readonly string[]
  state: string | null
  text: string | null
  statements: readonly MinutesStatement[]
  decisions: readonly MinutesDecision[]
  afterMeeting: string | null
  notes: readonly MinutesNote[]
}

export type Minutes = {
  title: string
  body: string
  heldOn: Day
  /** '10.00–12.00' */
  time: string | null
  place: string | null
  textKind: TextKind
  items: readonly MinutesItem[]
  attendance: readonly {
    capacity: AttendanceCapacity
    name: string
    title: string | null
    organisation: string | null
  }[]
  /** Notes about the minutes as a whole. */
  notes: readonly MinutesNote[]
}

const kindWords: Record<string, string> = {
  information: 'information',
  discussion: 'diskussion',
  decision: 'beslut',
  position: 'ställningstagande',
  status_report: 'lägesrapport',
  workshop: 'workshop',
}
const statementWords: Record<ConflictKind, string> = { disqualification: 'Jäv', reservation: 'Reservation' }
const decisionWords: Record<DecisionKind, string> = {
  decision: 'Beslut',
  position: 'Ställningstagande',
  endorsement: 'Återgivet ställningstagande',
}
const noteWords: Record<MinutesNoteKind, string> = { erratum: 'Rättelse', after_meeting: 'Efter mötet' }
const capacityWords: Record<AttendanceCapacity, string> = {
  member: 'Närvarande ledamöter',
  substitute: 'Ersättare',
  other: 'Övriga deltagare',
}

/** One form of every text: composed letters, \n, no spaces before a line's end. */
const plain = (text: string) =>
  text
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/[ \t]+$/gm, '')
    .trim()

const noteLine = ({ kind, on, by, note }: MinutesNote) => `${noteWords[kind]} ${on} (${by}): ${plain(note)}`

/**
 * The canonical text of minutes: what the checksum is of. The same minutes always give the same text; it changes when
 * anything that readers are told changes.
 */
export function minutesText(minutes: Minutes): string {
  const { title, body, heldOn, time, place, textKind, items, attendance, notes } = minutes
  const lines = [
    plain(title),
    `Organ: ${plain(body)}`,
    `Datum: ${heldOn}`,
    `Tid: ${time ?? 'framgår inte'}`,
    `Plats: ${place === null ? 'framgår inte' : plain(place)}`,
    `Text: ${textKind === 'wording' ? 'ordalydelse' : 'sammanfattning'}`,
  ]
  for (const item of items) {
    lines.push(
      '',
      `${item.number} ${plain(item.title)}`,
      `Typ: ${item.kinds.map((kind) => kindWords[kind] ?? kind).join(', ')}`,
    )
    for (const presenter of item.presenters) lines.push(`Föredragning: ${plain(presenter)}`)
    if (item.state !== null) lines.push(`Status: ${plain(item.state)}`)
    if (item.text !== null) lines.push('', plain(item.text))
    if (item.statements.length > 0 || item.decisions.length > 0 || item.afterMeeting !== null || item.notes.length > 0)
      lines.push('')
    for (const { kind, name, statement } of item.statements)
      lines.push(`${statementWords[kind]}: ${plain(name)}${statement === null ? '' : `: ${plain(statement)}`}`)
    for (const { kind, by, clause } of item.decisions)
      lines.push(`${decisionWords[kind]}${by === null ? '' : ` (${plain(by)})`}: ${plain(clause)}`)
    if (item.afterMeeting !== null) lines.push(`Efter mötet: ${plain(item.afterMeeting)}`)
    lines.push(...item.notes.map(noteLine))
  }
  for (const capacity of ['member', 'substitute', 'other'] as const) {
    const people = attendance.filter((one) => one.capacity === capacity)
    if (people.length === 0) continue
    lines.push('', `${capacityWords[capacity]} (${people.length})`)
    for (const { name, title: role, organisation } of people)
      lines.push(
        [name, role, organisation]
          .filter((part) => part !== null)
          .map(plain)
          .join(', '),
      )
  }
  if (notes.length > 0) lines.push('', ...notes.map(noteLine))
  return `${lines.join('\n')}\n`
}

/** SHA-256 of a text in UTF-8: what anybody gets who saves the text and counts for themselves. */
export function textHash(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}

/** Words that are masked: in one item, or with no number wherever they stand in the minutes. */
export type Mask = { number: string | null; words: string }

/** What is masked in an item; null: in what belongs to no item. */
export function wordsMaskedIn(masks: readonly Mask[], number: string | null): string[] {
  return masks.filter((mask) => mask.number === null || mask.number === number).map(({ words }) => words)
}

/** The minutes as readers see them: with masks over what must not be shown. */
export function withMasks(minutes: Minutes, masks: readonly Mask[]): Minutes {
  if (masks.length === 0) return minutes
  const covering = (words: readonly string[]) => ({
    cover: (text: string) => masked(text, words),
    coverOrNull: (text: string | null) => (text === null ? null : masked(text, words)),
  })
  const items = minutes.items.map((item) => {
    const words = wordsMaskedIn(masks, item.number)
    if (words.length === 0) return item
    const { cover, coverOrNull } = covering(words)
    return {
      ...item,
      title: cover(item.title),
      presenters: item.presenters.map(cover),
      state: coverOrNull(item.state),
      text: coverOrNull(item.text),
      afterMeeting: coverOrNull(item.afterMeeting),
      statements: item.statements.map((one) => ({
        ...one,
        name: cover(one.name),
        statement: coverOrNull(one.statement),
      })),
      decisions: item.decisions.map((one) => ({ ...one, title: cover(one.title), clause: cover(one.clause) })),
      notes: item.notes.map((one) => ({ ...one, note: cover(one.note) })),
    }
  })
  const { cover, coverOrNull } = covering(wordsMaskedIn(masks, null))
  return {
    ...minutes,
    title: cover(minutes.title),
    place: coverOrNull(minutes.place),
    items,
    attendance: minutes.attendance.map((one) => ({
      ...one,
      name: cover(one.name),
      title: coverOrNull(one.title),
      organisation: coverOrNull(one.organisation),
    })),
    notes: minutes.notes.map((one) => ({ ...one, note: cover(one.note) })),
  }
}
