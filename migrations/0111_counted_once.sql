-- Two rules that looked through all over again for each row, when the server believed a table to be all but empty: it
-- chooses its way by what it last counted, once for each connection, and counts seldom. A year of discharge days read in
-- right after a first small file took longer than a question may, and so did thousands of facts brought in at once.

-- Each cell that was touched is looked up by its key, and so are its counts: two lookups for each, whatever was counted.
-- A question within a question cannot be turned into a join, and the key is used however small the table seems.
create or replace function discharge_histogram_adds_up() returns trigger
language plpgsql
set enable_seqscan = off
as $$
begin
  if exists (
    select from (select distinct cell_id from changed) touched
    where (select (c.episodes::numeric, c.days::numeric) from discharge_cell c where c.id = touched.cell_id)
      is distinct from (select (sum(h.episodes), sum(h.days::bigint * h.episodes)) from discharge_histogram h where h.cell_id = touched.cell_id))
  then
    raise exception 'a histogram does not add up to its cell' using errcode = 'check_violation';
  end if;
  return null;
end
$$;

-- As before, but for the places of facts that are counted already: the two lists are laid against each other once.
create or replace function count_due_facts() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if not exists (select from fact_due where id = new.id) then
    return null;
  end if;
  -- Another place or certainty of facts that are counted already: rare, and then all is counted anew.
  if exists (select from fact_due where transaction = new.transaction and register = 'changed')
    or exists (select provenance_id from fact_due where transaction = new.transaction and register = 'placed'
      except select provenance_id from fact_due where transaction = new.transaction and register = 'made')
  then
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
