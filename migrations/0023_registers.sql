-- Plans and registers in the workspace: rounds of follow-up, what a revision takes away, and stale saves of rows that
-- are edited one by one.

alter table follow_up add column version integer not null default 1;
alter table milestone add column version integer not null default 1;
alter table seat add column version integer not null default 1;
create trigger count_version before update on follow_up for each row execute function count_version();
create trigger count_version before update on milestone for each row execute function count_version();
create trigger count_version before update on seat for each row execute function count_version();

create table follow_up_round (
  id bigint generated always as identity primary key,
  plan_id bigint not null references plan on delete cascade,
  asked_on date not null,
  due_on date not null,
  asked_by text not null,
  recorded_at timestamptz not null default now(),
  check (due_on >= asked_on)
);
comment on table follow_up_round is
  'All activities of a plan are to be followed up by a day. Whoever has noted something since it was asked has reported.';
create index on follow_up_round (plan_id, asked_on);

create table plan_reminder (
  plan_id bigint primary key references plan on delete cascade,
  reminded_on date not null
);
comment on table plan_reminder is 'When somebody was last reminded of a plan, so that nobody is every day.';

alter table activity add column leaves boolean not null default false;
comment on column activity.leaves is 'In force, and taken away by the next revision of the plan once that is decided.';
alter table activity add check (not leaves or valid is not null);

alter table party_position add column reported_by text;
comment on column party_position.reported_by is 'Who at the party said so, when it was reported in the portal.';
