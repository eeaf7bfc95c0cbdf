-- Catalogues: what there is of shared primary care data, and Intressebanken. Each entry says where it comes from, who
-- has it and what it cannot be used for.

create table catalogue (
  id bigint generated always as identity primary key,
  slug slug not null unique,
  title words not null,
  summary words not null,
  matter_id bigint references matter,
  body_id bigint references body,
  document_id bigint references document,
  position integer not null default 0,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now()
);
create index on catalogue (matter_id);
create index on catalogue (body_id);
create index on catalogue (document_id);

create table catalogue_entry (
  id bigint generated always as identity primary key,
  catalogue_id bigint not null references catalogue on delete cascade,
  slug slug not null,
  title words not null,
  summary words not null,
  origin words,
  owner words,
  limits words,
  url text check (url ~ '^https?://\S+$'),
  position integer not null default 0,
  version integer not null default 1,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  unique (catalogue_id, slug)
);
comment on column catalogue_entry.origin is 'What it is made from. Null in any of these: the sources do not say.';
create trigger count_version before update on catalogue_entry for each row execute function count_version();
