-- A party's page: its newest position on each document in order, from the index alone, and of plans what is not done.
create index party_position_newest on party_position (organisation_id, document_id, as_of desc) include (id, as_of_precision, state);
drop index party_position_organisation_id_idx;
create index milestone_open_of_plan on milestone (plan_id) where state <> 'done';
