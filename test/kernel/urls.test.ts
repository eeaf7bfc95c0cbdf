import { expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { activityPath, bodyPath, itemPath, matterPath, withQuery } from '../../src/kernel/urls.ts'

test('the addresses that are a contract', () => {
  expect(itemPath('2025-12-12-lansgemensam-ledning', '7B')).toBe(
    '/moten-och-protokoll/2025-12-12-lansgemensam-ledning#punkt-7b',
  )
  expect(activityPath('aldre-2025-2026', 'HP4-A03')).toBe('/handlingsplaner/aldre-2025-2026#hp4-a03')
  expect(bodyPath('barn-och-unga', day('2025-12-01'))).toBe('/grupper/barn-och-unga?datum=2025-12-01')
  expect(bodyPath('barn-och-unga')).toBe('/grupper/barn-och-unga')
})

test('a filter that is not chosen leaves nothing in the address', () => {
  expect(withQuery('/beslut', { ar: 2025, grupp: null, sida: undefined, q: '' })).toBe('/beslut?ar=2025')
  expect(withQuery('/beslut', {})).toBe('/beslut')
  expect(withQuery('/beslut?ar=2025#topp', { grupp: 'äldre & unga' })).toBe(
    '/beslut?ar=2025&grupp=%C3%A4ldre+%26+unga#topp',
  )
})

test('a query is written as a form would send it, whatever stands in it', () => {
  for (const value of ['a b', 'å&=?#', '~(x)!\'"<>', '%', '+', 'a_b-c.d*', '😀', '\ud800', 'x'.repeat(5000), 0, -1]) {
    expect(withQuery('/sok', { q: value })).toBe(`/sok?${new URLSearchParams([['q', String(value)]])}`)
  }
  expect(withQuery('/sok?q=1#svar', { 'å b': 'c d' })).toBe('/sok?q=1&%C3%A5+b=c+d#svar')
})

test('a slug cannot break out of its place in the address', () => {
  expect(matterPath('../om?x#y')).toBe('/arenden/..%2Fom%3Fx%23y')
})
