-- The workspace: what coordinators prepare, write, have approved and publish.

-- ---------------------------------------------------------------- stale saves and drafts

-- Each save counts up; a form says which version it was opened on, and a stale save is refused with both texts shown.
alter table meeting add column version integer not null default 1;
alter table agenda_item add column version integer not null default 1;
alter table decision add column version integer not null default 1;
alter table body add column version integer not null default 1;
alter table person add column version integer not null default 1;
alter table organisation add column version integer not null default 1;
alter table matter add column version integer not null default 1;
alter table document add column version integer not null default 1;
alter table plan add column version integer not null default 1;
alter table assignment add column version integer not null default 1;

create function count_version() returns trigger
language plpgsql
as $$
begin
  new.version := old.version + 1;
  return new;
end
$$;
create trigger count_version before update on meeting for each row execute function count_version();
create trigger count_version before update on agenda_item for each row execute function count_version();
create trigger count_version before update on decision for each row execute function count_version();
create trigger count_version before update on body for each row execute function count_version();
create trigger count_version before update on person for each row execute function count_version();
create trigger count_version before update on organisation for each row execute function count_version();
create trigger count_version before update on matter for each row execute function count_version();
create trigger count_version before update on document for each row execute function count_version();
create trigger count_version before update on plan for each row execute function count_version();
create trigger count_version before update on assignment for each row execute function count_version();

create table form_draft (
  owner text not null,
  form text not null check (length(form) <= 300),
  typed jsonb not null,
  saved_at timestamptz not null default now(),
  primary key (owner, form)
);
comment on table form_draft is 'What somebody has typed and not yet saved; removed when the form is saved, or after thirty days.';

-- ---------------------------------------------------------------- files

create table file (
  id bigint generated always as identity primary key,
  sha256 bytea not null unique check (octet_length(sha256) = 32),
  bytes bytea not null check (octet_length(bytes) between 1 and 26214400),
  size integer not null generated always as (octet_length(bytes)) stored,
  media_type text not null check (media_type in (
    'application/pdf', 'image/png', 'image/jpeg',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')),
  recorded_at timestamptz not null default now()
);
alter table file alter column bytes set storage external;
comment on table file is 'Content, stored once whatever its name. The type is what the content says, not what the sender said.';

create table attachment (
  id bigint generated always as identity primary key,
  file_id bigint not null references file,
  file_name words not null check (length(file_name) <= 255 and file_name !~ '[/\\[:cntrl:]]'),
  title words not null,
  position integer not null default 1,
  meeting_id bigint references meeting on delete cascade,
  agenda_item_id bigint references agenda_item on delete cascade,
  document_version_id bigint references document_version on delete cascade,
  added_by text not null,
  recorded_at timestamptz not null default now(),
  check (num_nonnulls(meeting_id, agenda_item_id, document_version_id) = 1)
);
create index on attachment (meeting_id);
create index on attachment (agenda_item_id);
create index on attachment (document_version_id);
create index on attachment (file_id);

-- ---------------------------------------------------------------- before the meeting

create type invitation_reply as enum ('yes', 'no', 'substitute');

create table invitation (
  id bigint generated always as identity primary key,
  meeting_id bigint not null references meeting on delete cascade,
  person_id bigint not null references person,
  token_hash bytea unique check (octet_length(token_hash) = 32),
  sent_at timestamptz,
  reply invitation_reply,
  substitute_text words,
  replied_at timestamptz,
  unique (meeting_id, person_id),
  check ((reply is null) = (replied_at is null))
);
create index on invitation (person_id);

create table agenda_version (
  meeting_id bigint not null references meeting on delete cascade,
  number integer not null check (number > 0),
  agenda jsonb not null,
  why words,
  made_by text not null,
  made_at timestamptz not null default now(),
  primary key (meeting_id, number)
);
comment on table agenda_version is 'The agenda as it was sent, and after each change since.';
create trigger agenda_version_stands before update on agenda_version for each row execute function refuse_change();

create type proposal_state as enum ('open', 'accepted', 'declined');

create table item_proposal (
  id bigint generated always as identity primary key,
  body_id bigint not null references body,
  meeting_id bigint references meeting,
  title words not null,
  proposal words not null,
  proposed_by_person_id bigint references person,
  proposed_by text not null,
  state proposal_state not null default 'open',
  answer words,
  agenda_item_id bigint references agenda_item on delete set null,
  recorded_at timestamptz not null default now(),
  answered_at timestamptz,
  check ((state = 'open') = (answered_at is null))
);
create index on item_proposal (body_id, state);
create index on item_proposal (meeting_id);

-- ---------------------------------------------------------------- minutes: approved, frozen, mended in the open

create type approval_state as enum ('asked', 'approved', 'change_requested');

create table minutes_approver (
  id bigint generated always as identity primary key,
  meeting_id bigint not null references meeting on delete cascade,
  person_id bigint not null references person,
  state approval_state not null default 'asked',
  comment words,
  token_hash bytea unique check (octet_length(token_hash) = 32),
  token_used_at timestamptz,
  asked_at timestamptz not null default now(),
  answered_at timestamptz,
  unique (meeting_id, person_id),
  check ((state = 'asked') = (answered_at is null)),
  check (state <> 'change_requested' or comment is not null)
);
create index on minutes_approver (person_id);

create table minutes_version (
  id bigint generated always as identity primary key,
  meeting_id bigint not null references meeting,
  number integer not null check (number > 0),
  content jsonb not null,
  content_text text not null,
  sha256 bytea not null check (octet_length(sha256) = 32),
  previous_sha256 bytea check (octet_length(previous_sha256) = 32),
  published_at timestamptz not null,
  published_by text not null,
  without_approval words,
  unique (meeting_id, number),
  check ((number = 1) = (previous_sha256 is null)),
  -- The hash is of exactly the text that is kept.
  check (sha256 = sha256(convert_to(content_text, 'UTF8')))
);
comment on table minutes_version is 'Minutes as published, frozen. Only official wording is frozen; a summary is never a version.';
create trigger minutes_version_stands before update or delete on minutes_version for each row execute function refuse_change();
create trigger minutes_version_kept before truncate on minutes_version for each statement execute function refuse_change();

create function only_wording_is_frozen() returns trigger
language plpgsql
as $$
begin
  if (select text_kind from meeting where id = new.meeting_id) <> 'wording' then
    raise exception 'a summary is never frozen as minutes' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger only_wording_is_frozen before insert on minutes_version for each row execute function only_wording_is_frozen();

create type minutes_note_kind as enum ('erratum', 'after_meeting');

create table minutes_note (
  id bigint generated always as identity primary key,
  meeting_id bigint not null references meeting,
  agenda_item_id bigint,
  kind minutes_note_kind not null,
  note words not null,
  noted_on date not null,
  noted_by text not null,
  recorded_at timestamptz not null default now(),
  foreign key (agenda_item_id, meeting_id) references agenda_item (id, meeting_id)
);
create index on minutes_note (meeting_id);
create trigger minutes_note_stands before update or delete on minutes_note for each row execute function refuse_change();

create table minutes_mask (
  id bigint generated always as identity primary key,
  meeting_id bigint not null references meeting,
  agenda_item_id bigint not null,
  masked words not null,
  reason words not null,
  masked_by text not null,
  masked_on date not null,
  recorded_at timestamptz not null default now(),
  foreign key (agenda_item_id, meeting_id) references agenda_item (id, meeting_id)
);
comment on table minutes_mask is 'Words that must not be shown. The frozen version keeps them, so that its hash holds; pages, exports and search never show them.';
create index on minutes_mask (meeting_id);

-- ---------------------------------------------------------------- follow-up rounds and parties' reports

create table mailed_link (
  id bigint generated always as identity primary key,
  token_hash bytea not null unique check (octet_length(token_hash) = 32),
  purpose text not null check (purpose in ('plan_follow_up', 'party_position')),
  plan_id bigint references plan on delete cascade,
  document_id bigint references document on delete cascade,
  organisation_id bigint references organisation,
  sent_by text not null,
  sent_at timestamptz not null default now(),
  valid_until date not null,
  used_at timestamptz,
  check ((purpose = 'plan_follow_up') = (plan_id is not null)),
  check ((purpose = 'party_position') = (num_nonnulls(document_id, organisation_id) = 2))
);
comment on table mailed_link is 'A link that lets somebody without an account report once. The address it went to is kept nowhere.';
create index on mailed_link (plan_id);
create index on mailed_link (document_id);

alter table milestone add column moved_because words;
