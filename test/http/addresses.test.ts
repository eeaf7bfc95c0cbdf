import { afterAll, describe, expect, test } from 'vitest'
import { kalmarDatabase } from '../support/database.ts'
import { startWorkspace, textOf } from '../support/workspace.ts'

const db = await kalmarDatabase()
const app = await startWorkspace(db)
afterAll(() => app.close())
/** The number that the tax agency uses where it shows how one looks. */
const number = '19121212-1212'

describe('a personal identity number in an address', () => {
  test.each(['121212-1212', '19121212-1212', '121212%201212', '121212+1212', '121212%C2%A01212', '%31212121212'])(
    'a search for %s is answered at an address without it, and says so',
    async (typed) => {
      const asked = await app.inject(`/sok?q=vem+%C3%A4r+${typed}&slag=beslut`)
      expect(asked.statusCode).toBe(303)
      expect(asked.headers.location).toBe('/sok?q=vem%20%C3%A4r%20%5Bpersonnummer%5D&slag=beslut')
      expect(asked.headers['cache-control']).toContain('no-store')
      const shown = await app.inject(String(asked.headers.location))
      expect(textOf(shown.body)).toContain('Personnummer går inte att söka efter')
      expect(shown.body).toContain('value="vem är"')
    },
  )

  test('nothing but a number leaves an empty search', async () => {
    const shown = await app.inject('/sok?q=%5Bpersonnummer%5D')
    expect(textOf(shown.body)).toContain('Personnummer går inte att söka efter')
    expect(shown.body).not.toContain('[personnummer]')
  })

  test('whatever a page is asked for, also in an address within the address', async () => {
    for (const address of [
      `/beslut?ar=${number}`,
      `/beslut?${number}=1`,
      `/api/v1/beslut?q=${number}`,
      `/logga-in?till=${encodeURIComponent(`/sok?q=${encodeURIComponent('121212 1212')}`)}`,
    ]) {
      const { statusCode, headers } = await app.inject(address)
      expect(statusCode, address).toBe(303)
      expect(decodeURIComponent(decodeURIComponent(String(headers.location)))).not.toMatch(/1212.?1212/)
    }
  })

  test.each(['//example.com/', '/\\\\example.com/', '///example.com', '\\\\/example.com'])(
    '%s leads to nobody else for having one in it',
    async (beginning) => {
      const { headers } = await app.inject(`${beginning}?q=${number}`)
      const base = 'https://portalen.example.se'
      expect(new URL(String(headers.location ?? '/'), base).origin).toBe(base)
    },
  )

  test('a page that does not exist does not repeat its address, and neither does a form sent to one', async () => {
    const accept = { accept: 'text/html' }
    for (const url of [`/dokument/${number}`, '/arbetsyta/121212-1212', '/finns/ej/121212%201212']) {
      const { body } = await app.inject({ url, headers: accept })
      expect(body, url).not.toMatch(/1212(-|%20|%2520| )?1212/)
    }
    const sent = await app.inject({
      method: 'POST',
      url: `/arbetsyta/nyhetsbrev/1?q=${number}`,
      headers: { ...accept, 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
      payload: `${number}=1&text=Hej`,
    })
    expect(sent.body).toContain('Hej')
    expect(sent.body).not.toMatch(/1212.?1212/)
  })

  test('no page of any route repeats one that its address was asked with, to nobody and to a coordinator', async () => {
    const routes = app.declarations.filter(({ method, url }) => method === 'GET' && /[:*]/.test(url))
    expect(routes.length).toBeGreaterThan(50)
    for (const { url } of routes)
      for (const who of [{}, { 'x-who': 'samordnare' }]) {
        const asked = url.replace(/:[a-z]+/gi, number).replace('*', number)
        const { body } = await app.inject({ url: asked, headers: { accept: 'text/html', ...who } })
        expect(body, asked).not.toMatch(/1212.{0,3}1212/)
      }
  })

  test('days and times in addresses are left alone', async () => {
    for (const url of ['/beslut?ar=2025', '/sok?q=2025-12-12+1400', '/sok?q=20251212+1400', '/moten?datum=2025-12-12'])
      expect((await app.inject(url)).statusCode, url).not.toBe(303)
  })
})
