import { afterAll, describe, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { freshDatabase, kalmarDatabase } from '../support/database.ts'
import { as, fieldIn, startWorkspace, textOf } from '../support/workspace.ts'

const db = await kalmarDatabase()
const app = await startWorkspace(db, day('2026-11-22'))
afterAll(() => app.close())
const samordnare = as(app, 'samordnare')
const aldre = as(app, 'aldre')
const alla = as(app, null)

const bodyId = async (slug: string) =>
  String((await db.selectFrom('body').select('id').where('slug', '=', slug).executeTakeFirstOrThrow()).id)
const acts = async (about: string) =>
  (await db.selectFrom('audit_event').select('act').where('about', '=', about).orderBy('id').execute()).map(
    ({ act }) => act,
  )
const versionOf = async (url: string) => fieldIn((await samordnare.get(url)).body, 'version')
const kataloger = '/arbetsyta/register/kataloger'
const poster = `${kataloger}/primarvardsdata/poster`
const projekt = '/arbetsyta/register/projekt'

describe('an entry of a catalogue', () => {
  const typed = { titel: 'Lokala resultat', sammanfattning: 'Resultat för varje hälsocentral.', ordning: '9' }

  test('is added, and readers see what it says and that it was entered here', async () => {
    const sent = await samordnare.post(`${poster}/ny`, {
      ...typed,
      version: '0',
      agare: 'Region Kalmar län',
      lank: 'https://sida.example/resultat',
    })
    expect([sent.status, sent.location]).toEqual([303, `${poster}/lokala-resultat?sparat=1`])
    const { body } = await alla.get('/primarvardsdata')
    expect(body).toContain('id="lokala-resultat"')
    expect(body).toContain('href="https://sida.example/resultat"')
    const own = textOf(body.slice(body.indexOf('id="lokala-resultat"')))
    for (const words of [
      'Resultat för varje hälsocentral.',
      'Region Kalmar län',
      'Infört i portalen',
      'av samordnare 22 november 2026',
    ])
      expect(own).toContain(words)
    expect(await acts('catalogue/primarvardsdata/lokala-resultat')).toEqual(['catalogue.entry-added'])
  })

  test('that is changed has its new ground here; one that only moves keeps the ground that it had', async () => {
    const groundOf = async () =>
      (
        await db
          .selectFrom('catalogue_entry')
          .select('provenance_id')
          .where('slug', '=', 'plattformen')
          .executeTakeFirstOrThrow()
      ).provenance_id
    const before = await groundOf()
    const url = `${poster}/plattformen`
    const stands = async () => {
      const { body } = await samordnare.get(url)
      const area = (name: string) =>
        new RegExp(`<textarea[^>]*name="${name}"[^>]*>([^<]*)`).exec(body)?.[1]?.trim() ?? ''
      return {
        version: fieldIn(body, 'version'),
        titel: fieldIn(body, 'titel'),
        sammanfattning: area('sammanfattning'),
        bygger_pa: area('bygger_pa'),
        begransningar: area('begransningar'),
        agare: fieldIn(body, 'agare'),
        lank: fieldIn(body, 'lank'),
      }
    }
    expect((await samordnare.post(url, { ...(await stands()), ordning: '8' })).status).toBe(303)
    expect(await groundOf()).toBe(before)
    expect((await samordnare.post(url, { ...(await stands()), ordning: '8', agare: 'Region Kalmar län' })).status).toBe(
      303,
    )
    expect(await groundOf()).not.toBe(before)
  })

  test('is withdrawn with a day and a reason, stays to be read last, and can be offered again', async () => {
    const url = `${poster}/lokala-resultat`
    const withdraw = { ...typed, utgick: '2026-11-20' }
    const without = await samordnare.post(url, { ...withdraw, version: await versionOf(url) })
    expect([without.status, textOf(without.body).includes('Skriv varför posten utgår.')]).toEqual([422, true])
    const reason = { ...withdraw, darfor: 'Ersatt av plattformen.', ordning: '1' }
    expect((await samordnare.post(url, { ...reason, version: await versionOf(url) })).status).toBe(303)
    const { body } = await alla.get('/primarvardsdata')
    expect(textOf(body)).toContain('utgick 20 november 2026')
    expect(textOf(body)).toContain('Ersatt av plattformen.')
    expect(body.lastIndexOf('<h2 id="')).toBe(body.indexOf('<h2 id="lokala-resultat"'))
    expect((await alla.get('/primarvardsdata.csv')).body).toContain('utgick 20 november 2026')
    expect((await samordnare.post(url, { ...typed, version: await versionOf(url) })).status).toBe(303)
    expect(textOf((await alla.get('/primarvardsdata')).body)).not.toContain('utgick')
    expect(await acts('catalogue/primarvardsdata/lokala-resultat')).toEqual([
      'catalogue.entry-added',
      'catalogue.entry-withdrawn',
      'catalogue.entry-offered-again',
    ])
  })

  test('that is wrong keeps what was typed', async () => {
    const wrong = await samordnare.post(`${poster}/ny`, {
      titel: '',
      sammanfattning: 'Det jag skrev.',
      lank: 'sida.example',
      ordning: 'först',
    })
    expect(wrong.status).toBe(422)
    for (const words of [
      'Skriv postens namn.',
      'Skriv en hel webbadress som börjar med https://.',
      'Skriv ordningen som ett tal',
    ])
      expect(textOf(wrong.body)).toContain(words)
    expect(wrong.body).toContain('Det jag skrev.')
    expect(wrong.body).toContain('value="sida.example"')
    expect((await samordnare.get(`${poster}/finns-inte`)).status).toBe(404)
    expect((await samordnare.get(`${kataloger}/annan`)).status).toBe(404)
  })

  test('that somebody else has saved meanwhile is refused with both texts', async () => {
    const url = `${poster}/lokala-resultat`
    const version = await versionOf(url)
    expect((await samordnare.post(url, { ...typed, sammanfattning: 'Den första.', version })).status).toBe(303)
    const late = await as(app, 'kollega').post(url, { ...typed, sammanfattning: 'Den andra.', version })
    expect(late.status).toBe(409)
    expect(textOf(late.body)).toContain('Den första.')
    expect(late.body).toContain('Den andra.')
    expect(
      (await samordnare.post(url, { ...typed, sammanfattning: 'Den andra.', version: fieldIn(late.body, 'version') }))
        .status,
    ).toBe(303)
  })
})

describe('who keeps a catalogue', () => {
  test('is the coordinator of its body', async () => {
    const url = `${kataloger}/intressebanken`
    expect((await aldre.get(url)).status).toBe(403)
    expect((await aldre.get(kataloger)).body).not.toContain('poster/ny')
    const { body } = await samordnare.get(url)
    const moved = {
      version: fieldIn(body, 'version'),
      titel: 'Intressebanken',
      sammanfattning: 'För invånare.',
      grupp: await bodyId('aldre'),
    }
    expect((await samordnare.post(url, moved)).status).toBe(303)
    expect((await aldre.get(url)).status).toBe(200)
    expect((await aldre.get(kataloger)).body).toContain(`href="${url}"`)
    const away = { ...moved, version: await versionOf(url), grupp: await bodyId('barn-och-unga') }
    const refused = await aldre.post(url, away)
    expect([refused.status, textOf(refused.body).includes('Välj en grupp som du samordnar.')]).toEqual([422, true])
    expect((await as(app, 'ledamot').get(kataloger)).status).toBe(403)
    expect((await aldre.get('/historik/catalogue/intressebanken')).status).toBe(200)
  })

  test('a county without catalogues describes them, once', async () => {
    const empty = await freshDatabase()
    const there = await startWorkspace(empty)
    const first = as(there, 'samordnare')
    expect((await first.get(`${kataloger}/primarvardsdata/poster/ny`)).status).toBe(404)
    expect(textOf((await first.get(kataloger)).body)).toContain('Katalogen är inte beskriven ännu.')
    const typed = { version: '0', titel: 'Gemensam primärvårdsdata', sammanfattning: 'Det vi har.' }
    const [one, other] = await Promise.all([
      first.post(`${kataloger}/primarvardsdata`, typed),
      as(there, 'kollega').post(`${kataloger}/primarvardsdata`, typed),
    ])
    expect([one.status, other.status].sort()).toEqual([303, 409])
    expect(textOf((await first.get('/primarvardsdata')).body)).toContain('Det vi har.')
    await there.close()
  })
})

describe('a project', () => {
  test('is added, changed and ended by those who keep its body', async () => {
    const fields = {
      namn: 'Digital vårdplanering',
      sammanfattning: 'Prövar gemensam planering.',
      grupp: await bodyId('aldre'),
      finansiering: 'Statsbidrag',
      finansieringen_slutar: 'hösten 2027',
      lankar: 'Ansökan | https://sida.example/ansokan',
    }
    const elsewhere = await aldre.post(`${projekt}/nytt`, { ...fields, grupp: await bodyId('barn-och-unga') })
    expect([elsewhere.status, textOf(elsewhere.body).includes('Välj en grupp som du samordnar.')]).toEqual([422, true])
    const sent = await aldre.post(`${projekt}/nytt`, fields)
    const url = `${projekt}/digital-vardplanering`
    expect([sent.status, sent.location]).toEqual([303, `${url}?sparat=1`])
    const shown = textOf((await alla.get('/projekt')).body)
    for (const words of ['Digital vårdplanering', 'hösten 2027', 'Ansökan']) expect(shown).toContain(words)
    expect(textOf((await alla.get('/sok?q=vårdplanering')).body)).toContain('Digital vårdplanering')

    const form = (await aldre.get(url)).body
    expect(form).toContain('value="hösten 2027"')
    const end = { ...fields, version: fieldIn(form, 'version'), hur_det_gick: 'Infört i hela länet.' }
    const without = await aldre.post(url, end)
    expect([without.status, textOf(without.body).includes('Skriv vilken dag projektet avslutades.')]).toEqual([
      422,
      true,
    ])
    expect((await aldre.post(url, { ...end, avslutat: '2026-11-21' })).status).toBe(303)
    const over = textOf((await alla.get('/projekt')).body)
    for (const words of ['avslutat', '21 november 2026', 'Infört i hela länet.']) expect(over).toContain(words)
    const { items } = JSON.parse((await alla.get('/api/v1/projects')).body)
    expect(items.find(({ name }: { name: string }) => name === 'Digital vårdplanering').ended).toBe('2026-11-21')

    const late = await aldre.post(url, { ...end, version: end.version, avslutat: '', hur_det_gick: '' })
    expect(late.status).toBe(409)
    expect(await acts('project/digital-vardplanering')).toEqual(['project.added', 'project.ended', 'project.refused'])
  })

  test('that only gets another link is a new version too', async () => {
    const url = `${projekt}/digital-vardplanering`
    const { body } = await aldre.get(url)
    const fields = {
      version: fieldIn(body, 'version'),
      namn: 'Digital vårdplanering',
      sammanfattning: 'Kort.',
      grupp: await bodyId('aldre'),
    }
    expect((await aldre.post(url, fields)).status).toBe(303)
    const next = { ...fields, version: await versionOf(url), lankar: 'Rapport | https://sida.example/rapport' }
    expect((await aldre.post(url, next)).status).toBe(303)
    expect((await aldre.post(url, next)).status).toBe(409)
  })

  test('is found from the overview of the registers, and others’ projects are not listed for a group', async () => {
    const { body } = await aldre.get('/arbetsyta/register')
    expect(body).toContain(`href="${projekt}"`)
    expect(body).toContain(`href="${kataloger}"`)
    const mine = textOf((await aldre.get(projekt)).body)
    expect(mine).toContain('Digital vårdplanering')
    const { count } = await db
      .selectFrom('project')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('body_id', '=', Number(await bodyId('aldre')))
      .executeTakeFirstOrThrow()
    expect(mine).toContain(`${count} projekt`)
    expect(textOf((await samordnare.get(projekt)).body)).not.toContain(`${count} projekt`)
    expect((await as(app, 'ledamot').get(projekt)).status).toBe(403)
  })
})
