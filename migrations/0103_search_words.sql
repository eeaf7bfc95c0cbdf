-- The register of words holds those that run on in digits, too ("Agenda2030"), and long compounds: whoever asks for what
-- they begin with finds them without every list of the index being read.

create function search_is_word(word text) returns boolean
language sql immutable
as $$ select length(word) between 3 and 60 and (word !~ '\d' or word ~ '^[[:alpha:]]{3}') $$;
comment on function search_is_word is 'Whether search_word holds a word: numbers and what begins with them are looked for as they are typed.';

-- Brings the entries of some rows to what the registers say: a statement for all of them, since a year of meetings may
-- come in one transaction.
create or replace function search_refresh_now(which search_kind, ids bigint[]) returns void
language plpgsql
as $$
declare
  hidden text := search_hidden_names();
  dropped text[];
begin
  select array_agg(distinct word) into dropped
  from search_entry e, string_to_table(e.folded, ' ') word
  where e.kind = which and e.row_id = any (ids) and search_is_open(e.gate) and search_is_word(word);

  with source as materialized (
    select s.row_id, s.slug, s.part, s.refs, s.body_id, s.dated_on, s.gate,
      case when hidden is null then s.title else regexp_replace(s.title, hidden, '…', 'gi') end as title,
      case when hidden is null then s.keywords else regexp_replace(s.keywords, hidden, ' ', 'gi') end as keywords,
      case when hidden is null then left(s.content, 400000)
        else regexp_replace(left(s.content, 400000), hidden, '…', 'gi') end as content
    from search_source s where s.kind = which and s.row_id = any (ids)
  ), read as materialized (
    select source.*, search_fold(title) as head, search_fold(keywords) as keys, search_fold(content) as body from source
  ), gone as (
    delete from search_entry e
    where e.kind = which and e.row_id = any (ids) and not exists (select from source where source.row_id = e.row_id)
  ), written as (
    insert into search_entry as e
      (kind, row_id, slug, part, title, content, refs, body_id, dated_on, gate, folded, title_folded, title_words, all_words)
    select which, row_id, slug, part, title, content, array(select search_fold(r) from unnest(refs) r), body_id, dated_on,
      gate, ' ' || head || ' ' || keys || ' ' || body || ' ', head, to_tsvector('swedish', head),
      setweight(to_tsvector('swedish', head), 'A') || setweight(to_tsvector('swedish', keys), 'B')
        || setweight(to_tsvector('swedish', body), 'D')
    from read order by row_id
    on conflict (kind, row_id) do update set slug = excluded.slug, part = excluded.part, title = excluded.title,
      content = excluded.content, refs = excluded.refs, body_id = excluded.body_id, dated_on = excluded.dated_on,
      gate = excluded.gate, folded = excluded.folded, title_folded = excluded.title_folded,
      title_words = excluded.title_words, all_words = excluded.all_words
    where (e.slug, e.part, e.title, e.content, e.refs, e.body_id, e.dated_on, e.gate, e.folded) is distinct from
      (excluded.slug, excluded.part, excluded.title, excluded.content, excluded.refs, excluded.body_id, excluded.dated_on, excluded.gate, excluded.folded)
  ), written_as as (
    select distinct lower(shown) as shown from source,
      regexp_split_to_table(normalize(title || ' ' || keywords || ' ' || content, NFC), '[^[:alnum:]]+') shown
    where search_is_open(gate) and search_is_word(shown)
  )
  insert into search_word (word, stem, shown)
  select distinct on (word) word, stem[1], shown
  from (select word, shown, ts_lexize('swedish_stem', word) as stem
    from (select search_fold(shown) as word, shown from written_as offset 0) one) found
  where cardinality(stem) > 0 and word !~ ' ' and not exists (select from search_word w where w.word = found.word)
  order by word, shown desc;

  -- Words that nothing public holds any more are forgotten, so that none of them is ever suggested.
  if dropped is null then return; end if;
  delete from search_word w using (
    select unnest(dropped) as d
    except
    select word from search_entry e, string_to_table(e.folded, ' ') word
    where e.kind = which and e.row_id = any (ids) and search_is_open(e.gate)
  ) gone
  where w.word = gone.d and not exists (
    select from search_entry e where e.all_words @@ to_tsquery('swedish', gone.d) and search_is_open(e.gate)
      and strpos(e.folded, ' ' || gone.d || ' ') > 0);
end
$$;

insert into search_word (word, stem, shown)
select distinct on (word) word, stem[1], shown
from (
  select search_fold(shown) as word, shown, ts_lexize('swedish_stem', search_fold(shown)) as stem
  from (
    select distinct lower(shown) as shown
    from search_entry e, regexp_split_to_table(normalize(e.title || ' ' || e.content || ' ' || e.folded, NFC), '[^[:alnum:]]+') shown
    where search_is_open(e.gate) and search_is_word(shown) and (shown ~ '\d' or length(shown) > 40)
  ) one
) found
where cardinality(stem) > 0 and word !~ ' ' and not exists (select from search_word w where w.word = found.word)
order by word, shown desc;

-- What has been written and not yet sorted in would be read for each word that is typed.
alter index search_word_parts set (fastupdate = off);
select gin_clean_pending_list('search_word_parts');
