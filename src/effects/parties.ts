/** Which organisations a decision's effects touch, for all that is narrowed to one party. */
import { type RawBuilder, sql } from 'kysely'

/** How an effect touches an organisation. */
export const organisationColumns = [
  'on_behalf_organisation_id',
  'person_in_employer_id',
  'person_out_employer_id',
  'administration_id',
  'assignee_organisation_id',
] as const

/**
 * SQL: the ids of decisions with an effect that touches the organisation or one of its parts; a decision may come more
 * than once. The parts are found once, and then each way of touching by its index.
 */
export const decisionsTouching = (organisation: { id: number } | { slug: string }): RawBuilder<unknown> => {
  const [column, value] =
    'id' in organisation ? (['id', organisation.id] as const) : (['slug', organisation.slug] as const)
  const is = (table: string) => sql`${sql.ref(`${table}.${column}`)} = ${value}`
  return sql`
    with part as (
      select organisation.id from organisation
      left join organisation parent on parent.id = organisation.parent_id
      left join organisation grandparent on grandparent.id = parent.parent_id
      where ${is('organisation')} or ${is('parent')} or ${is('grandparent')})
    ${sql.join(
      organisationColumns.map(
        (touching) =>
          sql`select effect.decision_id from effect where ${sql.ref(`effect.${touching}`)} = any(array(select id from part))`,
      ),
      sql` union all `,
    )}`
}
