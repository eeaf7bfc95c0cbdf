/** The thread in which a stranger's file is read: file-text.ts ends it when it takes too much time or memory. */
import { parentPort, workerData } from 'node:worker_threads'
import { Unzip, UnzipInflate, unzipSync } from 'fflate'
import mammoth from 'mammoth'
import { extractText, getDocumentProxy } from 'unpdf'
import { holdsPersonalNumber } from '../kernel/personal-number.ts'
import { inText, openXml, tooMuch } from './file-rules.ts'
import { namesInXml, wordsOfXml } from './open-xml.ts'

/** The most bytes that an Office file may unpack to. */
const largestUnpacked = 150_000_000

const { bytes, contentType } = workerData as { bytes: Uint8Array; contentType: string }

/** All that can be seen in one place of a file, and how whoever looks for it finds it. */
type Seen = { words: string; where: string }
type Read = { text: string; seen: readonly Seen[] }

/** Words for search, and all that somebody who opens the file can come to see. */
async function read(): Promise<Read> {
  if (contentType === 'application/pdf') return await readPdf()
  measure(bytes)
  const parts = partsOf(bytes)
  const seen = parts.flatMap(({ name, xml }) =>
    [wordsOfXml(xml), namesInXml(xml)].map((words) => ({ words, where: whereIn(name) })),
  )
  if (contentType !== `${openXml}.wordprocessingml.document`) {
    const told = parts.filter(({ name }) => indexed.test(name))
    const text = told.map(({ xml }) => wordsOfXml(xml)).join('\n')
    return { text, seen: [...seen, { words: text, where: inText }] }
  }
  // What is no document as mammoth would have it is read as it stands.
  const text = await mammoth.extractRawText({ buffer: Buffer.from(bytes) }).then(
    ({ value }) => value,
    () => seen.map(({ words }) => words).join('\n'),
  )
  // Last: what stands in a header as well is in one of the parts.
  return { text, seen: [...seen, { words: text, where: inText }] }
}

/** Where in the program the part of an Office file is seen. */
const places: readonly (readonly [RegExp, string])[] = [
  [/comments?\d*\.xml$|\/comments\//i, 'i en kommentar'],
  [/\/header\d*\.xml$/i, 'i ett sidhuvud'],
  [/\/footer\d*\.xml$/i, 'i en sidfot'],
  [/\/(?:foot|end)notes\.xml$/i, 'i en not'],
  [/^word\/document\.xml$/i, inText],
  [/^ppt\/slides\//i, 'på en bild'],
  [/^ppt\/notesSlides\//i, 'i anteckningarna till en bild'],
  [/^xl\/(?:worksheets\/|sharedStrings)/i, 'i ett blad'],
  [/^xl\/workbook\.xml$/i, 'i namnet på ett blad'],
  [/^(?:docProps|customXml)\//i, 'bland filens egenskaper'],
]
const whereIn = (part: string) =>
  places.find(([pattern]) => pattern.test(part))?.[1] ?? 'i en ritning, en tabell eller något annat inuti filen'

async function readPdf(): Promise<Read> {
  const document = await getDocumentProxy(bytes)
  const { text } = await extractText(document, { mergePages: false })
  const { info } = await document.getMetadata()
  const seen = [
    ...text.map((words, page) => ({ words, where: `på sidan ${page + 1}` })),
    ...textsIn(info).map((words) => ({ words, where: 'bland filens egenskaper' })),
  ]
  for (let number = 1; number <= document.numPages; number += 1) {
    const notes = await (await document.getPage(number)).getAnnotations()
    for (const { contentsObj, titleObj, fieldValue, alternativeText } of notes) {
      for (const words of textsIn([contentsObj?.str, titleObj?.str, fieldValue, alternativeText]))
        seen.push({ words, where: `i en anteckning eller ett fält på sidan ${number}` })
    }
  }
  // Last: what runs on from one page to the next.
  return { text: text.join('\n\n'), seen: [...seen, { words: text.join('\n\n'), where: inText }] }
}

/** The texts in a value, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** Of sheets and slides, what is found by search. */
const indexed = /^(?:ppt\/(?:slides|notesSlides)|xl\/worksheets)\/[^/]+\.xml$|^xl\/sharedStrings\.xml$/i

/** The parts of an Office file that are XML, in the order of their names. */
function partsOf(archive: Uint8Array): { name: string; xml: string }[] {
  const parts = unzipSync(archive, {
    filter: ({ name }) => /^(?:word|ppt|xl|docProps|customXml)\/.*\.xml$/i.test(name),
  })
  return Object.entries(parts)
    .map(([name, content]) => ({ name, xml: new TextDecoder().decode(content) }))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}

/** Unpacks without keeping anything, since what an archive says of its sizes need not be true. @throws Error when it is too much */
function measure(archive: Uint8Array): void {
  let unpacked = 0
  const unzip = new Unzip((file) => {
    file.ondata = (error, chunk) => {
      if (error) throw error
      unpacked += chunk.length
      if (unpacked > largestUnpacked) throw new Error(tooMuch)
    }
    file.start()
  })
  unzip.register(UnzipInflate)
  const step = 16_384
  for (let at = 0; at < archive.length; at += step) {
    unzip.push(archive.subarray(at, at + step), at + step >= archive.length)
  }
}

const { text, seen } = await read()
parentPort?.postMessage({ text, numbered: seen.find(({ words }) => holdsPersonalNumber(words))?.where ?? null })
