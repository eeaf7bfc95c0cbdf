-- Search: one row for each thing that readers may find, kept current in the transaction that changes the thing.
--
-- What is indexed, and under which words, stands once, in the view search_source. Triggers call search_refresh for what
-- a change touches. They are deferred to the commit: the registers are final then, and every writer holds the lock of
-- the audit log already, so two writers cannot wait for each other here.

create type search_kind as enum (
  'page', 'body', 'person', 'party', 'theme', 'matter', 'meeting', 'item', 'decision', 'plan', 'area', 'activity',
  'document', 'project', 'file', 'assignment', 'proposal', 'catalogue', 'catalogue_entry');

-- The words of a stored file. Empty: it has none that can be read.
create table file_text (
  file_id bigint primary key references file on delete cascade,
  content text not null check (length(content) <= 400000),
  trouble text,
  recorded_at timestamptz not null default now()
);
comment on table file_text is 'What stands in a PDF or Word file, for search; trouble says why nothing could be read.';

create table search_page (
  id bigint generated always as identity primary key,
  path text not null unique check (path ~ '^/[a-z/-]*$'),
  title words not null,
  keywords words not null
);
comment on table search_page is 'Pages of the portal that are no row in a register.';
insert into search_page (path, title, keywords) values
  ('/moten-och-protokoll', 'Möten och protokoll', 'kallelse dagordning sammanträde protokoll'),
  ('/beslut', 'Beslut', 'beslutsregister ställningstagande'),
  ('/grupper', 'Grupper', 'organ ledamöter samordnande grupper'),
  ('/organisation', 'Organisation', 'struktur organisationsschema'),
  ('/handlingsplaner', 'Handlingsplaner', 'planer mål aktiviteter'),
  ('/uppfoljning', 'Uppföljning', 'uppdrag milstolpar läge status'),
  ('/utskrivningsklara-dagar', 'Utskrivningsklara dagar', 'genomsnitt indikator statistik utskrivning slutenvård betalningsansvar'),
  ('/utskrivningsklara-dagar/regler', 'Regler för utskrivningsklara dagar', 'indikator betalning belopp gränsvärden'),
  ('/parter', 'Parter', 'kommuner region huvudmän'),
  ('/arenden', 'Ärenden', 'frågor'),
  ('/dokument', 'Dokument', 'överenskommelser avtal riktlinjer strategier'),
  ('/projekt', 'Projekt', 'finansiering'),
  ('/ordnat-inforande', 'Förslag i ordnat införande', 'förslag förändring modell steg beslutsnivå'),
  ('/oppna-data', 'Öppna data', 'API JSON CSV Excel program licens dataset'),
  ('/nyhetsbrev', 'Nyhetsbrev', 'nyheter'),
  ('/prenumerera', 'Följ arbetet', 'prenumerera flöde Atom RSS kalender iCalendar'),
  ('/om', 'Om portalen', 'kontakt hjälp'),
  ('/om/kallor-och-metod', 'Källor och metod', 'underlag säkerhet'),
  ('/tillganglighetsredogorelse', 'Tillgänglighetsredogörelse', 'tillgänglighet brister anmäl'),
  ('/kakor', 'Kakor', 'cookies'),
  ('/personuppgifter', 'Personuppgifter', 'dataskydd GDPR integritet');

-- ---------------------------------------------------------------- words

-- Lower case without marks, letters and digits alone, one space between words.
create function search_fold(words_of text) returns text
language sql stable
as $$
  select btrim(regexp_replace(lower(unaccent(normalize(coalesce(words_of, ''), NFC))), '[^[:alnum:]]+', ' ', 'g'))
$$;

create function search_day_words(d date) returns text
language sql immutable
as $$
  select case when d is null then '' else extract(day from d) || ' ' ||
    (array['januari', 'februari', 'mars', 'april', 'maj', 'juni', 'juli', 'augusti', 'september', 'oktober', 'november',
      'december'])[extract(month from d)::int] || ' ' || extract(year from d) || ' ' || d::text end
$$;

create function search_role(role membership_role) returns text
language sql immutable
as $$
  select case role
    when 'chair' then 'ordförande' when 'vice_chair' then 'vice ordförande' when 'member' then 'ledamot'
    when 'substitute' then 'ersättare' when 'representative' then 'representant'
    when 'service_user_representative' then 'brukarrepresentant' when 'coordinator' then 'samordnare'
    when 'development_lead' then 'utvecklingsledare' when 'process_lead' then 'processledare'
    when 'project_lead' then 'projektledare' when 'convener' then 'sammankallande'
  end
$$;

-- The words as a pattern: any white space between them, signs as they are.
create function search_pattern(of_words text) returns text
language sql immutable
as $$
  select regexp_replace(regexp_replace(btrim(of_words), '([.*+?^${}()|\[\]\\])', '\\\1', 'g'), '\s+', '\\s+', 'g')
$$;

-- As patternOf() and masked() in src/kernel/masks.ts: over the whole of the minutes, whatever the capitals and the
-- emphasis, the longest first, so that none of their parts is left.
create function search_mask_pattern(of_words text) returns text
language sql immutable
as $$
  select regexp_replace(
    regexp_replace(btrim(normalize(of_words, NFC)), '([.*+?^${}()|\[\]\\])', '\\\1', 'g'), '\s+', '[*_]*\\s+[*_]*', 'g')
$$;

create function search_masked(text_of text, hidden text[]) returns text
language plpgsql immutable
as $$
declare
  one text;
begin
  if cardinality(hidden) = 0 then return text_of; end if;
  text_of := normalize(text_of, NFC);
  for one in select h from unnest(hidden) h where btrim(h) <> '' order by length(h) desc loop
    text_of := regexp_replace(text_of, search_mask_pattern(one), '[maskerat]', 'gi');
  end loop;
  return text_of;
end
$$;

-- The names of those who get no place in search, unless somebody with a page bears the same name.
create function search_hidden_names() returns text
language sql stable
as $$
  select '\m(?:' || string_agg(search_pattern(name), '|' order by length(name) desc) || ')s?\M' from person
  where no_page_because is not null
    and not exists (select from person seen where lower(seen.name) = lower(person.name) and seen.no_page_because is null)
$$;

-- ---------------------------------------------------------------- what is indexed

-- gate: the state of the meeting that a file is attached to; who may read it is decided by mayReadAttachments.
create view search_source as
select 'page'::search_kind as kind, id as row_id, path as slug, null::text as part, title::text as title,
  keywords::text as keywords, ''::text as content, array[]::text[] as refs, null::bigint as body_id,
  null::date as dated_on, null::meeting_state as gate
from search_page
union all
select 'body', b.id, b.slug, null, b.name,
  concat_ws(' ', b.short_name, 'grupp', (select string_agg(n.name, ' ') from body_name n where n.body_id = b.id)),
  concat_ws(E'\n', b.purpose, b.target_group, b.priority_area, b.composition, b.state_text),
  array[b.slug::text, b.short_name::text], b.id, null, null
from body b
union all
select 'person', p.id, p.slug, null, p.name,
  coalesce((select string_agg(distinct concat_ws(' ', search_role(m.role), g.name, g.short_name, o.name, o.short_name, ob.name, m.title), ' ')
    from membership m join body g on g.id = m.body_id
    left join organisation o on o.id = m.on_behalf_organisation_id left join body ob on ob.id = m.on_behalf_body_id
    where m.person_id = p.id), ''),
  coalesce((select string_agg(concat_ws(', ', search_role(m.role) || ' i ' || g.name, m.title), E'\n' order by upper_inf(m.valid) desc, m.valid desc)
    from membership m join body g on g.id = m.body_id where m.person_id = p.id), ''),
  array[p.slug::text], null, null, null
from person p where p.no_page_because is null
union all
select 'party', o.id, o.short_name, null, o.name,
  concat_ws(' ', o.short_name, 'part', case when o.kind = 'municipality' then 'kommun' end,
    (select string_agg(n.name, ' ') from organisation_name n where n.organisation_id = o.id)),
  coalesce(o.note, ''), array[o.slug::text, o.short_name::text], null, null, null
from organisation o where o.is_party
union all
select 'theme', t.id, t.slug, null, t.name, 'tema',
  coalesce((select string_agg(b.name, ', ' order by b.position) from body b where b.theme_id = t.id), ''), array[t.slug::text], null, null, null
from theme t
union all
select 'matter', m.id, m.slug, null, m.title, concat_ws(' ', 'ärende', m.registry_number),
  concat_ws(E'\n', m.summary, m.state_text,
    (select string_agg(e.entry, E'\n' order by e.position) from timeline_entry e where e.matter_id = m.id)),
  array_remove(array[m.slug::text, m.registry_number], null), m.body_id, null, null
from matter m
union all
select 'meeting', m.id, m.slug, null, m.title,
  concat_ws(' ', 'möte sammanträde', case when m.state = 'published' then 'protokoll' else 'kallelse dagordning' end,
    b.name, b.short_name, search_day_words(m.held_on), m.place),
  search_masked(concat_ws(E'\n', m.note, (select string_agg(n.note, E'\n' order by n.id) from minutes_note n
    where n.meeting_id = m.id and n.agenda_item_id is null and m.state = 'published')),
    array(select k.masked::text from minutes_mask k where k.meeting_id = m.id)),
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
cross join lateral (select coalesce(array_agg(k.masked::text), '{}') as words from minutes_mask k where k.meeting_id = i.meeting_id and (k.agenda_item_id is null or k.agenda_item_id = i.id)) hidden
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
cross join lateral (select coalesce(array_agg(k.masked::text), '{}') as words from minutes_mask k where k.meeting_id = d.meeting_id and (k.agenda_item_id is null or k.agenda_item_id = d.agenda_item_id)) hidden
where d.state = 'carried_out'
union all
select 'plan', p.id, p.slug, null, p.title, concat_ws(' ', 'handlingsplan', p.code, b.name, b.short_name),
  concat_ws(E'\n', p.vision, p.target_group, p.ambition, p.coordinated_by, p.responsible, p.follow_up,
    (select string_agg(s.direction, E'\n' order by s.number) from strategic_direction s where s.plan_id = p.id),
    (select string_agg(concat_ws(E'\n', s.heading, s.section_text, array_to_string(s.items, E'\n')), E'\n' order by s.position)
      from plan_section s where s.plan_id = p.id and s.area_id is null),
    (select string_agg(n.title, E'\n' order by n.id) from milestone n where n.plan_id = p.id and num_nonnulls(n.area_id, n.activity_id) = 0)),
  array[p.slug::text, p.code], p.body_id, lower(p.period), null
from plan p join body b on b.id = p.body_id where p.valid is not null
union all
select 'area', a.id, p.slug, p.code || '-' || case a.kind when 'improvement' then 'F' else 'L' end || a.number, a.title,
  concat_ws(' ', case a.kind when 'improvement' then 'förbättringsområde' else 'fortgå över tid' end, p.code, b.name, 'handlingsplan'),
  concat_ws(E'\n', a.purpose, a.timeframe, a.organisation,
    (select string_agg(concat_ws(E'\n', s.heading, s.section_text, array_to_string(s.items, E'\n')), E'\n' order by s.position)
      from plan_section s where s.area_id = a.id),
    (select string_agg(n.title, E'\n' order by n.id) from milestone n where n.area_id = a.id)),
  array[p.code || ' ' || case a.kind when 'improvement' then 'F' else 'L' end || a.number], p.body_id, lower(p.period), null
from plan_area a join plan p on p.id = a.plan_id join body b on b.id = p.body_id where p.valid is not null
union all
select 'activity', a.id, p.slug, p.code || '-A' || lpad(a.number::text, 2, '0'), a.activity_text,
  concat_ws(' ', 'aktivitet', p.code || '-A' || lpad(a.number::text, 2, '0'), b.name, r.title, 'handlingsplan'),
  coalesce((select string_agg(f.note, E'\n' order by f.noted_on desc) from follow_up f where f.activity_id = a.id), ''),
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
cross join lateral (select coalesce(array_agg(k.masked::text), '{}') as words from minutes_mask k where k.meeting_id = m.id) hidden
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
cross join lateral (select coalesce(array_agg(k.masked::text), '{}') as words from minutes_mask k where k.meeting_id in (m.id, d.meeting_id)) hidden
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
comment on view search_source is 'What readers may find, and under which words. Drafts, planned meetings and people without a page are not in it.';

-- ---------------------------------------------------------------- the index

create table search_entry (
  id bigint generated always as identity primary key,
  kind search_kind not null,
  row_id bigint not null,
  slug text not null,
  part text,
  title text not null,
  content text not null,
  refs text[] not null,
  body_id bigint,
  dated_on date,
  gate meeting_state,
  folded text not null,
  title_folded text not null,
  title_words tsvector not null,
  all_words tsvector not null,
  unique (kind, row_id)
);
comment on table search_entry is 'Written by search_refresh alone. folded: all words without marks, for phrases.';
create index search_entry_words on search_entry using gin (all_words);
create index search_entry_refs on search_entry using gin (refs);
create index on search_entry (body_id);

-- The words that the public may find, each with its stem and as it is written. Not unique: two writers who bring the
-- same new word need not wait for each other.
create table search_word (
  word text not null,
  stem text not null,
  shown text not null
);
create index search_word_word on search_word (word text_pattern_ops);
create index search_word_stem on search_word (stem);
create index search_word_parts on search_word using gin (word gin_trgm_ops);

create function search_is_open(gate meeting_state) returns boolean
language sql immutable
as $$ select gate is null or gate = 'published' $$;

-- Brings the entries of some rows to what the registers say: a statement for all of them, since a year of meetings may
-- come in one transaction.
create function search_refresh_now(which search_kind, ids bigint[]) returns void
language plpgsql
as $$
declare
  hidden text := search_hidden_names();
  dropped text[];
begin
  select array_agg(distinct word) into dropped
  from search_entry e, string_to_table(e.folded, ' ') word
  where e.kind = which and e.row_id = any (ids) and search_is_open(e.gate) and length(word) >= 3 and word !~ '\d';

  with source as materialized (
    select s.row_id, s.slug, s.part, s.refs, s.body_id, s.dated_on, s.gate,
      case when hidden is null then s.title else regexp_replace(s.title, hidden, '…', 'gi') end as title,
      case when hidden is null then s.keywords else regexp_replace(s.keywords, hidden, ' ', 'gi') end as keywords,
      case when hidden is null then left(s.content, 400000)
        else regexp_replace(left(s.content, 400000), hidden, '…', 'gi') end as content
    from search_source s where s.kind = which and s.row_id = any (ids)
  ), read as materialized (
    select source.*, search_fold(title) as head, search_fold(keywords) as keys, search_fold(content) as body from source
  ), gone as (
    delete from search_entry e
    where e.kind = which and e.row_id = any (ids) and not exists (select from source where source.row_id = e.row_id)
  ), written as (
    insert into search_entry as e
      (kind, row_id, slug, part, title, content, refs, body_id, dated_on, gate, folded, title_folded, title_words, all_words)
    select which, row_id, slug, part, title, content, array(select search_fold(r) from unnest(refs) r), body_id, dated_on,
      gate, ' ' || head || ' ' || keys || ' ' || body || ' ', head, to_tsvector('swedish', head),
      setweight(to_tsvector('swedish', head), 'A') || setweight(to_tsvector('swedish', keys), 'B')
        || setweight(to_tsvector('swedish', body), 'D')
    from read order by row_id
    on conflict (kind, row_id) do update set slug = excluded.slug, part = excluded.part, title = excluded.title,
      content = excluded.content, refs = excluded.refs, body_id = excluded.body_id, dated_on = excluded.dated_on,
      gate = excluded.gate, folded = excluded.folded, title_folded = excluded.title_folded,
      title_words = excluded.title_words, all_words = excluded.all_words
    where (e.slug, e.part, e.title, e.content, e.refs, e.body_id, e.dated_on, e.gate, e.folded) is distinct from
      (excluded.slug, excluded.part, excluded.title, excluded.content, excluded.refs, excluded.body_id, excluded.dated_on, excluded.gate, excluded.folded)
  ), written_as as (
    select distinct lower(shown) as shown from source,
      regexp_split_to_table(normalize(title || ' ' || keywords || ' ' || content, NFC), '[^[:alnum:]]+') shown
    where search_is_open(gate) and length(shown) between 3 and 40 and shown !~ '\d'
  )
  insert into search_word (word, stem, shown)
  select distinct on (word) word, stem[1], shown
  from (select word, shown, ts_lexize('swedish_stem', word) as stem
    from (select search_fold(shown) as word, shown from written_as offset 0) one) found
  where cardinality(stem) > 0 and word !~ ' ' and not exists (select from search_word w where w.word = found.word)
  order by word, shown desc;

  -- Words that nothing public holds any more are forgotten, so that none of them is ever suggested.
  if dropped is null then return; end if;
  delete from search_word w using (
    select unnest(dropped) as d
    except
    select word from search_entry e, string_to_table(e.folded, ' ') word
    where e.kind = which and e.row_id = any (ids) and search_is_open(e.gate)
  ) gone
  where w.word = gone.d and not exists (
    select from search_entry e where e.all_words @@ to_tsquery('swedish', gone.d) and search_is_open(e.gate)
      and strpos(e.folded, ' ' || gone.d || ' ') > 0);
end
$$;

-- What this transaction has to index anew, each row once however many changes touch it. The transaction's own number
-- keeps writers out of each other's way; at commit nothing is left here.
create unlogged table search_due (
  transaction bigint not null default pg_current_xact_id()::text::bigint,
  kind search_kind not null,
  row_id bigint not null,
  primary key (transaction, kind, row_id)
);

create function search_refresh(which search_kind, ids bigint[]) returns void
language sql
as $$
  insert into search_due (kind, row_id) select distinct which, i from unnest(ids) i where i is not null
  on conflict do nothing
$$;

-- The first to fire does all of it. The others look for their own row alone: looking for any row would pass over all that
-- the first has deleted, once for each of them.
create function search_work_off() returns trigger
language plpgsql
as $$
declare
  one record;
begin
  if not exists (
    select from search_due d where d.transaction = new.transaction and d.kind = new.kind and d.row_id = new.row_id) then
    return null;
  end if;
  for one in
    with due as (delete from search_due where transaction = new.transaction returning kind, row_id)
    select kind, array_agg(row_id) as ids from due group by kind order by kind
  loop
    perform search_refresh_now(one.kind, one.ids);
  end loop;
  return null;
end
$$;
create constraint trigger search_work_off after insert on search_due
  deferrable initially deferred for each row execute function search_work_off();

-- Entries in which any of the names stands: somebody got another name, a page, or none.
create function search_refresh_named(names text[]) returns void
language plpgsql
as $$
declare
  one record;
begin
  for one in
    select kind, array_agg(row_id) as ids from search_entry
    where exists (select from unnest(names) n where search_fold(n) <> '' and (strpos(folded, ' ' || search_fold(n)) > 0))
    group by kind
  loop
    perform search_refresh(one.kind, one.ids);
  end loop;
end
$$;

create function search_follow() returns trigger
language plpgsql
as $$
declare
  r jsonb;
  one record;
  of_row bigint;
  renamed boolean := true;
  names text[];
begin
  if tg_op = 'UPDATE' then
    if (to_jsonb(old) - 'version') = (to_jsonb(new) - 'version') then return null; end if;
    renamed := (to_jsonb(old) -> 'name', to_jsonb(old) -> 'short_name') is distinct from (to_jsonb(new) -> 'name', to_jsonb(new) -> 'short_name');
  end if;
  for r in
    select j from unnest(array[
      case when tg_op <> 'INSERT' then to_jsonb(old) end, case when tg_op <> 'DELETE' then to_jsonb(new) end]) j
    where j is not null
  loop
    of_row := (r ->> 'id')::bigint;
    case tg_table_name
      when 'meeting' then
        perform search_refresh('meeting', array[of_row]);
        perform search_refresh('item', array(select id from agenda_item where meeting_id = of_row));
        perform search_refresh('file', array(select a.id from attachment a left join agenda_item i on i.id = a.agenda_item_id
          where a.meeting_id = of_row or i.meeting_id = of_row));
        perform search_refresh('assignment', array(select a.id from assignment a join agenda_item i on i.id = a.agenda_item_id
          where i.meeting_id = of_row));
      when 'agenda_item' then
        perform search_refresh('item', array[of_row]);
        perform search_refresh('assignment', array(select id from assignment where agenda_item_id = of_row));
        perform search_refresh('decision', array(select id from decision where agenda_item_id = of_row));
        perform search_refresh('file', array(select id from attachment where agenda_item_id = of_row));
      when 'agenda_item_presenter' then
        perform search_refresh('item', array[(r ->> 'agenda_item_id')::bigint]);
      when 'minutes_note' then
        perform search_refresh('item', array[(r ->> 'agenda_item_id')::bigint]);
        perform search_refresh('meeting', array[(r ->> 'meeting_id')::bigint]);
      -- A mask may cover words of any item of its meeting.
      when 'minutes_mask' then
        perform search_refresh('meeting', array[(r ->> 'meeting_id')::bigint]);
        perform search_refresh('item', array(select id from agenda_item where meeting_id = (r ->> 'meeting_id')::bigint));
        perform search_refresh('decision', array(select id from decision where meeting_id = (r ->> 'meeting_id')::bigint));
        perform search_refresh('file', array(select a.id from attachment a left join agenda_item i on i.id = a.agenda_item_id
          where a.meeting_id = (r ->> 'meeting_id')::bigint or i.meeting_id = (r ->> 'meeting_id')::bigint));
        perform search_refresh('assignment', array(
          select a.id from assignment a join agenda_item i on i.id = a.agenda_item_id where i.meeting_id = (r ->> 'meeting_id')::bigint
          union
          select a.id from assignment a join effect e on e.id = a.effect_id join decision d on d.id = e.decision_id
          where d.meeting_id = (r ->> 'meeting_id')::bigint));
      when 'decision' then perform search_refresh('decision', array[of_row]);
      when 'effect' then perform search_refresh('decision', array[(r ->> 'decision_id')::bigint]);
      when 'plan' then
        perform search_refresh('plan', array[of_row]);
        perform search_refresh('area', array(select id from plan_area where plan_id = of_row));
        perform search_refresh('activity', array(select id from activity where plan_id = of_row));
        perform search_refresh('assignment', array(select id from assignment where plan_id = of_row));
      when 'strategic_direction' then perform search_refresh('plan', array[(r ->> 'plan_id')::bigint]);
      when 'plan_area' then
        perform search_refresh('area', array[of_row]);
        perform search_refresh('activity', array(select id from activity where area_id = of_row));
      when 'activity' then perform search_refresh('activity', array[of_row]);
      when 'plan_section', 'milestone', 'follow_up' then
        if r ->> 'activity_id' is not null then perform search_refresh('activity', array[(r ->> 'activity_id')::bigint]);
        elsif r ->> 'area_id' is not null then perform search_refresh('area', array[(r ->> 'area_id')::bigint]);
        else perform search_refresh('plan', array[(r ->> 'plan_id')::bigint]);
        end if;
      when 'body' then
        perform search_refresh('body', array[of_row]);
        if r ->> 'theme_id' is not null then perform search_refresh('theme', array[(r ->> 'theme_id')::bigint]); end if;
        if renamed then
          for one in select kind, array_agg(row_id) as ids from search_entry where body_id = of_row group by kind loop
            perform search_refresh(one.kind, one.ids);
          end loop;
          perform search_refresh('person', array(select person_id from membership where body_id = of_row or on_behalf_body_id = of_row));
          perform search_refresh('assignment', array(select id from assignment where assignee_body_id = of_row));
        end if;
      when 'body_name' then perform search_refresh('body', array[(r ->> 'body_id')::bigint]);
      when 'membership' then perform search_refresh('person', array[(r ->> 'person_id')::bigint]);
      when 'person' then
        perform search_refresh('person', array[of_row]);
      when 'organisation' then
        perform search_refresh('party', array[of_row]);
        if renamed then
          perform search_refresh('person', array(select person_id from membership where on_behalf_organisation_id = of_row));
          perform search_refresh('item', array(select agenda_item_id from agenda_item_presenter where organisation_id = of_row));
          perform search_refresh('assignment', array(select id from assignment where assignee_organisation_id = of_row));
        end if;
      when 'organisation_name' then perform search_refresh('party', array[(r ->> 'organisation_id')::bigint]);
      when 'matter' then
        perform search_refresh('matter', array[of_row]);
        perform search_refresh('assignment', array(select id from assignment where matter_id = of_row));
      when 'timeline_entry' then perform search_refresh('matter', array[(r ->> 'matter_id')::bigint]);
      when 'theme' then perform search_refresh('theme', array[of_row]);
      when 'document' then
        perform search_refresh('document', array[of_row]);
        perform search_refresh('file', array(select a.id from attachment a join document_version v on v.id = a.document_version_id where v.document_id = of_row));
      when 'document_version' then
        perform search_refresh('document', array[(r ->> 'document_id')::bigint]);
        perform search_refresh('file', array(select id from attachment where document_version_id = of_row));
      when 'project' then perform search_refresh('project', array[of_row]);
      when 'assignment' then perform search_refresh('assignment', array[of_row]);
      when 'change_proposal' then perform search_refresh('proposal', array[of_row]);
      when 'change_answer' then perform search_refresh('proposal', array[(r ->> 'proposal_id')::bigint]);
      when 'change_step' then perform search_refresh('proposal', array(select id from change_proposal where step_id = of_row));
      when 'change_level' then perform search_refresh('proposal', array(select id from change_proposal where level_id = of_row));
      when 'catalogue' then
        perform search_refresh('catalogue', array[of_row]);
        perform search_refresh('catalogue_entry', array(select id from catalogue_entry where catalogue_id = of_row));
      when 'catalogue_entry' then perform search_refresh('catalogue_entry', array[of_row]);
      when 'attachment' then perform search_refresh('file', array[of_row]);
      when 'file_text' then perform search_refresh('file', array(select id from attachment where file_id = (r ->> 'file_id')::bigint));
    end case;
  end loop;
  -- A name also stands in items and decisions that name the person, and a hidden one is taken out of all words.
  if tg_table_name = 'person' and (tg_op <> 'UPDATE' or renamed or to_jsonb(old) -> 'no_page_because' is distinct from to_jsonb(new) -> 'no_page_because') then
    if tg_op = 'UPDATE' then
      perform search_refresh('item', array(select agenda_item_id from agenda_item_presenter where person_id = new.id));
      perform search_refresh('decision', array(select decision_id from effect where person_in_id = new.id or person_out_id = new.id));
      perform search_refresh('assignment', array(select id from assignment where assignee_person_id = new.id));
    end if;
    names := array_remove(array[
      case when tg_op <> 'INSERT' then to_jsonb(old) ->> 'name' end, case when tg_op <> 'DELETE' then to_jsonb(new) ->> 'name' end], null);
    if (tg_op <> 'INSERT' and to_jsonb(old) ->> 'no_page_because' is not null)
       or exists (select from person where no_page_because is not null and lower(name) in (select lower(n) from unnest(names) n)) then
      perform search_refresh_named(names);
    end if;
  end if;
  return null;
end
$$;

do $$
declare
  register text;
begin
  foreach register in array array['meeting', 'agenda_item', 'agenda_item_presenter', 'minutes_note', 'minutes_mask', 'decision',
    'effect', 'plan', 'strategic_direction', 'plan_area', 'plan_section', 'activity', 'milestone', 'follow_up', 'body', 'body_name',
    'membership', 'person', 'organisation', 'organisation_name', 'matter', 'timeline_entry', 'theme', 'document', 'document_version',
    'project', 'attachment', 'file_text', 'assignment', 'change_proposal', 'change_answer', 'change_step', 'change_level', 'catalogue',
    'catalogue_entry'] loop
    execute format('create constraint trigger search_follow after insert or update or delete on %I
      deferrable initially deferred for each row execute function search_follow()', register);
  end loop;
end
$$;

-- What stands in the registers already.
do $$
declare
  which search_kind;
begin
  foreach which in array enum_range(null::search_kind) loop
    perform search_refresh_now(which, array(select row_id from search_source where kind = which));
  end loop;
end
$$;
