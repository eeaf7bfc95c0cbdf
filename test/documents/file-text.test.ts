import { Document, Packer, Paragraph } from 'docx'
import { expect, test } from 'vitest'
import { textOfFile } from '../../src/documents/file-text.ts'
import { zip } from '../support/zip.ts'

const word = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

/** The smallest PDF with one line. */
function pdf(line: string): Buffer {
  const content = `BT /F1 24 Tf 72 700 Td (${line}) Tj ET`
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    `<</Length ${content.length}>>stream\n${content}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>',
  ]
  let text = '%PDF-1.4\n'
  const places = objects.map((object, number) => {
    const place = text.length
    text += `${number + 1} 0 obj${object}endobj\n`
    return place
  })
  const table = text.length
  text += `xref\n0 6\n0000000000 65535 f \n${places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('')}`
  text += `trailer<</Size 6/Root 1 0 R>>startxref\n${table}\n%%EOF`
  return Buffer.from(text, 'latin1')
}

test('the words of a PDF and of a Word file', async () => {
  expect(await textOfFile(pdf('Utskrivning fr\\345n sjukhus'), 'application/pdf')).toMatchObject({
    text: expect.stringContaining('Utskrivning från sjukhus'),
  })
  const docx = await Packer.toBuffer(
    new Document({ sections: [{ children: [new Paragraph('Första stycket'), new Paragraph('Andra')] }] }),
  )
  expect(await textOfFile(docx, word)).toMatchObject({ text: expect.stringMatching(/Första stycket\s+Andra/) })
})

test('a damaged file, or another kind, has no words and is no error', async () => {
  expect(await textOfFile(Buffer.from('%PDF-1.7 skräp'), 'application/pdf')).toEqual({ trouble: 'unreadable' })
  expect(await textOfFile(Buffer.from('PK\x03\x04 skräp'), word)).toEqual({ trouble: 'unreadable' })
  expect(await textOfFile(Buffer.from('x'), 'image/png')).toEqual({ trouble: 'other-kind' })
})

test('a file that unpacks to far more than it is, is not read', async () => {
  const bomb = zip({ '[Content_Types].xml': Buffer.alloc(10), 'word/document.xml': Buffer.alloc(200_000_000) })
  expect(bomb.length).toBeLessThan(1_000_000)
  expect(await textOfFile(bomb, word)).toEqual({ trouble: 'unreadable' })
})
