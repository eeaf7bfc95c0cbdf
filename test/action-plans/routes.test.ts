import { afterAll, expect, test } from 'vitest'
import { change } from '../../src/audit/work.ts'
import { day } from '../../src/kernel/dates.ts'
import { startApp } from '../support/app.ts'
import { freshDatabase, kalmarDatabase } from '../support/database.ts'
import { decideAndCarryOut, idOf, testCoordinator, testProvenance } from '../support/ledger.ts'
import { textOf } from '../support/text.ts'

const db = await kalmarDatabase()
const app = await startApp({ db, today: day('2026-11-22') })
afterAll(() => app.close())

async function page(url: string) {
  const { statusCode, body } = await app.inject({ url, headers: { accept: 'text/html' } })
  return { statusCode, body, text: textOf(body) }
}
const older = '/handlingsplaner/aldre-2025-2026'

/** The part of a page between two anchors. */
function between(body: string, from: string, to: string): string {
  return textOf(body.slice(body.indexOf(`id="${from}"`), body.indexOf(`id="${to}"`)))
}

test('the list tells of seven plans: whose, decided when by which decision, with how many areas and activities', async () => {
  const { statusCode, body, text } = await page('/handlingsplaner')
  expect(statusCode).toBe(200)
  expect(text).toContain('7 planer med sammanlagt 73 beslutade aktiviteter.')
  expect(text).toContain('Samordnande grupp Äldre 30 maj 2025 av Länsgemensam ledning 2 förbättringsområden och 4')
  expect(body).toContain('href="/beslut/2025-11-26-lansgemensam-ledning-handlingsplan-barn-och-unga"')
})

test('on a day before their decisions the plans were not adopted', async () => {
  const { text } = await page('/handlingsplaner?datum=2025-06-01')
  expect(text).toContain('Visar läget 1 juni 2025')
  expect(text).toContain('7 planer med sammanlagt 16 beslutade aktiviteter.')
  expect(text.match(/inte beslutad/g)).toHaveLength(12)
})

test('a plan says what it promises: vision, target group, ambition, directions', async () => {
  const { statusCode, text } = await page(older)
  expect(statusCode).toBe(200)
  expect(text).toContain('16 aktiviteter i 2 förbättringsområden och 4 områden som fortgår över tid.')
  expect(text).toContain('Målbild Tillsammans skapar vi hälsa och trygghet för hela livet')
  expect(text).toContain('Beslutad 30 maj 2025 av Länsgemensam ledning')
  expect(text).toContain('Strategiska inriktningar')
  expect(text).toContain('sammanfattning')
})

test('the page says when what it shows was last recorded', async () => {
  expect((await page(older)).body).toContain('Sidans uppgifter ändrades senast')
  expect((await page('/dokument/overenskommelse-munhalsa')).body).toContain('Sidans uppgifter ändrades senast')
})

test('every activity of every plan stands at its own anchor', async () => {
  for (const [slug, code, count] of [
    ['lansgemensam-ledning', 'hp1', 7],
    ['barn-och-unga', 'hp2', 12],
    ['psykisk-halsa', 'hp3', 17],
    ['aldre', 'hp4', 16],
    ['invanarmedverkan', 'hp5', 7],
    ['habilitering-och-rehabilitering', 'hp6', 9],
    ['informationsoverforing', 'hp7', 5],
  ] as const) {
    const { body } = await page(`/handlingsplaner/${slug}-2025-2026`)
    expect(body.match(new RegExp(`<li id="${code}-a\\d\\d"`, 'g')), slug).toHaveLength(count)
  }
})

test('a plan without directions says that the heading is missing, and does not invent any', async () => {
  expect((await page('/handlingsplaner/informationsoverforing-2025-2026')).text).toContain(
    'Strategiska inriktningar saknas som egen rubrik i planen',
  )
})

test('a milestone whose day has passed is not called missed: no outcome is registered', async () => {
  const { body } = await page(older)
  const milestones = between(body, 'milstolpar', 'uppfoljning')
  expect(milestones).toContain('1 december 2025 Delrapport om komplexa behov')
  expect(milestones).toContain('januari 2026 Planerad start')
  expect(milestones).toContain('inget utfall registrerat')
  expect(milestones).toMatch(/31 december 2026 Planperioden slutar .* härledd .* Hela planen kommande/)
  expect(between((await page(`${older}?datum=2025-11-30`)).body, 'milstolpar', 'uppfoljning')).not.toContain(
    'inget utfall',
  )
})

test('the area that was told of at the meeting shows what was said, and where', async () => {
  const { body } = await page(older)
  const area = body.slice(body.indexOf('id="hp4-f1"'), body.indexOf('id="hp4-f2"'))
  expect(textOf(area)).toContain('förbereds 12 december 2025')
  expect(area).toContain('href="/moten-och-protokoll/2025-12-12-lansgemensam-ledning#punkt-3"')
  expect(textOf(area)).toContain('Tidsram Delrapport den 1 december 2025, slutrapport den 30 juni 2026.')
  expect(between(body, 'hp4-f2', 'hp4-l1')).toContain('Tidsram anges inte i planen')
})

test('the same concern in two plans is linked both ways', async () => {
  const fallPrevention = (await page(older)).body
  expect(fallPrevention).toContain('href="/handlingsplaner/habilitering-och-rehabilitering-2025-2026#hp6-a07"')
  expect(textOf(fallPrevention)).toContain('samma sak')
  expect((await page('/handlingsplaner/habilitering-och-rehabilitering-2025-2026')).body).toContain(
    'href="/handlingsplaner/aldre-2025-2026#hp4-a08"',
  )
})

test('an activity names the documents and projects that it concerns', async () => {
  const { body } = await page(older)
  expect(body).toContain('href="/dokument/overenskommelse-munhalsa"')
  expect(body).toContain('href="/projekt#narsjukvard-oskarshamn"')
})

test('an uncertain reading says so, with its reason on demand', async () => {
  const { body, text } = await page('/handlingsplaner/psykisk-halsa-2025-2026')
  expect(text).toContain('osäker läsning')
  expect(body).toMatch(/<details class="provenance">/)
})

test('before its decision a plan shows that it was not adopted, and none of its content', async () => {
  const { statusCode, body, text } = await page(`${older}?datum=2025-05-29`)
  expect(statusCode).toBe(200)
  expect(text).toContain('Planen var inte beslutad 29 maj 2025.')
  expect(text).toContain('Den beslutades 30 maj 2025.')
  expect(body).not.toContain('id="hp4-a03"')
  expect((await page(`${older}?datum=2025-05-30`)).body).toContain('id="hp4-a03"')
})

test('follow-up later than the day that is shown is not known that day', async () => {
  expect((await page(`${older}?datum=2025-12-11`)).text).toContain(
    'Ingen uppföljning är registrerad sedan planen beslutades 30 maj 2025.',
  )
  expect((await page(`${older}?datum=2025-12-12`)).text).toContain('Senaste uppföljningen är från 12 december 2025.')
})

test('what no plan is called, and what is no day, get a clear answer', async () => {
  expect((await page('/handlingsplaner/finns-inte')).statusCode).toBe(404)
  expect((await page(`${older}?datum=2025-13-01`)).statusCode).toBe(400)
  expect((await page('/handlingsplaner?datum=nu')).statusCode).toBe(400)
})

test('a revision keeps the number of an activity: the new text is in force, the old one stands among the earlier', async () => {
  const plan_id = await idOf(db, 'plan', 'invanarmedverkan-2025-2026')
  await change(db, testCoordinator, async (work) => {
    const { area_id } = await work.trx
      .selectFrom('activity')
      .select('area_id')
      .where('plan_id', '=', plan_id)
      .where('number', '=', 3)
      .executeTakeFirstOrThrow()
    await work.trx
      .insertInto('activity')
      .values({
        plan_id,
        area_id,
        number: 3,
        activity_text: 'Prova den omskrivna testaktiviteten.',
        provenance_id: await testProvenance(work),
      })
      .execute()
    await work.record('activity.proposed', 'plan/invanarmedverkan-2025-2026')
  })
  const address = '/handlingsplaner/invanarmedverkan-2025-2026'
  expect((await page(address)).text).not.toContain('omskrivna testaktiviteten')

  await decideAndCarryOut(db, 'revidering-invanarmedverkan', '2026-03-06', [
    { kind: 'plan_revised', plan_id, details: JSON.stringify({ ends: [7] }) },
  ])
  const { body, text } = await page(address)
  expect(text).toContain('Reviderad 6 mars 2026')
  expect(between(body, 'fortgar-over-tid', 'milstolpar')).not.toContain('HP5-A07')
  expect(between(body, 'forbattringsomraden', 'fortgar-over-tid')).toContain('Prova den omskrivna testaktiviteten.')
  expect(body.match(/id="hp5-a03"/g)).toHaveLength(1)
  const earlier = between(body, 'tidigare', 'om-planen')
  expect(earlier).toContain('HP5-A03 Göra metoder')
  expect(earlier).toContain('HP5-A07')
  expect(earlier).toContain('gällde till och med 5 mars 2026')

  const before = await page(`${address}?datum=2026-03-05`)
  expect(before.text).not.toContain('omskrivna testaktiviteten')
  expect(between(before.body, 'fortgar-over-tid', 'milstolpar')).toContain('HP5-A07')
})

test('a plan of 500 activities with very long names holds', async () => {
  const long = 'Testområdessamverkansutvecklingsgruppsbeteckning '.repeat(8).trim()
  const plan_id = await change(db, testCoordinator, async (work) => {
    const provenance_id = await testProvenance(work)
    const { id } = await work.trx
      .insertInto('plan')
      .values({
        slug: 'stor-2027-2028',
        code: 'HP99',
        title: `Handlingsplan ${long}`,
        body_id: await idOf(work.trx, 'body', 'aldre'),
        period: '[2027-01-01,2029-01-01)',
        provenance_id,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const area = await work.trx
      .insertInto('plan_area')
      .values({ plan_id: id, kind: 'ongoing', number: 1, title: long, provenance_id })
      .returning('id')
      .executeTakeFirstOrThrow()
    await work.trx
      .insertInto('activity')
      .values(
        Array.from({ length: 500 }, (_, place) => ({
          plan_id: id,
          area_id: area.id,
          number: place + 1,
          activity_text: `${long} ${place + 1}`,
          provenance_id,
        })),
      )
      .execute()
    await work.record('plan.registered', 'plan/stor-2027-2028')
    return id
  })
  const address = '/handlingsplaner/stor-2027-2028'
  const unadopted = await page(address)
  expect(unadopted.text).toContain('Planen är inte beslutad.')
  expect(unadopted.body).not.toContain('hp99-a')

  await decideAndCarryOut(db, 'stor-plan', '2026-11-20', [{ kind: 'plan_adopted', plan_id }])
  const { statusCode, body, text } = await page(address)
  expect(statusCode).toBe(200)
  expect(body.match(/<li id="hp99-a\d+"/g)).toHaveLength(500)
  expect(text).toContain('beslutad, perioden har inte börjat')
  expect((await page('/handlingsplaner')).text).toContain('Planperiod 2027–2028')
})

test('a large plan takes no more queries than a small one', async () => {
  let queries = 0
  const counted = db.withPlugin({
    transformQuery({ node }) {
      queries += 1
      return node
    },
    transformResult: async ({ result }) => result,
  })
  const other = await startApp({ db: counted, today: day('2026-11-22') })
  const cost = async (url: string) => {
    queries = 0
    expect((await other.inject({ url })).statusCode).toBe(200)
    return queries
  }
  expect(await cost('/handlingsplaner/stor-2027-2028')).toBe(await cost(older))
  await other.close()
})

test('a county without plans says so', async () => {
  const empty = await freshDatabase()
  const other = await startApp({ db: empty })
  const { statusCode, body } = await other.inject({ url: '/handlingsplaner' })
  expect(statusCode).toBe(200)
  expect(textOf(body)).toContain('Inga handlingsplaner är registrerade ännu.')
  await other.close()
})
