-- Before the meeting: what the call, the agenda and the replies need beyond the first tables of the workspace.

alter table meeting add column cancelled_because words;
alter table meeting add column short_notice_because words;
comment on column meeting.short_notice_because is 'Why it was called later than the notice that applies.';
alter table meeting add check (cancelled_because is null or state = 'cancelled');

alter table agenda_item add column background words;
comment on column agenda_item.background is 'What the agenda says about the item before the meeting; the minutes have body_text.';

-- Items change places all together, so their numbers are compared when the statement is done.
alter table agenda_item drop constraint agenda_item_meeting_id_number_key;
alter table agenda_item drop constraint agenda_item_meeting_id_position_key;
alter table agenda_item add unique (meeting_id, number) deferrable initially immediate;
alter table agenda_item add unique (meeting_id, position) deferrable initially immediate;

create table meeting_former_slug (
  slug slug primary key,
  meeting_id bigint not null references meeting on delete cascade,
  recorded_at timestamptz not null default now()
);
comment on table meeting_former_slug is 'Addresses that a meeting has had: they lead to the one it has now.';
create index on meeting_former_slug (meeting_id);

create table usual_agenda_item (
  body_id bigint not null references body on delete cascade,
  position integer not null check (position > 0),
  title words not null,
  kinds text[] not null check (cardinality(kinds) > 0 and kinds <@ array['information', 'discussion', 'decision', 'position', 'status_report', 'workshop']),
  primary key (body_id, position)
);
comment on table usual_agenda_item is 'The agenda that a body''s meetings begin from.';

-- Every letter about a meeting carries a link of its own; all of them work until the meeting.
create table invitation_link (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  invitation_id bigint not null references invitation on delete cascade,
  made_at timestamptz not null default now()
);
create index on invitation_link (invitation_id);
alter table invitation drop column token_hash;
alter table invitation add column replied_by text;
comment on column invitation.replied_by is 'Who wrote the reply down when it was not the person: the coordinator, after a telephone call.';

-- Content that nothing holds any more goes, however its last attachment went: by itself, or with its item or meeting.
create function forget_file() returns trigger
language plpgsql
as $$
begin
  delete from file where id = old.file_id
    and not exists (select from attachment where attachment.file_id = old.file_id);
  return null;
end
$$;
create trigger forget_file after delete on attachment for each row execute function forget_file();
