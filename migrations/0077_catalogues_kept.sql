-- Catalogues and projects are kept in the workspace: who saves on an old version is told, and what there is no more is
-- withdrawn or ended with its reason, and stays to be read.

alter table catalogue add column version integer not null default 1;
create trigger count_version before update on catalogue for each row execute function count_version();

alter table catalogue_entry add column withdrawn_on date;
alter table catalogue_entry add column withdrawn_because words;
alter table catalogue_entry add check ((withdrawn_on is null) = (withdrawn_because is null));
comment on column catalogue_entry.withdrawn_on is 'Since when it is no longer offered; null: it is.';

alter table project add column version integer not null default 1;
alter table project add column ended_on date;
alter table project add column ended_text words;
alter table project add check (ended_text is null or ended_on is not null);
comment on column project.ended_on is 'The work itself is over; the funding may have ended before or after.';
comment on column project.ended_text is 'How it ended.';
create trigger count_version before update on project for each row execute function count_version();
