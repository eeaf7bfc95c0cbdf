-- Corrections (rättelser) of what decisions are called and how they are worded, besides what they changed.

alter table register_change drop constraint register_change_register_check;
alter table register_change add constraint register_change_register_check check (register in
  ('membership', 'body', 'parameter_value', 'plan', 'activity', 'document', 'document_version', 'minutes_filing',
   'assignment', 'decision'));
-- Words of a decision are no effect of it.
alter table register_change add check (register <> 'decision' or correction_id is not null);

create trigger correction_stands before update or delete on correction
  for each row execute function refuse_change();
