import fc from 'fast-check'
import { parseAtomFeed } from 'feedsmith'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { change } from '../../src/audit/work.ts'
import { atomXml } from '../../src/feeds/atom.ts'
import { day } from '../../src/kernel/dates.ts'
import { kalmarDatabase } from '../support/database.ts'
import { readPage } from '../support/html.ts'
import { decideAndCarryOut, newPerson, testCoordinator } from '../support/ledger.ts'
import { as, fieldIn, startWorkspace, textOf } from '../support/workspace.ts'

const db = await kalmarDatabase()
const app = await startWorkspace(db, day('2026-03-10'))
afterAll(() => app.close())

const writer = as(app, 'samordnare')
const other = as(app, 'kollega')
const reader = as(app, null)
const at = '/arbetsyta/nyhetsbrev'

/** The path of the draft there is, made if need be. */
async function draft(): Promise<string> {
  const { location } = await writer.post(`${at}/nytt`)
  return location.replace(/\?.*/, '')
}
const areaOf = (html: string, name: string) =>
  (new RegExp(`<textarea[^>]*name="${name}"[^>]*>([\\s\\S]*?)</textarea>`).exec(html)?.[1] ?? '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
const typedOn = async (path: string) => {
  const { body } = await writer.get(path)
  return {
    version: fieldIn(body, 'version'),
    titel: fieldIn(body, 'titel'),
    ingress: areaOf(body, 'ingress'),
    text: areaOf(body, 'text'),
  }
}
const publish = async (path: string) => {
  const { body } = await writer.get(`${path}/granska`)
  return await writer.post(`${path}/publicering`, { version: fieldIn(body, 'version') })
}
const acts = async () =>
  (await db.selectFrom('audit_event').select('act').where('act', 'like', 'newsletter.%').orderBy('id').execute()).map(
    ({ act }) => act,
  )

beforeAll(async () => {
  await change(db, testCoordinator, async (work) => {
    await work.record('person.added', 'person/hemliga')
    const id = await newPerson(work, 'hemliga-testpersonen', 'Hemliga Testpersonen')
    await work.trx.updateTable('person').set({ no_page_because: 'uncertain_reading' }).where('id', '=', id).execute()
  })
})

describe('the draft', () => {
  test('writes itself from what the registers have published, once, and readers do not see it', async () => {
    const path = await draft()
    expect(await draft()).toBe(path)
    const { body } = await writer.get(path)
    expect(readPage(body).invalid).toEqual([])
    const text = areaOf(body, 'text')
    for (const heading of ['## Nya protokoll', '## Beslut', '## Handlingsplaner', '## Dokument'])
      expect(text).toContain(heading)
    expect(text).toContain('](/beslut/2025-12-12-lansgemensam-ledning-7a)')
    expect((await reader.get('/nyhetsbrev')).body).toContain('Inget nyhetsbrev är publicerat ännu.')
    expect((await reader.get('/nyhetsbrev/flode.atom')).body).not.toContain('<entry>')
    expect((await reader.get('/nyhetsbrev/2026-03-10')).status).toBe(404)
    expect(await acts()).toEqual(['newsletter.begun', 'newsletter.begin-refused'])
  })

  test('is for the coordinator of the leading body alone', async () => {
    const path = await draft()
    for (const url of [at, path, `${path}/granska`, `${path}/rattelse`]) {
      expect([url, (await as(app, 'aldre').get(url)).status]).toEqual([url, 403])
      expect([url, (await as(app, 'ledamot').get(url)).status]).toEqual([url, 403])
      expect([url, (await reader.get(url)).status]).toEqual([url, 401])
    }
    expect((await as(app, 'aldre').post(`${path}/publicering`, { version: '1' })).status).toBe(403)
  })

  test('bad input loses nothing and writes nothing', async () => {
    const path = await draft()
    const before = await typedOn(path)
    const answer = await writer.post(path, { ...before, titel: ' ', text: 'Det jag skrev' })
    expect(answer.status).toBe(422)
    expect(answer.body).toContain('Skriv en rubrik.')
    expect(areaOf(answer.body, 'text').trim()).toBe('Det jag skrev')
    expect(readPage(answer.body).invalid).toEqual([])
    expect(await typedOn(path)).toEqual(before)
    expect((await writer.get(`${at}/999999`)).status).toBe(404)
    expect((await writer.get(`${at}/x`)).status).toBe(404)
  })

  test('two who write: the second sees both texts, and saving again is a choice', async () => {
    const path = await draft()
    const mine = await typedOn(path)
    expect((await other.post(path, { ...mine, ingress: 'Kollegans ingress' })).status).toBe(303)
    const refused = await writer.post(path, { ...mine, ingress: 'Min ingress' })
    expect(refused.status).toBe(409)
    expect(textOf(refused.body)).toContain('Kollegans ingress')
    expect(refused.body).toContain('Min ingress')
    expect(readPage(refused.body).invalid).toEqual([])
    expect((await typedOn(path)).ingress.trim()).toBe('Kollegans ingress')
    const again = { ...mine, ingress: 'Min ingress', version: fieldIn(refused.body, 'version') }
    expect((await writer.post(path, again)).status).toBe(303)
    expect((await typedOn(path)).ingress.trim()).toBe('Min ingress')
  })

  test('takes in what has been published meanwhile, each piece once', async () => {
    const path = await draft()
    await decideAndCarryOut(db, 'test-medan', '2026-03-09', [
      { kind: 'note', effect_text: 'Ett testbeslut medan utkastet skrevs' },
    ])
    expect((await writer.post(`${path}/pafyllning`)).location).toContain('besked=pafyllt')
    expect((await typedOn(path)).text.match(/test-medan\)/g)).toHaveLength(1)
    expect((await writer.post(`${path}/pafyllning`)).location).toContain('besked=inget')
    expect((await typedOn(path)).text.match(/test-medan\)/g)).toHaveLength(1)
  })
})

describe('publication', () => {
  test.each([
    ['Skriv till bo@test.example.', 'bo@test.example'],
    ['Ring 070-123 45 67.', '070-123 45 67'],
    ['Hemliga Testpersonens dag', 'Hemliga Testpersonen'],
  ])('%j is refused, and the log does not repeat it', async (text, words) => {
    const path = await draft()
    const before = await typedOn(path)
    expect((await writer.post(path, { ...before, text })).status).toBe(303)
    const refused = await publish(path)
    expect(refused.status).toBe(422)
    expect(textOf(refused.body)).toContain(words)
    expect(readPage(refused.body).invalid).toEqual([])
    const log = await db.selectFrom('audit_event').select('details').where('act', 'like', 'newsletter.%').execute()
    expect(JSON.stringify(log)).not.toContain(words)
    const now = await typedOn(path)
    expect((await writer.post(path, { ...before, version: now.version })).status).toBe(303)
  })

  test('only the text that was looked at is published', async () => {
    const path = await draft()
    const seen = (await writer.get(`${path}/granska`)).body
    const mine = await typedOn(path)
    expect((await other.post(path, { ...mine, titel: 'Annan rubrik' })).status).toBe(303)
    const refused = await writer.post(`${path}/publicering`, { version: fieldIn(seen, 'version') })
    expect(refused.status).toBe(409)
    expect(textOf(refused.body)).toContain('Annan rubrik')
  })

  test('published it has an address and a place in the feeds, stands, and the next one tells what is new since', async () => {
    const path = await draft()
    const mine = await typedOn(path)
    const text =
      'Inledning.\n\n## Nytt <b>\n\n- [Ett beslut](/beslut/2025-12-12-lansgemensam-ledning-7a)\n- [Fel](//annan.example)'
    await writer.post(path, { ...mine, titel: 'Testbrev', ingress: 'Kort & gott', text })
    const preview = await writer.get(`${path}/granska`)
    expect(readPage(preview.body).invalid).toEqual([])
    expect((await publish(path)).location).toBe('/nyhetsbrev/2026-03-10')

    const page = await reader.get('/nyhetsbrev/2026-03-10')
    expect(page.status).toBe(200)
    expect(readPage(page.body).invalid).toEqual([])
    expect(page.body).toContain('<h2 id="del-2">Nytt &lt;b&gt;</h2>')
    expect(page.body).toContain('href="/beslut/2025-12-12-lansgemensam-ledning-7a"')
    expect(page.body).not.toContain('href="//annan.example')
    expect((await reader.get('/nyhetsbrev')).body).toContain('Testbrev')
    expect((await reader.get('/sitemap.xml')).body).toContain('/nyhetsbrev/2026-03-10')

    for (const url of ['/nyhetsbrev/flode.atom', '/flode.atom']) {
      const entry = parseAtomFeed((await reader.get(url)).body).entries?.find((one) =>
        JSON.stringify(one.title).includes('Testbrev'),
      )
      expect(entry?.links?.[0]?.href).toBe('http://localhost:3000/nyhetsbrev/2026-03-10')
      expect(JSON.stringify(entry?.content)).toContain(
        'http://localhost:3000/beslut/2025-12-12-lansgemensam-ledning-7a',
      )
    }

    const { id } = await db
      .selectFrom('newsletter')
      .select('id')
      .where('state', '=', 'published')
      .executeTakeFirstOrThrow()
    await expect(db.updateTable('newsletter').set({ title: 'Tyst' }).where('id', '=', id).execute()).rejects.toThrow(
      'published',
    )
    await expect(db.deleteFrom('newsletter').where('id', '=', id).execute()).rejects.toThrow('published')
    expect((await writer.post(path, { ...mine, titel: 'Tyst' })).status).toBe(409)
    expect((await writer.post(`${path}/ta-bort`)).status).toBe(303)
    expect((await reader.get('/nyhetsbrev/2026-03-10')).body).toContain('Testbrev')

    await decideAndCarryOut(db, 'test-efter', '2026-03-10', [
      { kind: 'note', effect_text: 'Ett testbeslut efter brevet' },
    ])
    const next = await typedOn(await draft())
    expect(next.text).toContain('/beslut/test-efter)')
    expect(next.text).not.toContain('test-medan')
  })

  test('a correction is shown on the page and in the feed, which is told anew; the text stands', async () => {
    const { id } = await db
      .selectFrom('newsletter')
      .select('id')
      .where('state', '=', 'published')
      .executeTakeFirstOrThrow()
    const entryOf = async () => parseAtomFeed((await reader.get('/nyhetsbrev/flode.atom')).body).entries?.[0]
    const before = await entryOf()
    const empty = await writer.post(`${at}/${id}/rattelse`, { rattelse: ' ' })
    expect([empty.status, readPage(empty.body).invalid]).toEqual([422, []])
    expect((await writer.post(`${at}/${id}/rattelse`, { rattelse: 'Skriv till bo@test.example' })).status).toBe(422)
    expect((await writer.post(`${at}/${id}/rattelse`, { rattelse: 'Det var <fel> dag.' })).location).toBe(
      '/nyhetsbrev/2026-03-10',
    )
    const page = await reader.get('/nyhetsbrev/2026-03-10')
    expect(textOf(page.body)).toContain('Rättelse 10 mars 2026')
    expect(page.body).toContain('Det var &lt;fel&gt; dag.')
    expect(page.body).toContain('Inledning.')
    const after = await entryOf()
    expect([after?.id, after?.published]).toEqual([before?.id, before?.published])
    expect(String(after?.updated) > String(before?.updated)).toBe(true)
    expect(JSON.stringify(after?.content)).toContain('Det var &lt;fel&gt; dag.')
  })

  test('a draft can be thrown away', async () => {
    const path = await draft()
    expect((await writer.post(`${path}/ta-bort`)).location).toBe(at)
    expect((await writer.get(path)).status).toBe(404)
    expect(readPage((await writer.get(at)).body).invalid).toEqual([])
  })
})

test('whatever is written, a feed is XML that says the same', () => {
  const moment = new Date('2026-03-10T10:00:00Z')
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), (words) => {
      const title = `a ${words} b`
      const xml = atomXml({
        id: '00000000-0000-5000-8000-000000000000',
        title: 'Test',
        author: 'Test',
        pageUrl: 'https://portal.example/?a=1&b=2',
        url: 'https://portal.example/flode.atom',
        updated: moment,
        entries: [
          {
            id: '00000000-0000-5000-8000-000000000001',
            title,
            url: 'https://portal.example/x',
            published: moment,
            updated: moment,
            summary: null,
            category: 'x',
          },
        ],
      })
      // What XML cannot hold is gone; line ends are one kind.
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is expected away
      const kept = title.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      const read = parseAtomFeed(xml).entries?.[0]?.title as { value?: string } | undefined
      const flat = (text: string) => text.replace(/\s+/g, ' ').trim()
      expect(flat(read?.value ?? '')).toBe(flat(kept))
    }),
  )
})
