import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { demoLines } from './accounts/commands.ts'
import { firstDemoAccounts, hasDemoAccounts } from './accounts/demo.ts'
import type { Config } from './config.ts'
import { openDatabase } from './db/database.ts'
import { openEmbedded } from './db/embedded.ts'
import { type DatabaseUrls, migrate, oneAtATime } from './db/migrate.ts'
import { readUnreadFiles } from './documents/files.ts'
import { stockholmToday } from './kernel/dates.ts'
import { counted } from './kernel/text.ts'

/** A database that can be connected to, and how to let go of it once one's own connections are closed. */
export type ReachedDatabase = DatabaseUrls & {
  /** True for the portal's own database in the data folder. */
  embedded: boolean
  leave: (options?: { cutOff: boolean }) => Promise<unknown>
}

/**
 * The database that the configuration names: DATABASE_URL, else the portal's own in the data folder, started if need be.
 * @param create whether to make the portal's own database when there is none
 * @throws DatabaseTrouble when the portal's own database cannot be started
 */
export async function reachDatabase(
  config: Config,
  { create, log }: { create: boolean; log: (line: string) => void },
): Promise<ReachedDatabase> {
  if (config.databaseUrl !== undefined) {
    const appUrl = config.databaseUrl
    return { appUrl, ownerUrl: config.databaseOwnerUrl ?? appUrl, embedded: false, leave: async () => {} }
  }
  const { appUrl, ownerUrl, leave } = await openEmbedded(config.dataDir, { create, log })
  return { appUrl, ownerUrl, embedded: true, leave }
}

/**
 * Makes the database ready for readers: missing migrations, then facts if there are none. Doing it again changes
 * nothing, and of several processes at the same time one does it and the others wait.
 */
export async function prepareDatabase(
  urls: DatabaseUrls & { embedded: boolean },
  config: Config,
  log: (line: string) => void,
): Promise<void> {
  await oneAtATime(
    urls.appUrl,
    () => log('Väntar på att en annan process ska göra databasen klar'),
    async () => {
      for (const name of await migrate(urls)) log(`Migrerade ${name}`)
      const db = openDatabase(urls.appUrl, { name: 'portal: fakta', max: 2, statementTimeout: 0 })
      try {
        // Facts are for the first start: from then on the registers change in the portal, not in the files.
        if (await db.selectFrom('facts_loaded').select('name').limit(1).executeTakeFirst()) {
          const read = await readUnreadFiles(db)
          if (read > 0) log(`Läste orden i ${counted(read, 'fil', 'filer')}, så att de går att söka i`)
          return
        }
        // Most starts have no use for what loads them.
        const { loadFacts } = await import('./seeding/load.ts')
        await loadFacts(db, config.facts, stockholmToday())
        log(`Läste in fakta från ${config.facts}`)
        // Invented figures beside real names: never on a server's database, and marked wherever they are shown.
        const { loadExampleData } = await import('./discharge-days/example-data.ts')
        if (urls.embedded && (await loadExampleData(db, config.facts))) {
          log(
            'Läste in exempeldata för utskrivningsklara dagar (tas bort med: npm run -s portal -- remove-example-data)',
          )
        }
      } finally {
        await db.destroy()
      }
      await tidyUp(urls)
    },
  )
}

/**
 * After the first facts: what the server would do by itself within minutes. Until then pages take half as long again. Where
 * the owner is somebody without the right, the server leaves it, and does it when it is time.
 */
async function tidyUp({ ownerUrl }: DatabaseUrls): Promise<void> {
  const owner = openDatabase(ownerUrl, { name: 'portal: fakta', max: 1, statementTimeout: 0 })
  try {
    await sql`vacuum (analyze)`.execute(owner)
  } finally {
    await owner.destroy()
  }
}

/**
 * What secrets in the database are locked with: PORTAL_SECRET, else a random one beside the portal's own database.
 * On a server's database nothing is made up: another process would make up another.
 */
export function portalSecret(config: Config): string | undefined {
  if (config.secret !== undefined || config.databaseUrl !== undefined) return config.secret
  const file = join(config.dataDir, 'secret')
  if (!existsSync(file)) {
    // Written beside and linked into place, so that of two simultaneous first starts both read the same.
    const draft = `${file}.new-${process.pid}`
    writeFileSync(draft, randomBytes(32).toString('base64url'), { mode: 0o600 })
    try {
      linkSync(draft, file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      rmSync(draft)
    }
  }
  return readFileSync(file, 'utf8').trim()
}

/** In the portal's own database: at the first start three made-up people are given accounts, and how to sign in is said. */
export async function prepareDemoAccounts(
  { appUrl, embedded }: ReachedDatabase,
  config: Config,
  log: (line: string) => void,
): Promise<void> {
  if (!embedded) return
  await oneAtATime(
    appUrl,
    () => {},
    async () => {
      const db = openDatabase(appUrl, { name: 'portal: demo', max: 2 })
      try {
        const made = await firstDemoAccounts(db, config.dataDir, stockholmToday())
        if (made) for (const line of demoLines(made, config)) log(line)
        else if (await hasDemoAccounts(db)) log('Så loggar du in med demokonton: npm run -s portal -- demo-users')
      } finally {
        await db.destroy()
      }
    },
  )
}
