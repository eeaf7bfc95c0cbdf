-- Minutes: an approval holds for exactly the text that was read, and published minutes stand.

alter table minutes_approver add column approved_sha256 bytea check (octet_length(approved_sha256) = 32);
alter table minutes_approver add check ((state = 'approved') = (approved_sha256 is not null));
comment on column minutes_approver.approved_sha256 is 'Of the minutes as they read when they were approved.';

-- Whoever has approved has approved a text. When the text changes, however it does, the approval lapses.
create function approvals_lapse() returns trigger
language plpgsql
as $$
declare
  changed bigint;
begin
  if tg_table_name = 'meeting' then
    changed := new.id;
  elsif tg_table_name in ('agenda_item', 'attendance', 'decision') then
    -- The clause that the portal writes when the decision is carried out is the one that was read.
    if tg_table_name = 'decision' and tg_op = 'UPDATE' then
      if old.clause is null and new.clause_origin = 'generated' then
        return null;
      end if;
    end if;
    changed := case when tg_op = 'DELETE' then old.meeting_id else new.meeting_id end;
  elsif tg_table_name = 'effect' then
    select meeting_id into changed from decision
      where id = case when tg_op = 'DELETE' then old.decision_id else new.decision_id end;
  else
    select meeting_id into changed from agenda_item
      where id = case when tg_op = 'DELETE' then old.agenda_item_id else new.agenda_item_id end;
  end if;
  if changed is not null then
    update minutes_approver set state = 'asked', answered_at = null, approved_sha256 = null
      where meeting_id = changed and state = 'approved'
        and (select state from meeting where id = changed) <> 'published';
  end if;
  return null;
end
$$;
create trigger approvals_lapse after update of title, held_on, starts_at, ends_at, place, text_kind on meeting
  for each row execute function approvals_lapse();
create trigger approvals_lapse after insert or delete or update on agenda_item
  for each row execute function approvals_lapse();
create trigger approvals_lapse after insert or delete or update on attendance
  for each row execute function approvals_lapse();
create trigger approvals_lapse after insert or delete or update of clause, title, kind, body_id, decided_on, agenda_item_id
  on decision for each row execute function approvals_lapse();
create trigger approvals_lapse after insert or delete or update on effect
  for each row execute function approvals_lapse();
create trigger approvals_lapse after insert or delete or update on agenda_item_statement
  for each row execute function approvals_lapse();
create trigger approvals_lapse after insert or delete or update on agenda_item_presenter
  for each row execute function approvals_lapse();

-- What an erratum changed in the words of an item, and what stood there.
alter table minutes_note add column text_before words;
alter table minutes_note add column text_after words;
alter table minutes_note add check (num_nonnulls(text_before, text_after) = 0 or (kind = 'erratum' and agenda_item_id is not null));

create trigger minutes_mask_stands before update or delete on minutes_mask
  for each row execute function refuse_change();

-- Never a silent edit: the words of published minutes change only in the transaction that notes or masks them.
create function published_minutes_stand() returns trigger
language plpgsql
as $$
declare
  kept bigint;
begin
  if tg_table_name in ('agenda_item', 'attendance') then
    kept := old.meeting_id;
  else
    select meeting_id into kept from agenda_item where id = old.agenda_item_id;
  end if;
  if (select state from meeting where id = kept) is distinct from 'published' then
    return case when tg_op = 'DELETE' then old else new end;
  end if;
  if tg_table_name = 'agenda_item' and tg_op = 'UPDATE' then
    if (new.meeting_id, new.number, new.title, new.kinds, new.body_text, new.text_kind, new.state_text, new.after_meeting)
         is not distinct from
       (old.meeting_id, old.number, old.title, old.kinds, old.body_text, old.text_kind, old.state_text, old.after_meeting) then
      return new;
    end if;
    -- recorded_at is the time of the transaction.
    if exists (select from minutes_note where agenda_item_id = old.id and kind = 'erratum' and recorded_at = now())
       or exists (select from minutes_mask where agenda_item_id = old.id and recorded_at = now()) then
      return new;
    end if;
  elsif tg_table_name = 'agenda_item_statement' and tg_op = 'UPDATE' then
    if exists (select from minutes_mask where agenda_item_id = old.agenda_item_id and recorded_at = now()) then
      return new;
    end if;
  end if;
  raise exception 'the minutes are published: % of % refused', lower(tg_op), tg_table_name
    using errcode = 'integrity_constraint_violation';
end
$$;
create trigger published_minutes_stand before update or delete on agenda_item
  for each row execute function published_minutes_stand();
create trigger published_minutes_stand before update or delete on attendance
  for each row execute function published_minutes_stand();
create trigger published_minutes_stand before update or delete on agenda_item_statement
  for each row execute function published_minutes_stand();

create index on register_change (correction_id);
