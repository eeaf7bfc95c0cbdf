-- Members are listed group by group: the first page of them is read in the order of the groups, not sorted out of all.

create index on body (position, id);
