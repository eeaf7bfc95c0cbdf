import readXlsxFile from 'read-excel-file/node'
import { expect, test } from 'vitest'
import { csvLine } from '../../src/history/pages.ts'
import { csvOf, sheetName, xlsxOf } from '../../src/http/exports.ts'

const titles = ['10:00', 'Ja/nej?', "'citat'", '[]', '', '*', `${'å'.repeat(30)}😀 och mer`, 'Rad\u0000\nbruten', '   ']

test('a sheet is called what its list is called, as far as spreadsheets take the name', () => {
  expect(titles.map(sheetName)).toEqual([
    '10 00',
    'Ja nej',
    'citat',
    'Blad1',
    'Blad1',
    'Blad1',
    'å'.repeat(30),
    'Rad bruten',
    'Blad1',
  ])
})

test('a list of any name comes as a file that can be read', async () => {
  for (const sheet of titles) {
    const file = await xlsxOf({ name: 'lista', sheet, notice: null, headers: ['rubrik'], rows: [['värde']] })
    const [read] = await readXlsxFile(file)
    expect([read?.sheet, read?.data], sheet).toEqual([sheetName(sheet), [['rubrik'], ['värde']]])
  }
})

test('what a spreadsheet would reckon out is text in every file, full-width signs and blanks before it too', async () => {
  const first = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n', '\u00a0']
  const cells = first.map((sign) => `${sign}1+1`)
  const plain = (line: string) => line.replaceAll('"', '')
  for (const cell of cells) {
    const rows = [[cell, 'a＝b']]
    expect(plain(csvOf({ headers: ['rubrik', 'annan'], rows }))).toBe(`\ufeffrubrik;annan\r\n'${cell};a＝b\r\n`)
    expect(plain(csvLine(rows[0] ?? []))).toBe(`'${cell};a＝b\r\n`)
  }
  const rows = cells.map((cell) => [cell])
  const [sheet] = await readXlsxFile(
    await xlsxOf({ name: 'lista', sheet: 'Lista', notice: null, headers: ['rubrik'], rows }),
  )
  for (const [value] of sheet?.data.slice(1) ?? []) expect(String(value)).toMatch(/^'/)
})
