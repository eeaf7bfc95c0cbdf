-- Search keeps its pace when a whole year comes in one transaction: what has been worked off is not passed over again.

-- The first to fire does all of it. The others look for their own row alone: looking for any row would pass over all that
-- the first has deleted, once for each of them.
create or replace function search_work_off() returns trigger
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
