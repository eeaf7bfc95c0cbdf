import fc from 'fast-check'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { roleNames } from '../../src/bodies/texts.ts'
import { masked } from '../../src/kernel/masks.ts'
import {
  distance,
  excerpt,
  fold,
  longestQuestion,
  marked,
  matchesBy,
  mostTerms,
  readQuestion,
} from '../../src/search/rules.ts'
import { freshDatabase } from '../support/database.ts'

test('marks, case and signs make no difference', () => {
  expect(fold('Mörbylånga: HSF/PF – 7b')).toBe('morbylanga hsf pf 7b')
  expect(readQuestion('Psykisk hälsa').folded).toBe(readQuestion('psykisk halsa').folded)
})

test('a question has a bounded number of words and letters, whatever is typed', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 3000, unit: 'binary' }), (typed) => {
      const { terms, phrases, text } = readQuestion(typed)
      expect([...text].length).toBeLessThanOrEqual(longestQuestion)
      expect(terms.length).toBeLessThanOrEqual(mostTerms)
      expect(phrases.length).toBeLessThanOrEqual(4)
    }),
  )
})

test('words that say nothing are left out, unless there are no others', () => {
  expect(readQuestion('byte av deltagare i gruppen').terms).toEqual(['byte', 'deltagare', 'gruppen'])
  expect(readQuestion('av och i').terms).toEqual(['av', 'och', 'i'])
})

test('references are read however they are written', () => {
  expect(readQuestion('hp4a3').references).toContain('hp4 a03')
  expect(readQuestion('Punkt 7 B, 2025-12-12'.replace('7 B', '7B')).references).toContain('7b 2025 12 12')
  expect(readQuestion('12 december 2025').references).toContain('2025 12 12')
  expect(readQuestion('ordnat införande').references).toEqual([])
})

test('two swapped letters are one slip', () => {
  expect(distance('adlre', 'aldre')).toBe(1)
  expect(distance('morbylnga', 'morbylanga')).toBe(1)
  expect(distance('', 'abc')).toBe(3)
})

test('pieces put together are the text, and only what answers is marked', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ minLength: 1, maxLength: 4 }), (text, start) => {
      const pieces = marked(
        text,
        matchesBy((word) => word.startsWith(fold(start) || '\0')),
      )
      expect(pieces.map((piece) => piece.text).join('')).toBe(text)
      for (const piece of pieces) if (piece.marked) expect(fold(piece.text)).toContain(fold(start))
    }),
  )
})

test('an excerpt shows where the words stand near each other', () => {
  const text = `${'utskrivning ingenting alls. '.repeat(30)}Här står utskrivning och primärvård tillsammans. ${'slut '.repeat(200)}`
  const words = excerpt(
    text,
    matchesBy((word) => ['utskrivning', 'primarvard'].includes(word)),
  )
  expect(words.filter((piece) => piece.marked).map((piece) => piece.text)).toContain('primärvård')
  expect(words.map((piece) => piece.text).join('').length).toBeLessThan(300)
})

test('the database masks, folds and names roles as the portal does', async () => {
  const db = await freshDatabase()
  const ask = async (query: ReturnType<typeof sql<{ v: string }>>) => (await query.execute(db)).rows[0]?.v
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: fc.constantFrom(...'ab (.)*\\[$^+?|{}å'), maxLength: 30 }),
      fc.array(fc.string({ unit: fc.constantFrom(...'ab (.*\\[$å'), minLength: 1, maxLength: 5 }), { maxLength: 3 }),
      async (text, hidden) => {
        const words = hidden.filter((word) => word.trim() !== '')
        const longestFirst = [...new Set(words)].filter((word, _, all) =>
          all.every((one) => one === word || one.length !== word.length),
        )
        expect(await ask(sql`select search_masked(${text}, ${longestFirst}::text[]) as v`)).toBe(
          masked(text, longestFirst),
        )
      },
    ),
    { numRuns: 60 },
  )
  const alone = ['Öland', 'LÄNSGEMENSAM', 'Å', '7b', 'läkemedel', 'a\u030angest', '\u212ang', 'ſäker', 'Ærø']
  for (const text of ['Mörbylånga É  x', 'Hab/Rehab – 2025', 'Größe Ærø', ...alone]) {
    expect(await ask(sql`select search_fold(${text}) as v`)).toBe(fold(text))
  }
  for (const [role, name] of Object.entries(roleNames)) {
    expect(await ask(sql`select search_role(${role}::membership_role) as v`)).toBe(name)
  }
})

test('a word that names a kind is read as such, whatever its ending', () => {
  expect(readQuestion('besluten om utskrivning').kinds).toEqual(['decision'])
  expect(readQuestion('Uppdrag till beredningen').kinds).toEqual(['assignment'])
  expect(readQuestion('ledamöterna').kinds).toEqual(['person', 'body'])
  expect(readQuestion('ledamöterna').terms).toEqual(['ledamot'])
  expect(readQuestion('beslutsstöd').kinds).toEqual([])
})

test('words that programs have a meaning for are words', () => {
  for (const word of ['constructor', '__proto__', 'toString', 'hasOwnProperty'])
    expect(readQuestion(word).terms.every((term) => typeof term === 'string')).toBe(true)
  expect(readQuestion('constructor').terms).toEqual(['constructor'])
})

test('numbers and days are read with and without spaces', () => {
  expect(readQuestion('7 b 2025-12-12').references).toContain('7b 2025 12 12')
  expect(readQuestion('punkt 7 b 12/12 2025').references).toContain('7b 2025 12 12')
  expect(readQuestion('HP 4').references).toContain('hp4')
  expect(readQuestion('hp 3 f 1').references).toContain('hp3 f1')
  expect(readQuestion('HP4 A 3').references).toContain('hp4 a03')
})
