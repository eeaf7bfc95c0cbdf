import { z } from 'zod'

/** The number of the format; a reader refuses those that it does not know. */
export const formatVersion = 1

export const manifestName = 'manifest.json'
export const manifestSumName = 'manifest.sha256'
export const headName = 'backup.json'

const count = z.number().int().nonnegative()
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** First in the file: whether the rest can be read at all. */
export const headSchema = z.strictObject({
  format: z.literal('lansgemensam-ledning-backup'),
  version: count,
  /** The migrations that the database had had, in order. */
  migrations: z.array(z.string()).min(1),
  /** When the snapshot was taken. */
  takenAt: z.iso.datetime(),
  serverVersion: z.string(),
})

const tableSchema = z.strictObject({
  name: z.string(),
  /** In the order of the values in a row; `type` as PostgreSQL writes it. Columns that are computed are left out. */
  columns: z.array(z.strictObject({ name: z.string(), type: z.string() })),
  rows: count,
  parts: z.array(z.strictObject({ name: z.string(), rows: count, sha256 })),
})

/** Last in the file: all that is in it. */
export const manifestSchema = z.strictObject({
  head: headSchema,
  tables: z.array(tableSchema),
  sequences: z.array(z.strictObject({ name: z.string(), lastValue: z.string(), isCalled: z.boolean() })),
  /** The audit chain's length and last hash (hex) in the snapshot. */
  audit: z.strictObject({ events: count, lastHash: sha256.nullable() }),
})

export type Head = z.output<typeof headSchema>
export type Manifest = z.output<typeof manifestSchema>
export type TableInBackup = Manifest['tables'][number]

/** The name of a table's part; tables are numbered so that names stay short and in order. */
export const partName = (table: number, name: string, part: number) =>
  `tables/${String(table).padStart(3, '0')}-${name.slice(0, 60)}/${String(part).padStart(6, '0')}.ndjson.gz`
