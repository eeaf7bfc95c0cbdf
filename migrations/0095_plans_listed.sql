-- A far page of the list of plans passes the plans before it by the index alone, which must hold what its order is made of.

drop index plan_listed;
create index plan_listed on plan (upper(period) desc, position, code) include (id, period);
