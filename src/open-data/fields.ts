/** The building blocks of a register: each field is a column, what it may hold and what it means, in one place. */
import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'

export type Fragment = RawBuilder<unknown>

/** A field of a register: where it comes from, and what it is (which both tests and the OpenAPI document read). */
export type Field = { from: Fragment; is: z.ZodType }

const day = z.iso.date()
const moment = z.iso.datetime({ offset: true })

/** An object of another register, as it is pointed at. */
export const reference = z.strictObject({
  id: z.string().describe('objektets id i sitt register'),
  name: z.string().describe('namn eller rubrik'),
  self: z.url().nullable().describe('objektets adress i API:et; null när det inte har någon'),
})

const column = (name: string) => sql.ref(name)

export const text = (name: string, about: string): Field => ({ from: column(name), is: z.string().describe(about) })
export const maybeText = (name: string, about: string): Field => ({
  from: column(name),
  is: z.string().nullable().describe(about),
})
export const oneOf = (name: string, codes: readonly string[], about: string): Field => ({
  from: column(name),
  is: z.enum(codes as [string, ...string[]]).describe(about),
})
export const maybeOneOf = (name: string, codes: readonly string[], about: string): Field => ({
  from: column(name),
  is: z
    .enum(codes as [string, ...string[]])
    .nullable()
    .describe(about),
})
export const flag = (name: string, about: string): Field => ({ from: column(name), is: z.boolean().describe(about) })
export const maybeCount = (name: string, about: string): Field => ({
  from: column(name),
  is: z.number().int().nullable().describe(about),
})
export const onDay = (name: string, about: string): Field => ({ from: column(name), is: day.describe(about) })
export const maybeDay = (name: string, about: string): Field => ({
  from: column(name),
  is: day.nullable().describe(about),
})
/** The first day of a range; null when it is unknown or always was. */
export const firstDay = (name: string, about: string): Field => ({
  from: sql`lower(${column(name)})`,
  is: day.nullable().describe(about),
})
/** The last day of a range, which is stored up to but not including a day. */
export const lastDay = (name: string, about: string): Field => ({
  from: sql`upper(${column(name)}) - 1`,
  is: day.nullable().describe(about),
})
export const computed = (from: Fragment, is: z.ZodType): Field => ({ from, is })
export const modified = (from: Fragment): Field => ({
  from,
  is: moment.describe('när uppgifterna senast ändrades i portalen'),
})

const referenceTo = (root: string, register: string, id: string, name: string): Fragment =>
  sql`case when ${column(id)} is null then null else jsonb_build_object(
    'id', ${column(id)}, 'name', ${column(name)}, 'self', ${`${root}/api/v1/${register}/`}::text || ${column(id)}) end`

/** A reference to a row of another register that the query has joined. @param root protocol, host and base path */
export const to =
  (root: string) =>
  (register: string, id: string, name: string, about: string): Field => ({
    from: referenceTo(root, register, id, name),
    is: reference.describe(about),
  })
export const maybeTo =
  (root: string) =>
  (register: string, id: string, name: string, about: string): Field => ({
    from: referenceTo(root, register, id, name),
    is: reference.nullable().describe(about),
  })

/** Many references, by one correlated query. @param rest from, where and so on, with columns `id` and `name` in scope */
export const toMany =
  (root: string) =>
  (register: string, id: string, name: string, rest: Fragment, about: string): Field => ({
    from: sql`coalesce((select jsonb_agg(${referenceTo(root, register, id, name)} order by ${column(id)}) ${rest}), '[]'::jsonb)`,
    is: z.array(reference).describe(about),
  })

/** When a row, or what is shown as a part of it, was last changed; and which rows have been since a moment. */
export type Modified = { at: Fragment; since: (moment: string) => RawBuilder<boolean> }

const noted = (register: string, id: Fragment) =>
  sql`(select modified_at from row_modified where register = ${register} and row_id = ${id})`
// Asked of the notes, which have an index, and not of the register row by row.
const changed = (register: string, moment: string) =>
  sql`select row_id from row_modified where register = ${register} and modified_at >= ${moment}::timestamptz`

/** @param parts registers whose rows are shown as parts of this one's, each with the column that points at it */
export function lastChange(table: string, ...parts: readonly [register: string, column: string][]): Modified {
  const id = sql.ref(`${table}.id`)
  return {
    at: sql`greatest(${sql.join([
      noted(table, sql`${id}`),
      ...parts.map(([register, pointer]) => noted(register, sql`${sql.ref(`${table}.${pointer}`)}`)),
    ])})`,
    since: (moment) =>
      sql<boolean>`${id} in (${sql.join(
        [
          changed(table, moment),
          ...parts.map(
            ([register, pointer]) =>
              sql`select part_of.id from ${sql.table(table)} part_of where ${sql.ref(`part_of.${pointer}`)} in (${changed(register, moment)})`,
          ),
        ],
        sql` union `,
      )})`,
  }
}

/** A decision changes with its meeting, and with what its effects did to the registers. */
export function decisionChange(): Modified {
  const own = lastChange('decision', ['meeting', 'meeting_id'])
  return {
    at: sql`greatest(${own.at}, (select max(modified_at) from effect
      join row_modified on row_modified.register = 'effect' and row_modified.row_id = effect.id where effect.decision_id = decision.id))`,
    since: (moment) =>
      sql<boolean>`(decision.id in (${sql.join(
        [
          changed('decision', moment),
          sql`select part_of.id from decision part_of where part_of.meeting_id in (${changed('meeting', moment)})`,
          sql`select effect.decision_id from effect where effect.id in (${changed('effect', moment)})`,
        ],
        sql` union `,
      )}))`,
  }
}
