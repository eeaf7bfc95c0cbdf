-- What applies to every party is shown to each of them, and is found without looking at the effects of all decisions since.
-- Kept by trigger alone; the effects of a decision that has been carried out never change.

alter table decision add column for_all boolean not null default false;
comment on column decision.for_all is
  'Carried out, and sets a value or adopts a document for every party. Kept by trigger alone.';

create function decision_is_for_all() returns trigger
language plpgsql
as $$
begin
  new.for_all := new.state = 'carried_out' and exists (
    select from effect
    where decision_id = new.id and kind in ('indicator_set', 'parameter_set', 'document_adopted'));
  return new;
end
$$;
create trigger decision_is_for_all before insert or update on decision
  for each row execute function decision_is_for_all();

-- Nothing that anybody is told of has changed.
alter table decision disable trigger user;
update decision set for_all = true
where state = 'carried_out' and exists (
  select from effect
  where decision_id = decision.id and kind in ('indicator_set', 'parameter_set', 'document_adopted'));
alter table decision enable trigger user;

create index decision_listed_for_all on decision (decided_on desc, id desc) where for_all;
create index decision_latest_for_all on decision (changed_at desc, id desc) where for_all;
