/** The thread in which a stranger's file is read: file-text.ts ends it when it takes too much time or memory. */
import { parentPort, workerData } from 'node:worker_threads'
import { Unzip, UnzipInflate } from 'fflate'
import mammoth from 'mammoth'
import { extractText, getDocumentProxy } from 'unpdf'

/** The most bytes that a Word file may unpack to. */
const largestUnpacked = 150_000_000

const { bytes, contentType } = workerData as { bytes: Uint8Array; contentType: string }

async function read(): Promise<string> {
  if (contentType === 'application/pdf') {
    const { text } = await extractText(await getDocumentProxy(bytes), { mergePages: false })
    return text.join('\n\n')
  }
  measure(bytes)
  return (await mammoth.extractRawText({ buffer: Buffer.from(bytes) })).value
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

parentPort?.postMessage(await read())
