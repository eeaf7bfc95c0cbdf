/** What a file is, by its content, and what it may be called. Pure. */

/** The largest file, in bytes: 25 MB. */
export const largestFile = 25 * 1024 * 1024

export const openXml = 'application/vnd.openxmlformats-officedocument'

/** The kinds that are kept. The sender's word for the type is never used. */
export const fileKinds = {
  'application/pdf': { name: 'PDF', extension: 'pdf' },
  [`${openXml}.wordprocessingml.document`]: { name: 'Word', extension: 'docx' },
  [`${openXml}.presentationml.presentation`]: { name: 'PowerPoint', extension: 'pptx' },
  [`${openXml}.spreadsheetml.sheet`]: { name: 'Excel', extension: 'xlsx' },
  'image/png': { name: 'PNG', extension: 'png' },
  'image/jpeg': { name: 'JPEG', extension: 'jpg' },
  // Only as the original of an old protocol: the content of a text says nothing of what it is.
  'text/plain': { name: 'Text', extension: 'txt' },
} as const

export type MediaType = keyof typeof fileKinds

/** Said by the thread that reads files of one that unpacks to more than may be read. */
export const tooMuch = 'the file unpacks to too much'

export type KindRefusal = 'empty' | 'too-large' | 'unknown-kind' | 'macros'
/** personal-number: something in it looks like one. too-much: it cannot be looked through in time. */
export type FileRefusal = KindRefusal | 'personal-number' | 'too-much'

/** Where a number is in what is nothing but text. */
export const inText = 'i texten'

/** The refusal with where in the file the number is, as far as that is known. */
export const withPlace = (refusal: string, where: string | null): string =>
  where === null ? refusal : refusal.replace(/(?<=ser ut som ett personnummer)/, `, ${where}`)

/** What the content is, or why it is not kept. */
export function readKind(bytes: Uint8Array): { mediaType: MediaType } | { refusal: KindRefusal } {
  if (bytes.length === 0) return { refusal: 'empty' }
  if (bytes.length > largestFile) return { refusal: 'too-large' }
  if (startsWith(bytes, '%PDF-')) return { mediaType: 'application/pdf' }
  if (startsWith(bytes, '\x89PNG\r\n\x1a\n')) return { mediaType: 'image/png' }
  if (startsWith(bytes, '\xff\xd8\xff')) return { mediaType: 'image/jpeg' }
  const names = zipNames(bytes)
  if (names === null || !names.includes('[Content_Types].xml')) return { refusal: 'unknown-kind' }
  if (names.some((name) => name.toLowerCase().endsWith('vbaproject.bin'))) return { refusal: 'macros' }
  if (names.includes('word/document.xml')) return { mediaType: `${openXml}.wordprocessingml.document` }
  if (names.includes('ppt/presentation.xml')) return { mediaType: `${openXml}.presentationml.presentation` }
  if (names.includes('xl/workbook.xml')) return { mediaType: `${openXml}.spreadsheetml.sheet` }
  return { refusal: 'unknown-kind' }
}

function startsWith(bytes: Uint8Array, signature: string): boolean {
  return [...signature].every((character, place) => bytes[place] === character.charCodeAt(0))
}

/** The names in a ZIP archive's directory, which stands last in the file; null when there is none that can be read. */
function zipNames(bytes: Uint8Array): string[] | null {
  if (!startsWith(bytes, 'PK\x03\x04')) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shortestEnd = 22
  const longestComment = 65_535
  for (
    let end = bytes.length - shortestEnd;
    end >= Math.max(0, bytes.length - shortestEnd - longestComment);
    end -= 1
  ) {
    if (view.getUint32(end, true) !== 0x06054b50) continue
    return directoryNames(bytes, view, view.getUint32(end + 16, true), view.getUint16(end + 10, true))
  }
  return null
}

function directoryNames(bytes: Uint8Array, view: DataView, start: number, count: number): string[] | null {
  const names: string[] = []
  let place = start
  for (let entry = 0; entry < count; entry += 1) {
    if (place + 46 > bytes.length || view.getUint32(place, true) !== 0x02014b50) return null
    const [name, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(place + offset, true)) as [
      number,
      number,
      number,
    ]
    names.push(new TextDecoder().decode(bytes.subarray(place + 46, place + 46 + name)))
    place += 46 + name + extra + comment
  }
  return names
}

/** The most characters of a file name, its extension included. */
const longestName = 150

/**
 * A name that any computer can save the file under: without folders and signs that mean something, and with the
 * extension of what the content is.
 */
export function safeName(name: string, mediaType: MediaType): string {
  const { extension } = fileKinds[mediaType]
  const bare = (name.split(/[/\\]/).at(-1) ?? '')
    .normalize('NFC')
    .replace(/\.[A-Za-z0-9]{1,5}$/, '')
    .replace(/[\p{Cc}\p{Cf}"*:<>?|%;]/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '')
  return `${[...bare].slice(0, longestName).join('').trim() || 'fil'}.${extension}`
}

/** '1,2 MB', '340 kB' */
export function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} byte`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`
  return `${(bytes / 1_000_000).toFixed(1).replace('.', ',')} MB`
}
