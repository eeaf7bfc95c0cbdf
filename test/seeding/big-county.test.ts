import { type Kysely, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assignmentsPerPage, countAssignments, listAssignments } from '../../src/assignments/queries.ts'
import { verifyChain } from '../../src/audit/verify.ts'
import { comparisonPage } from '../../src/bodies/comparison-page.ts'
import {
  countMembersOn,
  countSeatingsOn,
  leftEmptyOn,
  membershipsOf,
  seatsOn,
  sittingOn,
} from '../../src/bodies/queries.ts'
import { leftEmpty, onDay, peopleIn, seatStandings } from '../../src/bodies/rules.ts'
import type { Database } from '../../src/db/database.ts'
import { countDecisions, decisionsAndTotal, listDecisions, newestTouchingParty } from '../../src/decisions/queries.ts'
import { countPositionsOn, partyPositions } from '../../src/documents/queries.ts'
import { positionsOn } from '../../src/documents/rules.ts'
import { changedTouching, decisionsTouching } from '../../src/effects/parties.ts'
import type { Cell } from '../../src/http/parts.ts'
import { addMonths, type Day, day } from '../../src/kernel/dates.ts'
import { countMeetings } from '../../src/meetings/queries.ts'
import { countStatement } from '../../src/open-data/questions.ts'
import { registersOf } from '../../src/open-data/registers.ts'
import { openMarks } from '../../src/overviews/follow-up-dues.ts'
import { followUpChoices, followUpPage, pageOfAssignment } from '../../src/overviews/follow-up-pages.ts'
import { standingsOf } from '../../src/overviews/parties-queries.ts'
import { waitingStates } from '../../src/overviews/parties-rules.ts'
import { loadBigCounty, NotEmpty } from '../../src/seeding/big-county/load.ts'
import { shrunk } from '../../src/seeding/big-county/sizes.ts'
import { startApp } from '../support/app.ts'
import { countyFaults } from '../support/county-faults.ts'
import { kalmarDatabase, openAsOwner } from '../support/database.ts'
import { generatedCounty } from '../support/generated-county.ts'

const today = day('2026-11-25')

// What its pages read, and that it is the same every time, is in test/long/big-county-pages.test.ts.

const patience = 120_000

async function number(db: Kysely<Database>, query: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`${sql.raw(`select count(*) as count from ${query}`)}`.execute(db)
  return rows[0]?.count ?? -1
}

describe('the big county, a hundred times smaller', () => {
  const sizes = shrunk(100)
  let db: Kysely<Database>
  beforeAll(async () => {
    db = await generatedCounty(sizes, today)
  }, patience)

  test('it has as much of everything as was asked for', async () => {
    const counts = {
      bodies: await number(db, 'body'),
      meetings: await number(db, "meeting where state = 'published'"),
      items: await number(db, "agenda_item join meeting on meeting.id = meeting_id where state = 'published'"),
      decisions: await number(db, "decision where state = 'carried_out'"),
      activities: await number(db, 'activity where valid is not null'),
      documents: await number(db, 'document'),
      matters: await number(db, 'matter'),
      persons: await number(db, 'person'),
    }
    const { years: _, ...asked } = sizes
    expect(counts).toEqual(asked)
  })

  test('no kind of effect is missing, and each kind of register has been changed', async () => {
    const { rows } = await sql<{ kind: string }>`select distinct kind::text as kind from effect order by 1`.execute(db)
    expect(rows.map(({ kind }) => kind)).toEqual([
      'assignment_given',
      'body_closed',
      'body_established',
      'chair_appointed',
      'document_adopted',
      'indicator_set',
      'member_appointed',
      'member_released',
      'member_replaced',
      'minutes_filed',
      'note',
      'parameter_set',
      'plan_adopted',
      'plan_revised',
      'position',
    ])
  })

  test('the registers are what the decisions have made of them, and every fact has its ground', async () => {
    expect(await countyFaults(db)).toEqual([])
  })

  test('how many rows a list of the open data has is what a count of them gives', async () => {
    for (const register of registersOf('http://x')) {
      const { total: _, ...counted } = register
      const [told, all] = await Promise.all([register, counted].map((one) => countStatement(one, []).execute(db)))
      expect([register.name, told?.rows]).toEqual([register.name, all?.rows])
    }
    expect(await countMeetings(db, {})).toBe(await number(db, "meeting where state <> 'planned'"))
  })

  test('the pages of the decisions that touch a party are all of those, counted', async () => {
    const { slug } = await db
      .selectFrom('organisation')
      .select('slug')
      .where('is_party', '=', true)
      .limit(1)
      .executeTakeFirstOrThrow()
    const all = await decisionsAndTotal(db, { party: slug }, { limit: 1000, offset: 0 })
    expect(all.decisions.length).toBeGreaterThan(3)
    expect(all.total).toBe(all.decisions.length)
    const paged = []
    for (let offset = 0; offset < all.total; offset += 2) {
      const { decisions, total } = await decisionsAndTotal(db, { party: slug }, { limit: 2, offset })
      expect(total).toBe(all.total)
      paged.push(...decisions)
    }
    expect(paged).toEqual(all.decisions)
    expect(await decisionsAndTotal(db, { party: slug }, { limit: 2, offset: 5000 })).toEqual({
      decisions: [],
      total: all.total,
    })
  })

  test('the first decisions that touch a party are those that touch it or a part of it, whenever the part was there', async () => {
    const trx = await db.startTransaction().execute()
    const { parent_id: party, id: part } = await trx
      .selectFrom('organisation')
      .select(['id', (eb) => eb.ref('parent_id').$notNull().as('parent_id')])
      .where('parent_id', 'is not', null)
      .orderBy('id')
      .limit(1)
      .executeTakeFirstOrThrow()
    const { slug } = await trx
      .selectFrom('organisation')
      .select('slug')
      .where('id', '=', party)
      .executeTakeFirstOrThrow()
    const touchedBoth = `decision_touched other where other.organisation_id = ${part} and other.decision_id = one.decision_id`
    const alone = async () =>
      number(
        trx,
        `decision_touched one where one.organisation_id = ${party} and not exists (select from ${touchedBoth})`,
      )
    expect(await alone()).toBeGreaterThan(3)
    // The part is touched by what touches the party and by more; and it is gone.
    await sql`insert into decision_touched select ${part}::bigint, decided_on, meeting_id, position, decision_id, changed_at
      from decision_touched where organisation_id = ${party} on conflict do nothing`.execute(trx)
    await sql`update organisation set valid = '(,2010-01-01)' where id = ${part}`.execute(trx)
    expect(await alone()).toBe(0)

    const { decisions: all } = await decisionsAndTotal(trx, { party: slug }, { limit: 1000, offset: 0 })
    const { rows: changed } = await sql<{ id: number; changed_at: Date }>`
      select id, changed_at from decision where id in (${decisionsTouching({ id: party })})
      order by changed_at desc, id desc`.execute(trx)
    expect(changed.length).toBe(all.length)
    for (const limit of [1, 3, 1000]) {
      expect(await newestTouchingParty(limit)(trx, party)).toEqual(all.slice(0, limit))
      expect((await changedTouching({ id: party }, limit).execute(trx)).rows).toEqual(changed.slice(0, limit))
    }
    await trx.rollback().execute()
  })

  test.each([{}, { kind: 'decision' }, { kind: 'position' }, { kind: 'endorsement' }, { year: 2026 }] as const)(
    'the pages of the decisions are all of them in their order: %j',
    async (filter) => {
      const all = await listDecisions(db, filter, 1000, 0)
      expect(await countDecisions(db, filter)).toBe(all.length)
      const paged = []
      for (let offset = 0; offset < all.length + 14; offset += 7)
        paged.push(...(await listDecisions(db, filter, 7, offset)))
      expect(paged).toEqual(all)
    },
  )

  test('every change of members stands once among the changes, on one of their pages', async () => {
    const [from, to] = [day('2000-01-01'), day('2026-12-31')]
    const page = (number: number) => comparisonPage(db, null, { from, to }, number)
    const { pages, lead } = await page(1)
    const numbers = Array.from({ length: Number(pages?.pages.at(-1)?.text) }, (_, place) => place + 1)
    expect(numbers.length).toBeGreaterThan(1)
    const happened = (await Promise.all(numbers.map(page))).flatMap((one) => one.happened)
    const changes = happened.flatMap(({ turns }) => turns.flatMap((turn) => turn.changes))
    expect(lead).toBe(`${changes.length} ändringar mellan 1 januari 2000 och 31 december 2026.`)
    const seats = changes.filter(({ what }) => !/^(Grupp$|Handlingsplan)/.test(what))
    const turned = (bound: string) =>
      number(db, `membership where ${bound}(valid) > '${from}' and ${bound}(valid) <= '${to}'`)
    expect(seats.filter(({ after }) => after !== null)).toHaveLength(await turned('lower'))
    expect(seats.filter(({ before }) => before !== null)).toHaveLength(await turned('upper'))
  })

  describe('what the database counts is what the rules tell, on days through all the years', () => {
    const days = Array.from({ length: 24 }, (_, number) => addMonths(day('2006-06-15'), number * 11))

    test('who sits in a group, what has been left empty and what is not known of its seats', async () => {
      const memberships = await membershipsOf(db, { grounds: false })
      const bodies = await db.selectFrom('body').select('id').execute()
      const seen = { people: 0, left: 0 }
      for (const on of days) {
        const [counted, seats] = await Promise.all([countSeatingsOn(db, on), seatsOn(db, on)])
        const told = new Map(
          bodies.map(({ id }) => {
            const own = memberships.filter(({ body_id }) => body_id === id)
            const [sitting, empty] = [onDay(own, on).current, leftEmpty(own, on)]
            const standings = seatStandings(
              seats.filter(({ body_id }) => body_id === id),
              sitting,
              empty,
            ).map(({ vacant, unknown }) => ({ vacant, unknown }))
            seen.people += sitting.length
            seen.left += empty.length
            return [id, { people: peopleIn(sitting), left: empty.length, standings }]
          }),
        )
        expect(new Map(bodies.map(({ id }) => [id, counted(id)]))).toEqual(told)
        const held = onDay(memberships, on).current
        const asked = await sittingOn(db, on)
        const whoAndWhere = (rows: readonly { body_id: number; person_id: number; seat_id: number | null }[]) =>
          rows.map(({ body_id, person_id, seat_id }) => `${body_id} ${person_id} ${seat_id}`).toSorted()
        expect(whoAndWhere(asked)).toEqual(whoAndWhere(held))
        const ids = (rows: readonly { id: number }[]) => rows.map(({ id }) => id).toSorted()
        expect(ids(await leftEmptyOn(db, on))).toEqual(
          ids(
            bodies.flatMap(({ id }) =>
              leftEmpty(
                memberships.filter(({ body_id }) => body_id === id),
                on,
              ),
            ),
          ),
        )
        const [before, same] = await countMembersOn(db, [days[0] as Day, on])
        expect([before, same]).toEqual([peopleIn(onDay(memberships, days[0] as Day).current), peopleIn(held)])
        expect(await countMembersOn(db, [on, on], bodies[0]?.id)).toEqual(
          Array(2).fill(peopleIn(held.filter(({ body_id }) => body_id === bodies[0]?.id))),
        )
      }
      expect(Math.min(...Object.values(seen))).toBeGreaterThan(0)
    })

    test('how many parties’ positions on a document are known, and where a party stands', async () => {
      const documents = await db.selectFrom('document').select('id').orderBy('position').orderBy('id').execute()
      const positions = await partyPositions(
        db,
        documents.map(({ id }) => id),
      )
      const organisation = await db
        .selectFrom('organisation')
        .select('id')
        .where('is_party', '=', true)
        .executeTakeFirstOrThrow()
      const place = new Map(documents.map(({ id }, number) => [id, number]))
      let known = 0
      for (const on of days) {
        const newest = documents.map(({ id }) => {
          const own = positions.filter(({ document_id }) => document_id === id)
          return [...positionsOn(own, on).values()]
        })
        known += newest.flat().length
        const counted = await countPositionsOn(db, [...place.keys()], on)
        expect(new Map(counted.map(({ document_id, ...counts }) => [document_id, counts]))).toEqual(
          new Map(
            documents.flatMap(({ id }, number) => {
              const states = (newest[number] ?? []).map(({ state }) => state)
              const decided = states.filter((state) => state === 'decided').length
              return states.length === 0 ? [] : [[id, { known: states.length, decided }]]
            }),
          ),
        )
        const mine = newest.flat().filter(({ organisation_id }) => organisation_id === organisation.id)
        const waits = ({ state }: (typeof mine)[number]) => (waitingStates as readonly string[]).includes(state)
        const at = ({ document_id }: (typeof mine)[number]) => place.get(document_id) ?? 0
        const ordered = mine.toSorted(
          (a, b) =>
            Number(waits(b)) - Number(waits(a)) || (waits(a) ? 0 : b.as_of.localeCompare(a.as_of)) || at(a) - at(b),
        )
        const standings = await standingsOf(4)(db, organisation.id, on)
        expect(standings.map(({ as_of, state, total, waiting }) => ({ as_of, state, total, waiting }))).toEqual(
          ordered.slice(0, 4).map(({ as_of, state }) => ({
            as_of,
            state,
            total: mine.length,
            waiting: mine.filter(waits).length,
          })),
        )
      }
      expect(known).toBeGreaterThan(0)
    })

    test('how many assignments are still to be done and done with, of all and of each group', async () => {
      const states = (rows: readonly { state: string }[]) => {
        const open = rows.filter(({ state }) => state === 'open').length
        return { open, closed: rows.length - open }
      }
      const all = await listAssignments(db, {})
      expect(await countAssignments(db)).toEqual(states(all))
      for (const [slug, given] of Map.groupBy(all, ({ body_slug }) => body_slug)) {
        if (slug !== null) expect([slug, await countAssignments(db, slug)]).toEqual([slug, states(given)])
      }
      expect(states(all).closed).toBeGreaterThan(0)
    })
  })

  test('search engines are told of the further pages of a whole list, and none of a filtered one', async () => {
    const app = await startApp({ db, today, env: { PUBLIC_ORIGIN: 'https://samverkan.example.se' } })
    const canonical = async (path: string) => {
      const { body, statusCode } = await app.inject(path)
      expect([path, statusCode]).toEqual([path, 200])
      return /rel="canonical" href="https:\/\/samverkan\.example\.se([^"]*)"/.exec(body)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(await canonical('/beslut?sida=2')).toBe('/beslut?sida=2')
    // Nothing is chosen in the first two: an empty choice, and a word that the list does not know.
    expect(await canonical('/beslut?slag=&sida=2')).toBe('/beslut?sida=2')
    expect(await canonical('/beslut?utskick=7&sida=2')).toBe('/beslut?sida=2')
    expect(await canonical('/beslut?slag=beslut&sida=2')).toBe('/beslut')
    // A part of the follow-up is a list of its own, of which the page of all parts shows the first.
    expect(await canonical('/uppfoljning?sida=2')).toBe('/uppfoljning')
    expect(await canonical('/uppfoljning?lage=uppdrag')).toBe('/uppfoljning?lage=uppdrag')
    expect(await canonical('/uppfoljning?lage=uppdrag&sida=2')).toBe('/uppfoljning?lage=uppdrag&sida=2')
    const body = await db.selectFrom('body').select('slug').limit(1).executeTakeFirstOrThrow()
    expect(await canonical(`/uppfoljning?grupp=${body.slug}`)).toBe('/uppfoljning')
    expect(await canonical(`/uppfoljning?grupp=${body.slug}&lage=klart`)).toBe('/uppfoljning?lage=klart')
    expect(await canonical(`/grupper/${body.slug}?utskick=7`)).toBe(`/grupper/${body.slug}`)
    await app.close()
  })

  test('an assignment that is found by searching stands on the page that the hit leads to', async () => {
    const all = await db.selectFrom('assignment').select(['slug', 'task']).execute()
    expect(all.length).toBeGreaterThan(assignmentsPerPage)
    const anchorsOn = async (page: number) => {
      const { sections } = await followUpPage(db, { body: null, choice: 'uppdrag' }, today, page)
      return sections.flatMap(({ rows }) => rows.map(([first]) => first?.rowAnchor))
    }
    const pages = new Map<number, (string | null | undefined)[]>()
    for (const { slug } of all) {
      const page = await pageOfAssignment(db, slug)
      if (!pages.has(page)) pages.set(page, await anchorsOn(page))
      expect([slug, pages.get(page)]).toEqual([slug, expect.arrayContaining([slug])])
    }
    expect(pages.size).toBe(Math.ceil(all.length / assignmentsPerPage))
    expect(await pageOfAssignment(db, 'finns-inte')).toBe(1)

    const last = pages.get(pages.size)?.at(-1)
    const app = await startApp({ db, today })
    const { body: found } = await app.inject(
      `/sok?slag=uppdrag&q=${encodeURIComponent(all.find(({ slug }) => slug === last)?.task ?? '')}`,
    )
    const link = new RegExp(`href="([^"]+#${last})"`).exec(found)?.[1]?.replaceAll('&amp;', '&') ?? ''
    expect(link).toContain('lage=uppdrag')
    expect((await app.inject(link.split('#')[0] ?? '')).body).toContain(`id="${last}"`)
    await app.close()
  })

  test('each part of the follow-up begins as it does on its own page, for all groups and for one, and the start page counts the same', async () => {
    const bodies = await db.selectFrom('body').select('slug').orderBy('slug').execute()
    const texts = (rows: readonly (readonly Cell[])[]) =>
      rows.map((cells) => cells.map(({ text, tag }) => tag?.text ?? text))
    let [shown, further] = [0, 0]
    for (const body of [null, ...bodies.map(({ slug }) => slug)]) {
      const { sections, lead } = await followUpPage(db, { body, choice: null }, today, 1)
      for (const { anchor, rows, more } of sections) {
        const choice = followUpChoices.find((one) => one === anchor)
        // Of all groups the overview tells of areas by plan.
        if (choice === undefined || (choice === 'utan-uppfoljning' && body === null)) continue
        const [own] = (await followUpPage(db, { body, choice }, today, 1)).sections
        expect([body, anchor, texts(rows)]).toEqual([body, anchor, texts(own?.rows.slice(0, 10) ?? [])])
        expect([body, anchor, more === null]).toEqual([body, anchor, (own?.rows.length ?? 0) <= 10])
        shown += rows.length
        if (more !== null) further += 1
      }
      if (body !== null) continue
      const { passed } = await openMarks(db, today)
      expect(lead).toMatch(passed.length === 0 ? /^Inget / : new RegExp(`^${passed.length} sak`))
    }
    expect(shown).toBeGreaterThan(100)
    expect(further).toBeGreaterThan(2)
  })

  test('the chain of the log is whole', async () => {
    const { events, breaks } = await verifyChain(db)
    expect(events).toBeGreaterThan(900)
    expect(breaks).toEqual([])
  })

  test('it is refused where there is something already, and then nothing changes', async () => {
    const before = await verifyChain(db)
    const owner = openAsOwner(db)
    await expect(loadBigCounty(owner, { sizes, today })).rejects.toThrow(NotEmpty)
    await owner.destroy()
    expect(await verifyChain(db)).toEqual(before)
  })
})

test('it is refused beside the facts of a real county', async () => {
  const owner = openAsOwner(await kalmarDatabase())
  afterAll(() => owner.destroy())
  await expect(loadBigCounty(owner, { sizes: shrunk(100), today })).rejects.toThrow(NotEmpty)
})
