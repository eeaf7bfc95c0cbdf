import type { Compilable, CompiledQuery } from 'kysely'
import type { Reader } from './database.ts'

/** Stands for a value while the question is put together. */
class StandIn {
  readonly place: number

  constructor(place: number) {
    this.place = place
  }

  [Symbol.toPrimitive](): never {
    throw new Error('a fixed question must not look at its values while it is put together')
  }
}

/**
 * A question whose words are always the same, put together the first time it is asked. To put a question over several
 * registers together takes as long as to ask it, and a page asks a dozen (docs/adr/0089).
 * @param build must neither compare nor change the values: all it may do is to put each of them into the question
 * @returns asks it; every row of the answer
 * @throws Error at the first call when a value is in no place of the question
 */
export function fixed<Values extends readonly unknown[], Row>(
  build: (db: Reader, ...values: Values) => Compilable<Row>,
): (db: Reader, ...values: Values) => Promise<Row[]> {
  let known: CompiledQuery<Row> | undefined
  return async (db, ...values) => {
    known ??= compiled(build, db, values.length)
    const parameters = known.parameters.map((one) => (one instanceof StandIn ? values[one.place] : one))
    const { rows } = await db.executeQuery<Row>({ ...known, parameters })
    return rows
  }
}

/**
 * The same for a question that has other words depending on which parts of the filter are given: put together once for
 * each such choice. As for {@link fixed}, nothing but whether a part is given may decide, save for the values of `deciding`.
 * @param deciding parts whose values stand in the words: each value is put together once and kept for good, so they are a
 * few, and never what a reader sends
 */
export function fixedBy<Filter extends object, Row>(
  build: (db: Reader, filter: Filter) => Compilable<Row>,
  ...deciding: readonly (string & keyof Filter)[]
): (db: Reader, filter: Filter) => Promise<Row[]> {
  const known = new Map<string, (db: Reader, ...values: unknown[]) => Promise<Row[]>>()
  return (db, filter) => {
    const given = Object.entries(filter)
      .filter(([, value]) => value !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
    const decides = ([name]: [string, unknown]) => (deciding as readonly string[]).includes(name)
    const words = given.filter(decides)
    const places = given.filter((part) => !decides(part))
    const names = places.map(([name]) => name)
    const choice = `${names.join()} ${JSON.stringify(words)}`
    const asks =
      known.get(choice) ??
      fixed((on, ...values: unknown[]) =>
        build(on, Object.fromEntries([...words, ...names.map((name, place) => [name, values[place]])]) as Filter),
      )
    known.set(choice, asks)
    return asks(db, ...places.map(([, value]) => value))
  }
}

function compiled<Values extends readonly unknown[], Row>(
  build: (db: Reader, ...values: Values) => Compilable<Row>,
  db: Reader,
  count: number,
): CompiledQuery<Row> {
  const standIns = Array.from({ length: count }, (_, place) => new StandIn(place))
  const query = build(db, ...(standIns as unknown as Values)).compile()
  for (const one of standIns) {
    if (!query.parameters.includes(one)) throw new Error(`value ${one.place + 1} is in no place of: ${query.sql}`)
  }
  return query
}
