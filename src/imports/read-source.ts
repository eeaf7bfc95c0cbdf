import { Worker } from 'node:worker_threads'
import { largestFile, readKind, withPlace } from '../documents/file-rules.ts'
import { textOfFile } from '../documents/file-text.ts'
import { holdsPersonalNumber } from '../kernel/personal-number.ts'
import type { SourceText } from './lines.ts'

/** The most milliseconds that a file may take, and the most characters of its text. */
const patience = 20_000
const longestText = 1_000_000

/** Names of kinds that are no plain text. */
const otherKind = /\.(?:pdf|docx?|pptx?|xlsx?|odt|rtf|html?|zip|png|jpe?g|exe)$/i

export type SourceTrouble =
  | 'empty'
  | 'too-large'
  | 'unknown-kind'
  | 'macros'
  | 'other-name'
  | 'unreadable'
  | 'no-text'
  | 'personal-number'

export const sourceTroubles: Record<SourceTrouble, string> = {
  empty: 'Filen är tom.',
  'too-large': 'Filen är större än 25 MB eller har för mycket text.',
  'unknown-kind': 'Filen är varken PDF, Word (docx) eller text.',
  'other-name': 'Filens innehåll är inte vad dess namn säger. Den kan vara skadad eller ha fått fel ändelse.',
  macros: 'Filen har makron. Spara den utan makron och välj den igen.',
  unreadable: 'Filen går inte att läsa: den är skadad, låst med lösenord eller för tung.',
  'no-text': 'Filen har ingen text, bara bilder. Den behöver tolkas till text först.',
  'personal-number': 'Filen innehåller något som ser ut som ett personnummer. Ta bort det och välj filen igen.',
}

/** Why a file is not read, and where in it the reason is, as far as that is known. */
export type Unread = { trouble: SourceTrouble; where?: string }
export type SourceReading = SourceText | Unread

export const troubleText = ({ trouble, where }: Unread): string => withPlace(sourceTroubles[trouble], where ?? null)

/**
 * The text of a PDF, Word or text file. Never fails because of the file: one that cannot be read has a trouble instead.
 * PDF and Word are read in a thread of their own, with limits to its time and memory.
 * @param name what the file is called: text under the name of another kind is no protocol in text
 */
export async function readSource(bytes: Uint8Array, name = ''): Promise<SourceReading> {
  if (bytes.length === 0) return { trouble: 'empty' }
  if (bytes.length > largestFile) return { trouble: 'too-large' }
  const kind = readKind(bytes)
  let read: SourceReading
  if ('mediaType' in kind) {
    if (kind.mediaType === 'application/pdf') read = await readInThread(bytes, 'pdf')
    else if (kind.mediaType.endsWith('wordprocessingml.document')) read = await readInThread(bytes, 'docx')
    else return { trouble: 'unknown-kind' }
  } else if (kind.refusal === 'unknown-kind') read = otherKind.test(name) ? { trouble: 'other-name' } : readPlain(bytes)
  else return { trouble: kind.refusal }
  if ('trouble' in read) return read
  if (read.text.length > longestText) return { trouble: 'too-large' }
  if (!/\p{L}/u.test(read.text)) return { trouble: 'no-text' }
  // Headers, comments and properties are no part of the protocol, and yet of the file that is kept.
  const whole = 'mediaType' in kind ? await textOfFile(bytes, kind.mediaType) : { trouble: 'other-kind' }
  if ('numbered' in whole && whole.numbered !== null) return { trouble: 'personal-number', where: whole.numbered }
  if (holdsPersonalNumber(read.text)) return { trouble: 'personal-number' }
  if ('trouble' in whole && whole.trouble === 'too-much') return { trouble: 'too-large' }
  return read
}

/** Text in UTF-8, UTF-16 with its mark, or the older Windows-1252. */
function readPlain(bytes: Uint8Array): SourceReading {
  const wide =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null
  const text = decode(bytes, wide ?? 'utf-8') ?? decode(bytes, 'windows-1252') ?? ''
  if (/^\s*(?:\{\\rtf|<!doctype|<html|%PDF)/i.test(text)) return { trouble: 'unknown-kind' }
  const controls = text.match(/[^\P{Cc}\n\r\t\f]/gu)?.length ?? 0
  if (text.includes('\0') || controls > text.length / 500) return { trouble: 'unknown-kind' }
  return { text, paragraphs: false, links: null }
}

function decode(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

function readInThread(bytes: Uint8Array, kind: 'pdf' | 'docx'): Promise<SourceReading> {
  return new Promise((done) => {
    const worker = new Worker(new URL('./source-worker.ts', import.meta.url), {
      workerData: { bytes: new Uint8Array(bytes), kind },
      resourceLimits: { maxOldGenerationSizeMb: 400, maxYoungGenerationSizeMb: 64 },
      // What a library says about a stranger's file is not for the portal's log.
      stdout: true,
      stderr: true,
      env: {},
    })
    let ended = false
    const end = (result: SourceReading) => {
      // Ending the thread makes it exit, which is no second answer.
      if (ended) return
      ended = true
      clearTimeout(timer)
      worker.terminate().then(
        () => done(result),
        () => done(result),
      )
    }
    const timer = setTimeout(() => end({ trouble: 'unreadable' }), patience)
    worker.once('message', (read: SourceText) => end(read))
    worker.once('error', () => end({ trouble: 'unreadable' }))
    worker.once('exit', () => end({ trouble: 'unreadable' }))
  })
}
