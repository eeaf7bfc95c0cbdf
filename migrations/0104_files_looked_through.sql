-- Words of files are looked through for personal identity numbers when they are read. Those from before are, at the next
-- start, and so are sheets and slides, whose words were not read (readUnreadFiles in src/documents/files.ts).

alter table file_text add column looked_through boolean not null default false;
comment on column file_text.looked_through is 'Whether the words were looked through for personal identity numbers.';
create index file_text_unseen on file_text (file_id) where not looked_through;
