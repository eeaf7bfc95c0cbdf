/**
 * A disk that is full, made of memory (tmpfs), which takes root on Linux: a run by anybody else fails and says so.
 * By hand: npx vitest run --config vitest.long.config.ts test/long/full-disk.test.ts
 */
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { verifyChain } from '../../src/audit/verify.ts'
import { openDatabase } from '../../src/db/database.ts'
import { openEmbedded } from '../../src/db/embedded.ts'
import { newMeetingPath } from '../../src/kernel/urls.ts'
import { account, sessionCookie } from '../support/accounts.ts'
import { newFolder, type RunningPortal, runCommand, startPortal, usedFolder } from '../support/process.ts'
import { type Visitor, visitor } from '../support/visitor.ts'
import { textOf } from '../support/workspace.ts'

const mounted: string[] = []
let portal: RunningPortal | undefined
afterAll(async () => {
  await portal?.stop()
  for (const folder of mounted) spawnSync('umount', ['-l', folder])
})

/** A disk of its own, of so many kilobytes. */
function disk(kilobytes: number): string {
  const folder = join(newFolder(), 'disk')
  mkdirSync(folder)
  const done = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k,mode=0755`, 'tmpfs', folder], {
    encoding: 'utf8',
  })
  if (done.status !== 0) {
    throw new Error(
      `This test makes a small disk with mount, which takes root on Linux (in a container: CAP_SYS_ADMIN). ${done.error?.message ?? done.stderr}`,
    )
  }
  mounted.push(folder)
  return folder
}

/** Takes all the room that is left. */
function fill(file: string): void {
  const handle = openSync(file, 'a')
  try {
    for (let size = 1024 * 1024; size > 0; ) {
      try {
        if (writeSync(handle, Buffer.alloc(size)) < size) size = Math.floor(size / 2)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
        size = Math.floor(size / 2)
      }
    }
  } finally {
    closeSync(handle)
  }
}

async function until(what: string, holds: () => Promise<boolean>, patience = 30_000): Promise<number> {
  const began = performance.now()
  while (!(await holds())) {
    if (performance.now() - began > patience) throw new Error(`it was never so: ${what}\n${portal?.said()}`)
    await sleep(50)
  }
  return performance.now() - began
}

/** Days from 2024 on: a meeting each. */
const dayOf = (number: number) => new Date(Date.UTC(2024, 0, 1 + number)).toISOString().slice(0, 10)

/** A new meeting with so much typed that it takes room. */
const typed = (number: number) => ({
  grupp: 'lansgemensam-ledning',
  utgangspunkt: 'tom',
  datum: dayOf(number),
  start: '10.00',
  slut: '12.00',
  plats: `Salen utan rum ${number}`,
  videolank: '',
})

/** What a reader asks for while the disk is full. */
const pages = [
  '/',
  '/beslut',
  '/grupper',
  '/moten-och-protokoll',
  '/handlingsplaner',
  '/sok?q=samverkan',
  '/api/v1/decisions',
]

test('a full disk: readers go on, writers are told and get back what they typed, and with room again all works', async () => {
  const dataDir = disk(400 * 1024)
  const copied = spawnSync('cp', ['-a', join(await usedFolder(), 'database'), dataDir], { encoding: 'utf8' })
  expect([copied.status, copied.stderr]).toEqual([0, ''])
  portal = await startPortal({ dataDir })
  const embedded = await openEmbedded(dataDir, { create: false })
  const db = openDatabase(embedded.appUrl, { name: 'test', max: 2 })
  const cookie = await sessionCookie(db, (await account(db, ['coordinator of lansgemensam-ledning'])).id)
  const desk = visitor(portal.url, cookie)
  const reader = visitor(portal.url)
  let number = 0
  const save = (by: Visitor) => by.post(newMeetingPath, typed(number))
  expect((await save(desk)).status).toBe(303)

  const filler = join(dataDir, 'fyllning')
  fill(filler)
  // What the database had set aside is used up first.
  let refused = await save(desk)
  for (; refused.status !== 503; refused = await save(desk)) {
    expect([303, 503], textOf(refused.body)).toContain(refused.status)
    number += 1
    if (number > 3_000) throw new Error('the disk was never full')
    fill(filler)
  }
  expect(textOf(refused.body)).toContain('Portalen är tillfälligt otillgänglig')
  expect(refused.body).toContain(typed(number).plats)
  expect(refused.body).not.toMatch(/No space|pg_wal|could not/)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  process.stderr.write(`full after ${number} meetings more\n`)
  for (const page of pages) expect([page, (await reader.get(page)).status]).toEqual([page, 200])
  expect((await desk.get('/arbetsyta')).status).toBe(200)

  rmSync(filler)
  const waited = await until('it is written again', async () => (await save(desk)).status === 303)
  process.stderr.write(`written again ${Math.round(waited)} ms after there was room\n`)
  for (const page of pages) expect([page, (await reader.get(page)).status]).toEqual([page, 200])
  const stands = await db.selectFrom('meeting').select('id').where('place', '=', typed(number).plats).execute()
  expect(stands).toHaveLength(1)
  expect((await verifyChain(db)).breaks).toEqual([])

  // A database that has nowhere to write its own log stops by itself.
  fill(filler)
  const superuser = new pg.Client({ connectionString: embedded.superuserUrl })
  superuser.on('error', () => {})
  await superuser.connect()
  let segments = 0
  for (let gone = false; !gone && segments < 200; segments += 1) {
    gone = await superuser
      .query("select pg_logical_emit_message(true, 'full', 'disk'), pg_switch_wal()")
      .then(() => false)
      .catch(() => true)
  }
  await superuser.end().catch(() => {})
  number += 1
  const lost = await until('writers are told again', async () => (await save(desk)).status === 503)
  await until('it is tried again', async () => /No space left on device. Försöker igen./.test(portal?.said() ?? ''))
  // What is kept is answered still.
  for (const page of pages.slice(0, 5)) expect([page, (await reader.get(page)).status]).toEqual([page, 200])
  process.stderr.write(`without a log after ${segments} segments: told after ${Math.round(lost)} ms\n`)
  rmSync(filler)
  const again = await until('it is written again', async () => (await save(desk)).status === 303)
  process.stderr.write(`written again ${Math.round(again)} ms after there was room for the log\n`)
  expect((await verifyChain(db)).breaks).toEqual([])
  await db.destroy()
  await embedded.leave()
  expect((await portal.stop()).code).toBe(0)
}, 600_000)

test('a backup to a full disk leaves no file and says why', async () => {
  const folder = disk(128)
  const file = join(folder, 'kopia.tar')
  const end = await runCommand(['backup', file], { dataDir: await usedFolder() })
  expect([end.code, end.stdout]).toEqual([1, ''])
  expect(end.stderr).toContain(`Filen ${file} kan inte skrivas: disken är full.`)
  expect(existsSync(file)).toBe(false)
  expect(readdirSync(folder)).toEqual([])
}, 300_000)
