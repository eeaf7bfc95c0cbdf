import { expect, test } from 'vitest'
import { capitalised, compareSwedish, counted, listed, slugify } from '../../src/kernel/text.ts'

test('å, ä and ö are sorted last, as in a Swedish list of municipalities', () => {
  const names = ['Öland', 'Åby', 'Ärla', 'Västervik', 'Zon', 'Emmaboda', 'borgholm']
  expect(names.sort(compareSwedish)).toEqual(['borgholm', 'Emmaboda', 'Västervik', 'Zon', 'Åby', 'Ärla', 'Öland'])
})

test('item 10 comes after item 7b', () => {
  expect(['10', '7b', '2', '7a'].sort(compareSwedish)).toEqual(['2', '7a', '7b', '10'])
})

test('addresses are written without å, ä, ö and signs', () => {
  expect(slugify('Barn och unga')).toBe('barn-och-unga')
  expect(slugify(' Hab/Rehab (länet) – Äldre, Ökad idé ')).toBe('hab-rehab-lanet-aldre-okad-ide')
})

test('counts are written with the right form of the word', () => {
  expect(counted(1, 'möte', 'möten')).toBe('1 möte')
  expect(counted(0, 'möte', 'möten')).toBe('0 möten')
  expect(counted(1234, 'möte', 'möten')).toBe('1\u00a0234 möten')
})

test('words are joined as in a sentence', () => {
  expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a och b',
    'a, b och c',
  ])
  expect(capitalised('ärendet')).toBe('Ärendet')
})
