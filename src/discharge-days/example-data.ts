import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { change, systemActor } from '../audit/work.ts'
import type { Database, Reader } from '../db/database.ts'
import { drawn } from '../kernel/random.ts'
import { importReading, removeExamples } from './changes.ts'
import { parsePeriod, periodCode, periodsBetween } from './periods.ts'
import { measuredPlaces } from './queries.ts'
import type { ReadCell } from './reading/counting.ts'
import type { Reading } from './reading/read-file.ts'
import { Rejections } from './reading/rejections.ts'
import { exampleFileName } from './texts.ts'

/** The file in a folder of facts that says what invented figures should look like. */
const recipeFile = 'example-discharge-days.json'

const recipe = z.object({
  seed: z.number().int(),
  from: z.string(),
  to: z.string(),
  /** How the county's episodes fall on its municipalities, by slug. */
  shares: z.record(z.string(), z.number().positive()),
  administrations: z.array(
    z.object({
      administration: z.string(),
      monthly: z.number().positive(),
      outside: z.number().nonnegative(),
      /** The share of episodes without a discharge-ready day. */
      zeroDays: z.number().min(0).max(1),
      /** The mean of the others. */
      meanDays: z.number().min(1),
    }),
  ),
  exact: z.array(
    z.object({ administration: z.string(), month: z.string(), episodes: z.number().int(), days: z.number().int() }),
  ),
})

/** What invented figures should look like. */
export type ExampleRecipe = z.output<typeof recipe>

/**
 * Loads invented figures, marked as such, if the folder of facts has a recipe for them. The same recipe always gives the
 * same figures, and real ones always come before them.
 * @returns whether anything was loaded
 */
export async function loadExampleData(db: Kysely<Database>, factsFolder: string): Promise<boolean> {
  const file = join(factsFolder, recipeFile)
  if (!existsSync(file)) return false
  return await loadInvented(db, recipe.parse(JSON.parse(await readFile(file, 'utf8'))))
}

/** Loads invented figures by a recipe, unless there are some already. @returns whether anything was loaded */
export async function loadInvented(db: Kysely<Database>, how: ExampleRecipe): Promise<boolean> {
  if (await db.selectFrom('discharge_batch').select('id').where('example', '=', true).limit(1).executeTakeFirst())
    return false
  const reading = await inventedReading(db, how)
  if (reading.cells.length === 0) return false
  await change(db, systemActor, (work) => importReading(work, reading, { example: true }))
  return true
}

/** Removes every invented figure. Returns how many loads there were. */
export async function removeExampleData(db: Kysely<Database>): Promise<number> {
  return await change(db, systemActor, removeExamples)
}

async function inventedReading(db: Reader, how: ExampleRecipe): Promise<Reading> {
  const { administrations: measured, municipalities: towns } = await measuredPlaces(db)
  const [from, to] = [parsePeriod(how.from), parsePeriod(how.to)]
  if (from === null || to === null) throw new Error(`${recipeFile}: from and to are months`)
  const months = periodsBetween('month', from.from, to.to)
  const known = towns
    .filter(({ slug }) => how.shares[slug] !== undefined)
    .toSorted((a, b) => (a.slug < b.slug ? -1 : 1))
  const shares = known.map(({ slug }) => how.shares[slug] ?? 0)
  const cells: ReadCell[] = []
  for (const [place, rule] of how.administrations.entries()) {
    const administration = measured.find(({ slug }) => slug === rule.administration)
    if (administration === undefined) continue
    // Some municipalities do better than others, and the county gets a little better with time.
    const skill = known.map((_, town) => 0.55 + 0.9 * drawn(how.seed, place, town)())
    for (const [number, month] of months.entries()) {
      const exact = how.exact.find(
        (one) => one.administration === rule.administration && one.month === periodCode(month),
      )
      const draw = drawn(how.seed, place, 1000 + number)
      const total = exact?.episodes ?? Math.round(rule.monthly * (0.93 + 0.14 * draw()))
      const counts = apportioned(
        total,
        shares.map((share) => share * (0.8 + 0.4 * draw())),
      )
      const progress = 1.12 - (0.24 * number) / months.length
      const lists = counts.map((count, town) =>
        Array.from({ length: count }, () => days(draw, rule.zeroDays, rule.meanDays * (skill[town] ?? 1) * progress)),
      )
      if (exact) adjust(lists, exact.days)
      const outside = Array.from({ length: Math.round(rule.outside * (0.5 + draw())) }, () =>
        days(draw, rule.zeroDays, rule.meanDays),
      )
      for (const [town, list] of [...lists, outside].entries()) {
        if (list.length === 0) continue
        cells.push({
          administrationId: administration.id,
          level: 'municipal',
          municipalityId: known[town]?.id ?? null,
          period: month,
          episodes: list.length,
          days: list.reduce((sum, d) => sum + d, 0),
          lateDays: null,
          histogram: histogramOf(list),
        })
      }
    }
  }
  return {
    fileName: exampleFileName,
    sha256: createHash('sha256').update(JSON.stringify(how)).digest(),
    kind: 'episodes',
    headers: [],
    accepted: cells.reduce((sum, { episodes }) => sum + episodes, 0),
    rejections: new Rejections(),
    cells,
  }
}

/** Days of one invented episode: mostly none, else one or more with a long tail. */
function days(draw: () => number, zeroDays: number, meanDays: number): number {
  if (draw() < zeroDays) return 0
  const more = Math.max(0, meanDays - 1)
  return 1 + Math.min(40, Math.floor(Math.log(1 - draw()) / Math.log(more / (more + 1) || 0.01)))
}

/** The total in whole parts as close to the shares as can be (largest remainder). */
function apportioned(total: number, shares: readonly number[]): number[] {
  const all = shares.reduce((sum, share) => sum + share, 0)
  const exact = shares.map((share) => (total * share) / all)
  const whole = exact.map(Math.floor)
  const left = total - whole.reduce((sum, part) => sum + part, 0)
  const order = exact
    .map((part, place) => ({ place, rest: part - Math.floor(part) }))
    .toSorted((a, b) => b.rest - a.rest)
  for (const { place } of order.slice(0, left)) whole[place] = (whole[place] ?? 0) + 1
  return whole
}

/** Changes single days until the lists sum to exactly so many. */
function adjust(lists: number[][], wanted: number): void {
  const sum = () => lists.flat().reduce((all, d) => all + d, 0)
  for (let step = 0; sum() !== wanted; step += 1) {
    const list = lists[step % lists.length] ?? []
    const place = list.findIndex((d) => (sum() > wanted ? d > 0 : d > 0 && d < 20))
    if (place >= 0) list[place] = (list[place] ?? 0) + (sum() > wanted ? -1 : 1)
  }
}

function histogramOf(list: readonly number[]): Map<number, number> {
  const histogram = new Map<number, number>()
  for (const d of list.toSorted((a, b) => a - b)) histogram.set(d, (histogram.get(d) ?? 0) + 1)
  return histogram
}
