-- What a group has been asked to do and is done with, the newest first: looked for among all of the county's, it would be
-- found after thousands of others.
create index assignment_closed_of_body on assignment (assignee_body_id, due_on desc, id desc) where state <> 'open';
