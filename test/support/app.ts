import type { Kysely } from 'kysely'
import { onTestFinished } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { type Config, readConfig } from '../../src/config.ts'
import type { Database } from '../../src/db/database.ts'
import { type App, openServer, type ServerParts } from '../../src/http/server.ts'
import { type Day, day } from '../../src/kernel/dates.ts'

export type StartParts = Pick<ServerParts, 'currency' | 'log'> &
  Partial<Pick<ServerParts, 'readiness'>> & {
    db: Kysely<Database>
    /** The day it is in the test. Default: the day of the county's meeting. */
    today?: Day | (() => Day)
    /** The environment, on top of a silent log. */
    env?: Record<string, string>
  }

/** A configuration as the environment would give it. */
export function testConfig(env: Record<string, string> = {}): Config {
  return readConfig({ LOG_LEVEL: 'silent', ...env })
}

/** The whole portal on the given database, ready for inject. Close it yourself, before the database. */
export async function startApp({ db, today = day('2025-12-12'), env = {}, ...parts }: StartParts): Promise<App> {
  const app = await buildApp({
    ...parts,
    db,
    config: testConfig(env),
    today: typeof today === 'function' ? today : () => today,
  })
  await app.ready()
  return app
}

/** A portal with no rooms but the given routes, without a database; closed when the test is done. Call ready() or inject(). */
export async function serverWith(
  routes: (app: App) => void,
  { env = {}, ...parts }: Partial<Omit<ServerParts, 'config'>> & { env?: Record<string, string> } = {},
): Promise<App> {
  const config = testConfig(env)
  const app = await openServer({
    today: () => day('2025-12-12'),
    readiness: async () => ({ ready: true }),
    ...parts,
    config,
  })
  onTestFinished(() => app.close())
  app.register(async (room: App) => routes(room), { prefix: config.basePath })
  return app
}
