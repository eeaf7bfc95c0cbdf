import { resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { change } from '../../src/audit/work.ts'
import { loadExampleData } from '../../src/discharge-days/example-data.ts'
import { addDays, day } from '../../src/kernel/dates.ts'
import { awaitsDecision, bodiesWithSeatFor } from '../../src/overviews/parties-rules.ts'
import { startApp } from '../support/app.ts'
import { freshDatabase, kalmarDatabase } from '../support/database.ts'
import { idOf, newPerson, testCoordinator, testProvenance } from '../support/ledger.ts'
import { textOf } from '../support/text.ts'

const db = await kalmarDatabase()
const app = await startApp({ db, today: day('2025-12-15') })
const emptyDb = await freshDatabase()
const emptyApp = await startApp({ db: emptyDb })
afterAll(async () => {
  await app.close()
  await emptyApp.close()
})

async function page(url: string) {
  const { statusCode, body, headers } = await app.inject({ url, headers: { accept: 'text/html' } })
  const section = (id: string) => textOf(new RegExp(`<h2 id="${id}"[\\s\\S]*?</section>`).exec(body)?.[0] ?? '')
  return { statusCode, body, headers, text: textOf(body), section }
}

describe('who has a seat where', () => {
  const seat = { body_id: 1, body_slug: 'ledningen', body_name: 'Ledningen' }
  const every = { ...seat, each_municipality: true, represents_organisation_id: null }
  const named = { ...seat, body_id: 2, each_municipality: false, represents_organisation_id: 7 }

  test('every municipality where the seat says so, and those named, also through a part of them', () => {
    expect([...bodiesWithSeatFor({ kind: 'municipality' }, new Set([3]), [every, named]).keys()]).toEqual([1])
    expect([...bodiesWithSeatFor({ kind: 'region' }, new Set([5, 7]), [every, named]).keys()]).toEqual([2])
    expect(bodiesWithSeatFor({ kind: 'federation' }, new Set([9]), [every, named]).size).toBe(0)
  })

  test('a position that nobody knows waits, one that is decided does not', () => {
    expect((['unknown', 'planned', 'endorsed', 'decided'] as const).map((state) => awaitsDecision({ state }))).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})

test('the parties are listed with what waits for them and whether a member was noted', async () => {
  const { text, body } = await page('/parter')
  expect(text).toContain('13 parter har överenskommelser med varandra.')
  expect(text).toContain('Emmaboda kommun Gemensam plan för samverkan 0 ingen ledamot antecknad')
  expect(text).toContain('Kalmar kommun Gemensam plan för samverkan 2 2 ledamöter')
  expect(text).toContain('Region Kalmar län Gemensam plan för samverkan 7 6 ledamöter')
  expect(text).not.toMatch(/frånvarande [^.”]*kommun/)
  expect(body).toContain('href="/parter/region-kalmar-lan"')
})

describe('a party', () => {
  test('first shows what it is to do and when: its own, then the county’s, what comes before what has passed', async () => {
    const { section, text } = await page('/parter/kalmar')
    expect(text).toContain('Ska ta ställning till Gemensam plan för samverkan; tid framgår inte.')
    const toDo = section('att-gora')
    expect(toDo).toContain('Ta ställning till Gemensam plan för samverkan Tid framgår inte inte känt')
    expect(toDo.indexOf('Slutrapport om komplexa behov')).toBeLessThan(toDo.indexOf('Delrapport om komplexa behov'))
    expect(toDo).toMatch(/Delrapport om komplexa behov .* 1 december 2025 Äldre inget utfall registrerat/)
  })

  test('has its position with the day when it was known', async () => {
    const positions = (await page('/parter/kalmar')).section('beslutslage')
    expect(positions).toContain('beslutat Kommunfullmäktige, hösten 2023 hösten 2023')
    expect(positions).toContain('Gemensam plan för samverkan inte känt Framgår inte 12 december 2025')
    const before = (await page('/parter/kalmar?datum=2025-12-11')).section('beslutslage')
    expect(before).not.toContain('Gemensam plan för samverkan')
  })

  test('has its representatives and attendance, also when no member is noted', async () => {
    const kalmar = await page('/parter/kalmar')
    expect(kalmar.section('foretradare')).toContain('Anna Hasselbom Trofast socialchef Länsgemensam ledning Ledamot')
    expect(kalmar.section('narvaro')).toContain('Anna Hasselbom Trofast och Patrik Glasberg')
    const emmaboda = await page('/parter/emmaboda')
    expect(emmaboda.section('foretradare')).toContain('Ingen företrädare är känd.')
    expect(emmaboda.section('foretradare')).toContain('Har plats men ingen känd ledamot i: Länsgemensam ledning.')
    expect(emmaboda.section('narvaro')).toContain('Protokoll Länsgemensam ledning 2025-12-12 ingen ledamot antecknad –')
  })

  test('that is the region counts its administrations as its own', async () => {
    const { section, text } = await page('/parter/region-kalmar-lan')
    expect(section('att-gora')).toContain('Följa upp den lokala samverkan inom primärvård 2026')
    expect(section('foretradare')).toMatch(/Petra Hornstra .*Tidigare företrädare .*Charlotte Ohlsén/)
    expect(section('beslut')).toContain('Att Petra Hornstra ersätter Charlotte Ohlsén')
    expect(text).toContain('Psykiatriförvaltningen förvaltning, psykiatrisk vård')
  })

  test('shows the decisions that apply to every party', async () => {
    expect((await page('/parter/vimmerby')).section('beslut')).toMatch(
      /Inget beslut nämner Vimmerby kommun särskilt\. Beslut som gäller alla parter .*Indikator för utskrivningsklara dagar/,
    )
  })

  test('is found by its slug in the register too; what is no party has no page', async () => {
    const moved = await page('/parter/rkl?datum=2025-12-12')
    expect(moved.statusCode).toBe(301)
    expect(moved.headers.location).toBe('/parter/region-kalmar-lan?datum=2025-12-12')
    for (const slug of ['gyf', 'rkl-hsf', 'finns-inte'])
      expect((await page(`/parter/${slug}`)).statusCode, slug).toBe(404)
    expect((await page('/parter/kalmar?datum=snart')).statusCode).toBe(400)
  })

  test('shows its discharge days, and says when they are invented', async () => {
    expect((await page('/parter/kalmar')).text).not.toContain('EXEMPELDATA')
    await loadExampleData(db, resolve('seeds/kalmar'))
    const shown = (await page('/parter/kalmar')).section('utskrivning')
    expect(shown).toMatch(/HSF, \w+ 20\d\d \d,\d\d/)
    expect(shown).toContain('EXEMPELDATA')
    expect((await page('/parter/region-kalmar-lan')).text).not.toContain('EXEMPELDATA')
  })

  test('is given a task of its own: it stands first until it is done', async () => {
    await change(db, testCoordinator, async (work) => {
      const { id } = await work.trx
        .selectFrom('organisation')
        .select('id')
        .where('slug', '=', 'torsas')
        .executeTakeFirstOrThrow()
      await work.trx
        .insertInto('assignment')
        .values({
          slug: 'testuppdrag',
          task: 'Pröva ett testuppdrag',
          assignee_organisation_id: id,
          due_text: 'Så snart det går',
          provenance_id: await testProvenance(work),
        })
        .execute()
      await work.record('test.assigned', 'assignment/testuppdrag')
    })
    expect((await page('/parter/torsas')).section('att-gora')).toContain('Pröva ett testuppdrag Så snart det går')
    expect((await page('/parter/kalmar')).section('att-gora')).not.toContain('testuppdrag')
  })
})

test('what the party and its groups are to do takes room from the county’s other dates, but never all of it', async () => {
  const busy = await kalmarDatabase()
  const give = (to: object, count: number, name: string) =>
    change(busy, testCoordinator, async (work) => {
      await work.record('test.assigned', `assignment/${name}`)
      const provenance_id = await testProvenance(work)
      for (let number = 10; number < 10 + count; number += 1)
        await work.trx
          .insertInto('assignment')
          .values({
            slug: `${name.toLowerCase()}-${number}`,
            task: `${name} ${number}`,
            due_on: `2026-01-${number}`,
            due_precision: 'day',
            provenance_id,
            ...to,
          })
          .execute()
    })
  const other = await startApp({ db: busy, today: day('2025-12-15') })
  const shown = async () => {
    const { body } = await other.inject({ url: '/parter/emmaboda', headers: { accept: 'text/html' } })
    const toDo = textOf(/<h2 id="att-gora"[\s\S]*?<\/section>/.exec(body)?.[0] ?? '')
    return {
      rows: ['Eget', 'Delat', 'Annat'].map((name) => toDo.match(new RegExp(`${name} \\d\\d`, 'g'))?.length ?? 0),
      notes: toDo.match(/De \d+ första av \d+/g) ?? [],
    }
  }
  await give({ assignee_body_id: await idOf(busy, 'body', 'aldre') }, 14, 'Annat')
  // Three of the county's own eleven dates come before them.
  expect(await shown()).toEqual({ rows: [0, 0, 9], notes: ['De 12 första av 25'] })
  await give({ assignee_body_id: await idOf(busy, 'body', 'lansgemensam-ledning') }, 14, 'Delat')
  expect(await shown()).toEqual({ rows: [0, 12, 4], notes: ['De 12 första av 14', 'De 7 första av 25'] })
  const { id } = await busy
    .selectFrom('organisation')
    .select('id')
    .where('slug', '=', 'emmaboda')
    .executeTakeFirstOrThrow()
  await give({ assignee_organisation_id: id }, 14, 'Eget')
  expect(await shown()).toEqual({
    rows: [12, 12, 2],
    notes: ['De 13 första av 15', 'De 12 första av 14', 'De 5 första av 25'],
  })
  await other.close()
})

test('a party with many representatives shows the first of them, and more on request', async () => {
  const many = await kalmarDatabase()
  await change(many, testCoordinator, async (work) => {
    await work.record('members.known', 'body/aldre')
    const provenance_id = await testProvenance(work)
    const { id: organisation } = await work.trx
      .selectFrom('organisation')
      .select('id')
      .where('slug', '=', 'emmaboda')
      .executeTakeFirstOrThrow()
    const body = await idOf(work.trx, 'body', 'aldre')
    const letter = (number: number) => String.fromCharCode(65 + (number % 26))
    // Thirteen sit there, and a hundred and three have left.
    for (let number = 0; number < 116; number += 1) {
      const sits = number < 13
      const name = sits ? `Testa ${letter(number)} Testsson` : `Prova ${letter(number / 26)}${letter(number)} Testsson`
      const person = await newPerson(work, `testa-${number}`, name)
      await work.trx
        .insertInto('membership')
        .values({
          body_id: body,
          person_id: person,
          role: 'member',
          on_behalf_organisation_id: organisation,
          start_ground: 'decision_not_registered',
          ...(sits
            ? { valid: '[2024-02-01,)' }
            : {
                valid: `[2020-01-01,${addDays(day('2024-01-01'), number)})`,
                end_ground: 'decision_not_registered' as const,
              }),
          provenance_id,
        })
        .execute()
    }
  })
  const other = await startApp({ db: many, today: day('2025-12-15') })
  const representatives = async (url: string) => {
    const { body, statusCode } = await other.inject({ url, headers: { accept: 'text/html' } })
    expect(statusCode).toBe(200)
    return { body, text: textOf(/<h2 id="foretradare"[\s\S]*?<\/section>/.exec(body)?.[0] ?? '') }
  }
  const first = await representatives('/parter/emmaboda')
  expect(first.text).toContain('Testa J Testsson')
  expect(first.text).not.toContain('Testa K Testsson')
  expect(first.text).toContain('De 10 första av 13.')
  expect(first.text).toContain('De 5 senaste.')
  const link = '/parter/emmaboda?foretradare=alla#foretradare'
  expect(first.body).toContain(`href="${link}">Fler företrädare, nu och tidigare</a>`)
  expect(first.text).not.toContain('Tidigare ledamöter finns')
  const all = await representatives('/parter/emmaboda?foretradare=alla')
  expect(all.body).toContain('<title>Emmaboda kommun, fler företrädare')
  expect(new Set(all.text.match(/Testa . Testsson/g)).size).toBe(13)
  expect(new Set(all.text.match(/Prova .. Testsson/g)).size).toBe(100)
  expect(all.text).toContain('De 100 senaste. Tidigare ledamöter finns också hos varje grupp.')
  expect(all.text).not.toMatch(/första av|Fler företrädare, nu/)
  // To another day, and by another name, they are still asked for.
  expect(all.body).toContain('<input type="hidden" name="foretradare" value="alla">')
  expect(first.body).not.toContain('name="foretradare"')
  const before = await representatives('/parter/emmaboda?datum=2025-01-01')
  expect(before.body).toContain('/parter/emmaboda?datum=2025-01-01&amp;foretradare=alla#foretradare')
  const { headers } = await other.inject('/parter/rkl?foretradare=alla&datum=2025-12-12')
  expect(headers.location).toBe('/parter/region-kalmar-lan?datum=2025-12-12&foretradare=alla')
  await other.close()
})

test('a county without parties says so', async () => {
  const { body, statusCode } = await emptyApp.inject({ url: '/parter' })
  expect(statusCode).toBe(200)
  expect(textOf(body)).toContain('Inga parter är registrerade ännu.')
  expect((await emptyApp.inject({ url: '/parter/kalmar' })).statusCode).toBe(404)
})
