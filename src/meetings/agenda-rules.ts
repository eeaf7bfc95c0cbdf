/** The order and numbering of an agenda, and what differs between two versions of it. Pure. */
import { listed } from '../kernel/text.ts'

export type Placed = { id: number; parentId: number | null }
export type Numbered = { id: number; number: string; position: number }

/** The letters of sub-items, in the order of the alphabet. */
const letters = 'abcdefghijklmnopqrstuvwxyzåäö'

/** The most items, and the most sub-items of one item: what three figures and one letter can number. */
export const mostItems = 999
export const mostSubItems = letters.length

/** Items with their sub-items after them, in the order that each list has. */
export function inOrder<Item extends Placed>(items: readonly Item[]): Item[] {
  return items
    .filter(({ parentId }) => parentId === null)
    .flatMap((item) => [item, ...items.filter(({ parentId }) => parentId === item.id)])
}

/** Numbers items 1, 2, 3 and their sub-items 3a, 3b. The letters are the portal's numbering. */
export function numbered(items: readonly Placed[]): Numbered[] {
  let whole = 0
  let letter = 0
  return inOrder(items).map(({ id, parentId }, place) => {
    if (parentId === null) {
      whole += 1
      letter = 0
      return { id, number: String(whole), position: place + 1 }
    }
    const number = `${whole}${letters[letter]}`
    letter += 1
    return { id, number, position: place + 1 }
  })
}

export type PlacementRefusal = 'too-many-items' | 'too-many-sub-items' | 'sub-item-of-sub-item' | 'has-sub-items'

/** Why an agenda is not changed: closed, a reason is missing, somebody else saved first, the registers point at the item. */
export type AgendaRefusal = 'agenda-closed' | 'why-needed' | 'stale' | 'pointed-at' | PlacementRefusal

/** Can there be one more item there? An item with sub-items cannot itself be put under another. */
export function refusePlacement(
  items: readonly Placed[],
  item: { id: number | null; parentId: number | null },
): PlacementRefusal | null {
  const others = items.filter(({ id }) => id !== item.id)
  if (item.parentId === null) {
    return others.filter(({ parentId }) => parentId === null).length >= mostItems ? 'too-many-items' : null
  }
  const parent = others.find(({ id }) => id === item.parentId)
  if (parent === undefined || parent.parentId !== null) return 'sub-item-of-sub-item'
  if (item.id !== null && others.some(({ parentId }) => parentId === item.id)) return 'has-sub-items'
  const siblings = others.filter(({ parentId }) => parentId === item.parentId)
  return siblings.length >= mostSubItems ? 'too-many-sub-items' : null
}

export type Direction = 'up' | 'down'

/**
 * Moves an item one step among those of its level, or to the place of another of them, by its id. Its sub-items come
 * along. First and last stay, and nothing moves to another level.
 */
export function moved<Item extends Placed>(items: readonly Item[], id: number, to: Direction | number): Item[] {
  const ordered = inOrder(items)
  const item = ordered.find((one) => one.id === id)
  if (!item) return ordered
  const siblings = ordered.filter(({ parentId }) => parentId === item.parentId)
  const place = siblings.indexOf(item)
  const target =
    typeof to === 'number' ? siblings.findIndex((one) => one.id === to) : to === 'up' ? place - 1 : place + 1
  if (target < 0 || target >= siblings.length) return ordered
  const arranged = siblings.toSpliced(place, 1).toSpliced(target, 0, item)
  return inOrder([...ordered.filter((one) => !siblings.includes(one)), ...arranged])
}

/** An agenda as it was sent, or as it stood after a change. Addresses of people are never in it. */
export type AgendaSnapshot = {
  when: string
  place: string | null
  items: readonly {
    id: number
    number: string
    title: string
    kinds: readonly string[]
    background: string | null
    presenters: readonly string[]
  }[]
}

/** What differs between two versions of an agenda, in sentences without a full stop; empty when nothing that is shown does. */
export function agendaDifferences(before: AgendaSnapshot, after: AgendaSnapshot): string[] {
  const was = new Map(before.items.map((item) => [item.id, item]))
  const is = new Map(after.items.map((item) => [item.id, item]))
  const differences: string[] = []
  if (before.when !== after.when) differences.push(`Mötet flyttades från ${before.when} till ${after.when}`)
  if (before.place !== after.place) {
    differences.push(after.place === null ? 'Platsen togs bort' : `Ny plats: ${after.place}`)
  }
  for (const item of after.items) {
    const old = was.get(item.id)
    if (!old) {
      differences.push(`Ny punkt ${item.number}: ${item.title}`)
      continue
    }
    if (old.title !== item.title) differences.push(`Punkt ${item.number} heter ${item.title}, förut ${old.title}`)
    const changed = [
      old.presenters.join() === item.presenters.join() ? null : 'föredragning',
      old.kinds.join() === item.kinds.join() ? null : 'typ',
      old.background === item.background ? null : 'bakgrund',
    ].filter((part) => part !== null)
    if (changed.length > 0) differences.push(`Punkt ${item.number} ${item.title}: ändrad ${listed(changed)}`)
  }
  for (const item of before.items) {
    if (!is.has(item.id)) differences.push(`Punkten ${item.title} (förut ${item.number}) togs bort`)
  }
  const kept = (items: AgendaSnapshot['items'], other: ReadonlyMap<number, unknown>) =>
    items.filter(({ id }) => other.has(id)).map(({ id }) => id)
  if (kept(before.items, is).join() !== kept(after.items, was).join()) differences.push('Punkterna fick ny ordning')
  return differences
}
