import { Document, Packer, Paragraph } from 'docx'
import { strFromU8, unzipSync } from 'fflate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { change, type Work } from '../../src/audit/work.ts'
import { attachFile, storeFile } from '../../src/documents/files.ts'
import { effectHandlers } from '../../src/effect-handlers.ts'
import { identityNumbersIn, mailboxesIn, telephonesIn } from '../../src/kernel/contacts.ts'
import { day } from '../../src/kernel/dates.ts'
import { maskWords } from '../../src/meetings/errata-changes.ts'
import { kalmarDatabase } from '../support/database.ts'
import { idOf, newPerson, testCoordinator, testProvenance } from '../support/ledger.ts'
import { readPdf } from '../support/pdf.ts'
import { as, startWorkspace } from '../support/workspace.ts'
import { decide, publish, writeMeeting, writeTexts } from '../support/written-meeting.ts'

// Everything that programs and readers are given, in every format, in a register with secrets in it.

const db = await kalmarDatabase()
const app = await startWorkspace(db)
afterAll(() => app.close())

const masked = 'Maskerade Kantarellen'
/** Somebody without a page: lists on pages say the name, programs are not told. */
const hidden = 'Gömda Brukarsdotter'
/** What nobody may read anywhere: masked, drafted, planned, or about an account. */
const secrets = [
  masked,
  'Kontot Gömdsson',
  'Planerade Trattkantarellen',
  'Utkastade Blåsippan',
  'Ojusterade Vitsippan',
  'video.example',
  'hemligt.konto@prov.example',
]
/** Contact details that somebody wrote where a place is meant: pages show what was written, programs are not told. */
const contacts = ['privat.person@prov.example', '070-123 45 67', `${'19990101'}-${'0000'}`]
/** The portal's own mailbox is there for everybody. */
const own = 'samverkan@example.se'

const write = <T>(act: (work: Work) => Promise<T>) =>
  change(db, testCoordinator, async (work) => {
    await work.record('meeting.registered', 'meeting/test')
    return await act(work)
  })

let published = ''

beforeAll(async () => {
  const coordinator = as(app, 'samordnare')
  const meeting = await writeMeeting(coordinator, '2025-12-01', `1. Om ${masked}\n2. Uppdrag (beslut)`)
  await writeTexts(coordinator, meeting, { 1: { text: `Det gäller ${masked}.` } })
  await decide(coordinator, meeting, '2', {
    slag: 'assignment_given',
    rubrik: `Uppdrag om ${masked}`,
    uppdrag: `tala med ${masked}`,
    till: 'b:beredningen',
  })
  await publish(coordinator, meeting)
  published = meeting.slug
  await write(async (work) => {
    const { trx } = work
    const provenance_id = await testProvenance(work)
    const body_id = await idOf(trx, 'body', 'barn-och-unga')
    const { id: meeting_id } = await trx
      .selectFrom('meeting')
      .select('id')
      .where('slug', '=', published as never)
      .executeTakeFirstOrThrow()
    const file = await Packer.toBuffer(
      new Document({ sections: [{ children: [new Paragraph(`Brev till ${masked}`)] }] }),
    )
    await attachFile(work, await storeFile(work, file, 'brev.docx'), `Brev till ${masked}`, { meetingId: meeting_id })
    const mask = { number: null, words: masked, reason: 'prov' }
    expect(await maskWords(work, effectHandlers, meeting_id, mask, day('2025-12-02'))).toBeNull()
    for (const [slug, name, why] of [
      ['gomda-brukarsdotter', hidden, 'service_user_representative'],
      ['kontot-gomdsson', 'Kontot Gömdsson', 'account_only'],
    ] as const) {
      const id = await newPerson(work, slug, name)
      await trx.updateTable('person').set({ no_page_because: why }).where('id', '=', id).execute()
      if (why === 'account_only') {
        await trx.insertInto('account').values({ person_id: id, email: 'hemligt.konto@prov.example' }).execute()
      } else {
        await trx
          .insertInto('assignment')
          .values({ slug: 'prov-av-gomda', task: 'Prova', assignee_person_id: id, provenance_id })
          .execute()
      }
    }
    await trx
      .insertInto('project')
      .values({
        slug: 'prov',
        name: 'Provprojekt',
        summary: `Leds av ${hidden}. ${contacts.join(', ')}`,
        provenance_id,
      })
      .execute()
    const common = { body_id, text_kind: 'wording' as const, provenance_id }
    const states = [
      ['planned', 'Planerade Trattkantarellen', '2026-02-01'],
      ['called', 'Kallat provmöte', '2026-02-02'],
      ['drafted', 'Hållet provmöte', '2025-12-03'],
    ] as const
    for (const [state, title, held_on] of states) {
      const { id } = await trx
        .insertInto('meeting')
        .values({
          ...common,
          slug: `${held_on}-prov`,
          title,
          held_on,
          state,
          called_on: state === 'planned' ? null : '2025-11-20',
          place: `Rum 3, ${contacts.join(', ')}`,
          video_link: 'https://video.example/hemligt',
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      await trx
        .insertInto('agenda_item')
        .values({
          meeting_id: id,
          number: '1',
          position: 1,
          title: 'Provpunkt',
          kinds: ['information'],
          body_text: state === 'drafted' ? 'Ojusterade Vitsippan' : null,
          provenance_id,
        })
        .execute()
    }
    await trx
      .insertInto('decision')
      .values({
        slug: 'prov-utkast',
        title: 'Utkastade Blåsippan',
        kind: 'decision',
        body_id,
        decided_on: '2025-12-03',
        provenance_id,
      })
      .execute()
    const step = await trx.selectFrom('change_step').select('id').orderBy('id').executeTakeFirstOrThrow()
    await trx
      .insertInto('change_proposal')
      .values({
        slug: 'prov',
        title: 'Utkastade Blåsippan',
        summary: 'Prov',
        proposed_by: 'Kontot Gömdsson',
        step_id: step.id,
        provenance_id,
      })
      .execute()
  })
}, 60_000)

/** What a program reads in an answer, whatever it is packed in. */
async function wordsOf(type: string, bytes: Buffer): Promise<string> {
  if (type.includes('spreadsheetml'))
    return Object.values(unzipSync(bytes))
      .map((part) => strFromU8(part))
      .join('\n')
  if (type.includes('pdf')) return (await readPdf(bytes)).text
  const text = bytes.toString('utf8')
  // Calendars fold long lines.
  return type.includes('calendar') ? text.replace(/\r\n /g, '') : text
}

const unescaped = (text: string) =>
  text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

/** Every address that can be reached without a session, from the start page and the two lists of addresses. */
async function everything(): Promise<Map<string, { type: string; words: string }>> {
  const found = new Map<string, { type: string; words: string }>()
  const waiting = ['/', '/sitemap.xml', '/robots.txt', '/dcat.rdf', '/api/v1/openapi.json', '/oppna-data']
  const known = new Set(waiting)
  const registers = new Set<string>()
  const once = (path: string) => {
    const register = path.split('/')[3] ?? ''
    const first = !registers.has(register)
    registers.add(register)
    return first
  }
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    const { statusCode, headers, rawPayload } = await app.inject(url)
    const type = String(headers['content-type'])
    if (statusCode !== 200) continue
    const words = await wordsOf(type, rawPayload)
    found.set(url, { type, words })
    const links = /html|xml|json/.test(type)
      ? words.matchAll(/(?:href="|<loc>|"(?:self|next|url|csv|xlsx)":")([^"<]+)/g)
      : []
    for (const [, written = ''] of links) {
      const path =
        unescaped(written)
          .replace(/^https?:\/\/localhost(:\d+)?/, '')
          .split('#')[0] ?? ''
      // One of each list as a file; filters multiply. One document of each kind is set, since it takes its time.
      const followed =
        path.startsWith('/') &&
        !path.startsWith('//') &&
        (!path.includes('?') || path.includes('offset=')) &&
        // Of the objects of a register one alone: the others are answered in the same way, and stand in the list.
        (!/^\/api\/v1\/[a-z-]+\//.test(path) || once(path)) &&
        (!path.endsWith('.pdf') || path.includes(published)) &&
        // The feeds and calendars of each group are read by the test of feeds.
        !/^\/(grupper|parter)\/[^/]+\/(flode\.atom|kalender\.ics|jamfor)/.test(path) &&
        !/^\/(logga-in|static)/.test(path)
      if (followed && !known.has(path)) waiting.push(path)
      known.add(path)
    }
  }
  return found
}

/** The running text of what is made for programs; of a page, its block of data. Parts of moments are no numbers to call. */
function toPrograms(url: string, type: string, words: string): string {
  if (type.includes('pdf') || (/\.(csv|xlsx)$/.test(url) && !url.startsWith('/api/'))) return ''
  if (!type.includes('html')) return words.replace(/\d{2}:\d{2}:\d{2}\.\d+/g, '')
  return [...words.matchAll(/<script type="application\/ld\+json"[^>]*>(.*?)<\/script>/gs)]
    .map(([block]) => block)
    .join('\n')
}

test('nothing private is in any page, file, feed, calendar, catalogue or answer of the API', async () => {
  const all = await everything()
  const types = new Set([...all.values()].map(({ type }) => type.split(';')[0]))
  for (const type of [
    'text/html',
    'application/json',
    'text/csv',
    'application/atom+xml',
    'text/calendar',
    'application/rdf+xml',
    'application/pdf',
  ]) {
    expect(types).toContain(type)
  }
  expect([...types].some((type) => type?.includes('spreadsheetml'))).toBe(true)
  expect(all.size).toBeGreaterThan(200)
  const told: string[] = []
  for (const [url, { type, words }] of all) {
    for (const secret of secrets) if (words.toLowerCase().includes(secret.toLowerCase())) told.push(`${url}: ${secret}`)
    const forPrograms = toPrograms(url, type, words)
    if (forPrograms.includes(hidden)) told.push(`${url}: ${hidden}`)
    const found = [...mailboxesIn(forPrograms), ...telephonesIn(forPrograms), ...identityNumbersIn(forPrograms)]
    for (const contact of found) if (contact !== own) told.push(`${url}: ${contact}`)
  }
  expect(told).toEqual([])
  // The secrets were there to be told.
  expect(all.get(`/moten-och-protokoll/${published}`)?.words).toContain('[maskerat]')
  expect([...all.keys()].some((url) => url.includes('2026-02-02-prov'))).toBe(true)
}, 120_000)

test('and no more than that is masked', async () => {
  for (const url of [`/beslut/${published}-2`, '/beslut/flode.atom', '/api/v1/decisions']) {
    const { body } = await app.inject(url)
    expect([url, body.includes('[maskerat]'), body.includes('[maskerat][maskerat]')]).toEqual([url, true, false])
  }
})

test('no search finds or tells of it', async () => {
  for (const secret of [...secrets, hidden, ...contacts]) {
    for (const q of [secret, ...secret.split(' '), `"${secret}"`]) {
      const { body } = await app.inject(`/sok?${new URLSearchParams({ q })}`)
      const main = body.slice(body.indexOf('<main'), body.indexOf('</main>'))
      const told = [...main.matchAll(/class="link-list.*?<\/ul>/gs)]
        .map(([list]) => list.replace(/<[^>]+>/g, ''))
        .join('\n')
      for (const other of [...secrets, hidden, ...contacts]) expect([q, told.includes(other)]).toEqual([q, false])
    }
  }
})
