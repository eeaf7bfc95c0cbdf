import { describe, expect, test } from 'vitest'
import { dateText, day, type Precision } from '../../src/kernel/dates.ts'
import { readVagueDate } from '../../src/kernel/vague-dates.ts'

describe('a date is written as exactly as it is known', () => {
  test.each<[string, string, Precision]>([
    ['2025-12-12', '2025-12-12', 'day'],
    ['12 december 2025', '2025-12-12', 'day'],
    ['2026-01', '2026-01-01', 'month'],
    ['Januari 2026', '2026-01-01', 'month'],
    ['hösten 2023', '2023-09-01', 'season'],
    ['höst 2023', '2023-09-01', 'season'],
    ['vintern 2025/2026', '2025-12-01', 'season'],
    ['kvartal 4 2025', '2025-10-01', 'quarter'],
    ['andra  halvåret 2026 ', '2026-07-01', 'half_year'],
    ['2025', '2025-01-01', 'year'],
  ])('%s', (text, on, precision) => {
    expect(readVagueDate(text)).toEqual({ on, precision })
  })

  test.each(['', 'snart', '2025-02-30', '31 juni 2025', '2025-13', 'kvartal 5 2025', '12.12.2025', '12 foo 2025'])(
    'what is no date is refused: %s',
    (text) => expect(readVagueDate(text)).toBeNull(),
  )

  test('what the pages show can be typed back', () => {
    for (const [on, precision] of [
      ['2025-12-12', 'day'],
      ['2026-03-01', 'month'],
      ['2025-03-01', 'season'],
      ['2025-06-01', 'season'],
      ['2025-12-01', 'season'],
      ['2025-07-01', 'quarter'],
      ['2026-01-01', 'half_year'],
      ['2024-01-01', 'year'],
    ] as const)
      expect(readVagueDate(dateText(day(on), precision))).toEqual({ on, precision })
  })
})
