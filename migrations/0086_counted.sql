-- What lists and their counts are read from alone, without the rows themselves, however many they have become.
-- test/seeding/big-county.test.ts asks the planner.

create index meeting_planned on meeting (id) where state = 'planned';
create index meeting_listed on meeting (held_on desc, id desc) where state <> 'planned';
create index decision_counted on decision (kind, decided_on) where state = 'carried_out';
create index activity_decided on activity (area_id) where valid is not null;
create index activity_drafted on activity (id) where valid is null;
create index plan_drafted on plan (id) where valid is null;
create index on agenda_item_matter (matter_id, agenda_item_id);
drop index agenda_item_matter_matter_id_idx;
create index assignment_open_of_matter on assignment (matter_id) where state = 'open';
