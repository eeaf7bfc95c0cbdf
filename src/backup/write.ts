import { createHash } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { gzip as gzipWithCallback } from 'node:zlib'
import type { Kysely } from 'kysely'
import { type Database, openDatabase } from '../db/database.ts'
import { migrationState, readMigrations } from '../db/migrate.ts'
import { diskReasons, systemReason } from '../kernel/system-errors.ts'
import {
  formatVersion,
  type Head,
  headName,
  type Manifest,
  manifestName,
  manifestSumName,
  partName,
  type TableInBackup,
} from './manifest.ts'
import { auditState, quoted, run, sequenceNames, type TableShape, tableShapes, textForms } from './tables.ts'
import { tarEnd, tarHeader, tarPadding } from './tar.ts'
import { BackupTrouble } from './trouble.ts'

const gzip = promisify(gzipWithCallback)

/** Rows are gathered until a part is about this large, in characters, and then written. */
const partSize = 4_000_000
/** How much is asked of the database at a time, in its own bytes, and at most how many rows. */
const fetchSize = 2_000_000
const mostRows = 2_000

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** The file while it is written: beside its place, under a name that is not taken for a backup. */
class Draft {
  readonly #file: FileHandle
  readonly path: string
  bytes = 0

  private constructor(file: FileHandle, path: string) {
    this.#file = file
    this.path = path
  }

  static async begin(target: string): Promise<Draft> {
    const path = `${target}.ofullstandig-${process.pid}`
    // Only for who makes it: it holds e-mail addresses and locked secrets.
    return new Draft(await open(path, 'w', 0o600), path)
  }

  async member(name: string, bytes: Buffer): Promise<void> {
    for (const chunk of [tarHeader(name, bytes.length), bytes, tarPadding(bytes.length)]) await this.#write(chunk)
  }

  /** Ends the file, makes sure that the disk has it, and gives it its name. */
  async finish(target: string): Promise<void> {
    await this.#write(tarEnd())
    await this.#file.sync()
    await this.#file.close()
    await rename(this.path, target)
    const folder = await open(dirname(target), 'r')
    await folder.sync().catch(() => {}) // some file systems cannot
    await folder.close()
  }

  async giveUp(): Promise<void> {
    await this.#file.close().catch(() => {})
    rmSync(this.path, { force: true })
  }

  async #write(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      done += (await this.#file.write(bytes, done, bytes.length - done)).bytesWritten
    }
    this.bytes += bytes.length
  }
}

export type BackupDone = {
  file: string
  bytes: number
  tables: number
  rows: number
  takenAt: string
  audit: Manifest['audit']
}

/**
 * Writes the whole database, as it was at one moment, to a new file. The portal goes on meanwhile. Either the whole file
 * is there afterwards, or none of that name.
 * @param url as the application or the owner
 * @param migrationsFolder the migrations of this version
 * @throws BackupTrouble when the file is there already or cannot be written, or the database is not migrated
 */
export async function writeBackup(url: string, target: string, migrationsFolder: string): Promise<BackupDone> {
  if (existsSync(target)) throw new BackupTrouble('refused', `Det finns redan en fil ${target}. Välj ett annat namn.`)
  const db = openDatabase(url, { name: 'portal: säkerhetskopia', max: 1, statementTimeout: 0 })
  let draft: Draft | undefined
  const tidy = () => draft && rmSync(draft.path, { force: true })
  process.once('exit', tidy)
  try {
    const { applied, pending } = await migrationState(db, readMigrations(migrationsFolder))
    if (pending.length > 0) {
      throw new BackupTrouble(
        'refused',
        `Databasen är inte migrerad (${pending.join(', ')} saknas). Kör först: migrate`,
      )
    }
    const names = (await tableShapes(db)).map(({ name }) => name)
    draft = await Draft.begin(target)
    const to = draft
    const manifest = await db.transaction().execute(async (trx) => {
      await run(trx, 'set transaction isolation level repeatable read read only')
      // Nobody changes the tables' form meanwhile. Locks are taken before the snapshot, which the first query takes.
      await run(trx, `lock table ${names.map((name) => `public.${quoted(name)}`).join(', ')} in access share mode`)
      await run(trx, textForms)
      return await writeSnapshot(trx, to, applied)
    })
    await draft.finish(target)
    return {
      file: target,
      bytes: draft.bytes,
      tables: manifest.tables.length,
      rows: manifest.tables.reduce((sum, { rows }) => sum + rows, 0),
      takenAt: manifest.head.takenAt,
      audit: manifest.audit,
    }
  } catch (error) {
    await draft?.giveUp()
    throw unwritable(error, target) ?? error
  } finally {
    process.removeListener('exit', tidy)
    await db.destroy()
  }
}

/** The line for a disk that does not take the file. */
function unwritable(error: unknown, target: string): BackupTrouble | null {
  const { syscall, code } = error as NodeJS.ErrnoException
  if (!['open', 'write', 'rename', 'fsync'].includes(syscall ?? '')) return null
  const reason = diskReasons[code ?? ''] ?? systemReason(error)
  return new BackupTrouble('refused', `Filen ${target} kan inte skrivas: ${reason}.`, { cause: error })
}

async function writeSnapshot(trx: Kysely<Database>, draft: Draft, migrations: string[]): Promise<Manifest> {
  const [now] = await run<{ at: string; server: string }>(
    trx,
    `select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, current_setting('server_version') as server`,
  )
  const head: Head = {
    format: 'lansgemensam-ledning-backup',
    version: formatVersion,
    migrations,
    takenAt: now?.at ?? '',
    serverVersion: now?.server ?? '',
  }
  await draft.member(headName, Buffer.from(`${JSON.stringify(head, null, 2)}\n`))
  const tables: TableInBackup[] = []
  for (const [place, shape] of (await tableShapes(trx)).entries()) {
    tables.push(await writeTable(trx, draft, shape, place + 1))
  }
  const sequences: Manifest['sequences'] = []
  for (const name of await sequenceNames(trx)) {
    const [row] = await run<{ last: string; called: boolean }>(
      trx,
      `select last_value::text as last, is_called as called from public.${quoted(name)}`,
    )
    sequences.push({ name, lastValue: row?.last ?? '1', isCalled: row?.called ?? false })
  }
  const manifest: Manifest = { head, tables, sequences, audit: await auditState(trx) }
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
  await draft.member(manifestName, bytes)
  await draft.member(manifestSumName, Buffer.from(`${sha256(bytes)}  ${manifestName}\n`))
  return manifest
}

/** One table, a part at a time: never more in memory than a part and what is fetched at once. */
async function writeTable(
  trx: Kysely<Database>,
  draft: Draft,
  shape: TableShape,
  place: number,
): Promise<TableInBackup> {
  const { name, columns } = shape
  const table = `public.${quoted(name)}`
  const parts: TableInBackup['parts'] = []
  let lines: string[] = []
  let size = 0
  const flush = async () => {
    if (lines.length === 0) return
    const bytes = await gzip(lines.join(''), { level: 6 })
    const part = { name: partName(place, name, parts.length + 1), rows: lines.length, sha256: sha256(bytes) }
    await draft.member(part.name, bytes)
    parts.push(part)
    lines = []
    size = 0
  }
  const texts = columns.map((column) => `${quoted(column.name)}::text`).join(', ')
  await run(trx, `declare backup_rows no scroll cursor for select array[${texts}]::text[] as row from ${table}`)
  const atOnce = await rowsAtOnce(trx, shape)
  for (;;) {
    const rows = await run<{ row: (string | null)[] }>(trx, `fetch ${atOnce} from backup_rows`)
    for (const { row } of rows) {
      const line = `${JSON.stringify(row)}\n`
      lines.push(line)
      size += line.length
      if (size >= partSize) await flush()
    }
    if (rows.length < atOnce) break
  }
  await run(trx, 'close backup_rows')
  await flush()
  return { name, columns, rows: parts.reduce((sum, { rows }) => sum + rows, 0), parts }
}

/** How many rows of the table can be held at once, by its largest row: one at a time where files are. */
async function rowsAtOnce(trx: Kysely<Database>, { name, columns }: TableShape): Promise<number> {
  if (columns.length === 0) return mostRows
  const sizes = columns.map((column) => `coalesce(pg_column_size(${quoted(column.name)}), 0)`).join(' + ')
  const [row] = await run<{ largest: number | null }>(
    trx,
    `select max(${sizes}) as largest from public.${quoted(name)}`,
  )
  return Math.max(1, Math.min(mostRows, Math.floor(fetchSize / Math.max(1, row?.largest ?? 1))))
}
