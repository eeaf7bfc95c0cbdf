-- Decisions are counted by year too: a far page of their list is then found by the years that come before it, instead of by
-- passing every decision on the way.

drop trigger count_decision_made on decision;
drop trigger count_decision_changed on decision;
delete from decision_count;
alter table decision_count
  add year smallint not null,
  drop constraint decision_count_pkey,
  add primary key (kind, year);

create or replace function count_decision() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if tg_op <> 'INSERT' and old.state = 'carried_out' then
    update decision_count set decisions = decisions - 1 where kind = old.kind and year = extract(year from old.decided_on);
  end if;
  if tg_op <> 'DELETE' and new.state = 'carried_out' then
    insert into decision_count (kind, year, decisions) values (new.kind, extract(year from new.decided_on), 1)
    on conflict (kind, year) do update set decisions = decision_count.decisions + 1;
  end if;
  return null;
end
$$;

insert into decision_count (kind, year, decisions)
select kind, extract(year from decided_on), count(*) from decision where state = 'carried_out' group by 1, 2;

create constraint trigger count_decision_made after insert or delete on decision
  deferrable initially deferred for each row execute function count_decision();
create constraint trigger count_decision_changed after update on decision
  deferrable initially deferred for each row
  when (old.state is distinct from new.state or old.kind is distinct from new.kind
    or extract(year from old.decided_on) is distinct from extract(year from new.decided_on))
  execute function count_decision();
