/** Which organisations a decision's effects touch, for all that is narrowed to one party. */
import { type RawBuilder, sql } from 'kysely'

type Organisation = { id: number } | { slug: string }

/** SQL: the ids of the organisation and its parts, as an array: found once. */
const withItsParts = (organisation: Organisation): RawBuilder<number[]> => {
  const [column, value] =
    'id' in organisation ? (['id', organisation.id] as const) : (['slug', organisation.slug] as const)
  const is = (table: string) => sql`${sql.ref(`${table}.${column}`)} = ${value}`
  return sql`array(
    select organisation.id from organisation
    left join organisation parent on parent.id = organisation.parent_id
    left join organisation grandparent on grandparent.id = parent.parent_id
    where ${is('organisation')} or ${is('parent')} or ${is('grandparent')})`
}

/** SQL: the row of decision_touched is of the organisation or one of its parts. */
export const touches = (organisation: Organisation): RawBuilder<boolean> =>
  sql<boolean>`decision_touched.organisation_id = any(${withItsParts(organisation)})`

/** SQL: the ids of decisions that touch the organisation or one of its parts; a decision may come more than once. */
export const decisionsTouching = (organisation: Organisation): RawBuilder<unknown> =>
  sql`select decision_touched.decision_id from decision_touched where ${touches(organisation)}`

/**
 * SQL: of the decisions that touch the organisation or one of its parts the first (`id`), each once, with what they are
 * ordered by. Of each part no more are read than are asked for, and from one index.
 */
const firstOf = (
  organisation: Organisation,
  { columns, order, limit }: { columns: RawBuilder<unknown>; order: RawBuilder<unknown>; limit: number },
): RawBuilder<unknown> =>
  sql`select distinct of_one.* from unnest(${withItsParts(organisation)}) as organisation(id) cross join lateral (
    select decision_id as id, ${columns} from decision_touched where decision_touched.organisation_id = organisation.id
    order by ${order} limit ${sql.lit(limit)}) as of_one order by ${order} limit ${sql.lit(limit)}`

/** SQL: the decisions that touch the organisation or one of its parts, the newest, so many. */
export const newestTouching = (organisation: Organisation, limit: number): RawBuilder<unknown> =>
  firstOf(organisation, {
    columns: sql`decided_on, meeting_id, position`,
    order: sql`decided_on desc, meeting_id desc, position, id`,
    limit,
  })

/** SQL: the same, those that were changed last, with when they were (`changed_at`). */
export const changedTouching = (organisation: Organisation, limit: number): RawBuilder<unknown> =>
  firstOf(organisation, { columns: sql`changed_at`, order: sql`changed_at desc, id desc`, limit })
