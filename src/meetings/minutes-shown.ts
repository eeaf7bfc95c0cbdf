/** Minutes as a page shows them in full: for adjusters, for a version, and before publication. */
import type { ConflictKind, DecisionKind, MinutesNoteKind } from '../db/schema.ts'
import { type Html, trusted } from '../http/view.ts'
import { dayText } from '../kernel/dates.ts'
import { markdownHtml } from '../kernel/markdown.ts'
import { capitalised, counted, listed } from '../kernel/text.ts'
import type { Minutes, MinutesNote } from './minutes.ts'
import { itemKindNames, textKindNotes } from './texts.ts'

export type ShownMinutes = {
  title: string
  facts: readonly { term: string; values: readonly { text: string }[] }[]
  textNote: string
  items: readonly {
    number: string
    title: string
    note: string
    html: Html | null
    paragraphs: readonly string[]
    statements: readonly string[]
    decisions: readonly { label: string; clause: string }[]
    notes: readonly { title: string; text: string }[]
  }[]
  attendance: readonly { title: string; people: readonly string[] }[]
  notes: readonly { title: string; text: string }[]
}

declare module '../http/view.ts' {
  interface Parts {
    'meetings/_minutes': ShownMinutes
  }
}

const decisionLabels: Record<DecisionKind, string> = {
  decision: 'Beslut',
  position: 'Ställningstagande',
  endorsement: 'Annat organs ställningstagande',
}

const statementWords: Record<ConflictKind, string> = {
  disqualification: 'anmälde jäv',
  reservation: 'reserverade sig',
}

const noteTitles: Record<MinutesNoteKind, string> = { erratum: 'Rättelse', after_meeting: 'Efter mötet' }

/** A note as readers see it: what it is, when it was made and by whom. */
export function shownNote({ kind, on, by, note }: MinutesNote): { title: string; text: string } {
  return { title: `${noteTitles[kind]} ${dayText(on)} (${by})`, text: note }
}

/** Paragraphs of a text that is no official wording: what stands between empty lines. */
export function paragraphsOf(text: string | null): string[] {
  return text === null ? [] : text.split(/\n{2,}/).map((paragraph) => paragraph.trim())
}

export function shownMinutes(minutes: Minutes): ShownMinutes {
  const wording = minutes.textKind === 'wording'
  const people = (capacity: string) =>
    minutes.attendance
      .filter((one) => one.capacity === capacity)
      .map(({ name, title, organisation }) => [name, title, organisation].filter(Boolean).join(', '))
  return {
    title: minutes.title,
    facts: [
      { term: 'Organ', values: [{ text: minutes.body }] },
      { term: 'Datum', values: [{ text: dayText(minutes.heldOn) }] },
      { term: 'Tid', values: [{ text: minutes.time ?? 'framgår inte' }] },
      { term: 'Plats', values: [{ text: minutes.place ?? 'framgår inte' }] },
    ],
    textNote: textKindNotes[minutes.textKind],
    items: minutes.items.map((item) => ({
      number: item.number,
      title: item.title,
      note: [
        capitalised(listed(item.kinds.map((kind) => itemKindNames[kind] ?? kind))),
        ...(item.presenters.length > 0 ? [`Föredragning: ${item.presenters.join(' · ')}`] : []),
        ...(item.state === null ? [] : [`Status: ${item.state}`]),
      ].join('. '),
      html: wording && item.text !== null ? trusted(markdownHtml(item.text)) : null,
      paragraphs: wording ? [] : paragraphsOf(item.text),
      statements: item.statements.map(
        ({ kind, name, statement }) => `${name} ${statementWords[kind]}${statement === null ? '' : `: ${statement}`}`,
      ),
      decisions: item.decisions.map(({ kind, by, clause }) => ({
        label: by === null ? decisionLabels[kind] : `${decisionLabels[kind]}, ${by}`,
        clause,
      })),
      notes: [
        ...(item.afterMeeting === null ? [] : [{ title: 'Efter mötet', text: item.afterMeeting }]),
        ...item.notes.map(shownNote),
      ],
    })),
    attendance: [
      { title: 'Närvarande ledamöter', people: people('member') },
      { title: 'Ersättare', people: people('substitute') },
      { title: 'Övriga deltagare', people: people('other') },
    ]
      .filter((part) => part.people.length > 0)
      .map((part) => ({ ...part, title: `${part.title}, ${counted(part.people.length, 'person', 'personer')}` })),
    notes: minutes.notes.map(shownNote),
  }
}
