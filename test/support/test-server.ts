/** The one database server of a test run, the templates in it and the clones made of them. */
import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { openDatabase } from '../../src/db/database.ts'
import { type Embedded, openEmbedded } from '../../src/db/embedded.ts'
import { migrate } from '../../src/db/migrate.ts'
import { stockholmToday } from '../../src/kernel/dates.ts'
import { loadFacts } from '../../src/seeding/load.ts'
import { possibleRoots, rootFolder } from './root-folder.ts'

/** What the test files need to know of the server. */
export type TestServer = {
  /** A role that may create databases and roles. */
  superuserUrl: string
  /** The two roles as in service, with this run's password. */
  appRole: string
  ownerRole: string
  password: string
  /** What this run's databases begin with. */
  prefix: string
}

export type Template = 'empty' | 'kalmar'

export const templateName = (server: TestServer, template: Template) => `${server.prefix}_${template}`

/** The same server, another database and role. */
export function urlOf(server: TestServer, database: string, role: 'app' | 'owner' | 'superuser'): string {
  const url = new URL(server.superuserUrl)
  url.pathname = `/${database}`
  if (role !== 'superuser') {
    url.username = role === 'app' ? server.appRole : server.ownerRole
    url.password = server.password
  }
  return url.href
}

export async function asSuperuser<T>(server: TestServer, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: server.superuserUrl, application_name: 'test: server' })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Faster, and as reliable as a test needs: a crash of the machine loses nothing that matters. */
const forgetful = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '60',
  shared_buffers: '64MB',
}

/** Starts the portal's own PostgreSQL in a folder of its own, or uses the server that TEST_DATABASE_URL names. */
export async function openTestServer(): Promise<{ server: TestServer; close: () => Promise<void> }> {
  const run = randomBytes(4).toString('hex')
  const rest = {
    appRole: `portal_test_app_${run}`,
    ownerRole: `portal_test_owner_${run}`,
    password: randomBytes(12).toString('hex'),
    prefix: `portal_test_${run}`,
  }
  const given = process.env.TEST_DATABASE_URL
  if (given) {
    const server = { superuserUrl: given, ...rest }
    await createRoles(server)
    return { server, close: () => dropEverything(server) }
  }
  await stopAbandoned()
  const folder = mkdtempSync(join(rootFolder(), `${folderPrefix}${process.pid}-`))
  const embedded = await openEmbedded(folder, { create: true, settings: forgetful })
  const server = { superuserUrl: embedded.superuserUrl, ...rest }
  await createRoles(server)
  return { server, close: () => stop(embedded, folder) }
}

/** Then the run's process number: what a run leaves that was killed is removed by the next. */
export const folderPrefix = 'portal-test-'

/** A test run that was killed leaves its server running; the next run stops it. */
async function stopAbandoned(): Promise<void> {
  const entries = possibleRoots().flatMap((root) =>
    existsSync(root) ? readdirSync(root).map((entry) => ({ entry, folder: join(root, entry) })) : [],
  )
  for (const { entry, folder } of entries) {
    const pid = new RegExp(`^${folderPrefix}(\\d+)-`).exec(entry)?.[1]
    if (!pid || isRunning(Number(pid)) || lstatSync(folder).uid !== process.getuid?.()) continue
    try {
      await stop(await openEmbedded(folder, { create: false, settings: forgetful }), folder)
    } catch {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function stop(embedded: Embedded, folder: string): Promise<void> {
  await embedded.leave()
  rmSync(folder, { recursive: true, force: true })
}

async function createRoles(server: TestServer): Promise<void> {
  await asSuperuser(server, async (client) => {
    for (const role of [server.appRole, server.ownerRole])
      await client.query(`create role ${role} login password '${server.password}'`)
  })
}

async function dropEverything(server: TestServer): Promise<void> {
  await asSuperuser(server, async (client) => {
    const ours = await client.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [server.prefix],
    )
    for (const { datname } of ours.rows) await client.query(`drop database ${datname} with (force)`)
    for (const role of [server.appRole, server.ownerRole]) await client.query(`drop role ${role}`)
  })
}

/** Makes the two databases that the test files clone: migrated and empty, and with the county's facts. */
export async function buildTemplates(server: TestServer): Promise<void> {
  const [empty, kalmar] = [templateName(server, 'empty'), templateName(server, 'kalmar')]
  const urls = { appUrl: urlOf(server, empty, 'app'), ownerUrl: urlOf(server, empty, 'owner') }
  await asSuperuser(server, (client) =>
    client.query(`create database ${empty} owner ${server.ownerRole} template template0 encoding 'UTF8'`),
  )
  await migrate(urls)
  await asSuperuser(server, (client) =>
    client.query(`create database ${kalmar} owner ${server.ownerRole} template ${empty}`),
  )
  const db = openDatabase(urlOf(server, kalmar, 'app'), { name: 'test: facts', max: 2 })
  try {
    await loadFacts(db, join(import.meta.dirname, '../../seeds/kalmar'), stockholmToday())
  } finally {
    await db.destroy()
  }
}
