import { afterAll, describe, expect, test } from 'vitest'
import { planLetters } from '../../src/action-plans/letters.ts'
import { day } from '../../src/kernel/dates.ts'
import { type Letter, sendWaiting } from '../../src/mail/letters.ts'
import { account, get, post, sessionCookie } from '../support/accounts.ts'
import { startApp, testConfig } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { textOf } from '../support/text.ts'

const today = day('2026-02-02')
const db = await kalmarDatabase()
const app = await startApp({ db, today })
afterAll(() => app.close())

const round = '/arbetsyta/planer/aldre-2025-2026/uppfoljning'
const public_ = '/handlingsplaner/aldre-2025-2026'
const keeper = await account(db, ['coordinator of aldre'])
const cookie = await sessionCookie(db, keeper.id)
const send = (url: string, fields: Record<string, string>, who = cookie) => post(app, url, fields, { cookie: who })
const basics = { dag: '2026-02-02', rapporterat_av: 'Testa Testsson, utvecklingsledare' }
const mailed: Letter[] = []
async function mail() {
  mailed.length = 0
  await sendWaiting(
    db,
    planLetters(testConfig()),
    async (letter) => void mailed.push(letter),
    (_kind, error) => {
      throw error
    },
  )
  return mailed
}
const linkIn = (letter: Letter | undefined) => /\/rapportera\/[\w-]{43}/.exec(letter?.text ?? '')?.[0] ?? 'no link'

describe('a round of follow-up', () => {
  test('all activities stand on one page, and what is typed for some of them is public at once', async () => {
    const page = await get(app, round, cookie)
    expect(page.statusCode).toBe(200)
    expect(page.headers['cache-control']).toBe('private, no-store')
    expect(page.body.match(/name="text_a\d+"/g)).toHaveLength(16)
    const saved = await send(round, {
      ...basics,
      lage_a1: 'active',
      text_a1: 'Arbetsgruppen har börjat.',
      text_a3: 'Vi väntar på siffror.',
      lage_f1: 'preparing',
    })
    expect(saved.headers.location).toBe(`${round}?sparat=3`)
    const shown = textOf((await get(app, public_)).body)
    expect(shown).toContain('Arbetsgruppen har börjat.')
    expect(shown).toContain('Testa Testsson, utvecklingsledare')
    expect(shown).toContain('Senaste uppföljningen är från 2 februari 2026.')
    expect(textOf((await get(app, '/uppfoljning?lage=utan-uppfoljning', cookie)).body)).not.toContain('HP4-F1')
    const { details } = await db
      .selectFrom('audit_event')
      .select('details')
      .where('act', '=', 'plan.followed-up')
      .executeTakeFirstOrThrow()
    expect(details).toMatchObject({
      notes: [{}, { part: 'HP4-A01', before: { state: null }, after: { state: 'active' } }, {}],
    })
  })

  test('the same form sent twice makes no second note, and two who write at once both stand', async () => {
    await send(round, { ...basics, lage_a2: 'active', text_a2: 'Första.' })
    expect((await send(round, { ...basics, lage_a2: 'active', text_a2: 'Första.' })).headers.location).toContain(
      'sparat=0',
    )
    await send(round, { ...basics, rapporterat_av: 'Prova Provsson', text_a2: 'Andra.' })
    const shown = textOf((await get(app, public_)).body)
    expect(shown).toContain('Första.')
    expect(shown).toContain('Andra.')
  })

  test('what was typed stays when something is wrong', async () => {
    const answer = await send(round, { ...basics, dag: '2026-02-03', text_a4: 'Ska inte försvinna.' })
    expect(answer.statusCode).toBe(422)
    expect(answer.body).toContain('Ska inte försvinna.')
    expect(answer.body).toContain('Dagen ligger i framtiden')
    const nameless = await send(round, { ...basics, rapporterat_av: ' ', text_a4: 'Kvar.' })
    expect(nameless.statusCode).toBe(422)
    expect(nameless.body).toContain('href="#rapporterat_av"')
    expect((await send(round, basics)).statusCode).toBe(422)
    expect((await send(round, { ...basics, lage_a4: 'galet' })).statusCode).toBe(422)
  })

  test('a note is mended by whoever keeps the plan; of two menders the second sees both texts', async () => {
    await send(round, { ...basics, text_a5: 'Stavfle.' })
    const { id } = await db
      .selectFrom('follow_up')
      .select('id')
      .where('note', '=', 'Stavfle.' as never)
      .executeTakeFirstOrThrow()
    const path = `/arbetsyta/planer/aldre-2025-2026/anteckningar/${id}`
    const form = { ...basics, version: '1', lage: '', text: 'Stavfel.' }
    expect((await send(path, form)).statusCode).toBe(303)
    const late = await send(path, { ...form, text: 'Något annat.' })
    expect(late.statusCode).toBe(409)
    expect(textOf(late.body)).toContain('Text Något annat. Stavfel.')
    expect(late.body).toContain('name="version" value="2"')
    expect((await send(path, { ...form, version: '2', text: 'Något annat.' })).statusCode).toBe(303)
    expect(textOf((await get(app, public_)).body)).toContain('Något annat.')
    expect((await send(`${path}/ta-bort`, {})).statusCode).toBe(303)
    expect(textOf((await get(app, public_)).body)).not.toContain('Något annat.')
    expect((await get(app, path, cookie)).statusCode).toBe(404)
  })

  test('a plan of another group, a member and a reader are refused', async () => {
    const member = await sessionCookie(db, (await account(db, ['member of aldre'])).id)
    const other = await sessionCookie(db, (await account(db, ['coordinator of barn-och-unga'])).id)
    const county = await sessionCookie(db, (await account(db, ['coordinator of lansgemensam-ledning'])).id)
    expect((await get(app, round, member)).statusCode).toBe(403)
    expect((await get(app, round, other)).statusCode).toBe(403)
    expect((await send(round, { ...basics, text_a1: 'Nej.' }, other)).statusCode).toBe(403)
    expect((await get(app, round)).statusCode).toBe(401)
    expect((await get(app, round, county)).statusCode).toBe(200)
    expect((await get(app, '/arbetsyta/planer/finns-inte/uppfoljning', cookie)).statusCode).toBe(403)
    expect((await get(app, '/arbetsyta/planer/finns-inte/uppfoljning', county)).statusCode).toBe(404)
  })
})

describe('a mailed link', () => {
  test('goes to an address that is kept nowhere, and lets its receiver report once without signing in', async () => {
    const asked = await send(`${round}/fraga`, { senast: '2026-02-16', epost: 'ledare@test.example' })
    expect(asked.headers.location).toBe(`${round}?skickat=1`)
    const [letter] = await mail()
    expect(letter?.to).toBe('ledare@test.example')
    expect(letter?.text).toContain('senast 16 februari 2026')
    expect(await db.selectFrom('letter').select('id').execute()).toEqual([])
    const log = await db.selectFrom('audit_event').select('details').execute()
    expect(JSON.stringify(log)).not.toContain('ledare@test')

    const link = linkIn(letter)
    const form = await get(app, link)
    expect(form.statusCode).toBe(200)
    expect(form.headers['cache-control']).toBe('private, no-store')
    expect(form.body.replace(/<title>.*?<\/title>/s, '')).not.toContain(link)
    // A refused form does not use the link up.
    expect((await post(app, link, { ...basics, rapporterat_av: '' })).statusCode).toBe(422)
    const thanks = await post(app, link, { ...basics, rapporterat_av: 'Ledar Ledarsson', text_a6: 'Det rullar på.' })
    expect(thanks.statusCode).toBe(200)
    expect(textOf(thanks.body)).toContain('Tack, det är sparat')
    expect(textOf((await get(app, public_)).body)).toContain('Det rullar på.')

    const again = await post(app, link, { ...basics, text_a6: 'En gång till.' })
    expect(again.statusCode).toBe(410)
    expect(textOf(again.body)).toContain('Länken är redan använd')
    expect(textOf((await get(app, public_)).body)).not.toContain('En gång till.')
  })

  test('an account that leads the work is written to at the address that it has', async () => {
    const { body } = await get(app, round, cookie)
    expect(body).toContain(`value="${keeper.id}"`)
    await send(`${round}/fraga`, { senast: '2026-02-16', mottagare: String(keeper.id) })
    expect((await mail())[0]?.to).toBe(keeper.email)
    const page = textOf((await get(app, round, cookie)).body)
    expect(page).toContain('16 av 16 aktiviteter återstår')
  })

  test('works until its last day and not after', async () => {
    await send(`${round}/fraga`, { senast: '2026-02-10', epost: 'sen@test.example' })
    const link = linkIn((await mail())[0])
    const last = await startApp({ db, today: day('2026-02-24') })
    const after = await startApp({ db, today: day('2026-02-25') })
    expect((await get(last, link)).statusCode).toBe(200)
    const late = await post(after, link, { ...basics, text_a6: 'För sent.' })
    expect(late.statusCode).toBe(410)
    expect(textOf(late.body)).toContain('Tiden för att svara har gått ut')
    await last.close()
    await after.close()
  })

  test('that nobody has sent is told from one that is used', async () => {
    expect((await get(app, `/rapportera/${'a'.repeat(43)}`)).statusCode).toBe(404)
    expect((await get(app, '/rapportera/kort')).statusCode).toBe(404)
  })

  test('is asked for somebody, by a day to come', async () => {
    const nobody = await send(`${round}/fraga`, { senast: '2026-02-16', epost: '' })
    expect(nobody.statusCode).toBe(422)
    expect(textOf(nobody.body)).toContain('Välj vem som ska få länken')
    expect((await send(`${round}/fraga`, { senast: '2026-02-01', epost: 'a@b.se' })).statusCode).toBe(422)
    const stranger = await account(db)
    expect((await send(`${round}/fraga`, { senast: '2026-02-16', mottagare: String(stranger.id) })).statusCode).toBe(
      422,
    )
    expect((await send(`${round}/fraga`, { senast: '2026-02-16', epost: 'a@b.se, c@d.se' })).statusCode).toBe(422)
  })
})
