import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { change, type Work } from '../../src/audit/work.ts'
import { openDatabase } from '../../src/db/database.ts'
import { countDecisions } from '../../src/decisions/queries.ts'
import { countDocuments } from '../../src/documents/queries.ts'
import { day } from '../../src/kernel/dates.ts'
import { kalmarDatabase, openAsOwner, urlsOf } from '../support/database.ts'
import { decideAndCarryOut, idOf, newPerson, testCoordinator, testProvenance } from '../support/ledger.ts'

const db = await kalmarDatabase()

/** What the portal says that it has counted. */
async function counts(): Promise<string[]> {
  const rows = await db.selectFrom('fact_count').selectAll().where('facts', '>', 0).execute()
  return rows
    .map(({ source_id, certainty, register, facts }) => `${source_id} ${certainty} ${register} ${facts}`)
    .sort()
}

/** Facts of all registers by provenance, counted one by one. */
async function fromScratch(): Promise<string[]> {
  const { rows: registers } = await sql<{ name: string }>`select name from fact_register`.execute(db)
  expect(registers.length).toBeGreaterThan(30)
  const { rows: sources } = await sql<{ id: number; certainty: string; sources: number[] }>`
    select id, certainty, array(select distinct source_id from provenance_source where provenance_id = id) as sources
    from provenance`.execute(db)
  const found = new Map<string, number>()
  for (const { name } of registers) {
    const { rows } = await sql<{ id: number }>`select provenance_id as id from ${sql.table(name)} ${
      name === 'person' ? sql`where no_page_because is distinct from 'account_only'` : sql``
    }`.execute(db)
    for (const { id } of rows) {
      const provenance = sources.find((one) => one.id === id)
      if (provenance === undefined) continue
      for (const source of [null, ...provenance.sources]) {
        const key = `${source} ${provenance.certainty} ${name}`
        found.set(key, (found.get(key) ?? 0) + 1)
      }
    }
  }
  return [...found].map(([key, number]) => `${key} ${number}`).sort()
}

const acts: Record<string, (work: Work) => Promise<unknown>> = {
  'a fact is added': async (work) => newPerson(work, 'nya-testpersonen', 'Nya Testpersonen'),
  'somebody is there for an account alone': async (work) =>
    work.trx
      .updateTable('person')
      .set({ no_page_because: 'account_only' })
      .where('id', '=', await idOf(work.trx, 'person', 'nya-testpersonen'))
      .execute(),
  'a fact gets another ground': async (work) =>
    work.trx
      .updateTable('organisation')
      .set({ provenance_id: await testProvenance(work) })
      .where('kind', '=', 'municipality')
      .execute(),
  'facts become uncertain': async (work) =>
    work.trx.updateTable('provenance').set({ certainty: 'uncertain' }).where('id', '<', 20).execute(),
  'what is known stands in one more source': async (work) => {
    const place = await work.trx
      .selectFrom('provenance_source')
      .innerJoin('organisation', 'organisation.provenance_id', 'provenance_source.provenance_id')
      .selectAll('provenance_source')
      .executeTakeFirstOrThrow()
    const other = await work.trx
      .selectFrom('source')
      .select('id')
      .where('id', 'not in', (eb) =>
        eb.selectFrom('provenance_source').select('source_id').where('provenance_id', '=', place.provenance_id),
      )
      .executeTakeFirstOrThrow()
    await work.trx
      .insertInto('provenance_source')
      .values({ ...place, position: 99, source_id: other.id })
      .execute()
  },
  'facts are removed': async (work) => work.trx.deleteFrom('timeline_entry').execute(),
}

describe('facts are counted as they come and go', () => {
  test('the loaded facts', async () => {
    expect(await counts()).toEqual(await fromScratch())
  })

  test.each(Object.entries(acts))('%s', async (_, act) => {
    const before = await counts()
    await change(db, testCoordinator, async (work) => {
      await work.record('test.changed', 'test/facts')
      await act(work)
    })
    const after = await counts()
    expect(after).not.toEqual(before)
    expect(after).toEqual(await fromScratch())
    expect(await db.selectFrom('fact_due').select('id').execute()).toEqual([])
  })

  test('one of six thousand things that are read at once, each in a place of its own', async () => {
    // A fifteenth of the time that the portal gives a question.
    const hurried = openDatabase(urlsOf(db).appUrl, { name: 'test: hurried', max: 1, statementTimeout: 2_000 })
    const before = await counts()
    await change(hurried, testCoordinator, async (work) => {
      await work.record('test.changed', 'test/facts')
      await sql`with ground as (
          insert into provenance (key) select 'test: of many ' || number from generate_series(1, 6000) number returning id
        ), place as (
          insert into provenance_source (provenance_id, position, source_id)
          select id, 1, (select min(id) from source) from ground
        )
        insert into person (slug, name, provenance_id) select 'en-av-manga', 'En Avmånga', min(id) from ground`.execute(
        work.trx,
      )
      // Done at commit else, which is never hurried.
      await sql`set constraints all immediate`.execute(work.trx)
    }).finally(() => hurried.destroy())
    expect(await counts()).not.toEqual(before)
    expect(await counts()).toEqual(await fromScratch())
  })

  test('a decision that takes effect', async () => {
    await decideAndCarryOut(db, 'raknas', '2026-03-01', [
      {
        kind: 'member_appointed',
        body_id: await idOf(db, 'body', 'aldre'),
        role: 'member',
        person_in_id: await idOf(db, 'person', 'anna-hasselbom-trofast'),
        effective_on: day('2026-03-01'),
      },
    ])
    expect(await counts()).toEqual(await fromScratch())
  })

  test('documents of each kind and state: one that comes, changes and goes', async () => {
    const counted = async () =>
      (await countDocuments(db, null)).map((row) => `${row.kind} ${row.state} ${row.to_revise} ${row.count}`).sort()
    const there = async () => {
      const rows = await db.selectFrom('document').select(['kind', 'state', 'revision_due_on']).execute()
      const kinds = Map.groupBy(rows, (row) => `${row.kind} ${row.state} ${row.revision_due_on !== null}`)
      return [...kinds].map(([kind, all]) => `${kind} ${all.length}`).sort()
    }
    let before = await counted()
    expect(before).toEqual(await there())
    const acts: ((work: Work) => Promise<unknown>)[] = [
      async (work) =>
        await work.trx
          .insertInto('document')
          .values({
            slug: 'raknas',
            title: 'Räknas',
            kind: 'memo',
            state: 'draft',
            provenance_id: await testProvenance(work),
          })
          .execute(),
      ({ trx }) => trx.updateTable('document').set({ kind: 'agreement' }).where('slug', '=', 'raknas').execute(),
      ({ trx }) => trx.updateTable('document').set({ state: 'under_revision' }).where('slug', '=', 'raknas').execute(),
      ({ trx }) =>
        trx
          .updateTable('document')
          .set({ revision_due_on: '2027-01-01', revision_due_precision: 'day' })
          .where('slug', '=', 'raknas')
          .execute(),
      ({ trx }) => trx.deleteFrom('document').where('slug', '=', 'raknas').execute(),
    ]
    for (const [turn, act] of acts.entries()) {
      await change(db, testCoordinator, async (work) => {
        await work.record('test.changed', 'test/documents')
        await act(work)
      })
      const after = await counted()
      expect([turn, after]).not.toEqual([turn, before])
      expect(after).toEqual(await there())
      before = after
    }
  })

  test('areas that are followed up: by the first follow-up of their own or of an activity in them, until it is gone', async () => {
    const kept = async () =>
      (await db.selectFrom('followed_area').selectAll().orderBy('area_id').execute()).map(
        ({ area_id, since }) => `${area_id} ${since}`,
      )
    const told = async () => {
      const { rows } = await sql<{ area_id: number; since: string }>`
        select coalesce(f.area_id, a.area_id) as area_id, min(f.noted_on) as since
        from follow_up f left join activity a on a.id = f.activity_id
        where num_nonnulls(f.area_id, f.activity_id) = 1 group by 1 order by 1`.execute(db)
      return rows.map(({ area_id, since }) => `${area_id} ${since}`)
    }
    const activity = await db
      .selectFrom('activity')
      .select(['id', 'area_id', 'plan_id'])
      .where((eb) =>
        eb.not(
          eb.exists(eb.selectFrom('followed_area').select('area_id').whereRef('area_id', '=', 'activity.area_id')),
        ),
      )
      .orderBy('id')
      .executeTakeFirstOrThrow()
    const { plan_id, area_id } = activity
    let before = await kept()
    expect(before).toEqual(await told())
    const noted = async (
      work: Work,
      note: string,
      of: { area_id: number } | { activity_id: number },
      noted_on: string,
    ) =>
      await work.trx
        .insertInto('follow_up')
        .values({ plan_id, ...of, noted_on, note, provenance_id: await testProvenance(work) })
        .execute()
    const acts: ((work: Work) => Promise<unknown>)[] = [
      (work) => noted(work, 'Om aktiviteten.', { activity_id: activity.id }, '2026-02-02'),
      (work) => noted(work, 'Om området.', { area_id }, '2026-01-15'),
      ({ trx }) =>
        trx.updateTable('follow_up').set({ noted_on: '2026-03-03' }).where('note', '=', 'Om området.').execute(),
      ({ trx }) => trx.deleteFrom('follow_up').where('note', '=', 'Om aktiviteten.').execute(),
      ({ trx }) => trx.deleteFrom('follow_up').where('note', '=', 'Om området.').execute(),
    ]
    for (const [turn, act] of acts.entries()) {
      await change(db, testCoordinator, async (work) => {
        await work.record('test.changed', 'test/follow-ups')
        await act(work)
      })
      const after = await kept()
      expect([turn, after]).not.toEqual([turn, before])
      expect(after).toEqual(await told())
      before = after
    }
  })

  test('decisions of each kind and year: one that takes effect, one of another kind or year, and one that goes away', async () => {
    const yearOf = sql<number>`extract(year from decided_on)::int`
    const counted = async () => {
      const rows = await db.selectFrom('decision_count').selectAll().where('decisions', '>', 0).execute()
      const whole = await countDecisions(db, {})
      expect(rows.reduce((sum, { decisions }) => sum + decisions, 0)).toBe(whole)
      return rows.map(({ kind, year, decisions }) => `${kind} ${year} ${decisions}`).sort()
    }
    const carriedOut = async () => {
      const rows = await db
        .selectFrom('decision')
        .select((eb) => ['kind', yearOf.as('year'), eb.fn.countAll<number>().as('decisions')])
        .where('state', '=', 'carried_out')
        .groupBy(['kind', yearOf])
        .execute()
      return rows.map(({ kind, year, decisions }) => `${kind} ${year} ${decisions}`).sort()
    }
    const before = await counted()
    expect(before).toEqual(await carriedOut())
    const id = await decideAndCarryOut(db, 'raknas-ocksa', '2026-03-02', [])
    expect(await counted()).not.toEqual(before)
    expect(await counted()).toEqual(await carriedOut())
    // What has taken effect cannot be changed; should it be, by a hand in the database, the counts follow.
    const owner = openAsOwner(db)
    await sql`alter table decision disable trigger decision_stands`.execute(owner)
    for (const [turn, moves] of [
      [sql`update decision set kind = 'position' where id = ${id}`, true],
      [sql`update decision set decided_on = '2019-05-05' where id = ${id}`, true],
      [sql`update decision set decided_on = '2019-06-05' where id = ${id}`, false],
      [sql`update decision set title = title || '.' where id = ${id}`, false],
      [sql`delete from decision where id = ${id}`, true],
    ] as const) {
      const earlier = await counted()
      await turn.execute(owner)
      expect(earlier.join() !== (await counted()).join()).toBe(moves)
      expect(await counted()).toEqual(await carriedOut())
    }
    await sql`alter table decision enable trigger decision_stands`.execute(owner)
    await owner.destroy()
  })

  test('nothing is counted of what is undone', async () => {
    const before = await counts()
    const undone = change(db, testCoordinator, async (work) => {
      await acts['facts become uncertain']?.(work)
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await counts()).toEqual(before)
  })
})
