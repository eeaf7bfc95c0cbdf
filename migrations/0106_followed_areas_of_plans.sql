-- How many areas of the plans in force have been followed up is counted plan by plan: asked area by area, the page of what is
-- to be done looks five hundred up one at a time.

alter table followed_area add plan_id bigint;
update followed_area set plan_id = (select plan_id from plan_area where plan_area.id = area_id);
alter table followed_area alter plan_id set not null,
  drop constraint followed_area_area_id_fkey,
  add foreign key (area_id, plan_id) references plan_area (id, plan_id) on delete cascade;
create index on followed_area (plan_id, since);

create or replace function find_followed_areas(areas bigint[]) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  delete from followed_area where area_id = any(areas);
  insert into followed_area (area_id, plan_id, since)
  select area_id, plan_area.plan_id, min(noted_on) from (
    select f.area_id, f.noted_on from follow_up f where f.area_id = any(areas)
    union all
    select a.area_id, f.noted_on from activity a join follow_up f on f.activity_id = a.id where a.area_id = any(areas)
  ) noted join plan_area on plan_area.id = area_id group by area_id, plan_area.plan_id;
end
$$;
