import { afterAll, describe, expect, test } from 'vitest'
import type { Block, PdfDocument } from '../../src/pdf/document.ts'
import { markdownBlocks } from '../../src/pdf/markdown.ts'
import { openPrinter } from '../../src/pdf/print.ts'
import { readPdf } from '../support/pdf.ts'

const printer = openPrinter()
afterAll(() => printer.close())

const documentOf = (title: string, blocks: readonly Block[], rest: Partial<PdfDocument> = {}): PdfDocument => ({
  title,
  kicker: 'Protokoll',
  mark: null,
  site: 'Provlänets ledning',
  address: 'http://127.0.0.1/prov',
  created: [2026, 3, 6, 9, 0, 0],
  blocks,
  ...rest,
})
const text = (words: string): Block => ({ kind: 'text', runs: [{ text: words }] })

describe('what is printed', () => {
  test('is tagged, in Swedish, with a title, bookmarks, embedded fonts and header cells over two pages', async () => {
    const rows = Array.from({ length: 90 }, (_, place) => [`Åsa Öberg-Ärlig ${place}`, String(place)])
    const columns = [
      { text: 'Namn', numeric: false },
      { text: 'Dagar', numeric: true },
    ]
    const bytes = await printer.print(
      documentOf('Möte på Öland', [
        { kind: 'heading', level: 1, text: '1 Närvaro' },
        { kind: 'heading', level: 2, text: '1a Räkning' },
        { kind: 'table', caption: 'Räknade', columns, rows },
      ]),
    )
    const pdf = await readPdf(bytes)
    expect(pdf.tagged).toBe(true)
    expect(bytes.toString('latin1')).toContain('/Lang (sv-SE)')
    expect(pdf.info.Title).toBe('Möte på Öland')
    expect(String(pdf.info.CreationDate)).toContain('20260306090000')
    expect(pdf.outline).toEqual(['1 Närvaro'])
    expect(pdf.subOutline).toEqual(['1a Räkning'])
    expect(pdf.notEmbedded).toEqual([])
    expect(pdf.pages).toBeGreaterThan(1)
    expect(pdf.roles.filter((role) => role === 'TH').length).toBeGreaterThanOrEqual(2)
    expect(pdf.roles.filter((role) => role === 'TD')).toHaveLength(180 * pdf.pages)
    // The header row stands on every page of the table.
    for (const page of pdf.texts.slice(0, 2)) expect(page).toContain('Dagar')
    for (const [name = ''] of rows) expect(pdf.text).toContain(name)
  })

  test('is the same bytes for the same content, also from another process', async () => {
    const document = documentOf('Lika', [text('Samma ord.')])
    const one = await printer.print(document)
    const other = openPrinter()
    const two = await other.print(structuredClone(document)).finally(() => other.close())
    expect(one.equals(two)).toBe(true)
    expect((await printer.print({ ...document, title: 'Olika' })).equals(one)).toBe(false)
  })

  test('is what was typed: nothing of it is read as instructions', async () => {
    const typed =
      '#import "@preview/x:1.0.0": * $x^2$ [*fet*] \\ #panic("nej") <etikett> @hänvisning // - = /* #(1+1) `rå` "'
    const pdf = await readPdf(
      await printer.print(
        documentOf(typed, [
          { kind: 'heading', level: 1, text: typed },
          text(typed),
          { kind: 'facts', facts: [{ term: typed, values: [typed] }] },
          { kind: 'clause', label: typed, text: typed },
          { kind: 'table', caption: typed, columns: [{ text: typed, numeric: false }], rows: [[typed]] },
          { kind: 'list', ordered: false, start: 1, items: [[text(typed)]] },
        ]),
      ),
    )
    expect(pdf.info.Title).toBe(typed)
    expect(pdf.outline).toEqual([typed])
    expect(pdf.text.split('#panic("nej")').length - 1).toBeGreaterThanOrEqual(9)
  })

  test('holds words longer than a line, and fields with nothing in them', async () => {
    const long = 'å'.repeat(400)
    const pdf = await readPdf(
      await printer.print(
        documentOf('Långa ord', [
          text(long),
          text(''),
          { kind: 'list', ordered: true, start: 3, items: [[], [text('fyra')]] },
          { kind: 'facts', facts: [{ term: 'Tom', values: [] }] },
          { kind: 'table', caption: null, columns: [{ text: 'Ensam', numeric: false }], rows: [] },
          {
            kind: 'table',
            caption: null,
            columns: [
              { text: 'A', numeric: false },
              { text: 'B', numeric: false },
            ],
            rows: [[long, '']],
          },
        ]),
      ),
    )
    expect(pdf.text.replace(/[^å]/g, '')).toHaveLength(801)
  })

  test('has the parts that the wording of minutes may have', () => {
    const blocks = markdownBlocks(
      '# Rubrik\n\nEtt *viktigt* och **fett** ord, [länk](https://exempel.se/a).\n\n3. tre\n   - under\n4. fyra\n\n> citat\n\n| A | B |\n|---|---|\n| 1 | 2 |',
    )
    expect(blocks.map(({ kind }) => kind)).toEqual(['text', 'text', 'list', 'quote', 'table'])
    expect(blocks[1]).toMatchObject({
      runs: [
        { text: 'Ett ' },
        { text: 'viktigt', italic: true },
        { text: ' och ' },
        { text: 'fett', bold: true },
        { text: ' ord, ' },
        { text: 'länk', href: 'https://exempel.se/a' },
        { text: ' (https://exempel.se/a)' },
        { text: '.' },
      ],
    })
    expect(blocks[2]).toMatchObject({
      ordered: true,
      start: 3,
      items: [[{ kind: 'text' }, { kind: 'list' }], [{ kind: 'text' }]],
    })
    expect(blocks[4]).toMatchObject({ columns: [{ text: 'A' }, { text: 'B' }], rows: [['1', '2']] })
  })
})

describe('the process that prints', () => {
  test('may be ended in the middle of its work: whoever waits is told, and the next one gets a document', async () => {
    const mine = openPrinter()
    const waiting = mine.print(documentOf('Avbruten', [text('ord')]))
    await expect.poll(() => mine.pid()).not.toBeNull()
    process.kill(mine.pid() as number, 'SIGKILL')
    await expect(waiting).rejects.toMatchObject({ trouble: 'not-made' })
    expect((await readPdf(await mine.print(documentOf('Avbruten', [text('ord')])))).text).toContain('Avbruten')
    // Ended while it rests: the next document starts another.
    process.kill(mine.pid() as number, 'SIGKILL')
    expect((await readPdf(await mine.print(documentOf('Efter', [])))).text).toContain('Efter')
    mine.close()
    expect(mine.pid()).toBeNull()
    await expect(mine.print(documentOf('Stängd', []))).rejects.toMatchObject({ trouble: 'not-made' })
  })

  test('is given up when it takes too long, and takes no more than it can', async () => {
    const hasty = openPrinter({ patience: 1, queue: 2 })
    const asked = ['a', 'b', 'c'].map((title) => hasty.print(documentOf(title, [])))
    const answers = await Promise.allSettled(asked)
    hasty.close()
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(String((answers[0] as PromiseRejectedResult).reason)).toContain('took too long')
    expect(String((answers[2] as PromiseRejectedResult).reason)).toContain('too many wait')
  })

  test('ends when nobody asks', async () => {
    const idle = openPrinter({ idle: 1 })
    await idle.print(documentOf('Vila', []))
    await expect.poll(() => idle.pid()).toBeNull()
  })

  test('does equal documents once', async () => {
    const document = documentOf('Samtidigt', [])
    const [one, two] = await Promise.all([printer.print(document), printer.print(document)])
    expect(one).toBe(two)
  })
})
