-- Which organisations a decision touches: lists, feeds and pages of a party ask for its decisions, the newest first, which
-- told from the effects reads every one that ever touched it. Kept by triggers alone; the effects of a decision that has
-- been carried out never change. See docs/adr/0085.

create table decision_touched (
  organisation_id bigint not null references organisation,
  decided_on date not null,
  meeting_id bigint,
  position integer not null,
  decision_id bigint not null references decision on delete cascade,
  primary key (organisation_id, decision_id)
);
comment on table decision_touched is
  'Kept by triggers alone: the organisations that an effect of a decision that has been carried out names; their wholes are not in it.';
create index decision_touched_newest on decision_touched (organisation_id, decided_on desc, meeting_id desc, position, decision_id);
create index decision_touched_decision on decision_touched (decision_id);

create function find_touched(decisions bigint[]) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  delete from decision_touched where decision_id = any(decisions);
  insert into decision_touched (organisation_id, decided_on, meeting_id, position, decision_id)
  select distinct touched, d.decided_on, d.meeting_id, d.position, d.id
  from decision d
  join effect e on e.decision_id = d.id
  cross join unnest(array[e.on_behalf_organisation_id, e.person_in_employer_id, e.person_out_employer_id,
    e.administration_id, e.assignee_organisation_id]) touched
  where d.id = any(decisions) and d.state = 'carried_out' and touched is not null;
end
$$;

create function keep_touched() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  perform find_touched(array[new.id]);
  return null;
end
$$;

select find_touched(array(select id from decision where state = 'carried_out'));

create trigger keep_touched after insert on decision
  for each row when (new.state = 'carried_out') execute function keep_touched();
create trigger keep_touched_changed after update on decision for each row
  when ((old.state, old.decided_on, old.meeting_id, old.position) is distinct from (new.state, new.decided_on, new.meeting_id, new.position))
  execute function keep_touched();
