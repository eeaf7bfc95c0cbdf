import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { buildApp, lettersOf } from '../../src/app.ts'
import { day } from '../../src/kernel/dates.ts'
import { sendWaiting } from '../../src/mail/letters.ts'
import { account, cookiesOf, password, post, signIn } from '../support/accounts.ts'
import { testConfig } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'

const checkout = resolve(import.meta.dirname, '../..')

test('every promise in docs/SECURITY.md names a test that is there', () => {
  const lines = readFileSync(join(checkout, 'docs/SECURITY.md'), 'utf8').split('\n')
  const promises = lines.filter((line) => line.startsWith('| ') && line.includes('`test/'))
  expect(promises.length).toBeGreaterThan(30)
  for (const line of promises) {
    const [, file = '', name = ''] = /`(test\/[^`]+)`(?: › (.+?))? \|$/.exec(line) ?? []
    expect([line, existsSync(join(checkout, file))]).toEqual([line, true])
    const source = readFileSync(join(checkout, file), 'utf8')
    expect([line, source.includes(name)]).toEqual([line, true])
  }
})

test('the log holds no password, address, cookie or link', async () => {
  const db = await kalmarDatabase()
  const config = testConfig({ LOG_LEVEL: 'trace' })
  const lines: string[] = []
  const log = { write: (line: string) => void lines.push(line) }
  const app = await buildApp({ db, config, today: () => day('2026-11-22'), log })
  await app.ready()
  const { email } = await account(db)
  const session = cookiesOf(await signIn(app, email))
  await signIn(app, email, 'fel men hemligt lösenord')
  await post(app, '/konto/losenord', { nuvarande_losenord: password, losenord: 'kort' }, { cookie: session })
  await post(app, '/glomt-losenord', { epost: email })
  let link = ''
  await sendWaiting(
    db,
    lettersOf(config),
    async ({ text }) => {
      link = new URL(/https?:\S+valj-losenord\S+/.exec(text)?.[0] ?? '').pathname
    },
    () => {},
  )
  await app.inject({ url: `${link}?epost=${email}`, headers: { accept: 'text/html' } })
  await post(app, link, { losenord: 'cykel under regnig himmel' })
  await app.close()

  const written = lines.join('')
  expect(lines.length).toBeGreaterThanOrEqual(6)
  expect(written).toContain('/valj-losenord/:token')
  for (const secret of [
    password,
    'fel men hemligt',
    'cykel under',
    email,
    session.split('=')[1] ?? '',
    link.split('/').at(-1) ?? '',
  ]) {
    expect(secret.length).toBeGreaterThan(5)
    expect(written).not.toContain(secret)
  }
})
