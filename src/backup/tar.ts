/**
 * The tar format (POSIX ustar), as much of it as a backup needs: plain files with short names, one after the other.
 * Any tar program reads it; we read only what we wrote, and take every byte that differs for damage.
 */
import type { FileHandle } from 'node:fs/promises'
import { damaged } from './trouble.ts'

const block = 512
/** Sizes are eleven octal digits. */
const largest = 0o77777777777

/** The 512 bytes before a file. @param size in bytes, at most 8 GB */
export function tarHeader(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > 99 || size > largest) throw new RangeError(`${name} does not fit in a tar file`)
  const header = Buffer.alloc(block)
  header.write(name, 0)
  header.write('0000600\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  let sum = 0
  for (const byte of header) sum += byte
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** The zeros that fill a file's last block. */
export const tarPadding = (size: number) => Buffer.alloc((block - (size % block)) % block)

/** What ends a tar file. */
export const tarEnd = () => Buffer.alloc(2 * block)

export type Member = { name: string; size: number; bytes: Buffer }

/**
 * The files in a tar file, one in memory at a time.
 * @throws BackupTrouble when a byte outside of the files' own is not as we write it, or the file ends too early or late
 */
export async function* tarMembers(file: FileHandle): AsyncGenerator<Member> {
  const { size: whole } = await file.stat()
  let position = 0
  async function read(length: number): Promise<Buffer> {
    if (position + length > whole) throw damaged('filen är avkortad')
    const bytes = Buffer.alloc(length)
    for (let have = 0; have < length; ) {
      const { bytesRead } = await file.read(bytes, have, length - have, position + have)
      if (bytesRead === 0) throw damaged('filen är avkortad')
      have += bytesRead
    }
    position += length
    return bytes
  }
  for (;;) {
    const header = await read(block)
    if (header.every((byte) => byte === 0)) {
      if (!(await read(block)).every((byte) => byte === 0) || position !== whole) throw damaged('slutet stämmer inte')
      return
    }
    const name = header.toString('utf8', 0, header.indexOf(0))
    const size = Number.parseInt(header.toString('latin1', 124, 135), 8)
    if (!Number.isSafeInteger(size) || name === '' || name.length > 99 || !header.equals(tarHeader(name, size))) {
      throw damaged('ett filhuvud stämmer inte')
    }
    const bytes = await read(size)
    if (!(await read(tarPadding(size).length)).every((byte) => byte === 0)) throw damaged(`utfyllnaden efter ${name}`)
    yield { name, size, bytes }
  }
}
