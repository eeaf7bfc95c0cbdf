/** What would show that decisions and registers do not tell the same, found by questions that hold for any county. */
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../src/db/database.ts'

/** What would show that the ledger and the registers do not tell the same. Each question finds the rows that break its rule. */
const ledger: Readonly<Record<string, string>> = {
  'a decision has not been carried out though its minutes are published':
    "select d.id from decision d join meeting m on m.id = d.meeting_id where m.state = 'published' and d.state <> 'carried_out'",
  'an effect that changes a register has left no trace of it': `
    select e.id from effect e join decision d on d.id = e.decision_id
    where d.state = 'carried_out' and e.kind not in ('position', 'note')
      and not exists (select from register_change c where c.effect_id = e.id)`,
  'an effect has not been logged once': `
    select e.decision_id from effect e join decision d on d.id = e.decision_id where d.state = 'carried_out'
    group by e.decision_id, d.slug having count(*) <> (
      select count(*) from audit_event a where a.act = 'effect.carried-out' and a.about = 'decision/' || d.slug)`,
  'a published meeting has not been logged once': `
    select m.id from meeting m where m.state = 'published' and 1 <> (
      select count(*) from audit_event a where a.act = 'meeting.published' and a.about = 'meeting/' || m.slug)`,
  'somebody who was appointed has no such membership': `
    select e.id from effect e join decision d on d.id = e.decision_id
    where e.person_in_id is not null and d.state = 'carried_out' and not exists (
      select from membership m where m.start_effect_id = e.id and m.person_id = e.person_in_id
        and m.body_id = e.body_id and m.role = e.role and lower(m.valid) = coalesce(e.effective_on, d.decided_on))`,
  'somebody who left still sits there': `
    select e.id from effect e join decision d on d.id = e.decision_id
    where e.person_out_id is not null and d.state = 'carried_out' and not exists (
      select from membership m where m.end_effect_id = e.id and m.person_id = e.person_out_id
        and m.body_id = e.body_id and upper(m.valid) = coalesce(e.effective_on, d.decided_on))`,
  'the last state of a membership in the ledger is not that of the register': `
    select m.id from membership m join lateral (
      select c.after from register_change c where c.register = 'membership' and c.row_id = m.id order by c.id desc limit 1) last on true
    where (last.after ->> 'valid')::daterange <> m.valid`,
  'a group has members after it was closed':
    'select m.id from membership m join body b on b.id = m.body_id where not upper_inf(b.valid) and not m.valid <@ b.valid and (upper_inf(m.valid) or upper(m.valid) > upper(b.valid))',
  'a group with members has no chair, or its chairs do not follow upon each other': `
    select b.id from body b where upper_inf(b.valid) and exists (select from membership m where m.body_id = b.id and upper_inf(m.valid))
      and 1 <> (select count(*) from membership m where m.body_id = b.id and m.role = 'chair' and upper_inf(m.valid))`,
  'a plan is in force without its decision, or its activities are not': `
    select p.id from plan p left join effect e on e.id = p.adopted_effect_id
    where p.valid is not null and (e.plan_id is distinct from p.id
      or exists (select from activity a where a.plan_id = p.id and a.valid is null))`,
  'a revised activity has no successor':
    'select a.id from activity a where a.end_effect_id is not null and not exists (select from activity n where n.plan_id = a.plan_id and n.number = a.number and n.start_effect_id = a.end_effect_id and lower(n.valid) = upper(a.valid))',
  'a document is adopted without a version by that decision':
    'select d.id from document d where d.adopted_effect_id is not null and not exists (select from document_version v where v.document_id = d.id and v.adopted_effect_id = d.adopted_effect_id)',
  'an assignment is not what the decision gave':
    'select a.id from assignment a join effect e on e.id = a.effect_id where a.task <> e.effect_text or a.due_on is distinct from e.due_on',
  'minutes are filed twice, or before they were held':
    'select f.id from minutes_filing f join meeting m on m.id = f.meeting_id where f.filed_on <= m.held_on',
  'a value of a parameter is not that of its decision':
    'select v.id from parameter_value v join effect e on e.id = v.effect_id where v.value is distinct from e.value and v.superseded_by_effect_id is null',
  'official wording is not frozen, or a summary is': `
    select m.id from meeting m where m.state = 'published'
      and (m.text_kind = 'wording') <> exists (select from minutes_version v where v.meeting_id = m.id)`,
  'a fact has no source':
    'select p.id from provenance p where not exists (select from provenance_source s where s.provenance_id = p.id)',
}

/**
 * What triggers keep beside the registers, told from scratch: where what is kept is another. Counts of facts have a test of
 * their own (test/overviews/fact-counts.test.ts).
 */
const kept: Readonly<Record<string, string>> = {
  'a decision that is shown to every party does not apply to all, or one that does is not shown': `
    select d.id from decision d where d.for_all <> (d.state = 'carried_out' and exists (
      select from effect e where e.decision_id = d.id and e.kind in ('indicator_set', 'parameter_set', 'document_adopted')))`,
  'something is not in the index of search, or is there though it is gone': `
    select coalesce(s.kind, e.kind) as kind, coalesce(s.row_id, e.row_id) as row_id, e.title
    from (
      select kind, row_id, slug, body_id, dated_on, gate, coalesce(regexp_replace(title, hidden, '…', 'gi'), title) as title,
        coalesce(regexp_replace(left(content, 400000), hidden, '…', 'gi'), left(content, 400000)) as content
      from search_source, search_hidden_names() hidden
    ) s full join search_entry e on e.kind = s.kind and e.row_id = s.row_id
    where (s.slug, s.title, s.content, s.body_id, s.dated_on, s.gate)
      is distinct from (e.slug, e.title, e.content, e.body_id, e.dated_on, e.gate)`,
  'a place that somebody left stands empty on other days than was found': `
    select id from vacancy v full join (
      select m.id, daterange(upper(m.valid), min(lower(later.valid))) as empty from membership m left join membership later
      on later.body_id = m.body_id and lower(later.valid) >= upper(m.valid) and (later.start_effect_id = m.end_effect_id
        or row(later.role, later.seat_id, later.on_behalf_organisation_id, later.on_behalf_body_id)
          is not distinct from row(m.role, m.seat_id, m.on_behalf_organisation_id, m.on_behalf_body_id))
      where upper(m.valid) is not null group by m.id
    ) as left_by on left_by.id = v.membership_id where coalesce(v.empty, 'empty') <> coalesce(left_by.empty, 'empty')`,
  'an area is followed up since another day than was found': `
    select area_id from followed_area k full join (
      select coalesce(f.area_id, a.area_id) as area_id, min(f.noted_on) as since
      from follow_up f left join activity a on a.id = f.activity_id where num_nonnulls(f.area_id, f.activity_id) = 1 group by 1
    ) as told using (area_id) where k.since is distinct from told.since`,
  'an area that is followed up is of another plan': `
    select area_id from followed_area k join plan_area p on p.id = k.area_id where k.plan_id <> p.plan_id`,
  'a decision touches other organisations than its effects name': `
    select decision_id from decision_touched k full join (
      select distinct d.id as decision_id, organisation_id, d.decided_on, d.meeting_id, d.position, d.changed_at
      from decision d join effect e on e.decision_id = d.id cross join unnest(array[e.on_behalf_organisation_id,
        e.person_in_employer_id, e.person_out_employer_id, e.administration_id, e.assignee_organisation_id]) organisation_id
      where d.state = 'carried_out' and organisation_id is not null
    ) as told using (decision_id, organisation_id)
    where (k.decided_on, k.meeting_id, k.position, k.changed_at)
      is distinct from (told.decided_on, told.meeting_id, told.position, told.changed_at)`,
  'something still waits to be counted': 'select id from fact_due',
  'something still waits for search': 'select row_id from search_due',
  'decisions are counted otherwise than they are': `
    select kind, year from decision_count k full join (
      select kind, extract(year from decided_on)::smallint as year, count(*) as decisions from decision
      where state = 'carried_out' group by 1, 2
    ) as told using (kind, year) where coalesce(k.decisions, 0) <> coalesce(told.decisions, 0)`,
  'documents are counted otherwise than they are': `
    select kind, state, to_revise from document_count k full join (
      select kind, state, revision_due_on is not null as to_revise, count(*) as documents from document group by 1, 2, 3
    ) as told using (kind, state, to_revise) where coalesce(k.documents, 0) <> coalesce(told.documents, 0)`,
}

/** One line for each rule that is broken, with how often. */
export async function countyFaults(db: Kysely<Database>): Promise<string[]> {
  return await broken(db, { ...ledger, ...kept })
}

/** The same for what triggers keep alone: it holds after any change, also one that no county would make. */
export async function keptFaults(db: Kysely<Database>): Promise<string[]> {
  return await broken(db, kept)
}

async function broken(db: Kysely<Database>, rules: Readonly<Record<string, string>>): Promise<string[]> {
  const faults: string[] = []
  for (const [rule, query] of Object.entries(rules)) {
    const { rows } = await sql`${sql.raw(query)}`.execute(db)
    if (rows.length > 0) faults.push(`${rule}: ${rows.length}, such as ${JSON.stringify(rows[0])}`)
  }
  return faults
}
