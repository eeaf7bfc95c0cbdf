import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAccount } from '../../src/accounts/changes.ts'
import { lettersOf } from '../../src/app.ts'
import { change } from '../../src/audit/work.ts'
import { type Day, day } from '../../src/kernel/dates.ts'
import { type Letter, sendWaiting } from '../../src/mail/letters.ts'
import { account, password } from '../support/accounts.ts'
import { testConfig } from '../support/app.ts'
import { launchBrowser } from '../support/browser.ts'
import { kalmarDatabase } from '../support/database.ts'
import { Desk } from '../support/desk.ts'
import { decideAndCarryOut, idOf, newPerson, testCoordinator } from '../support/ledger.ts'
import { serve } from '../support/served.ts'

const planningDay = day('2026-02-13')
const meetingDay = day('2026-03-06')
const slug = '2026-03-06-lansgemensam-ledning'
const work = `/arbetsyta/moten/${slug}`
const publicOrigin = 'http://samverkan.example.se'

const adjuster = { name: 'Testa Justerarsson', email: 'justerare@test.example' }
const leaving = 'Testa Avgående'
const entering = 'Testa Tillträdande'

const databases = { withScripts: await kalmarDatabase(), withoutScripts: await kalmarDatabase() }

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

describe.each([
  ['with scripts', databases.withScripts, true],
  ['without scripts', databases.withoutScripts, false],
] as const)('from the proposal to what everybody can read, %s', (_how, db, javaScriptEnabled) => {
  let today: Day = planningDay
  let portal: Awaited<ReturnType<typeof serve>>
  let coordinator: Desk
  let reader: Desk
  const letters: Letter[] = []

  beforeAll(async () => {
    portal = await serve({ db, today: () => today })
    const one = await account(db, ['coordinator of lansgemensam-ledning'])
    const desk = async () => new Desk(await (await browser.newContext({ javaScriptEnabled })).newPage())
    coordinator = await desk()
    reader = await desk()
    const personId = await change(db, testCoordinator, async (work) => {
      await newPerson(work, 'testa-avgaende', leaving)
      const person = await newPerson(work, 'testa-justerarsson', adjuster.name)
      const created = await createAccount(work, { email: adjuster.email, holder: { personId: person }, invite: false })
      if (typeof created === 'string') throw new Error(created)
      return person
    })
    const leadership = await idOf(db, 'body', 'lansgemensam-ledning')
    await decideAndCarryOut(db, 'testbeslut-justerare', '2026-01-15', [
      { kind: 'member_appointed', body_id: leadership, role: 'representative', person_in_id: personId },
    ])
    await coordinator.goTo(`${portal.server}/logga-in`)
    await coordinator.fill({ 'E-postadress': one.email, Lösenord: password })
    await coordinator.press('Logga in')
  })
  afterAll(async () => {
    await coordinator.page.context().close()
    await reader.page.context().close()
    await portal.close()
  })

  async function post(): Promise<Letter[]> {
    letters.length = 0
    await sendWaiting(
      db,
      lettersOf(testConfig({ PUBLIC_ORIGIN: publicOrigin })),
      async (letter) => {
        letters.push(letter)
      },
      (_kind, error) => {
        throw error
      },
    )
    return letters
  }

  /** The address in a letter, on the port where the portal is. */
  const linkIn = (letter: Letter | undefined, path: string) =>
    (letter?.text.match(/https?:\/\/\S+/g) ?? [])
      .find((link) => link.includes(path))
      ?.replace(publicOrigin, portal.server) ?? ''

  const read = async (path: string) => {
    await reader.goTo(portal.server + path)
    return reader.text()
  }

  test('a meeting three weeks ahead is made of what the registers propose', async () => {
    await coordinator.follow('Arbetsyta')
    await coordinator.follow('Nytt möte')
    await coordinator.choose({ Grupp: 'Länsgemensam ledning' })
    await coordinator.fill({ Datum: meetingDay, Börjar: '10:00', Slutar: '12:00', Plats: 'Provsalen' })
    await coordinator.tick('Förslag till nästa möte')
    await coordinator.press('Skapa mötet')
    expect(await coordinator.text()).toContain('Protokoll från 12 december 2025')
    await coordinator.press('Lägg till på dagordningen')
    expect(await coordinator.text()).toContain('2 Protokoll från 12 december 2025 Beslut')
  })

  test('the members are called, and answer through the link in the letter', async () => {
    await coordinator.goTo(`${portal.server}${work}/kallelse`)
    await coordinator.press('Kalla och skicka')
    const call = (await post()).find(({ to }) => to === adjuster.email)
    expect(call?.subject).toContain('Kallelse')
    await reader.goTo(linkIn(call, '/svara/'))
    await reader.tick('Kommer')
    await reader.press('Skicka svaret')
    await coordinator.goTo(`${portal.server}${work}`)
    expect(await coordinator.text()).toMatch(new RegExp(`${adjuster.name}.*Kommer`, 'i'))
    expect(await read(`/moten-och-protokoll/${slug}`)).toMatch(/10\.00–12\.00.*Provsalen/)
  })

  test('on the day the minutes are written and decisions registered', async () => {
    today = meetingDay
    await coordinator.goTo(`${portal.server}${work}/narvaro`)
    await coordinator.tick(adjuster.name)
    await coordinator.press('Spara närvaron')
    await coordinator.fill({
      'Fler punkter': 'Indikator för 2027 (beslut)\nByte av deltagare i samordnande grupp Äldre (beslut)',
    })
    await coordinator.press('Lägg till punkterna')

    const number = async (title: string) =>
      /^(\S+) /.exec(await coordinator.page.getByRole('heading', { name: title }).innerText())?.[1] ?? ''
    await coordinator.follow(`Fastställa indikatorn i punkt ${await number('Indikator för 2027')}`)
    await coordinator.fill({ Värde: '0,7', År: '2027' })
    await coordinator.press('Spara och fortsätt med protokollet')
    expect(await coordinator.text()).toContain('0,7 år 2027')

    await coordinator.follow(`Byta ledamot i punkt ${await number('samordnande grupp Äldre')}`)
    await coordinator.choose({ Grupp: 'Samordnande grupp Äldre', 'Platsen företräder': 'Kalmar kommun' })
    await coordinator.fill({ 'Vem lämnar uppdraget?': leaving, 'Vem tillträder?': entering })
    await coordinator.tick('Personen är ny')
    await coordinator.press('Spara och fortsätt med protokollet')
  })

  test('what stands in the way stops at the decision, with the way past it', async () => {
    expect(await coordinator.text()).toContain('Går inte att verkställa än')
    await coordinator.press('Lägg till som ingångsläge')
    expect(await coordinator.text()).toContain('Förslag, inget är ändrat')
    expect(await read('/grupper/aldre')).not.toContain(entering)
  })

  test('the adjuster approves through the link in the letter', async () => {
    await coordinator.goTo(`${portal.server}${work}/justering`)
    await coordinator.tick(adjuster.name)
    await coordinator.press('Skicka till justering')
    const asked = (await post()).find(({ to }) => to === adjuster.email)
    const link = linkIn(asked, '/justera/')
    await reader.goTo(link)
    await reader.tick('Jag godkänner protokollet')
    await reader.press('Skicka svaret')
    await reader.goTo(link)
    expect(await reader.page.getByRole('button', { name: 'Skicka svaret' }).count()).toBe(0)
  })

  test('publication changes the registers as previewed', async () => {
    await coordinator.goTo(`${portal.server}${work}/publicering`)
    const preview = await coordinator.text()
    expect(preview).toContain(leaving)
    expect(preview).toContain(entering)
    expect(preview).toContain('0,7, år 2027')
    await coordinator.press('Publicera protokollet')
  })

  test('every page tells the same, for the days before and after', async () => {
    const minutes = await read(`/moten-och-protokoll/${slug}`)
    expect(minutes).toContain(`${entering}`)
    expect(minutes).toContain('0,7 år 2027')
    expect(minutes).toContain(adjuster.name)

    expect(await read('/grupper/aldre')).toContain(entering)
    expect(await read('/grupper/aldre?datum=2026-03-05')).not.toContain(entering)
    expect(await read('/grupper/aldre?datum=2026-03-05')).toContain(leaving)
    expect(await read('/grupper/aldre?datum=2026-03-06')).toContain(entering)
    expect(await read('/parter/kalmar')).toContain(entering)
    expect(await read('/beslut')).toContain('Indikator för 2027')
    const rules = '/utskrivningsklara-dagar/regler?datum='
    expect(await read(`${rules}2026-12-31`)).toMatch(
      /i genomsnitt den 31 december 2026 Gäller för Värde Tid Grund HSF 0,8 /,
    )
    expect(await read(`${rules}2027-01-01`)).toMatch(
      /i genomsnitt den 1 januari 2027 Gäller för Värde Tid Grund HSF 0,7 /,
    )
  })
})
