-- Old protocols that have been read, until a coordinator makes meetings of them.

create table protocol_import (
  id bigint generated always as identity primary key,
  sha256 bytea not null unique check (octet_length(sha256) = 32),
  file_name words not null check (length(file_name) <= 255 and file_name !~ '[/\\[:cntrl:]]'),
  bytes bytea not null check (octet_length(bytes) between 1 and 26214400),
  source_text text not null check (length(source_text) <= 1000000),
  source_paragraphs boolean not null,
  source_links jsonb check (jsonb_typeof(source_links) = 'array'),
  body_id bigint references body,
  typed jsonb not null default '{}' check (jsonb_typeof(typed) = 'object'),
  version integer not null default 1,
  meeting_id bigint references meeting on delete set null,
  added_by text not null,
  added_by_account_id bigint references account on delete set null,
  recorded_at timestamptz not null default now()
);
alter table protocol_import alter column bytes set storage external;
comment on table protocol_import is 'A file is read once: the same content is the same import. The proposal is read anew from the text, so that it follows the registers.';
comment on column protocol_import.body_id is 'The body that the protocol names, as it was when the file came in. Null: none that the registers know.';
comment on column protocol_import.source_links is 'Which words carry which address, as the file says. Null: it says nothing of it.';
comment on column protocol_import.typed is 'What a coordinator has corrected so far, as the form had it. Empty: nothing.';
comment on column protocol_import.meeting_id is 'The draft meeting that was made of it.';
create index on protocol_import (body_id);
create index on protocol_import (meeting_id);
create index on protocol_import (added_by_account_id);
create trigger count_version before update on protocol_import for each row execute function count_version();
