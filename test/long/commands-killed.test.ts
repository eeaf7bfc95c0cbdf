/**
 * Commands that are killed (SIGKILL) again and again. Portals, and moments by chance: test/long/killed.test.ts.
 * By hand: npx vitest run --config vitest.long.config.ts test/long/commands-killed.test.ts
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { expect, test, vi } from 'vitest'
import { openBackup, verifyBackup } from '../../src/backup/read.ts'
import { episodes, imported } from '../discharge-days/support/imported.ts'
import { kalmarDatabase, urlsOf } from '../support/database.ts'
import { checkout, newFolder, runCommand, startPortal, usedFolder } from '../support/process.ts'

vi.setConfig({ testTimeout: 180_000 })

const env = { INIT_CWD: checkout }
const db = await kalmarDatabase()
const folder = newFolder()

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(checkout, 'src/cli.ts'), ...args], {
    env: { ...process.env, DATABASE_URL: urlsOf(db).appUrl, INIT_CWD: folder },
    stdio: 'ignore',
  })
}

const ended = (child: ChildProcess) =>
  new Promise<{ code: number | null }>((done) => child.once('close', (code) => done({ code })))

test('an import of discharge days that is killed while it writes: all is there or nothing is', async () => {
  const file = 'killed.csv'
  writeFileSync(join(folder, file), episodes(2000))
  // Long enough that some die while they write: the lock makes the others wait where the writing begins.
  for (let kill = 0; kill < 6; kill += 1) {
    const child = start('import-discharge-days', file)
    const gone = ended(child)
    for (;;) {
      const { rows } = await sql<{ writing: boolean }>`select exists (select from pg_stat_activity
        where datname = current_database() and application_name = 'portal: kommando' and state <> 'idle') as writing`.execute(
        db,
      )
      if (rows[0]?.writing || child.exitCode !== null) break
      // Asked without rest, the database would take from the command what it needs to get there.
      await sleep(2)
    }
    await sleep(kill * 12)
    child.kill('SIGKILL')
    await gone
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'portal: kommando' and datname = current_database()`.execute(
      db,
    )
    const left = await imported(db)
    if (left?.batches === 0) expect(left).toMatchObject({ episodes: null, counted: null, publications: 0 })
    else expect(left).toMatchObject({ batches: 1, episodes: 2000, counted: 2000, publications: 1 })
  }
  expect((await ended(start('import-discharge-days', file))).code).toBe(0)
  expect(await imported(db)).toMatchObject({ batches: 1, episodes: 2000, counted: 2000 })
}, 60_000)

test('a backup that is killed leaves no file of its name, and does not hinder the next', async () => {
  const dataDir = await usedFolder()
  const folder = newFolder()
  const file = join(folder, 'kopia.tar')
  const portal = await startPortal({ dataDir })
  for (const wait of [400, 900]) {
    const { signal } = await portalBackup(file, dataDir, wait)
    // Either it was done in time and whole, or there is no such file.
    if (signal !== null) expect(existsSync(file)).toBe(false)
    else break
  }
  if (!existsSync(file)) expect(await runCommand(['backup', file], { dataDir, env })).toMatchObject({ code: 0 })
  expect(readdirSync(folder).filter((name) => !name.includes('ofullstandig'))).toEqual(['kopia.tar'])
  await portal.stop()
  const whole = await openBackup(file)
  await verifyBackup(whole).finally(() => whole.close())
})

/** A backup that gets SIGKILL after some milliseconds. */
async function portalBackup(file: string, dataDir: string, wait: number) {
  const child = spawn(join(checkout, 'node_modules/.bin/node'), ['src/cli.ts', 'backup', file], {
    cwd: checkout,
    env: { PATH: process.env.PATH, PORTAL_DATA_DIR: dataDir },
    stdio: 'ignore',
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), wait)
  return await new Promise<{ signal: NodeJS.Signals | null }>((done) =>
    child.once('exit', (_code, signal) => {
      clearTimeout(timer)
      done({ signal })
    }),
  )
}
