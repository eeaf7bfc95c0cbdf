import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { change } from '../../src/audit/work.ts'
import { freshDatabase, kalmarDatabase, openAsOwner } from '../support/database.ts'
import { testCoordinator, testProvenance } from '../support/ledger.ts'

const db = await freshDatabase()

test('a change that leaves no audit event is rolled back', async () => {
  await expect(
    change(db, testCoordinator, async (work) => {
      await testProvenance(work)
    }),
  ).rejects.toThrow('without an audit event')
  expect(await db.selectFrom('source').select('id').execute()).toEqual([])
})

test('the log numbers and chains its rows itself, whatever the writer claims, also when many write at once', async () => {
  await Promise.all(
    Array.from({ length: 20 }, (_, number) =>
      change(db, testCoordinator, (work) => work.record('test.written', `test/${number}`, { number })),
    ),
  )
  const rows = await db.selectFrom('audit_event').select(['id', 'previous_hash', 'hash']).orderBy('id').execute()
  expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, place) => place + 1))
  for (const [place, row] of rows.entries()) {
    expect(row.previous_hash).toEqual(rows[place - 1]?.hash ?? Buffer.alloc(32))
  }
  expect(await db.selectFrom('audit_chain_break').selectAll().execute()).toEqual([])
})

test('nobody changes or removes a row in the log, not even the owner of the tables', async () => {
  const owner = openAsOwner(db)
  try {
    await expect(sql`update audit_event set actor_name = 'Någon annan'`.execute(db)).rejects.toThrow()
    await expect(sql`delete from audit_event`.execute(db)).rejects.toThrow()
    await expect(sql`update audit_event set actor_name = 'Någon annan'`.execute(owner)).rejects.toThrow('append-only')
    await expect(sql`delete from audit_event where id = 3`.execute(owner)).rejects.toThrow('append-only')
    await expect(sql`truncate audit_event`.execute(owner)).rejects.toThrow('append-only')
  } finally {
    await owner.destroy()
  }
})

test('a row that was changed behind the log is found', async () => {
  const owner = openAsOwner(db)
  try {
    await sql`alter table audit_event disable trigger audit_event_append_only`.execute(owner)
    await sql`update audit_event set details = '{"number": 4711}' where id = 7`.execute(owner)
    await sql`delete from audit_event where id = 12`.execute(owner)
    await sql`alter table audit_event enable trigger audit_event_append_only`.execute(owner)
  } finally {
    await owner.destroy()
  }
  const broken = await db.selectFrom('audit_chain_break').select('id').orderBy('id').execute()
  expect(broken.slice(0, 2)).toEqual([{ id: 7 }, { id: 13 }])
})

test("the chain of the county's own log is whole from its first row", async () => {
  const kalmar = await kalmarDatabase()
  expect(await kalmar.selectFrom('audit_chain_break').selectAll().execute()).toEqual([])
  const first = await kalmar
    .selectFrom('audit_event')
    .select(['id', 'previous_hash', 'actor_kind'])
    .orderBy('id')
    .executeTakeFirst()
  expect(first).toEqual({ id: 1, previous_hash: Buffer.alloc(32), actor_kind: 'system' })
})
