import { afterAll, expect, test } from 'vitest'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'

const app = await startApp({ db: await kalmarDatabase() })
afterAll(() => app.close())

const meeting = '/moten-och-protokoll/2025-12-12-lansgemensam-ledning'

/** What readers ask for in a county, and where the first hit leads. Whatever ranking becomes, these stand. */
const golden: readonly (readonly [question: string, first: string])[] = [
  // References.
  ['7b 2025-12-12', `${meeting}#punkt-7b`],
  ['2025-12-12 7d', `${meeting}#punkt-7d`],
  ['punkt 7a 12 december 2025', `${meeting}#punkt-7a`],
  ['HP4-A03', '/handlingsplaner/aldre-2025-2026#hp4-a03'],
  ['hp4 a3', '/handlingsplaner/aldre-2025-2026#hp4-a03'],
  ['HP6', '/handlingsplaner/habilitering-och-rehabilitering-2025-2026'],
  ['HP3-F1', '/handlingsplaner/psykisk-halsa-2025-2026#hp3-f1'],
  ['2025-12-12', meeting],
  ['2025-12-12-lansgemensam-ledning-7a', '/beslut/2025-12-12-lansgemensam-ledning-7a'],
  ['https://portal.example.se/beslut/2025-12-12-lansgemensam-ledning-7a', '/beslut/2025-12-12-lansgemensam-ledning-7a'],
  // Compounds, from their beginning, middle and tail, and inflections.
  ['utskrivning', '/utskrivningsklara-dagar'],
  ['utskrivningsklar', '/utskrivningsklara-dagar'],
  ['utskrivningsklara dagar', '/utskrivningsklara-dagar'],
  ['klara', '/utskrivningsklara-dagar'],
  ['dagar', '/utskrivningsklara-dagar'],
  ['mötesprotokoll', `${meeting}#punkt-2`],
  ['demensnätverk', '/grupper/demensnatverket'],
  ['digitala ungdomsmottagningar', '/arenden/digital-ungdomsmottagning'],
  ['hemsjukvård', '/dokument/hemsjukvardsavtalet'],
  ['socialtjänst', '/dokument/socialtjanstlag-2025'],
  ['indikatorer', '/arenden/utskrivningsklara-dagar'],
  // Marks left out, words misspelt.
  ['Morbylanga', '/parter/morbylanga'],
  ['Vastervik', '/parter/vastervik'],
  ['psykisk halsa', '/grupper/psykisk-halsa'],
  ['handlingsplaner aldre', '/handlingsplaner/aldre-2025-2026'],
  ['handlingsplan invanarmedverkan', '/handlingsplaner/invanarmedverkan-2025-2026'],
  ['Mörbylnga', '/parter/morbylanga'],
  ['Oskarhamn', '/parter/oskarshamn'],
  ['demmensnätverket', '/grupper/demensnatverket'],
  ['hemsjukvårdsavtlaet', '/dokument/hemsjukvardsavtalet'],
  // Names of things.
  ['barn och unga', '/grupper/barn-och-unga'],
  ['länsgemensam ledning', '/grupper/lansgemensam-ledning'],
  ['Kalmar', '/parter/kalmar'],
  ['Region Kalmar län', '/parter/region-kalmar-lan'],
  ['beredningen', '/grupper/beredningen'],
  ['barnkonventionen', '/dokument/barnkonventionen'],
  ['IKB', '/arenden/ikb'],
  ['Anna Hasselbom Trofast', '/personer/anna-hasselbom-trofast'],
  // Phrases, and words together.
  ['"praktiska anvisningar" utskrivning', '/dokument/praktiska-anvisningar-utskrivning'],
  ['"byte av deltagare" psykisk hälsa', '/beslut/2025-12-12-lansgemensam-ledning-7c'],
  ['protokoll 12 december 2025', meeting],
  ['ordnat införande', '/arenden/ordnat-inforande'],
  ['fallprevention', '/grupper/regional-arbetsgrupp-aldre'],
  ['tillgänglighet redogörelse', '/tillganglighetsredogorelse'],
  // Numbers and days as they are typed.
  ['7 b 2025-12-12', `${meeting}#punkt-7b`],
  ['HP 4', '/handlingsplaner/aldre-2025-2026'],
  ['HP4 A 3', '/handlingsplaner/aldre-2025-2026#hp4-a03'],
  ['hp 3 f 1', '/handlingsplaner/psykisk-halsa-2025-2026#hp3-f1'],
  ['protokollet 12/12 2025', meeting],
  // A word that names a kind asks for it.
  ['beslut om utskrivning 2025', '/beslut/2025-12-12-lansgemensam-ledning-7a'],
  ['uppdrag till beredningen', '/uppfoljning?lage=uppdrag#uppdragsbeskrivning-nulage-primarvard'],
  ['uppdrag', '/uppfoljning?lage=uppdrag#uppdragsbeskrivning-nulage-primarvard'],
  ['handlingsplan för barn', '/handlingsplaner/barn-och-unga-2025-2026'],
  ['protokoll länsgemensam ledning', meeting],
  ['överenskommelse om utskrivning', '/dokument/overenskommelse-samverkan-vid-utskrivning'],
  ['förslag till förändring', '/ordnat-inforande'],
  ['möte i mars 2026', '/moten-och-protokoll'],
  // Roles.
  ['vice ordförande länsgemensam ledning', '/personer/anna-hasselbom-trofast'],
  ['ledamöter psykisk hälsa', '/grupper/psykisk-halsa'],
  ['vem sitter i beredningen', '/grupper/beredningen'],
  // Catalogues and projects.
  ['primärvårdsdata', '/primarvardsdata'],
  ['intressebanken', '/intressebanken'],
  ['förfrågningar om uppdrag', '/intressebanken#uppdragsforfragningar'],
  ['förebild jönköping', '/primarvardsdata#forebild-jonkoping'],
  ['närsjukvård oskarshamn', '/projekt#narsjukvard-oskarshamn'],
  // Compounds that stand nowhere, by what they are made of.
  ['äldreomsorg', '/handlingsplaner/aldre-2025-2026'],
  ['demenssjukdom', '/grupper/demensnatverket'],
  ['betalningsansvarslagen', '/utskrivningsklara-dagar'],
  ['missbruks- och beroendevård', '/dokument/overenskommelse-missbruk-beroende'],
  ['samverkansöverenskommelse', '/dokument/overenskommelse-samverkan-vid-utskrivning'],
  // Words that are nowhere are not changed into others that mean something else.
  ['vad kostar utskrivningsklara dagar', '/utskrivningsklara-dagar'],
  ['hasselblom', '/personer/anna-hasselbom-trofast'],
  ['digital ungdomsmottaging', '/arenden/digital-ungdomsmottagning'],
  // Names as people say them, and pages by what they are for.
  ['Kalmar kommun', '/parter/kalmar'],
  ['LGL', '/grupper/lansgemensam-ledning'],
  ['kontakt', '/om'],
  ['rss', '/prenumerera'],
  ['api', '/oppna-data'],
]

test('the golden set is of forty questions at least', () => {
  expect(golden.length).toBeGreaterThanOrEqual(40)
})

test.each(golden)('%s', async (question, first) => {
  const { statusCode, body } = await app.inject(`/sok?${new URLSearchParams({ q: question })}`)
  expect(statusCode).toBe(200)
  expect(/class="link-list-title"><a href="([^"]+)"/.exec(body)?.[1]).toBe(first)
})
