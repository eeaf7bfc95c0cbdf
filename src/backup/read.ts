import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip as gunzipWithCallback } from 'node:zlib'
import type { z } from 'zod'
import {
  formatVersion,
  headName,
  headSchema,
  type Manifest,
  manifestName,
  manifestSchema,
  manifestSumName,
} from './manifest.ts'
import { tarMembers } from './tar.ts'
import { BackupTrouble, damaged } from './trouble.ts'

const gunzip = promisify(gunzipWithCallback)

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** @throws BackupTrouble when the file cannot be opened */
export async function openBackup(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'r')
    if ((await file.stat()).isFile()) return file
    await file.close()
  } catch (error) {
    throw new BackupTrouble('unusable', `Filen ${path} kan inte läsas.`, { cause: error })
  }
  throw new BackupTrouble('unusable', `${path} är ingen fil.`)
}

function parsed<S extends z.ZodType>(schema: S, bytes: Buffer, name: string): z.output<S> {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')))
  } catch {
    throw damaged(`${name} går inte att läsa`)
  }
}

/**
 * Reads the whole file once and holds every byte of it against its checksums.
 * @throws BackupTrouble when anything is missing, too much or different, or the format is not known
 */
export async function verifyBackup(file: FileHandle): Promise<Manifest> {
  const sums = new Map<string, string>()
  const order: string[] = []
  let manifest: Manifest | undefined
  for await (const { name, bytes } of tarMembers(file)) {
    if (order.length === 0) readHead(name, bytes)
    if (sums.has(name)) throw damaged(`${name} finns två gånger`)
    order.push(name)
    if (name === manifestName) manifest = parsed(manifestSchema, bytes, name)
    sums.set(name, name === manifestSumName || name === headName ? bytes.toString('utf8') : sha256(bytes))
  }
  if (manifest === undefined) throw damaged(`${manifestName} saknas`)
  if (sums.get(manifestSumName) !== `${sums.get(manifestName)}  ${manifestName}\n`) {
    throw damaged(`kontrollsumman för ${manifestName} stämmer inte`)
  }
  if (sums.get(headName) !== `${JSON.stringify(manifest.head, null, 2)}\n`) throw damaged(`${headName} stämmer inte`)
  const parts = manifest.tables.flatMap((table) => table.parts)
  for (const part of parts) {
    if (sums.get(part.name) !== part.sha256) throw damaged(`kontrollsumman för ${part.name} stämmer inte`)
  }
  const expected = [headName, ...parts.map(({ name }) => name), manifestName, manifestSumName]
  if (expected.join('\n') !== order.join('\n')) throw damaged('delarna är inte de som förteckningen anger')
  return manifest
}

function readHead(name: string, bytes: Buffer): void {
  if (name !== headName) throw damaged(`${headName} saknas`)
  const head = parsed(headSchema, bytes, name)
  if (head.version !== formatVersion) {
    throw new BackupTrouble(
      'unusable',
      `Säkerhetskopian har format ${head.version}, som den här versionen av portalen inte läser. Inget har ändrats i databasen.`,
    )
  }
}

export type PartRead = { table: string; rows: (string | null)[][] }

/** The rows, a part at a time, in the order of the file. @throws BackupTrouble when the file is no longer what it was */
export async function* partsOf(file: FileHandle, manifest: Manifest): AsyncGenerator<PartRead> {
  const known = new Map(
    manifest.tables.flatMap((table) => table.parts.map((part) => [part.name, { table, part }] as const)),
  )
  for await (const { name, bytes } of tarMembers(file)) {
    const found = known.get(name)
    if (found === undefined) continue
    const { table, part } = found
    if (sha256(bytes) !== part.sha256) throw damaged(`kontrollsumman för ${name} stämmer inte`)
    const text = (await gunzip(bytes)).toString('utf8')
    const rows = text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as (string | null)[])
    if (rows.length !== part.rows || rows.some((row) => row.length !== table.columns.length)) {
      throw damaged(`${name} har fel antal rader eller värden`)
    }
    yield { table: table.name, rows }
  }
}
