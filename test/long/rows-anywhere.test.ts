/**
 * What readers get does not depend on where the database happens to keep its rows: a backup that is read back, a table
 * that is packed anew or a question that is planned in another way would change pages in which nothing has changed.
 * By hand: npx vitest run --config vitest.long.config.ts test/long/rows-anywhere.test.ts
 */
import type { Kysely } from 'kysely'
import pg from 'pg'
import { expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { day } from '../../src/kernel/dates.ts'
import { shrunk } from '../../src/seeding/big-county/sizes.ts'
import { crawl } from '../support/crawl.ts'
import { kalmarDatabase, urlsOf } from '../support/database.ts'
import { fewOfAKind } from '../support/every-page.ts'
import { generatedCounty } from '../support/generated-county.ts'
import { serve } from '../support/served.ts'

const today = day('2026-11-25')

/** Every table of the portal's, written again in an order by chance; what its rows say stays. */
async function shuffle(db: Kysely<Database>): Promise<void> {
  const client = new pg.Client({ connectionString: urlsOf(db).superuserUrl })
  await client.connect()
  // Without triggers: nothing has happened.
  await client.query('set session_replication_role = replica; select setseed(0.20261125)')
  const { rows } = await client.query<{ name: string; columns: string }>(`
    select table_name as name, string_agg(quote_ident(column_name), ', ' order by ordinal_position) as columns
    from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_schema = 'public' and table_type = 'BASE TABLE' and is_generated = 'NEVER' group by 1 order by 1`)
  for (const { name, columns } of rows) {
    await client.query(`
      create temporary table kept as select ${columns} from ${name} order by random();
      delete from ${name};
      insert into ${name} (${columns}) overriding system value select * from kept;
      drop table kept`)
  }
  await client.query('vacuum (full, analyze)')
  await client.end()
}

/** The time of day goes on between two looks. */
const withoutClock = (body: string) =>
  body.replace(/\d\d(?:[.:]|%3A)\d\d(?::\d\d(?:\.\d+)?Z?)?/g, 'nu').replace(/\d{8}T\d{6}Z/g, 'nu')

/** Reads a few pages of each kind, shuffles, and reads them again: where each that differs begins to. */
async function differing(db: Kysely<Database>): Promise<string[]> {
  const served = await serve({ db, today })
  const isBeyond = fewOfAKind(3, served)
  // Files of whole registers are told by those in plain text: the others hold when they were made.
  const before = await crawl(served, (url) => /\.(pdf|xlsx|zip)(\?|$)/.test(url) || isBeyond(url))
  await served.close()
  expect(before.size).toBeGreaterThan(150)
  await shuffle(db)
  const again = await serve({ db, today })
  const found: string[] = []
  for (const { url, body, status } of before.values()) {
    if (status !== 200) continue
    const one = withoutClock(body)
    const other = withoutClock(await (await fetch(again.server + url, { redirect: 'manual' })).text())
    if (one === other) continue
    let place = 0
    while (one[place] === other[place]) place += 1
    const [before, after] = [one, other].map((whole) => whole.slice(Math.max(0, place - 60), place + 60))
    found.push(`${url}: …${before}…, and then …${after}…`)
  }
  await again.close()
  return found
}

test.each([
  ['the county', () => kalmarDatabase()],
  ['a big county', () => generatedCounty(shrunk(100), today)],
])(
  'the pages of %s are the same wherever its rows lie',
  async (_name, open) => {
    expect(await differing(await open())).toEqual([])
  },
  240_000,
)
