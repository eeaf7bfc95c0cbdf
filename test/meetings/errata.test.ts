import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyChain } from '../../src/audit/verify.ts'
import { day } from '../../src/kernel/dates.ts'
import { kalmarDatabase } from '../support/database.ts'
import { readPage } from '../support/html.ts'
import { as, fieldIn, startWorkspace, textOf } from '../support/workspace.ts'
import { decide, publish, type Written, writeMeeting, writeTexts } from '../support/written-meeting.ts'

const db = await kalmarDatabase()
const app = await startWorkspace(db, day('2026-03-10'))
afterAll(() => app.close())
const coordinator = as(app, 'samordnare')
const colleague = as(app, 'kollega')
const administrator = as(app, 'administrator')
const anyone = as(app, null)

let meeting: Written
let errata = ''
let filing = ''

beforeAll(async () => {
  meeting = await writeMeeting(
    coordinator,
    '2026-03-06',
    '1. Välkomna\n2. Lägesrapport om Provköping\n3. Föregående protokoll (beslut)\n4. Uppdrag (beslut)',
  )
  await writeTexts(coordinator, meeting, {
    1: { text: 'Ordföranden hälsade alla välkomna till Provsalen.' },
    2: {
      text: 'Arbetet i Provköping har **Hemliga Hemligsson** som ansvarig.\n\nDet blir klart i maj.',
      status: 'Hemliga Hemligsson återkommer',
      foredragning: 'Hemliga Hemligsson, konsult',
    },
  })
  filing = await decide(coordinator, meeting, '3', {
    slag: 'position',
    rubrik: 'Samtal med Hemliga Hemligsson',
    text: 'Ledningen ser positivt på samtalet med Hemliga Hemligsson.',
  })
  await decide(coordinator, meeting, '4', {
    slag: 'assignment_given',
    rubrik: 'Uppdrag om samtal',
    uppdrag: 'tala med Hemliga Hemligsson om Provköping',
    till: 'b:beredningen',
  })
  await publish(coordinator, meeting)
  errata = `${meeting.work}/rattelser`
})

const versions = () => db.selectFrom('minutes_version').selectAll().orderBy('number').execute()
const valid = (html: string) => expect(readPage(html).invalid).toEqual([])

describe('published minutes are mended in the open', () => {
  test('the workbench leads to the errata, which are nobody else’s', async () => {
    expect((await coordinator.get(meeting.work)).body).toContain(`href="${errata}"`)
    expect((await as(app, 'ledamot').get(errata)).status).toBe(403)
    expect((await as(app, 'aldre').post(errata, { slag: 'erratum', anteckning: 'Nej' })).status).toBe(403)
    expect((await coordinator.get(`${errata}/mask`)).status).toBe(403)
    valid((await coordinator.get(errata)).body)
  })

  test('a form that lacks what it needs keeps what was typed and writes nothing', async () => {
    const refused = await coordinator.post(`${errata}?punkt=2`, { anteckning: '', text: 'En ny text' })
    expect(refused.status).toBe(422)
    expect(refused.body).toContain('href="#anteckning"')
    expect(refused.body).toContain('En ny text')
    valid(refused.body)
    expect(await versions()).toHaveLength(1)
  })

  test('what happened after the meeting is shown with its day, and the words stand', async () => {
    const page = await coordinator.get(`${errata}?punkt=1`)
    const sent = {
      sett: fieldIn(page.body, 'sett'),
      slag: 'after_meeting',
      anteckning: 'Salen har bytt namn.',
      text: 'En annan text',
    }
    const refused = await coordinator.post(`${errata}?punkt=1`, sent)
    expect(refused.status).toBe(422)
    expect(textOf(refused.body)).toContain('ändrar inte protokollets text')
    const text = 'Ordföranden hälsade alla välkomna till Provsalen.'
    expect((await coordinator.post(`${errata}?punkt=1`, { ...sent, text })).status).toBe(303)
    const shown = textOf((await anyone.get(meeting.publicPath)).body)
    expect(shown).toContain('Efter mötet 10 mars 2026 (samordnare) Salen har bytt namn.')
    expect(await versions()).toHaveLength(2)
  })

  test('an erratum changes the words in a new frozen version, and the old one can be read with the differences', async () => {
    const page = await coordinator.get(`${errata}?punkt=2`)
    const sent = {
      sett: fieldIn(page.body, 'sett'),
      slag: 'erratum',
      anteckning: 'Rätt månad är juni.',
      text: 'Arbetet i Provköping har **Hemliga Hemligsson** som ansvarig.\n\nDet blir klart i juni.',
    }
    const done = await coordinator.post(`${errata}?punkt=2`, sent)
    expect(done.location).toBe(`${errata}?punkt=2&sparat=3`)
    const shown = textOf((await anyone.get(meeting.publicPath)).body)
    expect(shown).toContain('Det blir klart i juni.')
    expect(shown).toContain('Rättelse 10 mars 2026 (samordnare) Rätt månad är juni.')
    const [first, second, third] = await versions()
    expect(third?.previous_sha256).toEqual(second?.sha256)
    expect(second?.previous_sha256).toEqual(first?.sha256)
    expect(shown).toContain(third?.sha256.toString('hex'))
    const all = await anyone.get(`${meeting.publicPath}/versioner`)
    valid(all.body)
    expect(all.body).toMatch(/<del><span[^>]*>Borttaget: <\/span>maj/)
    expect(all.body).toMatch(/<ins><span[^>]*>Tillagt: <\/span>juni/)
    expect(textOf((await anyone.get(`${meeting.publicPath}/versioner/1`)).body)).toContain('Det blir klart i maj.')
    const text = await anyone.get(`${meeting.publicPath}/versioner/3/text`)
    expect(createHash('sha256').update(text.body, 'utf8').digest('hex')).toBe(third?.sha256.toString('hex'))
  })

  test('two who mend one item: the second sees both texts, and saving again is a choice', async () => {
    const mine = await coordinator.get(`${errata}?punkt=1`)
    const theirs = await colleague.get(`${errata}?punkt=1`)
    const note = { slag: 'erratum', anteckning: 'Det var någon annan.' }
    const first = { ...note, sett: fieldIn(mine.body, 'sett'), text: 'Den enas ord.' }
    expect((await coordinator.post(`${errata}?punkt=1`, first)).status).toBe(303)
    const second = { ...note, sett: fieldIn(theirs.body, 'sett'), text: 'Den andras ord.' }
    const late = await colleague.post(`${errata}?punkt=1`, second)
    expect(late.status).toBe(409)
    expect(textOf(late.body)).toContain('Den enas ord.')
    expect(textOf(late.body)).toContain('Den andras ord.')
    valid(late.body)
    const again = await colleague.post(`${errata}?punkt=1`, { ...second, sett: fieldIn(late.body, 'sett') })
    expect(again.status).toBe(303)
    expect(textOf((await anyone.get(meeting.publicPath)).body)).toContain('Den andras ord.')
  })

  test('the words of a decision are mended on the decision’s page too', async () => {
    const page = await coordinator.get(`${errata}?punkt=3`)
    const name = /name="(beslut-\d+)"/.exec(page.body)?.[1] ?? ''
    const note = { sett: fieldIn(page.body, 'sett'), slag: 'erratum', anteckning: 'Ordet mycket fattades.', text: '' }
    expect((await coordinator.post(`${errata}?punkt=3`, { ...note, [name]: '' })).status).toBe(422)
    const clause = 'Ledningen ser mycket positivt på samtalet med Hemliga Hemligsson.'
    expect((await coordinator.post(`${errata}?punkt=3`, { ...note, [name]: clause })).status).toBe(303)
    const decision = await db
      .selectFrom('decision')
      .select('slug')
      .where('title', '=', 'Samtal med Hemliga Hemligsson' as never)
      .executeTakeFirstOrThrow()
    filing = `/beslut/${decision.slug}`
    expect(textOf((await anyone.get(filing)).body)).toContain(clause)
  })

  test('the tables refuse a silent edit', async () => {
    const update = db
      .updateTable('agenda_item')
      .set({ body_text: 'Tyst ändrat' })
      .where('number', '=', '1')
      .where(
        'meeting_id',
        '=',
        db
          .selectFrom('meeting')
          .select('id')
          .where('slug', '=', meeting.slug as never),
      )
    await expect(update.execute()).rejects.toThrow('the minutes are published')
  })
})

describe('a mask', () => {
  const words = 'Hemliga Hemligsson'

  test('is an administrator’s, with a reason that does not tell what is masked', async () => {
    const mask = `${errata}/mask`
    valid((await administrator.get(mask)).body)
    expect((await coordinator.post(mask, { ord: words, skal: 'Sekretess' })).status).toBe(403)
    const missing = await administrator.post(mask, { ord: words, skal: '' })
    expect(missing.status).toBe(422)
    expect(missing.body).toContain('href="#skal"')
    const elsewhere = await administrator.post(mask, { ord: 'Står Ingenstans', skal: 'Sekretess' })
    expect(textOf(elsewhere.body)).toContain('Orden står inte så i protokollet.')
    const told = await administrator.post(mask, { ord: words, skal: `Om ${words}`, bekrafta: 'ja' })
    expect(told.status).toBe(422)
    const asked = await administrator.post(mask, { ord: words, skal: 'Personuppgift av misstag' })
    expect(asked.status).toBe(200)
    expect(textOf(asked.body)).toMatch(/Orden står på \d+ ställen/)
    expect(await db.selectFrom('minutes_mask').selectAll().execute()).toEqual([])
    const done = await administrator.post(mask, { ord: words, skal: 'Personuppgift av misstag', bekrafta: 'ja' })
    expect(done.location).toBe(`${errata}?sparat=ja`)
    expect((await administrator.post(mask, { ord: words, skal: 'Igen', bekrafta: 'ja' })).status).toBe(422)
  })

  test('is seen on every page that had the words, and the words on none', async () => {
    const id = (await versions()).length
    const addresses = [
      meeting.publicPath,
      ...[1, 2, 3, 4].map((number) => `${meeting.publicPath}/punkt/${number}`),
      `${meeting.publicPath}/versioner`,
      ...Array.from({ length: id }, (_, place) => `${meeting.publicPath}/versioner/${place + 1}`),
      ...Array.from({ length: id }, (_, place) => `${meeting.publicPath}/versioner/${place + 1}/text`),
      filing,
      '/',
      '/beslut',
      '/moten-och-protokoll',
      '/uppfoljning',
      '/arenden',
      '/grupper/lansgemensam-ledning',
      '/sok?q=Provk%C3%B6ping',
      '/sitemap.xml',
    ]
    for (const address of addresses) {
      const { body } = await anyone.get(address)
      expect([address, /Hemlig/.test(body)]).toEqual([address, false])
    }
    const page = textOf((await anyone.get(meeting.publicPath)).body)
    expect(page).toContain('[maskerat]')
    expect(page).toContain('Ord är maskerade i hela protokollet (Personuppgift av misstag).')
    valid((await anyone.get(`${meeting.publicPath}/versioner/1`)).body)
  })

  test('leaves both chains whole, and the newest version’s checksum is of what readers get', async () => {
    const all = await versions()
    for (const [place, version] of all.entries()) {
      expect(createHash('sha256').update(version.content_text, 'utf8').digest()).toEqual(version.sha256)
      expect(version.previous_sha256).toEqual(all[place - 1]?.sha256 ?? null)
    }
    expect((await verifyChain(db)).breaks).toEqual([])
    const last = all.at(-1)
    const text = await anyone.get(`${meeting.publicPath}/versioner/${last?.number}/text`)
    expect(createHash('sha256').update(text.body, 'utf8').digest('hex')).toBe(last?.sha256.toString('hex'))
    expect((await anyone.get(`${meeting.publicPath}/versioner/1/text`)).status).toBe(404)
  })

  test('covers the log, in its pages and its file', async () => {
    for (const address of [`/historik/meeting/${meeting.slug}`, '/logg?handelse=effect', '/logg.csv']) {
      const { status, body } = await administrator.get(address)
      expect(status).toBe(200)
      expect([address, /Hemlig/.test(body)]).toEqual([address, false])
    }
    expect((await administrator.get(`/historik/meeting/${meeting.slug}`)).body).toContain('Maskerade ord i protokollet')
  })

  test('is not written over, and not taken away', async () => {
    const page = await coordinator.get(`${errata}?punkt=2`)
    expect(page.body).not.toContain('Hemlig')
    const note = { sett: fieldIn(page.body, 'sett'), slag: 'erratum', anteckning: `Det var hemliga  hemligsson.` }
    const refused = await coordinator.post(`${errata}?punkt=2`, { ...note, text: '' })
    expect(refused.status).toBe(422)
    await expect(sql`delete from minutes_mask`.execute(db)).rejects.toThrow()
  })
})

test('a meeting that is not published has no errata yet', async () => {
  const other = await writeMeeting(coordinator, '2026-02-06', '1. Välkomna')
  expect((await coordinator.get(`${other.work}/rattelser`)).status).toBe(409)
  expect((await administrator.post(`${other.work}/rattelser/mask`, { ord: 'Välkomna', skal: 'Prov' })).status).toBe(409)
})
