import type { Kysely } from 'kysely'
import type { Database } from '../../src/db/database.ts'
import type { Day } from '../../src/kernel/dates.ts'
import { loadBigCounty } from '../../src/seeding/big-county/load.ts'
import type { Sizes } from '../../src/seeding/big-county/sizes.ts'
import { freshDatabase, openAsOwner } from './database.ts'

/** A database with the made-up county of `seed --big` in a size of one's own, for this test file alone. */
export async function generatedCounty(sizes: Sizes, today: Day, seed = 1): Promise<Kysely<Database>> {
  const db = await freshDatabase()
  const owner = openAsOwner(db)
  await loadBigCounty(owner, { sizes, seed, today })
  await owner.destroy()
  return db
}
