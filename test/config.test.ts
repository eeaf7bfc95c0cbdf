import { isAbsolute } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../src/config.ts'

describe('without any environment', () => {
  test('the portal runs on its own database, on port 3000, for this machine only', () => {
    expect(readConfig({})).toMatchObject({
      databaseUrl: undefined,
      port: 3000,
      host: 'localhost',
      basePath: '',
      publicOrigin: 'http://localhost:3000',
    })
  })

  test('data and facts are in the checkout, wherever the command is given from', () => {
    const { dataDir, facts } = readConfig({})
    expect(isAbsolute(dataDir) && dataDir.endsWith('/data')).toBe(true)
    expect(isAbsolute(facts) && facts.endsWith('/seeds/kalmar')).toBe(true)
  })

  test('an empty variable is the same as none', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '  ', BASE_PATH: '' })).toEqual(readConfig({}))
  })
})

test('a base path is one path without a slash at the end, whichever way it is written', () => {
  expect(readConfig({ BASE_PATH: '/samverkan/' }).basePath).toBe('/samverkan')
  expect(readConfig({ BASE_PATH: '/a/b' }).basePath).toBe('/a/b')
  expect(readConfig({ BASE_PATH: '/' }).basePath).toBe('')
})

test('the public origin is kept without a slash at the end', () => {
  expect(readConfig({ PUBLIC_ORIGIN: 'https://samverkan.example.se/' }).publicOrigin).toBe(
    'https://samverkan.example.se',
  )
})

test.each([
  ['PORTAL_SECRET', 'för kort'],
  ['TRUSTED_PROXIES', 'proxyn'],
  ['TRUSTED_PROXIES', '10.0.0.0/33'],
  ['TRUSTED_PROXIES', '10.0.0.1,'],
  ['SESSION_IDLE_MINUTES', '0'],
  ['SESSION_HOURS', '100000'],
  ['SMTP_URL', 'mejl.example.se'],
  ['MAIL_FROM', 'portalen'],
  ['OIDC_ISSUER', 'http://idp.example.se'],
  ['OIDC_CLIENT_ID', 'utan utfärdare'],
  ['PORT', '70000'],
  ['PORT', '-1'],
  ['PORT', '3000x'],
  ['HOST', 'två ord'],
  ['BASE_PATH', 'samverkan'],
  ['BASE_PATH', '//example.se'],
  ['BASE_PATH', '/a?b'],
  ['PUBLIC_ORIGIN', 'samverkan.example.se'],
  ['PUBLIC_ORIGIN', 'https://samverkan.example.se/portal'],
  ['PUBLIC_ORIGIN', 'ftp://samverkan.example.se'],
  ['LOG_LEVEL', 'högt'],
  ['DATABASE_URL', 'mysql://localhost/portal'],
  ['DATABASE_URL', 'portal'],
  ['PORTAL_CONTACT_EMAIL', 'ingen'],
  ['PORTAL_ACCESSIBILITY_FORM', 'formulär'],
])('%s=%s is refused, and the message names the variable', (name, value) => {
  expect(() => readConfig({ [name]: value })).toThrow(ConfigError)
  expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${name} [^\\n]+$`))
})

test('every wrong variable is named at once', () => {
  expect(() => readConfig({ PORT: 'x', BASE_PATH: 'x' })).toThrow(/PORT .*; BASE_PATH /)
})

test('an owner without an application role is refused', () => {
  expect(() => readConfig({ DATABASE_OWNER_URL: 'postgres://portal_owner@localhost/portal' })).toThrow(
    /^DATABASE_OWNER_URL /,
  )
})

test('what is wrong with an address is told without its password', () => {
  expect(() => readConfig({ DATABASE_URL: 'mysql://portal_app:hemligt@localhost/portal' })).toThrow(/^((?!hemligt).)*$/)
})

test('proxies are addresses, networks or this machine', () => {
  expect(readConfig({}).trustedProxies).toBe('loopback')
  const given = '10.0.0.0/8, 2001:db8::1, loopback'
  expect(readConfig({ TRUSTED_PROXIES: given }).trustedProxies).toBe(given)
})
