-- The audit log: who did what, when. It is append-only and hash-chained from its first row, so that a removed,
-- changed or inserted row is visible. Roles keep the application from changing it; the triggers hold when there is
-- only one role.

create extension if not exists btree_gist;
create extension if not exists pg_trgm;
create extension if not exists unaccent;

create type actor_kind as enum ('system', 'person', 'public');

create table audit_event (
  id bigint primary key,
  at timestamptz not null,
  actor_kind actor_kind not null,
  actor_name text not null check (actor_name <> ''),
  account_id bigint,
  act text not null check (act ~ '^[a-z-]+(\.[a-z-]+)+$'),
  about text not null check (about <> ''),
  details jsonb not null default '{}',
  previous_hash bytea not null check (octet_length(previous_hash) = 32),
  hash bytea not null unique check (octet_length(hash) = 32)
);
create index audit_event_about on audit_event (about, id);
create index audit_event_at on audit_event (at);

comment on table audit_event is 'Append-only, hash-chained log. Never holds contact details.';

-- The canonical text of a row. Every column but the hash itself takes part, as JSON, so that no two rows share a text.
create function audit_event_hash(event audit_event) returns bytea
language sql stable
as $$
  select sha256(convert_to(
    jsonb_build_array(
      encode(event.previous_hash, 'hex'), event.id, to_char(event.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
      event.actor_kind, event.actor_name, event.account_id, event.act, event.about, event.details
    )::text, 'UTF8'))
$$;

create function audit_event_chain() returns trigger
language plpgsql
as $$
declare
  last audit_event;
begin
  -- One writer at a time: the lock is held until commit, so the next writer sees this row as the last one.
  perform pg_advisory_xact_lock('audit_event'::regclass::oid::int, 0);
  select * into last from audit_event order by id desc limit 1;
  new.id := coalesce(last.id, 0) + 1;
  new.at := clock_timestamp();
  new.previous_hash := coalesce(last.hash, decode(repeat('00', 32), 'hex'));
  new.hash := audit_event_hash(new);
  return new;
end
$$;
create trigger audit_event_chain before insert on audit_event for each row execute function audit_event_chain();

create function refuse_change() returns trigger
language plpgsql
as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, lower(tg_op) using errcode = 'integrity_constraint_violation';
end
$$;
create trigger audit_event_append_only before update or delete on audit_event
  for each row execute function refuse_change();
create trigger audit_event_no_truncate before truncate on audit_event
  for each statement execute function refuse_change();

-- Rows whose hash, number or link to the row before does not hold. Empty when the chain is whole.
create view audit_chain_break as
select id, at, about
from (
  select audit_event.*,
    audit_event_hash(audit_event) as expected_hash,
    row_number() over (order by id) as expected_id,
    coalesce(lag(hash) over (order by id), decode(repeat('00', 32), 'hex')) as expected_previous
  from audit_event
) chain
where hash <> expected_hash or previous_hash <> expected_previous or id <> expected_id;
