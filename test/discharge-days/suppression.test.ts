import fc from 'fast-check'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import { systemActor } from '../../src/audit/work.ts'
import type { Database } from '../../src/db/database.ts'
import { openBooks, type PeriodFigures, type PlaceFigure, periodFigures } from '../../src/discharge-days/figures.ts'
import { confirmReading, readUpload } from '../../src/discharge-days/imports.ts'
import { parsePeriod, periodCode } from '../../src/discharge-days/periods.ts'
import { type Cell, decidePublication, givenAway, type Publication } from '../../src/discharge-days/suppression.ts'
import { day } from '../../src/kernel/dates.ts'
import { kalmarDatabase } from '../support/database.ts'
import { inBlocks, summaryHeader } from './support/reading.ts'

/**
 * An attacker with everything that is published and exact arithmetic. Unknowns are named by text; what is determined is
 * found by Gauss–Jordan elimination on fractions, with code of its own so that it does not share the portal's mistakes.
 */
class Attacker {
  #rows: { terms: Map<string, bigint>; sum: bigint }[] = []

  knows(name: string, value: number): void {
    this.equation([name], value)
  }

  equation(names: readonly string[], sum: number): void {
    const terms = new Map<string, bigint>()
    for (const name of names) terms.set(name, (terms.get(name) ?? 0n) + 1n)
    this.#rows.push({ terms, sum: BigInt(sum) })
  }

  /** Every unknown whose value follows. */
  determined(): Map<string, string> {
    const solved: { pivot: string; terms: Map<string, bigint>; sum: bigint }[] = []
    const minus = (row: { terms: Map<string, bigint>; sum: bigint }, by: (typeof solved)[number]) => {
      const factor = row.terms.get(by.pivot)
      if (factor === undefined || factor === 0n) return row
      const scale = by.terms.get(by.pivot) ?? 1n
      const terms = new Map<string, bigint>()
      for (const name of new Set([...row.terms.keys(), ...by.terms.keys()])) {
        const term = (row.terms.get(name) ?? 0n) * scale - (by.terms.get(name) ?? 0n) * factor
        if (term !== 0n) terms.set(name, term)
      }
      return { terms, sum: row.sum * scale - by.sum * factor }
    }
    for (const given of this.#rows) {
      let row = given
      for (const other of solved) row = minus(row, other)
      const pivot = [...row.terms.keys()][0]
      if (pivot === undefined) {
        if (row.sum !== 0n) throw new Error('the published figures contradict each other')
        continue
      }
      const next = { pivot, ...row }
      for (const [place, other] of solved.entries()) solved[place] = { pivot: other.pivot, ...minus(other, next) }
      solved.push(next)
    }
    const found = new Map<string, string>()
    for (const { pivot, terms, sum } of solved) if (terms.size === 1) found.set(pivot, `${sum}/${terms.get(pivot)}`)
    return found
  }
}

const measures = ['episodes', 'days', 'lateDays'] as const

const town = fc
  .array(fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 9 })), { maxLength: 14 })
  .map((list) => ({
    episodes: list.length,
    days: list.reduce((sum, d) => sum + d, 0),
    lateDays: list.reduce((sum, d) => sum + Math.max(0, d - 3), 0),
  }))
const county = fc.array(town, { minLength: 1, maxLength: 12 })
const cellsOf = (towns: readonly { episodes: number; days: number; lateDays: number }[]): Cell[] =>
  towns.map((counts, place) => ({ place: `k${place}`, ...counts }))

/** Which secrets the publications of one period give away, to someone who takes unchanged figures for unchanged. */
function leaks(publications: readonly Publication[]): string[] {
  const name = (cell: Cell, measure: string) => `${cell.place}=${measures.map((one) => cell[one]).join('/')} ${measure}`
  const attacker = new Attacker()
  const seen = new Set<string>()
  const secrets = new Set<string>()
  for (const { cells, countyWithheld } of publications) {
    for (const measure of measures) {
      for (const cell of cells) {
        if (cell.withheld) secrets.add(name(cell, measure))
        else {
          seen.add(name(cell, measure))
          attacker.knows(name(cell, measure), cell[measure] ?? 0)
        }
      }
      if (!countyWithheld) {
        const sum = cells.reduce((all, cell) => all + (cell[measure] ?? 0), 0)
        attacker.equation(
          cells.map((cell) => name(cell, measure)),
          sum,
        )
      }
    }
  }
  const determined = attacker.determined()
  return [...secrets].filter((secret) => determined.has(secret) && !seen.has(secret))
}

describe('what is withheld of a period', () => {
  test('is determined by nothing that is published', () => {
    fc.assert(
      fc.property(county, (towns) => {
        const publication = decidePublication(cellsOf(towns), 5)
        expect(leaks([publication])).toEqual([])
        for (const cell of publication.cells)
          if (cell.episodes > 0 && cell.episodes < 5) expect(cell.withheld).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  test('nor by counts being whole and never below zero: what is hidden sums to more than nothing', () => {
    fc.assert(
      fc.property(county, (towns) => {
        const { cells, countyWithheld } = decidePublication(cellsOf(towns), 5)
        const hidden = cells.filter((cell) => cell.withheld)
        if (countyWithheld || hidden.length === 0) return
        const sum = (measure: (typeof measures)[number]) => hidden.reduce((all, cell) => all + (cell[measure] ?? 0), 0)
        expect(hidden.length).toBeGreaterThanOrEqual(2)
        expect(sum('episodes')).toBeGreaterThanOrEqual(5)
        expect(sum('episodes')).toBeGreaterThan(hidden.length)
        expect(sum('days')).toBeGreaterThan(0)
        expect(sum('lateDays')).toBeGreaterThan(0)
      }),
      { numRuns: 1000 },
    )
  })

  test('nor by revisions, for someone who kept everything and knows what was left unchanged', () => {
    const revised = fc.array(fc.array(fc.option(town, { freq: 4 }), { minLength: 12, maxLength: 12 }), { maxLength: 4 })
    fc.assert(
      fc.property(fc.array(town, { minLength: 2, maxLength: 12 }), revised, (towns, revisions) => {
        let current = towns
        const publications = [decidePublication(cellsOf(current), 5)]
        for (const revision of revisions) {
          current = current.map((counts, place) => revision[place] ?? counts)
          publications.push(decidePublication(cellsOf(current), 5, publications))
        }
        expect(leaks(publications)).toEqual([])
        expect(givenAway(publications).size).toBe(0)
      }),
      { numRuns: 600 },
    )
  })

  test('is everything when no smallest number is registered, and nothing when it is 0', () => {
    const cells = cellsOf([
      { episodes: 100, days: 9, lateDays: 1 },
      { episodes: 1, days: 0, lateDays: 0 },
      { episodes: 0, days: 0, lateDays: 0 },
    ])
    const silent = decidePublication(cells, null)
    expect(silent.cells.map(({ withheld }) => withheld)).toEqual([true, true, false])
    expect(silent.countyWithheld).toBe(true)
    const open = decidePublication(cells, 0)
    expect(open.cells.some(({ withheld }) => withheld)).toBe(false)
    expect(open.countyWithheld).toBe(false)
  })

  test('a sum that the county has published itself cannot be withheld, so everything else is', () => {
    const cells = cellsOf([
      { episodes: 3, days: 1, lateDays: 0 },
      { episodes: 0, days: 0, lateDays: 0 },
    ])
    expect(decidePublication(cells, 5).countyWithheld).toBe(true)
    const known = decidePublication(cells, 5, [], true)
    expect(known.countyWithheld).toBe(false)
    expect(known.cells.every(({ withheld }) => withheld)).toBe(true)
  })
})

describe('everything that the public can ask for, together', () => {
  let db: Kysely<Database>
  let names: string[]
  beforeAll(async () => {
    db = await kalmarDatabase()
    names = (await db.selectFrom('organisation').select('short_name').where('kind', '=', 'municipality').execute()).map(
      (row) => row.short_name,
    )
  })

  const months = ['2025-01', '2025-02', '2025-03', '2025-11', '2026-01']
  const quarters = ['2025-Q1', '2025-Q4']
  const asked = [...months, ...quarters, '2025', '2026']
  type Data = Map<string, { episodes: number; days: number; lateDays: number }>

  async function bring(data: Data): Promise<void> {
    const rows = [...data].map(([key, { episodes, days, lateDays }]) => {
      const [owner, period, place] = key.split('/')
      return `${place};${owner};${period};${episodes};${days};${lateDays}`
    })
    const text = [summaryHeader, ...rows].join('\n')
    await confirmReading(
      db,
      systemActor,
      await readUpload(db, inBlocks(Buffer.from(text)), 'prov.csv', day('2026-03-01')),
    )
  }

  async function published(): Promise<PeriodFigures[]> {
    const books = await openBooks(db, { from: day('2025-01-01'), to: day('2026-12-31') })
    return books.administrations.flatMap((administration) =>
      asked.flatMap((code) => {
        const period = parsePeriod(code)
        const isBase = administration.code === 'hsf' ? months.includes(code) : quarters.includes(code)
        if (period === null || !(isBase || period.kind === 'year')) return []
        return [periodFigures(books, administration, period, 'public')]
      }),
    )
  }

  const shownMeasures = ['episodes', 'days', 'day4Days', 'payableDays', 'otherPayableDays'] as const

  test('no withheld figure of any municipality, or of those from elsewhere, can be solved for', async () => {
    const random = fc.sample(
      fc.record({
        cells: fc.array(town, { minLength: 13 * 7, maxLength: 13 * 7 }),
        changes: fc.array(fc.record({ at: fc.nat({ max: 13 * 7 - 1 }), to: town }), { minLength: 1, maxLength: 6 }),
      }),
      { numRuns: 12, seed: 4 },
    )
    for (const { cells, changes } of random) {
      await sql`delete from discharge_batch`.execute(db)
      await sql`delete from discharge_publication`.execute(db)
      const places = [...names, 'Utomläns']
      const spans = [...months.map((month) => `HSF/${month}`), ...quarters.map((quarter) => `PF/${quarter}`)]
      const keys = spans.flatMap((span) => places.map((place) => `${span}/${place}`))
      const first: Data = new Map(keys.map((key, at) => [key, cells[at] ?? { episodes: 0, days: 0, lateDays: 0 }]))
      const second: Data = new Map(first)
      for (const { at, to } of changes) second.set(keys[at] ?? '', to)

      const attacker = new Attacker()
      const secrets = new Map<string, string>()
      const shown = new Set<string>()
      for (const data of [first, second]) {
        await bring(data)
        const figures = await published()
        const bases = figures.filter(({ period }) => period.kind !== 'year')
        const nameOf = (of: PeriodFigures, place: string, measure: string) => {
          const owner = of.administration.shortName
          const value = data.get(`${owner}/${periodCode(of.period)}/${place}`)
          return `${owner} ${periodCode(of.period)} ${place} ${measure} (${Object.values(value ?? {}).join('/')})`
        }
        const placesOf = (of: PeriodFigures): [string, PlaceFigure][] => [
          ...of.municipalities.map(
            ({ municipality, figure }) => [municipality.shortName, figure] as [string, PlaceFigure],
          ),
          ['Utomläns', of.outOfCounty],
        ]
        for (const measure of shownMeasures) {
          for (const of of bases) {
            for (const [place, figure] of placesOf(of)) {
              const name = nameOf(of, place, measure)
              const value = figure[measure]
              if (value !== null) {
                attacker.knows(name, value)
                shown.add(name)
              } else if (figure.suppressed) secrets.set(name, place)
            }
            const sum = of.county[measure]
            if (sum !== null && of.municipalities.some(({ figure }) => figure.suppressed)) {
              // Counts are never below zero: were nothing left for the hidden ones, each would be 0.
              const open = of.municipalities.reduce((all, { figure }) => all + (figure[measure] ?? 0), 0)
              expect(sum - open).toBeGreaterThan(0)
            }
            if (sum !== null)
              attacker.equation(
                names.map((place) => nameOf(of, place, measure)),
                sum,
              )
          }
          for (const year of figures.filter(({ period }) => period.kind === 'year')) {
            const parts = bases.filter(
              (of) =>
                of.administration.id === year.administration.id &&
                of.period.from.slice(0, 4) === periodCode(year.period),
            )
            for (const [place, figure] of placesOf(year)) {
              const sum = figure[measure]
              if (sum !== null)
                attacker.equation(
                  parts.map((of) => nameOf(of, place, measure)),
                  sum,
                )
            }
            const sum = year.county[measure]
            if (sum !== null) {
              attacker.equation(
                parts.flatMap((of) => names.map((place) => nameOf(of, place, measure))),
                sum,
              )
            }
          }
        }
        // A withheld figure says nothing in any of its parts.
        for (const of of figures) {
          for (const [, { suppressed, ...rest }] of [...placesOf(of), ['länet', of.county] as const]) {
            if (suppressed) expect(Object.values(rest).every((value) => value === null)).toBe(true)
          }
        }
      }
      expect(secrets.size).toBeGreaterThan(0)
      const determined = attacker.determined()
      expect([...secrets.keys()].filter((secret) => determined.has(secret) && !shown.has(secret))).toEqual([])
    }
  }, 120_000)
})
