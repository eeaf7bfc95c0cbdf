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
    numbered: false,
  })
  expect(await textOfFile(slide('Utskriv', 'ning'), slides)).toMatchObject({
    text: 'Utskrivning\nFler & fler',
    numbered: false,
  })
})

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
  test.each([
    ['the text of a PDF', () => smallPdf(`Gäller ${number}`), 'application/pdf'],
    ['a paragraph', () => docx(section({ children: [new Paragraph(`Gäller ${number}.`)] })), word],
    [
      'runs of a paragraph',
      () =>
        docx(
          section({ children: [new Paragraph({ children: ['1912', '1212', '-1212'].map((t) => new TextRun(t)) })] }),
        ),
      word,
    ],
    [
      'a header',
      () => docx(section({ headers: { default: new Header({ children: [new Paragraph(number)] }) } })),
      word,
    ],
    [
      'a footer',
      () => docx(section({ footers: { default: new Footer({ children: [new Paragraph(number)] }) } })),
      word,
    ],
    ['a comment', () => docx(commented()), word],
    ['the title among the properties', () => docx({ title: `Utredning ${number}` }), word],
    ['a cell of digits', () => writeXlsx([[{ value: 191212121212, type: Number }]] as never).toBuffer(), sheet],
    ['a cell of text', () => writeXlsx([[{ value: number }]] as never).toBuffer(), sheet],
    ['a slide', () => slide('Gäller 191212', '12-1212'), slides],
  ])('%s', async (_where, file, kind) => {
    const read = await textOfFile(await file(), kind)
    expect(read).toMatchObject({ numbered: true })
  })

  test('numbers that stand apart are not read as one', async () => {
    const properties = (words: string) => zip({ 'ppt/presentation.xml': '<p/>', 'docProps/app.xml': words })
    const apart = '<Properties><TotalTime>191212</TotalTime><AppVersion>121212</AppVersion></Properties>'
    expect(await textOfFile(properties(apart), slides)).toMatchObject({ text: '191212\n121212', numbered: false })
  })

  test('and what is none is no hindrance', async () => {
    const harmless = ['2025-12-12 14:00', 'Diarienummer HSF-20251212-1234', 'tel. 0480-123 45', 'org.nr 212000-0000']
    expect(
      await textOfFile(await docx(section({ children: harmless.map((t) => new Paragraph(t)) })), word),
    ).toMatchObject({
      numbered: false,
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
  expect(await textOfFile(bomb, word)).toEqual({ trouble: 'unreadable' })
})
