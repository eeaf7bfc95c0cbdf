import type { Socket } from 'node:net'
import {
  type BinaryOperationNode,
  ColumnNode,
  Kysely,
  type LimitNode,
  type OffsetNode,
  OperatorNode,
  PostgresDialect,
  PostgresQueryCompiler,
  PrimitiveValueListNode,
  ReferenceNode,
  ValueNode,
} from 'kysely'
import pg from 'pg'
import { type AskingClient, QuestionDriver } from './questions.ts'
import type { DB } from './schema.ts'

/** The tables, as the migrations leave them. */
export type Database = DB

/** What a query may use: the pool or an open transaction, but nothing that writes. */
export type Reader = Pick<Kysely<Database>, 'selectFrom' | 'fn' | 'with' | 'executeQuery'>

/** The database cannot be used as it is. The message is one Swedish line for whoever starts the portal. */
export class DatabaseTrouble extends Error {
  override name = 'DatabaseTrouble'
}

const oid = {
  int8: 20,
  int8Array: 1016,
  date: 1082,
  dateArray: 1182,
  timestamp: 1114,
  timestampArray: 1115,
  timestamptz: 1184,
  textArray: 1009,
}

const asText = (value: string) => value

function safeInteger(value: string): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is larger than a JavaScript integer can be`)
  return number
}

const textArray = pg.types.getTypeParser(oid.textArray) as (value: string) => (string | null)[]

const arrayOf = (element: (value: string) => unknown) => (value: string) =>
  textArray(value).map((item) => (item === null ? null : element(item)))

const parseMoment = pg.types.getTypeParser(oid.timestamptz) as (value: string) => unknown

/** Moments by a clock whole hours from UTC are read by the engine itself, in a quarter of the time; others as pg does. */
const moment = (value: string) => (/^[1-9]\d{3}-.+[+-]\d\d$/.test(value) ? new Date(value) : parseMoment(value))

/**
 * pg's own parsers turn a date into a local midnight (which is another day elsewhere) and int8 into text.
 * Numerics and ranges stay text: they are exact.
 */
const parsers = new Map<number, (value: string) => unknown>([
  [oid.int8, safeInteger],
  [oid.int8Array, arrayOf(safeInteger)],
  [oid.date, asText],
  [oid.dateArray, arrayOf(asText)],
  [oid.timestamp, asText],
  [oid.timestampArray, arrayOf(asText)],
  [oid.timestamptz, moment],
])

const types = {
  getTypeParser: (type: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : parsers.get(type)) ?? pg.types.getTypeParser(type, format),
} as pg.CustomTypesConfig

export type OpenOptions = {
  /** Shown in pg_stat_activity. */
  name?: string
  /** Most connections at a time. */
  max?: number
  /** A statement is broken off after this many milliseconds; 0 is never. */
  statementTimeout?: number
  /** How long a connection that nobody uses is kept, in milliseconds. */
  idle?: number
  /** Told of a connection that broke while nobody used it, which is no reason to stop. */
  onIdleError?: (error: Error) => void
}

/** How long after the server should have broken off a statement its word is waited for, in milliseconds. */
const answerPatience = 5_000

/** Most different statements that one connection keeps prepared; lists of varying length would else fill its memory. */
const mostPrepared = 500

/** A question that stands alone. */
const oneQuestion = /^(?:select|with) [^;]*$/

/**
 * Has the server parse and plan each statement once a connection instead of every time: for queries over a dozen tables
 * planning takes longer than answering. Other statements without parameters than questions may be several in one.
 */
class PreparingClient extends pg.Client implements Pick<AskingClient, 'inOnePiece'> {
  readonly #prepared = new Map<string, Prepared>()
  /** After how many milliseconds without an answer the connection is given up; undefined is never. */
  readonly #silence: number | undefined
  #unanswered = 0
  #givingUp: NodeJS.Timeout | undefined

  constructor(config?: pg.ClientConfig & { silence?: number }) {
    super(config)
    this.#silence = config?.silence
  }

  // biome-ignore lint/suspicious/noExplicitAny: pg.Client.query has a dozen forms; only one of them is changed
  override query(statement: any, values?: any, callback?: any): any {
    const answer = this.#ask(statement, values, callback)
    if (this.#silence === undefined || typeof answer?.finally !== 'function') return answer
    // The server breaks off what takes too long, but a line that is dead says nothing, for hours: all connections would
    // in the end wait for it.
    this.#unanswered += 1
    this.#givingUp ??= setTimeout(() => this.#stream.destroy(), this.#silence)
    return answer.finally(() => this.#hasAnswered())
  }

  /** It answers one question after the other: those that wait have their time from now on. */
  #hasAnswered(): void {
    this.#unanswered -= 1
    if (this.#unanswered > 0) this.#givingUp?.refresh()
    else {
      clearTimeout(this.#givingUp)
      this.#givingUp = undefined
    }
  }

  get #stream(): Socket {
    return (this as unknown as { connection: { stream: Socket } }).connection.stream
  }

  inOnePiece(ask: () => void): void {
    this.#stream.cork()
    try {
      ask()
    } finally {
      this.#stream.uncork()
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above
  #ask(statement: any, values: any, callback: any): any {
    if (typeof statement !== 'string' || !Array.isArray(values) || callback !== undefined) {
      return super.query(statement, values, callback)
    }
    if (values.length === 0 && !oneQuestion.test(statement)) return super.query(statement, values)
    const known = this.#prepared.get(statement)
    if (known?.is === 'prepared') return super.query({ name: known.name, text: statement, values })
    // What is being prepared may fail to be: who counted on it would be told that there is no such statement.
    if (known?.is === 'tried' || (known === undefined && this.#prepared.size >= mostPrepared)) {
      return super.query(statement, values)
    }
    const prepared: Prepared = known ?? { name: `p${this.#prepared.size}`, is: 'tried' }
    prepared.is = 'tried'
    this.#prepared.set(statement, prepared)
    return super.query({ name: prepared.name, text: statement, values }).then(
      (result) => {
        prepared.is = 'prepared'
        return result
      },
      (error) => {
        prepared.is = 'untried'
        throw error
      },
    )
  }
}

/** A statement on one connection. Tried: it has been sent to be prepared, and nobody knows yet whether it was. */
type Prepared = { name: string; is: 'untried' | 'tried' | 'prepared' }

/** What every connection begins with. */
const settings = [
  // A moment in time belongs to the day that the clocks in the county show, also in SQL.
  "set time zone 'Europe/Stockholm'",
  // What pages ask for lies in memory or on a disk without a moving head: reading here and there costs as little as
  // reading on, so that an index is worth using for a few rows of a table that is read through fast.
  'set random_page_cost = 1.1',
  // Compiling a statement takes longer than any page's answer.
  'set jit = off',
  // A prepared statement is planned once. Left to itself the server plans most of ours anew each time, since it believes that
  // it gains more than that costs, and spends two thirds of a page's time on it.
  'set plan_cache_mode = force_generic_plan',
]

/** Columns whose few words are known to the program, as the server's enums are. */
const stateColumns = new Set(['state', 'kind'])
const stateWord = /^[a-z_]{1,40}$/

/** The words that a state is compared with; null for any other comparison. */
function statesIn({
  leftOperand,
  rightOperand,
}: BinaryOperationNode): { words: readonly string[]; list: boolean } | null {
  if (!ReferenceNode.is(leftOperand) || !ColumnNode.is(leftOperand.column)) return null
  if (!stateColumns.has(leftOperand.column.column.name)) return null
  const list = PrimitiveValueListNode.is(rightOperand)
  const words = list ? rightOperand.values : ValueNode.is(rightOperand) ? [rightOperand.value] : []
  const known = (word: unknown): word is string => typeof word === 'string' && stateWord.test(word)
  return words.length > 0 && words.every(known) ? { words, list } : null
}

/**
 * What the server must know to plan a statement once stands in it, and nothing else: how many rows are wanted, and the
 * states asked for, without which an index over rows of one state cannot be used. A list of ids is one parameter, however
 * many they are: `= any($1)` instead of `in ($1, $2, …)`, which would be another statement for each number of ids.
 */
class PlannedCompiler extends PostgresQueryCompiler {
  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { leftOperand, operator, rightOperand } = node
    const states = OperatorNode.is(operator) ? statesIn(node) : null
    if (states !== null) {
      this.visitNode(leftOperand)
      this.append(` ${(operator as OperatorNode).operator} `)
      const literals = states.words.map((word) => `'${word}'`).join(', ')
      this.append(states.list ? `(${literals})` : literals)
      return
    }
    const isList = PrimitiveValueListNode.is(rightOperand) && OperatorNode.is(operator) && operator.operator === 'in'
    if (!isList || rightOperand.values.length === 0 || !rightOperand.values.every(Number.isSafeInteger)) {
      super.visitBinaryOperation(node)
      return
    }
    this.visitNode(leftOperand)
    this.append(' = any(')
    this.appendValue(rightOperand.values)
    this.append('::bigint[])')
  }

  protected override visitLimit(node: LimitNode): void {
    if (ValueNode.is(node.limit) && Number.isSafeInteger(node.limit.value)) this.append(`limit ${node.limit.value}`)
    else super.visitLimit(node)
  }

  /**
   * Beyond the first page how many rows are passed by is a parameter: as numbers these would be statements of their own,
   * too many to be kept prepared, and planned anew each time.
   */
  protected override visitOffset(node: OffsetNode): void {
    if (ValueNode.is(node.offset) && node.offset.value === 0) this.append('offset 0')
    else super.visitOffset(node)
  }
}

class PortalDialect extends PostgresDialect {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    super({ pool })
    this.#pool = pool
  }

  override createDriver(): QuestionDriver {
    return new QuestionDriver(this.#pool)
  }

  override createQueryCompiler(): PlannedCompiler {
    return new PlannedCompiler()
  }
}

const pools = new WeakMap<object, pg.Pool>()

/** The pool behind a database from {@link openDatabase}, for whoever watches it. */
export function poolOf(db: Kysely<Database>): Pick<pg.Pool, 'totalCount' | 'idleCount' | 'waitingCount'> | undefined {
  return pools.get(db)
}

/** Opens a pool. Nothing is connected until the first query; close it with `destroy()`. */
export function openDatabase(url: string, options: OpenOptions = {}): Kysely<Database> {
  const { name = 'portal', max = 10, statementTimeout = 30_000, idle = 10_000, onIdleError = () => {} } = options
  const begin = [...settings, `set statement_timeout = ${statementTimeout}`].join('; ')
  const pool = new pg.Pool({
    Client: PreparingClient,
    // Nothing is asked on it before this is done.
    onConnect: async (client) => {
      await client.query(begin)
    },
    // Questions are sent before those ahead of them are answered.
    ...{ pipeline: true },
    connectionString: url,
    application_name: name,
    max,
    types,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: idle,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ...(statementTimeout > 0 ? { silence: statementTimeout + answerPatience } : {}),
  })
  // Without a listener an idle connection that breaks ends the process.
  pool.on('error', onIdleError)
  // Nor while a transaction holds it between two queries: the next query tells the one who asks.
  pool.on('connect', (client) => client.on('error', () => {}))
  const db = new Kysely<Database>({ dialect: new PortalDialect(pool) })
  pools.set(db, pool)
  return db
}

/** The address without its password, for logs and messages. */
export function withoutPassword(url: string): string {
  const parts = new URL(url)
  return `${parts.username ? `${decodeURIComponent(parts.username)}@` : ''}${decodeURIComponent(parts.host) || 'localhost'}${parts.pathname}`
}
