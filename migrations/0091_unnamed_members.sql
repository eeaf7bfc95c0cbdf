-- The memberships that the open data leaves out, which are few: how many there are of the others is known without
-- reading through them. test/seeding/big-county.test.ts asks the planner.

create index membership_unnamed on membership (id) where role = 'service_user_representative';
