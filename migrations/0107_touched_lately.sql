-- The feed of a party asks for its decisions by when they were last changed: without that here each that ever touched the
-- party is looked up for it.

alter table decision_touched add changed_at timestamptz;
update decision_touched set changed_at = (select changed_at from decision where id = decision_id);
alter table decision_touched alter changed_at set not null;
create index decision_touched_latest on decision_touched (organisation_id, changed_at desc, decision_id desc);

create or replace function find_touched(decisions bigint[]) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  delete from decision_touched where decision_id = any(decisions);
  insert into decision_touched (organisation_id, decided_on, meeting_id, position, changed_at, decision_id)
  select distinct touched, d.decided_on, d.meeting_id, d.position, d.changed_at, d.id
  from decision d
  join effect e on e.decision_id = d.id
  cross join unnest(array[e.on_behalf_organisation_id, e.person_in_employer_id, e.person_out_employer_id,
    e.administration_id, e.assignee_organisation_id]) touched
  where d.id = any(decisions) and d.state = 'carried_out' and touched is not null;
end
$$;

drop trigger keep_touched_changed on decision;
create trigger keep_touched_changed after update on decision for each row
  when ((old.state, old.decided_on, old.meeting_id, old.position, old.changed_at)
    is distinct from (new.state, new.decided_on, new.meeting_id, new.position, new.changed_at)
    and (old.state = 'carried_out' or new.state = 'carried_out'))
  execute function keep_touched();
