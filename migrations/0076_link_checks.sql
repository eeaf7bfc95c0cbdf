-- What was found when the links to other sites were last followed (portal -- check-links), and where they stand.

create type link_outcome as enum ('works', 'moved', 'broken', 'unreachable', 'not_checked');

create table link_check (
  url text primary key check (url ~ '^https?://' and length(url) <= 2000),
  outcome link_outcome not null,
  status integer check (status between 100 and 599),
  leads_to text check (length(leads_to) <= 2000),
  reason text check (length(reason) <= 100),
  checked_at timestamptz not null,
  since timestamptz not null,
  check (since <= checked_at),
  check (outcome <> 'moved' or leads_to is not null),
  check (outcome in ('works', 'moved') or reason is not null)
);
comment on table link_check is 'One row for each address that a public page links to; rows go when no page links there any more.';
comment on column link_check.since is 'Since when it has been so: a link that failed once may work tomorrow.';

create table link_place (
  url text not null references link_check on delete cascade,
  path text not null check (path like '/%' and length(path) <= 3000),
  page words not null,
  label text not null,
  primary key (url, path)
);
comment on table link_place is 'The public pages that the link stood on. label: the words that lead there.';
comment on column link_place.path is 'Below the base path, with the anchor that stands nearest before the link.';
