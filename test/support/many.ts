import type { Kysely } from 'kysely'
import pg from 'pg'
import type { Database } from '../../src/db/database.ts'
import { urlsOf } from './database.ts'

/**
 * Makes the registers many times larger: each row again under other numbers, with what it belongs to. Past the
 * triggers, since these are rows for the planner and for counting and not acts.
 * @param times how many more of each row
 */
export async function multiply(db: Kysely<Database>, times: number): Promise<void> {
  const client = new pg.Client({ connectionString: urlsOf(db).superuserUrl })
  await client.connect()
  try {
    await client.query('begin')
    await client.query('set local session_replication_role = replica')
    for (const [table, pointers = [], more = ''] of copied) {
      const numbers = ['id', ...pointers].map((column) => `'${column}', t.${column} + ${apart} * n`).join(', ')
      await client.query(
        `insert into ${table} overriding system value
         select (jsonb_populate_record(null::${table}, to_jsonb(t) || jsonb_build_object(${numbers}) || ${more || "'{}'"})).*
         from ${table} t, generate_series(1, ${times}) n where t.id < ${apart}`,
      )
      await client.query(
        `insert into row_modified select '${table}', id, recorded_at - interval '1 year' from ${table} on conflict do nothing`,
      )
    }
    await client.query('commit')
    await client.query('analyze')
  } finally {
    await client.end()
  }
}

/** The distance between a row's number and its copy's. */
const apart = 1_000_000

const slugged = `jsonb_build_object('slug', left(t.slug, 80) || '-nr-' || n)`
/** Another day for each copy; a vague day would have to be the first of its period. */
const earlier = (column: string, precision?: string) =>
  `jsonb_build_object('${column}', t.${column} - 40 * n${
    precision === undefined ? '' : `, '${precision}', case when t.${column} is not null then 'day' end`
  })`

/** Registers that grow with each meeting: what of them points at other copies, and what else must differ. */
const copied: readonly (readonly [table: string, pointers?: readonly string[], more?: string])[] = [
  ['meeting', [], `${slugged} || ${earlier('held_on')}`],
  ['agenda_item', ['meeting_id', 'parent_id']],
  ['attendance', ['meeting_id']],
  ['decision', ['meeting_id', 'agenda_item_id'], `${slugged} || ${earlier('decided_on', 'decided_precision')}`],
  ['effect', ['decision_id']],
  ['person', [], slugged],
  ['membership', ['person_id']],
  ['matter', [], `${slugged} || jsonb_build_object('registry_number', null)`],
  ['document', [], `${slugged} || ${earlier('dated_on', 'dated_precision')}`],
  ['document_version', ['document_id']],
  ['party_position', ['document_id'], earlier('as_of', 'as_of_precision')],
  ['plan', [], `${slugged} || jsonb_build_object('code', 'X' || (t.id * 50 + n))`],
  ['plan_area', ['plan_id']],
  ['activity', ['plan_id', 'area_id']],
  ['milestone', ['plan_id', 'area_id', 'activity_id'], earlier('due_on', 'due_precision')],
  ['follow_up', ['plan_id', 'area_id', 'activity_id'], earlier('noted_on')],
  [
    'assignment',
    ['agenda_item_id', 'plan_id', 'area_id', 'activity_id'],
    `${slugged} || ${earlier('due_on', 'due_precision')}`,
  ],
]
