-- Accounts: who may sign in, what each may do and for how long, and the short-lived state of signing in. E-mail
-- addresses live here and in the letters that wait to be sent, nowhere else. Nothing here can be used as a key by
-- whoever reads a copy of the database: passwords are argon2id, sessions and links are kept as SHA-256 of random
-- values, one-time code secrets are encrypted with a key from the environment.

create table account (
  id bigint generated always as identity primary key,
  person_id bigint not null unique references person,
  -- Null once the account has been closed for so long that its contact details have been removed.
  email text unique check (email = lower(email) and email ~ '^[^@\s]+@[^@\s]+$' and length(email) <= 254),
  -- Null: nobody has chosen a password yet, or the person signs in through the employer.
  password_hash text check (password_hash like '$argon2id$%'),
  totp_secret bytea,
  -- Null while the secret waits for its first right code.
  totp_confirmed_at timestamptz,
  -- The last time step whose code was used: a code works once.
  totp_last_step bigint,
  demo boolean not null default false,
  created_at timestamptz not null default now(),
  last_visit_at timestamptz,
  previous_visit_at timestamptz,
  closed_at timestamptz,
  check (totp_confirmed_at is null or totp_secret is not null),
  check (closed_at is not null or email is not null),
  check (closed_at is null or num_nonnulls(password_hash, totp_secret) = 0)
);
comment on column account.previous_visit_at is 'When the visit before the present one began: what happened since then is new.';

create type account_role as enum ('member', 'coordinator', 'administrator');

create table account_role_grant (
  id bigint generated always as identity primary key,
  account_id bigint not null references account on delete cascade,
  role account_role not null,
  body_id bigint references body,
  -- Whose place is taken meanwhile (ersättare); the rights are the same.
  substitute_for_id bigint references account on delete set null,
  valid daterange not null check (not isempty(valid) and not lower_inf(valid)),
  recorded_at timestamptz not null default now(),
  check ((role = 'administrator') = (body_id is null)),
  check (substitute_for_id <> account_id),
  exclude using gist (account_id with =, role with =, (coalesce(body_id, 0)) with =, valid with &&)
);
comment on table account_role_grant is
  'What an account may do, where and when. Whoever sits in a body according to the register is a member of it without a row here.';
create index on account_role_grant (body_id);

create table sso_identity (
  issuer text not null,
  subject text not null check (length(subject) between 1 and 255),
  account_id bigint not null references account on delete cascade,
  linked_at timestamptz not null default now(),
  primary key (issuer, subject),
  unique (account_id, issuer)
);

create type sign_in_way as enum ('password', 'sso');

create table session (
  id bigint generated always as identity primary key,
  token_hash bytea not null unique check (octet_length(token_hash) = 32),
  account_id bigint not null references account on delete cascade,
  way sign_in_way not null,
  browser text not null default '' check (length(browser) <= 100),
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  ends_at timestamptz not null,
  check (ends_at > created_at)
);
create index on session (account_id);

-- Signing in that has begun: a right password that waits for its one-time code, or a question to the employer's
-- identity provider that waits for its answer.
create table sign_in_step (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  account_id bigint references account on delete cascade,
  state text,
  nonce text,
  code_verifier text,
  return_path text,
  -- A form that was sent after the session had ended, to be shown again.
  kept_form jsonb,
  ends_at timestamptz not null,
  check (num_nonnulls(state, nonce, code_verifier) = case when account_id is null then 3 else 0 end)
);

create type access_link_purpose as enum ('invitation', 'password_reset');

create table access_link (
  token_hash bytea primary key check (octet_length(token_hash) = 32),
  account_id bigint not null references account on delete cascade,
  purpose access_link_purpose not null,
  created_at timestamptz not null default now(),
  ends_at timestamptz not null,
  used_at timestamptz,
  check (ends_at > created_at)
);
create index on access_link (account_id);

-- How often something has been tried: kept here, so that several processes count together. `key` is a hash.
create table attempt_count (
  key bytea primary key check (octet_length(key) = 32),
  tries integer not null check (tries > 0),
  ends_at timestamptz not null
);

-- Letters that wait to be sent. Written in the same transaction as what they tell about.
create table letter (
  id bigint generated always as identity primary key,
  kind text not null check (kind ~ '^[a-z-]+(\.[a-z-]+)+$'),
  details jsonb not null default '{}' check (jsonb_typeof(details) = 'object'),
  tries integer not null default 0,
  next_try_at timestamptz not null default now(),
  failure text,
  given_up_at timestamptz,
  recorded_at timestamptz not null default now()
);
create index on letter (next_try_at) where given_up_at is null;
