import { Worker } from 'node:worker_threads'
import { type MediaType, openXml, tooMuch } from './file-rules.ts'

/** The longest text that is kept, in characters; the rest of a longer one is left out. */
export const longestText = 400_000
/** The most milliseconds that a file may take to read, and the most bytes that the process may grow by meanwhile. */
const patience = 20_000
const mostGrowth = 600_000_000

/**
 * The words of a file. numbered: where something in it, also in its headers, comments and properties, looks like somebody's
 * personal identity number ('på sidan 12'); null: nowhere. other-kind: a picture or a text. unreadable: damaged or
 * locked. too-much: it takes more time or memory to read than a file may.
 */
export type FileText = { text: string; numbered: string | null } | { trouble: 'other-kind' | 'unreadable' | 'too-much' }

const readable = new Set<string>([
  'application/pdf',
  `${openXml}.wordprocessingml.document`,
  `${openXml}.presentationml.presentation`,
  `${openXml}.spreadsheetml.sheet`,
] satisfies MediaType[])

let last: Promise<unknown> = Promise.resolve()

/**
 * The words of a PDF or Office file, paragraphs and pages apart by line breaks. Never fails: a file that cannot be read
 * has a trouble instead. One file at a time is read, in a thread of its own with limits to its time and memory.
 */
export function textOfFile(bytes: Uint8Array, contentType: string): Promise<FileText> {
  if (!readable.has(contentType)) return Promise.resolve({ trouble: 'other-kind' })
  const reading = last.then(() => readInThread(bytes, contentType))
  last = reading
  return reading
}

function readInThread(bytes: Uint8Array, contentType: string): Promise<FileText> {
  return new Promise((done) => {
    const worker = new Worker(new URL('./file-text-worker.ts', import.meta.url), {
      workerData: { bytes: new Uint8Array(bytes), contentType },
      resourceLimits: { maxOldGenerationSizeMb: 400, maxYoungGenerationSizeMb: 64 },
      // What a library says about a stranger's file is not for the portal's log.
      stdout: true,
      stderr: true,
      env: {},
    })
    const before = process.memoryUsage.rss()
    let ended = false
    const end = (result: FileText) => {
      // Ending the thread is told as its exit, too.
      if (ended) return
      ended = true
      clearTimeout(timer)
      clearInterval(watch)
      worker.terminate().then(
        () => done(result),
        () => done(result),
      )
    }
    const timer = setTimeout(() => end({ trouble: 'too-much' }), patience)
    const watch = setInterval(() => {
      if (process.memoryUsage.rss() - before > mostGrowth) end({ trouble: 'too-much' })
    }, 100)
    worker.once('message', (read: FileText) =>
      end('text' in read ? { text: plain(read.text), numbered: read.numbered } : read),
    )
    worker.once('error', ({ code, message }: Error & { code?: string }) =>
      end({ trouble: code === 'ERR_WORKER_OUT_OF_MEMORY' || message === tooMuch ? 'too-much' : 'unreadable' }),
    )
    worker.once('exit', () => end({ trouble: 'unreadable' }))
  })
}

/** Without signs that PostgreSQL does not keep or that nobody sees; words that a line end has cut are joined. */
function plain(text: string): string {
  return text
    .slice(0, longestText * 2)
    .toWellFormed()
    .replace(/[^\P{Cc}\n\t]|\p{Cf}/gu, '')
    .replace(/(\p{Ll})-\n(\p{Ll})/gu, '$1$2')
    .slice(0, longestText)
    .toWellFormed()
}
