import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  draftContent,
  mostOfAKind,
  namesIn,
  newsletterSlug,
  partsOf,
  refuseWords,
  unnamed,
  withoutNames,
} from '../../src/feeds/rules.ts'
import { identityNumbersIn, mailboxesIn, telephonesIn, withoutContacts } from '../../src/kernel/contacts.ts'
import { minutesTitle } from '../../src/meetings/texts.ts'

describe('names that may not be read', () => {
  test.each([
    ['Att Testa Hemlig ersätter Anna', `Att ${unnamed} ersätter Anna`],
    ['testa  hemligs uppdrag', `${unnamed} uppdrag`],
    ['Testa\nHemlig', unnamed],
    ['Testa Hemligsson sitter kvar', 'Testa Hemligsson sitter kvar'],
    ['(Testa Hemlig)', `(${unnamed})`],
  ])('%j', (text, without) => {
    expect(withoutNames(text, ['Testa Hemlig'])).toBe(without)
  })

  test('the longest is taken first, and signs in a name are no pattern', () => {
    expect(withoutNames('Bo Ek-Ek (C.) och Bo Ek', ['Bo Ek', 'Bo Ek-Ek (C.)'])).toBe(`${unnamed} och ${unnamed}`)
  })

  test('whatever the text and the names, no name is left', () => {
    const name = fc.array(fc.constantFrom('Bo', 'Åsa', 'Öst', 'Ek', 'x+y'), { minLength: 1, maxLength: 3 })
    const names = fc.array(
      name.map((words) => words.join(' ')),
      { minLength: 1, maxLength: 4 },
    )
    const text = fc.array(fc.constantFrom('Bo', 'åsa', 'Öst', 'Eks', 'x+y', 'och', ',', '\n'), { maxLength: 30 })
    fc.assert(
      fc.property(names, text, (hidden, words) => {
        expect(namesIn(withoutNames(words.join(' '), hidden), hidden)).toEqual([])
      }),
    )
  })
})

describe('contact details', () => {
  test.each(['0480-811 22', '070-123 45 67', '+46 70 123 45 67', '0701234567', '010-358 00 00'])(
    '%s is a telephone number',
    (number) => {
      expect(telephonesIn(`Ring ${number}.`)).toHaveLength(1)
      expect(withoutContacts(`Ring ${number}.`)).not.toMatch(/\d{2}/)
    },
  )

  test.each([
    '2025-12-12',
    '0,8 dagar',
    '/moten-och-protokoll/2026-03-06-aldre',
    '804 vårdtillfällen',
    '2025–2026',
    'HP4-A03',
  ])('%s is none', (text) => {
    expect(telephonesIn(text)).toEqual([])
  })

  test('a mail address is one whatever its letters', () => {
    expect(mailboxesIn('Skriv till åsa.ek+x@test-län.example, tack')).toEqual(['åsa.ek+x@test-län.example'])
    expect(withoutContacts('Skriv till asa@test.example')).toBe('Skriv till [e-postadress]')
    const made = `${'19990101'}-${'0000'}`
    expect(identityNumbersIn(`Nr ${made}.`)).toEqual([made])
    expect(withoutContacts(`Nr ${made}.`)).toBe('Nr [personnummer].')
    // However it is written, as where it is refused.
    expect(withoutContacts('Nr 811218\u00a09876 och 8112189876.')).toBe('Nr [personnummer] och [personnummer].')
    expect(withoutContacts('Möte 2025-12-12, 2025-2026, HSN 2025-1234')).toBe(
      'Möte 2025-12-12, 2025-2026, HSN 2025-1234',
    )
  })

  test('a newsletter may name a group’s own mailbox and nobody else’s', () => {
    const known = { mailboxes: ['grupp@test.example'], names: ['Testa Hemlig'] }
    expect(refuseWords('Skriv till Grupp@test.example den 2026-03-06.', known)).toBeNull()
    expect(refuseWords('Skriv till bo@test.example.', known)).toEqual({ why: 'mailbox', words: 'bo@test.example' })
    expect(refuseWords('Ring 070-123 45 67.', known)).toEqual({ why: 'telephone', words: '070-123 45 67' })
    expect(refuseWords('Testa Hemligs dag', known)).toEqual({ why: 'name', words: 'Testa Hemlig' })
  })
})

describe('the draft of a newsletter', () => {
  const news = (kind: 'decision' | 'meeting', title: string) => ({ kind, title, path: '/beslut/x', text: null })

  test('has a heading for each kind that there is news of, in the same order whatever the order of the news', () => {
    const content = draftContent([news('decision', 'B'), news('meeting', 'A')])
    expect(partsOf(content).map(({ heading }) => heading)).toEqual(['Kallade möten', 'Beslut'])
    expect(draftContent([])).toBe('')
  })

  test('counts what is too much to tell one by one', () => {
    const content = draftContent(Array.from({ length: mostOfAKind + 3 }, (_, place) => news('decision', `B${place}`)))
    expect(content.match(/^- \[/gm)).toHaveLength(mostOfAKind)
    expect(content).toContain('- och 3 till')
  })

  test('shows signs in titles as they are', () => {
    expect(draftContent([news('decision', '*[x](/y)* <b>')])).toContain('[\\*\\[x\\](/y)\\* \\<b\\>](/beslut/x)')
  })

  test('a text is its parts, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('## Rubrik', 'Text', '', '- punkt', '#utan', '\r')), (lines) => {
        const parts = partsOf(lines.join('\n'))
        const words = (text: string) => text.replace(/#{2} /g, '').split(/\s+/).filter(Boolean)
        expect(parts.flatMap(({ heading, text }) => words(`${heading ?? ''} ${text}`))).toEqual(words(lines.join('\n')))
      }),
    )
  })
})

test('two newsletters of a day have addresses of their own', () => {
  expect(newsletterSlug('2026-03-10', new Set())).toBe('2026-03-10')
  expect(newsletterSlug('2026-03-10', new Set(['2026-03-10', '2026-03-10-2']))).toBe('2026-03-10-3')
})

test('minutes are named once, whatever their meeting is called', () => {
  expect(minutesTitle('Protokoll Länsgemensam ledning 2025-12-12')).toBe('Protokoll Länsgemensam ledning 2025-12-12')
  expect(minutesTitle('Extra möte')).toBe('Protokoll: Extra möte')
})
