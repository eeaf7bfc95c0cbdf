-- What feeds and calendars tell others: identities that outlive addresses, and when something was last changed.

create table installation (
  single boolean primary key default true check (single),
  id uuid not null default gen_random_uuid(),
  made_at timestamptz not null default now()
);
comment on table installation is
  'The portal''s own identity. Entries of feeds and events of calendars are named after it, whatever address it has.';
insert into installation default values;
create trigger installation_stands before update or delete on installation
  for each row execute function refuse_change();

create function note_change() returns trigger
language plpgsql
as $$
begin
  new.changed_at := now();
  return new;
end
$$;

alter table meeting add column changed_at timestamptz not null default now();
alter table decision add column changed_at timestamptz not null default now();
alter table plan add column changed_at timestamptz not null default now();
alter table document add column changed_at timestamptz not null default now();
create trigger note_change before update on meeting for each row execute function note_change();
create trigger note_change before update on decision for each row execute function note_change();
create trigger note_change before update on plan for each row execute function note_change();
create trigger note_change before update on document for each row execute function note_change();
create index on meeting (changed_at);
create index on decision (changed_at);
