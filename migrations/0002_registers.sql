-- The registers of the governance ledger. Validity (when true in the world) is a daterange [from, to); an unbounded
-- start means that the start is not known. Recording (when entered) is recorded_at. Every fact has a provenance.

create type certainty as enum ('stated', 'derived', 'uncertain');
create type date_precision as enum ('day', 'month', 'season', 'quarter', 'half_year', 'year');
create type text_kind as enum ('wording', 'summary');
create type fact_ground as enum ('decision', 'opening_state', 'decision_not_registered');

-- A date of lower precision is stored as the first day of its period: autumn 2023 is 2023-09-01 with 'season'.
create function date_fits_precision(d date, p date_precision) returns boolean
language sql immutable
as $$
  select case p
    when 'day' then true
    when 'month' then extract(day from d) = 1
    when 'season' then extract(day from d) = 1 and extract(month from d) in (3, 6, 9, 12)
    when 'quarter' then extract(day from d) = 1 and extract(month from d) in (1, 4, 7, 10)
    when 'half_year' then extract(day from d) = 1 and extract(month from d) in (1, 7)
    when 'year' then extract(doy from d) = 1
  end
$$;

create domain slug as text check (value ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(value) <= 200);
create domain words as text check (btrim(value) <> '' and length(value) <= 100000);

-- ---------------------------------------------------------------- sources and provenance

create type source_kind as enum
  ('minutes', 'slides', 'plan', 'strategy', 'agreement', 'law', 'regulation', 'website', 'assumption', 'portal');

create table source (
  id bigint generated always as identity primary key,
  code text not null unique check (code ~ '^[A-Za-z0-9åäöÅÄÖ:.-]{1,40}$'),
  title words not null,
  kind source_kind not null,
  quality words,
  url text check (url ~ '^https?://'),
  recorded_at timestamptz not null default now()
);

create table provenance (
  id bigint generated always as identity primary key,
  key text not null unique,
  certainty certainty not null default 'stated',
  note words
);
comment on table provenance is 'Where a fact comes from and how sure it is. Facts read in the same place share a row.';

create table provenance_source (
  provenance_id bigint not null references provenance on delete cascade,
  position integer not null check (position > 0),
  source_id bigint not null references source,
  place text not null default '',
  primary key (provenance_id, position),
  unique (provenance_id, source_id, place)
);
create index on provenance_source (source_id);

create table facts_loaded (
  name text primary key,
  digest text not null,
  loaded_at timestamptz not null default now()
);

-- ---------------------------------------------------------------- organisations, persons, bodies

create type organisation_kind as enum
  ('municipality', 'region', 'administration', 'association', 'federation', 'unit', 'external');

create table organisation (
  id bigint generated always as identity primary key,
  slug slug not null unique,
  name words not null,
  short_name words not null,
  kind organisation_kind not null,
  parent_id bigint references organisation,
  municipal_code text unique check (municipal_code ~ '^\d{4}$'),
  is_party boolean not null default false,
  position integer not null default 0,
  care_kind words,
  note words,
  valid daterange not null default daterange(null, null, '[)') check (not isempty(valid)),
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  check (parent_id <> id),
  check ((kind = 'municipality') or municipal_code is null)
);
comment on column organisation.is_party is 'A party of the agreements: the municipalities and the region.';
create index on organisation (parent_id);

create table organisation_name (
  id bigint generated always as identity primary key,
  organisation_id bigint not null references organisation on delete cascade,
  name words not null,
  valid daterange not null check (not isempty(valid)),
  exclude using gist (organisation_id with =, valid with &&)
);
comment on table organisation_name is 'Names that were valid before the present one.';

-- 'account_only': who has an account and stands in no register. It stands here from the start, since before PostgreSQL 17 a
-- value that is added to a type cannot be used in the same transaction, which a restored backup is.
create type page_exclusion as enum ('service_user_representative', 'uncertain_reading', 'account_only');

create table person (
  id bigint generated always as identity primary key,
  slug slug not null unique,
  name words not null check (length(name) <= 200),
  no_page_because page_exclusion,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  -- No personal identity number reaches the database: a name has no digits.
  check (name !~ '\d')
);
comment on column person.no_page_because is 'Set for people who get no page of their own and no place in search, feeds or API.';

create type body_kind as enum (
  'leadership', 'presidium', 'conference', 'forum', 'preparatory', 'coordinating_group', 'collaboration_area_group',
  'support_function', 'working_group', 'local_group', 'network', 'external');

create table theme (
  id bigint generated always as identity primary key,
  slug slug not null unique,
  name words not null,
  position integer not null default 0
);

create table body (
  id bigint generated always as identity primary key,
  slug slug not null unique,
  name words not null,
  short_name words not null,
  kind body_kind not null,
  parent_id bigint references body,
  theme_id bigint references theme,
  position integer not null default 0,
  purpose words,
  composition words,
  target_group words,
  priority_area words,
  phase_text words,
  state_text words,
  function_mailbox text check (function_mailbox ~ '^[^@\s]+@[^@\s]+$'),
  planned boolean not null default false,
  valid daterange not null default daterange(null, null, '[)') check (not isempty(valid)),
  start_ground fact_ground not null default 'opening_state',
  start_effect_id bigint,
  end_effect_id bigint,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  check (parent_id <> id),
  check ((start_ground = 'decision') = (start_effect_id is not null)),
  check (end_effect_id is null or not upper_inf(valid))
);
comment on column body.planned is 'Named in the sources as something that is to be set up.';
create index on body (parent_id);
create index on body (theme_id);

create table body_name (
  id bigint generated always as identity primary key,
  body_id bigint not null references body on delete cascade,
  name words not null,
  valid daterange check (not isempty(valid)),
  note words,
  provenance_id bigint not null references provenance,
  unique (body_id, name),
  exclude using gist (body_id with =, valid with &&) where (valid is not null)
);
comment on table body_name is 'Other names: former ones with their validity, and forms that sources use (validity unknown).';

create table body_reporting (
  id bigint generated always as identity primary key,
  body_id bigint not null references body on delete cascade,
  to_body_id bigint references body,
  to_text words,
  how words not null,
  provenance_id bigint not null references provenance,
  check (num_nonnulls(to_body_id, to_text) = 1),
  check (to_body_id <> body_id)
);
create index on body_reporting (body_id);
create index on body_reporting (to_body_id);

create type requirement_dimension as enum ('authority', 'geography', 'size', 'function', 'other');

create table body_requirement (
  id bigint generated always as identity primary key,
  body_id bigint not null references body on delete cascade,
  dimension requirement_dimension not null,
  requirement words not null,
  provenance_id bigint not null references provenance,
  unique (body_id, dimension)
);

create type seat_level as enum ('elected', 'civil_servant', 'support', 'service_user');

create table seat (
  id bigint generated always as identity primary key,
  body_id bigint not null references body on delete cascade,
  position integer not null default 0,
  title words not null,
  level seat_level,
  seats integer check (seats > 0),
  note words,
  represents_text words,
  represents_organisation_id bigint references organisation,
  represents_body_id bigint references body,
  each_municipality boolean not null default false,
  valid daterange not null default daterange(null, null, '[)') check (not isempty(valid)),
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  unique (body_id, title),
  unique (id, body_id)
);
comment on column seat.seats is 'How many seats of this type; null when the sources do not say.';

create type membership_role as enum (
  'chair', 'vice_chair', 'member', 'substitute', 'representative', 'service_user_representative', 'coordinator',
  'development_lead', 'process_lead', 'project_lead', 'convener');

-- ---------------------------------------------------------------- matters, documents

create table matter (
  id bigint generated always as identity primary key,
  slug slug not null unique,
  title words not null,
  summary words,
  registry_number text unique,
  state_text words,
  body_id bigint references body,
  position integer not null default 0,
  closed_on date,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now()
);

create type document_kind as enum (
  'agreement', 'guideline', 'strategy', 'joint_plan', 'action_plan', 'memo', 'assignment_description', 'model',
  'slide_deck', 'material', 'care_programme', 'matrix', 'law', 'national_strategy', 'national_agreement', 'national_framework',
  'report', 'cover_letter');
create type document_state as enum (
  'in_force', 'adopted', 'completed', 'under_revision', 'being_introduced', 'in_use', 'draft', 'being_prepared', 'planned', 'affected', 'unknown');

create table document (
  id bigint generated always as identity primary key,
  slug slug not null unique,
  title words not null,
  kind document_kind not null,
  state document_state not null,
  state_text words,
  summary words,
  owner_text words,
  owner_body_id bigint references body,
  national boolean not null default false,
  position integer not null default 0,
  dated_on date,
  dated_precision date_precision,
  in_force daterange check (not isempty(in_force)),
  in_force_precision date_precision,
  last_revised_on date,
  last_revised_precision date_precision,
  revision_due_on date,
  revision_due_precision date_precision,
  revision_text words,
  adopted_effect_id bigint,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  check ((dated_on is null) = (dated_precision is null) and date_fits_precision(dated_on, dated_precision)),
  check ((last_revised_on is null) = (last_revised_precision is null) and date_fits_precision(last_revised_on, last_revised_precision)),
  check ((revision_due_on is null) = (revision_due_precision is null) and date_fits_precision(revision_due_on, revision_due_precision))
);

create table document_version (
  id bigint generated always as identity primary key,
  document_id bigint not null references document on delete cascade,
  label words not null,
  valid daterange not null check (not isempty(valid)),
  adopted_effect_id bigint,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  exclude using gist (document_id with =, valid with &&)
);

create table document_party (
  document_id bigint not null references document on delete cascade,
  organisation_id bigint not null references organisation,
  provenance_id bigint not null references provenance,
  primary key (document_id, organisation_id)
);
create index on document_party (organisation_id);

create type party_position_state as enum ('unknown', 'planned', 'endorsed', 'decided');

create table party_position (
  id bigint generated always as identity primary key,
  document_id bigint not null references document on delete cascade,
  organisation_id bigint not null references organisation,
  as_of date not null,
  as_of_precision date_precision not null default 'day',
  state party_position_state not null,
  decided_by words,
  decided_on date,
  decided_precision date_precision,
  paragraph words,
  url text check (url ~ '^https?://'),
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  unique (document_id, organisation_id, as_of),
  check (date_fits_precision(as_of, as_of_precision)),
  check ((decided_on is null) = (decided_precision is null) and date_fits_precision(decided_on, decided_precision)),
  check (state in ('endorsed', 'decided') or decided_on is null)
);
comment on table party_position is 'A party''s standing on a document, as known on a day; the newest on or before a day is valid that day.';
create index on party_position (organisation_id);

create table document_matter (
  document_id bigint not null references document on delete cascade,
  matter_id bigint not null references matter on delete cascade,
  primary key (document_id, matter_id)
);
create index on document_matter (matter_id);

-- ---------------------------------------------------------------- meetings

create type meeting_state as enum
  ('mentioned', 'planned', 'called', 'held', 'drafted', 'adjusting', 'published', 'cancelled');

create table meeting (
  id bigint generated always as identity primary key,
  slug slug not null unique,
  body_id bigint not null references body,
  title words not null,
  held_on date not null,
  starts_at time,
  ends_at time,
  place words,
  video_link text check (video_link ~ '^https?://'),
  state meeting_state not null,
  text_kind text_kind not null default 'wording',
  note words,
  called_on date,
  published_at timestamptz,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  unique (id, body_id),
  check (ends_at is null or starts_at is null or ends_at > starts_at),
  check ((state = 'published') = (published_at is not null))
);
comment on column meeting.state is 'mentioned: the sources name the meeting but its minutes are not here.';
create index on meeting (body_id, held_on);
create index on meeting (held_on);

create table agenda_item (
  id bigint generated always as identity primary key,
  meeting_id bigint not null references meeting on delete cascade,
  parent_id bigint,
  number text not null check (number ~ '^\d{1,3}[a-zåäö]?$'),
  position integer not null check (position > 0),
  title words not null,
  kinds text[] not null check (cardinality(kinds) > 0 and kinds <@ array['information', 'discussion', 'decision', 'position', 'status_report', 'workshop']),
  body_text words,
  text_kind text_kind not null default 'wording',
  state_text words,
  after_meeting words,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  unique (meeting_id, number),
  unique (meeting_id, position),
  unique (id, meeting_id),
  foreign key (parent_id, meeting_id) references agenda_item (id, meeting_id) on delete cascade,
  check (parent_id <> id)
);
comment on column agenda_item.number is 'The identity within the meeting; two items may carry the same title. Letters are the portal''s numbering.';
create index on agenda_item (parent_id);

create table agenda_item_presenter (
  agenda_item_id bigint not null references agenda_item on delete cascade,
  position integer not null check (position > 0),
  person_id bigint references person,
  presenter_text words,
  title words,
  organisation_id bigint references organisation,
  primary key (agenda_item_id, position),
  check (num_nonnulls(person_id, presenter_text) = 1)
);
create index on agenda_item_presenter (person_id);

create table agenda_item_matter (
  agenda_item_id bigint not null references agenda_item on delete cascade,
  matter_id bigint not null references matter,
  primary key (agenda_item_id, matter_id)
);
create index on agenda_item_matter (matter_id);

create table agenda_item_document (
  agenda_item_id bigint not null references agenda_item on delete cascade,
  document_id bigint not null references document,
  primary key (agenda_item_id, document_id)
);
create index on agenda_item_document (document_id);

create type conflict_kind as enum ('disqualification', 'reservation');

create table agenda_item_statement (
  id bigint generated always as identity primary key,
  agenda_item_id bigint not null references agenda_item on delete cascade,
  person_id bigint not null references person,
  kind conflict_kind not null,
  statement words,
  unique (agenda_item_id, person_id, kind)
);
comment on table agenda_item_statement is 'Disqualification (jäv) and reservations.';

create type attendance_capacity as enum ('member', 'substitute', 'other');

create table attendance (
  id bigint generated always as identity primary key,
  meeting_id bigint not null references meeting on delete cascade,
  person_id bigint not null references person,
  capacity attendance_capacity not null,
  organisation_id bigint references organisation,
  on_behalf_text words,
  title words,
  position integer not null default 0,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  unique (meeting_id, person_id)
);
create index on attendance (person_id);
create index on attendance (organisation_id);

-- ---------------------------------------------------------------- decisions and their effects

create type decision_kind as enum ('decision', 'position', 'endorsement');
create type decision_state as enum ('proposed', 'carried_out');
create type clause_origin as enum ('generated', 'wording', 'summary');

create table decision (
  id bigint generated always as identity primary key,
  slug slug not null unique,
  meeting_id bigint references meeting,
  agenda_item_id bigint,
  body_id bigint not null references body,
  position integer not null default 1,
  decided_on date not null,
  decided_precision date_precision not null default 'day',
  kind decision_kind not null,
  title words not null,
  clause words,
  clause_origin clause_origin,
  state decision_state not null default 'proposed',
  carried_out_at timestamptz,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  foreign key (agenda_item_id, meeting_id) references agenda_item (id, meeting_id),
  check (date_fits_precision(decided_on, decided_precision)),
  check ((meeting_id is null) = (agenda_item_id is null)),
  check ((clause is null) = (clause_origin is null)),
  check ((state = 'carried_out') = (carried_out_at is not null)),
  -- A decision of the meeting's own body is dated; only another body's standpoint may have a vaguer date.
  check (kind = 'endorsement' or decided_precision = 'day')
);
comment on column decision.kind is 'decision: with a formal clause; position: affirmed without one; endorsement: another body''s standpoint, as reported.';
create index on decision (meeting_id);
create index on decision (agenda_item_id);
create index on decision (body_id, decided_on);

create type effect_kind as enum (
  'member_replaced', 'member_appointed', 'member_released', 'chair_appointed', 'body_established', 'body_closed',
  'indicator_set', 'parameter_set', 'plan_adopted', 'plan_revised', 'document_adopted', 'minutes_filed',
  'assignment_given', 'position', 'note');

create table parameter (
  code text primary key check (code ~ '^[a-z0-9_]+$'),
  position integer not null default 0,
  per_administration boolean not null,
  choices text[]
);
comment on table parameter is 'What a value can be registered for. Words for each code live in the discharge-days room.';

create table effect (
  id bigint generated always as identity primary key,
  decision_id bigint not null references decision,
  position integer not null check (position > 0),
  kind effect_kind not null,
  effective_on date,
  -- who sits where
  body_id bigint references body,
  role membership_role,
  seat_id bigint,
  person_in_id bigint references person,
  person_in_title words,
  person_in_unit words,
  person_in_employer_id bigint references organisation,
  person_out_id bigint references person,
  person_out_title words,
  person_out_unit words,
  person_out_employer_id bigint references organisation,
  on_behalf_organisation_id bigint references organisation,
  on_behalf_body_id bigint references body,
  -- which value applies
  parameter_code text references parameter,
  administration_id bigint references organisation,
  value numeric,
  choice text,
  valid daterange check (not isempty(valid)),
  -- which plan, document, minutes, matter
  plan_id bigint,
  document_id bigint references document,
  filed_meeting_id bigint references meeting,
  matter_id bigint references matter,
  -- who shall do what
  assignee_person_id bigint references person,
  assignee_body_id bigint references body,
  assignee_organisation_id bigint references organisation,
  due_on date,
  due_precision date_precision,
  effect_text words,
  details jsonb not null default '{}' check (jsonb_typeof(details) = 'object'),
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  unique (decision_id, position),
  unique (id, body_id),
  foreign key (seat_id, body_id) references seat (id, body_id),
  check (num_nonnulls(on_behalf_organisation_id, on_behalf_body_id) <= 1),
  check (num_nonnulls(assignee_person_id, assignee_body_id, assignee_organisation_id) <= 1),
  check ((due_on is null) = (due_precision is null) and date_fits_precision(due_on, due_precision)),
  check (person_in_id <> person_out_id),
  check (case kind
    when 'member_replaced' then num_nonnulls(body_id, role, person_in_id, person_out_id) = 4
    when 'member_appointed' then num_nonnulls(body_id, role, person_in_id) = 3 and person_out_id is null
    when 'member_released' then num_nonnulls(body_id, role, person_out_id) = 3 and person_in_id is null
    when 'chair_appointed' then num_nonnulls(body_id, role, person_in_id) = 3 and role in ('chair', 'vice_chair')
    when 'body_established' then details ?& array['slug', 'name', 'kind']
    when 'body_closed' then body_id is not null
    when 'indicator_set' then num_nonnulls(parameter_code, value, valid) = 3 and value >= 0
    when 'parameter_set' then num_nonnulls(parameter_code, valid) = 2 and num_nonnulls(value, choice) = 1
    when 'plan_adopted' then plan_id is not null
    when 'plan_revised' then plan_id is not null
    when 'document_adopted' then document_id is not null
    when 'assignment_given' then effect_text is not null
    when 'position' then effect_text is not null
    when 'note' then effect_text is not null
    else true
  end)
);
comment on column effect.administration_id is 'Null: all administrations that are measured.';
create index on effect (body_id);
create index on effect (person_in_id);
create index on effect (person_out_id);
create index on effect (plan_id);
create index on effect (document_id);
create index on effect (matter_id);

-- What carrying out did, row by row: the difference that the decision's page shows.
create table register_change (
  id bigint generated always as identity primary key,
  effect_id bigint references effect,
  correction_id bigint,
  register text not null check (register in
    ('membership', 'body', 'parameter_value', 'plan', 'activity', 'document', 'document_version', 'minutes_filing', 'assignment')),
  row_id bigint not null,
  before jsonb,
  after jsonb,
  recorded_at timestamptz not null default now(),
  check (num_nonnulls(effect_id, correction_id) = 1),
  check (num_nonnulls(before, after) >= 1)
);
create index on register_change (effect_id);
create index on register_change (register, row_id);

create table correction (
  id bigint generated always as identity primary key,
  reason words not null,
  corrected_on date not null,
  corrected_by text not null,
  recorded_at timestamptz not null default now()
);
comment on table correction is 'The record was wrong (rättelse): its own act with a reason; what stood there is kept in register_change.';
alter table register_change add foreign key (correction_id) references correction;

create trigger register_change_append_only before update or delete on register_change
  for each row execute function refuse_change();

-- A carried-out decision and its effects stand as they are.
create function refuse_change_of_carried_out() returns trigger
language plpgsql
as $$
declare
  carried_out boolean;
begin
  if tg_table_name = 'decision' then
    carried_out := old.state = 'carried_out';
    -- Words may be mended; who decided what and when may not.
    if carried_out and tg_op = 'UPDATE'
       and (new.body_id, new.decided_on, new.kind, new.state, new.carried_out_at, new.meeting_id, new.agenda_item_id)
           is not distinct from
           (old.body_id, old.decided_on, old.kind, old.state, old.carried_out_at, old.meeting_id, old.agenda_item_id) then
      return new;
    end if;
  elsif tg_op = 'INSERT' then
    select state = 'carried_out' into carried_out from decision where id = new.decision_id;
  else
    select state = 'carried_out' into carried_out from decision where id = old.decision_id;
  end if;
  if carried_out then
    raise exception 'the decision has been carried out: % of % refused', lower(tg_op), tg_table_name
      using errcode = 'integrity_constraint_violation';
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end
$$;
create trigger decision_stands before update or delete on decision
  for each row execute function refuse_change_of_carried_out();
create trigger effect_stands before insert or update or delete on effect
  for each row execute function refuse_change_of_carried_out();

-- ---------------------------------------------------------------- memberships

create table membership (
  id bigint generated always as identity primary key,
  body_id bigint not null references body,
  person_id bigint not null references person,
  role membership_role not null,
  seat_id bigint,
  on_behalf_organisation_id bigint references organisation,
  on_behalf_body_id bigint references body,
  on_behalf_certainty certainty,
  title words,
  unit words,
  employer_id bigint references organisation,
  valid daterange not null check (not isempty(valid)),
  start_ground fact_ground not null,
  start_effect_id bigint,
  known_from_meeting_id bigint references meeting,
  known_from_document_id bigint references document,
  end_ground fact_ground,
  end_effect_id bigint,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  foreign key (seat_id, body_id) references seat (id, body_id),
  -- The effect that starts or ends a membership is about the same body.
  foreign key (start_effect_id, body_id) references effect (id, body_id),
  foreign key (end_effect_id, body_id) references effect (id, body_id),
  check (num_nonnulls(on_behalf_organisation_id, on_behalf_body_id) <= 1),
  check ((start_ground = 'decision') = (start_effect_id is not null)),
  check (start_ground <> 'opening_state' or num_nonnulls(known_from_meeting_id, known_from_document_id) >= 1),
  check (start_ground <> 'decision' or not lower_inf(valid)),
  check (upper_inf(valid) = (end_ground is null)),
  check ((end_ground is not null and end_ground = 'decision') = (end_effect_id is not null)),
  -- Nobody holds the same role in the same body twice at once.
  exclude using gist (body_id with =, person_id with =, role with =, valid with &&),
  -- One chair at a time.
  constraint one_chair_at_a_time exclude using gist (body_id with =, valid with &&) where (role = 'chair')
);
comment on column membership.valid is 'Unbounded start: the start date is not known.';
create index on membership (person_id);
create index on membership (start_effect_id);
create index on membership (end_effect_id);
create index on membership (on_behalf_organisation_id);
create index on membership (employer_id);

alter table body add foreign key (start_effect_id) references effect, add foreign key (end_effect_id) references effect;
alter table document add foreign key (adopted_effect_id) references effect;
alter table document_version add foreign key (adopted_effect_id) references effect;

create table minutes_filing (
  id bigint generated always as identity primary key,
  effect_id bigint not null unique references effect,
  meeting_id bigint unique references meeting,
  filed_on date not null,
  additions words,
  recorded_at timestamptz not null default now()
);
comment on column minutes_filing.meeting_id is 'Null: the sources do not say which meeting the minutes are of.';

-- ---------------------------------------------------------------- parameters of discharge days

create type parameter_ground as enum ('decision', 'opening_state', 'agreement', 'regulation', 'assumption');

create table parameter_value (
  id bigint generated always as identity primary key,
  parameter_code text not null references parameter,
  administration_id bigint references organisation,
  valid daterange not null check (not isempty(valid)),
  value numeric,
  choice text,
  ground parameter_ground not null,
  effect_id bigint references effect,
  document_id bigint references document,
  known_from_meeting_id bigint references meeting,
  superseded_by_effect_id bigint references effect,
  note words,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  check (num_nonnulls(value, choice) = 1),
  check (value >= 0),
  check ((ground = 'decision') = (effect_id is not null)),
  check (superseded_by_effect_id <> effect_id),
  -- One value at a time, among those that no later decision has taken the place of.
  exclude using gist (parameter_code with =, (coalesce(administration_id, 0)) with =, valid with &&)
    where (superseded_by_effect_id is null)
);
comment on column parameter_value.superseded_by_effect_id is
  'A later decision took its place; the parts of its validity that the decision left alone stand as rows of their own.';
create index on parameter_value (effect_id);
create index on parameter_value (superseded_by_effect_id);

create function parameter_value_is_allowed() returns trigger
language plpgsql
as $$
declare
  definition parameter;
begin
  select * into definition from parameter where code = new.parameter_code;
  if definition.choices is null and new.value is null
     or definition.choices is not null and not coalesce(new.choice = any (definition.choices), false) then
    raise exception 'parameter % does not take the value %', new.parameter_code, coalesce(new.choice, new.value::text)
      using errcode = 'check_violation';
  end if;
  if definition.per_administration <> (new.administration_id is not null) then
    raise exception 'parameter % is % set per administration', new.parameter_code,
      case when definition.per_administration then 'only' else 'not' end using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger parameter_value_is_allowed before insert or update on parameter_value
  for each row execute function parameter_value_is_allowed();

insert into parameter (code, position, per_administration, choices) values
  ('indicator', 1, true, null),
  ('base_period', 2, true, array['month', 'quarter']),
  ('first_payable_day', 3, false, null),
  ('comparison', 4, false, array['over', 'at_or_over']),
  ('payment_mode', 5, false, array['every_episode', 'only_when_exceeded']),
  ('daily_amount', 6, false, null),
  ('smallest_public_cell', 7, false, null);

-- A county figure that the county itself has published: counts and sums, never averages.
create table published_county_figure (
  id bigint generated always as identity primary key,
  administration_id bigint not null references organisation,
  period daterange not null check (not isempty(period) and not lower_inf(period) and not upper_inf(period)),
  episodes integer not null check (episodes >= 0),
  days integer not null check (days >= 0),
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  unique (administration_id, period)
);

-- ---------------------------------------------------------------- action plans

create table plan (
  id bigint generated always as identity primary key,
  slug slug not null unique,
  code text not null unique check (code ~ '^[A-Z]{1,6}\d{1,3}$'),
  title words not null,
  body_id bigint not null references body,
  period daterange not null check (not isempty(period) and not lower_inf(period) and not upper_inf(period)),
  period_precision date_precision not null default 'year',
  vision words,
  target_group words,
  ambition words,
  coordinated_by words,
  responsible words,
  follow_up words,
  text_kind text_kind not null default 'wording',
  position integer not null default 0,
  valid daterange check (not isempty(valid)),
  adopted_effect_id bigint references effect,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  check ((valid is null) = (adopted_effect_id is null))
);
comment on column plan.valid is 'Null: not adopted. A plan is adopted only by the effect of a decision.';
create index on plan (body_id);
alter table effect add foreign key (plan_id) references plan;

create table strategic_direction (
  id bigint generated always as identity primary key,
  plan_id bigint not null references plan on delete cascade,
  number integer not null check (number > 0),
  direction words not null,
  provenance_id bigint not null references provenance,
  unique (plan_id, number)
);

create type plan_area_kind as enum ('improvement', 'ongoing');

create table plan_area (
  id bigint generated always as identity primary key,
  plan_id bigint not null references plan on delete cascade,
  kind plan_area_kind not null,
  number integer not null check (number > 0),
  title words not null,
  purpose words,
  timeframe words,
  organisation words,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  unique (plan_id, kind, number),
  unique (id, plan_id)
);

create table plan_section (
  id bigint generated always as identity primary key,
  plan_id bigint not null references plan on delete cascade,
  area_id bigint,
  position integer not null check (position > 0),
  heading words not null,
  section_text words,
  items text[] not null default '{}',
  provenance_id bigint not null references provenance,
  foreign key (area_id, plan_id) references plan_area (id, plan_id) on delete cascade,
  check (section_text is not null or cardinality(items) > 0)
);
create index on plan_section (plan_id);
create index on plan_section (area_id);

create table activity (
  id bigint generated always as identity primary key,
  plan_id bigint not null references plan on delete cascade,
  area_id bigint not null,
  number integer not null check (number > 0),
  activity_text words not null,
  text_kind text_kind not null default 'wording',
  valid daterange check (not isempty(valid)),
  start_effect_id bigint references effect,
  end_effect_id bigint references effect,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  unique (id, plan_id),
  foreign key (area_id, plan_id) references plan_area (id, plan_id),
  check ((valid is null) = (start_effect_id is null)),
  exclude using gist (plan_id with =, number with =, valid with &&)
);
comment on column activity.number is 'Runs through the whole plan: HP4-A03 is number 3 of plan HP4.';
create unique index activity_proposed on activity (plan_id, number) where valid is null;
create index on activity (area_id);

create type milestone_kind as enum
  ('start', 'interim_report', 'final_report', 'funding_ends', 'assignment_ends', 'recurring', 'period_end', 'other');
create type milestone_state as enum ('planned', 'done', 'moved');

create table milestone (
  id bigint generated always as identity primary key,
  plan_id bigint not null references plan on delete cascade,
  area_id bigint,
  activity_id bigint,
  kind milestone_kind not null,
  title words not null,
  due_on date,
  due_precision date_precision,
  recurrence words,
  state milestone_state not null default 'planned',
  done_on date,
  note words,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  foreign key (area_id, plan_id) references plan_area (id, plan_id),
  foreign key (activity_id, plan_id) references activity (id, plan_id),
  check (num_nonnulls(area_id, activity_id) <= 1),
  check ((due_on is null) = (due_precision is null) and date_fits_precision(due_on, due_precision)),
  check (due_on is not null or recurrence is not null),
  check ((state = 'done') = (done_on is not null))
);
create index on milestone (plan_id);
create index on milestone (due_on);

create type follow_up_state as enum ('not_started', 'preparing', 'active', 'paused', 'done', 'ended');

create table follow_up (
  id bigint generated always as identity primary key,
  plan_id bigint not null references plan on delete cascade,
  area_id bigint,
  activity_id bigint,
  noted_on date not null,
  state follow_up_state,
  note words,
  noted_by words,
  agenda_item_id bigint references agenda_item,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  foreign key (area_id, plan_id) references plan_area (id, plan_id),
  foreign key (activity_id, plan_id) references activity (id, plan_id),
  check (num_nonnulls(area_id, activity_id) <= 1),
  check (state is not null or note is not null)
);
create index on follow_up (plan_id, noted_on);
create index on follow_up (activity_id);
create index on follow_up (area_id);

create table plan_link (
  id bigint generated always as identity primary key,
  from_plan_id bigint not null references plan on delete cascade,
  from_area_id bigint,
  from_activity_id bigint,
  to_plan_id bigint references plan on delete cascade,
  to_area_id bigint,
  to_activity_id bigint,
  to_body_id bigint references body,
  to_agenda_item_id bigint references agenda_item,
  to_matter_id bigint references matter,
  same_concern boolean not null default false,
  how words not null,
  provenance_id bigint not null references provenance,
  foreign key (from_area_id, from_plan_id) references plan_area (id, plan_id) on delete cascade,
  foreign key (from_activity_id, from_plan_id) references activity (id, plan_id) on delete cascade,
  foreign key (to_area_id, to_plan_id) references plan_area (id, plan_id) on delete cascade,
  foreign key (to_activity_id, to_plan_id) references activity (id, plan_id) on delete cascade,
  check (num_nonnulls(from_area_id, from_activity_id) <= 1),
  check (num_nonnulls(to_area_id, to_activity_id) <= 1),
  check (num_nonnulls(to_plan_id, to_body_id, to_agenda_item_id, to_matter_id) = 1),
  check (to_plan_id is not null or num_nonnulls(to_area_id, to_activity_id) = 0)
);
comment on column plan_link.same_concern is 'The same work seen from two plans, as fall prevention in HP4 and HP6.';
create index on plan_link (from_plan_id);
create index on plan_link (to_plan_id);
create index on plan_link (to_agenda_item_id);
create index on plan_link (to_body_id);
create index on plan_link (to_matter_id);

create table activity_document (
  activity_id bigint not null references activity on delete cascade,
  document_id bigint not null references document,
  how words,
  primary key (activity_id, document_id)
);
create index on activity_document (document_id);

-- ---------------------------------------------------------------- projects, assignments, links, timelines

create table project (
  id bigint generated always as identity primary key,
  slug slug not null unique,
  name words not null,
  summary words not null,
  body_id bigint references body,
  matter_id bigint references matter,
  funding words,
  funding_ends_on date,
  funding_ends_precision date_precision,
  afterwards words,
  url text check (url ~ '^https?://'),
  position integer not null default 0,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  check ((funding_ends_on is null) = (funding_ends_precision is null) and date_fits_precision(funding_ends_on, funding_ends_precision))
);

create table project_activity (
  project_id bigint not null references project on delete cascade,
  activity_id bigint not null references activity on delete cascade,
  primary key (project_id, activity_id)
);
create index on project_activity (activity_id);

create type assignment_state as enum ('open', 'done', 'ended');

create table assignment (
  id bigint generated always as identity primary key,
  slug slug not null unique,
  task words not null,
  assignee_person_id bigint references person,
  assignee_body_id bigint references body,
  assignee_organisation_id bigint references organisation,
  assignee_text words,
  due_on date,
  due_precision date_precision,
  due_text words,
  state assignment_state not null default 'open',
  reported_on date,
  progress words,
  agenda_item_id bigint references agenda_item,
  plan_id bigint references plan,
  area_id bigint,
  activity_id bigint,
  matter_id bigint references matter,
  effect_id bigint references effect,
  position integer not null default 0,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  foreign key (area_id, plan_id) references plan_area (id, plan_id),
  foreign key (activity_id, plan_id) references activity (id, plan_id),
  check (num_nonnulls(assignee_person_id, assignee_body_id, assignee_organisation_id) <= 1),
  check ((due_on is null) = (due_precision is null) and date_fits_precision(due_on, due_precision))
);
create index on assignment (agenda_item_id);
create index on assignment (assignee_body_id);
create index on assignment (assignee_organisation_id);
create index on assignment (matter_id);
create index on assignment (due_on);

create table link (
  id bigint generated always as identity primary key,
  label words not null,
  url text not null check (url ~ '^https?://\S+$'),
  position integer not null default 1,
  agenda_item_id bigint references agenda_item on delete cascade,
  document_id bigint references document on delete cascade,
  plan_area_id bigint references plan_area on delete cascade,
  activity_id bigint references activity on delete cascade,
  project_id bigint references project on delete cascade,
  matter_id bigint references matter on delete cascade,
  body_id bigint references body on delete cascade,
  provenance_id bigint not null references provenance,
  check (num_nonnulls(agenda_item_id, document_id, plan_area_id, activity_id, project_id, matter_id, body_id) = 1)
);
create index on link (agenda_item_id);
create index on link (document_id);
create index on link (plan_area_id);
create index on link (activity_id);

create table timeline_entry (
  id bigint generated always as identity primary key,
  body_id bigint references body on delete cascade,
  matter_id bigint references matter on delete cascade,
  document_id bigint references document on delete cascade,
  meeting_id bigint references meeting,
  person_id bigint references person,
  position integer not null check (position > 0),
  from_on date,
  from_precision date_precision,
  to_on date,
  to_precision date_precision,
  entry words not null,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  check (num_nonnulls(body_id, matter_id, document_id) >= 1),
  check ((from_on is null) = (from_precision is null) and date_fits_precision(from_on, from_precision)),
  check ((to_on is null) = (to_precision is null) and date_fits_precision(to_on, to_precision)),
  check (to_on is null or (from_on is not null and to_on >= from_on))
);
create index on timeline_entry (body_id);
create index on timeline_entry (matter_id);

create table body_matter (
  body_id bigint not null references body on delete cascade,
  matter_id bigint not null references matter on delete cascade,
  primary key (body_id, matter_id)
);
create index on body_matter (matter_id);
