-- Discharge days: what was read from files, never a single episode, and what has been published of it.

create type discharge_batch_kind as enum ('episodes', 'summaries');
create type discharge_level as enum ('municipal', 'county');

create table discharge_batch (
  id bigint generated always as identity primary key,
  kind discharge_batch_kind not null,
  example boolean not null default false,
  file_name words not null check (length(file_name) <= 200),
  sha256 bytea not null check (octet_length(sha256) = 32),
  rows_accepted bigint not null check (rows_accepted > 0),
  rows_rejected bigint not null check (rows_rejected >= 0),
  actor_name text not null check (actor_name <> ''),
  account_id bigint,
  recorded_at timestamptz not null default now(),
  undone_at timestamptz,
  undone_by text check (undone_by <> ''),
  check ((undone_at is null) = (undone_by is null))
);
comment on table discharge_batch is 'An import. The file itself is not kept.';
-- The same file twice changes nothing, also from two processes at the same moment.
create unique index discharge_batch_once on discharge_batch (sha256) where undone_at is null;

create table discharge_coverage (
  batch_id bigint not null references discharge_batch on delete cascade,
  administration_id bigint not null references organisation,
  level discharge_level not null,
  month date not null check (extract(day from month) = 1),
  primary key (batch_id, administration_id, level, month)
);
comment on table discharge_coverage is
  'What a batch says all of. The latest batch that is not undone counts; real figures come before invented ones.';
create index on discharge_coverage (administration_id, level, month);

create table discharge_cell (
  id bigint generated always as identity primary key,
  batch_id bigint not null references discharge_batch on delete cascade,
  administration_id bigint not null references organisation,
  level discharge_level not null,
  municipality_id bigint references organisation,
  period daterange not null check (not isempty(period) and not lower_inf(period) and not upper_inf(period)),
  episodes bigint not null check (episodes >= 0),
  days bigint not null check (days >= 0),
  late_days bigint check (late_days between 0 and days),
  unique nulls not distinct (batch_id, administration_id, level, municipality_id, period),
  check (episodes > 0 or days = 0),
  check (level = 'municipal' or municipality_id is null),
  -- A month, or a quarter in a summary.
  check (extract(day from lower(period)) = 1
    and (upper(period) = (lower(period) + interval '1 month')::date
      or upper(period) = (lower(period) + interval '3 months')::date and extract(month from lower(period)) in (1, 4, 7, 10)))
);
comment on column discharge_cell.municipality_id is 'Null at the municipal level: people from outside the county (Utomläns).';
comment on column discharge_cell.late_days is 'Days from day four as a summary states them. Null for episodes, which have a histogram.';

create table discharge_histogram (
  cell_id bigint not null references discharge_cell on delete cascade,
  days integer not null check (days >= 0),
  episodes bigint not null check (episodes > 0),
  primary key (cell_id, days)
);
comment on table discharge_histogram is 'How many episodes of the cell had so many discharge-ready days.';

-- A cell and its histogram are two ways to say the same; they can never say different things.
create function discharge_histogram_adds_up() returns trigger
language plpgsql
as $$
begin
  if exists (
    select from discharge_cell
      join (select cell_id, sum(episodes) as episodes, sum(days::bigint * episodes) as days
            from discharge_histogram where cell_id in (select cell_id from changed) group by cell_id) counted
        on counted.cell_id = discharge_cell.id
    where counted.episodes <> discharge_cell.episodes or counted.days <> discharge_cell.days)
  then
    raise exception 'a histogram does not add up to its cell' using errcode = 'check_violation';
  end if;
  return null;
end
$$;
create trigger discharge_histogram_adds_up after insert on discharge_histogram
  referencing new table as changed for each statement execute function discharge_histogram_adds_up();
create trigger discharge_histogram_stays_up after update on discharge_histogram
  referencing new table as changed for each statement execute function discharge_histogram_adds_up();

create table discharge_publication (
  id bigint generated always as identity primary key,
  administration_id bigint not null references organisation,
  period daterange not null check (not isempty(period) and not lower_inf(period) and not upper_inf(period)),
  example boolean not null,
  batch_ids bigint[] not null check (cardinality(batch_ids) > 0),
  first_payable_day integer check (first_payable_day > 0),
  smallest_public_cell integer check (smallest_public_cell >= 0),
  county_withheld boolean not null,
  recorded_at timestamptz not null default now(),
  replaced_at timestamptz,
  check (replaced_at >= recorded_at)
);
comment on table discharge_publication is
  'What is known and shown of a base period, decided once when figures come in. Earlier ones stay: a reader may have kept them.';
create unique index discharge_publication_current on discharge_publication (administration_id, period) where replaced_at is null;
create index on discharge_publication (administration_id, period);

create table discharge_figure (
  publication_id bigint not null references discharge_publication on delete cascade,
  municipality_id bigint references organisation,
  episodes bigint not null check (episodes >= 0),
  days bigint not null check (days >= 0),
  late_days bigint check (late_days between 0 and days),
  withheld boolean not null,
  unique nulls not distinct (publication_id, municipality_id),
  check (episodes > 0 or days = 0)
);
comment on column discharge_figure.withheld is 'Members see it, the public does not.';

create table discharge_header_mapping (
  headers text[] primary key check (cardinality(headers) between 1 and 500),
  kind discharge_batch_kind not null,
  columns jsonb not null check (jsonb_typeof(columns) = 'object'),
  actor_name text not null check (actor_name <> ''),
  recorded_at timestamptz not null default now()
);
comment on table discharge_header_mapping is 'Which column is what, in layouts that somebody has explained once.';
