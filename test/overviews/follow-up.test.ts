import { afterAll, expect, test } from 'vitest'
import { change } from '../../src/audit/work.ts'
import { day } from '../../src/kernel/dates.ts'
import { marksOf } from '../../src/overviews/follow-up-dues.ts'
import { followUpChoices, followUpPage } from '../../src/overviews/follow-up-pages.ts'
import { type Due, inDateOrder, toldOnce } from '../../src/overviews/follow-up-rules.ts'
import { startApp } from '../support/app.ts'
import { freshDatabase, kalmarDatabase } from '../support/database.ts'
import { idOf, testCoordinator, testProvenance } from '../support/ledger.ts'
import { textOf } from '../support/text.ts'

const db = await kalmarDatabase()
const app = await startApp({ db, today: day('2026-11-22') })
afterAll(() => app.close())

async function page(url: string, of = app) {
  const { statusCode, body } = await of.inject({ url, headers: { accept: 'text/html' } })
  return { statusCode, body, text: textOf(body) }
}

/** The text of the section with that heading. */
function section(body: string, anchor: string): string {
  const from = body.indexOf(`id="${anchor}"`)
  expect(from, anchor).toBeGreaterThan(0)
  return textOf(body.slice(from, body.indexOf('</section>\n\n', from) > 0 ? body.indexOf('<h2', from) : undefined))
}

const due = (values: Partial<Due>): Due => ({
  key: 'a',
  section: 'passed',
  on: day('2025-12-01'),
  when: '1 december 2025',
  title: 'Testrapport',
  note: null,
  body: null,
  belongsTo: [{ text: 'HP4-F1' }],
  tag: { text: 'inget utfall registrerat', tone: 'warning' },
  ...values,
})

test('what is both a milestone and an assignment is told once, with both', () => {
  const told = toldOnce([
    due({}),
    due({ title: 'Lämna testrapport', belongsTo: [{ text: 'uppdrag' }] }),
    due({ key: 'b' }),
  ])
  expect(told).toHaveLength(2)
  expect(told[0]?.title).toBe('Testrapport')
  expect(told[0]?.belongsTo.map(({ text }) => text)).toEqual(['HP4-F1', 'uppdrag'])
})

test('a period that one plan has closed still comes for the others that end the same day', () => {
  const end = (id: number, done: boolean) => ({
    id,
    area_id: null,
    kind: 'period_end' as const,
    due_on: '2026-12-31',
    due_precision: 'day' as const,
    state: done ? ('done' as const) : ('planned' as const),
    done_on: done ? '2026-11-01' : null,
    body_slug: 'aldre',
  })
  const marks = (...milestones: ReturnType<typeof end>[]) =>
    marksOf({ milestones, assignments: [], funding: [] }, day('2026-11-22')).map((mark) => [
      mark.section,
      mark.milestones,
    ])
  expect(marks(end(1, true), end(2, false))).toEqual([['coming', [2, 1]]])
  expect(marks(end(1, true), end(2, true))).toEqual([['done', [1, 2]]])
})

test('the earliest stands first and what has no date last', () => {
  const order = inDateOrder([due({ on: null, key: '1' }), due({ on: day('2026-01-01'), key: '2' }), due({ key: '3' })])
  expect(order.map(({ key }) => key)).toEqual(['3', '2', '1'])
})

test('the page says first how much has passed without a registered outcome, and how much lacks follow-up', async () => {
  const { statusCode, text } = await page('/uppfoljning')
  expect(statusCode).toBe(200)
  expect(text).toContain('5 saker har passerat sitt datum utan att något utfall är registrerat.')
  expect(text).toContain('27 av 33 områden i planerna saknar uppföljning.')
})

test('what has passed is told calmly: no outcome is registered, and it may have been done', async () => {
  const passed = section((await page('/uppfoljning')).body, 'passerat')
  expect(passed).toContain('Det kan vara gjort utan att det framgår av underlaget.')
  expect(passed).toContain('1 december 2025 Delrapport om komplexa behov')
  expect(passed).toContain('30 juni 2026 Slutrapport')
  expect(passed).toContain('inget utfall registrerat')
  expect(passed).not.toMatch(/försenad|missad/i)
})

test('a report that is both milestone and assignment stands once among what has passed', async () => {
  const passed = section((await page('/uppfoljning')).body, 'passerat')
  expect(passed.match(/1 december 2025/g)).toHaveLength(1)
})

test('funding and commitments that ended by themselves are told apart, once each', async () => {
  const ended = section((await page('/uppfoljning')).body, 'upphort')
  expect(ended.match(/31 januari 2026/g)).toHaveLength(1)
  expect(ended).toContain('Därefter har regionen hela ansvaret')
  expect(ended).toContain('30 juni 2026 Projektledarens uppdrag')
})

test('the seven plans’ periods end on one row', async () => {
  const coming = section((await page('/uppfoljning')).body, 'kommande')
  expect(coming).toContain('31 december 2026 Planperioden slutar – 7 planer kommande')
  expect(coming).toContain('2026 Följa upp den lokala samverkan')
})

test('on the day of the meeting only the interim report had passed', async () => {
  const then = await startApp({ db, today: day('2025-12-12') })
  const { body, text } = await page('/uppfoljning', then)
  expect(text).toContain('1 sak har passerat sitt datum')
  expect(section(body, 'passerat')).toContain('Delrapport')
  expect(section(body, 'kommande')).toContain('31 januari 2026')
  await then.close()
})

test('assignments stand with to whom, by when, how it goes, and the item they came from', async () => {
  const { body } = await page('/uppfoljning?lage=uppdrag')
  const given = section(body, 'uppdrag')
  expect(given).toContain('Skriva uppdragsbeskrivning')
  expect(given).toContain('Beredningen Tid anges inte öppet, utan slutdatum 12 december 2025, punkt 8')
  expect(given).toContain('Fortsätta dialogen om IKB')
  expect(given).toContain('klart 12 december 2025, punkt 5c')
  expect(body).toContain('href="/moten-och-protokoll/2025-12-12-lansgemensam-ledning#punkt-8"')
  expect(body).not.toContain('id="passerat"')
})

test('a link to an assignment that is cut or leads to none shows the list', async () => {
  for (const asked of ['', 'STORA', '<x>', 'finns-inte', 'a&uppdrag=b']) {
    const { statusCode, body } = await page(`/uppfoljning?lage=uppdrag&uppdrag=${asked}`)
    expect([asked, statusCode]).toEqual([asked, 200])
    expect(section(body, 'uppdrag')).toContain('Skriva uppdragsbeskrivning')
  }
})

test('a group’s own page of follow-up lists its areas, since when they have not been followed up', async () => {
  const { text } = await page('/uppfoljning?grupp=aldre&lage=utan-uppfoljning')
  expect(text).toContain('HP4-F2')
  expect(text).toContain('ingen uppföljning sedan 30 maj 2025')
  expect(text).not.toContain('HP3-')
  expect((await page('/uppfoljning?grupp=finns-inte')).statusCode).toBe(200)
  expect((await page('/uppfoljning?lage=allt')).statusCode).toBe(400)
})

test('what is done stands among what is done, and nowhere else', async () => {
  await change(db, testCoordinator, async (work) => {
    await work.trx
      .updateTable('milestone')
      .set({ state: 'done', done_on: '2026-02-10' })
      .where('kind', '=', 'start')
      .where('plan_id', '=', await idOf(work.trx, 'plan', 'aldre-2025-2026'))
      .execute()
    await work.record('milestone.done', 'plan/aldre-2025-2026')
  })
  const { body, text } = await page('/uppfoljning')
  expect(text).toContain('4 saker har passerat sitt datum')
  expect(section(body, 'passerat')).not.toContain('Planerad start')
  expect(section(body, 'klart')).toContain('januari 2026 Planerad start')
  expect(section(body, 'klart')).toContain('Fortsätta dialogen om IKB')
  expect(section(body, 'klart')).not.toContain('Mejla underlagen')
})

test('a new follow-up note takes the area off the list', async () => {
  await change(db, testCoordinator, async (work) => {
    const plan_id = await idOf(work.trx, 'plan', 'aldre-2025-2026')
    const activity = await work.trx
      .selectFrom('activity')
      .select('id')
      .where('plan_id', '=', plan_id)
      .where('number', '=', 4)
      .executeTakeFirstOrThrow()
    await work.trx
      .insertInto('follow_up')
      .values({
        plan_id,
        activity_id: activity.id,
        noted_on: '2026-10-01',
        state: 'active',
        note: 'Testgruppen har träffats.',
        provenance_id: await testProvenance(work),
      })
      .execute()
    await work.record('follow-up.noted', 'plan/aldre-2025-2026')
  })
  const { text } = await page('/uppfoljning?grupp=aldre&lage=utan-uppfoljning')
  expect(text).not.toContain('HP4-F2')
  const chain = await page('/handlingsplaner/aldre-2025-2026/fran-malbild-till-uppfoljning')
  expect(chain.text).toContain('1 av 16 aktiviteter har en egen uppföljning.')
  expect(chain.text).toContain('1 oktober 2026 Testgruppen har träffats. pågår')
})

const chainOf = (plan: string) => `/handlingsplaner/${plan}-2025-2026/fran-malbild-till-uppfoljning`

test('a plan reads from its vision to what is measured, and its gaps are shown', async () => {
  const { statusCode, text } = await page(chainOf('informationsoverforing'))
  expect(statusCode).toBe(200)
  const order = ['Målbild', 'Inriktningar saknas', 'HP7-L1', 'HP7-A02', 'ingen uppföljning sedan 26 november 2025']
  let from = 0
  for (const words of order) {
    const at = text.indexOf(words, from)
    expect(at, words).toBeGreaterThan(from)
    from = at
  }
  expect(text).toContain('Indikatorn 0,8 för år 2026 senast uppmätt 0,33 (till och med 30 november 2025).')
  expect(text).toContain('inget mått registrerat')
})

test('an area that only borders on the matter of the indicator is not measured by it', async () => {
  expect((await page(chainOf('habilitering-och-rehabilitering'))).text).not.toContain('0,8')
  expect((await page(chainOf('aldre'))).text).not.toContain('0,8')
})

test('the same chain reads back from the measure to the vision', async () => {
  const { text } = await page(`${chainOf('informationsoverforing')}?las=bakat`)
  const from = text.indexOf('Indikatorn 0,8')
  expect(from).toBeGreaterThan(0)
  expect(text.indexOf('HP7-A01', from)).toBeLessThan(text.indexOf('HP7-L1', from))
  expect(text.slice(from)).toContain('Tillsammans skapar vi hälsa och trygghet')
  expect((await page(`${chainOf('invanarmedverkan')}?las=bakat`)).text).toContain(
    'Ingen uppföljning och inget mått är registrerat för planen.',
  )
})

test('before the decision there is no chain to read', async () => {
  expect((await page(`${chainOf('aldre')}?datum=2025-05-29`)).text).toContain('Kedjan börjar med beslutet.')
  expect((await page('/handlingsplaner/finns-inte/fran-malbild-till-uppfoljning')).statusCode).toBe(404)
  expect((await page(`${chainOf('aldre')}?datum=2025`)).statusCode).toBe(400)
  expect((await page(`${chainOf('aldre')}?las=uppochned`)).statusCode).toBe(400)
})

test('a county without plans and assignments has nothing to follow up, and says so', async () => {
  const other = await startApp({ db: await freshDatabase() })
  const { statusCode, text } = await page('/uppfoljning', other)
  expect(statusCode).toBe(200)
  expect(text).toContain('Inget har passerat sitt datum utan registrerat utfall.')
  expect(text).toContain('Inga uppdrag är registrerade.')
  await other.close()
})

test('what lacks follow-up in each group is together what lacks it in all', async () => {
  const { body, text } = await page('/uppfoljning')
  const numbers = (from: string) =>
    /(\d+) av (\d+) områden? i planerna saknar/.exec(from)?.slice(1).map(Number) ?? [0, 0]
  const groups = new Set([...body.matchAll(/\/uppfoljning\?grupp=([a-z-]+)"/g)].map(([, slug]) => slug))
  expect(groups.size).toBeGreaterThan(3)
  let [without, areas] = [0, 0]
  for (const slug of groups) {
    const of = await page(`/uppfoljning?grupp=${slug}`)
    const [one = 0, out = 0] = numbers(of.text)
    without += one
    areas += out
    // The other groups can still be chosen.
    for (const other of groups) if (other !== slug) expect(of.body).toContain(`grupp=${other}"`)
  }
  expect([without, areas]).toEqual(numbers(text))
  // The same where they are not told one by one.
  expect(numbers((await page('/uppfoljning?lage=passerat')).text)).toEqual(numbers(text))
  const [slug] = groups
  expect(numbers((await page(`/uppfoljning?grupp=${slug}&lage=passerat`)).text)).toEqual(
    numbers((await page(`/uppfoljning?grupp=${slug}`)).text),
  )
})

test.each(['2025-12-12', '2026-03-15', '2026-11-22'])(
  'each part alone tells what it tells among the others: %s',
  async (on) => {
    const today = day(on)
    for (const body of [null, 'aldre', 'barn-och-unga']) {
      const { sections, lead } = await followUpPage(db, { body, choice: null }, today, 1)
      const whole = await followUpPage(db, { body, choice: null }, today, null)
      for (const [place, choice] of followUpChoices.entries()) {
        const alone = await followUpPage(db, { body, choice }, today, 1)
        expect([choice, alone.lead]).toEqual([choice, lead])
        expect(alone.filters[1]).toEqual((await followUpPage(db, { body, choice }, today, null)).filters[1])
        // Of all groups together the areas are told plan by plan among the others, and one by one alone.
        if (choice === 'utan-uppfoljning' && body === null) continue
        expect(alone.sections.map(({ rows }) => rows)).toEqual([whole.sections[place]?.rows.slice(0, 50)])
        expect(sections[place]?.rows).toEqual(alone.sections[0]?.rows.slice(0, 10))
      }
    }
  },
)

test('page by page, what is done is all of it in order, whatever is told together with something else', async () => {
  const many = await kalmarDatabase()
  const today = day('2026-11-22')
  await change(many, testCoordinator, async (work) => {
    await work.record('test.assigned', 'assignment/many')
    const provenance_id = await testProvenance(work)
    const area = await work.trx
      .selectFrom('milestone')
      .select(['plan_id', 'area_id', 'due_on'])
      .where('area_id', 'is not', null)
      .where('due_precision', '=', 'day')
      .where('state', '!=', 'done')
      .executeTakeFirstOrThrow()
    for (let number = 0; number < 70; number += 1) {
      const due_on = `2026-${String(1 + (number % 9)).padStart(2, '0')}-${String(10 + (number % 19)).padStart(2, '0')}`
      const ofArea = { plan_id: area.plan_id, area_id: area.area_id }
      await work.trx
        .insertInto('assignment')
        .values({
          slug: `gjort-${number}`,
          task: `Gjort ${number}`,
          state: 'done',
          due_on,
          due_precision: 'day',
          provenance_id,
          // Some are told together with each other, some with a milestone that is not done, and some are done another day.
          ...(number % 7 === 0 ? { ...ofArea, due_on: '2026-09-30' } : {}),
          ...(number % 7 === 1 ? { ...ofArea, due_on: area.due_on } : {}),
          ...(number % 7 === 2 ? { reported_on: '2026-12-24' } : {}),
        })
        .execute()
    }
  })
  const filter = { body: null, choice: 'klart' } as const
  const rowsOf = async (page: number | null) => (await followUpPage(many, filter, today, page)).sections[0]?.rows ?? []
  const all = await rowsOf(null)
  expect(all.length).toBeGreaterThan(40)
  const inPages = []
  for (let page = 1; page <= Math.ceil(all.length / 20); page += 1) inPages.push(...(await rowsOf(page)))
  expect(inPages).toEqual(all)
  await expect(rowsOf(Math.ceil(all.length / 20) + 1)).rejects.toThrow('page')
  const overview = await followUpPage(many, { body: null, choice: null }, today, 1)
  expect(overview.sections.find(({ anchor }) => anchor === 'klart')?.rows).toEqual(all.slice(0, 10))
})

test('what is done takes with it what was told together with it, also where only what has passed is told', async () => {
  const passed = (of: string) => section(of, 'passerat')
  expect(passed((await page('/uppfoljning?lage=passerat')).body)).toContain('Delrapport')
  await change(db, testCoordinator, async (work) => {
    await work.trx
      .updateTable('milestone')
      .set({ state: 'done', done_on: '2026-02-10' })
      .where('due_on', '=', '2025-12-01')
      .where('area_id', 'is not', null)
      .execute()
    await work.record('milestone.done', 'plan/barn-och-unga-2025-2026')
  })
  const all = await page('/uppfoljning')
  const alone = await page('/uppfoljning?lage=passerat')
  expect(passed(alone.body)).not.toContain('Delrapport')
  expect(passed(alone.body)).not.toContain('1 december 2025')
  expect(passed(all.body)).not.toContain('1 december 2025')
  expect(section(all.body, 'klart')).toContain('Delrapport')
  const words = /\d+ sak(er)? har passerat sitt datum/
  expect(words.exec(alone.text)?.[0]).toBe(words.exec(all.text)?.[0])
})
