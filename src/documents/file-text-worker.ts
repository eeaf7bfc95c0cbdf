/** The thread in which a stranger's file is read: file-text.ts ends it when it takes too much time or memory. */
import { parentPort, workerData } from 'node:worker_threads'
import { Unzip, UnzipInflate, unzipSync } from 'fflate'
import mammoth from 'mammoth'
import { extractText, getDocumentProxy } from 'unpdf'
import { holdsPersonalNumber } from '../kernel/personal-number.ts'
import { openXml, tooMuch } from './file-rules.ts'
import { namesInXml, wordsOfXml } from './open-xml.ts'

/** The most bytes that an Office file may unpack to. */
const largestUnpacked = 150_000_000

const { bytes, contentType } = workerData as { bytes: Uint8Array; contentType: string }

type Read = { text: string; seen: readonly string[] }

/** Words for search, and all that somebody who opens the file can come to see. */
async function read(): Promise<Read> {
  if (contentType === 'application/pdf') return await readPdf()
  measure(bytes)
  const parts = partsOf(bytes)
  const seen = parts.flatMap(({ xml }) => [wordsOfXml(xml), namesInXml(xml)])
  if (contentType !== `${openXml}.wordprocessingml.document`) {
    const told = parts.filter(({ name }) => indexed.test(name))
    return { text: told.map(({ xml }) => wordsOfXml(xml)).join('\n'), seen }
  }
  // What is no document as mammoth would have it is read as it stands.
  const text = await mammoth.extractRawText({ buffer: Buffer.from(bytes) }).then(
    ({ value }) => value,
    () => seen.join('\n'),
  )
  return { text, seen }
}

async function readPdf(): Promise<Read> {
  const document = await getDocumentProxy(bytes)
  const { text } = await extractText(document, { mergePages: false })
  const { info } = await document.getMetadata()
  const seen = [...text, ...textsIn(info)]
  for (let number = 1; number <= document.numPages; number += 1) {
    const notes = await (await document.getPage(number)).getAnnotations()
    for (const { contentsObj, titleObj, fieldValue, alternativeText } of notes) {
      seen.push(...textsIn([contentsObj?.str, titleObj?.str, fieldValue, alternativeText]))
    }
  }
  return { text: text.join('\n\n'), seen }
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
parentPort?.postMessage({ text, numbered: [text, ...seen].some(holdsPersonalNumber) })
