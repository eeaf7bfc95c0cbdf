-- Ways to the latest rows, for feeds, and to what began or ended between two days, so that what a page asks for does not
-- grow with what the registers hold. test/seeding/big-county.test.ts asks the planner.

create index meeting_latest_of_body on meeting (body_id, changed_at desc);
create index agenda_version_latest on agenda_version (made_at desc);
create index decision_latest on decision (changed_at desc, id desc) where state = 'carried_out';
create index decision_latest_of_body on decision (body_id, changed_at desc, id desc) where state = 'carried_out';
create index plan_latest on plan (changed_at desc, id desc) where valid is not null;
create index document_latest on document (changed_at desc, id desc);
create index document_latest_of_body on document (owner_body_id, changed_at desc, id desc);
create index document_version_document_id on document_version (document_id);
create index party_position_latest on party_position (organisation_id, recorded_at desc, id) where state <> 'unknown';
create index party_position_waiting on party_position (document_id, organisation_id) where state in ('unknown', 'planned');
drop index if exists document_changed_at;

create index membership_begins on membership (lower(valid));
create index membership_ends on membership (upper(valid));
create index plan_begins on plan (lower(valid));
create index plan_ends on plan (upper(valid));
