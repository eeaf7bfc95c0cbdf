-- The words of a thing in one order whatever the plan of the question: two memberships since the same day, or two notes
-- of one day, came in the order in which they happened to be read. What somebody finds then changed though nothing had.

create or replace view search_source as
select 'page'::search_kind as kind, id as row_id, path as slug, null::text as part, title::text as title,
  keywords::text as keywords, ''::text as content, array[]::text[] as refs, null::bigint as body_id,
  null::date as dated_on, null::meeting_state as gate
from search_page
union all
select 'body', b.id, b.slug, null, b.name,
  concat_ws(' ', b.short_name, 'grupp', (select string_agg(n.name, ' ' order by n.id) from body_name n where n.body_id = b.id)),
  concat_ws(E'\n', b.purpose, b.target_group, b.priority_area, b.composition, b.state_text),
  array[b.slug::text, b.short_name::text], b.id, null, null
from body b
union all
select 'person', p.id, p.slug, null, p.name,
  coalesce((select string_agg(distinct concat_ws(' ', search_role(m.role), g.name, g.short_name, o.name, o.short_name, ob.name, m.title), ' ')
    from membership m join body g on g.id = m.body_id
    left join organisation o on o.id = m.on_behalf_organisation_id left join body ob on ob.id = m.on_behalf_body_id
    where m.person_id = p.id), ''),
  coalesce((select string_agg(concat_ws(', ', search_role(m.role) || ' i ' || g.name, m.title), E'\n' order by upper_inf(m.valid) desc, m.valid desc, m.id)
    from membership m join body g on g.id = m.body_id where m.person_id = p.id), ''),
  array[p.slug::text], null, null, null
from person p where p.no_page_because is null
union all
select 'party', o.id, o.short_name, null, o.name,
  concat_ws(' ', o.short_name, 'part', case when o.kind = 'municipality' then 'kommun' end,
    (select string_agg(n.name, ' ' order by n.id) from organisation_name n where n.organisation_id = o.id)),
  coalesce(o.note, ''), array[o.slug::text, o.short_name::text], null, null, null
from organisation o where o.is_party
union all
select 'theme', t.id, t.slug, null, t.name, 'tema',
  coalesce((select string_agg(b.name, ', ' order by b.position, b.id) from body b where b.theme_id = t.id), ''), array[t.slug::text], null, null, null
from theme t
union all
select 'matter', m.id, m.slug, null, m.title, concat_ws(' ', 'ärende', m.registry_number),
  concat_ws(E'\n', m.summary, m.state_text,
    (select string_agg(e.entry, E'\n' order by e.position, e.id) from timeline_entry e where e.matter_id = m.id)),
  array_remove(array[m.slug::text, m.registry_number], null), m.body_id, null, null
from matter m
union all
select 'meeting', m.id, m.slug, null, m.title,
  concat_ws(' ', 'möte sammanträde', case when m.state = 'published' then 'protokoll' else 'kallelse dagordning' end,
    b.name, b.short_name, search_day_words(m.held_on), m.place),
  search_masked(concat_ws(E'\n', m.note, (select string_agg(n.note, E'\n' order by n.id) from minutes_note n
    where n.meeting_id = m.id and n.agenda_item_id is null and m.state = 'published')),
    array(select k.masked::text from minutes_mask k where k.meeting_id = m.id order by k.id)),
  array[m.slug::text, m.held_on::text, m.held_on || ' ' || b.name, b.name || ' ' || m.held_on], m.body_id, m.held_on, null
from meeting m join body b on b.id = m.body_id where m.state <> 'planned'
union all
select 'item', i.id, m.slug, i.number, search_masked(i.title, hidden.words),
  concat_ws(' ', 'punkt', i.number, b.name, search_day_words(m.held_on),
    (select string_agg(concat_ws(' ', p.name, a.presenter_text, a.title, o.name), ' ' order by a.position)
      from agenda_item_presenter a left join person p on p.id = a.person_id and p.no_page_because is null
      left join organisation o on o.id = a.organisation_id where a.agenda_item_id = i.id)),
  search_masked(case when m.state = 'published'
    then concat_ws(E'\n', i.body_text, i.state_text, i.after_meeting,
      (select string_agg(n.note, E'\n' order by n.id) from minutes_note n where n.agenda_item_id = i.id))
    else coalesce(i.background, '') end, hidden.words),
  array[i.number || ' ' || m.held_on, m.held_on || ' ' || i.number], m.body_id, m.held_on, null
from agenda_item i join meeting m on m.id = i.meeting_id join body b on b.id = m.body_id
cross join lateral (select coalesce(array_agg(k.masked::text order by k.id), '{}') as words from minutes_mask k where k.meeting_id = i.meeting_id and (k.agenda_item_id is null or k.agenda_item_id = i.id)) hidden
where m.state <> 'planned'
union all
select 'decision', d.id, d.slug, null, search_masked(d.title, hidden.words),
  search_masked(concat_ws(' ', case d.kind when 'decision' then 'beslut' when 'position' then 'ställningstagande' else 'ställer sig bakom' end,
    b.name, b.short_name, search_day_words(d.decided_on), 'punkt ' || i.number,
    (select string_agg(concat_ws(' ', pin.name, pout.name), ' ' order by e.position) from effect e
      left join person pin on pin.id = e.person_in_id and pin.no_page_because is null
      left join person pout on pout.id = e.person_out_id and pout.no_page_because is null
      where e.decision_id = d.id)), hidden.words),
  search_masked(concat_ws(E'\n', d.clause, (select string_agg(e.effect_text, E'\n' order by e.position) from effect e where e.decision_id = d.id)), hidden.words),
  array_remove(array[d.slug::text, i.number || ' ' || d.decided_on, d.decided_on || ' ' || i.number], null), d.body_id, d.decided_on, null
from decision d join body b on b.id = d.body_id left join agenda_item i on i.id = d.agenda_item_id
cross join lateral (select coalesce(array_agg(k.masked::text order by k.id), '{}') as words from minutes_mask k where k.meeting_id = d.meeting_id and (k.agenda_item_id is null or k.agenda_item_id = d.agenda_item_id)) hidden
where d.state = 'carried_out'
union all
select 'plan', p.id, p.slug, null, p.title, concat_ws(' ', 'handlingsplan', p.code, b.name, b.short_name),
  concat_ws(E'\n', p.vision, p.target_group, p.ambition, p.coordinated_by, p.responsible, p.follow_up,
    (select string_agg(s.direction, E'\n' order by s.number) from strategic_direction s where s.plan_id = p.id),
    (select string_agg(concat_ws(E'\n', s.heading, s.section_text, array_to_string(s.items, E'\n')), E'\n' order by s.position, s.id)
      from plan_section s where s.plan_id = p.id and s.area_id is null),
    (select string_agg(n.title, E'\n' order by n.id) from milestone n where n.plan_id = p.id and num_nonnulls(n.area_id, n.activity_id) = 0)),
  array[p.slug::text, p.code], p.body_id, lower(p.period), null
from plan p join body b on b.id = p.body_id where p.valid is not null
union all
select 'area', a.id, p.slug, p.code || '-' || case a.kind when 'improvement' then 'F' else 'L' end || a.number, a.title,
  concat_ws(' ', case a.kind when 'improvement' then 'förbättringsområde' else 'fortgå över tid' end, p.code, b.name, 'handlingsplan'),
  concat_ws(E'\n', a.purpose, a.timeframe, a.organisation,
    (select string_agg(concat_ws(E'\n', s.heading, s.section_text, array_to_string(s.items, E'\n')), E'\n' order by s.position, s.id)
      from plan_section s where s.area_id = a.id),
    (select string_agg(n.title, E'\n' order by n.id) from milestone n where n.area_id = a.id)),
  array[p.code || ' ' || case a.kind when 'improvement' then 'F' else 'L' end || a.number], p.body_id, lower(p.period), null
from plan_area a join plan p on p.id = a.plan_id join body b on b.id = p.body_id where p.valid is not null
union all
select 'activity', a.id, p.slug, p.code || '-A' || lpad(a.number::text, 2, '0'), a.activity_text,
  concat_ws(' ', 'aktivitet', p.code || '-A' || lpad(a.number::text, 2, '0'), b.name, r.title, 'handlingsplan'),
  coalesce((select string_agg(f.note, E'\n' order by f.noted_on desc, f.id desc) from follow_up f where f.activity_id = a.id), ''),
  array[p.code || ' A' || lpad(a.number::text, 2, '0')], p.body_id, lower(p.period), null
from activity a join plan p on p.id = a.plan_id join plan_area r on r.id = a.area_id join body b on b.id = p.body_id
where p.valid is not null and a.valid is not null and upper_inf(a.valid)
union all
select 'document', d.id, d.slug, null, d.title, concat_ws(' ', 'dokument', b.name, d.owner_text,
    (select string_agg(v.label, ' ' order by v.id) from document_version v where v.document_id = d.id)),
  concat_ws(E'\n', d.summary, d.state_text, d.revision_text),
  array[d.slug::text], d.owner_body_id, coalesce(d.dated_on, lower(d.in_force)), null
from document d left join body b on b.id = d.owner_body_id
union all
select 'project', p.id, p.slug, null, p.name, 'projekt', concat_ws(E'\n', p.summary, p.funding, p.afterwards),
  array[p.slug::text], p.body_id, null, null
from project p
union all
select 'file', a.id, coalesce(d.slug, m.slug), a.file_name, search_masked(a.title, hidden.words),
  search_masked(concat_ws(' ', 'bilaga fil', a.file_name, d.title, m.title, b.name, search_day_words(m.held_on), 'punkt ' || i.number), hidden.words),
  search_masked(coalesce(t.content, ''), hidden.words),
  array[]::text[], coalesce(m.body_id, d.owner_body_id), coalesce(m.held_on, lower(v.valid)), m.state
from attachment a
left join file_text t on t.file_id = a.file_id
left join agenda_item i on i.id = a.agenda_item_id
left join meeting m on m.id = coalesce(a.meeting_id, i.meeting_id)
left join document_version v on v.id = a.document_version_id
left join document d on d.id = v.document_id
left join body b on b.id = coalesce(m.body_id, d.owner_body_id)
cross join lateral (select coalesce(array_agg(k.masked::text order by k.id), '{}') as words from minutes_mask k where k.meeting_id = m.id) hidden
union all
select 'assignment', a.id, a.slug, null, search_masked(a.task, hidden.words),
  search_masked(concat_ws(' ', 'uppdrag uppföljning', b.name, b.short_name, o.name, o.short_name, n.name, a.assignee_text,
    case a.state when 'open' then 'öppet' when 'done' then 'klart' else 'upphört' end, p.code, t.title), hidden.words),
  search_masked(concat_ws(E'\n', 'Till ' || coalesce(b.name, o.name, n.name, a.assignee_text), a.progress, a.due_text,
    'Klart senast ' || nullif(search_day_words(case when a.due_precision = 'day' then a.due_on end), '')), hidden.words),
  array[a.slug::text], coalesce(a.assignee_body_id, m.body_id), coalesce(m.held_on, a.due_on), null
from assignment a
left join agenda_item i on i.id = a.agenda_item_id
left join meeting m on m.id = i.meeting_id
left join effect e on e.id = a.effect_id
left join decision d on d.id = e.decision_id
left join body b on b.id = a.assignee_body_id
left join organisation o on o.id = a.assignee_organisation_id
left join person n on n.id = a.assignee_person_id and n.no_page_because is null
left join plan p on p.id = a.plan_id
left join matter t on t.id = a.matter_id
cross join lateral (select coalesce(array_agg(k.masked::text order by k.id), '{}') as words from minutes_mask k where k.meeting_id in (m.id, d.meeting_id)) hidden
where (m.id is null or m.state <> 'planned') and (p.id is null or p.valid is not null)
union all
select 'proposal', c.id, c.slug, null, c.title,
  concat_ws(' ', 'förslag förändringsförslag ordnat införande', b.name, b.short_name, c.proposed_by, s.title, l.title, l.decided_by,
    case c.outcome when 'introduced' then 'införd' when 'declined' then 'avslagen' when 'withdrawn' then 'återtagen' end),
  concat_ws(E'\n', c.summary, c.outcome_text, (select string_agg(a.answer, E'\n' order by a.question_id) from change_answer a where a.proposal_id = c.id)),
  array[c.slug::text], c.body_id, c.shared_on, null
from change_proposal c
join change_step s on s.id = c.step_id
left join change_level l on l.id = c.level_id
left join body b on b.id = c.body_id
where c.shared_on is not null
union all
select 'catalogue', c.id, c.slug, null, c.title, concat_ws(' ', 'katalog', b.name, b.short_name), c.summary, array[c.slug::text], c.body_id, null, null
from catalogue c left join body b on b.id = c.body_id
union all
select 'catalogue_entry', e.id, c.slug, e.slug, e.title, concat_ws(' ', 'katalog data register', c.title, e.owner),
  concat_ws(E'\n', e.summary, e.origin, e.limits), array[e.slug::text], c.body_id, null, null
from catalogue_entry e join catalogue c on c.id = e.catalogue_id;

-- Whatever was written in another order. The names that a body or a party had before are not kept as they were read, so
-- all of those are written anew; there are few.
do $$
declare
  one record;
begin
  for one in
    select s.kind, array_agg(s.row_id) as ids from search_source s join search_entry e on e.kind = s.kind and e.row_id = s.row_id
    where s.kind in ('body', 'party')
      or s.kind in ('person', 'theme', 'matter', 'plan', 'area', 'activity') and s.content is distinct from e.content
    group by s.kind
  loop
    perform search_refresh_now(one.kind, one.ids);
  end loop;
end
$$;
