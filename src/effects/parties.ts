/** Which organisations a decision's effects touch, for all that is narrowed to one party. */
import { type RawBuilder, sql } from 'kysely'

type Organisation = { id: number } | { slug: string }

/** SQL: the row of decision_touched is of the organisation or one of its parts. The parts are found once. */
export const touches = (organisation: Organisation): RawBuilder<boolean> => {
  const [column, value] =
    'id' in organisation ? (['id', organisation.id] as const) : (['slug', organisation.slug] as const)
  const is = (table: string) => sql`${sql.ref(`${table}.${column}`)} = ${value}`
  return sql<boolean>`decision_touched.organisation_id = any(array(
    select organisation.id from organisation
    left join organisation parent on parent.id = organisation.parent_id
    left join organisation grandparent on grandparent.id = parent.parent_id
    where ${is('organisation')} or ${is('parent')} or ${is('grandparent')}))`
}

/** SQL: the ids of decisions that touch the organisation or one of its parts; a decision may come more than once. */
export const decisionsTouching = (organisation: Organisation): RawBuilder<unknown> =>
  sql`select decision_touched.decision_id from decision_touched where ${touches(organisation)}`

/** SQL: the ids of those decisions, each once, and when each was last changed (`changed_at`): read from one index. */
export const changesTouching = (organisation: Organisation): RawBuilder<unknown> =>
  sql`select distinct decision_touched.decision_id as id, decision_touched.changed_at from decision_touched
    where ${touches(organisation)}`
