/** The database itself refuses what must never be, whoever asks: here the owner of the tables. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kalmarDatabase, openAsOwner } from '../support/database.ts'

const db = await kalmarDatabase()
let owner: ReturnType<typeof openAsOwner>
beforeAll(() => {
  owner = openAsOwner(db)
})
afterAll(() => owner.destroy())

const refused = async (statement: string, reason: string | RegExp) =>
  expect(sql.raw(statement).execute(owner), statement).rejects.toThrow(reason)

const petra = `select m.id from membership m join person p on p.id = m.person_id where p.slug = 'petra-hornstra'`
const columns = 'body_id, person_id, role, valid, start_ground, known_from_meeting_id, provenance_id'

test('nobody sits on the same chair twice at once', async () => {
  await refused(
    `insert into membership (${columns})
     select body_id, person_id, role, '[2026-01-01,)', 'opening_state', (select min(id) from meeting), provenance_id
     from membership where id = (${petra})`,
    'exclusion constraint',
  )
})

test('a membership that ends says by what it ended', async () => {
  await refused(`update membership set valid = '[2025-12-12,2026-01-01)' where id = (${petra})`, 'check constraint')
})

test('a membership is never valid for no time at all', async () => {
  await refused(`update membership set valid = 'empty' where id = (${petra})`, 'check constraint')
})

test('a membership by decision points at an effect in the same body', async () => {
  await refused(
    `update membership set start_effect_id = (select e.id from effect e join body b on b.id = e.body_id where b.slug = 'psykisk-halsa')
     where id = (${petra})`,
    'foreign key',
  )
})

test('a membership in the opening state says from where it is known', async () => {
  await refused(
    `insert into membership (body_id, person_id, role, valid, start_ground, provenance_id)
     select id, (select min(id) from person), 'coordinator', '(,)', 'opening_state', provenance_id from body where slug = 'aldre'`,
    'check constraint',
  )
})

test('a body has one chair at a time', async () => {
  const chair = (person: string) => `insert into membership (${columns})
    select b.id, p.id, 'chair', '[2026-01-01,)', 'opening_state', (select min(id) from meeting), b.provenance_id
    from body b, person p where b.slug = 'aldre' and p.slug = '${person}'`
  await sql.raw(chair('johanna-fors')).execute(owner)
  await refused(chair('patrik-glasberg'), 'one_chair_at_a_time')
})

test('what applies to every party is told by the effects of the decision, whatever anybody writes there', async () => {
  const forAll = () =>
    sql<{ slug: string }>`select slug from decision where for_all order by slug`.execute(db).then(({ rows }) => rows)
  const before = await forAll()
  expect(before).toContainEqual({ slug: '2025-12-12-lansgemensam-ledning-7a' })
  expect(before).not.toContainEqual({ slug: '2025-12-12-lansgemensam-ledning-7b' })
  await sql`update decision set for_all = not for_all`.execute(owner)
  expect(await forAll()).toEqual(before)
})

test('an effect belongs to a decision', async () => {
  await refused(
    `insert into effect (decision_id, position, kind, effect_text, provenance_id) select 0, 1, 'note', 'x', min(id) from provenance`,
    'foreign key',
  )
})

test('an effect says what its kind needs', async () => {
  await refused(
    `insert into effect (decision_id, position, kind, provenance_id)
     select min(id), 99, 'member_replaced', min(provenance_id) from decision`,
    /check constraint|carried out/,
  )
})

test('what has been carried out stands: neither effect nor decision is changed or removed afterwards', async () => {
  await refused(`delete from effect where id = (select min(id) from effect)`, 'carried out')
  await refused(`update effect set value = 0.9 where kind = 'indicator_set'`, 'carried out')
  await refused(
    `update decision set decided_on = '2024-01-01' where slug = '2025-12-12-lansgemensam-ledning-7a'`,
    'carried out',
  )
  await refused(`delete from decision where slug = '2025-12-12-lansgemensam-ledning-7a'`, 'carried out')
  await refused(`delete from register_change`, 'append-only')
})

test('two indicators never apply to the same administration at once', async () => {
  await refused(
    `insert into parameter_value (parameter_code, administration_id, valid, value, ground, provenance_id)
     select 'indicator', administration_id, '[2026-06-01,2026-07-01)', 0.5, 'assumption', provenance_id
     from parameter_value where parameter_code = 'indicator' limit 1`,
    'exclusion constraint',
  )
})

test('a parameter takes only what it can be', async () => {
  const insert = (code: string, value: string, choice: string) => `insert into parameter_value
    (parameter_code, valid, value, choice, ground, provenance_id)
    select '${code}', '[1990-01-01,1991-01-01)', ${value}, ${choice}, 'assumption', min(id) from provenance`
  await refused(insert('payment_mode', 'null', `'whenever'`), 'does not take')
  await refused(insert('first_payable_day', 'null', `'over'`), 'does not take')
  await refused(insert('first_payable_day', '-1', 'null'), 'check constraint')
})

test('a vague date is the first day of its period', async () => {
  await refused(`update milestone set due_on = '2026-01-02' where due_precision = 'month'`, 'check constraint')
  await refused(
    `update decision set decided_precision = 'season' where slug = '2025-12-12-lansgemensam-ledning-7a'`,
    'check constraint',
  )
})

test('a plan is in force only by the effect of a decision', async () => {
  await refused(`update plan set adopted_effect_id = null where code = 'HP1'`, 'check constraint')
  await refused(
    `insert into plan (slug, code, title, body_id, period, valid, provenance_id)
     select 'smygplan', 'HP99', 'Smygplan', id, '[2026-01-01,2027-01-01)', '[2026-01-01,)', provenance_id from body limit 1`,
    'check constraint',
  )
})

test('published minutes have a time of publication, and an item belongs to its meeting', async () => {
  await refused(`update meeting set published_at = null where state = 'published'`, 'check constraint')
  await refused(
    `update agenda_item set meeting_id = (select id from meeting where state = 'mentioned' limit 1) where number = '7b'`,
    /foreign key|version|published|summary|violates|refused/,
  )
})

test('no personal identity number hides in a name', async () => {
  await refused(
    `update person set name = 'Testa Testsson 19121212-1212' where slug = 'petra-hornstra'`,
    'check constraint',
  )
})

test('nothing that others point at can be taken away', async () => {
  await refused(`delete from person where slug = 'petra-hornstra'`, 'foreign key')
  await refused(`delete from body where slug = 'barn-och-unga'`, 'foreign key')
  await refused(`delete from provenance`, 'foreign key')
})
