-- How many facts rest on each source, and how sure they are. The page of sources says it, and counting would read every
-- register from beginning to end. Kept by triggers alone. See docs/adr/0085.

create table fact_count (
  -- Null: all facts, each once however many sources it stands in.
  source_id bigint references source on delete cascade,
  certainty certainty not null,
  register text not null,
  facts bigint not null check (facts >= 0),
  unique nulls not distinct (source_id, certainty, register)
);
comment on table fact_count is 'Kept by triggers alone: what a count of every register of facts would give.';

-- What this transaction has to count. At commit nothing is left here.
create unlogged table fact_due (
  id bigint generated always as identity primary key,
  transaction bigint not null default pg_current_xact_id()::text::bigint,
  -- A register, or what happened to a provenance itself: 'made', 'placed' or 'changed'.
  register text not null,
  provenance_id bigint not null,
  change bigint not null
);
create index on fact_due (transaction);

-- Who is only an account here is named nowhere, and is no fact that readers see.
create function is_shown_fact(row_of jsonb) returns boolean
language sql immutable
as $$
  select coalesce(row_of ->> 'no_page_because', 'uncertain_reading') in ('uncertain_reading', 'service_user_representative')
$$;

-- Every register of facts: each table whose rows say where they come from.
create view fact_register as
select c.table_name::text as name
from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
where c.table_schema = 'public' and c.column_name = 'provenance_id' and t.table_type = 'BASE TABLE'
  and c.table_name not in ('provenance_source', 'fact_due');

create function recount_facts() returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  counted text;
begin
  select string_agg(format(
    'select %L::text as register, provenance_id, count(*) as facts from %I r where provenance_id is not null %s group by provenance_id',
    name, name, case when name = 'person' then 'and is_shown_fact(to_jsonb(r))' else '' end), ' union all ')
  into counted from fact_register;
  delete from fact_count;
  execute format('
    with fact as (%s)
    insert into fact_count (source_id, certainty, register, facts)
    select null, p.certainty, f.register, sum(f.facts) from fact f join provenance p on p.id = f.provenance_id group by 2, 3
    union all
    select s.source_id, p.certainty, f.register, sum(f.facts) from fact f join provenance p on p.id = f.provenance_id
    join (select distinct provenance_id, source_id from provenance_source) s on s.provenance_id = p.id group by 1, 2, 3', counted);
end
$$;

-- At commit, when every writer of the log holds its lock: so nobody waits for a count while somebody waits for the log.
-- The first to fire does all of it.
create function count_due_facts() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if not exists (select from fact_due where id = new.id) then
    return null;
  end if;
  -- Another place or certainty of facts that are counted already: rare, and then all is counted anew.
  if exists (select from fact_due d where d.transaction = new.transaction and (d.register = 'changed' or d.register = 'placed'
    and not exists (select from fact_due m where m.transaction = d.transaction and m.register = 'made' and m.provenance_id = d.provenance_id))) then
    delete from fact_due where transaction = new.transaction;
    perform recount_facts();
    return null;
  end if;
  with due as (
    delete from fact_due where transaction = new.transaction returning register, provenance_id, change
  ), net as (
    select register, provenance_id, sum(change) as change from due where register not in ('made', 'placed')
    group by 1, 2 having sum(change) <> 0
  ), delta as (
    select null::bigint as source_id, p.certainty, n.register, sum(n.change) as change
    from net n join provenance p on p.id = n.provenance_id group by 2, 3
    union all
    select s.source_id, p.certainty, n.register, sum(n.change)
    from net n join provenance p on p.id = n.provenance_id
    join lateral (select distinct source_id from provenance_source where provenance_id = p.id) s on true group by 1, 2, 3
  ), less as (
    update fact_count c set facts = c.facts + d.change from delta d
    where c.source_id is not distinct from d.source_id and c.certainty = d.certainty and c.register = d.register
    returning c.source_id, c.certainty, c.register
  )
  insert into fact_count (source_id, certainty, register, facts)
  select d.source_id, d.certainty, d.register, d.change from delta d
  where not exists (select from less l where l.source_id is not distinct from d.source_id
    and l.certainty = d.certainty and l.register = d.register)
  on conflict (source_id, certainty, register) do update set facts = fact_count.facts + excluded.facts;
  return null;
end
$$;
create constraint trigger count_due_facts after insert on fact_due
  deferrable initially deferred for each row execute function count_due_facts();

create function note_facts_added() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into fact_due (register, provenance_id, change)
  select tg_table_name, provenance_id, count(*) from rows_after r
  where provenance_id is not null and (tg_table_name <> 'person' or is_shown_fact(to_jsonb(r))) group by provenance_id;
  return null;
end
$$;

create function note_facts_removed() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into fact_due (register, provenance_id, change)
  select tg_table_name, provenance_id, -count(*) from rows_before r
  where provenance_id is not null and (tg_table_name <> 'person' or is_shown_fact(to_jsonb(r))) group by provenance_id;
  return null;
end
$$;

-- Most changes of a row leave its ground as it is: then nothing is to be counted.
create function note_facts_changed() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into fact_due (register, provenance_id, change)
  select tg_table_name, provenance_id, sum(change)
  from (
    select provenance_id, 1 as change from rows_after r where tg_table_name <> 'person' or is_shown_fact(to_jsonb(r))
    union all
    select provenance_id, -1 from rows_before r where tg_table_name <> 'person' or is_shown_fact(to_jsonb(r))
  ) as changed
  where provenance_id is not null group by provenance_id having sum(change) <> 0;
  return null;
end
$$;

create function note_provenance() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if tg_argv[0] = 'changed' then
    insert into fact_due (register, provenance_id, change) values ('changed', 0, 0);
  elsif tg_argv[0] = 'made' then
    insert into fact_due (register, provenance_id, change) select 'made', id, 0 from rows_after;
  else
    insert into fact_due (register, provenance_id, change) select distinct 'placed', provenance_id, 0 from rows_after;
  end if;
  return null;
end
$$;
create trigger note_made after insert on provenance
  referencing new table as rows_after for each statement execute function note_provenance('made');
create trigger note_changed after update or delete on provenance
  for each statement execute function note_provenance('changed');
create trigger note_placed after insert on provenance_source
  referencing new table as rows_after for each statement execute function note_provenance('placed');
create trigger note_changed after update or delete on provenance_source
  for each statement execute function note_provenance('changed');

do $$
declare
  one text;
begin
  for one in select name from fact_register loop
    execute format('create trigger note_facts_added after insert on %I
      referencing new table as rows_after for each statement execute function note_facts_added()', one);
    execute format('create trigger note_facts_removed after delete on %I
      referencing old table as rows_before for each statement execute function note_facts_removed()', one);
    execute format('create trigger note_facts_changed after update on %I
      referencing old table as rows_before new table as rows_after for each statement execute function note_facts_changed()', one);
  end loop;
end
$$;

select recount_facts();

create index provenance_doubt on provenance (id) where certainty = 'uncertain' and note is not null;
create index source_portal on source (id) where kind = 'portal';
