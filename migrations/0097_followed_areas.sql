-- Which areas have been followed up is read from indexes alone: an activity's follow-up is told of its area.

drop index follow_up_plan_id_noted_on_idx;
create index follow_up_plan_id_noted_on_idx on follow_up (plan_id, noted_on) include (area_id, activity_id);
create index activity_area on activity (id) include (area_id);
