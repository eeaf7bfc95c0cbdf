import { describe, expect, test } from 'vitest'
import { refuseClosing, refuseMove, refuseSharing, slugIn } from '../../src/change-proposals/rules.ts'

const shared = { shared_on: '2026-01-01', closed_on: null, step_id: 1 }

describe('moving', () => {
  const step = { id: 2, retired: false }
  test.each([
    ['to another step', shared, step, null],
    ['a draft', { ...shared, shared_on: null }, step, 'draft'],
    ['what is closed', { ...shared, closed_on: '2026-02-01' }, step, 'closed'],
    ['to the step it stands in', shared, { id: 1, retired: false }, 'same-step'],
    ['to a step no longer used', shared, { id: 2, retired: true }, 'retired-step'],
    ['to no step', shared, undefined, 'no-step'],
  ])('%s', (_, proposal, to, refusal) => expect(refuseMove(proposal, to)).toBe(refusal))
})

test('a draft is not closed, and what is shared is not shared again', () => {
  expect([refuseClosing({ ...shared, shared_on: null }), refuseClosing(shared)]).toEqual(['draft', null])
  expect([refuseSharing({ ...shared, shared_on: null }), refuseSharing(shared)]).toEqual([null, 'shared'])
})

test.each([
  ['/beslut/a-1', 'a-1'],
  ['https://portal.example/bas/beslut/a-1/?x=1#y', 'a-1'],
  ['a-1', 'a-1'],
  ['/dokument/a-1', null],
  ['/beslut/', null],
  ["a'; drop table decision", null],
])('%s names %s', (line, slug) => expect(slugIn(line, '/beslut')).toBe(slug))
