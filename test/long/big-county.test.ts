import { type Kysely, sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { verifyChain } from '../../src/audit/verify.ts'
import type { Database } from '../../src/db/database.ts'
import { day } from '../../src/kernel/dates.ts'
import { loadBigCounty } from '../../src/seeding/big-county/load.ts'
import { bigSizes } from '../../src/seeding/big-county/sizes.ts'
import { countyFaults } from '../support/county-faults.ts'
import { freshDatabase, openAsOwner } from '../support/database.ts'

// The big county at full size. By hand: npx vitest run --config vitest.long.config.ts test/long/big-county.test.ts

let db: Kysely<Database>
beforeAll(async () => {
  db = await freshDatabase()
  const owner = openAsOwner(db)
  await sql`set statement_timeout = 0`.execute(owner)
  await loadBigCounty(owner, { today: day('2026-11-25') })
  await owner.destroy()
})

test('it has as much of everything as was asked for', async () => {
  const { rows } = await sql`
    select (select count(*) from body) as bodies,
      (select count(*) from meeting where state = 'published') as meetings,
      (select count(*) from agenda_item i join meeting m on m.id = i.meeting_id where m.state = 'published') as items,
      (select count(*) from decision where state = 'carried_out') as decisions,
      (select count(*) from activity where valid is not null) as activities,
      (select count(*) from document) as documents, (select count(*) from matter) as matters, (select count(*) from person) as persons
  `.execute(db)
  const { years: _, ...asked } = bigSizes
  expect(rows).toEqual([asked])
})

test('the registers are what the decisions have made of them, and the chain of the log is whole', async () => {
  expect(await countyFaults(db)).toEqual([])
  expect((await verifyChain(db)).breaks).toEqual([])
})
