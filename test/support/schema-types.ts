/** The table types in src/db/schema.ts, made from a migrated database: `npm run schema` writes them anew. */
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { migrate } from '../../src/db/migrate.ts'
import { asSuperuser, openTestServer, urlOf } from './test-server.ts'

const checkout = resolve(import.meta.dirname, '../..')

/** Runs kysely-codegen with the mapping that src/db/database.ts parses to; `--verify` compares instead of writing. */
export function generateTypes(url: string, ...options: string[]): { ok: boolean; output: string } {
  const program = join(checkout, 'node_modules', 'kysely-codegen', 'dist', 'cli', 'bin.js')
  const done = spawnSync(
    process.execPath,
    [
      program,
      '--dialect=postgres',
      `--url=${url}`,
      '--out-file=src/db/schema.ts',
      '--exclude-pattern=kysely_*',
      '--date-parser=string',
      '--type-mapping={"int8":"number","daterange":"string"}',
      ...options,
    ],
    { cwd: checkout, encoding: 'utf8' },
  )
  return { ok: done.status === 0, output: `${done.stdout}${done.stderr}` }
}

if (import.meta.main) {
  const { server, close } = await openTestServer()
  try {
    const database = `${server.prefix}_schema`
    await asSuperuser(server, (client) => client.query(`create database ${database} owner ${server.ownerRole}`))
    const ownerUrl = urlOf(server, database, 'owner')
    await migrate({ appUrl: ownerUrl, ownerUrl })
    const { ok, output } = generateTypes(ownerUrl)
    process.stdout.write(output)
    process.exitCode = ok ? 0 : 1
  } finally {
    await close()
  }
}
