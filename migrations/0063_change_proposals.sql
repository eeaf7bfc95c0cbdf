-- Ordnat införande: proposals of larger changes that concern both region and municipalities. The model's steps,
-- questions and decision levels are rows: the county's own model is still a draft and will change.

create table change_model (
  one boolean primary key default true check (one),
  summary words not null,
  state_text words,
  is_draft boolean not null default true,
  matter_id bigint references matter,
  version integer not null default 1,
  provenance_id bigint not null references provenance
);
comment on table change_model is 'What the model is for and how far it has come. One row, or none.';

create table change_step (
  id bigint generated always as identity primary key,
  slug slug not null unique,
  title words not null,
  description words,
  position integer not null default 0,
  retired boolean not null default false,
  version integer not null default 1,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now()
);
comment on column change_step.retired is 'No proposal can be moved here any more; those that stood here keep it in their history.';

create table change_question (
  id bigint generated always as identity primary key,
  slug slug not null unique,
  heading words not null,
  question words not null,
  hint words,
  step_id bigint references change_step,
  position integer not null default 0,
  retired boolean not null default false,
  version integer not null default 1,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now()
);
comment on column change_question.step_id is 'The step by which the question should be answered; null: at any time.';
create index on change_question (step_id);

create table change_level (
  id bigint generated always as identity primary key,
  slug slug not null unique,
  title words not null,
  scale words not null,
  decided_by words not null,
  position integer not null default 0,
  retired boolean not null default false,
  version integer not null default 1,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now()
);
comment on table change_level is 'Who decides, by the scale of the change.';

create type change_outcome as enum ('introduced', 'declined', 'withdrawn');

create table change_proposal (
  id bigint generated always as identity primary key,
  slug slug not null unique,
  title words not null,
  summary words not null,
  proposed_by words not null,
  proposed_account_id bigint references account on delete set null,
  body_id bigint references body,
  matter_id bigint references matter,
  level_id bigint references change_level,
  step_id bigint not null references change_step,
  shared_on date,
  closed_on date,
  outcome change_outcome,
  outcome_text words,
  version integer not null default 1,
  provenance_id bigint not null references provenance,
  recorded_at timestamptz not null default now(),
  check ((closed_on is null) = (outcome is null)),
  check (closed_on is null or shared_on is not null),
  check (outcome_text is null or outcome is not null)
);
comment on column change_proposal.shared_on is 'Public from that day. Null: a draft, read by who wrote it and by coordinators.';
comment on column change_proposal.proposed_by is 'The public role of who proposed it, never a contact.';
create index on change_proposal (body_id);
create index on change_proposal (matter_id);
create index on change_proposal (step_id);
create index on change_proposal (level_id);
create index on change_proposal (proposed_account_id);

create table change_answer (
  proposal_id bigint not null references change_proposal on delete cascade,
  question_id bigint not null references change_question,
  answer words not null,
  primary key (proposal_id, question_id)
);
create index on change_answer (question_id);

create table change_move (
  id bigint generated always as identity primary key,
  proposal_id bigint not null references change_proposal on delete cascade,
  step_id bigint not null references change_step,
  moved_on date not null,
  moved_by words not null,
  note words,
  recorded_at timestamptz not null default now()
);
comment on table change_move is 'The steps that a proposal has stood in, the first when it was proposed.';
create index on change_move (proposal_id);
create index on change_move (step_id);

create table change_proposal_decision (
  proposal_id bigint not null references change_proposal on delete cascade,
  decision_id bigint not null references decision,
  primary key (proposal_id, decision_id)
);
create index on change_proposal_decision (decision_id);

create table change_proposal_document (
  proposal_id bigint not null references change_proposal on delete cascade,
  document_id bigint not null references document,
  primary key (proposal_id, document_id)
);
create index on change_proposal_document (document_id);

create trigger count_version before update on change_model for each row execute function count_version();
create trigger count_version before update on change_step for each row execute function count_version();
create trigger count_version before update on change_question for each row execute function count_version();
create trigger count_version before update on change_level for each row execute function count_version();
create trigger count_version before update on change_proposal for each row execute function count_version();
