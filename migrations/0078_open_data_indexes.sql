-- What the lists of the open data are narrowed to and ordered by, so that no question reads the whole of a register that
-- grows with every meeting. test/open-data/statements.test.ts asks the planner.

create index on meeting (held_on, id);
create index on agenda_item using gin (kinds);
create index on decision (decided_on, id);
create index on decision (kind);
create index on effect (kind, decision_id);
create index on effect (assignee_person_id) where assignee_person_id is not null;
create index on effect (assignee_organisation_id) where assignee_organisation_id is not null;
create index on effect (on_behalf_organisation_id) where on_behalf_organisation_id is not null;
create index on effect (person_in_employer_id) where person_in_employer_id is not null;
create index on effect (person_out_employer_id) where person_out_employer_id is not null;
create index on effect (administration_id) where administration_id is not null;
create index on person (name);
create index on person (name collate "sv-x-icu", id);
create index on membership (body_id, id);
create index on membership using gist (valid);
create index on seat (body_id, position, id);
create index on activity (plan_id, number, id);
create index on activity using gist (valid);
create index on milestone (due_on, id);
create index on milestone (activity_id);
create index on follow_up (noted_on, id);
create index on matter (position, id);
create index on matter (body_id);
create index on document (position, id);
create index on document (dated_on);
create index on document (owner_body_id);
create index on document using gist (in_force);
create index on party_position (as_of, id);
create index on assignment (due_on, id);
create index on assignment (assignee_person_id);
create index on assignment (effect_id);
create index on assignment (plan_id);

-- Every row has a note of when it was last changed, so that the notes alone answer what has changed since a moment.
do $$
declare
  register text;
begin
  foreach register in array array['meeting', 'agenda_item', 'decision', 'body', 'seat', 'person', 'organisation', 'membership', 'plan',
    'plan_area', 'activity', 'milestone', 'follow_up', 'matter', 'document', 'party_position', 'assignment', 'parameter_value', 'project'] loop
    execute format('insert into row_modified (register, row_id, modified_at) select %L, id, recorded_at from %I on conflict do nothing',
      register, register);
  end loop;
end
$$;
comment on table row_modified is 'Kept by triggers alone. Each row of a register has one from when it was recorded.';
