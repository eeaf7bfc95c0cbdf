/**
 * Which figures of a base period the public does not see. A municipality with 1 to 4 episodes (the number is a
 * parameter) is withheld, and so many others with it that nothing published gives it away.
 *
 * What is published besides single municipalities is the county's sum of a base period, and sums (a year) that consist
 * of public base cells only. So the only equations that hold something unknown are
 *
 *     Σ over the withheld municipalities of a base period = county − Σ over the public ones
 *
 * for n, D and day-4 days, one for each time that the period was published: a reader may have kept what was shown before
 * a revision, and may guess that what was not revised is the same. A decision is safe when no figure is determined by
 * these equations, nor by their having no negative terms.
 */
import type { Counts } from './rules.ts'

export type Cell = Counts & { place: string }
export type PublishedCell = Cell & { withheld: boolean }

/** What was public of the period at one time. */
export type Publication = { cells: readonly PublishedCell[]; countyWithheld: boolean }

const measures = ['episodes', 'days', 'lateDays'] as const

/**
 * Decides which municipalities are withheld and whether the county's sum can be shown.
 * @param cells every municipality, also those without episodes
 * @param smallest fewest episodes shown; null: none registered, and then nothing but zeros is shown
 * @param earlier what was public of the same period before, oldest first
 * @param countyKnown the county itself has published this sum, so it cannot be withheld
 */
export function decidePublication(
  cells: readonly Cell[],
  smallest: number | null,
  earlier: readonly Publication[] = [],
  countyKnown = false,
): Publication {
  // Nothing is to be hidden, whatever was before.
  if (smallest === 0) return { cells: cells.map((cell) => ({ ...cell, withheld: false })), countyWithheld: false }
  const least = smallest ?? Number.POSITIVE_INFINITY
  const isSmall = (cell: Cell) => cell.episodes > 0 && cell.episodes < least
  const before = earlier.flatMap((publication) => publication.cells)
  const wasWithheld = (cell: Cell) => before.some((old) => old.withheld && sameFigures(old, cell))
  const wasPublic = (cell: Cell) => before.some((old) => !old.withheld && sameFigures(old, cell))
  const everWithheld = (cell: Cell) => before.some((old) => old.withheld && old.place === cell.place)

  const publish = (withheld: ReadonlySet<string>, countyWithheld: boolean): Publication => ({
    cells: cells.map((cell) => ({ ...cell, withheld: withheld.has(cell.place) })),
    countyWithheld,
  })
  const isSafe = (publication: Publication) => givenAway([...earlier, publication]).size === 0

  // What a reader could not see yesterday and has not changed stays unseen.
  const first = new Set(cells.filter((cell) => isSmall(cell) || wasWithheld(cell)).map((cell) => cell.place))
  const candidates = cells
    .filter((cell) => cell.episodes > 0 && !first.has(cell.place) && !wasPublic(cell))
    .toSorted((a, b) => a.episodes - b.episodes || (a.place < b.place ? -1 : 1))

  const attempts: (readonly [Set<string>, boolean])[] = [
    [withCompany(cells, first, candidates, least), false],
    [
      withCompany(
        cells,
        new Set([...first, ...cells.filter(everWithheld).map(({ place }) => place)]),
        candidates,
        least,
      ),
      false,
    ],
  ]
  if (!countyKnown) {
    attempts.push([first, true])
    attempts.push([new Set([...first, ...cells.filter(everWithheld).map(({ place }) => place)]), true])
  }
  for (const [withheld, countyWithheld] of attempts) {
    const publication = publish(withheld, countyWithheld)
    if ((countyWithheld || isWellHidden(cells, withheld, wasPublic, least)) && isSafe(publication)) return publication
  }
  return publish(new Set(cells.map((cell) => cell.place)), !countyKnown)
}

/** Adds the smallest municipalities that can hide the withheld ones in the county's sum. */
function withCompany(
  cells: readonly Cell[],
  start: ReadonlySet<string>,
  candidates: readonly Cell[],
  least: number,
): Set<string> {
  const withheld = new Set(start)
  if (withheld.size === 0) return withheld
  const left = candidates.filter((cell) => !withheld.has(cell.place))
  for (;;) {
    const hidden = cells.filter((cell) => withheld.has(cell.place))
    const lacking = measures.filter((measure) => !hides(hidden, measure, least))
    if (lacking.length === 0) return withheld
    // The one that mends most is taken; among those that mend as much, the smallest.
    const mends = (cell: Cell) => lacking.filter((measure) => (cell[measure] ?? 0) > 0).length
    const best = left.reduce<Cell | undefined>(
      (found, cell) => (found && mends(found) >= mends(cell) ? found : cell),
      undefined,
    )
    if (best === undefined || mends(best) === 0) return withheld
    withheld.add(best.place)
    left.splice(left.indexOf(best), 1)
  }
}

/** Is the sum of the hidden cells so large that it says nothing of a single one? */
function hides(hidden: readonly Cell[], measure: (typeof measures)[number], least: number): boolean {
  if (hidden.length < 2) return false
  if (hidden.some((cell) => cell[measure] === null)) return true
  const sum = hidden.reduce((total, cell) => total + (cell[measure] ?? 0), 0)
  // Every hidden municipality has at least one episode: with a sum as small as their number, each would have one.
  return measure === 'episodes' ? sum >= least && sum > hidden.length : sum > 0
}

function isWellHidden(
  cells: readonly Cell[],
  withheld: ReadonlySet<string>,
  wasPublic: (cell: Cell) => boolean,
  least: number,
): boolean {
  if (withheld.size === 0) return true
  // A municipality whose figures a reader has already seen hides nothing.
  const unknown = cells.filter((cell) => withheld.has(cell.place) && !wasPublic(cell))
  return unknown.length === 0 || measures.every((measure) => hides(unknown, measure, least))
}

/**
 * The withheld figures that a reader can compute from all publications of a period together, as 'place/measure'.
 * A municipality with the same three figures at two times is taken to be known as unchanged.
 */
export function givenAway(publications: readonly Publication[]): Set<string> {
  const key = (cell: Cell) => `${cell.place}/${measures.map((measure) => cell[measure]).join('/')}`
  const known = new Set(publications.flatMap(({ cells }) => cells.filter((cell) => !cell.withheld).map(key)))
  const unknown = new Map<string, Cell>()
  for (const { cells } of publications) {
    for (const cell of cells) if (cell.withheld && !known.has(key(cell))) unknown.set(key(cell), cell)
  }
  const places = [...unknown.keys()]
  const found = new Set<string>()
  for (const measure of measures) {
    const rows = publications
      .filter(({ cells, countyWithheld }) => !countyWithheld && cells.every((cell) => cell[measure] !== null))
      .map(({ cells }) => {
        const hidden = cells.filter((cell) => unknown.has(key(cell)))
        const terms = places.map((place) => BigInt(hidden.filter((cell) => key(cell) === place).length))
        return { terms, sum: BigInt(hidden.reduce((sum, cell) => sum + (cell[measure] ?? 0), 0)) }
      })
    for (const { terms, sum } of [...rows, ...reduced(rows)]) {
      const held = terms.flatMap((term, place) => (term === 0n ? [] : [place]))
      const oneSign = terms.every((term) => term >= 0n) || terms.every((term) => term <= 0n)
      if (held.length === 1 || (oneSign && sum === 0n)) {
        for (const place of held) found.add(`${unknown.get(places[place] ?? '')?.place}/${measure}`)
      }
    }
  }
  return found
}

type Row = { terms: bigint[]; sum: bigint }

/** Gauss–Jordan elimination on whole numbers: each row left has a variable that no other row has. */
export function reduced(rows: readonly Row[]): Row[] {
  let left = rows.map((row) => ({ terms: [...row.terms], sum: row.sum }))
  const done: Row[] = []
  const width = rows[0]?.terms.length ?? 0
  for (let column = 0; column < width; column += 1) {
    const pivot = left.find(({ terms }) => terms[column] !== 0n)
    if (pivot === undefined) continue
    const clear = (row: Row): Row => {
      const factor = row.terms[column] ?? 0n
      if (factor === 0n) return row
      const scale = pivot.terms[column] ?? 1n
      return simplest({
        terms: row.terms.map((term, place) => term * scale - (pivot.terms[place] ?? 0n) * factor),
        sum: row.sum * scale - pivot.sum * factor,
      })
    }
    left = left.filter((row) => row !== pivot).map(clear)
    for (const [place, row] of done.entries()) done[place] = clear(row)
    done.push(pivot)
  }
  return done
}

function simplest(row: Row): Row {
  const divisor = [...row.terms, row.sum].reduce((a, b) => gcd(a, b), 0n)
  return divisor > 1n ? { terms: row.terms.map((term) => term / divisor), sum: row.sum / divisor } : row
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b]
  while (y > 0n) [x, y] = [y, x % y]
  return x
}

function sameFigures(a: Cell, b: Cell): boolean {
  return a.place === b.place && measures.every((measure) => a[measure] === b[measure])
}
