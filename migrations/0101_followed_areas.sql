-- Since when each area has been followed up, which the page of what is to be done asks of all areas in force. Told from the
-- follow-ups that takes all that the plans ever had. Kept by triggers alone. See docs/adr/0085.

create table followed_area (
  area_id bigint primary key references plan_area on delete cascade,
  since date not null
);
comment on table followed_area is
  'Kept by triggers alone: the first day of a follow-up of the area, or of an activity in it.';

create function find_followed_areas(areas bigint[]) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  delete from followed_area where area_id = any(areas);
  insert into followed_area (area_id, since)
  select area_id, min(noted_on) from (
    select f.area_id, f.noted_on from follow_up f where f.area_id = any(areas)
    union all
    select a.area_id, f.noted_on from activity a join follow_up f on f.activity_id = a.id where a.area_id = any(areas)
  ) noted group by area_id;
end
$$;

-- At commit, when every writer of the log holds its lock: so that two who follow up one area see each other.
create function keep_followed_areas() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  touched bigint[];
begin
  if tg_table_name = 'activity' then
    touched := array[old.area_id, case when tg_op = 'UPDATE' then new.area_id end];
  else
    if tg_op <> 'INSERT' then
      touched := array[old.area_id, (select area_id from activity where id = old.activity_id)];
    end if;
    if tg_op <> 'DELETE' then
      touched := touched || array[new.area_id, (select area_id from activity where id = new.activity_id)];
    end if;
  end if;
  perform find_followed_areas(array(select distinct id from unnest(touched) id where id is not null));
  return null;
end
$$;

select find_followed_areas(array(select id from plan_area));

create constraint trigger keep_followed_areas after insert or delete on follow_up
  deferrable initially deferred for each row execute function keep_followed_areas();
create constraint trigger keep_followed_areas_changed after update on follow_up
  deferrable initially deferred for each row
  when (old.noted_on is distinct from new.noted_on or old.area_id is distinct from new.area_id
    or old.activity_id is distinct from new.activity_id)
  execute function keep_followed_areas();
create constraint trigger keep_followed_areas_without after delete on activity
  deferrable initially deferred for each row execute function keep_followed_areas();
create constraint trigger keep_followed_areas_moved after update on activity
  deferrable initially deferred for each row when (old.area_id is distinct from new.area_id)
  execute function keep_followed_areas();
