import multipart from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { cleanFields, type Problem, type Typed } from '../http/forms.ts'
import type { App } from '../http/server.ts'
import { badRequest } from '../kernel/errors.ts'
import { holdsPersonalNumber } from '../kernel/personal-number.ts'
import { type FileRefusal, largestFile, readKind, withPlace } from './file-rules.ts'
import { type FileText, textOfFile } from './file-text.ts'

/** Lets the routes of a room take forms with files. Call it where the room's routes are declared. */
export async function takeFiles(app: App): Promise<void> {
  await app.register(multipart, {
    limits: { fileSize: largestFile, files: 20, fields: 50, fieldSize: 100_000 },
    // A file that is too large is told of in the form, with the rest of what was typed.
    throwFileSizeLimit: false,
  })
}

export type Upload = {
  typed: Typed
  files: readonly { name: string; bytes: Buffer }[]
  /** Names of files that are larger than what is kept; the rest of them was not read. */
  tooLarge: readonly string[]
}

/**
 * Reads a form with files. An input that was left empty is no file. A file whose name holds somebody's personal identity
 * number is not handed on, and `readForm` refuses the form for it.
 */
export async function readUpload(request: FastifyRequest): Promise<Upload> {
  if (!request.isMultipart()) throw badRequest('Formuläret kom utan sina filer. Skicka det igen från sidan.')
  const typed: Record<string, string> = {}
  const files: { name: string; bytes: Buffer }[] = []
  const tooLarge: string[] = []
  const problems: Problem[] = []
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') {
        typed[part.fieldname] = String(part.value)
        continue
      }
      const chunks: Buffer[] = []
      for await (const chunk of part.file) chunks.push(chunk)
      if (part.filename === '') continue
      if (holdsPersonalNumber(part.filename)) problems.push({ field: 'fil', text: fileNameRefusal })
      else if (part.file.truncated) tooLarge.push(part.filename)
      else files.push({ name: part.filename, bytes: Buffer.concat(chunks) })
    }
  } catch (error) {
    throw uploadTrouble(error)
  }
  return { typed: cleanFields(typed, problems), files, tooLarge }
}

const fileNameRefusal =
  'Filens namn innehåller något som ser ut som ett personnummer. Byt namn på filen och välj den igen.'

/** What to throw when a form with files could not be read to its end: the parser's own words are for the log alone. */
export function uploadTrouble(error: unknown): unknown {
  const { message = '', statusCode } = error as { message?: string; statusCode?: number }
  const garbled = statusCode === undefined && /multipart|part header|boundary|unexpected end/i.test(message)
  return garbled ? badRequest('Formuläret kom inte fram helt. Skicka det igen från sidan.') : error
}

/**
 * The words of a file that was sent, or why it is not kept. Before the transaction that keeps it: reading may take seconds.
 */
export async function readWords(
  bytes: Uint8Array,
): Promise<{ words: FileText } | { refusal: FileRefusal; where: string | null }> {
  const kind = readKind(bytes)
  if ('refusal' in kind) return { ...kind, where: null }
  const words = await textOfFile(bytes, kind.mediaType)
  if ('text' in words) {
    return words.numbered === null ? { words } : { refusal: 'personal-number', where: words.numbered }
  }
  // What cannot be looked through in time may hold anything: a list of people is such a file.
  return words.trouble === 'too-much' ? { refusal: 'too-much', where: null } : { words }
}

/** Why a file is not kept, and where in it the reason is. */
export const refusalText = ({ refusal, where }: { refusal: FileRefusal; where: string | null }): string =>
  withPlace(fileRefusals[refusal], where)

export const fileRefusals: Record<FileRefusal, string> = {
  empty: 'Filen är tom.',
  'too-large': 'Filen är större än 25 MB.',
  'unknown-kind': 'Filen är inte PDF, Word (docx), PowerPoint (pptx), Excel (xlsx), PNG eller JPEG.',
  'personal-number':
    'Filen innehåller något som ser ut som ett personnummer. Ta bort det ur filen och välj den igen. Inget är sparat.',
  'too-much': 'Filen är för tung att läsa igenom. Dela upp den i flera och välj dem.',
  macros: 'Filen har makron. Spara den utan makron och välj den igen.',
}
