import { describe, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import {
  capacityOf,
  itemLines,
  personLines,
  personLineText,
  refuseMinutes,
  statementLines,
  stateWhenWritten,
} from '../../src/meetings/minutes-rules.ts'
import { itemKindNames } from '../../src/meetings/texts.ts'

describe('a pasted attendance list', () => {
  test('has a person on each line, with organisation last and title between', () => {
    expect(
      personLines('Testa Testsson, Provby kommun\nProva Provsson, utvecklingsledare, Region Exempel län.\n'),
    ).toEqual([
      { name: 'Testa Testsson', title: null, organisation: 'Provby kommun' },
      { name: 'Prova Provsson', title: 'utvecklingsledare', organisation: 'Region Exempel län' },
    ])
  })

  test('is read though it was wrapped, numbered or has bullets', () => {
    expect(personLines('1. Testa Mellannamn Testsson,\r\nKommunförbundet\n\n• Prova Provsson')).toEqual([
      { name: 'Testa Mellannamn Testsson', title: null, organisation: 'Kommunförbundet' },
      { name: 'Prova Provsson', title: null, organisation: null },
    ])
    expect(personLineText({ name: 'Testa', title: 'chef', organisation: 'Provby' })).toBe('Testa, chef, Provby')
  })
})

test('jäv and reservations are one person a line, with or without words', () => {
  expect(statementLines('Testa Testsson: anser att ärendet: ska vänta\n- Prova Provsson')).toEqual([
    { name: 'Testa Testsson', statement: 'anser att ärendet: ska vänta' },
    { name: 'Prova Provsson', statement: null },
  ])
})

test('pasted headings become items and sub-items, numbered or not', () => {
  expect(
    itemLines(
      '1. Välkomna\n2 Föregående mötesprotokoll (beslut)\n5. Informationspunkter\na) Gemensam plan\n5b Digital mottagning (information och ställningstagande)\n- IKB (nytt)\nEn text utan nummer',
      itemKindNames,
    ),
  ).toEqual([
    { title: 'Välkomna', kinds: [], sub: false },
    { title: 'Föregående mötesprotokoll', kinds: ['decision'], sub: false },
    { title: 'Informationspunkter', kinds: [], sub: false },
    { title: 'Gemensam plan', kinds: [], sub: true },
    { title: 'Digital mottagning', kinds: ['information', 'position'], sub: true },
    { title: 'IKB (nytt)', kinds: [], sub: true },
    { title: 'En text utan nummer', kinds: [], sub: false },
  ])
})

test('minutes are written until they are published, and writing them after the day says that the meeting was held', () => {
  expect(refuseMinutes({ state: 'called' })).toBeNull()
  expect(refuseMinutes({ state: 'published' })).toBe('published')
  expect(refuseMinutes({ state: 'cancelled' })).toBe('not-held')
  const meeting = { state: 'called', held_on: day('2026-03-06') } as const
  expect(stateWhenWritten(meeting, day('2026-03-05'))).toBe('called')
  expect(stateWhenWritten(meeting, day('2026-03-06'))).toBe('drafted')
  expect(stateWhenWritten({ ...meeting, state: 'adjusting' }, day('2026-03-08'))).toBe('adjusting')
})

test('support functions attend without a seat', () => {
  expect(capacityOf('representative')).toBe('member')
  expect(capacityOf('substitute')).toBe('substitute')
  expect(capacityOf('development_lead')).toBe('other')
})
