-- At how many meetings a matter has been on the table is read from one index, which must then hold the meeting: to look up
-- each item took as long as a matter had been on the table.

alter table agenda_item_matter add column meeting_id bigint;
-- Nothing that anybody is told of has changed.
alter table agenda_item_matter disable trigger user;
update agenda_item_matter set meeting_id = agenda_item.meeting_id
from agenda_item where agenda_item.id = agenda_item_matter.agenda_item_id;
alter table agenda_item_matter enable trigger user;
alter table agenda_item_matter alter column meeting_id set not null;
alter table agenda_item_matter drop constraint agenda_item_matter_agenda_item_id_fkey;
alter table agenda_item_matter add foreign key (agenda_item_id, meeting_id)
  references agenda_item (id, meeting_id) on delete cascade;
comment on column agenda_item_matter.meeting_id is 'The item''s own.';
create index on agenda_item_matter (matter_id, meeting_id);
