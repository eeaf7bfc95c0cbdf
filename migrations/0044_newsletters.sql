-- The newsletter: a draft that is written from the registers, and issues that stand as they were published.

create type newsletter_state as enum ('draft', 'published');

create table newsletter (
  id bigint generated always as identity primary key,
  slug slug unique,
  title words not null check (length(title) <= 200),
  lead words,
  content words,
  covers_from timestamptz not null,
  covers_until timestamptz not null,
  state newsletter_state not null default 'draft',
  version integer not null default 1,
  published_at timestamptz,
  published_by text,
  recorded_at timestamptz not null default now(),
  check (covers_from <= covers_until),
  check ((state = 'published') = (published_at is not null)),
  check ((state = 'published') = (slug is not null)),
  check ((state = 'published') = (published_by is not null)),
  check (state = 'draft' or content is not null)
);
comment on column newsletter.covers_from is 'The draft holds what was published after this moment, until covers_until.';
-- One draft at a time: two would tell the same news twice.
create unique index newsletter_one_draft on newsletter (state) where state = 'draft';
create index on newsletter (published_at);
create trigger count_version before update on newsletter for each row execute function count_version();

create function published_newsletter_stands() returns trigger
language plpgsql
as $$
begin
  if old.state = 'published' then
    raise exception 'the newsletter is published: % refused', lower(tg_op)
      using errcode = 'integrity_constraint_violation';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end
$$;
create trigger published_newsletter_stands before update or delete on newsletter
  for each row execute function published_newsletter_stands();

create table newsletter_correction (
  id bigint generated always as identity primary key,
  newsletter_id bigint not null references newsletter,
  correction words not null check (length(correction) <= 2000),
  corrected_on date not null,
  corrected_by text not null,
  recorded_at timestamptz not null default now()
);
comment on table newsletter_correction is 'What was wrong in a published newsletter. The newsletter itself stands.';
create index on newsletter_correction (newsletter_id);
create trigger newsletter_correction_stands before update or delete on newsletter_correction
  for each row execute function refuse_change();
