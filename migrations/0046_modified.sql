-- When what the open data says of a row was last changed. recorded_at tells when a row came; this also tells of changes
-- to the row and to the rows that are shown as parts of it. See docs/adr/0064.

create table row_modified (
  register text not null,
  row_id bigint not null,
  modified_at timestamptz not null,
  primary key (register, row_id)
);
comment on table row_modified is 'Kept by triggers alone. A register without a row here has not changed since it was recorded.';
create index on row_modified (register, modified_at);

-- The arguments are pairs: a register, and the column that names its row.
create function note_modified() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  before jsonb := case when tg_op = 'INSERT' then null else to_jsonb(old) end;
  after jsonb := case when tg_op = 'DELETE' then null else to_jsonb(new) end;
  place int := 0;
begin
  if before is not distinct from after then
    return null;
  end if;
  while place < tg_nargs loop
    insert into row_modified (register, row_id, modified_at)
    select tg_argv[place], named.row_id, clock_timestamp()
    from (
      select (before ->> tg_argv[place + 1])::bigint as row_id
      union
      select (after ->> tg_argv[place + 1])::bigint
    ) as named
    where named.row_id is not null
    order by named.row_id
    on conflict (register, row_id) do update set modified_at = excluded.modified_at;
    place := place + 2;
  end loop;
  return null;
end
$$;

do $$
declare
  one text[];
begin
  foreach one slice 1 in array array[
    ['meeting', '''meeting'', ''id'''],
    ['attendance', '''meeting'', ''meeting_id'''],
    ['minutes_mask', '''meeting'', ''meeting_id'''],
    ['agenda_item', '''agenda_item'', ''id'''],
    ['agenda_item_presenter', '''agenda_item'', ''agenda_item_id'''],
    ['agenda_item_matter', '''agenda_item'', ''agenda_item_id'''],
    ['agenda_item_document', '''agenda_item'', ''agenda_item_id'''],
    ['decision', '''decision'', ''id'''],
    ['effect', '''decision'', ''decision_id'''],
    ['body', '''body'', ''id'''],
    ['seat', '''seat'', ''id'''],
    ['person', '''person'', ''id'''],
    ['organisation', '''organisation'', ''id'''],
    ['membership', '''membership'', ''id'', ''effect'', ''start_effect_id'', ''effect'', ''end_effect_id'''],
    ['plan', '''plan'', ''id'', ''effect'', ''adopted_effect_id'''],
    ['strategic_direction', '''plan'', ''plan_id'''],
    ['plan_area', '''plan_area'', ''id'''],
    ['activity', '''activity'', ''id'', ''plan_area'', ''area_id'', ''effect'', ''start_effect_id'', ''effect'', ''end_effect_id'''],
    ['milestone', '''milestone'', ''id'''],
    ['follow_up', '''follow_up'', ''id'''],
    ['matter', '''matter'', ''id'''],
    ['body_matter', '''matter'', ''matter_id'''],
    ['document', '''document'', ''id'', ''effect'', ''adopted_effect_id'''],
    ['document_party', '''document'', ''document_id'''],
    ['document_matter', '''document'', ''document_id'''],
    ['document_version', '''document'', ''document_id'', ''effect'', ''adopted_effect_id'''],
    ['party_position', '''party_position'', ''id'''],
    ['assignment', '''assignment'', ''id'', ''effect'', ''effect_id'''],
    ['parameter_value', '''parameter_value'', ''id'', ''effect'', ''effect_id'', ''effect'', ''superseded_by_effect_id'''],
    ['project', '''project'', ''id'''],
    ['theme', '''theme'', ''id''']
  ] loop
    execute format(
      'create trigger note_modified after insert or update or delete on %I for each row execute function note_modified(%s)',
      one[1], one[2]
    );
  end loop;
end
$$;

-- Themes do not tell when they were recorded.
insert into row_modified (register, row_id, modified_at) select 'theme', id, now() from theme;
