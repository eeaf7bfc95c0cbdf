import { afterAll, describe, expect, test } from 'vitest'
import { nextCode, reconciled } from '../../src/action-plans/draft-rules.ts'
import { day } from '../../src/kernel/dates.ts'
import { account, get, post, sessionCookie } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { decideAndCarryOut, idOf } from '../support/ledger.ts'
import { textOf } from '../support/text.ts'

const today = day('2026-11-22')
const db = await kalmarDatabase()
const app = await startApp({ db, today })
afterAll(() => app.close())

const keeper = await sessionCookie(db, (await account(db, ['coordinator of aldre'])).id)
const county = await sessionCookie(db, (await account(db, ['coordinator of lansgemensam-ledning'])).id)
const member = await sessionCookie(db, (await account(db, ['member of aldre'])).id)
const send = (url: string, fields: Record<string, string>, cookie = keeper) => post(app, url, fields, { cookie })
const read = async (url: string, cookie = keeper) => (await get(app, url, cookie)).body
const hidden = (body: string, name: string) => new RegExp(`name="${name}" value="([\\w-]*)"`).exec(body)?.[1] ?? ''

const aldre = String(await idOf(db, 'body', 'aldre'))
const work = '/arbetsyta/planer/aldre-2027-2028'
const basics = { titel: 'Äldre 2027–2028', grupp: aldre, kod: 'HP8', period_fran: '2027', period_till: '2028' }

describe('the texts of a draft’s activities typed anew', () => {
  const before = [
    { id: 1, activity_text: 'a' },
    { id: 2, activity_text: 'b' },
    { id: 3, activity_text: 'c' },
  ]
  test('an activity whose text is still there is the same one, wherever it stands', () => {
    expect(reconciled(before, ['c', 'a']).kept.map(({ id }) => id)).toEqual([3, 1])
    expect(reconciled(before, ['c', 'a']).removed).toEqual([2])
  })
  test('a mended text keeps its activity; more texts make new ones', () => {
    expect(reconciled(before, ['a', 'B', 'c', 'd']).kept.map(({ id }) => id)).toEqual([1, 2, 3, null])
    expect(reconciled([], ['x']).kept).toEqual([{ id: null, text: 'x' }])
  })
  test('a new plan is offered the next code', () => {
    expect(nextCode(['HP1', 'HP7', 'X99'])).toBe('HP8')
    expect(nextCode([])).toBe('HP1')
  })
})

describe('a plan is drafted', () => {
  test('from its title and period, and stands as not decided for everybody', async () => {
    const bad = await send('/arbetsyta/planer/nytt', {
      ...basics,
      period_till: 'snart',
      malbild: 'Får inte försvinna.',
    })
    expect(bad.statusCode).toBe(422)
    expect(bad.body).toContain('Får inte försvinna.')
    expect((await send('/arbetsyta/planer/nytt', { ...basics, kod: 'HP4' })).statusCode).toBe(422)
    expect((await send('/arbetsyta/planer/nytt', { ...basics, period_fran: '2027-01-01' })).statusCode).toBe(422)
    const other = String(await idOf(db, 'body', 'barn-och-unga'))
    expect((await send('/arbetsyta/planer/nytt', { ...basics, grupp: other })).statusCode).toBe(422)
    const made = await send('/arbetsyta/planer/nytt', {
      ...basics,
      malbild: 'Ett gott liv.',
      inriktningar: 'Första\r\n\r\nAndra',
    })
    expect(made.headers.location).toBe(work)
    expect(textOf(await read(work))).toContain('Utkast: väntar på beslut')
    expect(await read(work)).toContain('/arbetsyta/beslut/nytt?slag=plan_adopted&amp;plan=aldre-2027-2028')
    expect(textOf((await get(app, '/handlingsplaner/aldre-2027-2028')).body)).toContain('Planen är inte beslutad')
  })

  test('its areas and activities are numbered in their order, and change places by a button', async () => {
    await send(`${work}/omraden/nytt`, { slag: 'improvement', titel: 'Fallprevention', aktiviteter: 'Ett\nTvå\n\nTre' })
    await send(`${work}/omraden/nytt`, { slag: 'ongoing', titel: 'Löpande', aktiviteter: 'Fyra' })
    await send(`${work}/omraden/nytt`, { slag: 'improvement', titel: 'Nära vård', aktiviteter: 'Fem' })
    const order = async () =>
      (
        await db
          .selectFrom('activity')
          .innerJoin('plan', 'plan.id', 'activity.plan_id')
          .select(['number', 'activity_text'])
          .where('plan.code', '=', 'HP8')
          .orderBy('number')
          .execute()
      ).map(({ number, activity_text }) => `${number} ${activity_text}`)
    expect(await order()).toEqual(['1 Ett', '2 Två', '3 Tre', '4 Fem', '5 Fyra'])
    await send(`${work}/omraden/f2/flytta`, { riktning: 'up' })
    expect(await order()).toEqual(['1 Fem', '2 Ett', '3 Två', '4 Tre', '5 Fyra'])
    await send(`${work}/omraden/f1/flytta`, { riktning: 'up' })
    expect(await order()).toEqual(['1 Fem', '2 Ett', '3 Två', '4 Tre', '5 Fyra'])
    const page = await read(`${work}/omraden/f2`)
    const form = {
      marke: hidden(page, 'marke'),
      slag: 'improvement',
      titel: 'Fallprevention',
      aktiviteter: 'Tre\nEtt bättre',
    }
    expect((await send(`${work}/omraden/f2`, form)).statusCode).toBe(303)
    expect(await order()).toEqual(['1 Fem', '2 Tre', '3 Ett bättre', '4 Fyra'])
    const late = await send(`${work}/omraden/f2`, { ...form, titel: 'Jag kom för sent' })
    expect(late.statusCode).toBe(409)
    expect(textOf(late.body)).toContain('Vad området heter Jag kom för sent Fallprevention')
    await send(`${work}/omraden/l1/ta-bort`, {})
    expect(await order()).toEqual(['1 Fem', '2 Tre', '3 Ett bättre'])
  })

  test('with sections and milestones of its own', async () => {
    await send(`${work}/avsnitt/nytt`, { rubrik: 'Bakgrund', text: 'Vi blir äldre.', punkter: 'Ett\nTvå' })
    expect((await send(`${work}/avsnitt/nytt`, { rubrik: 'Tom' })).statusCode).toBe(422)
    expect(textOf(await read(work))).toContain('Bakgrund Hela planen')
    const made = await send(`${work}/milstolpar/ny`, {
      slag: 'interim_report',
      vad: 'Delrapport',
      hor_till: 'f2',
      nar: 'hösten 2027',
    })
    expect(made.statusCode).toBe(303)
    expect(textOf(await read(`${work}/milstolpar`))).toContain('Delrapport hösten 2027 HP8-F2')
    expect((await send(`${work}/milstolpar/ny`, { slag: 'other', vad: 'Utan tid', hor_till: 'plan' })).statusCode).toBe(
      422,
    )
  })

  test('what is half typed comes back, and a member or another group’s coordinator stays outside', async () => {
    const draft = { formular: 'plan/aldre-2027-2028', tillbaka: `${work}/uppgifter`, malbild: 'Halvskrivet' }
    expect((await send('/arbetsyta/utkast', draft)).statusCode).toBe(303)
    expect(await read(`${work}/uppgifter`)).toContain('Halvskrivet')
    expect((await get(app, work, member)).statusCode).toBe(403)
    expect((await get(app, '/arbetsyta/planer/nytt', member)).statusCode).toBe(403)
    expect((await get(app, '/arbetsyta/planer/barn-och-unga-2025-2026', keeper)).statusCode).toBe(403)
    expect((await get(app, work, county)).statusCode).toBe(200)
    expect(textOf(await read('/arbetsyta/planer'))).not.toContain('Barn och unga')
  })

  test('once decided it is changed by decisions alone', async () => {
    const plan_id = await idOf(db, 'plan', 'aldre-2027-2028')
    await decideAndCarryOut(db, 'faststaller-aldre', '2026-11-20', [{ kind: 'plan_adopted', plan_id }])
    const shown = textOf((await get(app, '/handlingsplaner/aldre-2027-2028')).body)
    expect(shown).toContain('HP8-A03 Ett bättre')
    expect(shown).toContain('Vi blir äldre.')
    for (const url of ['uppgifter', 'omraden/f1', 'omraden/f1/ta-bort', 'avsnitt/nytt', 'slang'])
      expect([url, (await send(`${work}/${url}`, { ...basics, version: '1' })).statusCode]).toEqual([url, 409])
    expect(textOf(await read(work))).not.toContain('Utkast')
  })
})

describe('a plan in force is revised', () => {
  const page = `${work}/revidering`
  const all = { text_a1: 'Fem', text_a2: 'Tre', text_a3: 'Ett bättre' }

  test('new texts, new activities and removals wait for the decision, and the plan stands till then', async () => {
    const marke = hidden(await read(page), 'marke')
    expect((await send(page, { ...all, marke, text_a1: '' })).statusCode).toBe(422)
    const saved = await send(page, { ...all, marke, text_a1: 'Fem, ändrad', bort_a2: 'ja', nya_f2: 'Alldeles ny' })
    expect(saved.statusCode).toBe(303)
    const prepared = textOf(await read(page))
    expect(prepared).toContain('3 ändringar')
    expect(prepared).toContain('HP8-A02 Tre tas bort')
    expect(prepared).toContain('HP8-A04 ny Alldeles ny')
    const shown = textOf((await get(app, '/handlingsplaner/aldre-2027-2028')).body)
    expect(shown).toContain('HP8-A02 Tre')
    expect(shown).not.toContain('Alldeles ny')
    const late = await send(page, { ...all, marke, text_a3: 'För sent' })
    expect(late.statusCode).toBe(409)
    expect(late.body).toContain('För sent')
  })

  test('what is taken back is as if it had never been prepared', async () => {
    await send(page, { ...all, marke: hidden(await read(page), 'marke') })
    expect(textOf(await read(page))).not.toContain('väntar på beslut')
    const rows = await db.selectFrom('activity').select('id').where('valid', 'is', null).execute()
    expect(rows).toEqual([])
  })

  test('the decision makes it so, and what was taken away is told of as earlier', async () => {
    await send(page, {
      ...all,
      marke: hidden(await read(page), 'marke'),
      text_a1: 'Fem, ändrad',
      bort_a2: 'ja',
      nya_f2: 'Alldeles ny',
    })
    const plan_id = await idOf(db, 'plan', 'aldre-2027-2028')
    await decideAndCarryOut(db, 'reviderar-aldre', '2026-11-21', [{ kind: 'plan_revised', plan_id }])
    const { body } = await get(app, '/handlingsplaner/aldre-2027-2028')
    const [now = '', past = ''] = body.split('id="tidigare"')
    expect(textOf(now)).toContain('HP8-A01 Fem, ändrad')
    expect(textOf(now)).toContain('HP8-A04 Alldeles ny')
    expect(textOf(now)).not.toContain('HP8-A02 Tre')
    expect(textOf(past)).toContain('HP8-A02 Tre')
    expect(textOf((await get(app, '/beslut/reviderar-aldre')).body)).toContain('2 aktiviteter')
    expect(textOf(await read(page))).not.toContain('HP8-A02')
  })

  test('a draft has no revision, and only its own draft can be thrown away', async () => {
    await send('/arbetsyta/planer/nytt', { ...basics, titel: 'Slängs', kod: 'HP9' })
    expect((await get(app, '/arbetsyta/planer/slangs/revidering', keeper)).statusCode).toBe(409)
    expect((await send('/arbetsyta/planer/slangs/slang', {})).headers.location).toBe('/arbetsyta/planer')
    expect((await get(app, '/arbetsyta/planer/slangs', county)).statusCode).toBe(404)
  })
})
