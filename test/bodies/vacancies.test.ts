import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { change } from '../../src/audit/work.ts'
import { goneFrom, type Membership, membershipsOf } from '../../src/bodies/queries.ts'
import { leftEmpty, onDay, successorsOf } from '../../src/bodies/rules.ts'
import { holds, parseRange } from '../../src/db/ranges.ts'
import { addMonths, type Day, day } from '../../src/kernel/dates.ts'
import { kalmarDatabase } from '../support/database.ts'
import { decideAndCarryOut, idOf, testCoordinator } from '../support/ledger.ts'

const db = await kalmarDatabase()
const first = day('2023-01-01')
const days = Array.from({ length: 48 }, (_, months) => addMonths(first, months))

/** Which memberships have left a place empty on each of the days: as is kept, and as the memberships themselves tell. */
async function vacancies() {
  const rows = await db.selectFrom('membership').selectAll().execute()
  const memberships = rows.map((row) => ({ ...row, valid: parseRange(row.valid) }))
  const kept: string[] = []
  const told: string[] = []
  for (const on of days) {
    const found = await db.selectFrom('vacancy').select('membership_id as id').where(holds('empty', on)).execute()
    kept.push(...found.map(({ id }) => `${on} ${id}`))
    told.push(...leftEmpty(memberships, on).map(({ id }) => `${on} ${id}`))
  }
  return { kept: kept.toSorted(), told: told.toSorted() }
}

/** What a group's page is given on the day of all its memberships, and what they themselves tell: those it shows of the last who have left are three. */
async function shownOf(body: number, all: readonly Membership[], on: Day) {
  const [shown, gone] = await Promise.all([
    membershipsOf(db, { body, on, last: 3, grounds: false }),
    goneFrom(db, body, on),
  ])
  const ids = (rows: readonly { id: number }[]) => [...new Set(rows.map(({ id }) => id))].toSorted((a, b) => a - b)
  const { current, former, coming } = onDay(all, on)
  const left = former.toSorted((a, b) => (b.valid.to ?? '').localeCompare(a.valid.to ?? ''))
  const last = left.filter(({ valid: { to } }) => (to ?? '') >= (left[2]?.valid.to ?? ''))
  const empty = leftEmpty(all, on)
  const firstDay = all.flatMap(({ valid: { from, to } }) => from ?? to ?? []).toSorted()[0] ?? null
  return {
    given: { shown: ids(shown), ...gone, empty: gone.empty.toSorted((a, b) => a - b) },
    told: {
      shown: ids([...current, ...coming, ...last, ...last.flatMap((one) => successorsOf(one, all)), ...empty]),
      left: former.length,
      firstDay,
      empty: ids(empty),
    },
  }
}

test('who has left a place empty is known of the loaded facts, and after each decision', async () => {
  const loaded = await vacancies()
  expect(loaded.kept).toEqual(loaded.told)
  const body_id = await idOf(db, 'body', 'aldre')
  const person_in_id = await idOf(db, 'person', 'anna-hasselbom-trofast')
  const member = { body_id, role: 'member' as const }
  await decideAndCarryOut(db, 'kommer', '2026-01-10', [
    { kind: 'member_appointed', ...member, person_in_id, effective_on: day('2026-01-10') },
  ])
  await decideAndCarryOut(db, 'lamnar', '2026-03-10', [
    { kind: 'member_released', ...member, person_out_id: person_in_id, effective_on: day('2026-03-10') },
  ])
  const left = await vacancies()
  expect(left.kept.length).toBeGreaterThan(loaded.kept.length)
  expect(left.kept).toEqual(left.told)
  await decideAndCarryOut(db, 'kommer-igen', '2026-06-10', [
    { kind: 'member_appointed', ...member, person_in_id, effective_on: day('2026-06-10') },
  ])
  const taken = await vacancies()
  expect(taken.kept.length).toBeLessThan(left.kept.length)
  expect(taken.kept).toEqual(taken.told)
})

test('it is known after any changes of memberships, several at once, in whatever order', {
  timeout: 60_000,
}, async () => {
  let seed = 7
  const chance = (below: number) => {
    seed = (seed * 48271) % 2147483647
    return seed % below
  }
  const one = <Item>(items: readonly Item[]) => items[chance(items.length)] as Item
  // Few places and few days, so that they meet; two bodies with effects of their own.
  const effects = await db
    .selectFrom('effect')
    .select(['id', 'body_id'])
    .where('body_id', 'in', [await idOf(db, 'body', 'lansgemensam-ledning'), await idOf(db, 'body', 'aldre')])
    .execute()
  const bodies = [...Map.groupBy(effects, ({ body_id }) => body_id as number)]
  const organisations = await db.selectFrom('organisation').select('id').limit(2).execute()
  const persons = await db.selectFrom('person').select('id').limit(40).execute()
  const { provenance_id } = await db.selectFrom('membership').select('provenance_id').limit(1).executeTakeFirstOrThrow()
  const place = () => {
    const [body_id, ofBody] = one(bodies)
    const started = one([null, ...ofBody.slice(0, 4)])
    const ended = chance(3) === 0 ? undefined : one([null, ...ofBody.slice(0, 4)])
    const from = chance(days.length - 12)
    const to = from + 1 + chance(8)
    return {
      body_id,
      role: one(['member', 'substitute'] as const),
      on_behalf_organisation_id: one([null, ...organisations.map(({ id }) => id)]),
      valid: `[${chance(8) === 0 ? '' : days[from]},${ended === undefined ? '' : days[to]})`,
      start_ground: started === null ? ('decision_not_registered' as const) : ('decision' as const),
      start_effect_id: started?.id ?? null,
      end_ground:
        ended === undefined ? null : ended === null ? ('decision_not_registered' as const) : ('decision' as const),
      end_effect_id: ended?.id ?? null,
    }
  }
  const made: number[] = []
  let changed = 0
  for (let turn = 0; turn < 60; turn += 1) {
    await change(db, testCoordinator, async ({ trx, record }) => {
      await record('test.changed', 'test/memberships')
      for (let act = 0; act <= chance(6); act += 1) {
        const what = chance(5)
        // Nobody may hold a role twice at once: what is refused is left out.
        await sql`savepoint act`.execute(trx)
        try {
          if (what < 3 || made.length === 0) {
            const row = { ...place(), person_id: one(persons).id, provenance_id }
            const { id } = await trx.insertInto('membership').values(row).returning('id').executeTakeFirstOrThrow()
            made.push(id)
          } else if (what === 3) {
            await trx.updateTable('membership').set(place()).where('id', '=', one(made)).execute()
          } else {
            await trx.deleteFrom('membership').where('id', '=', one(made)).execute()
          }
          changed += 1
        } catch (error) {
          if (!(error as { code?: string }).code?.startsWith('23')) throw error
          await sql`rollback to savepoint act`.execute(trx)
        }
      }
    })
    if (turn % 6 === 5) {
      const { kept, told } = await vacancies()
      expect(kept).toEqual(told)
      expect(kept.length).toBeGreaterThan(0)
    }
  }
  expect(changed).toBeGreaterThan(120)
  for (const [body] of bodies) {
    const all = await membershipsOf(db, { body, grounds: false })
    for (const on of days) {
      const { given, told } = await shownOf(body, all, on)
      expect([on, given]).toEqual([on, told])
    }
    const { given } = await shownOf(body, all, days.at(-1) as Day)
    expect(given.shown.length).toBeLessThan(all.length)
    expect(given.empty.length).toBeGreaterThan(0)
  }
})
