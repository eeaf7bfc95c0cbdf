import { describe, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import {
  type AgendaSnapshot,
  agendaDifferences,
  mostSubItems,
  moved,
  numbered,
  refusePlacement,
} from '../../src/meetings/agenda-rules.ts'
import {
  firstState,
  mayReadAttachments,
  meetingSlug,
  refuseAgendaChange,
  refuseCall,
  refuseCancel,
  refuseDate,
  refuseHold,
  refuseRemoval,
  refuseReply,
} from '../../src/meetings/workbench-rules.ts'

const held_on = day('2026-03-06')
const planned = { state: 'planned' as const, held_on, items: 3 }

describe('calling a meeting', () => {
  test('is done while there is time, and the last day is still in time', () => {
    expect(refuseCall(planned, 14, day('2026-02-20'))).toBeNull()
    expect(refuseCall(planned, 14, day('2026-02-21'))).toBe('too-late')
  })
  test('on short notice takes a reason', () => {
    expect(refuseCall(planned, 14, day('2026-03-01'), 'Brådskande fråga')).toBeNull()
  })
  test('is never done after the day, twice, or without anything on the agenda', () => {
    expect(refuseCall(planned, 14, day('2026-03-07'), 'Skäl')).toBe('meeting-passed')
    expect(refuseCall({ ...planned, state: 'called' }, 14, day('2026-01-01'))).toBe('already-called')
    expect(refuseCall({ ...planned, items: 0 }, 14, day('2026-01-01'))).toBe('no-agenda')
    expect(refuseCall({ ...planned, state: 'published' }, 14, day('2026-01-01'))).toBe('not-planned')
  })
})

describe('from planned to held', () => {
  test('a meeting is held on its day or later, also when it was called in another way', () => {
    expect(refuseHold(planned, day('2026-03-05'))).toBe('not-yet')
    expect(refuseHold(planned, held_on)).toBeNull()
    expect(refuseHold({ state: 'drafted', held_on }, held_on)).toBe('not-before-meeting')
  })
  test('what nobody has been told of is removed, what has been called is cancelled', () => {
    expect(refuseRemoval({ state: 'planned' })).toBeNull()
    expect(refuseRemoval({ state: 'called' })).toBe('not-planned')
    expect(refuseCancel({ state: 'planned' })).toBe('not-called')
    expect(refuseCancel({ state: 'called' })).toBeNull()
    expect(refuseCancel({ state: 'held' })).toBe('already-held')
  })
  test('the agenda is open until the minutes are with the adjusters', () => {
    expect(refuseAgendaChange({ state: 'drafted' })).toBeNull()
    expect(refuseAgendaChange({ state: 'adjusting' })).toBe('agenda-closed')
    expect(refuseAgendaChange({ state: 'cancelled' })).toBe('agenda-closed')
  })
  test('an old meeting goes straight to its minutes; one of today is still to be held', () => {
    expect(firstState(day('2025-12-12'), day('2026-01-20'))).toBe('drafted')
    expect(firstState(day('2026-01-20'), day('2026-01-20'))).toBe('planned')
  })
  test('a called meeting is not moved into the past, a held one not into the future', () => {
    expect(refuseDate('called', day('2026-01-01'), day('2026-01-20'))).toBe('called-into-past')
    expect(refuseDate('drafted', day('2026-01-21'), day('2026-01-20'))).toBe('held-in-future')
    expect(refuseDate('planned', day('2026-01-01'), day('2026-01-20'))).toBeNull()
  })
  test('a reply can be changed through the day of the meeting', () => {
    const called = { state: 'called' as const, held_on }
    expect(refuseReply(called, held_on)).toBeNull()
    expect(refuseReply(called, day('2026-03-07'))).toBe('meeting-passed')
    expect(refuseReply({ ...called, state: 'cancelled' }, held_on)).toBe('cancelled')
  })
})

test('attachments are the coordinator’s until the call, the members’ until publication, then everybody’s', () => {
  const [public_, member, keeper] = [
    { keeps: false, member: false },
    { keeps: false, member: true },
    { keeps: true, member: false },
  ]
  expect([public_, member, keeper].map((reader) => mayReadAttachments('planned', reader))).toEqual([false, false, true])
  expect([public_, member, keeper].map((reader) => mayReadAttachments('called', reader))).toEqual([false, true, true])
  expect([public_, member, keeper].map((reader) => mayReadAttachments('published', reader))).toEqual([true, true, true])
})

test('two meetings of a body on one day get addresses of their own', () => {
  expect(meetingSlug(held_on, 'aldre', new Set())).toBe('2026-03-06-aldre')
  expect(meetingSlug(held_on, 'aldre', new Set(['2026-03-06-aldre', '2026-03-06-aldre-2']))).toBe('2026-03-06-aldre-3')
})

describe('the numbers of an agenda', () => {
  const item = (id: number, parentId: number | null = null) => ({ id, parentId })
  const numbers = (items: readonly { id: number; parentId: number | null }[]) =>
    numbered(items).map(({ id, number }) => `${id}:${number}`)

  test('are 1, 2, 3 with 2a, 2b after their item, wherever they stood in the list', () => {
    expect(numbers([item(10), item(20), item(21, 20), item(30), item(22, 20)])).toEqual([
      '10:1',
      '20:2',
      '21:2a',
      '22:2b',
      '30:3',
    ])
  })
  test('follow when an item changes places, and its sub-items come along', () => {
    const items = [item(10), item(20), item(21, 20), item(30)]
    expect(numbers(moved(items, 20, 'up'))).toEqual(['20:1', '21:1a', '10:2', '30:3'])
    expect(numbers(moved(items, 10, 'down'))).toEqual(['20:1', '21:1a', '10:2', '30:3'])
  })
  test('follow when an item is moved to the place of another of its level', () => {
    const items = [item(10), item(20), item(21, 20), item(22, 20), item(23, 20), item(30)]
    expect(numbers(moved(items, 30, 10))).toEqual(['30:1', '10:2', '20:3', '21:3a', '22:3b', '23:3c'])
    expect(numbers(moved(items, 10, 30))).toEqual(['20:1', '21:1a', '22:1b', '23:1c', '30:2', '10:3'])
    expect(numbers(moved(items, 23, 21))).toEqual(['10:1', '20:2', '23:2a', '21:2b', '22:2c', '30:3'])
    expect(moved(items, 10, 21)).toEqual(items)
  })
  test('stay when the first is moved up and the last down', () => {
    const items = [item(10), item(20), item(21, 20)]
    expect(moved(items, 10, 'up')).toEqual(items)
    expect(moved(items, 20, 'down')).toEqual(items)
    expect(moved(items, 21, 'up')).toEqual(items)
  })
  test('have one level of letters, and no more of them than the alphabet', () => {
    const items = [item(1), item(2, 1), item(3)]
    expect(refusePlacement(items, { id: null, parentId: 2 })).toBe('sub-item-of-sub-item')
    expect(refusePlacement(items, { id: 1, parentId: 3 })).toBe('has-sub-items')
    expect(refusePlacement(items, { id: 3, parentId: 1 })).toBeNull()
    const full = [item(1), ...Array.from({ length: mostSubItems }, (_, place) => item(place + 2, 1))]
    expect(numbered(full).at(-1)?.number).toBe('1ö')
    expect(refusePlacement(full, { id: null, parentId: 1 })).toBe('too-many-sub-items')
  })
})

describe('what readers are told when a called agenda changes', () => {
  const agenda = (items: readonly [number, string, string][], when = 'fredag 6 mars 2026'): AgendaSnapshot => ({
    when,
    place: null,
    items: items.map(([id, number, title]) => ({
      id,
      number,
      title,
      kinds: ['information'],
      background: null,
      presenters: [],
    })),
  })
  const first = agenda([
    [1, '1', 'Välkomna'],
    [2, '2', 'Rapport'],
  ])

  test('nothing, when nothing that is shown differs', () => {
    expect(agendaDifferences(first, structuredClone(first))).toEqual([])
  })
  test('what is new, gone and renamed, and not that the others got new numbers', () => {
    const next = agenda([
      [3, '1', 'Ny fråga'],
      [2, '2', 'Lägesrapport'],
    ])
    expect(agendaDifferences(first, next)).toEqual([
      'Ny punkt 1: Ny fråga',
      'Punkt 2 heter Lägesrapport, förut Rapport',
      'Punkten Välkomna (förut 1) togs bort',
    ])
  })
  test('that the order is another', () => {
    const next = agenda([
      [2, '1', 'Rapport'],
      [1, '2', 'Välkomna'],
    ])
    expect(agendaDifferences(first, next)).toEqual(['Punkterna fick ny ordning'])
  })
  test('that the meeting has moved', () => {
    const next = { ...first, when: 'fredag 13 mars 2026' }
    expect(agendaDifferences(first, next)).toEqual(['Mötet flyttades från fredag 6 mars 2026 till fredag 13 mars 2026'])
  })
})
