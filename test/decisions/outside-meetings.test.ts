import { afterAll, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { kalmarDatabase } from '../support/database.ts'
import { as, fieldIn, startWorkspace, textOf } from '../support/workspace.ts'

// Decisions that no meeting holds, from the form to the public pages.

const db = await kalmarDatabase()
const app = await startWorkspace(db, day('2026-11-22'))
afterAll(() => app.close())
const [coordinator, reader] = [as(app, 'samordnare'), as(app, null)]

/** Writes the decision, looks at what it will change, and carries it out. @returns its public page */
async function decided(kind: string, rubrik: string, beslutsdag: string, fields: Record<string, string>) {
  const made = await coordinator.post('/arbetsyta/beslut/nytt', {
    organ: 'lansgemensam-ledning',
    beslutsdag,
    slag: kind,
    rubrik,
    gor: 'spara',
    ...fields,
  })
  expect([made.status, textOf(made.body)]).toEqual([303, ''])
  const preview = await coordinator.get(made.location)
  const done = await coordinator.post(`${made.location}/verkstall`, { version: fieldIn(preview.body, 'version') })
  expect([done.status, textOf(done.body)]).toEqual([303, ''])
  expect(done.location).toMatch(/^\/beslut\//)
  return { preview: textOf(preview.body), path: done.location, shown: textOf((await reader.get(done.location)).body) }
}

const plan = '/arbetsyta/planer/aldre-2027-2028'

test('a plan is drafted, adopted, revised, and each time everybody can read what applies', async () => {
  const { id } = await db.selectFrom('body').select('id').where('slug', '=', 'aldre').executeTakeFirstOrThrow()
  await coordinator.post('/arbetsyta/planer/nytt', {
    titel: 'Äldre 2027–2028',
    grupp: String(id),
    kod: 'HP8',
    period_fran: '2027',
    period_till: '2028',
  })
  const area = await coordinator.post(`${plan}/omraden/nytt`, {
    slag: 'improvement',
    titel: 'Tryggt hem',
    aktiviteter: 'Ringa dagen efter\nBesöka inom en vecka',
  })
  expect([area.status, textOf(area.body)]).toEqual([303, ''])

  const adopted = await decided('plan_adopted', 'Handlingsplan Äldre 2027–2028', '2026-11-20', {
    plan: 'aldre-2027-2028',
  })
  expect(adopted.preview).toContain('Äldre 2027–2028')
  const inForce = await reader.get('/handlingsplaner/aldre-2027-2028')
  expect(textOf(inForce.body)).toContain('HP8-A01 Ringa dagen efter')
  expect(inForce.body).toContain(`href="${adopted.path}"`)

  const { body } = await coordinator.get(`${plan}/revidering`)
  const prepared = await coordinator.post(`${plan}/revidering`, {
    marke: fieldIn(body, 'marke'),
    text_a1: 'Ringa samma dag',
    text_a2: 'Besöka inom en vecka',
  })
  expect([prepared.status, textOf(prepared.body)]).toEqual([303, ''])
  expect(textOf((await reader.get('/handlingsplaner/aldre-2027-2028')).body)).not.toContain('samma dag')
  const revised = await decided('plan_revised', 'Revidering av Äldre 2027–2028', '2026-11-21', {
    plan: 'aldre-2027-2028',
  })
  expect(revised.shown).toContain('1 aktivitet')
  const [now = '', past = ''] = (await reader.get('/handlingsplaner/aldre-2027-2028')).body.split('id="tidigare"')
  expect(textOf(now)).toContain('HP8-A01 Ringa samma dag')
  expect(textOf(past)).toContain('HP8-A01 Ringa dagen efter')
})

test('a rule of discharge days is changed from a day, and the day before it is what it was', async () => {
  const form = await coordinator.get('/arbetsyta/beslut/nytt?slag=parameter_set')
  expect(textOf(form.body)).toContain('Första betalningsdag')
  const changed = await decided('parameter_set', 'Första betalningsdag', '2026-11-20', {
    parameter: 'first_payable_day',
    varde: '5',
    fran: '2027-01-01',
  })
  expect(changed.preview).toContain('beslutar att första betalningsdag är 5 från 1 januari 2027')
  const rules = async (on: string) => textOf((await reader.get(`/utskrivningsklara-dagar/regler?datum=${on}`)).body)
  expect(await rules('2026-12-31')).toContain('dag 4')
  expect(await rules('2027-01-01')).toContain('dag 5')
})

test('of two decisions on one thing, each tells of the other', async () => {
  const first = await decided('indicator_set', 'Indikator för 2027', '2026-11-01', { varde: '0,7', ar: '2027' })
  const second = await decided('indicator_set', 'Indikator för 2027, ändrad', '2026-11-15', {
    varde: '0,6',
    ar: '2027',
  })
  const replaced = await reader.get(first.path)
  expect(replaced.body).toContain(`href="${second.path}"`)
  expect(textOf(replaced.body)).toContain('ersatt av')
  expect((await reader.get(second.path)).body).toContain(`href="${first.path}"`)
})
