-- A usual word stands in tens of thousands of entries after twenty years. The index holds the kind, body and year of each
-- entry beside its words, so that the latest are found without reading all.

create function search_marks(kind search_kind, body_id bigint, dated_on date) returns text[]
language sql immutable
as $$
  select array[kind::text, 'b' || coalesce(body_id::text, ''), 'y' || coalesce(extract(year from dated_on)::int::text, '')]
$$;
comment on function search_marks is 'What the index of search_entry holds of an entry beside its words: document, b12, y2025.';

-- What has been written and not yet sorted in would be read again for each year, so all is sorted in at once.
drop index search_entry_words;
create index search_entry_words on search_entry using gin (all_words, search_marks(kind, body_id, dated_on))
  with (fastupdate = off);
create index search_entry_titles on search_entry using gin (title_words, search_marks(kind, body_id, dated_on))
  with (fastupdate = off);
create index search_entry_dated on search_entry (dated_on);
create index search_entry_dated_open on search_entry (dated_on) where search_is_open(gate);
alter index search_entry_refs set (fastupdate = off);
select gin_clean_pending_list('search_entry_refs');
