import { isAscii, isUtf8 } from 'node:buffer'
import { longestRow, tooLongRow } from './records.ts'
import { UnusableFile } from './unusable.ts'

const lineFeed = 10

/**
 * A text file as blocks of whole lines in UTF-8, whatever it was written in: UTF-8 or UTF-16 (with or without byte order
 * mark) or Windows-1252. Which it is shows at the first letter outside ASCII; from then on it must stay so.
 * @throws UnusableFile for files that are no text or change their encoding on the way
 */
export async function* textBlocks(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { blocks, encoding } = await begin(source)
  yield* encoding === 'bytes' ? lineBlocks(blocks) : lineBlocks(recoded(blocks, encoding))
}

type Begun = { blocks: AsyncIterable<Buffer>; encoding: 'bytes' | 'utf-16le' | 'utf-16be' }

async function begin(source: AsyncIterable<Buffer>): Promise<Begun> {
  const iterator = source[Symbol.asyncIterator]()
  let first = Buffer.alloc(0)
  while (first.length < 4) {
    const { value, done } = await iterator.next()
    if (done) break
    first = Buffer.concat([first, value])
  }
  const utf16 = utf16Of(first)
  const from = utf16 ? (first[0] === 0xff || first[0] === 0xfe ? 2 : 0) : isMarked(first) ? 3 : 0
  const blocks = (async function* () {
    yield first.subarray(from)
    for (;;) {
      const { value, done } = await iterator.next()
      if (done) return
      yield value
    }
  })()
  return { blocks, encoding: utf16 ?? 'bytes' }
}

const isMarked = (first: Buffer) => first[0] === 0xef && first[1] === 0xbb && first[2] === 0xbf

/** By its mark, or by the zero in every other byte that headers in UTF-16 have. */
function utf16Of(first: Buffer): 'utf-16le' | 'utf-16be' | null {
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf-16le'
  if (first[0] === 0xfe && first[1] === 0xff) return 'utf-16be'
  if (first.length < 4) return null
  if (first[0] !== 0 && first[1] === 0 && first[2] !== 0 && first[3] === 0) return 'utf-16le'
  if (first[0] === 0 && first[1] !== 0 && first[2] === 0 && first[3] !== 0) return 'utf-16be'
  return null
}

async function* recoded(blocks: AsyncIterable<Buffer>, encoding: 'utf-16le' | 'utf-16be'): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const decode = (block?: Buffer) => {
    try {
      return Buffer.from(decoder.decode(block, { stream: block !== undefined }))
    } catch {
      throw new UnusableFile('Filen börjar som UTF-16 men går inte att läsa som det. Spara om den som CSV UTF-8.')
    }
  }
  for await (const block of blocks) yield decode(block)
  yield decode()
}

async function* lineBlocks(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const encoding = new LineEncoding()
  let rest: Buffer[] = []
  let restSize = 0
  for await (const block of blocks) {
    const end = block.lastIndexOf(lineFeed) + 1
    if (end === 0) {
      rest.push(block)
      restSize += block.length
    } else {
      yield encoding.toUtf8(Buffer.concat([...rest, block.subarray(0, end)]))
      rest = [Buffer.from(block.subarray(end))]
      restSize = block.length - end
    }
    if (restSize > longestRow) throw tooLongRow(encoding.line)
  }
  if (restSize > 0) yield encoding.toUtf8(Buffer.concat(rest))
}

/** Knows what the file's letters outside ASCII have turned out to be so far. */
class LineEncoding {
  line = 1
  #found: 'utf-8' | 'windows-1252' | null = null
  readonly #windows = new TextDecoder('windows-1252')

  toUtf8(block: Buffer): Buffer {
    if (block.includes(0)) throw new UnusableFile(`Rad ${this.#lineOf(block, block.indexOf(0))}: filen är inte text.`)
    let utf8 = block
    if (!isAscii(block)) {
      if (this.#found !== 'windows-1252' && isUtf8(block)) this.#found = 'utf-8'
      else utf8 = this.#fromWindows(block)
    }
    for (let at = block.indexOf(lineFeed); at !== -1; at = block.indexOf(lineFeed, at + 1)) this.line += 1
    return utf8
  }

  #fromWindows(block: Buffer): Buffer {
    let start = 0
    while (start < block.length) {
      const found = block.indexOf(lineFeed, start)
      const end = found === -1 ? block.length : found
      const line = block.subarray(start, end)
      if (!isAscii(line)) {
        const encoding = isUtf8(line) ? 'utf-8' : 'windows-1252'
        if (this.#found !== null && this.#found !== encoding) {
          throw new UnusableFile(
            `Rad ${this.#lineOf(block, start)}: filen blandar teckenkodningar (UTF-8 och Windows-1252). Spara om den som CSV UTF-8.`,
          )
        }
        this.#found = encoding
      }
      start = end + 1
    }
    return this.#found === 'windows-1252' ? Buffer.from(this.#windows.decode(block)) : block
  }

  #lineOf(block: Buffer, offset: number): number {
    let line = this.line
    for (let at = block.indexOf(lineFeed); at !== -1 && at < offset; at = block.indexOf(lineFeed, at + 1)) line += 1
    return line
  }
}
