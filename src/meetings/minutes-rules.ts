/** What may be done with minutes, and how what is pasted into their forms is read. Pure. */
import type { AttendanceCapacity, MeetingState, MembershipRole } from '../db/schema.ts'
import type { Day } from '../kernel/dates.ts'

export type MinutesRefusal = 'published' | 'not-held'

/** May the minutes be written? From the day the meeting is made, so that proposals can be prepared, until they are published. */
export function refuseMinutes({ state }: { state: MeetingState }): MinutesRefusal | null {
  if (state === 'published') return 'published'
  return state === 'cancelled' || state === 'mentioned' ? 'not-held' : null
}

/** The state after minutes have been saved: writing them on or after the day says that the meeting was held. */
export function stateWhenWritten({ state, held_on }: { state: MeetingState; held_on: Day }, today: Day): MeetingState {
  return ['planned', 'called', 'held'].includes(state) && held_on <= today ? 'drafted' : state
}

const asMember: readonly MembershipRole[] = [
  'chair',
  'vice_chair',
  'member',
  'representative',
  'service_user_representative',
]

/** In what capacity somebody with the role attends. Support functions have no seat. */
export function capacityOf(role: MembershipRole): AttendanceCapacity {
  if (asMember.includes(role)) return 'member'
  return role === 'substitute' ? 'substitute' : 'other'
}

export type PersonLine = { name: string; title: string | null; organisation: string | null }

/** The word in place of an organisation for those who speak for service users: they get no page of their own. */
export const serviceUserWord = /^brukarrepresentant(er)?$/i

/**
 * Reads a pasted list: one person a line, 'Namn, titel, organisation' or 'Namn, organisation'. A line that ends in a
 * comma goes on in the next, as printed lists wrap. Bullets and numbers before the name are left out.
 */
export function personLines(text: string): PersonLine[] {
  const whole = text.replace(/\r\n?/g, '\n').replace(/,[ \t]*\n\s*/g, ', ')
  return whole
    .split('\n')
    .map((line) =>
      line
        .replace(/^\s*(?:[-–•*]|\d{1,3}[.)])\s+/, '')
        .replace(/\s+/g, ' ')
        .replace(/[\s,;.·]+$/, '')
        .trim(),
    )
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', ...rest] = line.split(/\s*,\s*/)
      const organisation = rest.at(-1) ?? null
      const title = rest.slice(0, -1).join(', ') || null
      return { name, title, organisation }
    })
}

/** The way back. */
export function personLineText({ name, title, organisation }: PersonLine): string {
  return [name, title, organisation].filter((part) => part !== null && part !== '').join(', ')
}

export type StatementLine = { name: string; statement: string | null }

/** One person a line, 'Namn' or 'Namn: vad som sades'. */
export function statementLines(text: string): StatementLine[] {
  return text
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => line.replace(/^\s*[-–•*]\s+/, '').trim())
    .filter((line) => line !== '')
    .map((line) => {
      const at = line.indexOf(':')
      const statement = at === -1 ? '' : line.slice(at + 1).trim()
      return { name: (at === -1 ? line : line.slice(0, at)).trim(), statement: statement || null }
    })
}

export type ItemLine = { title: string; kinds: readonly string[]; sub: boolean }

/**
 * Reads pasted headings into items: one a line, with or without its number. A line that begins with a dash or a letter
 * ('- Digital ungdomsmottagning', 'b) …', '5b …') is a sub-item. '(beslut)' last says what kind of item it is.
 * @param kindNames the words for each kind
 */
export function itemLines(text: string, kindNames: Readonly<Record<string, string>>): ItemLine[] {
  const lines: ItemLine[] = []
  for (const raw of text.replace(/\r\n?/g, '\n').split('\n')) {
    const parts = /^\s*(?:(\d{1,3})?\s*([a-zåäö])?[.)]?\s+|([-–•*])\s*)?(.*?)(?:\s*\(([^()]*)\))?\s*$/.exec(
      // '5b Digital …': the letter belongs to the number only when a number or a stop shows it.
      raw.replace(/^\s*([a-zåäö])(?=\s)(?![.)])/i, '\u0000$1'),
    )
    const title = (parts?.[4] ?? '').replaceAll('\u0000', '').trim()
    if (title === '') continue
    const words = (parts?.[5] ?? '').split(/\s*(?:,|\boch\b|\+)\s*/).map((word) => word.toLowerCase())
    const kinds = Object.keys(kindNames).filter((kind) => words.includes(kindNames[kind] ?? ''))
    const meant = kinds.length > 0 || parts?.[5] === undefined
    lines.push({
      title: meant ? title : `${title} (${parts?.[5]})`,
      kinds,
      sub: (parts?.[2] !== undefined || parts?.[3] !== undefined) && lines.length > 0,
    })
  }
  return lines
}
