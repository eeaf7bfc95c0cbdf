/** What differs between two versions of minutes, word by word. Pure. */
import { diffWordsWithSpace } from 'diff'
import type { Minutes, MinutesItem } from './minutes.ts'

const swedishWords = new Intl.Segmenter('sv', { granularity: 'word' })

/** A stretch of text that was there before, is there now, or both. */
export type Stretch = { kind: 'same' | 'added' | 'removed'; text: string }

/** Word by word, as Swedish has its words: 'S:t' and 'kl. 10.00' stay whole. */
export function wordDifferences(before: string, after: string): Stretch[] {
  return diffWordsWithSpace(before, after, { intlSegmenter: swedishWords }).map(({ value, added, removed }) => ({
    kind: added ? 'added' : removed ? 'removed' : 'same',
    text: value,
  }))
}

export type ItemDifference = { number: string; title: string; parts: { label: string; stretches: Stretch[] }[] }

const textOf: readonly [label: string, of: (item: MinutesItem) => string][] = [
  ['Rubrik', (item) => item.title],
  ['Text', (item) => item.text ?? ''],
  ['Status', (item) => item.state ?? ''],
  ['Föredragning', (item) => item.presenters.join('\n')],
  ['Beslut', (item) => item.decisions.map(({ clause }) => clause).join('\n')],
  [
    'Jäv och reservationer',
    (item) => item.statements.map(({ name, statement }) => `${name}: ${statement ?? ''}`).join('\n'),
  ],
  ['Efter mötet', (item) => item.afterMeeting ?? ''],
  ['Anteckningar', (item) => item.notes.map(({ on, note }) => `${on} ${note}`).join('\n')],
]

/** What differs, item by item; items where nothing does are left out. */
export function versionDifferences(before: Minutes, after: Minutes): ItemDifference[] {
  const was = new Map(before.items.map((item) => [item.number, item]))
  const ofItems = after.items.flatMap((item): ItemDifference[] => {
    const old = was.get(item.number)
    const parts = textOf
      .map(([label, of]) => ({ label, before: old ? of(old) : '', after: of(item) }))
      .filter((part) => part.before !== part.after)
      .map((part) => ({ label: part.label, stretches: wordDifferences(part.before, part.after) }))
    return parts.length === 0 ? [] : [{ number: item.number, title: item.title, parts }]
  })
  const notes = (minutes: Minutes) => minutes.notes.map(({ on, note }) => `${on} ${note}`).join('\n')
  if (notes(before) === notes(after)) return ofItems
  const whole = { label: 'Anteckningar', stretches: wordDifferences(notes(before), notes(after)) }
  return [...ofItems, { number: '', title: 'Hela protokollet', parts: [whole] }]
}
