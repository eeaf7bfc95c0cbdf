-- From when to when each place that somebody left stood empty, which pages of all groups ask on any day. Told from the
-- memberships that takes all that ever were. Kept by triggers alone. See docs/adr/0087.

create table vacancy (
  membership_id bigint primary key references membership on delete cascade,
  empty daterange not null check (not isempty(empty))
);
comment on table vacancy is 'Kept by triggers alone: the days that leftEmpty in src/bodies/rules.ts would give a membership that is over.';
create index on vacancy using gist (empty);
create index membership_begins_in_body on membership (body_id, lower(valid));

-- The day on which somebody took the place: by the effect that ended the membership, or later in the same role, on the
-- same seat and for the same one. Null: nobody has.
create function place_taken_on(left_by membership) returns date
language sql stable set search_path = public, pg_temp
as $$
  select lower(later.valid) from membership later
  where later.body_id = left_by.body_id and lower(later.valid) >= upper(left_by.valid)
    and (later.start_effect_id = left_by.end_effect_id
      or (later.role = left_by.role and later.seat_id is not distinct from left_by.seat_id
        and later.on_behalf_organisation_id is not distinct from left_by.on_behalf_organisation_id
        and later.on_behalf_body_id is not distinct from left_by.on_behalf_body_id))
  order by lower(later.valid) limit 1
$$;

-- Finds anew what a beginning on the day may have changed in the body: who left that day, and whose place was empty until
-- then or still is.
create function find_vacancies(of_body bigint, began date, also bigint) returns void
language plpgsql set search_path = public, pg_temp
as $$
declare
  touched bigint[] := array(
    select id from membership where id = also
    union select id from membership where body_id = of_body and upper(valid) = began
    union select m.id from vacancy v join membership m on m.id = v.membership_id
      where m.body_id = of_body and lower(v.empty) <= began and coalesce(upper(v.empty) >= began, true));
begin
  delete from vacancy where membership_id = any(touched);
  insert into vacancy (membership_id, empty)
  select m.id, empty from membership m, lateral daterange(upper(m.valid), place_taken_on(m)) as empty
  where m.id = any(touched) and upper(m.valid) is not null and not isempty(empty);
end
$$;

-- At commit, when every writer of the log holds its lock: so that two who fill one body's places see each other.
create function keep_vacancies() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if tg_op <> 'INSERT' then
    perform find_vacancies(old.body_id, lower(old.valid), old.id);
  end if;
  if tg_op <> 'DELETE' then
    perform find_vacancies(new.body_id, lower(new.valid), new.id);
  end if;
  return null;
end
$$;

insert into vacancy (membership_id, empty)
select m.id, empty from membership m, lateral daterange(upper(m.valid), place_taken_on(m)) as empty
where upper(m.valid) is not null and not isempty(empty);

create constraint trigger keep_vacancies after insert or delete on membership
  deferrable initially deferred for each row execute function keep_vacancies();
create constraint trigger keep_vacancies_changed after update on membership
  deferrable initially deferred for each row
  when (old.valid is distinct from new.valid or old.body_id is distinct from new.body_id or old.role is distinct from new.role
    or old.seat_id is distinct from new.seat_id or old.on_behalf_organisation_id is distinct from new.on_behalf_organisation_id
    or old.on_behalf_body_id is distinct from new.on_behalf_body_id
    or old.start_effect_id is distinct from new.start_effect_id or old.end_effect_id is distinct from new.end_effect_id)
  execute function keep_vacancies();
