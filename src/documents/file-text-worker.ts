/** The thread in which a stranger's file is read: file-text.ts ends it when it takes too much time or memory. */
import { parentPort, workerData } from 'node:worker_threads'
import { Unzip, UnzipInflate, unzipSync } from 'fflate'
import mammoth from 'mammoth'
import { extractText, getDocumentProxy } from 'unpdf'
import { holdsPersonalNumber } from '../kernel/personal-number.ts'
import { openXml } from './file-rules.ts'
import { wordsOfXml } from './open-xml.ts'

/** The most bytes that an Office file may unpack to. */
const largestUnpacked = 150_000_000

const { bytes, contentType } = workerData as { bytes: Uint8Array; contentType: string }

/** Words for search, and all that somebody who opens the file can come to see. */
async function read(): Promise<{ text: string; seen: string }> {
  if (contentType === 'application/pdf') {
    const document = await getDocumentProxy(bytes)
    const { text } = await extractText(document, { mergePages: false })
    const { info } = await document.getMetadata()
    const said = Object.values(info).filter((value) => typeof value === 'string')
    return { text: text.join('\n\n'), seen: [...text, ...said].join('\n\n') }
  }
  measure(bytes)
  const seen = wordsOfParts(bytes)
  if (contentType !== `${openXml}.wordprocessingml.document`) return { text: seen, seen }
  return { text: (await mammoth.extractRawText({ buffer: Buffer.from(bytes) })).value, seen }
}

/** What stands in the parts of an Office file that hold what somebody has written: the body, headers, comments, notes, properties. */
function wordsOfParts(archive: Uint8Array): string {
  const written =
    /^(?:word|ppt\/(?:slides|notesSlides|comments)|xl|xl\/(?:worksheets|threadedComments)|docProps)\/[^/]+\.xml$/
  const parts = unzipSync(archive, { filter: ({ name }) => written.test(name) })
  return Object.keys(parts)
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => wordsOfXml(new TextDecoder().decode(parts[name])))
    .join('\n')
}

/** Unpacks without keeping anything, since what an archive says of its sizes need not be true. @throws Error when it is too much */
function measure(archive: Uint8Array): void {
  let unpacked = 0
  const unzip = new Unzip((file) => {
    file.ondata = (error, chunk) => {
      if (error) throw error
      unpacked += chunk.length
      if (unpacked > largestUnpacked) throw new Error('the file unpacks to too much')
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
parentPort?.postMessage({ text, numbered: holdsPersonalNumber(text) || holdsPersonalNumber(seen) })
