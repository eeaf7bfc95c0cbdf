-- How many documents there are of each kind in each state. The list says it beside every choice of its filters, and counting
-- would read through all of them. Kept by triggers alone, at commit, as the counts of decisions are.

create table document_count (
  kind document_kind not null,
  state document_state not null,
  to_revise boolean not null,
  documents bigint not null check (documents >= 0),
  primary key (kind, state, to_revise)
);
comment on table document_count is 'Kept by triggers alone: what a count of documents would give.';
comment on column document_count.to_revise is 'They have a day to be revised by.';

create function count_document() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if tg_op <> 'INSERT' then
    update document_count set documents = documents - 1
    where kind = old.kind and state = old.state and to_revise = (old.revision_due_on is not null);
  end if;
  if tg_op <> 'DELETE' then
    insert into document_count (kind, state, to_revise, documents)
    values (new.kind, new.state, new.revision_due_on is not null, 1)
    on conflict (kind, state, to_revise) do update set documents = document_count.documents + 1;
  end if;
  return null;
end
$$;

insert into document_count (kind, state, to_revise, documents)
select kind, state, revision_due_on is not null, count(*) from document group by 1, 2, 3;

create constraint trigger count_document_made after insert or delete on document
  deferrable initially deferred for each row execute function count_document();
create constraint trigger count_document_changed after update on document
  deferrable initially deferred for each row
  when (old.kind is distinct from new.kind or old.state is distinct from new.state
    or (old.revision_due_on is null) is distinct from (new.revision_due_on is null))
  execute function count_document();
