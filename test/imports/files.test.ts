import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Document, ExternalHyperlink, HeadingLevel, Packer, Paragraph, TextRun } from 'docx'
import { afterAll, expect, test } from 'vitest'
import { importProtocol } from '../../src/imports/command.ts'
import { readProtocol } from '../../src/imports/protocol.ts'
import { readSource } from '../../src/imports/read-source.ts'
import { zip } from '../support/zip.ts'
import { autumn } from './autumn.ts'
import { doubleSpaced, singleSpaced } from './forms.ts'

const plain = readProtocol({ text: doubleSpaced(autumn), paragraphs: false, links: null })
const bytesOf = (text: string) => new TextEncoder().encode(text)

test.each([
  ['styled', true],
  ['plain', false],
])('a Word file with %s headings gives the same items', async (_name, styled) => {
  const blocks = autumn
    .replace(/\nhttp\S+/g, '')
    .replaceAll('#', '')
    .split(/\n\n+/)
  const children = blocks.flatMap((block) => {
    const lines = block.split('\n')
    const paragraphs: string[] = []
    for (const line of lines) {
      const before = paragraphs.at(-1)
      const alone =
        before === undefined ||
        /^\d\. /.test(line) ||
        before.length < 75 ||
        /\p{L} (?:kommun|län)$/u.test(before) ||
        /^\d\. /.test(before) ||
        /,\s(?:Region|Kommunförbundet|RKL)[^,]*$/.test(before)
      if (alone && !(before && /^\p{Ll}/u.test(line))) paragraphs.push(line)
      else paragraphs[paragraphs.length - 1] = `${before} ${line}`
    }
    return [
      ...paragraphs.map((text) =>
        text === 'Bildspel'
          ? new Paragraph({
              children: [
                new ExternalHyperlink({ link: 'https://exempel.example/moten/', children: [new TextRun(text)] }),
              ],
            })
          : new Paragraph({ text, ...(styled && /^\d\. /.test(text) ? { heading: HeadingLevel.HEADING_1 } : {}) }),
      ),
      new Paragraph(''),
    ]
  })
  const source = await readSource(await Packer.toBuffer(new Document({ sections: [{ children }] })))
  if ('trouble' in source) throw new Error(source.trouble)
  const proposal = readProtocol(source)
  expect(proposal.items.map(({ no, title, presenters }) => ({ no, title, presenters }))).toEqual(
    plain.items.map(({ no, title, presenters }) => ({ no, title, presenters })),
  )
  expect(proposal.items.flatMap(({ subItems }) => subItems.map(({ title, decisions }) => [title, decisions]))).toEqual(
    plain.items.flatMap(({ subItems }) => subItems.map(({ title, decisions }) => [title, decisions])),
  )
  expect(proposal.attendance.members).toEqual(plain.attendance.members)
  expect(proposal.items[3]?.attachments).toEqual(plain.items[3]?.attachments)
})

test('a file with a personal identity number is refused without saying it', async () => {
  expect(await readSource(bytesOf(`${singleSpaced(autumn)}\n19121212-1212`))).toEqual({ trouble: 'personal-number' })
})

test.each([
  ['empty', new Uint8Array(), 'empty'],
  ['binary', new Uint8Array([1, 0, 2, 0, 3, 255, 254]), 'unknown-kind'],
  ['100 MB', new Uint8Array(100_000_000), 'too-large'],
  ['a cut-off PDF', bytesOf('%PDF-1.7\nnothing of a PDF'), 'unreadable'],
  ['only spaces', bytesOf(' \n \n'), 'no-text'],
])('%s is refused', async (_name, bytes, trouble) => {
  expect(await readSource(bytes)).toEqual({ trouble })
})

test.each([
  ['with empty paragraphs between', autumn],
  ['without', singleSpaced(autumn)],
])('a Word file whose paragraphs are the lines of a page (%s) gives the same decisions', async (_name, printed) => {
  const children = printed.replaceAll('#', '').replaceAll('\f', '').split('\n')
  const file = await Packer.toBuffer(
    new Document({ sections: [{ children: children.map((line) => new Paragraph(line)) }] }),
  )
  const source = await readSource(file)
  if ('trouble' in source) throw new Error(source.trouble)
  const decisionsOf = ({ items }: typeof plain) =>
    items.flatMap(({ subItems }) => subItems.map(({ title, decisions }) => [title, decisions]))
  const proposal = readProtocol(source)
  expect(decisionsOf(proposal)).toEqual(decisionsOf(plain))
  expect(proposal.attendance).toEqual(plain.attendance)
})

test('a Word file that unpacks to too much is refused', async () => {
  const bomb = zip({ '[Content_Types].xml': '<Types/>', 'word/document.xml': Buffer.alloc(61_000_000) })
  expect(await readSource(bomb)).toEqual({ trouble: 'unreadable' })
})

const folder = mkdtempSync(join(tmpdir(), 'protokoll-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a folder gives a report of every file; an unreadable file is told of', async () => {
  writeFileSync(join(folder, 'a.txt'), doubleSpaced(autumn))
  writeFileSync(join(folder, 'b.pdf'), '%PDF-')
  const outcome = await importProtocol(null, folder)
  expect(outcome.code).toBe(0)
  expect(outcome.lines.join('\n')).toContain('1 av 2 filer blev förslag')
  expect((await importProtocol(null, join(folder, 'b.pdf'))).code).toBe(2)
})
