import { crc32, deflateRawSync } from 'node:zlib'

/** A zip archive of the given files, packed as fast as it goes or stored: some are bombs of hundreds of megabytes. */
export function zip(files: Record<string, string | Uint8Array>, { packed = true } = {}): Buffer {
  const parts: Uint8Array[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const bytes: Uint8Array = typeof content === 'string' ? Buffer.from(content) : content
    const body: Uint8Array = packed ? deflateRawSync(bytes, { level: 1 }) : bytes
    const title = Buffer.from(name)
    const sum = crc32(bytes)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(20, 4)
    local.writeUInt16LE(packed ? 8 : 0, 8)
    local.writeUInt32LE(sum, 14)
    local.writeUInt32LE(body.length, 18)
    local.writeUInt32LE(bytes.length, 22)
    local.writeUInt16LE(title.length, 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(packed ? 8 : 0, 10)
    central.writeUInt32LE(sum, 16)
    central.writeUInt32LE(body.length, 20)
    central.writeUInt32LE(bytes.length, 24)
    central.writeUInt16LE(title.length, 28)
    central.writeUInt32LE(offset, 42)
    parts.push(local, title, body)
    directory.push(central, title)
    offset += 30 + title.length + body.length
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Object.keys(files).length, 8)
  end.writeUInt16LE(Object.keys(files).length, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, ...directory, end])
}
