import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, expect, test, vi } from 'vitest'
import { verifyChain } from '../../src/audit/verify.ts'
import { day } from '../../src/kernel/dates.ts'
import { account, sessionCookie } from '../support/accounts.ts'
import { kalmarDatabase, urlsOf } from '../support/database.ts'
import { newFolder, type RunningPortal, startPortal } from '../support/process.ts'
import { everything, nothing, readyToPublish, written } from '../support/publication.ts'
import { as, fieldIn, startWorkspace, textOf } from '../support/workspace.ts'

vi.setConfig({ testTimeout: 180_000 })

const db = await kalmarDatabase()
const { appUrl, ownerUrl, superuserUrl } = urlsOf(db)
const app = await startWorkspace(db, day('2026-03-10'))
const watcher = new pg.Client({ connectionString: superuserUrl, application_name: 'test: watcher' })
await watcher.connect()
afterAll(async () => {
  await app.close()
  await watcher.end()
})

/** Asks a real portal as a browser does. Null when it dies before it has answered. */
async function ask({ url }: RunningPortal, cookie: string, path: string, form?: Record<string, string>) {
  try {
    const answer = await fetch(new URL(path, url), {
      redirect: 'manual',
      headers: { accept: 'text/html', cookie, ...(form ? { 'sec-fetch-site': 'same-origin' } : {}) },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    })
    return { status: answer.status, body: await answer.text() }
  } catch {
    return null
  }
}

/** What the portal's connections are about, the tests' own apart. */
async function portalConnections(): Promise<{ waits: boolean }[]> {
  const { rows } = await watcher.query(
    `select wait_event_type is not distinct from 'Lock' as waits from pg_stat_activity
     where datname = current_database() and backend_type = 'client backend' and application_name like 'portal%'`,
  )
  return rows
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(10)
}

/** Runs while nobody else can write to the table: a publication gets as far as there, and no further. */
async function holding(table: string, work: () => Promise<void>): Promise<void> {
  await watcher.query(`begin; lock table ${table} in share mode`)
  try {
    await work()
  } finally {
    await watcher.query('rollback')
  }
}

const stuck = () => until(async () => (await portalConnections()).some(({ waits }) => waits))

test('a portal killed while it publishes: all of it stands or nothing does, the chain is whole, and it can go on', async () => {
  const meeting = await readyToPublish(as(app, 'samordnare'), '2026-01-09', '2033')
  const cookie = await sessionCookie(db, (await account(db, ['coordinator of lansgemensam-ledning'])).id)
  const surroundings = { dataDir: newFolder(), env: { DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl } }
  const address = `${meeting.work}/publicering`

  /** Publishes by a real portal and kills it: when, is said by `kill`. @returns what the portal answered, if it did */
  async function killedPortal(when: (sent: Promise<unknown>, kill: () => void) => Promise<void>) {
    const portal = await startPortal(surroundings)
    const preview = await ask(portal, cookie, address)
    const sett = preview?.status === 200 ? fieldIn(preview.body, 'sett') : 'sett förut'
    const sent = ask(portal, cookie, address, { sett, utan_justering: 'Prov utan justerare' })
    await when(sent, () => portal.process.kill('SIGKILL'))
    expect((await portal.stop('SIGKILL')).signal).toBe('SIGKILL')
    // What the killed process had begun is undone, or done, when the server has seen that it is gone.
    await until(async () => (await portalConnections()).length === 0)
    expect((await verifyChain(db)).breaks).toEqual([])
    return await sent
  }
  /** Nobody knows how far it has come. */
  const atRandom = async () => {
    await killedPortal(() => sleep(Math.random() * 120))
    expect([nothing, everything]).toContainEqual(await written(db, meeting))
  }

  // With memberships and parameters changed and the last effect waiting; then with all effects carried out.
  for (const table of ['assignment', 'minutes_version']) {
    const answer = await killedPortal((_, kill) =>
      holding(table, async () => {
        await stuck()
        kill()
      }),
    )
    expect(answer).toBeNull()
    expect(await written(db, meeting)).toEqual(nothing)
  }
  await atRandom()
  const before = await written(db, meeting)
  // What has been answered stands though the process dies at once; what stood already is said to stand.
  const answer = await killedPortal(async (sent) => void (await sent))
  if (before.published) {
    expect([answer?.status, textOf(answer?.body ?? '')]).toEqual([409, expect.stringContaining('publicerat')])
  } else {
    expect(answer?.status).toBe(303)
  }
  expect(await written(db, meeting)).toEqual(everything)
  const page = await as(app, null).get(meeting.publicPath)
  expect(textOf(page.body)).toContain('Version 1')
})
