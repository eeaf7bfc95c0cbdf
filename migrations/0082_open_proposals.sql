-- Ordnat införande and the catalogues are registers of the open data too: when their rows last changed, and what lists
-- are ordered by. As 0046 and 0078.

do $$
declare
  one text[];
begin
  foreach one slice 1 in array array[
    ['change_proposal', '''change_proposal'', ''id'''],
    ['change_move', '''change_proposal'', ''proposal_id'''],
    ['change_answer', '''change_proposal'', ''proposal_id'''],
    ['change_proposal_decision', '''change_proposal'', ''proposal_id'''],
    ['change_proposal_document', '''change_proposal'', ''proposal_id'''],
    ['catalogue', '''catalogue'', ''id'''],
    ['catalogue_entry', '''catalogue_entry'', ''id''']
  ] loop
    execute format(
      'create trigger note_modified after insert or update or delete on %I for each row execute function note_modified(%s)',
      one[1], one[2]
    );
  end loop;
end
$$;

insert into row_modified (register, row_id, modified_at) select 'change_proposal', id, recorded_at from change_proposal;
insert into row_modified (register, row_id, modified_at) select 'catalogue', id, recorded_at from catalogue;
insert into row_modified (register, row_id, modified_at) select 'catalogue_entry', id, recorded_at from catalogue_entry;

create index on change_proposal (shared_on, id);
create index on catalogue_entry (catalogue_id, position, id);
