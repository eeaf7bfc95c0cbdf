/** A portal that nobody has asked anything for a while. By hand: npx vitest run --config vitest.long.config.ts test/long/quiet.test.ts */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { kalmarDatabase, urlsOf } from '../support/database.ts'
import { newFolder, startPortal } from '../support/process.ts'

const { appUrl, ownerUrl, superuserUrl } = urlsOf(await kalmarDatabase())
const watcher = new pg.Client({ connectionString: superuserUrl, application_name: 'test: watcher' })
await watcher.connect()
afterAll(() => watcher.end())

test('the first reader after a quiet while is answered over connections that have planned their questions', async () => {
  const portal = await startPortal({
    dataDir: newFolder(),
    env: { DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, PAGE_CACHE_MB: '0' },
  })
  onTestFinished(async () => void (await portal.stop('SIGKILL')))
  const backends = async (): Promise<number[]> => {
    const { rows } = await watcher.query(
      "select pid from pg_stat_activity where datname = current_database() and application_name = 'portal' order by pid",
    )
    return rows.map(({ pid }) => pid)
  }
  for (let turn = 0; turn < 3; turn += 1) expect((await fetch(portal.url)).status).toBe(200)
  const busy = await backends()
  expect(busy.length).toBeGreaterThan(1)
  // pg closes a connection after ten idle seconds when nothing else is said.
  await sleep(13_000)
  expect((await fetch(portal.url)).status).toBe(200)
  expect(await backends()).toEqual(expect.arrayContaining(busy))
}, 60_000)
