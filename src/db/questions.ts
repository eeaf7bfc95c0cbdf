import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  PostgresDriver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import pg from 'pg'

// A page asks a dozen questions at once. One connection for each means that as many processes are woken, which was more than
// a quarter of what the start page cost the portal. See docs/adr/0094.

/** A client that takes several questions at a time. */
export type AskingClient = pg.PoolClient & {
  /** What is asked inside goes to the server in one piece; it answers one question after the other. */
  inOnePiece: (ask: () => void) => void
}

type Asked = {
  question: CompiledQuery
  answered: (result: QueryResult<unknown>) => void
  failed: (error: unknown) => void
}

/**
 * On how many connections questions of one moment are shared out. With fewer, those that take long wait for each other: the
 * follow-up of a big county then loses what it gains in a small one. More were no faster.
 */
export const mostConnections = 4

/** Questions outside of transactions that are asked at the same moment go together, on a few connections. */
export class QuestionDriver implements Driver {
  readonly #pool: pg.Pool
  readonly #reserving: PostgresDriver
  #waiting: Asked[] = []

  /** @param pool of {@link AskingClient}s */
  constructor(pool: pg.Pool) {
    this.#pool = pool
    this.#reserving = new PostgresDriver({ pool })
  }

  init(): Promise<void> {
    return this.#reserving.init()
  }

  /** The answer to a question, asked with those of the same moment. Each of them succeeds or fails for itself. */
  ask(question: CompiledQuery): Promise<QueryResult<unknown>> {
    return new Promise((answered, failed) => {
      this.#waiting.push({ question, answered, failed })
      if (this.#waiting.length === 1) process.nextTick(() => this.#askAll())
    })
  }

  #askAll(): void {
    const asked = this.#waiting.splice(0)
    const connections = Math.min(asked.length, mostConnections)
    for (let one = 0; one < connections; one += 1) {
      const share = asked.filter((_, place) => place % connections === one)
      this.#askTogether(share).catch((error) => {
        for (const { failed } of share) failed(error)
      })
    }
  }

  async #askTogether(share: readonly Asked[]): Promise<void> {
    const client = (await this.#pool.connect()) as AskingClient
    const answers: Promise<void>[] = []
    try {
      client.inOnePiece(() => {
        for (const { question, answered, failed } of share) {
          answers.push(client.query(question.sql, [...question.parameters]).then(answered, failed))
        }
      })
      await Promise.all(answers)
    } finally {
      client.release()
    }
  }

  /** A connection of one's own, for whatever is no question that stands alone. */
  reserve(): Promise<Reserved> {
    return this.#reserving.acquireConnection() as Promise<Reserved>
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return new Line(this)
  }

  async releaseConnection(line: DatabaseConnection): Promise<void> {
    const reserved = await (line as Line).reserved
    if (reserved) await this.#reserving.releaseConnection(reserved)
  }

  async beginTransaction(line: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    await this.#reserving.beginTransaction(await (line as Line).reserve(), settings)
  }

  async commitTransaction(line: DatabaseConnection): Promise<void> {
    await this.#reserving.commitTransaction(await (line as Line).reserve())
  }

  async rollbackTransaction(line: DatabaseConnection): Promise<void> {
    await this.#reserving.rollbackTransaction(await (line as Line).reserve())
  }

  destroy(): Promise<void> {
    return this.#reserving.destroy()
  }
}

type Reserved = Parameters<PostgresDriver['releaseConnection']>[0]

/** What Kysely takes for a connection. It becomes one when somebody needs it for himself. */
class Line implements DatabaseConnection {
  readonly #driver: QuestionDriver
  /** The connection, once there is one. */
  reserved: Promise<Reserved> | undefined

  constructor(driver: QuestionDriver) {
    this.#driver = driver
  }

  reserve(): Promise<Reserved> {
    this.reserved ??= this.#driver.reserve()
    return this.reserved
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    // What is written, locked or set belongs to one connection, and so does what is asked there afterwards.
    if (this.reserved !== undefined || query.query.kind !== 'SelectQueryNode') {
      return (await this.reserve()).executeQuery<Row>(query)
    }
    try {
      return (await this.#driver.ask(query)) as QueryResult<Row>
    } catch (error) {
      // For the log: who asked, and not who passed it on. Of a broken connection many are told with the same error.
      if (error instanceof pg.DatabaseError) Error.captureStackTrace(error)
      throw error
    }
  }

  async *streamQuery<Row>(query: CompiledQuery, chunk: number): AsyncIterableIterator<QueryResult<Row>> {
    yield* (await this.reserve()).streamQuery<Row>(query, chunk)
  }
}
