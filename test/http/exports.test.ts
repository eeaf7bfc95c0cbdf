import readXlsxFile from 'read-excel-file/node'
import { expect, test } from 'vitest'
import { sheetName, xlsxOf } from '../../src/http/exports.ts'

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
