import { describe, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { collectFor } from '../../src/meetings/next-meeting-queries.ts'
import { arranged, type Collected, type Draft, draftsFor } from '../../src/meetings/next-meeting-rules.ts'
import { kalmarDatabase } from '../support/database.ts'
import { idOf } from '../support/ledger.ts'

const nothing: Collected = {
  heldOn: day('2026-03-06'),
  previousOn: day('2025-12-12'),
  unfiled: [],
  proposals: [],
  milestones: [],
  funding: [],
  indicators: [],
  vacancies: [],
  assignments: [],
}
const told = (drafts: readonly Draft[]) =>
  drafts.map(({ group, title, soon }) => `${group}${soon ? '' : ' (kan vänta)'}: ${title}`)

describe('what a draft agenda takes up', () => {
  test('nothing, when the registers hold nothing', () => {
    expect(draftsFor(nothing)).toEqual([])
  })

  test('the indicator of next year once this year’s is the last decided, pressing when the year is nearly over', () => {
    const indicators = [{ administration: 'HSF', until: day('2026-12-31') }]
    expect(told(draftsFor({ ...nothing, indicators }))).toEqual([
      'indicator (kan vänta): Indikator för utskrivningsklara dagar 2027',
    ])
    expect(told(draftsFor({ ...nothing, indicators, heldOn: day('2026-12-11') }))).toEqual([
      'indicator: Indikator för utskrivningsklara dagar 2027',
    ])
    const decided = [{ administration: 'HSF', until: day('2027-12-31') }]
    expect(draftsFor({ ...nothing, indicators: decided })).toEqual([])
  })

  test('money that ended since the last meeting, but not what ended before it', () => {
    const funding = [
      {
        name: 'Testprojektet',
        funding_ends_on: '2026-01-31',
        funding_ends_precision: 'day' as const,
        afterwards: null,
        body_slug: 'test',
        matter_id: null,
      },
    ]
    expect(draftsFor({ ...nothing, funding })[0]?.reason).toBe('Slutade 31 januari 2026.')
    expect(draftsFor({ ...nothing, funding, previousOn: day('2026-02-10') })).toEqual([])
  })

  test('a milestone that has passed without an outcome, however long ago, and none that is done', () => {
    const milestone = {
      id: 1,
      kind: 'interim_report' as const,
      title: 'Delrapport',
      state: 'planned' as const,
      due_on: '2025-12-01',
      due_precision: 'day' as const,
      done_on: null,
      plan_title: 'Testplanen',
      area_id: null,
      body_slug: 'test',
    }
    expect(draftsFor({ ...nothing, milestones: [milestone] })[0]?.reason).toBe(
      'Skulle vara klart 1 december 2025 enligt Testplanen. Inget utfall är registrerat.',
    )
    const done = { ...milestone, state: 'done' as const, done_on: '2025-12-01' }
    expect(draftsFor({ ...nothing, milestones: [done] })).toEqual([])
  })
})

test('several things of a kind become sub-items of one', () => {
  const of = (key: string, group: Draft['group']): Draft => ({
    key,
    group,
    title: key,
    kinds: ['status_report'],
    reason: 'Skäl.',
    soon: true,
    proposalId: null,
    matterId: null,
  })
  const items = arranged([of('a', 'minutes'), of('b', 'due'), of('c', 'due'), of('d', 'assignments')])
  expect(items.map(({ title, subItems }) => [title, subItems.map((sub) => sub.title)])).toEqual([
    ['a', []],
    ['Läget i handlingsplanerna', ['b', 'c']],
    ['d', []],
  ])
})

describe('Kalmar’s meeting on 6 March 2026', async () => {
  const db = await kalmarDatabase()
  const drafts = async (slug: string, kind: string) =>
    draftsFor(await collectFor(db, { id: await idOf(db, 'body', slug), kind }, day('2026-03-06')))

  test('takes up the last minutes, what should have been done, the money that ended and the open assignments', async () => {
    const all = told(await drafts('lansgemensam-ledning', 'leadership'))
    expect(all).toContain('minutes: Protokoll från 12 december 2025')
    expect(all).toContain('indicator (kan vänta): Indikator för utskrivningsklara dagar 2027')
    expect(all).toContain('due: Delrapport om komplexa behov och rutin för in- och utskrivning')
    expect(all).toContain('due: Slutrapport om komplexa behov och rutin för in- och utskrivning')
    expect(all).toContain('assignments: Följa upp den lokala samverkan inom primärvård')
  })

  test('tells of the digital youth clinic’s money once, though two registers do', async () => {
    const funding = (await drafts('lansgemensam-ledning', 'leadership')).filter(({ group }) => group === 'funding')
    expect(told(funding)).toEqual(['funding: Finansieringen av Digital ungdomsmottagning'])
  })

  test('of Äldre takes up its own plan and nobody else’s, and no indicator', async () => {
    const own = await drafts('aldre', 'coordinating_group')
    expect(own.length).toBeGreaterThan(0)
    expect(own.filter(({ reason }) => !reason.includes('Äldre'))).toEqual([])
  })
})
