import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

type Form = { url: string; fields: Record<string, string | string[]> }

/** The colleague saves first, then we. Our page has both texts and ours still in its form; saved again, ours stands. */
async function secondIsTold({ url, fields }: Form, theirs: Record<string, string>, ours: Record<string, string>) {
  expect((await colleague.post(url, { ...fields, ...theirs })).status).toBe(303)
  const late = await coordinator.post(url, { ...fields, ...ours })
  expect(late.status).toBe(409)
  const shown = textOf(late.body)
  expect(shown).toContain('Någon annan har sparat medan du skrev')
  const table = textOf(
    /<div class="table-box" role="group" aria-label="Det du skrev[\s\S]*?<\/table>/.exec(late.body)?.[0] ?? '',
  )
  for (const text of [...Object.values(theirs), ...Object.values(ours)]) expect(table).toContain(text)
  const form = late.body.slice(late.body.indexOf('</table>', late.body.indexOf('Det du skrev och det som står nu')))
  for (const text of Object.values(ours)) expect(form).toContain(text)
  expect(readPage(late.body).invalid).toEqual([])
  return late
}

/** The marks, versions and the like that a page's form carries. */
const carried = (html: string, ...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, fieldIn(html, name)]))

describe('of two who save, the second is told with both texts and loses none', () => {
  let meeting: Written
  beforeAll(async () => {
    meeting = await writeMeeting(coordinator, '2026-03-06', '1. Välkomna\n2. Lägesrapport\n3. Uppdrag (beslut)')
  })
  const itemOf = async (number: string) => {
    const { body } = await coordinator.get(`${meeting.work}/protokoll/${number}`)
    const [, id = '', mark = ''] = /name="mark-(\d+)" value="([^"]+)"/.exec(body) ?? []
    return { id, fields: { [`mark-${id}`]: mark, [`typ-${id}`]: 'information' } }
  }

  test('an item of the minutes, text and reservations alike', async () => {
    const { id, fields } = await itemOf('2')
    const late = await secondIsTold(
      { url: `${meeting.work}/protokoll/2`, fields },
      { [`text-${id}`]: 'Texten som kollegan skrev.' },
      { [`text-${id}`]: 'Texten som jag skrev.', [`status-${id}`]: 'Min status' },
    )
    const again = {
      ...fields,
      [`mark-${id}`]: fieldIn(late.body, `mark-${id}`),
      [`text-${id}`]: 'Texten som jag skrev.',
    }
    expect((await coordinator.post(`${meeting.work}/protokoll/2`, again)).status).toBe(303)
    expect((await coordinator.get(`${meeting.work}/protokoll/2`)).body).toContain('Texten som jag skrev.')
  })

  test('an item that a colleague has taken away: what was typed in it is shown, and nothing else is saved', async () => {
    const made = await coordinator.post(`${meeting.work}/protokoll/punkter`, { punkter: 'Punkt som försvinner' })
    expect(made.status).toBe(303)
    const gone = await itemOf('4')
    const stays = await itemOf('1')
    expect((await colleague.post(`${meeting.work}/dagordning`, { bort: '4' })).status).toBe(303)
    for (const url of [`${meeting.work}/protokoll`, `${meeting.work}/protokoll/4`]) {
      const late = await coordinator.post(url, {
        ...gone.fields,
        [`text-${gone.id}`]: 'En lång text som ingen mer har.',
        ...(url.endsWith('/4') ? {} : { ...stays.fields, [`text-${stays.id}`]: 'Och en som har sin plats.' }),
      })
      expect([url, late.status]).toEqual([url, 409])
      expect(textOf(late.body)).toContain('En punkt har tagits bort medan du skrev i den')
      expect(textOf(late.body)).toContain('Text En lång text som ingen mer har.')
      if (!url.endsWith('/4')) expect(late.body).toContain('Och en som har sin plats.')
      expect(readPage(late.body).invalid).toEqual([])
    }
    expect((await coordinator.get(`${meeting.work}/protokoll`)).body).not.toContain('Och en som har sin plats.')
  })

  test('who attended: names, titles and organisations', async () => {
    const url = `${meeting.work}/narvaro`
    const fields = { ...carried((await coordinator.get(url)).body, 'mark'), nya: 'ja' }
    await secondIsTold(
      { url, fields },
      { ledamoter: 'Prova Ettsson, direktör, Region Kalmar län' },
      { ledamoter: 'Prova Tvåsson, chef, Kalmar kommun' },
    )
    // When only a title differs, it is told too.
    const page = (await coordinator.get(url)).body
    const id = /id="person-(\d+)" name="person" value="\d+" checked/.exec(page)?.[1] ?? ''
    const ticked = { mark: fieldIn(page, 'mark'), person: id, [`som-${id}`]: 'member' }
    await secondIsTold(
      { url, fields: ticked },
      { [`titel-${id}`]: 'kollegans titel' },
      { [`titel-${id}`]: 'min titel' },
    )
  })

  test('when and where the meeting is', async () => {
    const url = `${meeting.work}/uppgifter`
    const fields = {
      ...carried((await coordinator.get(url)).body, 'version'),
      datum: '2026-03-06',
      start: '10:00',
      slut: '12:00',
    }
    await secondIsTold({ url, fields }, { plats: 'Kollegans sal' }, { plats: 'Min sal' })
  })

  test('an item of the agenda, also when it has got another number meanwhile', async () => {
    const url = `${meeting.work}/dagordning/punkter/2`
    const fields = { ...carried((await coordinator.get(url)).body, 'version', 'punkt'), typ: 'information' }
    await secondIsTold({ url, fields }, { rubrik: 'Kollegans rubrik' }, { rubrik: 'Min rubrik' })
    const page = (await coordinator.get(url)).body
    const open = {
      ...carried(page, 'version'),
      punkt: fieldIn(page, 'punkt'),
      typ: 'information',
      rubrik: 'Min rubrik',
    }
    expect((await colleague.post(`${meeting.work}/dagordning`, { upp: '2' })).status).toBe(303)
    const moved = await coordinator.post(url, open)
    // It is saved or refused as the item that it was opened on, never as the one that now has its number.
    if (moved.status === 409) expect(fieldIn(moved.body, 'punkt')).toBe(open.punkt)
    else expect(moved.location).toContain('#punkt-1')
    expect(textOf((await coordinator.get(`${meeting.work}/dagordning`)).body)).toContain('Välkomna')
  })

  test('an item of the agenda that is gone can be saved as a new one', async () => {
    expect(
      (await coordinator.post(`${meeting.work}/dagordning/punkter`, { rubrik: 'Kort liv', typ: 'information' })).status,
    ).toBe(303)
    const url = `${meeting.work}/dagordning/punkter/4`
    const fields = { ...carried((await coordinator.get(url)).body, 'version', 'punkt'), typ: 'information' }
    expect((await colleague.post(`${meeting.work}/dagordning`, { bort: '4' })).status).toBe(303)
    const late = await coordinator.post(url, {
      ...fields,
      rubrik: 'Kort liv',
      bakgrund: 'En bakgrund som ingen mer har.',
    })
    expect(late.status).toBe(409)
    expect(textOf(late.body)).toContain('Punkten har tagits bort medan du skrev')
    expect(late.body).toContain('En bakgrund som ingen mer har.')
    expect(late.body).toContain(`action="${meeting.work}/dagordning/punkter/ny"`)
    expect(readPage(late.body).invalid).toEqual([])
  })

  test('a decision’s words, and one of its effects', async () => {
    const draft = await decide(coordinator, meeting, '3', {
      slag: 'assignment_given',
      rubrik: 'Uppdrag',
      uppdrag: 'prova',
      till: 'b:beredningen',
    })
    const words = carried((await coordinator.get(draft)).body, 'version')
    await secondIsTold({ url: draft, fields: words }, { rubrik: 'Kollegans rubrik' }, { rubrik: 'Min rubrik' })
    const [effect = ''] = new RegExp(`${draft}/verkan/\\d+`).exec((await coordinator.get(draft)).body) ?? []
    const fields = { ...carried((await coordinator.get(effect)).body, 'version', 'slag'), till: 'b:beredningen' }
    await secondIsTold({ url: effect, fields }, { uppdrag: 'kollegans uppdrag' }, { uppdrag: 'mitt uppdrag' })
    const now = carried((await coordinator.get(effect)).body, 'version', 'slag')
    expect((await colleague.post(`${effect}/ta-bort`, now)).status).toBe(303)
    const late = await coordinator.post(effect, { ...now, uppdrag: 'ett långt uppdrag som ingen mer har' })
    expect(late.status).toBe(409)
    expect(textOf(late.body)).toContain('Någon har tagit bort den här delen av beslutet.')
    expect(textOf(late.body)).toContain('Uppdrag ett långt uppdrag som ingen mer har')
    expect(readPage(late.body).invalid).toEqual([])
  })

  test('what is typed when the minutes have come out meanwhile is shown, not lost', async () => {
    const { id, fields } = await itemOf('3')
    await writeTexts(coordinator, meeting, { 1: { text: 'Alla hälsades välkomna.' } })
    await colleague.get(`${meeting.work}/beslut/ny?punkt=3`)
    const decisions = await db.selectFrom('decision').select('id').where('state', '=', 'proposed').execute()
    for (const { id: decision } of decisions) await colleague.post(`/arbetsyta/beslut/${decision}/ta-bort`)
    await publish(colleague, meeting)
    const late = await coordinator.post(`${meeting.work}/protokoll/3`, {
      ...fields,
      [`text-${id}`]: 'För sent skrivet.',
    })
    expect(late.status).toBe(409)
    expect(textOf(late.body)).toContain('Protokollet är publicerat.')
    expect(textOf(late.body)).toContain('Det du skrev')
    expect(textOf(late.body)).toContain('Text För sent skrivet.')
    expect(readPage(late.body).invalid).toEqual([])
  })

  test('an erratum', async () => {
    const url = `${meeting.work}/rattelser?punkt=1`
    const fields = { ...carried((await coordinator.get(url)).body, 'sett'), slag: 'erratum', anteckning: 'Rättelse.' }
    await secondIsTold({ url, fields }, { text: 'Kollegans rättade text.' }, { text: 'Min rättade text.' })
  })
})

test('a plan that is drafted: its title and vision, an area and a section', async () => {
  const { id } = await db.selectFrom('body').select('id').where('slug', '=', 'aldre').executeTakeFirstOrThrow()
  const basics = { titel: 'Äldre 2027–2028', grupp: String(id), kod: 'HP8', period_fran: '2027', period_till: '2028' }
  const made = await coordinator.post('/arbetsyta/planer/nytt', { ...basics, malbild: 'Ett gott liv.' })
  const plan = made.location
  await secondIsTold(
    {
      url: `${plan}/uppgifter`,
      fields: { ...basics, ...carried((await coordinator.get(`${plan}/uppgifter`)).body, 'version') },
    },
    { malbild: 'Kollegans målbild.' },
    { malbild: 'Min målbild.' },
  )
  await coordinator.post(`${plan}/omraden/nytt`, { slag: 'improvement', titel: 'Fallprevention', aktiviteter: 'Ett' })
  await secondIsTold(
    {
      url: `${plan}/omraden/f1`,
      fields: {
        ...carried((await coordinator.get(`${plan}/omraden/f1`)).body, 'marke'),
        slag: 'improvement',
        titel: 'Fallprevention',
      },
    },
    { aktiviteter: 'Kollegans aktivitet' },
    { aktiviteter: 'Min aktivitet' },
  )
  await coordinator.post(`${plan}/avsnitt/nytt`, { rubrik: 'Bakgrund', text: 'Vi blir äldre.' })
  const [section = ''] = new RegExp(`${plan}/avsnitt/\\d+`).exec((await coordinator.get(plan)).body) ?? []
  await secondIsTold(
    { url: section, fields: { ...carried((await coordinator.get(section)).body, 'marke'), rubrik: 'Bakgrund' } },
    { text: 'Kollegans avsnitt.' },
    { text: 'Mitt avsnitt.' },
  )
})
