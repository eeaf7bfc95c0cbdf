import { strFromU8, unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lettersOf } from '../../src/app.ts'
import { change } from '../../src/audit/work.ts'
import { day } from '../../src/kernel/dates.ts'
import { type Letter, sendWaiting } from '../../src/mail/letters.ts'
import { account, get, post, sessionCookie } from '../support/accounts.ts'
import { startApp, testConfig } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { readPage } from '../support/html.ts'
import { testCoordinator } from '../support/ledger.ts'
import { smallPdf } from '../support/pdf.ts'

const db = await kalmarDatabase()
const app = await startApp({ db, today: day('2026-02-10') })
// The same database on other days.
const dayBefore = await startApp({ db, today: day('2026-03-12') })
const meetingDay = await startApp({ db, today: day('2026-03-13') })
afterAll(() => Promise.all([app, dayBefore, meetingDay].map((one) => one.close())))

const at = '/arbetsyta/moten'
const first = '2026-03-06-lansgemensam-ledning'
const moved = '2026-03-13-lansgemensam-ledning'

let coordinator = ''
let elsewhere = ''
let member = ''
const letters: Letter[] = []

beforeAll(async () => {
  coordinator = await sessionCookie(db, (await account(db, ['coordinator of lansgemensam-ledning'])).id)
  elsewhere = await sessionCookie(db, (await account(db, ['coordinator of aldre'])).id)
  const one = await account(db, ['member of lansgemensam-ledning'], {
    name: 'Ledamot Testsson',
    email: 'ledamot@test.example',
  })
  member = await sessionCookie(db, one.id)
})

const by = (cookie: string) => ({ cookie })
const send = (url: string, fields: Record<string, string> = {}, cookie = coordinator) =>
  post(app, url, fields, by(cookie))
const locationOf = (answer: { headers: Record<string, unknown> }) => String(answer.headers.location)

async function mail(): Promise<Letter[]> {
  letters.length = 0
  await sendWaiting(
    db,
    lettersOf(testConfig()),
    async (letter) => {
      letters.push(letter)
    },
    (_kind, error) => {
      throw error
    },
  )
  return letters
}

const agendaText = async () => {
  const items = await db
    .selectFrom('agenda_item')
    .innerJoin('meeting', 'meeting.id', 'agenda_item.meeting_id')
    .select(['agenda_item.number', 'agenda_item.title'])
    .where('meeting.slug', 'in', [first, moved] as never[])
    .orderBy('agenda_item.position')
    .execute()
  return items.map(({ number, title }) => `${number} ${title}`)
}

const valid = (html: string) => expect(readPage(html).invalid).toEqual([])

describe('a meeting, from the proposal to the day it is held', () => {
  test('the start page says what the next meeting should take up', async () => {
    const page = await get(app, '/arbetsyta', coordinator)
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('Protokoll från 12 december 2025')
    valid(page.body)
  })

  test('the start page leads to every part of the workspace that the coordinator may enter', async () => {
    const partsFor = async (cookie: string) => {
      const nav = /<nav aria-label="Mer i arbetsytan">.*?<\/nav>/s.exec(
        (await get(app, '/arbetsyta', cookie)).body,
      )?.[0]
      return [...(nav ?? '').matchAll(/href="([^"]+)"/g)].map(([, path = '']) => path)
    }
    for (const cookie of [coordinator, elsewhere]) {
      const parts = await partsFor(cookie)
      expect(parts).toContain('/arbetsyta/register')
      expect(parts.includes('/arbetsyta/nyhetsbrev')).toBe(cookie === coordinator)
      for (const part of parts) expect([part, (await get(app, part, cookie)).statusCode]).toEqual([part, 200])
    }
  })

  test('a form that lacks the day keeps what was typed', async () => {
    valid((await get(app, `${at}/nytt`, coordinator)).body)
    const answer = await send(`${at}/nytt`, {
      grupp: 'lansgemensam-ledning',
      plats: 'Testsalen',
      utgangspunkt: 'forslag',
    })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('Testsalen')
    expect(answer.body).toContain('href="#datum"')
  })

  test('it is made from what the registers say, which can be chosen among', async () => {
    const made = await send(`${at}/nytt`, {
      grupp: 'lansgemensam-ledning',
      datum: '2026-03-06',
      start: '10.00',
      slut: '12:00',
      plats: 'Testsalen',
      videolank: 'https://video.example/rum',
      utgangspunkt: 'forslag',
    })
    expect(locationOf(made)).toBe(`${at}/${first}/dagordning/forslag`)
    const page = await get(app, `${at}/${first}/dagordning/forslag`, coordinator)
    valid(page.body)
    const minutes = /value="(minutes-\d+)" checked/.exec(page.body)?.[1] ?? ''
    const milestones = [...page.body.matchAll(/value="(milestone-\d+)"/g)].map(([, key = '']) => key).slice(0, 2)
    const body = new URLSearchParams([minutes, ...milestones].map((key) => ['punkt', key] as [string, string]))
    const answer = await app.inject({
      method: 'POST',
      url: `${at}/${first}/dagordning/forslag`,
      headers: { cookie: coordinator, 'content-type': 'application/x-www-form-urlencoded' },
      payload: body.toString(),
    })
    expect(answer.statusCode).toBe(303)
    expect((await agendaText()).map((line) => line.split(' ')[0])).toEqual(['1', '2', '3', '3a', '3b'])
  })

  test('items change places by buttons, and the numbers follow', async () => {
    expect((await send(`${at}/${first}/dagordning`, { upp: '3b' })).statusCode).toBe(303)
    expect((await send(`${at}/${first}/dagordning`, { upp: '3' })).statusCode).toBe(303)
    const agenda = await agendaText()
    expect(agenda[1]).toBe('2 Läget i handlingsplanerna')
    expect(agenda[4]).toBe('3 Protokoll från 12 december 2025')
    valid((await get(app, `${at}/${first}/dagordning`, coordinator)).body)
  })

  test('an item that is dragged takes the place of another, and half an order is refused', async () => {
    expect((await send(`${at}/${first}/dagordning`, { flytta: '3', till: '1' })).statusCode).toBe(303)
    expect((await agendaText())[0]).toBe('1 Protokoll från 12 december 2025')
    expect((await send(`${at}/${first}/dagordning`, { flytta: '1' })).statusCode).toBe(422)
    expect((await send(`${at}/${first}/dagordning`, { flytta: '1', till: '99' })).statusCode).toBe(404)
    expect((await send(`${at}/${first}/dagordning`, { flytta: '1', till: '3' })).statusCode).toBe(303)
    expect((await agendaText())[4]).toBe('3 Protokoll från 12 december 2025')
  })

  test('an item has presenters from the register and others, a matter, a document and a link', async () => {
    valid((await get(app, `${at}/${first}/dagordning/punkter/ny`, coordinator)).body)
    const answer = await send(`${at}/${first}/dagordning/punkter/ny`, {
      rubrik: 'Utskrivningsklara dagar',
      typ: 'information',
      bakgrund: 'Läget efter årsskiftet.',
      'foredragare-1': 'Lena Vilander Hamnert',
      'foredragare-2': 'Nyman Påhittad',
      'organisation-2': 'Okända bolaget',
      registrera: 'ja',
      'arende-1': 'utskrivningsklara-dagar',
      'lankadress-1': 'https://exempel.se/bildspel',
    })
    expect(answer.statusCode).toBe(303)
    const presenters = await db
      .selectFrom('agenda_item_presenter')
      .innerJoin('person', 'person.id', 'agenda_item_presenter.person_id')
      .innerJoin('agenda_item', 'agenda_item.id', 'agenda_item_presenter.agenda_item_id')
      .innerJoin('meeting', 'meeting.id', 'agenda_item.meeting_id')
      .select(['person.name', 'agenda_item_presenter.title'])
      .where('meeting.slug', '=', first as never)
      .orderBy('agenda_item_presenter.position')
      .execute()
    expect(presenters).toEqual([
      { name: 'Lena Vilander Hamnert', title: null },
      { name: 'Nyman Påhittad', title: 'Okända bolaget' },
    ])
  })

  test('a link without its protocol is refused at its own field', async () => {
    const answer = await send(`${at}/${first}/dagordning/punkter/ny`, {
      rubrik: 'Med länk',
      typ: 'information',
      'lankadress-1': 'exempel.se',
    })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('href="#lankadress-1"')
  })

  test('two who edit one item: the second sees both texts, and saving again is a choice', async () => {
    const url = `${at}/${first}/dagordning/punkter/3`
    const version = /name="version" value="(\d+)"/.exec((await get(app, url, coordinator)).body)?.[1] ?? ''
    expect((await send(url, { rubrik: 'Protokoll, den enas', typ: 'decision', version })).statusCode).toBe(303)
    const late = await send(url, { rubrik: 'Protokoll, den andras', typ: 'decision', version })
    expect(late.statusCode).toBe(409)
    expect(late.body).toContain('Någon annan har sparat')
    expect(late.body).toContain('Protokoll, den enas')
    expect(late.body).toContain('value="Protokoll, den andras"')
    valid(late.body)
    const newer = /name="version" value="(\d+)"/.exec(late.body)?.[1] ?? ''
    expect((await send(url, { rubrik: 'Protokoll, den andras', typ: 'decision', version: newer })).statusCode).toBe(303)
  })

  test('the planned meeting is nobody else’s business', async () => {
    expect((await get(app, `/moten-och-protokoll/${first}`)).statusCode).toBe(404)
    expect((await get(app, `/moten-och-protokoll/${first}/handlingar.zip`, member)).statusCode).toBe(404)
  })

  test('moved, it has a new address, and the old one leads there', async () => {
    const page = await get(app, `${at}/${first}/uppgifter`, coordinator)
    valid(page.body)
    const version = /name="version" value="(\d+)"/.exec(page.body)?.[1] ?? ''
    const answer = await send(`${at}/${first}/uppgifter`, {
      version,
      datum: '2026-03-13',
      start: '10:00',
      slut: '12:00',
      plats: 'Testsalen',
      videolank: 'https://video.example/rum',
    })
    expect(locationOf(answer)).toBe(`${at}/${moved}`)
    const old = await get(app, `${at}/${first}`, coordinator)
    expect([old.statusCode, locationOf(old)]).toEqual([301, `${at}/${moved}`])
  })

  test('it ends after it begins', async () => {
    const answer = await send(`${at}/${moved}/uppgifter`, {
      version: '1',
      datum: '2026-03-13',
      start: '12',
      slut: '10',
    })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('href="#slut"')
  })

  test('files are what their content says, and only such as are kept', async () => {
    const page = await get(app, `${at}/${moved}/bilagor`, coordinator)
    valid(page.body)
    expect((await upload('elak.pdf', '<script>alert(1)</script>')).statusCode).toBe(422)
    expect((await upload('underlag.exe', '%PDF-1.7 påhittad', '3')).statusCode).toBe(303)
    expect((await upload('hela.pdf', '%PDF-1.7 hela mötet')).statusCode).toBe(303)
    const files = await db.selectFrom('attachment').select(['file_name', 'title']).orderBy('id').execute()
    expect(files.map(({ file_name }) => file_name)).toEqual(['underlag.pdf', 'hela.pdf'])
  })

  test('a file with somebody’s personal identity number in it is refused, and nothing of it is kept', async () => {
    const before = await db.selectFrom('file').select('id').execute()
    const answer = await upload('utredning.pdf', smallPdf('Utredning om 19121212-1212').toString('latin1'), '3')
    expect(answer.statusCode).toBe(422)
    valid(answer.body)
    expect(answer.body).toContain('utredning.pdf: Filen innehåller något som ser ut som ett personnummer, på sidan 1.')
    expect(answer.body).toMatch(/<option value="3" selected>/)
    expect(answer.body).not.toContain('1212-1212')
    expect(await db.selectFrom('file').select('id').execute()).toEqual(before)
  })

  test('the recipients are listed before anything is sent, also those without an address', async () => {
    const page = await get(app, `${at}/${moved}/kallelse`, coordinator)
    valid(page.body)
    expect(page.body).toContain('Ledamot Testsson')
    expect(page.body).not.toContain('ledamot@test.example')
    expect(await mail()).toEqual([])
  })

  test('called, the members get a letter with a calendar file, and the agenda is public but not its attachments', async () => {
    expect((await send(`${at}/${moved}/kallelse`)).statusCode).toBe(303)
    const [letter, ...others] = await mail()
    expect(others).toEqual([])
    expect(letter?.to).toBe('ledamot@test.example')
    expect(letter?.text).toContain('fredag 13 mars 2026 kl. 10.00–12.00')
    // Ten o'clock in Kalmar in winter.
    expect(letter?.calendar?.content).toContain('DTSTART;TZID=Europe/Stockholm:20260313T100000')
    expect(letter?.calendar?.content).toContain('DTEND;TZID=Europe/Stockholm:20260313T120000')
    const page = await get(app, `/moten-och-protokoll/${moved}`)
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('Läget efter årsskiftet.')
    expect(page.body).not.toContain('underlag')
    expect(page.body).not.toContain('video.example')
    valid(page.body)
    expect((await get(app, `/moten-och-protokoll/${first}`)).statusCode).toBe(301)
    const mine = await get(app, `/moten-och-protokoll/${moved}`, member)
    expect(mine.body).toContain('underlag')
    expect(mine.body).toContain('video.example')
    expect(mine.headers['cache-control']).toBe('private, no-store')
    valid(mine.body)
  })

  test('an attachment is saved, never opened, and only by those who may read it', async () => {
    const { id } = await db.selectFrom('attachment').select('id').orderBy('id').limit(1).executeTakeFirstOrThrow()
    expect((await get(app, `/filer/${id}/underlag.pdf`)).statusCode).toBe(404)
    const file = await get(app, `/filer/${id}/underlag.pdf`, member)
    expect(file.statusCode).toBe(200)
    expect(file.headers['content-disposition']).toBe("attachment; filename*=UTF-8''underlag.pdf")
    expect(file.headers['content-type']).toBe('application/pdf')
    expect(file.headers['content-security-policy']).toContain('sandbox')
    expect(file.headers['x-content-type-options']).toBe('nosniff')
    expect(file.headers['cache-control']).toBe('private, no-store')
  })

  test('agenda and attachments come in one file', async () => {
    const answer = await get(app, `/moten-och-protokoll/${moved}/handlingar.zip`, member)
    expect(answer.statusCode).toBe(200)
    const files = unzipSync(answer.rawPayload)
    expect(Object.keys(files)).toEqual(['dagordning.html', 'bilagor/1 hela.pdf', 'bilagor/2 punkt 3 underlag.pdf'])
    const agenda = strFromU8(files['dagordning.html'] ?? new Uint8Array())
    expect(agenda).toContain('<h2>3 Protokoll, den andras</h2>')
    expect(agenda).not.toContain('video.example')
    expect((await get(app, `/moten-och-protokoll/${moved}/handlingar.zip`)).statusCode).toBe(404)
  })

  test('a called agenda changes only with a reason, and readers see what, when and why', async () => {
    const without = await send(`${at}/${moved}/dagordning/punkter`, { rubrik: 'Ny fråga', typ: 'discussion' })
    expect(without.statusCode).toBe(422)
    expect(without.body).toContain('Skriv varför dagordningen ändras.')
    await send(`${at}/${moved}/dagordning/punkter`, { rubrik: 'Ny fråga', typ: 'discussion', varfor: 'Kom in sent' })
    const page = await get(app, `/moten-och-protokoll/${moved}`)
    expect(page.body).toMatch(/Dagordningen ändrades .* av samordnare: Ny punkt 5: Ny fråga\. Skäl: Kom in sent\./)
  })

  test('looking at the mailed link answers nothing; the answer can be changed until the meeting', async () => {
    await send(`${at}/${moved}/kallelse/igen`)
    const [letter] = await mail()
    expect(letter?.subject).toContain('Ändrad kallelse')
    expect(letter?.text).toContain('- Ny punkt 5: Ny fråga.')
    const link = /\/svara\/\S+/.exec(letter?.text ?? '')?.[0] ?? ''
    const page = await get(app, link)
    valid(page.body)
    expect(page.headers['cache-control']).toBe('private, no-store')
    expect(await replies()).toEqual([null])
    expect((await post(app, link, {})).statusCode).toBe(422)
    expect((await post(app, link, { svar: 'no' })).statusCode).toBe(303)
    expect((await post(app, link, { svar: 'substitute', ersattare: 'Ersättare Testsson' })).statusCode).toBe(303)
    expect(await replies()).toEqual(['substitute'])
    expect((await get(app, '/svara/fel')).statusCode).toBe(404)
    // Signed in the same answer is found, and changed.
    const own = await get(app, `/moten-och-protokoll/${moved}/svar`, member)
    expect(own.body).toContain('Ersättare Testsson')
    expect((await send(`/moten-och-protokoll/${moved}/svar`, { svar: 'yes' }, member)).statusCode).toBe(303)
    expect(await replies()).toEqual(['yes'])
    valid((await get(app, `${at}/${moved}`, coordinator)).body)
    valid((await get(app, `${at}/${moved}/kallelse`, coordinator)).body)
  })

  test('it is not held before its day, and then its minutes are next', async () => {
    const early = await post(dayBefore, `${at}/${moved}/hallet`, {}, by(coordinator))
    expect(early.statusCode).toBe(422)
    expect((await post(meetingDay, `${at}/${moved}/hallet`, {}, by(coordinator))).statusCode).toBe(303)
    const meeting = await db
      .selectFrom('meeting')
      .select('state')
      .where('slug', '=', moved as never)
      .executeTakeFirst()
    expect(meeting?.state).toBe('held')
    const late = await send(`/moten-och-protokoll/${moved}/svar`, { svar: 'no' }, member)
    expect(late.statusCode).toBe(422)
  })

  async function replies() {
    const rows = await db
      .selectFrom('invitation')
      .innerJoin('account', 'account.person_id', 'invitation.person_id')
      .select('reply')
      .execute()
    return rows.map(({ reply }) => reply)
  }

  function upload(name: string, content: string, item = '') {
    const boundary = 'testgrans'
    const payload = [
      `--${boundary}\r\ncontent-disposition: form-data; name="punkt"\r\n\r\n${item}\r\n`,
      `--${boundary}\r\ncontent-disposition: form-data; name="fil"; filename="${name}"\r\ncontent-type: application/pdf\r\n\r\n${content}\r\n`,
      `--${boundary}--\r\n`,
    ].join('')
    return app.inject({
      method: 'POST',
      url: `${at}/${moved}/bilagor`,
      headers: { cookie: coordinator, 'content-type': `multipart/form-data; boundary=${boundary}` },
      payload,
    })
  }
})

describe('short notice, cancelling and removing', () => {
  const soon = '2026-02-15-lansgemensam-ledning'

  test('a meeting within the notice is called with a reason, which those who ask can read', async () => {
    await send(`${at}/nytt`, { grupp: 'lansgemensam-ledning', datum: '2026-02-15', utgangspunkt: 'mall' })
    const refused = await send(`${at}/${soon}/kallelse`)
    expect(refused.statusCode).toBe(422)
    expect(refused.body).toContain('href="#kort_varsel"')
    expect((await send(`${at}/${soon}/kallelse`, { kort_varsel: 'Brådskande' })).statusCode).toBe(303)
    expect((await get(app, `${at}/${soon}`, coordinator)).body).toContain('Brådskande')
  })

  test('a called meeting whose time and place are not set says that they will be told', async () => {
    const page = (await get(app, `/moten-och-protokoll/${soon}`)).body
    expect(page.match(/meddelas senare/g)).toHaveLength(2)
    expect(page).not.toContain('framgår inte av underlaget')
  })

  test('a called meeting is not removed but cancelled, and those who were called are told', async () => {
    expect((await send(`${at}/${soon}/ta-bort`)).statusCode).toBe(422)
    expect((await send(`${at}/${soon}/stall-in`, { skal: '' })).statusCode).toBe(422)
    await mail()
    expect((await send(`${at}/${soon}/stall-in`, { skal: 'För få kan komma' })).statusCode).toBe(303)
    const [letter] = await mail()
    expect(letter?.text).toContain('För få kan komma')
    expect(letter?.calendar?.method).toBe('CANCEL')
    expect((await get(app, `/moten-och-protokoll/${soon}`)).body).toContain('För få kan komma')
  })

  test('a planned meeting is removed without a trace for readers', async () => {
    await send(`${at}/nytt`, { grupp: 'lansgemensam-ledning', datum: '2026-04-10', utgangspunkt: 'forra' })
    const slug = '2026-04-10-lansgemensam-ledning'
    expect((await send(`${at}/${slug}/ta-bort`)).statusCode).toBe(303)
    expect((await get(app, `${at}/${slug}`, coordinator)).statusCode).toBe(404)
  })

  test('an old meeting goes straight to its minutes', async () => {
    await send(`${at}/nytt`, { grupp: 'aldre', datum: '2025-09-01', utgangspunkt: 'tom' })
    const meeting = await db
      .selectFrom('meeting')
      .select('state')
      .where('slug', '=', '2025-09-01-aldre' as never)
      .executeTakeFirst()
    expect(meeting?.state).toBe('drafted')
  })
})

describe('proposals', () => {
  const propose = (rubrik: string) =>
    send('/forslag/nytt', { grupp: 'lansgemensam-ledning', rubrik, forslag: 'Vi behöver tala om det.' }, member)
  const idOfProposal = async (title: string) =>
    (await db.selectFrom('item_proposal').select('id').where('title', '=', title).executeTakeFirstOrThrow()).id

  test('a member proposes to a body of their own, and not to another', async () => {
    valid((await get(app, '/forslag/nytt', member)).body)
    expect((await propose('Testförslag ett')).statusCode).toBe(303)
    expect((await propose('Testförslag två')).statusCode).toBe(303)
    const wrong = await send('/forslag/nytt', { grupp: 'aldre', rubrik: 'Fel', forslag: 'Fel' }, member)
    expect(wrong.statusCode).toBe(403)
  })

  test('the coordinator takes one up on a meeting and declines the other with an answer, and the member is told', async () => {
    await send(`${at}/nytt`, { grupp: 'lansgemensam-ledning', datum: '2026-05-08', utgangspunkt: 'tom' })
    const [one, two] = [await idOfProposal('Testförslag ett'), await idOfProposal('Testförslag två')]
    valid((await get(app, `/arbetsyta/forslag/${one}`, coordinator)).body)
    valid((await get(app, '/arbetsyta/forslag', coordinator)).body)
    expect(
      (await send(`/arbetsyta/forslag/${one}/ta-upp`, { mote: '2026-05-08-lansgemensam-ledning' })).statusCode,
    ).toBe(303)
    expect((await send(`/arbetsyta/forslag/${two}/avboj`, { avbojt: '' })).statusCode).toBe(422)
    expect((await send(`/arbetsyta/forslag/${two}/avboj`, { avbojt: 'Hör till Äldre' })).statusCode).toBe(303)
    expect((await send(`/arbetsyta/forslag/${two}/avboj`, { avbojt: 'Igen' })).statusCode).toBe(422)
    const told = (await mail()).map(({ text }) => text).join('\n')
    expect(told).toContain('tas upp på Länsgemensam ledning 2026-05-08, punkt 1')
    expect(told).toContain('Svar: Hör till Äldre')
    const page = await get(app, '/forslag/nytt', member)
    expect(page.body).toContain('Hör till Äldre')
    valid(page.body)
  })

  test('a removed meeting gives its proposals back', async () => {
    await send(`${at}/2026-05-08-lansgemensam-ledning/ta-bort`)
    const proposal = await db
      .selectFrom('item_proposal')
      .select(['state', 'meeting_id'])
      .where('title', '=', 'Testförslag ett')
      .executeTakeFirst()
    expect(proposal).toEqual({ state: 'open', meeting_id: null })
  })
})

test('two coordinators who save what is usual at once: neither is refused, and one of them has the last word', async () => {
  await send(`${at}/nytt`, { grupp: 'lansgemensam-ledning', datum: '2026-07-03', utgangspunkt: 'mall' })
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => send(`${at}/2026-07-03-lansgemensam-ledning/dagordning/vanlig`, {})),
  )
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([303, 303, 303, 303, 303, 303])
})

describe('who may', () => {
  const planned = '2026-06-05-lansgemensam-ledning'
  const pages = [
    '',
    '/uppgifter',
    '/dagordning',
    '/dagordning/punkter/ny',
    '/dagordning/punkter/1',
    '/dagordning/forslag',
    '/kallelse',
    '/bilagor',
    '/stall-in',
  ]
  const acts = [
    '/uppgifter',
    '/dagordning',
    '/dagordning/punkter',
    '/dagordning/punkter/ny',
    '/dagordning/punkter/1',
    '/dagordning/forslag',
    '/dagordning/vanlig',
    '/kallelse',
    '/kallelse/igen',
    '/kallelse/svar',
    '/hallet',
    '/ta-bort',
    '/stall-in',
    '/bilagor/1/ta-bort',
  ]

  beforeAll(async () => {
    await send(`${at}/nytt`, { grupp: 'lansgemensam-ledning', datum: '2026-06-05', utgangspunkt: 'mall' })
  })

  test('a member is refused on every address of the workspace, as is the coordinator of another body', async () => {
    for (const cookie of [member, elsewhere]) {
      for (const page of pages) {
        expect([page, (await get(app, `${at}/${planned}${page}`, cookie)).statusCode]).toEqual([page, 403])
      }
      for (const act of acts) {
        expect([act, (await send(`${at}/${planned}${act}`, {}, cookie)).statusCode]).toEqual([act, 403])
      }
    }
    for (const page of ['/arbetsyta', `${at}/nytt`, '/arbetsyta/forslag']) {
      expect([page, (await get(app, page, member)).statusCode]).toEqual([page, 403])
    }
    expect((await send(`${at}/nytt`, {}, member)).statusCode).toBe(403)
  })

  test('whoever is not signed in is asked to, and gets nothing of the page', async () => {
    for (const page of pages) {
      const answer = await get(app, `${at}/${planned}${page}`)
      expect(answer.statusCode).not.toBe(200)
      expect(answer.body).not.toContain('Välkomna')
    }
  })

  test('the coordinator of another body makes no meeting for this one', async () => {
    const answer = await send(
      `${at}/nytt`,
      { grupp: 'lansgemensam-ledning', datum: '2026-07-01', utgangspunkt: 'tom' },
      elsewhere,
    )
    expect(answer.statusCode).toBe(403)
  })

  test('every page of the workspace is valid for the coordinator and says its own name', async () => {
    const titles = new Set<string>()
    for (const page of pages) {
      const answer = await get(app, `${at}/${planned}${page}`, coordinator)
      expect([page, answer.statusCode]).toEqual([page, 200])
      expect([page, readPage(answer.body).invalid]).toEqual([page, []])
      titles.add(/<title>(.*)<\/title>/.exec(answer.body)?.[1] ?? '')
    }
    expect(titles.size).toBe(pages.length)
  })
})

test('an attachment’s content is forgotten with the last meeting that holds it', async () => {
  const before = await db.selectFrom('file').select('id').execute()
  expect(before).toHaveLength(2)
  await change(db, testCoordinator, async (work) => {
    await work.trx.deleteFrom('attachment').where('title', '=', 'hela').execute()
    await work.record('attachment.removed', 'meeting/test')
  })
  expect(await db.selectFrom('file').select('id').execute()).toHaveLength(1)
})
