import { afterAll, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { kalmarDatabase } from '../support/database.ts'
import { as, fieldIn, startWorkspace, textOf } from '../support/workspace.ts'

const db = await kalmarDatabase()
const app = await startWorkspace(db, day('2026-03-10'))
afterAll(() => app.close())
const coordinator = as(app, 'samordnare')

const slug = '2026-03-06-lansgemensam-ledning'
const work = `/arbetsyta/moten/${slug}`

test('a meeting of last week is entered: made, items pasted, decided, previewed, published', async () => {
  const made = await coordinator.post('/arbetsyta/moten/nytt', {
    grupp: 'lansgemensam-ledning',
    utgangspunkt: 'tom',
    datum: '2026-03-06',
    start: '10.00',
    slut: '12.00',
    plats: 'Kalmar',
    videolank: '',
  })
  expect(made.status).toBe(303)
  expect(made.location).toBe(`${work}/protokoll`)

  const items = await coordinator.post(`${work}/protokoll/punkter`, {
    punkter:
      '1. Välkomna\n2. Föregående mötesprotokoll (beslut)\n7. Beslutspunkter (beslut)\n- Indikator för 2027\n- Byte av deltagare i samordnande grupp Barn och unga',
  })
  expect(items.status).toBe(303)
  const page = await coordinator.get(`${work}/protokoll`)
  expect(page.status).toBe(200)
  const ids = [...page.body.matchAll(/name="mark-(\d+)" value="([^"]+)"/g)].map(([, id, mark]) => ({
    id: id ?? '',
    mark: mark ?? '',
  }))
  expect(ids).toHaveLength(5)
  const [first] = ids
  if (!first) throw new Error('no items')
  const saved = await coordinator.post(`${work}/protokoll`, {
    [`mark-${first.id}`]: first.mark,
    [`text-${first.id}`]: 'Ordföranden hälsade **alla** välkomna.\r\n\r\n- en\r\n- två',
    [`typ-${first.id}`]: 'information',
    [`jav-${first.id}`]: 'Patrik Glasberg: upphandlingen',
    [`reservationer-${first.id}`]: 'Johanna Fors: vill vänta ett år',
    spara: '1',
  })
  expect(saved.location).toBe(`${work}/protokoll?sparat=1#punkt-1`)

  const indicator = await coordinator.post(`${work}/beslut/ny`, {
    punkt: '3a',
    slag: 'indicator_set',
    rubrik: 'Indikator för 2027',
    varde: '0,7',
    ar: '2027',
    gor: 'spara',
  })
  expect(textOf(indicator.body)).toBe('')
  expect(indicator.status).toBe(303)
  const draft = await coordinator.get(indicator.location)
  expect(textOf(draft.body)).toContain(
    'Länsgemensam ledning beslutar att indikatorn för utskrivningsklara dagar i genomsnitt är 0,7 år 2027.',
  )

  const replacement = await coordinator.post(`${work}/beslut/ny`, {
    punkt: '3b',
    slag: 'member_replaced',
    rubrik: 'Byte av deltagare',
    grupp: 'barn-och-unga',
    roll: 'representative',
    ut_namn: 'Petra Hornstra',
    in_namn: 'Testa Testsson',
    gor: 'spara',
  })
  expect(replacement.status).toBe(422)
  expect(textOf(replacement.body)).toContain('Testa Testsson finns inte i registret.')
  const again = await coordinator.post(`${work}/beslut/ny`, {
    punkt: '3b',
    slag: 'member_replaced',
    rubrik: 'Byte av deltagare',
    grupp: 'barn-och-unga',
    roll: 'representative',
    ut_namn: 'Petra Hornstra',
    in_namn: 'Testa Testsson',
    ny_person: 'ja',
    gor: 'spara',
  })
  expect(again.status).toBe(303)

  const preview = await coordinator.get(`${work}/publicering`)
  expect(preview.status).toBe(200)
  const shown = textOf(preview.body)
  expect(shown).toContain(
    'Petra Hornstra Före representant i Samordnande grupp Barn och unga från 12 december 2025 Efter lämnar uppdraget 6 mars 2026',
  )
  expect(shown).toContain('0,7, år 2027')

  const refused = await coordinator.post(`${work}/publicering`, { sett: fieldIn(preview.body, 'sett') })
  expect(refused.status).toBe(422)
  expect(textOf(refused.body)).toContain('Skriv varför det publiceras ändå')
  const published = await coordinator.post(`${work}/publicering`, {
    sett: fieldIn(refused.body, 'sett'),
    utan_justering: 'Prov utan justerare',
  })
  expect(textOf(published.body)).toBe('')
  expect(published.status).toBe(303)
  const publicPage = await as(app, null).get(`/moten-och-protokoll/${slug}`)
  expect(publicPage.status).toBe(200)
  expect(publicPage.body).toContain('<strong>alla</strong>')
  expect(textOf(publicPage.body)).toContain('Patrik Glasberg anmälde jäv: upphandlingen')
  expect(textOf(publicPage.body)).toContain('Johanna Fors reserverade sig: vill vänta ett år')
  expect(textOf(publicPage.body)).toContain('Texten är protokollets ordalydelse.')
  const version = await db.selectFrom('minutes_version').selectAll().executeTakeFirstOrThrow()
  expect(textOf(publicPage.body)).toContain(version.sha256.toString('hex'))
})
