import { describe, expect, test } from 'vitest'
import { serverWith } from '../support/app.ts'

describe('what pages are dressed in', () => {
  test('is kept for ever under an address that changes with it', async () => {
    const app = await serverWith(() => {}, { env: { BASE_PATH: '/lgl' } })
    const address = app.asset('site.css')
    expect(address).toMatch(/^\/lgl\/static\/[0-9a-f]{12}\/site\.css$/)
    const answer = await app.inject(address)
    expect(answer.headers).toMatchObject({
      'content-type': 'text/css; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    })
  })

  test('is found under an old address too, but not kept there', async () => {
    const app = await serverWith(() => {})
    const answer = await app.inject('/static/000000000000/site.css')
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([200, 'public, max-age=0, must-revalidate'])
  })

  test('comes from here: the style names no other site, and every file it names is here', async () => {
    const app = await serverWith(() => {})
    const style = app.asset('site.css')
    const { body } = await app.inject(style)
    const named = [...body.matchAll(/url\(["']?(?!data:)([^"')]+)/g)].map(([, file]) => file ?? '')
    expect(named.length).toBeGreaterThan(5)
    for (const file of new Set(named)) {
      const answer = await app.inject(new URL(file, `http://localhost${style}`).pathname)
      expect([file, answer.statusCode]).toEqual([file, 200])
    }
    expect(body.replaceAll('http://www.w3.org/', '').replaceAll('http%3A%2F%2Fwww.w3.org', '')).not.toMatch(
      /https?:\/\/[^"')]*\.(css|woff2?|png)/,
    )
  })

  test.each(['../package.json', '..%2Fpackage.json', 'finns-inte.css', ''])('%j is not served', async (file) => {
    const app = await serverWith(() => {})
    expect((await app.inject(`/static/000000000000/${file}`)).statusCode).toBe(404)
  })

  test('a misspelt file is found out when the page is written', async () => {
    const app = await serverWith(() => {})
    expect(() => app.asset('sitee.css')).toThrow('sitee.css')
  })
})
