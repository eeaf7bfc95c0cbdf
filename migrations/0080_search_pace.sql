-- Search keeps its pace in a county with twenty years of meetings: what is written at a commit takes as long there as in
-- a new one, and what has not changed costs nothing.
--
-- * The view that says what is indexed has a branch for each kind of thing. Planning all of them took longer than reading
--   a row, so all rows of a kind are read at once, with one plan for every kind: other branches are passed by.
-- * An entry that comes out as it was is left as it is, before its words are taken apart.
-- * Only words that are gone from an entry are looked for in the others.

-- The words as they are written: most words of a text are known already, and are found before they are folded.
create index search_word_shown on search_word (shown);

create or replace function search_refresh_now(which search_kind, ids bigint[]) returns void
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
  hidden text := search_hidden_names();
  before search_entry;
  after_ search_source;
  head text;
  keys_of text;
  content_of text;
  words_of text;
  refs_of text[];
  there bigint[] := '{}';
  dropped text[] := '{}';
begin
  for after_ in select * from search_source s where s.kind = which and s.row_id = any (ids) order by s.row_id loop
    there := there || after_.row_id;
    select * into before from search_entry e where e.kind = which and e.row_id = after_.row_id;
    after_.content := left(after_.content, 400000);
    if hidden is not null then
      after_.title := regexp_replace(after_.title, hidden, '…', 'gi');
      after_.keywords := regexp_replace(after_.keywords, hidden, ' ', 'gi');
      after_.content := regexp_replace(after_.content, hidden, '…', 'gi');
    end if;
    head := search_fold(after_.title);
    keys_of := search_fold(after_.keywords);
    content_of := search_fold(after_.content);
    words_of := ' ' || head || ' ' || keys_of || ' ' || content_of || ' ';
    refs_of := array(select search_fold(r) from unnest(after_.refs) r);
    if (before.slug, before.part, before.title, before.content, before.refs, before.body_id, before.dated_on, before.gate, before.folded, before.title_folded)
       is not distinct from
       (after_.slug, after_.part, after_.title, after_.content, refs_of, after_.body_id, after_.dated_on, after_.gate, words_of, head) then
      continue;
    end if;
    if before.id is not null and search_is_open(before.gate) then
      dropped := dropped || array(
        select d from unnest(string_to_array(before.folded, ' ')) d
        where not search_is_open(after_.gate) or strpos(words_of, ' ' || d || ' ') = 0);
    end if;
    insert into search_entry as e
      (kind, row_id, slug, part, title, content, refs, body_id, dated_on, gate, folded, title_folded, title_words, all_words)
    values (which, after_.row_id, after_.slug, after_.part, after_.title, after_.content,
      refs_of, after_.body_id, after_.dated_on, after_.gate,
      words_of, head, to_tsvector('swedish', head),
      setweight(to_tsvector('swedish', head), 'A') || setweight(to_tsvector('swedish', keys_of), 'B')
        || setweight(to_tsvector('swedish', content_of), 'D'))
    on conflict (kind, row_id) do update set slug = excluded.slug, part = excluded.part, title = excluded.title,
      content = excluded.content, refs = excluded.refs, body_id = excluded.body_id, dated_on = excluded.dated_on,
      gate = excluded.gate, folded = excluded.folded, title_folded = excluded.title_folded,
      title_words = excluded.title_words, all_words = excluded.all_words;
    if search_is_open(after_.gate) then
      insert into search_word (word, stem, shown)
      select distinct on (word) word, stem[1], shown from (
        select search_fold(shown) as word, shown, ts_lexize('swedish_stem', search_fold(shown)) as stem
        from (select distinct s as shown from regexp_split_to_table(
          lower(normalize(after_.title || ' ' || after_.keywords || ' ' || after_.content, NFC)), '[^[:alnum:]]+') s
          where length(s) between 3 and 40 and s !~ '\d'
            and not exists (select from search_word w where w.shown = s)) split
      ) found
      where cardinality(stem) > 0 and word !~ ' ' and not exists (select from search_word w where w.word = found.word)
      order by word, shown desc;
    end if;
  end loop;
  for before in delete from search_entry e where e.kind = which and e.row_id = any (ids) and e.row_id <> all (there) returning * loop
    if search_is_open(before.gate) then
      dropped := dropped || string_to_array(before.folded, ' ');
    end if;
  end loop;
  -- Words that nothing public holds any more are forgotten, so that none of them is ever suggested.
  delete from search_word w using (select distinct d from unnest(dropped) d where length(d) >= 3 and d !~ '\d') gone
  where w.word = gone.d and not exists (
    select from search_entry e where e.all_words @@ to_tsquery('swedish', gone.d) and search_is_open(e.gate)
      and strpos(e.folded, ' ' || gone.d || ' ') > 0);
end
$$;

-- The first to fire does all of it. The others look for their own row alone: looking for any row would pass over all that
-- the first has deleted, once for each of them.
create or replace function search_work_off() returns trigger
language plpgsql
as $$
declare
  one record;
begin
  if not exists (
    select from search_due d where d.transaction = new.transaction and d.kind = new.kind and d.row_id = new.row_id) then
    return null;
  end if;
  for one in
    with due as (delete from search_due where transaction = new.transaction returning kind, row_id)
    select kind, array_agg(row_id) as ids from due group by kind order by kind
  loop
    perform search_refresh_now(one.kind, one.ids);
  end loop;
  return null;
end
$$;
