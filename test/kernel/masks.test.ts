import { expect, test } from 'vitest'
import { holdsWords, masked } from '../../src/kernel/masks.ts'

test('masked words are covered wherever they stand, also wrapped over lines', () => {
  expect(masked('Testa Hemligsson sade det. Testa\nHemligsson igen.', ['Testa Hemligsson'])).toBe(
    '[maskerat] sade det. [maskerat] igen.',
  )
})

test('a longer mask is taken before a shorter one inside it', () => {
  expect(masked('Testa Hemligsson bor i Provby.', ['Testa', 'Testa Hemligsson bor i Provby'])).toBe('[maskerat].')
})

test('signs in the words mean themselves', () => {
  expect(masked('summan (1+1) är 2', ['(1+1)'])).toBe('summan [maskerat] är 2')
  expect(holdsWords('en text', 'finns inte')).toBe(false)
  expect(holdsWords('en text', ' ')).toBe(false)
})
