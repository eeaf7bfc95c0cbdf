import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { importProtocol, keepIn } from '../../src/imports/command.ts'
import { day } from '../../src/kernel/dates.ts'
import { kalmarDatabase, openAsOwner } from '../support/database.ts'
import { smallPdf } from '../support/pdf.ts'
import { as, fieldIn, startWorkspace, textOf, type Who } from '../support/workspace.ts'
import { autumn } from './autumn.ts'
import { doubleSpaced } from './forms.ts'

const db = await kalmarDatabase()
const app = await startWorkspace(db, day('2026-03-10'))
afterAll(() => app.close())
const coordinator = as(app, 'samordnare')

const protocol = doubleSpaced(
  autumn
    .replaceAll('2032-11-19', '2026-02-20')
    .replaceAll('Region Exempel län', 'Region Kalmar län')
    .replaceAll('Kommunförbundet i Exempel län', 'Kommunförbundet i Kalmar län')
    .replaceAll('Provby kommun', 'Nybro kommun')
    .replaceAll('Mellanby kommun', 'Torsås kommun')
    .replace('för\når 2033 till 0,8', 'för\når 2027 till 0,7')
    .replaceAll('Barn- och ungdomskliniken Provby', 'barn- och ungdomskliniken Kalmar'),
)

async function send(file: { name: string; bytes: string | Uint8Array } | null, text = '', who: Who = 'samordnare') {
  const edge = 'kant'
  const parts: Uint8Array[] = []
  const add = (chunk: string | Uint8Array) => parts.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  add(`--${edge}\r\nContent-Disposition: form-data; name="text"\r\n\r\n${text}\r\n`)
  add(
    `--${edge}\r\nContent-Disposition: form-data; name="fil"; filename="${file?.name ?? ''}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
  )
  add(file?.bytes ?? '')
  add(`\r\n--${edge}--\r\n`)
  const answer = await app.inject({
    method: 'POST',
    url: '/arbetsyta/protokoll/nytt',
    headers: {
      accept: 'text/html',
      'x-who': who,
      'sec-fetch-site': 'same-origin',
      'content-type': `multipart/form-data; boundary=${edge}`,
    },
    payload: Buffer.concat(parts),
  })
  return { status: answer.statusCode, body: answer.body, location: String(answer.headers.location ?? '') }
}

const unescaped = (text: string) =>
  text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')

/** What the page says is wrong. */
const problemsIn = (html: string) =>
  [...(/<[^>]*class="ds-error-summary"[\s\S]*?<\/ul>/.exec(html)?.[0] ?? '').matchAll(/<li>([\s\S]*?)<\/li>/g)].map(
    ([, text = '']) => textOf(text).trim(),
  )

/** The fields of the page's first form as a browser would send them. */
function formIn(html: string): Record<string, string | string[]> {
  const form = /<form class="form" method="post"[\s\S]*?<\/form>/.exec(html)?.[0] ?? ''
  const fields: Record<string, string | string[]> = {}
  for (const [tag] of form.matchAll(/<input\b[^>]*>/g)) {
    const name = /\bname="([^"]+)"/.exec(tag)?.[1] ?? ''
    if (/type="checkbox"/.test(tag) && !/\schecked/.test(tag)) continue
    const value = unescaped(/\bvalue="([^"]*)"/.exec(tag)?.[1] ?? '')
    fields[name] = fields[name] === undefined ? value : [fields[name], value].flat()
  }
  for (const [, name = '', value = ''] of form.matchAll(
    /<textarea\b[^>]*name="([^"]+)"[^>]*>\n?([\s\S]*?)<\/textarea>/g,
  ))
    fields[name] = unescaped(value)
  for (const [, name = '', options = ''] of form.matchAll(/<select\b[^>]*name="([^"]+)"[^>]*>([\s\S]*?)<\/select>/g)) {
    const chosen = [...options.matchAll(/<option\b[^>]*>/g)].map(([tag]) => tag)
    const one = chosen.find((tag) => /\sselected/.test(tag)) ?? chosen[0] ?? ''
    fields[name] = unescaped(/value="([^"]*)"/.exec(one)?.[1] ?? '')
  }
  return fields
}

describe('from a file to a published meeting, without JavaScript', () => {
  let address = ''

  test('the file becomes a proposal beside its source, and each fact leads to its words', async () => {
    const sent = await send({ name: 'protokoll.txt', bytes: protocol })
    expect(sent.status).toBe(303)
    address = sent.location
    const page = await coordinator.get(address)
    expect(page.status).toBe(200)
    const anchors = [...page.body.matchAll(/href="#(k-[^"]+)"/g)].map(([, anchor]) => anchor)
    expect(anchors.length).toBeGreaterThan(50)
    const ids = new Set([...page.body.matchAll(/id="(k-[^"]+)"/g)].map(([, id]) => id))
    expect(anchors.filter((anchor) => !ids.has(anchor ?? ''))).toEqual([])
    const out = /<span class="source-words[^"]*" id="k-attendance-others-1">([\s\S]*?)<\/span>/.exec(page.body)?.[1]
    expect(out?.replace(/\s+/g, ' ')).toBe('Margit Lindprov Johansson, Kommunförbundet')
    expect(page.body).toContain('osäker läsning')
  })

  test('all words of the source are on the page', async () => {
    const page = await coordinator.get(address)
    const source = textOf(/<div class="source-text">([\s\S]*?)<\/div>/.exec(page.body)?.[1] ?? '')
    const words = protocol.split(/\s+/).filter(Boolean)
    const shown = source.replace(/ Sidan \d+ /g, ' ').replace(/\s/g, '')
    expect(shown).toBe(words.join('').replace(/\s/g, ''))
  })

  test('a soft position must be judged by a human; nothing that was typed is lost and nothing is written', async () => {
    const page = await coordinator.get(address)
    const fields = { ...formIn(page.body), 'rubrik-4': 'Min egen rubrik', gor: 'skapa' }
    const refused = await coordinator.post(address, fields)
    expect(refused.status).toBe(422)
    expect(textOf(refused.body)).toContain('Avgör om orden i punkt 5c är ett beslut')
    expect(fieldIn(refused.body, 'rubrik-4')).toBe('Min egen rubrik')
    expect(await db.selectFrom('meeting').select('id').where('held_on', '=', day('2026-02-20')).execute()).toEqual([])
  })

  test('the kind of a decision is changed, and its questions are shown', async () => {
    const page = await coordinator.get(address)
    expect(fieldIn(page.body, 'rubrik-4')).toBe('Min egen rubrik')
    const saved = await coordinator.post(address, { ...formIn(page.body), 'b-5c-1-slag': 'position', gor: 'spara' })
    expect(saved.status).toBe(303)
    expect((await coordinator.get(address)).body).toContain('name="b-5c-1-av"')
  })

  test('two who save at once: the later is told and keeps what was typed', async () => {
    const page = await coordinator.get(address)
    const stale = { ...formIn(page.body), version: '1', 'rubrik-6': 'Senare', gor: 'spara' }
    const refused = await coordinator.post(address, stale)
    expect(refused.status).toBe(409)
    expect(fieldIn(refused.body, 'rubrik-6')).toBe('Senare')
  })

  test('confirmed it is a draft meeting with everything in it, and nothing is public', async () => {
    const page = await coordinator.get(address)
    const fields = formIn(page.body)
    expect(fields).toMatchObject({
      organ: 'lansgemensam-ledning',
      datum: '2026-02-20',
      'b-7a-1-slag': 'indicator_set',
      'b-7a-1-varde': '0,7',
      'b-7b-1-grupp': 'barn-och-unga',
      'b-7b-1-in_namn': 'Petra Provstrand',
      'b-7b-1-in_titel': 'barnläkare',
      'b-7b-1-in_organisation': 'rkl-hsf',
      'b-7c-1-grupp': 'psykisk-halsa',
      'b-7c-1-ut_namn': 'Kim Testgren',
      'b-7d-1-foretrader': 'b:habilitering-och-rehabilitering',
    })
    const rows = await coordinator.post(address, {
      ...fields,
      nya_personer: 'ja',
      'b-5a-1-slag': 'ingen',
      'b-7b-1-ny_person': 'ja',
      'b-7b-1-ingangslage': 'ja',
      'b-7c-1-ny_person': 'ja',
      'b-7d-1-ny_person': 'ja',
      gor: 'skapa',
    })
    expect(problemsIn(rows.body)).toEqual([])
    expect(rows.status).toBe(303)
    expect(rows.location).toBe('/arbetsyta/moten/2026-02-20-lansgemensam-ledning/protokoll')
    const meeting = await db
      .selectFrom('meeting')
      .select(['id', 'state', 'text_kind'])
      .where('slug', '=', '2026-02-20-lansgemensam-ledning' as never)
      .executeTakeFirstOrThrow()
    expect(meeting).toMatchObject({ state: 'drafted', text_kind: 'wording' })
    const items = await db
      .selectFrom('agenda_item')
      .select(['number', 'title', 'body_text', 'state_text', 'text_kind'])
      .where('meeting_id', '=', meeting.id)
      .orderBy('position')
      .execute()
    expect(items.map(({ number }) => number).join(' ')).toBe('1 2 3 4 5 5a 5b 5c 6 7 7a 7b 7c 7d 8')
    expect(items.find(({ number }) => number === '4')?.title).toBe('Min egen rubrik')
    expect(items.find(({ number }) => number === '5b')).toMatchObject({
      state_text: 'Pågående arbete inom samordnande grupp Barn och unga',
      text_kind: 'wording',
    })
    expect(items.find(({ number }) => number === '8')?.body_text).toContain('tillsammans med protokollet.')
    const attendance = await db
      .selectFrom('attendance')
      .select(['capacity', 'organisation_id', 'on_behalf_text'])
      .where('meeting_id', '=', meeting.id)
      .execute()
    expect(attendance.filter(({ capacity }) => capacity === 'member')).toHaveLength(6)
    expect(attendance.filter(({ capacity }) => capacity === 'other')).toHaveLength(6)
    expect(attendance.filter(({ organisation_id }) => organisation_id === null)).toHaveLength(2)
    const links = await db
      .selectFrom('link')
      .innerJoin('agenda_item', 'agenda_item.id', 'link.agenda_item_id')
      .select(['agenda_item.number', 'link.label', 'link.url'])
      .where('agenda_item.meeting_id', '=', meeting.id)
      .orderBy('link.id')
      .execute()
    expect(links).toEqual([
      { number: '4', label: 'Bildspel', url: 'https://exempel.example/moten/' },
      { number: '4', label: expect.stringContaining('sida'), url: 'https://exempel.example/ledning' },
      { number: '4', label: 'här', url: 'https://exempel.example/statistik' },
      { number: '6', label: 'Bildspel', url: 'https://exempel.example/moten/' },
    ])
    const decisions = await db
      .selectFrom('decision')
      .innerJoin('effect', 'effect.decision_id', 'decision.id')
      .select(['effect.kind', 'decision.state', 'decision.clause_origin'])
      .where('decision.meeting_id', '=', meeting.id)
      .orderBy('decision.position')
      .execute()
    expect(decisions.map(({ kind }) => kind)).toEqual([
      'minutes_filed',
      'position',
      'indicator_set',
      'member_replaced',
      'member_replaced',
      'member_replaced',
    ])
    expect(decisions.every(({ state, clause_origin }) => state === 'proposed' && clause_origin === 'wording')).toBe(
      true,
    )
    const file = await db
      .selectFrom('attachment')
      .innerJoin('file', 'file.id', 'attachment.file_id')
      .select(['attachment.title', 'file.bytes', 'file.media_type'])
      .where('attachment.meeting_id', '=', meeting.id)
      .executeTakeFirstOrThrow()
    expect(file).toMatchObject({ title: 'Protokollet i original', media_type: 'text/plain' })
    expect(file.bytes.toString()).toBe(protocol)
    const visitor = as(app, null)
    expect((await visitor.get('/moten-och-protokoll/2026-02-20-lansgemensam-ledning')).body).not.toContain('Provstrand')
  })

  test('published, the effects stand in the registers', async () => {
    const work = '/arbetsyta/moten/2026-02-20-lansgemensam-ledning'
    const preview = await coordinator.get(`${work}/publicering`)
    const published = await coordinator.post(`${work}/publicering`, {
      sett: fieldIn(preview.body, 'sett'),
      utan_justering: 'Gammalt protokoll, justerat på papper',
    })
    expect(problemsIn(published.body)).toEqual([])
    expect(published.status).toBe(303)
    const sits = await db
      .selectFrom('membership')
      .innerJoin('person', 'person.id', 'membership.person_id')
      .innerJoin('body', 'body.id', 'membership.body_id')
      .select(['person.name', 'body.slug'])
      .where('person.name', 'in', ['Petra Provstrand', 'Simon Provberg', 'Rebecka af Prov'])
      .orderBy('person.name')
      .execute()
    expect(sits.map(({ name, slug }) => `${name}: ${slug}`)).toEqual([
      'Petra Provstrand: barn-och-unga',
      'Rebecka af Prov: barn-och-unga',
      'Simon Provberg: psykisk-halsa',
    ])
  })

  test('the same file again is known, and leads to its meeting', async () => {
    const again = await send({ name: 'annat-namn.txt', bytes: protocol })
    expect(again.location).toBe(`${address}?igen=ja`)
    const page = textOf((await coordinator.get(again.location)).body)
    expect(page).toContain('Filen har lästs in förut')
    expect(page).toContain('Ett möte är skapat av filen')
    expect((await coordinator.post(address, { version: '1', gor: 'skapa' })).status).toBe(409)
  })

  test('another file of the same meeting is told of, and makes no second one by itself', async () => {
    const other = await send(null, `${protocol}\n`)
    const page = await coordinator.get(other.location)
    expect(textOf(page.body)).toContain('Portalen har ett möte i samma organ samma dag')
    const fields = { ...formIn(page.body), nya_personer: 'ja', gor: 'skapa' }
    for (const id of ['5a-1', '5c-1'])
      if (`b-${id}-slag` in fields) Object.assign(fields, { [`b-${id}-slag`]: 'ingen' })
    const refused = await coordinator.post(other.location, fields)
    expect(refused.status).toBe(422)
    expect(textOf(refused.body)).toContain('finns redan. Kryssa i')
  })
})

describe('the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'protokoll-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'maj.txt')
  writeFileSync(file, protocol.replace('2026-02-20', '2026-01-20'))

  test('keeps what it read for the page, and says where', async () => {
    const outcome = await importProtocol(db, file, keepIn(db, 'http://localhost:3123'))
    const address = /http:\/\/localhost:3123(\S+)/.exec(outcome.lines.join('\n'))?.[1] ?? ''
    const page = await coordinator.get(address)
    expect(page.status).toBe(200)
    expect(formIn(page.body)).toMatchObject({ datum: '2026-01-20', 'rubrik-7d': expect.stringContaining('Byte') })
  })

  test('writes nothing when nothing is to be kept', async () => {
    const count = () => db.selectFrom('protocol_import').select('id').execute()
    const before = await count()
    writeFileSync(file, protocol.replace('2026-02-20', '2026-01-21'))
    expect((await importProtocol(db, file)).lines.join('\n')).toContain('Inget är sparat')
    expect(await count()).toEqual(before)
  })
})

describe('who may', () => {
  test('the coordinator of another body does not see it, nor a member', async () => {
    const { location } = await send({ name: 'a.txt', bytes: protocol.replace('Välkomna', 'Hej') })
    expect((await as(app, 'aldre').get(location)).status).toBe(403)
    expect((await as(app, 'ledamot').get('/arbetsyta/protokoll/nytt')).status).toBe(403)
  })
})

describe('bad input', () => {
  test('a text with a personal identity number is refused, and its words are not shown', async () => {
    const refused = await send(null, `${protocol}\n19121212-1212`)
    expect(refused.status).toBe(422)
    expect(refused.body).not.toContain('1212')
    expect(textOf(refused.body)).toContain('ser ut som ett personnummer')
  })

  test('a number that is typed in a correction reaches neither database nor page', async () => {
    const { location } = await send({ name: 'b.txt', bytes: protocol.replace('Välkomna', 'Hallå') })
    const page = await coordinator.get(location)
    const refused = await coordinator.post(location, { ...formIn(page.body), 'text-1': '19121212-1212', gor: 'spara' })
    expect(refused.status).toBe(422)
    expect(refused.body).not.toContain('19121212-1212')
    const rows = await db.selectFrom('protocol_import').select('typed').execute()
    expect(JSON.stringify(rows)).not.toContain('19121212')
  })

  test.each([
    ['nothing', null, '', 'Välj en fil eller klistra in'],
    ['an empty file', { name: 'a.pdf', bytes: '' }, '', 'Filen är tom'],
    ['a text that is called a PDF', { name: 'a.pdf', bytes: 'Protokoll' }, '', 'inte vad dess namn säger'],
    ['a program', { name: 'a.txt', bytes: new Uint8Array([77, 90, 0, 1, 2, 0, 0]) }, '', 'varken PDF, Word'],
    ['a broken PDF', { name: 'a.pdf', bytes: '%PDF-1.7 nothing' }, '', 'går inte att läsa'],
    ['more than 25 MB', { name: 'a.pdf', bytes: new Uint8Array(26_300_000) }, '', 'större än 25 MB'],
    ['both', { name: 'a.txt', bytes: 'Protokoll' }, 'Klistrad text', 'inte båda'],
  ])('%s is refused', async (_name, file, text, why) => {
    const refused = await send(file, text)
    expect(refused.status).toBe(422)
    expect(textOf(refused.body)).toContain(why)
    if (text !== '') expect(refused.body).toContain(text)
  })

  test('a file from before files were looked through makes no meeting when there is a number in it', async () => {
    const { location } = await send({ name: 'c.txt', bytes: protocol.replace('2026-02-20', '2026-01-19') })
    const owner = openAsOwner(db)
    await owner
      .updateTable('protocol_import')
      .set({ bytes: smallPdf('Rör 19121212-1212') })
      .where('id', '=', Number(location.split('/').at(-1)))
      .execute()
      .finally(() => owner.destroy())
    const fields = formIn((await coordinator.get(location)).body)
    const none = Object.keys(fields).filter((name) => /^b-.*-slag$/.test(name))
    const refused = await coordinator.post(location, {
      ...fields,
      ...Object.fromEntries(none.map((name) => [name, 'ingen'])),
      nya_personer: 'ja',
      'rubrik-4': 'Min egen rubrik',
      gor: 'skapa',
    })
    expect(refused.status).toBe(422)
    expect(problemsIn(refused.body)).toEqual([
      expect.stringMatching(/ser ut som ett personnummer, på sidan 1\. .*läs in den på nytt/),
    ])
    expect(fieldIn(refused.body, 'rubrik-4')).toBe('Min egen rubrik')
    expect(refused.body).not.toContain('19121212')
    const made = await db.selectFrom('meeting').select('id').where('held_on', '=', '2026-01-19').execute()
    expect(made).toEqual([])
    // As it says: taken away, and read in anew, it is looked through.
    expect((await coordinator.post(`${location}/ta-bort`, {})).status).toBe(303)
  })

  test('a text of another layout has its headings as items, and no decisions', async () => {
    const { location } = await send(
      null,
      'Rapport om våren\n\nVi beslutar att köpa en bil.\n\nMer om våren\n\nDet regnar.',
    )
    const { body } = await coordinator.get(location)
    // What is to be checked is listed, one thing a line.
    expect(body).toMatch(/Kontrollera<\/p>\s*<ul>\s*<li>Filen har inte protokollets form[^<]*<\/li>/)
    const fields = formIn(body)
    expect(Object.keys(fields).filter((name) => name.startsWith('b-'))).toEqual([])
    expect(fields['rubrik-1']).toBe('Rapport om våren')
    const refused = await coordinator.post(location, { ...fields, gor: 'skapa' })
    expect(refused.status).toBe(422)
    expect(textOf(refused.body)).toContain('Välj vilket organ som höll mötet')
  })
})
