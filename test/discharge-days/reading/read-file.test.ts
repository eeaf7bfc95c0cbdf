import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dayNumber, readPeriod } from '../../../src/discharge-days/reading/cells.ts'
import { layoutOf } from '../../../src/discharge-days/reading/columns.ts'
import { SeenIds } from '../../../src/discharge-days/reading/remembered.ts'
import { UnknownLayout, UnusableFile } from '../../../src/discharge-days/reading/unusable.ts'
import { day, daysBetween } from '../../../src/kernel/dates.ts'
import { holdsPersonalNumber } from '../../../src/kernel/personal-number.ts'
import { cells, episodeHeader, read, rejections, rules, summaryHeader, towns } from '../support/reading.ts'

const three = [
  'Kalmar;HSF;2025-11-03;2025-11-08;V1',
  'Högsby;HSF;2025-11-28;2025-12-03;V2',
  'Torsås;PF;2025-11-03;2025-11-03;V3',
]
const file = (...rows: string[]) => `${[episodeHeader, ...rows].join('\n')}\n`
const expected = ['10/1/2025-12 5×1', '10/2/2025-11 5×1', '20/4/2025-11 0×1']

describe('the same episodes are counted whatever the file looks like', () => {
  test.each([
    ['UTF-8', Buffer.from(file(...three))],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${file(...three)}`)],
    ['Windows-1252', Buffer.from(file(...three), 'latin1')],
    ['UTF-16 with a byte order mark', Buffer.from(`\ufeff${file(...three)}`, 'utf16le')],
    ['UTF-16 the other way round', Buffer.from(`\ufeff${file(...three)}`, 'utf16le').swap16()],
    ['UTF-16 without a mark', Buffer.from(file(...three), 'utf16le')],
    ['Windows line ends', Buffer.from(file(...three).replaceAll('\n', '\r\n'))],
    ['no line end at the end', Buffer.from(file(...three).trimEnd())],
    ['commas', Buffer.from(file(...three).replaceAll(';', ','))],
    ['tabs', Buffer.from(file(...three).replaceAll(';', '\t'))],
    ['quotes everywhere', Buffer.from(file(...three).replace(/[^;\n]+/g, '"$&"'))],
    ['a line that names the separator', Buffer.from(`sep=;\r\n${file(...three)}`)],
    [
      'empty rows and spaces',
      Buffer.from(
        file(...three)
          .replaceAll('\n', ' \n;;;;\n\n')
          .replaceAll(';', ' ; '),
      ),
    ],
    ['compact dates', Buffer.from(file(...three).replaceAll(/(\d{4})-(\d\d)-(\d\d)/g, '$1$2$3'))],
    ['times of day', Buffer.from(file(...three).replaceAll(/(\d\d)(?=;)/g, '$1 23:59'))],
  ])('%s', async (_name, bytes) => {
    const reading = await read(bytes)
    expect(rejections(reading)).toEqual([])
    expect(cells(reading)).toEqual(expected)
    expect(cells(await read(bytes, { block: 7 }))).toEqual(expected)
  })

  test('municipalities by name, with kommun, genitive, code, and a code that lost its zero', async () => {
    const names = ['Oskarshamn', 'oskarshamns', 'Oskarshamns kommun', 'OSKARSHAMN KOMMUN', '0882', '882']
    const reading = await read(file(...names.map((name, id) => `${name};HSF;2025-11-03;2025-11-04;${id}`)))
    expect(cells(reading)).toEqual(['10/3/2025-11 1×6'])
  })

  test('people from elsewhere are counted apart', async () => {
    const reading = await read(file('Utomläns;HSF;2025-11-03;2025-11-04;1', 'utom länet;HSF;2025-11-03;2025-11-04;2'))
    expect(cells(reading)).toEqual(['10/utomläns/2025-11 1×2'])
  })

  test('the order of columns, other headers and further columns do not matter', async () => {
    const reading = await read(
      'Utskrivningsdatum,Avdelning,Hemkommun,Utskr. klar,Förvaltning\n2025-11-08,A1,Kalmar,2025-11-03,HSF\n',
    )
    expect(cells(reading)).toEqual(['10/2/2025-11 5×1'])
  })

  test('random files are counted as an independent count does', async () => {
    const row = fc.record({
      town: fc.integer({ min: 0, max: 3 }),
      owner: fc.integer({ min: 0, max: 1 }),
      from: fc.integer({ min: 17_532, max: 20_000 }),
      days: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200 })),
    })
    const text = (number: number) => new Date(number * 86_400_000).toISOString().slice(0, 10)
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 80 }),
        fc.integer({ min: 1, max: 200 }),
        async (rows, block) => {
          const lines = rows.map(
            ({ town, owner, from, days }, id) =>
              `${towns[town]?.name};${['HSF', 'PF'][owner]};${text(from)};${text(from + days)};${id}`,
          )
          const counted = new Map<string, Map<number, number>>()
          for (const { town, owner, from, days } of rows) {
            const key = `${[10, 20][owner]}/${town + 1}/${text(from + days).slice(0, 7)}`
            const histogram = counted.get(key) ?? new Map<number, number>()
            counted.set(key, histogram.set(days, (histogram.get(days) ?? 0) + 1))
          }
          const lists = [...counted].map(
            ([key, histogram]) =>
              `${key} ${[...histogram]
                .toSorted(([a], [b]) => a - b)
                .map(([d, count]) => `${d}×${count}`)
                .join(' ')}`,
          )
          expect(cells(await read(file(...lines), { block }))).toEqual(lists.toSorted())
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('rows that cannot be counted are told of, with line, column and reason', () => {
  test.each([
    ['a discharge before the notice', 'Kalmar;HSF;2025-11-08;2025-11-03;1', '2:4 discharged-before-ready'],
    ['dates of 2099', 'Kalmar;HSF;2025-11-08;2099-11-03;1', '2:4 date-in-future'],
    ['dates before the law', 'Kalmar;HSF;2017-12-31;2018-01-02;1', '2:3 date-too-early'],
    ['a day that does not exist', 'Kalmar;HSF;2025-02-29;2025-03-02;1', '2:3 not-a-date'],
    ['a date of another kind', 'Kalmar;HSF;11/03/2025;2025-11-08;1', '2:3 not-a-date'],
    ['no date', 'Kalmar;HSF;;2025-11-08;1', '2:3 missing'],
    ['a municipality outside the county', 'Växjö;HSF;2025-11-03;2025-11-08;1', '2:1 unknown-municipality'],
    ['no municipality', ';HSF;2025-11-03;2025-11-08;1', '2:1 missing'],
    ['an administration that is not measured', 'Kalmar;ABC;2025-11-03;2025-11-08;1', '2:2 unknown-administration'],
    ['a formula', '=HYPERLINK("http://example.com");HSF;2025-11-03;2025-11-08;1', '2:1 unknown-municipality'],
    ['too few columns', 'Kalmar;HSF', '2:3 missing'],
  ])('%s', async (_name, row, reason) => {
    const reading = await read(file(row, 'Kalmar;HSF;2025-11-03;2025-11-04;9'))
    expect(rejections(reading)).toEqual([reason])
    expect(reading.accepted).toBe(1)
  })

  test('today is not in the future, tomorrow is', async () => {
    const reading = await read(file('Kalmar;HSF;2026-03-01;2026-03-01;1', 'Kalmar;HSF;2026-03-01;2026-03-02;2'))
    expect(rejections(reading)).toEqual(['3:4 date-in-future'])
  })

  test('the same episode twice counts once; empty ids are nobody’s', async () => {
    const reading = await read(
      file(
        three[0] as string,
        three[0] as string,
        'Kalmar;HSF;2025-11-03;2025-11-04;',
        'Kalmar;HSF;2025-11-03;2025-11-04;',
      ),
    )
    expect(rejections(reading)).toEqual(['3:5 duplicate-episode'])
    expect(reading.accepted).toBe(3)
  })

  test('line numbers count lines inside quotes too', async () => {
    const reading = await read(file('"Väx\njö";HSF;2025-11-03;2025-11-08;1', 'Växjö;HSF;2025-11-03;2025-11-08;1'))
    expect(rejections(reading)).toEqual(['2:1 unknown-municipality', '4:1 unknown-municipality'])
  })

  test('among a million ids no two different ones are taken for the same', () => {
    const seen = new SeenIds()
    for (let id = 0; id < 1_000_000; id += 1) {
      const bytes = Buffer.from(`V${id}`)
      if (!seen.isNew(bytes, 0, bytes.length)) throw new Error(`${id} was taken for another`)
    }
    const again = Buffer.from('V77')
    expect(seen.isNew(again, 0, again.length)).toBe(false)
  })
})

describe('personal identity numbers are refused with the whole file', () => {
  // 9876 is not given to anybody with this date.
  test('numbers with a right check digit are known, also coordination numbers', () => {
    for (const number of ['811218-9876', '19811218-9876', '8112189876', '198112189876', '811278-9873', '811218+9876']) {
      expect(holdsPersonalNumber(number), number).toBe(true)
      expect(holdsPersonalNumber(`Testa Testsson (${number})`), number).toBe(true)
    }
  })

  test('what only resembles one is not: wrong check digit, no such date, other numbering', () => {
    for (const text of [
      '811218-9875',
      '811318-9876',
      '19810230-1234',
      'V8112189876',
      '2025110314',
      '123456789012345',
      '88002511',
    ])
      expect(holdsPersonalNumber(text), text).toBe(false)
  })

  test.each(['811218-9876', '198112189876', 'Testa Testsson 811218-9876', '8112189876'])(
    'in any column, with line and column and without the number: %s',
    async (number) => {
      for (const [column, cell] of [
        [1, 0],
        [5, 4],
        [6, 5],
      ]) {
        const row = ['Kalmar', 'HSF', '2025-11-03', '2025-11-08', 'V9', 'x']
        row[cell as number] = number
        const text = `${episodeHeader};anteckning\n${three[0]};\n${row.join(';')}\n`
        const error = await read(text).then(
          () => null,
          (refusal: unknown) => refusal,
        )
        expect(error).toBeInstanceOf(UnusableFile)
        expect((error as Error).message).toContain(`Rad 3, kolumn ${column}`)
        expect((error as Error).message).not.toContain('9876')
      }
    },
  )

  test('in a date column, a header, a file name, a summary', async () => {
    await expect(read(file('Kalmar;HSF;811218-9876;2025-11-08;1'))).rejects.toThrow('Rad 2, kolumn 3')
    await expect(read(`${episodeHeader};811218-9876\n`)).rejects.toThrow('Rad 1, kolumn 6')
    await expect(read(file(...three), { name: '811218-9876.csv' })).rejects.toThrow('Filens namn')
    await expect(read(`${summaryHeader}\nKalmar;HSF;2025-11;8112189876;1;\n`)).rejects.toThrow('Rad 2, kolumn 4')
  })

  test('dates in date columns are no identity numbers', async () => {
    const reading = await read(file('Kalmar;HSF;20251103;20251108;1'))
    expect(reading.accepted).toBe(1)
  })
})

describe('summaries', () => {
  const summary = (...rows: string[]) => `${[summaryHeader, ...rows].join('\n')}\n`

  test('twelve rows from a spreadsheet, months for HSF and quarters for PF', async () => {
    const reading = await read(
      summary('Kalmar;HSF;2025-11;41;33;12', 'Högsby;PF;2025-Q4;1 234;0;', 'Utomläns;HSF;2025-11;3;0;0'),
    )
    expect(rejections(reading)).toEqual([])
    expect(cells(reading)).toEqual(['10/2/2025-11 41/33/12', '10/utomläns/2025-11 3/0/0', '20/1/2025-10 1234/0/–'])
  })

  test('the county as a whole, and a total below its municipalities, which is only checked', async () => {
    const county = await read('kommun;förvaltning;period;antal;dagar\n;HSF;2025-11;804;265\n')
    expect(cells(county)).toEqual(['10/länet/2025-11 804/265/–'])
    const right = await read(
      summary('Kalmar;HSF;2025-11;41;33;', 'Högsby;HSF;2025-11;9;1;', 'Summa;HSF;2025-11;50;34;'),
    )
    expect(cells(right)).toEqual(['10/1/2025-11 9/1/–', '10/2/2025-11 41/33/–'])
    const wrong = await read(summary('Kalmar;HSF;2025-11;41;33;', 'Summa;HSF;2025-11;50;34;'))
    expect(rejections(wrong)).toEqual(['3:4 sum-differs'])
    expect(wrong.accepted).toBe(1)
  })

  test.each([
    ['Kalmar;HSF;2025-Q4;41;33;12', '2:3 period-too-long'],
    ['Kalmar;HSF;2025-13;41;33;12', '2:3 not-a-period'],
    ['Kalmar;HSF;2099-01;41;33;12', '2:3 date-in-future'],
    ['Kalmar;HSF;2017-12;41;33;12', '2:3 not-a-period|2:3 date-too-early'],
    ['Kalmar;HSF;2025-11;41,5;33;12', '2:4 not-a-whole-number'],
    ['Kalmar;HSF;2025-11;-1;33;12', '2:4 not-a-whole-number'],
    ['Kalmar;HSF;2025-11;1,000;33;12', '2:4 not-a-whole-number'],
    ['Kalmar;HSF;2025-11;99999999999;33;12', '2:4 too-large'],
    ['Kalmar;HSF;2025-11;0;3;', '2:5 days-without-episodes'],
    ['Kalmar;HSF;2025-11;9;5;4', '2:6 too-many-late-days'],
    ['Kalmar;HSF;2025-11;9;;', '2:5 missing'],
  ])('%s is rejected', async (row, reason) => {
    const reading = await read(summary(row, 'Torsås;HSF;2025-11;9;5;'))
    expect(reason.split('|')).toContain(rejections(reading)[0])
  })

  test('the same place and period twice, or a quarter with months of its own', async () => {
    const twice = await read(summary('Kalmar;HSF;2025-11;4;3;', 'Kalmar kommun;HSF;2025-11;5;3;'))
    expect(rejections(twice)).toEqual(['3:1 duplicate-cell'])
    const mixed = await read(summary('Kalmar;PF;2025-Q4;4;3;', 'Högsby;PF;2025-11;5;3;'))
    expect(rejections(mixed)).toEqual(['3:3 mixed-periods'])
  })

  test('periods as people write them', () => {
    for (const text of ['2025-11', '202511', '2025-11-01', 'november 2025', 'Nov 2025'])
      expect(readPeriod(text)?.from, text).toBe('2025-11-01')
    for (const text of ['2025-Q4', '2025Q4', '2025-kv4', '2025 kv 4', 'kv 4 2025', 'Kvartal 4 2025', 'Q4 2025']) {
      expect(readPeriod(text), text).toMatchObject({ kind: 'quarter', from: '2025-10-01' })
    }
    for (const text of ['2025', '2025-11-02', '2025-00', '25-11', '2025-Q5', 'nov'])
      expect(readPeriod(text), text).toBeNull()
  })
})

describe('files that are no tables', () => {
  test.each<[string, string | Buffer, string]>([
    ['nothing at all', '', 'Filen är tom'],
    ['only empty lines', '\n\n  \n', 'Filen är tom'],
    ['a header alone', `${episodeHeader}\n`, 'bara en rubrikrad'],
    ['10,000 columns', `${Array(10_000).fill('a').join(';')}\n`, 'fler än 500 kolumner'],
    ['a quote that is never closed', file('"Kalmar;HSF;2025-11-03;2025-11-08;1', ...three), 'Rad 2: ett citattecken'],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 10]), 'inte text'],
    ['an old Excel file', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0, 0, 0, 0]), 'äldre Excelformat'],
    [
      'mixed encodings',
      Buffer.concat([Buffer.from(file(...three)), Buffer.from('Högsby;HSF;2025-11-03;2025-11-03;7\n', 'latin1')]),
      'Rad 5: filen blandar teckenkodningar',
    ],
    [
      'mixed encodings the other way',
      Buffer.concat([Buffer.from(file(...three), 'latin1'), Buffer.from('Högsby;HSF;2025-11-03;2025-11-03;7\n')]),
      'Rad 5: filen blandar teckenkodningar',
    ],
  ])('%s', async (_name, content, message) => {
    await expect(read(content)).rejects.toThrow(message)
    if (content.length > 0) await expect(read(content, { block: 5 })).rejects.toThrow(UnusableFile)
  })

  test('300 MB of zeros are refused after the first of them', async () => {
    let taken = 0
    async function* zeros() {
      for (; taken < 300; taken += 1) yield Buffer.alloc(1024 * 1024, '0')
    }
    const { readFile } = await import('../../../src/discharge-days/reading/read-file.ts')
    await expect(readFile(zeros(), 'nollor.csv', rules)).rejects.toThrow('längre än en miljon tecken')
    expect(taken).toBeLessThan(5)
  })

  test('headers that say nothing ask for an explanation, and the explanation is enough', async () => {
    const text = 'A;B;C;D\nKalmar;HSF;2025-11-03;2025-11-08\n'
    const error = await read(text).catch((refusal: unknown) => refusal)
    expect(error).toBeInstanceOf(UnknownLayout)
    expect((error as UnknownLayout).headers).toEqual(['A', 'B', 'C', 'D'])
    const layout = {
      kind: 'episodes' as const,
      columns: { municipality: 0, administration: 1, ready: 2, discharged: 3 },
    }
    expect(cells(await read(text, { layout }))).toEqual(['10/2/2025-11 5×1'])
    expect(
      cells(await read(text, { remembered: (headers) => (headers.join() === 'a,b,c,d' ? layout : null) })),
    ).toEqual(['10/2/2025-11 5×1'])
  })

  test('the headers of the contract need no explanation', () => {
    expect(layoutOf(episodeHeader.split(';'))).toEqual({
      kind: 'episodes',
      columns: { municipality: 0, administration: 1, ready: 2, discharged: 3, episode: 4 },
    })
    expect(layoutOf(summaryHeader.split(';').slice(0, 5))?.kind).toBe('summaries')
    expect(layoutOf(summaryHeader.split(';'))?.columns.lateDays).toBe(5)
  })
})

test('days are numbered as the calendar has them', () => {
  for (const of of ['2018-01-01', '2024-02-29', '2026-03-28', '2026-03-29', '2026-03-31', '2100-03-01']) {
    const [year, month, date] = of.split('-').map(Number) as [number, number, number]
    expect(dayNumber(year, month, date)).toBe(daysBetween(day('1970-01-01'), day(of)))
  }
})
