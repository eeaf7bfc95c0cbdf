import { zip } from '../../support/zip.ts'

/** A workbook with one sheet; texts are shared strings, numbers are numbers, dates are numbers in a date style. */
export function workbook(
  rows: readonly (readonly (string | number | { date: number } | { formula: string; shows: string } | null)[])[],
): Buffer {
  const shared: string[] = []
  const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const sheet = rows.map((row, index) => {
    const cells = row.map((cell, place) => {
      const at = `${String.fromCharCode(65 + place)}${index + 1}`
      if (cell === null) return ''
      if (typeof cell === 'number') return `<c r="${at}"><v>${cell}</v></c>`
      if (typeof cell === 'string') return `<c r="${at}" t="s"><v>${shared.push(cell) - 1}</v></c>`
      if ('date' in cell) return `<c r="${at}" s="1"><v>${cell.date}</v></c>`
      return `<c r="${at}" t="str"><f>${escaped(cell.formula)}</f><v>${escaped(cell.shows)}</v></c>`
    })
    return `<row r="${index + 1}">${cells.join('')}</row>`
  })
  return zip({
    'xl/workbook.xml':
      '<workbook xmlns:r="x"><sheets><sheet name="Blad1" sheetId="1" r:id="rId7"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels':
      '<Relationships><Relationship Id="rId7" Target="worksheets/sheet1.xml"/></Relationships>',
    'xl/styles.xml': '<styleSheet><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    'xl/sharedStrings.xml': `<sst>${shared.map((text) => `<si><t>${escaped(text)}</t></si>`).join('')}</sst>`,
    'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${sheet.join('')}</sheetData></worksheet>`,
  })
}
