import { crc32, deflateRawSync } from 'node:zlib'

/** A zip archive of the given files, packed or stored. */
export function zip(files: Record<string, string | Buffer>, { packed = true } = {}): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content)
    const body = packed ? deflateRawSync(bytes) : bytes
    const title = Buffer.from(name)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(20, 4)
    local.writeUInt16LE(packed ? 8 : 0, 8)
    local.writeUInt32LE(crc32(bytes), 14)
    local.writeUInt32LE(body.length, 18)
    local.writeUInt32LE(bytes.length, 22)
    local.writeUInt16LE(title.length, 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(packed ? 8 : 0, 10)
    central.writeUInt32LE(crc32(bytes), 16)
    central.writeUInt32LE(body.length, 20)
    central.writeUInt32LE(bytes.length, 24)
    central.writeUInt16LE(title.length, 28)
    central.writeUInt32LE(offset, 42)
    parts.push(local, title, body)
    directory.push(central, title)
    offset += 30 + title.length + body.length
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Object.keys(files).length, 8)
  end.writeUInt16LE(Object.keys(files).length, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, ...directory, end])
}

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
