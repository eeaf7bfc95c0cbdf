import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { zip } from '../../support/zip.ts'
import { cells, episodeHeader, read, rejections } from '../support/reading.ts'
import { workbook } from '../support/xlsx.ts'

const header = episodeHeader.split(';')
/** 2025-11-03 in a spreadsheet. */
const third = 45_964

describe('workbooks', () => {
  test('dates in date cells, dates as text, codes as numbers, empty cells', async () => {
    const reading = await read(
      workbook([
        header,
        ['Kalmar', 'HSF', { date: third }, { date: third + 5.5 }, 'V1'],
        [821, 'HSF', '2025-11-28', '2025-12-03', 2],
        [],
        ['Torsås', 'PF', { date: third }, { date: third }, null],
      ]),
    )
    expect(rejections(reading)).toEqual([])
    expect(cells(reading)).toEqual(['10/1/2025-12 5×1', '10/2/2025-11 5×1', '20/4/2025-11 0×1'])
  })

  test('rejected rows are named by their number in the sheet', async () => {
    const reading = await read(
      workbook([
        header,
        [],
        ['Växjö', 'HSF', { date: third }, { date: third }, 1],
        ['Kalmar', 'HSF', third, { date: third }, 2],
      ]),
    )
    expect(rejections(reading)).toEqual(['3:1 unknown-municipality', '4:3 not-a-date'])
  })

  test('a formula counts as what it shows', async () => {
    const reading = await read(
      workbook([
        header,
        [
          { formula: 'HYPERLINK("http://example.com","Kalmar")', shows: 'Kalmar' },
          'HSF',
          { date: third },
          { date: third },
          1,
        ],
      ]),
    )
    expect(cells(reading)).toEqual(['10/2/2025-11 0×1'])
  })

  test('personal identity numbers are found in numbers too, and not said', async () => {
    const bytes = workbook([header, ['Kalmar', 'HSF', { date: third }, { date: third }, 198112189876]])
    await expect(read(bytes)).rejects.toThrow('Rad 2, kolumn 5')
    await expect(read(bytes)).rejects.not.toThrow('9876')
  })

  test('broken archives are refused', async () => {
    const whole = workbook([header, ['Kalmar', 'HSF', { date: third }, { date: third }, 1]])
    for (const bytes of [whole.subarray(0, 60), whole.subarray(0, whole.length - 30), zip({ 'a.txt': 'a' })]) {
      await expect(read(bytes)).rejects.toThrow('ingen hel XLSX-fil')
    }
  })

  test('a small file that unpacks to a gigabyte is refused before it has', async () => {
    const row = Buffer.from('<row r="1"><c r="A1"><v>0</v></c></row>')
    const sheet = deflateRawSync(
      Buffer.concat(Array<Buffer>(25_000).fill(Buffer.concat(Array<Buffer>(400).fill(row)).subarray(0, 40_000))),
      { level: 9 },
    )
    const before = process.memoryUsage().rss
    const bytes = stored(sheet)
    expect(bytes.length).toBeLessThan(3_000_000)
    await expect(read(bytes)).rejects.toThrow(/packas upp|rubriker|miljon tecken/)
    expect(process.memoryUsage().rss - before).toBeLessThan(500_000_000)
  })

  test('one endless cell is refused', async () => {
    const bytes = zip({
      'xl/workbook.xml': '<workbook/>',
      'xl/worksheets/sheet1.xml': `<row r="1"><c r="A1"><v>${'0'.repeat(30_000_000)}`,
    })
    await expect(read(bytes)).rejects.toThrow('miljon tecken')
  })
})

/** A workbook whose sheet is packed already. */
function stored(sheet: Buffer): Buffer {
  const bytes = zip({ 'xl/workbook.xml': '<workbook/>', 'xl/worksheets/sheet1.xml': sheet }, { packed: false })
  // Says that what is stored is packed.
  for (const [signature, offset] of [
    [0x04034b50, 8],
    [0x02014b50, 10],
  ] as const) {
    const mark = Buffer.alloc(4)
    mark.writeUInt32LE(signature)
    const name = Buffer.from('xl/worksheets/sheet1.xml')
    for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + 4)) {
      const start = at + (signature === 0x04034b50 ? 30 : 46)
      if (bytes.subarray(start, start + name.length).equals(name)) bytes.writeUInt16LE(8, at + offset)
    }
  }
  return bytes
}
