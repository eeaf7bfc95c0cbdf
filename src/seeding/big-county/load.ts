import { createHash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { change, systemActor } from '../../audit/work.ts'
import type { Database } from '../../db/database.ts'
import { type ExampleRecipe, loadInvented } from '../../discharge-days/example-data.ts'
import { addMonths, type Day } from '../../kernel/dates.ts'
import { swedishNumber } from '../../kernel/numbers.ts'
import { randomOf } from '../../kernel/random.ts'
import { slugify } from '../../kernel/text.ts'
import { References } from '../facts.ts'
import {
  loadBodies,
  loadMatters,
  loadMemberships,
  loadOrganisations,
  loadParameters,
  loadPersons,
  loadSources,
  loadThemes,
} from '../load-registers.ts'
import { known } from './bulk.ts'
import { beginning, countyName } from './facts.ts'
import { bigSizes, type Sizes } from './sizes.ts'
import type { CountyState } from './state.ts'
import { municipalityNames } from './words.ts'
import { lastYearOf, liveYear, planMeetings } from './year.ts'

export type BigCounty = { sizes: Sizes; seed: number; today: Day }

/** Thrown when there is something in the database: a made-up county never stands beside anything else. */
export class NotEmpty extends Error {
  override name = 'NotEmpty'
}

/**
 * Fills an empty database with a made-up county. The same day, seed and sizes give the same county. Each year is one
 * transaction: its decisions are registered as proposals and its minutes published, in the order of their days, by what
 * publishes any minutes, so that every register is what the decisions have made of it.
 * @param db as the owner of the tables, whose statistics are renewed on the way
 * @param say told how far it has come
 * @throws NotEmpty when there are facts, groups, meetings or accounts
 */
export async function loadBigCounty(
  db: Kysely<Database>,
  { sizes = bigSizes, seed = 1, today }: Partial<BigCounty> & Pick<BigCounty, 'today'>,
  say: (line: string) => void = () => {},
): Promise<{ digest: string; counts: Record<string, number> }> {
  await refuseUnlessEmpty(db)
  const lastYear = lastYearOf(today)
  const firstYear = lastYear - sizes.years + 1
  const state = await begin(db, { sizes, seed, today }, firstYear, lastYear)
  await sql`analyze`.execute(db)
  const total = { meetings: 0, decisions: 0 }
  for (let year = firstYear; year <= lastYear; year += 1) {
    const lived = await change(db, systemActor, (work) => liveYear(work, state, year))
    total.meetings += lived.meetings
    total.decisions += lived.decisions
    say(`${year}: ${swedishNumber(total.meetings)} möten och ${swedishNumber(total.decisions)} beslut hittills`)
    // Plans made for empty tables are slow in full ones.
    await sql`analyze`.execute(db)
  }
  await loadInvented(db, dischargeDays(seed, firstYear, today))
  say('Påhittade utskrivningsklara dagar är inlästa')
  const digest = createHash('sha256').update(JSON.stringify({ sizes, seed, today })).digest('hex')
  // Last, so that a county that was broken off is never taken for a whole one.
  await change(db, systemActor, async (work) => {
    await planMeetings(work, state)
    await work.trx.insertInto('facts_loaded').values({ name: countyName, digest }).execute()
    await work.record('facts.loaded', `facts/${countyName}`, { ...sizes, seed, today, digest })
  })
  // What twenty years would have had done now and then: counts are read from indexes alone where rows are known to stand.
  await sql`vacuum (analyze)`.execute(db)
  return { digest, counts: await countsOf(db) }
}

const counted = [
  'body',
  'membership',
  'meeting',
  'agenda_item',
  'decision',
  'plan',
  'activity',
  'document',
  'file',
] as const

/** How many rows the large registers have. */
async function countsOf(db: Kysely<Database>): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const table of counted) {
    const { rows } = await sql<{ count: number }>`select count(*) from ${sql.table(table)}`.execute(db)
    counts[table] = rows[0]?.count ?? 0
  }
  return counts
}

/** Invented discharge days of all the years: as many as in a county of that size. */
function dischargeDays(seed: number, firstYear: number, today: Day): ExampleRecipe {
  const towns = municipalityNames.map((name, place) => [slugify(name), 60 + 45 * place] as const)
  const rule = { outside: 14, zeroDays: 0.85, meanDays: 2.2 }
  return {
    seed,
    from: `${firstYear}-01`,
    to: addMonths(today, -1).slice(0, 7),
    shares: Object.fromEntries(towns),
    administrations: [
      { administration: 'ehf', monthly: 800, ...rule },
      { administration: 'epf', monthly: 90, ...rule },
    ],
    exact: [],
  }
}

async function refuseUnlessEmpty(db: Kysely<Database>) {
  for (const table of ['facts_loaded', 'organisation', 'body', 'meeting', 'account'] as const) {
    const { rows } = await sql<{ found: boolean }>`select exists (select from ${sql.table(table)}) as found`.execute(db)
    if (rows[0]?.found) throw new NotEmpty(table)
  }
}

/** The registers on the day before the first year. */
async function begin(
  db: Kysely<Database>,
  { sizes, seed, today }: BigCounty,
  firstYear: number,
  lastYear: number,
): Promise<CountyState> {
  const { county, bodies, seated } = beginning(sizes, seed, `${firstYear}-01-01` as Day, lastYear)
  return await change(db, systemActor, async (work) => {
    const refs = new References(work)
    await loadSources(work, county)
    await loadThemes(work, county)
    await loadOrganisations(work, refs, county)
    await loadPersons(work, refs, county)
    await loadBodies(work, refs, county)
    await loadMatters(work, refs, county)
    await loadMemberships(work, refs, county)
    await loadParameters(work, refs, county)
    await work.record('facts.loaded', `facts/${countyName}`, { county: county.head.county })
    const idsOf = async (table: 'person' | 'organisation' | 'matter' | 'body') =>
      new Map((await work.trx.selectFrom(table).select(['slug', 'id']).execute()).map(({ slug, id }) => [slug, id]))
    const bodyIds = await idsOf('body')
    const living = bodies.filter(({ established }) => established === null)
    return {
      sizes,
      seed,
      random: randomOf(seed, 2),
      today,
      firstYear,
      lastYear,
      planned: bodies,
      bodies: new Map(
        living.map((body) => [
          body.slug,
          {
            ...body,
            id: known(bodyIds, body.slug),
            seats: seated.get(body.slug) ?? [],
            empty: [],
            waiting: [],
            last: null,
          },
        ]),
      ),
      persons: county.persons.map(({ slug }) => slug),
      parties: county.organisations.filter(({ isParty }) => isParty).map(({ slug }) => slug),
      ids: {
        person: await idsOf('person'),
        organisation: await idsOf('organisation'),
        matter: await idsOf('matter'),
        meeting: new Map(),
        document: new Map(),
      },
      matters: county.matters.map(({ slug }) => slug),
      documents: [],
      revisions: new Map(),
      counted: { meetings: 0, documents: 0, plans: 0 },
    }
  })
}
