import {
  CommentRangeEnd,
  CommentRangeStart,
  CommentReference,
  Document,
  Footer,
  Header,
  Packer,
  Paragraph,
  TextRun,
} from 'docx'
import { describe, expect, test } from 'vitest'
import writeXlsx from 'write-excel-file/node'
import { textOfFile } from '../../src/documents/file-text.ts'
import { smallPdf } from '../support/pdf.ts'
import { zip } from '../support/zip.ts'

const openXml = 'application/vnd.openxmlformats-officedocument'
const word = `${openXml}.wordprocessingml.document`
const sheet = `${openXml}.spreadsheetml.sheet`
const slides = `${openXml}.presentationml.presentation`

const slide = (...runs: string[]) =>
  zip({
    'ppt/presentation.xml': '<p/>',
    'ppt/slides/slide1.xml': `<p:sld><a:p>${runs.map((run) => `<a:r><a:rPr lang="sv"/><a:t>${run}</a:t></a:r>`).join('')}</a:p><a:p><a:t>Fler &amp; fler</a:t></a:p></p:sld>`,
  })

test('the words of a PDF and of a Word file', async () => {
  expect(await textOfFile(smallPdf('Utskrivning fr\\345n sjukhus'), 'application/pdf')).toMatchObject({
    text: expect.stringContaining('Utskrivning från sjukhus'),
  })
  const docx = await Packer.toBuffer(
    new Document({ sections: [{ children: [new Paragraph('Första stycket'), new Paragraph('Andra')] }] }),
  )
  expect(await textOfFile(docx, word)).toMatchObject({ text: expect.stringMatching(/Första stycket\s+Andra/) })
})

test('the words of a sheet and of slides, what is cut into runs as one', async () => {
  const book = await writeXlsx([
    [{ value: 'Kommun' }, { value: 'Vårddagar' }],
    [{ value: 'Påhittsvik' }, { value: 12, type: Number }],
  ] as never).toBuffer()
  expect(await textOfFile(book, sheet)).toMatchObject({
    text: expect.stringMatching(/Kommun\nVårddagar\nPåhittsvik/),
    numbered: null,
  })
  expect(await textOfFile(slide('Utskriv', 'ning'), slides)).toMatchObject({
    text: 'Utskrivning\nFler & fler',
    numbered: null,
  })
})

const office = (folder: 'word' | 'ppt' | 'xl') => ({
  '[Content_Types].xml': '<Types/>',
  [{ word: 'word/document.xml', ppt: 'ppt/presentation.xml', xl: 'xl/workbook.xml' }[folder]]: '<a/>',
})
const part = (folder: 'word' | 'xl', xml: string) => zip({ ...office(folder), [`${folder}/other/part1.xml`]: xml })

describe('a personal identity number is noticed wherever whoever opens the file may come to see it', () => {
  // Made up: no such person, and the right check digit.
  const number = '19121212-1212'
  const docx = (options: object) =>
    Packer.toBuffer(new Document({ sections: [{ children: [new Paragraph('Inget här')] }], ...options }))
  const section = (parts: object) => ({ sections: [{ children: [new Paragraph('Inget här')], ...parts }] })
  const commented = () => ({
    comments: { children: [{ id: 0, author: 'Någon', children: [new Paragraph(`Gäller ${number}`)] }] },
    ...section({
      children: [
        new Paragraph({
          children: [new CommentRangeStart(0), new TextRun('Se'), new CommentRangeEnd(0), new CommentReference(0)],
        }),
      ],
    }),
  })
  const inside = 'i en ritning, en tabell eller något annat inuti filen'
  test.each([
    ['the text of a PDF', () => smallPdf(`Gäller ${number}`), 'application/pdf', 'på sidan 1'],
    ['a paragraph', () => docx(section({ children: [new Paragraph(`Gäller ${number}.`)] })), word, 'i texten'],
    [
      'runs of a paragraph',
      () =>
        docx(
          section({ children: [new Paragraph({ children: ['1912', '1212', '-1212'].map((t) => new TextRun(t)) })] }),
        ),
      word,
      'i texten',
    ],
    [
      'a header',
      () => docx(section({ headers: { default: new Header({ children: [new Paragraph(number)] }) } })),
      word,
      'i ett sidhuvud',
    ],
    [
      'a footer',
      () => docx(section({ footers: { default: new Footer({ children: [new Paragraph(number)] }) } })),
      word,
      'i en sidfot',
    ],
    ['a comment', () => docx(commented()), word, 'i en kommentar'],
    ['the title among the properties', () => docx({ title: `Utredning ${number}` }), word, 'bland filens egenskaper'],
    [
      'a cell of digits',
      () => writeXlsx([[{ value: 191212121212, type: Number }]] as never).toBuffer(),
      sheet,
      'i ett blad',
    ],
    ['a cell of text', () => writeXlsx([[{ value: number }]] as never).toBuffer(), sheet, 'i ett blad'],
    ['a slide', () => slide('Gäller 191212', '12-1212'), slides, 'på en bild'],
    [
      'a field of a form in a PDF',
      () => smallPdf('Blankett', `/T(nr)/FT/Tx/V(${number})`),
      'application/pdf',
      'i en anteckning eller ett fält på sidan 1',
    ],
    [
      'a sheet as other programs write it',
      () => part('xl', `<x:si><x:t>12</x:t></x:si><x:si><x:t>${number}</x:t></x:si>`),
      sheet,
      inside,
    ],
    ['what a formula comes to', () => part('xl', `<c><f>[1]Blad1!B2</f><v>${number}</v></c>`), sheet, inside],
    ['the header of a sheet', () => part('xl', `<oddHeader>&amp;L${number}&amp;RSida</oddHeader>`), sheet, inside],
    ['the name of a sheet', () => part('xl', `<sheets><sheet name="${number}"/></sheets>`), sheet, inside],
    [
      'a drawing',
      () => zip({ ...office('ppt'), 'ppt/diagrams/data1.xml': `<a:p><a:t>${number}</a:t></a:p>` }),
      slides,
      inside,
    ],
    [
      'words beside a size',
      () => part('word', `<w:p><wp14:pctHeight>0</wp14:pctHeight><w:t>${number}</w:t></w:p>`),
      word,
      inside,
    ],
    [
      'a document that its reader cannot make out',
      () => zip({ ...office('word'), 'word/document.xml': `<w:p><w:t>${number}` }),
      word,
      'i texten',
    ],
  ])('%s', async (_what, file, kind, where) => {
    const read = await textOfFile(await file(), kind)
    expect(read).toMatchObject({ numbered: where })
  })

  test('numbers that stand apart are not read as one', async () => {
    const properties = (words: string) => zip({ 'ppt/presentation.xml': '<p/>', 'docProps/app.xml': words })
    const apart = '<Properties><TotalTime>191212</TotalTime><AppVersion>121212</AppVersion></Properties>'
    expect(await textOfFile(properties(apart), slides)).toMatchObject({ numbered: null })
  })

  test('in a large file with signs of all sorts it takes no longer than a file may take', async () => {
    const rows = `<row><c><v>2025–12</v></c><c><v>123456,7</v></c></row>`.repeat(120_000)
    const read = await textOfFile(await part('xl', `${rows}<c><v>${number}</v></c>`), sheet)
    expect(read).toMatchObject({ numbered: expect.any(String) })
  }, 30_000)

  test.each([
    ['tags that never end', '<w:br '.repeat(100_000)],
    ['angles', '<'.repeat(400_000)],
    ['spaces', ' '.repeat(400_000)],
    ['looks without an end', '<w:rPr>'.repeat(100_000)],
  ])('and hostile parts do not hold up others: %s', async (_what, xml) => {
    const began = performance.now()
    expect(await textOfFile(await part('xl', xml), sheet)).toMatchObject({ numbered: null })
    expect(performance.now() - began).toBeLessThan(8_000)
  })

  test('and what is none is no hindrance', async () => {
    const harmless = [
      '2025-12-12 14:00',
      '689022.1309231445',
      '45000,1611111111',
      'Diarienummer HSF-20251212-1234',
      'tel. 0480-123 45',
      'org.nr 212000-0000',
    ]
    expect(
      await textOfFile(await docx(section({ children: harmless.map((t) => new Paragraph(t)) })), word),
    ).toMatchObject({
      numbered: null,
    })
  })
})

test('a damaged file, or another kind, has no words and is no error', async () => {
  expect(await textOfFile(Buffer.from('%PDF-1.7 skräp'), 'application/pdf')).toEqual({ trouble: 'unreadable' })
  expect(await textOfFile(Buffer.from('PK\x03\x04 skräp'), word)).toEqual({ trouble: 'unreadable' })
  expect(await textOfFile(Buffer.from('x'), 'image/png')).toEqual({ trouble: 'other-kind' })
})

test('a file that unpacks to far more than it is, is not read', async () => {
  const bomb = zip({ '[Content_Types].xml': Buffer.alloc(10), 'word/document.xml': Buffer.alloc(200_000_000) })
  expect(bomb.length).toBeLessThan(1_000_000)
  expect(await textOfFile(bomb, word)).toEqual({ trouble: 'too-much' })
})
