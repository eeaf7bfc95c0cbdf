import { type Kysely, sql } from 'kysely'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { change, systemActor } from '../../src/audit/work.ts'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { publishAll, undoImport } from '../../src/discharge-days/changes.ts'
import { loadExampleData, removeExampleData } from '../../src/discharge-days/example-data.ts'
import {
  latestPeriod,
  openBooks,
  openLatest,
  type PlaceFigure,
  periodFigures,
} from '../../src/discharge-days/figures.ts'
import { confirmReading, previewOf, readUpload } from '../../src/discharge-days/imports.ts'
import { parsePeriod } from '../../src/discharge-days/periods.ts'
import { day } from '../../src/kernel/dates.ts'
import { kalmarDatabase, openAsOwner, urlsOf } from '../support/database.ts'
import { episodeHeader, inBlocks, summaryHeader } from './support/reading.ts'

let db: Kysely<Database>
const facts = `${import.meta.dirname}/../../seeds/kalmar`
const today = day('2026-03-01')

beforeAll(async () => {
  db = await kalmarDatabase()
})
beforeEach(async () => {
  await sql`delete from discharge_batch`.execute(db)
  await sql`delete from discharge_publication`.execute(db)
})

const upload = (text: string) => readUpload(db, inBlocks(Buffer.from(text)), 'prov.csv', today)
async function bring(text: string) {
  return await confirmReading(db, systemActor, await upload(text))
}
let episode = 0
/** So many episodes of the municipality in the month, with the given days each. */
const episodes = (town: string, owner: string, month: string, list: readonly number[]) =>
  list.map((d) => {
    episode += 1
    const ready = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)) - 1, 25 - d))
      .toISOString()
      .slice(0, 10)
    return `${town};${owner};${ready};${month}-25;E${episode}`
  })
const file = (...rows: string[]) => `${episodeHeader}\n${rows.join('\n')}\n`
const summary = (...rows: string[]) => `${summaryHeader}\n${rows.join('\n')}\n`
const zeros = (count: number) => Array<number>(count).fill(0)

async function figures(owner: string, period: string, audience: 'public' | 'member' = 'member') {
  const span = parsePeriod(period)
  if (span === null) throw new Error(period)
  const books = await openBooks(db, { from: day('2024-01-01'), to: day('2026-12-31') })
  const administration = books.administrations.find(({ code }) => code === owner)
  if (!administration) throw new Error(owner)
  return periodFigures(books, administration, span, audience)
}
const short = ({
  episodes,
  days,
  average,
  exceeded,
  day4Days,
  payableDays,
  otherPayableDays,
  suppressed,
}: PlaceFigure) =>
  suppressed ? 'visas inte' : [episodes, days, average, exceeded, day4Days, payableDays, otherPayableDays].join(' ')
async function of(place: string, owner: string, period: string, audience: 'public' | 'member' = 'member') {
  const all = await figures(owner, period, audience)
  if (place === 'länet') return short(all.county)
  if (place === 'utomläns') return short(all.outOfCounty)
  const found = all.municipalities.find(({ municipality }) => municipality.shortName === place)
  return found ? short(found.figure) : null
}

describe('what a file says is what the figures say', () => {
  test('also eight years of it when invented figures have just gone, which is what the server has counted last', async () => {
    await loadExampleData(db, facts)
    await removeExampleData(db)
    const owner = openAsOwner(db)
    await sql`analyze discharge_cell, discharge_histogram`.execute(owner).finally(() => owner.destroy())
    const towns = await db.selectFrom('organisation').select('short_name').where('kind', '=', 'municipality').execute()
    const months = Array.from({ length: 8 * 12 }, (_, index) =>
      [2018 + Math.floor(index / 12), String((index % 12) + 1).padStart(2, '0')].join('-'),
    )
    const rows = months.flatMap((month) =>
      ['HSF', 'PF'].flatMap((owner) =>
        towns.flatMap(({ short_name }) => episodes(String(short_name), owner, month, [0, 2, 4])),
      ),
    )
    // A fifteenth of the time that the portal gives a question.
    const hurried = openDatabase(urlsOf(db).appUrl, { name: 'test: hurried', max: 1, statementTimeout: 2_000 })
    await confirmReading(hurried, systemActor, await upload(file(...rows))).finally(() => hurried.destroy())
    expect(await of('Kalmar', 'hsf', '2025-02')).toBe('3 6 2.0000 true 1 1 1')
    expect(await of('Vimmerby', 'pf', '2024')).toBe('36 72 2.0000  12 12 ')
  })

  test('the worked examples, month and year, both readings of the agreement', async () => {
    await bring(
      file(
        ...episodes('Kalmar', 'HSF', '2025-11', [...zeros(17), 1, 5, 6]),
        ...episodes('Nybro', 'HSF', '2025-11', [...zeros(12), 2, 5, 6]),
        ...episodes('Nybro', 'HSF', '2025-12', zeros(5)),
        ...episodes('Utomläns', 'HSF', '2025-11', [0, 0, 0, 0, 9, 9]),
      ),
    )
    expect(await of('Kalmar', 'hsf', '2025-11')).toBe('20 12 0.6000 false 5 5 0')
    expect(await of('Nybro', 'hsf', '2025-11')).toBe('15 13 0.8667 true 5 5 5')
    expect(await of('Nybro', 'hsf', '2025')).toBe('20 13 0.6500 false 5 5 5')
    expect(await of('länet', 'hsf', '2025-11')).toBe('35 25 0.7143 false 10 10 5')
    expect(await of('utomläns', 'hsf', '2025-11')).toBe('6 18 3.0000 true 12 12 12')
    expect(await of('Borgholm', 'hsf', '2025-11')).toBe('0 0   0 0 0')
  })

  test('PF is followed up by quarter, pooled over its months', async () => {
    await bring(
      file(
        ...episodes('Kalmar', 'PF', '2025-10', [0, 3]),
        ...episodes('Kalmar', 'PF', '2025-11', zeros(10)),
        ...episodes('Kalmar', 'PF', '2025-12', [0, 4, 5]),
      ),
    )
    expect(await of('Kalmar', 'pf', '2025-Q4')).toBe('15 12 0.8000 false 3 3 0')
  })

  test('a summary has what it says and nothing that it does not say', async () => {
    await bring(summary('Kalmar;PF;2025-Q4;51;41;', 'Nybro;PF;2025-Q4;10;8;3'))
    expect(await of('Kalmar', 'pf', '2025-Q4')).toBe('51 41 0.8039 true   ')
    expect(await of('Nybro', 'pf', '2025-Q4')).toBe('10 8 0.8000 false 3 3 0')
  })

  test('the latest figures are the same when nothing else is read: of each administration its own latest, a period that is not over only when there is no other', async () => {
    await bring(
      file(
        ...episodes('Kalmar', 'HSF', '2025-02', [0, 1]),
        ...episodes('Kalmar', 'HSF', '2025-03', [0, 2]),
        ...episodes('Kalmar', 'PF', '2025-11', [0, 3]),
      ),
    )
    await bring(file(...episodes('Kalmar', 'HSF', '2025-03', [0, 2, 4])))
    const span = { from: day('2024-01-01'), to: day('2026-12-31') }
    const said = []
    for (const today of ['2025-02-10', '2025-03-01', '2025-03-10', '2025-04-01', '2025-11-30', '2026-01-01'].map(day)) {
      const [all, latest] = [await openBooks(db, span), await openLatest(db, span, today, true)]
      const shown = [all, latest].map((books) =>
        books.administrations.map((administration) => {
          const period = latestPeriod(books, administration, today)
          return period === null ? null : periodFigures(books, administration, period, 'member')
        }),
      )
      expect(shown[1]).toEqual(shown[0])
      said.push(shown[1]?.map((figures) => `${figures?.period.from} ${figures?.county.days}`).join(', '))
    }
    // The county's own sum of November 2025 counts too, once the month is over.
    expect(said).toEqual([
      '2025-11-01 265, 2025-10-01 3',
      '2025-02-01 1, 2025-10-01 3',
      '2025-02-01 1, 2025-10-01 3',
      '2025-03-01 6, 2025-10-01 3',
      '2025-03-01 6, 2025-10-01 3',
      '2025-11-01 265, 2025-10-01 3',
    ])
  })

  test('before 2025 no indicator is registered, and nothing is judged', async () => {
    await bring(file(...episodes('Kalmar', 'HSF', '2024-11', [...zeros(9), 20])))
    expect(await of('Kalmar', 'hsf', '2024-11')).toBe('10 20 2.0000  17 17 ')
  })

  test('the county’s own published sum stands until its municipalities are known', async () => {
    expect(await of('länet', 'hsf', '2025-11')).toBe('804 265 0.3296 false   ')
    expect(await of('Kalmar', 'hsf', '2025-11')).toBe('      ')
  })
})

describe('an import replaces the months it covers', () => {
  test('and undoing it brings back what was there', async () => {
    await bring(
      file(...episodes('Kalmar', 'HSF', '2025-11', zeros(10)), ...episodes('Kalmar', 'HSF', '2025-12', zeros(7))),
    )
    const { batchId } = await bring(file(...episodes('Kalmar', 'HSF', '2025-11', [...zeros(10), 5])))
    expect(await of('Kalmar', 'hsf', '2025-11')).toMatch(/^11 5 /)
    expect(await of('Kalmar', 'hsf', '2025-12')).toMatch(/^7 0 /)
    await change(db, systemActor, (work) => undoImport(work, batchId))
    expect(await of('Kalmar', 'hsf', '2025-11')).toMatch(/^10 0 /)
    await expect(change(db, systemActor, (work) => undoImport(work, batchId))).rejects.toThrow('redan ångrad')
  })

  test('the same file again changes nothing, also at the same moment', async () => {
    const text = file(...episodes('Kalmar', 'HSF', '2025-11', zeros(10)))
    const readings = await Promise.all([upload(text), upload(text)])
    const outcomes = await Promise.all(readings.map((reading) => confirmReading(db, systemActor, reading)))
    expect(outcomes.map(({ already }) => already).toSorted()).toEqual([false, true])
    expect(new Set(outcomes.map(({ batchId }) => batchId)).size).toBe(1)
    expect((await bring(text)).already).toBe(true)
  })

  test('a shown figure that changes leaves a note; a withheld one does not', async () => {
    const others = ['Nybro', 'Vimmerby', 'Västervik', 'Oskarshamn'].flatMap((town) =>
      episodes(town, 'HSF', '2025-11', [...zeros(20), 4, 4]),
    )
    await bring(
      file(
        ...episodes('Kalmar', 'HSF', '2025-11', [...zeros(10), 2]),
        ...episodes('Högsby', 'HSF', '2025-11', [0, 0, 1]),
        ...others,
      ),
    )
    await bring(
      file(
        ...episodes('Kalmar', 'HSF', '2025-11', [...zeros(10), 3]),
        ...episodes('Högsby', 'HSF', '2025-11', [0, 0, 0]),
        ...others,
      ),
    )
    const notes = (await figures('hsf', '2025-11', 'public')).revisions
    expect(
      notes.map(({ municipality, before, after }) => [municipality?.shortName ?? 'länet', before.days, after.days]),
    ).toEqual([['Kalmar', 2, 3]])
  })

  test('a quarter stated as a whole cannot be replaced in part', async () => {
    const { batchId } = await bring(summary('Kalmar;PF;2025-Q4;51;41;'))
    await expect(bring(file(...episodes('Kalmar', 'PF', '2025-11', zeros(6))))).rejects.toThrow(
      'en summa för hela kvartalet',
    )
    expect(await of('Kalmar', 'pf', '2025-Q4')).toMatch(/^51 41/)
    await change(db, systemActor, (work) => undoImport(work, batchId))
    await bring(file(...episodes('Kalmar', 'PF', '2025-11', zeros(6))))
    expect(await of('Kalmar', 'pf', '2025-Q4')).toMatch(/^6 0/)
  })

  test('an import that fails leaves nothing', async () => {
    const reading = await upload(file(...episodes('Kalmar', 'HSF', '2025-11', zeros(10))))
    const broken = { ...reading, cells: reading.cells.map((cell) => ({ ...cell, days: cell.days + 1 })) }
    await expect(confirmReading(db, systemActor, broken)).rejects.toThrow('does not add up')
    expect(await db.selectFrom('discharge_batch').select('id').execute()).toEqual([])
    expect(await of('Kalmar', 'hsf', '2025-11')).toBe('      ')
  })
})

describe('a preview says what would change and writes nothing', () => {
  test('old and new figures of every municipality, and who is missing', async () => {
    await bring(file(...episodes('Kalmar', 'PF', '2025-10', [0, 4])))
    const reading = await upload(file(...episodes('Kalmar', 'PF', '2025-11', zeros(10))))
    const preview = await previewOf(db, reading)
    expect(preview.periods).toHaveLength(1)
    const kalmar = preview.periods[0]?.rows.find(({ municipality }) => municipality?.shortName === 'Kalmar')
    expect(kalmar?.before).toMatchObject({ episodes: 2, days: 4 })
    expect(kalmar?.after).toMatchObject({ episodes: 12, days: 4 })
    expect(preview.periods[0]?.missing).toHaveLength(11)
    expect(await of('Kalmar', 'pf', '2025-Q4')).toMatch(/^2 4/)
  })
})

describe('the public does not see small numbers', () => {
  test('fewer than five are withheld with others, so that the county’s sum gives nothing away', async () => {
    const rows = [
      ...episodes('Högsby', 'HSF', '2025-11', [0, 0, 6]),
      ...['Nybro', 'Vimmerby', 'Västervik'].flatMap((town, place) =>
        episodes(town, 'HSF', '2025-11', [...zeros(20 + place), 4, 5]),
      ),
      ...episodes('Utomläns', 'HSF', '2025-11', [0, 0]),
    ]
    await bring(file(...rows))
    expect(await of('Högsby', 'hsf', '2025-11')).toMatch(/^3 6/)
    expect(await of('Högsby', 'hsf', '2025-11', 'public')).toBe('visas inte')
    expect(await of('utomläns', 'hsf', '2025-11', 'public')).toBe('visas inte')
    expect(await of('Nybro', 'hsf', '2025-11', 'public')).toBe('visas inte')
    expect(await of('Vimmerby', 'hsf', '2025-11', 'public')).toMatch(/^23 9/)
    expect(await of('länet', 'hsf', '2025-11', 'public')).toMatch(/^72 33 /)
    // The year would be the month again.
    expect(await of('Högsby', 'hsf', '2025', 'public')).toBe('visas inte')
  })
})

describe('a parameter that changes', () => {
  test('decides anew what is counted and shown of the periods it is valid for', async () => {
    await bring(
      file(
        ...episodes('Högsby', 'HSF', '2025-11', [0, 0, 6]),
        ...episodes('Kalmar', 'HSF', '2025-11', [...zeros(20), 5]),
      ),
    )
    expect(await of('Högsby', 'hsf', '2025-11', 'public')).toBe('visas inte')
    const values = db.updateTable('parameter_value')
    await values.set({ value: '0' }).where('parameter_code', '=', 'smallest_public_cell').execute()
    await values.set({ value: '6' }).where('parameter_code', '=', 'first_payable_day').execute()
    await change(db, systemActor, async (work) => {
      await publishAll(work)
      await work.record('discharge-days.tested', 'parameter/smallest_public_cell')
    })
    expect(await of('Högsby', 'hsf', '2025-11', 'public')).toBe('3 6 2.0000 true 1 1 1')
    await values.set({ value: '5' }).where('parameter_code', '=', 'smallest_public_cell').execute()
    await values.set({ value: '4' }).where('parameter_code', '=', 'first_payable_day').execute()
  })
})

describe('invented figures', () => {
  test('sum to the county’s published ones in November 2025, are marked, and can be removed', async () => {
    expect(await loadExampleData(db, facts)).toBe(true)
    expect(await loadExampleData(db, facts)).toBe(false)
    const november = await figures('hsf', '2025-11')
    expect(november.exampleData).toBe(true)
    expect(short(november.county)).toMatch(/^804 265 0.3296 false/)
    expect(await removeExampleData(db)).toBe(1)
    expect((await figures('hsf', '2025-11')).exampleData).toBe(false)
    expect(await of('länet', 'hsf', '2025-11')).toBe('804 265 0.3296 false   ')
  })

  test('never hide real ones, whichever came first', async () => {
    await bring(file(...episodes('Kalmar', 'HSF', '2025-11', zeros(10))))
    await loadExampleData(db, facts)
    expect(await of('Kalmar', 'hsf', '2025-11')).toMatch(/^10 0/)
    expect((await figures('hsf', '2025-11')).exampleData).toBe(false)
    expect((await figures('hsf', '2025-12')).exampleData).toBe(true)
    await bring(file(...episodes('Kalmar', 'HSF', '2025-12', zeros(8))))
    expect((await figures('hsf', '2025-12')).exampleData).toBe(false)
    expect((await figures('hsf', '2025-12', 'public')).revisions).toEqual([])
  })
})
