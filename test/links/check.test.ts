import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, test } from 'vitest'
import { change, systemActor } from '../../src/audit/work.ts'
import { day } from '../../src/kernel/dates.ts'
import { collectLinks, type ReadPage } from '../../src/links/collect.ts'
import { checkLinks } from '../../src/links/command.ts'
import type { Pace } from '../../src/links/follow.ts'
import type { Reach } from '../../src/links/requests.ts'
import { kalmarDatabase } from '../support/database.ts'
import { idOf, testProvenance } from '../support/ledger.ts'
import { as, startWorkspace, textOf } from '../support/workspace.ts'

const db = await kalmarDatabase()
const app = await startWorkspace(db, day('2026-11-22'))
const samordnare = as(app, 'samordnare')
const aldre = as(app, 'aldre')

const { slug: documentSlug } = await db
  .selectFrom('document')
  .select('slug')
  .where('owner_body_id', 'is not', null)
  .limit(1)
  .executeTakeFirstOrThrow()

let gone = true
const server = createServer((request, response) => {
  if (request.url === '/flyttad') response.writeHead(301, { location: '/ny' }).end()
  else if (request.url === '/borta') response.writeHead(gone ? 404 : 200).end()
  else response.writeHead(request.url === '/robots.txt' ? 404 : 200).end()
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const at = `http://sida.example:${(server.address() as AddressInfo).port}`
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await app.close()
})

const read: ReadPage = async (url) => {
  const { statusCode: status, headers, body } = await app.inject({ url, headers: { accept: 'text/html' } })
  return { status, type: String(headers['content-type'] ?? ''), body }
}
/** A few of the pages: the whole portal is read once in this file. */
const some: ReadPage = async (url) =>
  ['/', '/projekt', '/om/kallor-och-metod', '/dokument', `/dokument/${documentSlug}`].includes(url)
    ? await read(url)
    : { status: 404, type: '', body: '' }
const root = 'http://localhost:3000'
/** Nobody is known but the server of this file. */
const reach: Reach = {
  async resolve(host) {
    if (host !== 'sida.example') throw Object.assign(new Error(host), { code: 'ENOTFOUND' })
    return [{ address: '127.0.0.1', family: 4 }]
  },
  isOpen: (address) => address === '127.0.0.1',
  anyPort: true,
}
const pace: Pace = { pauseMs: 0, seconds: 5, hostsAtOnce: 8, mostWaitSeconds: 1 }
let moment = new Date('2026-11-20T10:00:00Z')
const run = () =>
  checkLinks({ db, read: some, root, name: 'Testportalen', reach, pace, now: () => moment, log: () => {} })
const eventsOf = () =>
  db.selectFrom('audit_event').select('details').where('act', '=', 'links.checked').orderBy('id').execute()

const link = (label: string, url: string) =>
  change(db, systemActor, async (work) => {
    await work.record('document.registered', `document/${documentSlug}`)
    await work.trx
      .insertInto('link')
      .values({
        label,
        url,
        document_id: await idOf(work.trx, 'document', documentSlug),
        provenance_id: await testProvenance(work),
      })
      .execute()
  })

for (const name of ['ett', 'tva', 'tre']) await link(name, `https://${name}.example/`)

describe('before any check', () => {
  test('the page says how it is done', async () => {
    const { status, body } = await samordnare.get('/arbetsyta/lankar')
    expect(status).toBe(200)
    expect(textOf(body)).toContain('Länkarna har inte prövats ännu.')
    expect(textOf(body)).toContain('npm run -s portal -- check-links')
  })

  test('it is for coordinators', async () => {
    expect((await aldre.get('/arbetsyta/lankar')).status).toBe(200)
    expect((await as(app, 'ledamot').get('/arbetsyta/lankar')).status).toBe(403)
    expect((await as(app, null).get('/arbetsyta/lankar')).status).toBe(401)
  })

  test('a portal without a network keeps nothing', async () => {
    const { code, lines } = await run()
    expect([code, lines]).toEqual([
      1,
      ['Ingen webbplats gick att nå. Är det portalen som saknar nät? Inget har sparats.'],
    ])
    expect(await db.selectFrom('link_check').selectAll().execute()).toEqual([])
    expect(await eventsOf()).toEqual([])
  })

  test('two at once are refused', async () => {
    const [one, other] = await Promise.all([run(), run()])
    expect([one, other].map(({ lines }) => lines[0]).sort()).toEqual([
      'En annan länkkontroll pågår redan.',
      'Ingen webbplats gick att nå. Är det portalen som saknar nät? Inget har sparats.',
    ])
  })
})

describe('what is collected', () => {
  test('is what a reader sees: every register’s links with their pages, and nothing of a draft', async () => {
    const { links, pages } = await collectLinks(read, root)
    expect(pages).toBeGreaterThan(150)
    const shown = await db.selectFrom('link').select('url').where('document_id', 'is not', null).execute()
    expect(shown.length).toBeGreaterThan(0)
    for (const { url } of shown) expect([...links.keys()]).toContain(new URL(url).href.replace(/#.*$/, ''))
    const projects = await db.selectFrom('project').select('url').where('url', 'is not', null).execute()
    for (const { url } of projects)
      expect(links.get(new URL(url ?? '').href)?.some(({ path }) => path.startsWith('/projekt'))).toBe(true)
    for (const places of links.values())
      for (const { path } of places) expect(path).not.toMatch(/^\/(arbetsyta|konto|min-sida)/)
  })
})

describe('a check', () => {
  test('keeps what it found, with one event, and says it', async () => {
    await link('Borta', `${at}/borta`)
    await link('Flyttad', `${at}/flyttad`)
    await link('Här', `${at}/har?a=1&b=2`)
    const { code, lines, data } = await run()
    expect(code).toBe(0)
    expect(lines.join('\n')).toContain(
      `trasig: ${at}/borta\n  Sidan finns inte (404).\n  står på ${root}/dokument/${documentSlug}`,
    )
    expect(lines.join('\n')).toContain(`flyttad: ${at}/flyttad\n  nu på ${at}/ny`)
    const { links, counts } = data as { links: Record<string, unknown>[]; counts: Record<string, number> }
    expect(links.find(({ url }) => url === `${at}/borta`)).toEqual({
      url: `${at}/borta`,
      outcome: 'broken',
      status: 404,
      leadsTo: null,
      reason: 'status',
      since: '2026-11-20T10:00:00.000Z',
      places: [
        { url: expect.stringMatching(`^${root}/dokument/${documentSlug}`), page: expect.any(String), label: 'Borta' },
      ],
    })
    expect(counts).toMatchObject({ works: 1, moved: 1, broken: 1 })
    expect(counts.unreachable).toBe(links.length - 3)
    expect((await eventsOf()).map(({ details }) => details)).toEqual([
      expect.objectContaining({ links: links.length, broken: 1, moved: 1, works: 1 }),
    ])
  })

  test('the page shows the broken and the moved first, with where they stand and where they are changed', async () => {
    const { body } = await samordnare.get('/arbetsyta/lankar')
    const text = textOf(body)
    for (const words of [
      '20 november 2026',
      'Sidan finns inte (404).',
      'Leder nu till',
      `${at}/ny`,
      '”Borta”',
      'Ändra dokumentet',
    ])
      expect(text).toContain(words)
    expect(body.indexOf('id="trasiga"')).toBeLessThan(body.indexOf('id="flyttade"'))
    expect(body.indexOf('id="flyttade"')).toBeLessThan(body.indexOf('id="svarar-inte"'))
    expect(body).toContain(`href="/arbetsyta/register/dokument/${documentSlug}"`)
    expect(body).not.toContain('id="fungerar"')
    // Whoever does not keep the document is not led to a form that refuses.
    const owner = await db
      .selectFrom('document')
      .innerJoin('body', 'body.id', 'document.owner_body_id')
      .select('body.slug')
      .where('document.slug', '=', documentSlug)
      .executeTakeFirstOrThrow()
    const hers = (await aldre.get('/arbetsyta/lankar')).body
    expect(hers.includes(`href="/arbetsyta/register/dokument/${documentSlug}"`)).toBe(owner.slug === 'aldre')
    expect((await samordnare.get('/arbetsyta/register')).body).toContain('2 trasiga eller flyttade')
  })

  test('is narrowed by outcome, and says when nothing is left or the outcome is none', async () => {
    const works = await samordnare.get('/arbetsyta/lankar?utfall=fungerar')
    expect(textOf(works.body)).toContain(`${at}/har?a=1&b=2`)
    expect(works.body).not.toContain('/borta')
    expect(textOf((await samordnare.get('/arbetsyta/lankar?utfall=ej-provade')).body)).toContain(
      'Ingen länk stämmer med urvalet.',
    )
    expect((await samordnare.get('/arbetsyta/lankar?utfall=annat')).status).toBe(404)
  })

  test('what is as it was keeps its day, what has changed gets a new one, and what no page has any more goes', async () => {
    gone = false
    await db.deleteFrom('link').where('url', '=', `${at}/har?a=1&b=2`).execute()
    moment = new Date('2026-11-22T10:00:00Z')
    expect((await run()).code).toBe(0)
    const rows = await db
      .selectFrom('link_check')
      .select(['url', 'outcome', 'since', 'checked_at'])
      .where('url', 'like', `${at}/%`)
      .orderBy('url')
      .execute()
    expect(rows).toEqual([
      { url: `${at}/borta`, outcome: 'works', since: moment, checked_at: moment },
      { url: `${at}/flyttad`, outcome: 'moved', since: new Date('2026-11-20T10:00:00Z'), checked_at: moment },
    ])
    expect(await eventsOf()).toHaveLength(2)
  })
})
