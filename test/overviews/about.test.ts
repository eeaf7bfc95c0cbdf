import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { App } from '../../src/http/server.ts'
import { startApp } from '../support/app.ts'
import { freshDatabase, kalmarDatabase } from '../support/database.ts'

let county: App
let empty: App

beforeAll(async () => {
  county = await startApp({
    db: await kalmarDatabase(),
    env: {
      PORTAL_AUTHORITY: 'Testlänets kommuner',
      PORTAL_CONTACT_EMAIL: 'test@example.se',
      PUBLIC_ORIGIN: 'https://samverkan.example.se',
      BASE_PATH: '/testportal',
    },
  })
  empty = await startApp({ db: await freshDatabase() })
})
afterAll(async () => {
  await county?.close()
  await empty?.close()
})

/** The page's words, as one line. */
async function words(path: string, app = county): Promise<string> {
  const { statusCode, body } = await app.inject(path)
  expect(statusCode).toBe(200)
  return body
    .replace(/<[^>]+>/g, ' ')
    .replace(/&nbsp;|\u00a0/g, ' ')
    .replace(/\s+/g, ' ')
}

describe('the accessibility statement', () => {
  const page = '/testportal/tillganglighetsredogorelse'

  test.each([
    ['the public actor', /Offentlig aktör Testlänets kommuner/],
    [
      'the web site and its address',
      /Webbplats Länsgemensam ledning i samverkan, https:\/\/samverkan\.example\.se\/testportal\//,
    ],
    ['how well the law is met, in the words of the law', /delvis förenlig med lagen/],
    ['what is not accessible, why, and what to do instead', /Innehåll som inte är tillgängligt .*Skäl: .*Alternativ: /],
    ['the day of the assessment', /Bedömningen gjordes \d{1,2} \S+ 20\d\d/],
    ['the day of the last update', /Redogörelsen uppdaterades \d{1,2} \S+ 20\d\d/],
    ['how it was assessed', /Så har vi bedömt .*självskattning/],
    ['how to report a gap or ask for another format', /Rapportera en brist eller be om ett annat format/],
    ['the supervising authority', /Tillsyn Myndigheten för digital förvaltning \(Digg\)/],
    ['what is left out as too burdensome', /Oskäligt betungande anpassning Vi har inte undantagit/],
    ['what the law does not cover', /Innehåll som inte omfattas av lagen/],
  ])('says %s', async (_part, expected) => {
    expect(await words(page)).toMatch(expected)
  })

  test('links to the complaint at the supervising authority and to the law', async () => {
    const { body } = await county.inject(page)
    expect(body).toContain('href="https://www.digg.se/tdosanmalan"')
    expect(body).toContain('lag-20181937-om-tillganglighet-till-digital')
  })

  test('claims no review that has not been made', async () => {
    const text = await words(page)
    expect(text).toContain('Någon utomstående har inte granskat portalen')
    expect(text).toContain('Ingen har gått igenom portalen med skärmläsare')
  })

  test('without a form it opens a mail that is begun, and says that this is a gap', async () => {
    const { body } = await county.inject(page)
    expect(body).toContain('href="mailto:test@example.se?subject=Tillg%C3%A4nglighet')
    expect(body).toContain('Synpunkter kan bara lämnas med e-post.')
  })

  test("with the authority's own form it leads there", async () => {
    const app = await startApp({
      db: await freshDatabase(),
      env: { PORTAL_ACCESSIBILITY_FORM: 'https://form.example.se/tillganglighet' },
    })
    try {
      const { body } = await app.inject('/tillganglighetsredogorelse')
      expect(body).toContain('href="https://form.example.se/tillganglighet"')
      expect(body).not.toContain('Synpunkter kan bara lämnas med e-post.')
    } finally {
      await app.close()
    }
  })
})

describe('sources and method', () => {
  const page = '/testportal/om/kallor-och-metod'

  test('every source stands there with its quality and what it is the ground of', async () => {
    const text = await words(page)
    expect(text).toMatch(/Protokoll Länsgemensam ledning 2025-12-12 .*Felfri text\. Styr hur personnamn stavas\./)
    expect(text).toMatch(/Handlingsplaner 2025–2026, sju planer i ett dokument .*?73 aktiviteter/)
    expect(text).toMatch(/Lag \(2017:612\) om samverkan/)
    expect(text).toContain('Portalens egna antaganden')
  })

  test('stated, derived and uncertain are explained and counted', async () => {
    expect(await words(page)).toMatch(
      /uppgift i källan Det står så i källan\. [\d ]+ härledd .*? [\d ]+ osäker .*? \d+ Källorna/,
    )
  })

  test('every reason for doubt is there, once', async () => {
    const text = await words(page)
    expect(text.split('Osäkert om aktiviteten hör till det här området.')).toHaveLength(2)
    expect(text).toContain('Ordningen mellan stegen är rekonstruerad ur en skadad bild.')
  })

  test('letters are said to be the numbering of the portal, and mistakes are told how to put right', async () => {
    const text = await words(page)
    expect(text).toContain('Bokstäverna är portalens numrering')
    expect(text).toContain('Föreslå rättelse')
    expect(text).toContain('Ingen uppgift har rättats än.')
  })

  test('a county with nothing in it has no sources and no doubts', async () => {
    const text = await words('/om/kallor-och-metod', empty)
    expect(text).toContain('Inga källor är registrerade ännu.')
    expect(text).toContain('Ingen uppgift är märkt som osäker.')
  })
})

test('the page on personal data counts those named, and those without a page', async () => {
  const text = await words('/testportal/personuppgifter')
  expect(text).toContain('Portalen nämner 35 personer.')
  expect(text).toContain('Just nu gäller det 3 av dem som nämns.')
  expect(text).toContain('Personuppgiftsansvarig: Testlänets kommuner')
  expect(await words('/personuppgifter', empty)).toContain('Portalen nämner inga personer ännu.')
})

test('readers get no cookie, and the page on cookies says so', async () => {
  const answer = await county.inject('/testportal/kakor')
  expect(answer.body).toContain('Portalen sätter inga kakor för den som läser.')
  expect(answer.headers['set-cookie']).toBeUndefined()
  expect(await words('/testportal/kakor')).toMatch(/portal-session .* högst 24 timmar, eller 4 timmar utan/)
})

test('every page about the portal is found from the one called so, and from the foot of every page', async () => {
  const { body } = await county.inject('/testportal/om')
  for (const path of ['om/kallor-och-metod', 'tillganglighetsredogorelse', 'kakor', 'personuppgifter']) {
    expect(body.split(`href="/testportal/${path}"`)).toHaveLength(3)
  }
})
