-- How many decisions of each kind have taken effect. The register says it on every page, and counting would read through
-- all of them. Kept by triggers alone.

create table decision_count (
  kind decision_kind primary key,
  decisions bigint not null check (decisions >= 0)
);
comment on table decision_count is 'Kept by triggers alone: what a count of decisions that are carried out would give.';

-- At commit, when every writer of the log holds its lock: so nobody waits for a count while somebody waits for the log.
create function count_decision() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if tg_op <> 'INSERT' and old.state = 'carried_out' then
    update decision_count set decisions = decisions - 1 where kind = old.kind;
  end if;
  if tg_op <> 'DELETE' and new.state = 'carried_out' then
    insert into decision_count (kind, decisions) values (new.kind, 1)
    on conflict (kind) do update set decisions = decision_count.decisions + 1;
  end if;
  return null;
end
$$;

insert into decision_count (kind, decisions)
select kind, count(*) from decision where state = 'carried_out' group by kind;

create constraint trigger count_decision_made after insert or delete on decision
  deferrable initially deferred for each row execute function count_decision();
create constraint trigger count_decision_changed after update on decision
  deferrable initially deferred for each row
  when (old.state is distinct from new.state or old.kind is distinct from new.kind)
  execute function count_decision();
