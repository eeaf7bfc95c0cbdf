import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { createUserCommand } from '../../src/accounts/commands.ts'
import { readConfig } from '../../src/config.ts'
import { stockholmToday } from '../../src/kernel/dates.ts'
import { kalmarDatabase, urlsOf } from '../support/database.ts'
import {
  migratedFolder,
  newFolder,
  type RunningPortal,
  runCommand,
  startPortal,
  usedFolder,
} from '../support/process.ts'

vi.setConfig({ testTimeout: 180_000 })

/** Asks a running portal as a browser does; redirects are told, not followed. */
async function ask(
  { url }: RunningPortal,
  path: string,
  { cookie = '', form }: { cookie?: string; form?: object } = {},
) {
  const answer = await fetch(new URL(path, url), {
    redirect: 'manual',
    headers: {
      accept: 'text/html',
      ...(cookie ? { cookie } : {}),
      ...(form ? { 'sec-fetch-site': 'same-origin' } : {}),
    },
    ...(form ? { method: 'POST', body: new URLSearchParams(form as Record<string, string>) } : {}),
  })
  return {
    status: answer.status,
    cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '',
    body: await answer.text(),
  }
}

const signIn = (portal: RunningPortal, epost: string, losenord: string) =>
  ask(portal, '/logga-in', { form: { epost, losenord } })

const demoIn = (text: string) =>
  [...text.matchAll(/^ {2}(\S+@demo\.example) +(\S+) +(\S+)$/gm)].map(([, email = '', password = '', role = '']) => ({
    email,
    password,
    role,
  }))

describe('trying the portal on one’s own machine', () => {
  test('the first start says how to sign in as each of three made-up people; later one is told on request', async () => {
    // Tables it has already: how they are made is test/start.test.ts's.
    const dataDir = await migratedFolder()
    const portal = await startPortal({ dataDir })
    const accounts = demoIn(portal.said())
    expect(accounts.map(({ role }) => role)).toEqual(['samordnare', 'ledamot', 'administratör'])
    for (const { email, password, role } of accounts) {
      const { status, cookie } = await signIn(portal, email, password)
      expect([role, status]).toEqual([role, 303])
      const seen = await Promise.all(
        ['/min-sida', '/historik/body/aldre', '/konton'].map((path) => ask(portal, path, { cookie })),
      )
      expect([role, ...seen.map((answer) => answer.status)]).toEqual(
        {
          samordnare: ['samordnare', 200, 200, 403],
          ledamot: ['ledamot', 200, 403, 403],
          administratör: ['administratör', 200, 200, 200],
        }[role],
      )
    }
    for (const file of ['secret', 'demo-accounts.json']) expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600)
    const secret = readFileSync(join(dataDir, 'secret'), 'utf8')

    const again = await runCommand(['demo-users'], { dataDir })
    expect(again.code).toBe(0)
    expect(demoIn(again.stdout)).toEqual(accounts)
    await portal.stop()
    const second = await startPortal({ dataDir, env: { LOG_LEVEL: 'info' } })
    expect(second.said()).toContain('npm run -s portal -- demo-users')
    expect(demoIn(second.said())).toEqual([])
    expect(readFileSync(join(dataDir, 'secret'), 'utf8')).toBe(secret)

    // A letter without a mail server is found in the log.
    await ask(second, '/glomt-losenord', { form: { epost: 'ledamot@demo.example' } })
    await expect.poll(second.logged, { timeout: 20_000 }).toMatch(/valj-losenord\/[\w-]{43}/)
    const { stdout } = await second.stop()
    expect(stdout).not.toContain('ledamot@demo.example')
  })
})

describe('with a database of one’s own', () => {
  test('there are no made-up people, not even on request; the first account comes from the command line', async () => {
    const { appUrl, ownerUrl } = urlsOf(await kalmarDatabase())
    const env = { DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl }
    const dataDir = newFolder()
    const portal = await startPortal({ dataDir, env })
    expect(demoIn(portal.said())).toEqual([])
    const demo = await runCommand(['demo-users'], { dataDir, env })
    expect([demo.code, demo.stderr]).toEqual([1, expect.stringContaining('aldrig med DATABASE_URL')])

    const made = await runCommand(['create-user', 'Testa@Test.Example', 'Testa Testsson', 'administrator', '--json'], {
      dataDir,
      env: { ...env, PUBLIC_ORIGIN: 'https://samverkan.example.se' },
    })
    expect(made.code).toBe(0)
    const { link } = JSON.parse(made.stdout) as { link: string }
    expect(link).toMatch(/^https:\/\/samverkan\.example\.se\/valj-losenord\//)
    const path = new URL(link).pathname
    const losenord = 'cykel under regnig himmel'
    expect((await ask(portal, path, { form: { losenord } })).status).toBe(303)
    expect((await ask(portal, path, { form: { losenord } })).status).toBe(410)
    const { cookie } = await signIn(portal, 'testa@test.example', losenord)
    expect((await ask(portal, '/konton', { cookie })).status).toBe(200)

    const reset = await runCommand(['reset-password', 'testa@test.example', '--json'], { dataDir, env })
    const resetPath = new URL((JSON.parse(reset.stdout) as { link: string }).link).pathname
    expect((await ask(portal, resetPath, { form: { losenord: 'en annan lång mening' } })).status).toBe(303)
    expect((await ask(portal, '/konton', { cookie })).status).toBe(401)
    expect((await signIn(portal, 'testa@test.example', 'en annan lång mening')).status).toBe(303)

    const chain = await runCommand(['verify-audit', '--json'], { dataDir, env })
    expect(JSON.parse(chain.stdout)).toMatchObject({ whole: true, breaks: [] })
    const kept = await runCommand(['apply-retention', '--json'], { dataDir, env })
    expect(JSON.parse(kept.stdout)).toMatchObject({ closed: 0, addresses: 0 })
    await portal.stop()
  })

  test('what cannot be used is told in one line, and nothing is made', async () => {
    const dataDir = await usedFolder()
    const tries = [
      { args: ['create-user'], code: 2, says: 'EPOST är ingen e-postadress.' },
      { args: ['create-user', 'ledamot@demo.example', 'Testa Testsson'], code: 1, says: 'redan ett konto' },
      { args: ['reset-password', 'a@test.example'], code: 1, says: 'Det finns inget konto' },
    ]
    for (const { args, code, says } of tries) {
      const end = await runCommand(args, { dataDir })
      expect([args, end.code, end.stdout]).toEqual([args, code, expect.stringContaining(says)])
      expect(end.stdout.trim().split('\n')).toHaveLength(1)
    }
  })

  test.each([
    [['inte-en-adress', 'Testa Testsson'], 'ingen e-postadress'],
    [['a@test.example', 'finns-inte'], 'Det finns ingen person finns-inte'],
    [['a@test.example', 'Rebecka Nilsson'], 'finns i registret som rebecka-nilsson'],
    [['a@test.example', 'Testa Testsson', 'kung'], 'Rollen kung finns inte'],
    [['a@test.example', 'Testa Testsson', 'samordnare'], 'Ange gruppen'],
    [['a@test.example', 'Testa Testsson', 'samordnare:x'], 'finns inte'],
  ])('nor of %j', async (args, says) => {
    const db = await kalmarDatabase()
    const { code, lines } = await createUserCommand(db, readConfig({}), args, stockholmToday())
    expect([code, lines]).toEqual([2, [expect.stringContaining(says)]])
    expect(await db.selectFrom('account').select('id').execute()).toEqual([])
  })
})
