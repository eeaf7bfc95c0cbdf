-- Ways to the rows that pages ask for, so that none of them reads the whole of a register that grows with every meeting.
-- test/seeding/big-county.test.ts asks the planner.

create index on plan using gist (valid);
create index on plan using gist (period);
create index on plan (position, id);

create index decision_listed on decision (decided_on desc, meeting_id desc, position, id) where state = 'carried_out';
create index meeting_published on meeting (held_on desc, id desc) where state = 'published';
create index agenda_item_text_kind on agenda_item (text_kind);

create index assignment_open on assignment (due_on, id) where state = 'open';
create index assignment_closed on assignment (due_on desc, id desc) where state <> 'open';
create index milestone_open on milestone (due_on, id) where state <> 'done';
create index milestone_done on milestone (due_on desc, id desc) where state = 'done';

create index document_changed_at on document (changed_at);
create index document_version_adopted_effect_id on document_version (adopted_effect_id);

create index link_project_id on link (project_id) where project_id is not null;
create index link_matter_id on link (matter_id) where matter_id is not null;
create index link_body_id on link (body_id) where body_id is not null;

create index person_page on person (no_page_because);
create index person_without_page on person (name) where no_page_because is not null;
create index newsletter_published on newsletter (published_at) where state = 'published';

create index plan_listed on plan (upper(period) desc, position, code);
create index document_listed on document (national, position, id);
create index document_facets on document (kind, state, revision_due_on);
