import { afterAll, describe, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { decideAndCarryOut, idOf } from '../support/ledger.ts'
import { textOf } from '../support/text.ts'

const db = await kalmarDatabase()
const app = await startApp({ db, today: day('2025-12-15') })
afterAll(() => app.close())

async function page(url: string) {
  const { statusCode, body, headers } = await app.inject({ url, headers: { accept: 'text/html' } })
  const section = (id: string) => textOf(new RegExp(`<h2 id="${id}"[\\s\\S]*?</section>`).exec(body)?.[0] ?? '')
  return { statusCode, body, headers, text: textOf(body), section }
}

describe('a group', () => {
  test('shows who sits for whom, since when and on what ground', async () => {
    const { section, body } = await page('/grupper/barn-och-unga')
    const members = section('ledamoter')
    expect(members).toContain('2 kända ledamöter')
    expect(members).toContain(
      'Petra Hornstra barnläkare, barn- och ungdomskliniken Kalmar Representant Hälso- och sjukvårdsförvaltningen Region Kalmar län härledd 12 december 2025 Beslut 12 december 2025, punkt 7b',
    )
    expect(members).toContain(
      'Rebecka Nilsson basenhetschef, habiliteringen norr, Region Kalmar län Representant Samverkansområdesgrupp Habilitering och rehabilitering 12 december 2025 Beslut 12 december 2025, punkt 7d',
    )
    expect(members).not.toContain('Charlotte Ohlsén')
    expect(body).toContain('href="/beslut/2025-12-12-lansgemensam-ledning-7b"')
  })

  test('shows who has left, when, by which decision and who came instead', async () => {
    const former = (await page('/grupper/barn-och-unga')).section('tidigare')
    expect(former).toContain('Charlotte Ohlsén')
    expect(former).toContain('startdatum framgår inte')
    expect(former).toMatch(/12 december 2025 Beslut 12 december 2025, punkt 7b .*Petra Hornstra/)
    expect(former).toMatch(/Chris Landergren .*punkt 7d .*Rebecka Nilsson/)
  })

  test('on an earlier day shows those who sat then, and nobody who came later', async () => {
    const { text, section, body } = await page('/grupper/barn-och-unga?datum=2025-12-01')
    expect(text).toContain('Visar läget 1 december 2025.')
    expect(section('ledamoter')).toContain('Charlotte Ohlsén')
    expect(section('ledamoter')).toContain('Startdatum framgår inte')
    expect(section('ledamoter')).toContain('Ingångsläge, känt från protokollet 12 december 2025')
    expect(section('tidigare')).toContain('Ingen är registrerad som har lämnat gruppen.')
    expect(text).not.toContain('Petra Hornstra')
    expect(body).toContain('noindex')
  })

  test('on the day of the decision the new ones sit', async () => {
    const members = (await page('/grupper/psykisk-halsa?datum=2025-12-12')).section('ledamoter')
    expect(members).toContain('Simon Edberg')
    expect(members).toContain('Framgår inte')
    expect(members).not.toContain('Chris Landergren')
  })

  test('says which organisations have a seat but no known member, and what nobody knows', async () => {
    const { text, section, body } = await page('/grupper/lansgemensam-ledning')
    expect(section('ledamoter')).toContain('18 kända ledamöter')
    expect(section('ledamoter')).toContain(
      'Anna Hasselbom Trofast socialchef Vice ordförande och ledamot Kalmar kommun',
    )
    expect(text).toContain(
      'Har plats men ingen känd ledamot: Emmaboda kommun, Hultsfreds kommun, Västerviks kommun, Gymnasieförbundet.',
    )
    expect(section('platser')).toContain('Skolchef, kommun tjänsteperson De tolv kommunerna Framgår inte Framgår inte')
    expect(body).not.toMatch(/href="[^"]*rune-jansson/)
  })

  test('says how far known members mirror what they shall, without guessing where municipalities lie', async () => {
    const places = (await page('/grupper/barn-och-unga')).section('platser')
    expect(places).toContain('Kända ledamöter kommer från regionen. delvis')
    expect(places).toContain(
      '0 av 12 kommuner har en känd företrädare. Kommunernas storlek framgår inte av underlaget.',
    )
  })

  test('tells of its work over time in the source’s own order, and names nobody from an uncertain reading', async () => {
    const { text, section } = await page('/grupper/arbetsgrupp-beraknad-utskrivning')
    expect(section('tidslinje')).toMatch(
      /Våren 2024 Rekrytera .*Hösten 2025 – våren 2026 Arbetsgrupperna arbetar vidare/,
    )
    expect(section('tidslinje')).toContain('September 2024 Formulera problem och mål osäker')
    expect(text).not.toContain('Emelie')
  })

  test('leads to its plan, its matters and the decisions about it', async () => {
    const { section } = await page('/grupper/aldre')
    expect(section('handlingsplan')).toContain('Handlingsplan Äldre 2025–2026 beslutad 30 maj 2025')
    expect(section('att-gora')).toContain('Senast 1 december 2025 tiden har gått ut')
    expect(section('undergrupper')).toContain('Demensnätverket')
  })

  test('that does not exist, and a day that does not exist, are answered in Swedish', async () => {
    const missing = await page('/grupper/finns-inte')
    expect(missing.statusCode).toBe(404)
    expect(missing.text).toContain('Sidan finns inte')
    for (const query of ['datum=2025-02-30', 'datum=igår', 'datum=2025-12-01&datum=2025-12-02']) {
      const bad = await page(`/grupper/barn-och-unga?${query}`)
      expect(bad.statusCode, query).toBe(400)
      expect(bad.text).toContain('Datumet gick inte att läsa')
    }
    expect((await page('/grupper/finns-inte/jamfor')).statusCode).toBe(404)
    expect((await page('/grupper/barn-och-unga/jamfor?fran=x')).statusCode).toBe(400)
  })
})

test('the groups are listed by kind and by the group that they belong to, counted', async () => {
  const { text } = await page('/grupper')
  expect(text).toContain('23 grupper och 9 som ska bildas.')
  expect(text).toContain('Samordnande grupper 3 Samordnande grupp Barn och unga 2 kända ledamöter, övriga framgår inte')
  expect(text).toContain('Under Samordnande grupp Äldre 3')
  expect((await page('/grupper?datum=2025-12-01')).text).toContain('Visar läget 1 december 2025.')
})

describe('what changed between two days', () => {
  test('in a group: who took whose place, by which decision', async () => {
    const { text, body } = await page('/grupper/barn-och-unga/jamfor?fran=2025-12-01&till=2025-12-12')
    expect(text).toContain('2 ändringar mellan 1 december 2025 och 12 december 2025.')
    expect(text).toMatch(
      /punkt 7b Representant för Hälso- och sjukvårdsförvaltningen Före Charlotte Ohlsén .* Efter Petra Hornstra/,
    )
    expect(body).toContain('href="/beslut/2025-12-12-lansgemensam-ledning-7d"')
  })

  test('in all groups: members and plans; the days may come in either order', async () => {
    const { text } = await page('/organisation/jamfor?fran=2025-12-31&till=2025-05-01')
    expect(text).toContain('10 ändringar mellan 1 maj 2025 och 31 december 2025.')
    expect(text).toContain(
      'Handlingsplan för Samordnande grupp Äldre Före inget registrerat Efter Handlingsplan Äldre 2025–2026',
    )
  })

  test('nothing changed is said, not left empty', async () => {
    const { text } = await page('/grupper/presidiet/jamfor?fran=2025-01-01&till=2025-12-31')
    expect(text).toContain('Inget har ändrats i registret mellan 1 januari 2025 och 31 december 2025.')
  })
})

describe('the organisation', () => {
  test('is a picture whose boxes are links, with the same groups as a list', async () => {
    const { body, text } = await page('/organisation')
    const picture = /<svg[\s\S]*?<\/svg>/.exec(body.slice(body.indexOf('structure')))?.[0] ?? ''
    expect(picture).toContain('<title id="bild-titel">')
    expect(picture).toContain('href="/grupper/barn-och-unga"')
    const { count } = await db
      .selectFrom('body')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    expect(picture.match(/<a href/g)).toHaveLength(count)
    const list = /<ul class="branches">[\s\S]*?<h2 /.exec(body)?.[0] ?? ''
    expect(list.match(/<a href="\/grupper\//g)).toHaveLength(count)
    expect(text).toContain('Gymnasieförbundet')
  })

  test('tells vacant places from unknown ones', async () => {
    expect((await page('/organisation')).section('platser')).not.toContain('Simon Edberg')
    await decideAndCarryOut(db, '2025-12-14-simon-lamnar', '2025-12-14', [
      {
        kind: 'member_released',
        body_id: await idOf(db, 'body', 'psykisk-halsa'),
        role: 'representative',
        person_out_id: await idOf(db, 'person', 'simon-edberg'),
      },
    ])
    expect((await page('/organisation')).section('platser')).toContain('Simon Edberg har lämnat vakant')
    expect((await page('/organisation?datum=2025-12-13')).section('platser')).not.toContain('Simon Edberg')
    const { text } = await page('/grupper/psykisk-halsa')
    expect(text).toContain('Simon Edberg lämnade uppdraget 14 december 2025. Ingen efterträdare är registrerad.')
    expect((await page('/grupper')).text).toContain('1 vakant plats')
  })
})

describe('a person', () => {
  test('has roles through time, decisions, presentations and attendance, and no contact details', async () => {
    const { text, section } = await page('/personer/chris-landergren')
    expect(text).toContain('Tidigare basenhetschef, habiliteringen norr, Region Kalmar län')
    expect(section('uppdrag')).toContain('Inget uppdrag i någon grupp är registrerat i dag.')
    expect(section('tidigare')).toContain('Samordnande grupp Psykisk hälsa')
    expect(section('tidigare')).toContain('Samordnande grupp Barn och unga')
    expect(section('beslut')).toMatch(/punkt 7c .*punkt 7d/)

    const maria = await page('/personer/maria-svensson')
    expect(maria.section('foredragningar')).toMatch(/Punkt 4 .*Punkt 8/)
    expect(maria.section('narvaro')).toContain('Övrig deltagare')
    expect(maria.body).not.toMatch(/<main[\s\S]*mailto:[\s\S]*<\/main>/)
  })

  test('who shall have no page has none', async () => {
    for (const slug of ['rune-jansson', 'annelie-hawlitzky', 'emelie-ingvarsson', 'finns-inte']) {
      expect((await page(`/personer/${slug}`)).statusCode, slug).toBe(404)
    }
  })
})
