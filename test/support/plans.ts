/** Which statements a page asks the database, and how the planner would find their rows. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { type Kysely, sql } from 'kysely'
import pg from 'pg'
import type { Database } from '../../src/db/database.ts'

export type Asked = { text: string; values: unknown[]; page: string }

/** Notes each different statement that pages of a server in this process ask for, from now on, with the first that did. */
export function listen(): { asked: Map<string, Asked>; stop: () => void } {
  const asked = new Map<string, Asked>()
  const page = new AsyncLocalStorage<string>()
  const answering = channel('tracing:fastify.request.handler:start')
  const enter = (message: unknown) =>
    page.enterWith((message as { request: { originalUrl: string } }).request.originalUrl)
  answering.subscribe(enter)
  const original = pg.Client.prototype.query
  pg.Client.prototype.query = function (this: pg.Client, ...given: Parameters<typeof original>) {
    const [statement, values] = given as unknown as [string | { text?: string; values?: unknown[] }, unknown[]]
    const text = typeof statement === 'string' ? statement : statement.text
    if (text !== undefined && /^\s*(select|with)\b/i.test(text) && !asked.has(text)) {
      const filled = typeof statement === 'string' ? values : statement.values
      asked.set(text, { text, values: filled ?? [], page: page.getStore() ?? '' })
    }
    return original.apply(this, given)
  } as typeof original
  return {
    asked,
    stop() {
      answering.unsubscribe(enter)
      pg.Client.prototype.query = original
    },
  }
}

type Node = { 'Node Type': string; 'Relation Name'?: string; Plans?: Node[]; Filter?: string }

/**
 * The tables of which a statement reads every row whatever it is asked, since no index leads to those it wants.
 * Small tables are read whole because that is quickest; so sequential scans are forbidden, and what is left had no choice.
 */
export async function withoutIndex(
  db: Kysely<Database>,
  { text, values }: Asked,
): Promise<{ table: string; text: string }[]> {
  return await db.connection().execute(async (connection) => {
    await sql`set enable_seqscan = off`.execute(connection)
    const { rows } = await connection.executeQuery<{ 'QUERY PLAN': { Plan: Node }[] }>({
      sql: `explain (format json) ${text}`,
      parameters: values,
      query: { kind: 'RawNode', sqlFragments: [], parameters: [] },
      queryId: { queryId: 'explain' },
    } as never)
    const scanned: { table: string; text: string }[] = []
    const look = (node: Node) => {
      if (node['Node Type'] === 'Seq Scan' && node['Relation Name'] !== undefined)
        scanned.push({
          table: node['Relation Name'],
          text: `${node['Relation Name']}${node.Filter === undefined ? '' : ` where ${node.Filter}`}`,
        })
      for (const part of node.Plans ?? []) look(part)
    }
    for (const { Plan } of rows[0]?.['QUERY PLAN'] ?? []) look(Plan)
    await sql`reset enable_seqscan`.execute(connection)
    return scanned
  })
}
