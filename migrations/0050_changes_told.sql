-- Every process that keeps rendered pages is told when something that they show has changed: at commit, and of nothing
-- that is rolled back. Everything that changes a register leaves an audit event in the same transaction, commands and
-- restored backups included; what only concerns an account is on no shared page.

create function tell_change() returns trigger
language plpgsql
as $$
begin
  perform pg_notify('portal_change', '');
  return null;
end
$$;
create trigger audit_event_told after insert on audit_event
  for each row when (new.act not like 'account.%') execute function tell_change();
