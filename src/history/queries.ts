import { type Kysely, sql } from 'kysely'
import type { Database, Reader } from '../db/database.ts'
import type { BodyFinders } from '../http/permissions.ts'
import type { Day } from '../kernel/dates.ts'

/** What the log is about: 'meeting/2025-12-12-…' is register 'meeting' and key '2025-12-12-…'. */
export type About = { register: string; key: string }

/** Which events to show. Empty filter: all. Days are whole days in Stockholm, both included. */
export type LogFilter = {
  act: string | null
  about: string | null
  accountId: number | null
  from: Day | null
  until: Day | null
}

export const noFilter: LogFilter = { act: null, about: null, accountId: null, from: null, until: null }

const events = (db: Reader) =>
  db
    .selectFrom('audit_event')
    .leftJoin('account', 'account.id', 'audit_event.account_id')
    .leftJoin('person', 'person.id', 'account.person_id')
    .select([
      'audit_event.id',
      'audit_event.at',
      'audit_event.actor_kind',
      'audit_event.actor_name',
      'audit_event.account_id',
      // The log itself names no account holder; the name is the account's, as long as there is one.
      'person.name as person_name',
      'audit_event.act',
      'audit_event.about',
      'audit_event.details',
    ])

export type EventRow = Awaited<ReturnType<typeof eventsBefore>>[number]

/** The events with these filters, the newest first. @param before only those with a lower number; null: from the newest */
export async function eventsBefore(db: Reader, filter: LogFilter, before: number | null, most: number, offset = 0) {
  return await filtered(events(db), filter)
    .$if(before !== null, (query) => query.where('audit_event.id', '<', before ?? 0))
    .orderBy('audit_event.id', 'desc')
    .limit(most)
    .offset(offset)
    .execute()
}

export async function countEvents(db: Reader, filter: LogFilter): Promise<number> {
  const { count } = await filtered(
    db.selectFrom('audit_event').select((eb) => eb.fn.countAll<number>().as('count')),
    filter,
  ).executeTakeFirstOrThrow()
  return count
}

function filtered<Query extends { where: (condition: ReturnType<typeof sql<boolean>>) => Query }>(
  query: Query,
  { act, about, accountId, from, until }: LogFilter,
): Query {
  let narrowed = query
  // 'meeting' stands for all that is done to meetings, 'meeting.published' for one act.
  if (act !== null) {
    narrowed = narrowed.where(sql<boolean>`(audit_event.act = ${act} or starts_with(audit_event.act, ${`${act}.`}))`)
  }
  if (about !== null) {
    narrowed = narrowed.where(
      sql<boolean>`(audit_event.about = ${about} or starts_with(audit_event.about, ${`${about}/`}))`,
    )
  }
  if (accountId !== null) narrowed = narrowed.where(sql<boolean>`audit_event.account_id = ${accountId}`)
  if (from !== null) narrowed = narrowed.where(sql<boolean>`audit_event.at >= ${from}::date`)
  if (until !== null) narrowed = narrowed.where(sql<boolean>`audit_event.at < ${until}::date + 1`)
  return narrowed
}

/** What has been done, how many times each, for the choices above the log. */
export async function actsInLog(db: Reader) {
  return await db
    .selectFrom('audit_event')
    .select(['act', (eb) => eb.fn.countAll<number>().as('count')])
    .groupBy('act')
    .orderBy('act')
    .execute()
}

/** What a thing is called and which body it belongs to. */
export type Subject = { title: string; bodySlug: string | null }

type Finder = (db: Kysely<Database>, key: string) => Promise<Subject | undefined>

/** One row of (title, body's slug) by slug. Assignments and documents need not belong to a body. */
const bySlug =
  (table: string, title: string, bodyColumn: string): Finder =>
  async (db, key) => {
    const { rows } = await sql<Subject>`
      select t.${sql.ref(title)} as "title", body.slug as "bodySlug"
      from ${sql.table(table)} t left join body on body.id = t.${sql.ref(bodyColumn)}
      where t.slug = ${key}`.execute(db)
    return rows[0]
  }

/** Two decisions of a meeting may carry the same title; the item tells them apart. */
const decisionBySlug: Finder = async (db, key) => {
  const { rows } = await sql<Subject>`
    select decision.title || coalesce(', punkt ' || agenda_item.number, '') as "title", body.slug as "bodySlug"
    from decision
    join body on body.id = decision.body_id
    left join agenda_item on agenda_item.id = decision.agenda_item_id
    where decision.slug = ${key}`.execute(db)
  return rows[0]
}

/** An entry is told of under its catalogue: 'primarvardsdata/plattformen'. */
const catalogueByKey: Finder = (db, key) => bySlug('catalogue', 'title', 'body_id')(db, key.split('/')[0] ?? '')

const finders: Readonly<Record<string, Finder>> = {
  meeting: bySlug('meeting', 'title', 'body_id'),
  decision: decisionBySlug,
  plan: bySlug('plan', 'title', 'body_id'),
  matter: bySlug('matter', 'title', 'body_id'),
  'change-proposal': bySlug('change_proposal', 'title', 'body_id'),
  catalogue: catalogueByKey,
  project: bySlug('project', 'name', 'body_id'),
  document: bySlug('document', 'title', 'owner_body_id'),
  assignment: bySlug('assignment', 'task', 'assignee_body_id'),
  body: bySlug('body', 'name', 'id'),
}

/** The thing that the log is about, if it is still there and of a kind that belongs to a body. */
export async function subjectOf(db: Kysely<Database>, { register, key }: About): Promise<Subject | undefined> {
  return Object.hasOwn(finders, register) ? await finders[register]?.(db, key) : undefined
}

/** Whose coordinator may read the history of a thing. What belongs to no body is for those who keep all of them. */
export const historyBodies = (db: Kysely<Database>): BodyFinders => ({
  async history(request) {
    const { register, '*': key } = request.params as { register: string; '*': string }
    return (await subjectOf(db, { register, key }))?.bodySlug ?? null
  },
})

/** The decisions of a meeting belong to its history. */
export async function decisionsOf(db: Reader, meetingSlug: string): Promise<string[]> {
  const rows = await db
    .selectFrom('decision')
    .innerJoin('meeting', 'meeting.id', 'decision.meeting_id')
    .select('decision.slug')
    .where(sql<boolean>`meeting.slug = ${meetingSlug}`)
    .execute()
  return rows.map(({ slug }) => slug)
}

/** All that has been done to these things, the newest first. */
export async function historyOf(db: Reader, abouts: readonly string[], most: number) {
  return await events(db)
    .where('audit_event.about', 'in', abouts)
    .orderBy('audit_event.id', 'desc')
    .limit(most)
    .execute()
}
