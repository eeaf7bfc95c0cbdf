-- Masks over the whole of the minutes, not only one item: words put there by mistake may stand in several places.

alter table minutes_mask alter column agenda_item_id drop not null;
comment on column minutes_mask.agenda_item_id is 'Null: wherever the words stand in the minutes.';
create index on minutes_mask (agenda_item_id);

-- Never a silent edit: the words of published minutes change only in the transaction that notes or masks them.
create or replace function published_minutes_stand() returns trigger
language plpgsql
as $$
declare
  kept bigint;
  item bigint;
  is_masked boolean;
begin
  if tg_table_name = 'attendance' then
    kept := old.meeting_id;
  elsif tg_table_name = 'agenda_item' then
    kept := old.meeting_id;
    item := old.id;
  else
    item := old.agenda_item_id;
    select meeting_id into kept from agenda_item where id = item;
  end if;
  if (select state from meeting where id = kept) is distinct from 'published' then
    return case when tg_op = 'DELETE' then old else new end;
  end if;
  -- recorded_at is the time of the transaction.
  is_masked := tg_op = 'UPDATE' and exists (
    select from minutes_mask
    where meeting_id = kept and recorded_at = now() and (agenda_item_id is null or agenda_item_id = item));
  if is_masked then
    return new;
  end if;
  if tg_table_name = 'agenda_item' and tg_op = 'UPDATE' then
    if (new.meeting_id, new.number, new.title, new.kinds, new.body_text, new.text_kind, new.state_text, new.after_meeting)
         is not distinct from
       (old.meeting_id, old.number, old.title, old.kinds, old.body_text, old.text_kind, old.state_text, old.after_meeting) then
      return new;
    end if;
    if exists (select from minutes_note where agenda_item_id = old.id and kind = 'erratum' and recorded_at = now()) then
      return new;
    end if;
  end if;
  raise exception 'the minutes are published: % of % refused', lower(tg_op), tg_table_name
    using errcode = 'integrity_constraint_violation';
end
$$;
